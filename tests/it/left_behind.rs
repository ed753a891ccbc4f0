//! What killed runs and read-only disks leave to those who come after.

use std::process::Stdio;
use std::time::Duration;

use chatterload::sandbox::Options;

use crate::support::{Running, World, wait_until};

#[test]
fn retrying_a_run_that_was_killed_tells_how_to_go_on() {
    let world = World::with(Options {
        latency: Duration::from_millis(20),
        ..Options::default()
    });
    world.table("our nps.csv", 300);
    let args = [
        "import",
        "our nps.csv",
        "-m",
        "mapping.toml",
        "--set",
        "response.score.max=10",
    ];
    let mut command = world.command(args);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = Running(quiet.spawn().unwrap());
    wait_until("a response", || world.state().count("acme") > 0);
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    let told = world.run(["retry", "last"]).expect_code(2);
    let mapping = world.path("mapping.toml").canonicalize().unwrap();
    let told = told.expect_err(&[
        "has not come to its end",
        &format!(
            "chatterload import 'our nps.csv' -m {} --set response.score.max=10 -p acme",
            mapping.display()
        ),
    ]);
    assert!(!told.err.contains("nothing to retry"), "{told:?}");
}

#[test]
fn what_a_killed_run_found_is_new_to_who_hears_of_it_first() {
    let world = World::with(Options {
        latency: Duration::from_millis(20),
        ..Options::default()
    });
    let bad = "b1,99,a,2026-10-01\n";
    let table = crate::support::table(1..=300);
    let (header, rows) = table.split_once('\n').unwrap();
    world.file("nps.csv", format!("{header}\n{bad}{rows}"));
    let ignore = ["--known-failures", "ignore"];
    let mut command = world.command(["import", "nps.csv", "-m", "mapping.toml"]);
    command.args(ignore);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = Running(quiet.spawn().unwrap());
    // The row stands in the failures file, and the ledger knows of it too.
    wait_until("a failure", || {
        world.state().count("acme") > 20
            && std::fs::read_to_string(world.path("nps.failures.csv"))
                .is_ok_and(|text| text.contains("b1"))
    });
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    world
        .import("nps.csv", &ignore)
        .expect_code(1)
        .expect("rejected=1 known_failures=0");
    world
        .import("nps.csv", &ignore)
        .expect_code(0)
        .expect("rejected=1 known_failures=1");
}

#[test]
fn retrying_a_run_without_failures_says_so() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    world
        .run(["retry", "last"])
        .expect_code(2)
        .expect_err(&["there is nothing to retry"]);
}

#[test]
fn retrying_a_run_whose_failures_file_is_another_s_by_now_names_that() {
    let world = World::new();
    let rows = crate::support::table(1..=3);
    world.file("nps.csv", format!("{rows}b1,99,a,2026-10-01\n"));
    let run = || {
        let done = world.import("nps.csv", &[]).expect_code(1);
        done.json()["run"].as_str().unwrap().to_owned()
    };
    let (first, second) = (run(), run());
    world
        .run(["retry", &first])
        .expect_code(2)
        .expect_err(&["nps.failures.csv holds by now", &format!("retry {second}")]);
    world.run(["retry", &second]).expect_code(1);
}

#[test]
fn runs_are_shown_from_a_ledger_beside_which_nothing_can_be_written() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    let ledger = world.path("copy/ledger.sqlite");
    std::fs::create_dir(world.path("copy")).unwrap();
    std::fs::copy(world.path("state/chatterload/ledger.sqlite"), &ledger).unwrap();
    // SQLite keeps a file of this name beside it: here it cannot, whoever asks.
    std::fs::create_dir(world.path("copy/ledger.sqlite-shm")).unwrap();
    let ledger = ledger.display().to_string();
    for command in [
        &["runs"][..],
        &["runs", "show", "last"],
        &["report", "last", "-o", "report.html"],
    ] {
        world
            .run(command.iter().chain(&["--ledger", &ledger]))
            .expect_code(0);
    }
}
