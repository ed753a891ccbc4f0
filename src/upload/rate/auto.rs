//! The rate that finds a hidden quota: a plain controller without a clock of its own.
//!
//! It doubles each second until an answer asks to wait. A quota refuses again, and alike, where sending goes on as before;
//! what was let in between two refusals, by the time between them, is then what the quota gives. Just below that the rate
//! is held, and after a while it climbs to see whether there is more: held for longer and longer where there is not. A
//! refusal that does not recur was a stray one: the pause that it asks for is all that it costs.

use std::time::Duration;

use tokio::time::Instant;

use super::evidence::Evidence;

/// Where it begins, requests a second.
pub const FIRST: f64 = 5.0;

/// Never slower than one request in so many seconds, and never faster than a million a second.
const SLOWEST: f64 = 1.0 / 60.0;
const FASTEST: f64 = 1_000_000.0;

/// How far below the measured quota it settles, and below a rate that was refused.
const BELOW: f64 = 0.98;
const STEP: f64 = 0.985;

/// By how much a rate is lowered that is refused again and again, one after the other, to see whether that helps.
const CUTS: [f64; 4] = [0.97, 0.9, 0.75, 0.75];

/// Late wake-ups are made up for within this time.
const CATCH_UP: Duration = Duration::from_millis(50);

const SECOND: Duration = Duration::from_secs(1);

/// Answers slower than this make it grow less quickly: so much more is under way before a refusal is known.
const QUICK: f64 = 0.22;

/// So few requests, and a refusal among them is hardly a stray one.
const FEW: u64 = 8;

/// Below this each refusal weighs much, and stray ones are rare.
const SLOW: f64 = 8.0;

/// So many requests refused together, and their share tells how far beyond the quota the rate was.
const MANY: u64 = 8;

/// How long, in seconds and in requests, a rate is held before it climbs, unless it is unsure.
const HELD: (f64, f64) = (35.0, 230.0);
const HELD_UNSURE: f64 = 5.0;
const HELD_ROUGH: f64 = 8.0;
const HELD_AT_MOST: f64 = 150.0;

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
enum Phase {
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

/// A refusal, the first of those that came together.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    turn: Turn,
    /// When sending went on.
    resumed: Instant,
    /// The last turn given before it was known: refusals up to there tell nothing new.
    known_from: u64,
    /// Of the turns from its own up to there: refused, and let in.
    refused: u64,
    let_in: u64,
    /// Turns given since sending had gone on after the refusal before.
    after: u64,
    /// The rate at which they were given.
    rate: f64,
    /// What the quota seemed to give.
    found: f64,
    /// It may be a stray one: the rate was left as it is.
    is_open: bool,
}

/// The controller.
#[derive(Debug)]
pub struct Auto {
    rate: f64,
    /// The rate of the second before.
    clean: f64,
    /// The rate that is held, and come back to.
    base: f64,
    phase: Phase,
    /// How long a rate is held that was found again.
    held: f64,
    next: Instant,
    begun: u64,
    /// The second that is being watched: its begin, and the turns given before it.
    second: Instant,
    begun_before: u64,
    latencies: (Duration, u32),
    latency: f64,
    quickest: Option<Duration>,
    last: Option<Refusal>,
    evidence: Evidence,
    /// Refusals while a rate was held, of so many requests.
    strays: (f64, f64),
    /// Refusals during a climb, of so many requests.
    struck: f64,
    climbed: f64,
    /// What may be the quota, where bursts are.
    tested: f64,
    /// What it sent beyond the base, in seconds' worth.
    excess: f64,
    /// Whether the quota lets what was saved up come at once.
    bursts: Option<bool>,
    /// How often the rate that is held was lowered a little.
    cuts: usize,
    /// What it was before.
    uncut: f64,
}

impl Auto {
    /// Begins at a remembered rate, or slowly.
    pub fn new(start: Option<f64>, now: Instant) -> Self {
        let start = start.filter(|rate| rate.is_finite() && *rate > 0.0);
        let rate = start.unwrap_or(FIRST).clamp(SLOWEST, FASTEST);
        Self {
            rate,
            clean: rate,
            base: rate,
            phase: if start.is_some() {
                Phase::Holding { left: hold(rate, 1.0), is_sure: true }
            } else {
                Phase::Doubling
            },
            held: 1.0,
            next: now,
            begun: 0,
            second: now,
            begun_before: 0,
            latencies: (Duration::ZERO, 0),
            latency: 0.0,
            quickest: None,
            last: None,
            evidence: Evidence::default(),
            strays: (0.0, 0.0),
            struck: 0.0,
            climbed: 0.0,
            tested: rate,
            excess: 0.0,
            bursts: None,
            cuts: 0,
            uncut: rate,
        }
    }

