//! Rebuilding.

use super::*;
use crate::revisit::rebuild::Rebuild;
use crate::sandbox::{Call, Kind};

async fn rebuild(world: &World, ledger: &Ledger) -> Findings {
    let run = NewRun {
        scope: None,
        ..new_run("ledger rebuild", rand::random())
    };
    let run = ledger.start_run(run).await.unwrap();
    let findings = Findings::default();
    let caller = world.caller();
    let rebuild = Rebuild {
        caller: &caller,
        ledger,
        run,
        attribute: "chatterload_key",
        findings: &findings,
    };
    // The stop has the reason, which the tests look at.
    let _ = rebuild.run().await;
    findings
}

#[tokio::test]
async fn every_token_is_taken_back_once() {
    let world = World::new().await;
    for number in 1..=250 {
        world.send(number).await;
    }
    let stranger =
        json!({"comment": "By hand", "score": 3, "data_type": "nps", "data_source": "typeform"});
    world.held().insert("acme", &stranger).unwrap();
    let new = Ledger::temporary().unwrap();
    let findings = rebuild(&world, &new).await;
    assert_eq!(
        figures(&findings),
        "pages=4 seen=251 taken_back=250 with_token=250"
    );
    let known = new.lookup((1..=250).map(token).collect()).await.unwrap();
    assert!(
        known
            .iter()
            .flatten()
            .all(|entry| matches!(entry.state, State::Uploaded(_)) && entry.payload.is_none())
    );
    assert_eq!(known.iter().flatten().count(), 250);
    let again = rebuild(&world, &new).await;
    assert_eq!(figures(&again), "known=250 pages=4 seen=251 with_token=250");
}

#[tokio::test]
async fn doubles_are_told_and_undone_ids_stay_undone() {
    let world = World::new().await;
    let undone = world.create(world.run, 1).await;
    let earlier = world.ledger.start_run(new_run("undo", 7)).await.unwrap();
    world.ledger.begin_delete(earlier, token(1)).await.unwrap();
    // The listing lags: the ledger knows better.
    world
        .ledger
        .settle(token(1), Event::Deleted, Note::default())
        .await
        .unwrap();
    world.send(2).await;
    world.send(2).await;
    let findings = rebuild(&world, &world.ledger).await;
    assert_eq!(
        figures(&findings),
        "doubles=1 pages=2 seen=3 taken_back=1 undone=1 with_token=3"
    );
    assert_eq!(world.state(1).await, Some(State::Undone(undone)));
}

#[tokio::test]
async fn what_was_taken_back_is_no_runs_own() {
    let world = World::new().await;
    // Refused to the run, and there all the same: somebody else's.
    world.begin(world.run, 1).await;
    world.ledger.tell(token(1), Event::Refused, Note::default());
    for number in 1..=2 {
        let answer = world.send(number).await;
        let id = crate::api::answer::readable_id(&serde_json::from_slice(&answer.body).unwrap())
            .unwrap();
        world
            .ledger
            .take_back(world.run, vec![(token(number), id)])
            .await
            .unwrap();
    }
    assert_eq!(figures(&world.undo().await), "");
    assert_eq!((world.there(1), world.there(2)), (1, 1));
}

#[tokio::test]
async fn a_page_that_fails_is_asked_for_again_and_a_refusal_ends_it() {
    let world = World::new().await;
    world.send(1).await;
    world.held().fault_next(Call::Get, Kind::Captive);
    world.held().fault_next(Call::Get, Kind::DropBefore);
    let new = Ledger::temporary().unwrap();
    assert_eq!(
        figures(&rebuild(&world, &new).await),
        "pages=2 seen=1 taken_back=1 with_token=1"
    );
    assert_eq!(world.stop.reason(), None);
    world.held().fault_next(Call::Get, Kind::Forbidden);
    rebuild(&world, &new).await;
    assert!(world.stop.reason().is_some());
}
