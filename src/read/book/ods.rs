//! Spreadsheets of OpenDocument, read cell by cell. `calamine` would load them whole, and a cell may say of itself
//! that it stands in a million rows: here it costs nothing until the rows are asked for.
//!
//! Elements are those of [ODF 1.2, part 1](https://docs.oasis-open.org/office/v1.2/OpenDocument-v1.2-part1.html), 9.

use std::fs::File;
use std::io::BufReader;

use calamine::{Sheet, SheetType, SheetVisible};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use zip::ZipArchive;
use zip::read::ZipFile;

use super::super::trouble;
use super::cells::Placed;
use super::meter::Meter;
use super::{MAX_COLUMNS, MAX_ROWS, NO_RESULT, damaged};
use crate::error::InputError;
use crate::record::Cell;

/// The longest text of a cell, in bytes.
const MAX_TEXT: usize = 4 << 20;

/// The most cells that repeat one before them: a file of a few hundred bytes can say that there are 17 billion. Every
/// second cell of a sheet of a million rows and sixty columns may.
const MAX_COPIES: u64 = if cfg!(test) { 2 << 20 } else { 32 << 20 };

type Xml<'a> = Reader<BufReader<Meter<ZipFile<'a, BufReader<File>>>>>;

/// An open spreadsheet.
pub struct Document {
    archive: ZipArchive<BufReader<File>>,
    /// Its sheets in order.
    pub sheets: Vec<Sheet>,
}

/// A cell of the current row, and how often it stands there side by side.
struct Run {
    column: u32,
    count: u32,
    cell: Cell,
    /// How many columns and rows it spans, where it is merged.
    spans: (u32, u32),
}

/// The cells of a sheet.
pub struct Cells<'a> {
    xml: Xml<'a>,
    /// The number of the next row, from 0.
    next_row: u32,
    row: Vec<Run>,
    /// How many more times the row is handed over.
    repeats: u32,
    /// What comes next in it: a run, and a cell of that.
    at: (usize, u32),
    /// Whether the row itself repeats the one before it.
    is_copy: bool,
    /// How many cells were copies so far.
    copies: u64,
    ended: bool,
    /// Whether a cell was shown as a percentage.
    pub percentages: bool,
}

impl Document {
    /// Opens a spreadsheet and lists its sheets.
    pub fn open(file: File) -> Result<Self, InputError> {
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| damaged())?;
        let sheets = list(&mut content(&mut archive)?)?;
        Ok(Self { archive, sheets })
    }

    /// The cells of a sheet, by its number from 0.
    pub fn cells(&mut self, number: usize) -> Result<Cells<'_>, InputError> {
        let mut xml = content(&mut self.archive)?;
        let (mut buffer, mut seen) = (Vec::new(), 0);
        loop {
            buffer.clear();
            match next_event(&mut xml, &mut buffer)? {
                Event::Start(start) if start.name().0 == "table:table" => {
                    if seen == number {
                        break;
                    }
                    seen += 1;
                }
                Event::Eof => return Err(damaged()),
                _ => {}
            }
        }
        Ok(Cells {
            xml,
            next_row: 0,
            row: Vec::new(),
            repeats: 0,
            at: (0, 0),
            is_copy: false,
            copies: 0,
            ended: false,
            percentages: false,
        })
    }
}

fn content(archive: &mut ZipArchive<BufReader<File>>) -> Result<Xml<'_>, InputError> {
    let part = archive.by_name("content.xml").map_err(|_| damaged())?;
    let metered = Meter::new(part, MAX_TEXT as u64);
    let mut xml = Reader::from_reader(BufReader::new(metered));
    xml.config_mut().expand_empty_elements = true;
    xml.config_mut().check_end_names = false;
    Ok(xml)
}

/// The next text, tag or comment, which is held as a whole.
fn next_event<'a>(xml: &mut Xml<'_>, buffer: &'a mut Vec<u8>) -> Result<Event<'a>, InputError> {
    xml.get_mut().get_mut().refill();
    let event = xml.read_event_into(buffer);
    if event.is_err() && xml.get_ref().get_ref().is_spent() {
        return Err(too_long());
    }
    event.map_err(|_| damaged())
}

fn too_many_copies() -> InputError {
    trouble(
        "more than 33 million cells of the sheet repeat the one beside or above them",
        "remove what was filled in far beyond the table, and save it again",
    )
}

