//! What is known of doubt in a run: search's lag, when absence counts, who may be sent again, and the brakes.
//!
//! A plain state without I/O; the instants are given. `resolve.rs` does the asking and the waiting.

use std::time::Duration;

use tokio::time::Instant;

use crate::identity::Token;

/// So many unresolved doubts stop the sending.
pub const MOST_UNRESOLVED: usize = 1_000;

/// So many doubts in succession stop the sending.
const MOST_IN_SUCCESSION: u32 = 20;

/// A response that may or may not have been created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Why: `timeout`, `http_502`.
    pub code: String,
    /// The same in words.
    pub why: String,
    /// When its last request ended; for a doubt of an earlier run, when this run began.
    pub ended: Instant,
    /// The request was given up after the time-out, and may still be at work over there.
    pub timed_out: bool,
    /// It comes from an earlier run.
    pub earlier: bool,
    /// Since when it is asked for though no request for it is known at all: the ledger may lack one. It stops nobody, and
    /// stays new where the run ends.
    pub unsent: Option<Instant>,
}

impl Doubt {
    /// Since when it has to be found out.
    fn since(&self) -> Instant {
        self.unsent.unwrap_or(self.ended)
    }
}

/// How patient the resolving is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Absence counts after this at the earliest.
    pub settle: Duration,
    /// The time-out of a request.
    pub timeout: Duration,
    /// So long nothing may come of it.
    pub give_up_after: Duration,
}

impl Patience {
    /// How long search may find nothing of what is surely there, once nothing else is left to do.
    pub fn at_the_end(&self) -> Duration {
        self.settle * 12
    }
}

/// What follows from a search that did not find a doubted response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Absence does not count yet, or another one is the probe, or was a short while ago: search again then, or judge again
    /// when something changes.
    SearchAt(Instant),
    /// It is not there: it may be sent again.
    Absent,
}

/// Whether a response may be sent for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Open,
    /// Not before that time, if nothing changes.
    Until(Instant),
    /// Not until something changes.
    Shut,
}

/// The state.
#[derive(Debug)]
pub struct Doubts {
    patience: Patience,
    unresolved: usize,
    /// Those that no request is known for.
    unsent: usize,
    in_succession: u32,
    braked: Option<Instant>,
    /// When the first response of this run was acknowledged.
    acknowledged: Option<Instant>,
    longest_lag: Option<Duration>,
    /// When the response was acknowledged that search does not find yet.
    awaited: Option<Instant>,
    /// For how long search did not find what it found later.
    missed: Duration,
    probe: Option<Token>,
    /// How long it had not been found when it was sent again.
    trusted: Duration,
    /// When a response last went as the probe, and how often one did.
    probed: Option<Instant>,
    probes: u32,
    input_ended: Option<Instant>,
}

impl Doubts {
    /// Nothing is in doubt yet.
    pub fn new(patience: Patience) -> Self {
        Self {
            patience,
            unresolved: 0,
            unsent: 0,
            in_succession: 0,
            braked: None,
            acknowledged: None,
            longest_lag: None,
            awaited: None,
            missed: Duration::ZERO,
            probe: None,
            trusted: Duration::ZERO,
            probed: None,
            probes: 0,
            input_ended: None,
        }
    }

    /// How patient it is.
    pub fn patience(&self) -> &Patience {
        &self.patience
    }

    /// Whether a POST of this run was answered with an id.
    pub fn acknowledged(&self) -> bool {
        self.acknowledged.is_some()
    }

    /// Whether search has found anything that was acknowledged in this run; `None` where nothing was.
    pub fn is_proved(&self) -> Option<bool> {
        self.acknowledged.map(|_| self.longest_lag.is_some())
    }

    /// Whether anything is unresolved.
    pub fn any(&self) -> bool {
        self.unresolved + self.unsent > 0
    }

    /// A response came to be in doubt. Returns whether it is the only one.
    pub fn begin(&mut self, doubt: &Doubt, now: Instant) -> bool {
        if doubt.unsent.is_some() {
            self.unsent += 1;
            return self.unresolved + self.unsent == 1;
        }
        self.unresolved += 1;
        if !doubt.earlier {
            self.in_succession += 1;
        }
        if self.braked.is_none()
            && (self.unresolved >= MOST_UNRESOLVED || self.in_succession >= MOST_IN_SUCCESSION)
        {
            self.braked = Some(now);
        }
        self.unresolved + self.unsent == 1
    }

