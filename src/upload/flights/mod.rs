//! The deliveries under way: who may start, who waits behind an equal identity, who waits for enough to be compared.

mod pace;
mod together;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::book::Departing;
use super::compare::Compared;
use super::deliver::Delivered;
use super::doubt::Doubt;
use super::known::{Brought, Fate, Known, Route, compare, route};
use super::send::Call;
use super::{Engine, Said, Settled, Work, retry};
use crate::identity::Token;
use crate::outcome::Outcome;
use pace::Pace;

/// Responses that wait behind an equal identity before the input itself has to wait.
const MOST_PARKED: usize = 1_000;

/// What a new response waits for a place for.
const POST: Call = Call::Post { again: false };

/// The requests in flight, and what waits behind them.
pub(super) struct Flights {
    engine: Arc<Engine>,
    tasks: JoinSet<Landed>,
    /// Identities under way, those that wait for enough to be compared included.
    active: HashSet<Token>,
    parked: HashMap<Token, VecDeque<Work>>,
    parked_count: usize,
    compared: Compared,
    /// Updates that wait until enough is compared, or the input ends: fewer than that many.
    updates: Vec<(Work, String)>,
    /// New responses that are written down together, and so leave together.
    ready: Vec<Work>,
    /// The group before, which is being written down.
    departing: Option<Departing>,
    pace: Pace,
    input_ended: bool,
    settled: mpsc::Sender<Settled>,
}

/// A delivery that has come to its end.
struct Landed {
    token: Token,
    /// It turned out to be known: what its row brings now is to be compared with that.
    known: Option<Work>,
}

/// What is to be done with a response that is under way.
enum Way {
    Post,
    Ask(Doubt),
    Put(String),
}

impl Flights {
    pub(super) fn new(engine: &Arc<Engine>, settled: mpsc::Sender<Settled>) -> Self {
        Self {
            engine: Arc::clone(engine),
            tasks: JoinSet::new(),
            active: HashSet::new(),
            parked: HashMap::new(),
            parked_count: 0,
            compared: Compared::default(),
            updates: Vec::new(),
            ready: Vec::new(),
            departing: None,
            pace: Pace::new(),
            input_ended: false,
            settled,
        }
    }

    pub(super) async fn take(&mut self, batch: Vec<Work>) {
        if self.leave_together() {
            return self.take_together(batch).await;
        }
        self.depart().await;
        self.look_up_all_and_start(batch).await;
    }

    async fn look_up_all_and_start(&mut self, batch: Vec<Work>) {
        // What is looked up while an equal identity is under way, or before one of the same batch begins, would be out of
        // date once that has landed.
        let mut tokens = HashSet::new();
        let idle = batch.iter().map(|work| work.token);
        let idle = idle.filter(|token| !self.active.contains(token) && tokens.insert(*token));
        let idle: Vec<Token> = idle.collect();
        let known = self.engine.book.lookup(idle.clone()).await;
        let mut known: HashMap<Token, Option<Known>> = idle.into_iter().zip(known).collect();
        for work in batch {
            self.land_all().await;
            if self.active.contains(&work.token) {
                self.park(work).await;
            } else if let Some(known) = known.remove(&work.token) {
                self.start(work, known.as_ref()).await;
            } else {
                self.look_up_and_start(work).await;
            }
        }
    }

