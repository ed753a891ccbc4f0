//! Undo of what a run's requests made more than once.

use super::*;
use crate::sandbox::SearchMode;
use crate::upload::retry::End;

impl World {
    /// The id of what is there of a token beside `known`.
    fn other_id(&self, number: u8, known: &str) -> String {
        let token = token(number).to_string();
        let held = self.held().responses("acme");
        let of_it = held
            .iter()
            .filter(|one| one["user_meta"]["chatterload_key"]["value"] == token);
        let mut ids = of_it.map(|one| one["id"].to_string());
        ids.find(|id| id != known).unwrap()
    }

    /// Created twice by a run that sent it twice and found that out; gives both ids, the recorded one first.
    async fn create_twice(&self, run: RunNumber, number: u8) -> (String, String) {
        let id = self.create_after(run, number, Some(2)).await;
        self.send(number).await;
        let copy = self.other_id(number, &id);
        for id in [&id, &copy] {
            self.ledger.double(run, token(number), id.clone());
        }
        (id, copy)
    }

    /// Absent after a doubt, and sent again by a run.
    async fn send_again(&self, run: RunNumber, number: u8) -> String {
        let event = Event::Absent;
        self.ledger.tell(token(number), event, Note::default());
        self.create(run, number).await
    }

    async fn undo_of(&self, of: RunNumber) -> Findings {
        let run = self.ledger.start_run(new_run("undo", rand::random())).await;
        let findings = Findings::of(vec!["nps.csv".into()]);
        let caller = self.caller();
        self.undoing(&caller, run.unwrap(), of, &findings)
            .run()
            .await;
        findings
    }
}

#[tokio::test]
async fn what_a_run_made_twice_is_deleted_twice() {
    let world = World::new().await;
    for number in 1..=3 {
        world.create_twice(world.run, number).await;
    }
    world.create(world.run, 4).await;
    assert_eq!(figures(&world.undo().await), "deleted=4 doubles_deleted=3");
    assert_eq!(world.held().count("acme"), 0);
    assert_eq!(figures(&world.undo().await), "", "nothing is left to undo");
}

/// What is beside a response that was sent once may be another ledger's: it is left, and is what the ledger knows then.
#[tokio::test]
async fn a_copy_of_what_was_sent_once_is_left_unless_forced() {
    for force in [false, true] {
        let mut world = World::new().await;
        world.force = force;
        let id = world.create(world.run, 1).await;
        world.send(1).await;
        let copy = world.other_id(1, &id);
        world.ledger.double(world.run, token(1), copy.clone());
        let findings = world.undo().await;
        if force {
            assert_eq!(figures(&findings), "deleted=1 doubles_deleted=1");
            assert_eq!(world.there(1), 0);
        } else {
            assert_eq!(figures(&findings), "deleted=1 doubles=1 taken_back=1");
            assert_eq!(world.other_id(1, ""), copy);
            assert_eq!(world.state(1).await, Some(State::Uploaded(copy)));
        }
    }
}

#[tokio::test]
async fn a_copy_that_somebody_changed_is_named_and_left_unless_forced() {
    let mut world = World::new().await;
    let (_, copy) = world.create_twice(world.run, 1).await;
    world.change(&copy, json!({"comment": "Mended"})).await;
    let findings = world.undo().await;
    assert_eq!(figures(&findings), "deleted=1 doubles=1");
    insta::assert_snapshot!(messages(&findings), @"doubles Some(3): a second copy of it is left: somebody has changed it since it was sent");
    assert_eq!(world.other_id(1, ""), copy, "the one that was changed");
    world.force = true;
    assert_eq!(figures(&world.undo().await), "doubles_deleted=1");
    assert_eq!(world.held().count("acme"), 0);
}

#[tokio::test]
async fn an_id_with_another_token_is_no_copy_even_by_force() {
    let mut world = World::new().await;
    let (_, copy) = world.create_twice(world.run, 1).await;
    let other = json!({"type": "text", "name": "x", "value": token(9).to_string()});
    world
        .change(&copy, json!({"user_meta": {"chatterload_key": other}}))
        .await;
    world.force = true;
    assert_eq!(figures(&world.undo().await), "deleted=1 doubles=1");
    assert_eq!(world.held().count("acme"), 1);
}

