//! What was found out about a column.

use serde::Serialize;

use super::dates::Dates;
use super::distinct::Distinct;
use super::times::Times;

/// What nearly all values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// There are none.
    Empty,
    /// Whole numbers.
    Integer,
    /// Numbers, some with a fraction.
    Number,
    /// Dates, with or without a time.
    Date,
    /// Yes and no; true and false.
    Boolean,
    /// E-mail addresses.
    Email,
    /// Web addresses.
    Url,
    /// IP addresses.
    Ip,
    /// Phone numbers.
    Phone,
    /// Anything else.
    Text,
}

/// The numbers of a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Number {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The sign before the fraction, where it is not a point.
    pub decimal: Option<char>,
    /// The sign between groups of three digits, where there is one.
    pub thousands: Option<char>,
}

/// A column, or a path of JSON records.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "findings, not settings")]
pub struct Column {
    /// Its position from 1; `None` in JSON.
    pub position: Option<usize>,
    /// Its header, unique; empty where it has none. In JSON its path.
    pub name: String,
    /// What further header rows say: the question's text.
    pub label: Option<String>,
    /// The choice it stands for, where a question has a column for each of its choices.
    pub choice: Option<String>,
    /// What nearly all values are.
    pub kind: Kind,
    /// Rows seen, but those at fault and those that sum up the others.
    pub rows: u64,
    /// Cells that are not empty.
    pub filled: u64,
    /// Filled cells that are of another kind.
    pub odd: u64,
    /// Different values.
    pub distinct: Distinct,
    /// Values that repeat an earlier one, as far as was followed.
    pub repeats: u64,
    /// Set where they are numbers.
    pub number: Option<Number>,
    /// The sign in these numbers of which nothing tells whether it stands before a fraction or between groups: `1.000`.
    #[serde(skip)]
    pub unproved: Option<char>,
    /// The decimal sign, where these numbers prove it.
    #[serde(skip)]
    pub proved: Option<char>,
    /// Whether different values stay different as numbers: not so `1.1` and `1.10`.
    #[serde(skip)]
    pub prints_back: bool,
    /// Whether nearly all are choices labelled by number: `10 - Extremely likely`, or numbers of which some are.
    pub leading: bool,
    /// Set where they are dates.
    pub dates: Option<Dates>,
    /// The formats of times of day, where all values are such.
    #[serde(skip_serializing_if = "Times::is_none")]
    pub times: Times,
    /// Characters of the shortest and longest value, and on average.
    pub shortest: usize,
    /// See `shortest`.
    pub longest: usize,
    /// See `shortest`.
    pub mean_length: f64,
    /// The share of values of more than one word.
    pub spaced: f64,
    /// Numbers of which a spreadsheet kept only the first digits, as far as can be seen: `1.23457E+17`, or
    /// `1234567890123450000` where all long ones end so.
    pub rounded: u64,
    /// Texts with a `'` before a `=` or `+`, put there against formulas.
    #[serde(skip)]
    pub guarded: u64,
    /// Whether the values are 1, 2, 3, … in the order of the file.
    pub sequence: bool,
    /// Whether people wrote it: such text is never shown.
    pub free_text: bool,
    /// Whether it holds personal data, which is not shown either.
    pub personal: bool,
    /// Cells that hold a spreadsheet's error.
    pub errors: u64,
    /// Whether the path leads to an object in some records.
    pub is_object_too: bool,
    /// Cells such as `N/A` and `-`, as they are written.
    pub nothing: Vec<String>,
    /// How many such cells there are.
    #[serde(skip)]
    pub nothings: u64,
    /// Values by how often they are there, where there are few and they are short.
    #[serde(skip)]
    pub values: Vec<(String, u64)>,
    /// The first row of each of `values`.
    #[serde(skip)]
    pub first_rows: Vec<u64>,
    /// Up to five values of at most 40 characters.
    pub samples: Vec<String>,
}

impl Column {
    /// The share of rows in which it is filled, from 0 to 1.
    pub fn share(&self) -> f64 {
        if self.rows == 0 {
            0.0
        } else {
            self.filled as f64 / self.rows as f64
        }
    }

    /// Whether it could tell rows apart: filled in nearly all rows, hardly ever repeated.
    pub fn is_unique(&self) -> bool {
        self.filled > 0
            && matches!(self.distinct, Distinct::Exactly(_))
            && self.filled * 100 >= self.rows * 97
            && self.repeats * 100 <= self.filled * 2
    }

    /// Whether it could tell rows apart, but for a few that leave it empty.
    pub fn is_nearly_unique(&self) -> bool {
        let empty = self.rows.saturating_sub(self.filled);
        self.is_unique()
            || (matches!(self.distinct, Distinct::Exactly(_))
                && self.repeats == 0
                && self.rows >= 4
                && (empty == 1 || empty * 10 <= self.rows))
    }

    /// What to call it in messages.
    pub fn called(&self) -> String {
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        match self.position {
            Some(position) if name.is_empty() => format!("column {position}"),
            _ => name,
        }
    }

    /// The question it answers: what the further header rows say, else its header.
    pub fn question(&self) -> String {
        let label = self.label.as_deref().unwrap_or("");
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        if label.is_empty() {
            self.called()
        } else {
            label
        }
    }
}
