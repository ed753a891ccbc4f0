//! A failures file as a workbook: all cells as text, bad ones coloured, the message as a note.
//!
//! Made from the CSV in constant memory: a note alone is kept, for the first rows.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rust_xlsxwriter::{Color, Format, Note, Workbook, Worksheet, XlsxError};
use tempfile::NamedTempFile;

use super::place::temporary;
use crate::outcome::quote;
use crate::read::carried::COLUMNS;

/// Rows that get a note; the others have their message in `_message`, as all do.
const NOTES: u32 = 10_000;

/// Places of our columns.
const ERROR: usize = 2;
const FIELD: usize = 3;
const MESSAGE: usize = 4;

/// Light red, as spreadsheets colour what is bad.
const BAD: Color = Color::RGB(0x00FF_C7CE);

/// Makes a workbook of a CSV of ours, in a temporary file in `folder`; `None` where a workbook cannot hold it.
///
/// # Errors
/// The CSV cannot be read, or the workbook cannot be written.
pub fn from_csv(csv: &Path, folder: &Path) -> io::Result<Option<NamedTempFile>> {
    // The library panics where its temporary files cannot be written, on a full disk for one.
    crate::panics::contain(|| make(csv, folder)).unwrap_or_else(|| {
        Err(io::Error::new(
            io::ErrorKind::StorageFull,
            "the workbook cannot be written: is the disk full?",
        ))
    })
}

fn make(csv: &Path, folder: &Path) -> io::Result<Option<NamedTempFile>> {
    let mut workbook = Workbook::new();
    match fill(&mut workbook, csv, folder) {
        Ok(()) => {}
        Err(Trouble::DoesNotFit) => return Ok(None),
        Err(Trouble::Io(error)) => return Err(error),
    }
    let mut file = temporary(folder)?;
    let mut buffered = BufWriter::new(file.as_file_mut());
    workbook
        .save_to_writer(&mut buffered)
        .map_err(io::Error::other)?;
    buffered.flush()?;
    drop(buffered);
    file.as_file().sync_all()?;
    Ok(Some(file))
}

enum Trouble {
    DoesNotFit,
    Io(io::Error),
}

impl From<XlsxError> for Trouble {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::RowColumnLimitError | XlsxError::MaxStringLengthExceeded => Self::DoesNotFit,
            XlsxError::IoError(error) => Self::Io(error),
            other => Self::Io(io::Error::other(other)),
        }
    }
}

impl From<csv::Error> for Trouble {
    fn from(error: csv::Error) -> Self {
        Self::Io(error.into())
    }
}

fn fill(workbook: &mut Workbook, csv: &Path, folder: &Path) -> Result<(), Trouble> {
    workbook.set_tempdir(folder)?;
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    // `@`: what a person types into such a cell stays text too.
    let text = Format::new().set_num_format("@");
    let head = text.clone().set_bold();
    let bad = text.clone().set_background_color(BAD);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(File::open(csv).map_err(Trouble::Io)?);
    let mut record = csv::StringRecord::new();
    let mut names: Vec<String> = Vec::new();
    if reader.read_record(&mut record)? {
        names = labelled(&record);
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_column_width(column(MESSAGE)?, 60)?;
    for (index, name) in names.iter().enumerate() {
        write(sheet, 0, index, name, &head)?;
    }
    let mut row = 0;
    while reader.read_record(&mut record)? {
        row += 1;
        let marked = bad_cells(&names, &record);
        for (index, cell) in record.iter().enumerate() {
            let format = if marked.contains(&index) { &bad } else { &text };
            write(sheet, row, index, cell, format)?;
        }
        if let Some(&first) = marked.first()
            && row <= NOTES
        {
            let message: String = record
                .get(MESSAGE)
                .unwrap_or_default()
                .chars()
                .take(2_000)
                .collect();
            let note = Note::new(message)
                .add_author_prefix(false)
                .set_width(360)
                .set_height(120);
            sheet.insert_note(row, column(first)?, &note)?;
        }
    }
    Ok(())
}

/// An empty cell is written without content, for its format.
fn write(
    sheet: &mut Worksheet,
    row: u32,
    index: usize,
    cell: &str,
    format: &Format,
) -> Result<(), Trouble> {
    if cell.is_empty() {
        sheet.write_blank(row, column(index)?, format)?;
    } else {
        sheet.write_string_with_format(row, column(index)?, cell, format)?;
    }
    Ok(())
}

fn column(index: usize) -> Result<u16, Trouble> {
    u16::try_from(index).map_err(|_| Trouble::DoesNotFit)
}

/// The header, its last cells named by position where they are empty: a workbook ends with its last name.
fn labelled(header: &csv::StringRecord) -> Vec<String> {
    let mut names: Vec<String> = header.iter().map(str::to_owned).collect();
    // The byte order mark belongs to the CSV.
    if let Some(first) = names.first_mut() {
        *first = first.trim_start_matches('\u{feff}').to_owned();
    }
    let end = names
        .iter()
        .rposition(|name| !name.trim().is_empty())
        .map_or(0, |index| index + 1);
    for (index, name) in names.iter_mut().enumerate().skip(end) {
        *name = format!("column {}", (index + 1).saturating_sub(COLUMNS.len()));
    }
    names
}

/// The cells at fault: the surplus ones of a ragged row, the column that is the field or that the message names, else
/// our message itself.
fn bad_cells(names: &[String], record: &csv::StringRecord) -> Vec<usize> {
    let cell = |index| record.get(index).unwrap_or_default();
    let bad: Vec<usize> = if cell(ERROR) == "ragged_row" {
        (names.len()..record.len()).collect()
    } else {
        let is_meant = |name: &str| {
            !name.is_empty()
                && (name == cell(FIELD)
                    || cell(MESSAGE).contains(&format!("column {}", quote(name))))
        };
        (COLUMNS.len()..names.len())
            .filter(|&index| is_meant(&names[index]))
            .collect()
    };
    if bad.is_empty() { vec![MESSAGE] } else { bad }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_at_fault_are_marked() {
        let names: Vec<String> = COLUMNS
            .into_iter()
            .chain(["id", "NPS", "Comment", ""])
            .map(str::to_owned)
            .collect();
        let marked = |error, field, message, width| {
            let mut record = vec!["2", "a.csv", error, field, message];
            record.resize(width, "");
            bad_cells(&names, &csv::StringRecord::from(record))
        };
        assert_eq!(marked("bad", "score", "column 'NPS': no number", 13), [10]);
        assert_eq!(marked("bad", "Comment", "not UTF-8", 13), [11]);
        assert_eq!(marked("bad", "", "who knows", 13), [MESSAGE]);
        assert_eq!(marked("ragged_row", "id", "too wide", 15), [13, 14]);
        assert_eq!(marked("ragged_row", "", "too short", 13), [MESSAGE]);
    }
}
