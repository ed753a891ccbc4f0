//! JSON that is not one value a line: one array of records, an object that holds such an array, or records one after
//! the other over several lines. Read record by record, whatever the file's length.

use std::ops::ControlFlow;

use super::elements::{Scanner, cut_off, not_json};
use super::encoding::Found;
use super::input::Opened;
use super::notices::Notices;
use super::{json, text, trouble};
use crate::error::InputError;
use crate::outcome::quote;
use crate::record::{Position, Row};

/// What exports call the array of their records.
const NAMES: [&str; 16] = [
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Array,
    Member,
    Values,
}

/// An open file of JSON.
pub struct Records {
    scanner: Scanner,
    kind: Kind,
    notices: Notices,
}

/// Whether a text that begins with `{` or `[` is to be read here rather than line by line.
pub fn is_whole(head: &[u8]) -> bool {
    let text = head.trim_ascii();
    if text.starts_with(b"[") || json::spans_lines(text) {
        return true;
    }
    let is_known = |name: String| NAMES.contains(&name.as_str());
    !text.contains(&b'\n') && wrapper(text).is_some_and(is_known)
}

/// The first member of an object that is an array of objects, or empty.
fn wrapper(text: &[u8]) -> Option<String> {
    let mut scanner = Scanner::new(Box::new(std::io::Cursor::new(text.to_vec())));
    let mut found = None;
    // What breaks off at the end of the head has been seen far enough.
    let _ = find_member(&mut scanner, &mut |name| found = Some(name.to_owned()));
    found
}

/// Goes to the first record of that array; false where the object has none.
fn find_member(scanner: &mut Scanner, named: &mut dyn FnMut(&str)) -> Result<bool, InputError> {
    if !scanner.take(b'{')? || scanner.take(b'}')? {
        return Ok(false);
    }
    loop {
        let name = scanner.name()?;
        if scanner.take(b'[')? {
            match scanner.peek()? {
                Some(b'{' | b']') => {
                    named(&name);
                    return Ok(true);
                }
                Some(_) => skip_elements(scanner)?,
                None => return Err(cut_off()),
            }
        } else {
            scanner.skip()?;
        }
        if !scanner.take(b',')? {
            return Ok(false);
        }
    }
}

fn skip_elements(scanner: &mut Scanner) -> Result<(), InputError> {
    loop {
        scanner.skip()?;
        if !scanner.take(b',')? {
            return if scanner.take(b']')? {
                Ok(())
            } else {
                Err(not_json())
            };
        }
    }
}

fn kind(head: &[u8]) -> Kind {
    let text = head.trim_ascii();
    if text.starts_with(b"[") {
        return Kind::Array;
    }
    let Some(name) = wrapper(text) else {
        return Kind::Values;
    };
    // A record may hold an array of objects too. The records' own array has a name that tells, or begins the object,
    // or goes on for long.
    let begins = text[1..]
        .trim_ascii_start()
        .starts_with(format!("\"{name}\"").as_bytes());
    let mut scanner = Scanner::new(Box::new(std::io::Cursor::new(text.to_vec())));
    let first_is_whole = scanner.skip().is_ok();
    let alone = !first_is_whole || scanner.peek().is_ok_and(|next| next.is_none());
    let tells = NAMES.contains(&name.as_str()) || begins || !first_is_whole;
    if alone && tells {
        Kind::Member
    } else {
        Kind::Values
    }
}

impl Records {
    /// Opens JSON.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(opened: Opened, found: &Found, notices: Notices) -> Result<Self, InputError> {
        let kind = kind(&text::decode_head(&opened.head, found.encoding));
        let raw_head = opened.head.get(..4).unwrap_or(&opened.head).to_vec();
        let input = text::decode(opened.into_stream()?, &raw_head, found)
            .map_err(|error| trouble(format!("reading failed: {error}"), ""))?;
        Ok(Self {
            scanner: Scanner::new(input),
            kind,
            notices,
        })
    }

    /// Hands over all rows; a record's row is its number from 1.
    ///
    /// # Errors
    /// The file cannot be read further, or what stands between the records is no JSON.
    pub fn rows(mut self, each: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<(), InputError> {
        let scanner = &mut self.scanner;
        let separated = match self.kind {
            Kind::Values => false,
            Kind::Array => scanner.take(b'[')?,
            Kind::Member => {
                let notices = &self.notices;
                let mut tell = |name: &str| {
                    notices.add(format!(
                        "the records are those of the array {}",
                        quote(name)
                    ));
                };
                find_member(scanner, &mut tell)?
            }
        };
        let mut record = Vec::new();
        if separated && scanner.take(b']')? {
            return at_end(scanner, self.kind, 0);
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
            if each(json::record(position, &record)).is_break() {
                return Ok(());
            }
            if separated && !scanner.take(b',')? {
                if scanner.take(b']')? {
                    return at_end(scanner, self.kind, number);
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
fn at_end(scanner: &mut Scanner, kind: Kind, number: u64) -> Result<(), InputError> {
    if kind == Kind::Array && scanner.peek()?.is_some() {
        return Err(trouble(
            "the array ends, but the file goes on",
            "give each array as a file of its own, or write one record a line",
        )
        .at(after(number)));
    }
    Ok(())
}
