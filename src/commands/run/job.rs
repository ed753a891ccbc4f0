//! One job of a run: look for what is due, load it as `import` does, then leave everything in order.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::Night;
use super::evidence::Noted;
use super::order::{Failed, leave_in_order};
use super::plan::Plan;
use crate::cli::ImportArgs;
use crate::commands::load;
use crate::commands::telling::{Finished, Start, command_line, path, same_command};
use crate::error::{Error, InputError};
use crate::identity::Id;
use crate::jobs::history::{self, Marker};
use crate::jobs::{Job, OnMissing, config};
use crate::ledger::{Durability, Ledger, Loading};
use crate::logging;
use crate::outcome::Counts;
use crate::report::paint::counted;
use crate::report::{About, Reasons, Summary, Traffic};
use crate::settings;

/// A job that was run.
pub struct Done {
    /// Its name.
    pub job: String,
    /// What it came to.
    pub finished: Finished,
    /// There was nothing to load, though there should have been.
    pub is_idle: bool,
}

impl Done {
    /// The summary as JSON.
    pub fn summary(&self) -> Value {
        serde_json::from_str(&self.finished.summary.json()).unwrap_or_default()
    }
}

impl Night<'_> {
    /// Runs a job to its end. Whatever goes wrong stands in its summary.
    pub fn job(&self, job: &Job) -> Done {
        let mut start = Start::now("run", &[]);
        self.console.log_files.about(Some((&job.name, &start.run)));
        let (plan, mut finished) = match self.plan(job) {
            Ok((args, mut plan)) => {
                let files: Vec<PathBuf> =
                    plan.due.iter().map(|due| due.found.path.clone()).collect();
                start.read(&files);
                tracing::info!(
                    target: logging::NIGHT,
                    "{} files are due, {} were loaded before, {} wait",
                    plan.due.len(),
                    plan.before.len(),
                    plan.waiting.len()
                );
                let finished = self.load(job, args, &mut plan, files, &mut start);
                (plan, finished)
            }
            Err(error) => (Plan::default(), start.abort(&error)),
        };
        let noted = plan
            .ledger
            .as_deref()
            .filter(|_| !plan.due.is_empty())
            .and_then(|ledger| Noted::find(ledger, &start.run));
        let failed = match &noted {
            Some(noted) if plan.loaded == Some(1) => Failed::of(&noted.reader, &noted.run),
            _ => Failed::All,
        };
        let inputs = leave_in_order(job, &plan, &failed, &mut finished);
        self.write_down(job, &plan, &inputs, noted, &mut finished);
        self.show(job, &plan, &finished);
        Done {
            job: job.name.clone(),
            finished,
            is_idle: history::is_idle(&inputs) && job.on_missing != OnMissing::Fine,
        }
    }

    /// A job whose turn did not come. It has no run of its own, so nothing is written down of it.
    pub fn not_begun(&self, job: &Job) -> Done {
        self.console
            .note(&format!("{}: not begun, the run was interrupted", job.name));
        let why = Error::Stopped("not begun: the run was interrupted before its turn".to_owned());
        let mut finished = Start::now("run", &[]).abort(&why);
        finished.summary.next = Some(same_command());
        Done {
            job: job.name.clone(),
            finished,
            is_idle: true,
        }
    }

    fn load(
        &self,
        job: &Job,
        mut args: ImportArgs,
        plan: &mut Plan,
        files: Vec<PathBuf>,
        start: &mut Start,
    ) -> Finished {
        let mut finished = if files.is_empty() {
            nothing(
                start,
                args.api
                    .project
                    .as_deref()
                    .or_else(|| self.environment.get("CHATTERMILL_PROJECT")),
            )
        } else {
            let ready = make_folder(job.failures_folder.as_deref())
                .and_then(|()| self.begin(job, plan, start));
            if let Err(error) = ready {
                return start.abort(&error);
            }
            args.input.files = files;
            let stop = self.interrupt.next();
            let mut finished =
                load::run_started(start, &args, stop, self.console, self.environment);
            self.name_config(&mut finished);
            finished
        };
        // A file of which others take the rest stays where it is.
        let is_whole = args.input.limit.is_none() && args.delivery.ledger.shard.is_none();
        plan.loaded = is_whole.then_some(finished.summary.exit_code);
        if finished.summary.exit_code == 0
            && args.input.limit.is_none()
            && let Err(error) = self.remember(&args, plan, &start.run)
        {
            // They will be read again, and found to be there.
            finished.summary.warn([format!(
                "the ledger cannot note which files were loaded: {error}"
            )]);
        }
        let warnings = plan.waiting.iter().map(|file| {
            format!(
                "{} is too young, or still being written: it waits for the next run",
                file.display()
            )
        });
        finished.summary.warn(warnings);
        let warnings = plan.failures_files.iter().map(|file| {
            let retry = command_line(&["retry", &path(&file.display().to_string())]);
            format!(
                "{} is a failures file, which no job loads: `{retry}` does",
                file.display()
            )
        });
        finished.summary.warn(warnings);
        if job.on_missing != OnMissing::Fine {
            let warnings = plan
                .missing
                .iter()
                .map(|pattern| format!("no file matches {pattern}"));
            finished.summary.warn(warnings);
        }
        judged(job, plan, finished)
    }

    fn begin(&self, job: &Job, plan: &Plan, start: &Start) -> Result<(), Error> {
        let Some(history) = &self.history else {
            return Ok(());
        };
        let marker = Marker {
            job: job.name.clone(),
            run: start.run.clone(),
            ledger: plan.ledger.clone(),
            inputs: plan.inputs(),
            started_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        history
            .begin(&marker)
            .map_err(|error| super::cannot_write(Path::new("the history's marker"), &error))
    }

    /// A retry needs the config's ledger, wherever it is called.
    fn name_config(&self, finished: &mut Finished) {
        let name = self.config.path.display().to_string();
        if let Some(file) = &finished.summary.failures_file
            && finished.summary.exit_code == 1
            && finished.summary.next.is_some()
            && name != config::NAME
        {
            finished.summary.next = Some(command_line(&[
                "retry",
                &path(file),
                "--config",
                &path(&name),
            ]));
        }
    }

    /// Files that were not touched while they were read need not be read again.
    fn remember(&self, args: &ImportArgs, plan: &Plan, run: &str) -> Result<(), Error> {
        let unchanged = plan.due.iter().filter(|due| due.found.is_unchanged());
        let files: Vec<(Id, Loading)> = unchanged.map(|due| (due.content, due.loading)).collect();
        if files.is_empty() {
            return Ok(());
        }
        let path = settings::ledger_path(args.delivery.ledger.ledger.as_deref(), self.environment)?;
        let ledger = Ledger::open_inline(&path, Durability::Normal)?;
        self.runtime
            .block_on(ledger.loaded(run.to_owned(), files))?;
        Ok(())
    }

    fn show(&self, job: &Job, plan: &Plan, finished: &Finished) {
        let console = self.console;
        if console.json {
            if let Some(error) = &finished.summary.error {
                console.error_of(&job.name, error);
            }
            return;
        }
        if plan.due.is_empty() && finished.summary.error.is_none() {
            let mut line = format!("{}: nothing to load", job.name);
            if !plan.before.is_empty() {
                let before = counted(plan.before.len() as u64, "file was", "files were");
                let _ = write!(line, ", {before} loaded before");
            }
            console.result(&line);
            for warning in finished.summary.warnings() {
                console.note(&format!("warning: {}: {warning}", job.name));
            }
            return;
        }
        console.result(&format!("{}:", job.name));
        finished.tell(console);
    }
}

