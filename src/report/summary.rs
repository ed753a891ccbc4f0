//! The summary of a run: one JSON object with stable names, and the same figures as text.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::paint::Paint;
use super::reasons::Reasons;
use super::text;
use crate::error::{Error, InputError};
use crate::outcome::Counts;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Finished, nothing to complain of: exit 0.
    Complete,
    /// Finished, and some responses were rejected, failed, stayed in doubt, or doubles were found: exit 1.
    CompleteWithFailures,
    /// Ended before the end of the input: exit 5.
    Stopped,
    /// Did not do its work: exits 2, 3, 4 and 6.
    Aborted,
}

/// What a run is, whatever became of it.
#[derive(Clone, Debug)]
pub struct About {
    /// Its name.
    pub run: String,
    /// `import`, `check`, `retry`.
    pub command: String,
    /// The project's key; `None` in a check without one.
    pub project: Option<String>,
    /// The inputs as the user named them.
    pub files: Vec<String>,
    /// When it began, by the wall clock.
    pub started_at: Timestamp,
    /// When it ended, likewise.
    pub finished_at: Timestamp,
    /// How long it took, by the monotonic clock.
    pub elapsed: Duration,
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// POSTs begun.
    pub requests: u64,
    /// POSTs beyond the first of a response.
    pub retries: u64,
    /// Answers that asked to wait.
    pub rate_limited: u64,
}

/// The first row that a run did not read: it was stopped, or the file is damaged there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The file, as the user named it.
    pub file: String,
    /// The row's number, as a spreadsheet shows it.
    pub row: u64,
}

/// The summary, its fields in the order of the contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The run's name.
    pub run: String,
    /// The command.
    pub command: String,
    /// The version of this program.
    pub version: String,
    /// How it ended.
    pub status: Status,
    /// The exit code that goes with it.
    pub exit_code: u8,
    /// Why it ended before its end.
    pub error: Option<String>,
    /// The project's key.
    pub project: Option<String>,
    /// The inputs.
    pub files: Vec<String>,
    /// RFC 3339, in UTC.
    pub started_at: String,
    /// RFC 3339, in UTC.
    pub finished_at: String,
    /// Seconds, to a tenth.
    pub elapsed_s: f64,
    /// See [`Counts`], as for all further counts.
    pub rows: u64,
    /// Rows that leave no response.
    pub filtered: u64,
    /// Responses mapped.
    pub responses: u64,
    /// Created.
    pub uploaded: u64,
    /// Brought up to date.
    pub updated: u64,
    /// There before.
    pub already_uploaded: u64,
    /// There before with other content, left alone.
    pub changed: u64,
    /// Not fit to be posted.
    pub rejected: u64,
    /// Refused by the API.
    pub failed: u64,
    /// Perhaps created.
    pub in_doubt: u64,
    /// Not sent before the run ended.
    pub not_attempted: u64,
    /// Failed in an earlier run already.
    pub known_failures: u64,
    /// Found twice in the project.
    pub doubles: u64,
    /// POSTs begun.
    pub requests: u64,
    /// POSTs beyond the first of a response.
    pub retries: u64,
    /// Answers that asked to wait.
    pub rate_limited: u64,
    /// Where the failed rows are; `None` where there are none.
    pub failures_file: Option<String>,
    /// How many there were of each reason.
    pub reasons: BTreeMap<String, u64>,
    /// Only where not all was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_unread_row: Option<Unread>,
    /// The command to go on with, ready to be pasted; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What the user should know; left out where there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    /// Why the counts do not add up; in the JSON it is the first warning.
    #[serde(skip)]
    unbalanced: Option<String>,
}

impl Summary {
    /// The summary of a run that got to its end. A run that did not: [`Summary::ended_by`].
    ///
    /// Failures known from earlier runs do not count against it where `ignore_known`.
    pub fn from_counts(
        about: &About,
        counts: &Counts,
        traffic: Traffic,
        ignore_known: bool,
    ) -> Self {
        let failures = counts.rejected + counts.failed + counts.in_doubt;
        let ignored = if ignore_known {
            counts.known_failures
        } else {
            0
        };
        let unbalanced = counts.conservation().err();
        // A promise that was broken is no success, whatever the outcomes are.
        let clean = failures <= ignored && counts.doubles == 0 && unbalanced.is_none();
        let warning = unbalanced
            .iter()
            .map(|why| format!("the counts do not add up: {why}"));
        Self {
            run: about.run.clone(),
            command: about.command.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            status: if clean {
                Status::Complete
            } else {
                Status::CompleteWithFailures
            },
            exit_code: u8::from(!clean),
            error: None,
            project: about.project.clone(),
            files: about.files.clone(),
            started_at: rfc3339(about.started_at),
            finished_at: rfc3339(about.finished_at),
            elapsed_s: (about.elapsed.as_secs_f64() * 10.0).round() / 10.0,
            rows: counts.rows,
            filtered: counts.filtered,
            responses: counts.responses,
            uploaded: counts.uploaded,
            updated: counts.updated,
            already_uploaded: counts.already_uploaded,
            changed: counts.changed,
            rejected: counts.rejected,
            failed: counts.failed,
            in_doubt: counts.in_doubt,
            not_attempted: counts.not_attempted,
            known_failures: counts.known_failures,
            doubles: counts.doubles,
            requests: traffic.requests,
            retries: traffic.retries,
            rate_limited: traffic.rate_limited,
            failures_file: None,
            reasons: counts.reasons.clone(),
            first_unread_row: None,
            next: None,
            warnings: warning.collect(),
            unbalanced,
        }
    }

    /// The same for a run that an error ended: status, exit code and text come from it.
    #[must_use]
    pub fn ended_by(mut self, error: &Error) -> Self {
        self.exit_code = error.exit_code();
        self.status = match error {
            Error::Stopped(_) => Status::Stopped,
            _ => Status::Aborted,
        };
        self.error = Some(error.to_string());
        self
    }

    /// The same for inputs that could not be read to their end, at least one.
    #[must_use]
    pub fn ended_by_inputs(self, errors: &[InputError]) -> Self {
        let Some(first) = errors.first() else {
            return self;
        };
        let mut ended = self.ended_by(&first.clone().into());
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        ended.error = Some(texts.join("\n"));
        ended
    }

    /// One JSON object on one line.
    pub fn json(&self) -> String {
        // Texts and finite numbers only: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Adds to what the user should know.
    pub fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        self.warnings.extend(warnings);
    }

    /// What the user should know.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Why the counts do not add up; `None` where they do, as they should.
    pub fn unbalanced(&self) -> Option<&str> {
        self.unbalanced.as_deref()
    }

    /// The same as text, for people: what came in, what became of it, why, and the command to go on with.
    pub fn text(&self, reasons: &Reasons, paint: Paint) -> String {
        text::render(self, reasons, 1, paint)
    }
}

/// To the second: nobody reads nanoseconds.
fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
