//! Workbooks: read cell by cell, but for those of before 2007, which are loaded whole.
//!
//! Never `worksheet_range` of a newer one: it asks for memory for every cell between the outermost ones, filled or not.
//!
//! A percentage is the fraction that the cell holds (85 % is 0.85), as some kinds of workbook do not tell; a notice
//! says so. A formula without its result is an error cell, `#NO_RESULT`.

mod cells;
mod guard;
mod merged;
mod meter;
mod ods;
mod rows;
mod seek;
mod sheets;
mod values;
mod xls;

#[cfg(test)]
pub(super) use guard::{Limits, check};

use std::fs::File;
use std::ops::ControlFlow;

use super::gap::Gap;
use super::header::{self, Place};
use super::notices::Notices;
use super::title::{self, Title};
use super::{Format, Layout, SheetSize, carried, trouble};
use crate::error::InputError;
use crate::outcome::{Rejection, quote};
use crate::record::{Below, Cell, Cells, Header, Position, Row};
use cells::Workbook;
use rows::{Rows, SheetRow};
use values::{letters, look, texts};

/// The rows and columns of the largest sheet there can be.
const MAX_ROWS: u32 = 1 << 20;
const MAX_COLUMNS: u32 = 1 << 14;
/// Merged cells stand at the end of a sheet: of one with more rows, that is not read once more to tell of them.
const LOOKED_THROUGH: u64 = 20_000;
/// So many of other sheets are named.
const NAMED: usize = 5;
/// What stands in for the result of a formula that has none.
const NO_RESULT: &str = "#NO_RESULT";

/// A workbook whose header has been read.
pub struct Book {
    workbook: Workbook,
    sheet: String,
    header: Header,
    /// The first row below the header, and the first that is data.
    header_end: u64,
    first_row: u64,
    fill_merged: bool,
    is_failures_file: bool,
    /// What stands above the table, where no row was said to be the header.
    title: Option<Title>,
    /// The sheet that holds the table, where none was said and the first holds none.
    table_sheet: Option<String>,
    notices: Notices,
}

impl Book {
    /// Opens a workbook and reads the header of one sheet.
    ///
    /// # Errors
    /// It is damaged, protected, too large when unpacked; the sheet is not there or blank.
    pub fn open(
        file: File,
        is_compound: bool,
        layout: &Layout,
        notices: Notices,
    ) -> Result<Self, InputError> {
        let workbook = Workbook::open(file, is_compound)?;
        let mut book = Self {
            sheet: String::new(),
            workbook,
            header: Header::default(),
            header_end: 1,
            first_row: 1,
            fill_merged: false,
            is_failures_file: false,
            title: None,
            table_sheet: None,
            notices,
        };
        let sheets = book.workbook.sheets();
        // First without the settings: they do not apply to a failures file.
        book.sheet = sheets::choose(&sheets, None)?;
        let first = book.rows_of(MAX_COLUMNS as usize)?.next_row()?;
        if let Some(row) = first
            && carried::is_header(texts(&row.cells).iter())
        {
            book.header = Header::new(texts(&row.cells).split_off(carried::COLUMNS.len()));
            book.first_row = row.number + 1;
            book.header_end = book.first_row;
            book.is_failures_file = true;
            return Ok(book);
        }
        book.sheet = sheets::choose(&sheets, layout.sheet.as_ref())?;
        book.fill_merged = layout.fill_merged;
        if layout.fill_merged && book.format() == Format::Xlsb {
            let notice = "merged cells cannot be told in a binary workbook (.xlsb): fill_merged does nothing";
            book.notices.add(notice);
        }
        if layout.sheet.is_none() {
            book.seek_sheet(&sheets, layout);
        }
        if layout.header_row.is_none() && layout.header_rows.is_none() {
            book.title = title::find(&seek::beginning(&mut book.workbook, &book.sheet));
        }
        let place = Place::of(layout)?.below(book.title.as_ref(), layout, &book.notices);
        book.read_header(place).map_err(|error| InputError {
            remedy: book.sheet_hint().or(error.remedy),
            ..error
        })?;
        if layout.sheet.is_none() && place.row > 0 {
            let header_row = book.header_end.saturating_sub(place.rows);
            let others = seek::alike(&mut book.workbook, &book.sheet, header_row);
            book.tell_others(&others);
        }
        Ok(book)
    }

