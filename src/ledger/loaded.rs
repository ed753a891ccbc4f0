//! Files that were loaded whole: what a nightly run need not read again.

use rusqlite::{OptionalExtension, params};

use super::Ledger;
use super::desk::Desk;
use super::error::Closed;
use super::query::View;
use super::writer::Need;
use crate::identity::{Id, row_id};

/// A hash of all that matters to a loading but the file's content: loaded under one of them, a file may still be due
/// under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading(Id);

impl Loading {
    /// Of everything that matters, in an order that stays.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(row_id("loading", parts))
    }
}

impl Ledger {
    /// Notes files that a run has loaded whole, by the hashes of their content. It counts while the run's exit code is
    /// 0 and nothing was undone since.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn loaded(&self, run: String, files: Vec<(Id, Loading)>) -> Result<(), Closed> {
        let job = move |desk: &mut Desk| {
            let number: Option<i64> = desk
                .connection
                .prepare_cached("SELECT number FROM runs WHERE id = ?1")?
                .query_row([run], |row| row.get(0))
                .optional()?;
            let Some(number) = number else { return Ok(()) };
            let mut insert = desk.connection.prepare_cached(
                "INSERT OR REPLACE INTO loaded_files (content, loading, run) VALUES (?1, ?2, ?3)",
            )?;
            for (content, loading) in files {
                insert.execute(params![content.0, loading.0.0, number])?;
            }
            Ok(())
        };
        self.writer.ask(Need::Write, job).await
    }
}

impl View<'_> {
    /// Whether a file was loaded whole, by a run that ended with 0, and nothing of its project was undone since.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn was_loaded(self, content: Id, loading: Loading) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(
                "SELECT 1 FROM loaded_files JOIN runs ON runs.number = loaded_files.run
                 WHERE content = ?1 AND loading = ?2 AND runs.exit_code = 0
                   AND NOT EXISTS (SELECT 1 FROM runs AS later
                                   WHERE later.number > runs.number AND later.command = 'undo'
                                     AND later.project = runs.project AND later.origin = runs.origin)",
            )?
            .exists(params![content.0, loading.0.0])
    }
}
