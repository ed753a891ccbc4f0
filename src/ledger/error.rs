//! What can be wrong with a ledger, and what to do about it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

use super::state::IllegalTransition;
use crate::error::Error;

/// Why a ledger cannot be opened, read or written. Its text names the file and the remedy.
#[derive(Debug)]
pub struct LedgerError {
    /// The ledger's file.
    pub path: PathBuf,
    /// What kind of trouble it is.
    pub trouble: Trouble,
    /// What the system or SQLite said.
    pub detail: String,
}

/// The kinds of trouble, by what somebody has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The file lies on a network file system.
    Network,
    /// A later version of chatterload wrote it.
    Newer,
    /// The file is a database, but no ledger.
    Foreign,
    /// The file is damaged or cut.
    Corrupt,
    /// The file or its folder may not be written.
    ReadOnly,
    /// The disk is full.
    Full,
    /// Another process kept the file to itself for too long.
    Busy,
    /// There is no such file.
    Missing,
    /// Another file is in its place by now, or none.
    Replaced,
    /// The state of a response and what happened to it contradict each other: a fault of chatterload.
    Contradiction,
    /// Anything else.
    Other,
}

/// Why the ledger did not do what it was asked.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It could not be written and is closed: nothing may be sent any more.
    Closed(Closed),
    /// It cannot happen to this response, which stays as it was.
    Illegal(IllegalTransition),
}

/// The ledger is closed, and this is why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Closed(pub Arc<LedgerError>);

impl LedgerError {
    pub(super) fn new(path: &Path, trouble: Trouble, detail: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            trouble,
            detail: detail.into(),
        }
    }

    /// By what SQLite says.
    pub(super) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let trouble = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Trouble::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Trouble::ReadOnly
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Trouble::Busy,
            // Without a code: a column that holds what was never written there.
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) | None => Trouble::Corrupt,
            Some(_) => Trouble::Other,
        };
        Self::new(path, trouble, error.to_string())
    }

    /// By what the file system says.
    pub(super) fn from_io(path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let trouble = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::Full,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Trouble::ReadOnly,
            ErrorKind::NotFound => Trouble::Missing,
            _ => Trouble::Other,
        };
        Self::new(path, trouble, error.to_string())
    }
}

impl std::error::Error for LedgerError {}

impl std::fmt::Display for LedgerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            path,
            trouble,
            detail,
        } = self;
        let path = path.display();
        match trouble {
            Trouble::Network => write!(
                f,
                "the ledger {path} lies on a network file system ({detail}), where two runs cannot lock each other out\n  \
                 help: put it on a local disk, with `--ledger PATH` or CHATTERLOAD_LEDGER"
            ),
            Trouble::Newer => write!(
                f,
                "the ledger {path} was written by a later version of chatterload ({detail})\n  help: use that \
                 version, or another ledger with `--ledger PATH`"
            ),
            Trouble::Foreign => write!(
                f,
                "{path} is not a ledger of chatterload: {detail}\n  help: name another file with `--ledger PATH`"
            ),
            Trouble::Corrupt => write!(
                f,
                "the ledger {path} is damaged: {detail}\n  help: move it and the files beside it ({path}-wal, \
                 {path}-shm) away, then run `chatterload ledger rebuild`, which takes back from Chattermill what was \
                 uploaded; or restore a backup of it"
            ),
            Trouble::ReadOnly => write!(
                f,
                "the ledger {path} cannot be written: {detail}\n  help: give yourself permission on the file and its \
                 folder, or name another place with `--ledger PATH`"
            ),
            Trouble::Full => write!(
                f,
                "the ledger {path} cannot be written: {detail}\n  help: make room on its disk and run the same \
                 command again"
            ),
            Trouble::Busy => write!(
                f,
                "another process keeps the ledger {path} to itself: {detail}\n  help: end what has it open (a \
                 database tool, a backup), then run the same command again"
            ),
            Trouble::Missing => write!(
                f,
                "there is no ledger at {path}: nothing was loaded from here yet\n  help: if something was, name the ledger \
                 of that with `--ledger PATH` or CHATTERLOAD_LEDGER; `import` makes one, where its folder can be made"
            ),
            Trouble::Replaced => write!(
                f,
                "the ledger {path} was moved, removed or replaced while it was written: what became of this run is not in \
                 the file that is there now\n  help: put the one back that was there, with the files beside it, and run \
                 the same command again; if it is gone, run `chatterload ledger rebuild` first, or all of this run is \
                 sent twice"
            ),
            Trouble::Contradiction => write!(
                f,
                "the ledger {path} stopped the run: {detail}\n  help: this is a fault of chatterload; please report \
                 it. Run the same command again: nothing is sent twice"
            ),
            Trouble::Other => write!(f, "the ledger {path} cannot be used: {detail}"),
        }
    }
}

