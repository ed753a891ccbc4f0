//! Taking back what a run uploaded.

use std::process::Stdio;
use std::time::Duration;

use chatterload::sandbox::{Call, Kind, Options};
use serde_json::{Value, json};

use crate::support::{Running, World, table, wait_until};

fn undo(world: &World, more: &[&str]) -> crate::support::Done {
    let args = [
        "undo",
        "last",
        "--json",
        "--rate",
        "unlimited",
        "--settle",
        "0s",
    ];
    world.run(args.iter().chain(more))
}

/// What was loaded after it had failed, and taken back since, has not failed.
#[test]
fn what_was_undone_is_new_though_it_failed_before() {
    let world = World::new().may_refuse();
    world.table("nps.csv", 3);
    world.state().fault_next(Call::Post, Kind::TooLarge);
    world
        .import("nps.csv", &[])
        .expect_code(1)
        .expect("failed=1");
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=1");
    undo(&world, &["--yes"]).expect_code(0);
    world
        .import("nps.csv", &["--known-failures", "ignore"])
        .expect_code(0)
        .expect("uploaded=1 known_failures=0");
    world.expect_each_once(3);
}

fn change(world: &World, row: usize, score: u64) {
    let held = world.state().responses("acme");
    let wanted = format!("Comment number {row}");
    let response = held
        .iter()
        .find(|response| response["comment"] == wanted)
        .unwrap();
    let id = response["id"].to_string();
    world.put(&id, &json!({"score": score}));
}

#[test]
fn the_last_run_is_undone_and_its_rows_are_new_again() {
    let world = World::new();
    world.table("first.csv", 5);
    world.import("first.csv", &[]).expect_code(0);
    world.file("second.csv", table(6..=30));
    world.import("second.csv", &[]).expect_code(0);
    let done = undo(&world, &["--yes"]).expect_code(0);
    let done = done.expect("deleted=25 changed=0 failed=0 in_doubt=0 not_attempted=0");
    let summary = done.json();
    assert_eq!(summary["status"], "complete");
    assert_eq!(summary["command"], "undo");
    assert_eq!(summary["project"], "acme");
    assert_eq!(world.state().count("acme"), 5);
    undo(&world, &["--yes"]).expect_code(0).expect("deleted=0");
    world
        .import("second.csv", &[])
        .expect_code(0)
        .expect("uploaded=25");
    assert_eq!(world.state().count("acme"), 30);
}

#[test]
fn without_a_terminal_yes_is_required() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    let done = undo(&world, &[]).expect_code(2);
    assert_eq!(done.json()["exit_code"], 2);
    done.expect_err(&["3 responses", "--yes", "nothing was deleted"]);
    assert_eq!(world.state().count("acme"), 3);
}

#[test]
fn what_somebody_changed_is_named_and_left() {
    let world = World::new();
    world.table("nps.csv", 4);
    world.import("nps.csv", &[]).expect_code(0);
    change(&world, 2, 0);
    let done = undo(&world, &["--yes"])
        .expect_code(1)
        .expect("deleted=3 changed=1");
    let finding = done.json()["findings"][0].clone();
    assert_eq!(finding["file"], "nps.csv");
    assert_eq!(finding["row"], 3);
    assert!(!done.out.contains("Comment number"), "{done:?}");
    let text = world.run(["undo", "last", "--yes"]).expect_code(1);
    assert!(text.out.contains("nps.csv, row 3"), "{text:?}");
    assert!(text.out.contains("somebody has changed it"), "{text:?}");
    undo(&world, &["--yes", "--force"])
        .expect_code(0)
        .expect("deleted=1");
    assert_eq!(world.state().count("acme"), 0);
}

#[test]
fn a_faulty_api_neither_loses_nor_keeps_anything() {
    // An answer that was lost is asked about: 404 is what is wanted.
    let world = World::new().may_refuse();
    world.table("nps.csv", 20);
    world.import("nps.csv", &[]).expect_code(0);
    let faults = "delete:502-after=20%,delete:drop-after=15%,delete:captive=15%,delete:429=10%:10ms,get:502=10%";
    world.state().set_faults(faults.parse().unwrap());
    undo(&world, &["--yes"]).expect_code(0).expect("deleted=20");
    assert_eq!(world.state().count("acme"), 0);
}

#[test]
fn a_key_that_is_refused_deletes_nothing() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    let mut command = world.command(["undo", "last", "--yes", "--json"]);
    let done =
        crate::support::done(command.env("CHATTERMILL_API_KEY", "another-key")).expect_code(4);
    assert_eq!(done.json()["exit_code"], 4);
    assert_eq!(world.state().count("acme"), 3);
}

#[test]
fn a_refusal_of_one_does_not_keep_the_others() {
    let world = World::new();
    world.table("nps.csv", 5);
    world.import("nps.csv", &[]).expect_code(0);
    world.state().fault_next(Call::Delete, Kind::Forbidden);
    undo(&world, &["--yes"])
        .expect_code(1)
        .expect("deleted=4 failed=1");
    undo(&world, &["--yes"]).expect_code(0).expect("deleted=1");
}