    /// Tells of sheets that could be read as well.
    fn tell_others(&self, others: &[String]) {
        let Some(first) = others.first() else { return };
        let names: Vec<String> = others.iter().take(NAMED).map(|name| quote(name)).collect();
        let more = match others.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (of, have) = if others.len() == 1 {
            ("sheet", "has the same header and is")
        } else {
            ("sheets", "have the same header and are")
        };
        self.notices.add(format!(
            "sheet {} is read, {of} {}{more} {have} not: read each by itself, as by --sheet {}",
            quote(&self.sheet),
            names.join(", "),
            quote(first)
        ));
    }

    /// Looks for the sheet that holds the table, where the first holds none.
    fn seek_sheet(&mut self, sheets: &[calamine::Sheet], layout: &Layout) {
        self.table_sheet = seek::table(&mut self.workbook, sheets, &self.sheet);
        let Some(other) = &self.table_sheet else {
            return;
        };
        if layout.seek_table {
            self.notices.add(format!(
                "the first sheet, {}, holds no table: {} is read, which does",
                quote(&self.sheet),
                quote(other)
            ));
            self.sheet.clone_from(other);
        } else if let Some(hint) = self.sheet_hint() {
            self.notices.add(format!("the first sheet is read: {hint}"));
        }
    }

    /// Where the table is, if not on the sheet that is read.
    pub fn sheet_hint(&self) -> Option<String> {
        let other = self
            .table_sheet
            .as_deref()
            .filter(|other| *other != self.sheet)?;
        let (own, other) = (quote(&self.sheet), quote(other));
        Some(format!(
            "sheet {own} holds no table, sheet {other} does: say sheet = \"…\" under [source], or --sheet {other}"
        ))
    }

    /// What stands above the table, where no row was said to be the header.
    pub fn title(&self) -> Option<&Title> {
        self.title.as_ref()
    }

    /// The sheet that holds the table, where none was said and the first holds none.
    pub fn table_sheet(&self) -> Option<&str> {
        self.table_sheet.as_deref()
    }

    /// How large each sheet is.
    pub fn sizes(&mut self) -> Vec<SheetSize> {
        seek::sizes(&mut self.workbook)
    }

    /// The columns, without ours.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its format.
    pub fn format(&self) -> Format {
        self.workbook.format()
    }

    /// The sheet that is read.
    pub fn sheet(&self) -> &str {
        &self.sheet
    }

    /// The names of all sheets, hidden ones and charts included.
    pub fn sheets(&self) -> Vec<String> {
        let sheets = self.workbook.sheets();
        sheets.into_iter().map(|sheet| sheet.name).collect()
    }

    /// Whether it is a failures file.
    pub fn is_failures_file(&self) -> bool {
        self.is_failures_file
    }

