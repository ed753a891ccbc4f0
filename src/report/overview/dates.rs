//! When the responses were given.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::attribute::Span;
use crate::mapping::fixed;

/// 2000-01-01T00:00:00Z, in seconds since 1970: nobody exports feedback that is older.
const YEAR_2000: i64 = 946_684_800;
/// Clocks and zones may be off by so much before a date is called one to come.
const TOLERANCE: SignedDuration = SignedDuration::from_hours(24);

/// So many offsets are told apart: a zone has two.
const OFFSETS: usize = 4;

/// The first and the last date of each offset among those that are not odd. Written alike they sort as texts do, and one
/// between the two need not be read: it tells nothing new.
#[derive(Debug, Default)]
struct Plain(Vec<(String, String)>);

impl Plain {
    fn holds(&self, date: &str) -> bool {
        let Some(offset) = plain_offset(date) else {
            return false;
        };
        self.0.iter().any(|(first, last)| {
            plain_offset(first) == Some(offset) && first.as_str() <= date && date <= last.as_str()
        })
    }

    /// Takes in a date that was read, and is not odd.
    fn widen(&mut self, date: &str) {
        let Some(offset) = plain_offset(date).filter(|_| of_fixed_width(date).is_some()) else {
            return;
        };
        let same = |(first, _): &(String, String)| plain_offset(first) == Some(offset);
        match self.0.iter().position(same) {
            Some(index) => {
                let (first, last) = &mut self.0[index];
                if date < first.as_str() {
                    date.clone_into(first);
                } else if date > last.as_str() {
                    date.clone_into(last);
                }
            }
            None if self.0.len() < OFFSETS => self.0.push((date.to_owned(), date.to_owned())),
            None => {}
        }
    }
}

/// What stands behind `2026-11-02T10:15:00`, of a date that has its signs in these places.
fn plain_offset(date: &str) -> Option<&[u8]> {
    let (local, offset) = date
        .as_bytes()
        .split_at_checked("2026-11-02T10:15:00".len())?;
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    (signs.iter().all(|(place, sign)| local[*place] == *sign)).then_some(offset)
}

/// An instant as RFC 3339 has it. The mapping writes all of them with the same width: those are read digit by digit.
pub fn instant(date: &str) -> Option<Timestamp> {
    of_fixed_width(date).or_else(|| date.parse().ok())
}

