//! Identities and values in the order in which they came: the last ones in memory, the others in a temporary file.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use super::{Id, Value};

/// Bytes of an entry: an identity and its value.
const ENTRY: usize = 32;
/// The end that is kept in memory, in bytes.
const TAIL: usize = 8192 * ENTRY;

/// Entries by number.
#[derive(Default)]
pub struct Log {
    /// Has no name, and is gone with the process, whatever happens.
    file: Option<File>,
    /// Entries in the file.
    written: u32,
    tail: Vec<u8>,
}

impl Log {
    /// The number of entries.
    pub fn len(&self) -> u32 {
        let in_tail = u32::try_from(self.tail.len() / ENTRY).unwrap_or(u32::MAX);
        self.written.saturating_add(in_tail)
    }

    /// Adds an entry; its number.
    pub fn push(&mut self, id: &Id, value: &Value) -> io::Result<u32> {
        let number = self.len();
        if number == u32::MAX {
            return Err(io::Error::other("it holds as much as it can"));
        }
        if self.tail.len() >= TAIL {
            self.write_tail()?;
        }
        self.tail.extend_from_slice(&id.0);
        self.tail.extend_from_slice(value);
        Ok(number)
    }

    fn write_tail(&mut self) -> io::Result<()> {
        let mut file = match &self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        // Look-ups have moved the position; after a failed write the same place is written again.
        file.seek(SeekFrom::Start(u64::from(self.written) * ENTRY as u64))?;
        file.write_all(&self.tail)?;
        self.written = self.len();
        self.tail.clear();
        Ok(())
    }

    /// The value of an entry, where it is of this identity.
    pub fn value_of(&self, id: &Id, number: u32) -> io::Result<Option<Value>> {
        let mut entry = [0; ENTRY];
        if let Some(in_tail) = number.checked_sub(self.written) {
            let from = in_tail as usize * ENTRY;
            let Some(kept) = self.tail.get(from..from + ENTRY) else {
                return Ok(None);
            };
            entry.copy_from_slice(kept);
        } else if let Some(mut file) = self.file.as_ref() {
            file.seek(SeekFrom::Start(u64::from(number) * ENTRY as u64))?;
            file.read_exact(&mut entry)?;
        }
        let (found, value) = entry.split_at(16);
        let mut kept = Value::default();
        kept.copy_from_slice(value);
        Ok((found == id.0).then_some(kept))
    }

    /// Goes through the identities.
    pub fn each(&self, mut each: impl FnMut(&Id)) -> io::Result<()> {
        let mut see = |entry: &[u8]| {
            let mut id = Id([0; 16]);
            id.0.copy_from_slice(&entry[..16]);
            each(&id);
        };
        if let Some(mut file) = self.file.as_ref() {
            file.seek(SeekFrom::Start(0))?;
            let mut file = BufReader::with_capacity(64 << 10, file);
            let mut entry = [0; ENTRY];
            for _ in 0..self.written {
                file.read_exact(&mut entry)?;
                see(&entry);
            }
        }
        self.tail.chunks_exact(ENTRY).for_each(see);
        Ok(())
    }
}
