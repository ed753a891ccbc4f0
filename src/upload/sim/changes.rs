//! Stories of what changes while a run goes on, or between two.

use std::sync::Arc;
use std::time::Duration;

use super::plan::{Ending, Plan};
use super::{Simulation, lock};

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
