//! The end of the way: every response is counted once, and every row that failed goes into the failures file.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use super::changed::AllLeft;
use super::identify::Tokens;
use super::known_failures::KnownFailures;
use crate::failures::{FailedRow, FailuresFile};
use crate::identity::Token;
use crate::ledger::{Ledger, Rejected, RunNumber};
use crate::outcome::{Counts, Outcome, Rejection};
use crate::report::Reasons;
use crate::report::aggregates::Uploads;
use crate::upload::retry::End;
use crate::upload::stop::Stop;
use crate::upload::{Settled, Ticket};

/// When failures end a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxFailures {
    /// More than so many.
    Count(u64),
    /// More than so many in a hundred responses, from the hundredth on.
    Percent(f64),
}

/// Before so many responses a percentage says nothing.
const PERCENT_FROM: u64 = 100;

/// So many outcomes are taken together at most.
const AT_ONCE: usize = 256;

/// How long it rests after fewer: whoever settles one need not wake this thread each time.
const REST: Duration = Duration::from_millis(2);

/// Counted while accounting, for the progress.
#[derive(Debug, Default)]
pub struct Settling {
    /// Created or updated.
    pub uploaded: AtomicU64,
    /// Rejected, failed or in doubt.
    pub failed: AtomicU64,
    /// Settled in any way.
    pub settled: AtomicU64,
}

/// What is accounted for, and how.
pub struct Account {
    /// Names of the inputs, by their number.
    pub files: Vec<String>,
    /// Which of them cannot be read a second time.
    pub once: Vec<bool>,
    /// Where failed rows go; `None` in a check.
    pub failures: Option<FailuresFile>,
    /// When failures end the run.
    pub max_failures: Option<MaxFailures>,
    /// Ends the run.
    pub stop: Stop,
    /// Counts as it goes.
    pub settling: Arc<Settling>,
    /// Keeps the first rows of each reason.
    pub reasons: Reasons,
    /// Notes in the ledger what could not be delivered; `None` in a check.
    pub record: Option<Record>,
}

/// What is noted in the ledger of responses that could not be delivered.
pub struct Record {
    /// The ledger.
    pub ledger: Arc<Ledger>,
    /// The run's number there.
    pub run: RunNumber,
    /// Makes tokens.
    pub tokens: Tokens,
    /// What earlier runs could not deliver.
    pub known: KnownFailures,
    /// Whether such are left out of the failures file.
    pub ignore_known: bool,
}

/// What was accounted for.
#[derive(Default)]
pub struct Accounted {
    /// The outcomes, counted.
    pub counts: Counts,
    /// The first row of each reason.
    pub reasons: Reasons,
    /// The failures file.
    pub failures: Option<FailuresFile>,
    /// The failures file could not be written.
    pub error: Option<io::Error>,
    /// What differs from what is there, and was left alone.
    pub left: AllLeft,
    /// What was created, by score and day.
    pub uploads: Uploads,
}

/// Rows some of whose responses are still on their way.
type Rows = HashMap<*const Ticket, Waiting>;

/// What of such a row has come.
#[derive(Default)]
struct Waiting {
    settled: usize,
    failed: Vec<(Arc<str>, &'static str, Rejection)>,
}

impl Account {
    /// Accounts for everything that comes in, until nothing can come any more.
    pub fn run(mut self, mut settled: mpsc::Receiver<Settled>) -> Accounted {
        let mut done = Accounted {
            counts: Counts::default(),
            reasons: std::mem::take(&mut self.reasons),
            failures: self.failures.take(),
            error: None,
            left: AllLeft::default(),
            uploads: Uploads::default(),
        };
        let mut waiting = Rows::new();
        let mut batch = Vec::with_capacity(AT_ONCE);
        while settled.blocking_recv_many(&mut batch, AT_ONCE) > 0 {
            let few = batch.len() < AT_ONCE;
            for one in batch.drain(..) {
                self.settle(&mut done, &mut waiting, one);
            }
            if few {
                std::thread::sleep(REST);
            }
        }
        done
    }

    /// Counts one response, and writes its row once all of its responses are settled.
    fn settle(&self, done: &mut Accounted, waiting: &mut Rows, one: Settled) {
        let failure = self.count(done, &one);
        let Settled { ticket, name, .. } = one;
        let failure = failure.map(|(status, why)| (name, status, why));
        if ticket.responses == 1 {
            if let Some(failure) = failure {
                self.write(done, &ticket, &[failure]);
            }
            return;
        }
        // The ticket lives as long as one of its responses is on its way, so its address names it.
        let row = waiting.entry(Arc::as_ptr(&ticket)).or_default();
        row.settled += 1;
        row.failed.extend(failure);
        if row.settled == ticket.responses
            && let Some(row) = waiting.remove(&Arc::as_ptr(&ticket))
            && !row.failed.is_empty()
        {
            self.write(done, &ticket, &row.failed);
        }
    }

