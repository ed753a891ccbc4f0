//! What is remembered beside the responses: scopes and their headers, rates, failures files, rejections.

use rusqlite::{Connection, OptionalExtension, params};

use super::desk::Desk;
use super::entry::whole;
use super::error::Closed;
use super::query::{Rejected, View};
use super::state::RunNumber;
use super::writer::Need;
use super::{Ledger, now};
use crate::error::Error;
use crate::identity::{Id, Token};

/// The API and the project that something is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The API's origin: `https://api.chattermill.com`.
    pub origin: String,
    /// The project's key, as the catalogue spells it.
    pub project: String,
}

/// What is remembered of a project for the next run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Remembered {
    /// Requests a second that the API bore.
    pub rate: Option<f64>,
    /// In how many seconds that was learnt.
    pub rate_seconds: Option<f64>,
    /// Until when the API asked to wait, in milliseconds since 1970.
    pub wait_until: Option<i64>,
}

/// What an earlier run could not deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFailure {
    /// The response; `None`: the row as a whole.
    pub token: Option<Token>,
    /// `rejected` or `failed`.
    pub status: String,
    /// The stable code.
    pub code: String,
    /// Whether its run came to an end, and so told of it.
    pub is_told: bool,
}

/// A failures file that a run wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailuresFile {
    /// Its path, absolute.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// A hash of its bytes.
    pub hash: Id,
}

/// A failures file with the run that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfRun {
    /// The file.
    pub file: FailuresFile,
    /// Where the run loaded.
    pub target: Target,
    /// Its scope.
    pub scope: Option<String>,
    /// The names of its inputs.
    pub inputs: Vec<String>,
    /// What they held, as JSON; `None` where that is not to be told, as of a pipe.
    pub contents: Option<String>,
}

impl Target {
    /// The number of a scope, which is made where there is none.
    pub(super) fn scope(&self, connection: &Connection, name: &str) -> rusqlite::Result<i64> {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO scopes (origin, project, name) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![self.origin, self.project, name])?;
        connection
            .prepare_cached(
                "SELECT number FROM scopes WHERE origin = ?1 AND project = ?2 AND name = ?3",
            )?
            .query_row(params![self.origin, self.project, name], |row| row.get(0))
    }
}