    pub fn debug(&self) -> String { format!("{:?} base {:.1} strays {:?} bursts {:?} cuts {} last {:?}", self.phase, self.base, self.strays, self.bursts, self.cuts, self.last.map(|l| (l.found, l.is_open, l.after))) }
    /// Requests a second now.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// The rate the next run should begin at; `None` where no limit was met.
    pub fn learned(&self) -> Option<f64> {
        (self.phase != Phase::Doubling).then_some(self.base)
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
        if let Some(last) = &mut self.last
            && (last.turn.number..=last.known_from).contains(&turn.number)
        {
            last.let_in += 1;
        }
    }

    /// An answer asked to wait; nothing will be sent for `wait`.
    pub fn refused(&mut self, turn: Turn, wait: Duration, now: Instant) {
        self.evidence.refuse(turn);
        // A quota by the second is used up until the second is over, whatever wait was drawn.
        let resumed = (now + wait).max(turn.began + SECOND);
        self.next = self.next.max(resumed);
        if let Some(last) = &mut self.last
            && turn.number <= last.known_from
        {
            last.resumed = last.resumed.max(resumed);
            last.refused += 1;
            return;
        }
        let rate = self.rate;
        let hit = self.hit(turn);
        let is_open = self.weigh(hit);
        self.last = Some(Refusal {
            turn,
            resumed,
            known_from: self.begun,
            refused: 1,
            let_in: 0,
            after: hit.after,
            rate,
            found: hit.rate,
            is_open,
        });
        self.begin_second(now);
    }

    /// What a refusal says of the quota.
    fn hit(&self, turn: Turn) -> Hit {
        let mut in_a_second = self.evidence.in_a_second(turn);
        let Some(last) = &self.last else {
            return Hit {
                rate: self.evidence.at_least(turn, None),
                let_in: turn.number - 1,
                after: turn.number - 1,
                in_a_second,
            };
        };
        if turn.began.saturating_duration_since(last.resumed) < SECOND {
            in_a_second = in_a_second.max(self.rate * 0.6);
        }
        let since = turn.number.saturating_sub(last.turn.number);
        let let_in = since.saturating_sub(last.refused);
        let time = turn.began.saturating_duration_since(last.turn.began);
        // A bucket was empty at both ends. It held part of a request each time: on average they cancel out.
        let between = (let_in as f64 + 0.25) / time.as_secs_f64().max(0.001);
        Hit {
            rate: between.max(self.evidence.at_least(turn, Some(last.turn.began))),
            let_in,
            after: turn.number.saturating_sub(last.known_from + 1),
            in_a_second,
        }
    }

    /// Sets the rate after a refusal, or leaves it where that may be a stray one; whether it did so.
    fn weigh(&mut self, hit: Hit) -> bool {
        let Some(last) = self.last else {
            return self.weigh_first(hit);
        };
        // Long ago, at another rate, says nothing.
        let again = last.is_open && self.rate < last.rate * 2.1;
        let is_alike = alike(last.found, hit);
        let is_few = hit.after < FEW && last.after < FEW;
        let is_quota = again && (is_alike || is_few) && self.is_no_chance(hit, last);
        match self.phase {
            Phase::Doubling if !again => return true,
            Phase::Doubling => self.accept(hit, is_alike && self.latency < 0.2),
            Phase::Holding { is_sure: false, .. } if self.strays.0 < 1.5 => {
                self.accept_unsure(hit, is_alike);
            }
            Phase::Holding { .. } => return self.weigh_held(hit, last, is_quota),
            Phase::Climbing { .. } if self.strays.0 >= 1.5 => {
                self.struck += 1.0;
                let (strays, of) = self.strays;
                let is_often = self.struck >= 3.0 && self.struck * of > 2.0 * strays * self.climbed;
                if !is_quota && !is_often {
                    return true;
                }
                let base = self.base.max(self.rate * 0.75);
                self.settle(base, hold(base, 1.0), true);
            }
            Phase::Climbing { rough: true, .. } => self.step_back(hit),
            Phase::Climbing { .. } => self.come_back(hit),
        }
        false
    }

