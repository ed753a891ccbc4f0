//! JSON, one value a line.

use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::encoding::{self, Found};
use super::input::Opened;
use super::{carried, place, text, trouble, unreadable};
use crate::error::InputError;
use crate::outcome::Rejection;
use crate::record::{Carried, Cells, Position, Row, Shape};

/// The most bytes a line, or a record of an array, may have.
pub const MAX_RECORD: usize = 16 << 20;
/// The same in a failures file: our own key comes on top, and quotes of a line that was no JSON are escaped.
const MAX_FAILED_LINE: usize = 3 * MAX_RECORD;

/// An open file of JSON lines.
pub struct Lines {
    input: BufReader<Box<dyn Read + Send>>,
}

/// Whether the first record holds our own key; reads on to the end of the first line to know, unless the key is not among
/// so many bytes.
pub fn is_failures_file(opened: &mut Opened, most: usize) -> Result<bool, InputError> {
    loop {
        let text = text::decode_head(&opened.head, encoding::sketch(&opened.head));
        let first = text.trim_ascii_start();
        let end = first.iter().position(|&b| b == b'\n');
        if let Some(end) = end {
            return Ok(has_our_key(&first[..end]));
        }
        if opened.head.len() > most && !mentions_our_key(first) {
            return Ok(false);
        }
        // Doubling: each step decodes and searches all anew.
        if opened.head.len() > MAX_FAILED_LINE || !opened.grow(opened.head.len())? {
            return Ok(has_our_key(first));
        }
    }
}

fn has_our_key(line: &[u8]) -> bool {
    // What a long line holds takes many times its length in memory.
    mentions_our_key(line)
        && serde_json::from_slice::<Map<String, Value>>(line)
            .is_ok_and(|record| holds_our_key(&record))
}

fn mentions_our_key(text: &[u8]) -> bool {
    memchr::memmem::find(text, carried::JSON_KEY.as_bytes()).is_some()
}

fn holds_our_key(record: &Map<String, Value>) -> bool {
    matches!(record.get(carried::JSON_KEY), Some(Value::Object(_)))
}

/// The same where records are not one a line: in an array, or over several lines, as `jq` writes both. Our key must be
/// in what is read already: it stands first unless somebody sorted the keys.
pub fn is_failures_array(opened: &mut Opened) -> Result<bool, InputError> {
    loop {
        let text = text::decode_head(&opened.head, encoding::sketch(&opened.head));
        if !mentions_our_key(&text) {
            return Ok(false);
        }
        let first = text.trim_ascii_start();
        let first = first.strip_prefix(b"[").unwrap_or(first);
        let mut records = serde_json::Deserializer::from_slice(first).into_iter();
        match records.next() {
            Some(Ok(record)) => return Ok(holds_our_key(&record)),
            Some(Err(error)) if error.is_eof() && opened.head.len() <= MAX_FAILED_LINE => {}
            _ => return Ok(false),
        }
        // Doubling, as above.
        if !opened.grow(opened.head.len())? {
            return Ok(false);
        }
    }
}

