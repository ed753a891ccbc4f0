//! The rows of a sheet that hold anything.

use std::collections::HashSet;

use calamine::Dimensions;

use super::super::notices::Notices;
use super::super::trouble;
use super::cells::{Placed, Stream, Workbook};
use super::merged::{self, Merged};
use super::values::{is_blank, letters};
use super::{MAX_COLUMNS, NO_RESULT, damaged};
use crate::error::InputError;
use crate::outcome::quote;
use crate::record::{Cell, may_be_rounded};

/// So many columns right of the last named one still count as near it.
const NEAR: usize = 64;
/// So many cells of a row are made room for at once.
const USUAL: usize = 256;
/// The most bytes of text in a row.
const MAX_TEXT: usize = 16 << 20;

/// A row that is not blank.
pub struct SheetRow {
    /// Its number from 1.
    pub number: u64,
    /// Its cells, up to the last that is filled and within the width asked for.
    pub cells: Vec<Cell>,
    /// The first column beyond that width with something in it.
    pub stray: Option<usize>,
}

/// The rows of a sheet, in the order of the file.
pub struct Rows<'a> {
    cells: Stream<'a>,
    /// How many columns are kept.
    width: usize,
    /// The cell read last.
    next: Placed,
    /// It is of the next row, met at the end of this one.
    is_ahead: bool,
    at_end: bool,
    /// The row last begun.
    last: Option<u32>,
    merged: Option<Merged>,
    /// Where they are not filled: areas of which cells told themselves.
    spans: Vec<Dimensions>,
    notices: Notices,
    /// Columns whose long numbers were told.
    told: HashSet<u32>,
}

impl<'a> Rows<'a> {
    /// Begins at the top of a sheet.
    pub fn new(
        workbook: &'a mut Workbook,
        sheet: &str,
        width: usize,
        notices: &Notices,
    ) -> Result<Self, InputError> {
        let cells = workbook
            .cells(sheet)
            .map_err(|error| error.at(format!("sheet {}", quote(sheet))))?;
        Ok(Self {
            cells,
            width,
            next: Placed::default(),
            is_ahead: false,
            at_end: false,
            last: None,
            merged: None,
            spans: Vec::new(),
            notices: notices.clone(),
            told: HashSet::new(),
        })
    }

    /// Lets the value of merged cells stand in each of them.
    pub fn fill(&mut self, regions: Vec<Dimensions>) {
        self.merged = Some(Merged::new(regions));
    }

    /// Merged areas of which cells told themselves, where they were not filled.
    pub fn spans(&mut self) -> Vec<Dimensions> {
        std::mem::take(&mut self.spans)
    }

    /// The sheet's width by its own word.
    pub fn declared_width(&self) -> usize {
        self.cells.declared_width().min(MAX_COLUMNS) as usize
    }

    /// Whether percentages were met.
    pub fn has_percentages(&self) -> bool {
        self.cells.has_percentages()
    }

    /// The format by which numbers are shown with leading zeros, where there is one.
    pub fn zeros_format(&self) -> Option<&str> {
        self.cells.zeros_format()
    }

    /// The next row.
    pub fn next_row(&mut self) -> Result<Option<SheetRow>, InputError> {
        if !self.take_cell(0)? {
            return Ok(None);
        }
        let row = self.next.row;
        // A row that comes in two pieces would be two records with half of the cells each.
        if let Some(last) = self.last.replace(row).filter(|last| row <= *last) {
            return Err(out_of_order(row, last));
        }
        let mut read = SheetRow {
            number: u64::from(row) + 1,
            // Most rows are filled.
            cells: Vec::with_capacity(self.width.min(USUAL)),
            stray: None,
        };
        let mut text = 0;
        self.put(&mut read, &mut text)?;
        while self.take_cell(row)? {
            if self.next.row != row {
                self.is_ahead = true;
                break;
            }
            self.put(&mut read, &mut text)?;
        }
        if let Some(merged) = &mut self.merged {
            merged.fill(row, &mut read.cells, self.width);
        }
        Ok(Some(read))
    }

    /// Puts the cell read last into its row.
    fn put(&mut self, read: &mut SheetRow, text: &mut usize) -> Result<(), InputError> {
        let column = self.next.column as usize;
        if column >= self.width {
            read.stray = Some(read.stray.map_or(column, |other| other.min(column)));
            // What stands near the table belongs to the row, and goes with it into the failures file.
            if column >= self.width.saturating_add(NEAR) {
                return Ok(());
            }
        }
        self.remark();
        if let Cell::Text(cell) | Cell::Error(cell) = &self.next.cell {
            *text += cell.len();
        }
        if *text > MAX_TEXT {
            return Err(
                trouble("the row is longer than 16 MiB", "check the sheet there")
                    .at(format!("row {}", read.number)),
            );
        }
        match &mut self.merged {
            Some(merged) => merged.see(&self.next),
            None => merged::note(&self.next, &mut self.spans),
        }
        let cell = std::mem::replace(&mut self.next.cell, Cell::Empty);
        if read.cells.len() == column {
            read.cells.push(cell);
            return Ok(());
        }
        if read.cells.len() < column {
            read.cells.resize(column + 1, Cell::Empty);
        }
        if read.cells[column] != Cell::Empty {
            return Err(twice(read.number, column));
        }
        read.cells[column] = cell;
        Ok(())
    }

    /// Tells of what a person may not expect in a cell.
    fn remark(&mut self) {
        let placed = &self.next;
        match &placed.cell {
            Cell::Number(number) if may_be_rounded(*number) && self.told.insert(placed.column) => {
                self.notices.add(format!(
                    "column {} holds whole numbers of sixteen digits or more (the first in row {}), of which a \
                     spreadsheet keeps only fifteen: ids may have lost digits; export them as text",
                    letters(placed.column as usize),
                    u64::from(placed.row) + 1
                ));
            }
            Cell::Error(error) if error == NO_RESULT && self.told.insert(u32::MAX) => {
                self.notices.add(format!(
                    "cell {}{} and perhaps others hold a formula without its result: open the workbook in a \
                     spreadsheet program and save it there",
                    letters(placed.column as usize),
                    u64::from(placed.row) + 1
                ));
            }
            _ => {}
        }
    }

    /// Goes to the next cell that is not blank; `row` is where messages say we are.
    fn take_cell(&mut self, row: u32) -> Result<bool, InputError> {
        if std::mem::take(&mut self.is_ahead) {
            return Ok(true);
        }
        // Asked again after the end, some readers report an error.
        while !self.at_end {
            let place = || format!("row {} or below", u64::from(row) + 1);
            let next = self.cells.next_cell(&mut self.next);
            if !next.map_err(|error| error.at(place()))? {
                self.at_end = true;
                break;
            }
            if self.next.column >= MAX_COLUMNS {
                return Err(damaged().at(place()));
            }
            if !is_blank(&self.next.cell) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn out_of_order(row: u32, last: u32) -> InputError {
    let (row, last) = (u64::from(row) + 1, u64::from(last) + 1);
    trouble(
        format!("the rows of the sheet are out of order: row {row} stands below row {last}"),
        "open the workbook in a spreadsheet program and save it again",
    )
    .at(format!("row {row}"))
}

fn twice(row: u64, column: usize) -> InputError {
    trouble(
        format!(
            "cell {}{row} stands in the sheet twice, with two values",
            letters(column)
        ),
        "open the workbook in a spreadsheet program and save it again",
    )
    .at(format!("row {row}"))
}
