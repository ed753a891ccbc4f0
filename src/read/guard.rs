//! Looks into a workbook's zip archive before it is opened: a small file can unpack to any size.
//!
//! `calamine` reads the shared strings whole (and takes about three times their size), the worksheets cell by cell.
//! Declared sizes can lie, so what is read whole is counted while it is inflated, and so is the longest text of a
//! worksheet, which the XML parser must hold.

use std::fs::File;
use std::io::{BufReader, Read};

use zip::ZipArchive;

use super::trouble;
use crate::error::InputError;

/// The most bytes that the parts held in memory may have together, inflated: shared strings above all.
const MAX_HELD: u64 = 128 << 20;
/// The most bytes of all worksheets, inflated: a full sheet of 1,048,576 rows and 100 columns has about that.
const MAX_SHEETS: u64 = 8 << 30;
/// The longest text in a worksheet; Excel allows 32,767 characters a cell.
const MAX_TEXT: u64 = 4 << 20;

/// Checks kind and sizes.
///
/// # Errors
/// It is no zip archive, no workbook of Excel 2007 or later, or it would unpack to more than we hold.
pub fn check(file: &File) -> Result<(), InputError> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| damaged())?;
    let names: Vec<String> = archive
        .file_names()
        .map(|name| Ok(name?.to_lowercase().replace('\\', "/")))
        .collect::<zip::result::ZipResult<_>>()
        .map_err(|_| damaged())?;
    must_be_workbook(&names)?;
    let (mut held, mut sheets) = (0, 0);
    for (index, name) in names.iter().enumerate() {
        let is_sheet = name.starts_with("xl/worksheets/");
        if !is_sheet && !is_xml(name) {
            continue;
        }
        let mut part = archive.by_index(index).map_err(|_| damaged())?;
        let (total, limit, longest) = if is_sheet {
            (&mut sheets, MAX_SHEETS, MAX_TEXT)
        } else {
            (&mut held, MAX_HELD, MAX_HELD)
        };
        let declared = *total + part.size();
        if declared > limit {
            return Err(too_large(name, declared, limit));
        }
        *total += inflate(&mut part, name, limit - *total, longest)?;
    }
    Ok(())
}

fn is_xml(name: &str) -> bool {
    [".xml", ".rels"].iter().any(|end| name.ends_with(end))
}

/// Inflates a part to nowhere; its true size.
fn inflate(part: &mut impl Read, name: &str, left: u64, longest: u64) -> Result<u64, InputError> {
    let mut buffer = vec![0; 64 << 10];
    let (mut size, mut text) = (0, 0);
    loop {
        let read = match part.read(&mut buffer) {
            Ok(0) => return Ok(size),
            Ok(read) => read,
            Err(_) => return Err(damaged()),
        };
        size += read as u64;
        // The last tag in each piece is enough: texts of interest are far longer than a piece.
        text = match buffer[..read].iter().rposition(|&b| b == b'<') {
            Some(tag) => (read - tag) as u64,
            None => text + read as u64,
        };
        if size > left || text > longest {
            return Err(too_large(name, size.max(text), left.min(longest)));
        }
    }
}

fn must_be_workbook(names: &[String]) -> Result<(), InputError> {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if has("xl/workbook.xml") {
        return Ok(());
    }
    let what = if has("xl/workbook.bin") {
        "this is a binary workbook (.xlsb)"
    } else if has("content.xml") {
        "this is an OpenDocument file (.ods)"
    } else if has("word/document.xml") {
        "this is a text document (.docx)"
    } else {
        return Err(trouble(
            "this is a zip archive without a workbook in it",
            "unpack it first, and give the file that was in it",
        ));
    };
    Err(trouble(what, "save it as .xlsx or CSV"))
}

fn damaged() -> InputError {
    trouble(
        "the workbook is damaged or was cut off: it is no whole zip archive",
        "download or export it again; if it opens in a spreadsheet program, save it as .xlsx or CSV there",
    )
}

fn too_large(name: &str, size: u64, limit: u64) -> InputError {
    trouble(
        format!(
            "the workbook's part {name} unpacks to at least {} MiB, more than the {} MiB allowed",
            size >> 20,
            limit >> 20
        ),
        "save the sheet as CSV, which may have any length",
    )
}
