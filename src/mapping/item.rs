//! What is on its way from a cell to the response.

use std::borrow::Cow;

use jiff::civil::DateTime;

use super::column::is_null;
use super::spec::{Literal, NumberStyle};
use super::steps::numbers;
use crate::outcome::Rejection;
use crate::record::{CellRef, Number, trim};

/// What a cell holds, before and between the steps.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A number.
    Number(Number),
    /// A number of JSON as it stands there: one with a fraction, or with more digits than a number can keep.
    Written(&'a str),
    /// A truth value of a spreadsheet.
    Bool(bool),
    /// A date of a spreadsheet.
    DateTime(DateTime),
}

impl<'a> Item<'a> {
    /// As a person sees it.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Written(text) => Cow::Borrowed(text),
            other => other.clone().into_text(),
        }
    }

    /// Likewise, without a copy where it is text.
    pub fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Written(text) => Cow::Borrowed(text),
            Self::Bool(value) => CellRef::Bool(value).text(),
            Self::DateTime(at) => CellRef::DateTime(at).text(),
        }
    }

    /// With its text changed; borrowed is what was left as it was. What still has the same text is still a number or a date:
    /// it is not read as the file writes them.
    pub fn rewritten(self, change: impl FnOnce(&str) -> Cow<'_, str>) -> Self {
        let changed = {
            let before = self.text();
            match change(&before) {
                Cow::Owned(after) if after != *before => Some(after),
                _ => None,
            }
        };
        changed.map_or(self, |text| Self::Text(Cow::Owned(text)))
    }

    /// As a number; a text by the style that numbers have in this file. `None` where it is none, or one of more digits
    /// than can be kept.
    pub fn number(&self, style: NumberStyle) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            // JSON has a style of its own, whatever the file's texts are written in.
            Self::Written(text) => numbers::parse(text, NumberStyle::default()),
            other => numbers::parse(&other.text(), style),
        }
    }

    /// The shortest form of a number that was written otherwise: `4.5` for `4.50`.
    pub fn shortest(&self) -> Option<String> {
        match self {
            Self::Written(_) => self
                .number(NumberStyle::default())
                .map(|number| number.to_string()),
            _ => None,
        }
    }

    /// Whether it counts as empty.
    pub fn is_null(&self, nulls: &[String]) -> bool {
        match self {
            Self::Text(text) => is_null(text, nulls),
            _ => !nulls.is_empty() && is_null(&self.text(), nulls),
        }
    }

    /// A value that stands in the mapping.
    pub fn of(literal: &'a Literal) -> Self {
        match literal {
            Literal::Text(text) => Self::Text(Cow::Borrowed(text)),
            Literal::Number(number) => Self::Number(*number),
            Literal::Bool(value) => {
                Self::Text(Cow::Borrowed(if *value { "true" } else { "false" }))
            }
        }
    }
}

/// Why a value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A stable code.
    pub code: &'static str,
    /// What was wrong and what would be right.
    pub message: String,
}

impl Fault {
    /// A fault by code and message.
    pub fn new(code: &'static str, message: String) -> Self {
        Self { code, message }
    }

    /// As the rejection of a field.
    pub fn reject(self, field: &str) -> Rejection {
        Rejection::new(self.code, field, self.message)
    }

    /// Likewise, as why there is no value.
    pub fn stop(self, field: &str) -> Stop {
        Stop::Reject(Box::new(self.reject(field)))
    }
}

/// What a value has become.
#[derive(Clone, Debug, PartialEq)]
pub enum Posted<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A number.
    Number(Number),
    /// RFC 3339.
    Date(Cow<'a, str>),
    /// A truth value.
    Bool(bool),
}

impl Posted<'_> {
    /// Whether it is a text in which nothing stands.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if trim(text).is_empty())
    }

    /// The same without a copy of its text.
    pub fn borrowed(&self) -> Posted<'_> {
        match self {
            Self::Text(text) => Posted::Text(Cow::Borrowed(text)),
            Self::Number(number) => Posted::Number(*number),
            Self::Date(date) => Posted::Date(Cow::Borrowed(date)),
            Self::Bool(value) => Posted::Bool(*value),
        }
    }

    /// The same with texts of its own.
    pub fn into_owned(self) -> Posted<'static> {
        match self {
            Self::Text(text) => Posted::Text(Cow::Owned(text.into_owned())),
            Self::Number(number) => Posted::Number(number),
            Self::Date(date) => Posted::Date(Cow::Owned(date.into_owned())),
            Self::Bool(value) => Posted::Bool(value),
        }
    }
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// The response is filtered.
    Filter,
    /// The response is rejected.
    Reject(Box<Rejection>),
}
