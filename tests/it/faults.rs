//! An API that misbehaves: nothing twice, nothing lost, and the run says what it knows.

use chatterload::sandbox::{Call, Kind, Options};
use std::fmt::Write as _;

use crate::support::{World, done, table};

#[test]
fn an_api_that_asks_to_wait_gets_every_row_once() {
    let world = World::with_faults("429=5%:1s,429-date=2%:1s,503=3%:1s");
    world.table("nps.csv", 150);
    let done = world.import("nps.csv", &[]).expect_code(0);
    done.expect("uploaded=150 failed=0 in_doubt=0");
    assert_eq!(world.state().count("acme"), 150);
    assert!(world.state().log().answered(Call::Post, 429) > 0);
}

#[test]
fn a_page_of_html_is_no_success() {
    let world = World::new();
    world.table("nps.csv", 1);
    world.state().fault_next(Call::Post, Kind::Captive);
    let done = world.import("nps.csv", &["--settle", "300ms"]);
    let summary = done.json();
    assert_eq!(world.state().log().posts(), summary["requests"]);
    let there = world.state().count("acme") as u64;
    assert_eq!(summary["uploaded"], there, "{summary}");
}

/// Search by one attribute tells nothing of what was sent under another, or under none.
#[test]
fn a_doubt_from_under_another_attribute_is_held() {
    let world = World::new();
    let mapping = world.read("mapping.toml");
    let with = |token: &str| {
        let line = format!("[key]\ntoken = {token}");
        world.file("mapping.toml", mapping.replacen("[key]", &line, 1));
        world.import("nps.csv", &["--settle", "300ms", "--concurrency", "1"])
    };
    world.table("nps.csv", 4);
    world.state().fault_next(Call::Post, Kind::DropAfter);
    with("false").expect_code(1).expect("uploaded=3 in_doubt=1");
    let done = with("\"our_key\"").expect_code(1);
    let done = done.expect("already_uploaded=3 in_doubt=1 requests=0");
    assert_eq!(done.json()["reasons"]["other_attribute"], 1);
    assert_eq!(world.state().count("acme"), 4);
    // As it was sent it is as much in doubt as before; a person who has looked may say so.
    with("false").expect_code(1).expect("in_doubt=1 requests=0");
}

#[test]
fn refused_rows_carry_the_servers_words_in_the_failures_file_only() {
    let world = World::with(Options {
        largest_comment: 20,
        ..Options::default()
    })
    .may_refuse();
    let mut text = table(1..=2);
    text.push_str("3,9,a comment that is far too long for this server,2026-10-01\n");
    world.file("nps.csv", text);
    let done = world.import("nps.csv", &[]).expect_code(1);
    let done = done.expect("uploaded=2 failed=1");
    assert_eq!(done.json()["reasons"]["http_413"], 1);
    assert!(
        world
            .read("nps.failures.csv")
            .contains("more than 20 bytes")
    );
}

#[test]
fn a_forbidden_row_is_told_from_a_forbidden_run() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.state().fault_next(Call::Post, Kind::Forbidden);
    let done = world
        .import("nps.csv", &["--concurrency", "1"])
        .expect_code(1);
    let done = done.expect("uploaded=2 failed=1");
    assert_eq!(done.json()["reasons"]["http_403"], 1);
}

#[test]
fn a_long_wait_ends_the_run() {
    let world = World::with_faults("429=100%:600s");
    world.table("nps.csv", 5);
    world
        .import("nps.csv", &[])
        .expect_code(5)
        .expect("uploaded=0 not_attempted=5");
    // It is remembered: the next run does not even ask.
    let posts = world.state().log().posts();
    world
        .import("nps.csv", &[])
        .expect_code(5)
        .expect_err(&["earlier run", "--max-wait"]);
    assert_eq!(world.state().log().posts(), posts);
}

#[test]
fn fifty_refusals_and_nothing_else_end_the_run() {
    let world = World::with_faults("413=100%").may_refuse();
    world.table("nps.csv", 200);
    let done = world
        .import("nps.csv", &["--concurrency", "4"])
        .expect_code(5);
    let summary = done.json();
    assert!(summary["failed"].as_u64().unwrap() < 60, "{summary}");
    assert_eq!(summary["status"], "stopped");
}

#[test]
fn too_many_failures_end_the_run() {
    let world = World::new();
    let mut text = table(1..=5);
    for id in 6..5000 {
        let _ = writeln!(text, "{id},99,x,2026-10-01");
    }
    world.file("nps.csv", text);
    let done = world
        .import("nps.csv", &["--max-failures", "10"])
        .expect_code(5);
    let summary = done.json();
    assert!(summary["rejected"].as_u64().unwrap() < 4000, "{summary}");
    assert!(summary["first_unread_row"]["row"].is_u64(), "{summary}");
}

#[test]
fn a_fixed_rate_is_kept_in_every_second() {
    let world = World::with(Options {
        record_begins: true,
        ..Options::default()
    });
    world.table("nps.csv", 150);
    done(
        &mut world.command(
            [
                "import",
                "nps.csv",
                "-m",
                "mapping.toml",
                "--json",
                "--rate",
                "50/s",
            ]
            .iter(),
        ),
    )
    .expect_code(0);
    let begins: Vec<_> = world
        .state()
        .log()
        .begins
        .into_iter()
        .map(|(_, at)| at)
        .collect();
    for first in &begins {
        let second = std::time::Duration::from_secs(1);
        let count = begins
            .iter()
            .filter(|at| *at >= first && **at - *first < second)
            .count();
        assert!(count <= 51 + 3, "{count} in a second");
    }
}
