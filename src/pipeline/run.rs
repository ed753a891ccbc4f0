//! A run from its first row to its last outcome: the three stages side by side, and what they say in the end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::account::{Account, Accounted};
use super::feed::{Fed, Feed, Outlets, Preview};
use super::unsent;
use crate::error::InputError;
use crate::mapping::OnChange;
use crate::outcome::Counts;
use crate::report::Reasons;
use crate::upload::retry::End;
use crate::upload::{Counters, Engine};

/// Batches of responses between the feeder and the engine.
const BATCHES_AHEAD: usize = 4;
/// Outcomes between the engine and the account.
const OUTCOMES_AHEAD: usize = 1024;

/// What a run came to.
pub struct Ran {
    /// Everything counted.
    pub counts: Counts,
    /// The first row of each reason.
    pub reasons: Reasons,
    /// POSTs begun.
    pub requests: u64,
    /// Requests beyond the first of a response.
    pub retries: u64,
    /// Answers that asked to wait.
    pub rate_limited: u64,
    /// The first responses as they would be posted.
    pub preview: Vec<Preview>,
    /// What the user should know, without anything being wrong with a row.
    pub warnings: Vec<String>,
    /// Where the failed rows are.
    pub failures_file: Option<std::path::PathBuf>,
    /// Why the run ended before its input did.
    pub end: Option<End>,
    /// The input that could not be read to its end.
    pub input_error: Option<InputError>,
    /// After a stop: the file and the first row that was not read.
    pub unread: Option<(String, u64)>,
}

/// Reads, maps, delivers and accounts.
pub async fn upload(feed: Feed, engine: Arc<Engine>, account: Account) -> Ran {
    let (work_to, work_from) = mpsc::channel(BATCHES_AHEAD);
    let (settled_to, settled_from) = mpsc::channel(OUTCOMES_AHEAD);
    let outlets = Outlets {
        work: work_to,
        settled: settled_to.clone(),
    };
    let stop = feed.stop.clone();
    let feeder = std::thread::spawn(move || feed.run(outlets));
    let accountant = std::thread::spawn(move || account.run(settled_from));
    engine.run(work_from, settled_to).await;
    // The engine has settled everything: both threads are at their end, or about to be.
    let joined = tokio::task::spawn_blocking(move || (join(feeder), join(accountant))).await;
    let (fed, accounted) = joined.unwrap_or((None, None));
    finish(fed, accounted, Some(&engine.counters), stop.reason())
}

/// The same without an engine: nothing is sent.
pub fn check(feed: Feed, account: Account, on_change: OnChange) -> Ran {
    let (work_to, work_from) = mpsc::channel(BATCHES_AHEAD);
    let (settled_to, settled_from) = mpsc::channel(OUTCOMES_AHEAD);
    let outlets = Outlets {
        work: work_to,
        settled: settled_to.clone(),
    };
    let stop = feed.stop.clone();
    let feeder = std::thread::spawn(move || feed.run(outlets));
    let accountant = std::thread::spawn(move || account.run(settled_from));
    unsent::settle(work_from, &settled_to, on_change);
    drop(settled_to);
    finish(join(feeder), join(accountant), None, stop.reason())
}

/// A thread's result; `None` where it panicked, which would be a fault of ours.
fn join<T>(thread: JoinHandle<T>) -> Option<T> {
    thread.join().ok()
}

fn finish(
    fed: Option<Fed>,
    accounted: Option<Accounted>,
    counters: Option<&Counters>,
    mut end: Option<End>,
) -> Ran {
    if fed.is_none() || accounted.is_none() {
        end.get_or_insert(End::Stopped(
            "a part of chatterload ended unexpectedly: please report this".to_owned(),
        ));
    }
    let fed = fed.unwrap_or_default();
    let mut accounted = accounted.unwrap_or_default();
    let counts = Counts {
        rows: fed.rows,
        filtered: fed.filtered,
        responses: fed.responses,
        rows_rejected_whole: fed.rows_rejected_whole,
        rows_mapped: fed.rows_mapped,
        ..accounted.counts
    };
    let mut failures_file = None;
    if let Some(mut file) = accounted.failures.take() {
        match file.finish() {
            Ok(path) => failures_file = path,
            Err(error) => {
                end.get_or_insert(End::Stopped(format!(
                    "the failures file cannot be written: {error}"
                )));
            }
        }
    }
    let count = |counter: fn(&Counters) -> &std::sync::atomic::AtomicU64| {
        counters.map_or(0, |counters| counter(counters).load(Ordering::Relaxed))
    };
    Ran {
        requests: count(|counters| &counters.requests),
        retries: count(|counters| &counters.retries),
        rate_limited: count(|counters| &counters.rate_limited),
        counts,
        reasons: accounted.reasons,
        preview: fed.preview,
        warnings: fed.warnings,
        failures_file,
        end,
        input_error: fed.error,
        unread: fed.unread,
    }
}
