//! Records of delimited text, with their true row and line numbers, in bounded memory.
//!
//! This drives `csv_core`, the parser inside the `csv` crate, because three things cannot be had from
//! `csv::Reader`: blank lines are counted (a spreadsheet shows them), a record has a size limit, and a quote
//! that is never closed is told apart from a long record.

use std::io::Read;
use std::sync::Arc;

use csv_core::ReadRecordResult;
use encoding_rs::Encoding;

use super::{place, split, trouble, unreadable};
use crate::error::InputError;
use crate::record::{Page, Position, Record};

/// The most bytes a record may hold; a longer one is taken for an unclosed quote.
pub const MAX_RECORD: usize = 4 << 20;
/// The most cells a record may have: four times what a spreadsheet can hold.
const MAX_CELLS: usize = 1 << 16;
const BUFFER: usize = 64 << 10;

/// A page holds records up to so many bytes, and one of any length.
const PAGE: usize = 64 << 10;
/// So many cells of a page have room at first.
const CELLS: usize = 4096;

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
    /// The cells of the page and of the current record, one behind the other, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
    kept: Vec<Kept>,
    current: Span,
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

/// Where the cells of a record lie among those of the page.
#[derive(Clone, Copy, Default)]
struct Span {
    /// The byte at which the first begins.
    from: usize,
    /// The number of the first.
    first: usize,
    count: usize,
}

