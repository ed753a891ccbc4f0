//! What the writer does inside a transaction: each response through [`State::after`], and from there to its row.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::entry::{ENTRY, Entry, Intent, Note, Taken, UNKNOWN, entry, standing, whole};
use super::error::{LedgerError, Trouble};
use super::state::{Event, IllegalTransition, RunNumber, State};
use crate::identity::Token;

/// Why something could not be done inside the transaction.
#[derive(Debug)]
pub(super) enum JobError {
    Sqlite(rusqlite::Error),
    Illegal(IllegalTransition),
    Damaged(String),
}

impl From<rusqlite::Error> for JobError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl JobError {
    pub(super) fn into_ledger_error(self, path: &std::path::Path) -> LedgerError {
        match self {
            Self::Sqlite(error) => LedgerError::from_sqlite(path, &error),
            Self::Illegal(illegal) => {
                LedgerError::new(path, Trouble::Contradiction, illegal.to_string())
            }
            Self::Damaged(detail) => LedgerError::new(path, Trouble::Corrupt, detail),
        }
    }
}

/// The connection that writes, and what it need not look up.
pub(super) struct Desk {
    pub(super) connection: Connection,
    /// Responses that this process is sending, updating or deleting.
    flights: HashMap<Token, Flight>,
    /// Nothing was known of any token when last asked.
    was_empty: bool,
}

/// A response that something is being done to.
struct Flight {
    number: i64,
    state: State,
    run: RunNumber,
    changed_by: Option<RunNumber>,
    /// What a PUT brings, to be written down once it is taken.
    brought: Option<Intent>,
}

