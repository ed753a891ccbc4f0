//! The words of the trade: a row as it was read, a response as it will be posted.

mod decimal;
mod text;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use jiff::civil::DateTime;

use crate::outcome::Rejection;
pub use decimal::{Decimal, is_same as is_same_number};
pub use text::{Page, Record, Span};

/// Where a record stands in its file, as a person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The record's number as a spreadsheet shows it: the first row of the file is 1, usually the header.
    pub row: u64,
    /// The line of the file on which the record begins, from 1. Equal to `row` where no cell holds a line break.
    pub line: u64,
}

/// What a table's columns are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Header cells as they stand in the file.
    pub original: Vec<String>,
    /// Names made unique: the second `Other` is `Other (2)`. An empty cell stays empty.
    pub names: Vec<String>,
    /// What rows below it tell that are left out.
    pub below: Below,
}

/// What a file tells of its columns in rows below the header that are left out (Qualtrics does).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// The time zone of its dates, as it stands there.
    pub timezone: Option<String>,
    /// The questions' texts, one a column; empty where no row holds such.
    pub texts: Vec<String>,
}

impl Header {
    /// Names the columns, numbering those that repeat.
    pub fn new(original: Vec<String>) -> Self {
        let mut taken: HashSet<String> = HashSet::new();
        // The number to go on with: thousands of columns of one name must not be counted through for each of them.
        let mut numbers: HashMap<&str, u64> = HashMap::new();
        let mut names = Vec::with_capacity(original.len());
        for cell in &original {
            let mut name = cell.clone();
            while !cell.is_empty() && !taken.insert(name.clone()) {
                let number = numbers.entry(cell).or_insert(1);
                *number += 1;
                name = format!("{cell} ({number})");
            }
            names.push(name);
        }
        Self {
            original,
            names,
            below: Below::default(),
        }
    }

    /// A header for a table that has none: columns are known by position alone.
    pub fn unnamed(width: usize) -> Self {
        Self {
            original: vec![String::new(); width],
            names: vec![String::new(); width],
            below: Below::default(),
        }
    }

    /// The number of columns.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no column at all.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What to call a column in a message: its name, else its position from 1.
    pub fn label(&self, index: usize) -> String {
        match self.names.get(index) {
            Some(name) if self.is_named(index) => name.clone(),
            _ => format!("column {}", index + 1),
        }
    }

    /// Whether a column has a name that can be seen: one of blanks is none, though it may have a number behind it.
    pub fn is_named(&self, index: usize) -> bool {
        self.original.get(index).is_some_and(|cell| !is_blank(cell))
    }
}

/// What the records of a file look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Rows of cells below a header.
    Table(Header),
    /// One JSON value a record.
    Json,
}

/// One cell of a spreadsheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing there.
    Empty,
    /// Text as it stands.
    Text(String),
    /// A number; whole numbers print without `.0`.
    Number(f64),
    /// A truth value, printed as spreadsheets show it.
    Bool(bool),
    /// A date, with or without a time of day.
    DateTime(DateTime),
    /// A spreadsheet's error, such as `#N/A`.
    Error(String),
}

/// A cell looked at where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CellRef<'a> {
    /// Nothing there, or an empty text.
    Empty,
    /// Text as it stands, untrimmed.
    Text(&'a str),
    /// A spreadsheet's number.
    Number(f64),
    /// A truth value of a spreadsheet.
    Bool(bool),
    /// A real date of a spreadsheet.
    DateTime(DateTime),
    /// A spreadsheet's error, such as `#N/A`.
    Error(&'a str),
}

impl<'a> CellRef<'a> {
    /// The cell as text, as a person sees it; not trimmed.
    ///
    /// A whole number has no `.0`, a date is ISO 8601 (`2026-11-02` at midnight, else `2026-11-02T10:15:00`).
    pub fn text(self) -> Cow<'a, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) | Self::Error(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number_text(number)),
            Self::Bool(true) => Cow::Borrowed("TRUE"),
            Self::Bool(false) => Cow::Borrowed("FALSE"),
            Self::DateTime(at) if at.time() == jiff::civil::Time::midnight() => {
                Cow::Owned(at.date().to_string())
            }
            Self::DateTime(at) => Cow::Owned(at.to_string()),
        }
    }
}

