//! Where in the log an identity stands: a hash table of eight bytes a place, in memory or as it was written to disk.
//!
//! A place holds the identity's first four bytes and, in its lower half, the number of the entry plus one; 0 is free. An
//! identity belongs at the place that its first bits count to, or at the first free one behind that.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::log::Log;
use super::{Id, Value};

const SMALL: usize = 1 << 10;
/// Places of a written table that are read at once: nearly always enough.
const AT_ONCE: usize = 32;

/// The table in memory.
pub struct Table {
    places: Vec<u64>,
    taken: usize,
    /// It grows up to so many places.
    most: usize,
}

/// A table that was full.
pub struct Written {
    file: File,
    places: usize,
}

/// An identity's first four bytes.
fn mark(id: &Id) -> u32 {
    u32::from_be_bytes([id.0[0], id.0[1], id.0[2], id.0[3]])
}

/// Where a mark belongs in a table of so many places, a power of two.
fn home(mark: u32, places: usize) -> usize {
    mark as usize >> (32 - places.trailing_zeros().min(31))
}

/// What a place says of a mark.
enum Says {
    Free,
    Other,
    /// The entry of this number may be of the identity.
    Maybe(u32),
}

fn says(place: u64, mark: u32) -> Says {
    let (its_mark, entry) = halves(place);
    match entry.checked_sub(1) {
        None => Says::Free,
        Some(entry) if its_mark == mark => Says::Maybe(entry),
        Some(_) => Says::Other,
    }
}

/// The upper and the lower half.
#[expect(clippy::cast_possible_truncation, reason = "halves are meant")]
fn halves(place: u64) -> (u32, u32) {
    ((place >> 32) as u32, place as u32)
}

impl Table {
    /// Empty; grows up to so many places, a power of two.
    pub fn new(most: usize) -> Self {
        Self {
            places: vec![0; SMALL.min(most)],
            taken: 0,
            most,
        }
    }

    /// Whether it has to be written and begun anew before the next identity.
    pub fn is_full(&self) -> bool {
        self.places.len() >= self.most && self.is_crowded()
    }

    fn is_crowded(&self) -> bool {
        self.taken * 4 >= self.places.len() * 3
    }

    /// What tells of an identity, to have it at hand soon.
    pub fn glance(&self, id: &Id) -> u64 {
        let home = home(mark(id), self.places.len());
        // It goes on behind its place, where that is taken: often into the next line of the cache.
        self.places[home] ^ self.places[(home + 7) & (self.places.len() - 1)]
    }

    /// The value of an identity.
    pub fn find(&self, id: &Id, log: &Log) -> io::Result<Option<Value>> {
        let mark = mark(id);
        let mut at = home(mark, self.places.len());
        loop {
            match says(self.places[at], mark) {
                Says::Free => return Ok(None),
                Says::Other => {}
                Says::Maybe(entry) => {
                    if let Some(value) = log.value_of(id, entry)? {
                        return Ok(Some(value));
                    }
                }
            }
            at = (at + 1) & (self.places.len() - 1);
        }
    }

    /// Sets where an identity stands.
    pub fn set(&mut self, id: &Id, entry: u32, log: &Log) -> io::Result<()> {
        if self.is_crowded() && self.places.len() < self.most {
            self.grow();
        }
        let mark = mark(id);
        let mut at = home(mark, self.places.len());
        loop {
            match says(self.places[at], mark) {
                Says::Free => {
                    self.taken += 1;
                    break;
                }
                Says::Maybe(before) if log.value_of(id, before)?.is_some() => break,
                Says::Maybe(_) | Says::Other => {
                    at = (at + 1) & (self.places.len() - 1);
                }
            }
        }
        self.places[at] = (u64::from(mark) << 32) | (u64::from(entry) + 1);
        Ok(())
    }

    fn grow(&mut self) {
        let more = self.places.len() * 2;
        let before = std::mem::replace(&mut self.places, vec![0; more]);
        for place in before.into_iter().filter(|place| *place != 0) {
            let mut at = home(halves(place).0, more);
            while self.places[at] != 0 {
                at = (at + 1) & (more - 1);
            }
            self.places[at] = place;
        }
    }

    /// Writes it to a temporary file, and begins anew.
    pub fn write(&mut self) -> io::Result<Written> {
        let mut file = tempfile::tempfile()?;
        let mut bytes = Vec::with_capacity(64 << 10);
        for places in self.places.chunks(8 << 10) {
            bytes.clear();
            bytes.extend(places.iter().flat_map(|place| place.to_le_bytes()));
            file.write_all(&bytes)?;
        }
        let places = self.places.len();
        self.places.fill(0);
        self.taken = 0;
        Ok(Written { file, places })
    }
}

impl Written {
    /// The value of an identity.
    pub fn find(&self, id: &Id, log: &Log) -> io::Result<Option<Value>> {
        let mark = mark(id);
        let mut at = home(mark, self.places);
        let mut bytes = [0; AT_ONCE * 8];
        loop {
            let read = AT_ONCE.min(self.places - at);
            let mut file = &self.file;
            file.seek(SeekFrom::Start(at as u64 * 8))?;
            file.read_exact(&mut bytes[..read * 8])?;
            for place in bytes[..read * 8].as_chunks::<8>().0 {
                match says(u64::from_le_bytes(*place), mark) {
                    Says::Free => return Ok(None),
                    Says::Other => {}
                    Says::Maybe(entry) => {
                        if let Some(value) = log.value_of(id, entry)? {
                            return Ok(Some(value));
                        }
                    }
                }
            }
            at = (at + read) % self.places;
        }
    }
}
