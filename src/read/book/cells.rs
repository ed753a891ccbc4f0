//! The cells of a sheet one by one, whatever the workbook's kind.
//!
//! What `calamine` panics at is damage in the workbook: it is caught here, and told as such.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};

use calamine::{
    Data, Dimensions, Range, Reader, Sheet, UsedCells, Xls, Xlsb, Xlsx, XlsxCellReader,
};

use super::super::Format;
use super::values::{convert, convert_loaded};
use super::{NO_RESULT, damaged, guard, ods, password, unreadable, xls};
use crate::error::InputError;
use crate::record::Cell;

/// An open workbook.
pub enum Workbook {
    /// `.xlsx`, `.xlsm`
    Xlsx(Box<Xlsx<BufReader<File>>>),
    /// `.xlsb`
    Xlsb(Box<Xlsb<BufReader<File>>>),
    /// `.xls`, with the sheet last asked for.
    Xls(Box<Xls<BufReader<File>>>, Option<(String, Range<Data>)>),
    /// `.ods`
    Ods(Box<ods::Document>),
}

/// A cell and where it stands, from 0.
pub struct Placed {
    /// Its row.
    pub row: u32,
    /// Its column.
    pub column: u32,
    /// What it holds.
    pub cell: Cell,
    /// How many columns and rows it spans, where that is told with it.
    pub spans: (u32, u32),
}

impl Default for Placed {
    fn default() -> Self {
        Self {
            row: 0,
            column: 0,
            cell: Cell::Empty,
            spans: (1, 1),
        }
    }
}

impl Placed {
    fn put(&mut self, (row, column): (u32, u32), cell: Cell) {
        (self.row, self.column, self.spans) = (row, column, (1, 1));
        self.cell = cell;
    }
}

/// Whether there was a cell; an error is boxed, as what is looked at for every cell should be small.
type Next = Result<bool, Box<InputError>>;
type NextCell<'a> = dyn FnMut(&mut Placed) -> Next + 'a;