/// A text without outer blanks. Most cells have none, and are told by their first and last byte.
#[inline]
pub fn trim(text: &str) -> &str {
    let is_plain = |byte: &u8| matches!(byte, b'!'..=b'~');
    match (text.as_bytes().first(), text.as_bytes().last()) {
        (None, _) => text,
        (Some(first), Some(last)) if is_plain(first) && is_plain(last) => text,
        _ => text.trim(),
    }
}

/// Whether nothing of a text can be seen. The byte order mark and the zero-width space are no white space to Unicode.
pub fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|sign| sign.is_whitespace() || matches!(sign, '\u{feff}' | '\u{200b}'))
}

/// Whether a spreadsheet's number may have lost digits: it keeps fifteen of them.
pub fn may_be_rounded(number: f64) -> bool {
    number.abs() >= 1e15 && number.fract() == 0.0
}

/// A number in its shortest form: `9`, never `9.0`.
pub fn number_text(number: f64) -> String {
    // Display of f64 never uses an exponent and prints whole numbers without a point.
    format!("{number}")
}

/// The content of a record.
#[derive(Clone, Debug)]
pub enum Cells {
    /// A record of delimited text.
    Text(Record),
    /// A row of a spreadsheet.
    Typed(Vec<Cell>),
    /// A JSON value. Boxed, for it is larger than the others, and every row is passed on several times.
    Json(Box<serde_json::Value>),
    /// A line that was no JSON, as it stood.
    Raw(String),
}

/// What a row of a failures file says of its past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// `_row`: the number of the row in the file it came from.
    pub row: Option<u64>,
    /// `_file`: that file's name.
    pub file: String,
    /// `_status`: `rejected`, `failed` or `in_doubt`.
    pub status: String,
    /// `_run`: the run that wrote the line.
    pub run: String,
    /// `_id`: the row's identity, which holds whatever the cells say now.
    pub id: String,
    /// `_response`: names of the responses outstanding; empty means all.
    pub responses: Vec<String>,
    /// By `_error`, the row's bytes were no text: where they stood there is U+FFFD, unless somebody mended it.
    pub was_no_text: bool,
    /// By `_error` and `_field`, the field of which a spreadsheet has made something else; empty for most.
    pub damaged: String,
}

/// One record of an input file.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which file of the run it came from, from 0.
    pub file: usize,
    /// Where it stands there.
    pub position: Position,
    /// What it holds.
    pub cells: Cells,
    /// How many leading cells are not data (the columns of a failures file).
    pub offset: usize,
    /// Set where the row comes from a failures file.
    pub carried: Option<Box<Carried>>,
    /// Set where the reader found the row at fault: it is rejected whole.
    pub fault: Option<Box<Rejection>>,
}

/// What is left where a row was taken from.
impl Default for Row {
    fn default() -> Self {
        Self {
            file: 0,
            position: Position { row: 0, line: 0 },
            cells: Cells::Raw(String::new()),
            offset: 0,
            carried: None,
            fault: None,
        }
    }
}

impl Row {
    /// The cell of a table's column, counted from 0 after the columns of a failures file.
    #[inline]
    pub fn cell(&self, index: usize) -> CellRef<'_> {
        let index = index + self.offset;
        match &self.cells {
            Cells::Text(record) => match record.get(index) {
                None | Some("") => CellRef::Empty,
                Some(text) => CellRef::Text(text),
            },
            Cells::Typed(cells) => match cells.get(index) {
                None | Some(Cell::Empty) => CellRef::Empty,
                Some(Cell::Text(text)) if text.is_empty() => CellRef::Empty,
                Some(Cell::Text(text)) => CellRef::Text(text),
                Some(Cell::Number(number)) => CellRef::Number(*number),
                Some(Cell::Bool(value)) => CellRef::Bool(*value),
                Some(Cell::DateTime(at)) => CellRef::DateTime(*at),
                Some(Cell::Error(text)) => CellRef::Error(text),
            },
            Cells::Json(_) | Cells::Raw(_) => CellRef::Empty,
        }
    }

    /// The number of data cells of a table's row; 0 for JSON.
    pub fn width(&self) -> usize {
        let all = match &self.cells {
            Cells::Text(record) => record.len(),
            Cells::Typed(cells) => cells.len(),
            Cells::Json(_) | Cells::Raw(_) => 0,
        };
        all.saturating_sub(self.offset)
    }

    /// Lets go of what it shares with rows that were read with it, where it is to be kept.
    pub fn stand_alone(&mut self) {
        if let Cells::Text(record) = &mut self.cells {
            *record = record.alone();
        }
    }

    /// The value of a JSON record.
    pub fn json(&self) -> Option<&serde_json::Value> {
        match &self.cells {
            Cells::Json(value) => Some(value),
            _ => None,
        }
    }
}

