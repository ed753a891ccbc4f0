//! `runs` and `runs show`: what was run, from the ledger. Asks the API for nothing.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::revisiting::find_run;
use crate::cli::{RunsArgs, RunsCommand, RunsShowArgs};
use crate::console::Console;
use crate::error::Error;
use crate::ledger::{Direction, Reader, Rejected, Run, Standing};
use crate::report::paint::{listed, spoken, thousands};
use crate::settings::{self, Environment};

/// So many responses and rejections are listed as text, unless all are wanted.
const LISTED: usize = 50;

/// Runs `runs` or `runs show`.
pub fn run(args: &RunsArgs, console: &Console, environment: &Environment) -> Result<(), Error> {
    match &args.command {
        None => list(args, console, environment),
        Some(RunsCommand::Show(args)) => show(args, console, environment),
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

fn show(args: &RunsShowArgs, console: &Console, environment: &Environment) -> Result<(), Error> {
    let path = settings::ledger_path(args.ledger.ledger.as_deref(), environment)?;
    let reader = Reader::open(&path)?;
    let run = find_run(&reader, &args.run)?;
    if console.json {
        return show_json(&reader, &run, &path);
    }
    let limit = if args.all { usize::MAX } else { LISTED };
    let text = &mut Text(BufWriter::new(io::stdout().lock()));
    text.facts(&run);
    let states = reader.ask(|view| view.states_of(run.number))?;
    if !states.is_empty() {
        let states = states
            .iter()
            .map(|(state, count)| format!("{} {state}", thousands(*count)));
        text.line(&format!(
            "\nIts responses now: {}",
            states.collect::<Vec<_>>().join(", ")
        ));
    }
    let files = &run.files;
    let mut lines = Lines::new(
        limit,
        &[
            "file", "row", "name", "state", "id", "code", "attempts", "when",
        ],
    );
    reader.ask(|view| {
        view.responses_of(run.number, |line| {
            lines.add(text, response_row(&line, &run))
        })
    })?;
    lines.end(text);
    let mut lines = Lines::new(limit, &["file", "row", "not delivered", "code"]);
    reader.ask(|view| {
        view.rejections_of(run.number, |line| {
            lines.add(text, rejection_row(&line, files))
        })
    })?;
    lines.end(text);
    let mut lines = Lines::new(limit, &["twice in Chattermill", "id"]);
    for (token, id) in reader.ask(|view| view.doubles_of(run.number))? {
        if lines.add(text, vec![token.to_string(), id]).is_break() {
            break;
        }
    }
    lines.end(text);
    text.flush();
    Ok(())
}

/// Text on stdout. That nobody reads it any more (`| head`) is no fault.
struct Text<W: Write>(W);

impl<W: Write> Text<W> {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.0, "{line}");
    }

    fn flush(&mut self) {
        let _ = self.0.flush();
    }

    fn facts(&mut self, run: &Run) {
        let mut fact = |name: &str, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                self.line(&format!("{name:<9} {value}"));
            }
        };
        fact("run", Some(&run.id));
        fact("command", Some(&run.command));
        fact(
            "project",
            Some(&format!("{} at {}", run.target.project, run.target.origin)),
        );
        fact("scope", run.scope.as_deref());
        fact("shard", run.shard.as_deref());
        fact("mapping", run.mapping.as_deref());
        fact("files", Some(&run.files.join(", ")));
        fact("started", Some(&second(run.started_at)));
        fact("ended", run.finished_at.map(second).as_deref());
        let exit = run
            .exit_code
            .map_or_else(String::new, |code| format!(", exit code {code}"));
        fact("status", Some(&format!("{}{exit}", state(run))));
        if let Value::Object(summary) = summary(run) {
            fact("error", summary.get("error").and_then(Value::as_str));
            let figures = summary.iter().filter_map(|(name, value)| {
                let count = value
                    .as_u64()
                    .filter(|count| *count > 0 && name != "exit_code")?;
                Some(format!("{} {name}", thousands(count)))
            });
            fact("figures", Some(&figures.collect::<Vec<_>>().join(", ")));
        }
    }
}

/// A table written in parts, so that a million lines need not be in memory at once.
struct Lines {
    header: Vec<&'static str>,
    part: Vec<Vec<String>>,
    count: usize,
    limit: usize,
    /// The widths of the first part, kept for the others.
    widths: Vec<usize>,
}

/// So many lines decide how wide columns are.
const PART: usize = 1_000;

