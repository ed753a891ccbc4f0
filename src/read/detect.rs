//! What a file is: by its first bytes rather than by its name.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use super::records::Records;
use super::{Format, Input, trouble};
use crate::error::InputError;

const HEAD: usize = 64 << 10;
/// The delimiters we find out by ourselves.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How many records the delimiter is judged by.
const SAMPLE: usize = 20;

/// An input whose beginning has been looked at.
pub struct Opened {
    /// The first bytes: the whole file where it is small.
    pub head: Vec<u8>,
    /// The file itself, where there is one that can seek.
    file: Option<File>,
    rest: Option<Box<dyn Read + Send>>,
}

impl Opened {
    /// Opens an input and reads its first bytes.
    pub fn new(input: &Input) -> Result<Self, InputError> {
        match input {
            Input::Stdin => Self::from_stream(Box::new(std::io::stdin())),
            Input::File(path) => {
                let file = open_file(path)?;
                let regular = file.metadata().is_ok_and(|meta| meta.is_file());
                if !regular {
                    return Self::from_stream(Box::new(file));
                }
                let mut opened = Self {
                    head: Vec::new(),
                    rest: Some(Box::new(file.try_clone().map_err(|e| unreadable(&e))?)),
                    file: Some(file),
                };
                opened.grow(HEAD)?;
                Ok(opened)
            }
        }
    }

    /// Looks at a stream that cannot seek.
    pub fn from_stream(stream: Box<dyn Read + Send>) -> Result<Self, InputError> {
        let mut opened = Self {
            head: Vec::new(),
            file: None,
            rest: Some(stream),
        };
        opened.grow(HEAD)?;
        Ok(opened)
    }

    /// Reads up to `more` further bytes into the head; false where there are none.
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

    /// The whole input from its first byte.
    pub fn into_stream(self) -> Box<dyn Read + Send> {
        let head = Cursor::new(self.head);
        match self.rest {
            Some(rest) => Box::new(head.chain(rest)),
            None => Box::new(head),
        }
    }

    /// The whole input as a file that can seek: a stream is copied to a temporary file without a name.
    pub fn into_file(mut self) -> Result<File, InputError> {
        let mut file = if let Some(file) = self.file.take() {
            file
        } else {
            let mut spool = tempfile::tempfile().map_err(|error| spooling(&error))?;
            std::io::copy(&mut self.into_stream(), &mut spool).map_err(|error| spooling(&error))?;
            spool
        };
        file.seek(SeekFrom::Start(0))
            .map_err(|error| unreadable(&error))?;
        Ok(file)
    }
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

fn unreadable(error: &std::io::Error) -> InputError {
    trouble(format!("reading failed: {error}"), "")
}

fn spooling(error: &std::io::Error) -> InputError {
    trouble(
        format!("copying the workbook to a temporary file failed: {error}"),
        "free some disk space, set TMPDIR to another disk, or give the file by path",
    )
}

/// The format by content, else by name.
///
/// # Errors
/// The file is empty, or of a kind we know and do not read.
pub fn format(head: &[u8], text: &[u8], path: Option<&Path>) -> Result<Format, InputError> {
    if head.is_empty() {
        return Err(trouble(
            "the file is empty (0 bytes)",
            "export it again; an export without answers still has a header",
        ));
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(Format::Xlsx);
    }
    if head.starts_with(&[0x1f, 0x8b]) {
        return Err(trouble(
            "the file is compressed (gzip)",
            "decompress it first: gunzip FILE, or gunzip -c FILE | chatterload … -",
        ));
    }
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return Err(old_office(head));
    }
    Ok(match text.trim_ascii_start().first() {
        // A header may begin with a brace or bracket; what follows in JSON is a key or a value.
        Some(b'{') if is_next(text, b"\"}") => Format::Ndjson,
        Some(b'[') if is_next(text, b"{[]\"") => Format::Ndjson,
        _ if named_tsv(path) => Format::Tsv,
        _ => Format::Csv,
    })
}

