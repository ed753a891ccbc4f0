//! `run`: the jobs of `chatterload.toml`.

use std::process::Stdio;
use std::time::Duration;

use chatterload::sandbox::Options;
use serde_json::Value;

use crate::support::hook::Hook;
use crate::support::{Done, KEY, Running, World, done, table, wait_until};

const CONFIG: &str = r#"
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

fn world(config: &str) -> World {
    let world = World::with(Options {
        search_lag: Duration::from_millis(100),
        ..Options::default()
    });
    world.file("chatterload.toml", config);
    world
}

fn run(world: &World) -> Done {
    world.run(["run", "--json"])
}

/// The summary of the job `nps`.
#[track_caller]
fn nps(done: &Done) -> Value {
    done.json()["jobs"]["nps"].clone()
}

fn history(world: &World) -> Vec<Value> {
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

#[test]
fn a_report_tells_what_the_job_found_beside_its_run() {
    let world = world(&format!("{CONFIG}reports = \"state/reports\"\n"));
    world.old_file("exports/a.csv", table(1..=5));
    world.old_file("exports/b.csv", [0x89, b'P', b'N', b'G', 0, 1, 2, 3, 0, 0]);
    run(&world).expect_code(3);
    let page = world.read(history(&world)[0]["report"].as_str().unwrap());
    assert!(page.contains("did not do its work, exit code 3"), "{page}");
    assert!(
        page.contains("exports/b.csv") && page.contains("5 uploaded"),
        "{page}"
    );
    // Where another file has the name, it is left alone, and the job is none the worse.
    world.file("state/taken", "");
    world.file(
        "chatterload.toml",
        format!("{CONFIG}reports = \"state/taken\"\n"),
    );
    std::fs::remove_file(world.path("exports/b.csv")).unwrap();
    world.old_file("exports/a.csv", table(1..=6));
    let done = nps(&run(&world).expect_code(0));
    assert!(
        done["warnings"].to_string().contains("there is no report"),
        "{done}"
    );
    assert_eq!(history(&world)[1]["report"], Value::Null);
}

#[test]
fn a_killed_run_is_told_and_reported_by_the_next() {
    let world = World::with(Options {
        latency: Duration::from_millis(10),
        search_lag: Duration::from_millis(100),
        ..Options::default()
    });
    let hook = Hook::start();
    let config = CONFIG.replace("[jobs.nps]", "concurrency = 2\n[jobs.nps]");
    world.file(
        "chatterload.toml",
        format!(
            "{config}reports = \"state/reports\"\n[notify]\nwebhook = \"{}\"\n",
            hook.url
        ),
    );
    world.old_file("exports/a.csv", table(1..=200));
    let child = world
        .command(["run"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let child = Running(child.unwrap());
    wait_until("it posts", || world.state().count("acme") > 5);
    drop(child);
    assert!(!world.exists("state/history.ndjson"), "it could not tell");
    let next = run(&world).expect_code(0);
    let lines = history(&world);
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["status"], &lines[0]["exit_code"]),
        (&"died".into(), &Value::Null)
    );
    assert_eq!(lines[1]["run"], nps(&next)["run"]);
    for (line, says) in [
        (&lines[0], "ended without a word"),
        (&lines[1], "complete, exit code 0"),
    ] {
        let page = world.read(line["report"].as_str().unwrap());
        assert!(page.contains(says), "no {says} in {page}");
    }
    let told = hook.take();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["event"], "recovery");
    let died = lines[0]["run"].as_str().unwrap();
    let text = told[0]["text"].as_str().unwrap();
    assert!(text.contains(&format!("run {died} was killed")), "{text}");
    assert_eq!(world.state().count("acme"), 200);
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
fn a_missing_file_is_fine_warned_of_or_a_failure() {
    for (on_missing, code, event) in [
        ("fine", 0, None),
        ("warn", 0, Some("missing")),
        ("fail", 3, Some("missing")),
    ] {
        let hook = Hook::start();
        let config = CONFIG.replace(
            "input =",
            &format!("on_missing = \"{on_missing}\"\ninput ="),
        );
        let world = world(&(config + "[notify]\nwebhook_env = \"HOOK\"\n"));
        let done = done(world.command(["run", "--json"]).env("HOOK", &hook.url)).expect_code(code);
        let told: Vec<Value> = hook.take();
        assert_eq!(
            told.first().and_then(|told| told["event"].as_str()),
            event,
            "{on_missing}"
        );
        if let Some(told) = told.first() {
            assert!(
                told["text"]
                    .as_str()
                    .unwrap()
                    .contains("no file matches exports/*.csv"),
                "{told}"
            );
            assert_eq!(told["job"], "nps");
            assert_eq!(told["summary"]["exit_code"], code);
        }
        drop(done);
    }
}

#[test]
fn the_name_of_a_missing_file_has_the_day_in_it() {
    let world = world(&CONFIG.replace("exports/*.csv", "exports/nps-{date:%Y}-x.csv"));
    let done = run(&world).expect_code(0);
    let warnings = nps(&done)["warnings"].to_string();
    assert!(
        warnings.contains("no file matches exports/nps-2"),
        "{warnings}"
    );
    assert!(!warnings.contains('{'), "{warnings}");
}

#[test]
fn who_is_told_hears_neither_key_nor_comments_and_a_dead_webhook_is_a_warning() {
    let hook = Hook::start();
    let world = world(&format!("{CONFIG}[notify]\nwebhook = \"{}\"\n", hook.url));
    world.old_file(
        "exports/a.csv",
        table(1..=2) + "3,99,A secret comment,2026-10-01\n",
    );
    let failed = run(&world).expect_code(1);
    let told = hook.take();
    assert_eq!(told.len(), 1);
    let text = told[0]["text"].as_str().unwrap();
    assert!(
        text.contains("chatterload retry failures/a.failures.csv"),
        "{text}"
    );
    for secret in [KEY, "secret comment", "hook-s3cret"] {
        let everything = format!(
            "{told:?}{}{}{}",
            failed.out,
            failed.err,
            world.read("state/history.ndjson")
        );
        assert!(!everything.contains(secret), "{secret}");
    }
    let config = format!("{CONFIG}[notify]\nwebhook = \"http://127.0.0.1:1/hook-s3cret\"\n");
    world.file("chatterload.toml", config);
    world.old_file("exports/b.csv", table(4..=4) + "5,99,x,2026-10-01\n");
    let dead = run(&world).expect_code(1);
    let warnings = nps(&dead)["warnings"].to_string();
    assert!(
        warnings.contains("nobody was told by webhook"),
        "{warnings}"
    );
    assert!(!format!("{dead:?}").contains("hook-s3cret"));
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
fn a_second_run_hears_of_the_first_or_waits_for_it() {
    let world = World::with(Options {
        latency: Duration::from_millis(20),
        ..Options::default()
    });
    world.file(
        "chatterload.toml",
        CONFIG.replace("[jobs.nps]", "concurrency = 2\n[jobs.nps]"),
    );
    world.old_file("exports/a.csv", table(1..=100));
    let mut command = world.command(["run"]);
    let mut first = Running(
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    wait_until("the first loads", || world.state().count("acme") > 0);
    let refused = run(&world).expect_code(6);
    assert_eq!(refused.json()["exit_code"], 6);
    refused.expect_err(&[
        "is at work on the jobs of chatterload.toml",
        "since",
        "--wait",
    ]);
    let waited = world.run(["run", "--json", "--wait", "60s"]).expect_code(0);
    assert_eq!(nps(&waited)["rows"], 0);
    assert!(first.0.wait().unwrap().success());
    assert_eq!(world.state().count("acme"), 100);
}

#[test]
fn evidence_is_left_behind() {
    let config = CONFIG.replace(
        "[history]",
        "[metrics]\ntextfile = \"state/chatterload.prom\"\n[history]",
    ) + "logs = \"state/logs\"\nreports = \"state/reports\"\n";
    let hook = Hook::start();
    let world = world(&format!("{config}[notify]\nwebhook = \"{}\"\n", hook.url));
    world.file("state/logs/2020-01-01.ndjson", "{}");
    world.old_file(
        "exports/a.csv",
        table(1..=3) + "4,99,A secret comment,2026-10-01\n",
    );
    let run = nps(&run(&world).expect_code(1));
    let metrics = world.read("state/chatterload.prom");
    for line in [
        "chatterload_last_exit_code{job=\"nps\"} 1",
        "chatterload_responses{job=\"nps\",outcome=\"uploaded\"} 3",
        "# EOF",
    ] {
        assert!(
            metrics.lines().any(|one| one == line),
            "no {line} in {metrics}"
        );
    }
    assert!(
        !metrics.contains("last_success_timestamp_seconds{"),
        "{metrics}"
    );
    let mut logs = std::fs::read_dir(world.path("state/logs")).unwrap();
    let log = std::fs::read_to_string(logs.next().unwrap().unwrap().path()).unwrap();
    assert!(logs.next().is_none(), "the log of 2020 is gone");
    assert!(log.lines().count() >= 2, "{log}");
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["job"], &line["run"]), (&"nps".into(), &run["run"]));
    }
    let report = std::fs::read_dir(world.path("state/reports"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let name = report.file_name().into_string().unwrap();
    assert_eq!(name, format!("{}-nps.html", run["run"].as_str().unwrap()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            report.metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let report = std::fs::read_to_string(report.path()).unwrap();
    // It is the page that `report` makes.
    let own = world
        .run(["report", "last", "--ledger", "state/ledger.sqlite"])
        .expect_code(0);
    assert_eq!(report.trim_end(), own.out.trim_end());
    assert_eq!(
        history(&world)[0]["report"],
        format!("state/reports/{name}")
    );
    let told = &hook.take()[0];
    assert!(
        told["text"]
            .as_str()
            .unwrap()
            .contains(&format!("Report: state/reports/{name}")),
        "{told}"
    );
    assert!(!format!("{log}{report}").contains("secret"));
    // The line is the summary, as it was told.
    let line = &history(&world)[0];
    for (key, value) in run.as_object().unwrap() {
        assert_eq!(&line[key], value, "{key}");
    }
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

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_job_at_work_and_the_next_is_not_begun() {
    let world = World::with(Options {
        latency: Duration::from_millis(20),
        ..Options::default()
    });
    let more = "[jobs.csat]\ninput = \"csat.csv\"\nmapping = \"mapping.toml\"\n[history]";
    let config = CONFIG.replace("[history]", more);
    world.file(
        "chatterload.toml",
        config.replace("[jobs.nps]", "concurrency = 2\n[jobs.nps]"),
    );
    world.old_file("exports/a.csv", table(1..=300));
    world.old_file("csat.csv", table(301..=303));
    let mut command = world.command(["run", "--json"]);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_until("the first loads", || world.state().count("acme") > 5);
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&all["status"], &all["exit_code"]),
        (&"stopped".into(), &5.into())
    );
    assert_eq!(all["jobs"]["nps"]["error"], "interrupted");
    // Who reads the object looks for all jobs in it.
    let csat = &all["jobs"]["csat"];
    assert_eq!(
        (&csat["status"], &csat["exit_code"], &csat["rows"]),
        (&"stopped".into(), &5.into(), &0.into())
    );
    assert!(
        csat["error"].as_str().unwrap().starts_with("not begun"),
        "{csat}"
    );
    assert_eq!(history(&world).len(), 1, "what did not begin has no line");
    run(&world).expect_code(0);
    assert_eq!(world.state().count("acme"), 303);
}
