//! A run as the ledger has it: begun under its scope's lock, ended with its summary.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::contents::{self, Content};
use super::inputs::Opened;
use crate::error::Error;
use crate::identity::{Id, content_hash};
use crate::ledger::{
    Durability, FailuresFile, Finished, Guarded, Ledger, Lock, MadeOf, NewRun, OfRun, Remembered,
    RunNumber, State, Target,
};
use crate::mapping::{KeyBy, Mapping};
use crate::record::Shape;
use crate::report::aggregates::Aggregates;
use crate::report::{Status, Summary};

/// How a ledger is opened for a run.
pub struct Opening<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// What it is to survive.
    pub durability: Durability,
    /// How long to wait for another run.
    pub wait: Duration,
    /// The run that begins.
    pub run: NewRun,
}

/// A run in its ledger. The lock goes with it.
pub struct Logbook {
    /// The ledger.
    pub ledger: Arc<Ledger>,
    /// The run's number there.
    pub number: RunNumber,
    /// Whether no run of this scope has used this ledger before.
    pub first_use: bool,
    /// Whether an earlier run of the scope did not come to its end, and none did since.
    pub a_run_died: bool,
    /// Whether responses may be in Chattermill that this ledger does not know of, because the power took them.
    pub power_was_lost: bool,
    /// The run of this scope that found another ledger's responses in Chattermill, where they have not been taken back.
    found_a_ledger_missing: Option<String>,
    /// What was remembered of the project.
    pub remembered: Remembered,
    target: Target,
    scope: String,
    _lock: Lock,
}

impl Logbook {
    /// Opens the ledger, takes the scope's lock, begins the run, and makes doubts of what dead runs left. Also gives
    /// what the user should know.
    ///
    /// # Errors
    /// The ledger cannot be used (exit 2), or another run holds the lock (exit 6).
    pub async fn open(opening: Opening<'_>) -> Result<(Self, Vec<String>), Error> {
        let run = opening.run;
        let ledger = Ledger::open(opening.path, opening.durability)?;
        ledger.claim_shard(run.shard.clone()).await?;
        let (target, scope) = (run.target.clone(), run.scope.clone().unwrap_or_default());
        let guarded = Guarded {
            target: target.clone(),
            scope: scope.clone(),
            shard: run.shard.clone(),
        };
        let lock = Lock::take(opening.path, &guarded, &run.id, opening.wait).await?;
        let number = ledger.start_run(run).await?;
        let dead = ledger.bury_dead(number).await?;
        must_not_be_half_undone(&ledger, number).await?;
        let (asked_target, asked_scope) = (target.clone(), scope.clone());
        let (known_scope, a_run_died, power_was_lost, found_a_ledger_missing, remembered) = ledger
            .ask(move |view| {
                Ok((
                    view.has_scope(&asked_target, &asked_scope)?,
                    view.a_run_died(number)?,
                    view.power_was_lost(number)?,
                    view.found_a_ledger_missing(number)?,
                    view.remembered(&asked_target)?,
                ))
            })
            .await?;
        let mut warnings = Vec::new();
        if !dead.runs.is_empty() && dead.in_doubt + dead.unclear_updates > 0 {
            warnings.push(format!(
                "{} did not come to an end; what became of {} responses it was sending is found out now",
                dead.runs.join(", "),
                dead.in_doubt + dead.unclear_updates
            ));
        }
        let logbook = Self {
            ledger: Arc::new(ledger),
            number,
            first_use: !known_scope,
            a_run_died,
            power_was_lost,
            found_a_ledger_missing,
            remembered,
            target,
            scope,
            _lock: lock,
        };
        Ok((logbook, warnings))
    }

