//! Which sheet holds the table, where the first one holds a note, and how large all are.

use calamine::{Sheet as Listed, SheetType, SheetVisible};

use super::super::notices::Notices;
use super::super::title::{self, Beginning};
use super::super::{Format, SheetSize};
use super::MAX_COLUMNS;
use super::cells::Workbook;
use super::rows::Rows;
use super::values::texts;

/// A sheet with more rows than this is not counted through.
const COUNTED: u64 = 10_000;
/// So many other sheets are compared with the one that is read.
const COMPARED: usize = 64;
/// A note in two columns has so many rows at most.
const NOTE: usize = 15;

/// The first rows of a sheet; none where it cannot be read.
pub fn beginning(workbook: &mut Workbook, sheet: &str) -> Beginning {
    // What is to be told of its cells is told when they are read.
    let notices = Notices::default();
    let Ok(mut rows) = Rows::new(workbook, sheet, MAX_COLUMNS as usize, &notices) else {
        return Beginning::new();
    };
    let mut read = Beginning::new();
    while read.len() < title::LOOK
        && let Ok(Some(row)) = rows.next_row()
    {
        let cells = texts(&row.cells).into_iter();
        read.push((
            row.number,
            cells.map(|cell| cell.trim().to_owned()).collect(),
        ));
    }
    read
}

/// The one sheet that holds a table, where the one given holds a note or nothing.
pub fn table(workbook: &mut Workbook, sheets: &[Listed], given: &str) -> Option<String> {
    let own = beginning(workbook, given);
    let narrow = title::width(&own) <= 2 && own.len() < title::LOOK;
    if !narrow {
        return None;
    }
    let others = sheets.iter().filter(|sheet| {
        sheet.typ == SheetType::WorkSheet
            && sheet.visible == SheetVisible::Visible
            && sheet.name != given
    });
    let mut found = None;
    for sheet in others {
        let rows = beginning(workbook, &sheet.name);
        if !title::is_table(&rows) {
            continue;
        }
        if found.is_some() {
            return None;
        }
        found = Some((sheet.name.clone(), rows));
    }
    let (name, rows) = found?;
    (is_note(&own) || (own.len() <= NOTE && dwarfs(&rows, &own))).then_some(name)
}

/// The visible sheets besides the one given that hold a table with the same names in its header row. Only their first
/// rows are looked at.
pub fn alike(workbook: &mut Workbook, given: &str, header_row: u64) -> Vec<String> {
    // Before its sheets are reached, all of an OpenDocument that stands above them has to be read.
    if workbook.format() == Format::Ods {
        return Vec::new();
    }
    let own = beginning(workbook, given);
    let Some((_, names)) = own.iter().find(|(row, _)| *row == header_row) else {
        return Vec::new();
    };
    if names.len() < 2 {
        return Vec::new();
    }
    let mut sheets = workbook.sheets();
    sheets.retain(|sheet| {
        sheet.typ == SheetType::WorkSheet
            && sheet.visible == SheetVisible::Visible
            && sheet.name != given
    });
    sheets.truncate(COMPARED);
    sheets.retain(|sheet| {
        let rows = beginning(workbook, &sheet.name);
        let header = rows.iter().position(|(_, cells)| cells == names);
        header.is_some_and(|at| at + 1 < rows.len())
    });
    sheets.into_iter().map(|sheet| sheet.name).collect()
}

/// A few cells below one another, or in two columns with gaps or a title.
fn is_note(rows: &Beginning) -> bool {
    let Some((first, cells)) = rows.first() else {
        return true;
    };
    let gaps = rows
        .last()
        .is_some_and(|(last, _)| last - first >= rows.len() as u64);
    let lone = cells.iter().filter(|cell| !cell.is_empty()).count() < 2;
    title::width(rows) < 2 || gaps || lone
}

fn dwarfs(table: &Beginning, note: &Beginning) -> bool {
    title::width(table) >= 4 && table.len() >= 2 * note.len()
}

/// How large each sheet is, in their order.
pub fn sizes(workbook: &mut Workbook) -> Vec<SheetSize> {
    let notices = Notices::default();
    let mut sizes = Vec::new();
    for sheet in workbook.sheets() {
        let mut size = SheetSize {
            name: sheet.name,
            is_hidden: sheet.visible != SheetVisible::Visible,
            is_table: sheet.typ == SheetType::WorkSheet,
            ..SheetSize::default()
        };
        if size.is_table
            && let Ok(mut rows) = Rows::new(workbook, &size.name, MAX_COLUMNS as usize, &notices)
        {
            while let Ok(Some(row)) = rows.next_row() {
                if size.rows == COUNTED {
                    size.has_more = true;
                    break;
                }
                size.rows += 1;
                size.columns = size.columns.max(row.cells.len());
            }
        }
        sizes.push(size);
    }
    sizes
}
