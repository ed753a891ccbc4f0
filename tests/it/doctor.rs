//! What `doctor` finds, and the commands that are made from the parser.

use chatterload::sandbox::{Options, SearchMode};
use serde_json::Value;

use crate::support::{Done, KEY, World};

fn check(done: &Done, name: &str) -> Value {
    let told = done.json();
    let checks = told["checks"].as_array().unwrap();
    let found = checks.iter().find(|one| one["check"] == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {told}"))
        .clone()
}

#[test]
fn all_is_well_before_and_after_the_first_import() {
    let world = World::new();
    let before = world.run(["doctor", "--json"]).expect_code(0);
    assert!(
        check(&before, "ledger")["found"]
            .as_str()
            .unwrap()
            .contains("will be made")
    );
    assert!(!world.exists("state"), "doctor made something");
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    let after = world.run(["doctor", "--json"]).expect_code(0);
    for name in [
        "network",
        "clock",
        "key",
        "project",
        "search",
        "ledger",
        "permissions",
    ] {
        assert_eq!(check(&after, name)["status"], "ok", "{after:?}");
    }
    let text = world.run(["doctor"]).expect_code(0);
    assert!(text.out.contains("An import can run."), "{text:?}");
    assert!(!text.out.contains(KEY) && !after.out.contains(KEY));
    assert_eq!(world.state().count("acme"), 3, "doctor posted something");
}

#[test]
fn what_is_wrong_is_told_with_its_remedy() {
    let world = World::new();
    let mut command = world.command(["doctor", "--json"]);
    command.env_remove("CHATTERMILL_API_KEY");
    let done = crate::support::done(&mut command).expect_code(2);
    let settings = check(&done, "settings");
    assert!(
        settings["remedy"]
            .as_str()
            .unwrap()
            .contains("CHATTERMILL_API_KEY")
    );
    // What needs no key is looked at all the same.
    assert_eq!(check(&done, "ledger")["status"], "ok");

    let done = world
        .run(["doctor", "-p", "acmee", "--json"])
        .expect_code(1);
    let project = check(&done, "project");
    assert!(project["remedy"].is_string(), "{project}");
    assert_eq!(check(&done, "search")["status"], "skipped");

    let mut command = world.command(["doctor", "--json"]);
    command.env("CHATTERMILL_API_KEY", "another-key-0815");
    let done = crate::support::done(&mut command).expect_code(1);
    assert_eq!(check(&done, "key")["status"], "failed");
    assert!(!done.out.contains("another-key-0815"));

    let mut command = world.command(["doctor", "--json"]);
    command.env("CHATTERMILL_API_URL", "http://127.0.0.1:1/v1");
    let done = crate::support::done(&mut command).expect_code(1);
    assert_eq!(check(&done, "network")["status"], "failed");
}

#[test]
fn a_search_that_cannot_be_trusted_is_found() {
    let world = World::with(Options {
        search: SearchMode::IgnoresFilter,
        ..Options::default()
    });
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    world.state().advance(std::time::Duration::from_secs(5));
    let done = world.run(["doctor", "--json"]).expect_code(1);
    assert_eq!(check(&done, "search")["status"], "failed");
}

#[test]
fn a_damaged_ledger_is_found() {
    let world = World::new();
    world.file("ledger.sqlite", vec![7; 8192]);
    let done = world
        .run(["doctor", "--ledger", "ledger.sqlite", "--json"])
        .expect_code(1);
    let ledger = check(&done, "ledger");
    assert_eq!(ledger["status"], "failed");
    assert!(ledger["remedy"].is_string(), "{ledger}");
}

#[test]
fn completions_and_pages_are_printed() {
    let world = World::new();
    let done = world.run(["completions", "bash"]).expect_code(0);
    assert!(done.out.contains("_chatterload") && done.out.contains("doctor"));
    let done = world.run(["completions", "fish", "--json"]).expect_code(0);
    assert!(
        done.json()["script"]
            .as_str()
            .unwrap()
            .contains("complete -c chatterload")
    );
    let done = world.run(["man", "import"]).expect_code(0);
    assert!(
        done.out.contains(".TH chatterload-import 1"),
        "{}",
        done.out
    );
    world.run(["man", "-o", "pages"]).expect_code(0);
    assert!(world.exists("pages/chatterload.1"));
    assert!(world.exists("pages/chatterload-runs-show.1"));
    world
        .run(["man", "imprt"])
        .expect_code(2)
        .expect_err(&["'import'"]);
}