    fn rows_of(&mut self, width: usize) -> Result<Rows<'_>, InputError> {
        let merged = if self.fill_merged {
            self.workbook.merged(&self.sheet)?.unwrap_or_default()
        } else {
            Vec::new()
        };
        let mut rows = Rows::new(&mut self.workbook, &self.sheet, width, &self.notices)?;
        if self.fill_merged {
            rows.fill(merged);
        }
        Ok(rows)
    }

    fn read_header(&mut self, place: Place) -> Result<(), InputError> {
        let sheet = self.sheet.clone();
        let mut rows = self.rows_of(MAX_COLUMNS as usize)?;
        if place.row == 0 {
            // Without a header, later rows may be longer than the first.
            let declared = rows.declared_width();
            let first_row = place.skipped.saturating_add(1);
            let first = from(&mut rows, first_row)?;
            let width = first.map_or(0, |row| row.cells.len());
            drop(rows);
            self.first_row = first_row;
            self.header = Header::unnamed(width.max(declared));
            return Ok(());
        }
        let at = format!("sheet {}, row {}", quote(&sheet), place.row);
        let Some(first) = from(&mut rows, place.row)? else {
            return Err(no_header(place.row).at(at));
        };
        if place.row > 1 && first.number != place.row {
            return Err(trouble(
                "that row should name the columns, but it is blank",
                "correct header_row (--header-row): rows count as the spreadsheet shows them",
            )
            .at(at));
        }
        let (end, data) = (place.end(first.number), place.data(first.number));
        let mut named = vec![texts(&first.cells)];
        let mut below = Below::default();
        // Rows that belong to the header, or are left out, are read here.
        loop {
            let next = if data > first.number + 1 {
                rows.next_row()?
            } else {
                None
            };
            match next {
                Some(row) if row.number < end => named.push(texts(&row.cells)),
                Some(row) if row.number < data => {
                    header::note(&mut below, texts(&row.cells));
                }
                _ => break,
            }
        }
        drop(rows);
        self.header_end = end;
        self.first_row = data;
        self.header = header::join(named).map_err(|error| error.at(at))?;
        self.header.below = below;
        Ok(())
    }

    /// Hands over all rows.
    ///
    /// # Errors
    /// The sheet cannot be read further.
    pub fn rows(mut self, each: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<(), InputError> {
        let offset = if self.is_failures_file {
            carried::COLUMNS.len()
        } else {
            0
        };
        let width = self.header.len() + offset;
        let (first_row, header_end, failures) =
            (self.first_row, self.header_end, self.is_failures_file);
        let notices = self.notices.clone();
        let mut rows = self.rows_of(width)?;
        let mut gap = Gap::default();
        while let Some(read) = rows.next_row()? {
            if read.number < first_row {
                continue;
            }
            if gap.rows < 2 && read.cells.iter().any(is_import_id) {
                notices.add(header::import_ids(read.number, read.number - header_end));
            }
            let cells = read.cells.iter().filter_map(|cell| match cell {
                Cell::Text(text) => Some(text.as_str()),
                _ => None,
            });
            gap.see(read.number);
            gap.name(cells);
            if each(row(read, width, offset, failures)).is_break() {
                return Ok(());
            }
        }
        gap.tell(&notices);
        if rows.has_percentages() {
            notices.add(
                "cells shown as percentages are read as the fractions they hold: 85 % is 0.85",
            );
        }
        if let Some(format) = rows.zeros_format() {
            notices.add(format!(
                "cells shown with leading zeros by their format ({format}) are read without: 00123 is 123; where they \
                 belong to ids, have them as texts"
            ));
        }
        let spans = rows.spans();
        drop(rows);
        if !self.fill_merged && !failures && gap.rows <= LOOKED_THROUGH {
            let merged = self.workbook.merged(&self.sheet);
            let merged = merged.ok().flatten().unwrap_or(spans);
            merged::tell(&merged, first_row, width, &notices);
        }
        Ok(())
    }
}

fn row(read: SheetRow, width: usize, offset: usize, is_failures_file: bool) -> Row {
    let mut cells = read.cells;
    let fault = read
        .stray
        .map(|column| Box::new(stray(read.number, column)));
    if cells.len() < width {
        cells.resize(width, Cell::Empty);
    }
    let past =
        is_failures_file.then(|| Box::new(carried::from_cells(|index| look(&cells[index]).text())));
    Row {
        file: 0,
        position: Position {
            row: read.number,
            line: read.number,
        },
        cells: Cells::Typed(cells),
        offset,
        carried: past,
        fault,
    }
}

fn is_import_id(cell: &Cell) -> bool {
    matches!(cell, Cell::Text(text) if header::is_import_id(text))
}

/// The first row at or after a number that is not blank.
fn from(rows: &mut Rows<'_>, wanted: u64) -> Result<Option<SheetRow>, InputError> {
    while let Some(row) = rows.next_row()? {
        if row.number >= wanted {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

fn no_header(wanted: u64) -> InputError {
    let message = if wanted == 1 {
        "the sheet is empty"
    } else {
        "that row should name the columns, but the sheet ends before it"
    };
    trouble(
        message,
        "choose another sheet (--sheet) or row (--header-row)",
    )
}

fn stray(row: u64, column: usize) -> Rejection {
    let letters = letters(column);
    let message = format!(
        "row {row} has a cell in column {letters}, right of the last column the header names: \
         remove it, or name the column"
    );
    Rejection::new("ragged_row", letters, message)
}

fn unreadable(error: &impl std::fmt::Display) -> InputError {
    trouble(
        // Cut short: some of calamine's messages quote what they could not read.
        format!("the workbook is damaged: {:.120}", error.to_string()),
        "if it opens in a spreadsheet program, save it again as .xlsx or CSV there",
    )
}

fn damaged() -> InputError {
    trouble(
        "the workbook is damaged or was cut off",
        "download or export it again; if it opens in a spreadsheet program, save it as .xlsx or CSV there",
    )
}

/// The workbook is encrypted.
pub fn password() -> InputError {
    trouble(
        "the workbook is protected by a password",
        "open it and save it without one (File, Info, Protect Workbook)",
    )
}