/// An input that cannot be read, or is not there where it must be, is exit 3, but no better than what was before.
fn judged(job: &Job, plan: &Plan, mut finished: Finished) -> Finished {
    let mut errors = finished.unreadable.clone();
    errors.extend(plan.unreadable.iter().map(|(_, why)| why.clone()));
    if job.on_missing == OnMissing::Fail
        && let Some(pattern) = plan.missing.first()
    {
        errors.push(InputError {
            file: pattern.into(),
            place: None,
            message: "no file matches this pattern".to_owned(),
            remedy: Some("see why the export did not come".to_owned()),
        });
    }
    if [0, 1, 3].contains(&finished.summary.exit_code) {
        finished.summary = finished.summary.ended_by_inputs(&errors);
    } else {
        // What the reading itself came upon is told already.
        let others = errors.iter().skip(finished.unreadable.len());
        finished.summary.warn(others.map(ToString::to_string));
    }
    finished
}

/// A run that had nothing to read.
fn nothing(start: &Start, project: Option<&str>) -> Finished {
    let now = Timestamp::now();
    let about = About {
        run: start.run.clone(),
        command: "run".to_owned(),
        project: project.map(str::to_owned),
        files: Vec::new(),
        started_at: now,
        finished_at: now,
        elapsed: std::time::Duration::ZERO,
    };
    Finished {
        declined: false,
        summary: Summary::from_counts(&about, &Counts::default(), Traffic::default(), true),
        begun: 0,
        unreadable: Vec::new(),
        reasons: Reasons::default(),
        overview: None,
        diff: None,
        preview: Vec::new(),
    }
}

/// Failures files hold feedback: a folder that is made for them is nobody else's.
fn make_folder(folder: Option<&Path>) -> Result<(), Error> {
    let Some(folder) = folder.filter(|folder| !folder.is_dir()) else {
        return Ok(());
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| super::cannot_write(folder, &error))
}
