//! How a file is laid out, as a mapping or option says.

use serde::Serialize;

use super::ArrayPath;

/// The formats we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma separated, or what `delimiter` says.
    Csv,
    /// Tab separated.
    Tsv,
    /// A workbook of Excel 2007 and later (also `.xlsm`).
    Xlsx,
    /// A binary workbook of Excel 2007 and later.
    Xlsb,
    /// A workbook of Excel 97 to 2003.
    Xls,
    /// A spreadsheet of OpenDocument, as LibreOffice writes it.
    Ods,
    /// JSON, one value a line.
    Ndjson,
    /// JSON: one array of records, an object that holds such an array, or records over several lines.
    Json,
}

impl Format {
    /// As the mapping file spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Xlsx => "xlsx",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Ods => "ods",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
        }
    }

    /// Whether it is a workbook with sheets.
    pub fn is_workbook(self) -> bool {
        matches!(self, Self::Xlsx | Self::Xlsb | Self::Xls | Self::Ods)
    }
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

/// How large a sheet of a workbook is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SheetSize {
    /// Its name.
    pub name: String,
    /// Rows that are not blank, counted up to 10,000.
    pub rows: u64,
    /// Whether there are more of them.
    pub has_more: bool,
    /// The columns of the widest row.
    pub columns: usize,
    /// Whether it is hidden.
    pub is_hidden: bool,
    /// Whether it holds cells; charts and macros do not.
    pub is_table: bool,
}

/// How a file is laid out: what is not said is found out from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The format; else by content and name.
    pub format: Option<Format>,
    /// An encoding's WHATWG label; else by byte order mark, else by what the bytes are.
    pub encoding: Option<String>,
    /// The byte between cells; else tab for TSV, what Excel's first line `sep=;` says, or what cuts the first
    /// records most evenly: comma, semicolon, tab or `|`.
    pub delimiter: Option<u8>,
    /// The sheet; else the first that is visible.
    pub sheet: Option<Sheet>,
    /// The row that names the columns, as a spreadsheet numbers it; 0: there is none. Else the first that is not
    /// blank, which is also what 1 means.
    pub header_row: Option<u64>,
    /// How many rows from there on name the columns together, as `upper / lower`; else 1.
    pub header_rows: Option<u64>,
    /// Rows between header and data to leave out, as a spreadsheet numbers them: blank ones count.
    pub skip_rows_after_header: u64,
    /// What to do with rows of another width.
    pub ragged: Ragged,
    /// Whether the value of merged cells stands in each of them, rather than in the first alone.
    pub fill_merged: bool,
    /// Where the records of JSON are, if there are objects around them; else found out where there is no doubt.
    pub records: Option<ArrayPath>,
    /// Whether to begin where the table seems to, below a title or on another sheet than the first. Else a notice
    /// says where that is, and what the other settings say is read.
    pub seek_table: bool,
}
