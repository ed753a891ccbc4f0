//! How dates are written: from a text to the formats that could read it.

use regex::Regex;

use super::months::Language;
use super::zones::{ENDINGS, POINTS};
use crate::mapping::DateReader;

/// The ways of writing dates, told apart by regular expressions.
pub struct Shapes {
    numeric: Regex,
    day_name: Regex,
    name_day: Regex,
    time: Regex,
    /// AM and PM with points.
    pub points: Regex,
    /// Endings of days.
    pub endings: Regex,
    /// What reads ISO dates and epochs.
    pub iso: DateReader,
    /// Whose names of months are known besides the English ones.
    pub languages: Vec<Language>,
}

impl Shapes {
    /// # Errors
    /// Never in practice: the expressions are constant.
    pub fn new() -> Result<Self, regex::Error> {
        Ok(Self {
            numeric: Regex::new(r"^([0-9]{1,4})([./-])([0-9]{1,2})([./-])([0-9]{1,4})(.*)$")?,
            day_name: Regex::new(
                r"^(?:([A-Za-z]{3,9})(,? ))?([0-9]{1,2})(\.? |-| de )([A-Za-z]{3,9})(\.?,? |-| de )([0-9]{4}|[0-9]{2})(.*)$",
            )?,
            name_day: Regex::new(
                r"^(?:([A-Za-z]{3,9})(,? ))?([A-Za-z]{3,9})(\.? )([0-9]{1,2})(,? )([0-9]{4})(.*)$",
            )?,
            time: Regex::new(
                r"^(,?(?: at| um| à)? |T)([0-9]{1,2}):([0-9]{2})(:[0-9]{2}([.][0-9]+)?)?(?:( ?)([AaPp][Mm]))?( ?Uhr)?(?:( ?)(Z|(?:UTC|GMT)(?:[+-][0-9]{1,2}(?::?[0-9]{2})?)?|[+-][0-9]{2}:?[0-9]{2}))?$",
            )?,
            points: Regex::new(POINTS.0)?,
            endings: Regex::new(ENDINGS.0)?,
            iso: DateReader::new(&[], None),
            languages: Language::all()?,
        })
    }

    /// The format of a text in both orders, if it is written like a date.
    pub fn formats(&self, text: &str) -> Option<(String, Option<String>)> {
        // Most texts are no dates, and the expressions are dear.
        let begins_with_digit = text.starts_with(|sign: char| sign.is_ascii_digit());
        let could_begin_with_name = text.contains(' ')
            && text
                .get(..3)
                .is_some_and(|start| start.bytes().all(|byte| byte.is_ascii_alphabetic()));
        if !begins_with_digit && !could_begin_with_name {
            return None;
        }
        if begins_with_digit && let Some(found) = self.numeric.captures(text) {
            let part = |group: usize| found.get(group).map_or("", |part| part.as_str());
            let (first, mark, last) = (part(1), part(2), part(5));
            if mark != part(4) {
                return None;
            }
            let time = self.time(part(6))?;
            let year = if last.len() == 4 { "%Y" } else { "%y" };
            return match (first.len(), last.len()) {
                (4, 1 | 2) => Some((format!("%Y{mark}%m{mark}%d{time}"), None)),
                (1 | 2, 2 | 4) => Some((
                    format!("%d{mark}%m{mark}{year}{time}"),
                    Some(format!("%m{mark}%d{mark}{year}{time}")),
                )),
                _ => None,
            };
        }
        let weekday = |name: &str, mark: &str| match name.len() {
            0 => String::new(),
            3 => format!("%a{mark}"),
            _ => format!("%A{mark}"),
        };
        let month = |name: &str| if name.len() == 3 { "%b" } else { "%B" };
        if let Some(found) = self.day_name.captures(text) {
            let part = |group: usize| found.get(group).map_or("", |part| part.as_str());
            let year = if part(7).len() == 4 { "%Y" } else { "%y" };
            let format = format!(
                "{}%d{}{}{}{year}{}",
                weekday(part(1), part(2)),
                part(4),
                month(part(5)),
                part(6),
                self.time(part(8))?
            );
            return Some((format, None));
        }
        let found = self.name_day.captures(text)?;
        let part = |group: usize| found.get(group).map_or("", |part| part.as_str());
        let format = format!(
            "{}{}{}%d{}%Y{}",
            weekday(part(1), part(2)),
            month(part(3)),
            part(4),
            part(6),
            self.time(part(8))?
        );
        Some((format, None))
    }

    /// The format of a time of day alone, with a colon or a point: `14:05`, `14.05 Uhr`.
    pub fn time_of_day(&self, text: &str) -> Option<String> {
        let pointed = match text.split_once('.') {
            Some((hour, rest)) if hour.len() <= 2 && !text.contains(':') => {
                Some(format!(" {hour}:{rest}"))
            }
            _ => None,
        };
        let format = match &pointed {
            Some(text) => self.time(text)?.replace(":%M", ".%M"),
            None => self.time(&format!(" {text}"))?,
        };
        Some(format.trim_start().to_owned())
    }

    /// The format of a time of day and its zone; empty for an empty text.
    fn time(&self, text: &str) -> Option<String> {
        if text.is_empty() {
            return Some(String::new());
        }
        let found = self.time.captures(text)?;
        let part = |group: usize| found.get(group).map_or("", |part| part.as_str());
        let mut format = format!(
            "{}{}:%M",
            part(1),
            if part(7).is_empty() { "%H" } else { "%I" }
        );
        if !part(4).is_empty() {
            format.push_str(":%S");
        }
        if !part(5).is_empty() {
            format.push_str("%.f");
        }
        if !part(7).is_empty() {
            format.push_str(part(6));
            format.push_str("%p");
        }
        format.push_str(part(8));
        let zone = part(10);
        if !zone.is_empty() {
            format.push_str(part(9));
            format.push_str(match zone.as_bytes() {
                [b'+' | b'-', ..] if zone.contains(':') => "%:z",
                [b'+' | b'-', ..] => "%z",
                _ => "%Z",
            });
        }
        Some(format)
    }
}
