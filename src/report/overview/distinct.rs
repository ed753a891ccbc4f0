//! Distinct values with their counts, in bounded memory.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Counted exactly up to so many distinct values.
const EXACT: usize = 1_000;
/// So many distinct values are kept of all attributes together: some 100 bytes each.
const ROOM: usize = 50_000;

/// Keys are hashes already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Hashes values, in each run other ones: nobody can make values that are taken for each other.
#[derive(Clone, Copy, Debug)]
pub struct Hashes {
    seed: u64,
}

impl Hashes {
    /// Those of a run.
    pub fn new() -> Self {
        Self {
            seed: RandomState::new().hash_one(0),
        }
    }

    /// The hash of a value.
    #[inline]
    pub fn of(self, value: &[u8]) -> u64 {
        xxh3_64_with_seed(value, self.seed)
    }
}

/// What may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Distinct values of one attribute.
    pub each: usize,
    /// What is left for all of them together.
    pub all: usize,
}

impl Room {
    /// As much as a person can look through.
    pub const BOUNDED: Self = Self {
        each: EXACT,
        all: ROOM,
    };
    /// For a few responses, which are bound to be few.
    pub const FREE: Self = Self {
        each: usize::MAX,
        all: usize::MAX,
    };
}

/// A value and how often it came.
#[derive(Debug)]
struct Counted {
    shown: Box<str>,
    count: u64,
    /// How many others came before it.
    order: usize,
}

/// Distinct values. What comes first is counted to the end; once there is no room, new values are only known to exist.
#[derive(Debug, Default)]
pub struct Distinct {
    values: HashMap<u64, Counted, BuildHasherDefault<AsIs>>,
    more: bool,
}

impl Distinct {
    /// Counts a value that came before; `false` where it is new, and not counted.
    #[inline]
    pub fn again(&mut self, hash: u64) -> bool {
        let known = self.values.get_mut(&hash);
        let is_known = known.is_some();
        if let Some(known) = known {
            known.count += 1;
        }
        is_known
    }

    /// Counts a value by its hash.
    pub fn count(&mut self, hash: u64, room: &mut Room, shown: impl FnOnce() -> Box<str>) {
        self.add(hash, 1, room, shown);
    }

    fn add(&mut self, hash: u64, count: u64, room: &mut Room, shown: impl FnOnce() -> Box<str>) {
        let order = self.values.len();
        if let Some(known) = self.values.get_mut(&hash) {
            known.count += count;
        } else if order < room.each && room.all > 0 {
            room.all -= 1;
            let shown = shown();
            let counted = Counted {
                shown,
                count,
                order,
            };
            self.values.insert(hash, counted);
        } else {
            self.more = true;
        }
    }

    /// Takes in what came after, as if it had been counted one by one.
    pub fn absorb(&mut self, later: Self, room: &mut Room) {
        let mut values: Vec<(u64, Counted)> = later.values.into_iter().collect();
        // Where there may not be room for all, the first ones are kept.
        if self.values.len() + values.len() > room.each || values.len() > room.all {
            values.sort_unstable_by_key(|(_, value)| value.order);
        }
        for (hash, value) in values {
            self.add(hash, value.count, room, || value.shown);
        }
        self.more |= later.more;
    }

    /// How many there are, and whether there are more than that.
    pub fn number(&self) -> (usize, bool) {
        (self.values.len(), self.more)
    }

    /// The values with their counts, the most frequent first, equally frequent ones by their text.
    pub fn frequent(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> = self
            .values
            .values()
            .map(|one| (&*one.shown, one.count))
            .collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        all
    }

    /// Whether no value came twice.
    pub fn is_all_different(&self) -> bool {
        self.values.values().all(|one| one.count == 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(values: &[u16], room: usize) -> Distinct {
        let mut room = Room {
            all: room,
            ..Room::BOUNDED
        };
        let mut distinct = Distinct::default();
        for value in values {
            let shown = || value.to_string().into();
            distinct.count(u64::from(*value), &mut room, shown);
        }
        distinct
    }

    #[test]
    fn beyond_the_bound_only_the_first_are_counted() {
        let values: Vec<u16> = (0..1_001).chain(0..3).chain(2_000..2_002).collect();
        let distinct = counted(&values, ROOM);
        assert_eq!(distinct.number(), (EXACT, true));
        assert_eq!(distinct.frequent()[..3], [("0", 2), ("1", 2), ("2", 2)]);
        assert!(!distinct.is_all_different());
        assert_eq!(counted(&[1, 2, 3], 2).number(), (2, true));
    }

    proptest! {
        #[test]
        fn parts_taken_in_are_as_if_counted_one_by_one(
            values in prop::collection::vec(0u16..1_200, 0..3_000),
            size in 1usize..700,
            all in 0usize..1_300,
        ) {
            let expected = counted(&values, all);
            let mut room = Room { all, ..Room::BOUNDED };
            let mut whole = Distinct::default();
            for part in values.chunks(size) {
                let mut distinct = Distinct::default();
                for value in part {
                    let shown = || value.to_string().into();
                    distinct.count(u64::from(*value), &mut { Room::FREE }, shown);
                }
                whole.absorb(distinct, &mut room);
            }
            prop_assert_eq!(whole.number(), expected.number());
            prop_assert_eq!(whole.frequent(), expected.frequent());
        }

        #[test]
        fn counts_are_exact_within_the_bound(values in prop::collection::vec(0u16..300, 0..600)) {
            let distinct = counted(&values, ROOM);
            let (number, more) = distinct.number();
            prop_assert!(!more);
            let frequent = distinct.frequent();
            prop_assert_eq!(frequent.len(), number);
            prop_assert_eq!(frequent.iter().map(|one| one.1).sum::<u64>(), values.len() as u64);
            for (shown, count) in frequent {
                let expected = values.iter().filter(|value| value.to_string() == shown).count();
                prop_assert_eq!(count, expected as u64);
            }
        }
    }
}
