//! Which date formats a whole column proves. A value is read by the mapping's own reader, so that what is proved here
//! is read there.

use serde::Serialize;

use super::months;
use super::shapes::Shapes;
use crate::mapping::DateReader;

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
    /// No day is greater than 12: it could be either.
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
    /// The same with the month first, where the order is not proved.
    pub month_first: Vec<String>,
    /// How many values say their time zone.
    pub zoned: u64,
    /// How many values have a time of day.
    pub timed: u64,
    /// Whether they are epochs: seconds or milliseconds since 1970.
    pub epoch: bool,
    /// The languages, other than English, that the names of months can be in: one of them reads all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<&'static str>,
    /// Earliest and latest, as RFC 3339; unsaid zones are taken as UTC.
    pub range: Option<(String, String)>,
}

/// One way of writing: a format, or two where day and month could be either way round.
struct Shape {
    day_first: (String, DateReader),
    month_first: Option<(String, DateReader)>,
}

/// What was seen of a column's dates.
#[derive(Default)]
pub struct DateTally {
    plain: u64,
    epochs: u64,
    shapes: Vec<Shape>,
    day: u64,
    month: u64,
    either: u64,
    /// Names of months, years first: formats whose order is not in question.
    ordered: u64,
    /// The languages that read every name of a month that is not English; `None` before the first.
    languages: Option<Vec<&'static str>>,
    zoned: u64,
    timed: u64,
    day_range: Option<(String, String)>,
    month_range: Option<(String, String)>,
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
        if let Ok(read) = shapes.iso.text(text) {
            self.plain += 1;
            let time = text.get(10..).unwrap_or("");
            let zoned = ["Z", "UTC", "GMT", "+", "-"]
                .iter()
                .any(|mark| time.contains(mark));
            self.note(zoned, time.contains(':'));
            stretch(&mut self.day_range, &read);
            stretch(&mut self.month_range, &read);
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
        let day = shape.day_first.1.text(text).ok();
        let (zoned, timed) = (shape.has_zone(), shape.day_first.0.contains("%M"));
        let Some((_, reader)) = &shape.month_first else {
            if day.is_none() && self.see_foreign(&plain, shapes) {
                return true;
            }
            self.ordered += u64::from(day.is_some());
            return self.read(day.clone(), day, zoned, timed);
        };
        let month = reader.text(text).ok();
        self.day += u64::from(day.is_some());
        self.month += u64::from(month.is_some());
        self.either += u64::from(day.is_some() || month.is_some());
        self.read(day, month, zoned, timed)
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
            if let Ok(read) = shape.day_first.1.text(&english) {
                let (zoned, timed) = (shape.has_zone(), shape.day_first.0.contains("%M"));
                reading.push(language.name);
                first.get_or_insert((read, zoned, timed));
            }
        }
        let Some((read, zoned, timed)) = first else {
            return false;
        };
        self.languages = Some(reading);
        self.ordered += 1;
        self.read(Some(read.clone()), Some(read), zoned, timed)
    }

    /// A real date of a spreadsheet.
    pub fn see_real(&mut self, at: jiff::civil::DateTime) {
        self.plain += 1;
        self.note(false, at.time() != jiff::civil::Time::midnight());
        let read = format!("{at}Z");
        stretch(&mut self.day_range, &read);
        stretch(&mut self.month_range, &read);
    }

    /// Epochs of this century's first half; other numbers of ten digits are ids.
    fn see_epoch(&mut self, text: &str, shapes: &Shapes) -> bool {
        let Ok(read) = shapes.iso.text(text) else {
            return false;
        };
        let is_ours = ("2005".."2041").contains(&read.get(..4).unwrap_or(""));
        if is_ours {
            self.epochs += 1;
            self.note(true, true);
            stretch(&mut self.day_range, &read);
            stretch(&mut self.month_range, &read);
        }
        is_ours
    }

    fn read(
        &mut self,
        day: Option<String>,
        month: Option<String>,
        zoned: bool,
        timed: bool,
    ) -> bool {
        let is_date = day.is_some() || month.is_some();
        if is_date {
            self.note(zoned, timed);
        }
        for (range, read) in [(&mut self.day_range, day), (&mut self.month_range, month)] {
            if let Some(read) = read {
                stretch(range, &read);
            }
        }
        is_date
    }

    fn note(&mut self, zoned: bool, timed: bool) {
        self.zoned += u64::from(zoned);
        self.timed += u64::from(timed);
    }

    fn shape(&mut self, day: String, month: Option<String>) -> Option<&Shape> {
        let known = self
            .shapes
            .iter()
            .position(|shape| shape.day_first.0 == day);
        let index = match known {
            Some(index) => index,
            None if self.shapes.len() == MOST_SHAPES => return None,
            None => {
                let reader = |format: String| {
                    let reader = DateReader::new(std::slice::from_ref(&format), None);
                    (format, reader)
                };
                self.shapes.push(Shape {
                    day_first: reader(day),
                    month_first: month.map(reader),
                });
                self.shapes.len() - 1
            }
        };
        self.shapes.get(index)
    }

    /// How many values were epochs.
    pub fn epochs(&self) -> u64 {
        self.epochs
    }

    /// What the column proves.
    pub fn finish(self) -> Dates {
        let order = if self.either == 0 {
            Order::Plain
        } else if self.day == self.either && self.month == self.either {
            Order::Unproved
        } else if self.day == self.either {
            Order::DayFirst
        } else if self.month == self.either {
            Order::MonthFirst
        } else {
            Order::Mixed
        };
        let day: Vec<String> = self
            .shapes
            .iter()
            .map(|shape| shape.day_first.0.clone())
            .collect();
        let month: Vec<String> = self
            .shapes
            .iter()
            .map(|shape| {
                shape
                    .month_first
                    .as_ref()
                    .unwrap_or(&shape.day_first)
                    .0
                    .clone()
            })
            .collect();
        let languages = self.languages.unwrap_or_default();
        let written = |formats: Vec<String>| match languages[..] {
            [] => formats,
            _ => shortened(&formats),
        };
        let (day, month) = (written(day), written(month));
        let (formats, month_first) = match order {
            Order::Plain | Order::DayFirst => (day, Vec::new()),
            Order::MonthFirst => (month, Vec::new()),
            Order::Unproved | Order::Mixed => (day, month),
        };
        Dates {
            range: match order {
                Order::MonthFirst => self.month_range,
                Order::Unproved | Order::Mixed => None,
                Order::Plain | Order::DayFirst => self.day_range,
            },
            order,
            formats,
            month_first,
            languages,
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
            .any(|zone| self.day_first.0.contains(zone))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> Dates {
        let shapes = Shapes::new().unwrap();
        let mut tally = DateTally::default();
        for value in values {
            assert!(tally.see(value, &shapes), "{value}");
        }
        tally.finish()
    }

    #[test]
    fn the_whole_column_proves_the_order() {
        let table: [(&[&str], Order, &[&str]); 12] = [
            (
                &["03/04/2026", "31/12/2026"],
                Order::DayFirst,
                &["%d/%m/%Y"],
            ),
            (
                &["3/4/26 7:05", "12/31/26 19:05"],
                Order::MonthFirst,
                &["%m/%d/%y %H:%M"],
            ),
            (
                &["03/04/2026", "04/03/2026"],
                Order::Unproved,
                &["%d/%m/%Y"],
            ),
            (&["31/12/2026", "12/31/2026"], Order::Mixed, &["%d/%m/%Y"]),
            (
                &["03.04.2026, 10:15 Z", "13.04.2026, 10:15 Z"],
                Order::DayFirst,
                &["%d.%m.%Y, %H:%M %Z"],
            ),
            (
                &["2026-11-02", "2026-11-02T10:15:00+01:00"],
                Order::Plain,
                &[],
            ),
            (
                &["2026/09/27 3:00:00 PM GMT+3"],
                Order::Plain,
                &["%Y/%m/%d %I:%M:%S %p %Z"],
            ),
            (&["2 Nov 2026", "13 Nov 2026"], Order::Plain, &["%d %b %Y"]),
            (
                &["Nov 2, 2026 10:15 AM"],
                Order::Plain,
                &["%b %d, %Y %I:%M %p"],
            ),
            (&["November 2, 2026"], Order::Plain, &["%B %d, %Y"]),
            (
                &["Mon, 02 Nov 2026 10:15:00 +0100"],
                Order::Plain,
                &["%a, %d %b %Y %H:%M:%S %z"],
            ),
            (
                &["13/04/2026", "03/04/2026 10:15"],
                Order::DayFirst,
                &["%d/%m/%Y", "%d/%m/%Y %H:%M"],
            ),
        ];
        for (values, order, formats) in table {
            let dates = column(values);
            assert_eq!(
                (dates.order, dates.formats),
                (order, formats.iter().map(ToString::to_string).collect()),
                "{values:?}"
            );
        }
    }

    #[test]
    fn names_of_months_are_proved_in_other_languages() {
        let table: [(&[&str], &[&str], &[&str]); 6] = [
            (
                &["3. März 2024", "14. April 2024", "1. Dez. 2024"],
                &["German"],
                &["%d. %b %Y"],
            ),
            (
                &["03 févr. 2024 10:15", "1er mai 2024 09:00"],
                &["French"],
                &["%d %b %Y %H:%M"],
            ),
            (
                &["12 de marzo de 2024", "1 de enero de 2024"],
                &["Spanish"],
                &["%d de %b de %Y"],
            ),
            (
                &["3 giugno 2024", "4 mar 2024"],
                &["Italian"],
                &["%d %b %Y"],
            ),
            (
                &["3 Mai 2024"],
                &["German", "French", "Portuguese"],
                &["%d %b %Y"],
            ),
            (
                &["3 May 2024", "4 June 2024"],
                &[],
                &["%d %b %Y", "%d %B %Y"],
            ),
        ];
        for (values, languages, formats) in table {
            let dates = column(values);
            assert_eq!(dates.order, Order::Plain, "{values:?}");
            assert_eq!(dates.languages, languages, "{values:?}");
            assert_eq!(dates.formats, formats, "{values:?}");
        }
    }

    #[test]
    fn months_of_two_languages_are_not_read_together() {
        let shapes = Shapes::new().unwrap();
        let mut tally = DateTally::default();
        assert!(tally.see("3. März 2024", &shapes));
        assert!(!tally.see("3 giugno 2024", &shapes));
        assert!(!tally.see("32. März 2024", &shapes));
    }

    #[test]
    fn zones_times_and_the_range_are_noted() {
        let dates = column(&["2026-11-02T10:15:00Z", "2026-11-01", "2026-11-03 10:15:00"]);
        assert_eq!((dates.zoned, dates.timed), (1, 2));
        let range = dates.range.unwrap();
        assert_eq!(
            range,
            (
                "2026-11-01T00:00:00Z".to_owned(),
                "2026-11-03T10:15:00Z".to_owned()
            )
        );
        assert!(column(&["1762078500", "1762078500000"]).epoch);
    }

    #[test]
    fn what_is_no_date_is_not_counted() {
        let shapes = Shapes::new().unwrap();
        let mut tally = DateTally::default();
        for other in [
            "",
            "31/02/2026x",
            "31.02.2026",
            "3190851410",
            "12",
            "1.2.3",
            "10.0.0.1",
            "May be 3, 2026",
            "+49 30 123456",
        ] {
            assert!(!tally.see(other, &shapes), "{other}");
        }
    }

    #[test]
    fn no_text_makes_a_panic() {
        let shapes = Shapes::new().unwrap();
        let mut runner = proptest::test_runner::TestRunner::default();
        let texts = proptest::prelude::any::<String>();
        let seen = runner.run(&texts, |text| {
            DateTally::default().see(&text, &shapes);
            Ok(())
        });
        seen.unwrap();
    }
}
