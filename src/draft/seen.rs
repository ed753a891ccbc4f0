//! The numbers of a column, and the scale that they are on.

use super::scale::Scale;

/// How many of so many values may be slips of the keyboard: in a short file one.
pub fn few(total: u64) -> u64 {
    (total / 50).max(u64::from(total >= 15))
}

/// The numbers of a column.
pub struct Seen {
    /// They, ascending, with how often each is there.
    pub numbers: Vec<(f64, u64)>,
    /// The least of them.
    pub least: f64,
    /// The greatest of them, but for slips.
    pub greatest: f64,
    /// How many there are.
    pub total: u64,
    /// How many may be slips of the keyboard.
    pub few: u64,
    /// How many are on no scale up to 10: none, if they are more than slips.
    wild: u64,
}

impl Seen {
    /// Numbers, ascending, with how often each is there.
    pub fn new(numbers: Vec<(f64, u64)>) -> Self {
        let total: u64 = numbers.iter().map(|(_, count)| count).sum();
        let mut seen = Self {
            least: numbers.first().map_or(0.0, |(number, _)| *number),
            greatest: numbers.last().map_or(0.0, |(number, _)| *number),
            total,
            few: few(total),
            wild: 0,
            numbers,
        };
        // A few slips do not make another scale.
        let wild = total - seen.within(0.0, 10.0);
        if (1..=seen.few).contains(&wild) {
            seen.wild = wild;
            seen.greatest = seen.greatest.min(10.0);
        }
        seen
    }

    /// How many are from the one to the other.
    pub fn within(&self, min: f64, max: f64) -> u64 {
        let numbers = self.numbers.iter();
        numbers
            .filter(|(number, _)| (min..=max).contains(number))
            .map(|(_, count)| count)
            .sum()
    }

    /// How many have a fraction.
    pub fn fractions(&self) -> u64 {
        let numbers = self.numbers.iter();
        numbers
            .filter(|(number, _)| number.fract() != 0.0)
            .map(|(_, count)| count)
            .sum()
    }

    /// Whether they are from 0 to 1: yes and no, or parts of a whole.
    pub fn is_yes_or_no(&self) -> bool {
        self.least >= 0.0 && self.greatest <= 1.0
    }

    /// Whether nearly all that are no slips are.
    pub fn fits(&self, min: f64, max: f64) -> bool {
        // Those far from the others are slips, unless the scale goes that far.
        let others = self.total - self.within(min, max);
        others.saturating_sub(self.wild) <= (self.total - self.wild) / 25
    }

    /// The scale they are on by their range, and what is measured by it.
    pub fn usual(&self, recommend: bool, rating: bool) -> Option<(&'static str, Scale)> {
        let fits = |min, max| self.fits(min, max);
        let (kind, min, max) = if recommend
            && fits(0.0, 10.0)
            && (self.greatest > 5.0 || !rating || self.total < 20)
        {
            ("nps", 0, 10)
        } else if fits(1.0, 5.0) {
            ("csat", 1, 5)
        } else if fits(0.0, 5.0) {
            ("csat", 0, 5)
        } else if self.greatest <= 6.0 && fits(1.0, 6.0) {
            ("csat", 1, 6)
        } else if fits(1.0, 7.0) && !(fits(0.0, 10.0) && self.least < 1.0) {
            ("csat", 1, 7)
        } else if fits(1.0, 10.0) {
            ("csat", 1, 10)
        } else if fits(0.0, 10.0) {
            (if rating { "csat" } else { "nps" }, 0, 10)
        } else if fits(0.0, 100.0) {
            ("csat", 0, 100)
        } else {
            return None;
        };
        Some((kind, Scale::new(min, max)))
    }
}
