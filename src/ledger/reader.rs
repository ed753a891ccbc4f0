//! A reader of its own, for those that only read.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::error::LedgerError;
use super::query::View;
use super::runs::Run;
use super::{Durability, open};

/// A connection of its own, which only reads: also while a run is at work, and where nothing may be written.
pub struct Reader {
    connection: Connection,
    path: PathBuf,
    /// A copy that is read instead goes with its folder.
    _folder: Option<TempDir>,
}

impl Reader {
    /// Opens a ledger that exists, and writes nothing into it. Where it is of an earlier version, or where SQLite would
    /// have to write beside it and may not, a copy in the folder for temporary files is read.
    ///
    /// # Errors
    /// There is none, it cannot be read, is damaged, is no ledger, or is a later version's.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        if let Some(connection) = open::connect_to_read(path)? {
            return Ok(Self {
                connection,
                path: path.to_owned(),
                _folder: None,
            });
        }
        let folder = tempfile::tempdir()
            .map_err(|error| LedgerError::from_io(&std::env::temp_dir(), &error))?;
        let copy = open::copy_into(folder.path(), path)?;
        // Its own name is told, not that of the copy.
        let connection = open::connect(&copy, Durability::Normal).map_err(|error| LedgerError {
            path: path.to_owned(),
            ..error
        })?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            _folder: Some(folder),
        })
    }

    /// All runs, the latest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn runs(&self) -> Result<Vec<Run>, LedgerError> {
        self.ask(|view| view.runs_where("ORDER BY runs.number DESC", []))
    }

    /// Reads all of the file and compares tables with indices: what SQLite finds wrong, nothing in a sound ledger. Takes
    /// about a second for each 100 MB.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn integrity(&self) -> Result<Vec<String>, LedgerError> {
        self.ask(|view| {
            let mut check = view.connection.prepare("PRAGMA integrity_check(5)")?;
            let lines: Vec<String> = check
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(lines.into_iter().filter(|line| line != "ok").collect())
        })
    }

    /// The version of the file.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn version(&self) -> Result<i64, LedgerError> {
        self.ask(|view| {
            view.connection
                .query_row("PRAGMA user_version", [], |row| row.get(0))
        })
    }

    /// Asks a question of [`View`].
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn ask<T>(
        &self,
        question: impl FnOnce(View<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        question(View::new(&self.connection))
            .map_err(|error| LedgerError::from_sqlite(&self.path, &error))
    }
}
