//! Exactly once, or told so: lost answers, lying proxies, lost ledgers, dead runs, two runs at once.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use chatterload::sandbox::{Call, Kind, Options, SearchMode};

use crate::support::{
    Running, World, catches_sigterm, finish, import_of, signal, table, wait_until,
};

/// Everything that may go wrong with a POST and its answer.
const FAULTS: &str = "drop-after=10%,drop-before=5%,500=5%,502-after=5%,garbled=5%,503-bare=3%";

fn faulty(faults: &str) -> World {
    World::with(Options {
        faults: faults.parse().unwrap(),
        search_lag: Duration::from_millis(200),
        ..Options::default()
    })
}

/// A settle time for a sandbox whose search lags by a fifth of a second.
const SETTLE: [&str; 2] = ["--settle", "1s"];

/// An import that is still at work when somebody looks.
fn four_at_once() -> Vec<&'static str> {
    [&import_of("nps.csv")[..], &["--concurrency", "4"]].concat()
}

#[test]
fn lost_answers_make_neither_doubles_nor_losses() {
    let world = faulty(FAULTS);
    world.table("nps.csv", 400);
    let done = world.import("nps.csv", &SETTLE).expect_code(0);
    done.expect("uploaded=400 in_doubt=0 failed=0 doubles=0");
    world.expect_each_once(400);
}

#[test]
fn what_was_uploaded_is_not_sent_again() {
    let world = World::new();
    world.table("nps.csv", 50);
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=50");
    let again = world.import("nps.csv", &[]).expect_code(0);
    again.expect("rows=50 already_uploaded=50 uploaded=0 requests=0");
    // Grown, in another order, with another delimiter.
    let mut lines: Vec<String> = table(1..=60).lines().skip(1).map(str::to_owned).collect();
    lines.reverse();
    let grown = format!(
        "id;score;comment;date\n{}\n",
        lines.join("\n").replace(',', ";")
    );
    world.file("nps.csv", grown);
    let grown = world.import("nps.csv", &[]).expect_code(0);
    grown.expect("rows=60 uploaded=10 already_uploaded=50 requests=10");
    world.expect_each_once(60);
}

#[test]
fn a_check_tells_what_is_there_already() {
    let world = World::new();
    world.table("nps.csv", 30);
    world.import("nps.csv", &[]).expect_code(0);
    world.table("nps.csv", 40);
    let done = world.run(["check", "nps.csv", "-m", "mapping.toml", "--json"]);
    done.expect_code(0)
        .expect("rows=40 already_uploaded=30 not_attempted=10 requests=0");
}

#[test]
fn an_interrupted_run_goes_on() {
    let world = World::new();
    world.table("nps.csv", 200);
    world.import("nps.csv", &["--limit", "80"]).expect_code(0);
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=120 already_uploaded=80");
    world.expect_each_once(200);
}

#[test]
fn ctrl_c_ends_the_run_and_the_same_command_goes_on() {
    let world = World::with(Options {
        latency: Duration::from_millis(20),
        ..Options::default()
    });
    world.table("nps.csv", 600);
    let args = four_at_once();
    let child = world.start(&args);
    wait_until("50 responses", || world.state().count("acme") >= 50);
    signal(&child, "INT");
    let done = finish(child).expect_code(5);
    let summary = done.json();
    assert_eq!(summary["status"], "stopped");
    assert_eq!(summary["in_doubt"], 0);
    assert_eq!(summary["uploaded"], world.state().count("acme"));
    let command = format!("chatterload {}", args.join(" "));
    assert_eq!(summary["next"], command.as_str());
    world
        .run(&args)
        .expect_code(0)
        .expect("rows=600 in_doubt=0");
    world.expect_each_once(600);
}