impl Lines {
    /// Opens JSON lines.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(opened: Opened, found: &Found) -> Result<Self, InputError> {
        let raw_head = opened.head.get(..4).unwrap_or(&opened.head).to_vec();
        let input = text::decode(opened.into_stream()?, &raw_head, found)
            .map_err(|error| unreadable(&error))?;
        Ok(Self {
            input: BufReader::with_capacity(128 << 10, input),
        })
    }

    /// Hands over all rows; `unread`, with the line that [`finish`] makes its record of.
    ///
    /// # Errors
    /// The file cannot be read further, or a line is too long.
    pub fn rows(
        mut self,
        is_failures_file: bool,
        unread: bool,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), InputError> {
        let most = if is_failures_file {
            MAX_FAILED_LINE
        } else {
            MAX_RECORD
        };
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let position = Position {
                row: number,
                line: number,
            };
            let read = (&mut self.input)
                .take(most as u64 + 1)
                .read_until(b'\n', &mut line)
                .map_err(|error| unreadable(&error).at(format!("line {number}")))?;
            if read == 0 {
                break;
            }
            if read > most {
                return Err(too_long(number));
            }
            let content = line.trim_ascii();
            if content.is_empty() {
                continue;
            }
            let row = match simdutf8::basic::from_utf8(content) {
                Ok(text) if unread => unread_row(position, text),
                _ => row(position, content, is_failures_file),
            };
            if each(row).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// A record that is no line.
pub fn record(position: Position, content: &[u8], is_failures_file: bool) -> Row {
    row(position, content.trim_ascii(), is_failures_file)
}

fn unread_row(position: Position, line: &str) -> Row {
    Row {
        file: 0,
        position,
        cells: Cells::Raw(line.to_owned()),
        offset: 0,
        carried: None,
        fault: None,
    }
}

/// Reads the record of a line that was handed over unread; other rows are left as they are.
pub fn finish(unread: &mut Row, is_failures_file: bool) {
    if let (Cells::Raw(line), None) = (&unread.cells, &unread.fault) {
        let file = unread.file;
        *unread = row(unread.position, line.as_bytes(), is_failures_file);
        unread.file = file;
    }
}

fn row(position: Position, line: &[u8], is_failures_file: bool) -> Row {
    let (mut cells, mut fault) = parse(position, line);
    let mut past = None;
    if is_failures_file && let Some(ours) = take_ours(&mut cells) {
        past = Some(carried_of(&ours));
        // A line that was no JSON is kept as it stood; it may have been mended since.
        if let Some(Value::String(raw)) = ours.get("raw") {
            (cells, fault) = parse(position, raw.as_bytes());
        }
    }
    let mut row = Row {
        file: 0,
        position,
        cells,
        offset: 0,
        carried: past,
        fault,
    };
    carried::must_be_text(&mut row, &Shape::Json);
    row
}

fn parse(position: Position, line: &[u8]) -> (Cells, Option<Box<Rejection>>) {
    let why = match serde_json::from_slice::<Value>(line) {
        Ok(value @ Value::Object(_)) => return (Cells::Json(Box::new(value)), None),
        Ok(value) => {
            let why = Rejection::new(
                "json_not_an_object",
                "",
                format!(
                    "{}: the record is {}, not a JSON object such as {{\"comment\": \"…\"}}",
                    place(position),
                    kind(&value)
                ),
            );
            return (Cells::Json(Box::new(value)), Some(Box::new(why)));
        }
        Err(_) if std::str::from_utf8(line).is_err() => Rejection::new(
            "invalid_utf8",
            "",
            format!(
                "{}: the record is not valid text: name the file's encoding, as in --encoding windows-1252, \
                 or save it as UTF-8",
                place(position)
            ),
        ),
        Err(error) => Rejection::new("invalid_json", "", not_json(position, &error)),
    };
    let raw = String::from_utf8_lossy(line).into_owned();
    (Cells::Raw(raw), Some(Box::new(why)))
}

fn not_json(position: Position, error: &serde_json::Error) -> String {
    // serde_json names what it expected and where, never the text.
    let said = error.to_string();
    let what = said.split(" at line ").next().unwrap_or_default();
    format!(
        "{}, column {}: the record is no valid JSON ({what}): it must be one whole JSON object",
        place(position),
        error.column()
    )
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Removes our own key, its order apart from it untouched.
fn take_ours(cells: &mut Cells) -> Option<Map<String, Value>> {
    let Cells::Json(value) = cells else {
        return None;
    };
    let record = value.as_object_mut()?;
    match record.get(carried::JSON_KEY) {
        Some(Value::Object(_)) => match record.shift_remove(carried::JSON_KEY) {
            Some(Value::Object(ours)) => Some(ours),
            _ => None,
        },
        _ => None,
    }
}

fn carried_of(ours: &Map<String, Value>) -> Box<Carried> {
    Box::new(carried::from_json(ours))
}

/// Whether the first value goes on after its first line, rather than being broken off there.
pub fn spans_lines(text: &[u8]) -> bool {
    let Some(end) = text.iter().position(|&b| b == b'\n') else {
        return false;
    };
    let first = |text| {
        serde_json::Deserializer::from_slice(text)
            .into_iter::<IgnoredAny>()
            .next()
            .unwrap_or(Ok(IgnoredAny))
    };
    first(&text[..end]).is_err_and(|error| error.is_eof())
        && first(text).map_or_else(|error| error.is_eof(), |_| true)
}

fn too_long(number: u64) -> InputError {
    trouble(
        "the line is longer than 16 MiB",
        "write one record a line; if it is one large array or object, say so: --format json",
    )
    .at(format!("line {number}"))
}