    /// A response is no longer in doubt, in whatever way. Returns whether others may have waited for that.
    pub fn end(&mut self, doubt: &Doubt) -> bool {
        let count = match doubt.unsent {
            Some(_) => &mut self.unsent,
            None => &mut self.unresolved,
        };
        *count = count.saturating_sub(1);
        self.unresolved + self.unsent + 1 == MOST_UNRESOLVED
    }

    /// A POST of this token was acknowledged now. Returns whether that loosened a brake or ended a probe.
    pub fn acknowledge(&mut self, token: Token, now: Instant) -> bool {
        self.acknowledged.get_or_insert(now);
        self.good_news(token, true)
    }

    /// Search found this token present. Returns whether that loosened a brake or ended a probe.
    pub fn found(&mut self, token: Token) -> bool {
        self.good_news(token, false)
    }

    fn good_news(&mut self, token: Token, acknowledged: bool) -> bool {
        self.in_succession = 0;
        let was_probe = self.probe == Some(token);
        if was_probe {
            self.probe = None;
            if !acknowledged {
                // Perhaps it was there when it was sent again.
                self.missed = self.missed.max(self.trusted);
            }
        }
        // What is acknowledged while sending stands still was sent before it stopped, unless it is the probe.
        let loosens = self.braked.is_some() && (was_probe || !acknowledged);
        if loosens {
            self.braked = None;
        }
        was_probe || loosens
    }

    /// Search found a response that it had not found then.
    pub fn was_missed(&mut self, doubt: &Doubt, then: Instant) {
        self.missed = self.missed.max(self.absent_for(doubt, then));
    }

    /// The request of this token was in doubt. While nothing was acknowledged it stays the probe: another could be sent too
    /// early as well. Returns whether it was the probe, and is it no more.
    pub fn probe_in_doubt(&mut self, token: Token) -> bool {
        self.acknowledged() && self.no_longer_probe(token)
    }

    /// The response of this token will not be sent again for now. Returns whether it was the probe.
    pub fn no_longer_probe(&mut self, token: Token) -> bool {
        let was_probe = self.probe == Some(token);
        if was_probe {
            self.probe = None;
        }
        was_probe
    }

    /// Nothing more comes in, and nothing but doubts is left.
    pub fn input_ended(&mut self, now: Instant) {
        self.input_ended.get_or_insert(now);
    }

    /// Since when no response may be sent for the first time; `None` where it may.
    pub fn braked(&self) -> Option<Instant> {
        self.braked
    }

    /// Whether no more doubts can be taken up for now.
    pub fn is_full(&self) -> bool {
        self.unresolved + self.unsent >= MOST_UNRESOLVED
    }

    /// Whether a new response may be sent now. Where sending stands still and no doubt is left that could be sent as the
    /// probe (because search is of no use), the new response is the probe, one every so often.
    pub fn gate(&mut self, token: Token, now: Instant) -> Gate {
        if self.is_full() {
            return Gate::Shut;
        }
        let Some(since) = self.braked else {
            return Gate::Open;
        };
        if self.unresolved > 0 || self.probe.is_some() {
            return Gate::Shut;
        }
        let at = self.probed.map_or(since, |probed| probed.max(since)) + self.between_probes();
        if now < at {
            return Gate::Until(at);
        }
        self.send_probe(token, Duration::ZERO, now);
        Gate::Open
    }

    /// How long after a probe the next may be sent: longer and longer while nothing is acknowledged at all.
    fn between_probes(&self) -> Duration {
        let doubled = if self.acknowledged() {
            0
        } else {
            self.probes.saturating_sub(1).min(2)
        };
        self.patience.settle * 2 * 2u32.pow(doubled)
    }

    fn send_probe(&mut self, token: Token, trusted: Duration, now: Instant) {
        (self.probe, self.probed) = (Some(token), Some(now));
        self.trusted = trusted;
        self.probes = self.probes.saturating_add(1);
    }

    /// The lag of a response acknowledged at that time is being measured.
    pub fn lag_awaited(&mut self, acknowledged: Instant) {
        self.awaited = Some(acknowledged);
    }

