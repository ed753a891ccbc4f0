//! Dates: read by formats, by ISO 8601, as epochs or spreadsheet dates; they leave as RFC 3339 with offset.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Offset, TimeZone};

use super::fixed::{self, Fixed};
use super::offsets::Offsets;
use super::swapped::{self, Swapped};
use super::zones::zone_name_as_offset;
use crate::record::{Number, trim};

/// Feedback is of these years; `%Y` reading `26` as the year 26 is how older dates come about.
const YEARS: RangeInclusive<i16> = 1900..=2200;

/// How the dates of one value are read.
#[derive(Debug)]
pub struct DateReader {
    formats: Vec<Format>,
    zone: TimeZone,
    /// Its offsets; found out at the first date.
    offsets: OnceLock<Offsets>,
    /// Whether ISO dates are read where no format fits: not where a format says year, day, month.
    iso: bool,
    assumed: bool,
    used_assumption: AtomicBool,
    swapped: Swapped,
}

#[derive(Debug)]
struct Format {
    /// As the mapping has it.
    original: String,
    /// As jiff takes it: `%Z` is read as `%:z` after the text was rewritten.
    pattern: String,
    /// The same, where it is of fixed width.
    fixed: Option<Fixed>,
    has_time: bool,
    has_zone_name: bool,
    /// Whether day and month are numbers that may be taken for each other.
    is_open: bool,
}

/// Why a date was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFault {
    /// Day and month could be either way round.
    Ambiguous,
    /// No format fits, or there is no such day.
    Unreadable,
}

impl DateReader {
    /// `zone`: of dates that carry none; UTC is assumed where there is none.
    pub fn new(formats: &[String], zone: Option<TimeZone>) -> Self {
        Self {
            iso: !formats.iter().any(|format| format.starts_with("%Y-%d")),
            formats: formats
                .iter()
                .map(|original| Format {
                    pattern: original.replace("%Z", "%:z"),
                    fixed: Fixed::new(original),
                    has_time: has_time(original),
                    has_zone_name: original.contains("%Z"),
                    is_open: swapped::is_open(original),
                    original: original.clone(),
                })
                .collect(),
            assumed: zone.is_none(),
            zone: zone.unwrap_or(TimeZone::UTC),
            offsets: OnceLock::new(),
            used_assumption: AtomicBool::new(false),
            swapped: Swapped::default(),
        }
    }

    /// Whether a date without a zone was taken as UTC because nothing said otherwise.
    pub fn assumed_utc(&self) -> bool {
        self.used_assumption.load(Ordering::Relaxed)
    }

    /// Whether a spreadsheet seems to have taken days for months in real dates, which it made of texts.
    pub fn are_swapped(&self) -> bool {
        self.swapped.is_likely()
    }

    /// Whether a real date may be what a spreadsheet made of a text of these formats, its day taken for the month.
    pub fn may_be_swapped(&self, at: DateTime) -> bool {
        self.is_open() && swapped::is_early(at.day()) && at.day() != at.month()
    }

    /// Whether that may have become of a text before it was written as an ISO date.
    pub fn was_swapped(&self, text: &str) -> bool {
        let is_written = || {
            let mut formats = self.formats.iter();
            formats.any(|format| self.by_format(trim(text), format).is_some())
        };
        fixed::iso(trim(text)).is_some_and(|(at, _)| self.may_be_swapped(at)) && !is_written()
    }

    fn is_open(&self) -> bool {
        self.formats.iter().any(|format| format.is_open)
    }

    /// The formats tried, for messages.
    pub fn formats(&self) -> String {
        let formats: Vec<&str> = self
            .formats
            .iter()
            .map(|format| format.original.as_str())
            .collect();
        formats.join(", ")
    }

    /// Reads a text.
    ///
    /// # Errors
    /// It is no date, or its order cannot be known.
    pub fn text(&self, text: &str) -> Result<String, DateFault> {
        let text = plain_blanks(trim(text));
        for format in &self.formats {
            if let Some(read) = self.by_format(&text, format) {
                return Ok(read);
            }
        }
        if let Some(read) = self.iso.then(|| self.iso(&text)).flatten() {
            return Ok(read);
        }
        if let Some(read) = epoch(&text) {
            return Ok(read);
        }
        if self.formats.is_empty() && looks_ambiguous(&text) {
            return Err(DateFault::Ambiguous);
        }
        Err(DateFault::Unreadable)
    }