/// Whether the second sign of a text is one of these, or missing.
fn is_next(text: &[u8], signs: &[u8]) -> bool {
    let inside = text.trim_ascii_start()[1..].trim_ascii_start();
    inside.first().is_none_or(|sign| signs.contains(sign))
}

fn named_tsv(path: Option<&Path>) -> bool {
    path.and_then(Path::extension)
        .is_some_and(|ext| ext.eq_ignore_ascii_case("tsv") || ext.eq_ignore_ascii_case("tab"))
}

fn old_office(head: &[u8]) -> InputError {
    let encrypted: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if head
        .windows(encrypted.len())
        .any(|window| window == encrypted)
    {
        return trouble(
            "the workbook is protected by a password",
            "open it and save it without one (File, Info, Protect Workbook)",
        );
    }
    trouble(
        "this is an Office file of before 2007 (.xls), or a workbook protected by a password",
        "save it as .xlsx or CSV, without a password",
    )
}

/// Refuses what cannot be text: NUL bytes.
pub fn must_be_text(head: &[u8], text: &[u8]) -> Result<(), InputError> {
    if !text.contains(&0) {
        return Ok(());
    }
    if let Some(encoding) = super::text::unmarked_utf16(head) {
        return Err(trouble(
            "the file is UTF-16 without a byte order mark, as its NUL bytes show",
            format!("say so: --encoding {}", encoding.name().to_lowercase()),
        ));
    }
    Err(trouble(
        "the file holds NUL bytes: it is binary, not text",
        "export it as CSV, XLSX or JSON lines; if it is text, give its encoding, as in --encoding utf-16le",
    ))
}

/// Excel's first line `sep=;`: the delimiter it names, and the line's length.
pub fn separator_line(text: &[u8]) -> Option<(u8, usize)> {
    let end = text.iter().position(|b| matches!(b, b'\n' | b'\r'))?;
    let line = text[..end].trim_ascii_end();
    let line = line
        .strip_prefix(b"\"")
        .map_or(line, |l| l.strip_suffix(b"\"").unwrap_or(l));
    // Trimming took a tab away.
    let delimiter = match (line, &text[..end]) {
        (b"sep=", [b's', b'e', b'p', b'=', b'\t', ..]) => b'\t',
        ([b's', b'e', b'p', b'=', delimiter], _) if delimiter.is_ascii() => *delimiter,
        _ => return None,
    };
    let crlf = text[end..].starts_with(b"\r\n");
    Some((delimiter, end + 1 + usize::from(crlf)))
}

/// Whether the first line that is not blank holds a tab: a name in `.tsv` is no proof.
pub fn has_tab(text: &[u8]) -> bool {
    let mut lines = text.split(|&b| b == b'\n');
    lines
        .find(|line| !line.trim_ascii().is_empty())
        .is_some_and(|line| line.contains(&b'\t'))
}

/// The delimiter of a text by its first records: the one that cuts most of them into as many cells as the header.
///
/// The comma wins a tie, and where nothing else cuts the header at all.
pub fn delimiter(text: &[u8], header_row: u64) -> u8 {
    // The last record may be cut off by the end of the head.
    let text = match text.iter().rposition(|&b| b == b'\n') {
        Some(last) => &text[..=last],
        None => text,
    };
    let mut best = (b',', 0.0);
    for candidate in DELIMITERS {
        let widths = widths(text, candidate, header_row);
        let Some((&header, rows)) = widths.split_first() else {
            continue;
        };
        let alike = rows.iter().filter(|&&width| width == header).count() + 1;
        let score = (header - 1) as f64 * alike as f64 / widths.len() as f64;
        if score > best.1 {
            best = (candidate, score);
        }
    }
    best.0
}

/// The widths of the header and of some records below it.
fn widths(text: &[u8], delimiter: u8, header_row: u64) -> Vec<usize> {
    let mut records = Records::new(Box::new(Cursor::new(text.to_vec())), delimiter, 1);
    let mut widths = Vec::new();
    while widths.len() < SAMPLE {
        // An error is a record cut off at the end of the head, or one the reader proper will report.
        match records.read() {
            Ok(Some(at)) if at.row >= header_row && !records.is_blank_from(0) => {
                widths.push(records.width());
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    widths
}
