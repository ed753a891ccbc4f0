//! What `undo`, `ledger rebuild` and `ledger verify` tell in the end.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::console::Console;
use crate::error::Error;
use crate::ledger::{self, NewRun, Run, Target, run_id};
use crate::report::paint::{Paint, Tone, spoken, thousands};
use crate::revisit::caller::Caller;
use crate::revisit::{Finding, Findings};
use crate::upload::retry::End;

/// So many findings are listed as text; JSON has all that were kept.
const LISTED: usize = 20;

/// A figure: its name in JSON, what it says in words, and how it is meant.
pub type Figure = (&'static str, &'static str, Tone);

/// What there is to tell.
pub struct Report {
    /// The name of this run.
    pub id: String,
    /// `undo`, `ledger rebuild`, `ledger verify`.
    pub command: &'static str,
    /// The run that it is about.
    pub of: Option<String>,
    /// The project's key.
    pub project: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The figures that it has; those of [`Tone::Bad`] make exit code 1.
    pub figures: &'static [Figure],
    began: Instant,
}

/// A report at its end.
pub struct Told {
    /// The whole of it.
    pub json: Map<String, Value>,
    text: String,
    error: Option<Error>,
    /// The exit code.
    pub code: u8,
}

impl Report {
    /// Of a command that begins now.
    pub fn begin(
        command: &'static str,
        of: Option<&Run>,
        project: &str,
        figures: &'static [Figure],
    ) -> Self {
        let started_at = Timestamp::now();
        Self {
            id: run_id(started_at, rand::random()),
            command,
            of: of.map(|run| run.id.clone()),
            project: project.to_owned(),
            started_at,
            figures,
            began: Instant::now(),
        }
    }

    /// The run as the ledger has it: over all of a project, until a scope is said.
    pub fn new_run(&self, target: Target) -> NewRun {
        NewRun {
            id: self.id.clone(),
            command: self.command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target,
            scope: None,
            shard: None,
            mapping: None,
            mapping_hash: None,
            files: Vec::new(),
            token_attribute: String::new(),
            below: Vec::new(),
            inputs: None,
            started_at: self.started_at,
        }
    }

    /// At its end: what was found, what was asked, and why it ended before, if it did. A warning makes exit code 1.
    pub fn end(
        &self,
        findings: &Findings,
        caller: &Caller,
        warning: Option<&str>,
        console: &Console,
    ) -> Told {
        let error = caller.stop.reason().map(|end| match end {
            End::Usage(why) => Error::Usage(why),
            End::Refused(why) => Error::Api(why),
            End::Stopped(why) => Error::Stopped(why),
        });
        let bad = |(name, _, tone): &Figure| *tone == Tone::Bad && findings.get(name) > 0;
        let code = match &error {
            Some(error) => error.exit_code(),
            None => u8::from(warning.is_some() || self.figures.iter().any(bad)),
        };
        let kept = findings.kept();
        let json = self.json(code, error.as_ref(), findings, &kept, caller, warning);
        let paint = Paint::new(console.colour);
        let text = self.text(code, error.as_ref(), findings, &kept, warning, paint);
        Told {
            json,
            text,
            error,
            code,
        }
    }