#[derive(Clone, Copy)]
struct Kept {
    position: Position,
    span: Span,
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
            cells: vec![0; 2 * PAGE],
            ends: vec![0; CELLS],
            kept: Vec::new(),
            current: Span::default(),
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
        let Span { from, first, .. } = self.current;
        self.has_begun = true;
        if self.odd.is_none() {
            let left = &self.buffer[self.start..self.end];
            let cell = split::odd_cell(left, self.delimiter);
            self.odd = cell.map(|cell| (position, cell));
        }
        let first_line = self.core.line();
        let mut written = 0;
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
            let (result, read, wrote, cells) = self.core.read_record(
                input,
                &mut self.cells[from + written..],
                &mut self.ends[first + self.current.count..],
            );
            written += wrote;
            self.current.count += cells;
            if !at_end {
                self.start += read;
            }
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => break,
                _ if at_end && read > 0 => {
                    return Err(self.unclosed(position, "in this file"));
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    if self.cells.len() - from >= self.most {
                        return Err(self.too_long(position, self.core.line() - first_line));
                    }
                    self.cells.resize(self.cells.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    if self.ends.len() - first >= MAX_CELLS {
                        return Err(too_wide(position));
                    }
                    self.ends.resize(self.ends.len() * 2, 0);
                }
            }
        }
        self.shift();
        self.row += 1;
        self.line += self.core.line() - first_line;
        self.after_return = !at_end && self.start > 0 && self.buffer[self.start - 1] == b'\r';
        self.line += u64::from(self.after_return);
        Ok(Some(position))
    }

    /// Reads a record that lies in the buffer as a whole, as most do; false where it does not, or is written oddly.
    fn read_whole(&mut self) -> bool {
        let left = &self.buffer[self.start..self.end];
        // The parser leaves out a byte order mark before the first record that it reads.
        let found = self.has_begun.then(|| {
            let Span { from, first, .. } = self.current;
            let (cells, ends) = (&mut self.cells[from..], &mut self.ends[first..]);
            split::record(left, self.delimiter, cells, ends)
        });
        let Some(found) = found.flatten() else {
            return false;
        };
        self.current.count = found.cells;
        self.shift();
        self.start += found.read;
        self.after_return = found.ends_in_return;
        self.row += 1;
        self.line += found.line_breaks + 1;
        true
    }

    /// Both parsers count from the beginning of the record.
    fn shift(&mut self) {
        let Span { from, first, count } = self.current;
        for end in &mut self.ends[first..first + count] {
            *end += from;
        }
    }

    fn position(&self) -> Position {
        Position {
            row: self.row,
            line: self.line,
        }
    }

    /// Reads the next record where it can be had without reading more of the input, and the page has room; blank lines
    /// are passed over.
    pub fn read_at_hand(&mut self) -> Option<Position> {
        self.go_behind_the_page();
        if self.current.from >= PAGE || !self.skip_blank_lines() {
            return None;
        }
        let position = self.position();
        self.read_whole().then_some(position)
    }

    fn go_behind_the_page(&mut self) {
        let last = self.kept.last().map(|kept| kept.span);
        self.current = last.map_or(Span::default(), |last| Span {
            from: self.end_of(last),
            first: last.first + last.count,
            count: 0,
        });
    }

    fn end_of(&self, span: Span) -> usize {
        let ends = &self.ends[span.first..span.first + span.count];
        ends.last().copied().unwrap_or(span.from)
    }

    /// Takes the current record, which was read last, into the page.
    pub fn keep(&mut self, position: Position) {
        let span = self.current;
        // Its last line break is none within it.
        let line_breaks = (self.line - position.line).saturating_sub(1);
        self.kept.push(Kept {
            position,
            span,
            line_breaks,
        });
    }

    /// How many records the page has.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Makes one of the page's records the current one; where it stands.
    pub fn go_to(&mut self, number: usize) -> Position {
        let kept = self.kept[number];
        self.current = kept.span;
        self.line_breaks = kept.line_breaks;
        kept.position
    }

    /// The cells of all records of the page; `None` where one is not UTF-8.
    pub fn page(&self) -> Option<Arc<Page>> {
        let last = self.kept.last()?.span;
        // Validated once for all cells: then a cell is text if it begins and ends between characters.
        let text = simdutf8::basic::from_utf8(&self.cells[..self.end_of(last)]).ok()?;
        Page::new(text, &self.ends[..last.first + last.count])
    }

    /// The current record as one of the page.
    #[inline]
    pub fn of(&self, page: &Arc<Page>) -> Record {
        page.record(self.current.first, self.current.count)
    }

    /// Begins a page anew.
    pub fn turn(&mut self) {
        self.kept.clear();
    }

    /// The first record with a quote within a cell that is not written twice, and the number of the cell.
    pub fn odd(&self) -> Option<(Position, usize)> {
        self.odd
    }

    /// The line breaks within the current record of the page.
    pub fn line_breaks(&self) -> u64 {
        self.line_breaks
    }

    /// The number of cells of the current record.
    pub fn width(&self) -> usize {
        self.current.count
    }

    /// The cells of the current record.
    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let Span { from, first, count } = self.current;
        let mut from = from;
        self.ends[first..first + count].iter().map(move |&to| {
            let cell = &self.cells[from..to];
            from = to;
            cell
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

    /// The current record ends within a quote: the one that opens the first cell without an end.
    fn unclosed(&self, position: Position, within: &str) -> InputError {
        // Of a record that was not read to its end, cells are still counted from its beginning.
        let Span { from, first, count } = self.current;
        let whole = self.ends[first..first + count].last().copied();
        let whole = &self.cells[from..from + whole.unwrap_or_default()];
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

    fn too_long(&self, position: Position, line_breaks: u64) -> InputError {
        if line_breaks > 0 {
            let within = format!("within 4 MiB ({line_breaks} lines further on)");
            return self.unclosed(position, &within);
        }
        trouble(
            "the row is longer than 4 MiB",
            "check that the file is delimited text with line breaks between its rows",
        )
        .at(place(position))
    }

    fn fill(&mut self) -> Result<bool, InputError> {
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
        self.start = 0;
        self.end = read;
        Ok(read > 0)
    }
}

fn too_wide(position: Position) -> InputError {
    trouble(
        format!("the row has more than {MAX_CELLS} cells"),
        "check the delimiter (--delimiter)",
    )
    .at(place(position))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Cells = Vec<Vec<u8>>;

    /// Gives so many bytes at a time.
    struct Pieces(Vec<u8>, usize);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    fn records(text: &str, at_a_time: usize) -> Records {
        let input = Pieces(text.as_bytes().to_vec(), at_a_time);
        Records::new(Box::new(input), b',', 1)
    }

    fn current(records: &Records) -> Cells {
        records.cells().map(<[u8]>::to_vec).collect()
    }

    /// All records, and whether reading ended in an error.
    fn one_by_one(mut records: Records) -> (Vec<(Position, Cells)>, bool) {
        let mut all = Vec::new();
        loop {
            match records.read() {
                Ok(Some(position)) => all.push((position, current(&records))),
                Ok(None) => return (all, false),
                Err(_) => return (all, true),
            }
        }
    }

    fn by_the_page(mut records: Records) -> (Vec<(Position, Cells)>, bool) {
        let mut all = Vec::new();
        loop {
            records.turn();
            match records.read() {
                Ok(Some(position)) => records.keep(position),
                Ok(None) => return (all, false),
                Err(_) => return (all, true),
            }
            while let Some(position) = records.read_at_hand() {
                records.keep(position);
            }
            let page = records.page();
            for number in 0..records.kept() {
                let position = records.go_to(number);
                let cells = current(&records);
                if let Some(page) = &page {
                    let record = records.of(page);
                    assert!(record.iter().map(str::as_bytes).eq(cells.iter()));
                }
                all.push((position, cells));
            }
        }
    }

    #[test]
    fn a_page_has_whole_characters_or_is_none() {
        let page = |text: &[u8]| {
            let mut records = Records::new(Box::new(Pieces(text.to_vec(), 64)), b',', 1);
            let position = records.read().unwrap().unwrap();
            records.keep(position);
            while let Some(position) = records.read_at_hand() {
                records.keep(position);
            }
            assert_eq!(records.kept(), 2);
            records.page().is_some()
        };
        assert!(page("é,\na,b\n".as_bytes()));
        assert!(!page(b"\xc3,\xa9\na,b\n"), "half of it in each cell");
        assert!(!page(b"a,b\na,\xc3\n"));
    }

    proptest! {
        #[test]
        fn pages_hold_what_is_read_one_by_one(
            text in "(a|bc|,|\"|\n|\r\n|\r|é){0,40}",
            at_a_time in 1..12usize,
        ) {
            let expected = one_by_one(records(&text, usize::MAX));
            prop_assert_eq!(&by_the_page(records(&text, usize::MAX)), &expected);
            prop_assert_eq!(&by_the_page(records(&text, at_a_time)), &expected);
        }
    }
}