    /// The first refusal of all.
    fn weigh_first(&mut self, hit: Hit) -> bool {
        if hit.after >= FEW || (hit.let_in < 2 && self.phase != Phase::Doubling) {
            return true;
        }
        if self.phase != Phase::Doubling {
            self.accept(hit, false);
        } else if hit.let_in < 2 {
            self.settle(self.rate / 2.0, HELD_UNSURE, false);
        } else {
            // Few were let in, and a part of one more.
            let rate = hit.rate * (1.0 + 0.6 / hit.let_in as f64);
            self.settle(rate, HELD_ROUGH, true);
        }
        false
    }

    /// A refusal where a rate was held that seemed to be sure.
    fn weigh_held(&mut self, hit: Hit, last: Refusal, is_quota: bool) -> bool {
        // Without bursts, pauses make a measure too low: only a great fall counts.
        let is_low = self.bursts != Some(false) || hit.rate < self.rate * 0.45;
        if is_quota && is_low {
            self.accept(hit, self.bursts == Some(true));
            return false;
        }
        if self.cuts > CUTS.len() {
            self.strays.0 += 1.0;
        } else if last.is_open {
            // Perhaps above the quota after all. Where it is no better at half the rate, that is not why.
            let (cuts, uncut) = (self.cuts + 1, self.uncut);
            let is_regular = last.after.abs_diff(hit.after) * 4 <= hit.after;
            let most = if self.bursts == Some(true) { 1 } else { 2 };
            let cut = CUTS.get(self.cuts).filter(|_| cuts <= most || is_regular && most > 1);
            if let Some(cut) = cut {
                let rate = self.base * cut;
                self.settle(rate, if cuts == 1 { hold(rate, 1.0) } else { HELD_UNSURE }, true);
                self.uncut = uncut;
            } else {
                self.strays.0 += CUTS.len() as f64;
                self.strays.1 += 100.0;
                self.settle(uncut, hold(uncut, 1.0), true);
            }
            self.cuts = if cut.is_some() { cuts } else { CUTS.len() + 1 };
        }
        true
    }

    /// Looks at all that was refused together, once sending goes on: of many, a part is what goes beyond the quota.
    fn judge(&mut self) {
        let Some(last) = self.last.filter(|last| last.is_open) else {
            return;
        };
        let share = last.refused as f64 / (last.refused + last.let_in) as f64;
        let is_doubling = self.phase == Phase::Doubling;
        if last.refused < MANY || share < 0.15 {
            return;
        }
        let by_share = last.rate * (1.0 - share).max(0.25);
        let hit = Hit {
            rate: if is_doubling { last.found } else { by_share },
            let_in: last.refused + last.let_in,
            after: last.after,
            in_a_second: last.rate,
        };
        self.accept(hit, false);
        if let Some(last) = &mut self.last {
            last.is_open = false;
            last.found = hit.rate;
        }
    }

    /// Whether stray refusals, as often as they came so far, would hardly have come in such short succession.
    fn is_no_chance(&self, hit: Hit, last: Refusal) -> bool {
        let (strays, of) = self.strays;
        strays < 1.5 || (hit.after + last.after) as f64 * strays < of * 0.35
    }

    /// Takes what was measured for the quota.
    fn accept(&mut self, hit: Hit, is_sure: bool) {
        self.held = 1.0;
        if is_sure {
            self.bursts = Some(true);
            let rate = hit.below();
            self.settle(rate, hold(rate, 1.0), true);
        } else {
            self.guess(hit);
        }
    }

    /// Without bursts a quota gives no more than this.
    fn at_most(&self, hit: Hit) -> f64 {
        self.clean.min(hit.in_a_second.max(hit.rate))
    }

    /// A refusal at a rate that was a guess.
    fn accept_unsure(&mut self, hit: Hit, is_alike: bool) {
        let excess = hit.after as f64 / self.rate * (self.rate / self.tested - 1.0);
        if is_alike && (0.5..1.6).contains(&excess) || self.bursts == Some(true) {
            self.accept(hit, true);
            self.shorten();
        } else if hit.let_in < 40 && self.rate < SLOW {
            let rate = self.at_most(hit) * BELOW;
            self.settle(rate, hold(rate, 1.0), true);
        } else {
            self.bursts = Some(false);
            self.settle(self.at_most(hit) * STEP, HELD_ROUGH, true);
        }
    }

