//! Pages of what a run created.

use super::*;

#[tokio::test]
async fn pages_go_on_behind_the_last_number_whatever_is_done_meanwhile() {
    let ledger = Ledger::temporary().unwrap();
    let run = ledger.start_run(new_run(1)).await.unwrap();
    for number in 0..25 {
        post(&ledger, run, number, Event::Created(number.to_string())).await;
    }
    post(&ledger, run, 25, Event::Refused).await;
    // Taken back, not created.
    ledger
        .take_back(run, vec![(token(26), "26".into())])
        .await
        .unwrap();
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let page = ledger
            .ask(move |view| view.uploaded_page(run, after, 10))
            .await
            .unwrap();
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (_, line) in page {
            ledger.begin_delete(run, line.token).await.unwrap();
            ledger
                .settle(line.token, Event::Deleted, Note::default())
                .await
                .unwrap();
            seen.push(line.row.unwrap() - 2);
        }
    }
    assert_eq!(seen, (0..25).collect::<Vec<u64>>());
    assert_eq!(
        ledger
            .ask(move |view| view.uploaded_count(run))
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn the_scopes_of_a_project_are_those_of_its_runs() {
    let ledger = Ledger::temporary().unwrap();
    for (number, scope, shard) in [
        (1, Some("nps"), None),
        (2, Some("nps"), None),
        (3, Some("csat"), Some("1/4")),
        (4, None, None),
    ] {
        let run = NewRun {
            scope: scope.map(Into::into),
            shard: shard.map(Into::into),
            ..new_run(number)
        };
        ledger.start_run(run).await.unwrap();
    }
    let scopes = ledger.ask(|view| view.scopes_of(&target())).await.unwrap();
    assert_eq!(
        scopes,
        [
            ("csat".to_owned(), Some("1/4".to_owned())),
            ("nps".to_owned(), None)
        ]
    );
}
