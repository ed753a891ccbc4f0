//! Whole files in, rows out.

mod bombs;
mod books;
mod csv;
mod encodings;
mod failures;
mod hostile;
mod json;
mod kinds;
mod mutations;
mod packed;
mod properties;
mod real;
mod seek;
mod sheet_cells;
mod sheet_damage;
mod sheet_header;
mod ways;
mod workbook;
mod wrapped;

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use super::{Format, Layout, Ragged, Sheet, Source};
use crate::error::InputError;
use crate::record::{Row, Shape};

/// What reading a file gave.
struct Read {
    header: Vec<String>,
    format: Format,
    delimiter: Option<u8>,
    is_failures_file: bool,
    rows: Vec<Row>,
    error: Option<InputError>,
}

impl Read {
    fn positions(&self) -> Vec<(u64, u64)> {
        let positions = self.rows.iter().map(|row| row.position);
        positions.map(|at| (at.row, at.line)).collect()
    }

    fn cells(&self) -> Vec<Vec<String>> {
        let texts = |row: &Row| {
            (0..row.width())
                .map(|index| row.cell(index).text().into_owned())
                .collect()
        };
        self.rows.iter().map(texts).collect()
    }

    /// The code of each row's fault, empty where it has none.
    fn codes(&self) -> Vec<&str> {
        let code = |row: &'_ Row| row.fault.as_ref().map(|fault| fault.code.clone());
        self.rows
            .iter()
            .map(|row| match code(row) {
                None => "",
                Some(std::borrow::Cow::Borrowed(code)) => code,
                Some(std::borrow::Cow::Owned(_)) => "owned",
            })
            .collect()
    }

    fn message(&self, row: usize) -> &str {
        &self.rows[row].fault.as_ref().unwrap().message
    }
}

fn open(bytes: impl Into<Vec<u8>>, layout: &Layout) -> Result<Source, InputError> {
    let stream = Box::new(Cursor::new(bytes.into()));
    Source::from_stream(stream, Path::new("file.csv"), layout)
}

/// Reads what must open; an error below the header is kept.
fn read_as(bytes: impl Into<Vec<u8>>, layout: &Layout) -> Read {
    let bytes = bytes.into();
    let source = open(bytes.clone(), layout).unwrap();
    let mut rows = Vec::new();
    let header = match source.shape() {
        Shape::Table(header) => header.names.clone(),
        Shape::Json => Vec::new(),
    };
    let (format, delimiter) = (source.format(), source.delimiter());
    let is_failures_file = source.is_failures_file();
    let end = source.rows(0, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    });
    assert_later_is_the_same(bytes, layout, &rows);
    Read {
        header,
        format,
        delimiter,
        is_failures_file,
        rows,
        error: end.err(),
    }
}

/// What is handed over unread is the same once it is read.
fn assert_later_is_the_same(bytes: Vec<u8>, layout: &Layout, rows: &[Row]) {
    let source = open(bytes, layout).unwrap();
    let is_failures_file = source.is_failures_file();
    let mut later = Vec::new();
    let _ = source.rows_unread(0, &mut |mut row| {
        super::finish(&mut row, is_failures_file);
        later.push(row);
        ControlFlow::Continue(())
    });
    assert_eq!(format!("{later:?}"), format!("{rows:?}"));
}

/// Reads what must be whole.
fn read(bytes: impl Into<Vec<u8>>) -> Read {
    let read = read_as(bytes, &Layout::default());
    assert_eq!(read.error, None);
    read
}

/// Reads what breaks off: what came before, and the error.
fn read_broken(bytes: impl Into<Vec<u8>>) -> (Read, InputError) {
    let mut read = read_as(bytes, &Layout::default());
    let error = read.error.take().unwrap();
    (read, error)
}

/// The error of what must not open.
fn refused(bytes: impl Into<Vec<u8>>, layout: &Layout) -> InputError {
    match open(bytes, layout) {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units
        .flat_map(|unit| {
            if big_endian {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect()
}

fn ragged_pad() -> Layout {
    Layout {
        ragged: Ragged::Pad,
        ..Layout::default()
    }
}

fn sheet(sheet: Sheet) -> Layout {
    Layout {
        sheet: Some(sheet),
        ..Layout::default()
    }
}

#[test]
fn a_source_can_be_read_on_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&open("a,b\n", &Layout::default()).unwrap());
}
