//! What a job's run leaves behind: its report, a notification, its line in the history, a last word in the log.

use std::path::{Path, PathBuf};

use super::Night;
use crate::commands::report;
use crate::commands::telling::Finished;
use crate::error::Error;
use crate::jobs::history::{self, Input, Marker};
use crate::jobs::tell::Outcome;
use crate::jobs::{Job, OnMissing, notify};
use crate::ledger::{Named, Reader, Run};
use crate::logging;

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
        inputs: &[Input],
        missing: &[String],
        noted: Option<Noted>,
        finished: &mut Finished,
    ) {
        let before = self
            .history
            .as_ref()
            .and_then(|history| history.last_of(&job.name).ok().flatten());
        let report = noted.and_then(|noted| self.report(job, noted, finished));
        let summary = serde_json::from_str(&finished.summary.json()).unwrap_or_default();
        let told_missing = if job.on_missing == OnMissing::Fine {
            &[]
        } else {
            missing
        };
        let outcome = Outcome {
            job: &job.name,
            summary: &summary,
            missing: told_missing,
            before: before.as_ref(),
            next: finished.next.as_deref(),
            report: report.as_deref(),
        };
        if let Some(event) = outcome.event(&self.config.notify.on) {
            let message = outcome.message(event);
            let sent = notify::send(&self.config.notify, &message, self.environment);
            finished.summary.warn(self.runtime.block_on(sent));
        }
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

    /// The run as a page, where reports are wanted; gives its path.
    fn report(&self, job: &Job, mut noted: Noted, finished: &mut Finished) -> Option<String> {
        let folder = self.config.history.reports.as_deref()?;
        // What the job found beside its run, a file that cannot be read for example, belongs to it.
        noted.run.exit_code = Some(finished.summary.exit_code);
        let summary = finished.summary.json();
        noted.run.status = serde_json::from_str::<serde_json::Value>(&summary)
            .ok()
            .and_then(|summary| summary["status"].as_str().map(str::to_owned));
        noted.run.summary = Some(summary);
        match write(folder, &job.name, &noted) {
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
        match write(folder, &marker.job, &noted) {
            Ok(path) => Some(path.display().to_string()),
            Err(error) => {
                tracing::warn!("there is no report of the run {}: {error}", marker.run);
                None
            }
        }
    }
}

/// Writes `RUN-JOB.html`, whole or not at all.
fn write(folder: &Path, job: &str, noted: &Noted) -> Result<PathBuf, Error> {
    let safe = |character: char| {
        if character.is_alphanumeric() {
            character
        } else {
            '_'
        }
    };
    let job: String = job.chars().map(safe).collect();
    let page = report::page(&noted.reader, &noted.run)?;
    std::fs::create_dir_all(folder).map_err(|error| super::cannot_write(folder, &error))?;
    let path = folder.join(format!("{}-{job}.html", noted.run.id));
    report::write(&path, &page)?;
    Ok(path)
}
