//! The engine: responses in, what became of each out.
//!
//! Before a request: a place in flight (semaphore), the pause, the rate, then it is sent. Equal identities go in file
//! order and never at once. Nothing is ever sent again whose first sending may have created something.

mod book;
mod deliver;
pub mod known;
pub mod rate;
pub mod retry;
pub mod stop;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use book::Book;

use crate::api::Client;
use crate::identity::{Id, Token};
use crate::mapping::OnChange;
use crate::outcome::Outcome;
use crate::record::Row;
use known::{Brought, Known, Route, route};
use rate::{Limiter, Pause, Rate};
use stop::Stop;

/// Responses that wait behind an equal identity before the input itself has to wait.
const MOST_PARKED: usize = 1_000;

/// A row on its way: shared by its responses.
#[derive(Debug)]
pub struct Ticket {
    /// The row as it was read.
    pub row: Row,
    /// Its identity; `None` where it has no key.
    pub id: Option<Id>,
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
    /// The row's version.
    pub version: Option<String>,
    /// Nothing may be sent: a failures file says that an earlier request is in doubt.
    pub held: bool,
    /// The body.
    pub body: Bytes,
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
}

/// How to deliver.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    /// How many requests may begin.
    pub rate: Rate,
    /// How many may be in flight.
    pub concurrency: usize,
    /// How often an update is tried.
    pub max_attempts: u32,
    /// What a run bears.
    pub limits: retry::Limits,
    /// What to do with a response that is there with other content.
    pub on_change: OnChange,
}

/// What the engine counts while it works.
#[derive(Debug, Default)]
pub struct Counters {
    /// POSTs begun.
    pub requests: AtomicU64,
    /// Requests beyond the first of a response.
    pub retries: AtomicU64,
    /// Answers that asked to wait.
    pub rate_limited: AtomicU64,
    /// Requests in flight now.
    pub in_flight: AtomicU64,
}

/// What all deliveries share.
pub struct Engine {
    client: Client,
    project: String,
    responses: reqwest::Url,
    delivery: Delivery,
    book: Book,
    limiter: Limiter,
    /// Set by answers that ask to wait.
    pub pause: Pause,
    /// Ends the run.
    pub stop: Stop,
    /// What was counted.
    pub counters: Counters,
    health: Mutex<Health>,
    /// Held while the API is asked whether it refuses a row or the run; the instant of its last "not the run".
    asking: tokio::sync::Mutex<Option<Instant>>,
}

/// How the API has been answering.
struct Health {
    answered: bool,
    connects_in_a_row: u32,
    last_progress: Instant,
    answers: u32,
    refusals: u32,
}

impl Engine {
    /// An engine for one run into one project.
    pub fn new(client: Client, project: &str, delivery: Delivery, book: Book, stop: Stop) -> Self {
        Self {
            responses: client.responses_url(project),
            project: project.to_owned(),
            client,
            limiter: Limiter::new(delivery.rate),
            delivery,
            book,
            pause: Pause::default(),
            stop,
            counters: Counters::default(),
            health: Mutex::new(Health {
                answered: false,
                connects_in_a_row: 0,
                last_progress: Instant::now(),
                answers: 0,
                refusals: 0,
            }),
            asking: tokio::sync::Mutex::new(None),
        }
    }

    /// Delivers all that comes in, until the input ends. After a stop, what still comes in is not attempted.
    pub async fn run(
        self: &Arc<Self>,
        mut input: mpsc::Receiver<Vec<Work>>,
        settled: mpsc::Sender<Settled>,
    ) {
        let mut flights = Flights {
            engine: Arc::clone(self),
            places: Arc::new(Semaphore::new(self.delivery.concurrency)),
            tasks: JoinSet::new(),
            active: HashSet::new(),
            parked: HashMap::new(),
            parked_count: 0,
            settled,
        };
        while let Some(batch) = input.recv().await {
            flights.take(batch).await;
        }
        while !flights.tasks.is_empty() {
            flights.land().await;
        }
    }
}

