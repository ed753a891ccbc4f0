//! Cuts JSON text into its records without reading it as a whole: only strings and brackets are told apart here,
//! whether a record is valid is found when it is parsed.

use std::io::{BufRead, BufReader, Read};

use super::json::MAX_RECORD;
use super::{place, trouble, unreadable};
use crate::error::InputError;
use crate::record::Position;

/// The most bytes the name of a member may have.
const MAX_NAME: usize = 64 << 10;

/// Reads JSON text piece by piece.
pub struct Scanner {
    input: BufReader<Box<dyn Read + Send>>,
    line: u64,
}

/// What a string or a number of brackets still lacks.
#[derive(Clone, Copy, Default)]
struct Open {
    depth: u64,
    in_string: bool,
    escaped: bool,
    scalar: bool,
}

/// What follows a byte of a value.
enum Step {
    Goes,
    /// The value ends with this byte.
    Ends,
    /// The value ended before this byte.
    Ended,
}

impl Open {
    fn step(&mut self, byte: u8) -> Step {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    if self.depth == 0 {
                        return Step::Ends;
                    }
                }
                _ => {}
            }
            return Step::Goes;
        }
        match byte {
            // A scalar has no end of its own: what cannot belong to it ends it.
            b',' | b'"' | b'{' | b'}' | b'[' | b']' if self.scalar && self.depth == 0 => {
                return Step::Ended;
            }
            _ if self.scalar && self.depth == 0 && byte.is_ascii_whitespace() => {
                return Step::Ended;
            }
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Step::Ends;
                }
            }
            _ if self.depth == 0 => self.scalar = true,
            _ => {}
        }
        Step::Goes
    }
}

impl Scanner {
    /// Begins at the first byte of a text.
    pub fn new(input: Box<dyn Read + Send>) -> Self {
        Self {
            input: BufReader::with_capacity(128 << 10, input),
            line: 1,
        }
    }

    /// The next byte that is not blank, not taken yet.
    pub fn peek(&mut self) -> Result<Option<u8>, InputError> {
        loop {
            let buffer = fill(&mut self.input, self.line)?;
            let Some(at) = buffer.iter().position(|byte| !byte.is_ascii_whitespace()) else {
                if buffer.is_empty() {
                    return Ok(None);
                }
                let length = buffer.len();
                self.line += breaks(buffer);
                self.input.consume(length);
                continue;
            };
            let byte = buffer[at];
            self.line += breaks(&buffer[..at]);
            self.input.consume(at);
            return Ok(Some(byte));
        }
    }

    /// Takes the next byte that is not blank, if it is this one.
    pub fn take(&mut self, wanted: u8) -> Result<bool, InputError> {
        let found = self.peek()? == Some(wanted);
        if found {
            self.input.consume(1);
        }
        Ok(found)
    }

    /// The line of what comes next.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Copies the next value into `record`, of record number `row`.
    pub fn value(&mut self, row: u64, record: &mut Vec<u8>) -> Result<(), InputError> {
        record.clear();
        self.peek()?;
        let at = Position {
            row,
            line: self.line,
        };
        let whole = self.pass(&mut |bytes| {
            record.extend_from_slice(bytes);
            record.len() <= MAX_RECORD
        })?;
        match whole {
            Passed::Whole => Ok(()),
            Passed::TooLong => Err(trouble(
                "the record is longer than 16 MiB, or a quote or bracket in it is never closed",
                "check the file there; a JSON export may be cut off or damaged",
            )
            .at(place(at))),
            Passed::CutOff => Err(trouble(
                "the file ends within this record: it was cut off, or a quote or bracket is never closed",
                "export or download it again",
            )
            .at(place(at))),
        }
    }

    /// Passes over the next value, of any length.
    pub fn skip(&mut self) -> Result<(), InputError> {
        self.peek()?;
        let line = self.line;
        match self.pass(&mut |_| true)? {
            Passed::Whole => Ok(()),
            Passed::TooLong | Passed::CutOff => Err(cut_off().at(format!("line {line}"))),
        }
    }

    /// The name of the next member of an object, its colon taken.
    pub fn name(&mut self) -> Result<String, InputError> {
        let mut name = Vec::new();
        self.peek()?;
        let line = self.line;
        let whole = self.pass(&mut |bytes| {
            name.extend_from_slice(bytes);
            name.len() <= MAX_NAME
        })?;
        let name = serde_json::from_slice::<String>(&name);
        match (whole, name, self.take(b':')?) {
            (Passed::Whole, Ok(name), true) => Ok(name),
            _ => Err(not_json().at(format!("line {line}"))),
        }
    }

    /// Hands the bytes of the next value over in pieces, until it ends or is refused.
    fn pass(&mut self, each: &mut dyn FnMut(&[u8]) -> bool) -> Result<Passed, InputError> {
        let mut open = Open::default();
        loop {
            let buffer = fill(&mut self.input, self.line)?;
            if buffer.is_empty() {
                let ended = open.scalar && open.depth == 0;
                return Ok(if ended { Passed::Whole } else { Passed::CutOff });
            }
            let mut end = None;
            for (index, byte) in buffer.iter().enumerate() {
                match open.step(*byte) {
                    Step::Goes => {}
                    Step::Ends => end = Some(index + 1),
                    Step::Ended => end = Some(index),
                }
                if end.is_some() {
                    break;
                }
            }
            let taken = end.unwrap_or(buffer.len());
            self.line += breaks(&buffer[..taken]);
            let fits = each(&buffer[..taken]);
            self.input.consume(taken);
            if !fits {
                return Ok(Passed::TooLong);
            }
            if end.is_some() {
                return Ok(Passed::Whole);
            }
        }
    }
}

enum Passed {
    Whole,
    TooLong,
    CutOff,
}

fn fill(input: &mut BufReader<Box<dyn Read + Send>>, line: u64) -> Result<&[u8], InputError> {
    // A loop around fill_buf that returns its borrow is refused by the borrow checker: asked twice instead.
    while let Err(error) = input.fill_buf() {
        if error.kind() != std::io::ErrorKind::Interrupted {
            return Err(unreadable(&error).at(format!("line {line}")));
        }
    }
    Ok(input.buffer())
}

fn breaks(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The file ends too early.
pub fn cut_off() -> InputError {
    trouble(
        "the file ends before its JSON does: it was cut off, or a quote or bracket is never closed",
        "export or download it again",
    )
}

/// What follows is no JSON.
pub fn not_json() -> InputError {
    trouble(
        "what stands here is no valid JSON",
        "check the file there; a JSON export may be cut off or damaged",
    )
}
