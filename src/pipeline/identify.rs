//! From a row to its identity, the hash of its cells, and the tokens of its responses.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::hashes::Hashes;
use super::seen::Seen;
use crate::identity::{Id, Token, content_hash, content_id, token};
use crate::mapping::{KeyBy, RowKey};
use crate::outcome::{Rejection, quote};
use crate::record::{Row, Shape, is_same_number};

/// What a row says of its identity by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// It is this one.
    Known(Id),
    /// It goes by its content and by how often that came before.
    ByContent,
}

/// What a row says of its identity by itself. A row of a failures file has it from there, whatever its cells say now.
///
/// # Errors
/// The row has no usable key.
pub fn who(
    row: &Row,
    key: Result<RowKey<'_>, Rejection>,
    hashes: &Hashes,
) -> Result<Who, Rejection> {
    // What a spreadsheet has ruined would be posted as it now stands, whoever the row is.
    if let Err(why) = &key
        && why.code == "spreadsheet_damage"
    {
        return Err(why.clone());
    }
    // A row at fault is rejected, whoever it is.
    if row.fault.is_some() {
        return key.and(Err(Rejection::new(
            "unreadable_row",
            "",
            "the row cannot be read",
        )));
    }
    if let Some(carried) = row.carried.as_deref()
        && !carried.id.trim().is_empty()
    {
        return carried.id.parse().map(Who::Known).map_err(|()| {
            Rejection::new(
                "spreadsheet_damage",
                "_id",
                format!(
                    "{} is no identity of ours, so the row cannot be told from others: take the cell `_id` from the \
                     original failures file",
                    quote(&carried.id)
                ),
            )
        });
    }
    Ok(match key? {
        RowKey::Columns(cells) => Who::Known(hashes.row(cells.iter().map(AsRef::as_ref))),
        RowKey::Content => Who::ByContent,
    })
}

/// Numbers equal rows. Rows must come in file order.
pub struct Occurrences {
    scope: String,
    by_file: bool,
    seen: Seen,
}

impl Occurrences {
    /// For a mapping's key.
    pub fn new(scope: &str, by: &KeyBy) -> Self {
        Self {
            scope: scope.to_owned(),
            by_file: matches!(by, KeyBy::PerFile),
            seen: Seen::default(),
        }
    }

    /// The identity of the next row of this content in its file.
    ///
    /// # Errors
    /// The temporary file cannot be used.
    pub fn next(&mut self, file: usize, file_name: &str, content: Id) -> Result<Id, Rejection> {
        // Occurrences count in each file, so the file belongs to what is counted; files of one name are still two.
        let counted = content_id(&self.scope, content, 0, Some(&file.to_string()));
        let failed = |error: std::io::Error| {
            Rejection::new(
                "spill_failed",
                "key",
                format!("the temporary file cannot be used: {error}"),
            )
        };
        let before = self.seen.get(&counted).map_err(failed)?;
        let occurrence = before.map_or(0, u128::from_le_bytes) + 1;
        self.seen
            .set(&counted, occurrence.to_le_bytes())
            .map_err(failed)?;
        let occurrence = u64::try_from(occurrence).unwrap_or(u64::MAX);
        let file = self.by_file.then_some(file_name);
        Ok(content_id(&self.scope, content, occurrence, file))
    }
}

/// Makes tokens for one project of one API.
#[derive(Clone, Debug)]
pub struct Tokens {
    origin: String,
    project: String,
}

impl Tokens {
    /// `origin` is the API's (`https://api.chattermill.com`), `project` the key as the catalogue spells it.
    pub fn new(origin: &str, project: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            project: project.to_owned(),
        }
    }

    /// The token of a row's response.
    pub fn token(&self, row: Id, response: &str) -> Token {
        token(&self.origin, &self.project, row, response)
    }
}

/// Hashes the cells of a file's rows.
pub struct Fingerprint {
    /// Columns in the order of their names, so that pairs come sorted; `None` for JSON.
    columns: Option<Vec<(String, usize)>>,
}

impl Fingerprint {
    /// For a file of this shape.
    pub fn new(shape: &Shape) -> Self {
        let columns = match shape {
            Shape::Json => None,
            Shape::Table(header) => {
                let mut columns: Vec<(String, usize)> =
                    header.names.iter().cloned().zip(0..).collect();
                columns.sort();
                Some(columns)
            }
        };
        Self { columns }
    }

