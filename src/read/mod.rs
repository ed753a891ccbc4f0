//! From bytes to rows: chooses a reader; one stream of rows for all formats.
//!
//! Memory stays the same whatever a file's length: a record has at most 4 MiB, a record of JSON 16 MiB; a workbook
//! holds its shared strings in memory, an old one (`.xls`) all its cells, which are limited before it is opened.
//!
//! A failures file is known by its first columns (or JSON key) before any setting applies to it.

mod array;
mod array_path;
mod beside;
mod book;
pub(crate) mod carried;
mod compress;
mod csv;
mod detect;
mod elements;
mod encoding;
mod gap;
mod header;
mod input;
mod json;
mod layout;
mod letters;
mod members;
mod notices;
mod open;
mod records;
mod split;
mod survey;
mod swallowed;
mod text;
mod title;
mod wrapped;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::error::InputError;
use crate::record::{Position, Row, Shape};

pub use array_path::{ArrayPath, Member};
pub(crate) use array_path::{is_plain, written};
pub use compress::Compression;
use encoding::Found;
pub use gap::{FOOTER, TABLE, is_extreme, sums_up};
pub use header::join as joined_header;
pub use json::finish;
pub use layout::{Format, Layout, Ragged, Sheet, SheetSize};
pub use notices::Notices;
pub use text::encoding_for;
pub use title::is_value;

/// A file to read, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file by path.
    File(PathBuf),
    /// `-`
    Stdin,
}

/// An open file whose header has been read.
pub struct Source {
    file: PathBuf,
    format: Format,
    shape: Shape,
    is_failures_file: bool,
    compression: Option<Compression>,
    /// `None` for a workbook.
    encoding: Option<Found>,
    notices: Notices,
    /// Whether it begins where the table seems to.
    seeks: bool,
    /// Whether somebody said where its header is.
    is_header_said: bool,
    body: Body,
}

enum Body {
    Table(Box<csv::Table>),
    Book(Box<book::Book>),
    Lines(Box<json::Lines>),
    Records(Box<array::Records>),
}

impl Source {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// The file is missing, not permitted, a directory, empty of bytes, or not of its format.
    pub fn open(input: &Input, layout: &Layout) -> Result<Self, InputError> {
        let file = match input {
            Input::File(path) => path.clone(),
            Input::Stdin => PathBuf::from("-"),
        };
        input::Opened::new(input)
            .and_then(|opened| Self::choose(opened, &file, layout))
            .map_err(|error| error.of(&file))
    }

