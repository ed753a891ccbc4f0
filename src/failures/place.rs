//! Finds a failures file its place: nothing that is there is overwritten, but for what may be replaced.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::{NamedTempFile, TempPath};

use super::name::{folder, numbered};
use super::whole::Whole;

/// After so many names in use we give up.
const MOST: u32 = 9_999;

/// The files that may be replaced.
pub struct Places {
    replaceable: Vec<(PathBuf, Stamp)>,
}

/// By what a file is known not to have been touched.
type Stamp = (u64, Option<SystemTime>);

impl Places {
    /// Notes what `replace` looks like now: a file that is changed before its place is needed is not replaced. An
    /// input never is, as it is being read.
    pub fn new<'a>(replace: &[PathBuf], inputs: impl Iterator<Item = &'a Path>) -> Self {
        let inputs: Vec<PathBuf> = inputs.filter_map(real).collect();
        let replaceable = replace
            .iter()
            .filter_map(|path| real(path))
            .filter(|path| !inputs.contains(path))
            .filter_map(|path| Some((stamp(&path)?, path)))
            .map(|(stamp, path)| (path, stamp))
            .collect();
        Self { replaceable }
    }

    /// Creates a file that begins with these lines, readable by its owner alone; where the name is taken, with a
    /// number behind it. It has its name only once the lines are in it: a run killed here leaves none that is empty.
    ///
    /// # Errors
    /// It cannot be created, or the lines cannot be written; no file of that name is left then.
    pub fn create(&self, wanted: &Path, lines: &[u8]) -> io::Result<(PathBuf, Whole<File>)> {
        let (file, temporary) = temporary(folder(wanted))?.into_parts();
        let mut whole = Whole::new(file);
        whole.append(lines)?;
        Ok((self.put(temporary, wanted)?, whole))
    }

    /// Gives a file its name, or that with a number behind it.
    ///
    /// # Errors
    /// It cannot be moved there.
    pub fn put(&self, mut file: TempPath, wanted: &Path) -> io::Result<PathBuf> {
        for path in candidates(wanted) {
            if self.may_replace(&path) {
                file.persist(&path).map_err(|error| error.error)?;
                return Ok(path);
            }
            match file.persist_noclobber(&path) {
                Ok(()) => return Ok(path),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = error.path;
                }
                Err(error) => return Err(error.error),
            }
        }
        Err(all_taken())
    }

    fn may_replace(&self, path: &Path) -> bool {
        let Some(path) = real(path) else {
            return false;
        };
        let known = self.replaceable.iter().find(|(known, _)| *known == path);
        known.is_some_and(|(path, noted)| stamp(path).as_ref() == Some(noted))
    }
}

/// A file in `folder` that is deleted unless it is given a name; readable by its owner alone.
///
/// # Errors
/// It cannot be created.
pub fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    // Mode 0600 is what the crate gives its files.
    tempfile::Builder::new()
        .prefix(".chatterload-")
        .tempfile_in(folder)
}

/// The names a file would take, one after another.
pub fn candidates(wanted: &Path) -> impl Iterator<Item = PathBuf> {
    (1..=MOST).map(|number| numbered(wanted, number))
}

/// The path without links; `None` where there is no such file.
fn real(path: &Path) -> Option<PathBuf> {
    std::fs::canonicalize(path).ok()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(path).ok()?;
    meta.is_file().then(|| (meta.len(), meta.modified().ok()))
}

fn all_taken() -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        "too many failures files of that name are there already: remove some, or give another name with --failures",
    )
}
