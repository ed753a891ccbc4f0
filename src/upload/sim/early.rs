//! Stories of the probe: what is sent again while nothing says how long search needs.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::plan::{Plan, Search};
use super::stories::{count, run};
use super::{Simulation, lock};
use crate::outcome::Outcome;
use crate::upload::Work;

/// While nothing is acknowledged, one absent doubt is sent without any proof that search finds what is there. Where it does
/// not, that one may be there twice: it is told, and the others are held.
#[tokio::test(start_paused = true)]
async fn a_search_that_hides_everything_doubles_one_at_the_most_and_that_is_told() {
    let mut doubled = 0;
    for seed in 100..130 {
        let plan = Plan {
            search: Search::Empty,
            outage: Some((Duration::ZERO, Duration::from_secs(12))),
            concurrency: 4,
            ..Plan::plain(10)
        };
        let simulation = Simulation::with(seed, plan);
        let finished = run(&simulation, 0, |_| {}).await;
        let engine = &finished.engine;
        let server = lock(&simulation.server);
        let copies = |work: &Work| {
            let token = work.token.to_string();
            let of = server.records.iter().filter(|record| record.token == token);
            of.count()
        };
        let twice: Vec<_> = finished
            .works
            .iter()
            .filter(|work| copies(work) > 1)
            .collect();
        assert!(twice.len() <= 1, "seed {seed}");
        doubled += twice.len();
        for work in twice {
            assert!(engine.unverified().contains(&work.token), "seed {seed}");
        }
        let resent = engine.resent();
        if resent.iter().any(|(_, id)| id.is_some()) {
            assert_eq!(resent.len(), 1, "seed {seed}: the others are held");
            let warnings = engine.warnings().join("\n");
            for text in [
                "search cannot be trusted",
                "acknowledged",
                "are there twice",
            ] {
                assert!(warnings.contains(text), "seed {seed}: {warnings}");
            }
            assert!(count(&finished, |one| matches!(one, Outcome::InDoubt(_))) > 0);
        }
    }
    assert!(doubled > 0, "no seed that could fail");
}

/// Where search needs longer than a probe waits, the first probe may make a double. The others wait for it, and what comes
/// to light says how long search needs.
#[tokio::test(start_paused = true)]
async fn a_probe_that_was_too_early_is_the_only_double() {
    let mut doubled = 0;
    for (seed, lag) in (200..230).zip([25, 45, 60, 100].into_iter().cycle()) {
        let plan = Plan {
            outage: Some((Duration::ZERO, Duration::from_mins(10))),
            lag: Duration::from_secs(lag),
            concurrency: 4,
            ..Plan::plain(400)
        };
        let simulation = Simulation::with(seed, plan);
        let finished = run(&simulation, 0, |_| {}).await;
        let server = lock(&simulation.server);
        let tokens: HashSet<_> = server.records.iter().map(|record| &record.token).collect();
        let copies = |token: &&&String| {
            server
                .records
                .iter()
                .filter(|record| record.token == ***token)
                .count()
        };
        let twice = tokens.iter().filter(|token| copies(token) > 1).count();
        assert!(twice <= 1, "seed {seed}, lag {lag}: {twice} doubles");
        doubled += twice;
        // One that was the probe too often may stay in doubt.
        let uploaded = count(&finished, |one| *one == Outcome::Uploaded);
        assert!(uploaded >= 395, "seed {seed}, lag {lag}: {uploaded}");
    }
    assert!(doubled > 0, "no seed that could fail");
}

/// What an earlier request created is found at once, what the probe's own created after half a minute.
#[tokio::test(start_paused = true)]
async fn the_lag_of_a_probe_is_that_of_its_own_copy() {
    let simulation = Simulation::with(10, Plan::plain(1));
    let token = simulation.works(0)[0].token;
    let engine = simulation.engine_with(0, |_| {}).await;
    let own = Duration::from_secs(30);
    for (id, found_after) in [(71, Duration::ZERO), (72, own)] {
        lock(&simulation.server).shelve(id, &token.to_string(), found_after);
    }
    let lag = engine.lag_of(token, "72", Instant::now()).await.unwrap();
    assert!(lag >= own, "{lag:?}");
    let doubles = engine.doubles();
    assert_eq!((doubles.len(), doubles[0].ids.len()), (1, 2), "{doubles:?}");
}
