//! One request at a time, as a run makes it: pause, rate, send; what asks to wait is waited for, a question without an
//! answer is asked again, and what concerns the whole run ends it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::Instant;

use crate::api::Client;
use crate::api::answer::{Answer, Meaning, Seen, meaning_of_post, words};
use crate::api::responses::{id_of, list_of, response_of};
use crate::upload::rate::{Limiter, Pause, Rate, lock};
use crate::upload::retry::{Context, Decision, End, Limits, backoff, decide};
use crate::upload::stop::Stop;

/// So often search is asked for a page: where it is broken, something else is done without it.
const SEARCHES: u32 = 3;

/// How requests are made.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many may begin.
    pub rate: Rate,
    /// How many may be in flight.
    pub concurrency: usize,
    /// How often something without a usable answer is tried.
    pub attempts: u32,
    /// What a run bears.
    pub limits: Limits,
}

/// Asks the API about one project.
pub struct Caller {
    client: Client,
    project: String,
    /// What ends the run.
    pub stop: Stop,
    /// How requests are made.
    pub pace: Pace,
    limiter: Limiter,
    pause: Pause,
    health: Mutex<Health>,
    requests: AtomicU64,
    rate_limited: AtomicU64,
}

struct Health {
    answered: bool,
    connects_in_a_row: u32,
    last_progress: Instant,
}

/// The run ends; the stop has the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

/// What a question came to.
#[derive(Clone, Debug)]
pub enum Told<T> {
    /// The answer.
    Yes(T),
    /// A refusal: 4xx.
    Refused(Answer),
    /// No usable answer, however often it was asked; the last reason.
    Nothing(String),
}

/// What a response's id leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// The response as it is now.
    Here(Value),
    /// No response: asked twice, and the API answers other questions about the project.
    Gone,
    /// Nobody knows, for this reason.
    Unknown(String),
}

impl Caller {
    /// Asks about `project` through `client`.
    pub fn new(client: Client, project: &str, pace: Pace, stop: Stop) -> Self {
        Self {
            client,
            project: project.to_owned(),
            stop,
            pace,
            limiter: Limiter::new(pace.rate),
            pause: Pause::default(),
            health: Mutex::new(Health {
                answered: false,
                connects_in_a_row: 0,
                last_progress: Instant::now(),
            }),
            requests: AtomicU64::new(0),
            rate_limited: AtomicU64::new(0),
        }
    }

    /// Requests begun.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Answers that asked to wait.
    pub fn rate_limited(&self) -> u64 {
        self.rate_limited.load(Ordering::Relaxed)
    }

    /// Reads a response by its id.
    ///
    /// # Errors
    /// The run ends.
    pub async fn read(&self, id: &str) -> Result<Read, Ended> {
        let mut missed = false;
        let mut attempt = 0;
        loop {
            attempt += 1;
            // A proxy's cache may give another.
            let this = |answer: &Answer| {
                response_of(answer).filter(|found| id_of(found).as_deref() == Some(id))
            };
            let why = match self
                .ask(1, || self.client.response(&self.project, id), this)
                .await?
            {
                Told::Yes(response) => return Ok(Read::Here(response)),
                // One such answer may be that of a gateway which has lost its way; two running are not.
                Told::Refused(answer) if missed && is_gone(answer.status) => return Ok(Read::Gone),
                Told::Refused(answer) => {
                    if matches!(answer.status, 401 | 403 | 404 | 410)
                        && let Err(why) = self.about_run().await?
                    {
                        return Ok(Read::Unknown(why));
                    }
                    let why = refusal(answer.status, &answer);
                    if !is_gone(answer.status) {
                        return Ok(Read::Unknown(why));
                    }
                    missed = true;
                    why
                }
                Told::Nothing(why) => {
                    missed = false;
                    why
                }
            };
            if attempt > self.pace.attempts {
                return Ok(Read::Unknown(why));
            }
            if !missed {
                self.sleep(backoff(attempt, rand::random())).await?;
            }
        }
    }

    /// Sends one DELETE.
    ///
    /// # Errors
    /// The run ends.
    pub async fn delete(&self, id: &str) -> Result<Seen, Ended> {
        self.once(|| self.client.delete(&self.project, id)).await
    }

    /// A page of all that the project holds.
    ///
    /// # Errors
    /// The run ends.
    pub async fn list(&self, page: u32) -> Result<Told<Vec<Value>>, Ended> {
        self.ask(
            self.pace.attempts,
            || self.client.list(&self.project, page),
            list_of,
        )
        .await
    }

    /// A page of what search finds.
    ///
    /// # Errors
    /// The run ends.
    pub async fn search(
        &self,
        attribute: &str,
        token: &str,
        page: u32,
    ) -> Result<Told<Vec<Value>>, Ended> {
        let attempts = self.pace.attempts.min(SEARCHES);
        self.ask(
            attempts,
            || self.client.search(&self.project, attribute, token, page),
            list_of,
        )
        .await
    }