/// A number as it is posted: whole where it is whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// Any other finite number.
    Fraction(f64),
}

impl Number {
    /// The nearest number for a float: whole where nothing is lost by it. `None` unless finite.
    pub fn from_f64(value: f64) -> Option<Self> {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
        if !value.is_finite() {
            None
        } else if value.fract() == 0.0 && value.abs() <= EXACT {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be whole and below 2^53"
            )]
            Some(Self::Whole(value as i64))
        } else {
            Some(Self::Fraction(value))
        }
    }

    /// Its value as a float.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Fraction(value) => value,
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(value) => write!(f, "{value}"),
            Self::Fraction(value) => write!(f, "{value}"),
        }
    }
}

impl serde::Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(value) => serializer.serialize_i64(*value),
            Self::Fraction(value) => serializer.serialize_f64(*value),
        }
    }
}

/// The value of an attribute, with the type the API knows it by: `text`, `number` or `date`.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue<'a> {
    /// `text`
    Text(Cow<'a, str>),
    /// `number`
    Number(Number),
    /// `date`: RFC 3339.
    Date(Cow<'a, str>),
    /// A truth value, in fields that are passed through; never in an attribute.
    Bool(bool),
}

impl Default for AttributeValue<'_> {
    fn default() -> Self {
        Self::Text(Cow::Borrowed(""))
    }
}

/// One entry of `user_meta` or `segments`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attribute<'a> {
    /// Its snake_case key.
    pub key: Cow<'a, str>,
    /// Its readable name.
    pub name: Cow<'a, str>,
    /// What it holds.
    pub value: AttributeValue<'a>,
}

/// One piece of feedback, mapped and ready to be posted but for its token.
///
/// Its texts are the row's and the mapping's own, wherever they need no change: most responses are written out at once
/// and forgotten, and copying each cell would cost more than mapping it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response<'a> {
    /// The name of its `[[responses]]` entry; `main` where it has none.
    pub name: Cow<'a, str>,
    /// What the person wrote.
    pub comment: Option<Cow<'a, str>>,
    /// The rating.
    pub score: Option<Number>,
    /// When, as RFC 3339 with offset.
    pub created_at: Option<Cow<'a, str>>,
    /// The kind of feedback: key, name or id as the mapping says it, the catalogue's key once validated.
    pub data_type: Option<Cow<'a, str>>,
    /// Where it came from, likewise.
    pub data_source: Option<Cow<'a, str>>,
    /// Takes precedence over type and source, where given.
    pub dataset_id: Option<AttributeValue<'a>>,
    /// Further top-level fields of the body, passed through.
    pub fields: Vec<(Cow<'a, str>, AttributeValue<'a>)>,
    /// What describes the person.
    pub user_meta: Vec<Attribute<'a>>,
    /// What describes the thing or the moment.
    pub segments: Vec<Attribute<'a>>,
}

impl AttributeValue<'_> {
    fn into_owned(self) -> AttributeValue<'static> {
        match self {
            Self::Text(text) => AttributeValue::Text(owned(text)),
            Self::Number(number) => AttributeValue::Number(number),
            Self::Date(date) => AttributeValue::Date(owned(date)),
            Self::Bool(value) => AttributeValue::Bool(value),
        }
    }
}

impl Attribute<'_> {
    fn into_owned(self) -> Attribute<'static> {
        Attribute {
            key: owned(self.key),
            name: owned(self.name),
            value: self.value.into_owned(),
        }
    }
}

impl<'a> Response<'a> {
    /// The same with texts of its own, for one that outlives its row.
    pub fn into_owned(self) -> Response<'static> {
        let all = |attributes: Vec<Attribute<'a>>| {
            let owned = attributes.into_iter().map(Attribute::into_owned);
            owned.collect()
        };
        Response {
            name: owned(self.name),
            comment: self.comment.map(owned),
            score: self.score,
            created_at: self.created_at.map(owned),
            data_type: self.data_type.map(owned),
            data_source: self.data_source.map(owned),
            dataset_id: self.dataset_id.map(AttributeValue::into_owned),
            fields: self
                .fields
                .into_iter()
                .map(|(key, value)| (owned(key), value.into_owned()))
                .collect(),
            user_meta: all(self.user_meta),
            segments: all(self.segments),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
