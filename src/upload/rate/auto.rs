//! The rate that finds a hidden quota: a plain controller without a clock of its own.
//!
//! It doubles each second until an answer asks to wait. A quota refuses again, and alike, where sending goes on as before;
//! what was let in between two refusals, by the time between them, is then what the quota gives. Just below that the rate
//! is held, and after a while it climbs to see whether there is more: held for longer and longer where there is not. A
//! refusal that does not recur was a stray one: the pause that it asks for is all that it costs.

use std::time::Duration;

use tokio::time::Instant;

use super::evidence::{Evidence, Strays};
use super::weigh::Refusal;

/// Where it begins, requests a second.
pub const FIRST: f64 = 5.0;

/// Never slower than one request in so many seconds, and never faster than a million a second.
const SLOWEST: f64 = 1.0 / 60.0;
const FASTEST: f64 = 1_000_000.0;

/// How far below the measured quota it settles.
pub(super) const BELOW: f64 = 0.98;

/// Late wake-ups are made up for within this time.
const CATCH_UP: Duration = Duration::from_millis(50);

const SECOND: Duration = Duration::from_secs(1);

/// Answers slower than this make it grow less quickly: so much more is under way before a refusal is known.
const QUICK: f64 = 0.22;

/// How long a rate is held before it climbs: in seconds and in requests, whichever takes longer; less where it is not sure.
const HELD: (f64, f64) = (35.0, 230.0);
pub(super) const HELD_UNSURE: f64 = 5.0;
pub(super) const HELD_ROUGH: f64 = 8.0;
const HELD_AT_MOST: f64 = 150.0;

/// A rate is known after so many seconds in which it was used; before that it is only where the doubling begins.
const KNOWN: f64 = 30.0;

/// So many seconds weigh at most in what is remembered: older ones make room for newer ones.
const REMEMBERED: f64 = 300.0;

/// What was learnt of the API's limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// Requests a second that it bears.
    pub rate: f64,
    /// In how many seconds that was learnt. A few stray refusals at the begin of a short run look like a limit too.
    pub seconds: f64,
}

/// A request that was given its turn.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Its number, from 1.
    pub number: u64,
    /// When it began.
    pub began: Instant,
}

/// What the rate does while nothing is refused. Times are seconds in which it was used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phase {
    /// No limit was met yet: it doubles each second.
    Doubling,
    /// Just below what was measured.
    Holding {
        /// How much longer.
        left: f64,
        /// It was measured, not guessed.
        is_sure: bool,
    },
    /// Above it, to see whether there is more.
    Climbing {
        /// For how long.
        since: f64,
        /// Nothing was measured yet that can be relied upon: quicker.
        rough: bool,
    },
}

/// The controller.
#[derive(Debug)]
pub struct Auto {
    pub(super) rate: f64,
    /// The rate of the second before.
    pub(super) clean: f64,
    /// The rate that is held, and come back to.
    pub(super) base: f64,
    pub(super) phase: Phase,
    /// How long a rate is held that was found again.
    pub(super) held: f64,
    next: Instant,
    pub(super) begun: u64,
    /// The second that is being watched: its begin, and the turns given before it.
    second: Instant,
    begun_before: u64,
    /// What is remembered, brought up to date while a limit is known.
    learned: Option<Learned>,
    latencies: (Duration, u32),
    pub(super) latency: f64,
    quickest: Option<Duration>,
    pub(super) last: Option<Refusal>,
    pub(super) evidence: Evidence,
    /// Refusals that no rate explained, while one was held; and those of a climb.
    pub(super) strays: Strays,
    pub(super) climb: Strays,
    /// What may be the quota, where bursts are.
    pub(super) tested: f64,
    /// What it sent beyond the base, in seconds' worth.
    pub(super) excess: f64,
    /// Whether the quota lets what was saved up come at once.
    pub(super) bursts: Option<bool>,
    /// How often the rate that is held was lowered a little.
    pub(super) cuts: usize,
    /// What it was before.
    pub(super) uncut: f64,
    /// Refusals at a steady pace, one after the other, though they were taken for stray ones.
    pub(super) steady: u32,
}

impl Auto {
    /// Begins at a remembered rate, or slowly.
    pub fn new(start: Option<Learned>, now: Instant) -> Self {
        let start = start.filter(|start| start.rate.is_finite() && start.rate > 0.0);
        let rate = start.map_or(FIRST, |start| start.rate);
        let rate = rate.clamp(SLOWEST, FASTEST);
        Self {
            rate,
            clean: rate,
            base: rate,
            phase: if start.is_some_and(|start| start.seconds >= KNOWN) {
                Phase::Holding {
                    left: hold(rate, 1.0),
                    is_sure: true,
                }
            } else {
                Phase::Doubling
            },
            held: 1.0,
            next: now,
            begun: 0,
            second: now,
            begun_before: 0,
            learned: start.map(|start| Learned {
                rate,
                seconds: start.seconds.clamp(0.0, REMEMBERED),
            }),
            latencies: (Duration::ZERO, 0),
            latency: 0.0,
            quickest: None,
            last: None,
            evidence: Evidence::default(),
            strays: Strays::default(),
            climb: Strays::default(),
            tested: rate,
            excess: 0.0,
            bursts: None,
            cuts: 0,
            uncut: rate,
            steady: 0,
        }
    }

    /// Requests a second now.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// What the next run should begin with; `None` where no limit was ever met.
    pub fn learned(&self) -> Option<Learned> {
        self.learned
    }

