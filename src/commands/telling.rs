//! What a run tells in the end: its summary, its exit code, and the command to go on with.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use jiff::Timestamp;

use crate::console::Console;
use crate::error::Error;
use crate::outcome::Counts;
use crate::pipeline::account::Settling;
use crate::pipeline::feed::Tally;
use crate::pipeline::run::Ran;
use crate::report::progress::{Progress, Snapshot, Watch};
use crate::report::{About, Reasons, Summary, Traffic, Unread};
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
        &self,
        console: &Console,
        tally: &Arc<Tally>,
        settling: &Arc<Settling>,
        engine: Option<&Arc<Engine>>,
    ) -> Watch {
        let (tally, settling) = (Arc::clone(tally), Arc::clone(settling));
        let engine = engine.map(Arc::clone);
        let mode = if console.quiet {
            Progress::Never
        } else {
            console.progress.into()
        };
        Watch::start(mode, move || {
            let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
            Snapshot {
                rows: count(&tally.rows),
                uploaded: count(&settling.uploaded),
                failed: count(&settling.failed),
                requests: engine
                    .as_ref()
                    .map_or(0, |engine| count(&engine.counters.requests)),
                in_flight: engine
                    .as_ref()
                    .map_or(0, |engine| count(&engine.counters.in_flight)),
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
        let mut summary = Summary::from_counts(&self.about(project), &ran.counts, traffic, false);
        let error = match (&ran.end, &ran.input_error) {
            (Some(End::Refused(why)), _) => Some(Error::Api(why.clone())),
            (Some(End::Stopped(why)), _) => Some(Error::Stopped(why.clone())),
            (None, Some(error)) => Some(Error::Input(error.clone())),
            (None, None) => None,
        };
        if let Some(error) = error {
            summary = summary.ended_by(&error);
        }
        summary.failures_file = ran
            .failures_file
            .as_ref()
            .map(|path| path.strip_prefix(".").unwrap_or(path).display().to_string());
        summary.first_unread_row = ran.unread.as_ref().map(|(file, row)| Unread {
            file: file.clone(),
            row: *row,
        });
        summary.warnings.extend(ran.warnings.iter().cloned());
        summary
    }

    /// Tells what came of a run, and gives the exit code. `next` makes the command to go on with.
    pub fn tell(
        &self,
        project: Option<&str>,
        ran: &Ran,
        console: &Console,
        next: impl Fn(&Summary) -> Option<String>,
    ) -> u8 {
        let summary = self.summary(project, ran);
        if console.json {
            console.result(&summary.json());
            if let Some(error) = &summary.error {
                console.error_text(error);
            }
        } else {
            let next = next(&summary);
            console.result(&summary.text(&ran.reasons, next.as_deref(), console.colour));
        }
        summary.exit_code
    }

    /// Tells of a run that did not begin, and gives the exit code.
    pub fn abort(&self, error: &Error, console: &Console) -> u8 {
        let summary = Summary::from_counts(
            &self.about(None),
            &Counts::default(),
            Traffic::default(),
            false,
        )
        .ended_by(error);
        if console.json {
            console.result(&summary.json());
        }
        console.error_text(&error.to_string());
        let _ = Reasons::default();
        summary.exit_code
    }
}

/// The command that was given, ready to be pasted.
pub fn same_command() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    command_line(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
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
    fn a_command_can_be_pasted() {
        assert_eq!(
            command_line(&["import", "my export.csv", "-m", "o'neil.toml", ""]),
            r"chatterload import 'my export.csv' -m 'o'\''neil.toml' ''"
        );
    }
}