    /// Search found it, so long after it was acknowledged.
    pub fn lag_measured(&mut self, lag: Duration) {
        self.awaited = None;
        self.longest_lag = Some(self.longest_lag.map_or(lag, |longest| longest.max(lag)));
    }

    /// How long what was just acknowledged may need until search finds it, as far as is known: twice the longest lag, and
    /// the settle time at most.
    pub fn time_to_show(&self) -> Duration {
        let settle = self.patience.settle;
        self.longest_lag.map_or(settle, |lag| (lag * 2).min(settle))
    }

    /// The longest lag known now: what search does not find yet has been missing for so long at least.
    fn lag(&self, now: Instant) -> Option<Duration> {
        let longest = self.longest_lag?;
        Some(self.awaited.map_or(longest, |since| {
            longest.max(now.saturating_duration_since(since))
        }))
    }

    /// From when on a search that finds nothing tells anything.
    fn began_to_count(&self, doubt: &Doubt) -> Instant {
        doubt.ended
            + if doubt.timed_out {
                self.patience.timeout
            } else {
                Duration::ZERO
            }
    }

    /// How long a response had not been found when a search left that did not find it.
    fn absent_for(&self, doubt: &Doubt, left: Instant) -> Duration {
        left.saturating_duration_since(self.began_to_count(doubt))
    }

    /// When absence counts, as far as is known now; `None` where a lag must be measured first.
    pub fn absence_from(&self, doubt: &Doubt, now: Instant) -> Option<Instant> {
        let settle = self.patience.settle;
        let wait = match self.lag(now) {
            Some(lag) => settle.max(lag * 3),
            None if self.acknowledged() => return None,
            // What was missed for so long may be missed for somewhat longer.
            None => (settle * 2).max(self.missed * 3),
        };
        Some(self.began_to_count(doubt) + wait)
    }

    /// When to search for a doubted response next: soon after its request ended, then at growing distances, and when
    /// absence counts.
    pub fn search_at(&self, doubt: &Doubt, searches: u32, now: Instant) -> Instant {
        let step = (self.patience.settle / 20).max(Duration::from_millis(50));
        let mut at = doubt.ended + step * 4u32.pow(searches.min(5));
        if searches > 0 {
            at = at.max(now + step * 2u32.pow(searches.min(6)));
        }
        // A due time that has passed says that everything but a search is done.
        self.absence_from(doubt, now)
            .map_or(at, |due| at.min(due))
            .max(now)
    }

    /// Judges a search that began at `began` and found nothing. Where the answer is `Absent`, the caller goes on to
    /// send `token` again.
    pub fn judge(
        &mut self,
        token: Token,
        doubt: &Doubt,
        searches: u32,
        began: Instant,
        now: Instant,
    ) -> Verdict {
        if self.absence_from(doubt, now).is_none_or(|due| began < due) {
            return Verdict::SearchAt(self.search_at(doubt, searches, now));
        }
        if self.braked.is_none() && self.acknowledged.is_some() {
            return Verdict::Absent;
        }
        // Each search twice as late as the one before: what has come to light by then tells how long search needs.
        let so_far = began.saturating_duration_since(doubt.ended);
        let later = began + so_far.max(Duration::from_secs(1));
        if self.probe.is_some_and(|probe| probe != token) {
            return Verdict::SearchAt(later);
        }
        if let Some(probed) = self.probed {
            let again = probed + self.between_probes();
            if now < again {
                return Verdict::SearchAt(again.min(later));
            }
            if began < again {
                // The next probe, unless it is found now.
                (self.probe, self.trusted) = (Some(token), Duration::ZERO);
                return Verdict::SearchAt(now);
            }
        }
        self.send_probe(token, self.absent_for(doubt, began), now);
        Verdict::Absent
    }

    /// When a doubt is held rather than waited for any longer, if nothing changes.
    pub fn held_from(&self, doubt: &Doubt) -> Instant {
        let late = doubt.since() + self.patience.give_up_after;
        match (self.input_ended, self.acknowledged) {
            // What was acknowledged just now is given its time, also before its lag begins to be measured.
            (Some(ended), Some(acknowledged)) if self.longest_lag.is_none() => {
                let since = ended.max(self.awaited.unwrap_or(acknowledged));
                late.min(since.max(doubt.since()) + self.patience.at_the_end())
            }
            _ => late,
        }
    }
}

#[cfg(test)]
#[path = "doubt_tests.rs"]
mod tests;
