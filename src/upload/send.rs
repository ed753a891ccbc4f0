//! One request: place in flight, pause, rate, then it is sent; and what its answer says of the API's health.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::Engine;
use super::rate::auto::Turn;
use super::rate::lock;
use super::retry::{Context, Decision, End, decide, human};
use crate::api::answer::{Meaning, Seen, meaning_of_post, words};
use crate::catalogue::listed;
use crate::outcome::{Outcome, Rejection};

/// So many first answers, all of them refusals, end a run: something is wrong with all of it.
const ALL_REFUSED: u32 = 50;

/// What a request is for, as the counters tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// A POST.
    Post {
        /// This run has posted the response before.
        again: bool,
    },
    /// A PUT.
    Put,
    /// A search.
    Search,
    /// A search for what was just acknowledged: how long it takes to be found is measured, so it passes all that wait.
    Lag,
    /// The question whether the run is refused.
    DataTypes,
}

/// Where requests wait for a place in flight and for their turn, one behind the other.
#[derive(Default)]
pub(super) struct Lines {
    for_places: tokio::sync::Mutex<()>,
    for_turns: tokio::sync::Mutex<()>,
}

/// Waits at the head of the line only. What passes the line has at most that one before it, however many wait.
async fn in_line<T>(line: &tokio::sync::Mutex<()>, call: Call, wait: impl Future<Output = T>) -> T {
    let _head = if call == Call::Lag {
        None
    } else {
        Some(line.lock().await)
    };
    wait.await
}

/// What a request came to.
pub(super) enum Sent {
    /// The stop came first: nothing left.
    Nothing,
    /// Left alone in flight by a stop at once.
    LeftAlone,
    /// This was seen.
    Seen(Seen, Turn),
}

/// How the API has been answering.
pub(super) struct Health {
    answered: bool,
    connects_in_a_row: u32,
    /// When the last of those was known to have failed.
    unconnected_at: Instant,
    /// Since when nothing got through; `None` where what was sent last did. Where nothing is sent, nothing fails.
    failing_since: Option<Instant>,
    answers: u32,
    refusals: u32,
    /// The wait that ended the run, because it was too long.
    pub(super) wait_asked: Option<Duration>,
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            answered: false,
            connects_in_a_row: 0,
            unconnected_at: Instant::now(),
            failing_since: None,
            answers: 0,
            refusals: 0,
            wait_asked: None,
        }
    }

    fn heard(&mut self) {
        self.answered = true;
        self.connects_in_a_row = 0;
    }

    fn without_progress(&self) -> Duration {
        self.failing_since
            .map_or(Duration::ZERO, |since| since.elapsed())
    }
}

