//! `runs show` for people.

use std::io::{self, BufWriter, Write};

use serde_json::Value;

use super::super::revisiting::find_run;
use super::{file_name, second, state, stream, summary, when};
use crate::cli::RunsShowArgs;
use crate::console::Console;
use crate::error::Error;
use crate::ledger::{Direction, Reader, Rejected, Run, Standing};
use crate::report::paint::thousands;
use crate::settings::{self, Environment};

/// So many responses and rejections are listed, unless all are wanted.
const LISTED: usize = 50;

/// Shows a run.
pub fn show(
    args: &RunsShowArgs,
    console: &Console,
    environment: &Environment,
) -> Result<(), Error> {
    let path = settings::ledger_path(args.ledger.ledger.as_deref(), environment)?;
    let reader = Reader::open(&path)?;
    let run = find_run(&reader, &args.run)?;
    if console.json {
        return stream::show(&reader, &run, &path);
    }
    let limit = if args.all { usize::MAX } else { LISTED };
    write(
        &mut Text(BufWriter::new(io::stdout().lock())),
        &reader,
        &run,
        limit,
    )
}

fn write<W: Write>(
    text: &mut Text<W>,
    reader: &Reader,
    run: &Run,
    limit: usize,
) -> Result<(), Error> {
    text.facts(run);
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
    let mut lines = Lines::new(
        limit,
        &[
            "file", "row", "name", "state", "id", "code", "attempts", "when",
        ],
    );
    reader.ask(|view| {
        view.responses_of(run.number, |line| lines.add(text, response_row(&line, run)))
    })?;
    lines.end(text);
    let mut lines = Lines::new(limit, &["file", "row", "not delivered", "code"]);
    reader.ask(|view| {
        view.rejections_of(run.number, |line| {
            lines.add(text, rejection_row(&line, &run.files))
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

fn dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::identity::{Id, Token};
    use crate::ledger::{Event, Finished, Intent, Ledger, NewRun, Note, Rejected, Target};

    fn token(number: u8) -> Token {
        Token(Id([number; 16]))
    }

    async fn ledger() -> Ledger {
        let ledger = Ledger::temporary().unwrap();
        let run = NewRun {
            id: "2026-11-23T02-15-00Z-7f3a".into(),
            command: "import".into(),
            version: "0.1.0".into(),
            target: Target {
                origin: "https://api.chattermill.com".into(),
                project: "acme".into(),
            },
            scope: Some("nps".into()),
            shard: None,
            mapping: Some("nps.toml".into()),
            mapping_hash: None,
            files: vec!["nps.csv".into()],
            token_attribute: String::new(),
            below: Vec::new(),
            inputs: None,
            started_at: "2026-11-23T02:15:00Z".parse().unwrap(),
        };
        let run = ledger.start_run(run).await.unwrap();
        let outcomes = [
            (Event::Created("1001".into()), None),
            (Event::Unclear, Some("timeout")),
            (Event::Refused, Some("http_422")),
        ];
        for (number, (event, code)) in (1..).zip(outcomes) {
            let intent = Intent {
                token: token(number),
                raw: Id([1; 16]),
                payload: Id([2; 16]),
                echo: None,
                version: None,
                name: Arc::from("main"),
                file: 0,
                row: u64::from(number) + 1,
            };
            ledger.begin_post(run, intent).await.unwrap();
            let note = Note {
                attempts: Some(1),
                code: code.map(str::to_owned),
                echo: None,
            };
            ledger.tell(token(number), event, note);
        }
        let rejected = Rejected {
            token: None,
            status: "rejected".into(),
            code: "score_not_a_number".into(),
            file: 0,
            row: 5,
            raw: None,
        };
        ledger.reject(run, rejected);
        ledger.double(run, token(1), "1009".into());
        let finished = Finished {
            status: "complete_with_failures".into(),
            exit_code: 1,
            summary: r#"{"exit_code":1,"error":null,"rows":4,"uploaded":1,"rejected":1,"failed":1,"in_doubt":1,"doubles":1}"#.into(),
            aggregates: None,
            finished_at: "2026-11-23T02:15:09Z".parse().unwrap(),
        };
        ledger.finish_run(run, finished).await.unwrap();
        ledger
    }

    async fn shown(limit: usize) -> String {
        let ledger = ledger().await;
        let reader = Reader::open(ledger.path()).unwrap();
        let run = find_run(&reader, "last").unwrap();
        let mut text = Text(Vec::new());
        write(&mut text, &reader, &run, limit).unwrap();
        String::from_utf8(text.0).unwrap()
    }

    #[tokio::test]
    async fn a_run_is_shown_with_what_became_of_its_responses() {
        let mut settings = insta::Settings::clone_current();
        // When a response came to its state is the clock's.
        settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n", "[when]\n");
        let shown = shown(LISTED).await;
        settings.bind(|| {
            insta::assert_snapshot!(shown, @r"
        run       2026-11-23T02-15-00Z-7f3a
        command   import
        project   acme at https://api.chattermill.com
        scope     nps
        mapping   nps.toml
        files     nps.csv
        started   [when]
        ended     [when]
        status    complete_with_failures, exit code 1
        figures   4 rows, 1 uploaded, 1 rejected, 1 failed, 1 in_doubt, 1 doubles

        Its responses now: 1 in_doubt, 1 refused, 1 uploaded

        file     row  name  state     id    code      attempts  when
        nps.csv  2    main  uploaded  1001  -         1         [when]
        nps.csv  3    main  in_doubt  -     timeout   1         [when]
        nps.csv  4    main  refused   -     http_422  1         [when]

        file     row  not delivered  code
        nps.csv  5    rejected       score_not_a_number

        twice in Chattermill         id
        kaeaqcaibaeaqcaibaeaqcaibae  1009
        ");
        });
    }

    #[tokio::test]
    async fn a_long_list_is_cut() {
        let shown = shown(2).await;
        assert!(
            shown.contains("timeout") && !shown.contains("http_422"),
            "{shown}"
        );
        assert!(shown.contains("--all"), "{shown}");
    }
}
