//! What commands ask the ledger about responses.

use std::ops::ControlFlow;

use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use super::desk::JobError;
use super::entry::{ENTRY, Entry, entry, standing};
use super::remember::Target;
use super::state::{OPEN, RunNumber, State};
use crate::identity::{Id, Token};

/// The ledger as it stands, to be asked.
#[derive(Clone, Copy)]
pub struct View<'c> {
    pub(super) connection: &'c Connection,
}

/// A response as `runs show` lists it, and as `undo` needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its token.
    pub token: Token,
    /// Where it stands now.
    pub state: State,
    /// The run whose POST it is.
    pub run: RunNumber,
    /// Its name among those of its row.
    pub name: String,
    /// Which file of that run it is from, from 0; `None` after a rebuild.
    pub file: Option<u32>,
    /// The row's number there; `None` after a rebuild.
    pub row: Option<u64>,
    /// Why it was refused or is in doubt.
    pub code: Option<String>,
    /// Requests made for it.
    pub attempts: u32,
    /// When its POST was begun, in milliseconds since 1970.
    pub began_at: Option<i64>,
    /// When it came to its state, likewise.
    pub settled_at: Option<i64>,
    /// The hash of the row's cells.
    pub raw: Option<Id>,
    /// The hash of the body.
    pub payload: Option<Id>,
    /// The hash of the fields as the API echoed them.
    pub echo: Option<Id>,
}

/// A response of which something has still to become.
pub type Open = Standing;

/// What a listing is told after each line: whether to go on.
pub type Direction = ControlFlow<()>;

/// A row or a response that a run could not deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its token; `None` where the row has no key or was rejected whole.
    pub token: Option<Token>,
    /// `rejected`, `failed` or `in_doubt`.
    pub status: String,
    /// The stable code.
    pub code: String,
    /// Which file of the run, from 0.
    pub file: u32,
    /// The row's number there.
    pub row: u64,
    /// The hash of its cells.
    pub raw: Option<Id>,
}

pub(super) const COLUMNS: &str = "responses.state, run, changed_by, api_id, token, responses.name, file, row, code, attempts, \
    began_at, settled_at, raw, payload, echo";

/// What a run's own POSTs created and is still there. What was only taken back has no begin of a POST.
const CREATED: &str = "run = ?1 AND state IN (1, 12, 13) AND began_at IS NOT NULL";

