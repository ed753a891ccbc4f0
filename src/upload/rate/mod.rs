//! When the next request may begin: a fixed rate by governor or one that finds the quota, and one pause that a 429 sets
//! for everybody.

pub mod auto;
mod evidence;
mod pause;
mod weigh;

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
use tokio::time::Instant;

pub use auto::Learned;
use auto::{Auto, Turn};
pub use pause::Pause;

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
    /// As many as the API bears, found out while it answers.
    Auto {
        /// What earlier runs learnt.
        start: Option<Learned>,
    },
    /// As many as the requests in flight allow.
    Unlimited,
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unlimited => f.write_str("unlimited"),
            Self::Auto { .. } => f.write_str("auto"),
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
pub enum Limiter {
    /// At once.
    Unlimited,
    /// At a fixed rate.
    Fixed(Paced),
    /// At the rate that the API seems to bear.
    Auto(Box<Adaptive>),
}

/// A rate that follows the answers.
pub struct Adaptive {
    auto: Mutex<Auto>,
    /// Held by the one waiter whose turn is next; the lock is fair.
    queue: tokio::sync::Mutex<()>,
}

/// A fixed rate.
pub struct Paced {
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
            Rate::Unlimited => return Self::Unlimited,
            Rate::Auto { start } => {
                let auto = Mutex::new(Auto::new(start, Instant::now()));
                return Self::Auto(Box::new(Adaptive {
                    auto,
                    queue: tokio::sync::Mutex::new(()),
                }));
            }
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
        Self::Fixed(Paced {
            governor: RateLimiter::direct_with_clock(quota, TokioClock),
            last_second: tokio::sync::Mutex::new(VecDeque::new()),
            most_in_a_second,
        })
    }

    /// Waits until there is no pause and the next turn has come.
    pub async fn turn(&self, pause: &Pause) -> Turn {
        loop {
            pause.over().await;
            match self {
                Self::Unlimited => {}
                Self::Fixed(paced) => paced.turn().await,
                Self::Auto(adaptive) => return adaptive.turn(pause).await,
            }
            if pause.left().is_none() {
                return Turn {
                    number: 0,
                    began: Instant::now(),
                };
            }
        }
    }

    /// A turn that nobody has to wait for, where there are such.
    pub fn turn_at_once(&self, pause: &Pause) -> Option<Turn> {
        (matches!(self, Self::Unlimited) && pause.left().is_none()).then(|| Turn {
            number: 0,
            began: Instant::now(),
        })
    }

    /// An answer came that did not ask to wait.
    pub fn answered(&self, turn: Turn) {
        if let Self::Auto(adaptive) = self {
            lock(&adaptive.auto).answered(turn, Instant::now());
        }
    }

    /// An answer asked to wait; nothing will be sent for `wait`.
    pub fn refused(&self, turn: Turn, wait: Duration) {
        if let Self::Auto(adaptive) = self {
            lock(&adaptive.auto).refused(turn, wait, Instant::now());
        }
    }

    /// What the next run should begin with, where a limit was ever met.
    pub fn learned(&self) -> Option<Learned> {
        match self {
            Self::Auto(adaptive) => lock(&adaptive.auto).learned(),
            _ => None,
        }
    }
}

impl Paced {
    async fn turn(&self) {
        // The lock is fair, so turns go in order, and only one waiter sleeps on the governor.
        let mut begins = self.last_second.lock().await;
        while let Err(not_yet) = self.governor.check() {
            tokio::time::sleep_until(not_yet.earliest_possible().0).await;
        }
        while begins.len() >= self.most_in_a_second {
            if let Some(oldest) = begins.pop_front() {
                tokio::time::sleep_until(oldest + Duration::from_secs(1)).await;
            }
        }
        begins.push_back(Instant::now());
    }
}

impl Adaptive {
    /// A turn that is given is used: what was let in is counted by the turns.
    async fn turn(&self, pause: &Pause) -> Turn {
        let _first = self.queue.lock().await;
        loop {
            pause.over().await;
            let now = Instant::now();
            let due = {
                let mut auto = lock(&self.auto);
                let due = auto.due(now);
                if due <= now {
                    return auto.give(now);
                }
                due
            };
            tokio::time::sleep_until(due).await;
        }
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
            limiter.turn(&Pause::default()).await;
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
            per: Duration::from_mins(1),
        };
        let begins = begins(rate, 60, Duration::ZERO).await;
        assert!(
            begins
                .windows(2)
                .all(|pair| pair[1] >= pair[0] + Duration::from_millis(1999))
        );
        assert!((29..=31).contains(&begins.len()), "{}", begins.len());
    }
}