    /// Reads a text of fixed width, and writes it in the place of another date; `false` where there is more to it, and
    /// nothing is written.
    pub fn plainly(&self, text: &str, into: &mut String) -> bool {
        let text = trim(text);
        let (at, is_utc) = match self.formats.first() {
            Some(format) => match format.fixed.as_ref().and_then(|fixed| fixed.read(text)) {
                Some(at) => {
                    self.see_text(format, at.day());
                    (at, false)
                }
                None => return false,
            },
            None => match fixed::iso(text) {
                Some(read) => read,
                None => return false,
            },
        };
        let offset = if is_utc {
            Some(Offset::UTC)
        } else {
            self.offset_of(at)
        };
        offset.is_some_and(|offset| write(at, offset, into))
    }

    /// Reads a number, as its digits are read: an epoch, or `20261102` by a format.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, number: Number) -> Result<String, DateFault> {
        self.text(&number.to_string())
    }

    /// A date of a spreadsheet, which carries no zone.
    ///
    /// # Errors
    /// It is out of range.
    pub fn real(&self, at: DateTime) -> Result<String, DateFault> {
        if self.is_open() {
            self.swapped.see_real(at.day());
        }
        self.local(at)
    }

    fn see_text(&self, format: &Format, day: i8) {
        if format.is_open {
            self.swapped.see_text(day);
        }
    }

    fn local(&self, at: DateTime) -> Result<String, DateFault> {
        self.offset_of(at)
            .and_then(|offset| written(at, offset))
            .or_else(|| in_zone(at, &self.zone))
            .ok_or(DateFault::Unreadable)
    }

    /// The offset of a local time, where it is the same all that day.
    fn offset_of(&self, at: DateTime) -> Option<Offset> {
        if self.assumed && !self.assumed_utc() {
            self.used_assumption.store(true, Ordering::Relaxed);
        }
        self.offsets.get_or_init(|| Offsets::new(&self.zone)).of(at)
    }

    fn by_format(&self, text: &str, format: &Format) -> Option<String> {
        if let Some(at) = format.fixed.as_ref().and_then(|fixed| fixed.read(text)) {
            self.see_text(format, at.day());
            return self.local(at).ok();
        }
        let rewritten = if format.has_zone_name {
            Cow::Owned(zone_name_as_offset(text)?)
        } else {
            Cow::Borrowed(text)
        };
        let read = BrokenDownTime::parse(&format.pattern, rewritten.as_bytes()).ok()?;
        if let Some(timestamp) = read.timestamp() {
            return shown(timestamp, Offset::UTC);
        }
        let time = if format.has_time {
            read.to_time().ok()?
        } else {
            Time::midnight()
        };
        let at = read.to_date().ok()?.to_datetime(time);
        self.see_text(format, at.day());
        if let Some(offset) = read.offset() {
            return at_offset(at, offset);
        }
        match read.iana_time_zone() {
            Some(name) => in_zone(at, &TimeZone::get(name).ok()?),
            None => self.local(at).ok(),
        }
    }

    fn iso(&self, text: &str) -> Option<String> {
        match fixed::iso(text) {
            Some((at, false)) => return self.local(at).ok(),
            Some((at, true)) => return at_offset(at, Offset::UTC),
            None => {}
        }
        let bytes = text.as_bytes();
        if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        // `2026-11-02 10:15:00 +0100` and `… UTC` are written by many tools.
        let joined = match text.rsplit_once(' ') {
            Some((at, "UTC" | "GMT" | "Z")) => Cow::Owned(format!("{at}Z")),
            Some((at, offset)) if offset.starts_with(['+', '-']) => {
                Cow::Owned(format!("{at}{offset}"))
            }
            _ => Cow::Borrowed(text),
        };
        let pieces = DateTimeParser::new().parse_pieces(joined.as_bytes()).ok()?;
        let at = pieces.date().to_datetime(pieces.time().unwrap_or_default());
        match (pieces.to_numeric_offset(), pieces.to_time_zone()) {
            (Some(offset), _) => at_offset(at, offset),
            (None, Ok(Some(zone))) => in_zone(at, &zone),
            (None, Ok(None)) => self.local(at).ok(),
            (None, Err(_)) => None,
        }
    }
}