impl Ledger {
    /// Notes that a scope is in use: its tokens were searched, and no ledger is missing.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn use_scope(&self, target: Target, name: String) -> Result<(), Closed> {
        let job = move |desk: &mut Desk| {
            let scope = target.scope(&desk.connection, &name)?;
            desk.connection
                .prepare_cached(
                    "UPDATE scopes SET used_at = coalesce(used_at, ?2) WHERE number = ?1",
                )?
                .execute([scope, now()])?;
            Ok(())
        };
        self.writer.ask(Need::Write, job).await
    }

    /// Adds a set of headers to those known for a scope.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn remember_headers(
        &self,
        target: Target,
        name: String,
        hash: Id,
    ) -> Result<(), Closed> {
        let job = move |desk: &mut Desk| {
            let scope = target.scope(&desk.connection, &name)?;
            desk.connection
                .prepare_cached("INSERT OR IGNORE INTO header_sets (scope, hash) VALUES (?1, ?2)")?
                .execute(params![scope, hash.0])?;
            Ok(())
        };
        self.writer.ask(Need::Write, job).await
    }

    /// Remembers something of a project; what is `None` stays as it was. Does not wait.
    pub fn remember(&self, target: Target, what: Remembered) {
        self.writer.tell(Need::Write, move |desk| {
            let mut write = desk.connection.prepare_cached(
                "INSERT INTO remembered (origin, project, name, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (origin, project, name) DO UPDATE SET value = excluded.value",
            )?;
            for (name, value) in [("rate", what.rate), ("rate_seconds", what.rate_seconds)] {
                if let Some(value) = value {
                    write.execute(params![target.origin, target.project, name, value])?;
                }
            }
            if let Some(until) = what.wait_until {
                write.execute(params![target.origin, target.project, "wait_until", until])?;
            }
            Ok(())
        });
    }

    /// Notes a row or response that could not be delivered; does not wait.
    pub fn reject(&self, run: RunNumber, rejected: Rejected) {
        self.writer.tell(Need::Write, move |desk| {
            desk.connection
                .prepare_cached(
                    "INSERT INTO rejections (run, token, status, code, file, row, raw)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    run.0,
                    rejected.token.map(|token| token.0.0),
                    rejected.status,
                    rejected.code,
                    rejected.file,
                    whole(rejected.row),
                    rejected.raw.map(|raw| raw.0)
                ])?;
            Ok(())
        });
    }

    /// Notes a failures file as it was written, and what the inputs held, as JSON.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn wrote_failures(
        &self,
        run: RunNumber,
        file: FailuresFile,
        contents: Option<String>,
    ) -> Result<(), Closed> {
        let job = move |desk: &mut Desk| {
            desk.connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO failures_files (run, path, size, hash, inputs) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![run.0, file.path, whole(file.size), file.hash.0, contents])?;
            Ok(())
        };
        self.writer.ask(Need::Write, job).await
    }

    /// Makes this ledger that of a shard, or of none; asked before the first run of a process.
    ///
    /// # Errors
    /// It is used for another shard (exit 2), or it is closed.
    pub async fn claim_shard(&self, shard: Option<String>) -> Result<(), Error> {
        let path = self.path().display().to_string();
        let wanted = shard.unwrap_or_else(|| "none".into());
        let job = {
            let wanted = wanted.clone();
            move |desk: &mut Desk| {
                desk.connection
                    .prepare_cached(
                        "INSERT OR IGNORE INTO settings (name, value) VALUES ('shard', ?1)",
                    )?
                    .execute([&wanted])?;
                let shard: String = desk
                    .connection
                    .prepare_cached("SELECT value FROM settings WHERE name = 'shard'")?
                    .query_row([], |row| row.get(0))?;
                Ok(shard)
            }
        };
        let has = self.writer.ask(Need::Write, job).await?;
        if has == wanted {
            return Ok(());
        }
        let call = |shard: &str| match shard {
            "none" => "without `--shard`".to_owned(),
            shard => format!("with `--shard {shard}`"),
        };
        Err(Error::Usage(format!(
            "the ledger {path} is used {}, and cannot be used {}: it would not know what the others sent\n  help: give \
             every shard a ledger of its own, with `--ledger PATH`",
            call(&has),
            call(&wanted)
        )))
    }
}

