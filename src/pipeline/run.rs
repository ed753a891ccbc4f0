//! A run from its first row to its last outcome: the three stages side by side, and what they say in the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};

use super::account::{Account, Accounted};
use super::compare::Comparison;
use super::fed::{Fed, Preview};
use super::feed::{Feed, Outlets, Way};
use super::sample;
use super::unsent::Unsent;
use crate::error::InputError;
use crate::identity::Token;
use crate::ledger::{Event, Ledger, Note, Reader, RunNumber};
use crate::mapping::OnChange;
use crate::outcome::Counts;
use crate::report::aggregates::Uploads;
use crate::report::{Diff, Overview, Reasons};
use crate::upload::retry::End;
use crate::upload::{Counters, Double, Engine, Found, Work};

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
    /// POSTs beyond the first of a response.
    pub retries: u64,
    /// Answers that asked to wait.
    pub rate_limited: u64,
    /// What was created, by score and day.
    pub uploads: Uploads,
    /// The first responses as they would be posted.
    pub preview: Vec<Preview>,
    /// What the responses hold, in a check.
    pub overview: Option<Overview>,
    /// What another mapping makes of the same rows, where a check was asked for it.
    pub diff: Option<Diff>,
    /// What the user should know, without anything being wrong with a row.
    pub warnings: Vec<String>,
    /// Where the failed rows are.
    pub failures_file: Option<std::path::PathBuf>,
    /// Why the run ended before its input did.
    pub end: Option<End>,
    /// So many of the inputs were begun, in their order.
    pub begun: usize,
    /// The inputs that could not be read to their end.
    pub input_errors: Vec<InputError>,
    /// Where not all was read: the file and the first row that was not.
    pub unread: Option<(String, u64)>,
    /// Whether failures known from earlier runs count against this one.
    pub ignore_known: bool,
    /// Whether it is known by now that no ledger of this scope is missing.
    pub no_ledger_is_missing: bool,
    /// The runs that posted what another ledger had loaded before, or one that is lost.
    pub sent_once_more: Vec<String>,
}

/// What an upload consists of.
pub struct Upload {
    /// The first half of the way.
    pub feed: Feed,
    /// The engine, over the ledger's book.
    pub engine: Arc<Engine>,
    /// The end of the way.
    pub account: Account,
    /// The ledger, and the run's number there.
    pub ledger: Arc<Ledger>,
    /// Likewise.
    pub run: RunNumber,
    /// No run of this scope has used this ledger: these tokens are searched before anything is sent. Where there are
    /// none, because the input is a pipe, the first ones that come in.
    pub first_use: Option<Vec<Token>>,
}

/// Reads, maps, delivers and accounts. All that waits for the network does so on one thread of its own: no request is
/// handed from thread to thread. It ends with this future.
///
/// # Errors
/// The thread cannot be started.
pub async fn upload(upload: Upload) -> std::io::Result<Ran> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (wanted, no_longer_wanted) = oneshot::channel::<()>();
    let (ran_to, ran) = oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("engine".into())
        .spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    ran = run(upload) => drop(ran_to.send(ran)),
                    _ = no_longer_wanted => {}
                }
            });
        })?;
    let ran = ran.await;
    drop(wanted);
    match (thread.join(), ran) {
        (Err(panic), _) => std::panic::resume_unwind(panic),
        (Ok(()), Ok(ran)) => Ok(ran),
        (Ok(()), Err(_)) => Err(std::io::Error::other("its thread ended without a result")),
    }
}

async fn run(upload: Upload) -> Ran {
    let Upload {
        feed,
        engine,
        account,
        ledger,
        run,
        first_use,
    } = upload;
    let (work_to, mut work_from) = mpsc::channel(BATCHES_AHEAD);
    let (settled_to, settled_from) = mpsc::channel(OUTCOMES_AHEAD);
    let outlets = Outlets {
        way: Way::Sent(work_to),
        settled: settled_to.clone(),
    };
    let stop = feed.stop.clone();
    let files = account.files.clone();
    let ignore_known = account
        .record
        .as_ref()
        .is_some_and(|record| record.ignore_known);
    let feeder = std::thread::spawn(move || feed.run(outlets));
    let accountant = std::thread::spawn(move || account.run(settled_from));
    let mut is_known = true;
    let mut sampled = Vec::new();
    if let Some(mut tokens) = first_use {
        if tokens.is_empty() {
            let head = take_head(&mut work_from).await;
            tokens = head.iter().flatten().map(|work| work.token).collect();
            tokens.truncate(sample::SIZE);
            work_from = put_back(head, work_from);
        }
        sampled.clone_from(&tokens);
        let looked = no_ledger_is_missing(&engine, &ledger, tokens).await;
        is_known = looked.unwrap_or_else(|why| {
            stop.end(End::Usage(why));
            false
        });
    }
    if !stop.is_ending() {
        ask_about_doubts(&engine, &ledger, run).await;
    }
    engine.run(work_from, settled_to).await;
    if !stop.is_ending() {
        let ours = ledger.lookup(sampled.clone()).await.unwrap_or_default();
        let ours = sampled.into_iter().zip(ours).filter_map(|(token, known)| {
            // What was sent again after a doubt may be there twice by itself.
            let known = known.filter(|known| known.attempts <= 1 && !known.may_come_late)?;
            Some((token, known.state.api_id()?.to_owned()))
        });
        engine.look_again(ours.collect()).await;
        look_back(&engine, &ledger, run).await;
    }
    let sent_once_more = sent_once_more(&engine, &ledger).await;
    let doubles = engine.doubles();
    for double in &doubles {
        for id in &double.ids {
            ledger.double(run, double.token, id.clone());
        }
    }
    // The engine has settled everything: both threads are at their end, or about to be.
    let joined = tokio::task::spawn_blocking(move || (join(feeder), join(accountant))).await;
    let (fed, accounted) = joined.unwrap_or((None, None));
    let mut ran = finish(fed, accounted, Some(&engine.counters), stop.reason());
    ran.counts.doubles = doubles.len() as u64;
    ran.warnings.extend(engine.stayed(&files));
    ran.warnings.extend(engine.warnings());
    ran.warnings.extend(lacking(&sent_once_more));
    ran.sent_once_more = sent_once_more;
    ran.ignore_known = ignore_known;
    ran.no_ledger_is_missing = is_known && !engine.lacks_a_ledger();
    ran
}

