//! What an import does when all goes well, and when only some rows do not.

use std::io::Write;
use std::process::Stdio;

use chatterload::sandbox::{CreatedAnswer, Ids, Options};

use crate::support::{World, done, table};

#[test]
fn every_row_arrives_once() {
    let world = World::new();
    world.table("nps.csv", 200);
    let done = world.import("nps.csv", &[]).expect_code(0);
    let done = done.expect("rows=200 responses=200 uploaded=200 requests=200 rejected=0 failed=0");
    assert_eq!(done.json()["failures_file"], serde_json::Value::Null);
    assert_eq!(done.json()["status"], "complete");
    assert_eq!(world.state().count("acme"), 200);
    assert!(
        world
            .state()
            .tokens("acme")
            .values()
            .all(|count| *count == 1)
    );
}

#[test]
fn ids_and_answers_of_every_shape_are_understood() {
    for ids in [Ids::Numbers, Ids::Texts] {
        for created in [
            CreatedAnswer::Status201,
            CreatedAnswer::Status200,
            CreatedAnswer::Bare,
        ] {
            let world = World::with(Options {
                ids,
                created,
                ..Options::default()
            });
            world.table("nps.csv", 5);
            world
                .import("nps.csv", &[])
                .expect_code(0)
                .expect("uploaded=5");
        }
    }
}

