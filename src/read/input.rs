//! An input whose beginning can be looked at before it is read as a whole.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use super::compress::{self, Compression, Packing};
use super::{Input, trouble, unreadable};
use crate::error::InputError;

const HEAD: usize = 64 << 10;
/// The most bytes a packed workbook may unpack to on its way to a temporary file.
const MAX_SPOOL: u64 = 2 << 30;

/// An input whose beginning has been looked at, unpacked.
pub struct Opened {
    /// The first bytes: the whole input where it is small.
    pub head: Vec<u8>,
    /// The file itself, where there is one that can seek.
    file: Option<File>,
    packing: Packing,
    /// What follows the head.
    rest: Option<Box<dyn Read + Send>>,
}

impl Opened {
    /// Opens an input and reads its first bytes.
    ///
    /// # Errors
    /// It cannot be opened, read or unpacked.
    pub fn new(input: &Input) -> Result<Self, InputError> {
        match input {
            Input::Stdin => Self::from_stream(Box::new(std::io::stdin())),
            Input::File(path) => {
                let file = open_file(path)?;
                if file.metadata().is_ok_and(|meta| meta.is_file()) {
                    Self::from_file(file)
                } else {
                    Self::from_stream(Box::new(file))
                }
            }
        }
    }

    fn from_file(file: File) -> Result<Self, InputError> {
        let opened = Self::at_start(file, Packing::Plain)?;
        let packing = opened.packing()?;
        let file = opened.file.ok_or_else(|| trouble("reading failed", ""))?;
        Self::at_start(file, packing)
    }

    /// Looks at a stream that cannot seek; a zip archive is copied to a temporary file first.
    ///
    /// # Errors
    /// It cannot be read or unpacked.
    pub fn from_stream(stream: Box<dyn Read + Send>) -> Result<Self, InputError> {
        let mut opened = Self::of_stream(stream, Packing::Plain)?;
        if is_zip(&opened.head) {
            return Self::from_file(opened.into_file()?);
        }
        let packing = Packing::of(&opened.head);
        if packing == Packing::Plain {
            return Ok(opened);
        }
        let head = std::mem::take(&mut opened.head);
        let rest = opened
            .rest
            .take()
            .unwrap_or_else(|| Box::new(std::io::empty()));
        let packed = Box::new(Cursor::new(head).chain(rest));
        let inside = packing.unpack(packed).map_err(|error| unreadable(&error))?;
        Self::of_stream(inside, packing)?.once()
    }

    fn of_stream(stream: Box<dyn Read + Send>, packing: Packing) -> Result<Self, InputError> {
        let mut opened = Self {
            head: Vec::new(),
            file: None,
            packing,
            rest: Some(stream),
        };
        opened.grow(HEAD)?;
        Ok(opened)
    }

    fn at_start(file: File, packing: Packing) -> Result<Self, InputError> {
        let rest = packing.open(&file).map_err(|error| unreadable(&error))?;
        let mut opened = Self::of_stream(rest, packing)?;
        opened.file = Some(file);
        opened.once()
    }

    fn packing(&self) -> Result<Packing, InputError> {
        match &self.file {
            Some(file) if is_zip(&self.head) => {
                let member = compress::only_member(file)?;
                Ok(member.map_or(Packing::Plain, Packing::Member))
            }
            _ => Ok(Packing::of(&self.head)),
        }
    }

    /// Packed once is enough: each further layer multiplies what a small file can grow to.
    fn once(self) -> Result<Self, InputError> {
        if self.packing != Packing::Plain && Packing::of(&self.head) != Packing::Plain {
            return Err(trouble(
                "the file is compressed twice",
                "unpack it once, and give the file that was in it",
            ));
        }
        Ok(self)
    }

    /// What it was packed with.
    pub fn compression(&self) -> Option<Compression> {
        self.packing.compression()
    }

