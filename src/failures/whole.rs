//! A file that holds whole lines only, whatever happens while one is written.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// What lines are written to.
pub trait Sink: Write {
    /// Cuts what is behind `length` bytes, and goes on writing there.
    ///
    /// # Errors
    /// It cannot be cut.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Sink for File {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length))?;
        Ok(())
    }
}

/// A sink with the length up to which its lines are whole.
pub struct Whole<S> {
    sink: S,
    length: u64,
    torn: bool,
}

impl<S: Sink> Whole<S> {
    /// Begins with an empty sink.
    pub fn new(sink: S) -> Self {
        Self {
            sink,
            length: 0,
            torn: false,
        }
    }

    /// Writes lines by one call: a run killed here has written all or, where the system itself failed, a part that
    /// the next reader finds at the very end.
    ///
    /// # Errors
    /// They could not be written; none of them is there then.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.torn {
            self.sink.cut(self.length)?;
            self.torn = false;
        }
        if let Err(error) = self.sink.write_all(lines) {
            self.torn = self.sink.cut(self.length).is_err();
            return Err(error);
        }
        self.length += lines.len() as u64;
        Ok(())
    }

    /// What is written to.
    pub fn sink(&mut self) -> &mut S {
        &mut self.sink
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with so much room.
    struct Disk {
        bytes: Vec<u8>,
        room: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.room - self.bytes.len());
            if fits == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.bytes.extend(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink for Disk {
        fn cut(&mut self, length: u64) -> io::Result<()> {
            self.bytes.truncate(usize::try_from(length).unwrap());
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_leaves_whole_lines() {
        let disk = Disk {
            bytes: Vec::new(),
            room: 8,
        };
        let mut whole = Whole::new(disk);
        whole.append(b"one\n").unwrap();
        assert!(whole.append(b"three\n").is_err());
        assert_eq!(whole.sink().bytes, b"one\n");
        whole.append(b"two\n").unwrap();
        assert_eq!(whole.sink().bytes, b"one\ntwo\n");
    }
}