/// Sixty kills in a plain run; `CHATTERLOAD_KILLS=1000` makes it more.
#[test]
fn kill_9_at_any_instant_neither_doubles_nor_loses() {
    let wanted: u32 = std::env::var("CHATTERLOAD_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(60);
    let mut kills = 0;
    while kills < wanted {
        kills = killed_until_finished(kills, wanted);
    }
}

/// Kills runs over one input until one finishes, or enough were killed; all must be there once then.
fn killed_until_finished(mut kills: u32, wanted: u32) -> u32 {
    let world = World::with(Options {
        faults: "drop-after=5%,500-after=3%,429=2%:1s,502=3%"
            .parse()
            .unwrap(),
        seed: u64::from(kills),
        search_lag: Duration::from_millis(100),
        latency: Duration::from_millis(5),
        ..Options::default()
    });
    let mut text = table(1..=400);
    for id in 401..=420 {
        let _ = writeln!(text, "{id},99,x,2026-10-01");
    }
    world.file("nps.csv", text);
    let import = "import nps.csv -m mapping.toml --json --rate unlimited --concurrency 8 --settle 500ms \
                  --failures failed.csv";
    let args: Vec<&str> = import.split_whitespace().collect();
    while kills < wanted {
        let mut child = Running(
            world
                .command(&args)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        // Instants that look like chance, repeated by the next run of the test.
        let wait = u64::from(kills.wrapping_mul(2_654_435_761) % 700);
        std::thread::sleep(Duration::from_millis(wait));
        if child.0.try_wait().unwrap().is_some() {
            break;
        }
        kills += 1;
        drop(child);
        whole_failures_files(&world);
    }
    let done = world.run(&args);
    done.expect("rows=420 rejected=20 in_doubt=0 failed=0 doubles=0");
    world.expect_each_once(400);
    whole_failures_files(&world);
    kills
}

/// Every failures file that was left can be read to its end.
fn whole_failures_files(world: &World) {
    for entry in std::fs::read_dir(world.folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("failed") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        // Never without its beginning: a file gets its name once its first row is in it.
        let text = bytes.strip_prefix("\u{feff}".as_bytes());
        let text = text.unwrap_or_else(|| panic!("{name} of {} bytes", bytes.len()));
        let mut reader = csv::Reader::from_reader(text);
        assert!(reader.headers().unwrap().len() > 9, "{name}");
        for record in reader.records() {
            assert_eq!(record.unwrap().len(), 9 + 4, "{name}");
        }
    }
}

#[test]
fn a_captive_page_uploads_nothing_and_the_next_run_all() {
    let world = faulty("captive=100%");
    world.table("nps.csv", 30);
    let args = ["--settle", "300ms", "--give-up-after", "3s"];
    let done = world.import("nps.csv", &args);
    assert_eq!(done.json()["uploaded"], 0, "{done:?}");
    assert_ne!(done.code, 0);
    assert_eq!(world.state().count("acme"), 0);
    world.state().set_faults("429=0%".parse().unwrap());
    world
        .import("nps.csv", &args)
        .expect_code(0)
        .expect("uploaded=30");
    world.expect_each_once(30);
}

#[test]
fn search_that_lies_is_not_trusted_and_nothing_is_lost() {
    for search in [
        SearchMode::IgnoresFilter,
        SearchMode::Broken,
        SearchMode::Substring,
    ] {
        let world = World::with(Options {
            faults: "drop-after=20%".parse().unwrap(),
            search,
            search_lag: Duration::from_millis(100),
            ..Options::default()
        })
        .may_refuse();
        // Something for a search to find that ignores its filter.
        world
            .state()
            .insert(
                "acme",
                &serde_json::json!({"data_type": "nps", "data_source": "typeform", "score": 3}),
            )
            .unwrap();
        world.state().advance(Duration::from_secs(5));
        world.table("nps.csv", 40);
        let done = world.import("nps.csv", &SETTLE);
        let summary = done.json();
        let there = world.state().count("acme") - 1;
        assert_eq!(there, 40, "{search:?}");
        if search == SearchMode::Substring {
            assert_eq!(summary["uploaded"], 40, "{summary}");
            continue;
        }
        let (uploaded, in_doubt) = (
            summary["uploaded"].as_u64().unwrap(),
            summary["in_doubt"].as_u64().unwrap(),
        );
        assert_eq!(uploaded + in_doubt, 40, "{summary}");
        assert!(in_doubt > 0 && done.code == 1, "{summary}");
        assert!(
            summary["warnings"]
                .to_string()
                .contains("search cannot be trusted"),
            "{summary}"
        );
        let tokens = world.state().tokens("acme");
        assert!(tokens.values().all(|count| *count == 1), "{search:?}");
    }
}

#[test]
fn a_lost_ledger_is_noticed_before_anything_is_posted() {
    let world = World::new();
    world.table("nps.csv", 30);
    world.import("nps.csv", &[]).expect_code(0);
    world.state().advance(Duration::from_mins(1));
    let posts = world.state().log().posts();
    let elsewhere = world
        .import("nps.csv", &["--ledger", "other.sqlite"])
        .expect_code(2);
    elsewhere
        .expect("uploaded=0")
        .expect_err(&["ledger rebuild", "Nothing was posted"]);
    assert_eq!(world.state().log().posts(), posts);
}

/// A run that had nothing to look for, that ended before it had looked, or that search told nothing, says nothing of the
/// ledger to the next one.
#[test]
fn a_lost_ledger_is_noticed_by_the_first_run_that_can_look() {
    let world = World::new().may_refuse();
    world.table("nps.csv", 30);
    world.import("nps.csv", &[]).expect_code(0);
    world.state().advance(Duration::from_mins(1));
    world.file("empty.csv", table([]));
    world.file("one.csv", table(31..=31));
    let nothing = |ledger: [&str; 2]| {
        world.import("empty.csv", &ledger).expect_code(0);
    };
    let interrupted = |ledger: [&str; 2]| {
        world.state().fault_next(Call::Search, Kind::Hang);
        let route = "GET /v1/{project}/responses/search";
        let searches = || world.state().log().requests.get(route).copied();
        let before = searches();
        let child = world.start(import_of("nps.csv").iter().chain(&ledger));
        wait_until("a search", || searches() > before);
        signal(&child, "TERM");
        finish(child).expect_code(5);
    };
    let told_nothing = |ledger: [&str; 2]| {
        world.state().set_faults("search:500=100%".parse().unwrap());
        world.import("one.csv", &ledger).expect_code(0);
        world.state().set_faults("search:500=0%".parse().unwrap());
    };
    for ledger in ["a.sqlite", "b.sqlite", "c.sqlite"].map(|ledger| ["--ledger", ledger]) {
        match ledger[1] {
            "a.sqlite" => nothing(ledger),
            "b.sqlite" => interrupted(ledger),
            _ => told_nothing(ledger),
        }
        let posts = world.state().log().posts();
        let done = world.import("nps.csv", &ledger).expect_code(2);
        done.expect_err(&["ledger rebuild", "Nothing was posted"]);
        assert_eq!(world.state().log().posts(), posts);
    }
}

#[test]
fn two_runs_at_once_are_one_run_and_one_refusal() {
    let world = World::with(Options {
        latency: Duration::from_millis(50),
        ..Options::default()
    });
    world.table("nps.csv", 200);
    let args = four_at_once();
    let first = world.start(&args);
    wait_until("a response", || world.state().count("acme") > 0);
    let second = world
        .run(&args)
        .expect_code(6)
        .expect_err(&["since", "--wait"]);
    assert_eq!(second.json()["status"], "aborted");
    let waiting = world
        .run(args.iter().chain(&["--wait", "60s"]))
        .expect_code(0);
    waiting.expect("already_uploaded=200 uploaded=0");
    finish(first).expect_code(0).expect("uploaded=200");
    world.expect_each_once(200);
}

#[test]
fn a_ledger_that_cannot_be_used_stops_the_run_before_it_begins() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.file("no-ledger.sqlite", "this is no database, and long enough to be looked at as one ......................................");
    let done = world
        .import("nps.csv", &["--ledger", "no-ledger.sqlite"])
        .expect_code(2);
    done.expect_err(&["no-ledger.sqlite"]);
    assert_eq!(world.state().log().posts(), 0);
}

#[test]
fn doubts_wait_for_search_to_come_back() {
    let world = World::with(Options {
        search: SearchMode::Broken,
        ..Options::default()
    })
    .may_refuse();
    world.table("nps.csv", 5);
    world.state().fault_next(Call::Post, Kind::DropAfter);
    let done = world
        .import("nps.csv", &["--concurrency", "1", "--settle", "300ms"])
        .expect_code(1);
    done.expect("uploaded=4 in_doubt=1");
    assert!(world.read("nps.failures.csv").contains("in_doubt"));
    let again = world
        .import("nps.csv", &["--settle", "300ms"])
        .expect_code(1);
    again.expect("uploaded=0 in_doubt=1 already_uploaded=4");
    world.expect_each_once(5);
}

#[test]
fn a_lost_ledger_is_noticed_whatever_the_order_of_the_export() {
    let world = World::new();
    world.table("nps.csv", 60);
    world.import("nps.csv", &[]).expect_code(0);
    world.state().advance(Duration::from_mins(1));
    // Newest first, and many of them new.
    world.file("nps.csv", table((1..=100).rev()));
    let posts = world.state().log().posts();
    world
        .import("nps.csv", &["--ledger", "other.sqlite"])
        .expect_code(2)
        .expect_err(&["ledger rebuild"]);
    assert_eq!(world.state().log().posts(), posts);
}

/// So few of the rows were loaded before that a look at some does not meet them. Once one has been found twice, nothing
/// more is posted until the others are known, and only what was posted since is undone.
#[test]
fn a_lost_ledger_that_comes_to_light_late_makes_no_more_doubles() {
    for undoes_first in [true, false] {
        let more = ["--ledger", "other.sqlite", "--concurrency", "1"];
        let ledger = &more[..2];
        // Which rows are looked at depends on the sandbox's port: another one where one of the four is met.
        let (world, told) = (0..20)
            .find_map(|_| {
                let world = World::new();
                world.table("nps.csv", 4);
                world.import("nps.csv", &[]).expect_code(0);
                world.state().advance(Duration::from_mins(1));
                world.table("nps.csv", 300);
                let told = world.import("nps.csv", &more).json();
                (told["exit_code"] != 2).then_some((world, told))
            })
            .unwrap();
        assert!(told["doubles"].as_u64() >= Some(1), "{told}");
        let id = told["run"].as_str().unwrap();
        let undo = format!("chatterload undo {id} --ledger other.sqlite");
        assert!(told["next"].as_str().unwrap().starts_with(&undo), "{told}");
        let posts = world.state().log().posts();
        world.state().advance(Duration::from_mins(1));
        world
            .import("nps.csv", &more)
            .expect_code(2)
            .expect("uploaded=0")
            .expect_err(&[id, "Nothing was posted", "ledger rebuild"]);
        assert_eq!(world.state().log().posts(), posts);
        let undo = || {
            let args = ["undo", id, "--yes", "--json"];
            let done = world.run(args.iter().chain(ledger)).expect_code(0);
            assert_eq!(done.json()["deleted"], told["uploaded"]);
        };
        let rebuild = |code| {
            let args = ["ledger", "rebuild", "--json", "--rate", "unlimited"];
            world.run(args.iter().chain(ledger)).expect_code(code);
        };
        if undoes_first {
            undo();
            rebuild(0);
        } else {
            // Some are there twice still.
            rebuild(1);
            undo();
        }
        assert_eq!(world.state().count("acme"), 4);
        world.state().advance(Duration::from_mins(1));
        world
            .import("nps.csv", &more)
            .expect_code(0)
            .expect("already_uploaded=4 uploaded=296");
        world.expect_each_once(300);
    }
}

#[test]
fn a_ledger_that_lost_what_a_dead_run_uploaded_is_noticed() {
    let world = World::with(Options {
        search_lag: Duration::ZERO,
        ..Options::default()
    });
    world.table("nps.csv", 40);
    world.import("nps.csv", &[]).expect_code(0);
    let ledger = world.path("state/chatterload/ledger.sqlite");
    let before = std::fs::read(&ledger).unwrap();
    world.table("nps.csv", 60);
    world.import("nps.csv", &[]).expect_code(0);
    // The file as it was before, and a run that died in it.
    std::fs::write(&ledger, before).unwrap();
    let _ = std::fs::remove_file(ledger.with_extension("sqlite-wal"));
    let _ = std::fs::remove_file(ledger.with_extension("sqlite-shm"));
    let database = rusqlite::Connection::open(&ledger).unwrap();
    database
        .execute("UPDATE runs SET finished_at = NULL, status = NULL", [])
        .unwrap();
    drop(database);
    let done = world.import("nps.csv", &SETTLE).expect_code(0);
    let done = done.expect("rows=60 already_uploaded=60 uploaded=0");
    assert!(
        done.json()["warnings"].to_string().contains("lost"),
        "{done:?}"
    );
    assert!(done.json()["reasons"]["repeated"].is_null(), "{done:?}");
    world.expect_each_once(60);
}

#[test]
fn a_silent_pipe_and_a_silent_api_can_be_interrupted() {
    let world = World::new();
    let args = ["import", "-", "-m", "mapping.toml", "--json"];
    let child = world.start(args);
    wait_until("a handler for SIGTERM", || catches_sigterm(child.id()));
    signal(&child, "TERM");
    let mut child = child;
    let kept = child.stdin.take();
    let done = finish(child).expect_code(5);
    assert_eq!(done.json()["status"], "stopped");
    drop(kept);
    world.table("nps.csv", 3);
    world.state().fault_next(Call::Get, Kind::Hang);
    let args = ["import", "nps.csv", "-m", "mapping.toml", "--json"];
    let child = world.start(args);
    wait_until("a request", || !world.state().log().requests.is_empty());
    signal(&child, "TERM");
    let done = finish(child).expect_code(5);
    let command = format!("chatterload {}", args.join(" "));
    assert_eq!(done.json()["next"], command.as_str());
}

#[test]
fn what_somebody_has_looked_for_and_not_found_is_sent_again() {
    let world = World::with(Options {
        faults: "drop-before=100%".parse().unwrap(),
        search: SearchMode::Broken,
        ..Options::default()
    })
    .may_refuse();
    world.table("nps.csv", 3);
    world
        .import("nps.csv", &SETTLE)
        .expect_code(1)
        .expect("in_doubt=3");
    world.state().set_faults("429=0%".parse().unwrap());
    let retry = |name: &str| world.run(["retry", name, "--json"].iter().chain(&SETTLE));
    // As it stands nobody can tell.
    retry("nps.failures.csv")
        .expect_code(1)
        .expect("in_doubt=3");
    assert_eq!(world.state().count("acme"), 0);
    let looked = world.read("nps.failures.csv").replace(",in_doubt,", ",,");
    world.file("looked.csv", looked);
    retry("looked.csv").expect_code(0).expect("uploaded=3");
    world.expect_each_once(3);
}

/// A doubt whose row does not come again is asked about all the same, and what is found twice is told.
#[test]
fn a_doubt_that_turns_out_to_be_a_double_is_told() {
    let world = World::new().may_refuse();
    world.table("nps.csv", 1);
    let faults = "drop-after=100%,search:500=100%";
    world.state().set_faults(faults.parse().unwrap());
    world
        .import("nps.csv", &SETTLE)
        .expect_code(1)
        .expect("in_doubt=1");
    let mut copy = world.state().responses("acme").remove(0);
    let fields = copy.as_object_mut().unwrap();
    let sent = [
        "comment",
        "score",
        "created_at",
        "data_type",
        "data_source",
        "user_meta",
    ];
    fields.retain(|field, _| sent.contains(&field.as_str()));
    world.state().insert("acme", &copy).unwrap();
    world.state().advance(Duration::from_mins(1));
    world.state().set_faults("429=0%".parse().unwrap());
    world.file("other.csv", table(2..=2));
    world
        .import("other.csv", &SETTLE)
        .expect_code(1)
        .expect("uploaded=1 doubles=1");
}

/// It is asked about before anything is sent: a run that ends early has resolved it all the same.
#[test]
fn a_doubt_whose_row_does_not_come_again_is_asked_about_at_the_start() {
    let world = World::new();
    world.table("nps.csv", 1);
    let faults = "drop-after=100%,search:500=100%";
    world.state().set_faults(faults.parse().unwrap());
    world
        .import("nps.csv", &SETTLE)
        .expect_code(1)
        .expect("in_doubt=1");
    world.state().advance(Duration::from_mins(1));
    world.state().set_faults("429=0%".parse().unwrap());
    world.file("other.csv", table(2..=2));
    world.state().fault_next(Call::Post, Kind::Hang);
    let posts = world.state().log().posts();
    let args = [&import_of("other.csv")[..], &["--timeout", "1s"]].concat();
    let child = world.start(args);
    wait_until("a request", || world.state().log().posts() > posts);
    signal(&child, "TERM");
    finish(child).expect_code(5).expect("in_doubt=1");
    world.state().set_faults(faults.parse().unwrap());
    world
        .import("nps.csv", &SETTLE)
        .expect_code(0)
        .expect("already_uploaded=1");
    world.expect_each_once(1);
}

/// Nobody has noticed that a ledger was missing; what is there beside a response that was sent once may be another's.
#[test]
fn an_undo_leaves_what_another_ledger_may_have_posted() {
    let world = World::new().may_refuse();
    world.table("nps.csv", 30);
    world.import("nps.csv", &[]).expect_code(0);
    let other = ["--ledger", "other.sqlite", "--json"];
    world.state().set_faults("search:500=100%".parse().unwrap());
    let doubled = world.import("nps.csv", &[&other[..2], &SETTLE].concat());
    let run = doubled.expect_code(0).json()["run"].clone();
    let run = run.as_str().unwrap();
    world.state().set_faults("search:500=0%".parse().unwrap());
    world.state().advance(Duration::from_mins(1));
    let verify = ["ledger", "verify", run, "--rate", "unlimited"];
    let verified = world.run(verify.iter().chain(&other)).expect_code(1);
    verified.expect("doubles=30");
    let undone = world
        .run(
            ["undo", run, "--yes", "--rate", "unlimited"]
                .iter()
                .chain(&other),
        )
        .expect_code(1);
    undone.expect("deleted=30 doubles_deleted=0 doubles=30 taken_back=30");
    world.expect_each_once(30);
    world.state().advance(Duration::from_mins(1));
    for ledger in [&other[..2], &[]] {
        let again = world.import("nps.csv", ledger).expect_code(0);
        again.expect("already_uploaded=30");
    }
}

/// What comes to light in a later run is taken back with the run that sent it.
#[test]
fn the_run_that_doubled_what_a_lost_ledger_had_loaded_is_named() {
    let world = World::with(Options {
        search_lag: Duration::from_hours(1),
        ..Options::default()
    })
    .may_refuse();
    world.table("nps.csv", 30);
    world.import("nps.csv", &SETTLE).expect_code(0);
    let other = [&SETTLE[..], &["--ledger", "other.sqlite"]].concat();
    world.state().set_faults("search:500=100%".parse().unwrap());
    let doubled = world.import("nps.csv", &other).expect_code(0);
    let doubled = doubled.expect("uploaded=30").json()["run"].clone();
    world.state().set_faults("429=0%".parse().unwrap());
    world.state().advance(Duration::from_hours(2));
    let later = world.import("nps.csv", &other).expect_code(1);
    let warnings = later.expect("uploaded=0").json()["warnings"].to_string();
    let undo = format!("chatterload undo {}`", doubled.as_str().unwrap());
    assert!(warnings.contains(&undo), "{warnings}");
    let run = doubled.as_str().unwrap();
    let on_other = ["--ledger", "other.sqlite", "--json"];
    let verify = ["ledger", "verify", run];
    world.run(verify.iter().chain(&on_other)).expect_code(1);
    let undo = ["undo", run, "--yes"];
    let undone = world.run(undo.iter().chain(&on_other)).expect_code(0);
    undone.expect("deleted=30 doubles_deleted=0 doubles=0");
    world.expect_each_once(30);
    world
        .import("nps.csv", &SETTLE)
        .expect_code(0)
        .expect("already_uploaded=30");
}

/// A server may create even later than the next run looks: the runs after that look again, and one of them tells.
#[test]
fn a_double_that_comes_after_the_next_run_is_told_by_a_later_one() {
    let world = World::with(Options {
        search_lag: Duration::from_millis(50),
        ..Options::default()
    });
    world.table("nps.csv", 20);
    let late = Duration::from_hours(1);
    world.state().fault_next_for(Call::Post, Kind::Late, late);
    let sent = Instant::now();
    let run = |doubles: &str| {
        let code = i32::from(doubles != "doubles=0");
        world
            .import("nps.csv", &["--settle", "300ms"])
            .expect_code(code)
            .expect(doubles);
    };
    run("doubles=0");
    run("doubles=0");
    world.state().advance(late + Duration::from_secs(1));
    // So long after it has looked a run does not look again.
    std::thread::sleep(sent.elapsed());
    run("doubles=1");
    run("doubles=0");
}