/// The first responses of the input, in the batches in which they came.
async fn take_head(from: &mut mpsc::Receiver<Vec<Work>>) -> Vec<Vec<Work>> {
    let mut head = Vec::new();
    let mut count = 0;
    while count < sample::SIZE
        && let Some(batch) = from.recv().await
    {
        count += batch.len();
        head.push(batch);
    }
    head
}

/// The same input with its head in front again.
fn put_back(
    head: Vec<Vec<Work>>,
    mut rest: mpsc::Receiver<Vec<Work>>,
) -> mpsc::Receiver<Vec<Work>> {
    let (to, from) = mpsc::channel(1);
    tokio::spawn(async move {
        for batch in head {
            if to.send(batch).await.is_err() {
                return;
            }
        }
        while let Some(batch) = rest.recv().await {
            if to.send(batch).await.is_err() {
                return;
            }
        }
    });
    from
}

/// A token that the project holds and this ledger does not know was uploaded by another ledger, or by one that is lost.
/// `false` where that could not be told, for want of rows or of answers: the next run looks again.
async fn no_ledger_is_missing(
    engine: &Engine,
    ledger: &Ledger,
    tokens: Vec<Token>,
) -> Result<bool, String> {
    // A closed ledger ends the run by itself.
    let Ok(known) = ledger.lookup(tokens.clone()).await else {
        return Ok(false);
    };
    let has_rows = !tokens.is_empty();
    let unknown = tokens.into_iter().zip(known);
    let unknown: Vec<Token> = unknown
        .filter_map(|(token, known)| known.is_none().then_some(token))
        .collect();
    // Where search cannot tell, the engine says so itself.
    let Ok(found) = engine.search_tokens(&unknown).await else {
        return Ok(false);
    };
    let told = |wanted: fn(&Found) -> bool| found.iter().filter(|(_, found)| wanted(found)).count();
    let there = told(|found| matches!(found, Found::Present(_)));
    if there == 0 {
        return Ok(has_rows && told(|found| matches!(found, Found::Unusable(_))) == 0);
    }
    Err(format!(
        "{there} of {} responses looked for are in Chattermill already, and this ledger ({}) does not know them: another \
         ledger loaded them, or one is lost. Nothing was posted\n  help: name the ledger that loaded them with --ledger, \
         or run `chatterload ledger rebuild`, which takes back from Chattermill what was uploaded",
        unknown.len(),
        ledger.path().display()
    ))
}

/// The runs, this one or earlier ones, that posted once more what another ledger had loaded, or one that is lost. That is
/// noted of each.
async fn sent_once_more(engine: &Engine, ledger: &Ledger) -> Vec<String> {
    let tokens = engine.loaded_elsewhere();
    if tokens.is_empty() {
        return Vec::new();
    }
    let asked = ledger.ask(move |view| {
        let mut numbers = BTreeSet::new();
        for token in tokens {
            numbers.extend(view.entry(token)?.map(|entry| entry.run));
        }
        let mut runs = view.runs()?;
        runs.retain(|run| numbers.contains(&run.number));
        Ok(runs)
    });
    let mut ids = Vec::new();
    // A closed ledger ends the run by itself.
    for run in asked.await.unwrap_or_default() {
        if ledger.note_missing(run.number).await.is_ok() {
            ids.push(run.id);
        }
    }
    ids
}