impl<'c> View<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection }
    }

    /// The responses whose POST is a run's, and those it updated, in the order of their coming. A response that a later
    /// run sent again is that run's; what it was here is among [`Self::rejections_of`].
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn responses_of(
        self,
        run: RunNumber,
        each: impl FnMut(Standing) -> Direction,
    ) -> rusqlite::Result<()> {
        self.list(
            "WHERE run = ?1 OR number IN (SELECT response FROM updates WHERE run = ?1) ORDER BY number",
            run,
            each,
        )
    }

    /// What a run created and is still there: what `undo` deletes, those begun to be deleted too.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn uploaded_by(
        self,
        run: RunNumber,
        each: impl FnMut(Standing) -> Direction,
    ) -> rusqlite::Result<()> {
        self.list(&format!("WHERE {CREATED} ORDER BY number"), run, each)
    }

    /// A page of [`Self::uploaded_by`]: at most `limit` of those behind the number `after`, each with its number. What
    /// is done to a response does not shift those behind it.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn uploaded_page(
        self,
        run: RunNumber,
        after: i64,
        limit: u32,
    ) -> rusqlite::Result<Vec<(i64, Standing)>> {
        let sql = format!(
            "SELECT {COLUMNS}, number FROM responses
             WHERE {CREATED} AND number > ?2 ORDER BY number LIMIT ?3"
        );
        self.connection
            .prepare_cached(&sql)?
            .query_map(params![run.0, after, limit], |row| {
                Ok((row.get(15)?, listed(row)?))
            })?
            .collect()
    }

    /// How many there are of [`Self::uploaded_by`].
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn uploaded_count(self, run: RunNumber) -> rusqlite::Result<u64> {
        self.connection
            .prepare_cached(&format!("SELECT count(*) FROM responses WHERE {CREATED}"))?
            .query_row([run.0], |row| Ok(count(row, 0)?.unwrap_or(0)))
    }

    /// The latest response that a run is known to have created, as the measure of what search must find.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn latest_of(self, run: RunNumber) -> rusqlite::Result<Option<Standing>> {
        let mut latest = None;
        self.list(
            &format!("WHERE {CREATED} AND state = 1 ORDER BY number DESC LIMIT 1"),
            run,
            |line| {
                latest = Some(line);
                Direction::Continue(())
            },
        )?;
        Ok(latest)
    }

    /// The scopes and shards of a project that this ledger has runs of.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn scopes_of(self, target: &Target) -> rusqlite::Result<Vec<(String, Option<String>)>> {
        self.connection
            .prepare_cached(
                "SELECT DISTINCT scopes.name, runs.shard FROM runs JOIN scopes ON scopes.number = runs.scope
                 WHERE scopes.origin = ?1 AND scopes.project = ?2 ORDER BY 1, 2",
            )?
            .query_map([&target.origin, &target.project], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    }

    /// What a run updated, whoever created it.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn updated_by(
        self,
        run: RunNumber,
        each: impl FnMut(Standing) -> Direction,
    ) -> rusqlite::Result<()> {
        self.list(
            "WHERE number IN (SELECT response FROM updates WHERE run = ?1) ORDER BY number",
            run,
            each,
        )
    }

    /// The responses of a run's scope of which something has still to become: in doubt, and what runs are about to do.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn open_beside(self, run: RunNumber) -> rusqlite::Result<Vec<Open>> {
        let mut open = Vec::new();
        self.list(&open_beside(), run, |response| {
            open.push(response);
            Direction::Continue(())
        })?;
        Ok(open)
    }

    /// The doubts of a run's scope, whichever run they come from.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn doubts(self, run: RunNumber) -> rusqlite::Result<Vec<Open>> {
        let mut open = self.open_beside(run)?;
        open.retain(|response| response.state == State::InDoubt);
        Ok(open)
    }

    /// Tokens of this run's scope that may be in Chattermill under another attribute than this run sends and searches: by
    /// its searches nobody can tell that they are not.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn under_other_attributes(self, run: RunNumber) -> rusqlite::Result<Vec<Token>> {
        self.connection
            .prepare_cached(
                "SELECT token FROM responses
                     JOIN runs AS theirs ON theirs.number = responses.run JOIN runs AS ours ON ours.number = ?1
                 WHERE (responses.state >= 10 AND responses.state = ?2
                        OR recheck IS NOT NULL AND responses.state IN (0, 2))
                   AND theirs.token_attribute <> ours.token_attribute AND theirs.scope IS ours.scope
                   AND theirs.project = ours.project AND theirs.origin = ours.origin",
            )?
            .query_map(params![run.0, OPEN], |row| row.get(0).map(Id).map(Token))?
            .collect()
    }

    /// What is known of a token.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn entry(&self, token: Token) -> rusqlite::Result<Option<Entry>> {
        let mut select = self.connection.prepare_cached(ENTRY)?;
        let mut rows = select.query(params![token.0.0])?;
        let found = rows.next()?.map(entry).transpose();
        found.map_err(|error| match error {
            JobError::Sqlite(error) => error,
            _ => rusqlite::Error::InvalidQuery,
        })
    }

    /// What a run could not deliver, in the order of its coming.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn rejections_of(
        self,
        run: RunNumber,
        mut each: impl FnMut(Rejected) -> Direction,
    ) -> rusqlite::Result<()> {
        let mut select = self.connection.prepare_cached(
            "SELECT token, status, code, file, row, raw FROM rejections WHERE run = ?1 ORDER BY rowid",
        )?;
        let mut rows = select.query([run.0])?;
        while let Some(row) = rows.next()? {
            let rejected = Rejected {
                token: row
                    .get::<_, Option<[u8; 16]>>(0)?
                    .map(|token| Token(Id(token))),
                status: row.get(1)?,
                code: row.get(2)?,
                file: row.get(3)?,
                row: count(row, 4)?.unwrap_or(0),
                raw: row.get::<_, Option<[u8; 16]>>(5)?.map(Id),
            };
            if each(rejected).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// How many responses stand in each state, by its name, among those whose POST is a run's.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn states_of(
        self,
        run: RunNumber,
    ) -> rusqlite::Result<std::collections::BTreeMap<&'static str, u64>> {
        let mut states = std::collections::BTreeMap::new();
        let mut select = self.connection.prepare_cached(
            "SELECT state, count(*) FROM responses WHERE run = ?1 GROUP BY state",
        )?;
        let mut rows = select.query([run.0])?;
        while let Some(row) = rows.next()? {
            let state = State::from_columns(row.get(0)?, run, None, Some(String::new()));
            states.insert(
                state.map_or("unknown", |state| state.name()),
                count(row, 1)?.unwrap_or(0),
            );
        }
        Ok(states)
    }

    pub(super) fn list(
        self,
        condition: &str,
        run: RunNumber,
        mut each: impl FnMut(Standing) -> Direction,
    ) -> rusqlite::Result<()> {
        let sql = format!("SELECT {COLUMNS} FROM responses {condition}");
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut rows = select.query([run.0])?;
        while let Some(row) = rows.next()? {
            if each(listed(row)?).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Joins responses to the runs of a run's scope. The order is fixed, and so is the index, whose own condition stands first:
/// left to itself SQLite reads all responses of every run of the scope.
pub(super) fn beside(index: &str, condition: &str) -> String {
    format!(
        "INDEXED BY {index}
             CROSS JOIN runs AS theirs ON theirs.number = responses.run
             CROSS JOIN runs AS ours ON ours.number = ?1
         WHERE {condition} AND theirs.scope IS ours.scope AND theirs.project = ours.project
             AND theirs.origin = ours.origin
         ORDER BY responses.number"
    )
}

fn open_beside() -> String {
    beside("responses_open", "responses.state >= 10")
}

pub(super) fn listed(row: &Row<'_>) -> rusqlite::Result<Standing> {
    let (state, run, _) = standing(row).map_err(|error| match error {
        JobError::Sqlite(error) => error,
        JobError::Illegal(_) | JobError::Damaged(_) => {
            rusqlite::Error::InvalidColumnType(0, "state".into(), Type::Integer)
        }
    })?;
    let hash = |index| {
        row.get::<_, Option<[u8; 16]>>(index)
            .map(|hash| hash.map(Id))
    };
    Ok(Standing {
        token: Token(Id(row.get(4)?)),
        state,
        run,
        name: row
            .get::<_, Option<String>>(5)?
            .unwrap_or_else(|| "main".into()),
        file: row.get(6)?,
        row: count(row, 7)?,
        code: row.get(8)?,
        attempts: row.get(9)?,
        began_at: row.get(10)?,
        settled_at: row.get(11)?,
        raw: hash(12)?,
        payload: hash(13)?,
        echo: hash(14)?,
    })
}

fn count(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<u64>> {
    let number: Option<i64> = row.get(index)?;
    Ok(number.and_then(|number| u64::try_from(number).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use crate::ledger::copies::to_recheck_beside;

    #[tokio::test]
    async fn what_is_looked_for_at_the_start_of_a_run_is_found_without_reading_all() {
        let ledger = Ledger::temporary().unwrap();
        for (condition, index) in [
            (open_beside(), "responses_open"),
            (to_recheck_beside(), "responses_to_recheck"),
        ] {
            let sql = format!("EXPLAIN QUERY PLAN SELECT {COLUMNS} FROM responses {condition}");
            let plan: Vec<String> = ledger
                .ask(move |view| {
                    let mut select = view.connection.prepare(&sql)?;
                    select.query_map([1], |row| row.get("detail"))?.collect()
                })
                .await
                .unwrap();
            assert!(plan[0].contains(index), "{plan:?}");
            assert!(
                plan[1..].iter().all(|step| !step.starts_with("SCAN")),
                "{plan:?}"
            );
        }
    }
}