    /// Reads up to `more` further bytes into the head; false where there are none.
    ///
    /// # Errors
    /// It cannot be read further.
    pub fn grow(&mut self, more: usize) -> Result<bool, InputError> {
        let Some(rest) = &mut self.rest else {
            return Ok(false);
        };
        let read = rest
            .take(more as u64)
            .read_to_end(&mut self.head)
            .map_err(|error| unreadable(&error))?;
        Ok(read > 0)
    }

    /// The file for a look before it is read, where it is one that is not packed.
    pub fn plain_file(&mut self) -> Option<&File> {
        let file = self.file.as_ref();
        let plain = file.filter(|_| self.packing == Packing::Plain)?;
        // As for `preview`.
        self.rest = None;
        Some(plain)
    }

    /// The whole input for a look before it is read; `None` where it can be read but once.
    ///
    /// # Errors
    /// It cannot be opened again.
    pub fn preview(&mut self) -> Result<Option<Box<dyn Read + Send>>, InputError> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        // File handles share one position: the rest is opened anew when it is needed.
        self.rest = None;
        let again = self
            .packing
            .open(file)
            .map_err(|error| unreadable(&error))?;
        Ok(Some(again))
    }

    /// The whole input from its first byte.
    ///
    /// # Errors
    /// It cannot be opened again.
    pub fn into_stream(self) -> Result<Box<dyn Read + Send>, InputError> {
        if let Some(file) = &self.file {
            return self.packing.open(file).map_err(|error| unreadable(&error));
        }
        let head = Cursor::new(self.head);
        Ok(match self.rest {
            Some(rest) => Box::new(head.chain(rest)),
            None => Box::new(head),
        })
    }

    /// The whole input as a file that can seek: a stream is copied to a temporary file without a name.
    ///
    /// # Errors
    /// The copy fails, or what was packed unpacks to more than 2 GiB.
    pub fn into_file(mut self) -> Result<File, InputError> {
        let plain = self.packing == Packing::Plain;
        let mut file = match self.file.take() {
            Some(file) if plain => file,
            file => {
                self.file = file;
                let limit = if plain { u64::MAX } else { MAX_SPOOL };
                spool(self.into_stream()?, limit)?
            }
        };
        file.seek(SeekFrom::Start(0))
            .map_err(|error| unreadable(&error))?;
        Ok(file)
    }
}

fn spool(stream: Box<dyn Read + Send>, limit: u64) -> Result<File, InputError> {
    let mut file = tempfile::tempfile().map_err(|error| spooling(&error))?;
    let mut limited = stream.take(limit);
    std::io::copy(&mut limited, &mut file).map_err(|error| spooling(&error))?;
    if limited.limit() == 0 {
        return Err(trouble(
            "the compressed workbook unpacks to more than 2 GiB",
            "save the sheet as CSV, which may have any length",
        ));
    }
    Ok(file)
}

/// Whether it begins as a zip archive, be it empty.
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Whether it begins as the compound files of Microsoft do: workbooks of before 2007, and encrypted ones since.
pub fn is_compound(head: &[u8]) -> bool {
    head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
}

fn open_file(path: &Path) -> Result<File, InputError> {
    use std::io::ErrorKind::{NotFound, PermissionDenied};
    if path.is_dir() {
        return Err(trouble(
            "this is a folder, not a file",
            "name the files in it, or give a quoted pattern such as 'exports/*.csv'",
        ));
    }
    File::open(path).map_err(|error| match error.kind() {
        NotFound => trouble(
            "there is no such file",
            "check the path; relative paths start at the working folder",
        ),
        PermissionDenied => trouble(
            "you are not permitted to read this file",
            "ask its owner, or change its permissions (chmod u+r)",
        ),
        _ => unreadable(&error),
    })
}

fn spooling(error: &std::io::Error) -> InputError {
    trouble(
        format!("copying the workbook to a temporary file failed: {error}"),
        "free some disk space, set TMPDIR to another disk, or give the file by path",
    )
}
