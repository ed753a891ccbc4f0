//! Dates of fixed width, read digit by digit: what most exports write, at a fraction of a general parser's cost.

use jiff::civil::{Date, DateTime, Time};

/// A format of two- and four-digit numbers with other characters between them.
#[derive(Debug)]
pub struct Fixed {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Literal(u8),
}

impl Fixed {
    /// A strptime format; `None` where it holds anything but whole dates, with or without hour and minute, in digits.
    pub fn new(format: &str) -> Option<Self> {
        let format = format
            .replace("%F", "%Y-%m-%d")
            .replace("%T", "%H:%M:%S")
            .replace("%R", "%H:%M");
        let mut parts = Vec::new();
        let mut bytes = format.bytes();
        while let Some(byte) = bytes.next() {
            parts.push(match byte {
                b'%' => match bytes.next()? {
                    b'Y' => Part::Year,
                    b'm' => Part::Month,
                    b'd' => Part::Day,
                    b'H' => Part::Hour,
                    b'M' => Part::Minute,
                    b'S' => Part::Second,
                    _ => return None,
                },
                b' ' | b'!'..=b'~' if !byte.is_ascii_digit() => Part::Literal(byte),
                _ => return None,
            });
        }
        let times = |part: Part| parts.iter().filter(|one| **one == part).count();
        let date = [Part::Year, Part::Month, Part::Day];
        let (hours, minutes, seconds) =
            (times(Part::Hour), times(Part::Minute), times(Part::Second));
        let is_whole = date.into_iter().all(|part| times(part) == 1)
            && hours <= 1
            && hours == minutes
            && seconds <= hours;
        is_whole.then_some(Self { parts })
    }

    /// Reads a text that has every digit; `None` for any other, be it a date or not.
    pub fn read(&self, text: &str) -> Option<DateTime> {
        let mut left = Digits(text.as_bytes());
        let (mut year, mut month, mut day) = (0, 0, 0);
        let (mut hour, mut minute, mut second) = (0, 0, 0);
        for part in &self.parts {
            match part {
                Part::Year => year = left.four()?,
                Part::Month => month = left.two()?,
                Part::Day => day = left.two()?,
                Part::Hour => hour = left.two()?,
                Part::Minute => minute = left.two()?,
                Part::Second => second = left.two()?,
                Part::Literal(byte) => left.literal(*byte)?,
            }
        }
        if !left.0.is_empty() {
            return None;
        }
        let time = Time::new(hour, minute, second, 0).ok()?;
        Some(Date::new(year, month, day).ok()?.to_datetime(time))
    }
}

/// `2026-11-02`, `2026-11-02 10:15`, `2026-11-02T10:15:00`, and whether a `Z` follows the seconds.
pub fn iso(text: &str) -> Option<(DateTime, bool)> {
    let (date, rest) = text.as_bytes().split_first_chunk::<10>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else {
        return None;
    };
    let year = 100 * i16::from(pair([y1, y2])?) + i16::from(pair([y3, y4])?);
    let date = Date::new(year, pair([m1, m2])?, pair([d1, d2])?).ok()?;
    let (rest, is_utc) = match rest {
        [of @ .., b'Z'] if of.len() == 9 => (of, true),
        _ => (rest, false),
    };
    let (hour, minute, second) = match *rest {
        [] => return Some((date.to_datetime(Time::midnight()), false)),
        [b'T' | b' ', h1, h2, b':', m1, m2] => ([h1, h2], [m1, m2], [b'0', b'0']),
        [b'T' | b' ', h1, h2, b':', m1, m2, b':', s1, s2] => ([h1, h2], [m1, m2], [s1, s2]),
        _ => return None,
    };
    let time = Time::new(pair(hour)?, pair(minute)?, pair(second)?, 0).ok()?;
    Some((date.to_datetime(time), is_utc))
}

