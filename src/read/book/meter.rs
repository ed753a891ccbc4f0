//! A limit on what is read at a stretch: an XML reader holds a text, a tag or a comment as a whole, however long.

use std::io::{Error, Read, Result};

/// Reads on only while it is refilled.
pub struct Meter<R> {
    inner: R,
    full: u64,
    left: u64,
}

impl<R> Meter<R> {
    /// Gives so many bytes until it is refilled.
    pub fn new(inner: R, full: u64) -> Self {
        Self {
            inner,
            full,
            left: full,
        }
    }

    /// What was read is held no longer.
    pub fn refill(&mut self) {
        self.left = self.full;
    }

    /// Whether nothing more is given.
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.left == 0 {
            return Err(Error::other("too much at a stretch"));
        }
        let most = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let read = self.inner.read(&mut buffer[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}
