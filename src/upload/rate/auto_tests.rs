//! The limiter and its pause against model quotas, in virtual time.
//!
//! Used is what the API let in, of whatever kind: two requests for the catalogue come before the limiter is there, then
//! one that tries search and twenty searches, as at a first use, then what is to be loaded.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::*;
use crate::upload::dice::Dice;
use crate::upload::rate::{Limiter, Pause, Rate, lock};
use crate::upload::retry::backoff;

/// How a quota counts.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A bucket of tokens: what was not used comes at once, so many seconds' worth at most.
    Bucket(f64),
    /// So many in each second by the clock.
    Fixed,
    /// So many in any second.
    Sliding,
}

/// What is tried.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: Kind,
    /// Requests a second, and what they become later.
    quota: f64,
    change: Option<(u64, f64)>,
    /// Whether a refusal says how long to wait, in whole seconds.
    header: bool,
    latency: Duration,
    seconds: u64,
    concurrency: usize,
    /// What is remembered.
    start: Option<Learned>,
    /// Whatever the quota, this share is refused.
    strays: f64,
    seed: u64,
}

impl Case {
    fn new(kind: Kind, quota: f64, latency: u64, seconds: u64) -> Self {
        Self {
            kind,
            quota,
            change: None,
            header: true,
            latency: Duration::from_millis(latency),
            seconds,
            // Half a second's answers need so many in flight.
            concurrency: if latency > 100 { 256 } else { 32 },
            start: None,
            strays: 0.0,
            seed: 7,
        }
    }

    fn changing(self, at: u64, quota: f64) -> Self {
        Self {
            change: Some((at, quota)),
            ..self
        }
    }
}

/// The model API.
struct Api {
    case: Case,
    start: Instant,
    /// Tokens in the bucket and since when; or the requests of the last second.
    tokens: f64,
    filled: f64,
    recent: VecDeque<f64>,
    dice: Dice,
    /// When requests were let in, and when they were refused, in seconds.
    let_in: Vec<f64>,
    refused: Vec<f64>,
}

