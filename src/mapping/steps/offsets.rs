//! Offsets of a time zone by the day: a zone changes its offset twice a year, and is asked about it for every row.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// The years looked at. Others are left to the zone itself.
const FIRST: Date = Date::constant(1995, 1, 1);
const LAST: Date = Date::constant(2050, 1, 1);
/// So many days beside a change are left to the zone itself: changes are by a day at most.
const MARGIN: i64 = 2;

/// Days of one offset each, in ascending order.
#[derive(Debug)]
pub struct Offsets {
    spans: Vec<Span>,
    /// The number of the span asked for last: the next date is likely to lie there too.
    last: AtomicUsize,
}

#[derive(Debug)]
struct Span {
    first: Date,
    last: Date,
    offset: Offset,
}

impl Offsets {
    /// Of a zone.
    pub fn new(zone: &TimeZone) -> Self {
        Self {
            spans: spans(zone).unwrap_or_default(),
            last: AtomicUsize::new(0),
        }
    }

    /// The offset of a local time, where it is the same all that day; `None`: ask the zone.
    pub fn of(&self, at: DateTime) -> Option<Offset> {
        let date = at.date();
        let last = self.spans.get(self.last.load(Ordering::Relaxed))?;
        if last.first <= date && date <= last.last {
            return Some(last.offset);
        }
        let after = self.spans.partition_point(|span| span.first <= date);
        let number = after.checked_sub(1)?;
        let span = self.spans.get(number)?;
        if date > span.last {
            return None;
        }
        self.last.store(number, Ordering::Relaxed);
        Some(span.offset)
    }
}

fn spans(zone: &TimeZone) -> Result<Vec<Span>, jiff::Error> {
    let midnight = |day: Date| {
        day.to_zoned_datetime(zone.clone())
            .map(|zoned| zoned.timestamp())
    };
    let (begin, end) = (midnight(FIRST)?, midnight(LAST)?);
    let mut spans = Vec::new();
    let mut add = |from: Timestamp, to: Timestamp, offset: Offset| {
        let first = offset.to_datetime(from).date().checked_add(MARGIN.days())?;
        let last = offset.to_datetime(to).date().checked_sub(MARGIN.days())?;
        if first <= last {
            spans.push(Span {
                first,
                last,
                offset,
            });
        }
        Ok::<(), jiff::Error>(())
    };
    let (mut from, mut offset) = (begin, zone.to_offset(begin));
    for change in zone.following(begin) {
        let to = change.timestamp();
        if to >= end {
            break;
        }
        add(from, to, offset)?;
        (from, offset) = (to, change.offset());
    }
    add(from, end, offset)?;
    Ok(spans)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn most_days_are_known() {
        for (zone, least) in [
            ("Europe/London", 19_000),
            ("America/New_York", 19_000),
            ("Africa/Casablanca", 18_500),
            ("UTC", 20_000),
        ] {
            let offsets = Offsets::new(&TimeZone::get(zone).unwrap());
            let days = FIRST.series(1.day()).take_while(|day| *day < LAST);
            let known = days.filter(|day| offsets.of(day.at(12, 0, 0, 0)).is_some());
            let known = known.count();
            assert!(known > least, "{zone}: {known}");
        }
    }

    proptest! {
        #[test]
        fn offsets_are_those_of_the_zone(
            zone in prop::sample::select(vec![
                "Europe/London", "America/New_York", "Africa/Casablanca", "Pacific/Apia", "Australia/Lord_Howe",
                "America/Sao_Paulo", "Asia/Gaza", "Asia/Kolkata", "Antarctica/Troll", "Europe/Dublin", "Asia/Pyongyang",
            ]),
            days in 0..21_000i64,
            minutes in 0..1_440i64,
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let at = FIRST.at(0, 0, 0, 0) + (days - 300).days() + minutes.minutes();
            if let Some(offset) = Offsets::new(&zone).of(at) {
                let asked = zone.to_ambiguous_zoned_datetime(at);
                prop_assert!(!asked.is_ambiguous(), "{}", at);
                prop_assert_eq!(asked.compatible().unwrap().offset(), offset);
            }
        }
    }
}