/// The requests in flight, and what waits behind them.
struct Flights {
    engine: Arc<Engine>,
    places: Arc<Semaphore>,
    tasks: JoinSet<Token>,
    active: HashSet<Token>,
    parked: HashMap<Token, VecDeque<Work>>,
    parked_count: usize,
    settled: mpsc::Sender<Settled>,
}

impl Flights {
    async fn take(&mut self, batch: Vec<Work>) {
        let tokens: Vec<Token> = batch.iter().map(|work| work.token).collect();
        let known = self.engine.book.lookup(tokens).await;
        // What was looked up before an equal identity of the same batch began is out of date.
        let mut begun = HashSet::new();
        for (work, known) in batch.into_iter().zip(known) {
            while let Some(Ok(token)) = self.tasks.try_join_next() {
                self.landed(token).await;
            }
            if self.active.contains(&work.token) {
                self.park(work).await;
            } else if begun.contains(&work.token) {
                self.look_up_and_start(work).await;
            } else {
                begun.insert(work.token);
                self.start(work, known.as_ref()).await;
            }
        }
    }

    /// An equal identity is in flight: wait behind it.
    async fn park(&mut self, work: Work) {
        self.parked.entry(work.token).or_default().push_back(work);
        self.parked_count += 1;
        while self.parked_count >= MOST_PARKED && !self.tasks.is_empty() {
            self.land().await;
        }
    }

    async fn land(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(token)) => self.landed(token).await,
            Some(Err(error)) => {
                // A delivery that panics would be a fault of ours; its response is then in doubt by the book.
                tracing::error!(%error, "a delivery ended unexpectedly");
                self.engine.stop.end(retry::End::Stopped("a delivery ended unexpectedly".into()));
            }
            None => {}
        }
    }

    async fn landed(&mut self, token: Token) {
        self.active.remove(&token);
        while !self.active.contains(&token) {
            let Some(waiting) = self.parked.get_mut(&token) else { return };
            let next = waiting.pop_front();
            if waiting.is_empty() {
                self.parked.remove(&token);
            }
            let Some(work) = next else { return };
            self.parked_count -= 1;
            self.look_up_and_start(work).await;
        }
    }

    async fn look_up_and_start(&mut self, work: Work) {
        let known = self.engine.book.lookup(vec![work.token]).await;
        self.start(work, known.first().and_then(Option::as_ref)).await;
    }

    async fn start(&mut self, work: Work, known: Option<&Known>) {
        let brought = Brought {
            raw: work.raw,
            payload: work.payload,
            version: work.version.as_deref(),
            on_change: self.engine.delivery.on_change,
        };
        let way = match route(known, &brought) {
            Route::Post | Route::Put(_) if self.engine.stop.is_ending() => Route::Settle(Outcome::NotAttempted),
            Route::Post if work.held => Route::Settle(Outcome::InDoubt(retry::in_doubt(
                "in_doubt".into(),
                "an earlier run had no clear answer for it",
            ))),
            way => way,
        };
        if let Route::Settle(outcome) = way {
            self.report(work, outcome).await;
            return;
        }
        // Closing the semaphore is never asked for, so a place always comes.
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else { return };
        self.active.insert(work.token);
        let (engine, settled) = (Arc::clone(&self.engine), self.settled.clone());
        self.tasks.spawn(async move {
            let token = work.token;
            engine.counters.in_flight.fetch_add(1, Ordering::Relaxed);
            let outcome = match way {
                Route::Put(id) => engine.update(&work, &id).await,
                _ => engine.deliver(&work).await,
            };
            engine.counters.in_flight.fetch_sub(1, Ordering::Relaxed);
            drop(place);
            // The receiver outlives the engine; if not, there is nobody left to tell.
            let _ = settled.send(Settled { ticket: work.ticket, name: work.name, outcome }).await;
            token
        });
    }

    async fn report(&self, work: Work, outcome: Outcome) {
        let _ = self.settled.send(Settled { ticket: work.ticket, name: work.name, outcome }).await;
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
                max_wait: Duration::from_secs(300),
                connects_before_first_answer: 3,
                give_up_after: Duration::from_secs(15 * 60),
            },
            on_change: OnChange::Skip,
        }
    }
}
