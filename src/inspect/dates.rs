//! Which date formats a whole column proves. A value is read by the mapping's own reader, so that what is proved here
//! is read there.

use serde::Serialize;

use super::months;
use super::shapes::Shapes;
use super::years::{self, Year, YearTally};
use super::zones::{self, Reword};
use crate::mapping::{DateReader, Swapped};

/// How a date of digits alone is written.
const COMPACT: &str = "20261231";
/// The most ways of writing that one column is followed in.
const MOST_SHAPES: usize = 12;

/// The order of day and month that a column proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Nothing to prove: ISO dates, real dates of a spreadsheet, names of months, epochs.
    Plain,
    /// 31/12/2026
    DayFirst,
    /// 12/31/2026
    MonthFirst,
    /// 26-12-31
    YearFirst,
    /// No day is greater than 12, or a year of two digits may stand first as well as last: it could be either.
    Unproved,
    /// Some values can only be day first, others only month first.
    Mixed,
}

/// What a column of dates is like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dates {
    /// The order that the whole column proves.
    pub order: Order,
    /// The formats that read it all, in the order proved; none needed where empty. Day first where it is not proved.
    pub formats: Vec<String>,
    /// The same with the month first, where the order is not proved and it may be.
    pub month_first: Vec<String>,
    /// The same with a year of two digits first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub year_first: Vec<String>,
    /// How many values say their time zone.
    pub zoned: u64,
    /// How many values have a time of day.
    pub timed: u64,
    /// Whether they are epochs: seconds or milliseconds since 1970.
    pub epoch: bool,
    /// The languages, other than English, that the names of months can be in: one of them reads all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<&'static str>,
    /// What must be replaced first, so that formats read them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reworded: Vec<Reword>,
    /// Abbreviations of time zones that may stand for several: these dates are counted as if they had none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ambiguous: Vec<&'static str>,
    /// Whether a spreadsheet seems to have taken days for months in the real dates, and left the other dates as texts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub swapped: bool,
    /// Earliest and latest, as RFC 3339; unsaid zones are taken as UTC.
    pub range: Option<(String, String)>,
}

/// One way of writing: a format, or several where day, month and year could be another way round.
struct Shape {
    day: (String, DateReader),
    month: Option<(String, DateReader)>,
    year: Option<(String, DateReader)>,
}

/// What was seen of a column's dates.
#[derive(Default)]
pub struct DateTally {
    plain: u64,
    epochs: u64,
    /// Dates of eight digits and nothing else.
    compact: u64,
    /// Tells whether a spreadsheet has swapped days and months.
    swapped: Swapped,
    shapes: Vec<Shape>,
    day: u64,
    month: u64,
    year: u64,
    years: YearTally,
    either: u64,
    /// Names of months, years first: formats whose order is not in question.
    ordered: u64,
    /// The languages that read every name of a month that is not English; `None` before the first.
    languages: Option<Vec<&'static str>>,
    reworded: Vec<Reword>,
    ambiguous: Vec<&'static str>,
    zoned: u64,
    timed: u64,
    day_range: Option<(String, String)>,
    month_range: Option<(String, String)>,
    year_range: Option<(String, String)>,
}

impl DateTally {
    /// Whether the value is a date; it is counted if so.
    pub fn see(&mut self, text: &str, shapes: &Shapes) -> bool {
        let text = text.trim();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if !(6..=40).contains(&text.len()) || digits < 3 {
            return false;
        }
        if digits == text.len() {
            return self.see_epoch(text, shapes);
        }
        let Some(reworded) = zones::reword(text, &shapes.points, &shapes.endings) else {
            return self.see_date(text, shapes);
        };
        let is_date = self.see_date(&reworded.text, shapes);
        if is_date {
            let new = reworded.steps.into_iter();
            self.reworded.extend(
                new.filter(|step| !self.reworded.contains(step))
                    .collect::<Vec<_>>(),
            );
            let new = reworded.ambiguous.into_iter();
            self.ambiguous.extend(
                new.filter(|name| !self.ambiguous.contains(name))
                    .collect::<Vec<_>>(),
            );
        }
        is_date
    }

