//! `runs` and `runs show`: what was run, from the ledger. Asks the API for nothing.

mod show;
mod stream;

use std::path::Path;

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::{RunsArgs, RunsCommand};
use crate::console::Console;
use crate::error::Error;
use crate::ledger::{Reader, Run, Standing};
use crate::report::paint::{listed, spoken, thousands};
use crate::settings::{self, Environment};

/// Runs `runs` or `runs show`.
pub fn run(args: &RunsArgs, console: &Console, environment: &Environment) -> Result<(), Error> {
    match &args.command {
        None => list(args, console, environment),
        Some(RunsCommand::Show(args)) => show::show(args, console, environment),
    }
}

fn list(args: &RunsArgs, console: &Console, environment: &Environment) -> Result<(), Error> {
    let path = settings::ledger_path(args.ledger.ledger.as_deref(), environment)?;
    let reader = Reader::open(&path)?;
    let limit = args.limit;
    let (runs, all) = reader.ask(|view| {
        let mut runs = view.runs()?;
        let all = runs.len();
        runs.truncate(limit);
        Ok((runs, all))
    })?;
    if console.json {
        let runs: Vec<Value> = runs.iter().map(|run| facts(run, &path)).collect();
        console.json(&json!({ "status": "complete", "exit_code": 0, "error": null, "runs": runs }));
        return Ok(());
    }
    if runs.is_empty() {
        console.note("no runs yet");
        return Ok(());
    }
    let header = [
        "run", "command", "project", "scope", "files", "started", "took", "status", "done",
        "failed", "in doubt",
    ];
    let mut table = table(&header);
    for run in &runs {
        table.add_row(row(run));
    }
    console.result(table.trim_fmt().as_str());
    if runs.len() < all {
        console.note(&format!(
            "{} more: --limit N lists more of them",
            thousands((all - runs.len()) as u64)
        ));
    }
    Ok(())
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.iter().copied());
    table
}

fn row(run: &Run) -> Vec<String> {
    let summary = summary(run);
    let sum = |names: &[&str]| {
        let figures: Vec<u64> = names
            .iter()
            .filter_map(|name| summary.get(name)?.as_u64())
            .collect();
        if figures.is_empty() {
            "-".to_owned()
        } else {
            thousands(figures.iter().sum())
        }
    };
    vec![
        run.id.clone(),
        run.command.clone(),
        run.target.project.clone(),
        run.scope.clone().unwrap_or_else(|| "-".to_owned()),
        if run.files.is_empty() {
            "-".to_owned()
        } else {
            listed(&run.files)
        },
        minute(run.started_at),
        took(run).map_or_else(|| "-".to_owned(), spoken),
        state(run).to_owned(),
        sum(&["uploaded", "updated", "deleted", "taken_back"]),
        sum(&["rejected", "failed"]),
        sum(&["in_doubt"]),
    ]
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Seconds.
fn took(run: &Run) -> Option<f64> {
    let millis = run.finished_at?.as_millisecond() - run.started_at.as_millisecond();
    Some(millis.max(0) as f64 / 1_000.0)
}

/// How it ended; without an end it is at work, or dead and not found to be so yet.
fn state(run: &Run) -> &str {
    run.status.as_deref().unwrap_or("not ended")
}

fn summary(run: &Run) -> Value {
    run.summary
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or(Value::Null)
}

/// A run as JSON: what the ledger has of it, and its summary.
fn facts(run: &Run, ledger: &Path) -> Value {
    json!({
        "run": run.id,
        "command": run.command,
        "version": run.version,
        "status": run.status,
        "exit_code": run.exit_code,
        "api": run.target.origin,
        "project": run.target.project,
        "scope": run.scope,
        "shard": run.shard,
        "mapping": run.mapping,
        "files": run.files,
        "started_at": second(run.started_at),
        "finished_at": run.finished_at.map(second),
        "elapsed_s": took(run),
        "ledger": ledger.display().to_string(),
        "summary": summary(run),
    })
}

fn file_name(files: &[String], file: u32) -> String {
    files
        .get(file as usize)
        .cloned()
        .unwrap_or_else(|| format!("file {file}"))
}

fn when(line: &Standing) -> Option<String> {
    let millis = line.settled_at.or(line.began_at)?;
    Timestamp::from_millisecond(millis).ok().map(second)
}
