//! `run --check`: everything that could go wrong at night, by day. Nothing is posted.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::ZonedDateTime;
use serde_json::{Map, json};

use super::{Night, object, worst};
use crate::catalogue::{self, Catalogue};
use crate::cli::ImportArgs;
use crate::commands::load;
use crate::error::Error;
use crate::jobs::due::{self, Found};
use crate::jobs::{Job, OnMissing, notify};
use crate::pipeline::inputs;
use crate::settings::{self, Connection};
use crate::upload::stop::Stop;

/// Projects that were asked for already, by address and key.
type Asked = HashMap<(String, String), Result<Catalogue, (u8, String)>>;

/// What was found of a job, or of what all jobs share.
#[derive(Default)]
struct Report {
    errors: Vec<(u8, String)>,
    warnings: Vec<String>,
}

impl Report {
    fn error(&mut self, error: &Error) {
        self.errors.push((error.exit_code(), error.to_string()));
    }

    fn code(&self) -> u8 {
        worst(self.errors.iter().map(|(code, _)| *code))
    }
}

impl Night<'_> {
    /// Checks jobs and what they share, and gives the exit code.
    pub fn check(&self, jobs: &[&Job]) -> u8 {
        let shared = self.shared();
        let mut asked = Asked::new();
        let reports: Vec<Report> = jobs
            .iter()
            .map(|job| self.check_job(job, &mut asked))
            .collect();
        let code = worst(reports.iter().chain([&shared]).map(Report::code));
        let told = || jobs.iter().map(|job| job.name.as_str()).zip(&reports);
        if self.console.json {
            let of = |report: &Report| {
                let errors: Vec<&str> = report
                    .errors
                    .iter()
                    .map(|(_, text)| text.as_str())
                    .collect();
                json!({ "exit_code": report.code(), "errors": errors, "warnings": report.warnings })
            };
            let jobs: Map<_, _> = told()
                .map(|(name, report)| (name.to_owned(), of(report)))
                .collect();
            let mut all = object(code, &jobs);
            all["config"] = of(&shared);
            self.console.json(&all);
        }
        let path = self.config.path.display().to_string();
        for (name, report) in told().chain([(path.as_str(), &shared)]) {
            for warning in &report.warnings {
                self.console.note(&format!("warning: {name}: {warning}"));
            }
            for (_, error) in &report.errors {
                self.console.error_of(name, error);
            }
            if !self.console.json && report.errors.is_empty() {
                self.console.result(&format!("{name}: ready"));
            }
        }
        code
    }

    /// Folders and notification.
    fn shared(&self) -> Report {
        let mut report = Report::default();
        let config = self.config;
        let history = &config.history;
        let files = [&history.file, &config.textfile];
        let folders = files
            .into_iter()
            .flatten()
            .map(|file| file.parent().unwrap_or(Path::new("")));
        let folders = folders
            .chain(history.logs.as_deref())
            .chain(history.reports.as_deref());
        for folder in folders {
            report.writable(folder);
        }
        if let Err(why) = notify::webhook(&config.notify, self.environment) {
            report.error(&Error::Usage(why));
        }
        if let Some(program) = config
            .notify
            .command
            .first()
            .filter(|program| !is_program(program))
        {
            report.error(&Error::Usage(format!(
                "the command `{program}` of [notify] is not found, or is no program"
            )));
        }
        report
    }

    fn check_job(&self, job: &Job, asked: &mut Asked) -> Report {
        let mut report = Report::default();
        let now = ZonedDateTime::now();
        let after = [&job.success, &job.failure].into_iter().flatten();
        let after = after.map(|folder| folder.path(&now));
        for folder in after.chain(job.failures_folder.clone()) {
            report.writable(&folder);
        }
        let args = match self.import(job, &[]) {
            Ok(args) => args,
            Err(error) => {
                report.error(&error);
                return report;
            }
        };
        match settings::ledger_path(args.delivery.ledger.ledger.as_deref(), self.environment) {
            Ok(ledger) => report.writable(ledger.parent().unwrap_or(Path::new(""))),
            Err(error) => report.error(&error),
        }
        let mapping = match settings::mapping(&args.input, self.console.diagnostics()) {
            Ok(mapping) => Some(mapping),
            Err(error) => {
                report.error(&error);
                None
            }
        };
        if let Some(mapping) = &mapping
            && let Err(error) = load::check_given(mapping, self.console)
        {
            report.error(&error);
        }
        let found = self.project(&args, asked);
        if let (Some(mapping), Ok(catalogue)) = (&mapping, &found)
            && let Err(error) = load::check_literals(mapping, catalogue, self.console)
        {
            report.error(&error);
        }
        report.errors.extend(found.err());
        for (pattern, newest) in newest(job, &mut report) {
            match (newest, &mapping) {
                (None, _) if job.on_missing == OnMissing::Fine => {}
                (None, _) => report
                    .warnings
                    .push(format!("no file matches {pattern} now")),
                (Some(file), Some(mapping)) => {
                    let colour = self.console.diagnostics();
                    if let Err(error) =
                        inputs::open(&[file], mapping, None, &Stop::default(), colour)
                    {
                        report.error(&error);
                    }
                }
                (Some(_), None) => {}
            }
        }
        report
    }

    /// Whether the key is taken and the project is there.
    fn project(&self, args: &ImportArgs, asked: &mut Asked) -> Result<Catalogue, (u8, String)> {
        let told = |error: Error| (error.exit_code(), error.to_string());
        let connection =
            Connection::resolve(&args.api.connection, self.environment).map_err(told)?;
        let project = settings::required_project(args.api.project.as_deref(), self.environment)
            .map_err(told)?;
        let key_file = args.api.connection.api_key_file.clone().unwrap_or_default();
        let place = format!("{} {}", connection.url, key_file.display());
        let fetch = || {
            let client = connection.client().map_err(told)?;
            let fetched = self.runtime.block_on(catalogue::fetch(
                &client,
                &project,
                &catalogue::Pace::default(),
            ));
            fetched.map_err(told)
        };
        asked
            .entry((place, project.clone()))
            .or_insert_with(fetch)
            .clone()
    }
}