    /// A date in words that formats read.
    fn see_date(&mut self, text: &str, shapes: &Shapes) -> bool {
        if let Ok(read) = shapes.iso.text(text) {
            self.plain += 1;
            let time = text.get(10..).unwrap_or("");
            let zoned = ["Z", "UTC", "GMT", "+", "-"]
                .iter()
                .any(|mark| time.contains(mark));
            self.note(zoned, time.contains(':'));
            self.stretch(&read);
            return true;
        }
        // No-break spaces are read as plain ones, and formats are shown to people.
        let plain = text.replace(['\u{a0}', '\u{202f}'], " ");
        let Some((day, month)) = shapes.formats(&plain) else {
            return self.see_foreign(&plain, shapes);
        };
        let Some(shape) = self.shape(day, month) else {
            return false;
        };
        let day = shape.day.1.text(text).ok();
        let (zoned, timed) = (shape.has_zone(), shape.day.0.contains("%M"));
        let Some((_, reader)) = &shape.month else {
            if day.is_none() && self.see_foreign(&plain, shapes) {
                return true;
            }
            self.ordered += u64::from(day.is_some());
            return self.read([day.clone(), day.clone(), day], zoned, timed);
        };
        let month = reader.text(text).ok();
        let ends = years::ends(text);
        let year = shape.year.as_ref().filter(|_| ends.is_some());
        let year = year.and_then(|(_, reader)| reader.text(text).ok());
        let reads_both_ways = day.is_some() && month.is_some();
        self.day += u64::from(day.is_some());
        self.month += u64::from(month.is_some());
        self.year += u64::from(year.is_some());
        if let Some(ends) = ends {
            self.years.see(ends);
        }
        let is_date = self.read([day, month, year], zoned, timed);
        self.either += u64::from(is_date);
        if is_date {
            // What can be read either way has a day up to the 12th.
            let day = if reads_both_ways { 1 } else { 31 };
            self.swapped.see_text(day);
        }
        is_date
    }

    /// A date whose month is named in another language than English: in one that reads the other dates too.
    fn see_foreign(&mut self, text: &str, shapes: &Shapes) -> bool {
        if !months::could_be(text) {
            return false;
        }
        let mut reading = Vec::new();
        let mut first = None;
        for language in &shapes.languages {
            let is_open = |names: &Vec<&str>| names.contains(&language.name);
            if !self.languages.as_ref().is_none_or(is_open) {
                continue;
            }
            let Some(english) = language.english(text) else {
                continue;
            };
            let Some((format, None)) = shapes.formats(&english) else {
                continue;
            };
            let Some(shape) = self.shape(months::short(&format), None) else {
                return false;
            };
            if let Ok(read) = shape.day.1.text(&english) {
                let (zoned, timed) = (shape.has_zone(), shape.day.0.contains("%M"));
                reading.push(language.name);
                first.get_or_insert((read, zoned, timed));
            }
        }
        let Some((read, zoned, timed)) = first else {
            return false;
        };
        self.languages = Some(reading);
        self.ordered += 1;
        self.read(
            [Some(read.clone()), Some(read.clone()), Some(read)],
            zoned,
            timed,
        )
    }

    /// A real date of a spreadsheet.
    pub fn see_real(&mut self, at: jiff::civil::DateTime) {
        self.plain += 1;
        self.swapped.see_real(at.day());
        self.note(false, at.time() != jiff::civil::Time::midnight());
        self.stretch(&format!("{at}Z"));
    }

    /// Epochs of this century's first half; other numbers of ten digits are ids.
    fn see_epoch(&mut self, text: &str, shapes: &Shapes) -> bool {
        if text.len() == COMPACT.len() {
            return self.see_compact(text);
        }
        let Ok(read) = shapes.iso.text(text) else {
            return false;
        };
        let is_ours = ("2005".."2041").contains(&read.get(..4).unwrap_or(""));
        if is_ours {
            self.epochs += 1;
            self.note(true, true);
            self.stretch(&read);
        }
        is_ours
    }

    /// `20261231`, of the years that spreadsheets hold dates of.
    fn see_compact(&mut self, text: &str) -> bool {
        let is_ours = ("1990".."2061").contains(&text.get(..4).unwrap_or(""));
        let read = is_ours
            .then(|| self.shape("%Y%m%d".to_owned(), None))
            .flatten()
            .and_then(|shape| shape.day.1.text(text).ok());
        let is_date = read.is_some();
        self.compact += u64::from(is_date);
        self.ordered += u64::from(is_date);
        self.read([read.clone(), read.clone(), read], false, false)
    }

    /// Notes a date as it reads with the day, the month, and the year first.
    fn read(&mut self, orders: [Option<String>; 3], zoned: bool, timed: bool) -> bool {
        let is_date = orders.iter().any(Option::is_some);
        if is_date {
            self.note(zoned, timed);
        }
        for (range, read) in self.ranges().into_iter().zip(orders) {
            if let Some(read) = read {
                stretch(range, &read);
            }
        }
        is_date
    }

    fn ranges(&mut self) -> [&mut Option<(String, String)>; 3] {
        [
            &mut self.day_range,
            &mut self.month_range,
            &mut self.year_range,
        ]
    }

    /// Notes a date that reads alike in every order.
    fn stretch(&mut self, read: &str) {
        for range in self.ranges() {
            stretch(range, read);
        }
    }

    fn note(&mut self, zoned: bool, timed: bool) {
        self.zoned += u64::from(zoned);
        self.timed += u64::from(timed);
    }

