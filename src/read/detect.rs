//! What a file is: by its first bytes rather than by its name.

use std::io::Cursor;
use std::path::Path;

use super::records::Records;
use super::{Format, array, trouble};
use crate::error::InputError;

/// The delimiters we find out by ourselves.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How many records the delimiter is judged by.
const SAMPLE: usize = 20;

/// The format of a text by content, else by name; `seeks` where it may be guessed whether an object holds the records.
pub fn format(text: &[u8], path: Option<&Path>, seeks: bool) -> Format {
    match text.trim_ascii_start().first() {
        // A header may begin with a brace or bracket; what follows in JSON is a key or a value.
        Some(b'{') if is_next(text, b"\"}") => json(text, path.is_some_and(named_lines), seeks),
        Some(b'[') if is_next(text, b"{[]\"") => Format::Json,
        _ if named_tsv(path) => Format::Tsv,
        _ => Format::Csv,
    }
}

/// One value a line, or one for all; `is_lines` where the file is called the former.
fn json(text: &[u8], is_lines: bool, seeks: bool) -> Format {
    if array::is_whole(text, is_lines, seeks) {
        Format::Json
    } else {
        Format::Ndjson
    }
}

/// Whether the second sign of a text is one of these, or missing.
fn is_next(text: &[u8], signs: &[u8]) -> bool {
    let inside = text.trim_ascii_start()[1..].trim_ascii_start();
    inside.first().is_none_or(|sign| signs.contains(sign))
}

/// Whether a file is called one of JSON lines, packed or not.
pub fn named_lines(path: &Path) -> bool {
    let ends = |path: &Path, endings: &[&str]| {
        let ending = path.extension().unwrap_or_default();
        endings.iter().any(|one| ending.eq_ignore_ascii_case(one))
    };
    let plain = match path.file_stem() {
        Some(stem) if ends(path, &["gz", "zst", "zip"]) => Path::new(stem),
        _ => path,
    };
    ends(plain, &["ndjson", "jsonl"])
}

fn named_tsv(path: Option<&Path>) -> bool {
    path.and_then(Path::extension)
        .is_some_and(|ext| ext.eq_ignore_ascii_case("tsv") || ext.eq_ignore_ascii_case("tab"))
}

/// Refuses what is packed in a way that is not read, and documents, by their first bytes.
pub fn must_be_plain(head: &[u8]) -> Result<(), InputError> {
    const PACKED: [(&[u8], &str); 4] = [
        (b"\xfd7zXZ\0", "xz"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"BZh", "bzip2"),
    ];
    // A text may begin like bzip2, but for the number that its first block begins with: that of pi.
    let is_text = |name: &str| name == "bzip2" && head.get(4..10) != Some(b"1AY&SY");
    let packed = PACKED.iter().find(|(mark, _)| head.starts_with(mark));
    if let Some((_, name)) = packed.filter(|(_, name)| !is_text(name)) {
        return Err(trouble(
            format!("the file is packed by {name}, which is not read"),
            "unpack it first; gzip, zstandard, and a zip archive of one file are read as they are",
        ));
    }
    if head.get(257..262) == Some(b"ustar") {
        return Err(trouble(
            "this is a tar archive",
            "unpack it, and give the files to be read",
        ));
    }
    if head.starts_with(b"%PDF-") {
        return Err(document());
    }
    Ok(())
}

fn document() -> InputError {
    trouble(
        "this is a document, no table",
        "export the table as CSV or .xlsx",
    )
}

/// Refuses what cannot be text: NUL bytes.
pub fn must_be_text(text: &[u8]) -> Result<(), InputError> {
    if !text.contains(&0) {
        return Ok(());
    }
    Err(trouble(
        "the file holds NUL bytes: it is binary, not text",
        "export it as CSV, XLSX or JSON lines; if it is text, give its encoding, as in --encoding utf-16le",
    ))
}

/// Refuses what is text and no table: pages and documents that were saved under a table's name.
///
/// # Errors
/// It begins as such.
pub fn must_be_table(text: &[u8]) -> Result<(), InputError> {
    let begin = text.trim_ascii_start();
    let begins = |word: &str| {
        let head = begin.get(..word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    if ["<!doctype html", "<html", "<table"]
        .iter()
        .any(|word| begins(word))
    {
        return Err(trouble(
            "this is a web page, whatever its name",
            "if it shows the table, open it in a spreadsheet program and save it as .xlsx or CSV; a page that asks \
             to log in is what a download without permission gives",
        ));
    }
    if begins("<?xml") {
        return Err(trouble(
            "this is XML, which is not read",
            "if it is a workbook, open it in a spreadsheet program and save it as .xlsx or CSV",
        ));
    }
    if begins("%PDF-") || begins("{\\rtf") {
        return Err(document());
    }
    Ok(())
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
            Ok(None) => break,
            Err(_) => {
                // A header of too many cells is cut by this delimiter all the same.
                if widths.is_empty() && records.width() > 1 {
                    widths.push(records.width());
                }
                break;
            }
        }
    }
    widths
}
