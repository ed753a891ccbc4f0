//! Runs: begun, ended, found again by name; and what dead ones left behind.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::below::BelowHeader;
use super::desk::{Desk, JobError};
use super::entry::{Note, standing};
use super::error::Closed;
use super::query::View;
use super::remember::Target;
use super::state::{Event, OPEN, RunNumber, State};
use super::writer::Need;
use super::{Durability, Ledger, now};
use crate::identity::{Id, Token};

/// A run that begins.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its name, by [`run_id`].
    pub id: String,
    /// `import`, `retry`, `undo`, `ledger rebuild` …
    pub command: String,
    /// The program's version.
    pub version: String,
    /// The API and the project.
    pub target: Target,
    /// The mapping's scope; `None` where the run concerns the whole project.
    pub scope: Option<String>,
    /// `K/N`, where given.
    pub shard: Option<String>,
    /// The mapping's path or name.
    pub mapping: Option<String>,
    /// A hash of the mapping.
    pub mapping_hash: Option<Id>,
    /// The names of the input files, in their order.
    pub files: Vec<String>,
    /// The attribute that its responses carry their tokens under; empty where they carry none.
    pub token_attribute: String,
    /// What the files say below their headers, by their names.
    pub below: Vec<(String, BelowHeader)>,
    /// A hash of all that it is to load; `None` where that cannot be told, as of a pipe.
    pub inputs: Option<Id>,
    /// When it began.
    pub started_at: Timestamp,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// As in the summary: `complete`, `stopped` …
    pub status: String,
    /// The exit code.
    pub exit_code: u8,
    /// The summary, as JSON.
    pub summary: String,
    /// The report's figures (counts by score and day, latencies), as JSON.
    pub aggregates: Option<String>,
    /// When it ended.
    pub finished_at: Timestamp,
}