/// What is left of a text.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    #[inline]
    fn literal(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        (*first == byte).then(|| self.0 = rest)
    }

    #[inline]
    fn two(&mut self) -> Option<i8> {
        let (digits, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        pair(*digits)
    }

    #[inline]
    fn four(&mut self) -> Option<i16> {
        let high = i16::from(self.two()?);
        Some(100 * high + i16::from(self.two()?))
    }
}

/// A number of two digits.
#[inline]
pub fn pair(digits: [u8; 2]) -> Option<i8> {
    let [tens, ones] = digits.map(|digit| digit.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| (10 * tens + ones).cast_signed())
}

#[cfg(test)]
mod tests {
    use jiff::fmt::strtime::BrokenDownTime;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formats_of_digits_are_fixed() {
        let table = [
            ("%d/%m/%Y %H:%M", true),
            ("%Y%m%d", true),
            ("%F %T", true),
            ("%d.%m.%Y, %R", true),
            ("%d/%m/%y", false),
            ("%d/%m/%Y %I:%M %p", false),
            ("%d %b %Y", false),
            ("%-d/%m/%Y", false),
            ("%m/%Y", false),
            ("%d/%m/%Y %H", false),
            ("%d/%m/%Y %M", false),
            ("%d/%m/%Y %d", false),
            ("%d/%m/%Y 1", false),
            ("%d/%m/%Y %", false),
        ];
        for (format, expected) in table {
            assert_eq!(Fixed::new(format).is_some(), expected, "{format}");
        }
    }

    #[test]
    fn iso_dates_are_read_to_the_second() {
        let at = |text: &str| iso(text).map(|(at, is_utc)| (at.to_string(), is_utc));
        let some = |text: &str, is_utc| Some((text.to_owned(), is_utc));
        assert_eq!(at("2026-11-02"), some("2026-11-02T00:00:00", false));
        assert_eq!(at("2026-11-02 10:15"), some("2026-11-02T10:15:00", false));
        assert_eq!(
            at("2026-11-02T10:15:07"),
            some("2026-11-02T10:15:07", false)
        );
        assert_eq!(
            at("2026-11-02T10:15:07Z"),
            some("2026-11-02T10:15:07Z".trim_end_matches('Z'), true)
        );
        for other in [
            "2026-11-2",
            "2026-11-02T",
            "2026-11-02 10",
            "2026-11-02T10:15:07.5",
            "2026-11-02T10:15:07+01:00",
            "2026-02-30",
            "2026-11-02T24:00",
            "2026-11-02T10:15:60",
            "x",
        ] {
            assert_eq!(at(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_read_the_same_by_strptime(
            format in prop::sample::select(vec!["%d/%m/%Y %H:%M", "%Y%m%d", "%m-%d-%Y %H:%M:%S", "%Y.%m.%dT%H%M", "%d.%m.%Y, %H:%M"]),
            (year, month, day) in (1800..2300i16, 0..14u8, 0..33u8),
            (hour, minute, second) in (0..26u8, 0..62u8, 0..62u8),
        ) {
            let text = format
                .replace("%Y", &format!("{year:04}"))
                .replace("%m", &format!("{month:02}"))
                .replace("%d", &format!("{day:02}"))
                .replace("%H", &format!("{hour:02}"))
                .replace("%M", &format!("{minute:02}"))
                .replace("%S", &format!("{second:02}"));
            let general = BrokenDownTime::parse(format, &text).ok().and_then(|read| {
                let time = if format.contains("%H") { read.to_time().ok()? } else { Time::midnight() };
                Some(read.to_date().ok()?.to_datetime(time))
            });
            let read = Fixed::new(format).unwrap().read(&text);
            // A leap second is left to the general parser.
            if second < 60 || !format.contains("%S") {
                prop_assert_eq!(read, general, "{}", text);
            } else {
                prop_assert_eq!(read, None);
            }
        }

        #[test]
        fn no_text_makes_a_panic(text: String, digits in "[0-9/: TZ-]{0,22}") {
            let fixed = Fixed::new("%Y-%m-%d %H:%M").unwrap();
            fixed.read(&text);
            fixed.read(&digits);
            iso(&text);
            iso(&digits);
        }
    }
}
