//! What a run tells in the end: its summary, its exit code, and the command to go on with.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use jiff::Timestamp;

use crate::cli::{ImportArgs, When};
use crate::console::Console;
use crate::error::{Error, InputError};
use crate::ledger::{NewRun, Target};
use crate::mapping::Mapping;
use crate::outcome::Counts;
use crate::pipeline::account::Settling;
use crate::pipeline::fed::{Preview, Tally};
use crate::pipeline::inputs::Opened;
use crate::pipeline::run::Ran;
use crate::report::preview::Shown;
use crate::report::progress::{Meter, Progress, Snapshot};
use crate::report::{About, Diff, Overview, Reasons, Summary, Traffic, Unread, preview};
use crate::upload::Engine;
use crate::upload::retry::End;

/// A run at its beginning.
pub struct Start {
    /// The run's name.
    pub run: String,
    command: &'static str,
    files: Vec<String>,
    at: Timestamp,
    began: Instant,
}

impl Start {
    /// A run that begins now.
    pub fn now(command: &'static str, files: &[PathBuf]) -> Self {
        let at = Timestamp::now();
        let random: u16 = rand::random();
        Self {
            run: format!("{}-{random:04x}", at.strftime("%Y-%m-%dT%H-%M-%SZ")),
            command,
            files: files
                .iter()
                .map(|file| file.display().to_string())
                .collect(),
            at,
            began: Instant::now(),
        }
    }

    /// Says which files are read, where that is found out later.
    pub fn read(&mut self, files: &[PathBuf]) {
        self.files = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
    }

    /// Says which files patterns stand for, once they are found.
    pub fn opened(&mut self, inputs: &[Opened]) {
        self.files = inputs.iter().map(|input| input.name.clone()).collect();
    }

    /// The run as the ledger has it.
    pub fn new_run(&self, target: &Target, mapping: &Mapping, args: &ImportArgs) -> NewRun {
        NewRun {
            id: self.run.clone(),
            command: self.command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.clone(),
            scope: Some(mapping.key.scope.clone()),
            shard: args.delivery.ledger.shard.map(|shard| shard.to_string()),
            mapping: super::retry::keep_mapping(&args.input, &args.delivery),
            mapping_hash: Some(mapping.fingerprint()),
            files: self.files.clone(),
            token_attribute: mapping.key.token.clone().unwrap_or_default(),
            below: Vec::new(),
            inputs: None,
            started_at: self.at,
        }
    }

    fn about(&self, project: Option<&str>) -> About {
        About {
            run: self.run.clone(),
            command: self.command.to_owned(),
            project: project.map(str::to_owned),
            files: self.files.clone(),
            started_at: self.at,
            finished_at: Timestamp::now(),
            elapsed: self.began.elapsed(),
        }
    }

    /// Shows progress while the run goes on.
    pub fn watch(
        console: &Console,
        tally: &Arc<Tally>,
        settling: &Arc<Settling>,
        engine: Option<&Arc<Engine>>,
    ) -> Meter {
        let (tally, settling) = (Arc::clone(tally), Arc::clone(settling));
        let engine = engine.map(Arc::clone);
        let progress = match console.progress {
            _ if console.quiet => Progress::Never,
            When::Auto => Progress::Auto,
            When::Always => Progress::Always,
            When::Never => Progress::Never,
        };
        Meter::start(progress, &console.screen, move || {
            let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
            let counters = engine.as_ref().map(|engine| &engine.counters);
            Snapshot {
                rows: count(&tally.rows),
                uploaded: count(&settling.uploaded),
                failed: count(&settling.failed),
                requests: counters.map_or(0, |counters| count(&counters.requests)),
                in_flight: counters.map_or(0, |counters| count(&counters.in_flight)),
                unclear: counters.map_or(0, |counters| count(&counters.unclear)),
                bytes: None,
                paused: engine.as_ref().and_then(|engine| engine.pause.left()),
            }
        })
    }

    /// The summary of a run.
    pub fn summary(&self, project: Option<&str>, ran: &Ran) -> Summary {
        let traffic = Traffic {
            requests: ran.requests,
            retries: ran.retries,
            rate_limited: ran.rate_limited,
        };
        let mut summary =
            Summary::from_counts(&self.about(project), &ran.counts, traffic, ran.ignore_known);
        let error = ran.end.as_ref().map(|end| match end {
            End::Refused(why) => Error::Api(why.clone()),
            End::Stopped(why) => Error::Stopped(why.clone()),
            End::Usage(why) => Error::Usage(why.clone()),
        });
        let errors = &ran.input_errors;
        if let Some(error) = error {
            summary = summary.ended_by(&error);
            summary.warn(errors.iter().map(ToString::to_string));
        } else {
            summary = summary.ended_by_inputs(errors);
        }
        summary.failures_file = ran
            .failures_file
            .as_ref()
            .map(|path| path.strip_prefix(".").unwrap_or(path).display().to_string());
        summary.first_unread_row = ran.unread.as_ref().map(|(file, row)| Unread {
            file: file.clone(),
            row: *row,
        });
        summary.warn(ran.warnings.iter().cloned());
        summary
    }

