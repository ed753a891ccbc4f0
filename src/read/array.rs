//! JSON that is not one value a line: one array of records, an object that holds such an array, or records one after
//! the other over several lines. Read record by record, whatever the file's length.

use std::ops::ControlFlow;

use super::array_path::ArrayPath;
use super::elements::{Scanner, cut_off, not_json};
use super::encoding::Found;
use super::input::Opened;
use super::members::{self, Reading};
use super::notices::Notices;
use super::{json, text, trouble, unreadable, wrapped};
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
    /// In an array with an object around it.
    Wrapped(ArrayPath),
    Values,
}

/// An open file of JSON.
pub struct Records {
    scanner: Scanner,
    kind: Kind,
    /// What was told of where the records were found.
    told: Option<String>,
    is_failures_file: bool,
}

/// What JSON that is no line by line is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenFor {
    /// A failures file, saved otherwise than it was written.
    Failures,
    /// What its name says: JSON lines, however they are set.
    Lines,
    /// Objects with the records in an array of theirs, as somebody said.
    Wrapped(ArrayPath),
    /// Whatever it looks like; or, with `seeks`, what it may be likeliest.
    Records { seeks: bool },
}

/// Whether a text that begins with `{` is to be read here rather than line by line; `is_lines` where the file is called
/// one of JSON lines, `seeks` where it may be guessed.
pub fn is_whole(head: &[u8], is_lines: bool, seeks: bool) -> bool {
    let text = head.trim_ascii();
    json::spans_lines(text)
        || (!is_lines && (seeks || !text.contains(&b'\n')) && members::look(text).is_wrapper(seeks))
}