/// A run as the ledger has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its number in this ledger.
    pub number: RunNumber,
    /// Its name.
    pub id: String,
    /// `import`, `retry`, `undo` …
    pub command: String,
    /// The program's version.
    pub version: String,
    /// The API and the project.
    pub target: Target,
    /// The mapping's scope.
    pub scope: Option<String>,
    /// `K/N`, where given.
    pub shard: Option<String>,
    /// The mapping's path or name.
    pub mapping: Option<String>,
    /// A hash of the mapping.
    pub mapping_hash: Option<Id>,
    /// The names of its input files.
    pub files: Vec<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None`: it is at work, or dead.
    pub finished_at: Option<Timestamp>,
    /// How it ended; `died` once a later run has seen that it is dead.
    pub status: Option<String>,
    /// Its exit code.
    pub exit_code: Option<u8>,
    /// Its summary, as JSON.
    pub summary: Option<String>,
    /// The report's figures, as JSON.
    pub aggregates: Option<String>,
}

/// What a name means.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// This run.
    One(Box<Run>),
    /// No run.
    None,
    /// Several begin like this; their names, ten at most.
    Several(Vec<String>),
}

/// What dead runs left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dead {
    /// The names of the dead, seen dead for the first time.
    pub runs: Vec<String>,
    /// Responses that are now in doubt.
    pub in_doubt: u64,
    /// Responses whose content is now unknown: an update may have reached them.
    pub unclear_updates: u64,
}

/// The name of a run: when it began, and four digits to tell it from others of the same second.
pub fn run_id(at: Timestamp, random: u16) -> String {
    format!("{}-{random:04x}", at.strftime("%Y-%m-%dT%H-%M-%SZ"))
}

/// What tells one start of the machine from the next; `None` where the system does not say.
pub fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

impl Ledger {
    /// Begins a run. It survives the power, so that what a power loss took is looked for.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn start_run(&self, run: NewRun) -> Result<RunNumber, Closed> {
        let full = self.durability() == Durability::Full;
        self.writer
            .ask(Need::Sync, move |desk| start(desk, &run, full))
            .await
    }

    /// Ends a run. From then on it survives the power, with all that it did.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn finish_run(&self, run: RunNumber, finished: Finished) -> Result<(), Closed> {
        let job = move |desk: &mut Desk| {
            desk.connection
                .prepare_cached(
                    "UPDATE runs SET status = ?2, exit_code = ?3, summary = ?4, aggregates = ?5, finished_at = ?6
                     WHERE number = ?1",
                )?
                .execute(params![
                    run.0,
                    finished.status,
                    finished.exit_code,
                    finished.summary,
                    finished.aggregates,
                    finished.finished_at.as_millisecond()
                ])?;
            Ok(())
        };
        self.writer.ask(Need::Sync, job).await
    }

    /// Makes doubts of what dead runs of this run's scope were about to do. Only under the scope's lock: then whatever is
    /// still `sending`, and not by this run, is a dead run's.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn bury_dead(&self, run: RunNumber) -> Result<Dead, Closed> {
        self.writer
            .ask(Need::Write, move |desk| bury(desk, run))
            .await
    }
}

fn start(desk: &Desk, run: &NewRun, full: bool) -> Result<RunNumber, JobError> {
    let scope = run
        .scope
        .as_deref()
        .map(|scope| run.target.scope(&desk.connection, scope))
        .transpose()?;
    let files = serde_json::to_string(&run.files).unwrap_or_else(|_| "[]".into());
    desk.connection
        .prepare_cached(
            "INSERT INTO runs (id, command, version, origin, project, scope, shard, mapping, mapping_hash, files,
                               durability, boot_id, started_at, inputs, token_attribute)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            run.id,
            run.command,
            run.version,
            run.target.origin,
            run.target.project,
            scope,
            run.shard,
            run.mapping,
            run.mapping_hash.map(|hash| hash.0),
            files,
            if full { "full" } else { "normal" },
            boot_id(),
            run.started_at.as_millisecond(),
            run.inputs.map(|inputs| inputs.0),
            run.token_attribute
        ])?;
    let number = RunNumber(desk.connection.last_insert_rowid());
    for (file, below) in &run.below {
        below.write(&desk.connection, number, file)?;
    }
    Ok(number)
}

fn bury(desk: &mut Desk, run: RunNumber) -> Result<Dead, JobError> {
    let left = {
        // The second condition is the index's own, so that only open responses are read.
        let mut select = desk.connection.prepare_cached(
            "SELECT state, run, changed_by, api_id, token
             FROM responses INDEXED BY responses_open
                 CROSS JOIN runs AS theirs ON theirs.number = coalesce(changed_by, run)
                 CROSS JOIN runs AS ours ON ours.number = ?1
             WHERE responses.state > ?2 AND responses.state >= 10 AND theirs.number <> ours.number
               AND theirs.scope IS ours.scope AND theirs.project = ours.project AND theirs.origin = ours.origin",
        )?;
        let mut rows = select.query(params![run.0, OPEN])?;
        let mut left = Vec::new();
        while let Some(row) = rows.next()? {
            left.push((Token(Id(row.get(4)?)), standing(row)?.0));
        }
        left
    };
    let mut dead = Dead::default();
    let note = Note {
        code: Some("run_died".into()),
        ..Note::default()
    };
    for (token, state) in left {
        match state {
            State::Sending(_) => dead.in_doubt += 1,
            State::Updating(..) => dead.unclear_updates += 1,
            // A deletion stays one: the next `undo` goes on with it.
            _ => continue,
        }
        desk.apply(token, Event::RunDied, &note, now())?;
    }
    let mut update = desk.connection.prepare_cached(
        "UPDATE runs SET status = 'died'
         WHERE finished_at IS NULL AND status IS NULL AND number < ?1
           AND (scope, project, origin) IS (SELECT scope, project, origin FROM runs WHERE number = ?1)
         RETURNING id",
    )?;
    dead.runs = update
        .query_map([run.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    drop(update);
    Ok(dead)
}

const COLUMNS: &str = "runs.number, id, command, version, runs.origin, runs.project, scopes.name, shard, mapping, \
    mapping_hash, files, started_at, finished_at, status, exit_code, summary, aggregates";

impl View<'_> {
    /// All runs, the latest first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn runs(self) -> rusqlite::Result<Vec<Run>> {
        self.runs_where("ORDER BY runs.number DESC", [])
    }

    /// The run of a name, of a beginning that only one name has, or of `last`: the latest that uploads (`import`, `retry`,
    /// `run`).
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn run(self, name: &str) -> rusqlite::Result<Named> {
        let mut runs = if name == "last" {
            self.runs_where(
                "WHERE command IN ('import', 'retry', 'run') ORDER BY runs.number DESC LIMIT 1",
                [],
            )?
        } else {
            let mut runs = self.runs_where("WHERE id = ?1", [name])?;
            if runs.is_empty() && !name.is_empty() {
                runs = self.runs_where(
                    "WHERE substr(id, 1, length(?1)) = ?1 ORDER BY runs.number LIMIT 10",
                    [name],
                )?;
            }
            runs
        };
        Ok(match (runs.len(), runs.pop()) {
            (1, Some(run)) => Named::One(Box::new(run)),
            (_, Some(last)) => {
                Named::Several(runs.into_iter().chain([last]).map(|run| run.id).collect())
            }
            (_, None) => Named::None,
        })
    }

    /// The mapping's hash of a run.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn mapping_hash(self, run: RunNumber) -> rusqlite::Result<Option<Id>> {
        let hash: Option<Option<[u8; 16]>> = self
            .connection
            .prepare_cached("SELECT mapping_hash FROM runs WHERE number = ?1")?
            .query_row([run.0], |row| row.get(0))
            .optional()?;
        Ok(hash.flatten().map(Id))
    }

    /// The runs of a condition, with what follows it.
    pub(super) fn runs_where(
        self,
        condition: &str,
        params: impl rusqlite::Params,
    ) -> rusqlite::Result<Vec<Run>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM runs LEFT JOIN scopes ON scopes.number = runs.scope {condition}"
        );
        let mut select = self.connection.prepare_cached(&sql)?;
        select.query_map(params, run)?.collect()
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let files: String = row.get(10)?;
    let at = |millis: i64| Timestamp::from_millisecond(millis).unwrap_or_default();
    Ok(Run {
        number: RunNumber(row.get(0)?),
        id: row.get(1)?,
        command: row.get(2)?,
        version: row.get(3)?,
        target: Target {
            origin: row.get(4)?,
            project: row.get(5)?,
        },
        scope: row.get(6)?,
        shard: row.get(7)?,
        mapping: row.get(8)?,
        mapping_hash: row.get::<_, Option<[u8; 16]>>(9)?.map(Id),
        files: serde_json::from_str(&files).unwrap_or_default(),
        started_at: at(row.get(11)?),
        finished_at: row.get::<_, Option<i64>>(12)?.map(at),
        status: row.get(13)?,
        exit_code: row.get(14)?,
        summary: row.get(15)?,
        aggregates: row.get(16)?,
    })
}
