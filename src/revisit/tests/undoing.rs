//! Undo.

use super::*;
use crate::sandbox::{Call, Keeps, Kind, SearchMode};
use crate::upload::retry::End;

#[tokio::test]
async fn a_run_is_undone_and_others_are_not() {
    let world = World::new().await;
    let other = world.ledger.start_run(new_run("import", 2)).await.unwrap();
    for number in 1..=40 {
        world.create(world.run, number).await;
    }
    world.create(other, 50).await;
    assert_eq!(figures(&world.undo().await), "deleted=40");
    assert_eq!(world.held().count("acme"), 1);
    assert_eq!(world.there(50), 1);
    assert!(matches!(world.state(1).await, Some(State::Undone(_))));
    assert!(matches!(world.state(50).await, Some(State::Uploaded(_))));
    assert_eq!(figures(&world.undo().await), "", "nothing is left to undo");
}

#[tokio::test]
async fn what_somebody_changed_is_named_and_left_unless_forced() {
    let mut world = World::new().await;
    let id = world.create(world.run, 1).await;
    let enriched = world.create(world.run, 2).await;
    world.create(world.run, 3).await;
    world
        .change(&id, json!({"comment": "Mended by hand"}))
        .await;
    world
        .change(
            &enriched,
            json!({"user_meta": {"vip": {"type": "text", "name": "VIP", "value": "yes"}}}),
        )
        .await;
    let findings = world.undo().await;
    assert_eq!(figures(&findings), "changed=2 deleted=1");
    insta::assert_snapshot!(messages(&findings), @r"
    changed Some(3): somebody has changed it since it was sent
    changed Some(4): somebody has changed it since it was sent
    ");
    assert!(!messages(&findings).contains("Mended"));
    assert_eq!((world.there(1), world.there(2)), (1, 1));
    world.force = true;
    assert_eq!(figures(&world.undo().await), "deleted=2");
    assert_eq!(world.held().count("acme"), 0);
}

#[tokio::test]
async fn what_the_api_writes_its_own_way_is_no_change() {
    let world = World::with(Options {
        keeps: Keeps::Normalised,
        ..Options::default()
    })
    .await;
    for number in 1..=3 {
        world.create(world.run, number).await;
    }
    // The answer to this one never came: it is known by what was sent.
    world.begin(world.run, 4).await;
    let id = crate::api::answer::readable_id(
        &serde_json::from_slice(&world.send(4).await.body).unwrap(),
    )
    .unwrap();
    let echo = echo_hash(&bodies(4).0, b"");
    world.ledger.tell(
        token(4),
        Event::Created(id),
        Note {
            echo,
            ..Note::default()
        },
    );
    assert_eq!(figures(&world.undo().await), "deleted=4");
}

#[tokio::test]
async fn another_token_is_not_ours_even_by_force() {
    let mut world = World::new().await;
    let id = world.create(world.run, 1).await;
    let other = json!({"type": "text", "name": "x", "value": token(9).to_string()});
    world
        .change(&id, json!({"user_meta": {"chatterload_key": other}}))
        .await;
    world.force = true;
    assert_eq!(figures(&world.undo().await), "changed=1");
    assert_eq!(world.held().count("acme"), 1);
}

#[tokio::test]
async fn doubts_are_resolved_first() {
    let world = World::new().await;
    world.create(world.run, 1).await;
    for number in 2..=3 {
        world.doubt(number).await;
    }
    world.send(2).await;
    assert_eq!(figures(&world.undo().await), "deleted=2 not_created=1");
    assert_eq!(world.held().count("acme"), 0);
    assert!(matches!(world.state(2).await, Some(State::Undone(_))));
    assert_eq!(world.state(3).await, Some(State::New));
}

#[tokio::test]
async fn a_dead_runs_post_is_a_doubt_too() {
    let world = World::new().await;
    world.begin(world.run, 1).await;
    world.send(1).await;
    assert_eq!(figures(&world.undo().await), "deleted=1");
    assert_eq!(world.held().count("acme"), 0);
}

#[tokio::test]
async fn doubts_that_search_cannot_resolve_are_held() {
    for search in [
        SearchMode::Broken,
        SearchMode::IgnoresFilter,
        SearchMode::Empty,
    ] {
        let world = World::with(Options {
            search,
            ..Options::default()
        })
        .await;
        world.create(world.run, 1).await;
        world.doubt(2).await;
        world.send(2).await;
        let findings = world.undo().await;
        assert_eq!(figures(&findings), "deleted=1 in_doubt=1", "{search:?}");
        assert_eq!(world.state(2).await, Some(State::InDoubt), "{search:?}");
        assert_eq!(world.there(2), 1, "{search:?}");
    }
}

#[tokio::test]
async fn absence_needs_something_that_is_found() {
    let world = World::new().await;
    world.doubt(1).await;
    let findings = world.undo().await;
    assert_eq!(figures(&findings), "in_doubt=1");
    insta::assert_snapshot!(messages(&findings), @"in_doubt Some(3): nobody knows whether it was created (timeout), and search cannot tell: the run has no response that is known to be there, by which to tell whether search finds what there is");
}

#[tokio::test]
async fn a_double_of_a_doubt_that_was_sent_once_is_left() {
    let world = World::new().await;
    world.doubt(1).await;
    world.send(1).await;
    world.send(1).await;
    assert_eq!(
        figures(&world.undo().await),
        "deleted=1 doubles=1 taken_back=1"
    );
    assert_eq!(world.there(1), 1);
}

#[tokio::test]
async fn an_undo_that_was_cut_short_goes_on() {
    let world = World::new().await;
    let earlier = world.ledger.start_run(new_run("undo", 7)).await.unwrap();
    for number in 1..=3 {
        world.create(world.run, number).await;
    }
    let id = world.create(world.run, 4).await;
    for number in [2, 4] {
        world
            .ledger
            .begin_delete(earlier, token(number))
            .await
            .unwrap();
    }
    // The DELETE of this one had left, and was taken.
    world.client().delete("acme", &id).await;
    assert_eq!(figures(&world.undo().await), "deleted=4");
    assert_eq!(world.held().count("acme"), 0);
    assert!(matches!(world.state(4).await, Some(State::Undone(_))));
}

#[tokio::test]
async fn what_is_gone_already_is_undone() {
    let world = World::new().await;
    let id = world.create(world.run, 1).await;
    world.client().delete("acme", &id).await;
    assert_eq!(figures(&world.undo().await), "already_gone=1");
    assert!(matches!(world.state(1).await, Some(State::Undone(_))));
}

#[tokio::test]
async fn one_404_of_a_gateway_is_not_taken_for_gone() {
    let world = World::new().await;
    world.create(world.run, 1).await;
    world.held().fault_next(Call::Get, Kind::NotFound);
    assert_eq!(figures(&world.undo().await), "deleted=1");
    assert_eq!(world.held().count("acme"), 0);
}

#[tokio::test]
async fn whatever_a_delete_is_answered_the_ledger_says_what_is_there() {
    let clear = [
        Kind::Internal,
        Kind::InternalAfter,
        Kind::BadGateway,
        Kind::BadGatewayAfter,
        Kind::Captive,
        Kind::DropBefore,
        Kind::DropAfter,
        Kind::Hang,
        Kind::HangAfter,
        Kind::Garbled,
        Kind::NotFound,
        Kind::Timeout,
        Kind::Conflict,
        Kind::OkErrors,
    ];
    for kind in clear {
        let world = World::new().await;
        world.create(world.run, 1).await;
        world.held().fault_next(Call::Delete, kind);
        assert_eq!(figures(&world.undo().await), "deleted=1", "{kind:?}");
        assert_eq!(world.held().count("acme"), 0, "{kind:?}");
        assert!(
            matches!(world.state(1).await, Some(State::Undone(_))),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_refusal_leaves_it_uploaded() {
    let world = World::new().await;
    world.create(world.run, 1).await;
    world.held().fault_next(Call::Delete, Kind::Forbidden);
    assert_eq!(figures(&world.undo().await), "failed=1");
    assert!(matches!(world.state(1).await, Some(State::Uploaded(_))));
    assert_eq!(figures(&world.undo().await), "deleted=1");
}

#[tokio::test]
async fn a_wait_that_is_asked_for_is_obeyed() {
    let world = World::new().await;
    for number in 1..=3 {
        world.create(world.run, number).await;
    }
    world.held().fault_next(Call::Delete, Kind::TooMany);
    world.held().fault_next(Call::Get, Kind::Unavailable);
    assert_eq!(figures(&world.undo().await), "deleted=3");
    assert_eq!(world.held().log().answered(Call::Delete, 429), 1);
    assert_eq!(world.held().count("acme"), 0);
}

#[tokio::test]
async fn a_run_that_ends_leaves_the_rest_for_later() {
    let world = World::new().await;
    for number in 1..=3 {
        world.create(world.run, number).await;
    }
    world.doubt(4).await;
    world.stop.end(End::Stopped("interrupted".into()));
    assert_eq!(figures(&world.undo().await), "in_doubt=1 not_attempted=3");
    assert_eq!(world.held().count("acme"), 3);
}

#[tokio::test]
async fn an_undone_id_is_no_hit_and_updates_are_listed() {
    let world = World::new().await;
    let other = world.ledger.start_run(new_run("import", 2)).await.unwrap();
    world.create(other, 1).await;
    let intent = Intent {
        token: token(1),
        raw: Id([2; 16]),
        payload: Id([3; 16]),
        echo: None,
        version: None,
        name: Arc::from("main"),
        file: 0,
        row: 9,
    };
    world.ledger.begin_put(world.run, intent).await.unwrap();
    world.ledger.tell(token(1), Event::Updated, Note::default());
    world.create(world.run, 2).await;
    assert_eq!(figures(&world.undo().await), "deleted=1 updated=1");
    assert_eq!(world.there(1), 1);
}
