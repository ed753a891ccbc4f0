//! Compressed input, known by its first bytes: gzip, zstd, or a zip archive of one file. Inflated as it is read.

use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Seek, SeekFrom};

use zip::{CompressionMethod, ZipArchive};

use super::trouble;
use crate::error::InputError;
use crate::outcome::quote;

/// What a file was packed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
    /// The one file of a zip archive.
    Zip,
}

impl Compression {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
        }
    }
}

/// How the bytes of a file are got at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Packing {
    /// As they stand.
    #[default]
    Plain,
    /// By gzip, several members in a row included.
    Gzip,
    /// By zstd.
    Zstd,
    /// In a zip archive.
    Member(Member),
}

/// Where a zip archive holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    start: u64,
    packed: u64,
    size: u64,
    crc: u32,
    deflated: bool,
}

impl Packing {
    /// The packing that the first bytes tell; a zip archive has to be looked into.
    pub fn of(head: &[u8]) -> Self {
        if head.starts_with(&[0x1f, 0x8b, 8]) {
            Self::Gzip
        } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Self::Zstd
        } else {
            Self::Plain
        }
    }

    /// What a person calls it; `None` where nothing is packed.
    pub fn compression(self) -> Option<Compression> {
        match self {
            Self::Plain => None,
            Self::Gzip => Some(Compression::Gzip),
            Self::Zstd => Some(Compression::Zstd),
            Self::Member(_) => Some(Compression::Zip),
        }
    }

    /// The bytes inside `packed`, which stands at its beginning; of a zip member, at the member's.
    pub fn unpack(self, packed: Box<dyn Read + Send>) -> std::io::Result<Box<dyn Read + Send>> {
        let (inner, crc): (Box<dyn Read + Send>, _) = match self {
            Self::Plain => return Ok(packed),
            Self::Gzip => (Box::new(flate2::read::MultiGzDecoder::new(packed)), None),
            Self::Zstd => (Box::new(zstd::Decoder::new(packed)?), None),
            Self::Member(member) => {
                let packed = packed.take(member.packed);
                let check = Some((flate2::Crc::new(), member));
                if member.deflated {
                    (Box::new(flate2::read::DeflateDecoder::new(packed)), check)
                } else {
                    (Box::new(packed), check)
                }
            }
        };
        Ok(Box::new(Checked { inner, crc }))
    }

    /// Likewise of a file, from its beginning.
    pub fn open(self, file: &File) -> std::io::Result<Box<dyn Read + Send>> {
        let mut file = file.try_clone()?;
        file.seek(SeekFrom::Start(match self {
            Self::Member(member) => member.start,
            _ => 0,
        }))?;
        self.unpack(Box::new(file))
    }
}

/// Says of what is damaged that it is; of a zip member also when only its checksum shows it.
struct Checked {
    inner: Box<dyn Read + Send>,
    crc: Option<(flate2::Crc, Member)>,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self
            .inner
            .read(buffer)
            .map_err(|error| match error.kind() {
                ErrorKind::Interrupted => error,
                kind => Error::new(
                    kind,
                    format!("the compressed data is damaged or was cut off ({error})"),
                ),
            })?;
        if let Some((crc, member)) = &mut self.crc {
            crc.update(&buffer[..read]);
            let at_end = read == 0 && !buffer.is_empty();
            // The sum counts bytes modulo 2^32; a file longer than declared is damaged as well.
            let wrong =
                u64::from(crc.amount()) != member.size & 0xffff_ffff || crc.sum() != member.crc;
            if at_end && wrong {
                return Err(Error::new(
                    ErrorKind::InvalidData,
                    "the compressed data is damaged: its checksum is wrong",
                ));
            }
        }
        Ok(read)
    }
}

/// The one file in a zip archive; `None` where the archive is a workbook or other document, or damaged, which
/// whoever opens it as such will tell.
///
/// # Errors
/// There is none or more than one, or it cannot be unpacked.
pub fn only_member(file: &File) -> Result<Option<Member>, InputError> {
    let Ok(mut archive) = ZipArchive::new(BufReader::new(file)) else {
        return Ok(None);
    };
    let (mut names, mut indices) = (Vec::new(), Vec::new());
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_raw(index) else {
            return Ok(None);
        };
        let Ok(name) = entry.name() else {
            return Ok(None);
        };
        let name = name.replace('\\', "/");
        if [
            "[Content_Types].xml",
            "content.xml",
            "mimetype",
            "xl/workbook.xml",
        ]
        .contains(&name.as_str())
        {
            return Ok(None);
        }
        if !entry.is_dir() && !is_litter(&name) {
            names.push(name);
            indices.push(index);
        }
    }
    match indices.as_slice() {
        [index] => member(&mut archive, *index).map(Some),
        [] => Err(trouble(
            "the zip archive holds no file",
            "export it again, or check how it was packed",
        )),
        _ => Err(several(&names)),
    }
}

fn member(archive: &mut ZipArchive<BufReader<&File>>, index: usize) -> Result<Member, InputError> {
    let entry = archive.by_index_raw(index).map_err(|_| damaged())?;
    if entry.encrypted() {
        return Err(trouble(
            "the file in the zip archive is protected by a password",
            "unpack it first, and give the file that was in it",
        ));
    }
    let deflated = match entry.compression() {
        CompressionMethod::Stored => false,
        CompressionMethod::Deflated => true,
        _ => {
            return Err(trouble(
                "the file in the zip archive is packed by a rare method",
                "unpack it first, and give the file that was in it",
            ));
        }
    };
    Ok(Member {
        start: entry.data_start().ok_or_else(damaged)?,
        packed: entry.compressed_size(),
        size: entry.size(),
        crc: entry.crc32(),
        deflated,
    })
}

/// What operating systems strew in.
fn is_litter(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/") || last.starts_with('.') || last.eq_ignore_ascii_case("Thumbs.db")
}

fn several(names: &[String]) -> InputError {
    let shown: Vec<String> = names.iter().take(5).map(|name| quote(name)).collect();
    let more = if names.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    trouble(
        format!(
            "the zip archive holds {} files: {}{more}",
            names.len(),
            shown.join(", ")
        ),
        "unpack it, and give the files to be read",
    )
}

fn damaged() -> InputError {
    trouble(
        "the zip archive is damaged or was cut off",
        "download or export it again",
    )
}
