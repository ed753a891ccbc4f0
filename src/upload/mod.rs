//! The engine: responses in, what became of each out.
//!
//! Before a request: a place in flight (semaphore), the pause, the rate, then it is sent. Equal identities go in file
//! order and never at once. Nothing is sent again whose first sending may have created something, unless search, known to
//! work and waited for long enough, does not find it.
//!
//! `flights` starts deliveries, `deliver` and `update` are one delivery each, `send` is one request, `retry` decides what
//! an answer calls for. Doubt is `doubt` (what is known, pure), `search` (asking) and `resolve` (waiting and asking).

mod book;
mod compare;
mod deliver;
mod dice;
pub mod doubt;
mod flights;
pub mod known;
mod ledgered;
pub mod rate;
mod resolve;
pub mod retry;
mod search;
mod send;
mod stayed;
pub mod stop;
pub mod timeline;
mod update;

#[cfg(test)]
mod sim;

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

pub use book::{Book, Memory};
pub use ledgered::known_of;

pub use crate::api::hits::Found;

use crate::api::{Address, Client};
use crate::identity::{Id, Token};
use crate::mapping::OnChange;
use crate::outcome::Outcome;
use crate::record::Row;
use dice::Dice;
use doubt::Patience;
use flights::Flights;
use rate::{Learned, Limiter, Pause, Rate, lock};
use resolve::Inquiry;
use send::{Health, Lines};
use stayed::Stayed;
use stop::Stop;
use timeline::Timeline;

/// The attribute of the person that carries the token, unless the mapping renames it.
pub const TOKEN_ATTRIBUTE: &str = "chatterload_key";

/// A row on its way: shared by its responses.
#[derive(Debug)]
pub struct Ticket {
    /// The row as it was read.
    pub row: Row,
    /// Its identity; `None` where it has no key.
    pub id: Option<Id>,
    /// The hash of its cells.
    pub raw: Id,
    /// How many of its responses are on their way.
    pub responses: usize,
}

/// One response on its way.
#[derive(Clone, Debug)]
pub struct Work {
    /// The row it came from.
    pub ticket: Arc<Ticket>,
    /// Its name among the row's responses.
    pub name: Arc<str>,
    /// Its identity.
    pub token: Token,
    /// The hash of the row's cells.
    pub raw: Id,
    /// The hash of the body without its token.
    pub payload: Id,
    /// The canonical hash of the body.
    pub echo: Id,
    /// The row's version.
    pub version: Option<String>,
    /// What a failures file says of an earlier request.
    pub said: Said,
    /// The body.
    pub body: Bytes,
    /// What a report counts it by.
    pub marks: Marks,
}

impl Work {
    /// It is off its way: this became of it.
    fn settled(self, outcome: Outcome) -> Settled {
        Settled {
            ticket: self.ticket,
            name: self.name,
            outcome,
            marks: self.marks,
        }
    }
}

/// What a report counts a response by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Marks {
    /// Its rating.
    pub score: Option<f64>,
    /// The day it was given, as the response says it.
    pub day: Option<Date>,
}

/// What became of a response.
#[derive(Debug)]
pub struct Settled {
    /// The row it came from.
    pub ticket: Arc<Ticket>,
    /// Its name among the row's responses.
    pub name: Arc<str>,
    /// What became of it.
    pub outcome: Outcome,
    /// What a report counts it by.
    pub marks: Marks,
}

/// How to deliver.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    /// How many requests may begin.
    pub rate: Rate,
    /// How many may be in flight.
    pub concurrency: usize,
    /// How many requests of a response may stay without a clear answer.
    pub max_attempts: u32,
    /// What a run bears.
    pub limits: retry::Limits,
    /// What to do with a response that is there with other content.
    pub on_change: OnChange,
    /// How long after a request search must find nothing before absence counts, at the least.
    pub settle: Duration,
    /// The time-out of a request, as the client has it.
    pub timeout: Duration,
    /// Go on however many rows have changed.
    pub expect_changes: bool,
    /// Send a known response whose body differs although its cells do not: the mapping was mended.
    pub reapply: bool,
    /// Search for every unknown response before it is sent: the ledger may lack some.
    pub probe: bool,
    /// So many are written down, and leave, together; `None`: as the pace demands.
    pub together: Option<usize>,
}

