//! Merged cells: only the first of them holds the value.

use calamine::Dimensions;

use super::super::notices::Notices;
use super::cells::Placed;
use super::values::letters;
use crate::record::Cell;

/// The most merged areas that are filled at one row.
const MAX_OPEN: usize = 1 << 14;

/// Tells of areas over several rows of data, which are not filled.
pub fn tell(areas: &[Dimensions], first_row: u64, width: usize, notices: &Notices) {
    let is_tall = |area: &&Dimensions| {
        area.start.0 < area.end.0
            && u64::from(area.start.0) + 1 >= first_row
            && (area.start.1 as usize) < width
    };
    let tall = areas.iter().filter(is_tall);
    let Some(first) = tall.clone().min_by_key(|area| area.start) else {
        return;
    };
    let name =
        |(row, column): (u32, u32)| format!("{}{}", letters(column as usize), u64::from(row) + 1);
    let more = match tall.count() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    notices.add(format!(
        "cells {}:{}{more} are merged over several rows, and only the first of those rows has their value: to have it in \
         each, say fill_merged = true under [source], or --fill-merged",
        name(first.start),
        name(first.end)
    ));
}

/// The area of a cell that tells itself how far it spans.
fn area(placed: &Placed) -> Dimensions {
    let end = (
        placed.row.saturating_add(placed.spans.1 - 1),
        placed.column.saturating_add(placed.spans.0 - 1),
    );
    Dimensions::new((placed.row, placed.column), end)
}

/// Notes the area of a cell that tells itself that it spans several.
pub fn note(placed: &Placed, areas: &mut Vec<Dimensions>) {
    if placed.spans != (1, 1) && areas.len() < MAX_OPEN {
        areas.push(area(placed));
    }
}

/// The merged areas of a sheet, and those that the current row crosses.
pub struct Merged {
    /// All that are known beforehand, by their first row, the last of them first.
    waiting: Vec<Dimensions>,
    open: Vec<(Dimensions, Cell)>,
}

impl Merged {
    /// Areas known beforehand; there may be more that cells tell of themselves.
    pub fn new(mut regions: Vec<Dimensions>) -> Self {
        regions.retain(|region| region.start.0 <= region.end.0 && region.start.1 <= region.end.1);
        regions.sort_unstable_by_key(|region| std::cmp::Reverse(region.start));
        Self {
            waiting: regions,
            open: Vec::new(),
        }
    }

    /// Sees a cell that may say that it spans others.
    pub fn see(&mut self, placed: &Placed) {
        if placed.spans != (1, 1) && self.open.len() < MAX_OPEN {
            self.open.push((area(placed), placed.cell.clone()));
        }
    }

    /// Fills the empty cells of a row, up to a width.
    pub fn fill(&mut self, row: u32, cells: &mut Vec<Cell>, width: usize) {
        while let Some(area) = self.waiting.pop_if(|area| area.start.0 <= row) {
            let value = cells.get(area.start.1 as usize);
            // An area that begins in a row left out has nothing to fill with.
            if area.start.0 == row && self.open.len() < MAX_OPEN {
                self.open.extend(value.map(|value| (area, value.clone())));
            }
        }
        self.open.retain(|(area, _)| area.end.0 >= row);
        for (area, value) in &self.open {
            let end = (area.end.1 as usize + 1).min(width);
            for column in area.start.1 as usize..end {
                if cells.len() <= column {
                    cells.resize(column + 1, Cell::Empty);
                }
                if cells[column] == Cell::Empty {
                    cells[column] = value.clone();
                }
            }
        }
    }
}