    /// The same without cells below a column that has no name: a spreadsheet adds such columns when it pads.
    pub fn of_named(&self, row: &Row) -> Option<Id> {
        let columns = self.columns.as_ref()?;
        let named = columns.iter().filter(|(name, _)| !name.is_empty());
        let mut pairs: Vec<(&str, Cow<'_, str>)> = named
            .map(|(name, index)| (name.as_str(), row.cell(*index).text()))
            .collect();
        Some(content_hash(&mut pairs))
    }

    /// The hash of a row's cells: independent of the order of columns and of outer blanks.
    pub fn of(&self, row: &Row) -> Id {
        if let Some(columns) = &self.columns {
            let mut pairs: Vec<(&str, Cow<'_, str>)> = columns
                .iter()
                .map(|(name, index)| (name.as_str(), row.cell(*index).text()))
                .collect();
            content_hash(&mut pairs)
        } else {
            let mut leaves = Vec::new();
            if let Some(value) = row.json() {
                collect_leaves(value, &mut String::new(), &mut leaves);
            }
            content_hash(&mut leaves)
        }
    }
}

/// The non-empty scalars of a JSON value, each under its JSON Pointer (RFC 6901).
fn collect_leaves(value: &Value, pointer: &mut String, leaves: &mut Vec<(String, String)>) {
    let length = pointer.len();
    match value {
        Value::Null => {}
        Value::String(text) => leaves.push((pointer.clone(), text.clone())),
        Value::Bool(value) => leaves.push((pointer.clone(), value.to_string())),
        Value::Number(number) => leaves.push((pointer.clone(), digits(number))),
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                collect_leaves(value, pointer, leaves);
                pointer.truncate(length);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                collect_leaves(value, pointer, leaves);
                pointer.truncate(length);
            }
        }
    }
}

/// A number for the hash: equal ones are written in many ways, and one of more digits than a float keeps in its own.
fn digits(number: &Number) -> String {
    let float = || number.as_f64().and_then(Number::from_f64);
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    match float() {
        Some(float) if is_same_number(float.as_str(), number.as_str()) => float.to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::row_id;
    use crate::mapping::testing::{json_row, row, shape};
    use crate::record::Carried;

    #[test]
    fn the_order_of_columns_does_not_matter_to_the_hash() {
        let one = Fingerprint::new(&shape(&["a", "b", "c"])).of(&row(&["1", " 2 ", ""]));
        let other = Fingerprint::new(&shape(&["c", "b", "a"])).of(&row(&["", "2", "1"]));
        assert_eq!(one, other);
        let swapped = Fingerprint::new(&shape(&["a", "b", "c"])).of(&row(&["2", "1", ""]));
        assert_ne!(one, swapped);
    }

    #[test]
    fn json_leaves_go_by_their_pointers() {
        let mut leaves = Vec::new();
        let value = serde_json::json!({"a": {"b/c": [1, null, "x"]}, "d": "", "e": true});
        collect_leaves(&value, &mut String::new(), &mut leaves);
        let leaves: Vec<String> = leaves
            .iter()
            .map(|(at, text)| format!("{at}={text}"))
            .collect();
        assert_eq!(leaves, ["/a/b~1c/0=1", "/a/b~1c/2=x", "/d=", "/e=true"]);
    }

    #[test]
    fn json_numbers_are_told_apart_by_all_their_digits() {
        let hash = |text: &str| {
            let value = serde_json::from_str(text).unwrap();
            Fingerprint::new(&Shape::Json).of(&json_row(value))
        };
        let long = "{\"n\":12345678901234567890123}";
        assert_ne!(hash(long), hash(&long.replace("123}", "124}")));
        assert_ne!(hash("{\"n\":1e400}"), hash("{\"n\":1e401}"));
        // Ledgers hold the hashes of such numbers as floats print them.
        assert_eq!(hash("{\"n\":4.50}"), hash("{\"n\":\"4.5\"}"));
        assert_eq!(hash("{\"n\":9.00}"), hash("{\"n\":\"9.0\"}"));
    }

    #[test]
    fn equal_rows_without_a_key_are_numbered_within_a_file() {
        let content = |by: KeyBy| {
            let mut occurrences = Occurrences::new("s", &by);
            move |file: &str| {
                let number = file.len();
                occurrences.next(number, file, Id([7; 16])).unwrap()
            }
        };
        let mut cumulative = content(KeyBy::Cumulative);
        let (first, second) = (cumulative("may.csv"), cumulative("may.csv"));
        assert_ne!(first, second);
        assert_eq!(
            cumulative("june.csv"),
            first,
            "a grown export holds the same rows"
        );
        let mut per_file = content(KeyBy::PerFile);
        assert_ne!(per_file("may.csv"), per_file("june.csv"));
    }

    #[test]
    fn a_failures_file_says_who_a_row_is() {
        let id = row_id("s", ["1"]);
        let carried = |text: &str| Row {
            carried: Some(Box::new(Carried {
                id: text.into(),
                ..Carried::default()
            })),
            ..row(&["other"])
        };
        let hashes = Hashes::lasting("s", None);
        let who = |row: &Row| who(row, Ok(RowKey::Columns(vec!["2".into()])), &hashes);
        assert_eq!(who(&carried(&id.to_string())), Ok(Who::Known(id)));
        assert_eq!(who(&carried("")), Ok(Who::Known(row_id("s", ["2"]))));
        assert_eq!(
            who(&carried("1,18E+11")).unwrap_err().code,
            "spreadsheet_damage"
        );
    }
}