    /// Nothing more comes in: everything under way is brought to its end.
    pub(super) async fn finish(&mut self) {
        self.input_ended = true;
        loop {
            self.release_updates().await;
            self.depart().await;
            if self.tasks.is_empty() {
                return;
            }
            self.land().await;
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

    /// Waits until a delivery has come to its end.
    async fn land(&mut self) {
        if let Some(ended) = self.tasks.join_next().await {
            self.ended(ended).await;
        }
    }

    /// Takes in what has come to its end by now.
    async fn land_all(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.ended(ended).await;
        }
    }

    async fn ended(&mut self, ended: Result<Landed, JoinError>) {
        if let Ok(landed) = ended {
            return self.landed(landed).await;
        }
        // A delivery that panics would be a fault of ours; its response is then in doubt by the book. What it said is not
        // told: it could quote feedback.
        self.engine
            .stop
            .end(retry::End::Stopped("a delivery ended unexpectedly".into()));
    }

    async fn landed(&mut self, landed: Landed) {
        let Landed { token, known } = landed;
        self.pace.landed();
        self.active.remove(&token);
        if let Some(work) = known {
            self.look_up_and_start(work).await;
        }
        while !self.active.contains(&token) {
            let Some(waiting) = self.parked.get_mut(&token) else {
                return;
            };
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
        self.start(work, known.first().and_then(Option::as_ref))
            .await;
    }

    async fn start(&mut self, work: Work, known: Option<&Known>) {
        let engine = Arc::clone(&self.engine);
        let brought = Brought {
            raw: work.raw,
            payload: work.payload,
            version: work.version.as_deref(),
            on_change: engine.delivery.on_change,
            reapply: engine.delivery.reapply,
        };
        let way = route(known, &brought);
        self.compare(known, &brought);
        if let Some(Known {
            fate: Fate::Uploaded(id),
            by_this_run: false,
            payload,
            ..
        }) = known
        {
            engine.inquiry.known.get_or_init(|| work.token);
            if payload.is_none() {
                engine.book.adopt(&work, id);
            }
        }
        let way = match way {
            Route::Settle(outcome) => return self.report(work, outcome).await,
            Route::Put(id) => Way::Put(id),
            Route::Ask(_) if work.said == Said::NotThere => Way::Post,
            Route::Ask(_) | Route::Post if engine.elsewhere.contains(&work.token) => {
                let why = "an earlier run sent it with its token under another attribute, by which `[key] token` of the \
                           mapping does not search now; put that back for one run";
                let held = retry::in_doubt("other_attribute".into(), why);
                return self.report(work, Outcome::InDoubt(held)).await;
            }
            Route::Ask(code) => Way::Ask(earlier(
                &engine,
                code,
                "an earlier run had no clear answer for it",
            )),
            Route::Post if work.said == Said::InDoubt => Way::Ask(earlier(
                &engine,
                "in_doubt".into(),
                "an earlier run had no clear answer for it",
            )),
            // Also what is known as refused or undone: what became of it since may be what is missing.
            Route::Post
                if engine.delivery.probe && known.is_none_or(|known| !known.by_this_run) =>
            {
                Way::Ask(Doubt {
                    // What is known to be free was sent by some run, and came to an end.
                    unsent: Some(Instant::now()),
                    ..earlier(
                        &engine,
                        "not_probed".into(),
                        "it may have been uploaded before",
                    )
                })
            }
            Route::Post if work.said == Said::NotThere => Way::Post,
            Route::Post if known.is_some_and(|known| known.may_come_late && !known.by_this_run) => {
                Way::Ask(earlier(
                    &engine,
                    "may_come_late".into(),
                    "an earlier run had no clear answer to a request for it, which may have been done late",
                ))
            }
            Route::Post => Way::Post,
        };
        match way {
            Way::Put(id)
                if !self.input_ended && !self.compared.suffices() && !engine.stop.is_ending() =>
            {
                self.active.insert(work.token);
                self.updates.push((work, id));
            }
            way => {
                self.fly(work, way).await;
            }
        }
    }

    fn compare(&mut self, known: Option<&Known>, brought: &Brought<'_>) {
        let Some(changed) = compare(known, brought) else {
            return;
        };
        self.compared.count(changed);
        if !self.engine.delivery.expect_changes
            && !self.engine.stop.is_ending()
            && let Some(end) = self.compared.too_many()
        {
            self.engine.stop.end(end);
        }
    }

    /// Starts the updates that waited, where they need not wait any longer.
    async fn release_updates(&mut self) {
        if self.input_ended || self.compared.suffices() || self.engine.stop.is_ending() {
            for (work, id) in std::mem::take(&mut self.updates) {
                let token = work.token;
                if !self.fly(work, Way::Put(id)).await {
                    self.landed_soon(token);
                }
            }
        }
    }

    /// A response that was active settled without a task: what waits behind it is started by one that ends at once.
    fn landed_soon(&mut self, token: Token) {
        self.tasks
            .spawn(std::future::ready(Landed { token, known: None }));
    }

    /// Sends a response on its way, as soon as it may. `false` where the run ends first, and it was settled so.
    async fn fly(&mut self, work: Work, way: Way) -> bool {
        let engine = Arc::clone(&self.engine);
        let place = match &way {
            // Asking takes a place for each search only.
            Way::Ask(_) => {
                engine.room_for_doubt().await;
                None
            }
            Way::Post => self.admit(&engine, work.token, POST).await,
            Way::Put(_) => self.admit(&engine, work.token, Call::Put).await,
        };
        if engine.stop.is_ending() {
            let outcome = match way {
                Way::Ask(doubt) if doubt.unsent.is_none() => {
                    Outcome::InDoubt(retry::in_doubt(doubt.code, &doubt.why))
                }
                Way::Ask(_) | Way::Post | Way::Put(_) => Outcome::NotAttempted,
            };
            self.report(work, outcome).await;
            return false;
        }
        self.spawn(work, way, place, false);
        true
    }

    fn spawn(&mut self, work: Work, way: Way, place: Option<OwnedSemaphorePermit>, is_noted: bool) {
        let engine = Arc::clone(&self.engine);
        self.active.insert(work.token);
        let settled = self.settled.clone();
        self.tasks.spawn(async move {
            let token = work.token;
            let delivered = match way {
                Way::Put(id) => {
                    let outcome = Box::pin(engine.update(&work, &id)).await;
                    drop(place);
                    Delivered::Settled(outcome)
                }
                Way::Post => engine.deliver(&work, place, None, is_noted).await,
                Way::Ask(doubt) => Box::pin(engine.deliver(&work, None, Some(doubt), false)).await,
            };
            let known = match delivered {
                Delivered::Known => Some(work),
                Delivered::Settled(outcome) => {
                    // The receiver outlives the engine; if not, there is nobody left to tell.
                    let _ = settled.send(work.settled(outcome)).await;
                    None
                }
            };
            Landed { token, known }
        });
    }

    /// Waits for leave to send, then for a place.
    async fn admit(
        &self,
        engine: &Engine,
        token: Token,
        call: Call,
    ) -> Option<OwnedSemaphorePermit> {
        if engine.stop.is_ending() {
            return None;
        }
        if call == POST {
            // Search is tried before the first POST; that it is of no use is no reason not to send.
            if engine.inquiry.trusted.get().is_none() {
                let _ = Box::pin(engine.searchable()).await;
            }
            if !engine.gate_is_open(token) {
                Box::pin(engine.gate(token)).await;
            }
        }
        engine.place(call).await
    }

    async fn report(&self, work: Work, outcome: Outcome) {
        let _ = self.settled.send(work.settled(outcome)).await;
    }
}

/// The doubt that an earlier run left: its request ended before this run began.
fn earlier(engine: &Engine, code: String, why: &str) -> Doubt {
    Doubt {
        timed_out: code == "timeout",
        code,
        why: why.into(),
        ended: engine.started,
        earlier: true,
        unsent: None,
    }
}
