//! The rate that finds a hidden quota: a plain controller without a clock of its own.
//!
//! It doubles each second until an answer asks to wait, then measures: between two refusals a bucket of tokens was empty
//! at both ends, so what was let in between them, by the time between them, is what the quota gives. It settles just
//! below that and creeps up again, so that a refusal now and then keeps the measure fresh.

use std::time::Duration;

use tokio::time::Instant;

/// Where it begins, requests a second.
pub const FIRST: f64 = 5.0;

/// Never slower than one request in so many seconds, and never faster than a million a second.
const SLOWEST: f64 = 1.0 / 60.0;
const FASTEST: f64 = 1_000_000.0;

/// How far below the measured quota it settles.
const BELOW: f64 = 0.98;

/// Late wake-ups are made up for within this time.
const CATCH_UP: Duration = Duration::from_millis(50);

const SECOND: Duration = Duration::from_secs(1);

/// A request that was given its turn.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Its number, from 1.
    pub number: u64,
    /// When it began.
    pub began: Instant,
}

/// How the rate grows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Growth {
    /// Nothing was refused yet: it doubles each second.
    Doubling,
    /// Refused once, the quota not measured: it grows by a tenth each second.
    Seeking,
    /// Just below what was measured: it creeps; faster where the measure is `rough`.
    Creeping { rough: bool },
}

/// A refusal, the first of those that came together.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    turn: Turn,
    /// When sending went on.
    resumed: Instant,
    /// The last turn given before it was known: refusals up to there tell nothing new.
    known_from: u64,
    /// Refusals of later turns than its own.
    refused_since: u64,
    /// The rate after it.
    rate: f64,
}

/// The controller.
#[derive(Debug)]
pub struct Auto {
    rate: f64,
    growth: Growth,
    next: Instant,
    begun: u64,
    /// The second that is being watched: its begin, and the turns given before it.
    second: Instant,
    begun_before: u64,
    latencies: (Duration, u32),
    quickest: Option<Duration>,
    last: Option<Refusal>,
    /// What the quota was measured to give.
    measured: Option<f64>,
    /// Refusals in a row that came although the rate was below what was measured.
    strikes: u32,
}

impl Auto {
    /// Begins at a remembered rate, or slowly.
    pub fn new(start: Option<f64>, now: Instant) -> Self {
        let start = start.filter(|rate| rate.is_finite() && *rate > 0.0);
        Self {
            rate: start.unwrap_or(FIRST).clamp(SLOWEST, FASTEST),
            growth: if start.is_some() {
                Growth::Creeping { rough: false }
            } else {
                Growth::Doubling
            },
            next: now,
            begun: 0,
            second: now,
            begun_before: 0,
            latencies: (Duration::ZERO, 0),
            quickest: None,
            last: None,
            measured: start.map(|rate| rate / BELOW),
            strikes: 0,
        }
    }

    /// Requests a second now.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// The rate the next run should begin at; `None` where no limit was met.
    pub fn learned(&self) -> Option<f64> {
        (self.last.is_some() || self.measured.is_some()).then_some(self.rate)
    }

    /// When the next turn is due.
    pub fn due(&mut self, now: Instant) -> Instant {
        self.watch(now);
        self.next
    }

    /// Gives a turn now.
    pub fn give(&mut self, now: Instant) -> Turn {
        self.begun += 1;
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
    }

    /// An answer asked to wait; nothing will be sent for `wait`.
    pub fn refused(&mut self, turn: Turn, wait: Duration, now: Instant) {
        if let Some(last) = &mut self.last {
            if turn.number > last.turn.number {
                last.refused_since += 1;
            }
            if turn.number <= last.known_from {
                last.resumed = last.resumed.max(now + wait);
                return;
            }
        }
        self.cut(turn);
        self.last = Some(Refusal {
            turn,
            resumed: now + wait,
            known_from: self.begun,
            refused_since: 0,
            rate: self.rate,
        });
        // Without a header the wait may be short: one request's worth of quota must have come by all the same.
        self.next = self.next.max(turn.began + self.gap());
        self.begin_second(now);
    }

