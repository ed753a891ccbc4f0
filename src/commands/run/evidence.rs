//! What a job's run leaves behind: its report, a notification, its line in the history, a last word in the log.

use std::path::{Path, PathBuf};

use super::Night;
use super::plan::Plan;
use crate::commands::report;
use crate::commands::telling::Finished;
use crate::error::Error;
use crate::jobs::history::{self, Input, Marker};
use crate::jobs::tell::Outcome;
use crate::jobs::{Job, OnMissing, notify};
use crate::ledger::{Named, Reader, Run, RunNumber, Target};
use crate::logging;
use crate::report::Summary;

/// A run as a ledger has it, and the ledger.
pub struct Noted {
    /// The ledger, open for reading.
    pub reader: Reader,
    /// The run.
    pub run: Run,
}

impl Noted {
    /// Looks for a run; `None` where it ended before the ledger heard of it.
    pub fn find(ledger: &Path, run: &str) -> Option<Self> {
        if !ledger.exists() {
            return None;
        }
        let reader = Reader::open(ledger).ok()?;
        let Named::One(run) = reader.ask(|view| view.run(run)).ok()? else {
            return None;
        };
        Some(Self { reader, run: *run })
    }
}

impl Night<'_> {
    /// Report, notification and line, in this order: the later ones name the earlier.
    pub(super) fn write_down(
        &self,
        job: &Job,
        plan: &Plan,
        inputs: &[Input],
        noted: Option<Noted>,
        finished: &mut Finished,
    ) {
        let before = self
            .history
            .as_ref()
            .and_then(|history| history.last_of(&job.name).ok().flatten());
        let failed = finished.summary.exit_code != 0;
        // Of a night in which nothing was due there is nothing to show.
        let report = (failed || !plan.due.is_empty())
            .then(|| self.report(job, noted, finished))
            .flatten();
        let summary = serde_json::from_str(&finished.summary.json()).unwrap_or_default();
        let told_missing = if job.on_missing == OnMissing::Fine {
            &[][..]
        } else {
            &plan.missing
        };
        let outcome = Outcome {
            job: &job.name,
            summary: &summary,
            is_idle: history::is_idle(inputs),
            missing: told_missing,
            before: before.as_ref(),
            report: report.as_deref(),
        };
        finished.summary.warn(self.tell_of(&outcome));
        if let Some(history) = &self.history {
            let summary = finished.summary.json();
            let line = history::line(&job.name, inputs, report.as_deref(), &summary);
            if let Err(error) = history.end(&line) {
                finished
                    .summary
                    .warn([format!("the history cannot be written: {error}")]);
            }
        }
        for warning in finished.summary.warnings() {
            tracing::warn!(target: logging::NIGHT, "{warning}");
        }
        let summary = &finished.summary;
        tracing::info!(
            target: logging::NIGHT,
            exit_code = u64::from(summary.exit_code),
            rows = summary.rows,
            uploaded = summary.uploaded,
            "{}",
            summary
                .error
                .as_deref()
                .unwrap_or("the job came to its end")
        );
    }

    /// Tells who is to be told, and gives what went wrong with that.
    fn tell_of(&self, outcome: &Outcome<'_>) -> Vec<String> {
        let Some(event) = outcome.event(&self.config.notify.on) else {
            return Vec::new();
        };
        let message = outcome.message(event);
        let sent = notify::send(&self.config.notify, &message, self.environment);
        self.runtime.block_on(sent)
    }

    /// A run that died is told of, and has a page and a line in the history, like any other.
    pub(super) fn bury_dead(&self) -> Result<(), Error> {
        let Some(history) = &self.history else {
            return Ok(());
        };
        let path = self.config.history.file.as_deref().unwrap_or(Path::new(""));
        let unwritable = |error: &std::io::Error| super::cannot_write(path, error);
        let Some(marker) = history.dead().map_err(|error| unwritable(&error))? else {
            return Ok(());
        };
        let report = self.report_dead(&marker);
        let line = history::dead_line(&marker, report.as_deref());
        if line["status"] == "died" {
            tracing::warn!(
                "run {} of the job {} did not come to its end: what it left is taken up now",
                marker.run,
                marker.job
            );
        }
        let before = history.last_of(&marker.job).ok().flatten();
        let outcome = Outcome {
            job: &marker.job,
            summary: &line,
            is_idle: false,
            missing: &[],
            before: before.as_ref(),
            report: report.as_deref(),
        };
        for warning in self.tell_of(&outcome) {
            tracing::warn!("{warning}");
        }
        history.end(&line).map_err(|error| unwritable(&error))
    }

    /// The run as a page, where reports are wanted; gives its path.
    fn report(&self, job: &Job, noted: Option<Noted>, finished: &mut Finished) -> Option<String> {
        let folder = self.config.history.reports.as_deref()?;
        let (reader, mut run) = match noted {
            Some(noted) => (Some(noted.reader), noted.run),
            None => (None, unnoted(&finished.summary)),
        };
        // What the job found beside its run, a file that cannot be read for example, belongs to it.
        run.exit_code = Some(finished.summary.exit_code);
        let summary = finished.summary.json();
        run.status = serde_json::from_str::<serde_json::Value>(&summary)
            .ok()
            .and_then(|summary| summary["status"].as_str().map(str::to_owned));
        run.summary = Some(summary);
        match write(folder, &job.name, reader.as_ref(), &run) {
            Ok(path) => {
                logging::remove_old(folder, self.config.history.keep_days);
                Some(path.display().to_string())
            }
            Err(error) => {
                finished
                    .summary
                    .warn([format!("there is no report: {error}")]);
                None
            }
        }
    }

    /// The report of a run that died; gives its path.
    pub(super) fn report_dead(&self, marker: &Marker) -> Option<String> {
        let folder = self.config.history.reports.as_deref()?;
        let mut noted = Noted::find(marker.ledger.as_deref()?, &marker.run)?;
        noted.run.status.get_or_insert_with(|| "died".to_owned());
        match write(folder, &marker.job, Some(&noted.reader), &noted.run) {
            Ok(path) => Some(path.display().to_string()),
            Err(error) => {
                tracing::warn!("there is no report of the run {}: {error}", marker.run);
                None
            }
        }
    }
}

/// A run that ended before the ledger heard of it, as its summary has it.
fn unnoted(summary: &Summary) -> Run {
    let at = |text: &str| text.parse().ok();
    Run {
        number: RunNumber(0),
        id: summary.run.clone(),
        command: summary.command.clone(),
        version: summary.version.clone(),
        target: Target {
            origin: String::new(),
            project: summary.project.clone().unwrap_or_default(),
        },
        scope: None,
        shard: None,
        mapping: None,
        mapping_hash: None,
        files: summary.files.clone(),
        started_at: at(&summary.started_at).unwrap_or_default(),
        finished_at: at(&summary.finished_at),
        status: None,
        exit_code: None,
        summary: None,
        aggregates: None,
    }
}

/// Writes `RUN-JOB.html`, whole or not at all.
fn write(folder: &Path, job: &str, reader: Option<&Reader>, run: &Run) -> Result<PathBuf, Error> {
    let safe = |character: char| {
        if character.is_alphanumeric() {
            character
        } else {
            '_'
        }
    };
    let job: String = job.chars().map(safe).collect();
    let page = report::page(reader, run)?;
    std::fs::create_dir_all(folder).map_err(|error| super::cannot_write(folder, &error))?;
    let path = folder.join(format!("{}-{job}.html", run.id));
    report::write(&path, &page)?;
    Ok(path)
}
