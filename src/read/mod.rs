//! From bytes to rows: chooses a reader; one stream of rows for all formats.

use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::error::InputError;
use crate::record::{Row, Shape};

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
    /// Fill a short one with empty cells; a long one is still rejected.
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
    /// The byte between cells; else comma (tab for TSV).
    pub delimiter: Option<u8>,
    /// The sheet; else the first.
    pub sheet: Option<Sheet>,
    /// The row that names the columns, from 1; 0: there is none. Else 1.
    pub header_row: Option<u64>,
    /// Rows between header and data to leave out.
    pub skip_rows_after_header: u64,
    /// What to do with rows of another width.
    pub ragged: Ragged,
}

/// An open file whose header has been read.
pub struct Source {}

impl Source {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// The file is missing, not permitted, a directory, empty of bytes, or not of its format.
    pub fn open(_input: &Input, _layout: &Layout) -> Result<Self, InputError> {
        unimplemented!()
    }

    /// Its format, as said or found out.
    pub fn format(&self) -> Format {
        unimplemented!()
    }

    /// What its records look like. For a failures file, without our own columns.
    pub fn shape(&self) -> &Shape {
        unimplemented!()
    }

    /// Whether it is a failures file of an earlier run.
    pub fn is_failures_file(&self) -> bool {
        unimplemented!()
    }

    /// Reads all records in order, until the end or until `each` breaks. `file` is the number put into each row.
    ///
    /// # Errors
    /// The file cannot be read further; rows before the fault were handed over.
    pub fn rows(
        self,
        _file: usize,
        _each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), InputError> {
        unimplemented!()
    }
}