    fn shape(&mut self, day: String, month: Option<String>) -> Option<&Shape> {
        let known = self.shapes.iter().position(|shape| shape.day.0 == day);
        let index = match known {
            Some(index) => index,
            None if self.shapes.len() == MOST_SHAPES => return None,
            None => {
                let reader = |format: String| {
                    let reader = DateReader::new(std::slice::from_ref(&format), None);
                    (format, reader)
                };
                self.shapes.push(Shape {
                    year: with_year_first(&day).map(reader),
                    day: reader(day),
                    month: month.map(reader),
                });
                self.shapes.len() - 1
            }
        };
        self.shapes.get(index)
    }

    /// How many values are dates only if they are meant so: numbers.
    pub fn numbers(&self) -> u64 {
        self.epochs + self.compact
    }

    /// Where a year of two digits stands, as far as the column proves it.
    fn year(&self) -> Year {
        match self.year == self.either {
            true if self.day == self.either || self.month == self.either => self.years.proved(),
            true => Year::First,
            false => Year::Last,
        }
    }

    /// What comes first, as far as the column proves it.
    fn order(&self) -> Order {
        let reads_all = |count: u64| count == self.either;
        let (day, month) = (reads_all(self.day), reads_all(self.month));
        let year = self.year();
        match (year, day, month) {
            _ if self.either == 0 => Order::Plain,
            (Year::First, ..) => Order::YearFirst,
            (Year::Unproved, ..) | (Year::Last, true, true) => Order::Unproved,
            (Year::Last, true, false) => Order::DayFirst,
            (Year::Last, false, true) => Order::MonthFirst,
            (Year::Last, false, false) => Order::Mixed,
        }
    }

    /// What the column proves.
    pub fn finish(self) -> Dates {
        let order = self.order();
        let formats_by = |other: fn(&Shape) -> Option<&(String, DateReader)>| -> Vec<String> {
            let shapes = self.shapes.iter();
            let formats = shapes.map(|shape| other(shape).unwrap_or(&shape.day));
            formats.map(|(format, _)| format.clone()).collect()
        };
        let day = formats_by(|_| None);
        let month = formats_by(|shape| shape.month.as_ref());
        let year = formats_by(|shape| shape.year.as_ref());
        let may_be = |count: u64| count == self.either && order == Order::Unproved;
        let may_be_month = may_be(self.month);
        let may_be_year = may_be(self.year) && self.year() == Year::Unproved;
        let languages = self.languages.unwrap_or_default();
        let written = |formats: Vec<String>| match languages[..] {
            [] => formats,
            _ => shortened(&formats),
        };
        let (day, month, year) = (written(day), written(month), written(year));
        let none = Vec::new;
        let (formats, month_first, year_first) = match order {
            Order::Plain | Order::DayFirst => (day, none(), none()),
            Order::MonthFirst => (month, none(), none()),
            Order::YearFirst => (year, none(), none()),
            Order::Mixed => (day, month, none()),
            Order::Unproved => (
                day,
                if may_be_month { month } else { none() },
                if may_be_year { year } else { none() },
            ),
        };
        Dates {
            range: match order {
                Order::MonthFirst => self.month_range,
                Order::YearFirst => self.year_range,
                Order::Unproved | Order::Mixed => None,
                Order::Plain | Order::DayFirst => self.day_range,
            },
            order,
            formats,
            month_first,
            year_first,
            languages,
            reworded: self.reworded,
            ambiguous: self.ambiguous,
            swapped: self.swapped.is_likely(),
            zoned: self.zoned,
            timed: self.timed,
            epoch: self.epochs > 0 && self.plain + self.either + self.ordered == 0,
        }
    }
}

impl Shape {
    fn has_zone(&self) -> bool {
        ["%z", "%:z", "%Z"]
            .iter()
            .any(|zone| self.day.0.contains(zone))
    }
}

/// The format of a date with a year of two digits, with the year first.
fn with_year_first(format: &str) -> Option<String> {
    let mark = format.strip_prefix("%d")?.chars().next()?;
    let rest = format.strip_prefix(&format!("%d{mark}%m{mark}%y"))?;
    Some(format!("%y{mark}%m{mark}%d{rest}"))
}

/// The formats as they are once the names of months are made English, each once.
fn shortened(formats: &[String]) -> Vec<String> {
    let mut short: Vec<String> = Vec::new();
    for format in formats {
        let format = months::short(format);
        if !short.contains(&format) {
            short.push(format);
        }
    }
    short
}

fn stretch(range: &mut Option<(String, String)>, read: &str) {
    match range {
        None => *range = Some((read.to_owned(), read.to_owned())),
        Some((from, to)) => {
            if read < from.as_str() {
                read.clone_into(from);
            } else if read > to.as_str() {
                read.clone_into(to);
            }
        }
    }
}