#[test]
fn only_runs_that_upload_can_be_undone() {
    let world = World::new();
    world.table("nps.csv", 2);
    world.import("nps.csv", &[]).expect_code(0);
    let undone = undo(&world, &["--yes"]).expect_code(0).json();
    let name = undone["run"].as_str().unwrap();
    world
        .run(["undo", name, "--yes"])
        .expect_code(2)
        .expect_err(&["`undo`"]);
    world
        .run(["undo", "2001", "--yes"])
        .expect_code(2)
        .expect_err(&["no run '2001'", "chatterload runs"]);
    let of = undone["of_run"].as_str().unwrap();
    let mut command = world.command(["undo", of, "--yes", "--json"]);
    let elsewhere =
        crate::support::done(command.env("CHATTERMILL_API_URL", "https://localhost:1/v1"));
    elsewhere.expect_code(2).expect_err(&["--api-url"]);
}

#[test]
fn a_run_at_work_is_not_undone() {
    let world = World::new();
    world.table("nps.csv", 2);
    world.import("nps.csv", &[]).expect_code(0);
    let ledger = world.path("state/chatterload/ledger.sqlite");
    let reader = chatterload::ledger::Reader::open(&ledger).unwrap();
    let run = reader.runs().unwrap().remove(0);
    let guarded = chatterload::ledger::Guarded {
        target: run.target,
        scope: run.scope.unwrap(),
        shard: run.shard,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let lock = chatterload::ledger::Lock::take(&ledger, &guarded, "somebody", Duration::ZERO);
    let lock = runtime.block_on(lock).unwrap();
    let done = undo(&world, &["--yes"]).expect_code(6);
    assert_eq!(done.json()["exit_code"], Value::from(6));
    done.expect_err(&["somebody"]);
    drop(lock);
    undo(&world, &["--yes"]).expect_code(0).expect("deleted=2");
}

#[test]
fn an_undo_that_is_killed_goes_on() {
    let world = World::with(Options {
        latency: Duration::from_millis(10),
        ..Options::default()
    })
    .may_refuse();
    world.table("nps.csv", 60);
    world.import("nps.csv", &[]).expect_code(0);
    let deletes = || {
        world
            .state()
            .log()
            .requests
            .get("DELETE /v1/{project}/responses/{id}")
            .copied()
            .unwrap_or(0)
    };
    for kill in 1..=3 {
        let mut command = world.command([
            "undo",
            "last",
            "--yes",
            "--rate",
            "unlimited",
            "--concurrency",
            "4",
        ]);
        let mut child = Running(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        wait_until("a few more DELETEs", || deletes() >= kill * 9);
        child.0.kill().unwrap();
        child.0.wait().unwrap();
    }
    let gone = 60 - world.state().count("acme") as u64;
    assert!((1..60).contains(&gone), "{gone}");
    let summary = undo(&world, &["--yes"])
        .expect_code(0)
        .expect("failed=0 changed=0 already_gone=0")
        .json();
    assert_eq!(world.state().count("acme"), 0);
    assert!(
        summary["deleted"].as_u64().unwrap() >= 60 - gone,
        "{summary}"
    );
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=60");
}

/// A server that creates late what was sent again makes a double: it goes with the run, whoever finds it.
#[test]
fn what_a_late_server_made_twice_is_deleted_twice() {
    for verified in [true, false] {
        let world = World::with(Options {
            search_lag: Duration::from_millis(50),
            ..Options::default()
        });
        world.state().insert("acme", &somebodys()).unwrap();
        world.table("nps.csv", 20);
        // So late that no machine is too slow for the second to go out before.
        let late = Duration::from_hours(1);
        world.state().fault_next_for(Call::Post, Kind::Late, late);
        world
            .import("nps.csv", &["--settle", "300ms"])
            .expect("uploaded=20");
        assert_eq!(world.state().count("acme"), 21);
        world.state().advance(late + Duration::from_secs(1));
        assert_eq!(world.state().count("acme"), 22, "the late one has come");
        if verified {
            let args = ["ledger", "verify", "last", "--json"];
            world.run(args).expect_code(1).expect("doubles=1");
            let shown = world.run(["runs", "show", "last", "--json"]).json();
            assert_eq!(
                shown["doubles"].as_array().map(Vec::len),
                Some(2),
                "{shown}"
            );
        }
        undo(&world, &["--yes"])
            .expect_code(0)
            .expect("deleted=20 doubles_deleted=1 doubles=0 changed=0");
        assert_eq!(world.state().count("acme"), 1, "somebody's own stays");
        world.import("nps.csv", &[]).expect("uploaded=20 doubles=0");
    }
}

fn somebodys() -> Value {
    json!({"data_type": "nps", "data_source": "typeform", "score": 3})
}