#[test]
fn what_fails_goes_into_the_failures_file_and_back() {
    let world = World::new();
    let good = table(1..=3);
    world.file(
        "nps.csv",
        format!("{good}4,\"9,5\",Ümläut,2026-10-01T10:00:00Z\n"),
    );
    let done = world
        .import("nps.csv", &[])
        .expect_code(1)
        .expect("uploaded=3 rejected=1");
    assert_eq!(done.json()["failures_file"], "nps.failures.csv");
    assert_eq!(done.json()["status"], "complete_with_failures");
    assert_eq!(done.json()["reasons"]["score_not_a_number"], 1);
    let failures = world.read("nps.failures.csv");
    assert!(failures.starts_with('\u{feff}'), "{failures}");
    assert!(failures.contains("Ümläut"), "{failures}");
    world.file(
        "nps.failures.csv",
        failures.replace("\"9,5\",Ümläut", "9,Ümläut"),
    );
    world
        .import("nps.failures.csv", &[])
        .expect_code(0)
        .expect("rows=1 uploaded=1");
    assert_eq!(world.state().count("acme"), 4);
    assert!(!world.exists("nps.failures.failures.csv"));
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_a_failures_file() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    world.file("nps.csv", "id,score,comment,date\n1,12,x,2026-10-01\n");
    world.import("nps.csv", &[]).expect_code(1);
    let mode = std::fs::metadata(world.path("nps.failures.csv"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_existing_failures_file_is_left_alone() {
    let world = World::new();
    world.file("nps.csv", "id,score,comment,date\n1,12,x,2026-10-01\n");
    world.file("nps.failures.csv", "mine");
    let done = world.import("nps.csv", &[]).expect_code(1);
    assert_eq!(done.json()["failures_file"], "nps.failures-2.csv");
    assert_eq!(world.read("nps.failures.csv"), "mine");
}

#[test]
fn equal_identities_go_in_file_order_and_once() {
    let world = World::new();
    world.file(
        "nps.csv",
        "id,score,comment,date\n1,9,first,2026-10-01\n1,9,first,2026-10-01\n1,8,other,2026-10-01\n2,7,x,2026-10-01\n",
    );
    let done = world.import("nps.csv", &[]).expect_code(0);
    done.expect("responses=4 uploaded=2 already_uploaded=1 changed=1 requests=2");
    let held = world.state().responses("acme");
    assert!(held.iter().any(|one| one["comment"] == "first"));
    assert!(held.iter().all(|one| one["comment"] != "other"));
    // By a ledger that knows of nothing, as before the upload.
    let check = [
        "check",
        "nps.csv",
        "-m",
        "mapping.toml",
        "--json",
        "--ledger",
        "none.sqlite",
    ];
    world
        .run(check)
        .expect_code(0)
        .expect("not_attempted=2 already_uploaded=1 changed=1");
}

#[test]
fn a_later_row_of_an_identity_may_bring_it_up_to_date() {
    let world = World::new();
    world.file(
        "nps.csv",
        "id,score,comment,date\n1,9,first,2026-10-01\n1,8,other,2026-10-01\n",
    );
    world
        .import("nps.csv", &["--on-change", "update"])
        .expect_code(0)
        .expect("uploaded=1 updated=1 requests=1");
    assert_eq!(world.state().responses("acme")[0]["comment"], "other");
}

#[test]
fn standard_input_is_a_file_like_any_other() {
    let world = World::new();
    let mut command = world.command(["import", "-", "-m", "mapping.toml", "--json"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = format!("{}9,99,x,2026-10-01\n", table(1..=2));
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["uploaded"], 2);
    assert_eq!(summary["failures_file"], "stdin.failures.csv");
}

#[test]
fn several_files_and_patterns_are_one_run() {
    let world = World::new();
    world.file("in/a.csv", table(1..=3));
    world.file("in/b.csv", table(3..=5));
    world.file("in/old.failures.csv", "not ours");
    let args = ["import", "in/*.csv", "-m", "mapping.toml", "--json"];
    let done = world.run(args).expect_code(0);
    done.expect("rows=6 uploaded=5 already_uploaded=1");
}

#[test]
fn a_header_without_rows_is_no_failure() {
    let world = World::new();
    world.file("nps.csv", "id,score,comment,date\n");
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("rows=0 responses=0 requests=0");
}

#[test]
fn a_check_posts_nothing_and_shows_what_would_be_posted() {
    let world = World::new();
    world.table("nps.csv", 5);
    let check = ["check", "nps.csv", "-m", "mapping.toml", "--json"];
    let done = world
        .run(check)
        .expect_code(0)
        .expect("rows=5 not_attempted=5 requests=0");
    let shown = done.json()["preview"][0]["body"].clone();
    assert_eq!(world.state().log().posts(), 0);
    world
        .import("nps.csv", &["--limit", "1"])
        .expect_code(0)
        .expect("rows=1 uploaded=1");
    let mut held = world.state().responses("acme").remove(0);
    let held = held.as_object_mut().unwrap();
    held.retain(|field, _| !["id", "updated_at"].contains(&field.as_str()));
    assert_eq!(shown["response"], serde_json::Value::Object(held.clone()));
    let dry = world.run([
        "import",
        "nps.csv",
        "-m",
        "mapping.toml",
        "--dry-run",
        "--json",
    ]);
    assert_eq!(
        dry.expect_code(0).json()["preview"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn offline_nothing_is_asked_for() {
    let world = World::new();
    world.table("nps.csv", 5);
    let mut command = world.command([
        "check",
        "nps.csv",
        "-m",
        "mapping.toml",
        "--json",
        "--offline",
    ]);
    let done = done(command.env_remove("CHATTERMILL_API_KEY")).expect_code(0);
    done.expect("not_attempted=5");
    assert!(world.state().log().requests.is_empty());
}

#[test]
fn the_catalogue_is_listed() {
    let world = World::new();
    let projects = world.run(["projects", "--json"]).expect_code(0).json();
    assert_eq!(projects["projects"][0]["key"], "acme");
    let types = world.run(["data-types", "--json"]).expect_code(0).json();
    assert_eq!(types["data_types"][0]["key"], "nps");
    let sources = world.run(["data-sources", "-p", "GLOBEX"]).expect_code(0);
    assert!(sources.out.contains("In-store kiosk"), "{}", sources.out);
}

#[test]
fn options_override_the_mapping() {
    let world = World::new();
    world.file("x.csv", "id;q1;comment;date\n1;4;x;2026-10-01\n");
    let done = world.import(
        "x.csv",
        &[
            "--set",
            "response.score.column=q1",
            "--data-type",
            "CSAT",
            "--data-source",
            "zendesk",
        ],
    );
    done.expect_code(0).expect("uploaded=1");
    let held = &world.state().responses("acme")[0];
    assert_eq!(held["data_type"], "csat");
    assert_eq!(held["data_source"], "zendesk");
    assert_eq!(held["score"], 4);
}

#[test]
fn the_summary_names_the_files_that_a_pattern_stands_for() {
    let world = World::new();
    world.table("g1.csv", 2);
    world.file("g2.csv", table(3..=4));
    for args in [
        &["import", "g*.csv", "-m", "mapping.toml"][..],
        &["check", "g*.csv", "-m", "mapping.toml"],
    ] {
        let text = world.run(args).expect_code(0);
        assert!(text.out.contains("of g1.csv and g2.csv"), "{text:?}");
        let json = world
            .run([args, &["--json"]].concat())
            .expect_code(0)
            .json();
        let files = json.get("files").unwrap_or(&json["summary"]["files"]);
        assert_eq!(*files, serde_json::json!(["g1.csv", "g2.csv"]));
    }
    let nobody = [
        "import",
        "g*.csv",
        "-m",
        "mapping.toml",
        "-p",
        "nobody",
        "--json",
    ];
    let refused = world.run(nobody).expect_code(4).json();
    assert_eq!(refused["files"], serde_json::json!(["g1.csv", "g2.csv"]));
}