    fn json(
        &self,
        code: u8,
        error: Option<&Error>,
        findings: &Findings,
        kept: &[Finding],
        caller: &Caller,
        warning: Option<&str>,
    ) -> Map<String, Value> {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
        put("run", json!(self.id));
        put("command", json!(self.command));
        put("version", json!(env!("CARGO_PKG_VERSION")));
        put("status", json!(status(code)));
        put("exit_code", json!(code));
        put("error", json!(error.map(ToString::to_string)));
        put("project", json!(self.project));
        put("of_run", json!(self.of));
        put(
            "started_at",
            json!(self.started_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        );
        put(
            "finished_at",
            json!(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        );
        put(
            "elapsed_s",
            json!((self.began.elapsed().as_secs_f64() * 10.0).round() / 10.0),
        );
        for (name, ..) in self.figures {
            put(name, json!(findings.get(name)));
        }
        put("requests", json!(caller.requests()));
        put("rate_limited", json!(caller.rate_limited()));
        put("warnings", json!(warning.into_iter().collect::<Vec<_>>()));
        put("findings", json!(kept));
        object
    }

    fn text(
        &self,
        code: u8,
        error: Option<&Error>,
        findings: &Findings,
        kept: &[Finding],
        warning: Option<&str>,
        paint: Paint,
    ) -> String {
        let (verdict, tone) = match code {
            0 => ("complete", Tone::Good),
            1 => ("complete, with something to look at", Tone::Care),
            5 => ("stopped before the end", Tone::Bad),
            _ => ("not done", Tone::Bad),
        };
        let of = self
            .of
            .as_ref()
            .map_or_else(String::new, |of| format!(" of run {of}"));
        let command = match self.command {
            "undo" => "Undo",
            "ledger rebuild" => "Rebuild of the ledger",
            _ => "Verification",
        };
        let mut lines = vec![format!(
            "{command}{of} in {}: {}",
            self.project,
            paint.as_tone(tone, verdict)
        )];
        let run = format!(
            "run {}, {}",
            self.id,
            spoken(self.began.elapsed().as_secs_f64())
        );
        lines.push(paint.as_tone(Tone::Quiet, &run));
        if let Some(error) = error {
            lines.push(format!("\n{} {error}", paint.as_tone(Tone::Bad, "error:")));
        }
        lines.push(String::new());
        for (index, (name, words, tone)) in self.figures.iter().enumerate() {
            let count = findings.get(name);
            // The first one is told even where it is none.
            if count > 0 || index == 0 {
                let tone = if count > 0 { *tone } else { Tone::Quiet };
                lines.push(paint.as_tone(tone, &format!("{:>9}  {words}", thousands(count))));
            }
        }
        if let Some(warning) = warning {
            lines.push(format!(
                "\n{} {warning}",
                paint.as_tone(Tone::Care, "warning:")
            ));
        }
        if !kept.is_empty() {
            lines.push(String::new());
            lines.extend(kept.iter().take(LISTED).map(finding));
        }
        let more: u64 = self
            .figures
            .iter()
            .map(|(name, ..)| findings.get(name))
            .sum::<u64>()
            .min(kept.len() as u64);
        if more > LISTED as u64 {
            let text = format!(
                "  … and more: --json lists {} of them",
                thousands(kept.len() as u64)
            );
            lines.push(paint.as_tone(Tone::Quiet, &text));
        }
        lines.join("\n")
    }
}

impl Told {
    /// As the ledger keeps it; without the single responses, which are in the ledger.
    pub fn finished(&self) -> ledger::Finished {
        let mut summary = self.json.clone();
        summary.shift_remove("findings");
        ledger::Finished {
            status: status(self.code).to_owned(),
            exit_code: self.code,
            summary: Value::Object(summary).to_string(),
            aggregates: None,
            finished_at: Timestamp::now(),
        }
    }

    /// Tells it, and gives the exit code.
    pub fn tell(&self, console: &Console) -> u8 {
        if console.json {
            console.json(&self.json);
            if let Some(error) = &self.error {
                console.error_text(&error.to_string());
            }
        } else {
            console.result(&self.text);
        }
        self.code
    }
}

fn status(code: u8) -> &'static str {
    match code {
        0 => "complete",
        1 => "complete_with_failures",
        5 => "stopped",
        _ => "aborted",
    }
}

fn finding(finding: &Finding) -> String {
    let place = match (&finding.file, finding.row) {
        (Some(file), Some(row)) if finding.name == "main" => format!("{file}, row {row}"),
        (Some(file), Some(row)) => format!("{file}, row {row}, response {}", finding.name),
        _ => finding.token.clone(),
    };
    let ids = match &finding.ids[..] {
        [] => String::new(),
        [id] => format!(" (id {id})"),
        ids => format!(" (ids {})", ids.join(", ")),
    };
    format!("  {place}{ids}: {}", finding.message)
}

#[cfg(test)]
mod tests {
    use super::super::revisiting::pace;
    use super::*;
    use crate::api::Client;
    use crate::cli::RevisitPaceArgs;
    use crate::identity::{Id, Token};
    use crate::settings;
    use crate::upload::stop::Stop;

