//! Which date formats a whole column proves. A value is read by the mapping's own reader, so that what is proved here
//! is read there.

use serde::Serialize;

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
            return false;
        };
        let Some(shape) = self.shape(day, month) else {
            return false;
        };
        let day = shape.day_first.1.text(text).ok();
        let (zoned, timed) = (shape.has_zone(), shape.day_first.0.contains("%M"));
        let Some((_, reader)) = &shape.month_first else {
            self.ordered += u64::from(day.is_some());
            return self.read(day.clone(), day, zoned, timed);
        };
        let month = reader.text(text).ok();
        self.day += u64::from(day.is_some());
        self.month += u64::from(month.is_some());
        self.either += u64::from(day.is_some() || month.is_some());
        self.read(day, month, zoned, timed)
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