/// Whether a strptime format can be read by us, and gives a whole date.
///
/// # Errors
/// What is wrong with it.
pub fn check_format(format: &str) -> Result<(), String> {
    let pattern = format.replace("%Z", "%:z");
    let sample = Date::constant(2026, 11, 2)
        .at(10, 15, 30, 0)
        .to_zoned_datetime(TimeZone::UTC)
        .map_err(|error| error.to_string())?;
    let text = BrokenDownTime::from(&sample)
        .to_string(&pattern)
        .map_err(|error| error.to_string())?;
    let read = BrokenDownTime::parse(&pattern, &text).map_err(|error| error.to_string())?;
    if read.timestamp().is_some() {
        return Ok(());
    }
    if read.to_date().is_err() {
        return Err("it gives no whole date: day, month and year are needed".to_owned());
    }
    let twelve = ["%I", "%l", "%-I", "%-l"]
        .iter()
        .any(|hour| format.contains(hour));
    let half = ["%p", "%P"].iter().any(|half| format.contains(half));
    if (twelve && !half) || (has_time(format) && read.to_time().is_err()) {
        return Err("it gives no whole time: %I needs %p".to_owned());
    }
    Ok(())
}

fn has_time(format: &str) -> bool {
    ["%H", "%I", "%k", "%l", "%T", "%R", "%-H", "%-I"]
        .iter()
        .any(|directive| format.contains(directive))
}

/// No-break spaces, which newer tools put before AM and PM, as plain ones.
fn plain_blanks(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.replace(['\u{a0}', '\u{202f}'], " "))
    }
}

/// A local time in a zone: one that does not exist moves forward, one that exists twice is the first.
fn in_zone(at: DateTime, zone: &TimeZone) -> Option<String> {
    let zoned = zone.to_ambiguous_zoned_datetime(at).compatible().ok()?;
    shown(zoned.timestamp(), zoned.offset())
}

/// `None` where the offset is of a day or more, which RFC 3339 does not know.
fn at_offset(at: DateTime, offset: Offset) -> Option<String> {
    const DAY: i32 = 24 * 3600;
    if offset.seconds().abs() >= DAY {
        return None;
    }
    written(at, offset).or_else(|| in_zone(at, &TimeZone::fixed(offset)))
}

/// A local time of whole seconds as [`shown`] shows it; `None` for others.
fn written(at: DateTime, offset: Offset) -> Option<String> {
    let mut text = String::new();
    write(at, offset, &mut text).then_some(text)
}

/// The same in the place of another; `false` where it is none of whole seconds.
fn write(at: DateTime, offset: Offset, into: &mut String) -> bool {
    let minutes = offset.seconds() / 60;
    let is_whole = at.subsec_nanosecond() == 0 && offset.seconds() % 60 == 0;
    if !is_whole || !YEARS.contains(&at.year()) {
        return false;
    }
    let mut text = *b"0000-00-00T00:00:00+00:00";
    let numbers = [
        (0, i32::from(at.year() / 100)),
        (2, i32::from(at.year() % 100)),
        (5, at.month().into()),
        (8, at.day().into()),
        (11, at.hour().into()),
        (14, at.minute().into()),
        (17, at.second().into()),
        (20, minutes.abs() / 60),
        (23, minutes.abs() % 60),
    ];
    for (place, number) in numbers {
        text[place..place + 2].copy_from_slice(&two(number));
    }
    let length = if minutes == 0 { 20 } else { 25 };
    text[19] = match minutes {
        0 => b'Z',
        ..0 => b'-',
        1.. => b'+',
    };
    let Ok(text) = std::str::from_utf8(&text[..length]) else {
        return false;
    };
    into.clear();
    into.push_str(text);
    true
}

/// The two digits of a number below 100.
fn two(number: i32) -> [u8; 2] {
    let digits = number.unsigned_abs().to_le_bytes()[0];
    [b'0' + digits / 10 % 10, b'0' + digits % 10]
}

fn shown(timestamp: Timestamp, offset: Offset) -> Option<String> {
    let year = offset.to_datetime(timestamp).year();
    if !YEARS.contains(&year) {
        return None;
    }
    Some(if offset.seconds() == 0 {
        timestamp.to_string()
    } else {
        timestamp.display_with_offset(offset).to_string()
    })
}

fn epoch(text: &str) -> Option<String> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    let timestamp = match text.len() {
        10 => Timestamp::from_second(number).ok()?,
        13 => Timestamp::from_millisecond(number).ok()?,
        _ => return None,
    };
    shown(timestamp, Offset::UTC)
}

/// `03/04/2026`, `3.4.26 10:15`: numbers of one or two digits twice, then a year.
fn looks_ambiguous(text: &str) -> bool {
    let date = text.split([' ', 'T', ',']).next().unwrap_or("");
    let parts: Vec<&str> = date.split(['/', '.', '-']).collect();
    let short = |part: &str| {
        (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    parts.len() == 3
        && short(parts[0])
        && short(parts[1])
        && matches!(parts[2].len(), 2 | 4)
        && parts[2].bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;