impl Engine {
    /// Waits for a place in flight; `None` where the run ends first.
    pub(super) async fn place(&self, call: Call) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.places).acquire_owned();
        tokio::select! {
            biased;
            // Closing the semaphore is never asked for, so a place always comes.
            place = in_line(&self.lines.for_places, call, place) => place.ok(),
            () = self.stop.ending() => None,
        }
    }

    /// Waits for a turn; `None` where the run ends first.
    async fn turn(&self, call: Call) -> Option<Turn> {
        let turn = self.limiter.turn(&self.pause);
        tokio::select! {
            biased;
            () = self.stop.ending() => None,
            turn = in_line(&self.lines.for_turns, call, turn) => Some(turn),
        }
    }

    /// Pause, rate, then the request; unless the run ends first.
    pub(super) async fn send<F: Future<Output = Seen>>(
        &self,
        call: Call,
        request: impl FnOnce() -> F,
    ) -> Sent {
        if self.stop.is_ending() {
            return Sent::Nothing;
        }
        let turn = match self.limiter.turn_at_once(&self.pause) {
            Some(turn) => turn,
            None => match Box::pin(self.turn(call)).await {
                Some(turn) => turn,
                None => return Sent::Nothing,
            },
        };
        let counter = match call {
            Call::Post { .. } => Some(&self.counters.requests),
            Call::Put | Call::DataTypes => None,
            Call::Search | Call::Lag => Some(&self.counters.searches),
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if call == (Call::Post { again: true }) {
            self.counters.retries.fetch_add(1, Ordering::Relaxed);
        }
        self.counters.in_flight.fetch_add(1, Ordering::Relaxed);
        let sent = tokio::select! {
            biased;
            seen = request() => Sent::Seen(seen, turn),
            () = self.stop.at_once() => Sent::LeftAlone,
            // A question changes nothing: nobody waits for its answer once the run ends.
            () = self.stop.ending(), if matches!(call, Call::Search | Call::Lag) => Sent::Nothing,
        };
        self.counters.in_flight.fetch_sub(1, Ordering::Relaxed);
        sent
    }

    /// Notes what a meaning says of the API's health, and gives the context for a decision.
    pub(super) fn learn(&self, meaning: &Meaning, turn: Turn) -> Context {
        let mut waits_in_a_row = 0;
        let mut health = lock(&self.health);
        health.failing_since.get_or_insert(turn.began);
        match meaning {
            // Those that began before one was known to fail tell the same: an outage, however many meet it at once.
            Meaning::NotConnected(_) if turn.began >= health.unconnected_at => {
                health.connects_in_a_row += 1;
                health.unconnected_at = Instant::now();
            }
            Meaning::NotConnected(_) => {}
            Meaning::Wait(asked) => {
                health.heard();
                let too_long = asked.filter(|wait| *wait > self.delivery.limits.max_wait);
                health.wait_asked = health.wait_asked.max(too_long);
                self.counters.rate_limited.fetch_add(1, Ordering::Relaxed);
                waits_in_a_row = self.pause.asked(turn.began);
            }
            Meaning::RowOrRun { .. } => health.heard(),
            _ => {
                health.heard();
                health.failing_since = None;
                health.answers = health.answers.saturating_add(1);
                self.pause.answered();
                self.limiter.answered(turn);
            }
        }
        if matches!(meaning, Meaning::Refused { .. }) {
            self.count_refusal(&mut health);
        }
        Context {
            answered: health.answered,
            connects_in_a_row: health.connects_in_a_row,
            waits_in_a_row,
            without_progress: health.without_progress(),
            random: self.dice.unit(),
        }
    }

    /// A row was refused by an answer that was first taken for one to the run (401, 403, 404).
    pub(super) fn refused_after_all(&self) {
        let mut health = lock(&self.health);
        health.answers = health.answers.saturating_add(1);
        self.count_refusal(&mut health);
    }

    fn count_refusal(&self, health: &mut Health) {
        health.refusals = health.refusals.saturating_add(1);
        if health.refusals == ALL_REFUSED && health.answers == ALL_REFUSED {
            self.stop.end(End::Stopped(format!(
                "the first {ALL_REFUSED} answers were all refusals: stopped before more are sent; see the failures \
                 file for the API's words, correct the mapping, and run again"
            )));
        }
    }

    /// Notes that a search was answered, in whatever way but a wait.
    pub(super) fn heard(&self, turn: Turn) {
        let mut health = lock(&self.health);
        health.heard();
        health.failing_since = None;
        self.pause.answered();
        self.limiter.answered(turn);
    }

    pub(super) fn pause_all(&self, turn: Turn, wait: Duration) {
        tracing::info!("the API asks to wait: nothing is sent for {}", human(wait));
        self.limiter.refused(turn, wait);
        self.pause.extend(Instant::now() + wait);
    }

    pub(super) async fn sleep(&self, wait: Duration) {
        tokio::select! {
            biased;
            () = tokio::time::sleep(wait) => {}
            () = self.stop.ending() => {}
        }
    }

    /// A 401, 403 or 404: `GET data_types` tells whether the run is refused too. `Some` refuses the row; `None` after
    /// ending the run, or where nothing is known and the response may be sent again.
    pub(super) async fn ask_about_run(
        &self,
        began: Instant,
        status: u16,
        said: &str,
    ) -> Option<Outcome> {
        let mut accepted = self.asking.lock().await;
        if accepted.is_none_or(|at| at < began) {
            let path = [self.project.as_str(), "data_types"];
            match self
                .send(Call::DataTypes, || self.client.get(&path, &[]))
                .await
            {
                Sent::Nothing | Sent::LeftAlone => return None,
                // A page in the API's place accepts nothing.
                Sent::Seen(Seen::Answer(answer), _)
                    if (200..300).contains(&answer.status)
                        && listed(&answer.body, "data_types").is_some() =>
                {
                    *accepted = Some(Instant::now());
                }
                Sent::Seen(Seen::Answer(answer), _) if matches!(answer.status, 401 | 403 | 404) => {
                    self.stop.end(End::Refused(format!(
                        "the API refuses this key or project now (HTTP {}): {}",
                        answer.status,
                        words(&answer.body)
                    )));
                    return None;
                }
                Sent::Seen(seen, turn) => {
                    drop(accepted);
                    let meaning = meaning_of_post(&seen, SystemTime::now());
                    if matches!(meaning, Meaning::Wait(_)) {
                        match decide(
                            meaning.clone(),
                            &self.learn(&meaning, turn),
                            &self.delivery.limits,
                        ) {
                            Decision::PauseAll(wait) => self.pause_all(turn, wait),
                            Decision::End(end) => self.stop.end(end),
                            _ => {}
                        }
                        return None;
                    }
                    if lock(&self.health).without_progress() > self.delivery.limits.give_up_after {
                        self.stop.end(End::Stopped(format!(
                            "the API answers HTTP {status}, and nothing to the question why: stopped, run the same \
                             command again later"
                        )));
                    }
                    self.sleep(Duration::from_secs(1)).await;
                    return None;
                }
            }
        }
        // So it is an answer to the row.
        lock(&self.health).failing_since = None;
        Some(failed(
            &format!("http_{status}"),
            format!("the API refused the response: {said}"),
        ))
    }
}

/// A response that could not be delivered.
pub(super) fn failed(code: &str, message: String) -> Outcome {
    Outcome::Failed(Rejection::new(code.to_owned(), "", message))
}