impl Api {
    fn new(case: Case) -> Self {
        let burst = if let Kind::Bucket(burst) = case.kind {
            burst
        } else {
            1.0
        };
        Self {
            case,
            start: Instant::now(),
            tokens: (case.quota * burst).max(1.0),
            filled: 0.0,
            recent: VecDeque::new(),
            dice: Dice::new(case.seed),
            let_in: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// `Err` with the wait that a refusal asks for.
    fn admit(&mut self) -> Result<(), Option<Duration>> {
        let now = self.start.elapsed().as_secs_f64();
        if let Some((_, quota)) = self.case.change.filter(|(at, _)| *at as f64 <= now) {
            self.case.quota = quota;
        }
        let admitted = if self.dice.unit() < self.case.strays {
            Err(1.0)
        } else {
            self.by_quota(now)
        };
        match admitted {
            Ok(()) => {
                self.let_in.push(now);
                Ok(())
            }
            Err(wait) => {
                self.refused.push(now);
                let wait = Duration::from_secs_f64(f64::max(wait, 0.1).ceil());
                Err(self.case.header.then_some(wait))
            }
        }
    }

    fn by_quota(&mut self, now: f64) -> Result<(), f64> {
        let quota = self.case.quota;
        // A window by the clock does not begin when we do.
        let clock = now + 0.37;
        let frees = |oldest: f64| match self.case.kind {
            Kind::Fixed => oldest.floor() + 1.0,
            _ => oldest + 1.0,
        };
        match self.case.kind {
            Kind::Bucket(burst) => {
                let gained = (now - self.filled) * quota;
                self.tokens = (self.tokens + gained).min((quota * burst).max(1.0));
                self.filled = now;
                if self.tokens < 1.0 {
                    return Err((1.0 - self.tokens) / quota);
                }
                self.tokens -= 1.0;
            }
            Kind::Fixed | Kind::Sliding => {
                while self
                    .recent
                    .front()
                    .is_some_and(|at| frees(*at) <= clock + 1e-9)
                {
                    self.recent.pop_front();
                }
                if self.recent.len() as f64 + 1.0 > quota {
                    return Err(self.recent.front().map_or(1.0, |at| frees(*at) - clock));
                }
                self.recent.push_back(clock);
            }
        }
        Ok(())
    }
}

/// What a case came to.
struct Figures {
    api: Api,
    learned: Option<Learned>,
}

impl Figures {
    /// The share of a quota that was used from one second to another.
    fn used(&self, from: u64, to: u64, quota: f64) -> f64 {
        let within = |at: &&f64| (from as f64..to as f64).contains(*at);
        let let_in = self.api.let_in.iter().filter(within).count();
        let_in as f64 / ((to - from) as f64 * quota)
    }

    /// The share of all requests that was refused.
    fn refused(&self) -> f64 {
        let refused = self.api.refused.len() as f64;
        refused / (refused + self.api.let_in.len() as f64)
    }

    #[track_caller]
    fn hold(&self, used: f64, at_least: f64, refused_at_most: f64) {
        let (case, refused) = (&self.api.case, self.refused());
        assert!(
            used >= at_least && refused <= refused_at_most,
            "{used:.3} used, {refused:.4} refused at {:.1?}: {case:?}",
            self.api.refused
        );
    }
}

struct Run {
    api: Mutex<Api>,
    limiter: Limiter,
    pause: Pause,
    latency: Duration,
}

impl Run {
    /// One request, as often as it takes.
    async fn request(&self, end: Instant) {
        while Instant::now() < end {
            let turn = self.limiter.turn(&self.pause).await;
            tokio::time::sleep(self.latency / 2).await;
            let admitted = lock(&self.api).admit();
            tokio::time::sleep(self.latency / 2).await;
            match admitted {
                Ok(()) => {
                    self.pause.answered();
                    self.limiter.answered(turn);
                    return;
                }
                Err(wait) => {
                    let in_a_row = self.pause.asked(turn.began);
                    let random = lock(&self.api).dice.unit();
                    let wait = wait.map_or_else(
                        || backoff(in_a_row, random),
                        |wait| wait + Duration::from_millis(50).mul_f64(random),
                    );
                    self.limiter.refused(turn, wait);
                    self.pause.extend(Instant::now() + wait);
                }
            }
        }
    }
}

/// A run as the engine does it.
async fn run(case: Case) -> Figures {
    let mut api = Api::new(case);
    let end = Instant::now() + Duration::from_secs(case.seconds);
    for _ in 0..2 {
        // Whether the catalogue is refused is not the limiter's concern.
        let _ = api.admit();
        tokio::time::sleep(case.latency).await;
    }
    let run = Arc::new(Run {
        api: Mutex::new(api),
        limiter: Limiter::new(Rate::Auto { start: case.start }),
        pause: Pause::default(),
        latency: case.latency,
    });

    run.request(end).await;
    let searches = (0..20).map(|_| run.request(end));
    futures::future::join_all(searches).await;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..case.concurrency {
        let run = Arc::clone(&run);
        workers.spawn(async move {
            while Instant::now() < end {
                run.request(end).await;
            }
        });
    }
    while workers.join_next().await.is_some() {}
    let learned = run.limiter.learned();
    let run = Arc::into_inner(run).expect("the workers are gone");
    let api = run.api.into_inner().expect("no worker panicked");
    Figures { api, learned }
}

/// What is promised: at least 95% of the quota from ten seconds on, at most 1% of the requests refused.
async fn is_kept(case: Case) {
    let figures = run(case).await;
    figures.hold(figures.used(10, case.seconds, case.quota), 0.95, 0.01);
}

#[tokio::test(start_paused = true)]
async fn two_a_second_are_used_and_hardly_ever_exceeded() {
    for (latency, seconds) in [(5, 200), (50, 200), (5, 600), (50, 600), (500, 600)] {
        for header in [true, false] {
            let case = Case::new(Kind::Bucket(1.0), 2.0, latency, seconds);
            is_kept(Case { header, ..case }).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn twenty_a_second_are_used_and_hardly_ever_exceeded() {
    for (latency, seconds) in [(5, 60), (50, 60), (50, 300), (500, 120), (500, 300)] {
        for header in [true, false] {
            let case = Case::new(Kind::Bucket(1.0), 20.0, latency, seconds);
            is_kept(Case { header, ..case }).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_a_second_are_used_and_hardly_ever_exceeded() {
    for (latency, seconds, header) in [
        (5, 60, true),
        (5, 60, false),
        (50, 60, true),
        (500, 120, true),
    ] {
        let case = Case::new(Kind::Bucket(1.0), 200.0, latency, seconds);
        is_kept(Case { header, ..case }).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_halves_is_found_again_within_ten_seconds() {
    for (quota, latency, at, seconds) in [
        (20.0, 5, 60, 120),
        (20.0, 50, 60, 120),
        (20.0, 500, 100, 300),
        (200.0, 5, 30, 60),
        (200.0, 50, 30, 60),
    ] {
        let case = Case::new(Kind::Bucket(1.0), quota, latency, seconds);
        let figures = run(case.changing(at, quota / 2.0)).await;
        figures.hold(figures.used(10, at, quota), 0.95, 0.01);
        figures.hold(figures.used(at + 10, seconds, quota / 2.0), 0.95, 0.01);
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_doubles_is_found_by_climbing() {
    for kind in [Kind::Bucket(1.0), Kind::Fixed, Kind::Sliding] {
        let case = Case::new(kind, 20.0, 50, 300).changing(100, 40.0);
        let figures = run(case).await;
        figures.hold(figures.used(200, 300, 40.0), 0.9, 0.01);
    }
}

/// A window loses what a pause leaves unused, and takes longer to be told from a bucket: a little less is asked here.
#[tokio::test(start_paused = true)]
async fn windows_are_found_as_well_as_buckets() {
    for kind in [Kind::Fixed, Kind::Sliding] {
        for (quota, latency, seconds) in [
            (2.0, 50, 300),
            (20.0, 5, 300),
            (20.0, 50, 300),
            (200.0, 50, 120),
        ] {
            let figures = run(Case::new(kind, quota, latency, seconds)).await;
            let settled = figures.used(60, seconds, quota);
            figures.hold(settled, 0.9, 0.015);
            figures.hold(figures.used(10, 60, quota), 0.7, 0.015);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn other_bursts_than_a_seconds_are_met_too() {
    for (burst, quota) in [(0.2, 20.0), (0.5, 20.0), (10.0, 5.0), (60.0, 10.0)] {
        let figures = run(Case::new(Kind::Bucket(burst), quota, 50, 600)).await;
        figures.hold(figures.used(10, 600, quota), 0.95, 0.01);
    }
}

/// Stray refusals cost their pauses, and not much more. At most so many a second can come through: between two of them a
/// hundred requests on average, then a second's pause and its jitter.
#[tokio::test(start_paused = true)]
async fn stray_refusals_do_not_wear_the_rate_down() {
    for (quota, latency) in [(60.0, 50), (20.0, 50), (1e6, 40)] {
        let mut shares = Vec::new();
        for seed in 1..=4 {
            let case = Case {
                strays: 0.01,
                seed,
                ..Case::new(Kind::Bucket(1.0), quota, latency, 200)
            };
            let figures = run(case).await;
            // A hundred in a minute's quota, or as quickly as 32 in flight for 40 ms each.
            let best = 100.0 / (100.0 / quota.min(800.0) + 1.025);
            shares.push(figures.used(10, 200, best));
        }
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        assert!(mean >= 0.6, "{quota}/s: {shares:.2?} of what pauses leave");
    }
}

#[tokio::test(start_paused = true)]
async fn one_stray_refusal_changes_nothing() {
    let mut auto = Auto::new(Some(known(60.0)), Instant::now());
    let turn = loop {
        let now = Instant::now();
        tokio::time::sleep_until(auto.due(now)).await;
        let turn = auto.give(Instant::now());
        if turn.number == 300 {
            break turn;
        }
        auto.answered(turn, Instant::now());
    };
    let before = auto.rate();
    auto.refused(turn, SECOND, Instant::now());
    assert!((auto.rate() - before).abs() < f64::EPSILON);
}

#[tokio::test(start_paused = true)]
async fn what_was_learnt_is_where_the_next_run_begins() {
    for quota in [2.0, 20.0] {
        let case = Case::new(Kind::Bucket(1.0), quota, 50, 120);
        let learned = run(case).await.learned.expect("a limit was met");
        assert!(
            (quota * 0.9..quota * 1.05).contains(&learned.rate),
            "{learned:?} of {quota}/s"
        );
        let start = Some(learned);
        is_kept(Case { start, ..case }).await;
    }
}

/// A rate that hours have shown.
fn known(rate: f64) -> Learned {
    Learned {
        rate,
        seconds: REMEMBERED,
    }
}

/// A few hundred requests to an API without a limit, some of them refused for no reason.
fn short_and_unlucky(seed: u64, start: Option<Learned>) -> Case {
    Case {
        strays: 0.01,
        seed,
        start,
        ..Case::new(Kind::Bucket(1.0), 1e9, 40, 8)
    }
}

#[tokio::test(start_paused = true)]
async fn stray_refusals_of_a_short_run_do_not_slow_the_next_down() {
    let mut remembered = 0;
    for seed in 1..=20 {
        let start = run(short_and_unlucky(seed, None)).await.learned;
        remembered += usize::from(start.is_some());
        let case = Case {
            start,
            ..Case::new(Kind::Bucket(1.0), 200.0, 40, 60)
        };
        let figures = run(case).await;
        figures.hold(figures.used(10, 60, 200.0), 0.95, 0.01);
    }
    assert!(remembered > 0, "no seed that could fail");
}

#[tokio::test(start_paused = true)]
async fn what_was_known_for_long_is_not_forgotten_for_a_few_stray_refusals() {
    for seed in 1..=20 {
        let unlucky = run(short_and_unlucky(seed, Some(known(60.0)))).await;
        let learned = unlucky.learned.expect("it was remembered").rate;
        assert!((50.0..70.0).contains(&learned), "seed {seed}: {learned}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_short_runs_meet_again_and_again_is_known_in_the_end() {
    let mut start = None;
    for seed in 1..=10 {
        let case = Case {
            start,
            seed,
            ..Case::new(Kind::Bucket(1.0), 20.0, 50, 12)
        };
        start = run(case).await.learned;
    }
    let learned = start.expect("a limit was met");
    assert!(learned.seconds >= KNOWN, "{learned:?}");
    assert!((16.0..21.0).contains(&learned.rate), "{learned:?}");
    // One that has changed is learnt anew.
    let case = Case {
        start,
        ..Case::new(Kind::Bucket(1.0), 60.0, 50, 900)
    };
    let learned = run(case).await.learned.expect("a limit was met").rate;
    assert!((48.0..63.0).contains(&learned), "{learned}");
}

#[tokio::test(start_paused = true)]
async fn a_remembered_rate_that_is_too_high_is_corrected_within_ten_seconds() {
    for (quota, latency, seconds) in [(20.0, 5, 60), (20.0, 50, 60), (200.0, 50, 60)] {
        let start = Some(known(quota * 2.0));
        let case = Case::new(Kind::Bucket(1.0), quota, latency, seconds);
        is_kept(Case { start, ..case }).await;
    }
    // So few requests measure roughly: it takes a while to come closer.
    let case = Case {
        start: Some(known(4.0)),
        ..Case::new(Kind::Bucket(1.0), 2.0, 50, 600)
    };
    let figures = run(case).await;
    figures.hold(figures.used(10, 600, 2.0), 0.9, 0.01);
}

#[tokio::test(start_paused = true)]
async fn without_a_quota_it_doubles_up_to_what_concurrency_allows() {
    let figures = run(Case::new(Kind::Bucket(1.0), 1e9, 40, 14)).await;
    // 32 in flight for 40 ms each make 800 a second.
    assert!(figures.used(10, 14, 800.0) >= 0.95);
    assert_eq!(figures.learned, None);
}

#[test]
fn nonsense_remembered_is_forgotten() {
    let now = Instant::now();
    for start in [f64::NAN, f64::INFINITY, 0.0, -3.0] {
        let auto = Auto::new(Some(known(start)), now);
        assert!((auto.rate() - FIRST).abs() < f64::EPSILON && auto.learned().is_none());
    }
}
