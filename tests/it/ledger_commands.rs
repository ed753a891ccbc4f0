//! What was run, what became of it, and a ledger that was lost.

use crate::support::{Done, World};

fn rebuild(world: &World, more: &[&str]) -> Done {
    let args = ["ledger", "rebuild", "--json", "--rate", "unlimited"];
    world.run(args.iter().chain(more))
}

fn verify(world: &World) -> Done {
    world.run(["ledger", "verify", "last", "--json", "--rate", "unlimited"])
}

#[test]
fn runs_are_listed_and_shown() {
    let world = World::new();
    world.file(
        "nps.csv",
        "id,score,comment,date\n1,9,Secret words,2026-10-01\n2,99,x,2026-10-01\n",
    );
    let summary = world.import("nps.csv", &[]).expect_code(1).json();
    let name = summary["run"].as_str().unwrap();
    let runs = world.run(["runs", "--json"]).expect_code(0).json();
    assert_eq!(runs["runs"][0]["run"], name);
    assert_eq!(runs["runs"][0]["summary"]["uploaded"], 1);
    let table = world.run(["runs"]).expect_code(0);
    assert!(
        table.out.contains(name) && table.out.contains("complete_with_failures"),
        "{table:?}"
    );

    for wanted in [name, "last", &name[..18]] {
        let done = world.run(["runs", "show", wanted, "--json"]).expect_code(0);
        let shown = done.json();
        assert_eq!(shown["run"]["run"], name);
        let response = &shown["responses"][0];
        assert_eq!(response["file"], "nps.csv");
        assert_eq!(response["row"], 2);
        assert_eq!(response["state"], "uploaded");
        assert!(response["id"].is_string(), "{shown}");
        assert_eq!(shown["rejections"][0]["row"], 3);
        assert_eq!(shown["status"], "complete");
        assert!(!done.out.contains("Secret words"), "{done:?}");
    }
    let text = world.run(["runs", "show", "last"]).expect_code(0);
    assert!(
        text.out.contains("nps.csv") && text.out.contains("rejected"),
        "{text:?}"
    );
}

#[test]
fn a_long_run_is_cut_as_text_and_whole_as_json() {
    let world = World::new();
    world.table("nps.csv", 60);
    world.import("nps.csv", &[]).expect_code(0);
    let text = world.run(["runs", "show", "last"]).expect_code(0);
    assert_eq!(text.out.matches("  uploaded  ").count(), 50, "{text:?}");
    assert!(text.out.contains("--all"), "{text:?}");
    let all = world.run(["runs", "show", "last", "--all"]).expect_code(0);
    assert_eq!(all.out.matches("  uploaded  ").count(), 60, "{all:?}");
    let shown = world
        .run(["runs", "show", "last", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(shown["responses"].as_array().unwrap().len(), 60);
}

#[test]
fn without_a_ledger_or_a_run_it_says_so() {
    let world = World::new();
    for args in [
        &["runs"][..],
        &["runs", "show", "last"],
        &["undo", "last", "--yes"],
        &["ledger", "verify", "last"],
    ] {
        let done = world.run(args.iter().chain(&["--json"])).expect_code(2);
        assert_eq!(done.json()["status"], "aborted");
        done.expect_err(&["there is no ledger at", "--ledger"]);
    }
    world.table("nps.csv", 1);
    world.import("nps.csv", &[]).expect_code(0);
    world
        .run(["runs", "show", "1999"])
        .expect_code(2)
        .expect_err(&["no run '1999'"]);
}

#[test]
fn a_lost_ledger_is_rebuilt_and_nothing_is_doubled() {
    let world = World::new();
    world.table("nps.csv", 120);
    world.import("nps.csv", &[]).expect_code(0);
    for ending in ["", "-wal", "-shm"] {
        let _ =
            std::fs::remove_file(world.path(&format!("state/chatterload/ledger.sqlite{ending}")));
    }
    let done = rebuild(&world, &[]).expect_code(0);
    done.expect("seen=120 with_token=120 taken_back=120 known=0 doubles=0");
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=0 already_uploaded=120");
    assert_eq!(world.state().count("acme"), 120);
    rebuild(&world, &[])
        .expect_code(0)
        .expect("taken_back=0 known=120");
    // What was taken back is not the run's own.
    world
        .run(["undo", "last", "--yes", "--json"])
        .expect_code(0)
        .expect("deleted=0");
    assert_eq!(world.state().count("acme"), 120);
}

#[test]
fn a_renamed_token_is_found_by_its_mapping() {
    let world = World::new();
    let mapping = crate::support::MAPPING.replace("[key]", "[key]\ntoken = \"our_key\"");
    world.file("mapping.toml", mapping);
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    rebuild(&world, &[])
        .expect_code(0)
        .expect("seen=3 with_token=0");
    rebuild(&world, &["-m", "mapping.toml"])
        .expect_code(0)
        .expect("with_token=3 known=3");
    world.state().advance(std::time::Duration::from_secs(5));
    verify(&world)
        .expect_code(0)
        .expect("verified=3 not_found_by_search=0");
}

#[test]
fn verification_finds_losses_and_doubles() {
    let world = World::new();
    world.table("nps.csv", 10);
    world.import("nps.csv", &[]).expect_code(0);
    world.state().advance(std::time::Duration::from_secs(5));
    verify(&world)
        .expect_code(0)
        .expect("verified=10 missing=0 doubles=0 changed=0");
    let mut response = world.state().responses("acme").remove(0);
    let fields = response.as_object_mut().unwrap();
    fields.retain(|key, _| !matches!(key.as_str(), "id" | "updated_at"));
    world.state().insert("acme", &response).unwrap();
    world.state().advance(std::time::Duration::from_secs(5));
    let done = verify(&world)
        .expect_code(1)
        .expect("verified=10 doubles=1");
    assert_eq!(
        done.json()["findings"][0]["ids"].as_array().unwrap().len(),
        2
    );
    let text = world.run(["ledger", "verify", "last"]).expect_code(1);
    assert!(text.out.contains("more than once"), "{text:?}");
}

#[test]
fn where_nothing_was_loaded_yet_that_is_said() {
    let world = World::new();
    for args in [
        &["runs", "--json"][..],
        &["undo", "last", "--yes", "--json"],
        &["retry", "last", "--json"],
        &["report", "last", "--json"],
    ] {
        let done = world.run(args).expect_code(2);
        done.expect_err(&["nothing was loaded from here yet", "--ledger"]);
    }
}
