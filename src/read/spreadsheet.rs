//! Workbooks of Excel 2007 and later, read cell by cell.
//!
//! Never `worksheet_range`: it asks for memory for every cell between the outermost ones, filled or not.

use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxCellReader};
use jiff::civil::DateTime;

use super::notices::Notices;
use super::{Format, Layout, carried, guard, sheets, trouble};
use crate::error::InputError;
use crate::outcome::{Rejection, quote};
use crate::record::{Cell, CellRef, Cells, Header, Position, Row};

type Workbook = Xlsx<BufReader<File>>;

/// A workbook whose header has been read.
pub struct Book {
    workbook: Workbook,
    sheet: String,
    header: Header,
    /// The first row that is data.
    first_row: u64,
    is_failures_file: bool,
}

impl Book {
    /// Opens a workbook and reads the header of one sheet.
    ///
    /// # Errors
    /// It is damaged, protected, too large when unpacked; the sheet is not there or blank.
    pub fn open(file: File, layout: &Layout, _notices: Notices) -> Result<Self, InputError> {
        guard::check(&file, &guard::LIMITS)?;
        let mut workbook: Workbook =
            Xlsx::new(BufReader::new(file)).map_err(|error| unreadable(&error))?;
        let sheets = workbook.sheets_metadata().to_vec();
        // First without the settings: they do not apply to a failures file.
        let first = sheets::choose(&sheets, None)?;
        if let Some((row, cells)) = header_row(&mut workbook, &first, 1)?
            && carried::is_header(texts(&cells).iter())
        {
            return Ok(Self {
                header: Header::new(texts(&cells).split_off(carried::COLUMNS.len())),
                workbook,
                sheet: first,
                first_row: row + 1,
                is_failures_file: true,
            });
        }
        let sheet = sheets::choose(&sheets, layout.sheet.as_ref())?;
        let (header, first_row) = header(&mut workbook, &sheet, layout)?;
        Ok(Self {
            workbook,
            sheet,
            header,
            first_row,
            is_failures_file: false,
        })
    }

    /// The columns, without ours.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its format.
    pub fn format(&self) -> Format {
        Format::Xlsx
    }

    /// The sheet that is read.
    pub fn sheet(&self) -> &str {
        &self.sheet
    }