    /// At the first use of a scope, where a run before this one has found a ledger missing.
    ///
    /// # Errors
    /// It is so (exit 2).
    pub fn check_ledger(&self) -> Result<(), Error> {
        let Some(run) = self
            .found_a_ledger_missing
            .as_ref()
            .filter(|_| self.first_use)
        else {
            return Ok(());
        };
        Err(Error::Usage(format!(
            "run {run} found responses in Chattermill that this ledger ({}) does not know: another ledger loaded them, or \
             one is lost. Nothing was posted\n  help: `chatterload undo {run}` takes back what that run posted; then name \
             the ledger that loaded the others with --ledger, or run `chatterload ledger rebuild`, which takes back from \
             Chattermill what was uploaded",
            self.ledger.path().display()
        )))
    }

    /// Rows without key columns are known by all their cells: under another set of headers every row would be new.
    ///
    /// # Errors
    /// A file's set of headers is new to a scope that knows others (exit 2), or the ledger is closed.
    pub async fn check_headers(
        &self,
        mapping: &Mapping,
        inputs: &[Opened],
        accept: bool,
    ) -> Result<(), Error> {
        if matches!(mapping.key.by, KeyBy::Columns(_)) && !mapping.key.empty_by_content {
            return Ok(());
        }
        let (target, scope) = (self.target.clone(), self.scope.clone());
        let asked = move |view: crate::ledger::View<'_>| view.header_sets(&target, &scope);
        let mut known: HashSet<Id> = self.ledger.ask(asked).await?.into_iter().collect();
        let mut fresh = Vec::new();
        for input in inputs.iter().filter(|input| !input.is_failures_file) {
            let Shape::Table(header) = &input.shape else {
                continue;
            };
            let mut pairs: Vec<(&str, &str)> = header
                .names
                .iter()
                .map(|name| (name.as_str(), "1"))
                .collect();
            let hash = content_hash(&mut pairs);
            if known.contains(&hash) {
                continue;
            }
            if !known.is_empty() && !accept {
                return Err(Error::Usage(format!(
                    "{} has other columns than the files loaded so far under the scope '{}', and without key columns a \
                     row is known by all its cells: every row would be new\n  help: give the mapping key columns, or a \
                     scope of its own for this export; --accept-new-header goes on, and loads all rows anew",
                    input.name, self.scope
                )));
            }
            known.insert(hash);
            fresh.push(hash);
        }
        for hash in fresh {
            self.ledger
                .remember_headers(self.target.clone(), self.scope.clone(), hash)
                .await?;
        }
        Ok(())
    }

