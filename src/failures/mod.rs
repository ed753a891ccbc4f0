//! The failures file: every row that was rejected, failed or stayed in doubt, with its original cells.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::identity::Id;
use crate::outcome::Rejection;
use crate::read::Format;
use crate::record::{Row, Shape};

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
    path: Option<PathBuf>,
}

impl FailuresFile {
    /// Decides on name and format, and checks that the folder can be written to. Creates nothing.
    ///
    /// # Errors
    /// The folder is missing or not writable; the format does not suit the inputs.
    pub fn plan(plan: Plan) -> Result<Self, Error> {
        let _ = plan;
        Ok(Self { path: None })
    }

    /// Writes a row, and the file's beginning before the first one.
    ///
    /// # Errors
    /// The file cannot be written; the rows written so far are whole.
    pub fn write(&mut self, row: &FailedRow<'_>) -> io::Result<()> {
        let _ = row;
        Ok(())
    }

    /// Makes the file complete; `None` where no row was written.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(&mut self) -> io::Result<Option<PathBuf>> {
        Ok(self.path.clone())
    }

    /// The file, once a row was written.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
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
