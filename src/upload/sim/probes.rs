//! Stories of runs that search for each response before they send it, as after a loss of power.

use std::time::Duration;

use super::plan::{Ending, Plan};
use super::{Simulation, lock};
use crate::outcome::Outcome;

fn probing(rows: usize) -> Plan {
    Plan {
        probe: true,
        concurrency: 32,
        latency: Duration::from_millis(20),
        ..Plan::plain(rows)
    }
}

/// What was never sent is no doubt that stops others, however much there is of it.
#[tokio::test(start_paused = true)]
async fn any_number_of_rows_is_searched_for_and_sent() {
    let simulation = Simulation::with(41, probing(5_000));
    let finished = simulation.one_run(0, Ending::Whole).await;
    for one in &finished.outcomes {
        assert_eq!(one.outcome, Outcome::Uploaded);
    }
    assert_eq!(lock(&simulation.server).records.len(), 5_000);
    // Two requests a row of 20 ms, 32 at once, and what search needs at the beginning.
    assert!(
        finished.took < Duration::from_mins(1),
        "{:?}",
        finished.took
    );
}

/// A long file is not in doubt because its turn comes late.
#[tokio::test(start_paused = true)]
async fn rows_that_come_late_are_searched_for_and_sent() {
    let plan = Plan {
        slow_input: true,
        ..probing(2_400)
    };
    let simulation = Simulation::with(42, plan);
    let finished = simulation.one_run(0, Ending::Whole).await;
    assert!(
        finished.took > Duration::from_mins(20),
        "later than the patience"
    );
    for one in &finished.outcomes {
        assert_eq!(one.outcome, Outcome::Uploaded);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_is_not_attempted_where_the_run_ends() {
    let simulation = Simulation::with(43, probing(3_000));
    let ending = Ending::Stopped(Duration::from_secs(5));
    let finished = simulation.one_run(0, ending).await;
    let sent = lock(&simulation.server).records.len();
    let count = |outcome: &Outcome| {
        let same = finished
            .outcomes
            .iter()
            .filter(|one| one.outcome == *outcome);
        same.count()
    };
    assert_eq!(count(&Outcome::Uploaded), sent);
    assert_eq!(
        count(&Outcome::NotAttempted),
        finished.outcomes.len() - sent
    );
    assert!(sent < 2_000);
}
