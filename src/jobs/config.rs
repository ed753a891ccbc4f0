//! `chatterload.toml` as types. Everything wrong with it is told at once, each at its place; values that may be
//! secrets are never shown.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::options::Settings;
use super::parse;
use super::pattern::Pattern;
use crate::error::Error;
use crate::mapping::MappingError;
use crate::mapping::document;
use crate::settings::Environment;

/// The file's name in the working folder.
pub const NAME: &str = "chatterload.toml";

/// The file.
#[derive(Debug)]
pub struct Config {
    /// Where it is.
    pub path: PathBuf,
    /// `[api]` and `[defaults]`, as options.
    pub defaults: Settings,
    /// The jobs, in the file's order.
    pub jobs: Vec<Job>,
    /// What is kept of what was done.
    pub history: History,
    /// Who is told.
    pub notify: Notify,
    /// Where figures for a monitoring system go.
    pub textfile: Option<PathBuf>,
}

/// A job: inputs, and the `import` that is made of them.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// Where its inputs are.
    pub inputs: Vec<Pattern>,
    /// Options of `import`, those of `[api]` and `[defaults]` worked in.
    pub settings: Settings,
    /// Where its failures files go.
    pub failures_folder: Option<PathBuf>,
    /// A younger file waits for the next run.
    pub min_age: Duration,
    /// What a pattern without a file means.
    pub on_missing: OnMissing,
    /// Where a file goes when it was loaded without a failure.
    pub success: Option<Pattern>,
    /// Where a file goes when some of it failed, or it cannot be read.
    pub failure: Option<Pattern>,
}

/// What a pattern without a file means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnMissing {
    /// Nothing.
    Fine,
    /// It is told, and the job goes on.
    #[default]
    Warn,
    /// The job has failed: exit 3.
    Fail,
}

/// What is kept of what was done.
#[derive(Debug)]
pub struct History {
    /// One line of JSON a job and run.
    pub file: Option<PathBuf>,
    /// A folder of logs, one file a day.
    pub logs: Option<PathBuf>,
    /// How many days logs and reports are kept.
    pub keep_days: u32,
    /// A folder of reports, one a job and run.
    pub reports: Option<PathBuf>,
}

/// Who is told.
#[derive(Debug)]
pub struct Notify {
    /// An address that a message is posted to.
    pub webhook: Option<Webhook>,
    /// A program with its arguments, which reads the message.
    pub command: Vec<String>,
    /// What is told.
    pub on: Vec<Event>,
}

/// Where the address of the webhook stands: it is a secret.
#[derive(Clone, Debug)]
pub enum Webhook {
    /// In this variable.
    Variable(String),
    /// In the file.
    Address(SecretString),
}

/// What may be worth telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A job ended with another code than 0.
    Failure,
    /// It is well again.
    Recovery,
    /// A pattern matched no file.
    Missing,
}

impl Event {
    /// As the file and the message spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Recovery => "recovery",
            Self::Missing => "missing",
        }
    }
}

impl Config {
    /// The file that is meant: as the option says, else as `CHATTERLOAD_CONFIG` says, else the one in the working
    /// folder, if there is one.
    pub fn find(option: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
        option
            .map(Path::to_owned)
            .or_else(|| environment.get("CHATTERLOAD_CONFIG").map(PathBuf::from))
            .or_else(|| Some(PathBuf::from(NAME)).filter(|path| path.exists()))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or something is wrong with it.
    pub fn read(path: &Path, colour: bool) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::Usage(format!(
                "the config file {} cannot be read: {error}\n  help: --config PATH names another, or \
                 CHATTERLOAD_CONFIG; docs/jobs.md shows one",
                path.display()
            ))
        })?;
        Self::parse(path, &text).map_err(|error| Error::Usage(error.render(colour)))
    }

    /// Parses a file's text.
    ///
    /// # Errors
    /// Something is wrong with it: all of it is told.
    pub fn parse(path: &Path, text: &str) -> Result<Self, MappingError> {
        let name = path.display().to_string();
        let problems = match document::read(&name, text, &[], &|_| None) {
            Ok((root, _)) => {
                let mut problems = Vec::new();
                let config = parse::config(path, &root, &mut problems);
                if problems.is_empty() {
                    return Ok(config);
                }
                problems
            }
            Err(error) => error.problems,
        };
        let shown = parse::masked(text);
        Err(MappingError::new(Arc::new(vec![(name, shown)]), problems))
    }
}
