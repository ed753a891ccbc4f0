//! Stories of what changes while a run goes on, or between two.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::plan::{Ending, Plan};
use super::{Simulation, lock};
use crate::api::answer::Meaning;
use crate::mapping::OnChange;
use crate::outcome::Outcome;
use crate::upload::retry::{Decision, decide};

/// Search may come to need much longer than at the run's beginning: a doubt waits for what it needs now.
#[tokio::test(start_paused = true)]
async fn a_lag_that_has_grown_is_measured_before_an_absence_counts() {
    let plan = Plan {
        slow_input: true,
        ..Plan::plain(400)
    };
    let simulation = Simulation::with(21, plan);
    let server = Arc::clone(&simulation.server);
    let changing = async {
        tokio::time::sleep(Duration::from_secs(40)).await;
        lock(&server).lag_by(Duration::from_mins(1));
        tokio::time::sleep(Duration::from_secs(10)).await;
        lock(&server).next_is_late(Duration::ZERO);
        std::future::pending::<()>().await;
    };
    let finished = tokio::select! {
        finished = simulation.one_run(0, Ending::Whole) => finished,
        () = changing => unreachable!(),
    };
    assert_eq!(finished.engine.resent(), []);
    assert_eq!(lock(&simulation.server).records.len(), 400);
}

/// Where there was nothing to send for long, as from a pipe, that is no outage.
#[tokio::test(start_paused = true)]
async fn a_time_without_rows_is_no_time_without_an_answer() {
    let simulation = Simulation::with(22, Plan::plain(1));
    let engine = simulation.engine(0).await;
    let limits = engine.delivery.limits;
    let turn = engine.limiter.turn(&engine.pause).await;
    engine.learn(&Meaning::Created("1".into()), turn);
    for meaning in [
        Meaning::NotConnected("refused".into()),
        Meaning::Wait(Some(Duration::from_secs(1))),
    ] {
        let turn = engine.limiter.turn(&engine.pause).await;
        let refused = Meaning::RowOrRun {
            status: 403,
            words: String::new(),
        };
        let began = turn.began;
        engine.learn(&refused, turn);
        assert!(engine.ask_about_run(began, 403, "").await.is_some());
        tokio::time::sleep(limits.give_up_after * 2).await;
        let turn = engine.limiter.turn(&engine.pause).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let decision = decide(meaning.clone(), &engine.learn(&meaning, turn), &limits);
        let wait = match decision {
            Decision::Again(wait) | Decision::PauseAll(wait) => wait,
            decision => panic!("{decision:?}"),
        };
        assert!(wait < Duration::from_secs(2), "{wait:?}");
        let turn = engine.limiter.turn(&engine.pause).await;
        engine.learn(&Meaning::Created("2".into()), turn);
    }
}

/// An update that was left alone may have been made: what its row brings next is sent, also where it is what was there
/// before.
#[tokio::test(start_paused = true)]
async fn an_update_left_in_flight_may_have_been_made() {
    let plan = Plan {
        changing: 1.0,
        on_change: OnChange::Update,
        ledger: true,
        ..Plan::plain(1)
    };
    let simulation = Simulation::with(23, plan);
    simulation.one_run(0, Ending::Whole).await;
    let at_once = Ending::StoppedNow(Duration::from_millis(20));
    let left = simulation.one_run(1, at_once).await;
    assert!(matches!(left.outcomes[0].outcome, Outcome::NotAttempted));
    let content = |simulation: &Simulation| lock(&simulation.server).records[0].comment.clone();
    assert_eq!(content(&simulation), "good 0 1");
    let works = simulation.works(0);
    let engine = simulation.engine(2).await;
    let back = simulation.run_of(2, Ending::Whole, engine, works).await;
    assert_eq!(back.outcomes[0].outcome, Outcome::Updated);
    assert_eq!(content(&simulation), "good 0 0");
}

/// A wait that is too long ends the run, and is told to the next, whatever those in flight are answered.
#[tokio::test(start_paused = true)]
async fn the_wait_that_ended_a_run_is_remembered() {
    let simulation = Simulation::with(24, Plan::plain(1));
    let engine = simulation.engine(0).await;
    let hour = Duration::from_hours(1);
    for asked in [Some(hour), Some(Duration::from_secs(1)), None] {
        let turn = engine.limiter.turn(&engine.pause).await;
        engine.learn(&Meaning::Wait(asked), turn);
    }
    assert_eq!(engine.wait_asked(), Some(hour));
}

/// A refusal is no proof that what was sent before it, and was not found for long, does not come after all.
#[tokio::test(start_paused = true)]
async fn what_was_refused_after_a_doubt_is_searched_for_before_it_is_sent_again() {
    let plan = Plan {
        ledger: true,
        ..Plan::plain(1)
    };
    let simulation = Simulation::with(25, plan);
    lock(&simulation.server).next_is_late_and_then_refused(Duration::from_secs(45));
    let refused = simulation.one_run(0, Ending::Whole).await;
    assert!(matches!(refused.outcomes[0].outcome, Outcome::Failed(_)));
    tokio::time::sleep(Duration::from_hours(1)).await;
    let found = simulation.one_run(1, Ending::Whole).await;
    assert_eq!(lock(&simulation.server).records.len(), 1);
    let known = Outcome::AlreadyUploaded(None);
    assert_eq!(found.outcomes[0].outcome, known);
    let again = simulation.one_run(2, Ending::Whole).await;
    assert_eq!(again.outcomes[0].outcome, known);
    assert_eq!(again.engine.counters.searches.load(Ordering::Relaxed), 0);
}

/// What came late has the content that was sent then, whatever its row brings now.
#[tokio::test(start_paused = true)]
async fn what_was_mended_after_a_refusal_is_not_taken_for_what_came_late() {
    let plan = Plan {
        changing: 1.0,
        on_change: OnChange::Update,
        ledger: true,
        ..Plan::plain(1)
    };
    let simulation = Simulation::with(26, plan);
    lock(&simulation.server).next_is_late_and_then_refused(Duration::from_secs(45));
    simulation.one_run(0, Ending::Whole).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    let mended = simulation.one_run(1, Ending::Whole).await;
    assert_eq!(mended.outcomes[0].outcome, Outcome::Updated);
    let server = lock(&simulation.server);
    assert_eq!(server.records.len(), 1);
    assert_eq!(server.records[0].comment, "good 0 1");
}
