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

use rusqlite::params;

use super::Ledger;
use super::error::Closed;
use super::query::View;
use super::state::RunNumber;
use super::writer::Need;

/// Runs of our scope that did not end, before ours.
const DEAD: &str =
    "FROM runs AS ours JOIN runs AS dead ON dead.scope IS ours.scope AND dead.number < ours.number
     WHERE ours.number = ?1 AND dead.finished_at IS NULL";

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
               AND NOT EXISTS (SELECT 1 FROM runs AS later
                               WHERE later.command = 'ledger rebuild' AND later.number > dead.number
                                 AND later.origin = ours.origin AND later.project = ours.project
                                 AND later.exit_code IN (0, 1)
                                 AND json_extract(later.summary, '$.with_token') > 0)"
        );
        self.connection.prepare_cached(&sql)?.exists([run.0])
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
}