/// The cells of a sheet.
pub enum Stream<'a> {
    /// Read as they come.
    Xlsx(Box<XlsxCellReader<'a, BufReader<File>>>),
    /// Likewise, by a reader whose type cannot be named; and the sheet's width by its own word.
    Xlsb(Box<NextCell<'a>>, u32),
    /// Loaded; counted from its first filled row and column.
    Xls(UsedCells<'a, Data>, (u32, u32)),
    /// Read as they come.
    Ods(Box<ods::Cells<'a>>),
}

impl Workbook {
    /// Opens a workbook of any kind, after a look at what it would take.
    ///
    /// # Errors
    /// It is damaged, protected, too large when unpacked, or no workbook.
    pub fn open(mut file: File, is_compound: bool) -> Result<Self, InputError> {
        let kind = if is_compound {
            xls::check(&file)?;
            Format::Xls
        } else {
            guard::check(&file, &guard::LIMITS)?
        };
        file.seek(SeekFrom::Start(0)).map_err(|_| damaged())?;
        calm(|| match kind {
            Format::Xls => Xls::new(BufReader::new(file))
                .map(|book| Self::Xls(Box::new(book), None))
                .map_err(|error| match error {
                    calamine::XlsError::Password => password(),
                    other => unreadable(&other),
                }),
            Format::Xlsb => Xlsb::new(BufReader::new(file))
                .map(|book| Self::Xlsb(Box::new(book)))
                .map_err(|error| unreadable(&error)),
            Format::Ods => ods::Document::open(file).map(|book| Self::Ods(Box::new(book))),
            _ => Xlsx::new(BufReader::new(file))
                .map(|book| Self::Xlsx(Box::new(book)))
                .map_err(|error| match error {
                    calamine::XlsxError::Password => password(),
                    other => unreadable(&other),
                }),
        })
    }

    /// Its kind.
    pub fn format(&self) -> Format {
        match self {
            Self::Xlsx(_) => Format::Xlsx,
            Self::Xlsb(_) => Format::Xlsb,
            Self::Xls(..) => Format::Xls,
            Self::Ods(_) => Format::Ods,
        }
    }

    /// Its sheets in order.
    pub fn sheets(&self) -> Vec<Sheet> {
        match self {
            Self::Xlsx(book) => book.sheets_metadata().to_vec(),
            Self::Xlsb(book) => book.sheets_metadata().to_vec(),
            Self::Xls(book, _) => book.sheets_metadata().to_vec(),
            Self::Ods(book) => book.sheets.clone(),
        }
    }

    /// The cells of a sheet.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn cells(&mut self, sheet: &str) -> Result<Stream<'_>, InputError> {
        calm(|| match self {
            Self::Xlsx(book) => book
                .worksheet_cells_reader(sheet)
                .map(|cells| Stream::Xlsx(Box::new(cells)))
                .map_err(|error| unreadable(&error)),
            Self::Xlsb(book) => {
                let cells = book.worksheet_cells_reader(sheet);
                let mut cells = cells.map_err(|error| unreadable(&error))?;
                let width = cells.dimensions().end.1.saturating_add(1);
                let next = move |into: &mut Placed| {
                    let next = cells.next_cell().map_err(|error| unreadable(&error))?;
                    let Some(next) = next else { return Ok(false) };
                    into.put(next.get_position(), convert(next.get_value().clone()));
                    Ok(true)
                };
                Ok(Stream::Xlsb(Box::new(next), width))
            }
            Self::Xls(book, loaded) => {
                if loaded.as_ref().is_none_or(|(name, _)| name != sheet) {
                    let range = book
                        .worksheet_range(sheet)
                        .map_err(|error| unreadable(&error))?;
                    *loaded = Some((sheet.to_owned(), range));
                }
                let (_, range) = loaded.as_ref().ok_or_else(damaged)?;
                Ok(Stream::Xls(
                    range.used_cells(),
                    range.start().unwrap_or_default(),
                ))
            }
            Self::Ods(book) => {
                let number = book.sheets.iter().position(|listed| listed.name == sheet);
                let cells = book.cells(number.ok_or_else(damaged)?)?;
                Ok(Stream::Ods(Box::new(cells)))
            }
        })
    }

    /// The merged cells of a sheet; `None` where this kind of workbook does not let them be known beforehand.
    ///
    /// # Errors
    /// The sheet cannot be read.
    pub fn merged(&mut self, sheet: &str) -> Result<Option<Vec<Dimensions>>, InputError> {
        calm(|| match self {
            Self::Xlsx(book) => book
                .merge_cells_by_sheet_name(sheet)
                .map(Some)
                .map_err(|error| unreadable(&error)),
            Self::Xls(book, _) => book
                .merge_cells_by_sheet_name(sheet)
                .map(Some)
                .map_err(|error| unreadable(&error)),
            Self::Xlsb(_) | Self::Ods(_) => Ok(None),
        })
    }
}

impl Stream<'_> {
    /// Puts the next cell, which may be empty, in the place of another; `false` at the end.
    ///
    /// # Errors
    /// The sheet cannot be read further.
    pub fn next_cell(&mut self, into: &mut Placed) -> Next {
        let next = crate::panics::contain(|| match self {
            Self::Xlsx(cells) => {
                let next = cells.next_cell_with_formula_metadata();
                let next = next.map_err(|error| unreadable(&error))?;
                let Some(next) = next else { return Ok(false) };
                into.put(next.pos, convert(next.value));
                if matches!(into.cell, Cell::Empty) && next.formula.is_some() {
                    into.cell = Cell::Error(NO_RESULT.to_owned());
                }
                Ok(true)
            }
            Self::Xlsb(next, _) => next(into),
            Self::Xls(cells, start) => {
                let Some((row, column, value)) = cells.next() else {
                    return Ok(false);
                };
                // No sheet of this kind has more rows or columns than fit.
                let row = u32::try_from(row).unwrap_or(u32::MAX);
                let column = u32::try_from(column).unwrap_or(u32::MAX);
                let place = (row.saturating_add(start.0), column.saturating_add(start.1));
                into.put(place, convert_loaded(value));
                Ok(true)
            }
            Self::Ods(cells) => {
                let next = cells.next_cell()?;
                Ok(next.map(|next| *into = next).is_some())
            }
        });
        next.unwrap_or_else(|| Err(Box::new(damaged())))
    }

    /// The sheet's width by its own word; 0 where it does not say.
    pub fn declared_width(&self) -> u32 {
        match self {
            Self::Xlsx(cells) => cells.dimensions().end.1.saturating_add(1),
            Self::Xlsb(_, width) => *width,
            Self::Xls(..) | Self::Ods(_) => 0,
        }
    }

    /// Whether there may be percentages among the cells read so far.
    pub fn has_percentages(&self) -> bool {
        match self {
            Self::Xlsx(cells) => cells.styles().iter().any(|style| {
                let format = style.number_format.as_ref();
                format.is_some_and(|format| format.format_code.contains('%'))
            }),
            Self::Ods(cells) => cells.percentages,
            Self::Xlsb(..) | Self::Xls(..) => false,
        }
    }

    /// The first format by which numbers are shown with leading zeros, of the workbook's styles where they are known.
    pub fn zeros_format(&self) -> Option<&str> {
        let Self::Xlsx(cells) = self else {
            return None;
        };
        let mut formats = cells
            .styles()
            .iter()
            .filter_map(|style| style.number_format.as_ref());
        formats
            .find(|format| is_padded(&format.format_code))
            .map(|format| &*format.format_code)
    }
}

/// `00000`, `000-00-0000`: two digits or more that are shown whatever they are, and nothing else that is.
fn is_padded(format: &str) -> bool {
    let first = format.split(';').next().unwrap_or("");
    let marks = first.trim_matches(['0', '-', ' ', '/', '\\', '"']);
    first.starts_with("00") && marks.is_empty()
}

/// Does what may panic.
fn calm<T>(work: impl FnOnce() -> Result<T, InputError>) -> Result<T, InputError> {
    crate::panics::contain(work).unwrap_or_else(|| Err(damaged()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_as_damage() {
        let error = calm::<Vec<u8>>(|| {
            let empty: &[u8] = &[];
            Ok(empty[std::hint::black_box(1)..].to_vec())
        });
        assert!(error.unwrap_err().message.contains("damaged"));
    }
}
