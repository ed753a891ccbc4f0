//! Chooses the reader for an input.

use std::path::Path;

use super::array::{self, TakenFor};
use super::encoding::{self, Found};
use super::input::{self, Opened};
use super::notices::Notices;
use super::{Body, Format, Layout, Source, book, csv, detect, json, text, trouble};
use crate::error::InputError;
use crate::record::Shape;

/// In a file that is said to hold wrapped records, our own key is looked for no further: it stands first, as we write it.
const MOST_BEFORE_OURS: usize = 1 << 20;

impl Source {
    pub(super) fn choose(
        mut opened: Opened,
        name: &Path,
        layout: &Layout,
    ) -> Result<Self, InputError> {
        if opened.head.is_empty() {
            return Err(trouble(
                "the file is empty (0 bytes)",
                "export it again; an export without answers still has a header",
            ));
        }
        if input::is_zip(&opened.head) || input::is_compound(&opened.head) {
            return Self::book(opened, name, layout);
        }
        detect::must_be_plain(&opened.head)?;
        // First without the settings: they do not apply to a failures file.
        let plain = text::decode_head(&opened.head, encoding::sketch(&opened.head));
        if layout.format.is_none() {
            detect::must_be_table(&plain)?;
            must_be_what_it_is_called(name)?;
        }
        if csv::is_failures_file(&plain) {
            let found = encoding::find(&mut opened, None)?;
            return Self::table(opened, found, name, Format::Csv, &Layout::default(), true);
        }
        // What is wrapped around records may be of any length, and all on one line.
        let most = layout
            .records
            .as_ref()
            .map_or(usize::MAX, |_| MOST_BEFORE_OURS);
        let sketch = detect::format(&plain, Some(name), layout.seek_table);
        if sketch == Format::Ndjson && json::is_failures_file(&mut opened, most)? {
            let found = encoding::find(&mut opened, None)?;
            return Self::lines(opened, found, name, true);
        }
        if sketch == Format::Json && json::is_failures_array(&mut opened)? {
            let found = encoding::find(&mut opened, None)?;
            return Self::records(opened, found, name, TakenFor::Failures);
        }
        let found = encoding::find(&mut opened, layout.encoding.as_deref())?;
        let text = text::decode_head(&opened.head, found.encoding);
        detect::must_be_text(&text)?;
        let format = match layout.format {
            Some(format) if format.is_workbook() => return Err(no_workbook(format)),
            Some(format) => format,
            None => {
                detect::must_be_table(&text)?;
                detect::format(&text, Some(name), layout.seek_table)
            }
        };
        if let (Some(path), Format::Ndjson | Format::Json) = (&layout.records, format) {
            let wrapped = TakenFor::Wrapped(path.clone());
            return Self::records(opened, found, name, wrapped);
        }
        match format {
            Format::Ndjson => {
                let told = layout
                    .format
                    .is_none()
                    .then(|| array::told_of_line(&text, detect::named_lines(name)));
                let lines = Self::lines(opened, found, name, false)?;
                if let Some(told) = told.flatten() {
                    lines.notices.add(told);
                }
                Ok(lines)
            }
            Format::Json => {
                let taken_for = if layout.format.is_none() && detect::named_lines(name) {
                    TakenFor::Lines
                } else {
                    TakenFor::Records {
                        seeks: layout.seek_table,
                    }
                };
                Self::records(opened, found, name, taken_for)
            }
            format => Self::table(opened, found, name, format, layout, false),
        }
    }

    fn table(
        opened: Opened,
        found: Found,
        name: &Path,
        format: Format,
        layout: &Layout,
        is_failures_file: bool,
    ) -> Result<Self, InputError> {
        let (notices, compression) = (Notices::default(), opened.compression());
        let seen = notices.clone();
        let table = csv::Table::open(opened, &found, format, layout, seen, is_failures_file)?;
        Ok(Self {
            file: name.to_owned(),
            format,
            shape: Shape::Table(table.header().clone()),
            is_failures_file,
            compression,
            encoding: Some(found),
            notices,
            seeks: layout.seek_table,
            is_header_said: is_header_said(layout),
            body: Body::Table(Box::new(table)),
        })
    }

    fn book(opened: Opened, name: &Path, layout: &Layout) -> Result<Self, InputError> {
        let (notices, compression) = (Notices::default(), opened.compression());
        let is_compound = input::is_compound(&opened.head);
        if is_compound && is_encrypted(&opened.head) {
            return Err(book::password());
        }
        let file = opened.into_file()?;
        let book = book::Book::open(file, is_compound, layout, notices.clone())?;
        let format = book.format();
        if let Some(said) = layout.format
            && !book.is_failures_file()
            && !said.is_workbook()
        {
            return Err(trouble(
                format!(
                    "this is a workbook (.{}), not text, whatever its name",
                    format.name()
                ),
                format!("leave the format out, or say {}", format.name()),
            ));
        }
        Ok(Self {
            file: name.to_owned(),
            format,
            shape: Shape::Table(book.header().clone()),
            is_failures_file: book.is_failures_file(),
            compression,
            encoding: None,
            notices,
            seeks: layout.seek_table,
            is_header_said: is_header_said(layout),
            body: Body::Book(Box::new(book)),
        })
    }

    fn lines(
        opened: Opened,
        found: Found,
        name: &Path,
        is_failures_file: bool,
    ) -> Result<Self, InputError> {
        let compression = opened.compression();
        let lines = json::Lines::open(opened, &found)?;
        Ok(Self {
            file: name.to_owned(),
            format: Format::Ndjson,
            shape: Shape::Json,
            is_failures_file,
            compression,
            encoding: Some(found),
            notices: Notices::default(),
            seeks: false,
            is_header_said: false,
            body: Body::Lines(Box::new(lines)),
        })
    }

    fn records(
        opened: Opened,
        found: Found,
        name: &Path,
        taken_for: TakenFor,
    ) -> Result<Self, InputError> {
        let (notices, compression) = (Notices::default(), opened.compression());
        let is_failures_file = taken_for == TakenFor::Failures;
        let records = array::Records::open(opened, &found, taken_for, &notices)?;
        Ok(Self {
            file: name.to_owned(),
            format: Format::Json,
            shape: Shape::Json,
            is_failures_file,
            compression,
            encoding: Some(found),
            notices,
            seeks: false,
            is_header_said: false,
            body: Body::Records(Box::new(records)),
        })
    }
}

fn no_workbook(format: Format) -> InputError {
    trouble(
        format!("this is no workbook (.{}), but text", format.name()),
        "leave the format out, and it is found out from the file",
    )
}

/// Whether a compound file holds an encrypted workbook, even where it breaks off.
fn is_encrypted(head: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    memchr::memmem::find(head, &name).is_some()
}

/// Text that is called a workbook: an export that went wrong, or a file that somebody renamed.
fn must_be_what_it_is_called(name: &Path) -> Result<(), InputError> {
    let ending = name
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    if !["xlsx", "xlsm", "xlsb", "xls", "ods"].contains(&ending.as_str()) {
        return Ok(());
    }
    Err(trouble(
        format!(
            "the file is called .{ending}, and is no workbook: it holds text, or something else"
        ),
        "download or export it again; if it is a table of text, say so: --format csv",
    ))
}

fn is_header_said(layout: &Layout) -> bool {
    layout.header_row.is_some_and(|row| row > 0) || layout.header_rows.is_some()
}
