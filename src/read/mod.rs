//! From bytes to rows: chooses a reader; one stream of rows for all formats.
//!
//! Memory stays the same whatever a file's length: a record has at most 4 MiB, a line of JSON 16 MiB; a workbook
//! holds its shared strings in memory, which are limited before it is opened.
//!
//! A failures file is known by its first columns (or JSON key) before any setting applies to it.

pub(crate) mod carried;
mod csv;
mod detect;
mod guard;
mod json;
mod records;
mod sheets;
mod spreadsheet;
mod text;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::error::InputError;
use crate::record::{Position, Row, Shape};

use detect::Opened;
pub use text::encoding_for;

/// A file to read, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file by path.
    File(PathBuf),
    /// `-`
    Stdin,
}

/// The formats we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma separated, or what `delimiter` says.
    Csv,
    /// Tab separated.
    Tsv,
    /// A spreadsheet of Excel 2007 and later (also `.xlsm`).
    Xlsx,
    /// JSON, one value a line.
    Ndjson,
}

/// What to do with a row of another width than the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ragged {
    /// Reject it.
    #[default]
    Reject,
    /// Fill a short one with empty cells; a long one is still rejected, unless all its surplus cells are empty
    /// (delimiters at the end of a line, which some exporters write).
    Pad,
}

/// Which sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// By its name.
    Name(String),
    /// By its number from 1.
    Number(usize),
}

/// How a file is laid out: what is not said is found out from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The format; else by content and name.
    pub format: Option<Format>,
    /// An encoding's WHATWG label; else by byte order mark, else UTF-8.
    pub encoding: Option<String>,
    /// The byte between cells; else tab for TSV, what Excel's first line `sep=;` says, or what cuts the first
    /// records most evenly: comma, semicolon, tab or `|`.
    pub delimiter: Option<u8>,
    /// The sheet; else the first that is visible.
    pub sheet: Option<Sheet>,
    /// The row that names the columns, as a spreadsheet numbers it; 0: there is none. Else the first that is not
    /// blank, which is also what 1 means.
    pub header_row: Option<u64>,
    /// Rows between header and data to leave out, as a spreadsheet numbers them: blank ones count.
    pub skip_rows_after_header: u64,
    /// What to do with rows of another width.
    pub ragged: Ragged,
}

/// An open file whose header has been read.
pub struct Source {
    file: PathBuf,
    format: Format,
    shape: Shape,
    is_failures_file: bool,
    body: Body,
}

enum Body {
    Table(Box<csv::Table>),
    Book(Box<spreadsheet::Book>),
    Lines(Box<json::Lines>),
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
        Opened::new(input)
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
        Opened::from_stream(stream)
            .and_then(|opened| Self::choose(opened, name, layout))
            .map_err(|error| error.of(name))
    }

    fn choose(mut opened: Opened, name: &Path, layout: &Layout) -> Result<Self, InputError> {
        // First without the settings: they do not apply to a failures file.
        let plain = text::decode_head(&opened.head, text::choose(&opened.head, None)?);
        let found = detect::format(&opened.head, &plain, Some(name))?;
        if found == Format::Xlsx {
            return Self::book(opened, name, layout);
        }
        if csv::is_failures_file(&plain) {
            let plain_layout = Layout::default();
            return Self::table(opened, name, Format::Csv, &plain_layout, true);
        }
        if found == Format::Ndjson && json::is_failures_file(&mut opened)? {
            return Self::lines(opened, name, None, true);
        }
        let encoding = text::choose(&opened.head, layout.encoding.as_deref())?;
        let text = text::decode_head(&opened.head, encoding);
        detect::must_be_text(&opened.head, &text)?;
        match layout.format {
            Some(Format::Xlsx) => Err(trouble(
                "this is no workbook (.xlsx): such a file begins as a zip archive",
                "leave the format out, and it is found out from the file",
            )),
            Some(Format::Ndjson) => Self::lines(opened, name, layout.encoding.as_deref(), false),
            Some(format) => Self::table(opened, name, format, layout, false),
            None => match detect::format(&opened.head, &text, Some(name))? {
                Format::Ndjson => Self::lines(opened, name, layout.encoding.as_deref(), false),
                format => Self::table(opened, name, format, layout, false),
            },
        }
    }

    fn table(
        opened: Opened,
        name: &Path,
        format: Format,
        layout: &Layout,
        is_failures_file: bool,
    ) -> Result<Self, InputError> {
        let table = csv::Table::open(opened, format, layout, is_failures_file)?;
        Ok(Self {
            file: name.to_owned(),
            format,
            shape: Shape::Table(table.header().clone()),
            is_failures_file,
            body: Body::Table(Box::new(table)),
        })
    }

    fn book(opened: Opened, name: &Path, layout: &Layout) -> Result<Self, InputError> {
        let book = spreadsheet::Book::open(opened.into_file()?, layout)?;
        if !book.is_failures_file() && layout.format.is_some_and(|said| said != Format::Xlsx) {
            return Err(trouble(
                "this is a workbook (.xlsx), not text, whatever its name",
                "leave the format out, or say xlsx",
            ));
        }
        Ok(Self {
            file: name.to_owned(),
            format: Format::Xlsx,
            shape: Shape::Table(book.header().clone()),
            is_failures_file: book.is_failures_file(),
            body: Body::Book(Box::new(book)),
        })
    }

    fn lines(
        opened: Opened,
        name: &Path,
        encoding: Option<&str>,
        is_failures_file: bool,
    ) -> Result<Self, InputError> {
        Ok(Self {
            file: name.to_owned(),
            format: Format::Ndjson,
            shape: Shape::Json,
            is_failures_file,
            body: Body::Lines(Box::new(json::Lines::open(opened, encoding)?)),
        })
    }

    /// Its format, as said or found out.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The byte between cells, as said or found out; `None` where the format has none.
    pub fn delimiter(&self) -> Option<u8> {
        match &self.body {
            Body::Table(table) => Some(table.delimiter()),
            Body::Book(_) | Body::Lines(_) => None,
        }
    }

    /// The name of the text's encoding, as said or found out; `None` for a workbook.
    pub fn encoding(&self) -> Option<&'static str> {
        match &self.body {
            Body::Table(table) => Some(table.encoding()),
            Body::Lines(lines) => Some(lines.encoding()),
            Body::Book(_) => None,
        }
    }

    /// The sheet that is read; `None` where it is no workbook.
    pub fn sheet(&self) -> Option<&str> {
        match &self.body {
            Body::Book(book) => Some(book.sheet()),
            Body::Table(_) | Body::Lines(_) => None,
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
        let mut numbered = |row: Row| each(Row { file, ..row });
        match self.body {
            Body::Table(table) => table.rows(&mut numbered),
            Body::Book(book) => book.rows(&mut numbered),
            Body::Lines(lines) => lines.rows(self.is_failures_file, &mut numbered),
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
