//! Which sheet of a workbook is read.

use calamine::{Sheet as Listed, SheetType, SheetVisible};

use super::super::{Sheet, trouble};
use crate::error::InputError;
use crate::outcome::quote;

/// The sheet wanted; else the first visible one with cells (not a chart), else the first with cells.
///
/// # Errors
/// There is none; the message lists those there are.
pub fn choose(sheets: &[Listed], wanted: Option<&Sheet>) -> Result<String, InputError> {
    let is_table = |sheet: &&Listed| sheet.typ == SheetType::WorkSheet;
    let found = match wanted {
        None => sheets
            .iter()
            .filter(is_table)
            .find(|sheet| sheet.visible == SheetVisible::Visible)
            .or_else(|| sheets.iter().find(is_table)),
        Some(Sheet::Name(name)) => sheets
            .iter()
            .find(|sheet| sheet.name == *name)
            .or_else(|| sheets.iter().find(|sheet| alike(&sheet.name, name))),
        Some(Sheet::Number(number)) => number.checked_sub(1).and_then(|index| sheets.get(index)),
    };
    match found {
        Some(sheet) if sheet.typ == SheetType::WorkSheet => Ok(sheet.name.clone()),
        Some(sheet) => Err(trouble(
            format!(
                "the sheet {} is a chart or macro, not a table",
                quote(&sheet.name)
            ),
            format!("choose another (--sheet): {}", list(sheets)),
        )),
        None if sheets.is_empty() => Err(trouble("the workbook has no sheet", "")),
        None => Err(unknown_sheet(sheets, wanted)),
    }
}

fn alike(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn unknown_sheet(sheets: &[Listed], wanted: Option<&Sheet>) -> InputError {
    let message = match wanted {
        Some(Sheet::Name(name)) => {
            let near = sheets
                .iter()
                .map(|sheet| (strsim::jaro_winkler(&sheet.name, name), &sheet.name))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let hint = near.filter(|(likeness, _)| *likeness > 0.7);
            let hint = hint.map_or(String::new(), |(_, near)| {
                format!("; did you mean {}?", quote(near))
            });
            format!("there is no sheet {}{hint}", quote(name))
        }
        Some(Sheet::Number(number)) => format!("there is no sheet number {number}"),
        None => "there is no sheet with a table".to_owned(),
    };
    trouble(message, format!("the workbook has: {}", list(sheets)))
}

fn list(sheets: &[Listed]) -> String {
    let names: Vec<String> = sheets.iter().map(|sheet| quote(&sheet.name)).collect();
    names.join(", ")
}
