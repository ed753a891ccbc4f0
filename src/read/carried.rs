//! The columns by which a failures file is known, and what they say of a row's past.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::record::Carried;

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
