//! Stories of what should not happen: a page in the API's place, no project, a delivery that panics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::FutureExt;
use serde_json::json;

use super::model::{Server, answer, with_retry_after};
use super::plan::{Ending, Plan};
use super::{Simulation, lock};
use crate::api::answer::Seen;
use crate::api::{Client, Request};
use crate::mapping::OnChange;
use crate::outcome::Outcome;
use crate::upload::known::Fate;
use crate::upload::retry::End;
use crate::upload::{Engine, Settled};

/// The API, but for what `instead` answers in its place.
fn replace_some(
    engine: &mut Arc<Engine>,
    simulation: &Simulation,
    instead: impl Fn(&Request) -> Option<Seen> + Send + Sync + 'static,
) {
    let api = Server::model(&simulation.server);
    let model = move |request: Request| match instead(&request) {
        Some(seen) => std::future::ready(seen).boxed(),
        None => api(request),
    };
    let engine = Arc::get_mut(engine).expect("nobody else has it");
    engine.client = Client::over(Arc::new(model), &engine.client.base().clone());
}

/// A proxy that wants somebody to sign in answers everything with its page: no row is refused for that.
#[tokio::test(start_paused = true)]
async fn a_page_in_the_place_of_the_api_refuses_no_row() {
    let simulation = Simulation::with(31, Plan::plain(3));
    let mut engine = simulation.engine(0).await;
    let pages = AtomicU32::new(0);
    replace_some(&mut engine, &simulation, move |request| {
        let is_search = request.url.path().ends_with("/search");
        let status = if request.method == "POST" { 403 } else { 200 };
        let is_away = !is_search && pages.fetch_add(1, Ordering::Relaxed) < 40;
        is_away.then(|| answer(status, "<html>Sign in</html>"))
    });
    let works = simulation.works(0);
    let finished = simulation.run_of(0, Ending::Whole, engine, works).await;
    for one in &finished.outcomes {
        assert_eq!(one.outcome, Outcome::Uploaded);
    }
    assert_eq!(finished.outcomes.len(), 3);
    assert_eq!(lock(&simulation.server).records.len(), 3);
}

/// The run ends, and the next one finds out what became of it.
#[tokio::test(start_paused = true)]
async fn a_delivery_that_panics_ends_the_run_and_is_in_doubt() {
    for together in [None, Some(5)] {
        let plan = Plan {
            slow_input: true,
            together,
            ledger: true,
            ..Plan::plain(60)
        };
        let simulation = Simulation::with(32, plan);
        let mut engine = simulation.engine(0).await;
        replace_some(&mut engine, &simulation, |request| {
            assert!(!request.body.windows(7).any(|part| part == b"good 3 "));
            None
        });
        let works = simulation.works(0);
        let finished = simulation.run_of(0, Ending::Whole, engine, works).await;
        assert!(finished.engine.stop.is_ending());
        assert!(lock(&simulation.server).records.len() < 59);
        simulation.one_run(1, Ending::Whole).await;
        assert_eq!(lock(&simulation.server).records.len(), 60);
    }
}

/// Where the project is not found either, nothing is gone: the run ends, and the next one makes the update.
#[tokio::test(start_paused = true)]
async fn an_update_that_meets_no_project_is_made_by_the_next_run() {
    let plan = Plan {
        changing: 1.0,
        on_change: OnChange::Update,
        ledger: true,
        ..Plan::plain(1)
    };
    let simulation = Simulation::with(33, plan);
    simulation.one_run(0, Ending::Whole).await;
    let mut engine = simulation.engine(1).await;
    replace_some(&mut engine, &simulation, |request| {
        let is_search = request.url.path().ends_with("/search");
        (!is_search).then(|| answer(404, "{}"))
    });
    let works = simulation.works(1);
    let ended = simulation.run_of(1, Ending::Whole, engine, works).await;
    assert_eq!(ended.outcomes[0].outcome, Outcome::NotAttempted);
    assert!(matches!(ended.engine.stop.reason(), Some(End::Refused(_))));
    let engine = simulation.engine(2).await;
    let works = simulation.works(1);
    let made = simulation.run_of(2, Ending::Whole, engine, works).await;
    assert_eq!(made.outcomes[0].outcome, Outcome::Updated);
}

/// That the question whether the run is refused has to wait says nothing of the row or the run.
#[tokio::test(start_paused = true)]
async fn the_question_whether_the_run_is_refused_waits_where_it_is_asked_to() {
    let simulation = Simulation::with(37, Plan::plain(5));
    let mut engine = simulation.engine(0).await;
    let asked = Arc::new(AtomicU32::new(0));
    let questions = Arc::clone(&asked);
    replace_some(&mut engine, &simulation, move |request| {
        if request.url.path().ends_with("/data_types") {
            let asked = questions.fetch_add(1, Ordering::Relaxed);
            return (asked < 3).then(|| with_retry_after(429, "20"));
        }
        let is_first = request.body.windows(7).any(|part| part == b"good 1 ");
        is_first.then(|| answer(403, "{}"))
    });
    let works = simulation.works(0);
    let finished = simulation.run_of(0, Ending::Whole, engine, works).await;
    assert_eq!(finished.engine.stop.reason(), None);
    assert_eq!(asked.load(Ordering::Relaxed), 4);
    assert!(
        finished.took >= Duration::from_mins(1),
        "{:?}",
        finished.took
    );
    for one in &finished.outcomes {
        match one.outcome.failure() {
            Some((_, why)) => assert_eq!(
                (one.ticket.row.position.row, why.code.as_ref()),
                (1, "http_403")
            ),
            None => assert_eq!(one.outcome, Outcome::Uploaded),
        }
    }
    assert_eq!(lock(&simulation.server).records.len(), 4);
}

