//! What is written down of a response, and read back.

use std::sync::Arc;

use rusqlite::Row;

use super::desk::JobError;
use super::state::{RunNumber, State};
use crate::identity::{Id, Token};

/// What is about to be sent.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The response.
    pub token: Token,
    /// The hash of the row's cells.
    pub raw: Id,
    /// The hash of the body.
    pub payload: Id,
    /// A hash of the fields that are sent, in their canonical form.
    pub echo: Option<Id>,
    /// The row's version, where the mapping names one.
    pub version: Option<String>,
    /// The response's name among those of its row.
    pub name: Arc<str>,
    /// Which file of the run the row is from, from 0.
    pub file: usize,
    /// The row's number there.
    pub row: u64,
}

/// What goes with an event.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Requests made so far by this run; `None` leaves the figure as it is.
    pub attempts: Option<u32>,
    /// Why it was refused or is in doubt.
    pub code: Option<String>,
    /// A hash of the fields as the API echoed them.
    pub echo: Option<Id>,
}

/// What is known of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub state: State,
    /// The run whose POST it was, or whose rebuild found it.
    pub run: RunNumber,
    /// The run that last updated it, or began to delete it.
    pub changed_by: Option<RunNumber>,
    /// The hash of the row's cells as they were; `None` after a rebuild.
    pub raw: Option<Id>,
    /// The hash of the body as it was sent; `None` after a rebuild; [`UNKNOWN`] after an update without an answer.
    pub payload: Option<Id>,
    /// The hash of the fields as the API echoed them.
    pub echo: Option<Id>,
    /// The version as it was sent.
    pub version: Option<String>,
    /// Why it was refused or is in doubt.
    pub code: Option<String>,
    /// Requests made for it by its run.
    pub attempts: u32,
    /// It was sent again, or may be, after a doubt whose request may have created it later.
    pub may_come_late: bool,
}

/// What came of taking back a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The ledger has it now.
    Back,
    /// The ledger had it, under this id.
    Known,
    /// The ledger knows that `undo` deleted this id: the API's listing lags.
    Undone,
    /// The ledger has it in this state, or under another id (then there are two of it): left as it is.
    Otherwise(State),
}

/// A hash that no content has: what the API holds is one of two, so every row counts as changed.
pub const UNKNOWN: Id = Id([0; 16]);

/// The code of an update whose answer did not give the response: what stayed of an earlier version is not known.
pub const UPDATE_NOT_ECHOED: &str = "update_not_echoed";

/// The first four columns: state, run, changed_by, api_id.
pub(super) fn standing(row: &Row<'_>) -> Result<(State, RunNumber, Option<RunNumber>), JobError> {
    let run = RunNumber(row.get(1)?);
    let changed_by = row.get::<_, Option<i64>>(2)?.map(RunNumber);
    let number = row.get(0)?;
    let state = State::from_columns(number, run, changed_by, row.get(3)?).ok_or_else(|| {
        JobError::Damaged(format!("a response has the state {number}, which is none"))
    })?;
    Ok((state, run, changed_by))
}

/// The statement whose rows [`entry`] reads.
pub(super) const ENTRY: &str =
    "SELECT state, run, changed_by, api_id, raw, payload, echo, version, code, attempts,
     recheck IS NOT NULL FROM responses WHERE token = ?1";

/// What a row of [`ENTRY`] says.
pub(super) fn entry(row: &Row<'_>) -> Result<Entry, JobError> {
    let (state, run, changed_by) = standing(row)?;
    let hash = |index| {
        row.get::<_, Option<[u8; 16]>>(index)
            .map(|hash| hash.map(Id))
    };
    Ok(Entry {
        state,
        run,
        changed_by,
        raw: hash(4)?,
        payload: hash(5)?,
        echo: hash(6)?,
        version: row.get(7)?,
        code: row.get(8)?,
        attempts: row.get(9)?,
        may_come_late: row.get(10)?,
    })
}

/// SQLite's whole numbers have a sign; no count of rows comes near it.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
