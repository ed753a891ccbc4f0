//! From the document to the mapping's types: the sections.

use super::attributes::is_snake_case;
use super::diagnose::{Place, Problem};
use super::document::{Kind, Node};
use super::json::Path;
use super::parse_value::{self, column, column_set, field_value, value};
use super::spec::{
    AttributeSpec, Condition, KeyBy, KeySection, NumberStyle, OnChange, ResponseSpec, RestInto,
    RestSpec, SourceSection,
};
use super::walk::{Problems, Table, expected, filled, list, string};
use crate::read::{ArrayPath, Format, Layout, Ragged, Sheet, encoding_for};

const NO_KEY: &str = "every row needs something that makes it itself, in every later export too. Choose one:\n\
    [key]\n\
    columns = [\"Response ID\"]   # columns that together are unique: the best choice where there are any\n\
    content = \"cumulative\"      # the export grows: equal rows are the same rows\n\
    content = \"per-file\"        # each file is new: its name joins the identity";

const NAME_FOR_GOOD: &str = "the name is part of a response's identity: never change it once used";

/// `[source]`
pub fn source(node: &Node, problems: &mut Problems) -> Option<SourceSection> {
    let mut table = Table::open(node, problems)?;
    let formats = [
        ("csv", Format::Csv),
        ("tsv", Format::Tsv),
        ("xlsx", Format::Xlsx),
        ("xlsm", Format::Xlsx),
        ("xlsb", Format::Xlsb),
        ("xls", Format::Xls),
        ("ods", Format::Ods),
        ("ndjson", Format::Ndjson),
        ("json", Format::Json),
    ];
    let format = table.word("format", &formats, problems);
    let encoding = table.get("encoding").and_then(|node| {
        let label = string(node, problems)?;
        match encoding_for(&label) {
            Ok(_) => Some(label),
            Err(message) => {
                problems.push(Problem::at(&node.place, message));
                None
            }
        }
    });
    let delimiter = table.get("delimiter").and_then(|node| match &node.kind {
        Kind::String(text) if text.len() == 1 => Some(text.as_bytes()[0]),
        _ => expected(
            node,
            "a single ASCII character, such as \";\" or \"\\t\"",
            problems,
        ),
    });
    let sheet = table.get("sheet").and_then(|node| match &node.kind {
        Kind::String(name) => Some(Sheet::Name(name.clone())),
        Kind::Integer(number) if *number > 0 => usize::try_from(*number).ok().map(Sheet::Number),
        _ => expected(node, "a sheet's name, or its number from 1", problems),
    });
    let header_row = table.count("header_row", problems);
    let header_rows = table.get("header_rows").and_then(|node| match node.kind {
        Kind::Integer(number @ 1..=10) if number == 1 || header_row != Some(0) => {
            u64::try_from(number).ok()
        }
        _ => expected(
            node,
            "a number of rows from 1 to 10, and 1 where header_row = 0",
            problems,
        ),
    });
    let skip = table.count("skip_rows_after_header", problems);
    let ragged = table.word(
        "ragged",
        &[("reject", Ragged::Reject), ("pad", Ragged::Pad)],
        problems,
    );
    let fill_merged = table.boolean("fill_merged", problems);
    let records = table
        .get("records")
        .and_then(|node| records(node, problems));
    let null_values = table.strings("null_values", problems).unwrap_or_default();
    let numbers = number_style(&mut table, problems);
    let timezone = placed_string(&mut table, "timezone", problems);
    table.finish(problems);
    Some(SourceSection {
        layout: Layout {
            format,
            encoding,
            delimiter,
            sheet,
            header_row,
            header_rows,
            skip_rows_after_header: skip.unwrap_or(0),
            ragged: ragged.unwrap_or_default(),
            fill_merged: fill_merged.unwrap_or(false),
            records,
            seek_table: false,
        },
        null_values,
        numbers,
        timezone,
    })
}

/// The way to the array of a JSON object that holds the records.
fn records(node: &Node, problems: &mut Problems) -> Option<ArrayPath> {
    let text = filled(
        node,
        "the member that holds the records",
        "records = \"items\", or \"data.items\" for one within another",
        problems,
    )?;
    let members = Path::parse(&text).and_then(|path| {
        path.members().ok_or_else(|| {
            format!("`{text}` names elements of lists, where only members of objects can lead")
        })
    });
    match members {
        Ok(members) => Some(ArrayPath::new(&text, members)),
        Err(message) => {
            problems.push(Problem::at(&node.place, message));
            None
        }
    }
}

