//! Workbooks of before 2007 are loaded whole by `calamine`: what they would take is added up first.
//!
//! `calamine` makes a grid of all cells between the outermost filled ones of each sheet, one more of the formulas, and
//! asks for memory by the sheet's own word on its size. A file of a few kilobytes can say anything.
//! Records are those of [MS-XLS](https://learn.microsoft.com/en-us/openspecs/office_file_formats/ms-xls/).

use std::fs::File;
use std::io::Read;

use super::super::trouble;
use super::{damaged, password};
use crate::error::InputError;

/// The largest file, and the largest stream within it, in bytes.
const MAX_FILE: u64 = 256 << 20;
/// The most cells of all sheets, empty ones between filled ones included: each takes 32 bytes.
const MAX_CELLS: u64 = 4 << 20;
/// The cells of the largest sheet there can be.
const FULL_SHEET: u64 = 65_536 * 256;
const MAX_SHEETS: usize = 256;

const BOUND_SHEET: u16 = 0x0085;
const FILE_PASS: u16 = 0x002f;
const DIMENSIONS: u16 = 0x0200;
const MUL_RK: u16 = 0x00bd;
const BOF: u16 = 0x0809;
const EOF: u16 = 0x000a;
/// Records that begin with a row and a column: numbers, texts, truth values, formulas.
const CELLS: [u16; 8] = [
    0x0203, 0x0204, 0x00d6, 0x0205, 0x027e, 0x00fd, 0x0006, MUL_RK,
];

/// Checks what an old workbook would take.
///
/// # Errors
/// It is no workbook, protected by a password, damaged, or would take too much.
pub fn check(file: &File) -> Result<(), InputError> {
    let size = file.metadata().map_err(|_| damaged())?.len();
    if size > MAX_FILE {
        return Err(too_large());
    }
    let mut compound = cfb::CompoundFile::open(file).map_err(|_| damaged())?;
    if compound.exists("/EncryptedPackage") {
        return Err(password());
    }
    let name = ["/Workbook", "/Book"]
        .into_iter()
        .find(|name| compound.is_stream(name));
    let Some(name) = name else {
        return Err(trouble(
            "this is an Office file of before 2007, but no workbook",
            "give a workbook (.xls, .xlsx) or CSV",
        ));
    };
    let mut stream = Vec::new();
    compound
        .open_stream(name)
        .and_then(|stream_in| stream_in.take(MAX_FILE).read_to_end(&mut stream))
        .map_err(|_| damaged())?;
    check_stream(&stream)
}

fn check_stream(stream: &[u8]) -> Result<(), InputError> {
    let mut sheets = Vec::new();
    for (kind, data) in records(stream) {
        match kind {
            FILE_PASS if word(data, 0) != 0 => return Err(password()),
            BOUND_SHEET => sheets.push(long(data, 0) as usize),
            EOF => break,
            _ => {}
        }
    }
    if sheets.len() > MAX_SHEETS {
        return Err(too_large());
    }
    let (mut cells, mut looked) = (0, 0);
    for start in sheets {
        let sheet = stream.get(start..).ok_or_else(damaged)?;
        looked += sheet.len() as u64;
        cells += area(sheet)?;
        // Sheets may be said to begin anywhere, so all of them at one place as well.
        if cells > MAX_CELLS || looked > MAX_FILE * 4 {
            return Err(too_large());
        }
    }
    Ok(())
}

/// The cells between the outermost filled ones of a sheet.
fn area(sheet: &[u8]) -> Result<u64, InputError> {
    let (mut rows, mut columns) = (Extent::default(), Extent::default());
    let mut depth = 0_u64;
    for (kind, data) in records(sheet) {
        match kind {
            BOF => depth += 1,
            EOF if depth <= 1 => break,
            EOF => depth -= 1,
            DIMENSIONS => match said_size(data) {
                // Room is made for all of them, whatever the sheet holds.
                said if said > FULL_SHEET => return Err(damaged()),
                said if said > MAX_CELLS => return Err(too_large()),
                _ => {}
            },
            _ if CELLS.contains(&kind) => {
                let (row, first) = (word(data, 0).into(), word(data, 2).into());
                let last = match kind {
                    MUL_RK => u64::from(word(data, data.len().saturating_sub(2))).max(first),
                    _ => first,
                };
                rows.widen(row, row);
                columns.widen(first, last);
            }
            _ => {}
        }
    }
    Ok(rows.length() * columns.length())
}

/// The first and the last of some rows or columns.
#[derive(Default)]
struct Extent(Option<(u64, u64)>);

impl Extent {
    fn widen(&mut self, low: u64, high: u64) {
        let (from, to) = self.0.unwrap_or((low, high));
        self.0 = Some((from.min(low), to.max(high)));
    }

    fn length(&self) -> u64 {
        self.0.map_or(0, |(from, to)| to - from + 1)
    }
}

/// The cells a sheet says it has; more than there can be where that makes no sense.
fn said_size(data: &[u8]) -> u64 {
    let (rows, columns) = if data.len() < 14 {
        (
            (word(data, 0).into(), word(data, 2).into()),
            (word(data, 4), word(data, 6)),
        )
    } else {
        (
            (long(data, 0), long(data, 4)),
            (word(data, 8), word(data, 10)),
        )
    };
    // An empty sheet may have its end before its beginning by one.
    if rows.0 > rows.1 && rows.1 > 0 {
        return u64::MAX;
    }
    let height = u64::from(rows.1.max(1) - rows.0.min(rows.1));
    height * u64::from(columns.1.max(1))
}

/// Kind and data of each record, until the stream ends or makes no sense.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream;
    std::iter::from_fn(move || {
        let data = rest.get(4..4 + usize::from(word(rest, 2)))?;
        let kind = word(rest, 0);
        rest = &rest[4 + data.len()..];
        Some((kind, data))
    })
}

/// Two bytes, the lower first; 0 beyond the end.
fn word(data: &[u8], at: usize) -> u16 {
    let byte = |at| data.get(at).copied().unwrap_or_default();
    u16::from_le_bytes([byte(at), byte(at + 1)])
}

fn long(data: &[u8], at: usize) -> u32 {
    u32::from(word(data, at)) | u32::from(word(data, at + 2)) << 16
}

fn too_large() -> InputError {
    trouble(
        "the workbook (.xls) is too large to be loaded whole: more than 4 million cells lie between its outermost ones",
        "save it as .xlsx or CSV, which may have any length; or remove cells far away from the table",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    }

    /// A workbook of one empty sheet that says it has so many rows and columns.
    fn saying(rows: u32, columns: u16) -> Vec<u8> {
        let mut size = [0; 14];
        size[4..8].copy_from_slice(&rows.to_le_bytes());
        size[10..12].copy_from_slice(&columns.to_le_bytes());
        let start = 12_u32;
        [
            record(BOUND_SHEET, &start.to_le_bytes()),
            record(EOF, &[]),
            record(BOF, &[]),
            record(DIMENSIONS, &size),
            record(EOF, &[]),
        ]
        .concat()
    }

    #[test]
    fn a_sheet_is_taken_by_its_word_on_its_size() {
        assert_eq!(check_stream(&saying(65_536, 20)), Ok(()));
        let large = check_stream(&saying(65_536, 160)).unwrap_err();
        assert!(large.message.contains("too large"), "{}", large.message);
        let more_than_fits = check_stream(&saying(4_000_000, 200)).unwrap_err();
        assert!(
            more_than_fits.message.contains("damaged"),
            "{}",
            more_than_fits.message
        );
    }
}