    /// Whether a refusal means the run: `GET data_types` is refused as well. Then the run ends.
    ///
    /// # Errors
    /// The run ends. The inner error: that is not known, for this reason.
    pub async fn about_run(&self) -> Result<Result<(), String>, Ended> {
        let path = [self.project.as_str(), "data_types"];
        match self
            .ask(
                self.pace.attempts,
                || self.client.get(&path, &[]),
                |_| Some(()),
            )
            .await?
        {
            Told::Yes(()) => Ok(Ok(())),
            Told::Refused(answer) => {
                self.stop.end(End::Refused(format!(
                    "the API refuses this key or project now ({})",
                    refusal(answer.status, &answer)
                )));
                Err(Ended)
            }
            Told::Nothing(why) => Ok(Err(why)),
        }
    }

    /// Asks until there is an answer that `read` can use, or a refusal.
    async fn ask<T, F: Future<Output = Seen>>(
        &self,
        attempts: u32,
        request: impl Fn() -> F,
        read: impl Fn(&Answer) -> Option<T>,
    ) -> Result<Told<T>, Ended> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let why = match self.once(&request).await? {
                Seen::Answer(answer) if (200..300).contains(&answer.status) => {
                    match read(&answer) {
                        Some(value) => return Ok(Told::Yes(value)),
                        None => format!("HTTP {} without what was asked for", answer.status),
                    }
                }
                Seen::Answer(answer)
                    if (400..500).contains(&answer.status) && answer.status != 408 =>
                {
                    return Ok(Told::Refused(answer));
                }
                Seen::Answer(answer) => refusal(answer.status, &answer),
                Seen::TimedOut => "no answer within the time-out".to_owned(),
                Seen::Lost(why) | Seen::NotConnected(why) => {
                    format!("the connection broke ({why})")
                }
            };
            if attempt >= attempts {
                return Ok(Told::Nothing(why));
            }
            self.sleep(backoff(attempt, rand::random())).await?;
        }
    }

    /// Sends a request until it is answered, or may have been: waits and failed connects are no answers.
    async fn once<F: Future<Output = Seen>>(&self, request: impl Fn() -> F) -> Result<Seen, Ended> {
        loop {
            let turn = tokio::select! {
                biased;
                () = self.stop.ending() => return Err(Ended),
                turn = self.limiter.turn(&self.pause) => turn,
            };
            self.requests.fetch_add(1, Ordering::Relaxed);
            let seen = tokio::select! {
                biased;
                seen = request() => seen,
                () = self.stop.at_once() => return Err(Ended),
            };
            let meaning = meaning_of_post(&seen, SystemTime::now());
            if !matches!(
                meaning,
                Meaning::Wait(_) | Meaning::NotConnected(_) | Meaning::Elsewhere(_)
            ) {
                self.heard();
                self.limiter.answered(turn);
                return Ok(seen);
            }
            let context = self.learn(&meaning, turn.began);
            match decide(meaning, &context, &self.pace.limits) {
                Decision::PauseAll(wait) => {
                    self.limiter.refused(turn, wait);
                    self.pause.extend(Instant::now() + wait);
                }
                Decision::Again(wait) => self.sleep(wait).await?,
                Decision::End(end) => {
                    self.stop.end(end);
                    return Err(Ended);
                }
                // No other decision follows from these meanings.
                _ => return Ok(seen),
            }
        }
    }

    fn heard(&self) {
        self.pause.answered();
        let mut health = lock(&self.health);
        (
            health.answered,
            health.connects_in_a_row,
            health.last_progress,
        ) = (true, 0, Instant::now());
    }

    fn learn(&self, meaning: &Meaning, began: Instant) -> Context {
        let mut health = lock(&self.health);
        let mut waits_in_a_row = 0;
        if matches!(meaning, Meaning::Wait(_)) {
            self.rate_limited.fetch_add(1, Ordering::Relaxed);
            (health.answered, health.connects_in_a_row) = (true, 0);
            waits_in_a_row = self.pause.asked(began);
        } else {
            health.connects_in_a_row += 1;
        }
        Context {
            answered: health.answered,
            connects_in_a_row: health.connects_in_a_row,
            waits_in_a_row,
            without_progress: health.last_progress.elapsed(),
            random: rand::random(),
        }
    }

    /// Waits, unless the run ends.
    ///
    /// # Errors
    /// It does.
    pub async fn sleep(&self, wait: Duration) -> Result<(), Ended> {
        tokio::select! {
            biased;
            () = self.stop.ending() => Err(Ended),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }
}

fn is_gone(status: u16) -> bool {
    matches!(status, 404 | 410)
}

/// A refusal in words.
pub fn refusal(status: u16, answer: &Answer) -> String {
    format!("HTTP {status}: {}", words(&answer.body))
}
