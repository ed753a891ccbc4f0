//! What was seen in a run, by identity: in memory first, on disk where it grows, so that any number of rows fits.
//!
//! Identities and their values go into a log in the order in which they come; a table in memory says where. A table that
//! is full is written to disk as it stands and a new one begun, and a filter keeps most look-ups away from those written.
//! The filter grows with each identity: filled when a table is full, it would keep everybody waiting.

mod filter;
mod log;
mod table;

use std::io;

use filter::Filter;
use log::Log;
use table::{Table, Written};

use crate::identity::Id;

/// Sixteen bytes kept for each identity.
pub type Value = [u8; 16];

/// So many are looked up in memory: 4 MB.
const IN_MEMORY: usize = 1 << 20;

/// A map from identities to values that spills to temporary files.
pub struct Seen {
    log: Log,
    recent: Table,
    older: Vec<Written>,
    /// All there are, from so many on; before there are that many no table is full.
    filter: Option<Filter>,
    filtered_from: u32,
}

impl Default for Seen {
    fn default() -> Self {
        Self::with_room_for(IN_MEMORY)
    }
}

impl Seen {
    /// With a table of so many places, a power of two.
    fn with_room_for(most: usize) -> Self {
        Self {
            log: Log::default(),
            recent: Table::new(most),
            older: Vec::new(),
            filter: None,
            filtered_from: u32::try_from(most / 16).unwrap_or(u32::MAX),
        }
    }

    /// The value of an identity.
    ///
    /// # Errors
    /// A temporary file cannot be read.
    pub fn get(&self, id: &Id) -> io::Result<Option<Value>> {
        // Most are new, and the filter says so at once.
        if self.filter.as_ref().is_some_and(|filter| !filter.has(id)) {
            return Ok(None);
        }
        if let Some(value) = self.recent.find(id, &self.log)? {
            return Ok(Some(value));
        }
        // The newest counts.
        for table in self.older.iter().rev() {
            if let Some(value) = table.find(id, &self.log)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Brings near what tells of identities that are asked for soon. Asked for one by one, each would be waited for: the
    /// tables are larger than any cache. Looked at one behind the other, many are fetched at a time.
    pub fn expect<'a>(&self, ids: impl Iterator<Item = &'a Id>) {
        let all = ids.fold(0, |all, id| {
            let older = self.filter.as_ref().map_or(0, |filter| filter.glance(id));
            all ^ u64::from(self.recent.glance(id)) ^ older
        });
        std::hint::black_box(all);
    }

    /// Sets the value of an identity.
    ///
    /// # Errors
    /// A temporary file cannot be written, or holds more than four thousand million.
    pub fn set(&mut self, id: &Id, value: Value) -> io::Result<()> {
        let next = self.log.len();
        if self.recent.is_full(next) {
            self.older.push(self.recent.write(next)?);
        }
        let place = self.log.push(id, &value)?;
        if let Some(filter) = &mut self.filter {
            filter.add(id);
        } else if self.log.len() >= self.filtered_from {
            self.filter = Some(self.filter_of_all()?);
        }
        self.recent.set(id, place, &self.log)
    }

    fn filter_of_all(&self) -> io::Result<Filter> {
        let mut filter = Filter::default();
        self.log.each(|id| filter.add(id))?;
        Ok(filter)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::identity::row_id;

    fn id(number: u64) -> Id {
        row_id("test", [number.to_string().as_str()])
    }

    fn value(number: u64) -> Value {
        u128::from(number).to_le_bytes()
    }

    #[test]
    fn what_was_set_is_found_in_memory_and_on_disk() {
        let mut seen = Seen::with_room_for(128);
        for number in 0..1_000 {
            assert_eq!(seen.get(&id(number)).unwrap(), None);
            seen.set(&id(number), value(number)).unwrap();
        }
        assert!(seen.older.len() > 5);
        for number in (0..1_000).step_by(7) {
            seen.set(&id(number), value(number + 1)).unwrap();
        }
        for number in 0..1_000 {
            let expected = if number % 7 == 0 { number + 1 } else { number };
            assert_eq!(
                seen.get(&id(number)).unwrap(),
                Some(value(expected)),
                "{number}"
            );
        }
        assert_eq!(seen.get(&id(1_000)).unwrap(), None);
    }

    #[test]
    fn one_identity_is_set_more_often_than_a_table_can_count() {
        let mut seen = Seen::with_room_for(64);
        let one = id(1);
        for number in 0..(1 << 20) + 9 {
            seen.set(&one, value(number)).unwrap();
        }
        assert_eq!(seen.get(&one).unwrap(), Some(value((1 << 20) + 8)));
    }

    proptest! {
        /// Identities that look alike to the table, some of them to its end, where it goes on at its beginning.
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((0u8..4, 0u8..40, 0u64..1_000), 0..300)) {
            let mut seen = Seen::with_room_for(32);
            let mut expected: HashMap<Id, Value> = HashMap::new();
            for (alike, other, number) in steps {
                let mut bytes = [if alike == 0 { 0xff } else { alike }; 16];
                bytes[15] = other;
                let id = Id(bytes);
                prop_assert_eq!(seen.get(&id).unwrap(), expected.get(&id).copied());
                seen.set(&id, value(number)).unwrap();
                expected.insert(id, value(number));
            }
            for (id, value) in &expected {
                prop_assert_eq!(seen.get(id).unwrap(), Some(*value));
            }
        }
    }
}