/// `2026-11-02T10:15:00Z`, `2026-11-02T10:15:00+01:00`.
fn of_fixed_width(date: &str) -> Option<Timestamp> {
    let (local, offset) = date.split_at_checked("2026-11-02T10:15:00".len())?;
    let (local, _) = fixed::iso(local)?;
    let offset = match offset.as_bytes() {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let number = |tens: &u8, ones: &u8| fixed::pair([*tens, *ones]).map(i64::from);
            let (hours, minutes) = (number(h1, h2)?, number(m1, m2)?);
            // What is no offset anywhere is left to the general parser.
            if hours > 14 || minutes > 59 {
                return None;
            }
            let seconds = 3600 * hours + 60 * minutes;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let at = Offset::UTC.to_timestamp(local).ok()?;
    Timestamp::from_second(at.as_second() - offset).ok()
}

/// How many are odd, and the first of them.
#[derive(Clone, Debug, Default)]
pub struct Odd {
    /// How many.
    pub count: u64,
    first: String,
}

impl Odd {
    fn note(&mut self, file: &str, row: u64, date: &str) {
        self.count += 1;
        if self.count == 1 {
            self.first = format!("{date} in {file}, row {row}");
        }
    }
}

/// The dates of all responses.
#[derive(Debug)]
pub struct Dates {
    now: Timestamp,
    /// Responses with a date, and without.
    pub count: u64,
    /// Likewise.
    pub missing: u64,
    span: Option<Span<Timestamp, String>>,
    plain: Plain,
    /// Before the year 2000.
    pub old: Odd,
    /// More than a day ahead.
    pub future: Odd,
}

impl Odd {
    fn absorb(&mut self, later: Self) {
        if self.count == 0 {
            self.first = later.first;
        }
        self.count += later.count;
    }
}

impl Dates {
    /// None yet, judged by the same now.
    pub fn another(&self) -> Self {
        Self::new(self.now)
    }

    /// Takes in what came after.
    pub fn absorb(&mut self, later: Self) {
        self.count += later.count;
        self.missing += later.missing;
        Span::absorb(&mut self.span, later.span);
        self.old.absorb(later.old);
        self.future.absorb(later.future);
    }

    /// None yet.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            count: 0,
            missing: 0,
            span: None,
            plain: Plain::default(),
            old: Odd::default(),
            future: Odd::default(),
        }
    }

    /// Looks at the date of a row's response.
    pub fn see(&mut self, date: Option<&str>, file: &str, row: u64) {
        let Some(date) = date else {
            self.missing += 1;
            return;
        };
        self.count += 1;
        if self.plain.holds(date) {
            return;
        }
        let Some(at) = instant(date) else {
            return;
        };
        Span::widen(&mut self.span, at, || date.to_owned());
        if at.as_second() < YEAR_2000 {
            self.old.note(file, row, date);
        } else if at.duration_since(self.now) > TOLERANCE {
            self.future.note(file, row, date);
        } else {
            self.plain.widen(date);
        }
    }

    /// First and last.
    pub fn span(&self) -> Option<(&str, &str)> {
        let (from, to) = self.span.as_ref()?.ends();
        Some((from, to))
    }

    /// What does not look like dates of feedback.
    pub fn doubts(&self) -> Vec<String> {
        let told = |odd: &Odd, is: &str, are: &str, remedy: &str| {
            (odd.count > 0).then(|| {
                let date = match odd.count {
                    1 => format!("1 date {is}"),
                    many => format!("{many} dates {are}"),
                };
                format!("{date} (the first: {}): {remedy}", odd.first)
            })
        };
        let old = told(
            &self.old,
            "lies before the year 2000",
            "lie before the year 2000",
            "is the format right, and is it the date of the feedback?",
        );
        let future = told(
            &self.future,
            "lies in the future",
            "lie in the future",
            "are day and month the right way round, and is it the date of the feedback?",
        );
        old.into_iter().chain(future).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn other_widths_are_left_to_the_general_parser() {
        for date in [
            "2026-11-02T10:15:00.5Z",
            "2026-11-02T10:15Z",
            "2026-11-02T10:15:00+25:00",
        ] {
            assert_eq!(of_fixed_width(date), None, "{date}");
            assert_eq!(instant(date), date.parse().ok(), "{date}");
        }
        assert!(of_fixed_width("2026-11-02T10:15:00Z").is_some());
    }

    proptest! {
        #[test]
        fn what_is_read_is_read_the_same_by_jiff(
            second in -2_000_000_000i64..7_000_000_000,
            minutes in prop::sample::select(vec![0, 60, -90, 345, 840]),
        ) {
            let offset = Offset::from_seconds(60 * minutes).unwrap();
            let at = Timestamp::from_second(second).unwrap();
            let text = at.display_with_offset(offset).to_string();
            prop_assert_eq!(of_fixed_width(&text), Some(at), "{}", text);
        }

        #[test]
        fn dates_are_counted_as_if_each_was_read(
            dates in prop::collection::vec(("20(26|99)-11-0[1-4]", "[T ]", "0[0-3]:15:00", "(Z|[+]02:00|-03:00|x)"), 0..40),
        ) {
            let now: Timestamp = "2026-11-03T00:00:00Z".parse().unwrap();
            let dates: Vec<String> = dates
                .iter()
                .map(|(day, sign, time, offset)| format!("{day}{sign}{time}{offset}"))
                .collect();
            let mut seen = Dates::new(now);
            let mut read = Dates::new(now);
            for (row, date) in (2..).zip(&dates) {
                seen.see(Some(date), "a.csv", row);
                read.plain = Plain::default();
                read.see(Some(date), "a.csv", row);
            }
            prop_assert_eq!(seen.span(), read.span());
            prop_assert_eq!(seen.doubts(), read.doubts());
            prop_assert_eq!(seen.count, read.count);
        }

        #[test]
        fn no_text_makes_a_panic(text: String, digits in "[0-9:TZ+-]{0,26}") {
            for date in [&text, &digits] {
                prop_assert_eq!(instant(date), date.parse().ok());
            }
        }
    }
}
