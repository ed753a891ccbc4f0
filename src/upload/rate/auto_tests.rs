//! The controller against model quotas, in virtual time: a bucket of tokens with one second's worth, as the sandbox's.

use std::sync::{Arc, Mutex};

use super::*;
use crate::upload::rate::{Limiter, Pause, Rate, lock};

/// The model API.
struct Api {
    /// Requests a second, and what they become later.
    quota: f64,
    change: Option<(Duration, f64)>,
    header: bool,
    latency: Duration,
    start: Instant,
    tokens: f64,
    filled: Instant,
    /// When requests were let in, and when they were refused.
    let_in: Vec<Duration>,
    refused: Vec<Duration>,
}

impl Api {
    fn new(quota: f64, header: bool) -> Self {
        let start = Instant::now();
        Self {
            quota,
            change: None,
            header,
            latency: Duration::from_millis(40),
            start,
            tokens: quota,
            filled: start,
            let_in: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// `Err` with the wait that a refusal asks for.
    fn admit(&mut self, now: Instant) -> Result<(), Option<Duration>> {
        let since = now - self.start;
        if let Some((at, quota)) = self.change.filter(|(at, _)| *at <= since) {
            let _ = at;
            self.quota = quota;
        }
        self.tokens =
            (self.tokens + (now - self.filled).as_secs_f64() * self.quota).min(self.quota.max(1.0));
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            self.let_in.push(since);
            Ok(())
        } else {
            self.refused.push(since);
            let wait = ((1.0 - self.tokens) / self.quota).ceil().max(1.0);
            Err(self.header.then(|| Duration::from_secs_f64(wait)))
        }
    }

    fn let_in_between(&self, from: u64, to: u64) -> usize {
        let (from, to) = (Duration::from_secs(from), Duration::from_secs(to));
        self.let_in
            .iter()
            .filter(|at| (from..to).contains(*at))
            .count()
    }

    fn refused_share(&self, from: u64) -> f64 {
        let after = |at: &&Duration| **at >= Duration::from_secs(from);
        let refused = self.refused.iter().filter(after).count();
        refused as f64 / (self.let_in.iter().filter(after).count() + refused) as f64
    }
}

/// Thirty-two workers that send as fast as they may, as the engine does; gives the API and what was learnt.
async fn send(
    api: Api,
    start: Option<f64>,
    seconds: u64,
    concurrency: usize,
) -> (Api, Option<f64>) {
    let api = Arc::new(Mutex::new(api));
    let limiter = Arc::new(Limiter::new(Rate::Auto { start }));
    let pause = Arc::new(Pause::default());
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..concurrency {
        let (api, limiter, pause) = (Arc::clone(&api), Arc::clone(&limiter), Arc::clone(&pause));
        workers.spawn(async move {
            while Instant::now() < end {
                let turn = limiter.turn(&pause).await;
                let half = lock(&api).latency / 2;
                tokio::time::sleep(half).await;
                let admitted = lock(&api).admit(Instant::now());
                tokio::time::sleep(half).await;
                match admitted {
                    Ok(()) => {
                        pause.answered();
                        limiter.answered(turn);
                    }
                    Err(wait) => {
                        let in_a_row = pause.asked(turn.began);
                        // The middle of what the jitter gives.
                        let wait =
                            wait.unwrap_or_else(|| crate::upload::retry::backoff(in_a_row, 0.5));
                        limiter.refused(turn, wait);
                        pause.extend(Instant::now() + wait);
                    }
                }
            }
        });
    }
    while workers.join_next().await.is_some() {}
    let learned = limiter.learned();
    drop(limiter);
    let api = Arc::into_inner(api)
        .and_then(|api| api.into_inner().ok())
        .expect("the workers are gone");
    (api, learned)
}

#[tokio::test(start_paused = true)]
async fn a_hidden_quota_is_used_and_hardly_ever_exceeded() {
    for header in [true, false] {
        for (quota, seconds) in [(2.0, 600), (20.0, 180), (60.0, 120), (200.0, 60)] {
            let (api, _) = send(Api::new(quota, header), None, seconds, 32).await;
            let share = api.let_in_between(10, seconds) as f64 / ((seconds - 10) as f64 * quota);
            assert!(
                share >= 0.95,
                "{quota}/s, header {header}: {share:.3} of the quota used"
            );
            let refused = api.refused_share(0);
            assert!(
                refused <= 0.01,
                "{quota}/s, header {header}: {refused:.4} refused, at {:?}",
                api.refused
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_halves_is_found_again() {
    for header in [true, false] {
        for quota in [20.0, 200.0] {
            let mut api = Api::new(quota, header);
            api.change = Some((Duration::from_mins(1), quota / 2.0));
            let (api, _) = send(api, None, 180, 32).await;
            let share = api.let_in_between(70, 180) as f64 / (110.0 * quota / 2.0);
            assert!(
                share >= 0.95,
                "{quota}/s, header {header}: {share:.3} of the halved quota used"
            );
            let refused = api.refused_share(0);
            assert!(
                refused <= 0.01,
                "{quota}/s, header {header}: {refused:.4} refused"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_grows_is_noticed() {
    let mut api = Api::new(20.0, true);
    api.change = Some((Duration::from_secs(30), 40.0));
    let (api, _) = send(api, None, 600, 32).await;
    let share = api.let_in_between(500, 600) as f64 / 4_000.0;
    assert!(
        share >= 0.9,
        "{share:.3} of the grown quota used after some minutes"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_learnt_is_where_the_next_run_begins() {
    let (_, learned) = send(Api::new(20.0, true), None, 60, 32).await;
    let learned = learned.expect("a limit was met");
    assert!((18.0..21.0).contains(&learned), "{learned}");
    let (api, _) = send(Api::new(20.0, true), Some(learned), 60, 32).await;
    let share = api.let_in_between(0, 60) as f64 / 1_200.0;
    assert!(
        share >= 0.95,
        "{share:.3} of the quota used from the first second on"
    );
    assert!(api.refused_share(0) <= 0.005, "{}", api.refused_share(0));
}

#[tokio::test(start_paused = true)]
async fn without_a_quota_it_doubles_up_to_what_concurrency_allows() {
    let (api, learned) = send(Api::new(1e9, true), None, 12, 32).await;
    let seconds: Vec<usize> = (0..12)
        .map(|second| api.let_in_between(second, second + 1))
        .collect();
    // 32 in flight for 40 ms each make 800 a second.
    assert!(
        seconds[8..].iter().all(|count| *count >= 760),
        "{seconds:?}"
    );
    assert!(
        seconds.iter().sum::<usize>() > 5 + 10 + 20 + 40 + 80 + 160 + 320 + 640 + 3 * 760,
        "{seconds:?}"
    );
    assert_eq!(learned, None);
}

#[test]
fn nonsense_remembered_is_forgotten() {
    let now = Instant::now();
    for start in [f64::NAN, f64::INFINITY, 0.0, -3.0] {
        let auto = Auto::new(Some(start), now);
        assert!((auto.rate() - FIRST).abs() < f64::EPSILON && auto.learned().is_none());
    }
}