    /// Either bursts ended, and what was let in between two refusals is what the quota gives, or there are none, and it
    /// gives more: which it is will show somewhat above that.
    fn guess(&mut self, hit: Hit) {
        let most = self.at_most(hit) * STEP;
        let least = hit.rate.max(self.rate / 4.0);
        self.tested = least;
        if most < least * 1.05 {
            self.settle(most, HELD_ROUGH, true);
        } else {
            let rate = most.min(least * 1.35);
            self.settle(rate, 1.4 * least / (rate - least), false);
        }
    }

    /// A quick climb met a limit.
    fn step_back(&mut self, hit: Hit) {
        match self.bursts {
            Some(true) => self.accept(hit, true),
            Some(false) => {
                let rate = self.at_most(hit) * STEP;
                self.settle(rate, HELD_UNSURE, true);
            }
            None => self.guess(hit),
        }
    }

    /// A climb met a limit.
    fn come_back(&mut self, hit: Hit) {
        let before = self.base;
        if self.bursts == Some(true) && hit.below() > before * 1.03 {
            // It has grown, or there were no bursts after all.
            self.bursts = None;
        }
        if self.bursts.is_none() && self.excess < 0.4 {
            self.bursts = Some(false);
        }
        let base = match self.bursts {
            Some(false) => before.max(self.at_most(hit) * 0.99),
            None if self.rate > SLOW => return self.guess(hit),
            _ => before.max(hit.below()),
        };
        if base < before * 1.03 {
            self.held *= 1.4;
            self.settle(base, hold(base, self.held), true);
        } else {
            self.held = 1.0;
            self.settle(base, HELD_UNSURE, true);
        }
    }

    /// A rate is held less long, because it is not quite sure.
    fn shorten(&mut self) {
        if let Phase::Holding { left, .. } = &mut self.phase
            && self.base > SLOW
        {
            *left = left.min(HELD_ROUGH);
        }
    }

    fn settle(&mut self, rate: f64, mut left: f64, is_sure: bool) {
        if self.strays.0 >= 1.5 {
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

    /// A second has passed at this rate, without a refusal.
    fn grow(&mut self, elapsed: f64, begun: f64) {
        // The longer answers take, the more is under way before a refusal is known.
        let ease = (QUICK / self.latency.max(QUICK)).min(1.0);
        let growth = match &mut self.phase {
            Phase::Doubling => ease,
            Phase::Holding { left, is_sure } => {
                *left -= elapsed;
                if *left < 0.0 {
                    let rough = !*is_sure || self.cuts > 1 || self.strays.0 >= 1.5;
                    if !*is_sure {
                        self.bursts = Some(false);
                    }
                    self.struck = 0.0;
                    self.climbed = 0.0;
                    self.excess = 0.0;
                    self.phase = Phase::Climbing {
                        since: 0.0,
                        rough,
                    };
                }
                self.strays.1 += begun;
                if self.strays.1 > 5_000.0 {
                    self.strays = (self.strays.0 / 2.0, self.strays.1 / 2.0);
                }
                0.0
            }
            Phase::Climbing { since, rough } => {
                *since += elapsed;
                self.climbed += begun;
                self.excess += (self.rate / self.base - 1.0) * elapsed;
                let growth = if *rough {
                    0.05 + *since * 0.03
                } else {
                    0.002 + (*since / 20.0).powi(2) * 0.02
                };
                growth.min(0.3) * ease
            }
        };
        self.clean = self.rate;
        self.rate = (self.rate * (1.0 + growth)).min(FASTEST);
        if self.phase == Phase::Doubling {
            self.clean = self.rate;
        }
    }
}

/// What a refusal says of a quota.
#[derive(Clone, Copy, Debug)]
struct Hit {
    /// What it gives, or gives at the least.
    rate: f64,
    /// By so many that were let in.
    let_in: u64,
    /// Turns given since sending had gone on.
    after: u64,
    /// So many were let in during the second before.
    in_a_second: f64,
}

impl Hit {
    /// Just below what was measured; few requests measure too roughly for that.
    fn below(self) -> f64 {
        self.rate * if self.let_in < 100 { 1.0 } else { BELOW }
    }
}

/// Whether a measure is about what the one before it was.
fn alike(before: f64, hit: Hit) -> bool {
    (hit.rate - before).abs() <= before * (0.03 + 1.0 / (hit.let_in + 1) as f64)
}

/// How long a rate is held, in seconds.
fn hold(rate: f64, times: f64) -> f64 {
    (HELD.0.max(HELD.1 / rate) * times).min(HELD_AT_MOST)
}

#[cfg(test)]
#[path = "auto_tests.rs"]
mod tests;