    /// What the identities of the scope were made of so far, where anything is loaded under it.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn made_of(&self, what: MadeOf) -> Result<Vec<String>, Error> {
        let (target, scope) = (self.target.clone(), self.scope.clone());
        let asked = move |view: crate::ledger::View<'_>| {
            let has_loaded = view.scopes(&target)?.contains(&scope);
            let all = view.made_of(&target, &scope, what)?;
            Ok(if has_loaded { all } else { Vec::new() })
        };
        Ok(self.ledger.ask(asked).await?)
    }

    /// The other scopes under which something was loaded into the project.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn other_scopes(&self) -> Result<Vec<String>, Error> {
        let target = self.target.clone();
        let mut scopes = self.ledger.ask(move |view| view.scopes(&target)).await?;
        scopes.retain(|scope| *scope != self.scope);
        Ok(scopes)
    }

    /// Notes what they are made of from now on.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn remember_made_of(&self, what: MadeOf, all: Vec<String>) -> Result<(), Error> {
        let (target, scope) = (self.target.clone(), self.scope.clone());
        let remembered = self.ledger.remember_made_of(target, scope, what, all);
        Ok(remembered.await?)
    }

    /// How long the API still asks to wait, by what it told an earlier run.
    pub fn still_to_wait(&self, now: Timestamp) -> Duration {
        let until = self.remembered.wait_until.unwrap_or(0);
        let left = until.saturating_sub(now.as_millisecond());
        Duration::from_millis(u64::try_from(left).unwrap_or(0))
    }

    /// Notes that this ledger is the one of the scope.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn use_scope(&self) -> Result<(), Error> {
        self.ledger
            .use_scope(self.target.clone(), self.scope.clone())
            .await
            .map_err(Error::from)
    }

    /// Failures files at these paths that are as an earlier run over the same inputs left them: what these hold is there
    /// still, so that their failures are met again. Of a pipe nobody can tell.
    pub async fn untouched(&self, paths: Vec<PathBuf>, inputs: &[Opened]) -> Vec<PathBuf> {
        let mut untouched = Vec::new();
        for path in paths {
            let Some(file) = written(&path) else { continue };
            let name = file.path.clone();
            let known = self.ledger.ask(move |view| view.failures_file(&name)).await;
            if let Ok(Some(known)) = known
                && known.file == file
                && known.target == self.target
                && known.scope.as_ref() == Some(&self.scope)
                && are_the_same(&known, inputs)
            {
                untouched.push(path);
            }
        }
        untouched
    }

    /// Ends the run in the ledger.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn finish(
        &self,
        summary: &Summary,
        failures_file: Option<&Path>,
        inputs: &[Option<PathBuf>],
        learnt: Remembered,
        aggregates: Option<&Aggregates>,
    ) -> Result<(), Error> {
        if let Some(file) = failures_file.and_then(written) {
            let contents: Option<Vec<Content>> = inputs
                .iter()
                .map(|path| Content::of(path.as_ref()?))
                .collect();
            let contents = contents.and_then(|contents| serde_json::to_string(&contents).ok());
            self.ledger
                .wrote_failures(self.number, file, contents)
                .await?;
        }
        self.ledger.remember(self.target.clone(), learnt);
        let finished = Finished {
            status: match summary.status {
                Status::Complete => "complete",
                Status::CompleteWithFailures => "complete_with_failures",
                Status::Stopped => "stopped",
                Status::Aborted => "aborted",
            }
            .to_owned(),
            exit_code: summary.exit_code,
            summary: summary.json(),
            // Figures and dates only: this cannot fail.
            aggregates: aggregates.and_then(|figures| serde_json::to_string(figures).ok()),
            finished_at: Timestamp::now(),
        };
        self.ledger
            .finish_run(self.number, finished)
            .await
            .map_err(Error::from)
    }
}

/// What an interrupted `undo` was deleting may be there or not: it has to come to its end first.
async fn must_not_be_half_undone(ledger: &Ledger, number: RunNumber) -> Result<(), Error> {
    let half_undone = ledger
        .ask(move |view| {
            let open = view.open_beside(number)?;
            let mut deleting = open
                .into_iter()
                .filter(|one| matches!(one.state, State::Deleting(..)));
            let Some(one) = deleting.next() else {
                return Ok(None);
            };
            let runs = view.runs()?;
            Ok(runs.into_iter().find(|run| run.number == one.run))
        })
        .await?;
    match half_undone {
        None => Ok(()),
        Some(run) => Err(Error::Usage(format!(
            "the undo of run {} was interrupted: whether some of its responses are still there is not known\n  help: \
             run `chatterload undo {}` again first",
            run.id, run.id
        ))),
    }
}

/// Whether inputs are those of the run that wrote a failures file, with all that they held then.
fn are_the_same(known: &OfRun, inputs: &[Opened]) -> bool {
    let names = inputs.iter().map(|input| &input.name);
    let contents = known.contents.as_deref();
    let contents: Vec<Content> = contents
        .and_then(|contents| serde_json::from_str(contents).ok())
        .unwrap_or_default();
    let mut each = contents.iter().zip(inputs);
    names.eq(&known.inputs)
        && contents.len() == inputs.len()
        && each.all(|(content, input)| input.path().is_some_and(|path| content.is_in(&path)))
}

/// A failures file as it is now, by its absolute path; `None` where it cannot be read.
fn written(path: &Path) -> Option<FailuresFile> {
    let path = path.canonicalize().ok()?;
    let (size, hash) = contents::hash(std::fs::File::open(&path).ok()?).ok()?;
    Some(FailuresFile {
        path: path.display().to_string(),
        size,
        hash,
    })
}
