//! Day and month that a spreadsheet has swapped.
//!
//! A spreadsheet that reads the month first takes `03/04/2026`, which an export wrote on the 3rd of April, for the 4th of
//! March, and leaves `25/04/2026` a text. What it saves can be known by that: no real date has a day after the 12th, no
//! text one before.

use std::sync::atomic::{AtomicU8, Ordering};

/// So many of a kind tell enough.
const ENOUGH: u8 = 3;
/// Fewer may be chance.
const TELLING: u8 = 2;

/// Which dates have come, of the kinds that tell.
#[derive(Debug, Default)]
pub struct Swapped {
    real_early: AtomicU8,
    real_late: AtomicU8,
    text_early: AtomicU8,
    text_late: AtomicU8,
}

impl Swapped {
    /// A real date of a spreadsheet.
    pub fn see_real(&self, day: i8) {
        note(if is_early(day) {
            &self.real_early
        } else {
            &self.real_late
        });
    }

    /// A text in which day and month are numbers, read by a format.
    pub fn see_text(&self, day: i8) {
        note(if is_early(day) {
            &self.text_early
        } else {
            &self.text_late
        });
    }

    /// Whether the real dates seem to have day and month swapped.
    pub fn is_likely(&self) -> bool {
        let of = |kind: &AtomicU8| kind.load(Ordering::Relaxed);
        of(&self.real_early) >= TELLING
            && of(&self.text_late) >= TELLING
            && of(&self.real_late) == 0
            && of(&self.text_early) == 0
    }
}

/// Whether the day could be a month.
pub fn is_early(day: i8) -> bool {
    day <= 12
}

/// Written to a few times only: threads share it.
fn note(kind: &AtomicU8) {
    if kind.load(Ordering::Relaxed) < ENOUGH {
        kind.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether a format's day and month are numbers that a spreadsheet may take one for the other.
pub fn is_open(format: &str) -> bool {
    let place = |directives: &[&str]| directives.iter().filter_map(|one| format.find(one)).min();
    let year = place(&["%Y", "%y"]);
    let (day, month) = (place(&["%d", "%e", "%-d"]), place(&["%m", "%-m"]));
    matches!((day, month, year), (Some(day), Some(month), Some(year)) if year > day && year > month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_before_a_year_can_be_swapped() {
        for (format, open) in [
            ("%d/%m/%Y", true),
            ("%m/%d/%y %H:%M", true),
            ("%-d.%-m.%Y", true),
            ("%Y/%m/%d", false),
            ("%d %b %Y", false),
            ("%B %d, %Y", false),
        ] {
            assert_eq!(is_open(format), open, "{format}");
        }
    }

    #[test]
    fn real_dates_are_suspected_where_each_kind_has_its_own_days() {
        let likely = |real: &[i8], text: &[i8]| {
            let swapped = Swapped::default();
            for day in real {
                swapped.see_real(*day);
            }
            for day in text {
                swapped.see_text(*day);
            }
            swapped.is_likely()
        };
        assert!(likely(&[1, 3, 12], &[13, 31]));
        assert!(!likely(&[1, 3, 13], &[13, 31]));
        assert!(!likely(&[1, 3, 12], &[13, 31, 12]));
        assert!(!likely(&[1], &[13, 31]));
        assert!(!likely(&[1, 2, 3], &[31]));
        assert!(!likely(&[1, 2, 3], &[]));
        assert!(!likely(&[], &[31, 30]));
        assert!(likely(&[7; 300], &[31; 300]));
    }
}
