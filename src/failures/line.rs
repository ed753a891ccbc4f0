//! A row as a line: our own columns, then its cells.

use std::borrow::Cow;
use std::io;

use serde::Serialize;
use serde_json::Value;

use super::columns::{Columns, keys};
use super::{FailedRow, one_line};
use crate::read::carried::{COLUMNS, JSON_KEY};
use crate::record::Cells;

/// What we say of a row, in the order of the columns.
#[derive(Serialize)]
pub struct Ours<'a> {
    row: Option<u64>,
    file: &'a str,
    error: &'a str,
    field: Cow<'a, str>,
    message: Cow<'a, str>,
    status: &'a str,
    run: &'a str,
    id: Cow<'a, str>,
    response: Vec<&'a str>,
    /// A line that was no JSON, or a record that cannot stand beside our own key.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, str>>,
}

impl<'a> Ours<'a> {
    /// What there is to say. A row of a failures file keeps its past: where it came from, who it is, what was
    /// outstanding.
    pub fn new(failed: &FailedRow<'a>, run: &'a str) -> Self {
        let past = failed.row.carried.as_deref();
        let origin = past.filter(|past| !past.file.is_empty());
        let id = match (failed.id, past) {
            (Some(id), _) => Cow::Owned(id.to_string()),
            (None, Some(past)) => Cow::Borrowed(past.id.as_str()),
            (None, None) => Cow::Borrowed(""),
        };
        let mut response: Vec<&str> = failed.responses.iter().map(AsRef::as_ref).collect();
        if let Some(past) = past
            && response.is_empty()
        {
            response = past.responses.iter().map(String::as_str).collect();
        }
        // A rejection comes before anything is asked or sent: what was in doubt still is.
        let still = past.is_some_and(|past| past.status.trim() == "in_doubt");
        let status = if still && failed.status == "rejected" {
            "in_doubt"
        } else {
            failed.status
        };
        Self {
            row: origin.map_or(Some(failed.row.position.row), |past| past.row),
            file: origin.map_or(failed.file, |past| &past.file),
            error: &failed.why.code,
            field: one_line(&failed.why.field),
            message: one_line(&failed.why.message),
            status,
            run,
            id,
            response,
            raw: None,
        }
    }

    fn cells(&self) -> [Cow<'_, str>; COLUMNS.len()] {
        [
            self.row
                .map_or(Cow::Borrowed(""), |row| row.to_string().into()),
            one_line(self.file),
            self.error.into(),
            self.field.as_ref().into(),
            self.message.as_ref().into(),
            self.status.into(),
            self.run.into(),
            self.id.as_ref().into(),
            self.response.join("\n").into(),
        ]
    }
}

/// The first line of a table: ours, then the columns. With the byte order mark by which Excel knows UTF-8.
///
/// # Errors
/// None in practice: it is written to memory.
pub fn header(columns: &Columns) -> io::Result<Vec<u8>> {
    let names = columns.names().iter().map(String::as_str);
    let mut line = "\u{feff}".as_bytes().to_vec();
    line.extend(record(COLUMNS.into_iter().chain(names))?);
    Ok(line)
}

/// A row as a line of a table.
///
/// # Errors
/// None in practice: it is written to memory.
pub fn csv(ours: &Ours<'_>, failed: &FailedRow<'_>, columns: &Columns) -> io::Result<Vec<u8>> {
    let ours = ours.cells();
    let cells = columns.lay(failed.row);
    record(ours.iter().chain(&cells).map(AsRef::as_ref))
}

/// One record; CRLF as RFC 4180 has it, so that a line feed within a cell is told from the end of the row.
fn record<'a>(cells: impl Iterator<Item = &'a str>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(1 << 10)
        .from_writer(Vec::new());
    writer.write_record(cells).map_err(io::Error::other)?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A row as a JSON object on one line, ours first.
///
/// # Errors
/// None in practice: it is written to memory.
pub fn json(mut ours: Ours<'_>, failed: &FailedRow<'_>, columns: &Columns) -> io::Result<Vec<u8>> {
    let mut pairs: Vec<u8> = Vec::new();
    match &failed.row.cells {
        Cells::Json(value) => match &**value {
            Value::Object(record) if !record.contains_key(JSON_KEY) => {
                for (key, value) in record {
                    pair(&mut pairs, key, value)?;
                }
            }
            // What is no object, or has a key of our name, is kept as its text and read back from that.
            value => ours.raw = Some(Cow::Owned(value.to_string())),
        },
        Cells::Raw(line) => ours.raw = Some(Cow::Owned(line.clone())),
        Cells::Text(_) | Cells::Typed(_) => {
            let cells = columns.lay(failed.row);
            let keys = keys(columns.names(), cells.len(), JSON_KEY);
            for (key, cell) in keys.iter().zip(&cells) {
                pair(&mut pairs, key, cell)?;
            }
        }
    }
    let mut line = Vec::with_capacity(pairs.len() + 256);
    line.push(b'{');
    serde_json::to_writer(&mut line, JSON_KEY)?;
    line.push(b':');
    serde_json::to_writer(&mut line, &ours)?;
    line.append(&mut pairs);
    line.extend(b"}\n");
    Ok(line)
}

fn pair<T: Serialize + ?Sized>(line: &mut Vec<u8>, key: &str, value: &T) -> io::Result<()> {
    line.push(b',');
    serde_json::to_writer(&mut *line, key)?;
    line.push(b':');
    serde_json::to_writer(line, value)?;
    Ok(())
}