    /// A run that came to its end, or was ended.
    pub fn finish(&self, project: Option<&str>, ran: Ran) -> Finished {
        Finished {
            declined: false,
            summary: self.summary(project, &ran),
            begun: ran.begun,
            unreadable: ran.input_errors,
            reasons: ran.reasons,
            preview: ran.preview,
            overview: ran.overview,
            diff: ran.diff,
        }
    }

    /// A run that did not begin.
    pub fn abort(&self, error: &Error) -> Finished {
        let about = self.about(None);
        let (counts, traffic) = (Counts::default(), Traffic::default());
        Finished {
            declined: false,
            summary: Summary::from_counts(&about, &counts, traffic, false).ended_by(error),
            begun: 0,
            unreadable: match error {
                Error::Input(error) => vec![error.clone()],
                _ => Vec::new(),
            },
            reasons: Reasons::default(),
            preview: Vec::new(),
            overview: None,
            diff: None,
        }
    }
}

/// What there is to tell of a run.
pub struct Finished {
    /// It was not agreed to, and nothing is left to tell.
    pub declined: bool,
    /// The figures.
    pub summary: Summary,
    /// So many of the inputs were begun, in their order.
    pub begun: usize,
    /// The inputs that could not be read, or not to their end.
    pub unreadable: Vec<InputError>,
    /// The first rows of each reason.
    pub reasons: Reasons,
    /// The first responses as they would be posted, in a check.
    pub preview: Vec<Preview>,
    /// What all responses hold, in a check.
    pub overview: Option<Overview>,
    /// What another mapping makes of the same rows, where a check was asked for it.
    pub diff: Option<Diff>,
}

impl Finished {
    /// A run that was prepared and not agreed to.
    pub fn declined() -> Self {
        let start = Start::now("import", &[]);
        Self {
            declined: true,
            ..start.abort(&Error::Stopped(String::new()))
        }
    }

    /// Tells it, and gives the exit code.
    pub fn tell(&self, console: &Console) -> u8 {
        if self.declined {
            return 0;
        }
        let summary = &self.summary;
        let is_check = summary.command == "check";
        let shown: Vec<Shown<'_>> = self
            .preview
            .iter()
            .map(|one| Shown {
                file: &one.file,
                row: one.row,
                name: &one.name,
                body: &one.body,
                origins: &one.origins,
            })
            .collect();
        let began = summary.rows > 0 || summary.error.is_none();
        let check = preview::Check {
            summary,
            reasons: &self.reasons,
            shown: &shown,
            overview: self.overview.as_ref(),
            diff: self.diff.as_ref(),
        };
        match (console.json, is_check) {
            (true, true) => console.json(&preview::json(&check)),
            (true, false) => console.result(&summary.json()),
            (false, _) if !began => {}
            (false, true) => console.result(preview::text(&check, console.paint()).trim_end()),
            (false, false) => {
                console.result(summary.text(&self.reasons, console.paint()).trim_end());
            }
        }
        // The text of a run that began has it already.
        if let Some(error) = summary.error.as_ref().filter(|_| console.json || !began) {
            console.error_text(error);
        }
        summary.exit_code
    }
}

/// A file's name as an argument: one that begins with a dash would be taken for an option.
pub fn path(file: &str) -> Cow<'_, str> {
    if file.starts_with('-') && file != "-" {
        format!("./{file}").into()
    } else {
        file.into()
    }
}

/// The command that was given, ready to be pasted.
pub fn same_command() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    command_line(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The retry of a failures file, with those options of the command that was given which a retry takes.
pub fn retry_command(file: &str) -> String {
    with_options("retry", &path(file))
}

/// The undo of a run, likewise.
pub fn undo_command(run: &str) -> String {
    with_options("undo", run)
}

/// Another command about something, with those options of the one that was given which it takes too.
fn with_options(command: &str, about: &str) -> String {
    let given: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let options = crate::cli::options_of(command, &given);
    let mut arguments = vec![command, about];
    arguments.extend(options.iter().map(String::as_str));
    command_line(&arguments)
}

/// A command of ours, ready to be pasted into a shell.
pub fn command_line(arguments: &[&str]) -> String {
    let mut line = String::from("chatterload");
    for argument in arguments {
        line.push(' ');
        line.push_str(&quoted(argument));
    }
    line
}

/// An argument as a POSIX shell reads it.
fn quoted(argument: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_option() {
        assert_eq!(path("-d.csv"), "./-d.csv");
        assert_eq!(path("-"), "-");
        assert_eq!(path("a/-d.csv"), "a/-d.csv");
    }

    #[test]
    fn a_command_can_be_pasted() {
        assert_eq!(
            command_line(&["import", "my export.csv", "-m", "o'neil.toml", ""]),
            r"chatterload import 'my export.csv' -m 'o'\''neil.toml' ''"
        );
    }
}
