//! Files that need not be read again.

use super::*;

const CONTENT: Id = Id([7; 16]);

async fn was_loaded(ledger: &Ledger, content: Id, loading: Loading) -> bool {
    ledger
        .ask(move |view| view.was_loaded(content, loading))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_file_counts_as_loaded_by_a_run_that_ended_with_0() {
    let ledger = Ledger::temporary().unwrap();
    let (one, other) = (
        Loading::of(["nps.csv", "acme"]),
        Loading::of(["nps.csv", "globex"]),
    );
    for (number, exit_code) in [(1, 1), (2, 0)] {
        let run = new_run(number);
        let id = run.id.clone();
        let at_work = ledger.start_run(run).await.unwrap();
        ledger.loaded(id, vec![(CONTENT, one)]).await.unwrap();
        assert!(
            !was_loaded(&ledger, CONTENT, one).await,
            "the run is still at work"
        );
        ledger
            .finish_run(at_work, finished(exit_code))
            .await
            .unwrap();
        assert_eq!(was_loaded(&ledger, CONTENT, one).await, exit_code == 0);
    }
    assert!(!was_loaded(&ledger, CONTENT, other).await);
    assert!(!was_loaded(&ledger, Id([8; 16]), one).await);
    ledger
        .loaded("no such run".into(), vec![(CONTENT, other)])
        .await
        .unwrap();
    assert!(!was_loaded(&ledger, CONTENT, other).await);
}

#[tokio::test]
async fn after_an_undo_in_the_project_every_file_is_due_again() {
    let ledger = Ledger::temporary().unwrap();
    let loading = Loading::of(["nps.csv"]);
    let run = new_run(1);
    let id = run.id.clone();
    let number = ledger.start_run(run).await.unwrap();
    ledger.finish_run(number, finished(0)).await.unwrap();
    ledger.loaded(id, vec![(CONTENT, loading)]).await.unwrap();
    let mut elsewhere = new_run(2);
    elsewhere.command = "undo".into();
    elsewhere.target.project = "globex".into();
    ledger.start_run(elsewhere).await.unwrap();
    assert!(was_loaded(&ledger, CONTENT, loading).await);
    let undo = NewRun {
        command: "undo".into(),
        ..new_run(3)
    };
    ledger.start_run(undo).await.unwrap();
    assert!(!was_loaded(&ledger, CONTENT, loading).await);
}