impl Lines {
    fn new(limit: usize, header: &[&'static str]) -> Self {
        Self {
            header: header.to_vec(),
            part: Vec::new(),
            count: 0,
            limit,
            widths: Vec::new(),
        }
    }

    fn add<W: Write>(&mut self, text: &mut Text<W>, line: Vec<String>) -> Direction {
        self.count += 1;
        if self.count > self.limit {
            return Direction::Break(());
        }
        self.part.push(line);
        if self.part.len() == PART {
            self.write(text);
        }
        Direction::Continue(())
    }

    fn write<W: Write>(&mut self, text: &mut Text<W>) {
        if self.widths.is_empty() {
            let lines = self
                .part
                .iter()
                .map(|line| line.iter().map(|cell| cell.chars().count()).collect());
            let header: Vec<usize> = self.header.iter().map(|cell| cell.len()).collect();
            self.widths = lines.fold(header, |widths, line: Vec<usize>| {
                widths
                    .into_iter()
                    .zip(line)
                    .map(|(width, cell)| width.max(cell))
                    .collect()
            });
            text.line("");
            let header = self.header.iter().map(|cell| (*cell).to_owned()).collect();
            self.part.insert(0, header);
        }
        for line in self.part.drain(..) {
            let cells = line
                .iter()
                .zip(&self.widths)
                .map(|(cell, width)| format!("{cell:<width$}"));
            text.line(cells.collect::<Vec<_>>().join("  ").trim_end());
        }
    }

    fn end<W: Write>(&mut self, text: &mut Text<W>) {
        if !self.part.is_empty() {
            self.write(text);
        }
        if self.count > self.limit {
            text.line("… and more: --all lists all of them");
        }
    }
}

fn file_name(files: &[String], file: u32) -> String {
    files
        .get(file as usize)
        .cloned()
        .unwrap_or_else(|| format!("file {file}"))
}

fn dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn when(line: &Standing) -> Option<String> {
    let millis = line.settled_at.or(line.began_at)?;
    Timestamp::from_millisecond(millis).ok().map(second)
}

fn response_row(line: &Standing, run: &Run) -> Vec<String> {
    let own = line.run == run.number;
    vec![
        dash(
            line.file
                .filter(|_| own)
                .map(|file| file_name(&run.files, file)),
        ),
        dash(line.row.filter(|_| own)),
        line.name.clone(),
        line.state.name().to_owned(),
        dash(line.state.api_id()),
        dash(line.code.as_deref()),
        line.attempts.to_string(),
        dash(when(line)),
    ]
}

fn rejection_row(line: &Rejected, files: &[String]) -> Vec<String> {
    vec![
        file_name(files, line.file),
        line.row.to_string(),
        line.status.clone(),
        line.code.clone(),
    ]
}

/// One object, written as it is read: only its facts are in memory. What comes last is whether it could be read to its
/// end.
fn show_json(reader: &Reader, run: &Run, path: &Path) -> Result<(), Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut read = Ok(());
    let written = write_json(&mut out, reader, run, path, &mut read);
    // That nobody reads it any more (`| head`) is no fault.
    let _ = written.and_then(|()| out.flush());
    read
}

fn write_json(
    out: &mut impl Write,
    reader: &Reader,
    run: &Run,
    path: &Path,
    read: &mut Result<(), Error>,
) -> io::Result<()> {
    write!(out, "{{\"run\":{}", facts(run, path))?;
    let number = run.number;
    let mut written = Ok(());
    let parts: [(&str, Part<'_>); 3] = [
        ("responses", &|list| {
            reader
                .ask(|view| view.responses_of(number, |line| list.item(&response_json(&line, run))))
        }),
        ("rejections", &|list| {
            reader.ask(|view| {
                view.rejections_of(number, |line| list.item(&rejection_json(&line, &run.files)))
            })
        }),
        ("doubles", &|list| {
            for (token, id) in reader.ask(|view| view.doubles_of(number))? {
                if list
                    .item(&json!({ "token": token.to_string(), "id": id }))
                    .is_break()
                {
                    break;
                }
            }
            Ok(())
        }),
    ];
    for (name, part) in parts {
        write!(out, ",\"{name}\":[")?;
        let mut list = List {
            out: &mut *out,
            first: true,
            written: &mut written,
        };
        if read.is_ok() {
            *read = part(&mut list).map_err(Error::from);
        }
        write!(out, "]")?;
    }
    written?;
    let (status, code, error) = match &read {
        Ok(()) => ("complete", 0, None),
        Err(error) => ("aborted", error.exit_code(), Some(error.to_string())),
    };
    writeln!(
        out,
        ",\"status\":\"{status}\",\"exit_code\":{code},\"error\":{}}}",
        json!(error)
    )
}

/// What writes the items of a list.
type Part<'a> = &'a dyn Fn(&mut List<'_>) -> Result<(), crate::ledger::LedgerError>;

/// A list of JSON that is being written.
struct List<'a> {
    out: &'a mut dyn Write,
    first: bool,
    written: &'a mut io::Result<()>,
}

impl List<'_> {
    fn item(&mut self, item: &Value) -> Direction {
        let comma = if self.first { "" } else { "," };
        self.first = false;
        *self.written = write!(self.out, "{comma}{item}");
        if self.written.is_ok() {
            Direction::Continue(())
        } else {
            Direction::Break(())
        }
    }
}

fn response_json(line: &Standing, run: &Run) -> Value {
    // Of a response that the run only updated, file and row are those of the run that created it.
    let own = line.run == run.number;
    json!({
        "file": line.file.filter(|_| own).map(|file| file_name(&run.files, file)),
        "row": line.row.filter(|_| own),
        "name": line.name,
        "token": line.token.to_string(),
        "state": line.state.name(),
        "id": line.state.api_id(),
        "code": line.code,
        "attempts": line.attempts,
        "at": when(line),
        "only_updated": !own,
    })
}

fn rejection_json(line: &Rejected, files: &[String]) -> Value {
    json!({
        "file": file_name(files, line.file),
        "row": line.row,
        "status": line.status,
        "code": line.code,
        "token": line.token.map(|token| token.to_string()),
    })
}
