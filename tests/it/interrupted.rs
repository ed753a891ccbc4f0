//! Signals, wherever they come: every command ends in good order, and says so.
#![cfg(target_os = "linux")]

use crate::support::terminal::Terminal;
use crate::support::{Done, World, catches_sigterm, finish, import_of, signal, table, wait_until};

#[track_caller]
fn expect_interrupted(done: Done) {
    let told = done.expect_code(5);
    let object = told.json();
    assert_eq!(
        (&object["status"], &object["exit_code"]),
        (&"stopped".into(), &5.into())
    );
    assert_eq!(object["error"], "interrupted");
    told.expect_err(&["interrupted"]);
}

#[test]
fn a_command_that_waits_for_the_api_ends_with_a_signal() {
    let world = World::new();
    // It takes connections, and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let url = format!("http://{}/v1", silent.local_addr().unwrap());
    world.table("nps.csv", 3);
    let check = ["check", "nps.csv", "-m", "mapping.toml", "--json"];
    let dry_run = [
        "import",
        "nps.csv",
        "-m",
        "mapping.toml",
        "--dry-run",
        "--json",
    ];
    let map = ["map", "nps.csv", "-p", "acme", "-o", "draft.toml", "--json"];
    let commands: [&[&str]; 5] = [
        &["projects", "--json"],
        &["doctor", "--json"],
        &check,
        &dry_run,
        &map,
    ];
    for (args, name) in commands
        .into_iter()
        .zip(["INT", "TERM", "HUP", "INT", "TERM"])
    {
        let mut command = world.command(args);
        command
            .env("CHATTERMILL_API_URL", &url)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let child = command.spawn().unwrap();
        let connections = std::cell::RefCell::new(Vec::new());
        wait_until(&format!("a connection of {args:?}"), || {
            connections.borrow_mut().extend(silent.accept());
            !connections.borrow().is_empty()
        });
        signal(&child, name);
        expect_interrupted(finish(child));
    }
    assert!(!world.exists("draft.toml"));
}

#[test]
fn a_command_that_waits_for_a_pipe_ends_with_a_signal() {
    let world = World::new();
    for args in [
        &["inspect", "-", "--json"][..],
        &["map", "-", "--json"],
        &["check", "-", "-m", "mapping.toml", "--json"],
    ] {
        let mut child = world.start(args);
        let pipe = child.stdin.take();
        wait_until("a handler", || catches_sigterm(child.id()));
        signal(&child, "TERM");
        expect_interrupted(finish(child));
        drop(pipe);
    }
}

#[test]
fn a_terminal_that_goes_away_ends_an_import_in_good_order() {
    let world = World::new();
    world.file("nps.csv", table(1..=500));
    let args = [&import_of("nps.csv")[..5], &["--rate", "50/s"]].concat();
    let child = world.start(args);
    wait_until("a response", || world.state().count("acme") > 0);
    signal(&child, "HUP");
    let done = finish(child).expect_code(5);
    assert_eq!(done.json()["in_doubt"], 0);
    assert_eq!(done.json()["uploaded"], world.state().count("acme"));
}

#[test]
fn ctrl_c_at_the_question_of_undo_deletes_nothing() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.import("nps.csv", &[]).expect_code(0);
    let Some(mut terminal) = Terminal::start(&world, &["undo", "last"]) else {
        return;
    };
    terminal.wait_for("Delete 3 responses", 1);
    terminal.type_keys("\x03");
    terminal.wait_for("interrupted", 1);
    assert_eq!(terminal.code(), Some(5));
    assert_eq!(world.state().count("acme"), 3);
    let runs = world.run(["runs", "--json"]).json();
    assert!(!runs.to_string().contains("undo"), "{runs}");
}

#[test]
fn ctrl_c_at_any_question_of_a_first_import_posts_nothing() {
    for answers in [0, usize::MAX] {
        let world = World::new();
        world.table("nps.csv", 3);
        let Some(mut terminal) = Terminal::start(&world, &["import", "nps.csv"]) else {
            return;
        };
        let mut given = 0;
        loop {
            wait_until("a question", || {
                let shown = terminal.shown();
                shown.contains("[y/N]") || shown.matches("Enter ").count() > given
            });
            if given == answers || terminal.shown().contains("[y/N]") {
                break;
            }
            terminal.type_keys("\n");
            given += 1;
        }
        assert_eq!(terminal.shown().contains("Upload 3"), answers > 0);
        terminal.type_keys("\x03");
        terminal.wait_for("interrupted", 1);
        assert_eq!(terminal.code(), Some(5));
        assert_eq!(world.state().count("acme"), 0);
        assert!(!world.exists("state/chatterload/ledger.sqlite"));
    }
}
