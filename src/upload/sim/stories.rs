//! Single stories that the seeds would tell too seldom.

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::check::Finished;
use super::plan::{Ending, Plan, Search};
use super::shelf::Shelf;
use super::{Simulation, lock};
use crate::api::answer::Meaning;
use crate::mapping::OnChange;
use crate::outcome::Outcome;
use crate::upload::Delivery;
use crate::upload::doubt::Doubt;
use crate::upload::rate::Rate;
use crate::upload::resolve::Resolved;
use crate::upload::retry::End;

const LONG: Duration = Duration::from_hours(10);

pub(super) fn count(finished: &Finished, wanted: impl Fn(&Outcome) -> bool) -> usize {
    finished
        .outcomes
        .iter()
        .filter(|one| wanted(&one.outcome))
        .count()
}

pub(super) async fn run(
    simulation: &Simulation,
    number: usize,
    change: impl FnOnce(&mut Delivery),
) -> Finished {
    let engine = simulation.engine_with(number, change).await;
    simulation
        .run_of(number, Ending::Whole, engine, simulation.works(number))
        .await
}

#[tokio::test(start_paused = true)]
async fn without_a_fault_hardly_anything_is_searched_for() {
    let simulation = Simulation::with(1, Plan::plain(400));
    let finished = run(&simulation, 0, |_| {}).await;
    assert_eq!(count(&finished, |one| *one == Outcome::Uploaded), 400);
    let counters = &finished.engine.counters;
    assert_eq!(counters.requests.load(Ordering::Relaxed), 400);
    assert_eq!(counters.retries.load(Ordering::Relaxed), 0);
    assert!(counters.searches.load(Ordering::Relaxed) <= 8);
    // Four hundred by eight, a tenth of a second each on average.
    assert!(
        finished.took < Duration::from_secs(7),
        "{:?}",
        finished.took
    );
    assert_eq!(finished.engine.warnings(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn many_a_second_leave_by_the_group_and_each_is_there_once() {
    for ledger in [false, true] {
        let plan = Plan {
            latency: Duration::from_millis(2),
            concurrency: 32,
            faults: 0.0005,
            late: Duration::from_secs(1),
            ledger,
            ..Plan::plain(6_000)
        };
        let simulation = Simulation::with(5, plan);
        let killed = Ending::Killed(Duration::from_millis(300));
        let first = simulation.one_run(0, killed).await;
        let there = lock(&simulation.server).records.len();
        assert!((2_000..5_500).contains(&there), "{there} are there");
        drop(first);
        let finished = run(&simulation, 1, |_| {}).await;
        assert_eq!(finished.engine.doubles(), []);
        assert_eq!(lock(&simulation.server).records.len(), 6_000);
        let there = |one: &Outcome| matches!(one, Outcome::Uploaded | Outcome::AlreadyUploaded(_));
        assert_eq!(count(&finished, there), 6_000);
        // In doubt was what was in flight, and two groups; each of them is searched for twice at most, but for a few.
        let searches = finished.engine.counters.searches.load(Ordering::Relaxed);
        assert!(searches < 2 * (32 + 2 * 512) + 100, "{searches} searches");
    }
}

#[tokio::test(start_paused = true)]
async fn where_all_is_doubt_sending_stops_and_then_the_run() {
    let plan = Plan {
        outage: Some((Duration::ZERO, LONG)),
        ..Plan::plain(2_000)
    };
    let simulation = Simulation::with(
        2,
        Plan {
            search: Search::Empty,
            ..plan
        },
    );
    let finished = run(&simulation, 0, |_| {}).await;
    assert!(matches!(
        finished.engine.stop.reason(),
        Some(End::Stopped(_))
    ));
    // Twenty, those in flight, and a probe each twenty seconds at the most.
    let requests = finished.engine.counters.requests.load(Ordering::Relaxed);
    assert!(requests <= 20 + 8 + 15 * 3, "{requests} sent into the void");
    assert!(count(&finished, |one| *one == Outcome::NotAttempted) > 1_900);
    assert_eq!(finished.outcomes.len(), 2_000);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_sat_out() {
    let outage = Some((Duration::from_secs(3), Duration::from_mins(5)));
    let simulation = Simulation::with(
        3,
        Plan {
            outage,
            ..Plan::plain(300)
        },
    );
    let finished = run(&simulation, 0, |_| {}).await;
    assert_eq!(finished.engine.stop.reason(), None);
    // One that was the probe too often may stay in doubt; nothing is lost, and nothing is there twice.
    let uploaded = count(&finished, |one| *one == Outcome::Uploaded);
    assert!(uploaded >= 295, "{uploaded} uploaded");
    let held = count(&finished, |one| matches!(one, Outcome::InDoubt(_)));
    assert_eq!(uploaded + held, 300);
    let there = lock(&simulation.server).records.len();
    assert!((uploaded..=300).contains(&there), "{there} are there");
}

/// While a machine sleeps, or all requests are paused, the time that a doubt is given passes: that says nothing of search.
#[tokio::test(start_paused = true)]
async fn a_doubt_is_looked_for_however_late_it_is() {
    let simulation = Simulation::with(13, Plan::plain(2));
    let works = simulation.works(0);
    let engine = simulation.engine_with(0, |_| {}).await;
    lock(&simulation.server).shelve(71, &works[0].token.to_string(), Duration::ZERO);
    let ended = Instant::now();
    let doubt = Doubt {
        code: "timeout".into(),
        why: "no answer came".into(),
        ended,
        timed_out: true,
        earlier: false,
        unsent: None,
    };
    tokio::time::advance(LONG).await;
    for work in &works {
        engine.book.begin_post(work, false).await.unwrap();
    }
    let found = engine.resolve(&works[0], &doubt).await;
    assert!(matches!(found, Resolved::Present(_)));
    // So long after it was sent, what is not found is not there.
    let found = engine.resolve(&works[1], &doubt).await;
    assert!(matches!(found, Resolved::Absent));
    assert!(ended.elapsed() < LONG + Duration::from_mins(1));
}

#[tokio::test(start_paused = true)]
async fn a_search_that_is_of_no_use_holds_doubts_and_says_so() {
    for search in [Search::Broken, Search::Empty] {
        let plan = Plan {
            search,
            faults: 0.1,
            ..Plan::plain(100)
        };
        let simulation = Simulation::with(4, plan);
        let finished = run(&simulation, 0, |_| {}).await;
        let held = count(&finished, |one| matches!(one, Outcome::InDoubt(_)));
        assert!(held > 0, "{search:?}");
        assert_eq!(finished.engine.resent(), Vec::new(), "{search:?}");
        assert_eq!(finished.engine.warnings().len(), 1, "{search:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fifth_changed_stops_the_run_before_the_first_update() {
    let plan = Plan {
        changing: 0.5,
        on_change: OnChange::Update,
        ..Plan::plain(120)
    };
    for expect_changes in [false, true] {
        let simulation = Simulation::with(5, plan.clone());
        run(&simulation, 0, |_| {}).await;
        let second = run(&simulation, 1, |delivery| {
            delivery.expect_changes = expect_changes;
        })
        .await;
        let updated = count(&second, |one| *one == Outcome::Updated);
        assert_eq!(second.engine.stop.reason().is_some(), !expect_changes);
        assert_eq!(updated > 0, expect_changes, "{updated} updated");
        assert_eq!(second.outcomes.len(), 120);
    }
}

#[tokio::test(start_paused = true)]
async fn few_changes_are_made_at_the_end_of_the_input() {
    let plan = Plan {
        changing: 0.5,
        on_change: OnChange::Update,
        ..Plan::plain(30)
    };
    let simulation = Simulation::with(6, plan);
    run(&simulation, 0, |_| {}).await;
    let second = run(&simulation, 1, |delivery| delivery.expect_changes = false).await;
    assert_eq!(second.engine.stop.reason(), None);
    assert!(count(&second, |one| *one == Outcome::Updated) > 5);
}

#[tokio::test(start_paused = true)]
async fn what_comes_late_shows_as_a_double_at_the_end() {
    let simulation = Simulation::with(7, Plan::plain(3));
    // The first response of this run is created some seconds after its 504, when it was sent again.
    lock(&simulation.server).next_is_late(Duration::from_secs(12));
    let works = simulation.works(0);
    let engine = simulation.engine_with(0, |_| {}).await;
    let token = works[0].token;
    let finished = simulation.run_of(0, Ending::Whole, engine, works).await;
    assert_eq!(count(&finished, |one| *one == Outcome::Uploaded), 3);
    finished
        .engine
        .check_doubles(&finished.engine.resent())
        .await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    finished
        .engine
        .check_doubles(&finished.engine.resent())
        .await;
    let doubles = finished.engine.doubles();
    assert_eq!(doubles.len(), 1);
    assert_eq!((doubles[0].token, doubles[0].ids.len()), (token, 2));
}

#[tokio::test(start_paused = true)]
async fn a_missing_ledger_shows_before_anything_is_sent() {
    let simulation = Simulation::with(8, Plan::plain(5));
    let first = run(&simulation, 0, |_| {}).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    let tokens: Vec<_> = first.works.iter().map(|work| work.token).collect();
    let another = Simulation {
        shelf: Shelf::memory(),
        ..simulation
    };
    let engine = another.engine_with(1, |_| {}).await;
    let found = engine.search_tokens(&tokens).await.unwrap();
    let present = |found: &crate::upload::Found| matches!(found, crate::upload::Found::Present(ids) if ids.len() == 1);
    assert!(
        found.len() == 5 && found.iter().all(|(_, found)| present(found)),
        "{found:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_before_search_was_tried_does_not_speak_ill_of_it() {
    let simulation = Simulation::with(9, Plan::plain(5));
    let engine = simulation.engine_with(0, |_| {}).await;
    engine.stop.end(End::Stopped("interrupted".into()));
    let works = simulation.works(0);
    let finished = simulation.run_of(0, Ending::Whole, engine, works).await;
    assert!(finished.engine.searchable().await.is_err());
    assert_eq!(finished.engine.inquiry.distrust.get(), None);
    assert_eq!(finished.engine.warnings(), Vec::<String>::new());
    // The same while it is being tried.
    let engine = simulation.engine_with(1, |_| {}).await;
    let stop = engine.stop.clone();
    let trying = engine.searchable();
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        stop.end(End::Stopped("interrupted".into()));
    };
    let (tried, ()) = tokio::join!(trying, stopping);
    assert!(tried.is_err());
    assert_eq!(engine.inquiry.distrust.get(), None);
}

/// What was sent again is looked for until its own copy is found: before that, nobody can tell how many there are.
#[tokio::test(start_paused = true)]
async fn a_double_is_looked_for_until_its_own_copy_is_seen() {
    let simulation = Simulation::with(11, Plan::plain(1));
    let token = simulation.works(0)[0].token;
    let engine = simulation.engine_with(0, |_| {}).await;
    let shelve = |id, found_after| {
        lock(&simulation.server).shelve(id, &token.to_string(), found_after);
    };
    let resent = [(token, Some("72".to_owned()))];
    let told = engine.check_doubles(&resent).await;
    assert_eq!(engine.unverified(), [token], "nothing is found");
    assert_eq!(told, [token], "and that was told");
    shelve(71, Duration::ZERO);
    engine.check_doubles(&resent).await;
    assert_eq!(engine.unverified(), [token], "another is found");
    assert_eq!(engine.doubles()[0].ids, ["71", "72"]);
    shelve(72, Duration::ZERO);
    engine.check_doubles(&resent).await;
    assert_eq!(engine.unverified(), []);
    // Without an acknowledgement, what there is of it is found once it had the time to be.
    let engine = simulation.engine_with(1, |_| {}).await;
    engine.check_doubles(&[(token, None)]).await;
    assert_eq!(engine.unverified(), [token], "too early");
    tokio::time::sleep(Duration::from_mins(1)).await;
    engine.check_doubles(&[(token, None)]).await;
    assert_eq!(engine.unverified(), []);
}

/// What search did not tell of has not been looked for.
#[tokio::test(start_paused = true)]
async fn a_search_that_fails_tells_nothing_of_doubles() {
    let simulation = Simulation::with(19, Plan::plain(1));
    let token = simulation.works(0)[0].token;
    let engine = simulation.engine_with(0, |_| {}).await;
    assert!(engine.searchable().await.is_ok());
    lock(&simulation.server).break_searches();
    assert_eq!(engine.check_doubles(&[(token, None)]).await, []);
    assert_eq!(engine.unverified(), [token]);
}

/// What stands as refused may have been sent again since by a run whose notes are lost.
#[tokio::test(start_paused = true)]
async fn a_probe_asks_for_what_was_refused_too() {
    let simulation = Simulation::with(12, Plan::plain(3));
    let works = simulation.works(0);
    let earlier = simulation.engine_with(0, |_| {}).await;
    for work in &works {
        earlier.book.begin_post(work, false).await.unwrap();
        earlier.book.refused(work, "http_422");
    }
    let token = works[0].token;
    lock(&simulation.server).shelve(71, &token.to_string(), Duration::ZERO);
    let finished = run(&simulation, 1, |delivery| delivery.probe = true).await;
    assert_eq!(count(&finished, |one| *one == Outcome::Uploaded), 2);
    let known = |one: &Outcome| matches!(one, Outcome::AlreadyUploaded(_));
    assert_eq!(count(&finished, known), 1);
    assert_eq!(lock(&simulation.server).records.len(), 3);
}

/// At a low rate requests wait long for their turn: that is no lag of search, and no doubt waits for it.
#[tokio::test(start_paused = true)]
async fn the_wait_for_a_turn_is_no_lag_of_search() {
    for (seed, lag, longest) in [(14, 1, 700), (15, 1, 700), (16, 15, 900), (17, 30, 1_200)] {
        let plan = Plan {
            rate: Rate::Fixed {
                count: NonZeroU32::new(2).unwrap(),
                per: Duration::from_secs(1),
            },
            faults: 0.5,
            late: Duration::from_secs(2),
            lag: Duration::from_secs(lag),
            concurrency: 32,
            ..Plan::plain(300)
        };
        let simulation = Simulation::with(seed, plan);
        let finished = run(&simulation, 0, |_| {}).await;
        assert!(
            finished.took < Duration::from_secs(longest),
            "seed {seed}: {:?}",
            finished.took
        );
        let server = lock(&simulation.server);
        let tokens: HashSet<_> = server.records.iter().map(|record| &record.token).collect();
        assert_eq!(tokens.len(), server.records.len(), "seed {seed}");
    }
}

/// An outage is one, however many requests meet it: none of them waits for it as if it had met many.
#[tokio::test(start_paused = true)]
async fn connections_that_fail_together_count_once() {
    let simulation = Simulation::with(20, Plan::plain(1));
    let engine = simulation.engine_with(0, |_| {}).await;
    let refused = Meaning::NotConnected("refused".into());
    for round in 1..=3 {
        let turns = [
            engine.limiter.turn(&engine.pause).await,
            engine.limiter.turn(&engine.pause).await,
        ];
        tokio::time::sleep(Duration::from_millis(1)).await;
        for turn in turns {
            assert_eq!(engine.learn(&refused, turn).connects_in_a_row, round);
        }
    }
}

/// Counted is what a run posts again itself: no update, and nothing that an earlier run has posted.
#[tokio::test(start_paused = true)]
async fn a_retry_is_a_response_posted_again() {
    let plan = Plan {
        changing: 1.0,
        on_change: OnChange::Update,
        other_faults: 0.5,
        ..Plan::plain(30)
    };
    let simulation = Simulation::with(18, plan);
    let works = simulation.works(0);
    let killed = simulation.engine_with(0, |_| {}).await;
    killed.book.begin_post(&works[0], false).await.unwrap();
    for (number, posted) in [(1, 30), (2, 0)] {
        let finished = run(&simulation, number, |_| {}).await;
        let counters = &finished.engine.counters;
        let requests = counters.requests.load(Ordering::Relaxed);
        let retries = counters.retries.load(Ordering::Relaxed);
        assert_eq!(requests - retries, posted, "run {number}");
        assert_eq!(retries, 0, "run {number}");
    }
}
