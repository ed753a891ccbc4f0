//! When the next request may begin: a rate by governor, and one pause that a 429 sets for everybody.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::ops::Add;
use std::sync::Mutex;
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::watch;
use tokio::time::Instant;

/// How many requests may begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// `count` in every `per`, evenly spread.
    Fixed {
        /// How many.
        count: NonZeroU32,
        /// In how long.
        per: Duration,
    },
    /// As many as the API bears.
    Auto,
    /// As many as the requests in flight allow.
    Unlimited,
}

impl Rate {
    /// What `auto` stands for in this version: a rate that no API is known to refuse.
    pub const AUTO_PER_SECOND: NonZeroU32 = NonZeroU32::new(5).expect("five is not zero");
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unlimited => f.write_str("unlimited"),
            Self::Auto => write!(f, "auto ({}/s)", Self::AUTO_PER_SECOND),
            Self::Fixed { count, per } => match per.as_secs() {
                1 => write!(f, "{count}/s"),
                60 => write!(f, "{count}/m"),
                3600 => write!(f, "{count}/h"),
                seconds => write!(f, "{count} in {seconds} s"),
            },
        }
    }
}

/// Tokio's clock, so that virtual time governs the rate in tests.
#[derive(Clone, Copy, Debug, Default)]
struct TokioClock;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tick(Instant);

impl Clock for TokioClock {
    type Instant = Tick;

    fn now(&self) -> Tick {
        Tick(Instant::now())
    }
}

impl Add<Nanos> for Tick {
    type Output = Self;

    fn add(self, nanos: Nanos) -> Self {
        Self(self.0 + Duration::from(nanos))
    }
}

impl Reference for Tick {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_duration_since(earlier.0).into()
    }

    fn saturating_sub(&self, nanos: Nanos) -> Self {
        Self(self.0.checked_sub(nanos.into()).unwrap_or(self.0))
    }
}

/// Gives out turns at a rate, in the order in which they are asked for.
pub struct Limiter(Option<Paced>);

struct Paced {
    governor: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Tick>>,
    /// The begins of the last second. A small burst lets the governor make up for late wake-ups; this keeps the burst
    /// from ever putting more into one second than the rate allows.
    last_second: tokio::sync::Mutex<VecDeque<Instant>>,
    most_in_a_second: usize,
}

impl Limiter {
    /// A limiter for a rate.
    pub fn new(rate: Rate) -> Self {
        let (count, per) = match rate {
            Rate::Unlimited => return Self(None),
            Rate::Auto => (Rate::AUTO_PER_SECOND, Duration::from_secs(1)),
            Rate::Fixed { count, per } => (count, per),
        };
        let gap = (per / count.get()).max(Duration::from_nanos(1));
        let a_second = (Duration::from_secs(1).as_nanos() / gap.as_nanos()).max(1);
        let most_in_a_second = usize::try_from(a_second).unwrap_or(usize::MAX);
        let catch_up = u32::try_from(most_in_a_second / 20)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let quota = Quota::with_period(gap)
            .unwrap_or_else(|| Quota::per_second(count))
            .allow_burst(NonZeroU32::new(catch_up).unwrap_or(NonZeroU32::MIN));
        Self(Some(Paced {
            governor: RateLimiter::direct_with_clock(quota, TokioClock),
            last_second: tokio::sync::Mutex::new(VecDeque::new()),
            most_in_a_second,
        }))
    }

    /// Waits for the next turn.
    pub async fn turn(&self) {
        let Some(paced) = &self.0 else { return };
        // The lock is fair, so turns go in order, and only one waiter sleeps on the governor.
        let mut begins = paced.last_second.lock().await;
        while let Err(not_yet) = paced.governor.check() {
            tokio::time::sleep_until(not_yet.earliest_possible().0).await;
        }
        while begins.len() >= paced.most_in_a_second {
            if let Some(oldest) = begins.pop_front() {
                tokio::time::sleep_until(oldest + Duration::from_secs(1)).await;
            }
        }
        begins.push_back(Instant::now());
    }
}

/// A pause for all: set by an answer that asks for it, obeyed before every request.
pub struct Pause {
    until: watch::Sender<Option<Instant>>,
    asked: Mutex<Asked>,
}

