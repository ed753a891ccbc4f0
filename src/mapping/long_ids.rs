//! Ids of which a spreadsheet kept the first fifteen digits and wrote zeros for the others.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// So many digits of a number a spreadsheet keeps. Source: Excel specifications and limits, "number precision".
const KEPT: usize = 15;

/// Fewer ids may end in zeros by chance,
const SEVERAL: u64 = 3;
/// and so may ids with fewer zeros beyond the fifteenth digit, all of them together.
const ZEROS: u64 = 6;

/// The long ids of a column, as far as they are all cut.
#[derive(Debug, Default)]
pub struct LongIds {
    /// One was not: the others end as they should.
    has_whole: AtomicBool,
    /// One has a digit in the last place kept: those that are made of milliseconds end in zeros long before it.
    is_full: AtomicBool,
    ids: AtomicU64,
    zeros: AtomicU64,
}

impl LongIds {
    /// Looks at an id.
    #[inline]
    pub fn see(&self, text: &str) {
        if text.len() > KEPT && !self.has_whole.load(Ordering::Relaxed) {
            self.see_long(text.as_bytes());
        }
    }

    fn see_long(&self, id: &[u8]) {
        if !id.iter().all(u8::is_ascii_digit) {
            return;
        }
        let (kept, rest) = id.split_at(KEPT);
        // A number has no zeros before it: who writes those keeps the others too.
        if kept[0] == b'0' || rest.iter().any(|digit| *digit != b'0') {
            self.has_whole.store(true, Ordering::Relaxed);
            return;
        }
        if kept[KEPT - 1] != b'0' {
            self.is_full.store(true, Ordering::Relaxed);
        }
        self.ids.fetch_add(1, Ordering::Relaxed);
        self.zeros.fetch_add(rest.len() as u64, Ordering::Relaxed);
    }

    /// How many were cut; none where one was not, or where they may end so by chance.
    pub fn cut(&self) -> u64 {
        let ids = self.ids.load(Ordering::Relaxed);
        let is_cut = !self.has_whole.load(Ordering::Relaxed)
            && self.is_full.load(Ordering::Relaxed)
            && ids >= SEVERAL
            && self.zeros.load(Ordering::Relaxed) >= ZEROS;
        if is_cut { ids } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(ids: &[&str]) -> u64 {
        let long = LongIds::default();
        for id in ids {
            long.see(id);
        }
        long.cut()
    }

    #[test]
    fn zeros_that_all_long_ids_end_in_are_a_spreadsheets() {
        let cut_ids = [
            "1234567890123450000",
            "1234567890123460000",
            "987654321012345000",
        ];
        assert_eq!(cut(&cut_ids), 3);
        // Short ones lost nothing, and say nothing.
        assert_eq!(cut(&[&cut_ids[..], &["17", "t-1"]].concat()), 3);
    }

    #[test]
    fn what_may_be_so_by_itself_is_left_alone() {
        for ids in [
            // One that was kept whole.
            &[
                "1234567890123450000",
                "1234567890123460000",
                "1234567890123470000",
                "1234567890123456789",
            ][..],
            &["1234567890123450000", "1234567890123460000"],
            &["1234567890123450", "2234567890123450", "3234567890123450"],
            // Microseconds of clocks that count milliseconds.
            &[
                "1764400000123000000",
                "1764400000124000000",
                "1764400000125000000",
            ],
            &[
                "0034567890123450000",
                "0034567890123460000",
                "0034567890123470000",
            ],
            &[
                "a234567890123450000",
                "b234567890123460000",
                "c234567890123470000",
            ],
        ] {
            assert_eq!(cut(ids), 0, "{ids:?}");
        }
    }
}