fn too_long() -> InputError {
    trouble(
        "a cell of the spreadsheet is longer than 4 MiB",
        "check it in a spreadsheet program, and save the sheet as CSV there",
    )
}

fn list(xml: &mut Xml<'_>) -> Result<Vec<Sheet>, InputError> {
    let (mut buffer, mut sheets) = (Vec::new(), Vec::new());
    let (mut style, mut hidden) = (String::new(), Vec::new());
    loop {
        buffer.clear();
        match next_event(xml, &mut buffer)? {
            Event::Start(start) => match start.name().0 {
                "style:style" => style = attribute(&start, "style:name").unwrap_or_default(),
                "style:table-properties"
                    if attribute(&start, "table:display").as_deref() == Some("false") =>
                {
                    hidden.push(style.clone());
                }
                "table:table" => {
                    let is_hidden = attribute(&start, "table:style-name")
                        .is_some_and(|name| hidden.contains(&name));
                    sheets.push(Sheet {
                        name: attribute(&start, "table:name").unwrap_or_default(),
                        typ: SheetType::WorkSheet,
                        visible: if is_hidden {
                            SheetVisible::Hidden
                        } else {
                            SheetVisible::Visible
                        },
                    });
                }
                _ => {}
            },
            Event::Eof => return Ok(sheets),
            _ => {}
        }
        if sheets.len() + hidden.len() > 10_000 {
            return Err(damaged());
        }
    }
}

impl Cells<'_> {
    /// The next cell that holds anything.
    ///
    /// # Errors
    /// The sheet is damaged.
    pub fn next_cell(&mut self) -> Result<Option<Placed>, InputError> {
        loop {
            if let Some(run) = self.row.get(self.at.0) {
                if self.at.1 < run.count {
                    self.copies += u64::from(self.is_copy || self.at.1 > 0);
                    if self.copies > MAX_COPIES {
                        return Err(too_many_copies());
                    }
                    self.at.1 += 1;
                    return Ok(Some(Placed {
                        row: self.next_row - 1,
                        column: run.column + self.at.1 - 1,
                        cell: run.cell.clone(),
                        spans: run.spans,
                    }));
                }
                self.at = (self.at.0 + 1, 0);
                continue;
            }
            self.at = (0, 0);
            if !self.row.is_empty() && self.repeats > 0 && self.next_row < MAX_ROWS {
                self.repeats -= 1;
                self.next_row += 1;
                self.is_copy = true;
            } else if self.ended || !self.read_row()? {
                return Ok(None);
            }
        }
    }

    /// Reads the next row that is not blank; false at the sheet's end.
    fn read_row(&mut self) -> Result<bool, InputError> {
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            self.row.clear();
            let repeated = match next_event(&mut self.xml, &mut buffer)? {
                Event::Start(start) if start.name().0 == "table:table-row" => {
                    count(&start, "table:number-rows-repeated")
                }
                Event::End(end) if end.name().0 == "table:table" => {
                    self.ended = true;
                    return Ok(false);
                }
                Event::Eof => return Err(damaged()),
                _ => continue,
            };
            self.read_cells()?;
            if self.row.is_empty() {
                self.next_row = self.next_row.saturating_add(repeated);
                continue;
            }
            if self.next_row >= MAX_ROWS {
                return Err(damaged());
            }
            self.next_row += 1;
            self.repeats = repeated - 1;
            self.is_copy = false;
            return Ok(true);
        }
    }

    fn read_cells(&mut self) -> Result<(), InputError> {
        let (mut buffer, mut column) = (Vec::new(), 0_u32);
        loop {
            buffer.clear();
            match next_event(&mut self.xml, &mut buffer)? {
                Event::Start(start) => {
                    let name = start.name().0;
                    if !matches!(name, "table:table-cell" | "table:covered-table-cell") {
                        continue;
                    }
                    let start = start.to_owned();
                    let count = count(&start, "table:number-columns-repeated");
                    let text = self.text()?;
                    let cell = cell(&start, text);
                    self.percentages |=
                        attribute(&start, "office:value-type").as_deref() == Some("percentage");
                    if cell != Cell::Empty {
                        if column >= MAX_COLUMNS {
                            return Err(damaged());
                        }
                        self.row.push(Run {
                            column,
                            count: count.min(MAX_COLUMNS - column),
                            cell,
                            spans: (
                                self::count(&start, "table:number-columns-spanned"),
                                self::count(&start, "table:number-rows-spanned"),
                            ),
                        });
                    }
                    column = column.saturating_add(count);
                }
                Event::End(end) if end.name().0 == "table:table-row" => return Ok(()),
                Event::Eof => return Err(damaged()),
                _ => {}
            }
        }
    }

    /// The paragraphs of a cell, up to its end; comments on it left out.
    fn text(&mut self) -> Result<String, InputError> {
        let (mut buffer, mut text, mut paragraphs, mut comments) =
            (Vec::new(), String::new(), 0, 0);
        loop {
            buffer.clear();
            match next_event(&mut self.xml, &mut buffer)? {
                Event::Start(start) => match start.name().0 {
                    "office:annotation" => comments += 1,
                    _ if comments > 0 => {}
                    "text:p" => {
                        paragraphs += 1;
                        if paragraphs > 1 {
                            text.push('\n');
                        }
                    }
                    "text:s" => {
                        let blanks = count(&start, "text:c") as usize;
                        text.extend(std::iter::repeat_n(' ', blanks.min(MAX_TEXT)));
                    }
                    "text:tab" => text.push('\t'),
                    "text:line-break" => text.push('\n'),
                    _ => {}
                },
                Event::Text(piece) if comments == 0 && paragraphs > 0 => {
                    text.push_str(&piece.xml10_content());
                }
                Event::CData(piece) if comments == 0 && paragraphs > 0 => {
                    text.push_str(&piece.xml10_content());
                }
                Event::GeneralRef(entity) if comments == 0 && paragraphs > 0 => {
                    text.push(resolved(&entity)?);
                }
                Event::End(end) => match end.name().0 {
                    "office:annotation" => comments -= 1,
                    "table:table-cell" | "table:covered-table-cell" => return Ok(text),
                    _ => {}
                },
                Event::Eof => return Err(damaged()),
                _ => {}
            }
            if text.len() > MAX_TEXT {
                return Err(too_long());
            }
        }
    }
}

