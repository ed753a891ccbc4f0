//! The mapping file as a tree whose every node knows its place, so that messages can underline it. Overrides and the
//! mapping it extends are worked in before anything is interpreted.

use std::sync::Arc;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnose::{MappingError, Place, Problem, Texts, nearest};
use super::shipped;

/// A value of the document.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of values TOML knows.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `"text"`
    String(String),
    /// `9`
    Integer(i64),
    /// `9.5`
    Float(f64),
    /// `true`
    Boolean(bool),
    /// `2026-11-02`, in its own spelling.
    Datetime(String),
    /// `[…]`
    Array(Vec<Node>),
    /// `{…}` and `[…]` sections, in the order of the file.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The kind's name in messages.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::String(_) => "a text",
            Kind::Integer(_) => "a whole number",
            Kind::Float(_) => "a number",
            Kind::Boolean(_) => "true or false",
            Kind::Datetime(_) => "a date",
            Kind::Array(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }

    /// The entries of a table; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Table(entries) => entries,
            _ => &[],
        }
    }

    /// A table's value by its key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }
}

/// Finds the text of a mapping by the name that `extends` gives.
pub type Bases<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Parses the file, works in the overrides and what it extends.
///
/// # Errors
/// A text is no TOML, an override does not fit, or what it extends is not known.
pub fn read(
    file: &str,
    text: &str,
    overrides: &[(String, String)],
    bases: Bases<'_>,
) -> Result<(Node, Texts), MappingError> {
    let mut texts = vec![(file.to_owned(), text.to_owned())];
    let work = |texts: &mut Vec<(String, String)>| -> Result<Node, Problem> {
        let mut root = parse(text, 0)?;
        for (path, value) in overrides {
            set(&mut root, path, value, texts)?;
        }
        extend(root, bases, texts, 0)
    };
    match work(&mut texts) {
        Ok(root) => Ok((root, Arc::new(texts))),
        Err(problem) => Err(MappingError::new(Arc::new(texts), vec![problem])),
    }
}

fn parse(text: &str, number: usize) -> Result<Node, Problem> {
    let table = DeTable::parse(text).map_err(|error| {
        let place = Place {
            text: number,
            span: error.span().unwrap_or_default(),
        };
        Problem::at(&place, format!("not valid TOML: {}", error.message()))
    })?;
    let span = table.span();
    convert(
        Spanned::new(span, DeValue::Table(table.into_inner())),
        number,
    )
}

fn convert(value: Spanned<DeValue<'_>>, text: usize) -> Result<Node, Problem> {
    let place = Place {
        text,
        span: value.span(),
    };
    let kind = match value.into_inner() {
        DeValue::String(value) => Kind::String(value.into_owned()),
        DeValue::Integer(value) => Kind::Integer(
            i64::from_str_radix(value.as_str(), value.radix())
                .map_err(|_| Problem::at(&place, "this number is too large"))?,
        ),
        DeValue::Float(value) => Kind::Float(
            value
                .as_str()
                .parse()
                .map_err(|_| Problem::at(&place, "this number cannot be read"))?,
        ),
        DeValue::Boolean(value) => Kind::Boolean(value),
        DeValue::Datetime(value) => Kind::Datetime(value.to_string()),
        DeValue::Array(values) => Kind::Array(
            values
                .into_iter()
                .map(|value| convert(value, text))
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => {
            let mut entries = table
                .into_iter()
                .map(|(key, value)| {
                    Ok(Entry {
                        place: Place {
                            text,
                            span: key.span(),
                        },
                        key: key.into_inner().into_owned(),
                        value: convert(value, text)?,
                    })
                })
                .collect::<Result<Vec<_>, Problem>>()?;
            // The parser sorts keys; attributes are posted in the order of the file.
            entries.sort_by_key(|entry| entry.place.span.start);
            Kind::Table(entries)
        }
    };
    Ok(Node { place, kind })
}

/// Sets `response.score.column` and the like. What reads as a TOML value is one, anything else is text; a number as
/// text is put in quotes.
fn set(
    root: &mut Node,
    path: &str,
    value: &str,
    texts: &mut Vec<(String, String)>,
) -> Result<(), Problem> {
    let number = texts.len();
    let shown = format!("{path}={value}");
    let whole = Place {
        text: number,
        span: 0..shown.len(),
    };
    texts.push((format!("--set {path}"), shown));
    let kind = DeValue::parse(value)
        .ok()
        .and_then(|value| convert(value, number).ok())
        .map_or_else(|| Kind::String(value.to_owned()), |node| node.kind);
    let mut node = root;
    let keys: Vec<&str> = path.split('.').map(str::trim).collect();
    if keys.iter().any(|key| key.is_empty()) {
        return Err(Problem::at(&whole, "a key is missing here")
            .help("write the keys with points between, as in response.score.column=Q1"));
    }
    for (depth, key) in keys.iter().enumerate() {
        let parent = depth.checked_sub(1).map(|above| keys[above]);
        if depth + 1 == keys.len() && !parent.is_some_and(|parent| FREE_KEYS.contains(&parent)) {
            make_way(node, key);
        }
        node = descend(node, key, &whole)?;
    }
    node.place = whole;
    node.kind = kind;
    Ok(())
}

/// Tables whose keys are the user's own.
const FREE_KEYS: [&str; 5] = ["user_meta", "segments", "fields", "map", "bucket"];

/// Takes away what says the same thing in another way: a value has one origin, a key columns or content.
fn make_way(node: &mut Node, key: &str) {
    const ALTERNATIVES: [&[&str]; 3] = [
        &["column", "columns", "first_of", "value", "template", "each"],
        &["columns", "content"],
        &["columns", "matching"],
    ];
    if let Kind::Table(entries) = &mut node.kind {
        for group in ALTERNATIVES.iter().filter(|group| group.contains(&key)) {
            entries.retain(|entry| entry.key == key || !group.contains(&entry.key.as_str()));
        }
    }
}

fn descend<'a>(node: &'a mut Node, key: &str, whole: &Place) -> Result<&'a mut Node, Problem> {
    // `score = "NPS"` is short for a table with that column: an override below it needs the long form.
    if let Kind::String(_) | Kind::Integer(_) = node.kind {
        let short = Node {
            place: node.place.clone(),
            kind: node.kind.clone(),
        };
        let origins = ["column", "columns", "first_of", "value", "template", "each"];
        let entries = if origins.contains(&key) {
            Vec::new()
        } else {
            vec![Entry {
                key: "column".to_owned(),
                place: node.place.clone(),
                value: short,
            }]
        };
        node.kind = Kind::Table(entries);
    }
    match &mut node.kind {
        Kind::Table(entries) => {
            let index = entries
                .iter()
                .position(|entry| entry.key == key)
                .unwrap_or_else(|| {
                    entries.push(Entry {
                        key: key.to_owned(),
                        place: whole.clone(),
                        value: Node {
                            place: whole.clone(),
                            kind: Kind::Table(Vec::new()),
                        },
                    });
                    entries.len() - 1
                });
            Ok(&mut entries[index].value)
        }
        Kind::Array(items) => {
            let wanted = items.iter().position(
                |item| matches!(item.get("name"), Some(Node { kind: Kind::String(name), .. }) if name == key),
            );
            match wanted {
                Some(index) => Ok(&mut items[index]),
                None => Err(Problem::at(whole, format!("no entry is named `{key}`"))),
            }
        }
        _ => Err(Problem::at(
            whole,
            format!("nothing can be set below `{key}`"),
        )),
    }
}

