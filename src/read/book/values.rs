//! A cell of `calamine` as one of ours.

use calamine::{Data, DataRef, ExcelDateTime};
use jiff::civil::DateTime;

use crate::record::{Cell, CellRef, trim};

/// A cell as its workbook's reader gives it.
pub fn convert(value: DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(number as f64),
        DataRef::Float(number) => Cell::Number(number),
        DataRef::String(text) | DataRef::DurationIso(text) => Cell::Text(text),
        DataRef::SharedString(text) => Cell::Text(text.to_owned()),
        DataRef::Bool(value) => Cell::Bool(value),
        DataRef::DateTime(at) => date(&at),
        DataRef::DateTimeIso(text) => iso(&text),
        DataRef::Error(error) => Cell::Error(error.to_string()),
    }
}

/// A cell that was loaded.
pub fn convert_loaded(value: &Data) -> Cell {
    match value {
        Data::Empty => Cell::Empty,
        Data::Int(number) => Cell::Number(*number as f64),
        Data::Float(number) => Cell::Number(*number),
        Data::String(text) | Data::DurationIso(text) => Cell::Text(text.clone()),
        Data::Bool(value) => Cell::Bool(*value),
        Data::DateTime(at) => date(at),
        Data::DateTimeIso(text) => iso(text),
        Data::Error(error) => Cell::Error(error.to_string()),
    }
}

fn iso(text: &str) -> Cell {
    let at = text.trim_end_matches('Z').parse();
    at.map_or_else(|_| Cell::Text(text.to_owned()), Cell::DateTime)
}

/// The number of the day after 9999-12-31.
const AFTER_LAST_DAY: f64 = 2_958_466.0;

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
    // Beyond these a spreadsheet shows no date, and a library the nearest that it knows.
    let known = (0.0..AFTER_LAST_DAY).contains(&number);
    let at = civil(at).filter(|_| known);
    at.map_or(Cell::Number(number), Cell::DateTime)
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

/// Whether there is nothing to be seen in a cell.
pub fn is_blank(cell: &Cell) -> bool {
    match cell {
        Cell::Empty => true,
        Cell::Text(text) => trim(text).is_empty(),
        _ => false,
    }
}

/// A cell looked at.
pub fn look(cell: &Cell) -> CellRef<'_> {
    match cell {
        Cell::Empty => CellRef::Empty,
        Cell::Text(text) => CellRef::Text(text),
        Cell::Number(number) => CellRef::Number(*number),
        Cell::Bool(value) => CellRef::Bool(*value),
        Cell::DateTime(at) => CellRef::DateTime(*at),
        Cell::Error(text) => CellRef::Error(text),
    }
}

/// The cells of a row as text.
pub fn texts(cells: &[Cell]) -> Vec<String> {
    cells
        .iter()
        .map(|cell| look(cell).text().into_owned())
        .collect()
}

/// A column as spreadsheets name it: A, Z, AA.
pub fn letters(mut column: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column % 26]));
        if column < 26 {
            return name;
        }
        column = column / 26 - 1;
    }
}