/// As a cache in between gives it: the answer to another request says nothing of this one.
#[tokio::test(start_paused = true)]
async fn an_answer_that_gives_another_response_is_no_acknowledgement() {
    let simulation = Simulation::with(38, Plan::plain(5));
    let mut engine = simulation.engine(0).await;
    let works = simulation.works(0);
    let other = json!({"response": {"id": 1, "user_meta": {"chatterload_key": {"value": works[0].token.to_string()}}}});
    let replayed = AtomicU32::new(0);
    replace_some(&mut engine, &simulation, move |request| {
        let is_meant = request.body.windows(7).any(|part| part == b"good 1 ");
        let is_first = is_meant && replayed.fetch_add(1, Ordering::Relaxed) == 0;
        is_first.then(|| answer(201, &other.to_string()))
    });
    let finished = simulation.run_of(0, Ending::Whole, engine, works).await;
    for one in &finished.outcomes {
        assert_eq!(one.outcome, Outcome::Uploaded);
    }
    assert_eq!(lock(&simulation.server).records.len(), 5);
}

/// Where each row is refused although the run is not, the first fifty end it all the same.
#[tokio::test(start_paused = true)]
async fn a_run_whose_first_answers_are_all_403_ends() {
    let simulation = Simulation::with(34, Plan::plain(200));
    let mut engine = simulation.engine(0).await;
    replace_some(&mut engine, &simulation, |request| {
        (request.method == "POST").then(|| answer(403, "{}"))
    });
    let works = simulation.works(0);
    let ended = simulation.run_of(0, Ending::Whole, engine, works).await;
    assert!(matches!(
        ended.engine.stop.reason(),
        Some(End::Stopped(why)) if why.contains("all refusals")
    ));
    let failed = |one: &&Settled| matches!(one.outcome, Outcome::Failed(_));
    assert!((50..60).contains(&ended.outcomes.iter().filter(failed).count()));
}

/// Search lags, so that a run with a new ledger does not find what the lost one has loaded a moment before: as soon as it
/// comes to light nothing more is sent.
#[tokio::test(start_paused = true)]
async fn what_comes_to_light_after_a_ledger_was_lost_ends_the_run() {
    for may_lack in [true, false] {
        let plan = Plan {
            slow_input: true,
            lag: Duration::from_secs(8),
            ..Plan::plain(200)
        };
        let lost = Simulation::with(35, plan.clone());
        let ending = Ending::Killed(Duration::from_secs(9));
        lost.one_run(0, ending).await;
        let before = lock(&lost.server).records.len();
        let simulation = Simulation {
            server: Arc::clone(&lost.server),
            ..Simulation::with(35, plan)
        };
        let engine = Arc::into_inner(simulation.engine(1).await).expect("nobody else has it");
        let engine = Arc::new(engine.that_may_lack_a_ledger(may_lack));
        let works = simulation.works(0);
        let ended = simulation.run_of(1, Ending::Whole, engine, works).await;
        let sent = lock(&lost.server).records.len() - before;
        assert_eq!(ended.engine.stop.is_ending(), may_lack);
        assert_eq!(ended.engine.lacks_a_ledger(), may_lack);
        assert!(!ended.engine.doubles().is_empty());
        // As many as fit into the lag.
        assert_eq!(sent < 40, may_lack, "{sent}");
    }
}

/// A run that is over before search catches up looks for some of its responses once more, and does not wait for long.
#[tokio::test(start_paused = true)]
async fn a_short_first_run_looks_again_for_what_a_lost_ledger_loaded() {
    for (is_lost, lag) in [(true, 3), (false, 3), (false, 3_600)] {
        let plan = Plan {
            lag: Duration::from_secs(lag),
            ..Plan::plain(20)
        };
        let before = Simulation::with(36, plan.clone());
        if is_lost {
            before.one_run(0, Ending::Whole).await;
        }
        let simulation = Simulation {
            server: Arc::clone(&before.server),
            ..Simulation::with(36, plan)
        };
        let began = tokio::time::Instant::now();
        let engine = simulation.one_run(1, Ending::Whole).await.engine;
        let tokens: Vec<_> = simulation.works(0).iter().map(|work| work.token).collect();
        let known = engine.book.lookup(tokens.clone()).await;
        let ours = tokens.into_iter().zip(known).map(|(token, known)| {
            let Some(Fate::Uploaded(id)) = known.map(|known| known.fate) else {
                panic!("{token} is there");
            };
            (token, id)
        });
        engine.look_again(ours.collect()).await;
        assert_eq!(engine.lacks_a_ledger(), is_lost, "{lag}");
        assert_eq!(engine.doubles().is_empty(), !is_lost, "{lag}");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(7), "{took:?}");
    }
}