fn resolved(entity: &BytesRef<'_>) -> Result<char, InputError> {
    if let Some(character) = entity.resolve_char_ref().map_err(|_| damaged())? {
        return Ok(character);
    }
    match &**entity {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(damaged()),
    }
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.try_get_attribute(name).ok()??;
    let value = found
        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
        .ok()?;
    Some(value.into_owned())
}

/// A number from 1, as repetitions and spans are.
fn count(start: &BytesStart<'_>, name: &str) -> u32 {
    let said = attribute(start, name).and_then(|text| text.parse().ok());
    said.unwrap_or(1).max(1)
}

fn cell(start: &BytesStart<'_>, text: String) -> Cell {
    let value = |name: &str| attribute(start, name);
    if value("calcext:value-type").as_deref() == Some("error") {
        return Cell::Error(text);
    }
    let typed = match value("office:value-type").as_deref() {
        Some("float" | "percentage" | "currency") => value("office:value")
            .and_then(|number| number.parse().ok())
            .filter(|number: &f64| number.is_finite())
            .map(Cell::Number),
        Some("boolean") => value("office:boolean-value").map(|truth| Cell::Bool(truth == "true")),
        Some("date") => value("office:date-value").map(|date| {
            // A date alone is midnight.
            let at = date.trim_end_matches('Z');
            let at = at.parse().or_else(|_| {
                at.parse()
                    .map(|day: jiff::civil::Date| day.to_datetime(jiff::civil::Time::midnight()))
            });
            at.map_or(Cell::Text(date), Cell::DateTime)
        }),
        Some("time") => Some(Cell::Text(
            value("office:time-value")
                .and_then(|time| clock(&time))
                .unwrap_or_else(|| text.clone()),
        )),
        Some("string") => Some(Cell::Text(
            value("office:string-value").unwrap_or_else(|| text.clone()),
        )),
        _ => None,
    };
    match typed {
        Some(cell) => cell,
        None if text.is_empty()
            && start
                .try_get_attribute("table:formula")
                .is_ok_and(|f| f.is_some()) =>
        {
            Cell::Error(NO_RESULT.to_owned())
        }
        None if text.is_empty() => Cell::Empty,
        None => Cell::Text(text),
    }
}

/// `PT10H15M00S` as `10:15:00`.
fn clock(time: &str) -> Option<String> {
    let span: jiff::Span = time.parse().ok()?;
    let (hours, minutes, seconds) = (span.get_hours(), span.get_minutes(), span.get_seconds());
    Some(format!("{hours:02}:{minutes:02}:{seconds:02}"))
}