#[tokio::test]
async fn a_late_copy_that_nobody_has_seen_yet_is_searched_for() {
    let world = World::new().await;
    world.doubt(1).await;
    let id = world.send_again(world.run, 1).await;
    world.send(1).await;
    assert_eq!(figures(&world.undo().await), "deleted=1 doubles_deleted=1");
    // Later still: what was undone is searched for again, and is told from what was deleted.
    world.send(1).await;
    assert_ne!(world.other_id(1, ""), id);
    assert_eq!(figures(&world.undo().await), "doubles_deleted=1");
    assert_eq!(world.held().count("acme"), 0);
}

#[tokio::test]
async fn a_copy_of_what_was_thought_never_to_be_created_is_deleted() {
    let world = World::new().await;
    world.create(world.run, 1).await;
    world.doubt(2).await;
    assert_eq!(figures(&world.undo().await), "deleted=1 not_created=1");
    world.send(2).await;
    assert_eq!(figures(&world.undo().await), "doubles_deleted=1");
    assert_eq!(world.held().count("acme"), 0);
}

#[tokio::test]
async fn where_search_is_of_no_use_copies_that_there_may_be_are_told() {
    for search in [SearchMode::Broken, SearchMode::Empty] {
        let world = World::with(Options {
            search,
            ..Options::default()
        })
        .await;
        world.doubt(1).await;
        world.send_again(world.run, 1).await;
        world.create(world.run, 2).await;
        let findings = world.undo().await;
        assert_eq!(figures(&findings), "deleted=2 not_searched=1", "{search:?}");
    }
}

/// Either request may have made the copy: it goes with the second of the two runs, whichever that is.
#[tokio::test]
async fn a_copy_of_one_of_two_runs_goes_once_both_are_undone() {
    for first_is_undone_first in [true, false] {
        let world = World::new().await;
        let first = world.run;
        world.doubt(1).await;
        let second = world.ledger.start_run(new_run("import", 2)).await.unwrap();
        let id = world.send_again(second, 1).await;
        // Created late, by the first run's request.
        world.send(1).await;
        let copy = world.other_id(1, &id);
        let (one, other) = if first_is_undone_first {
            (first, second)
        } else {
            (second, first)
        };
        let findings = world.undo_of(one).await;
        assert_eq!(findings.get("doubles"), 1, "{}", messages(&findings));
        assert_eq!(world.other_id(1, &id), copy);
        assert_eq!(world.there(1), 1 + usize::from(first_is_undone_first));
        if first_is_undone_first {
            insta::assert_snapshot!(messages(&findings), @"doubles None: a second copy of it is left: run 2026-11-23T02-15-00Z-0002 sent it too, and which of the two made this one is not known. `chatterload undo 2026-11-23T02-15-00Z-0002` deletes it");
        }
        let findings = world.undo_of(other).await;
        assert_eq!(
            findings.get("doubles_deleted"),
            1,
            "{}",
            messages(&findings)
        );
        assert_eq!(findings.get("doubles"), 0, "{}", messages(&findings));
        assert_eq!(world.held().count("acme"), 0);
    }
}

#[tokio::test]
async fn a_copy_goes_before_what_it_is_a_copy_of() {
    let world = World::new().await;
    world.create_twice(world.run, 1).await;
    world.held().fault_next(
        crate::sandbox::Call::Delete,
        crate::sandbox::Kind::Forbidden,
    );
    let findings = world.undo().await;
    assert_eq!(figures(&findings), "deleted=1 failed=1");
    // The next call goes on.
    assert_eq!(figures(&world.undo().await), "doubles_deleted=1");
    assert_eq!(world.held().count("acme"), 0);
}

#[tokio::test]
async fn copies_too_are_left_for_later_by_a_run_that_ends() {
    let world = World::new().await;
    world.create_twice(world.run, 1).await;
    world.stop.end(End::Stopped("interrupted".into()));
    assert_eq!(figures(&world.undo().await), "not_attempted=2");
    assert_eq!(world.held().count("acme"), 2);
}
