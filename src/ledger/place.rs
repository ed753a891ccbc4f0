//! Whether the ledger's file is still the one that was opened: what is written to one that was moved, removed or replaced
//! is known to nobody afterwards.

use std::path::{Path, PathBuf};

use super::error::{LedgerError, Trouble};

/// Where a file was opened, and which it was.
pub(super) struct Place {
    path: PathBuf,
    file: Option<Which>,
}

/// Device and number.
type Which = (u64, u64);

impl Place {
    /// The file that is there now.
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            file: which(path).ok().flatten(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Says so where another file is there by now, or none.
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        let is_another = match which(&self.path) {
            Ok(now) => now != self.file,
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
        if is_another && self.file.is_some() {
            return Err(LedgerError::new(&self.path, Trouble::Replaced, ""));
        }
        Ok(())
    }
}

#[cfg(unix)]
fn which(path: &Path) -> std::io::Result<Option<Which>> {
    use std::os::unix::fs::MetadataExt;
    let of = std::fs::metadata(path)?;
    Ok(Some((of.dev(), of.ino())))
}

/// A file that is open can be neither moved nor replaced there.
#[cfg(not(unix))]
fn which(_path: &Path) -> std::io::Result<Option<Which>> {
    Ok(None)
}