    const FIGURES: &[Figure] = &[
        ("deleted", "deleted", Tone::Good),
        ("changed", "changed since: left", Tone::Bad),
        ("failed", "failed", Tone::Bad),
    ];

    fn report() -> Report {
        Report {
            id: "2026-11-23T02-20-00Z-0001".into(),
            command: "undo",
            of: Some("2026-11-23T02-15-00Z-7f3a".into()),
            project: "acme".into(),
            started_at: "2026-11-23T02:20:00Z".parse().unwrap(),
            figures: FIGURES,
            began: Instant::now(),
        }
    }

    fn told(findings: &Findings, end: Option<End>) -> Told {
        let stop = Stop::default();
        if let Some(end) = end {
            stop.end(end);
        }
        let model: crate::api::Model = std::sync::Arc::new(|_| Box::pin(std::future::pending()));
        let client = Client::over(model, &"http://127.0.0.1/v1".parse().unwrap());
        let caller = Caller::new(client, "acme", pace(&RevisitPaceArgs::default()), stop);
        let output = crate::cli::OutputArgs {
            json: false,
            verbose: 0,
            quiet: false,
            log_format: crate::cli::LogFormat::Text,
            color: crate::cli::When::Never,
            progress: crate::cli::When::Never,
        };
        let console = Console::new(&output, &settings::Environment::default());
        report().end(findings, &caller, None, &console)
    }

    /// However long it took.
    fn timeless(told: &Told) -> String {
        let took = regex::Regex::new(r", \d+\.\d s\n").unwrap();
        took.replace(&told.text, ", … s\n").into_owned()
    }

    #[test]
    fn a_report_has_what_there_is_to_tell() {
        let findings = Findings::default();
        findings.add("deleted", 1_179);
        let told = told(&findings, None);
        assert_eq!(told.code, 0);
        insta::assert_snapshot!(timeless(&told), @r"
        Undo of run 2026-11-23T02-15-00Z-7f3a in acme: complete
        run 2026-11-23T02-20-00Z-0001, … s

            1,179  deleted
        ");
        assert_eq!(told.json["status"], "complete");
        assert_eq!(told.json["failed"], 0);
    }

    #[test]
    fn what_is_left_is_named_and_makes_exit_code_1() {
        let findings = Findings::default();
        findings.note_token(
            "changed",
            Token(Id([0; 16])),
            vec!["77".into()],
            "somebody has changed it",
        );
        let told = told(&findings, None);
        assert_eq!(told.code, 1);
        insta::assert_snapshot!(timeless(&told), @r"
        Undo of run 2026-11-23T02-15-00Z-7f3a in acme: complete, with something to look at
        run 2026-11-23T02-20-00Z-0001, … s

                0  deleted
                1  changed since: left

          kaaaaaaaaaaaaaaaaaaaaaaaaaa (id 77): somebody has changed it
        ");
        assert!(!told.finished().summary.contains("findings"));
    }

    #[test]
    fn a_run_that_was_ended_says_why() {
        let findings = Findings::default();
        let stopped = told(&findings, Some(End::Stopped("interrupted".into())));
        assert_eq!(
            (stopped.code, &stopped.json["status"]),
            (5, &json!("stopped"))
        );
        insta::assert_snapshot!(timeless(&stopped), @r"
        Undo of run 2026-11-23T02-15-00Z-7f3a in acme: stopped before the end
        run 2026-11-23T02-20-00Z-0001, … s

        error: interrupted

                0  deleted
        ");
        let refused = told(&findings, Some(End::Refused("no".into())));
        assert_eq!(
            (refused.code, &refused.json["status"]),
            (4, &json!("aborted"))
        );
    }
}