/// What the engine counts while it works.
#[derive(Debug, Default)]
pub struct Counters {
    /// POSTs begun.
    pub requests: AtomicU64,
    /// POSTs beyond the first of a response in this run.
    pub retries: AtomicU64,
    /// Answers that asked to wait.
    pub rate_limited: AtomicU64,
    /// Requests in flight now.
    pub in_flight: AtomicU64,
    /// Searches begun, one a page.
    pub searches: AtomicU64,
    /// Responses that are searched for now, as their requests had no clear answer.
    pub unclear: AtomicU64,
}

/// What a failures file says of an earlier request for a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    #[default]
    Nothing,
    /// It is in doubt: searched for before it is sent.
    InDoubt,
    /// Somebody has looked: it is not there, whatever the ledger does not know.
    NotThere,
}

/// A response that is in Chattermill more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Double {
    /// Its token.
    pub token: Token,
    /// The ids under which it is there.
    pub ids: Vec<String>,
}

/// What all deliveries share.
pub struct Engine {
    client: Client,
    project: String,
    responses: Address,
    delivery: Delivery,
    book: Book,
    limiter: Limiter,
    places: Arc<Semaphore>,
    lines: Lines,
    /// Set by answers that ask to wait.
    pub pause: Pause,
    /// Ends the run.
    pub stop: Stop,
    /// What was counted.
    pub counters: Counters,
    /// What was answered, over time.
    pub timeline: Timeline,
    health: Mutex<Health>,
    /// Held while the API is asked whether it refuses a row or the run; the instant of its last "not the run".
    asking: tokio::sync::Mutex<Option<Instant>>,
    /// The attribute to search by; `None` where no token is sent.
    attribute: Option<String>,
    /// A response that is there twice, and was posted once, means that a ledger is missing.
    may_lack_a_ledger: bool,
    /// What was found twice so.
    loaded_elsewhere: Mutex<BTreeSet<Token>>,
    /// What earlier runs left in doubt under another attribute: search by this one tells nothing of it.
    elsewhere: HashSet<Token>,
    started: Instant,
    inquiry: Inquiry,
    stayed: Mutex<Stayed>,
    dice: Dice,
}

impl Engine {
    /// An engine for one run into one project. Doubts of earlier runs count from now on.
    pub fn new(client: Client, project: &str, delivery: Delivery, book: Book, stop: Stop) -> Self {
        let patience = Patience {
            settle: delivery.settle,
            timeout: delivery.timeout,
            give_up_after: delivery.limits.give_up_after,
        };
        Self {
            responses: client.responses_address(project),
            project: project.to_owned(),
            client,
            limiter: Limiter::new(delivery.rate),
            places: Arc::new(Semaphore::new(delivery.concurrency.max(1))),
            lines: Lines::default(),
            delivery,
            book,
            pause: Pause::default(),
            stop,
            counters: Counters::default(),
            timeline: Timeline::new(),
            health: Mutex::new(Health::new()),
            asking: tokio::sync::Mutex::new(None),
            attribute: Some(TOKEN_ATTRIBUTE.to_owned()),
            may_lack_a_ledger: false,
            loaded_elsewhere: Mutex::default(),
            elsewhere: HashSet::new(),
            started: Instant::now(),
            inquiry: Inquiry::new(patience),
            stayed: Mutex::default(),
            dice: Dice::new(rand::random()),
        }
    }

    /// Searches by this attribute of the person; `None`: no token is sent, and doubts are held.
    #[must_use]
    pub fn searching_by(mut self, attribute: Option<&str>) -> Self {
        self.attribute = attribute.map(str::to_owned);
        self
    }

    /// At the first use of a scope, or where a run died: responses may be there that this ledger does not know.
    #[must_use]
    pub fn that_may_lack_a_ledger(mut self, may_lack: bool) -> Self {
        self.may_lack_a_ledger = may_lack;
        self
    }

    /// These may be in Chattermill under another attribute: they are held in doubt.
    #[must_use]
    pub fn holding(mut self, elsewhere: HashSet<Token>) -> Self {
        self.elsewhere = elsewhere;
        self
    }