    /// Whether it is a failures file.
    pub fn is_failures_file(&self) -> bool {
        self.is_failures_file
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
        let mut rows = Rows::new(&mut self.workbook, &self.sheet)?;
        while let Some((number, mut cells)) = rows.next_row()? {
            if number < self.first_row {
                continue;
            }
            let fault = stray(number, &cells, width);
            if fault.is_none() {
                cells.resize(width, Cell::Empty);
            }
            let past = self
                .is_failures_file
                .then(|| Box::new(carried::from_cells(|index| look(&cells[index]).text())));
            let row = Row {
                file: 0,
                position: Position {
                    row: number,
                    line: number,
                },
                cells: Cells::Typed(cells),
                offset,
                carried: past,
                fault,
            };
            if each(row).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// The rows of a sheet that hold anything.
struct Rows<'a> {
    cells: XlsxCellReader<'a, BufReader<File>>,
    /// A cell of the next row, met at the end of this one.
    ahead: Option<(u32, u32, Cell)>,
    /// Asked again after the end, the cells reader would report an error.
    at_end: bool,
}

impl<'a> Rows<'a> {
    fn new(workbook: &'a mut Workbook, sheet: &str) -> Result<Self, InputError> {
        let cells = workbook
            .worksheet_cells_reader(sheet)
            .map_err(|error| unreadable(&error).at(format!("sheet {}", quote(sheet))))?;
        Ok(Self {
            cells,
            ahead: None,
            at_end: false,
        })
    }

    /// The next row with its number from 1. It ends with a cell that is not blank.
    fn next_row(&mut self) -> Result<Option<(u64, Vec<Cell>)>, InputError> {
        let Some((row, column, cell)) = self.take_cell(0)? else {
            return Ok(None);
        };
        let mut cells = Vec::new();
        put(&mut cells, column, cell);
        while let Some((next_row, column, cell)) = self.take_cell(row)? {
            if next_row != row {
                self.ahead = Some((next_row, column, cell));
                break;
            }
            put(&mut cells, column, cell);
        }
        Ok(Some((u64::from(row) + 1, cells)))
    }

    /// The next cell that is not blank; `row` is where messages say we are.
    fn take_cell(&mut self, row: u32) -> Result<Option<(u32, u32, Cell)>, InputError> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        while !self.at_end {
            let next = self.cells.next_cell().map_err(|error| {
                unreadable(&error).at(format!("row {} or below", u64::from(row) + 1))
            })?;
            let Some(next) = next else {
                self.at_end = true;
                break;
            };
            let (row, column) = next.get_position();
            let cell = convert(next.get_value());
            if !is_blank(&cell) {
                return Ok(Some((row, column, cell)));
            }
        }
        Ok(None)
    }
}

fn put(cells: &mut Vec<Cell>, column: u32, cell: Cell) {
    let column = column as usize;
    if cells.len() <= column {
        cells.resize(column + 1, Cell::Empty);
    }
    cells[column] = cell;
}

fn is_blank(cell: &Cell) -> bool {
    match cell {
        Cell::Empty => true,
        Cell::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn look(cell: &Cell) -> CellRef<'_> {
    match cell {
        Cell::Empty => CellRef::Empty,
        Cell::Text(text) => CellRef::Text(text),
        Cell::Number(number) => CellRef::Number(*number),
        Cell::Bool(value) => CellRef::Bool(*value),
        Cell::DateTime(at) => CellRef::DateTime(*at),
        Cell::Error(text) => CellRef::Error(text),
    }
}

fn texts(cells: &[Cell]) -> Vec<String> {
    cells
        .iter()
        .map(|cell| look(cell).text().into_owned())
        .collect()
}

fn convert(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::String(text) | DataRef::DurationIso(text) => Cell::Text(text.clone()),
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::DateTime(at) => date(at),
        DataRef::DateTimeIso(text) => text
            .trim_end_matches('Z')
            .parse()
            .map_or_else(|_| Cell::Text(text.clone()), Cell::DateTime),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}

/// A number formatted as a date; a duration, or a time without a day, is text.
fn date(at: &ExcelDateTime) -> Cell {
    let number = at.as_f64();
    if at.is_duration() || (0.0..1.0).contains(&number) {
        let seconds = (number * 86_400.0).round();
        let (minutes, sign) = (
            (seconds.abs() / 60.0).floor(),
            if seconds < 0.0 { "-" } else { "" },
        );
        return Cell::Text(format!(
            "{sign}{:02}:{:02}:{:02}",
            (minutes / 60.0).floor(),
            minutes % 60.0,
            seconds.abs() % 60.0
        ));
    }
    civil(at).map_or(Cell::Number(number), Cell::DateTime)
}

fn civil(at: &ExcelDateTime) -> Option<DateTime> {
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        i32::from(milli) * 1_000_000,
    )
    .ok()
}

fn header(
    workbook: &mut Workbook,
    sheet: &str,
    layout: &Layout,
) -> Result<(Header, u64), InputError> {
    let wanted = layout.header_row.unwrap_or(1);
    let skipped = layout.skip_rows_after_header;
    if wanted == 0 {
        let first = skipped.saturating_add(1);
        let declared = declared_width(workbook, sheet)?;
        let width = header_row(workbook, sheet, first)?.map_or(0, |(_, cells)| cells.len());
        return Ok((Header::unnamed(width.max(declared)), first));
    }
    let place = format!("sheet {}, row {wanted}", quote(sheet));
    let Some((row, cells)) = header_row(workbook, sheet, wanted)? else {
        let message = if wanted == 1 {
            "the sheet is empty"
        } else {
            "that row should name the columns, but the sheet ends before it"
        };
        return Err(trouble(
            message,
            "choose another sheet (--sheet) or row (--header-row)",
        )
        .at(place));
    };
    if wanted > 1 && row != wanted {
        return Err(trouble(
            "that row should name the columns, but it is blank",
            "correct header_row (--header-row): rows count as the spreadsheet shows them",
        )
        .at(place));
    }
    let first = row.saturating_add(skipped).saturating_add(1);
    Ok((Header::new(texts(&cells)), first))
}

/// The first row at or after a number that is not blank.
fn header_row(
    workbook: &mut Workbook,
    sheet: &str,
    wanted: u64,
) -> Result<Option<(u64, Vec<Cell>)>, InputError> {
    let mut rows = Rows::new(workbook, sheet)?;
    while let Some(row) = rows.next_row()? {
        if row.0 >= wanted {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The sheet's width by its own word: without a header, later rows may be longer than the first.
fn declared_width(workbook: &mut Workbook, sheet: &str) -> Result<usize, InputError> {
    let rows = Rows::new(workbook, sheet)?;
    Ok(rows.cells.dimensions().end.1 as usize + 1)
}

fn stray(row: u64, cells: &[Cell], width: usize) -> Option<Box<Rejection>> {
    let column = (width..cells.len()).find(|&column| !is_blank(&cells[column]))?;
    let letters = letters(column);
    let message = format!(
        "row {row} has a cell in column {letters}, right of the last column the header names: \
         remove it, or name the column"
    );
    Some(Box::new(Rejection::new("ragged_row", letters, message)))
}

/// A column as spreadsheets name it: A, Z, AA.
fn letters(mut column: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column % 26]));
        if column < 26 {
            return name;
        }
        column = column / 26 - 1;
    }
}

fn unreadable(error: &calamine::XlsxError) -> InputError {
    match error {
        calamine::XlsxError::Password => trouble(
            "the workbook is protected by a password",
            "open it and save it without one (File, Info, Protect Workbook)",
        ),
        other => trouble(
            // Cut short: some of calamine's messages quote what they could not read.
            format!("the workbook is damaged: {:.120}", other.to_string()),
            "if it opens in a spreadsheet program, save it again as .xlsx or CSV there",
        ),
    }
}
