//! What is ready to be copied: the config of docs/jobs.md, units, YAML, the options they give.

use std::path::{Path, PathBuf};
use std::process::Command;

use chatterload::jobs::Config;

use crate::support::World;

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(docs(name)).unwrap()
}

/// Whether a program is there: what can be checked is checked where it is.
#[expect(clippy::print_stderr, reason = "what was not checked is said")]
fn has(program: &str, args: &[&str]) -> bool {
    let is_there = Command::new(program)
        .args(args)
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("{program} is not there: not checked");
    }
    is_there
}

#[test]
fn the_config_of_the_documentation_is_one() {
    let text = read("jobs.md");
    let blocks: Vec<&str> = text
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 1);
    let config = Config::parse(Path::new("chatterload.toml"), blocks[0])
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.jobs.len(), 1);
}

#[test]
fn the_files_that_the_documentation_names_are_there() {
    let text = read("jobs.md");
    let mut named: Vec<&str> = text
        .split("](deploy/")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap())
        .collect();
    named.sort_unstable();
    let mut there: Vec<String> = std::fs::read_dir(docs("deploy"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(named, there);
}

/// All words behind the program's name, wherever a command stands.
#[test]
fn the_commands_are_taken() {
    let world = World::new();
    let units = [
        (
            "deploy/chatterload.service",
            "ExecStart=/usr/local/bin/chatterload ",
        ),
        ("deploy/crontab", "/chatterload --quiet "),
    ];
    for (file, before) in units {
        let text = read(file);
        let rest = text.split(before).nth(1).unwrap();
        let words = rest.lines().next().unwrap().split(" >").next().unwrap();
        let done = world.run(words.split(' '));
        // The command line is taken; the config is not there.
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.err.contains("chatterload.toml"), "{file}: {done:?}");
    }
    world.table("exports/backfill.csv", 40);
    world.file("nps.toml", world.read("mapping.toml"));
    std::fs::create_dir(world.path("failures")).unwrap();
    for shard in 0..4 {
        let args = sharded_arguments(&shard.to_string());
        assert_eq!(args[0], "import");
        world.run(args).expect_code(0);
    }
    assert_eq!(world.state().count("acme"), 40);
    assert_eq!(world.state().tokens("acme").len(), 40);
    assert!(
        read("deploy/airflow.py")
            .contains("--shard $SHARD/{SHARDS} --ledger state/ledger-$SHARD.sqlite")
    );
}

fn sharded_arguments(shard: &str) -> Vec<String> {
    let text = read("deploy/sharded-job.yaml");
    let rest = text.split("args:\n").nth(1).unwrap();
    rest.lines()
        .map_while(|line| line.trim().strip_prefix("- "))
        // So that the test need not wait for a quota.
        .map(|word| word.replace("$(SHARD)", shard).replace("40/s", "unlimited"))
        .collect()
}

#[test]
fn the_units_are_valid() {
    if !has("systemd-analyze", &["--version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["chatterload.service", "chatterload.timer"] {
        // The program, and a user, that are there.
        let text = read(&format!("deploy/{name}"))
            .replace(
                "/usr/local/bin/chatterload",
                env!("CARGO_BIN_EXE_chatterload"),
            )
            .replace("User=chatterload", "User=root");
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args([
            folder.path().join("chatterload.service"),
            folder.path().join("chatterload.timer"),
        ])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    // Other units of the machine are no affair of ours.
    let ours: Vec<&str> = told
        .lines()
        .filter(|line| line.contains("/chatterload."))
        .collect();
    assert!(ours.is_empty(), "{told}");
}

#[test]
fn yaml_and_python_can_be_read() {
    for name in ["deploy/cronjob.yaml", "deploy/sharded-job.yaml"] {
        let text = read(name);
        for line in text.lines() {
            assert!(!line.contains('\t'), "{name}: a tab in {line}");
            let indent = line.len() - line.trim_start().len();
            assert_eq!(indent % 2, 0, "{name}: {line}");
        }
        assert!(
            text.contains("readOnlyRootFilesystem: true") && text.contains("runAsNonRoot: true"),
            "{name}"
        );
        if has("python3", &["-c", "import yaml"]) {
            let script = "import sys, yaml; list(yaml.safe_load_all(open(sys.argv[1])))";
            let path = docs(name);
            assert!(
                has("python3", &["-c", script, path.to_str().unwrap()]),
                "{name}"
            );
        }
    }
    if has("python3", &["--version"]) {
        let script = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
        let path = docs("deploy/airflow.py");
        assert!(has("python3", &["-c", script, path.to_str().unwrap()]));
    }
}
