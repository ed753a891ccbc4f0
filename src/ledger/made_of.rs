//! What the identities of rows and responses were made of so far: scopes, keys, names.

use rusqlite::{OptionalExtension, params};

use super::Ledger;
use super::desk::Desk;
use super::error::Closed;
use super::query::View;
use super::remember::Target;
use super::writer::Need;

/// What the identities of a scope's rows and responses were made of so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeOf {
    /// The keys, in words.
    Keys,
    /// The names of responses.
    Responses,
}

impl MadeOf {
    /// The name under which it is remembered.
    fn name(self, scope: &str) -> String {
        match self {
            Self::Keys => format!("keys of {scope}"),
            Self::Responses => format!("responses of {scope}"),
        }
    }
}

impl Ledger {
    /// Remembers what the identities of a scope are made of.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn remember_made_of(
        &self,
        target: Target,
        scope: String,
        what: MadeOf,
        all: Vec<String>,
    ) -> Result<(), Closed> {
        let job = move |desk: &mut Desk| {
            let all = serde_json::Value::from(all).to_string();
            desk.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO remembered (origin, project, name, value) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![target.origin, target.project, what.name(&scope), all])?;
            Ok(())
        };
        self.writer.ask(Need::Write, job).await
    }
}

impl View<'_> {
    /// What the identities of a scope were made of so far; nothing in a ledger of an earlier version.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn made_of(
        self,
        target: &Target,
        scope: &str,
        what: MadeOf,
    ) -> rusqlite::Result<Vec<String>> {
        let all: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT value FROM remembered WHERE origin = ?1 AND project = ?2 AND name = ?3",
            )?
            .query_row(
                params![target.origin, target.project, what.name(scope)],
                |row| row.get(0),
            )
            .optional()?;
        Ok(all
            .and_then(|all| serde_json::from_str(&all).ok())
            .unwrap_or_default())
    }

    /// The scopes of a project under which something was loaded that was not undone, the latest first. What a rebuild took
    /// back may be of any scope that is in use.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn scopes(self, target: &Target) -> rusqlite::Result<Vec<String>> {
        self.connection
            .prepare_cached(
                "SELECT name FROM scopes WHERE origin = ?1 AND project = ?2
                   AND (EXISTS (SELECT 1 FROM runs JOIN responses ON responses.run = runs.number
                                WHERE runs.scope = scopes.number AND responses.state NOT IN (0, 2, 3))
                        OR used_at IS NOT NULL
                           AND EXISTS (SELECT 1 FROM runs JOIN responses ON responses.run = runs.number
                                       WHERE runs.scope IS NULL AND runs.origin = ?1 AND runs.project = ?2
                                         AND responses.state NOT IN (0, 2, 3)))
                 ORDER BY number DESC",
            )?
            .query_map(params![target.origin, target.project], |row| row.get(0))?
            .collect()
    }
}
