//! Time zones: by name, by offset, and within a text.

use std::borrow::Cow;

use jiff::tz::{Offset, TimeZone};

use crate::mapping::diagnose::nearest;

/// A zone by its IANA name, or an offset such as `+01:00`.
///
/// # Errors
/// The nearest known name, where there is one, or the offset that is meant.
pub fn zone(name: &str) -> Result<TimeZone, Option<String>> {
    let name = name.trim();
    if name.starts_with(['+', '-']) {
        return offset(name).map(TimeZone::fixed).ok_or(None);
    }
    if matches!(name, "UTC" | "GMT" | "Z") {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(name).map_err(|_| {
        // `UTC+1` is no hour of UTC's, whatever name is near.
        let behind = ["UTC", "GMT"]
            .iter()
            .find_map(|utc| name.strip_prefix(utc))
            .map(str::trim_start)
            .filter(|behind| behind.starts_with(['+', '-']));
        if let Some(behind) = behind {
            return offset(behind).map(shown_offset);
        }
        let known: Vec<String> = jiff::tz::db()
            .available()
            .map(|name| name.to_string())
            .collect();
        nearest(name, known.iter().map(String::as_str)).map(str::to_owned)
    })
}

/// `GMT+3`, `UTC`, `Z` within a text as `+03:00`, which jiff reads. Other abbreviations name several zones each.
pub fn zone_name_as_offset(text: &str) -> Option<String> {
    let mut words: Vec<Cow<'_, str>> = text.split(' ').map(Cow::Borrowed).collect();
    let (word, replacement) = words.iter_mut().rev().find_map(|word| {
        let upper = word.to_ascii_uppercase();
        let after = ["UTC", "GMT", "UT", "Z"]
            .iter()
            .find_map(|name| upper.strip_prefix(name))?;
        let offset = if after.is_empty() {
            Offset::UTC
        } else {
            offset(after)?
        };
        Some((word, shown_offset(offset)))
    })?;
    *word = Cow::Owned(replacement);
    Some(words.join(" "))
}

/// `+01:00`
fn shown_offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `+3`, `+03`, `+0300`, `+03:00`, `+3:30`
fn offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(both) => both,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "00"),
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_sound = matches!(hours.len(), 1 | 2) && minutes.len() == 2;
    if !is_sound || !is_number(hours) || !is_number(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if minutes > 59 || hours > 18 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}