/// What to do about those.
fn lacking(runs: &[String]) -> Option<String> {
    let undo: Vec<String> = runs
        .iter()
        .map(|id| format!("`chatterload undo {id}`"))
        .collect();
    (!runs.is_empty()).then(|| {
        format!(
            "what was posted once is in Chattermill twice: another ledger had loaded it, or one is lost; run {} to take \
             back what was sent once more, then name that ledger with --ledger, or run `chatterload ledger rebuild`",
            undo.join(" and ")
        )
    })
}

/// Asks about doubts of earlier runs, whether their rows come again or not. What is not found stays as it is.
async fn ask_about_doubts(engine: &Engine, ledger: &Ledger, run: RunNumber) {
    // A closed ledger ends the run by itself.
    let Ok(doubts) = ledger.ask(move |view| view.doubts(run)).await else {
        return;
    };
    let doubts = doubts.into_iter().filter(|doubt| doubt.run != run);
    let tokens: Vec<Token> = doubts
        .take(MOST_LOOKED_BACK)
        .map(|doubt| doubt.token)
        .collect();
    // What a part of them came to is kept where the run ends.
    for tokens in tokens.chunks(sample::SIZE) {
        let Ok(found) = engine.search_tokens(tokens).await else {
            return;
        };
        for (token, found) in found {
            let Found::Present(ids) = found else { continue };
            let Some(id) = ids.first().cloned() else {
                continue;
            };
            if ids.len() > 1 {
                engine.note_double(Double { token, ids });
            }
            // That it cannot be so is told by the ledger, which is closed then.
            let _ = ledger
                .settle(token, Event::Found(id), Note::default())
                .await;
        }
    }
}

/// After the upload: doubts of earlier runs are asked about once more, those whose rows did not come again, and what
/// earlier runs sent again after a doubt is searched too, at growing distances.
async fn look_back(engine: &Engine, ledger: &Ledger, run: RunNumber) {
    ask_about_doubts(engine, ledger, run).await;
    let Ok(to_recheck) = ledger.ask(move |view| view.to_recheck(run)).await else {
        return;
    };
    let before = to_recheck.into_iter().filter(|sent| sent.run != run);
    let before: Vec<(Token, Option<String>)> = before
        .take(MOST_LOOKED_BACK)
        .map(|sent| (sent.token, sent.state.api_id().map(str::to_owned)))
        .collect();
    // What search does not find at all is looked for again too, but not for ever.
    let told = engine.check_doubles(&before).await;
    if !engine.stop.is_ending() {
        let doubles = engine.doubles();
        for token in told {
            let is_double = doubles.iter().any(|double| double.token == token);
            ledger.rechecked(token, is_double);
        }
    }
}

/// What is left over is looked at by the next run.
const MOST_LOOKED_BACK: usize = 1_000;

/// What a check consists of.
pub struct Check {
    /// The first half of the way.
    pub feed: Feed,
    /// The end of the way.
    pub account: Account,
    /// What the mapping says of rows that came before.
    pub on_change: OnChange,
    /// What is there already.
    pub ledger: Option<Reader>,
    /// The first half of the way by another mapping, and what that is called.
    pub old: Option<(String, Feed)>,
}

/// The same without an engine: nothing is sent.
pub fn check(check: Check) -> Ran {
    let Check { feed, account, .. } = check;
    let (settled_to, settled_from) = mpsc::channel(OUTCOMES_AHEAD);
    let old = check
        .old
        .map(|(name, feed)| Comparison::start(&name, feed, BATCHES_AHEAD));
    let unsent = Unsent::new(check.on_change, check.ledger, old);
    let outlets = Outlets {
        way: Way::Unsent(Box::new(unsent)),
        settled: settled_to,
    };
    let stop = feed.stop.clone();
    let feeder = std::thread::spawn(move || feed.run(outlets));
    let accountant = std::thread::spawn(move || account.run(settled_from));
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
        not_attempted: accounted.counts.not_attempted + fed.unsent,
        ..accounted.counts
    };
    let mut failures_file = None;
    if let Some(mut file) = accounted.failures.take() {
        match file.finish() {
            Ok(path) => failures_file = path,
            Err(error) => {
                // A workbook is made of a CSV, which is whole.
                failures_file = file.path().map(std::path::Path::to_owned);
                end.get_or_insert(End::Stopped(file.unwritable(&error)));
            }
        }
    }
    let mut warnings = fed.warnings;
    warnings.extend(accounted.left.told());
    let count = |counter: fn(&Counters) -> &std::sync::atomic::AtomicU64| {
        counters.map_or(0, |counters| counter(counters).load(Ordering::Relaxed))
    };
    Ran {
        requests: count(|counters| &counters.requests),
        retries: count(|counters| &counters.retries),
        rate_limited: count(|counters| &counters.rate_limited),
        counts,
        reasons: accounted.reasons,
        uploads: accounted.uploads,
        preview: fed.preview,
        overview: fed.overview,
        diff: fed.diff,
        warnings,
        failures_file,
        end,
        begun: fed.begun,
        input_errors: fed.errors,
        unread: fed.unread,
        ignore_known: false,
        no_ledger_is_missing: false,
        sent_once_more: Vec::new(),
    }
}
