//! Tables of delimited text: header and rows.

mod faults;

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::detect;
use super::encoding::Found;
use super::gap::Gap;
use super::header::{self, Place};
use super::input::Opened;
use super::notices::Notices;
use super::records::Records;
use super::title::{self, Title};
use super::{Format, Layout, Ragged, carried, place, text, unreadable};
use crate::error::InputError;
use crate::outcome::Rejection;
use crate::record::{Below, Carried, Cells, Header, Position, Record, Row};
use faults::{blank_file, header_missing, header_not_text};

/// Among how many rows of data one of import ids is looked for: it would be the second or third of the file.
const HEADERS: u64 = 2;

/// A table whose header has been read.
pub struct Table {
    records: Records,
    header: Header,
    /// The first record below the header, read already, or why it cannot be.
    pending: Option<Result<Position, InputError>>,
    /// The first row below the header, and the first that is data.
    header_end: u64,
    first_row: u64,
    ragged: Ragged,
    delimiter: u8,
    encoding: &'static Encoding,
    is_failures_file: bool,
    /// What stands above the table, where no row was said to be the header.
    title: Option<Title>,
    notices: Notices,
}

/// Whether a text begins with the columns of a failures file, whatever stands between them.
pub fn is_failures_file(text: &[u8]) -> bool {
    let start = detect::separator_line(text).map_or(0, |(_, length)| length);
    let text = &text[start..];
    let Some(delimiter) = own_delimiter(text) else {
        return false;
    };
    let head = Box::new(std::io::Cursor::new(text.to_vec()));
    let mut records = Records::new(head, delimiter, 1);
    matches!(records.read(), Ok(Some(_))) && carried::is_header(records.cells())
}

/// The byte behind the first name of a failures file. The rows below cannot tell: some may be ragged, and a comment
/// may hold more of another delimiter.
fn own_delimiter(text: &[u8]) -> Option<u8> {
    let quoted = text.first() == Some(&b'"');
    let name = text.get(usize::from(quoted)..)?;
    let after = name.strip_prefix(carried::COLUMNS[0].as_bytes())?;
    let after = after.get(usize::from(quoted)..)?;
    let delimiter = after.first().copied()?;
    detect::DELIMITERS.contains(&delimiter).then_some(delimiter)
}

impl Table {
    /// Reads the header.
    ///
    /// # Errors
    /// There is none, or it is not in the encoding.
    pub fn open(
        opened: Opened,
        found: &Found,
        format: Format,
        layout: &Layout,
        notices: Notices,
        is_failures_file: bool,
    ) -> Result<Self, InputError> {
        let head = text::decode_head(&opened.head, found.encoding);
        let separator = detect::separator_line(&head);
        let skip = separator.map_or(0, |(_, length)| length);
        let said = layout
            .delimiter
            .or((layout.format == Some(Format::Tsv)).then_some(b'\t'))
            .or(separator.map(|(delimiter, _)| delimiter))
            .or_else(|| is_failures_file.then(|| own_delimiter(&head[skip..]))?)
            .or((format == Format::Tsv && detect::has_tab(&head[skip..])).then_some(b'\t'));
        let is_open =
            !is_failures_file && layout.header_row.is_none() && layout.header_rows.is_none();
        let (delimiter, title) = if is_open {
            title::with_delimiter(&head[skip..], said)
        } else {
            let row = layout.header_row.unwrap_or(1);
            let found = said.unwrap_or_else(|| detect::delimiter(&head[skip..], row));
            (found, None)
        };
        let raw_head = opened.head.get(..4).unwrap_or(&opened.head).to_vec();
        let input = text::decode(opened.into_stream()?, &raw_head, found)
            .and_then(|mut input| {
                input.read_exact(&mut vec![0; skip])?;
                Ok(input)
            })
            .map_err(|error| unreadable(&error))?;
        let records = Records::new(input, delimiter, 1 + u64::from(skip > 0));
        let mut table = Self {
            records: if is_failures_file {
                records.with_room_for_ours()
            } else {
                records
            },
            header: Header::default(),
            pending: None,
            header_end: 1,
            first_row: 0,
            ragged: if is_failures_file {
                Ragged::Pad
            } else {
                layout.ragged
            },
            delimiter,
            encoding: found.encoding,
            is_failures_file,
            title,
            notices,
        };
        let place = Place::of(layout)?.below(table.title.as_ref(), layout, &table.notices);
        table.read_header(place)?;
        Ok(table)
    }

    fn read_header(&mut self, place: Place) -> Result<(), InputError> {
        if place.row == 0 {
            self.first_row = place.skipped.saturating_add(1);
            self.pending = self.next_record(self.first_row)?.map(Ok);
            if self.pending.is_none() && place.skipped == 0 {
                return Err(blank_file());
            }
            self.header = Header::unnamed(self.records.width());
            return Ok(());
        }
        let Some(position) = self.next_record(place.row)? else {
            return Err(if place.row == 1 {
                blank_file()
            } else {
                header_missing(place.row, "the file ends before it")
            });
        };
        if place.row > 1 && position.row != place.row {
            return Err(header_missing(place.row, "that row is blank"));
        }
        self.header_end = place.end(position.row);
        self.first_row = place.data(position.row);
        let mut rows = vec![self.header_cells(position)?];
        let mut told = Below::default();
        // Rows that belong to the header, or are left out, are read here; the first below them waits.
        let below = place.rows > 1 || place.skipped > 0;
        loop {
            let next = match if below { self.next_record(0) } else { Ok(None) } {
                Ok(Some(next)) => next,
                Ok(None) => break,
                Err(error) => {
                    self.pending = Some(Err(error));
                    break;
                }
            };
            if next.row < place.end(position.row) {
                rows.push(self.header_cells(next)?);
            } else if next.row < self.first_row {
                // What is no text tells nothing.
                if let Ok(cells) = self.header_cells(next) {
                    header::note(&mut told, cells);
                }
            } else {
                self.pending = Some(Ok(next));
                break;
            }
        }
        self.header = header::join(rows).map_err(|error| error.at(super::place(position)))?;
        self.header.below = told;
        Ok(())
    }

