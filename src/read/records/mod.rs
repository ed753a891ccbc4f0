//! Records of delimited text, with their true row and line numbers, in bounded memory.
//!
//! This drives `csv_core`, the parser inside the `csv` crate, because three things cannot be had from
//! `csv::Reader`: blank lines are counted (a spreadsheet shows them), a record has a size limit, and a quote
//! that is never closed is told apart from a long record.

mod page;
#[cfg(test)]
mod tests;

use std::io::Read;

use csv_core::ReadRecordResult;
use encoding_rs::Encoding;

use super::{place, split, trouble, unreadable};
use crate::error::InputError;
use crate::record::{Position, Record, Span};

/// The most bytes a record may hold; a longer one is taken for an unclosed quote.
pub const MAX_RECORD: usize = 4 << 20;
/// The most cells a record may have: four times what a spreadsheet can hold.
const MAX_CELLS: usize = 1 << 16;
const BUFFER: usize = 64 << 10;

/// Room for a record that the parser reads, at first: bytes and cells.
const ROOM: (usize, usize) = (128 << 10, 4096);
/// Marks places among the cells that were written anew.
const ANEW: u32 = 1 << 31;

/// Reads records one by one; the cells of the current one stay readable until the next is read. Those that are kept make a
/// page together.
pub struct Records {
    input: Box<dyn Read + Send>,
    core: csv_core::Reader,
    delimiter: u8,
    /// The parser has read a record.
    has_begun: bool,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where the page begins in the buffer.
    begin: usize,
    /// Cells of the page that are not in the buffer as they are, one behind the other.
    anew: Vec<u8>,
    /// Where the cells of the page and of the current record are: in the buffer, or, marked, among those written anew.
    cells: Vec<Span>,
    kept: Vec<Kept>,
    current: Cells,
    /// What the parser wrote of the record that it reads, and where each cell ends.
    parsed: Vec<u8>,
    ends: Vec<usize>,
    /// The line breaks within the current record, where it is one of the page.
    line_breaks: u64,
    row: u64,
    line: u64,
    /// The first record with a quote within a cell that is not written twice, and the number of the cell.
    odd: Option<(Position, usize)>,
    /// The most bytes a record may hold.
    most: usize,
    /// The last record or blank line ended in a carriage return: a line feed right behind belongs to it.
    after_return: bool,
}

/// Which of the page's cells a record has.
#[derive(Clone, Copy, Default)]
struct Cells {
    first: usize,
    count: usize,
}

#[derive(Clone, Copy)]
struct Kept {
    position: Position,
    cells: Cells,
    line_breaks: u64,
}

impl Records {
    /// Reads text that begins on `line` of its file. A byte order mark must be gone already.
    pub fn new(input: Box<dyn Read + Send>, delimiter: u8, line: u64) -> Self {
        Self {
            input,
            core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            has_begun: false,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            begin: 0,
            anew: Vec::new(),
            cells: Vec::new(),
            kept: Vec::new(),
            current: Cells::default(),
            parsed: vec![0; ROOM.0],
            ends: vec![0; ROOM.1],
            line_breaks: 0,
            row: 1,
            line,
            odd: None,
            most: MAX_RECORD,
            after_return: false,
        }
    }

    /// Allows records of twice the length: in a failures file our own cells come on top.
    pub fn with_room_for_ours(self) -> Self {
        Self {
            most: 2 * MAX_RECORD,
            ..self
        }
    }

    /// Reads the next record; `None` at the end. Blank lines are counted and passed over.
    ///
    /// # Errors
    /// The input fails, a record is too long, or a quote is never closed.
    pub fn read(&mut self) -> Result<Option<Position>, InputError> {
        self.go_behind_the_page();
        while !self.skip_blank_lines() {
            if !self.fill()? {
                return Ok(None);
            }
        }
        let position = self.position();
        if self.read_whole() {
            return Ok(Some(position));
        }
        self.has_begun = true;
        if self.odd.is_none() {
            let left = &self.buffer[self.start..self.end];
            let cell = split::odd_cell(left, self.delimiter);
            self.odd = cell.map(|cell| (position, cell));
        }
        let first_line = self.core.line();
        let (mut written, mut count) = (0, 0);
        let mut at_end = false;
        loop {
            if self.start == self.end && !at_end {
                at_end = !self.fill()?;
            }
            // A line feed instead of the end: it completes a record, unless a quote is open.
            let input = if at_end {
                b"\n".as_slice()
            } else {
                &self.buffer[self.start..self.end]
            };
            let (result, read, wrote, cells) =
                self.core
                    .read_record(input, &mut self.parsed[written..], &mut self.ends[count..]);
            written += wrote;
            count += cells;
            if !at_end {
                self.start += read;
            }
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => break,
                _ if at_end && read > 0 => {
                    return Err(self.unclosed(position, count, "in this file"));
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    if self.parsed.len() >= self.most {
                        let line_breaks = self.core.line() - first_line;
                        return Err(self.too_long(position, count, line_breaks));
                    }
                    self.parsed.resize(self.parsed.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    if self.ends.len() >= MAX_CELLS {
                        // How wide it is at least tells of the delimiter.
                        self.take_parsed(count);
                        return Err(too_wide(position));
                    }
                    self.ends.resize(self.ends.len() * 2, 0);
                }
            }
        }
        self.take_parsed(count);
        self.row += 1;
        self.line += self.core.line() - first_line;
        self.after_return = !at_end && self.start > 0 && self.buffer[self.start - 1] == b'\r';
        self.line += u64::from(self.after_return);
        Ok(Some(position))
    }

