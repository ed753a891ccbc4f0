//! The last steps of a value: its type, its bounds, its length.

use std::borrow::Cow;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::item::{Fault, Item, Posted};
use super::remedy;
use super::spec::Type;
use super::steps::dates::DateFault;
use super::steps::numbers;
use super::value::Value;
use crate::record::{Carried, Number};

/// How workbooks' names end.
const WORKBOOKS: [&str; 5] = ["xlsx", "xlsm", "xlsb", "xls", "ods"];

impl Value {
    /// The last steps: type, bounds, length.
    ///
    /// # Errors
    /// The value is not of its type, or out of its bounds.
    pub fn posted<'a>(&self, item: Item<'a>) -> Result<Posted<'a>, Fault> {
        match self.kind {
            Type::Text => self.text(item.into_text()).map(Posted::Text),
            Type::Number | Type::Integer => self.number(&item).map(Posted::Number),
            Type::Date => self.date(&item).map(|date| Posted::Date(Cow::Owned(date))),
            Type::Boolean => self.boolean(&item).map(Posted::Bool),
        }
    }

    /// The same of a text, where it needs no change and is at no fault.
    #[inline]
    pub(super) fn plainly_posted<'a>(&self, text: &'a str) -> Option<Posted<'a>> {
        match self.kind {
            Type::Text if self.max_length.is_none() => Some(Posted::Text(Cow::Borrowed(text))),
            Type::Number | Type::Integer => {
                let number = Number::Whole(numbers::plain(text)?);
                self.is_within(number).then_some(Posted::Number(number))
            }
            Type::Date => {
                let date = self.dates.as_ref()?.text(text).ok()?;
                Some(Posted::Date(Cow::Owned(date)))
            }
            Type::Text | Type::Boolean => None,
        }
    }

    pub(super) fn is_within(&self, number: Number) -> bool {
        let value = number.as_f64();
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }

    fn text<'a>(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, Fault> {
        let Some(most) = self.max_length else {
            return Ok(text);
        };
        match text.char_indices().nth(most) {
            None => Ok(text),
            Some((end, _)) if self.truncate => {
                self.cut.fetch_add(1, Ordering::Relaxed);
                Ok(Cow::Owned(text[..end].trim_end().to_owned()))
            }
            Some(_) => Err(Fault::new(
                "too_long",
                format!(
                    "{} holds {} characters, at most {most} are allowed: shorten it, raise max_length, or set truncate = true",
                    self.what(),
                    text.chars().count()
                ),
            )),
        }
    }

    fn number(&self, item: &Item<'_>) -> Result<Number, Fault> {
        let number = item
            .number(self.numbers)
            .ok_or_else(|| self.not_a_number(&item.text()))?;
        let shown = || self.shown(&item.text());
        if self.kind == Type::Integer && !matches!(number, Number::Whole(_)) {
            return Err(Fault::new(
                "not_an_integer",
                format!(
                    "{} holds {}, expected a whole number: correct it, or set type = \"number\" where fractions are meant",
                    self.what(),
                    shown()
                ),
            ));
        }
        let below = self.min.filter(|min| number.as_f64() < *min);
        let above = self.max.filter(|max| number.as_f64() > *max);
        let code = match (below, above) {
            (None, None) => return Ok(number),
            _ if &*self.field == "score" => "score_out_of_range",
            (Some(_), _) => "too_small",
            (None, Some(_)) => "too_large",
        };
        let expected = match (self.min, self.max) {
            (Some(min), Some(max)) => format!("a number from {min} to {max}"),
            (Some(min), None) => format!("a number from {min} on"),
            (None, max) => format!("a number up to {}", max.unwrap_or_default()),
        };
        Err(Fault::new(
            code,
            format!(
                "{} holds {}, expected {expected}: correct it, or list it in null_values if it stands for no answer",
                self.what(),
                shown()
            ),
        ))
    }

    pub(super) fn not_a_number(&self, text: &str) -> Fault {
        let decimal = self.numbers.decimal.unwrap_or('.');
        // What is read into it would tell of the text.
        let remedy = if self.secret {
            remedy::MEND.to_owned()
        } else {
            remedy::of_number(text, self.numbers)
        };
        let code = if &*self.field == "score" {
            "score_not_a_number"
        } else {
            "not_a_number"
        };
        Fault::new(
            code,
            format!(
                "{} holds {}, expected a number such as 9 or 8{decimal}5: {remedy}",
                self.what(),
                self.shown(text)
            ),
        )
    }

    /// In a failures file, what was a text in the export is one still. A spreadsheet that makes a date of it may read day
    /// and month the other way round, and nothing tells afterwards.
    pub(super) fn must_be_as_written(&self, item: &Item<'_>, past: &Carried) -> Result<(), Fault> {
        let Some(reader) = &self.dates else {
            return Ok(());
        };
        let is_open = match item {
            Item::DateTime(at) => !is_workbook(&past.file) && reader.may_be_swapped(*at),
            // What was found so before is still so where nobody has mended it.
            Item::Text(text) => *past.damaged == *self.field && reader.was_swapped(text),
            _ => false,
        };
        if !is_open {
            return Ok(());
        }
        Err(Fault::new(
            "spreadsheet_damage",
            format!(
                "{} holds {}, which a spreadsheet has made of a text ({}) and may have taken the day for the month: write \
                 the date as the export had it, in a cell formatted as text, or mend the first failures file and save it as CSV",
                self.what(),
                self.shown(&item.text()),
                reader.formats()
            ),
        ))
    }

    fn date(&self, item: &Item<'_>) -> Result<String, Fault> {
        let Some(reader) = &self.dates else {
            return Ok(item.text().into_owned());
        };
        let read = match item {
            Item::DateTime(at) => reader.real(*at),
            Item::Number(number) => reader.number(*number),
            other => reader.text(&other.text()),
        };
        read.map_err(|fault| {
            let shown = self.shown(&item.text());
            match fault {
                DateFault::Ambiguous => {
                    let formats = remedy::of_ambiguous(&item.text())
                        .filter(|_| !self.secret)
                        .map_or_else(
                        || "by formats, with %d and %m in their places".to_owned(),
                        |formats| format!("formats = {formats}"),
                    );
                    Fault::new(
                        "ambiguous_date",
                        format!(
                            "{} holds {shown}, where day and month could be either way round: say which, {formats}",
                            self.what()
                        ),
                    )
                }
                DateFault::Unreadable if reader.formats().is_empty() => Fault::new(
                    "date_not_readable",
                    format!(
                        "{} holds {shown}, expected a date such as 2026-11-02 or 2026-11-02T10:15:00Z: for others set formats",
                        self.what()
                    ),
                ),
                DateFault::Unreadable => Fault::new(
                    "date_not_readable",
                    format!(
                        "{} holds {shown}, which is no date by the formats tried ({}): correct it if there is no such day, \
                         else add its format to formats",
                        self.what(),
                        reader.formats()
                    ),
                ),
            }
        })
    }

    fn boolean(&self, item: &Item<'_>) -> Result<bool, Fault> {
        if let Item::Bool(value) = item {
            return Ok(*value);
        }
        let text = item.text();
        match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "y" | "t" | "on" | "1" => Ok(true),
            "false" | "no" | "n" | "f" | "off" | "0" => Ok(false),
            _ => Err(Fault::new(
                "not_a_boolean",
                format!(
                    "{} holds {}, expected true or false, yes or no, 1 or 0: map other words",
                    self.what(),
                    self.shown(&text)
                ),
            )),
        }
    }
}

/// Whether a name is that of a workbook, whose dates were real ones in the export.
fn is_workbook(file: &str) -> bool {
    let unpacked = file.trim_end_matches(".gz").trim_end_matches(".zst");
    let ending = Path::new(unpacked).extension();
    ending.is_some_and(|ending| {
        WORKBOOKS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}