    /// Counts an outcome; what of it goes into the failures file.
    fn count(&self, done: &mut Accounted, one: &Settled) -> Option<(&'static str, Rejection)> {
        done.counts.count(&one.outcome);
        if one.outcome == Outcome::Uploaded {
            done.uploads.note(one.marks);
        }
        let counter = match &one.outcome {
            Outcome::Uploaded | Outcome::Updated => Some(&self.settling.uploaded),
            outcome if outcome.failure().is_some() => Some(&self.settling.failed),
            _ => None,
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.settling.settled.fetch_add(1, Ordering::Relaxed);
        let row = &one.ticket.row;
        let file = self.files.get(row.file).map_or("", String::as_str);
        if let Outcome::Changed(why) = one.outcome {
            done.left.note(why, row, file);
        }
        let Some((status, why)) = one.outcome.failure() else {
            // What came through a pipe does not come again.
            let comes_once = self.once.get(row.file).copied().unwrap_or(false);
            let lost = one.outcome == Outcome::NotAttempted && comes_once;
            return (lost && done.failures.is_some()).then(|| ("failed", not_attempted()));
        };
        let known = self
            .record
            .as_ref()
            .is_some_and(|record| status != "in_doubt" && record.is_known(one));
        done.reasons.note(file, row, why, known);
        done.counts.known_failures += u64::from(known);
        let ignored = known
            && self
                .record
                .as_ref()
                .is_some_and(|record| record.ignore_known);
        if ignored {
            return None;
        }
        self.check_failures(&done.counts);
        Some((status, why.clone()))
    }

    fn check_failures(&self, counts: &Counts) {
        // What is left out is no news, and was borne before.
        let left_out = match &self.record {
            Some(record) if record.ignore_known => counts.known_failures,
            _ => 0,
        };
        let failures = (counts.rejected + counts.failed + counts.in_doubt).saturating_sub(left_out);
        let settled =
            failures + counts.uploaded + counts.updated + counts.already_uploaded + counts.changed;
        let too_many = match self.max_failures {
            None => return,
            Some(MaxFailures::Count(most)) => failures > most,
            Some(MaxFailures::Percent(most)) => {
                settled >= PERCENT_FROM && failures as f64 > settled as f64 * most / 100.0
            }
        };
        if too_many && !self.stop.is_ending() {
            self.stop.end(End::Stopped(format!(
                "{failures} of {settled} responses failed, more than --max-failures allows: stopped"
            )));
        }
    }

    fn note(&self, ticket: &Ticket, failed: &[(Arc<str>, &'static str, Rejection)]) {
        let Some(record) = &self.record else { return };
        for (name, status, why) in failed {
            record.note(ticket, name, status, why);
        }
    }

    fn write(
        &self,
        done: &mut Accounted,
        ticket: &Ticket,
        failed: &[(Arc<str>, &'static str, Rejection)],
    ) {
        let Some(file) = &mut done.failures else {
            return;
        };
        // The row's line tells of the gravest of its failures; a row rejected whole names no response.
        let Some((_, status, why)) = failed.iter().max_by_key(|(_, status, _)| gravity(status))
        else {
            return;
        };
        let names: Vec<Arc<str>> = failed
            .iter()
            .map(|(name, ..)| Arc::clone(name))
            .filter(|name| !name.is_empty())
            .collect();
        let file_name = self.files.get(ticket.row.file).map_or("", String::as_str);
        let row = FailedRow {
            row: &ticket.row,
            file: file_name,
            id: ticket.id,
            status,
            why,
            responses: &names,
        };
        match file.write(&row) {
            // Noted once it can be read: what is known to have failed may be left out by a later run.
            Ok(()) => self.note(ticket, failed),
            Err(error) if done.error.is_none() => {
                self.stop.end(End::Stopped(file.unwritable(&error)));
                done.error = Some(error);
            }
            Err(_) => {}
        }
    }
}

impl Record {
    fn token(&self, ticket: &Ticket, name: &str) -> Option<Token> {
        // A row rejected whole has no name of a response.
        let id = ticket.id.filter(|_| !name.is_empty())?;
        Some(self.tokens.token(id, name))
    }

    fn note(&self, ticket: &Ticket, name: &str, status: &str, why: &Rejection) {
        let row = &ticket.row;
        let rejected = Rejected {
            token: self.token(ticket, name),
            status: status.to_owned(),
            code: why.code.to_string(),
            file: u32::try_from(row.file).unwrap_or(u32::MAX),
            row: row.position.row,
            raw: Some(ticket.raw),
        };
        self.ledger.reject(self.run, rejected);
    }

    fn is_known(&self, one: &Settled) -> bool {
        self.known
            .has(one.ticket.raw, self.token(&one.ticket, &one.name))
    }
}

fn not_attempted() -> Rejection {
    Rejection::new(
        "not_attempted",
        "",
        "the run ended before it was sent, and what came through a pipe does not come again: load this file",
    )
}

/// Doubt is graver than a failure, and a failure than a rejection: nothing in doubt may be sent by a `retry`.
fn gravity(status: &str) -> u8 {
    match status {
        "in_doubt" => 2,
        "failed" => 1,
        _ => 0,
    }
}
