//! What the answers prove of a quota: how many requests were let in, in which time.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::auto::Turn;

/// Turns are counted by such spans.
const SPAN: Duration = Duration::from_millis(20);

/// So far back they are kept.
const KEPT: Duration = Duration::from_secs(20);

/// A quota is taken to give at most so much at once: what it gives in a second.
const BURST: f64 = 1.0;

#[derive(Clone, Copy, Debug)]
struct Span {
    from: Instant,
    given: u64,
    refused: u64,
}

/// The turns of late, and which of them were refused.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    spans: VecDeque<Span>,
}

impl Evidence {
    pub(super) fn give(&mut self, now: Instant) {
        match self.spans.back_mut() {
            Some(span) if now.saturating_duration_since(span.from) < SPAN => span.given += 1,
            _ => self.spans.push_back(Span {
                from: now,
                given: 1,
                refused: 0,
            }),
        }
        while self
            .spans
            .front()
            .is_some_and(|span| now.saturating_duration_since(span.from) > KEPT)
        {
            self.spans.pop_front();
        }
    }

    pub(super) fn refuse(&mut self, turn: Turn) {
        let mut spans = self.spans.iter_mut().rev();
        if let Some(span) = spans.find(|span| span.from <= turn.began) {
            span.refused += 1;
        }
    }

    /// What a quota gives at the least, requests a second, by what was let in before `turn`, which was refused, and not
    /// before `since`: whatever the time, no more than the burst can have been let in beyond it.
    pub(super) fn at_least(&self, turn: Turn, since: Option<Instant>) -> f64 {
        let mut let_in = 0;
        let mut most: f64 = 0.0;
        let spans = self.spans.iter().rev();
        for span in spans
            .skip_while(|span| span.from > turn.began)
            .take_while(|span| since.is_none_or(|since| span.from >= since))
        {
            let_in += span.given.saturating_sub(span.refused);
            let time = turn.began.saturating_duration_since(span.from);
            most = most.max(let_in as f64 / (time.as_secs_f64() + BURST));
        }
        most
    }

    /// How many were let in during the second before `turn`.
    pub(super) fn in_a_second(&self, turn: Turn) -> f64 {
        let spans = self.spans.iter().rev();
        let let_in: u64 = spans
            .skip_while(|span| span.from > turn.began)
            .take_while(|span| {
                turn.began.saturating_duration_since(span.from) < Duration::from_secs(1)
            })
            .map(|span| span.given.saturating_sub(span.refused))
            .sum();
        let_in as f64
    }
}

/// Refusals that no rate explains, of so many requests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Strays {
    pub(super) count: f64,
    pub(super) of: f64,
}

impl Strays {
    /// So many were found to be stray that were not counted yet.
    pub(super) fn found(&mut self, count: usize) {
        self.count += count as f64;
        self.of += 100.0;
    }

    /// So many requests were sent; what is long ago weighs less and less.
    pub(super) fn sent(&mut self, requests: f64) {
        self.of += requests;
        if self.of > 5_000.0 {
            (self.count, self.of) = (self.count / 2.0, self.of / 2.0);
        }
    }

    /// Whether there are any to be reckoned with.
    pub(super) fn are_known(&self) -> bool {
        self.count >= 1.5
    }

    /// Whether two refusals among so few requests are hardly stray ones.
    pub(super) fn is_no_chance(&self, requests: u64) -> bool {
        !self.are_known() || requests as f64 * self.count < self.of * 0.35
    }

    /// Whether these came much more often than others.
    pub(super) fn is_oftener_than(&self, others: &Self) -> bool {
        self.count >= 3.0 && self.count * others.of > 2.0 * others.count * self.of
    }
}
