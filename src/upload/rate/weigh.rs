//! What a refusal means for the rate that finds a hidden quota: the quota is lower, it was only just met, or it was a
//! stray one.
//!
//! Two kinds of quota have to be told apart. One lets come at once what was not used before, a second's worth of it (a
//! bucket of tokens): what was let in between two refusals, by the time between them, is exactly what it gives, pauses
//! included. The other lets nothing be made up for (so many in each second): that measure is too low by the pauses, and
//! the rate that was refused is the better one.

use std::time::Duration;

use tokio::time::Instant;

use super::auto::{Auto, BELOW, HELD_ROUGH, HELD_UNSURE, Phase, Turn, hold};
use super::evidence::Strays;

/// Below a rate that was refused.
const STEP: f64 = 0.985;

/// Below what a climb met, and so is known well.
const CLOSE: f64 = 0.99;

/// By how much a rate is lowered that is refused again and again, one after the other, to see whether that helps.
const CUTS: [f64; 5] = [0.97, 0.92, 0.88, 0.8, 0.75];

/// No measure lowers the rate by more than this at once: few requests measure badly.
const LEAST: f64 = 0.25;

/// So many refusals at a steady pace, and the rate is tried again that was taken for refused at random.
const STEADY: u32 = 3;

/// So few requests, and a refusal among them is hardly a stray one.
const FEW: u64 = 8;

/// Below this rate each refusal weighs much, and stray ones are far between.
const SLOW: f64 = 8.0;

/// So many refused together, and their share tells how far above the quota the rate was.
const MANY: u64 = 8;

/// With answers slower than this, in seconds, too much is under way for the first measure to be exact.
const SLOW_ANSWERS: f64 = 0.2;

/// A refusal, the first of those that came together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    turn: Turn,
    /// When sending goes on.
    pub(super) resumed: Instant,
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
    /// It may be a stray one: the rate was left about as it was.
    is_open: bool,
}

impl Refusal {
    /// Whether a turn was given before this was known.
    pub(super) fn covers(&self, turn: Turn) -> bool {
        turn.number <= self.known_from
    }

    /// Another of the turns given before this was known was refused.
    pub(super) fn another(&mut self, resumed: Instant) {
        self.resumed = self.resumed.max(resumed);
        self.refused += 1;
    }

    /// A turn was let in.
    pub(super) fn passed(&mut self, turn: Turn) {
        if self.covers(turn) && turn.number >= self.turn.number {
            self.let_in += 1;
        }
    }
}

/// What a refusal says of a quota.
#[derive(Clone, Copy, Debug)]
struct Hit {
    /// What it gives, or gives at the least, requests a second.
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

    /// Whether it measures about what the refusal before it did.
    fn is_like(self, last: &Refusal) -> bool {
        let tolerance = 0.03 + 1.0 / (self.let_in + 1) as f64;
        (self.rate - last.found).abs() <= last.found * tolerance
    }

    /// Whether it came after about as many requests as the refusal before it did.
    fn is_as_soon_as(self, last: &Refusal) -> bool {
        last.after.abs_diff(self.after) * 4 <= self.after
    }
}