    fn header_cells(&self, position: Position) -> Result<Vec<String>, InputError> {
        let record = match self.records.text() {
            Some(record) => record,
            None if self.is_failures_file => self.records.decoded(WINDOWS_1252),
            None => {
                let column = self.records.first_invalid();
                return Err(header_not_text(position, column, self.encoding));
            }
        };
        let cells = record.iter().skip(self.offset()).map(str::to_owned);
        Ok(cells.collect())
    }

    /// The columns, without ours.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What stands above the table, where no row was said to be the header.
    pub fn title(&self) -> Option<&Title> {
        self.title.as_ref()
    }

    /// The byte between cells.
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Hands over all rows.
    ///
    /// # Errors
    /// The file cannot be read further.
    pub fn rows(
        mut self,
        file: usize,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), InputError> {
        let mut gap = Gap::default();
        while self.read_page()? {
            let page = self.records.page();
            for number in 0..self.records.kept() {
                let position = self.records.go_to(number);
                if gap.rows < HEADERS && self.records.cells().any(is_import_id) {
                    let skipped = position.row - self.header_end;
                    self.notices.add(header::import_ids(position.row, skipped));
                }
                gap.see(position.row);
                let is_last = number + 1 == self.records.kept();
                let flow = if let Some(page) = &page {
                    if is_last {
                        gap.name(self.records.of(page).iter());
                    }
                    let fault = self.fault(position);
                    each(self.row(file, position, self.records.of(page), fault))
                } else {
                    let (record, fault) = self.not_all_text(position);
                    if is_last {
                        gap.name(record.iter());
                    }
                    each(self.row(file, position, record, fault))
                };
                if flow.is_break() {
                    return Ok(());
                }
            }
        }
        gap.tell(&self.notices);
        self.tell_odd();
        Ok(())
    }

    /// Tells of cells that may have lost a quote.
    fn tell_odd(&self) {
        if let Some((position, cell)) = self.records.odd() {
            self.notices.add(format!(
                "{}, cell {cell}, and perhaps others hold a quote (\") that is not written twice: the text lost a quote; \
                 inside a quoted cell write each as \"\"",
                place(position)
            ));
        }
    }

    /// Reads the rows that can be had together without waiting for more of the input; false where there are none.
    fn read_page(&mut self) -> Result<bool, InputError> {
        let next = if let Some(next) = self.pending.take() {
            Some(next?)
        } else {
            self.records.turn();
            self.next_record(self.first_row)?
        };
        let Some(position) = next else {
            return Ok(false);
        };
        self.records.keep(position);
        while let Some(position) = self.records.read_at_hand() {
            if position.row >= self.first_row && !self.records.is_blank_from(0) {
                self.records.keep(position);
            }
        }
        Ok(true)
    }

    /// Goes to the next record at or after a row that is not all blank.
    fn next_record(&mut self, first: u64) -> Result<Option<Position>, InputError> {
        while let Some(position) = self.records.read()? {
            if position.row >= first && !self.records.is_blank_from(0) {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    fn offset(&self) -> usize {
        if self.is_failures_file {
            carried::COLUMNS.len()
        } else {
            0
        }
    }

    /// The current record, which may not be text, and what is wrong with it.
    fn not_all_text(&self, position: Position) -> (Record, Option<Box<Rejection>>) {
        let mut fault = self.fault(position);
        let record = match self.records.text() {
            Some(record) => record,
            // What Excel makes of a failures file when it saves it as plain CSV.
            None if self.is_failures_file => self.records.decoded(WINDOWS_1252),
            None => {
                let index = self.records.first_invalid().unwrap_or_default();
                fault = Some(Box::new(self.not_utf8(position, index)));
                self.records.decoded(UTF_8)
            }
        };
        (record, fault)
    }

    #[inline]
    fn row(
        &self,
        file: usize,
        position: Position,
        record: Record,
        fault: Option<Box<Rejection>>,
    ) -> Row {
        let carried = if self.is_failures_file {
            Some(past(record.clone()))
        } else {
            None
        };
        Row {
            file,
            position,
            carried,
            cells: Cells::Text(record),
            offset: self.offset(),
            fault,
        }
    }
}

/// What a failures file says of a row, by its record: passed by value, so that the row's own is not kept in memory for it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "what is borrowed has to be in memory"
)]
fn past(record: Record) -> Box<Carried> {
    let carried = carried::from_cells(|index| Cow::Borrowed(record.get(index).unwrap_or_default()));
    Box::new(carried)
}

fn is_import_id(cell: &[u8]) -> bool {
    cell.first() == Some(&b'{') && std::str::from_utf8(cell).is_ok_and(header::is_import_id)
}
