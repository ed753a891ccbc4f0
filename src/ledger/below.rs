//! What the files of a run said below their headers, in rows that are left out.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::query::View;
use super::state::RunNumber;

/// What a file said of its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BelowHeader {
    /// The time zone of its dates.
    pub timezone: Option<String>,
    /// The questions' texts by column.
    pub texts: BTreeMap<String, String>,
}

impl BelowHeader {
    pub(super) fn write(
        &self,
        connection: &Connection,
        run: RunNumber,
        file: &str,
    ) -> rusqlite::Result<()> {
        let texts = serde_json::to_string(&self.texts).unwrap_or_else(|_| "{}".into());
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO below_headers (run, file, timezone, texts) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![run.0, file, self.timezone, texts])?;
        Ok(())
    }
}

impl View<'_> {
    /// What a file of a run, by its id, said below its header; `None` where it said nothing, or the run is unknown.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn below_header(self, run: &str, file: &str) -> rusqlite::Result<Option<BelowHeader>> {
        self.connection
            .prepare_cached(
                "SELECT timezone, texts FROM below_headers JOIN runs ON runs.number = run WHERE runs.id = ?1 AND file = ?2",
            )?
            .query_row(params![run, file], |row| {
                let texts: String = row.get(1)?;
                Ok(BelowHeader {
                    timezone: row.get(0)?,
                    texts: serde_json::from_str(&texts).unwrap_or_default(),
                })
            })
            .optional()
    }
}