/// Merges a mapping over the one it extends.
fn extend(
    root: Node,
    bases: Bases<'_>,
    texts: &mut Vec<(String, String)>,
    depth: usize,
) -> Result<Node, Problem> {
    let Some(name) = root.get("extends").cloned() else {
        return Ok(root);
    };
    let Kind::String(base) = &name.kind else {
        return Err(Problem::at(
            &name.place,
            "`extends` is the name of a mapping",
        ));
    };
    if depth > 4 {
        return Err(Problem::at(
            &name.place,
            "mappings extend each other in a circle",
        ));
    }
    let text = bases(base).ok_or_else(|| {
        Problem::at(&name.place, format!("no mapping is known as `{base}`")).help(known_bases(base))
    })?;
    let number = texts.len();
    texts.push((base.clone(), text));
    let below = parse(&texts[number].1, number)?;
    let below = extend(below, bases, texts, depth + 1)?;
    Ok(merge(below, root, 0))
}

fn known_bases(unknown: &str) -> String {
    let near = nearest(unknown, shipped::names())
        .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let names: Vec<&str> = shipped::names().collect();
    format!(
        "{near}`extends` takes the name of a mapping shipped with chatterload: {}",
        names.join(", ")
    )
}

/// What stands in `above` wins. Sections merge key by key, single values are replaced whole.
fn merge(below: Node, above: Node, depth: usize) -> Node {
    let place = above.place.clone();
    match (below.kind, above.kind) {
        (Kind::Table(below), Kind::Table(mut above)) => {
            let said = |keys: &[&str]| above.iter().any(|entry| keys.contains(&entry.key.as_str()));
            // Of two ways to say the same thing, only the one above counts.
            let hides_key = said(&["columns", "content"]);
            let hides_responses = said(&["responses"]);
            let mut merged = Vec::with_capacity(below.len() + above.len());
            for entry in below {
                let key = entry.key.as_str();
                let hidden = (depth == 0 && key == "name")
                    || (depth == 1 && hides_key && ["columns", "content"].contains(&key))
                    || (depth == 0 && hides_responses && key == "responses");
                match above.iter().position(|own| own.key == entry.key) {
                    Some(index) => {
                        let own = above.remove(index);
                        let section = matches!(
                            key,
                            "source"
                                | "key"
                                | "response"
                                | "user_meta"
                                | "segments"
                                | "fields"
                                | "rest"
                        );
                        merged.push(Entry {
                            value: if section && depth < 2 {
                                merge(entry.value, own.value, depth + 1)
                            } else {
                                own.value
                            },
                            ..own
                        });
                    }
                    None if hidden => {}
                    None => merged.push(entry),
                }
            }
            merged.append(&mut above);
            Node {
                place,
                kind: Kind::Table(merged),
            }
        }
        (_, kind) => Node { place, kind },
    }
}
