//! What can be wrong with a header or a row of delimited text, and what mends it.

use encoding_rs::{Encoding, UTF_8};

use super::Table;
use crate::error::InputError;
use crate::outcome::{Rejection, quote};
use crate::read::{Ragged, place, swallowed, trouble};
use crate::record::Position;

impl Table {
    pub(super) fn fault(&self, position: Position) -> Option<Box<Rejection>> {
        if self.records.line_breaks() >= swallowed::LINE_BREAKS && !self.is_failures_file {
            let fault = self.unclosed(position);
            if fault.is_some() {
                return fault;
            }
        }
        self.ragged(position)
    }

    /// A cell that holds rows: a quote opened there was closed by that of a later cell.
    fn unclosed(&self, position: Position) -> Option<Box<Rejection>> {
        let mut line = position.line;
        for (index, cell) in self.records.cells().enumerate() {
            if let Some(rows) = swallowed::rows(cell, self.delimiter, self.header.len()) {
                let column = self.header.label(index);
                let message = format!(
                    "{}, column {}: the cell opens a quote (\") on line {line} and holds {rows} lines that look like \
                     rows: close that quote, or if the text really holds such lines, run the failures file as it is",
                    self.place(position),
                    quote(&column),
                );
                // Of another width than the header it must not come back from a failures file as if it were whole.
                let is_whole = self.records.width() == self.header.len();
                let code = if is_whole {
                    "unclosed_quote"
                } else {
                    "ragged_row"
                };
                return Some(Box::new(Rejection::new(code, column, message)));
            }
            line += memchr::memchr_iter(b'\n', cell).count() as u64;
        }
        None
    }

    /// The place of the current record, with all its lines.
    fn place(&self, position: Position) -> String {
        let Position { row, line } = position;
        match self.records.line_breaks() {
            0 => place(position),
            breaks => format!("row {row} (lines {line} to {})", line + breaks),
        }
    }

    fn ragged(&self, position: Position) -> Option<Box<Rejection>> {
        let (width, expected) = (self.records.width(), self.header.len() + self.offset());
        let remedy = match (width.cmp(&expected), self.ragged) {
            (std::cmp::Ordering::Equal, _) | (std::cmp::Ordering::Less, Ragged::Pad) => {
                return None;
            }
            (std::cmp::Ordering::Less, Ragged::Reject) => {
                "add the missing delimiters, or set ragged = \"pad\" under [source] to fill short rows"
            }
            (std::cmp::Ordering::Greater, Ragged::Pad) if self.records.is_blank_from(expected) => {
                return None;
            }
            (std::cmp::Ordering::Greater, _) => {
                "put quotes around cells that hold the delimiter, or remove the surplus cells"
            }
        };
        let closed_late = self.closed_late().filter(|_| width < expected);
        let quote = closed_late.map_or_else(String::new, |index| {
            format!(
                "column {} seems to open a quote (\") that is closed by that of the next cell: close it where the text \
                 ends; or else ",
                quote(&self.header.label(index))
            )
        });
        let message = format!(
            "{} has {}, the header has {expected}: {quote}{remedy}",
            self.place(position),
            cells(width)
        );
        Some(Box::new(Rejection::new("ragged_row", "", message)))
    }

    /// A cell that holds the next one as well, with the quote that ends that.
    fn closed_late(&self) -> Option<usize> {
        self.records
            .cells()
            .position(|cell| cell.ends_with(b"\"") && cell.contains(&self.delimiter))
    }

    pub(super) fn not_utf8(&self, position: Position, index: usize) -> Rejection {
        let column = self.header.label(index);
        let message = format!(
            "{}, column {}: the cell is not valid {}: {}",
            place(position),
            quote(&column),
            self.encoding.name(),
            remedy(self.encoding),
        );
        Rejection::new("invalid_utf8", column, message)
    }
}

fn cells(count: usize) -> String {
    format!("{count} cell{}", if count == 1 { "" } else { "s" })
}

pub(super) fn blank_file() -> InputError {
    trouble(
        "the file holds nothing but blank lines",
        "export it again; an export without answers still has a header",
    )
}

pub(super) fn header_missing(row: u64, why: &str) -> InputError {
    trouble(
        format!("row {row} should name the columns, but {why}"),
        "correct header_row (--header-row): rows count as a spreadsheet shows them, blank ones included",
    )
    .at(format!("row {row}"))
}

pub(super) fn header_not_text(
    position: Position,
    index: Option<usize>,
    encoding: &'static Encoding,
) -> InputError {
    let column = index.map_or(1, |index| index + 1);
    trouble(
        format!(
            "the header is not valid {} (column {column})",
            encoding.name()
        ),
        remedy(encoding),
    )
    .at(place(position))
}

/// What to do about text that is not in the file's encoding.
fn remedy(encoding: &'static Encoding) -> &'static str {
    if encoding == UTF_8 {
        "mend it, or if the whole file is in another encoding name that, as in --encoding windows-1252"
    } else {
        "name the file's encoding, as in --encoding windows-1252, or save it as UTF-8"
    }
}