/// The answers that asked to wait, since the last that did not.
#[derive(Default)]
struct Asked {
    in_a_row: u32,
    last: Option<Instant>,
}

impl Default for Pause {
    fn default() -> Self {
        Self {
            until: watch::Sender::new(None),
            asked: Mutex::default(),
        }
    }
}

impl Pause {
    /// Nothing begins before `until`; a pause is never made shorter.
    pub fn extend(&self, until: Instant) {
        self.until.send_if_modified(|now| {
            let longer = now.is_none_or(|now| now < until);
            if longer {
                *now = Some(until);
            }
            longer
        });
    }

    /// How long the pause still lasts; `None` outside a pause.
    pub fn left(&self) -> Option<Duration> {
        let until = (*self.until.borrow())?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Waits until there is no pause.
    pub async fn over(&self) {
        while let Some(left) = self.left() {
            tokio::time::sleep(left).await;
        }
    }

    /// Counts an answer that asked to wait and returns how many came in a row, this one included. Answers to requests
    /// that began before the last such answer say nothing new.
    pub fn asked(&self, began: Instant) -> u32 {
        let mut asked = lock(&self.asked);
        if asked.last.is_none_or(|last| began >= last) {
            asked.in_a_row += 1;
            asked.last = Some(Instant::now());
        }
        asked.in_a_row
    }

    /// An answer came that did not ask to wait.
    pub fn answered(&self) {
        lock(&self.asked).in_a_row = 0;
    }
}

/// Locks a mutex whose holders cannot leave it broken.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn begins(rate: Rate, seconds: u64, late: Duration) -> Vec<Duration> {
        let limiter = Limiter::new(rate);
        let start = Instant::now();
        let mut begins = Vec::new();
        while start.elapsed() < Duration::from_secs(seconds) {
            limiter.turn().await;
            begins.push(start.elapsed());
            tokio::time::advance(late).await;
        }
        begins
    }

    fn most_in_any_second(begins: &[Duration]) -> usize {
        (0..begins.len())
            .map(|first| {
                let end = begins[first] + Duration::from_secs(1);
                begins[first..]
                    .iter()
                    .take_while(|begin| **begin < end)
                    .count()
            })
            .max()
            .unwrap_or(0)
    }

    fn per_second(count: u32) -> Rate {
        Rate::Fixed {
            count: NonZeroU32::new(count).unwrap(),
            per: Duration::from_secs(1),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_fixed_rate_is_met_and_never_exceeded() {
        for count in [1, 3, 50, 333] {
            for late in [Duration::ZERO, Duration::from_micros(700)] {
                let begins = begins(per_second(count), 20, late).await;
                let most = most_in_any_second(&begins);
                assert!(most <= count as usize + 1, "{count}/s: {most} in a second");
                let mean = begins.len() as f64 / 20.0;
                assert!(mean >= f64::from(count) * 0.96, "{count}/s: mean {mean}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_by_the_minute_is_spread_evenly() {
        let rate = Rate::Fixed {
            count: NonZeroU32::new(30).unwrap(),
            per: Duration::from_secs(60),
        };
        let begins = begins(rate, 60, Duration::ZERO).await;
        assert!(
            begins
                .windows(2)
                .all(|pair| pair[1] - pair[0] >= Duration::from_millis(1999))
        );
        assert!((29..=31).contains(&begins.len()), "{}", begins.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_obeyed_and_never_shortened() {
        let pause = Pause::default();
        let start = Instant::now();
        pause.extend(start + Duration::from_secs(20));
        pause.extend(start + Duration::from_secs(5));
        pause.over().await;
        assert!(start.elapsed() >= Duration::from_secs(20));
        assert_eq!(pause.left(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_from_before_a_pause_count_once() {
        let pause = Pause::default();
        let began = Instant::now();
        tokio::time::advance(Duration::from_millis(5)).await;
        assert_eq!(pause.asked(began), 1);
        assert_eq!(pause.asked(began), 1);
        assert_eq!(pause.asked(Instant::now()), 2);
        pause.answered();
        assert_eq!(pause.asked(Instant::now()), 1);
    }
}
