//! By what the rows of a scope were known so far, and which scopes there are.

use rusqlite::{OptionalExtension, params};

use super::Ledger;
use super::desk::Desk;
use super::error::Closed;
use super::query::View;
use super::remember::Target;
use super::writer::Need;

/// The name under which the keys of a scope are remembered.
fn name_of(scope: &str) -> String {
    format!("keys of {scope}")
}

impl Ledger {
    /// Adds a key to those by which the rows of a scope were known.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn remember_key(
        &self,
        target: Target,
        scope: String,
        key: String,
    ) -> Result<(), Closed> {
        let job = move |desk: &mut Desk| {
            let mut keys = View {
                connection: &desk.connection,
            }
            .keys(&target, &scope)?;
            keys.push(key);
            let keys = serde_json::Value::from(keys).to_string();
            desk.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO remembered (origin, project, name, value) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![target.origin, target.project, name_of(&scope), keys])?;
            Ok(())
        };
        self.writer.ask(Need::Write, job).await
    }
}

impl View<'_> {
    /// The keys by which the rows of a scope were known so far; none in a ledger of an earlier version.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn keys(self, target: &Target, scope: &str) -> rusqlite::Result<Vec<String>> {
        let keys: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT value FROM remembered WHERE origin = ?1 AND project = ?2 AND name = ?3",
            )?
            .query_row(
                params![target.origin, target.project, name_of(scope)],
                |row| row.get(0),
            )
            .optional()?;
        Ok(keys
            .and_then(|keys| serde_json::from_str(&keys).ok())
            .unwrap_or_default())
    }

    /// Whether a run of a scope has loaded something that was not undone.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn has_loaded(self, target: &Target, scope: &str) -> rusqlite::Result<bool> {
        Ok(self.scopes(target)?.iter().any(|known| known == scope))
    }

    /// The scopes of a project under which something was loaded that was not undone, the latest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn scopes(self, target: &Target) -> rusqlite::Result<Vec<String>> {
        self.connection
            .prepare_cached(
                "SELECT name FROM scopes WHERE origin = ?1 AND project = ?2
                   AND EXISTS (SELECT 1 FROM runs JOIN responses ON responses.run = runs.number
                               WHERE runs.scope = scopes.number AND responses.state NOT IN (0, 2, 3))
                 ORDER BY number DESC",
            )?
            .query_map(params![target.origin, target.project], |row| row.get(0))?
            .collect()
    }
}