    /// Sends by a limiter that has given turns before.
    #[must_use]
    pub fn limited_by(mut self, limiter: Limiter) -> Self {
        self.limiter = limiter;
        self
    }

    /// Searches for every unknown response before it is sent, from now on.
    pub fn probe_all(&mut self) {
        self.delivery.probe = true;
    }

    /// Delivers all that comes in, until the input ends. After a stop, what still comes in is not attempted.
    pub async fn run(
        self: &Arc<Self>,
        mut input: mpsc::Receiver<Vec<Work>>,
        settled: mpsc::Sender<Settled>,
    ) {
        let deliveries = async {
            let mut flights = Flights::new(self, settled);
            loop {
                let mut batch = input.try_recv().ok();
                if batch.is_none() {
                    // Who waits for a group does not wait for rows that have not come.
                    flights.depart().await;
                    batch = input.recv().await;
                }
                let Some(batch) = batch else { break };
                flights.take(batch).await;
            }
            lock(&self.inquiry.doubts).input_ended(Instant::now());
            self.inquiry.tell();
            flights.finish().await;
            let resent = self.resent();
            if !resent.is_empty() {
                // What was sent last is given the time that others took to show.
                let time = lock(&self.inquiry.doubts).time_to_show();
                self.sleep(time).await;
            }
            self.check_doubles(&resent).await;
        };
        tokio::select! {
            biased;
            () = deliveries => {}
            () = self.measure_lags() => {}
        }
    }

    /// Responses found more than once in Chattermill.
    pub fn doubles(&self) -> Vec<Double> {
        lock(&self.inquiry.doubles).clone()
    }

    /// What was sent again after doubt, with the id where one was acknowledged: for the next run's `check_doubles`. Known
    /// from before the second POST on (`Book::begin_post` is told as well).
    pub fn resent(&self) -> Vec<(Token, Option<String>)> {
        lock(&self.inquiry.resent)
            .iter()
            .map(|(token, id)| (*token, id.clone()))
            .collect()
    }

    /// What was sent again after doubt and is not found by search at all, so that nobody can tell whether it is there
    /// twice. Known once the run has ended.
    pub fn unverified(&self) -> Vec<Token> {
        lock(&self.inquiry.unverified).iter().copied().collect()
    }

    /// What was posted once by this ledger, and is there twice: another has loaded it, or one is lost.
    pub fn loaded_elsewhere(&self) -> Vec<Token> {
        lock(&self.loaded_elsewhere).iter().copied().collect()
    }

    /// Whether there is any of that.
    pub fn lacks_a_ledger(&self) -> bool {
        !lock(&self.loaded_elsewhere).is_empty()
    }

    /// What the next run should begin with, where `auto` ever met a limit.
    pub fn learned_rate(&self) -> Option<Learned> {
        self.limiter.learned()
    }

    /// How long the API asked to wait, where that was too long and ended the run.
    pub fn wait_asked(&self) -> Option<Duration> {
        lock(&self.health).wait_asked
    }

    /// What the summary should say of updated responses that hold more than their rows; `files` are the inputs' names,
    /// by their number.
    pub fn stayed(&self, files: &[String]) -> Option<String> {
        lock(&self.stayed).told(files)
    }

    /// What the summary should say beside its figures.
    pub fn warnings(&self) -> Vec<String> {
        let distrust = self.inquiry.distrust.get();
        let distrust = distrust
            .map(|why| format!("search cannot be trusted here ({why}): what stays without a clear answer is held in doubt"));
        let unverified = match self.unverified().len() {
            0 => None,
            count => Some(format!(
                "{count} responses were sent again after an unclear answer, and search does not find them: whether they \
                 are there twice must be looked up in Chattermill"
            )),
        };
        distrust.into_iter().chain(unverified).collect()
    }
}

impl Delivery {
    /// Delivery as it is unless settings say otherwise.
    pub fn standard() -> Self {
        Self {
            rate: Rate::Auto { start: None },
            concurrency: 32,
            max_attempts: 6,
            limits: retry::Limits {
                max_wait: Duration::from_mins(5),
                connects_before_first_answer: 3,
                give_up_after: Duration::from_mins(15),
            },
            on_change: OnChange::Skip,
            settle: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            expect_changes: false,
            reapply: false,
            probe: false,
            together: None,
        }
    }
}
