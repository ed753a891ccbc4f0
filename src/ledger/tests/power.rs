//! After a power loss: how long what may be missing is looked for.

use super::*;

/// A run over these inputs.
fn over(number: u16, inputs: u8) -> NewRun {
    NewRun {
        token_attribute: String::new(),
        below: Vec::new(),
        inputs: Some(Id([inputs; 16])),
        ..new_run(number)
    }
}

async fn lost(ledger: &Ledger, run: RunNumber) -> bool {
    ledger
        .ask(move |view| view.power_was_lost(run))
        .await
        .unwrap()
}

/// All runs so far were of an earlier start of the machine.
async fn reboot(ledger: &Ledger) {
    let sql = "UPDATE runs SET boot_id = coalesce(boot_id, '') || '-before'";
    let done = ledger.ask(move |view| view.connection.execute(sql, []).map(|_| ()));
    done.await.unwrap();
}

/// The end of a run, with so many doubts.
async fn end(ledger: &Ledger, run: RunNumber, exit_code: u8, in_doubt: u64, not_attempted: u64) {
    let summary =
        serde_json::json!({"in_doubt": in_doubt, "not_attempted": not_attempted, "with_token": 1});
    let finished = Finished {
        summary: summary.to_string(),
        ..finished(exit_code)
    };
    ledger.finish_run(run, finished).await.unwrap();
}

/// A ledger with a run that the power ended.
async fn ended_by_the_power() -> Ledger {
    let ledger = Ledger::temporary().unwrap();
    ledger.start_run(over(1, 1)).await.unwrap();
    reboot(&ledger).await;
    ledger
}

#[tokio::test]
async fn a_run_that_did_not_end_before_the_machine_may_have_lost_something() {
    let ledger = Ledger::temporary().unwrap();
    let dead = ledger.start_run(over(1, 1)).await.unwrap();
    assert!(!lost(&ledger, dead).await, "there was none before");
    let killed = ledger.start_run(over(2, 1)).await.unwrap();
    // Where the system does not say, it may always have been.
    assert_eq!(lost(&ledger, killed).await, boot_id().is_none());
    reboot(&ledger).await;
    let next = ledger.start_run(over(3, 1)).await.unwrap();
    assert!(lost(&ledger, next).await);
}

#[tokio::test]
async fn only_a_whole_run_over_the_same_files_has_looked_for_all_of_it() {
    for (inputs, exit_code, in_doubt, not_attempted, expected) in [
        (1, 0, 0, 0, false),
        (1, 1, 0, 0, false),
        (2, 0, 0, 0, true),
        (1, 1, 3, 0, true),
        (1, 1, 0, 1, true),
        (1, 5, 0, 0, true),
        (1, 3, 0, 0, true),
    ] {
        let ledger = ended_by_the_power().await;
        let second = ledger.start_run(over(2, inputs)).await.unwrap();
        end(&ledger, second, exit_code, in_doubt, not_attempted).await;
        let third = ledger.start_run(over(3, 1)).await.unwrap();
        let figures = (inputs, exit_code, in_doubt, not_attempted);
        assert_eq!(lost(&ledger, third).await, expected, "{figures:?}");
    }
    // Pipes are never the same.
    let ledger = Ledger::temporary().unwrap();
    ledger.start_run(new_run(1)).await.unwrap();
    reboot(&ledger).await;
    let second = ledger.start_run(new_run(2)).await.unwrap();
    end(&ledger, second, 0, 0, 0).await;
    let third = ledger.start_run(new_run(3)).await.unwrap();
    assert!(lost(&ledger, third).await);
}

#[tokio::test]
async fn another_run_before_the_power_went_brought_all_to_the_disk() {
    let ledger = Ledger::temporary().unwrap();
    ledger.start_run(over(1, 1)).await.unwrap();
    let second = ledger.start_run(over(2, 2)).await.unwrap();
    if boot_id().is_some() {
        end(&ledger, second, 5, 0, 9).await;
        reboot(&ledger).await;
        let third = ledger.start_run(over(3, 1)).await.unwrap();
        assert!(!lost(&ledger, third).await);
    }
}

#[tokio::test]
async fn a_rebuild_that_found_something_takes_all_back() {
    for (exit_code, expected) in [(0, false), (5, true)] {
        let ledger = ended_by_the_power().await;
        let rebuild = NewRun {
            command: "ledger rebuild".into(),
            scope: None,
            ..new_run(2)
        };
        let rebuild = ledger.start_run(rebuild).await.unwrap();
        end(&ledger, rebuild, exit_code, 0, 0).await;
        let third = ledger.start_run(over(3, 1)).await.unwrap();
        assert_eq!(lost(&ledger, third).await, expected, "{exit_code}");
    }
}

#[tokio::test]
async fn what_is_known_to_be_lost_is_looked_for_until_a_rebuild() {
    let ledger = Ledger::temporary().unwrap();
    ledger.start_run(over(1, 1)).await.unwrap();
    let second = ledger.start_run(over(2, 1)).await.unwrap();
    ledger.note_lost(second).await.unwrap();
    assert!(lost(&ledger, second).await);
    end(&ledger, second, 0, 0, 0).await;
    let third = ledger.start_run(over(3, 1)).await.unwrap();
    assert!(lost(&ledger, third).await);
}

#[tokio::test]
async fn a_death_is_remembered_until_a_run_that_uploads_has_ended() {
    let ledger = Ledger::temporary().unwrap();
    let died = |run| ledger.ask(move |view| view.a_run_died(run));
    ledger.start_run(over(1, 1)).await.unwrap();
    for (number, command, exit_code) in [(2, "import", 5), (3, "undo", 0), (4, "import", 1)] {
        let run = NewRun {
            command: command.into(),
            ..new_run(number)
        };
        let run = ledger.start_run(run).await.unwrap();
        assert!(died(run).await.unwrap(), "{number}");
        end(&ledger, run, exit_code, 0, 0).await;
    }
    let last = ledger.start_run(over(5, 1)).await.unwrap();
    assert!(!died(last).await.unwrap());
}
