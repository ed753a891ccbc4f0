//! Workbooks made for tests, and changed where no program would write them so.

use std::io::{Cursor, Read as _, Write};

use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::*;
use crate::read::book::{self, Limits};

/// The workbook with one part changed; `None` as its text leaves the part away.
pub fn with_part(workbook: &[u8], name: &str, change: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..old.len() {
        let mut part = old.by_index(index).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        let part_name = part.name().unwrap().into_owned();
        if part_name == name {
            match change(&text) {
                Some(changed) => text = changed,
                None => continue,
            }
        }
        new.start_file(part_name, SimpleFileOptions::default())
            .unwrap();
        new.write_all(text.as_bytes()).unwrap();
    }
    new.finish().unwrap().into_inner()
}

/// The parts of a packed workbook, each by its name.
pub fn parts(workbook: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        parts.push((part.name().unwrap().into_owned(), bytes));
    }
    parts
}

pub fn workbook(fill: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

/// What the guard says of a workbook, with limits a test can reach.
pub fn guarded(bytes: &[u8]) -> Result<(), String> {
    guarded_by(bytes, 4 << 20, 1 << 20)
}

/// Likewise, with so many bytes of sheets and in a cell.
pub fn guarded_by(bytes: &[u8], sheets: u64, text: u64) -> Result<(), String> {
    let limits = Limits {
        held: 1 << 20,
        sheets,
        text,
    };
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    book::check(&file, &limits)
        .map(|_| ())
        .map_err(|error| error.message)
}

/// What reading told.
pub fn notices(bytes: Vec<u8>, layout: &Layout) -> Vec<String> {
    let source = open(bytes, layout).unwrap();
    let notices = source.notices();
    source.rows(0, &mut |_| ControlFlow::Continue(())).unwrap();
    notices.list()
}
