//! Where in the log an identity stands: a hash table of four bytes a place, in memory or as it was written to disk.
//!
//! An identity belongs at the place that its first bits count to, or at the first free one behind that. A place holds
//! twelve further bits of the identity and, in its lower part, which entry of the log it is, counted from the first one
//! of the table, plus one; 0 is free.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::log::Log;
use super::{Id, Value};

/// Bits of a place that count the entries.
const ENTRY: u32 = 20;
/// So many entries can be counted from the first one of a table.
const ENTRIES: u32 = (1 << ENTRY) - 1;
/// Places of a written table that are read at once: nearly always enough.
const AT_ONCE: usize = 32;

/// The table in memory.
pub struct Table {
    places: Vec<u32>,
    taken: usize,
    /// The first entry that it may hold.
    first: u32,
}

/// A table that was full.
pub struct Written {
    file: File,
    places: usize,
    first: u32,
}

/// Where an identity belongs in a table of so many places, a power of two.
fn home(id: &Id, places: usize) -> usize {
    start(id) as usize >> (32 - places.trailing_zeros().min(31))
}

/// What a place holds of an identity: in the largest table, of a million places, what its home does not tell.
fn mark(id: &Id) -> u32 {
    start(id) << ENTRY
}

fn start(id: &Id) -> u32 {
    u32::from_be_bytes([id.0[0], id.0[1], id.0[2], id.0[3]])
}

/// What a place says of a mark.
enum Says {
    Free,
    Other,
    /// The entry so far behind the table's first may be of the identity.
    Maybe(u32),
}

fn says(place: u32, mark: u32) -> Says {
    match (place & ENTRIES).checked_sub(1) {
        None => Says::Free,
        Some(entry) if place & !ENTRIES == mark => Says::Maybe(entry),
        Some(_) => Says::Other,
    }
}

impl Table {
    /// Empty, with so many places, a power of two. Memory is only taken for those that are used.
    pub fn new(places: usize) -> Self {
        Self {
            places: vec![0; places],
            taken: 0,
            first: 0,
        }
    }

    /// Whether it has to be written and begun anew before this entry.
    pub fn is_full(&self, entry: u32) -> bool {
        self.taken * 4 >= self.places.len() * 3 || entry - self.first >= ENTRIES
    }

    /// What tells of an identity, to have it at hand soon.
    pub fn glance(&self, id: &Id) -> u32 {
        self.places[home(id, self.places.len())]
    }

    /// The value of an identity.
    pub fn find(&self, id: &Id, log: &Log) -> io::Result<Option<Value>> {
        let mark = mark(id);
        let mut at = home(id, self.places.len());
        loop {
            match says(self.places[at], mark) {
                Says::Free => return Ok(None),
                Says::Other => {}
                Says::Maybe(entry) => {
                    if let Some(value) = log.value_of(id, self.first + entry)? {
                        return Ok(Some(value));
                    }
                }
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }

    /// Sets where an identity stands.
    pub fn set(&mut self, id: &Id, entry: u32, log: &Log) -> io::Result<()> {
        let mark = mark(id);
        let mut at = home(id, self.places.len());
        loop {
            match says(self.places[at], mark) {
                Says::Free => {
                    self.taken += 1;
                    break;
                }
                Says::Maybe(before) if log.value_of(id, self.first + before)?.is_some() => break,
                Says::Maybe(_) | Says::Other => {
                    at = (at + 1) & (self.places.len() - 1);
                }
            }
        }
        self.places[at] = mark | (entry - self.first + 1);
        Ok(())
    }

    /// Writes it to a temporary file, and begins anew with this entry.
    pub fn write(&mut self, next: u32) -> io::Result<Written> {
        let mut file = tempfile::tempfile()?;
        let mut bytes = Vec::with_capacity(64 << 10);
        for places in self.places.chunks(16 << 10) {
            bytes.clear();
            bytes.extend(places.iter().flat_map(|place| place.to_le_bytes()));
            file.write_all(&bytes)?;
        }
        let places = self.places.len();
        self.places.fill(0);
        self.taken = 0;
        let first = std::mem::replace(&mut self.first, next);
        Ok(Written {
            file,
            places,
            first,
        })
    }
}

impl Written {
    /// The value of an identity.
    pub fn find(&self, id: &Id, log: &Log) -> io::Result<Option<Value>> {
        let mark = mark(id);
        let mut at = home(id, self.places);
        let mut bytes = [0; AT_ONCE * 4];
        loop {
            let read = AT_ONCE.min(self.places - at);
            let mut file = &self.file;
            file.seek(SeekFrom::Start(at as u64 * 4))?;
            file.read_exact(&mut bytes[..read * 4])?;
            for place in bytes[..read * 4].as_chunks::<4>().0 {
                match says(u32::from_le_bytes(*place), mark) {
                    Says::Free => return Ok(None),
                    Says::Other => {}
                    Says::Maybe(entry) => {
                        if let Some(value) = log.value_of(id, self.first + entry)? {
                            return Ok(Some(value));
                        }
                    }
                }
            }
            at = (at + read) % self.places;
        }
    }
}
