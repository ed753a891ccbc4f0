//! README and docs: the commands they show are run against a sandbox, and their links lead somewhere.
//!
//! A command that cannot be run here is named before its block, where readers do not see it:
//! `<!-- not run: PREFIX, PREFIX -->`. If it is one of ours, its options are checked all the same.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chatterload::cli::Cli;
use chatterload::sandbox::Options;
use clap::Parser;

use crate::support::{Done, World, done};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// README and all of docs/.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned()];
    let entries = std::fs::read_dir(root().join("docs")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    pages.extend(
        names
            .filter(|name| Path::new(name).extension().is_some_and(|ext| ext == "md"))
            .map(|name| format!("docs/{name}")),
    );
    pages.sort();
    pages
}

/// A block of code, and what stands before it.
struct Block {
    language: String,
    text: String,
    not_run: Vec<String>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```");
            let not_run = before
                .strip_prefix("<!-- not run: ")
                .and_then(|rest| rest.strip_suffix(" -->"));
            blocks.push(Block {
                language: language.to_owned(),
                text: inside.flat_map(|line| [line, "\n"]).collect(),
                not_run: not_run
                    .into_iter()
                    .flat_map(|list| list.split(", "))
                    .map(str::to_owned)
                    .collect(),
            });
        }
        before = line;
    }
    blocks
}

/// Commands of a page: to be run, and not to be run.
#[derive(Default)]
struct Commands {
    run: Vec<String>,
    not_run: Vec<String>,
}

fn commands(page: &str) -> Commands {
    let mut commands = Commands::default();
    for block in blocks(page) {
        if !["sh", "console", "cron"].contains(&block.language.as_str()) {
            continue;
        }
        let all = if block.text.contains("\nesac") {
            // A script, not a list of commands.
            vec![block.text.clone()]
        } else {
            let lines = block.text.lines().map(|line| {
                let line = line.strip_prefix("$ ").unwrap_or(line);
                line.split(" #").next().unwrap().trim().to_owned()
            });
            lines
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .collect()
        };
        for prefix in &block.not_run {
            let is_there = all.iter().any(|line| line.starts_with(prefix.as_str()));
            assert!(is_there, "no command begins with {prefix}");
        }
        for line in all {
            let stays = block
                .not_run
                .iter()
                .any(|prefix| line.starts_with(prefix.as_str()));
            let into = if stays {
                &mut commands.not_run
            } else {
                &mut commands.run
            };
            into.push(line);
        }
    }
    commands
}

/// What the pages take for granted: exports, a mapping, a key file, jobs.
fn world() -> World {
    let world = World::with(Options {
        search_lag: Duration::from_millis(100),
        ..Options::default()
    })
    .may_refuse();
    let sample = read("samples/nps.csv");
    for name in ["answers.csv", "nps.csv", "exports/nps-1.csv"] {
        world.old_file(name, &sample);
    }
    world.file("api-key", crate::support::KEY);
    world.file("mapping.toml", read("mappings/nps-sample.toml"));
    world.file("mappings/typeform.toml", read("mappings/nps-sample.toml"));
    let config = blocks(&read("docs/jobs.md"))
        .into_iter()
        .find(|block| block.language == "toml")
        .unwrap();
    // Neither mail nor a webhook is there; nothing else is changed.
    let told = |line: &&str| !line.starts_with("command =") && !line.starts_with("webhook_env =");
    let lines: Vec<&str> = config.text.lines().filter(told).collect();
    // So that nobody need wait; the defaults serve all commands.
    let quick = "rate = \"unlimited\"\nsettle = \"300ms\"";
    let config = lines.join("\n").replace("rate = \"auto\"", quick);
    world.file("chatterload.toml", config);
    world.file("secrets/api-key", crate::support::KEY);
    std::fs::create_dir_all(world.path(".local/share/bash-completion/completions")).unwrap();
    world
}

/// A command as a shell runs it in that world.
fn shell(world: &World, line: &str) -> Done {
    let program = Path::new(env!("CARGO_BIN_EXE_chatterload"));
    let line = line
        .replace("cargo run --release -- ", "chatterload ")
        .replace("cd /srv/feedback && ", "")
        // Nobody is there to be asked.
        .replace("undo last", "undo last --yes");
    let line = line.strip_prefix("15 2 * * *").unwrap_or(&line);
    let ours = world.command([""; 0]);
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .current_dir(world.folder())
        .env_clear();
    let set = ours
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    command.envs(set).env(
        "PATH",
        format!("{}:/usr/bin:/bin", program.parent().unwrap().display()),
    );
    done(&mut command)
}

#[cfg(unix)]
#[test]
fn the_commands_of_the_pages_run() {
    let pages = pages();
    // Most of the time is waiting.
    let counts: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let all: Vec<_> = pages
            .iter()
            .map(|page| scope.spawn(move || run_page(page)))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let run: usize = counts.iter().map(|count| count.0).sum();
    let not_run: usize = counts.iter().map(|count| count.1).sum();
    // Whoever adds a command counts it here, and cannot leave it out unseen.
    assert_eq!((run, not_run), (23, 13));
}

/// Runs a page's commands in their order; how many there are, and how many cannot be run.
fn run_page(page: &str) -> (usize, usize) {
    let commands = commands(&read(page));
    let world = world();
    if page == "docs/report.md" || page == "docs/undo.md" {
        // These are about a run that was.
        shell(&world, "chatterload import nps.csv -m nps-sample");
    }
    for line in &commands.run {
        let done = shell(&world, line);
        // 1: the sample has rows that fail, and so it is written.
        assert!([0, 1].contains(&done.code), "{page}: {line}: {done:#?}");
        assert!(!done.err.contains("error: "), "{page}: {line}: {done:#?}");
    }
    for line in &commands.not_run {
        if line.starts_with("chatterload ") {
            let words = line.split(" | ").next().unwrap().split_whitespace();
            Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{page}: {line}: {error}"));
        }
    }
    (commands.run.len(), commands.not_run.len())
}

#[test]
fn what_the_comments_promise_is_so() {
    let world = world();
    let told = shell(
        &world,
        "chatterload import nps.csv -m nps-sample -p acme --json",
    );
    let summary = told.json();
    let text = read("docs/failures.md");
    let promised = format!(
        "# {} uploaded, {} rejected: {}",
        summary["uploaded"],
        summary["rejected"],
        summary["failures_file"].as_str().unwrap()
    );
    assert!(text.contains(&promised), "{promised}");
}

#[cfg(unix)]
#[test]
#[expect(clippy::print_stderr, reason = "what was not checked is said")]
fn the_scripts_around_run_tell_one_end_from_another() {
    let page = read("docs/jobs.md");
    let script = commands(&page)
        .run
        .into_iter()
        .find(|line| line.contains("esac"))
        .unwrap();
    let python_script = blocks(&page)
        .into_iter()
        .find(|block| block.language == "python")
        .unwrap()
        .text;
    let world = world();
    let some = shell(&world, &script);
    assert_eq!(some.out, "some rows want a hand\n", "{some:?}");
    let night: serde_json::Value = serde_json::from_str(&world.read("night.json")).unwrap();
    assert_eq!(night["exit_code"], 1);
    assert_eq!(shell(&world, &script).out, "", "known failures wake nobody");
    world.old_file("exports/nps-2.csv", "\u{89}PNG\0\0");
    assert_eq!(
        shell(&world, &script).out,
        "mend the config or an input first\n"
    );
    world.file("chatterload.toml", "[jobs");
    assert_eq!(
        shell(&world, &script).out,
        "mend the config or an input first\n"
    );
    world.file("night.py", &python_script);
    let there = Command::new("python3").arg("--version").output();
    if !there.is_ok_and(|there| there.status.success()) {
        eprintln!("python3 is not there: its example is not run");
        return;
    }
    let python = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output();
    let python = String::from_utf8(python.unwrap().stdout).unwrap();
    let line = format!("'{}' night.py", python.trim());
    let broken = shell(&world, &line);
    assert_eq!((broken.code, broken.out.as_str()), (2, ""), "{broken:?}");
    let world = self::world();
    world.file("night.py", &python_script);
    let some = shell(&world, &line);
    assert_eq!(some.code, 1, "{some:?}");
    assert!(
        some.out.starts_with("nps: exit 1, ")
            && some.out.contains("see failures/nps-1.failures.csv"),
        "{some:?}"
    );
}

/// `[words](target)` outside of code, without the part behind `#`.
fn links(page: &str) -> Vec<(String, Option<String>)> {
    let prose: Vec<&str> = page.split("\n```").step_by(2).collect();
    let prose = prose.join("\n");
    let mut links = Vec::new();
    for rest in prose.split("](").skip(1) {
        let target = rest.split(')').next().unwrap();
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = match target.split_once('#') {
            Some((file, anchor)) => (file, Some(anchor.to_owned())),
            None => (target, None),
        };
        links.push((file.to_owned(), anchor));
    }
    links
}

#[test]
fn all_links_between_the_pages_lead_somewhere() {
    let mut linked = Vec::new();
    for page in pages() {
        let path = root().join(&page);
        for (file, anchor) in links(&read(&page)) {
            let target = if file.is_empty() {
                path.clone()
            } else {
                path.parent().unwrap().join(&file)
            };
            assert!(
                target.exists(),
                "{page} links to {file}, which is not there"
            );
            if let Some(anchor) = anchor {
                let text = std::fs::read_to_string(&target).unwrap();
                let is_there = text
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .any(|line| slug(line) == anchor);
                assert!(
                    is_there,
                    "{page} links to {file}#{anchor}, which is not there"
                );
            }
            linked.push(target.canonicalize().unwrap());
        }
    }
    // Every page is found from another.
    for page in pages().iter().filter(|page| *page != "README.md") {
        let path = root().join(page).canonicalize().unwrap();
        assert!(linked.contains(&path), "no page links to {page}");
    }
}

/// A heading's anchor, as GitHub makes it.
fn slug(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|character| character.is_alphanumeric() || " -_".contains(*character))
        .map(|character| if character == ' ' { '-' } else { character })
        .collect()
}