/// What is to be told of the first line of a file, where it is read as a record and could be meant otherwise; `is_lines`
/// where the file is called one of JSON lines.
pub fn told_of_line(head: &[u8], is_lines: bool) -> Option<String> {
    let text = head.trim_ascii();
    let seen = members::look(text);
    if text.contains(&b'\n') {
        return seen.told_of_pages();
    }
    match seen.reading(false) {
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
    taken_for: &TakenFor,
) -> Result<(Kind, Option<String>), InputError> {
    let head = text::decode_head(&opened.head, found.encoding);
    let text = head.trim_ascii();
    let seeks = matches!(taken_for, TakenFor::Records { seeks: true });
    if let Some(elements) = text.strip_prefix(b"[") {
        let first = members::look(elements);
        return Ok(match first.page().filter(|_| seeks) {
            Some(array) => (
                Kind::Wrapped(array.path()),
                Some(format!(
                    "the records are those of the arrays {} in the elements of the file's array",
                    array.called()
                )),
            ),
            None => (Kind::Array, None),
        });
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
    if *taken_for == TakenFor::Lines {
        return Ok((Kind::Values, seen.told_of_line()));
    }
    let (array, doubt) = match seen.reading(seeks)? {
        Reading::Record(told) => return Ok((Kind::Values, told)),
        Reading::Array(array, doubt) => (array, doubt),
    };
    let mut told = format!("the records are those of the array {}", array.called());
    let others = seen.arrays.iter().filter(|other| *other != array);
    let others: Vec<String> = others.map(members::Array::called).collect();
    if !others.is_empty() {
        told = format!("{told}; not read: {}", others.join(", "));
    }
    if let Some(name) = doubt {
        told = format!(
            "{told}; the object around it has {} of its own: should it be one record itself, give it on one line and say \
             --format ndjson",
            quote(&name)
        );
    }
    Ok((Kind::Wrapped(array.path()), Some(told)))
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
        let mut told = None;
        let kind = match taken_for {
            TakenFor::Failures => failures(&opened, found),
            TakenFor::Wrapped(path) => Kind::Wrapped(path),
            TakenFor::Lines | TakenFor::Records { .. } => {
                let (kind, found) = kind(&mut opened, found, &taken_for)?;
                if let Some(found) = &found {
                    notices.add(found.clone());
                }
                told = found.filter(|_| matches!(kind, Kind::Wrapped(_)));
                kind
            }
        };
        let raw_head = opened.head.get(..4).unwrap_or(&opened.head).to_vec();
        let input = text::decode(opened.into_stream()?, &raw_head, found)
            .map_err(|error| unreadable(&error))?;
        Ok(Self {
            scanner: Scanner::new(input),
            kind,
            told,
            is_failures_file,
        })
    }

    /// Where the records are, if objects are wrapped around them.
    pub fn path(&self) -> Option<&ArrayPath> {
        match &self.kind {
            Kind::Wrapped(path) => Some(path),
            Kind::Array | Kind::Values => None,
        }
    }

    /// What was told of where the records were found, if objects are wrapped around them and nobody had said it.
    pub fn told(&self) -> Option<&str> {
        self.told.as_deref()
    }

    /// Hands over all rows; a record's row is its number from 1.
    ///
    /// # Errors
    /// The file cannot be read further, or what stands between the records is no JSON.
    pub fn rows(mut self, each: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<(), InputError> {
        let scanner = &mut self.scanner;
        let mut taker = Taker {
            number: 0,
            record: Vec::new(),
            is_failures_file: self.is_failures_file,
            each,
        };
        match &self.kind {
            Kind::Wrapped(path) => wrapped::rows(scanner, path, &mut taker),
            Kind::Array if scanner.take(b'[')? => {
                let flow = taker.elements(scanner)?;
                if flow.is_continue() && scanner.peek()?.is_some() {
                    return Err(goes_on().at(taker.place()));
                }
                Ok(())
            }
            Kind::Array | Kind::Values => {
                while scanner.peek()?.is_some() {
                    if taker.next(scanner)?.is_break() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }
}

/// Takes records one by one, and numbers them.
pub struct Taker<'a> {
    /// Of the last one.
    number: u64,
    record: Vec<u8>,
    is_failures_file: bool,
    each: &'a mut dyn FnMut(Row) -> ControlFlow<()>,
}

impl Taker<'_> {
    /// Takes the elements of an array that has begun, and its end.
    ///
    /// # Errors
    /// It breaks off, or what stands in it is no JSON.
    pub fn elements(&mut self, scanner: &mut Scanner) -> Result<ControlFlow<()>, InputError> {
        if scanner.take(b']')? {
            return Ok(ControlFlow::Continue(()));
        }
        loop {
            if self.next(scanner)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if scanner.take(b',')? {
                continue;
            }
            if scanner.take(b']')? {
                return Ok(ControlFlow::Continue(()));
            }
            let error = match scanner.peek()? {
                None => cut_off(),
                Some(_) => no_comma(),
            };
            return Err(error.at(self.place()));
        }
    }

    /// Takes the next value.
    fn next(&mut self, scanner: &mut Scanner) -> Result<ControlFlow<()>, InputError> {
        match scanner.peek()? {
            None => return Err(cut_off().at(self.place())),
            // A value cannot begin with these: nothing would be taken.
            Some(b',' | b']' | b'}' | b':') => {
                return Err(not_json().at(format!("line {}", scanner.line())));
            }
            Some(_) => {}
        }
        let position = Position {
            row: self.number + 1,
            line: scanner.line(),
        };
        scanner.value(position.row, &mut self.record)?;
        self.number = position.row;
        let row = json::record(position, &self.record, self.is_failures_file);
        Ok((self.each)(row))
    }

    /// How far it has come.
    pub fn place(&self) -> String {
        format!("after record {}", self.number)
    }
}

/// Nothing may stand below an array of its own.
pub fn goes_on() -> InputError {
    trouble(
        "the array ends, but the file goes on",
        "give each array as a file of its own, or write one record a line",
    )
}

/// Two values stand side by side.
pub fn no_comma() -> InputError {
    trouble(
        "a comma is missing between two records",
        "check the file there; a JSON export may be damaged",
    )
}