    /// Reads from a stream as if it were standard input; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn from_stream(
        stream: Box<dyn std::io::Read + Send>,
        name: &Path,
        layout: &Layout,
    ) -> Result<Self, InputError> {
        input::Opened::from_stream(stream)
            .and_then(|opened| Self::choose(opened, name, layout))
            .map_err(|error| error.of(name))
    }

    /// Its format, as said or found out.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The byte between cells, as said or found out; `None` where the format has none.
    pub fn delimiter(&self) -> Option<u8> {
        match &self.body {
            Body::Table(table) => Some(table.delimiter()),
            Body::Book(_) | Body::Lines(_) | Body::Records(_) => None,
        }
    }

    /// The name of the text's encoding, as said or found out; `None` for a workbook.
    pub fn encoding(&self) -> Option<&'static str> {
        self.encoding.as_ref().map(|found| found.encoding.name())
    }

    /// Which encoding was taken and why, as a sentence without full stop; `None` for a workbook.
    pub fn encoding_evidence(&self) -> Option<&str> {
        self.encoding.as_ref().map(|found| found.evidence.as_str())
    }

    /// What the file was packed with; `None` where it was not.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// The time zone that the table itself names for its dates, as it stands there.
    pub fn timezone(&self) -> Option<&str> {
        match &self.shape {
            Shape::Table(header) => header.below.timezone.as_deref(),
            Shape::Json => None,
        }
    }

    /// Whether somebody said that there is a header, and where.
    pub fn is_header_said(&self) -> bool {
        self.is_header_said
    }

    /// The header's row where it was found below a title rather than said.
    pub fn found_header_row(&self) -> Option<u64> {
        let title = self.title().filter(|_| self.seeks)?;
        Some(title.header_row)
    }

    /// What to do where the mapping does not suit the header, and that may be because another row or sheet is meant.
    pub fn hint(&self) -> Option<String> {
        if let Body::Book(book) = &self.body
            && let Some(hint) = book.sheet_hint()
        {
            return Some(hint);
        }
        let title = self.title().filter(|_| !self.seeks)?;
        Some(format!("{}: {}", title.evidence(), title.remedy()))
    }

    /// The sheet that was found to hold the table, where none was said and the first holds none.
    pub fn found_sheet(&self) -> Option<&str> {
        match &self.body {
            Body::Book(book) => book.table_sheet().filter(|_| self.seeks),
            Body::Table(_) | Body::Lines(_) | Body::Records(_) => None,
        }
    }

    /// How large each sheet of a workbook is; none where it is no workbook. Reads all sheets.
    pub fn sheet_sizes(&mut self) -> Vec<SheetSize> {
        match &mut self.body {
            Body::Book(book) => book.sizes(),
            Body::Table(_) | Body::Lines(_) | Body::Records(_) => Vec::new(),
        }
    }

    fn title(&self) -> Option<&title::Title> {
        match &self.body {
            Body::Table(table) => table.title(),
            Body::Book(book) => book.title(),
            Body::Lines(_) | Body::Records(_) => None,
        }
    }

    /// What a person should know of the file; grows while rows are read.
    pub fn notices(&self) -> Notices {
        self.notices.clone()
    }

    /// The sheet that is read; `None` where it is no workbook.
    pub fn sheet(&self) -> Option<&str> {
        match &self.body {
            Body::Book(book) => Some(book.sheet()),
            Body::Table(_) | Body::Lines(_) | Body::Records(_) => None,
        }
    }

    /// The names of a workbook's sheets, hidden ones and charts included; none where it is no workbook.
    pub fn sheets(&self) -> Vec<String> {
        match &self.body {
            Body::Book(book) => book.sheets(),
            Body::Table(_) | Body::Lines(_) | Body::Records(_) => Vec::new(),
        }
    }

    /// The way to the array that holds the records of JSON, as said or found out; `None` where nothing is around them.
    pub fn records_path(&self) -> Option<&ArrayPath> {
        match &self.body {
            Body::Records(records) => records.path(),
            Body::Table(_) | Body::Book(_) | Body::Lines(_) => None,
        }
    }

    /// What was told of that, where it was found out.
    pub fn records_told(&self) -> Option<&str> {
        match &self.body {
            Body::Records(records) => records.told(),
            Body::Table(_) | Body::Book(_) | Body::Lines(_) => None,
        }
    }

    /// What its records look like. For a failures file, without our own columns.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Whether it is a failures file of an earlier run.
    pub fn is_failures_file(&self) -> bool {
        self.is_failures_file
    }

    /// Reads all records in order, until the end or until `each` breaks. `file` is the number put into each row.
    ///
    /// A record whose cells are all blank is no row, in text as in a spreadsheet.
    ///
    /// # Errors
    /// The file cannot be read further; rows before the fault were handed over.
    pub fn rows(
        self,
        file: usize,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), InputError> {
        self.hand_over(file, false, each)
    }

    /// The same, but lines of JSON are handed over unread: reading them is most of the work, and can be done elsewhere, by
    /// [`finish`].
    ///
    /// # Errors
    /// As for [`Self::rows`].
    pub fn rows_unread(
        self,
        file: usize,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), InputError> {
        self.hand_over(file, true, each)
    }

    fn hand_over(
        self,
        file: usize,
        unread: bool,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), InputError> {
        let (is_failures_file, shape) = (self.is_failures_file, &self.shape);
        let mut numbered = |mut row: Row| {
            row.file = file;
            if is_failures_file {
                carried::must_be_text(&mut row, shape);
            }
            each(row)
        };
        match self.body {
            Body::Table(table) if is_failures_file => table.rows(file, &mut numbered),
            Body::Table(table) => table.rows(file, each),
            Body::Book(book) => book.rows(&mut numbered),
            Body::Lines(lines) => lines.rows(is_failures_file, unread, &mut numbered),
            Body::Records(records) => records.rows(&mut numbered),
        }
        .map_err(|error| error.of(&self.file))
    }
}

/// A record's place as a person says it: the line is named where it differs from the row.
pub(crate) fn place(position: Position) -> String {
    if position.row == position.line {
        format!("row {}", position.row)
    } else {
        format!("row {} (line {})", position.row, position.line)
    }
}

/// What messages call a file that the user gave by this name.
pub fn called(file: &str) -> &str {
    if file == "-" { "standard input" } else { file }
}

/// What cannot be read any further. What is uploaded is not sent twice, so that the whole file may come again.
fn unreadable(error: &std::io::Error) -> InputError {
    trouble(
        format!("reading failed: {error}"),
        "get the file whole (export it or copy it again), then run the same command: what is uploaded is not sent twice",
    )
}

/// An error that does not know its file yet; an empty remedy is none.
fn trouble(message: impl Into<String>, remedy: impl Into<String>) -> InputError {
    let remedy = remedy.into();
    InputError {
        file: PathBuf::new(),
        place: None,
        message: message.into(),
        remedy: (!remedy.is_empty()).then_some(remedy),
    }
}

impl InputError {
    fn at(self, place: impl Into<String>) -> Self {
        Self {
            place: Some(place.into()),
            ..self
        }
    }

    fn of(self, file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            ..self
        }
    }
}
