//! One response on its way to the API: the loop around a request, and what is learnt of the API's health.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::rate::lock;
use super::retry::{Context, Decision, End, decide, human, in_doubt};
use super::{Engine, Work};
use crate::api::answer::{Meaning, Seen, meaning_of_post, words};
use crate::outcome::{Outcome, Rejection};

/// So many first answers, all of them refusals, end a run: something is wrong with all of it.
const ALL_REFUSED: u32 = 50;

/// What a request came to.
enum Sent {
    /// The stop came first: nothing left.
    NotSent,
    /// Left alone in flight by a stop at once.
    LeftAlone,
    /// This was seen.
    Seen(Seen, Instant),
}

impl Engine {
    /// Delivers a new response.
    pub(super) async fn deliver(&self, work: &Work) -> Outcome {
        if self.book.begin_post(work).await.is_err() {
            return Outcome::NotAttempted;
        }
        let mut requests = 0u32;
        loop {
            let sent = self.send(requests, || self.client.post(&self.responses, work.body.clone())).await;
            requests += 1;
            let (seen, began) = match sent {
                Sent::Seen(seen, began) => (seen, began),
                Sent::NotSent => {
                    self.book.not_created(work);
                    return Outcome::NotAttempted;
                }
                Sent::LeftAlone => {
                    let why = in_doubt("interrupted".into(), "the run was ended while its request was in flight");
                    self.book.doubt(work, "interrupted");
                    return Outcome::InDoubt(why);
                }
            };
            let meaning = meaning_of_post(&seen, SystemTime::now());
            let decision = decide(meaning.clone(), &self.learn(&meaning, began), &self.delivery.limits);
            tracing::debug!(token = %work.token, row = work.ticket.row.position.row, ?decision, "answered");
            match decision {
                Decision::Created(id) => {
                    self.book.created(work, &id);
                    return Outcome::Uploaded;
                }
                Decision::Settle(outcome) => {
                    self.book.settle(work, &outcome);
                    return outcome;
                }
                Decision::PauseAll(wait) => self.pause_all(wait),
                Decision::Again(wait) => self.sleep(wait).await,
                Decision::AskAboutRun { status, words } => {
                    if let Some(outcome) = self.ask_about_run(began, status, &words).await {
                        self.book.settle(work, &outcome);
                        return outcome;
                    }
                }
                Decision::End(end) => self.stop.end(end),
            }
        }
    }

    /// Brings a known response up to date; a PUT is safe to repeat.
    pub(super) async fn update(&self, work: &Work, id: &str) -> Outcome {
        if self.book.begin_put(work).await.is_err() {
            return Outcome::NotAttempted;
        }
        let mut requests = 0u32;
        loop {
            let sent = self.send(requests, || self.client.put(&self.project, id, work.body.clone())).await;
            requests += 1;
            let Sent::Seen(seen, began) = sent else {
                self.book.not_updated(work);
                return Outcome::NotAttempted;
            };
            if let Seen::Answer(answer) = &seen {
                match answer.status {
                    404 => {
                        self.book.not_updated(work);
                        return failed("gone", "it is no longer in Chattermill, and is not created anew".into());
                    }
                    200..=299 => {
                        self.learn(&Meaning::Created(id.to_owned()), began);
                        self.book.updated(work, id);
                        return Outcome::Updated;
                    }
                    _ => {}
                }
            }
            let meaning = meaning_of_post(&seen, SystemTime::now());
            match decide(meaning.clone(), &self.learn(&meaning, began), &self.delivery.limits) {
                Decision::PauseAll(wait) => self.pause_all(wait),
                Decision::Again(wait) => self.sleep(wait).await,
                Decision::End(end) => self.stop.end(end),
                Decision::Settle(Outcome::InDoubt(why)) if requests >= self.delivery.max_attempts => {
                    self.book.not_updated(work);
                    return failed("update_unanswered", format!("no clear answer to {requests} updates: {}", why.code));
                }
                Decision::Settle(Outcome::InDoubt(_)) => {
                    self.sleep(super::retry::backoff(requests, rand::random())).await;
                }
                Decision::AskAboutRun { status, words } => {
                    if let Some(outcome) = self.ask_about_run(began, status, &words).await {
                        self.book.not_updated(work);
                        return outcome;
                    }
                }
                Decision::Settle(outcome) => {
                    self.book.not_updated(work);
                    return outcome;
                }
                Decision::Created(_) => {}
            }
        }
    }

