//! JSON that is not one value a line: one array of records, an object that holds such an array, or records one after
//! the other over several lines. Read record by record, whatever the file's length.

use std::ops::ControlFlow;

use super::elements::{Scanner, cut_off, not_json};
use super::encoding::Found;
use super::input::Opened;
use super::members::{self, Reading};
use super::notices::Notices;
use super::{json, text, trouble, unreadable};
use crate::error::InputError;
use crate::outcome::quote;
use crate::record::{Position, Row};

/// What exports call the array of their records.
pub const NAMES: [&str; 16] = [
    "responses",
    "data",
    "results",
    "items",
    "records",
    "rows",
    "entries",
    "reviews",
    "answers",
    "feedback",
    "tickets",
    "submissions",
    "surveys",
    "ratings",
    "satisfaction_ratings",
    "value",
];

/// Where the records are.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Array,
    /// In the array that these names lead to.
    Member(Vec<String>),
    Values,
}

/// An open file of JSON.
pub struct Records {
    scanner: Scanner,
    kind: Kind,
    is_failures_file: bool,
}

/// What JSON that is no line by line is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenFor {
    /// A failures file, saved otherwise than it was written.
    Failures,
    /// What its name says: JSON lines, however they are set.
    Lines,
    /// Whatever it looks like.
    Records,
}

/// Whether a text that begins with `{` is to be read here rather than line by line; `is_lines` where the file is called
/// one of JSON lines.
pub fn is_whole(head: &[u8], is_lines: bool) -> bool {
    let text = head.trim_ascii();
    json::spans_lines(text)
        || (!is_lines && !text.contains(&b'\n') && members::look(text).is_wrapper())
}

/// What is to be told of the only line of a file, where it is read as a record and could be meant otherwise; `is_lines`
/// where the file is called one of JSON lines.
pub fn told_of_line(head: &[u8], is_lines: bool) -> Option<String> {
    let text = head.trim_ascii();
    if text.contains(&b'\n') {
        return None;
    }
    let seen = members::look(text);
    match seen.reading() {
        Ok(Reading::Record(told)) if !is_lines => told,
        _ if is_lines && seen.is_whole => seen.told_of_line(),
        _ => None,
    }
}

/// Finds out where the records are, and what is to be told of that: by the whole file where it can be read twice, else by
/// its beginning. A file that is called one of JSON lines holds records alone, however they are set.
fn kind(
    opened: &mut Opened,
    found: &Found,
    is_lines: bool,
) -> Result<(Kind, Option<String>), InputError> {
    let head = text::decode_head(&opened.head, found.encoding);
    let text = head.trim_ascii();
    if text.starts_with(b"[") {
        return Ok((Kind::Array, None));
    }
    let mut seen = members::look(text);
    if !seen.is_whole
        && seen.is_object
        && let Some(whole) = opened.preview()?
    {
        let raw_head = opened.head.get(..4).unwrap_or(&opened.head).to_vec();
        let whole = text::decode(whole, &raw_head, found).map_err(|error| unreadable(&error))?;
        seen = members::look_beyond(whole);
    }
    if is_lines {
        return Ok((Kind::Values, seen.told_of_line()));
    }
    let array = match seen.reading()? {
        Reading::Record(told) => return Ok((Kind::Values, told)),
        Reading::Array(array) => array,
    };
    let others = seen.arrays.iter().filter(|other| *other != array);
    let others: Vec<String> = others.map(|other| quote(&other.called())).collect();
    let others = if others.is_empty() {
        String::new()
    } else {
        format!("; not read: {}", others.join(", "))
    };
    let told = format!(
        "the records are those of the array {}{others}",
        quote(&array.called())
    );
    Ok((Kind::Member(array.path.clone()), Some(told)))
}

/// Where the records of a failures file are: whatever arrays these hold are answers.
fn failures(opened: &Opened, found: &Found) -> Kind {
    let head = text::decode_head(&opened.head, found.encoding);
    if head.trim_ascii_start().starts_with(b"[") {
        Kind::Array
    } else {
        Kind::Values
    }
}

impl Records {
    /// Opens JSON.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(
        mut opened: Opened,
        found: &Found,
        taken_for: TakenFor,
        notices: &Notices,
    ) -> Result<Self, InputError> {
        let is_failures_file = taken_for == TakenFor::Failures;
        let kind = if is_failures_file {
            failures(&opened, found)
        } else {
            let (kind, told) = kind(&mut opened, found, taken_for == TakenFor::Lines)?;
            if let Some(told) = told {
                notices.add(told);
            }
            kind
        };
        let raw_head = opened.head.get(..4).unwrap_or(&opened.head).to_vec();
        let input = text::decode(opened.into_stream()?, &raw_head, found)
            .map_err(|error| unreadable(&error))?;
        Ok(Self {
            scanner: Scanner::new(input),
            kind,
            is_failures_file,
        })
    }

    /// Hands over all rows; a record's row is its number from 1.
    ///
    /// # Errors
    /// The file cannot be read further, or what stands between the records is no JSON.
    pub fn rows(mut self, each: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<(), InputError> {
        let scanner = &mut self.scanner;
        let separated = match &self.kind {
            Kind::Values => false,
            Kind::Array => scanner.take(b'[')?,
            Kind::Member(path) => members::enter(scanner, path)?,
        };
        let mut record = Vec::new();
        if separated && scanner.take(b']')? {
            return at_end(scanner, &self.kind, 0);
        }
        for number in 1.. {
            match scanner.peek()? {
                None if separated => return Err(cut_off().at(after(number - 1))),
                None => return Ok(()),
                // A value cannot begin with these: nothing would be taken.
                Some(b',' | b']' | b'}' | b':') => {
                    return Err(not_json().at(format!("line {}", scanner.line())));
                }
                Some(_) => {}
            }
            let position = Position {
                row: number,
                line: scanner.line(),
            };
            scanner.value(number, &mut record)?;
            if each(json::record(position, &record, self.is_failures_file)).is_break() {
                return Ok(());
            }
            if separated && !scanner.take(b',')? {
                if scanner.take(b']')? {
                    return at_end(scanner, &self.kind, number);
                }
                let error = match scanner.peek()? {
                    None => cut_off(),
                    Some(_) => trouble(
                        "a comma is missing between two records",
                        "check the file there; a JSON export may be damaged",
                    ),
                };
                return Err(error.at(after(number)));
            }
        }
        Ok(())
    }
}

fn after(number: u64) -> String {
    format!("after record {number}")
}

/// What may stand below an array of its own: nothing. The object around one is not looked at further.
fn at_end(scanner: &mut Scanner, kind: &Kind, number: u64) -> Result<(), InputError> {
    if *kind == Kind::Array && scanner.peek()?.is_some() {
        return Err(trouble(
            "the array ends, but the file goes on",
            "give each array as a file of its own, or write one record a line",
        )
        .at(after(number)));
    }
    Ok(())
}
