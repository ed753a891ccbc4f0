//! Verification.

use super::*;
use crate::ledger::Reader;
use crate::revisit::verify::Verify;
use crate::sandbox::{Keeps, SearchMode};

async fn verify(world: &World) -> (Findings, Option<String>) {
    let reader = Reader::open(world.ledger.path()).unwrap();
    let findings = Findings::of(vec!["nps.csv".into()]);
    let caller = world.caller();
    let verify = Verify {
        search: Search {
            caller: &caller,
            attribute: Some("chatterload_key"),
        },
        reader: &reader,
        of: world.run,
        findings: &findings,
        doubles: std::sync::Mutex::default(),
    };
    let distrust = verify.run().await.unwrap();
    (findings, distrust)
}

#[tokio::test]
async fn losses_doubles_and_changes_show() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for number in 1..=5 {
        ids.push(world.create(world.run, number).await);
    }
    assert_eq!(figures(&verify(&world).await.0), "verified=5");
    world.client().delete("acme", &ids[0]).await;
    world.send(2).await;
    world.change(&ids[2], json!({"score": 10})).await;
    world.client().delete("acme", &ids[3]).await;
    world.send(4).await;
    let before = world.held().responses("acme");
    let (findings, distrust) = verify(&world).await;
    assert_eq!(
        figures(&findings),
        "changed=2 doubles=1 missing=1 verified=2"
    );
    assert_eq!(distrust, None);
    insta::assert_snapshot!(messages(&findings), @r"
    missing Some(3): it is not there
    doubles Some(4): it is in Chattermill more than once
    changed Some(5): somebody has changed it since it was sent
    changed Some(6): it is not there under the id 1004, but under another
    ");
    assert_eq!(world.held().responses("acme"), before, "nothing is changed");
}

#[tokio::test]
async fn without_search_losses_show_and_doubles_are_not_looked_for() {
    let world = World::with(Options {
        search: SearchMode::Broken,
        ..Options::default()
    })
    .await;
    let id = world.create(world.run, 1).await;
    world.create(world.run, 2).await;
    world.client().delete("acme", &id).await;
    let (findings, distrust) = verify(&world).await;
    assert_eq!(figures(&findings), "missing=1 verified=1");
    assert!(distrust.unwrap().contains("HTTP 500"));
}

#[tokio::test]
async fn what_the_ledger_has_no_echo_of_is_compared_by_its_body() {
    for (keeps, expected) in [
        (Keeps::AsSent, "verified=1"),
        (Keeps::Normalised, "not_compared=1"),
    ] {
        let world = World::with(Options {
            keeps,
            ..Options::default()
        })
        .await;
        world.begin(world.run, 1).await;
        let answer = world.send(1).await;
        let id = crate::api::answer::readable_id(&serde_json::from_slice(&answer.body).unwrap())
            .unwrap();
        world
            .ledger
            .tell(token(1), Event::Created(id), Note::default());
        world.ledger.flush().await.unwrap();
        assert_eq!(figures(&verify(&world).await.0), expected);
    }
}