impl Desk {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            flights: HashMap::new(),
            was_empty: true,
        }
    }

    /// Writes down that a response is about to be posted, if nothing is known of it; else says what is.
    pub(super) fn begin_new(
        &mut self,
        run: RunNumber,
        intent: &Intent,
        now: i64,
    ) -> Result<Option<Entry>, JobError> {
        if self.insert(run, intent, now)? {
            return Ok(None);
        }
        self.known(intent.token)
    }

    /// Writes down a response of which nothing is known, as one that is about to be posted; `false` where something is.
    fn insert(&mut self, run: RunNumber, intent: &Intent, now: i64) -> Result<bool, JobError> {
        let event = Event::BeginPost(run);
        let state = State::New.after(event).map_err(JobError::Illegal)?;
        // Most tokens are new: one statement tells, and writes.
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO responses (token, state, run, raw, payload, version, name, file, row, began_at, echo)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (token) DO NOTHING",
            )?
            .execute(params![
                intent.token.0.0,
                state.number(),
                run.0,
                intent.raw.0,
                intent.payload.0,
                intent.version,
                name_of(intent),
                whole(intent.file as u64),
                whole(intent.row),
                now,
                intent.echo.map(|echo| echo.0)
            ])?;
        if inserted == 1 {
            let number = self.connection.last_insert_rowid();
            let flight = Flight {
                number,
                state,
                run,
                changed_by: None,
                brought: None,
            };
            self.flights.insert(intent.token, flight);
        }
        Ok(inserted == 1)
    }

    /// Writes down that a response is about to be posted.
    pub(super) fn begin_post(
        &mut self,
        run: RunNumber,
        intent: &Intent,
        now: i64,
    ) -> Result<(), JobError> {
        if self.insert(run, intent, now)? {
            return Ok(());
        }
        let event = Event::BeginPost(run);
        let mut flight = self.flight(intent.token)?;
        flight.state = flight.state.after(event).map_err(JobError::Illegal)?;
        // Search did not find what another run sent; that may come late all the same, and is then that run's. What was
        // undone since is nobody's.
        self.connection
            .prepare_cached(
                "INSERT OR IGNORE INTO earlier_posts (token, run) SELECT token, run FROM responses
                 WHERE number = ?1 AND run <> ?2 AND recheck IS NOT NULL AND began_at IS NOT NULL AND state IN (0, 2)",
            )?
            .execute(params![flight.number, run.0])?;
        self.connection
            .prepare_cached(
                "UPDATE responses SET state = ?2, run = ?3, changed_by = NULL, api_id = NULL, raw = ?4, payload = ?5,
                     echo = ?11, version = ?6, name = ?7, file = ?8, row = ?9, code = NULL, attempts = 0,
                     began_at = ?10, settled_at = NULL
                 WHERE number = ?1",
            )?
            .execute(params![
                flight.number,
                flight.state.number(),
                run.0,
                intent.raw.0,
                intent.payload.0,
                intent.version,
                name_of(intent),
                whole(intent.file as u64),
                whole(intent.row),
                now,
                intent.echo.map(|echo| echo.0)
            ])?;
        (flight.run, flight.changed_by) = (run, None);
        self.flights.insert(intent.token, flight);
        Ok(())
    }

    /// Writes down that a known response is about to be updated.
    pub(super) fn begin_put(&mut self, run: RunNumber, intent: Intent) -> Result<(), JobError> {
        self.begin_change(run, intent.token, Event::BeginPut(run), Some(intent))
    }

    /// Writes down that a known response is about to be deleted.
    pub(super) fn begin_delete(&mut self, run: RunNumber, token: Token) -> Result<(), JobError> {
        self.begin_change(run, token, Event::BeginDelete(run), None)
    }

    fn begin_change(
        &mut self,
        run: RunNumber,
        token: Token,
        event: Event,
        brought: Option<Intent>,
    ) -> Result<(), JobError> {
        let mut flight = self.flight(token)?;
        flight.state = flight.state.after(event).map_err(JobError::Illegal)?;
        self.connection
            .prepare_cached("UPDATE responses SET state = ?2, changed_by = ?3 WHERE number = ?1")?
            .execute(params![flight.number, flight.state.number(), run.0])?;
        (flight.changed_by, flight.brought) = (Some(run), brought);
        self.flights.insert(token, flight);
        Ok(())
    }

    /// Applies what is now known of a response. `false`: the id was undone before, which is no hit; nothing changed.
    pub(super) fn apply(
        &mut self,
        token: Token,
        event: Event,
        note: &Note,
        now: i64,
    ) -> Result<bool, JobError> {
        if matches!(
            event,
            Event::BeginPost(_) | Event::BeginPut(_) | Event::BeginDelete(_) | Event::TakenBack(_)
        ) {
            return Err(JobError::Illegal(IllegalTransition {
                from: self.flight(token)?.state,
                event,
            }));
        }
        if let Event::Found(id) = &event
            && self.was_undone(token, id)?
        {
            return Ok(false);
        }
        let flight = match self.flights.remove(&token) {
            Some(flight) => flight,
            None => self.flight(token)?,
        };
        let was_updating = matches!(flight.state, State::Updating(..));
        let state = flight
            .state
            .clone()
            .after(event.clone())
            .map_err(JobError::Illegal)?;
        let absent = matches!(event, Event::Absent).then_some(1);
        // What was noted of the update before still holds.
        let is_as_before = matches!(event, Event::NotUpdated | Event::NotDeleted);
        self.connection
            .prepare_cached(
                "UPDATE responses SET state = ?2, api_id = ?3, code = CASE WHEN ?9 THEN code ELSE ?4 END,
                     attempts = coalesce(?5, attempts),
                     settled_at = ?6, echo = coalesce(?7, echo), recheck = coalesce(?8, recheck)
                 WHERE number = ?1",
            )?
            .execute(params![
                flight.number,
                state.number(),
                state.api_id(),
                note.code,
                note.attempts,
                now,
                note.echo.map(|echo| echo.0),
                absent,
                is_as_before
            ])?;
        if was_updating && !matches!(event, Event::NotUpdated) {
            self.write_update(&flight, &event, note)?;
        }
        if let (State::Undone(id), Some(run)) = (&state, flight.changed_by) {
            self.connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO undone (api_id, token, run) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![id, token.0.0, run.0])?;
        }
        Ok(true)
    }

    /// What a PUT left behind: its content, or the knowledge that nobody knows.
    fn write_update(
        &mut self,
        flight: &Flight,
        event: &Event,
        note: &Note,
    ) -> Result<(), JobError> {
        let content = match (event, &flight.brought) {
            (Event::Updated, Some(brought)) => (
                brought.raw,
                brought.payload,
                brought.version.as_deref(),
                note.echo.or(brought.echo),
            ),
            _ => (UNKNOWN, UNKNOWN, None, None),
        };
        self.connection
            .prepare_cached(
                "UPDATE responses SET raw = ?2, payload = ?3, version = coalesce(?4, version), echo = ?5
                 WHERE number = ?1",
            )?
            .execute(params![
                flight.number,
                content.0.0,
                content.1.0,
                content.2,
                content.3.map(|echo| echo.0)
            ])?;
        if let Some(run) = flight.changed_by {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO updates (run, response) VALUES (?1, ?2)")?
                .execute(params![run.0, flight.number])?;
        }
        Ok(())
    }

    /// Takes back a response that the API holds, unless the ledger knows better.
    pub(super) fn take_back(
        &mut self,
        run: RunNumber,
        token: Token,
        id: &str,
        now: i64,
    ) -> Result<Taken, JobError> {
        if self.was_undone(token, id)? {
            return Ok(Taken::Undone);
        }
        let Some(flight) = self.find(token)? else {
            self.connection
                .prepare_cached(
                    "INSERT INTO responses (token, state, run, api_id, settled_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    token.0.0,
                    State::Uploaded(String::new()).number(),
                    run.0,
                    id,
                    now
                ])?;
            return Ok(Taken::Back);
        };
        let was = flight.state.clone();
        let Ok(state) = flight.state.after(Event::TakenBack(id.to_owned())) else {
            return Ok(Taken::Otherwise(was));
        };
        // What was in doubt was sent as the ledger has it, also what was sent once more then and refused.
        let may_have_been_sent = match was {
            State::Uploaded(_) => return Ok(Taken::Known),
            State::InDoubt => "1",
            State::New | State::Refused => "recheck IS NOT NULL",
            _ => "0",
        };
        let sql = format!(
            "UPDATE responses SET state = ?2, api_id = ?3, code = NULL, settled_at = ?4
             WHERE number = ?1 AND {may_have_been_sent}"
        );
        let params = params![flight.number, state.number(), id, now];
        if self.connection.prepare_cached(&sql)?.execute(params)? == 0 {
            self.connection
                .prepare_cached(
                    "UPDATE responses SET state = ?2, api_id = ?3, code = NULL, settled_at = ?4, run = ?5,
                         changed_by = NULL, raw = NULL, payload = NULL, echo = NULL, version = NULL,
                         began_at = NULL
                     WHERE number = ?1",
                )?
                .execute(params![flight.number, state.number(), id, now, run.0])?;
        }
        Ok(Taken::Back)
    }

    /// Gives a response that was taken back the hashes of its row.
    pub(super) fn adopt(&mut self, intent: &Intent) -> Result<(), JobError> {
        self.connection
            .prepare_cached(
                "UPDATE responses SET raw = ?2, payload = ?3, version = ?4 WHERE token = ?1 AND payload IS NULL",
            )?
            .execute(params![intent.token.0.0, intent.raw.0, intent.payload.0, intent.version])?;
        Ok(())
    }

    /// What is known of each token, in their order.
    pub(super) fn lookup(&mut self, tokens: &[Token]) -> Result<Vec<Option<Entry>>, JobError> {
        if self.was_empty {
            // Asked anew each time: another process may have written since.
            self.was_empty = !self
                .connection
                .prepare_cached("SELECT 1 FROM responses LIMIT 1")?
                .exists([])?;
            if self.was_empty {
                return Ok(vec![None; tokens.len()]);
            }
        }
        tokens.iter().map(|token| self.known(*token)).collect()
    }

    fn known(&self, token: Token) -> Result<Option<Entry>, JobError> {
        let mut select = self.connection.prepare_cached(ENTRY)?;
        let mut rows = select.query(params![token.0.0])?;
        rows.next()?.map(entry).transpose()
    }

    pub(super) fn was_undone(&self, token: Token, id: &str) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached("SELECT 1 FROM undone WHERE token = ?1 AND api_id = ?2")?
            .exists(params![token.0.0, id])
    }

    /// A response's row; one that the ledger does not know stands at `new` and has no row.
    fn flight(&self, token: Token) -> Result<Flight, JobError> {
        let unknown = Flight {
            number: 0,
            state: State::New,
            run: RunNumber(0),
            changed_by: None,
            brought: None,
        };
        Ok(self.find(token)?.unwrap_or(unknown))
    }

    fn find(&self, token: Token) -> Result<Option<Flight>, JobError> {
        let mut select = self.connection.prepare_cached(
            "SELECT state, run, changed_by, api_id, number FROM responses WHERE token = ?1",
        )?;
        let mut rows = select.query(params![token.0.0])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let (state, run, changed_by) = standing(row)?;
        Ok(Some(Flight {
            number: row.get(4)?,
            state,
            run,
            changed_by,
            brought: None,
        }))
    }
}

/// A response's name, but for the usual one.
fn name_of(intent: &Intent) -> Option<&str> {
    (&*intent.name != "main").then_some(&*intent.name)
}
