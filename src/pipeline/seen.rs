//! What was seen in a run, by identity: in memory first, on disk where it grows, so that any number of rows fits.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::identity::Id;

/// Sixteen bytes kept for each identity.
pub type Value = [u8; 16];

/// So many are kept in memory: about 10 MB.
const IN_MEMORY: usize = 180_000;

/// Bits of the filter that keeps most look-ups away from the disk: 8 MB, from the first spill on.
const FILTER_BITS: usize = 1 << 26;

/// A map from identities to values that spills to a temporary file.
pub struct Seen {
    recent: HashMap<Id, Value>,
    most: usize,
    spilled: Option<Spilled>,
}

struct Spilled {
    /// SQLite's own temporary database: deleted with the connection, whatever happens.
    disk: Connection,
    filter: Vec<u64>,
}

impl Default for Seen {
    fn default() -> Self {
        Self::with_room_for(IN_MEMORY)
    }
}

impl Seen {
    fn with_room_for(most: usize) -> Self {
        Self {
            recent: HashMap::new(),
            most,
            spilled: None,
        }
    }

    /// The value of an identity.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn get(&self, id: &Id) -> rusqlite::Result<Option<Value>> {
        if let Some(value) = self.recent.get(id) {
            return Ok(Some(*value));
        }
        match &self.spilled {
            Some(spilled) if spilled.may_have(id) => spilled
                .disk
                .prepare_cached("SELECT value FROM seen WHERE id = ?1")?
                .query_row(params![id.0], |row| row.get(0))
                .optional(),
            _ => Ok(None),
        }
    }

    /// Sets the value of an identity.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub fn set(&mut self, id: Id, value: Value) -> rusqlite::Result<()> {
        self.recent.insert(id, value);
        if self.recent.len() >= self.most {
            self.spill()
        } else {
            Ok(())
        }
    }

    fn spill(&mut self) -> rusqlite::Result<()> {
        if self.spilled.is_none() {
            self.spilled = Some(Spilled::new()?);
        }
        let Some(spilled) = &mut self.spilled else {
            return Ok(());
        };
        let mut entries: Vec<(Id, Value)> = self.recent.drain().collect();
        // In order of the key, so that every page of the file is touched once.
        entries.sort_unstable_by_key(|(id, _)| *id);
        let transaction = spilled.disk.transaction()?;
        {
            let mut insert = transaction
                .prepare_cached("INSERT OR REPLACE INTO seen (id, value) VALUES (?1, ?2)")?;
            for (id, value) in &entries {
                insert.execute(params![id.0, value])?;
            }
        }
        transaction.commit()?;
        for (id, _) in &entries {
            for bit in bits(id) {
                spilled.filter[bit / 64] |= 1 << (bit % 64);
            }
        }
        Ok(())
    }
}

impl Spilled {
    fn new() -> rusqlite::Result<Self> {
        let disk = Connection::open("")?;
        disk.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -4000; PRAGMA temp_store = FILE;
             CREATE TABLE seen (id BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;",
        )?;
        Ok(Self {
            disk,
            filter: vec![0; FILTER_BITS / 64],
        })
    }

    fn may_have(&self, id: &Id) -> bool {
        bits(id)
            .into_iter()
            .all(|bit| self.filter[bit / 64] & (1 << (bit % 64)) != 0)
    }
}

/// Four places in the filter: an identity is a hash already, so its own bytes will do.
fn bits(id: &Id) -> [usize; 4] {
    let word = |at: usize| {
        let bytes = [id.0[at], id.0[at + 1], id.0[at + 2], id.0[at + 3]];
        u32::from_le_bytes(bytes) as usize % FILTER_BITS
    };
    [word(0), word(4), word(8), word(12)]
}

#[cfg(test)]
mod tests {
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
        let mut seen = Seen::with_room_for(100);
        for number in 0..1_000 {
            assert_eq!(seen.get(&id(number)).unwrap(), None);
            seen.set(id(number), value(number)).unwrap();
        }
        for number in (0..1_000).step_by(7) {
            seen.set(id(number), value(number + 1)).unwrap();
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
}