    /// Makes what the parser read the current record.
    fn take_parsed(&mut self, count: usize) {
        let mut from = self.anew.len();
        let all = self.ends[..count].last().copied().unwrap_or_default();
        for &end in &self.ends[..count] {
            let to = self.anew.len() + end;
            self.cells.push(span(from, to, ANEW));
            from = to;
        }
        self.anew.extend_from_slice(&self.parsed[..all]);
        self.current.count = count;
        if self.cells.iter().all(|cell| cell.from & ANEW != 0) {
            self.begin = self.start;
        }
    }

    /// Reads a record that lies in the buffer as a whole, as most do; false where it does not, or is written oddly.
    fn read_whole(&mut self) -> bool {
        // The parser leaves out a byte order mark before the first record that it reads.
        if !self.has_begun {
            return false;
        }
        let (text, at) = (&self.buffer[self.start..self.end], self.start);
        let (cells, written) = (&mut self.cells, self.anew.len());
        let found = split::record(text, self.delimiter, &mut self.anew, |cell| {
            cells.push(match cell {
                split::Cell::Here(from, to) => span(at + from, at + to, 0),
                split::Cell::Anew(from, to) => span(from, to, ANEW),
            });
        });
        let Some(found) = found else {
            self.cells.truncate(self.current.first);
            self.anew.truncate(written);
            return false;
        };
        self.current.count = self.cells.len() - self.current.first;
        self.start += found.read;
        self.after_return = found.ends_in_return;
        self.row += 1;
        self.line += found.line_breaks + 1;
        true
    }

    fn position(&self) -> Position {
        Position {
            row: self.row,
            line: self.line,
        }
    }

    /// The first record with a quote within a cell that is not written twice, and the number of the cell.
    pub fn odd(&self) -> Option<(Position, usize)> {
        self.odd
    }

    /// The number of cells of the current record.
    pub fn width(&self) -> usize {
        self.current.count
    }

    /// The cells of the current record.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let Cells { first, count } = self.current;
        self.cells[first..first + count].iter().map(|cell| {
            let text = if cell.from & ANEW == 0 {
                &self.buffer
            } else {
                &self.anew
            };
            &text[(cell.from & !ANEW) as usize..(cell.to & !ANEW) as usize]
        })
    }

    /// Whether every cell from `index` on is empty or blank.
    pub fn is_blank_from(&self, index: usize) -> bool {
        self.cells()
            .skip(index)
            .all(|cell| cell.trim_ascii().is_empty())
    }

    /// The current record by itself; `None` where it is not UTF-8.
    pub fn text(&self) -> Option<Record> {
        let cells = self.cells().map(std::str::from_utf8);
        cells.collect::<Result<_, _>>().ok()
    }

    /// The first cell of the current record that is not UTF-8.
    pub fn first_invalid(&self) -> Option<usize> {
        self.cells()
            .position(|cell| std::str::from_utf8(cell).is_err())
    }

    /// The current record, read by an encoding; what is invalid in it is replaced by U+FFFD.
    pub fn decoded(&self, encoding: &'static Encoding) -> Record {
        self.cells()
            .map(|cell| encoding.decode_without_bom_handling(cell).0)
            .collect()
    }

    /// Goes to the first byte of a record; false where the buffer ends before.
    fn skip_blank_lines(&mut self) -> bool {
        while self.start < self.end {
            match self.buffer[self.start] {
                b'\n' if self.after_return => self.after_return = false,
                byte @ (b'\n' | b'\r') => {
                    self.row += 1;
                    self.line += 1;
                    self.after_return = byte == b'\r';
                }
                _ => return true,
            }
            self.start += 1;
        }
        false
    }

    /// The record that the parser reads ends within a quote: the one that opens the first cell without an end.
    fn unclosed(&self, position: Position, count: usize, within: &str) -> InputError {
        let whole = self.ends[..count].last().copied();
        let whole = &self.parsed[..whole.unwrap_or_default()];
        let opened = Position {
            line: position.line + memchr::memchr_iter(b'\n', whole).count() as u64,
            ..position
        };
        trouble(
            format!(
                "a quote (\") opened at {}, cell {}, is never closed {within}: all that follows would be one cell",
                place(opened),
                count + 1
            ),
            "close or remove that quote; inside a quoted cell a quote is written twice (\"\")",
        )
        .at(place(opened))
    }

    fn too_long(&self, position: Position, count: usize, line_breaks: u64) -> InputError {
        if line_breaks > 0 {
            let within = format!("within 4 MiB ({line_breaks} lines further on)");
            return self.unclosed(position, count, &within);
        }
        trouble(
            "the row is longer than 4 MiB",
            "check that the file is delimited text with line breaks between its rows",
        )
        .at(place(position))
    }

    fn fill(&mut self) -> Result<bool, InputError> {
        self.leave_the_buffer();
        let read = loop {
            match self.input.read(&mut self.buffer) {
                Ok(read) => break read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let at = place(self.position());
                    return Err(unreadable(&error).at(at));
                }
            }
        };
        (self.begin, self.start, self.end) = (0, 0, read);
        Ok(read > 0)
    }
}

fn span(from: usize, to: usize, mark: u32) -> Span {
    Span {
        from: number(from) | mark,
        to: number(to) | mark,
    }
}

/// A page is far shorter than 4 GiB.
fn number(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}

fn too_wide(position: Position) -> InputError {
    trouble(
        format!("the row has more than {MAX_CELLS} cells"),
        "check the delimiter (--delimiter)",
    )
    .at(place(position))
}
