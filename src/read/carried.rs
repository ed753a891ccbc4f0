//! The columns by which a failures file is known, and what they say of a row's past.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::place;
use crate::outcome::{Rejection, quote};
use crate::record::{Carried, CellRef, Row, Shape};

/// The columns a failures file begins with.
pub const COLUMNS: [&str; 9] = [
    "_row",
    "_file",
    "_error",
    "_field",
    "_message",
    "_status",
    "_run",
    "_id",
    "_response",
];

/// The key of a JSON record that holds the same.
pub const JSON_KEY: &str = "_chatterload";

/// The code of a row whose bytes were no text.
pub const NO_TEXT: &str = "invalid_utf8";
/// The code of a row in which a spreadsheet has ruined something.
const DAMAGE: &str = "spreadsheet_damage";
/// What stands in a failures file for bytes that were none.
const LOST: char = '\u{FFFD}';

/// Whether a header is that of a failures file.
pub fn is_header<T: AsRef<[u8]>>(mut cells: impl Iterator<Item = T>) -> bool {
    COLUMNS.iter().all(|name| {
        cells
            .next()
            .is_some_and(|cell| cell.as_ref() == name.as_bytes())
    })
}

/// What the leading cells of a table's row say.
pub fn from_cells<'a>(cell: impl Fn(usize) -> Cow<'a, str>) -> Carried {
    let text = |index| cell(index).trim().to_owned();
    Carried {
        row: text(0).parse().ok(),
        file: text(1),
        was_no_text: text(2) == NO_TEXT,
        damaged: if text(2) == DAMAGE {
            text(3)
        } else {
            String::new()
        },
        status: text(5),
        run: text(6),
        id: text(7),
        responses: cell(8)
            .lines()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

/// What the `_chatterload` object of a JSON record says.
pub fn from_json(object: &Map<String, Value>) -> Carried {
    let text = |key| match object.get(key) {
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    Carried {
        row: object.get("row").and_then(Value::as_u64),
        file: text("file"),
        was_no_text: text("error") == NO_TEXT,
        damaged: String::new(),
        status: text("status"),
        run: text("run"),
        id: text("id"),
        responses: match object.get("response") {
            Some(Value::Array(names)) => names
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            Some(Value::String(name)) if !name.is_empty() => vec![name.clone()],
            _ => Vec::new(),
        },
    }
}

/// Rejects a row again that was no text and has not been mended: what is lost of it must not be sent.
pub fn must_be_text(row: &mut Row, shape: &Shape) {
    let was_no_text = row.carried.as_deref().is_some_and(|past| past.was_no_text);
    if !was_no_text || row.fault.is_some() {
        return;
    }
    let column = match shape {
        Shape::Table(header) => (0..row.width())
            .find(|index| is_lost(row.cell(*index)))
            .map(|index| header.label(index)),
        Shape::Json => row.json().and_then(lost_in),
    };
    let Some(column) = column else { return };
    let at = if column.is_empty() {
        String::new()
    } else {
        format!(", column {}", quote(&column))
    };
    let message = format!(
        "{}{at}: the sign {LOST} (U+FFFD) stands where the export held bytes that are no text: put back what stood \
         there, or load the export again with its encoding named, as in --encoding windows-1252; to send the row as it \
         is, empty its _error",
        place(row.position)
    );
    row.fault = Some(Box::new(Rejection::new(NO_TEXT, column, message)));
}

fn is_lost(cell: CellRef<'_>) -> bool {
    matches!(cell, CellRef::Text(text) if text.contains(LOST))
}

/// The first field of a record that has lost something.
fn lost_in(record: &Value) -> Option<String> {
    let fields = record.as_object()?;
    let mut lost = fields
        .iter()
        .filter(|(name, value)| name.contains(LOST) || has_lost(value));
    lost.next().map(|(name, _)| name.clone())
}

fn has_lost(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(LOST),
        Value::Array(items) => items.iter().any(has_lost),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains(LOST) || has_lost(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
