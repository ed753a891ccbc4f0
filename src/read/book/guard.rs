//! Looks into a workbook's zip archive before it is opened: a small file can unpack to any size.
//!
//! `calamine` reads the shared strings whole (and takes about three times their size), the worksheets cell by cell,
//! each cell's text whole. Declared sizes can lie; the `zip` crate, by which `calamine` reads as well, stops a part
//! that turns out larger than declared, so declared sizes are what has to be limited (a test holds it to that).

use std::fs::File;
use std::io::{BufReader, Read};

use zip::ZipArchive;

use super::super::{Format, trouble};
use crate::error::InputError;

/// How much a workbook may unpack to, in bytes.
pub struct Limits {
    /// The parts held in memory together: shared strings above all.
    pub held: u64,
    /// All worksheets together.
    pub sheets: u64,
    /// The longest text in a worksheet.
    pub text: u64,
}

/// What we allow. A full sheet of 1,048,576 rows and 100 columns has about 8 GiB; Excel allows 32,767 characters a cell.
pub const LIMITS: Limits = Limits {
    held: 128 << 20,
    sheets: 8 << 30,
    text: 4 << 20,
};

/// A worksheet that shrank to less than a hundredth is looked through; real ones shrink to a tenth.
const MAX_RATIO: u64 = 100;
/// How far into a part its first element is looked for.
const BEGINNING: u64 = 4 << 10;

/// Checks sizes, and tells the kind.
///
/// # Errors
/// It is no zip archive, no workbook, or it would unpack to more than we hold.
pub fn check(file: &File, limits: &Limits) -> Result<Format, InputError> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| damaged())?;
    let names: Vec<String> = archive
        .file_names()
        .map(|name| Ok(name?.to_lowercase().replace('\\', "/")))
        .collect::<zip::result::ZipResult<_>>()
        .map_err(|_| damaged())?;
    let kind = kind(&names)?;
    let (mut held, mut sheets) = (0, 0);
    for (index, name) in names.iter().enumerate() {
        let mut part = archive.by_index(index).map_err(|_| damaged())?;
        let declared = part.size();
        if name.starts_with("xl/worksheets/") || (kind == Format::Ods && name == "content.xml") {
            sheets += declared;
            within(name, sheets, limits.sheets)?;
            if declared > limits.text && declared / MAX_RATIO > part.compressed_size() {
                must_have_tags(&mut part, name, limits.text)?;
            }
        } else if kind == Format::Ods {
            // Nothing else of it is read.
        } else if [".xml", ".rels", ".bin"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            held += declared;
            within(name, held, limits.held)?;
            if name == "xl/sharedstrings.xml" {
                must_count_right(&mut part, declared)?;
            }
        }
    }
    Ok(kind)
}

/// The shared strings say how many they are, and `calamine` makes room for as many: each takes five bytes of XML.
fn must_count_right(part: &mut impl Read, declared: u64) -> Result<(), InputError> {
    let mut head = Vec::new();
    part.take(BEGINNING)
        .read_to_end(&mut head)
        .map_err(|_| damaged())?;
    let Some(start) = memchr::memmem::find(&head, b"sst") else {
        // An empty part is fine; a long one without its first element is not.
        return if declared > BEGINNING {
            Err(damaged())
        } else {
            Ok(())
        };
    };
    let tag = head[start..]
        .split(|&byte| byte == b'>')
        .next()
        .unwrap_or_default();
    let Some(count) = memchr::memmem::find(tag, b"uniqueCount") else {
        return Ok(());
    };
    let digits = tag[count..]
        .iter()
        .skip_while(|byte| !byte.is_ascii_digit());
    let count = digits
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_u64, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        });
    if count > declared / 5 {
        Err(damaged())
    } else {
        Ok(())
    }
}

fn within(name: &str, size: u64, limit: u64) -> Result<(), InputError> {
    if size <= limit {
        return Ok(());
    }
    Err(trouble(
        format!(
            "the workbook unpacks to too much: {} KiB up to its part {name}, where {} KiB are allowed",
            size >> 10,
            limit >> 10
        ),
        "save the sheet as CSV, which may have any length",
    ))
}

/// Inflates a suspicious worksheet to nowhere, looking for text longer than any cell's.
fn must_have_tags(part: &mut impl Read, name: &str, longest: u64) -> Result<(), InputError> {
    let mut buffer = vec![0; 64 << 10];
    let mut text = 0;
    loop {
        let read = match part.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(_) => return Err(damaged()),
        };
        // The last tag in each piece is enough: texts of interest are far longer than a piece.
        text = match buffer[..read].iter().rposition(|&b| b == b'<') {
            Some(tag) => (read - tag) as u64,
            None => text + read as u64,
        };
        within(name, text, longest)?;
    }
}

fn kind(names: &[String]) -> Result<Format, InputError> {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if has("xl/workbook.xml") {
        return Ok(Format::Xlsx);
    }
    if has("xl/workbook.bin") {
        return Ok(Format::Xlsb);
    }
    if has("content.xml") && has("mimetype") {
        return Ok(Format::Ods);
    }
    if has("word/document.xml") {
        return Err(trouble(
            "this is a text document (.docx)",
            "save its table as .xlsx or CSV",
        ));
    }
    Err(trouble(
        "this is a zip archive without a workbook in it",
        "unpack it first, and give the file that was in it",
    ))
}

fn damaged() -> InputError {
    trouble(
        "the workbook is damaged or was cut off: it is no whole zip archive",
        "download or export it again; if it opens in a spreadsheet program, save it as .xlsx or CSV there",
    )
}
