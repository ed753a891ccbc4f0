//! The next command: ready to paste, and it does what it is suggested for.

use crate::support::{Done, World, table};

/// The command after `Next:`, as a shell takes it; of plain arguments only.
#[track_caller]
fn next(done: &Done) -> Vec<&str> {
    let (_, next) = done
        .out
        .split_once("Next:\n  chatterload ")
        .expect("a next command");
    next.lines().next().unwrap().split(' ').collect()
}

const UPDATE: [&str; 6] = [
    "import",
    "p.csv",
    "-m",
    "mapping.toml",
    "--on-change",
    "update",
];

/// A row that is known and was edited since, and whose update comes to this.
fn update_that_meets(fault: &str) -> (World, Done) {
    let world = World::new().may_refuse();
    let rows = table(1..=3);
    world.file("p.csv", &rows);
    world.import("p.csv", &[]).expect_code(0);
    world.file(
        "p.csv",
        rows.replacen("Comment number 2", "Another comment", 1),
    );
    world
        .state()
        .set_faults(format!("put:{fault}=100%").parse().unwrap());
    let done = world.run(UPDATE).expect_code(1);
    world.state().set_faults("put:429=0%".parse().unwrap());
    (world, done)
}

#[test]
fn the_retry_of_an_update_updates() {
    let (world, failed) = update_that_meets("413");
    let mut retry = next(&failed);
    assert_eq!(retry, ["retry", "p.failures.csv"]);
    retry.push("--json");
    world
        .run(retry)
        .expect_code(0)
        .expect("updated=1 changed=0");
}

#[test]
fn a_retry_does_with_changed_rows_what_its_options_say() {
    let (world, _) = update_that_meets("413");
    let args = ["retry", "p.failures.csv", "--json", "--on-change", "skip"];
    world.run(args).expect_code(0).expect("updated=0 changed=1");
}