    /// Pause, rate, then the request; unless the run ends first.
    async fn send<F: Future<Output = Seen>>(&self, earlier: u32, request: impl FnOnce() -> F) -> Sent {
        tokio::select! {
            biased;
            () = self.stop.ending() => return Sent::NotSent,
            _ = self.limiter.turn(&self.pause) => {}
        }
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        if earlier > 0 {
            self.counters.retries.fetch_add(1, Ordering::Relaxed);
        }
        let began = Instant::now();
        tokio::select! {
            biased;
            seen = request() => Sent::Seen(seen, began),
            () = self.stop.at_once() => Sent::LeftAlone,
        }
    }

    /// Notes what a meaning says of the API's health, and gives the context for a decision.
    fn learn(&self, meaning: &Meaning, began: Instant) -> Context {
        let mut waits_in_a_row = 0;
        let mut health = lock(&self.health);
        match meaning {
            Meaning::NotConnected(_) => health.connects_in_a_row += 1,
            Meaning::Wait(_) => {
                health.answered = true;
                health.connects_in_a_row = 0;
                self.counters.rate_limited.fetch_add(1, Ordering::Relaxed);
                waits_in_a_row = self.pause.asked(began);
            }
            Meaning::RowOrRun { .. } => {
                health.answered = true;
                health.connects_in_a_row = 0;
            }
            _ => {
                health.answered = true;
                health.connects_in_a_row = 0;
                health.last_progress = Instant::now();
                health.answers = health.answers.saturating_add(1);
                self.pause.answered();
            }
        }
        if matches!(meaning, Meaning::Refused { .. }) {
            health.refusals = health.refusals.saturating_add(1);
            if health.refusals == ALL_REFUSED && health.answers == ALL_REFUSED {
                self.stop.end(End::Stopped(format!(
                    "the first {ALL_REFUSED} answers were all refusals: stopped before more are sent; see the failures \
                     file for the API's words, correct the mapping, and run again"
                )));
            }
        }
        Context {
            answered: health.answered,
            connects_in_a_row: health.connects_in_a_row,
            waits_in_a_row,
            without_progress: health.last_progress.elapsed(),
            random: rand::random(),
        }
    }

    fn pause_all(&self, wait: Duration) {
        tracing::info!("the API asks to wait: nothing is sent for {}", human(wait));
        self.pause.extend(Instant::now() + wait);
    }

    async fn sleep(&self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.stop.ending() => {}
        }
    }

    /// A 401, 403 or 404: `GET data_types` tells whether the run is refused too. `Some` refuses the row; `None` after
    /// ending the run, or where nothing is known and the response may be sent again.
    async fn ask_about_run(&self, began: Instant, status: u16, said: &str) -> Option<Outcome> {
        let mut accepted = self.asking.lock().await;
        if accepted.is_none_or(|at| at < began) {
            match self.client.get(&[&self.project, "data_types"], &[]).await {
                Seen::Answer(answer) if (200..300).contains(&answer.status) => *accepted = Some(Instant::now()),
                Seen::Answer(answer) if matches!(answer.status, 401 | 403 | 404) => {
                    self.stop.end(End::Refused(format!(
                        "the API refuses this key or project now (HTTP {}): {}",
                        answer.status,
                        words(&answer.body)
                    )));
                    return None;
                }
                _ => {
                    drop(accepted);
                    if lock(&self.health).last_progress.elapsed() > self.delivery.limits.give_up_after {
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
        Some(failed(&format!("http_{status}"), format!("the API refused the response: {said}")))
    }
}

fn failed(code: &str, message: String) -> Outcome {
    Outcome::Failed(Rejection::new(code.to_owned(), "", message))
}
