//! The next command: ready to paste, and it does what it is suggested for.

use std::io::Write as _;

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

#[test]
fn what_was_deleted_over_there_is_not_to_be_retried() {
    let (_, failed) = update_that_meets("404");
    assert!(failed.out.contains("gone"), "{failed:?}");
    assert!(!failed.out.contains("Next:"), "{failed:?}");
}

#[test]
fn the_retry_keeps_the_options_of_the_command() {
    let world = World::new();
    world.file("n.csv", format!("{}4,11,a,2026-10-01\n", table(1..=3)));
    world.file("key", crate::support::KEY);
    let url = world.url();
    let mut command = world.command([
        "import",
        "n.csv",
        "-m",
        "mapping.toml",
        "-p",
        "acme",
        "--ledger",
        "l.sqlite",
        "--api-url",
        &url,
        "--api-key-file",
        "key",
    ]);
    let bare = [
        "CHATTERMILL_API_URL",
        "CHATTERMILL_API_KEY",
        "CHATTERMILL_PROJECT",
    ];
    for name in bare {
        command.env_remove(name);
    }
    let failed = crate::support::done(&mut command).expect_code(1);
    world.file(
        "n.failures.csv",
        world.read("n.failures.csv").replace(",11,", ",10,"),
    );
    let mut retry = world.command(next(&failed));
    for name in bare {
        retry.env_remove(name);
    }
    crate::support::done(&mut retry).expect_code(0);
    assert_eq!(world.state().count("acme"), 4);
}

#[test]
fn what_came_through_a_pipe_is_retried_from_its_failures_file() {
    // Whatever it is called by.
    for pipe in ["-", "/dev/stdin"] {
        let world = World::new();
        let slowly = ["--max-failures", "0", "--rate", "2/s"];
        let args = ["import", pipe, "-m", "mapping.toml"];
        let mut child = world.start(args.iter().chain(&slowly));
        let rows = table(1..=20) + "99,11,a,2026-10-01\n";
        child
            .stdin
            .take()
            .unwrap()
            .write_all(rows.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(5), "{out}");
        assert!(
            out.contains("chatterload retry stdin.failures.csv"),
            "{out}"
        );
        let left = world.read("stdin.failures.csv");
        assert!(left.contains(",not_attempted,"), "{pipe}: {left}");
    }
}

/// What it wrote through a pipe before somebody interrupted it, of a pipe that goes on.
fn interrupted_pipe(world: &World, args: &[&str]) -> crate::support::Done {
    let before = world.state().count("acme");
    let mut child = world.start(args);
    let mut pipe = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let rows = table(1..=50_000).replacen("\n3,3,", "\n3,33,", 1);
        // It is closed at the other end before all is written.
        let _ = pipe.write_all(rows.as_bytes());
    });
    crate::support::wait_until("a response", || world.state().count("acme") > before);
    crate::support::signal(&child, "INT");
    let done = crate::support::finish(child).expect_code(5);
    writer.join().unwrap();
    done
}

#[test]
fn a_pipe_that_was_not_read_to_its_end_is_to_come_again() {
    let world = World::new();
    let args = ["import", "-", "-m", "mapping.toml", "--rate", "50/s"];
    let same = format!("chatterload {}", args.join(" "));
    let text = interrupted_pipe(&world, &args);
    assert!(text.out.contains(&same), "{text:?}");
    assert!(text.out.contains("with the same input again"), "{text:?}");
    assert!(!text.out.contains("chatterload retry"), "{text:?}");
    let args = [&args[..], &["--json"]].concat();
    let told = interrupted_pipe(&world, &args).json();
    assert_eq!(told["next"], format!("{same} --json").as_str());
    assert!(told["first_unread_row"]["row"].is_u64(), "{told}");
}

#[test]
fn a_name_that_begins_with_a_dash_can_be_pasted() {
    let world = World::new();
    world.file("-d.csv", table(1..=2) + "3,11,a,2026-10-01\n");
    let failed = world
        .run(["import", "-m", "mapping.toml", "--", "-d.csv"])
        .expect_code(1);
    assert_eq!(next(&failed)[..2], ["retry", "./-d.failures.csv"]);
    world.run(next(&failed)).expect_code(1);
    let draft = world
        .run(["map", "--yes", "-o", "./-d.toml", "--", "-d.csv"])
        .expect_code(0);
    let check = "chatterload check ./-d.csv -m ./-d.toml";
    assert!(draft.err.contains(check), "{draft:?}");
}

#[test]
fn json_lines_that_became_an_array_are_a_failures_file_still() {
    let world = World::new();
    let record = |id: usize, score: usize| {
        format!("{{\"id\":\"{id}\",\"score\":{score},\"comment\":\"c\",\"date\":\"2026-10-01\"}}\n")
    };
    let lines = [record(1, 9), record(2, 11), record(3, 12)].concat();
    world.file("n.ndjson", lines);
    world.import("n.ndjson", &[]).expect_code(1);
    let records: Vec<serde_json::Value> = world
        .read("n.failures.ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let array = serde_json::to_string_pretty(&records).unwrap();
    let spread: Vec<String> = records
        .iter()
        .map(|record| serde_json::to_string_pretty(record).unwrap())
        .collect();
    world.file("array.json", &array);
    world.file("spread.json", spread.join("\n"));
    for file in ["array.json", "spread.json"] {
        world
            .run(["retry", file, "--json"])
            .expect_code(1)
            .expect("rows=2 rejected=2 known_failures=2");
    }
    // The key changed as well: who a row is does not hang on that.
    let mut mended = records;
    for record in &mut mended {
        record["score"] = 8.into();
        record["id"] = "4711".into();
    }
    world.file("array.json", serde_json::to_string(&mended).unwrap());
    world
        .run(["import", "array.json", "--json"])
        .expect_code(0)
        .expect("uploaded=2");
    world.run(["retry", "spread.json", "--json"]);
    world.expect_each_once(3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_summary_that_cannot_be_written_is_an_error() {
    let world = World::new();
    world.table("m.csv", 3);
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for (command, code) in [("import", 5), ("check", 2)] {
        let mut run = world.command([command, "m.csv", "-m", "mapping.toml", "--json"]);
        let output = run.stdout(full()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains("stdout cannot be written"), "{told}");
    }
    assert_eq!(world.state().count("acme"), 3);
}