    /// For so many seconds the API bore the rate, and a limit is known. Each second weighs the same, whichever run it was
    /// in.
    fn learn(&mut self, seconds: f64) {
        if self.phase == Phase::Doubling || seconds <= 0.0 {
            return;
        }
        let rate = self.rate;
        let learned = self.learned.get_or_insert(Learned { rate, seconds: 0.0 });
        learned.seconds = (learned.seconds + seconds).min(REMEMBERED);
        let share = (seconds / learned.seconds).min(1.0);
        learned.rate *= (rate / learned.rate).powf(share);
    }

    /// When the next turn is due.
    pub fn due(&mut self, now: Instant) -> Instant {
        self.watch(now);
        self.next
    }

    /// Gives a turn now.
    pub fn give(&mut self, now: Instant) -> Turn {
        self.judge();
        self.begun += 1;
        self.evidence.give(now);
        let from = now.checked_sub(CATCH_UP).unwrap_or(now);
        self.next = self.next.max(from) + self.gap();
        Turn {
            number: self.begun,
            began: now,
        }
    }

    fn gap(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.rate)
    }

    /// An answer came that did not ask to wait.
    pub fn answered(&mut self, turn: Turn, now: Instant) {
        self.latencies.0 += now.saturating_duration_since(turn.began);
        self.latencies.1 += 1;
        if let Some(last) = &mut self.last {
            last.passed(turn);
        }
    }

    /// An answer asked to wait; nothing will be sent for `wait`.
    pub fn refused(&mut self, turn: Turn, wait: Duration, now: Instant) {
        self.evidence.refuse(turn);
        // A quota by the second is used up until the second is over, whatever wait was drawn.
        let resumed = (now + wait).max(turn.began + SECOND);
        self.next = self.next.max(resumed);
        match &mut self.last {
            Some(last) if last.covers(turn) => return last.another(resumed),
            _ => self.take_note(turn, resumed),
        }
        self.begin_second(now);
    }

    /// Holds a rate from now on, for some seconds.
    pub(super) fn settle(&mut self, rate: f64, mut left: f64, is_sure: bool) {
        if self.strays.are_known() {
            left = left.min(HELD_UNSURE * 2.0);
        }
        self.base = rate.clamp(SLOWEST, FASTEST);
        self.rate = self.base;
        self.clean = self.base;
        self.cuts = 0;
        self.uncut = self.base;
        self.phase = Phase::Holding { left, is_sure };
    }

    fn begin_second(&mut self, now: Instant) {
        self.second = now;
        self.begun_before = self.begun;
        self.latencies = (Duration::ZERO, 0);
    }

    /// Looks back at the second that is over, if one is.
    fn watch(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.second);
        if elapsed < SECOND {
            return;
        }
        let begun = self.begun - self.begun_before;
        let used = begun as f64 / elapsed.as_secs_f64();
        // A rate that is not used tells nothing, whether for want of input, by concurrency, or in a pause.
        let is_used = used >= self.rate * 0.7 - 1.0 && used > 0.0;
        let paused = self
            .last
            .as_ref()
            .is_some_and(|last| last.resumed > self.second);
        if is_used && !paused && self.is_quick() {
            self.grow(elapsed.as_secs_f64().min(2.0), begun as f64);
        }
        self.begin_second(now);
    }

    /// Whether the second's answers came about as quickly as they ever did.
    fn is_quick(&mut self) -> bool {
        let (sum, count) = self.latencies;
        if count == 0 {
            return false;
        }
        let mean = sum / count;
        self.latency = mean.as_secs_f64();
        let quickest = self.quickest.map_or(mean, |quickest| quickest.min(mean));
        self.quickest = Some(quickest);
        mean <= quickest * 3 + Duration::from_millis(50)
    }

    /// So many seconds have passed at this rate, without a refusal that counts.
    pub(super) fn grow(&mut self, elapsed: f64, begun: f64) {
        self.learn(elapsed);
        // The longer answers take, the more is under way before a refusal is known.
        let ease = (QUICK / self.latency.max(QUICK)).min(1.0);
        let growth = match &mut self.phase {
            Phase::Doubling => ease,
            Phase::Holding { left, is_sure } => {
                *left -= elapsed;
                self.strays.sent(begun);
                if *left < 0.0 {
                    let rough = !*is_sure || self.strays.are_known();
                    if !*is_sure {
                        // A burst would have ended by now.
                        self.bursts = Some(false);
                    }
                    self.climb = Strays::default();
                    self.excess = 0.0;
                    self.phase = Phase::Climbing { since: 0.0, rough };
                }
                0.0
            }
            Phase::Climbing { since, rough } => {
                *since += elapsed;
                self.climb.of += begun;
                self.excess += (self.rate / self.base - 1.0) * elapsed;
                let growth = if *rough {
                    0.05 + *since * 0.03
                } else {
                    0.002 + (*since / 20.0).powi(2) * 0.02
                };
                growth.min(0.3) * ease * elapsed.min(1.0)
            }
        };
        self.clean = self.rate;
        self.rate = (self.rate * (1.0 + growth)).min(FASTEST);
        if self.phase == Phase::Doubling {
            self.clean = self.rate;
        }
    }
}

/// How long a rate is held, in seconds.
pub(super) fn hold(rate: f64, times: f64) -> f64 {
    (HELD.0.max(HELD.1 / rate) * times).min(HELD_AT_MOST)
}

#[cfg(test)]
#[path = "auto_tests.rs"]
mod tests;
