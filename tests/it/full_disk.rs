//! A full disk: a clear end, nothing doubled, nothing forgotten; and the next run brings the rest.
//!
//! The disk is full by a limit on the size of a file, which needs no rights: `ulimit -f`, its signal ignored.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use crate::support::{Done, World, done, import_of, table};

/// Runs an import that may write no file beyond so many KB.
fn import_within(world: &World, kib: u32, file: &str, more: &[&str]) -> Done {
    let plain = world.command(import_of(file).iter().chain(more));
    let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\"");
    let mut command = Command::new("bash");
    command
        .args(["-c", &script, "bash"])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(world.folder())
        .env_clear()
        .stdin(Stdio::null());
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    done(&mut command)
}

/// The ids of the rows of a failures file, which must be whole.
fn ids(world: &World, file: &str) -> BTreeSet<String> {
    let bytes = std::fs::read(world.path(file)).unwrap();
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let header = reader.headers().unwrap().clone();
    let id = header.iter().position(|name| name == "id").unwrap();
    let records = reader.records().map(Result::unwrap);
    records.map(|record| record[id].to_owned()).collect()
}

#[test]
fn a_ledger_that_cannot_grow_ends_the_run_and_the_next_one_goes_on() {
    let world = World::new();
    world.table("first.csv", 5);
    world.import("first.csv", &[]).expect_code(0);
    world.table("nps.csv", 600);
    let full = import_within(&world, 220, "nps.csv", &["--concurrency", "4"]).expect_code(5);
    full.expect("rejected=0 failed=0").expect_err(&["ledger"]);
    let there = world.state().count("acme");
    assert!((6..600).contains(&there), "{there}");
    let done = world.import("nps.csv", &["--settle", "300ms"]);
    done.expect_code(0).expect("in_doubt=0 doubles=0");
    world.expect_each_once(600);
}

/// Rows with long comments and no score, among good ones.
fn bad_rows(bad: usize, length: usize) -> String {
    let mut text = table(1..=20);
    for id in 1_001..=1_000 + bad {
        let _ = writeln!(text, "{id},none,{},2026-10-01", "long ".repeat(length / 5));
    }
    text
}

#[test]
fn what_is_not_in_the_failures_file_is_not_known_to_have_failed() {
    let world = World::new();
    world.file("nps.csv", bad_rows(60, 20_000));
    let full = import_within(&world, 300, "nps.csv", &[]).expect_code(5);
    full.expect_err(&[
        "the failures file nps.failures.csv cannot be written",
        "make room",
    ]);
    let mut told = ids(&world, "nps.failures.csv");
    assert!((1..60).contains(&told.len()), "{} were written", told.len());
    let more = ["--known-failures", "ignore", "--failures", "more.csv"];
    world.import("nps.csv", &more).expect_code(1);
    let rest = ids(&world, "more.csv");
    assert!(told.is_disjoint(&rest), "each is told once");
    told.extend(rest);
    assert_eq!(told.len(), 60, "none is left out for being known");
    world.expect_each_once(20);
}

#[test]
fn a_workbook_that_cannot_be_written_leaves_its_rows_as_csv() {
    let world = World::new();
    let extra = |what: &str| format!(",{what}").repeat(40);
    let header = (0..40).fold(String::new(), |text, number| format!("{text},c{number}"));
    let mut text = format!("id,score,comment,date{header}\n");
    for id in 1..=420 {
        let score = if id > 20 { "none" } else { "9" };
        let _ = writeln!(text, "{id},{score},Fine,2026-10-01{}", extra("x"));
    }
    world.file("nps.csv", text);
    let full = import_within(&world, 500, "nps.csv", &["--failures", "failed.xlsx"]);
    let full = full.expect_code(5).expect("rejected=400 uploaded=20");
    assert_eq!(full.json()["failures_file"], "failed.csv", "{full:?}");
    full.expect_err(&[
        "the failures file failed.xlsx cannot be written",
        "make room",
    ]);
    assert_eq!(ids(&world, "failed.csv").len(), 400);
    assert!(!world.exists("failed.xlsx"));
    world
        .import("nps.csv", &["--failures", "failed.xlsx"])
        .expect_code(1)
        .expect("already_uploaded=20 rejected=400");
    assert!(world.exists("failed.xlsx"));
    world.expect_each_once(20);
}
