//! The failures file: every row that was rejected, failed or stayed in doubt, with its original cells.
//!
//! A durable format, read back by `import` and `retry` (the reader knows it by its first columns, `COLUMNS` of `read::carried`, or by
//! the key `JSON_KEY`). A table's row: our nine columns, then the columns of all inputs. A JSON record: our key
//! first, then the record as it was; a record that cannot stand beside our key, and a line that was no JSON, is its
//! text under `raw`. What is written here reads back as it was; `tests` holds both sides to that.
//!
//! Every row is written by one call as soon as it is known, so a killed run leaves a whole file. A workbook cannot be
//! continued: its rows go into a CSV of the same name, whose place the workbook takes at the end. A CSV remains where
//! the run is killed before, or where a workbook cannot hold the rows.
//!

mod book;
mod columns;
mod line;
mod name;
mod place;
#[cfg(test)]
mod tests;
mod whole;

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::identity::Id;
use crate::outcome::Rejection;
use crate::read::Format;
use crate::record::{Row, Shape};

use columns::Columns;
use line::Ours;
use name::Form;
use place::Places;
use whole::Whole;

/// A row that goes into the failures file.
#[derive(Clone, Copy)]
pub struct FailedRow<'a> {
    /// The row as it was read.
    pub row: &'a Row,
    /// The name of its file, as the user gave it.
    pub file: &'a str,
    /// Its identity; `None` where it has no key.
    pub id: Option<Id>,
    /// `rejected`, `failed` or `in_doubt`.
    pub status: &'static str,
    /// Why.
    pub why: &'a Rejection,
    /// The names of the responses outstanding; none means all.
    pub responses: &'a [Arc<str>],
}

/// What a failures file is to be.
pub struct Plan {
    /// `--failures`; else the name is made from the first input's.
    pub path: Option<PathBuf>,
    /// The inputs in their order: name as given (`-` for standard input), shape, format.
    pub inputs: Vec<(String, Shape, Format)>,
    /// The run's name.
    pub run: String,
    /// Where a name that we make goes: the working folder.
    pub folder: PathBuf,
    /// Failures files of earlier runs over the same input that nobody touched since: they may be replaced.
    pub replace: Vec<PathBuf>,
}

/// A failures file, created with its first row.
pub struct FailuresFile {
    run: String,
    columns: Columns,
    form: Form,
    /// What the file is to be called, if nothing of that name is there.
    wanted: PathBuf,
    places: Places,
    open: Option<Open>,
    /// Set when all is done.
    finished: Option<PathBuf>,
}

/// The file that rows go to.
struct Open {
    path: PathBuf,
    lines: Whole<File>,
}

impl FailuresFile {
    /// Decides on name and format, and checks that the folder can be written to. Creates nothing.
    ///
    /// # Errors
    /// The folder is missing or not writable; the format does not suit the inputs.
    pub fn plan(plan: Plan) -> Result<Self, Error> {
        let (wanted, form) = name::target(&plan)?;
        name::must_be_writable(&wanted)?;
        let headers: Vec<_> = plan
            .inputs
            .iter()
            .map(|(_, shape, _)| match shape {
                Shape::Table(header) => Some(header),
                Shape::Json => None,
            })
            .collect();
        let inputs = plan.inputs.iter().map(|(name, ..)| Path::new(name));
        Ok(Self {
            columns: Columns::union(&headers),
            places: Places::new(&plan.replace, inputs),
            run: plan.run,
            form,
            wanted,
            open: None,
            finished: None,
        })
    }

    /// Files that are there already under the names it would take.
    pub fn candidates(&self) -> Vec<PathBuf> {
        place::candidates(&self.wanted)
            .take_while(|path| path.exists())
            .collect()
    }

    /// Writes a row, and the file's beginning before the first one.
    ///
    /// # Errors
    /// The file cannot be written; the rows written so far are whole.
    pub fn write(&mut self, failed: &FailedRow<'_>) -> io::Result<()> {
        let ours = Ours::new(failed, &self.run);
        let line = if self.form == Form::Ndjson {
            line::json(ours, failed, &self.columns)?
        } else {
            line::csv(&ours, failed, &self.columns)?
        };
        if let Some(open) = &mut self.open {
            return open.lines.append(&line);
        }
        let (path, first) = match self.form {
            Form::Ndjson => (self.wanted.clone(), line),
            Form::Csv => (self.wanted.clone(), self.with_header(&line)?),
            Form::Xlsx => (self.wanted.with_extension("csv"), self.with_header(&line)?),
        };
        let (path, lines) = self.places.create(&path, &first)?;
        self.open = Some(Open { path, lines });
        Ok(())
    }

    fn with_header(&self, line: &[u8]) -> io::Result<Vec<u8>> {
        let mut first = line::header(&self.columns)?;
        first.extend(line);
        Ok(first)
    }

    /// Makes the file complete and safe on its disk; `None` where no row was written. Called again, it says the same.
    ///
    /// # Errors
    /// The file cannot be written; [`FailuresFile::path`] then says where the rows are.
    pub fn finish(&mut self) -> io::Result<Option<PathBuf>> {
        if self.finished.is_some() {
            return Ok(self.finished.clone());
        }
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        open.lines.sink().sync_all()?;
        let mut path = open.path.clone();
        if self.form == Form::Xlsx {
            let folder = name::folder(&self.wanted);
            if let Some(workbook) = book::from_csv(&path, folder)? {
                let place = self.places.put(workbook.into_temp_path(), &self.wanted)?;
                if let Err(error) = std::fs::remove_file(&path) {
                    tracing::warn!("{} could not be removed: {error}", path.display());
                }
                path = place;
            } else {
                tracing::warn!(
                    "the failures do not fit into a workbook, which holds 1,048,576 rows of 16,384 cells of 32,767 \
                     characters; they are in {}",
                    path.display()
                );
            }
        }
        self.finished = Some(path);
        Ok(self.finished.clone())
    }

    /// Why it cannot be written, and what to do.
    pub fn unwritable(&self, error: &io::Error) -> String {
        let path = match self.form {
            Form::Xlsx => &self.wanted,
            Form::Csv | Form::Ndjson => self.path().unwrap_or(&self.wanted),
        };
        format!(
            "the failures file {} cannot be written: {error}\n  help: make room on its disk, or name another place with \
             --failures, then run the same command again: it goes on",
            path.strip_prefix(".").unwrap_or(path).display()
        )
    }

    /// The file, once a row was written: for a workbook, the CSV until it is finished.
    pub fn path(&self) -> Option<&Path> {
        let open = self.open.as_ref().map(|open| open.path.as_path());
        self.finished.as_deref().or(open)
    }
}

/// A text on one line: line breaks and other control characters become blanks.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        let line = text.replace("\r\n", " ").replace(char::is_control, " ");
        Cow::Owned(line.trim_end().to_owned())
    } else {
        Cow::Borrowed(text)
    }
}
