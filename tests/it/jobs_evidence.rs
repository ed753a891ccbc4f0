//! `run`: what it leaves behind, who is told, and what an interrupt, a kill or a second run does to it.

use std::process::Stdio;
use std::time::Duration;

use chatterload::sandbox::Options;
use serde_json::Value;

use crate::jobs::{CONFIG, history, nps, run, world};
use crate::support::hook::Hook;
use crate::support::{KEY, Running, World, done, table, wait_until};

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
fn a_run_of_which_the_ledger_never_heard_has_a_page_too() {
    let hook = Hook::start();
    let world = world(&format!(
        "{CONFIG}reports = \"state/reports\"\n[notify]\nwebhook = \"{}\"\n",
        hook.url
    ));
    // Nothing is due: nothing to show.
    run(&world).expect_code(0);
    assert_eq!(history(&world)[0]["report"], Value::Null);
    world.old_file("exports/a.csv", table(1..=5));
    let mut command = world.command(["run", "--json"]);
    done(command.env("CHATTERMILL_API_URL", "http://127.0.0.1:1/v1")).expect_code(4);
    let line = &history(&world)[1];
    let path = line["report"].as_str().unwrap();
    let page = world.read(path);
    for says in ["did not do its work, exit code 4", "exports/a.csv"] {
        assert!(page.contains(says), "no {says} in {page}");
    }
    assert!(page.contains(line["run"].as_str().unwrap()));
    assert!(!page.contains("What became of"), "of nothing: {page}");
    let told = hook.take();
    let text = told.last().unwrap()["text"].to_string();
    assert!(text.contains(&format!("Report: {path}")), "{text}");
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
    // One of each run: of the one that died, and of this one.
    let died = lines[0]["run"].as_str().unwrap();
    let expected = [
        ("failure", "did not come to its end".to_owned()),
        ("recovery", format!("run {died} was killed")),
    ];
    assert_eq!(told.len(), expected.len());
    for (told, (event, says)) in told.iter().zip(expected) {
        let text = told["text"].as_str().unwrap();
        assert_eq!(told["event"], event);
        assert!(text.contains(&says) && text.contains(died), "{text}");
    }
    assert_eq!(world.state().count("acme"), 200);
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

/// An export that ceases to come is to be noticed, unless it need not come.
#[test]
fn a_night_without_a_file_is_a_success_where_that_is_fine() {
    for (on_missing, is_success) in [("warn", false), ("fine", true)] {
        let config = CONFIG.replace(
            "[history]",
            "[metrics]\ntextfile = \"state/chatterload.prom\"\n[history]",
        );
        let job = format!("[jobs.nps]\non_missing = \"{on_missing}\"");
        assert!(config.contains("[jobs.nps]"));
        let world = world(&config.replace("[jobs.nps]", &job));
        run(&world).expect_code(0);
        let metrics = world.read("state/chatterload.prom");
        assert_eq!(
            metrics.contains("last_success_timestamp_seconds{"),
            is_success,
            "{on_missing}: {metrics}"
        );
    }
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
    for job in ["nps", "csat"] {
        assert_eq!(all["jobs"][job]["next"], "chatterload run --json", "{job}");
    }
    assert_eq!(history(&world).len(), 1, "what did not begin has no line");
    run(&world).expect_code(0);
    assert_eq!(world.state().count("acme"), 303);
}
