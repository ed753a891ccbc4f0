//! `run`: the jobs of `chatterload.toml`.

use std::time::Duration;

use chatterload::sandbox::Options;
use serde_json::Value;

use crate::support::{Done, World, done, table};

pub const CONFIG: &str = r#"
[api]
project = "acme"
[defaults]
rate = "unlimited"
settle = "500ms"
ledger = "state/ledger.sqlite"
failures_folder = "failures"
[jobs.nps]
input = "exports/*.csv"
mapping = "mapping.toml"
[history]
file = "state/history.ndjson"
"#;

pub fn world(config: &str) -> World {
    let world = World::with(Options {
        search_lag: Duration::from_millis(100),
        ..Options::default()
    });
    world.file("chatterload.toml", config);
    world
}

pub fn run(world: &World) -> Done {
    world.run(["run", "--json"])
}

/// The summary of the job `nps`.
#[track_caller]
pub fn nps(done: &Done) -> Value {
    done.json()["jobs"]["nps"].clone()
}

pub fn history(world: &World) -> Vec<Value> {
    let text = world.read("state/history.ndjson");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_job_loads_what_is_due_and_nothing_twice() {
    let world = world(CONFIG);
    world.old_file("exports/a.csv", table(1..=20));
    let first = run(&world).expect_code(0);
    let all = first.json();
    assert_eq!(
        (&all["status"], &all["exit_code"]),
        (&"complete".into(), &0.into())
    );
    assert_eq!(nps(&first)["uploaded"], 20);
    assert_eq!(nps(&first)["command"], "run");
    let asked = world.state().log().requests.len();
    let second = run(&world).expect_code(0);
    assert_eq!(nps(&second)["rows"], 0);
    assert_eq!(
        world.state().log().requests.len(),
        asked,
        "nothing is asked where nothing is due"
    );
    // Another file, the first is left alone; the first grown, the other left alone.
    world.old_file("exports/b.csv", table(21..=30));
    assert_eq!(nps(&run(&world).expect_code(0))["rows"], 10);
    world.old_file("exports/a.csv", table(1..=25));
    let grown = nps(&run(&world).expect_code(0));
    assert_eq!(
        (&grown["rows"], &grown["already_uploaded"]),
        (&25.into(), &25.into())
    );
    let states: Vec<String> = history(&world)
        .iter()
        .map(|line| {
            let inputs = line["inputs"].as_array().unwrap().iter();
            let told = inputs.map(|one| {
                format!(
                    "{} {}",
                    one["file"].as_str().unwrap(),
                    one["state"].as_str().unwrap()
                )
            });
            told.collect::<Vec<_>>().join(", ")
        })
        .collect();
    assert_eq!(
        states,
        [
            "exports/a.csv read",
            "exports/a.csv loaded_before",
            "exports/b.csv read, exports/a.csv loaded_before",
            "exports/a.csv read, exports/b.csv loaded_before",
        ]
    );
}

#[test]
fn another_mapping_or_project_or_a_new_ledger_makes_files_due_again() {
    let world = world(CONFIG);
    world.old_file("exports/a.csv", table(1..=5));
    run(&world).expect_code(0);
    let mapping = world.read("mapping.toml");
    world.file("mapping.toml", format!("{mapping}\n# a word\n"));
    let again = nps(&run(&world).expect_code(0));
    assert_eq!(
        (&again["rows"], &again["already_uploaded"]),
        (&5.into(), &5.into())
    );
    let elsewhere = done(
        world
            .command(["run", "--json"])
            .env("CHATTERMILL_PROJECT", "globex"),
    );
    assert_eq!(nps(&elsewhere.expect_code(0))["uploaded"], 5);
    assert_eq!(nps(&run(&world).expect_code(0))["rows"], 0);
}

#[test]
fn rows_that_failed_are_known_the_next_night() {
    let world = world(CONFIG);
    world.old_file("exports/a.csv", table(1..=5) + "6,99,x,2026-10-01\n");
    let first = nps(&run(&world).expect_code(1));
    assert_eq!(
        (&first["uploaded"], &first["rejected"]),
        (&5.into(), &1.into())
    );
    assert_eq!(first["failures_file"], "failures/a.failures.csv");
    assert!(world.exists("failures/a.failures.csv"));
    let second = nps(&run(&world).expect_code(0));
    assert_eq!(
        (&second["known_failures"], &second["already_uploaded"]),
        (&1.into(), &5.into())
    );
    assert_eq!(nps(&run(&world).expect_code(0))["rows"], 0);
}

#[test]
fn one_job_that_fails_does_not_stop_the_next_and_the_worst_code_counts() {
    let config = CONFIG.replace(
        "[history]",
        "[jobs.csat]\ninput = \"csat.csv\"\nmapping = \"mapping.toml\"\n[history]",
    );
    let config = config.replace(
        "exports/*.csv\"\nmapping = \"mapping.toml",
        "exports/*.csv\"\nmapping = \"wrong.toml",
    );
    let world = world(&config);
    world.file("wrong.toml", "[response]\nscroe = 1\n");
    world.old_file("exports/a.csv", table(1..=5));
    world.old_file("csat.csv", table(1..=5) + "6,99,x,2026-10-01\n");
    let both = run(&world).expect_code(2);
    assert_eq!(both.json()["status"], "aborted");
    assert_eq!(nps(&both)["exit_code"], 2);
    assert_eq!(both.json()["jobs"]["csat"]["exit_code"], 1);
    both.expect_err(&["scroe"]);
    let one = world.run(["run", "csat", "--json"]).expect_code(0);
    assert_eq!(one.json()["jobs"].as_object().unwrap().len(), 1);
    world
        .run(["run", "cast"])
        .expect_code(2)
        .expect_err(&["did you mean 'csat'?"]);
}

#[test]
fn inputs_are_moved_and_an_unreadable_one_keeps_nobody_waiting() {
    let after =
        "mapping = \"mapping.toml\"\nafter = { success = \"loaded\", failure = \"rejected\" }";
    let world = world(&CONFIG.replace("mapping = \"mapping.toml\"", after));
    world.old_file("exports/a.csv", table(1..=5));
    run(&world).expect_code(0);
    assert!(world.exists("loaded/a.csv") && !world.exists("exports/a.csv"));
    world.old_file("exports/a.csv", table(6..=9));
    world.old_file("exports/b.csv", [0x89, b'P', b'N', b'G', 0, 1, 2, 3, 0, 0]);
    let done = run(&world).expect_code(3);
    assert_eq!(nps(&done)["uploaded"], 4);
    assert_eq!(world.read("loaded/a-2.csv"), table(6..=9));
    assert_eq!(world.read("loaded/a.csv"), table(1..=5));
    assert!(world.exists("rejected/b.csv") && !world.exists("exports/b.csv"));
    world.old_file("exports/c.csv", table(10..=11) + "12,99,x,2026-10-01\n");
    run(&world).expect_code(1);
    assert!(world.exists("rejected/c.csv"));
    // What the API did not take stays for the next run.
    world.old_file("exports/d.csv", table(13..=14));
    let down = done_without_api(&world).expect_code(4);
    assert_eq!(nps(&down)["uploaded"], 0);
    assert!(world.exists("exports/d.csv"));
    let input = &history(&world).pop().unwrap()["inputs"][0];
    assert_eq!(
        (&input["state"], &input["moved_to"]),
        (&"not_read".into(), &Value::Null)
    );
    run(&world).expect_code(0);
    assert!(world.exists("loaded/d.csv"));
    assert_eq!(world.state().count("acme"), 13);
}

#[test]
fn a_file_that_went_in_whole_is_no_failure_because_another_is() {
    let after =
        "mapping = \"mapping.toml\"\nafter = { success = \"loaded\", failure = \"rejected\" }";
    let world = world(&CONFIG.replace("mapping = \"mapping.toml\"", after));
    world.old_file("exports/a.csv", table(1..=5));
    world.old_file("exports/b.csv", table(6..=7) + "8,99,x,2026-10-01\n");
    run(&world).expect_code(1);
    assert!(world.exists("loaded/a.csv"), "all its rows went in");
    assert!(world.exists("rejected/b.csv"));
    let line = &history(&world)[0];
    let moved: Vec<&str> = line["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| input["moved_to"].as_str().unwrap())
        .collect();
    assert_eq!(moved, ["loaded/a.csv", "rejected/b.csv"]);
}

/// A night in which nobody answers.
fn done_without_api(world: &World) -> Done {
    done(
        world
            .command(["run", "--json"])
            .env("CHATTERMILL_API_URL", "http://127.0.0.1:1/v1"),
    )
}

#[test]
fn environment_comes_before_the_file_and_the_file_serves_other_commands() {
    let world = world(
        &CONFIG
            .replace("\"acme\"", "\"acmee\"")
            .replace("[defaults]", "[defaults]\nmapping = \"mapping.toml\""),
    );
    world.old_file("exports/a.csv", table(1..=3));
    // The variable says acme.
    run(&world).expect_code(0);
    let mut without = world.command(["run", "--json"]);
    let without = done(without.env_remove("CHATTERMILL_PROJECT")).expect_code(4);
    assert!(nps(&without)["error"].as_str().unwrap().contains("acmee"));
    let import = world
        .run(["import", "exports/a.csv", "--json"])
        .expect_code(0);
    import.expect("already_uploaded=3 requests=0");
    world
        .run(["import", "exports/a.csv", "--config", "no.toml"])
        .expect_code(2)
        .expect_err(&["no.toml"]);
    let elsewhere = world.file("etc/mine.toml", "[defaults]\nconcurency = 1\n");
    done(
        world
            .command(["projects"])
            .env("CHATTERLOAD_CONFIG", elsewhere),
    )
    .expect_code(2)
    .expect_err(&["mine.toml:2:1", "^^^^^^^^^^", "did you mean `concurrency`?"]);
}

#[test]
fn without_a_config_there_is_nothing_to_run() {
    let world = World::new();
    world
        .run(["run"])
        .expect_code(2)
        .expect_err(&["no chatterload.toml", "--config"]);
    world.file("chatterload.toml", "");
    world
        .run(["run"])
        .expect_code(2)
        .expect_err(&["has no jobs"]);
}

#[test]
fn a_check_verifies_everything_and_posts_nothing() {
    let world = world(CONFIG);
    world.old_file("exports/a.csv", table(1..=3));
    let ready = world.run(["run", "--check"]).expect_code(0);
    assert!(ready.out.contains("nps: ready"), "{ready:?}");
    assert!(!world.exists("state"), "a check leaves nothing behind");
    let wrong = CONFIG.replace("[history]", "[jobs.csat]\ninput = \"exports/*.csv\"\nmapping = \"csat.toml\"\nproject = \"nobody\"\n[history]")
        + "[notify]\nwebhook_env = \"NO_HOOK\"\ncommand = [\"no-such-program\"]\n";
    world.file("chatterload.toml", wrong);
    world.file(
        "csat.toml",
        world
            .read("mapping.toml")
            .replace("\"comment\"", "\"coment\""),
    );
    let mut command = world.command(["run", "--check", "--json"]);
    let done = done(command.env_remove("CHATTERMILL_PROJECT")).expect_code(2);
    let all = done.json();
    assert_eq!(all["jobs"]["nps"]["exit_code"], 0);
    let errors = all["jobs"]["csat"]["errors"].to_string() + &all["config"]["errors"].to_string();
    for says in ["nobody", "coment", "NO_HOOK", "no-such-program"] {
        assert!(errors.contains(says), "no {says} in {errors}");
    }
    assert_eq!(world.state().log().posts(), 0);
}

#[test]
fn a_file_of_which_a_part_was_loaded_is_neither_moved_nor_known() {
    let keys = "mapping = \"mapping.toml\"\nlimit = 2\nafter = { success = \"loaded\" }";
    let world = world(&CONFIG.replace("mapping = \"mapping.toml\"", keys));
    world.old_file("exports/a.csv", table(1..=5));
    assert_eq!(nps(&run(&world).expect_code(0))["uploaded"], 2);
    assert!(world.exists("exports/a.csv"));
    world.file("chatterload.toml", CONFIG);
    assert_eq!(nps(&run(&world).expect_code(0))["uploaded"], 3);
}

#[test]
fn a_failures_file_among_the_inputs_is_left_to_retry() {
    let world = world(CONFIG);
    world.old_file("exports/a.csv", table(1..=2) + "3,99,x,2026-10-01\n");
    run(&world).expect_code(1);
    // Mended, and put back under a name that does not show what it is.
    let mended = world
        .read("failures/a.failures.csv")
        .replace("3,99,", "3,9,");
    world.old_file("exports/mended.csv", mended);
    let done = run(&world).expect_code(0);
    assert!(
        nps(&done)["warnings"]
            .to_string()
            .contains("chatterload retry exports/mended.csv"),
        "{done:?}"
    );
    assert_eq!(world.state().count("acme"), 2);
    world
        .run(["retry", "exports/mended.csv", "--json"])
        .expect_code(0)
        .expect("uploaded=1");
}

#[test]
fn a_config_elsewhere_counts_from_its_own_folder_and_is_named_for_the_retry() {
    let world = world("");
    world.file("night/jobs.toml", CONFIG);
    world.file("night/mapping.toml", world.read("mapping.toml"));
    world.old_file("night/exports/a.csv", table(1..=2) + "3,99,x,2026-10-01\n");
    let done = world
        .run(["run", "--config", "night/jobs.toml"])
        .expect_code(1);
    let retry = "chatterload retry night/failures/a.failures.csv --config night/jobs.toml";
    assert!(done.out.contains(retry), "{done:?}");
    for name in [
        "state/ledger.sqlite",
        "state/history.ndjson",
        "failures/a.failures.csv",
    ] {
        assert!(world.exists(&format!("night/{name}")), "{name}");
    }
    let words = retry.split(' ').skip(1).chain(["--json"]);
    world
        .run(words)
        .expect_code(1)
        .expect("rejected=1 known_failures=1");
}

#[test]
fn what_was_undone_is_due_again() {
    let world = world(CONFIG);
    world.old_file("exports/a.csv", table(1..=4));
    run(&world).expect_code(0);
    world
        .run(["undo", "last", "--yes", "--json"])
        .expect_code(0);
    assert_eq!(world.state().count("acme"), 0);
    assert_eq!(nps(&run(&world).expect_code(0))["uploaded"], 4);
}

/// A table whose last rows are cut off within a quote.
fn damaged(ids: std::ops::RangeInclusive<usize>) -> String {
    table(ids) + "99,9,\"never closed,2026-10-01\n"
}

#[test]
fn a_file_found_damaged_below_its_first_rows_keeps_nobody_waiting() {
    let after = "mapping = \"mapping.toml\"\nafter = { failure = \"rejected\" }";
    let world = world(&CONFIG.replace("mapping = \"mapping.toml\"", after));
    world.old_file("exports/a.csv", table(1..=5));
    world.old_file("exports/b.csv", damaged(6..=8));
    world.old_file("exports/c.csv", table(9..=12));
    let done = run(&world).expect_code(3);
    let summary = nps(&done);
    assert_eq!(
        (&summary["uploaded"], &summary["rows"]),
        (&12.into(), &12.into())
    );
    let error = summary["error"].as_str().unwrap();
    assert!(error.starts_with("exports/b.csv, row 5"), "{error}");
    assert!(error.contains("help: "), "{error}");
    assert_eq!(
        summary["first_unread_row"],
        serde_json::json!({ "file": "exports/b.csv", "row": 5 })
    );
    assert_eq!(
        history(&world)[0]["inputs"],
        serde_json::json!([
            { "file": "exports/a.csv", "state": "read" },
            { "file": "exports/b.csv", "state": "unreadable", "moved_to": "rejected/b.csv" },
            { "file": "exports/c.csv", "state": "read" },
        ])
    );
    assert_eq!(nps(&run(&world).expect_code(0))["already_uploaded"], 9);
    assert_eq!(nps(&run(&world).expect_code(0))["rows"], 0);
    world.expect_each_once(12);
}

#[test]
fn files_that_a_limit_left_out_were_not_read() {
    let keys = "mapping = \"mapping.toml\"\nlimit = 2";
    let world = world(&CONFIG.replace("mapping = \"mapping.toml\"", keys));
    world.old_file("exports/a.csv", table(1..=5));
    world.old_file("exports/b.csv", table(6..=7));
    run(&world).expect_code(0);
    let inputs = &history(&world)[0]["inputs"];
    assert_eq!(
        (&inputs[0]["state"], &inputs[1]["state"]),
        (&"read".into(), &"not_read".into())
    );
}

#[test]
fn folders_that_inputs_go_to_may_hold_the_day() {
    let after = "mapping = \"mapping.toml\"\nafter = { success = \"done/{date:%Y}\" }";
    let config = CONFIG.replace("mapping = \"mapping.toml\"", after);
    let world = world(&config);
    world.old_file("exports/a.csv", table(1..=2));
    run(&world).expect_code(0);
    let year = jiff::ZonedDateTime::now().strftime("%Y").to_string();
    assert!(world.exists(&format!("done/{year}/a.csv")));
    world.file("chatterload.toml", config.replace("date:", "dat:"));
    for args in [&["run", "--check"][..], &["run"]] {
        world
            .run(args)
            .expect_code(2)
            .expect_err(&["unknown date `{dat:%Y}`", "{today}"]);
    }
}
