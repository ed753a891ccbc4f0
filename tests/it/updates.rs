//! What an update leaves in Chattermill, which merges it into what is there.

use chatterload::sandbox::{Call, Keeps, Kind, Options};
use serde_json::{Value, json};

use crate::support::{Done, World};

/// Rows of `id,score,comment,city`.
fn load(world: &World, rows: &str) -> Done {
    let mapping = world.read("mapping.toml");
    if !mapping.contains("city") {
        let mapping = mapping.replace("created_at = \"date\"\n", "");
        world.file(
            "mapping.toml",
            format!("{mapping}[response.user_meta]\ncity = \"city\"\n"),
        );
    }
    world.file("nps.csv", format!("id,score,comment,city\n{rows}"));
    world
        .import("nps.csv", &["--on-change", "update"])
        .expect_code(0)
}

fn run_of(done: &Done) -> String {
    done.json()["run"].as_str().unwrap().to_owned()
}

fn verify(world: &World, run: &str) -> Done {
    world.run(["ledger", "verify", run, "--json", "--rate", "unlimited"])
}

fn undo(world: &World, run: &str) -> Done {
    world.run([
        "undo",
        run,
        "--yes",
        "--json",
        "--rate",
        "unlimited",
        "--settle",
        "0s",
    ])
}

fn in_capitals() -> World {
    World::with(Options {
        keeps: Keeps::InCapitals,
        ..Options::default()
    })
}

#[test]
fn what_the_api_writes_its_own_way_is_no_change_after_an_update_either() {
    let world = in_capitals();
    let first = run_of(&load(&world, "1,5,slow,Rome\n2,6,dear,Kiel\n3,7,fine,\n"));
    load(&world, "1,5,slow,Rome\n2,6,too dear,Kiel\n3,7,fine,\n").expect("updated=1");
    verify(&world, &first)
        .expect_code(0)
        .expect("verified=3 changed=0 not_compared=0");
    undo(&world, &first)
        .expect_code(0)
        .expect("deleted=3 changed=0");
}

#[test]
fn what_a_row_no_longer_has_stays_is_told_and_is_no_change() {
    let world = World::new();
    let first = load(&world, "1,5,secret words,Rome\n2,6,dear,Kiel\n");
    assert_eq!(first.json()["warnings"], Value::Null);
    let done = load(&world, "1,5,,\n2,6,too dear,Kiel\n").expect("updated=2");
    let warnings = done.json()["warnings"].clone();
    assert_eq!(warnings.as_array().map(Vec::len), Some(1), "{warnings}");
    let warning = warnings.to_string();
    for says in [
        "1 updated response keeps",
        "comment, user_meta.city",
        "nps.csv, row 2",
    ] {
        assert!(warning.contains(says), "{warning}");
    }
    for told in [&done.out, &done.err] {
        assert!(!told.contains("secret") && !told.contains("Rome"), "{told}");
    }
    let held = &world.state().responses("acme")[0];
    assert_eq!(
        (&held["comment"], &held["user_meta"]["city"]["value"]),
        (&json!("secret words"), &json!("Rome"))
    );
    let first = run_of(&first);
    verify(&world, &first)
        .expect_code(0)
        .expect("verified=2 changed=0");
    undo(&world, &first)
        .expect_code(0)
        .expect("deleted=2 changed=0");
}

#[test]
fn an_update_whose_answer_tells_nothing_is_no_change_of_anybody_s() {
    for (world, verified, deleted) in [(World::new(), 1, 1), (in_capitals(), 0, 0)] {
        let first = run_of(&load(&world, "1,5,slow,Rome\n"));
        world.state().fault_next(Call::Put, Kind::NoId);
        let done = load(&world, "1,6,slow,\n").expect("updated=1");
        assert_eq!(done.json()["warnings"], Value::Null, "nothing can be told");
        verify(&world, &first)
            .expect_code(0)
            .expect(&format!("verified={verified} changed=0"))
            .expect(&format!("not_compared={}", 1 - verified));
        let done = undo(&world, &first)
            .expect_code(1 - deleted)
            .expect(&format!("deleted={deleted} changed={}", 1 - deleted));
        if deleted == 0 {
            let message = done.json()["findings"][0]["message"].to_string();
            assert!(message.contains("no hash of its answer"), "{message}");
        }
    }
}

/// It may have been made or not: it is sent again, where known failures are left out too.
#[test]
fn an_update_without_a_clear_answer_is_no_known_failure() {
    let world = World::new().may_refuse();
    load(&world, "1,9,good,Paris\n");
    world.file("nps.csv", "id,score,comment,city\n1,3,bad,Paris\n");
    let options = [
        "--on-change",
        "update",
        "--max-attempts",
        "1",
        "--known-failures",
        "ignore",
    ];
    for faults in ["put:500=100%", "put:drop-after=100%"] {
        world.state().set_faults(faults.parse().unwrap());
        let done = world.import("nps.csv", &options).expect_code(1);
        let done = done.expect("failed=1 known_failures=0").json();
        assert_eq!(done["reasons"]["update_unanswered"], 1, "{done}");
    }
    world.state().set_faults("429=0%".parse().unwrap());
    world
        .import("nps.csv", &options)
        .expect_code(0)
        .expect("updated=1 known_failures=0");
    assert_eq!(world.state().responses("acme")[0]["comment"], "bad");
}

#[test]
fn what_somebody_changed_after_an_update_is_named_and_left() {
    for tells in [true, false] {
        let world = World::new();
        let first = run_of(&load(&world, "1,5,slow,Rome\n2,6,dear,\n"));
        if !tells {
            world.state().fault_next(Call::Put, Kind::NoId);
        }
        load(&world, "1,5,slower,\n2,6,dear,\n").expect("updated=1");
        let id = world.state().responses("acme")[0]["id"].to_string();
        world.put(&id, &json!({"score": 0}));
        if tells {
            verify(&world, &first)
                .expect_code(1)
                .expect("changed=1 verified=1");
        }
        undo(&world, &first)
            .expect_code(1)
            .expect("deleted=1 changed=1");
        assert_eq!(world.state().count("acme"), 1);
    }
}
