//! The published schema and the parser say the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::Mapping;

/// The schema, as it is published.
pub fn schema() -> Value {
    // Draft 7 is what editors of TOML read.
    let settings = schemars::generate::SchemaSettings::draft07();
    let schema = settings
        .into_generator()
        .into_root_schema_for::<super::schema::Mapping>();
    without_null(schema.to_value())
}

/// Takes `null` out of what may be left out: TOML has none.
fn without_null(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(without_null).collect()),
        Value::Object(fields) => {
            let mut fields: Map<String, Value> = fields
                .into_iter()
                .map(|(key, value)| (key, without_null(value)))
                .collect();
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [kind] = &types[..] {
                    let kind = kind.clone();
                    fields.insert("type".to_owned(), kind);
                }
            }
            if let Some(Value::Array(ways)) = fields.get_mut("anyOf") {
                ways.retain(|way| way.get("type").is_none_or(|kind| kind != "null"));
                if ways.len() == 1 {
                    // Beside a reference nothing else counts in draft 7, hence `allOf` where there is a description.
                    let way = fields.remove("anyOf").unwrap_or_default();
                    fields.insert("allOf".to_owned(), way);
                }
            }
            Value::Object(fields)
        }
        other => other,
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A mapping as JSON, for the validator.
fn as_json(toml: &str) -> Value {
    let table: toml::Table = toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    serde_json::to_value(table).unwrap()
}

/// What the schema finds wrong with a mapping.
pub fn problems(toml: &str) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let document = as_json(toml);
    validator
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect()
}

/// To publish it anew: UPDATE_SCHEMA=1 cargo test schema
#[test]
fn the_published_schema_is_that_of_the_types() {
    let file = root().join("mappings/schema.json");
    let made = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let published = std::fs::read_to_string(&file).unwrap();
    assert!(
        published == made,
        "run UPDATE_SCHEMA=1 cargo test schema, and commit mappings/schema.json"
    );
}

/// Keys that the parser knows at a place, by its own words: an unknown key is answered with all of them.
fn parser_knows(before: &str, after: &str) -> BTreeSet<String> {
    let head = "name = \"t\"\nUNKNOWN\n[key]\ncontent = \"cumulative\"\n";
    let text = if before.is_empty() {
        head.replace("UNKNOWN", "zzqqxxzz = 1") + "[response]\nscore = \"a\"\n"
    } else if before == "[key]" {
        head.replace("UNKNOWN\n", "") + "zzqqxxzz = 1\n[response]\nscore = \"a\"\n"
    } else if before.starts_with("[response") {
        head.replace("UNKNOWN\n", "") + before + " zzqqxxzz = 1 " + after + "\n"
    } else {
        head.replace("UNKNOWN\n", "")
            + "[response]\nscore = \"a\"\n"
            + before
            + " zzqqxxzz = 1 "
            + after
            + "\n"
    };
    let error = Mapping::parse("t.toml", &text).unwrap_err();
    let problem = error
        .problems
        .iter()
        .find(|problem| problem.message == "unknown key `zzqqxxzz`");
    let help = problem
        .and_then(|problem| problem.help.as_deref())
        .unwrap_or_else(|| panic!("{error}"));
    let keys = help.strip_prefix("known here: ").unwrap();
    keys.split(", ").map(str::to_owned).collect()
}

fn schema_knows(pointer: &str) -> BTreeSet<String> {
    let schema = schema();
    let properties = schema
        .pointer(pointer)
        .and_then(|part| part.get("properties"))
        .and_then(Value::as_object);
    properties
        .unwrap_or_else(|| panic!("{pointer}"))
        .keys()
        .cloned()
        .collect()
}