    fn cut(&mut self, turn: Turn) {
        let measure = self.last.as_ref().and_then(|last| measure(last, turn));
        let Some(Measure {
            rate: allowed,
            rough,
            below,
        }) = measure
        else {
            // The first refusal: half of it, or just below what an earlier run measured.
            let (rate, growth) = match self.measured {
                Some(measured) if self.last.is_none() => (
                    measured.min(self.rate) * BELOW,
                    Growth::Creeping { rough: false },
                ),
                _ => (self.rate / 2.0, Growth::Seeking),
            };
            (self.rate, self.growth) = (rate.max(SLOWEST), growth);
            return;
        };
        let was_below = self
            .measured
            .is_some_and(|measured| self.rate < measured * 0.99);
        self.strikes = if was_below { self.strikes + 1 } else { 0 };
        match self.strikes {
            // A refusal where none should be: the quota changed, and the next refusal will measure it, or it was chance.
            1 => self.growth = Growth::Creeping { rough: false },
            0 | 2 => {
                self.measured = Some(allowed);
                self.rate = (allowed.min(self.rate) * below).max(SLOWEST);
                self.growth = Growth::Creeping { rough };
            }
            // Refusals that no quota explains: step back a little, and come again.
            _ => {
                self.rate = (self.rate * 0.9).max(SLOWEST);
                self.growth = Growth::Seeking;
            }
        }
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
        let used = (self.begun - self.begun_before) as f64 / elapsed.as_secs_f64();
        // A rate that is not used tells nothing, whether for want of input, by concurrency, or in a pause.
        let is_used = used >= self.rate * 0.7 - 1.0 && used > 0.0;
        let paused = self
            .last
            .as_ref()
            .is_some_and(|last| last.resumed > self.second);
        if is_used && !paused && self.is_quick() {
            self.rate = (self.rate * self.growth(now)).min(FASTEST);
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
        let quickest = self.quickest.map_or(mean, |quickest| quickest.min(mean));
        self.quickest = Some(quickest);
        mean <= quickest * 3 + Duration::from_millis(50)
    }

    /// By how much the rate grows in a second: the slower it is, the less, for each refusal weighs more then.
    fn growth(&self, now: Instant) -> f64 {
        let clean = self.last.as_ref().map_or(Duration::ZERO, |last| {
            now.saturating_duration_since(last.resumed)
        });
        // Long without a refusal: the quota has grown.
        let impatience = 1.0 + (clean.as_secs_f64() / 60.0).powi(2);
        match self.growth {
            Growth::Doubling => 2.0,
            Growth::Seeking => 1.0 + (self.rate * 0.02).min(0.1),
            Growth::Creeping { rough: true } => {
                1.0 + (self.rate * 0.002).min(0.03) * impatience.min(3.0)
            }
            Growth::Creeping { rough: false } => {
                1.0 + (self.rate * 0.0002).min(0.001) * impatience.min(50.0)
            }
        }
    }
}

struct Measure {
    /// Requests a second.
    rate: f64,
    /// Quota may have been lost between the two refusals, because sending stood still or was slow for a while.
    rough: bool,
    /// How far below to settle; few requests measure too roughly to go below.
    below: f64,
}

/// What was let in between two refusals, by the time between them; `None` where that says nothing.
fn measure(earlier: &Refusal, later: Turn) -> Option<Measure> {
    let refused = earlier.refused_since.saturating_sub(1);
    let let_in = later
        .number
        .saturating_sub(earlier.turn.number)
        .saturating_sub(1)
        .saturating_sub(refused);
    let time = later
        .began
        .saturating_duration_since(earlier.turn.began)
        .as_secs_f64();
    if let_in == 0 || time <= 0.0 {
        return None;
    }
    let waited = earlier
        .resumed
        .saturating_duration_since(earlier.turn.began)
        .as_secs_f64();
    // The bucket held part of a request at both ends: on average they cancel out, but never below the count.
    let rate = (let_in as f64 + 0.25) / time;
    let rough = (waited > 1.6 && time < waited * 10.0) || earlier.rate < rate * 0.9;
    Some(Measure {
        rate,
        rough,
        below: if let_in < 100 { 1.0 } else { BELOW },
    })
}

#[cfg(test)]
#[path = "auto_tests.rs"]
mod tests;