/// `decimal` and `thousands`
pub fn number_style(table: &mut Table<'_>, problems: &mut Problems) -> NumberStyle {
    let style = NumberStyle {
        decimal: table.character("decimal", problems),
        thousands: table.character("thousands", problems),
    };
    let wrong = |sign: Option<char>| {
        sign.is_some_and(|sign| sign.is_ascii_alphanumeric() || "+-".contains(sign))
    };
    if wrong(style.decimal) || wrong(style.thousands) {
        problems.push(Problem::at(
            table.place,
            "`decimal` and `thousands` are signs such as \",\" or \".\"",
        ));
    } else if style
        .thousands
        .is_some_and(|sign| sign == style.decimal.unwrap_or('.'))
    {
        problems.push(
            Problem::at(table.place, "`decimal` and `thousands` are the same sign")
                .help("`decimal` is \".\" unless said"),
        );
    }
    style
}

/// A text and where it stands.
pub fn placed_string(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<(String, Place)> {
    table
        .get(key)
        .and_then(|node| string(node, problems).map(|text| (text, node.place.clone())))
}

/// `[key]`; `name` is the scope unless said.
pub fn key(node: Option<&Node>, name: &str, problems: &mut Problems) -> Option<KeySection> {
    let Some(node) = node else {
        problems.push(Problem::of_file("the mapping has no [key]").help(NO_KEY));
        return None;
    };
    let mut table = Table::open(node, problems)?;
    let columns = table.get("columns").and_then(|node| {
        let items = list(node, problems)?;
        if items.is_empty() {
            return expected(node, "at least one column", problems);
        }
        Some(
            items
                .iter()
                .filter_map(|item| column(item, problems))
                .collect(),
        )
    });
    let content = table.word(
        "content",
        &[("cumulative", false), ("per-file", true)],
        problems,
    );
    let said_either = node.get("columns").is_some() || node.get("content").is_some();
    let by = match (columns, content) {
        (Some(_), Some(_)) => {
            problems.push(
                Problem::at(&node.place, "[key] takes `columns` or `content`, not both")
                    .help("for rows whose key cells are empty there is when_empty = \"content\""),
            );
            None
        }
        (Some(columns), None) => Some(KeyBy::Columns(columns)),
        (None, Some(false)) => Some(KeyBy::Cumulative),
        (None, Some(true)) => Some(KeyBy::PerFile),
        (None, None) => {
            if !said_either {
                problems.push(
                    Problem::at(&node.place, "[key] has neither `columns` nor `content`")
                        .help(NO_KEY),
                );
            }
            None
        }
    };
    let scope = table.get("scope").and_then(|node| {
        filled(
            node,
            "the scope",
            "leave it out, and it is the mapping's name",
            problems,
        )
    });
    let on_change = table.word(
        "on_change",
        &[
            ("skip", OnChange::Skip),
            ("update", OnChange::Update),
            ("fail", OnChange::Fail),
        ],
        problems,
    );
    let version = table.get("version").and_then(|node| column(node, problems));
    let empty = table.word(
        "when_empty",
        &[("reject", false), ("content", true)],
        problems,
    );
    let token = token(&mut table, problems);
    table.finish(problems);
    Some(KeySection {
        by: by?,
        scope: scope.unwrap_or_else(|| name.to_owned()),
        on_change: on_change.unwrap_or_default(),
        version,
        empty_by_content: empty.unwrap_or(false),
        token,
    })
}

fn token(table: &mut Table<'_>, problems: &mut Problems) -> Option<String> {
    let default = Some("chatterload_key".to_owned());
    let Some(node) = table.get("token") else {
        return default;
    };
    match &node.kind {
        Kind::Boolean(false) => None,
        Kind::Boolean(true) => default,
        Kind::String(name) if is_snake_case(name) => Some(name.clone()),
        _ => expected(node, "a snake_case name, or false", problems),
    }
}

/// `[response]`, or an entry of `[[responses]]`.
pub fn response(node: &Node, entry: bool, problems: &mut Problems) -> Option<ResponseSpec> {
    let mut table = Table::open(node, problems)?;
    let mut name = String::new();
    if entry {
        match table.get("name") {
            Some(node) => {
                name = filled(node, "the name", NAME_FOR_GOOD, problems).unwrap_or_default();
            }
            None => problems.push(
                Problem::at(&node.place, "an entry of [[responses]] needs a name")
                    .help(NAME_FOR_GOOD),
            ),
        }
    }
    let mut spec = ResponseSpec {
        name,
        place: node.place.clone(),
        ..ResponseSpec::default()
    };
    let field =
        |key: &'static str, literal: bool, table: &mut Table<'_>, problems: &mut Problems| {
            table
                .get(key)
                .and_then(|node| field_value(node, key, literal, problems))
        };
    spec.data_type = field("data_type", true, &mut table, problems);
    spec.data_source = field("data_source", true, &mut table, problems);
    spec.dataset_id = field("dataset_id", true, &mut table, problems);
    spec.score = field("score", false, &mut table, problems);
    spec.comment = field("comment", false, &mut table, problems);
    spec.created_at = field("created_at", false, &mut table, problems);
    spec.when = table.get("when").and_then(|node| {
        let items = list(node, problems)?;
        Some(
            items
                .iter()
                .filter_map(|item| condition(item, problems))
                .collect(),
        )
    });
    if entry {
        spec.for_each = table.get("for_each").and_then(|node| {
            let mut inner = Table::open(node, problems)?;
            let set = match (inner.get("matching"), inner.get("columns")) {
                (Some(_), None) => column_set(node, problems),
                (None, Some(columns)) => column_set(columns, problems),
                _ => {
                    problems.push(Problem::at(
                        &node.place,
                        "`for_each` has either `matching` or `columns`",
                    ));
                    return None;
                }
            };
            inner.finish(problems);
            set
        });
    }
    spec.user_meta = attributes(table.get("user_meta"), problems);
    spec.segments = attributes(table.get("segments"), problems);
    spec.fields = attributes(table.get("fields"), problems);
    for field in &spec.fields {
        if OWN_FIELDS.contains(&field.key.as_str()) {
            problems.push(
                Problem::at(
                    &field.place,
                    format!(
                        "`{}` is a field of its own, and cannot stand under `fields`",
                        field.key
                    ),
                )
                .help(format!("write it under [response]: `{} = …`", field.key)),
            );
        }
    }
    spec.rest = table.get("rest").and_then(|node| rest(node, problems));
    table.finish(problems);
    Some(spec)
}

/// What the body of a response has besides what is passed through.
const OWN_FIELDS: [&str; 8] = [
    "comment",
    "score",
    "created_at",
    "data_type",
    "data_source",
    "dataset_id",
    "user_meta",
    "segments",
];

fn condition(node: &Node, problems: &mut Problems) -> Option<Condition> {
    let mut table = Table::open(node, problems)?;
    let is_in = scalars(table.get("in"), problems);
    let not_in = scalars(table.get("not_in"), problems);
    let value = parse_value::from_table(table, node, problems);
    match (is_in, not_in) {
        (Some(values), None) => Some(Condition {
            value: value?,
            values,
            negated: false,
        }),
        (None, Some(values)) => Some(Condition {
            value: value?,
            values,
            negated: true,
        }),
        _ => {
            problems.push(Problem::at(
                &node.place,
                "a condition has either `in` or `not_in`",
            ));
            None
        }
    }
}

/// A list of texts, numbers and truth values, as text.
fn scalars(node: Option<&Node>, problems: &mut Problems) -> Option<Vec<String>> {
    let items = list(node?, problems)?;
    Some(
        items
            .iter()
            .filter_map(|item| parse_value::literal(item, problems))
            .map(|literal| literal.text())
            .collect(),
    )
}

fn attributes(node: Option<&Node>, problems: &mut Problems) -> Vec<AttributeSpec> {
    let Some(node) = node else {
        return Vec::new();
    };
    if Table::open(node, problems).is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for entry in node.entries() {
        if !is_snake_case(&entry.key) {
            problems.push(
                Problem::at(&entry.place, format!("`{}` is not a snake_case key", entry.key)).help(
                    "small ASCII letters, digits and underscores, a letter first; the readable name goes into `name`",
                ),
            );
        }
        let name = entry.value.get("name").and_then(|node| {
            filled(
                node,
                "the name",
                "leave it out, and it is the column's header",
                problems,
            )
        });
        if let Some(value) = value(&entry.value, true, problems) {
            found.push(AttributeSpec {
                key: entry.key.clone(),
                place: entry.place.clone(),
                name,
                value,
            });
        }
    }
    found
}

fn rest(node: &Node, problems: &mut Problems) -> Option<RestSpec> {
    let mut table = Table::open(node, problems)?;
    let into = table.word(
        "into",
        &[
            ("segments", RestInto::Segments),
            ("user_meta", RestInto::UserMeta),
            ("nowhere", RestInto::Nowhere),
        ],
        problems,
    );
    let except = table.get("except").and_then(|node| {
        let items = list(node, problems)?;
        Some(
            items
                .iter()
                .filter_map(|item| column(item, problems))
                .collect(),
        )
    });
    table.finish(problems);
    Some(RestSpec {
        into: into.unwrap_or_default(),
        except: except.unwrap_or_default(),
    })
}