impl View<'_> {
    /// Whether a scope is in use in this ledger.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn has_scope(self, target: &Target, name: &str) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(
                "SELECT 1 FROM scopes WHERE origin = ?1 AND project = ?2 AND name = ?3 AND used_at IS NOT NULL",
            )?
            .exists(params![target.origin, target.project, name])
    }

    /// The sets of headers known for a scope.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn header_sets(self, target: &Target, name: &str) -> rusqlite::Result<Vec<Id>> {
        self.connection
            .prepare_cached(
                "SELECT hash FROM header_sets JOIN scopes ON scopes.number = scope
                 WHERE origin = ?1 AND project = ?2 AND name = ?3",
            )?
            .query_map(params![target.origin, target.project, name], |row| {
                row.get(0).map(Id)
            })?
            .collect()
    }

    /// What is remembered of a project.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn remembered(self, target: &Target) -> rusqlite::Result<Remembered> {
        let mut select = self.connection.prepare_cached(
            "SELECT value FROM remembered WHERE origin = ?1 AND project = ?2 AND name = ?3",
        )?;
        let mut figure = |name| -> rusqlite::Result<Option<f64>> {
            select
                .query_row(params![target.origin, target.project, name], |row| {
                    row.get(0)
                })
                .optional()
        };
        Ok(Remembered {
            rate: figure("rate")?,
            rate_seconds: figure("rate_seconds")?,
            wait_until: select
                .query_row(
                    params![target.origin, target.project, "wait_until"],
                    |row| row.get(0),
                )
                .optional()?,
        })
    }

    /// What failed of a row with these cells in earlier runs of this run's scope, under the same mapping. What a run that
    /// was stopped had not attempted is in its failures file too, where it came through a pipe, and has not failed. What was
    /// sent since is there, or is to be asked about, or was undone and is new. Nobody knows what became of an update without
    /// a clear answer.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn known_failures(&self, run: RunNumber, raw: Id) -> rusqlite::Result<Vec<KnownFailure>> {
        self.connection
            .prepare_cached(
                "SELECT rejections.token, rejections.status, rejections.code, theirs.exit_code IS NOT NULL FROM rejections
                     JOIN runs AS theirs ON theirs.number = rejections.run
                     JOIN runs AS ours ON ours.number = ?1
                 WHERE raw = ?2 AND rejections.run < ours.number AND rejections.status IN ('rejected', 'failed')
                   AND rejections.code NOT IN ('not_attempted', 'update_unanswered')
                   AND NOT EXISTS (SELECT 1 FROM responses WHERE responses.token = rejections.token AND responses.run <> ours.number
                                   AND (responses.state = 10
                                        OR responses.state = 3 AND responses.run > rejections.run
                                        OR responses.state IN (1, 12, 13) AND responses.raw = rejections.raw))
                   AND theirs.mapping_hash = ours.mapping_hash AND theirs.scope IS ours.scope
                   AND theirs.project = ours.project AND theirs.origin = ours.origin",
            )?
            .query_map(params![run.0, raw.0], |row| {
                let token: Option<[u8; 16]> = row.get(0)?;
                Ok(KnownFailure {
                    token: token.map(|token| Token(Id(token))),
                    status: row.get(1)?,
                    code: row.get(2)?,
                    is_told: row.get(3)?,
                })
            })?
            .collect()
    }

    /// Whether any run before this one could not deliver something under the same mapping.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn has_known_failures(&self, run: RunNumber) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached(
                "SELECT 1 FROM runs AS theirs JOIN runs AS ours ON ours.number = ?1
                 WHERE theirs.number < ours.number AND theirs.mapping_hash = ours.mapping_hash
                   AND theirs.scope IS ours.scope
                   AND EXISTS (SELECT 1 FROM rejections WHERE rejections.run = theirs.number)",
            )?
            .exists([run.0])
    }

    /// The latest failures file written to a path.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn failures_file(&self, path: &str) -> rusqlite::Result<Option<OfRun>> {
        self.connection
            .prepare_cached(
                "SELECT files, path, size, hash, failures_files.inputs, runs.origin, runs.project, scopes.name
                 FROM failures_files JOIN runs ON runs.number = run LEFT JOIN scopes ON scopes.number = runs.scope
                 WHERE path = ?1 ORDER BY run DESC LIMIT 1",
            )?
            .query_row([path], |row| {
                let files: String = row.get(0)?;
                let size: i64 = row.get(2)?;
                let file = FailuresFile {
                    path: row.get(1)?,
                    size: u64::try_from(size).unwrap_or(0),
                    hash: Id(row.get(3)?),
                };
                Ok(OfRun {
                    file,
                    target: Target {
                        origin: row.get(5)?,
                        project: row.get(6)?,
                    },
                    scope: row.get(7)?,
                    inputs: serde_json::from_str(&files).unwrap_or_default(),
                    contents: row.get(4)?,
                })
            })
            .optional()
    }

    /// The failures files of a run.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn failures_files_of(self, run: RunNumber) -> rusqlite::Result<Vec<String>> {
        self.connection
            .prepare_cached("SELECT path FROM failures_files WHERE run = ?1 ORDER BY path")?
            .query_map([run.0], |row| row.get(0))?
            .collect()
    }
}