impl Report {
    fn writable(&mut self, folder: &Path) {
        if let Err(error) = try_writing(folder) {
            self.error(&super::cannot_write(folder, &error));
        }
    }
}

/// Whether a folder can be written, or made in one that can be.
fn try_writing(folder: &Path) -> std::io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let there = folder
        .ancestors()
        .map(|above| {
            if above.as_os_str().is_empty() {
                Path::new(".")
            } else {
                above
            }
        })
        .find(|above| above.exists());
    tempfile::tempfile_in(there.unwrap_or(Path::new("."))).map(|_| ())
}

/// The newest file of each pattern.
fn newest(job: &Job, report: &mut Report) -> Vec<(String, Option<PathBuf>)> {
    let mut all = Vec::new();
    for pattern in &job.inputs {
        let alone = Job {
            inputs: vec![pattern.clone()],
            min_age: std::time::Duration::ZERO,
            ..job.clone()
        };
        match due::look(&alone, &ZonedDateTime::now(), SystemTime::now(), |_| {}) {
            Ok(looked) => {
                let by_age = |found: &Found| found.modified;
                let newest = looked.files.into_iter().max_by_key(by_age);
                all.push((
                    pattern.named(&ZonedDateTime::now()),
                    newest.map(|found| found.path),
                ));
            }
            Err(why) => report.errors.push((3, why)),
        }
    }
    all
}

/// Whether a program is there to be called: by its path, or in a folder of `PATH`.
fn is_program(program: &str) -> bool {
    let is_file = |path: &Path| {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            path.metadata()
                .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
        }
        #[cfg(not(unix))]
        {
            path.is_file() || path.with_extension("exe").is_file()
        }
    };
    if Path::new(program).components().count() > 1 {
        return is_file(Path::new(program));
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| is_file(&folder.join(program)))
}
