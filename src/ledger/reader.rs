//! A reader of its own, for those that only read.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::LedgerError;
use super::query::View;
use super::runs::Run;
use super::{Durability, open};

/// A connection of its own, which only reads: also while a run is at work.
pub struct Reader {
    connection: Connection,
    path: PathBuf,
}

impl Reader {
    /// Opens a ledger that exists.
    ///
    /// # Errors
    /// There is none, it cannot be opened, is damaged, is no ledger, or is a later version's.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let connection = open::connect(path, Durability::Normal)?;
        connection
            .pragma_update(None, "query_only", true)
            .map_err(|error| LedgerError::from_sqlite(path, &error))?;
        Ok(Self {
            connection,
            path: path.to_owned(),
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
