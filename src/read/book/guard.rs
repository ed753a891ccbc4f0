//! Looks into a workbook's zip archive before it is opened: a small file can unpack to any size.
//!
//! `calamine` reads the shared strings whole (and takes about three times their size), the worksheets cell by cell,
//! each cell's text whole. Declared sizes can lie; the `zip` crate, by which `calamine` reads as well, stops a part
//! that turns out larger than declared, so declared sizes are what has to be limited (a test holds it to that).

use std::fs::File;
use std::io::{BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use super::super::{Format, trouble};
use super::meter::Meter;
use crate::error::InputError;

/// How much a workbook may unpack to, in bytes.
pub struct Limits {
    /// The parts held in memory together: shared strings above all.
    pub held: u64,
    /// All worksheets together.
    pub sheets: u64,
    /// The longest cell of a worksheet, or record of a binary part, markup included.
    pub text: u64,
}

/// What we allow. A full sheet of 1,048,576 rows and 100 columns has about 8 GiB; Excel allows 32,767 characters a cell.
pub const LIMITS: Limits = Limits {
    held: 128 << 20,
    sheets: 8 << 30,
    text: 4 << 20,
};

/// A worksheet that shrank to less than a thirtieth is looked through; real ones shrink to a tenth.
const MAX_RATIO: u64 = 30;
/// The most merged areas of a worksheet that was looked through.
const MAX_MERGED: u64 = 1 << 20;
/// The parts of a binary workbook that are records, apart from its sheets.
const BINARY: [&str; 3] = ["xl/workbook.bin", "xl/sharedstrings.bin", "xl/styles.bin"];
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
        let is_packed = declared / MAX_RATIO > part.compressed_size();
        if kind == Format::Ods {
            // Nothing else of it is read, and its text is measured while it is.
            if name == "content.xml" {
                sheets += declared;
                within(name, sheets, limits.sheets)?;
            }
        } else if is_sheet(name) {
            sheets += declared;
            within(name, sheets, limits.sheets)?;
            if kind == Format::Xlsb {
                must_have_records(&mut part, name, limits)?;
            } else if declared > limits.text && is_packed {
                must_have_cells(&mut part, name, limits)?;
            }
        } else if is_held(name) || is_packed {
            // Pictures and the like are not read; but any name may be that of a sheet.
            held += declared;
            within(name, held, limits.held)?;
            // The folder is whatever another part says.
            if name.ends_with("sharedstrings.xml") {
                must_count_right(&mut part, declared)?;
            } else if kind == Format::Xlsb && BINARY.contains(&name.as_str()) {
                must_have_records(&mut part, name, limits)?;
            }
        }
    }
    Ok(kind)
}

/// Whether a part is read cell by cell, or not at all as the records behind a pivot table.
fn is_sheet(name: &str) -> bool {
    name.starts_with("xl/worksheets/") || name.starts_with("xl/pivotcache/pivotcacherecords")
}

/// Whether a part is of those that are read as a whole.
fn is_held(name: &str) -> bool {
    [".xml", ".rels", ".bin"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// The shared strings say how many they are, and `calamine` makes room for as many: each takes five bytes of XML.
fn must_count_right(part: &mut impl Read, declared: u64) -> Result<(), InputError> {
    // Read as `calamine` does: a comment may hold anything, a second `<sst>` without a count among it.
    let mut xml = xml(part.take(BEGINNING));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer) {
            Ok(Event::Start(start)) if start.local_name().as_ref() == "sst" => {
                let lies = start
                    .attributes()
                    .with_checks(false)
                    .flatten()
                    .any(|named| {
                        named.key.as_ref() == "uniqueCount" && digits(&named.value) > declared / 5
                    });
                return if lies { Err(damaged()) } else { Ok(()) };
            }
            // An empty part is fine; a long one without its first element is not.
            Ok(Event::Eof) | Err(_) if declared > BEGINNING => return Err(damaged()),
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
    }
}

/// The number that the digits of a text make.
fn digits(text: &str) -> u64 {
    text.bytes()
        .filter(u8::is_ascii_digit)
        .fold(0_u64, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
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

/// Reads a suspicious worksheet to nowhere, looking for a cell, or anything else that is held as one, that is longer
/// than any text. What is no XML is told by whoever reads it, with the rows above it.
fn must_have_cells(part: &mut impl Read, name: &str, limits: &Limits) -> Result<(), InputError> {
    let mut xml = xml(Meter::new(part, limits.text));
    let (mut buffer, mut in_cell, mut merged) = (Vec::new(), false, 0);
    loop {
        if !in_cell {
            xml.get_mut().get_mut().refill();
        }
        buffer.clear();
        match xml.read_event_into(&mut buffer) {
            Ok(Event::Start(start)) => match start.local_name().as_ref() {
                "c" => in_cell = true,
                "mergeCell" => merged += 1,
                _ => {}
            },
            Ok(Event::End(end)) if end.local_name().as_ref() == "c" => in_cell = false,
            Err(_) if xml.get_ref().get_ref().is_spent() => {
                return Err(too_long(name, limits.text));
            }
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
        if merged > MAX_MERGED {
            return Err(damaged());
        }
    }
}

/// Looks through the records of a binary part: `calamine` makes room for each by its own word. What ends in the middle
/// of one is told by whoever reads it.
fn must_have_records(part: impl Read, name: &str, limits: &Limits) -> Result<(), InputError> {
    let mut part = BufReader::new(part);
    while let Some(length) = record(&mut part) {
        if length > limits.text {
            return Err(too_long(name, limits.text));
        }
        let skipped = std::io::copy(&mut (&mut part).take(length), &mut std::io::sink());
        if skipped.is_ok_and(|skipped| skipped < length) {
            break;
        }
    }
    Ok(())
}

/// The length of the next record, its kind passed over; `None` at the end.
fn record(part: &mut impl Read) -> Option<u64> {
    let mut byte = || {
        let mut byte = [0];
        part.read_exact(&mut byte).ok().map(|()| u64::from(byte[0]))
    };
    if byte()? & 0x80 != 0 {
        byte()?;
    }
    let mut length = 0;
    for place in 0..4 {
        let next = byte()?;
        length |= (next & 0x7f) << (7 * place);
        if next & 0x80 == 0 {
            break;
        }
    }
    Some(length)
}

fn xml<R: Read>(part: R) -> Reader<BufReader<R>> {
    let mut xml = Reader::from_reader(BufReader::new(part));
    let config = xml.config_mut();
    config.check_end_names = false;
    config.expand_empty_elements = true;
    xml
}

fn too_long(name: &str, limit: u64) -> InputError {
    trouble(
        format!(
            "a cell of the workbook's part {name} is longer than {} KiB",
            limit >> 10
        ),
        "check the workbook in a spreadsheet program, and save the sheet as CSV there",
    )
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
