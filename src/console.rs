//! Where a command's words go: results to stdout, everything else to stderr.

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

use crate::cli::{OutputArgs, When};
use crate::error::Error;
use crate::logging::DayFiles;
use crate::report::paint::Paint;
use crate::report::progress::Screen;
use crate::settings::Environment;

/// How to speak, resolved once.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own"
)]
pub struct Console {
    /// One JSON object on stdout and nothing else there.
    pub json: bool,
    /// Nothing but results and errors.
    pub quiet: bool,
    /// Whether stdout takes colours.
    pub colour: bool,
    /// Whether stderr takes colours.
    pub colour_err: bool,
    /// How progress is shown.
    pub progress: When,
    /// What progress and logs are shown on.
    pub screen: Screen,
    /// Where logs go as well, in nights without anybody watching.
    pub log_files: DayFiles,
    /// Why a result did not reach stdout, the first time.
    unwritten: Arc<OnceLock<String>>,
    /// Whose the last word is; held while something is written that must be whole.
    last_word: Arc<Mutex<LastWord>>,
    /// So many signals were left to the command.
    signals: Arc<watch::Sender<u64>>,
}

/// Who speaks last when a signal comes.
#[derive(Debug, Default)]
struct LastWord {
    /// The command listens for signals itself, and ends in good order.
    is_the_commands: bool,
    /// The one object of JSON was told.
    is_told: bool,
    /// A signal has ended the command: nothing is told any more.
    is_over: bool,
}

impl Console {
    /// By options, environment and terminal.
    pub fn new(args: &OutputArgs, environment: &Environment) -> Self {
        let wanted = |is_terminal: bool| match args.color {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && environment.get("NO_COLOR").is_none(),
        };
        Self {
            json: args.json,
            quiet: args.quiet,
            colour: wanted(std::io::stdout().is_terminal()),
            colour_err: wanted(std::io::stderr().is_terminal()),
            progress: args.progress,
            screen: Screen::stderr(),
            log_files: DayFiles::default(),
            unwritten: Arc::default(),
            last_word: Arc::default(),
            signals: Arc::default(),
        }
    }

    /// Whether diagnostics of a mapping take colours: in JSON they do not.
    pub fn diagnostics(&self) -> bool {
        self.colour_err && !self.json
    }

    /// How many columns the terminal has that results go to; `None` where they go elsewhere.
    pub fn width(&self) -> Option<u16> {
        terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0)
    }

    /// How results of several lines are shown.
    pub fn paint(&self) -> Paint {
        Paint::new(self.colour).within(self.width())
    }

    /// A result. That nobody reads it any more (`| head`) is no fault.
    pub fn result(&self, text: &str) {
        let mut last = self.last_word();
        if last.is_over {
            return;
        }
        last.is_told = self.json;
        if let Err(error) = try_line(&mut std::io::stdout().lock(), text)
            && error.kind() != ErrorKind::BrokenPipe
        {
            // The first reason is the one to tell.
            let _ = self.unwritten.set(error.to_string());
        }
    }

    /// From now on the command hears of signals by their number, and tells by itself how it ended.
    pub fn listens(&self) -> watch::Receiver<u64> {
        let mut last = self.last_word();
        last.is_the_commands = true;
        self.signals.subscribe()
    }

    /// Does what a signal must not cut in two: the writing of a file.
    pub fn whole<T>(&self, work: impl FnOnce() -> T) -> T {
        let _held = self.last_word();
        work()
    }

    /// A signal has come: tells of that, unless the command does, which hears of it, or has told its result already. Whether
    /// the command is over.
    pub fn interrupted(&self) -> bool {
        let mut last = self.last_word();
        if last.is_the_commands {
            self.signals.send_modify(|count| *count += 1);
        }
        if last.is_the_commands || last.is_told {
            return false;
        }
        last.is_over = true;
        drop(last);
        let error = Error::Stopped("interrupted".to_owned());
        if self.json {
            print(&object(&error).to_string());
        }
        self.error_text(&error.to_string());
        true
    }

    fn last_word(&self) -> MutexGuard<'_, LastWord> {
        self.last_word
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Why a result could not be written, if one could not.
    pub fn unwritten(&self) -> Option<&str> {
        self.unwritten.get().map(String::as_str)
    }

    /// A result as JSON.
    pub fn json(&self, value: &impl Serialize) {
        if let Ok(text) = serde_json::to_string(value) {
            self.result(&text);
        }
    }

    /// What a person may want to know on the way; not with `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            write_line(&mut std::io::stderr().lock(), text);
        }
    }

    /// An error, for a person; with `--json` as an object too.
    pub fn error(&self, error: &Error) {
        if self.json {
            self.json(&object(error));
        }
        self.error_text(&error.to_string());
    }

    /// An error of one of several things, a job for example.
    pub fn error_of(&self, name: &str, text: &str) {
        if is_diagnostic(text) {
            write_line(&mut std::io::stderr().lock(), &format!("{name}:\n{text}"));
        } else {
            self.error_text(&format!("{name}: {text}"));
        }
    }

    /// An error, for a person.
    pub fn error_text(&self, text: &str) {
        let line = if is_diagnostic(text) {
            text.to_owned()
        } else if self.colour_err {
            format!("\u{1b}[1;31merror\u{1b}[0m: {text}")
        } else {
            format!("error: {text}")
        };
        write_line(&mut std::io::stderr().lock(), &line);
    }
}

/// An error as the one object on stdout.
fn object(error: &Error) -> serde_json::Value {
    let status = match error {
        Error::Stopped(_) => "stopped",
        _ => "aborted",
    };
    serde_json::json!({
        "status": status,
        "exit_code": error.exit_code(),
        "error": error.to_string(),
    })
}

/// A diagnostic of the mapping begins with its own title.
fn is_diagnostic(text: &str) -> bool {
    text.trim_start_matches("\u{1b}[1m")
        .trim_start_matches("\u{1b}[91m")
        .starts_with("error")
}

/// A fault of ours, by its place alone.
pub fn fault(place: &str) {
    write_line(
        &mut std::io::stderr().lock(),
        &format!(
            "error: chatterload has a fault, at {place}: please report it. Nothing is sent twice: run the same command again"
        ),
    );
}

/// One line on stdout.
pub fn print(text: &str) {
    write_line(&mut std::io::stdout().lock(), text);
}

fn write_line(to: &mut impl Write, text: &str) {
    // There is nowhere left to say that this failed.
    let _ = try_line(to, text);
}

fn try_line(to: &mut impl Write, text: &str) -> std::io::Result<()> {
    to.write_all(text.as_bytes())
        .and_then(|()| to.write_all(b"\n"))
        .and_then(|()| to.flush())
}
