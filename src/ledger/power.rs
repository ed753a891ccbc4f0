//! What a power loss, or whatever else cuts the end of the log, may have taken, and until when it is looked for.
//!
//! Without `Durability::Full` a commit is in the log, and the log is not on the disk yet. A kill loses nothing of it, a
//! power loss may; the beginning of a run is on the disk, so the run is known that did not end. What it sent since may be
//! missing here, or stand as it was before.
//!
//! It is looked for, by searching for whatever is not known to be in Chattermill, until one of these:
//! - A run of the same scope began while the machine was on that the dead one ran on: that wrote the log to the disk.
//! - A run over the same files under the same mapping came to its end without a doubt: all that the dead one may have sent
//!   was searched for. A run over other files proves nothing of those.
//! - The project's responses were taken back by `ledger rebuild`.

use rusqlite::{OptionalExtension, params};

use super::Ledger;
use super::error::Closed;
use super::query::View;
use super::state::RunNumber;
use super::writer::Need;

/// Runs of our scope that did not end, before ours.
const DEAD: &str =
    "FROM runs AS ours JOIN runs AS dead ON dead.scope IS ours.scope AND dead.number < ours.number
     WHERE ours.number = ?1 AND dead.finished_at IS NULL";

/// Tokens were found: that there are none may also be so where another attribute carries them.
const FOUND_SOME: &str = "json_extract(later.summary, '$.with_token') > 0";

/// A rebuild of our project since that run, which came to this.
fn rebuilt_since(run: &str, result: &str) -> String {
    format!(
        "(SELECT 1 FROM runs AS later
          WHERE later.command = 'ledger rebuild' AND later.number > {run}.number AND later.origin = ours.origin
            AND later.project = ours.project AND later.exit_code IN (0, 1) AND ({result}))"
    )
}

impl View<'_> {
    /// Whether responses may be in Chattermill that this ledger does not know of, because the power took them, or because
    /// some are known to be missing ([`Ledger::note_lost`]).
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn power_was_lost(self, run: RunNumber) -> rusqlite::Result<bool> {
        let sql = format!(
            "SELECT 1 {DEAD}
               AND (dead.lost IS NOT NULL
                    OR dead.durability = 'normal' AND (ours.boot_id IS NULL OR dead.boot_id IS NOT ours.boot_id)
                       AND NOT EXISTS (SELECT 1 FROM runs AS later
                                       WHERE later.scope IS ours.scope AND later.number > dead.number
                                         AND later.number < ours.number
                                         AND (later.boot_id = dead.boot_id
                                              OR later.inputs = dead.inputs AND later.exit_code IN (0, 1)
                                                 AND json_extract(later.summary, '$.in_doubt') = 0
                                                 AND json_extract(later.summary, '$.not_attempted') = 0)))
               AND NOT EXISTS {}",
            rebuilt_since("dead", FOUND_SOME)
        );
        self.connection.prepare_cached(&sql)?.exists([run.0])
    }

    /// The id of the last run of our scope that came to its end and found in Chattermill what no run of this ledger had
    /// posted ([`Ledger::note_missing`]); `None` also where `ledger rebuild` has taken back the project's responses since.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn found_a_ledger_missing(self, run: RunNumber) -> rusqlite::Result<Option<String>> {
        let sql = format!(
            "SELECT told.id FROM runs AS ours JOIN runs AS told ON told.scope IS ours.scope AND told.number < ours.number
             WHERE ours.number = ?1 AND told.finished_at IS NOT NULL AND told.lost IS NOT NULL AND NOT EXISTS {}
             ORDER BY told.number DESC LIMIT 1",
            rebuilt_since("told", &format!("{FOUND_SOME} OR later.exit_code = 0"))
        );
        let mut told = self.connection.prepare_cached(&sql)?;
        told.query_row([run.0], |row| row.get(0)).optional()
    }

    /// Whether an earlier run of the scope did not come to its end, and none that uploads did since.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn a_run_died(self, run: RunNumber) -> rusqlite::Result<bool> {
        let sql = format!(
            "SELECT 1 {DEAD}
               AND NOT EXISTS (SELECT 1 FROM runs AS later
                               WHERE later.scope IS ours.scope AND later.number > dead.number
                                 AND later.number < ours.number AND later.exit_code IN (0, 1)
                                 AND later.command IN ('import', 'retry', 'run'))"
        );
        self.connection.prepare_cached(&sql)?.exists([run.0])
    }
}

impl Ledger {
    /// Notes that responses are in Chattermill which runs before this one sent and this ledger does not know: until a
    /// rebuild, others may be so.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn note_lost(&self, run: RunNumber) -> Result<(), Closed> {
        self.writer
            .ask(Need::Sync, move |desk| {
                desk.connection.execute(
                    &format!(
                        "UPDATE runs SET lost = 1 WHERE number IN (SELECT dead.number {DEAD})"
                    ),
                    params![run.0],
                )?;
                Ok(())
            })
            .await
    }

    /// Notes that a run found beside what it had posted what no run of this ledger had: that is not its to undo, and where
    /// it was the first run of its scope, no other is to post until a rebuild.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn note_missing(&self, run: RunNumber) -> Result<(), Closed> {
        self.writer
            .ask(Need::Sync, move |desk| {
                let noted = "UPDATE runs SET lost = 1 WHERE number = ?1";
                desk.connection.execute(noted, params![run.0])?;
                Ok(())
            })
            .await
    }
}