impl Auto {
    /// Takes note of a refusal, the first of those that come together, and sets the rate.
    pub(super) fn take_note(&mut self, turn: Turn, resumed: Instant) {
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
        // Right after a pause less than a second tells.
        if turn.began.saturating_duration_since(last.resumed) < Duration::from_secs(1) {
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
        let is_alike = hit.is_like(&last);
        let is_few = hit.after < FEW && last.after < FEW;
        let is_quota =
            again && (is_alike || is_few) && self.strays.is_no_chance(hit.after + last.after);
        match self.phase {
            Phase::Doubling if !again => return true,
            Phase::Doubling => self.accept(hit, is_alike && self.latency < SLOW_ANSWERS),
            Phase::Holding { is_sure: false, .. } if !self.strays.are_known() => {
                self.accept_unsure(hit, is_alike);
            }
            Phase::Holding { .. } => return self.weigh_held(hit, &last, is_quota),
            Phase::Climbing { .. } if self.strays.are_known() => {
                self.climb.count += 1.0;
                if !is_quota && !self.climb.is_oftener_than(&self.strays) {
                    self.pass_over(hit);
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
    fn weigh_held(&mut self, hit: Hit, last: &Refusal, is_quota: bool) -> bool {
        // Without bursts, pauses make a measure too low: only a great fall counts.
        let is_low = self.bursts != Some(false) || hit.rate < self.rate * 0.45;
        if is_quota && is_low {
            self.accept(hit, self.bursts == Some(true));
            return false;
        }
        if self.cuts > CUTS.len() {
            self.strays.count += 1.0;
            self.pass_over(hit);
            self.steady = if hit.is_as_soon_as(last) {
                self.steady + 1
            } else {
                0
            };
            if self.steady >= STEADY {
                self.strays = Strays::default();
                self.cuts = 0;
            }
        } else if last.is_open {
            self.try_lower(hit, last);
        }
        true
    }

    /// The part of a second that a stray refusal ended counts as well: where there are many, no second is whole.
    fn pass_over(&mut self, hit: Hit) {
        let time = hit.after as f64 / self.rate;
        if time < 1.0 {
            self.grow(time, hit.after as f64);
        }
    }

    /// Lowers a rate that is refused although it was measured: perhaps it is above the quota after all, and is refused at
    /// a steady pace, and less often when it is lower. Stray refusals come at random: the rate is taken up again then.
    fn try_lower(&mut self, hit: Hit, last: &Refusal) {
        let (cuts, uncut) = (self.cuts, self.uncut);
        let is_slow = self.rate < SLOW && hit.after < FEW * 2;
        let is_apt = match cuts {
            0 => true,
            _ if self.bursts == Some(true) => false,
            1 if self.steady == 0 => is_slow || self.latency > SLOW_ANSWERS,
            _ => is_slow || (3..=16).contains(&(4 * hit.after / last.after.max(1))),
        };
        if cuts == 0 {
            self.steady = u32::from(hit.is_as_soon_as(last));
        }
        if let Some(cut) = CUTS.get(cuts).filter(|_| is_apt) {
            let rate = self.base * cut;
            let left = if cuts == 0 {
                hold(rate, 1.0)
            } else {
                HELD_ROUGH
            };
            self.settle(rate, left, true);
            (self.cuts, self.uncut) = (cuts + 1, uncut);
        } else {
            self.strays.found(CUTS.len());
            self.settle(uncut, hold(uncut, 1.0), true);
            self.cuts = CUTS.len() + 1;
        }
    }

    /// Looks at all that was refused together, once sending goes on: of many, a part is what goes beyond the quota.
    pub(super) fn judge(&mut self) {
        let Some(last) = self.last.filter(|last| last.is_open) else {
            return;
        };
        let share = last.refused as f64 / (last.refused + last.let_in) as f64;
        if last.refused < MANY || share < 0.15 {
            return;
        }
        let by_share = last.rate * (1.0 - share).max(LEAST);
        let hit = Hit {
            rate: if self.phase == Phase::Doubling {
                last.found
            } else {
                by_share
            },
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

    /// Takes what was measured for the quota.
    fn accept(&mut self, hit: Hit, is_sure: bool) {
        self.held = 1.0;
        if is_sure {
            self.bursts = Some(true);
            let rate = hit.below().max(self.rate * LEAST);
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
        let least = hit.rate.max(self.rate * LEAST);
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
            // Too little for a burst to have ended.
            self.bursts = Some(false);
        }
        let base = match self.bursts {
            Some(false) if self.excess < 0.4 => before.max(self.at_most(hit) * CLOSE),
            Some(false) if self.rate > before * 1.3 && self.rate > SLOW => return self.guess(hit),
            // Somewhere in between.
            Some(false) => (before.max(hit.below()) * before.max(self.at_most(hit) * CLOSE)).sqrt(),
            None if self.rate > SLOW => return self.guess(hit),
            _ => before.max(hit.rate * CLOSE),
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
}
