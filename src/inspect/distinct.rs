//! Counting different values in bounded memory: by 64-bit hashes, so that two values in some billions are taken for one.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Serialize, Serializer};

/// Up to here every column is counted exactly.
const EXACT: usize = 4096;
/// Columns that hardly repeat, which may be keys, are followed further.
const KEYS: usize = 1 << 20;

/// A number of different values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distinct {
    /// As many.
    Exactly(u64),
    /// More than so many.
    MoreThan(u64),
}

impl Distinct {
    /// The number known for certain.
    pub fn at_least(self) -> u64 {
        match self {
            Self::Exactly(number) | Self::MoreThan(number) => number,
        }
    }
}

impl std::fmt::Display for Distinct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(number) => write!(f, "{number}"),
            Self::MoreThan(number) => write!(f, "> {number}"),
        }
    }
}

/// `{"count": 4096, "exact": false}`
impl Serialize for Distinct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("Distinct", 2)?;
        out.serialize_field("count", &self.at_least())?;
        out.serialize_field("exact", &matches!(self, Self::Exactly(_)))?;
        out.end()
    }
}

/// Different values seen so far.
#[derive(Default)]
pub struct Counter {
    seen: HashSet<u64>,
    /// Values that were seen before.
    repeats: u64,
    /// Set once counting has stopped: later values may be new or not.
    stopped: bool,
}

impl Counter {
    /// Counts a value; `budget` is how many more hashes all columns together may hold beyond the exact ones.
    pub fn see(&mut self, value: &[u8], budget: &mut usize) {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        self.see_hash(hasher.finish(), budget);
    }

    /// Counts a value by its hash.
    pub fn see_hash(&mut self, hash: u64, budget: &mut usize) {
        if self.seen.contains(&hash) {
            self.repeats += 1;
        } else if self.stopped {
        } else if self.seen.len() < EXACT {
            self.seen.insert(hash);
        } else if self.seen.len() < KEYS && *budget > 0 && self.hardly_repeats() {
            *budget -= 1;
            self.seen.insert(hash);
        } else {
            self.stopped = true;
        }
    }

    fn hardly_repeats(&self) -> bool {
        self.repeats * 100 <= self.seen.len() as u64
    }

    /// How many different values there were.
    pub fn distinct(&self) -> Distinct {
        let number = self.seen.len() as u64;
        if self.stopped {
            Distinct::MoreThan(number)
        } else {
            Distinct::Exactly(number)
        }
    }

    /// How many values repeated an earlier one, as far as was followed.
    pub fn repeats(&self) -> u64 {
        self.repeats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(values: impl Iterator<Item = u32>, mut budget: usize) -> (Distinct, u64) {
        let mut counter = Counter::default();
        for value in values {
            counter.see(&value.to_le_bytes(), &mut budget);
        }
        (counter.distinct(), counter.repeats())
    }

    #[test]
    fn keys_are_followed_further_than_others() {
        assert_eq!(count(0..10_000, 1 << 20), (Distinct::Exactly(10_000), 0));
        assert_eq!(
            count((0..10_000).chain(5..7), 1 << 20),
            (Distinct::Exactly(10_000), 2)
        );
        assert_eq!(
            count((0..10_000).map(|n| n / 2), 1 << 20).0,
            Distinct::MoreThan(4096)
        );
        assert_eq!(count(0..10_000, 100).0, Distinct::MoreThan(4196));
        assert_eq!(
            count((0..10_000).map(|n| n % 7), 0),
            (Distinct::Exactly(7), 9_993)
        );
    }
}