#[test]
fn parser_and_schema_know_the_same_keys() {
    let table = [
        ("", "", ""),
        ("[source]\n", "", "/definitions/Source"),
        ("[key]", "", "/definitions/Key"),
        ("[response]\nscore = \"a\"\n", "", "/definitions/Response"),
        ("[response.rest]\n", "", "/definitions/Rest"),
        (
            "[response]\nscore = { column = \"a\",",
            "}",
            "/definitions/Value",
        ),
        (
            "[response]\nscore = \"a\"\n[response.segments]\nx = { column = \"a\",",
            "}",
            "/definitions/NamedValue",
        ),
        (
            "[response]\nscore = \"a\"\nwhen = [{ column = \"a\", in = [1],",
            "}]",
            "/definitions/Condition",
        ),
        (
            "[response]\nscore = \"a\"\ncomment = { columns = { matching = \"a\",",
            "} }",
            "/definitions/Matching",
        ),
        (
            "[response]\nscore = { column = \"a\", replace = [{ pattern = \"a\", with = \"b\",",
            "}] }",
            "/definitions/Replacement",
        ),
        (
            "[response]\nscore = { column = \"a\", map = { a = 1 }, otherwise = { value = 1,",
            "} }",
            "/definitions/OtherwiseValue",
        ),
        (
            "[[responses]]\nname = \"x\"\nscore = \"a\"\n",
            "",
            "/definitions/Entry",
        ),
        (
            "[[responses]]\nname = \"x\"\nfor_each = { columns = [\"a\"],",
            "}",
            "/definitions/ForEach",
        ),
    ];
    for (before, after, pointer) in table {
        let (parser, mut schema) = (parser_knows(before, after), schema_knows(pointer));
        // Published before every reader of it is in place.
        if !parser.contains("fill_merged") {
            schema.remove("fill_merged");
        }
        assert_eq!(parser, schema, "{pointer}");
    }
}

fn shipped() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = std::fs::read_dir(root().join("mappings"))
        .unwrap()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            (path.extension()? == "toml").then_some(())?;
            let name = path.file_stem()?.to_str()?.to_owned();
            Some((name, std::fs::read_to_string(path).ok()?))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn shipped_mappings_are_valid_by_schema_and_parser() {
    let shipped = shipped();
    assert!(shipped.len() >= 14);
    let find = |name: &str| {
        shipped
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, text)| text.clone())
    };
    for (name, text) in &shipped {
        assert_eq!(problems(text), Vec::<String>::new(), "{name}");
        Mapping::parse_extending(name, text, &[], &find).unwrap_or_else(|error| panic!("{error}"));
        assert!(text.starts_with("#:schema schema.json\n"), "{name}");
    }
}

/// Blocks of a page that are fenced as TOML.
fn examples(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let blocks = text.split("```toml\n").skip(1);
    blocks
        .filter_map(|block| block.split_once("```").map(|(block, _)| block.to_owned()))
        .collect()
}

#[test]
fn examples_of_the_docs_are_valid_by_the_schema() {
    let examples = examples(&root().join("docs/mapping.md"));
    assert!(examples.len() >= 9);
    let mut whole = 0;
    for example in examples {
        // Examples show a section, or lines of one.
        let wrapped = if example.contains("name = ") && example.contains("[key]") {
            whole += 1;
            example.clone()
        } else if example.contains("\n[") || example.starts_with('[') {
            format!("name = \"t\"\n{example}")
        } else {
            format!("name = \"t\"\n[response.segments]\n{example}")
        };
        assert_eq!(problems(&wrapped), Vec::<String>::new(), "{wrapped}");
    }
    assert!(whole >= 2);
}

#[test]
fn what_the_parser_refuses_the_schema_refuses() {
    let head = "name = \"t\"\n[key]\ncontent = \"cumulative\"\n";
    let wrong = [
        "[response]\nscroe = \"NPS\"\n",
        "[response]\nscore = [\"NPS\"]\n",
        "[response]\nscore = { column = \"NPS\", type = \"float\" }\n",
        "[response]\nscore = { column = \"NPS\", required = \"yes\" }\n",
        "[response]\nscore = { column = 0 }\n",
        "[response]\nscore = \"a\"\n[response.rest]\ninto = \"meta\"\n",
        "[response]\nscore = \"a\"\n[source]\nragged = \"fill\"\n",
        "[response]\nscore = \"a\"\n[source]\ndecimal = \"..\"\n",
        "[response]\nscore = \"a\"\n[source]\nheader_row = -1\n",
        "[[responses]]\nscore = \"a\"\n",
        "[response]\nscore = \"a\"\n[response.segments]\n\"Basket size\" = \"b\"\n",
        "[response]\nscore = \"a\"\n[response.segments]\nb = { column = \"b\", name = \" \" }\n",
        "[[responses]]\nname = \"\"\nscore = \"a\"\n",
        "responses = []\n",
    ];
    for body in wrong {
        let text = if body.starts_with("responses") {
            format!("name = \"t\"\n{body}[key]\ncontent = \"cumulative\"\n")
        } else {
            format!("{head}{body}")
        };
        assert!(Mapping::parse("t.toml", &text).is_err(), "{text}");
        assert_ne!(problems(&text), Vec::<String>::new(), "{text}");
    }
}