impl From<LedgerError> for Error {
    /// Before anything was posted: wrong use, or a place that cannot be written (exit 2).
    fn from(error: LedgerError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<Closed> for Error {
    /// While a run was on: it stopped before the end (exit 5). One that may not be written at all never began: nothing
    /// was posted, and the same command would not go on (exit 2).
    fn from(closed: Closed) -> Self {
        match closed.0.trouble {
            Trouble::ReadOnly => Self::Usage(closed.to_string()),
            _ => Self::Stopped(closed.to_string()),
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Closed(closed) => closed.fmt(f),
            Self::Illegal(illegal) => illegal.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}

impl From<Closed> for Fault {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn sqlite(code: i32) -> LedgerError {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        LedgerError::from_sqlite(Path::new("state/ledger.sqlite"), &error)
    }

    #[test]
    fn trouble_is_told_apart_by_what_has_to_be_done() {
        for (code, trouble) in [
            (ffi::SQLITE_FULL, Trouble::Full),
            (ffi::SQLITE_READONLY, Trouble::ReadOnly),
            (ffi::SQLITE_CANTOPEN, Trouble::ReadOnly),
            (ffi::SQLITE_CORRUPT, Trouble::Corrupt),
            (ffi::SQLITE_NOTADB, Trouble::Corrupt),
            (ffi::SQLITE_BUSY, Trouble::Busy),
            (ffi::SQLITE_IOERR, Trouble::Other),
        ] {
            assert_eq!(sqlite(code).trouble, trouble, "{code}");
        }
    }

    #[test]
    fn every_trouble_names_the_file() {
        use Trouble::{
            Busy, Contradiction, Corrupt, Foreign, Full, Missing, Network, Newer, Other, ReadOnly,
        };
        for trouble in [
            Network,
            Newer,
            Foreign,
            Corrupt,
            ReadOnly,
            Full,
            Busy,
            Missing,
            Contradiction,
            Other,
        ] {
            let error = LedgerError::new(Path::new("state/ledger.sqlite"), trouble, "this");
            let text = error.to_string();
            assert!(
                text.contains("state/ledger.sqlite") && text.len() < 400,
                "{text}"
            );
            assert!(trouble == Other || text.contains("\n  help: "), "{text}");
            assert_eq!(Error::from(error).exit_code(), 2);
        }
    }

    #[test]
    fn a_read_only_ledger_is_no_stop_that_can_be_gone_on_with() {
        let code = |sqlite_code| Error::from(Closed(Arc::new(sqlite(sqlite_code)))).exit_code();
        assert_eq!(code(ffi::SQLITE_READONLY), 2);
        assert_eq!(code(ffi::SQLITE_FULL), 5);
    }

    #[test]
    fn a_read_only_ledger_says_what_to_do() {
        insta::assert_snapshot!(sqlite(ffi::SQLITE_READONLY), @r#"
        the ledger state/ledger.sqlite cannot be written: Error code 8: attempt to write a readonly database
          help: give yourself permission on the file and its folder, or name another place with `--ledger PATH`
        "#);
    }
}
