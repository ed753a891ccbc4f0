//! One job of a run: look for what is due, load it as `import` does, then leave everything in order.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::{Timestamp, ZonedDateTime};
use serde_json::Value;

use super::Night;
use crate::cli::{ImportArgs, KnownFailuresArg};
use crate::commands::load;
use crate::commands::telling::{Finished, Start};
use crate::error::{Error, InputError};
use crate::identity::Id;
use crate::jobs::due::{self, Found, Looked};
use crate::jobs::history::{self, Input, Marker};
use crate::jobs::tell::Outcome;
use crate::jobs::{Job, OnMissing, after, notify};
use crate::ledger::{Durability, Ledger, Loading, Reader};
use crate::mapping::Mapping;
use crate::outcome::Counts;
use crate::read;
use crate::report::{About, Reasons, Summary, Traffic};
use crate::settings::{self, Connection};

/// A job that was run.
pub struct Done {
    /// Its name.
    pub job: String,
    /// What it came to.
    pub finished: Finished,
}

impl Done {
    /// The summary as JSON.
    pub fn summary(&self) -> Value {
        serde_json::from_str(&self.finished.summary.json()).unwrap_or_default()
    }
}

/// A file that is to be loaded.
struct Due {
    found: Found,
    content: Id,
    loading: Loading,
}

/// What a job found to do.
#[derive(Default)]
struct Plan {
    due: Vec<Due>,
    /// Loaded whole before.
    before: Vec<Found>,
    waiting: Vec<PathBuf>,
    unreadable: Vec<(Found, InputError)>,
    missing: Vec<String>,
    /// What the loading itself ended with, whatever is wrong beside it.
    loaded: Option<u8>,
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
                    "{} files are due, {} were loaded before, {} wait",
                    plan.due.len(),
                    plan.before.len(),
                    plan.waiting.len()
                );
                let finished = self.load(job, args, &mut plan, files, &start);
                (plan, finished)
            }
            Err(error) => (Plan::default(), start.abort(&error)),
        };
        let inputs = self.leave_in_order(job, &plan, &mut finished);
        self.write_down(job, &inputs, &plan.missing, &mut finished);
        self.show(job, &plan, &finished);
        Done {
            job: job.name.clone(),
            finished,
        }
    }

    /// Looks for what is due. `ImportArgs` name no files yet.
    fn plan(&self, job: &Job) -> Result<(ImportArgs, Plan), Error> {
        let args = self.import(job, &[])?;
        let mapping = settings::mapping(&args.input, self.console.diagnostics())?;
        let Looked {
            files,
            waiting,
            missing,
        } = due::look(
            job,
            &ZonedDateTime::now(),
            SystemTime::now(),
            std::thread::sleep,
        )
        .map_err(|why| unreadable(Path::new(&job.name), &why))?;
        let mut plan = Plan {
            waiting,
            missing,
            ..Plan::default()
        };
        let asked = self.asked(&args, &mapping)?;
        let ledger =
            settings::ledger_path(args.delivery.ledger.ledger.as_deref(), self.environment)?;
        let reader = match ledger.exists() {
            true => Some(Reader::open(&ledger).map_err(Error::from)?),
            false => None,
        };
        for found in files {
            let name = found.path.file_name().unwrap_or_default().to_string_lossy();
            let loading = Loading::of(asked.iter().map(String::as_str).chain([&*name]));
            let content = match due::content(&found.path) {
                Ok(content) => content,
                Err(error) => {
                    let why = unreadable(&found.path, &format!("it cannot be read: {error}"));
                    plan.unreadable.push((found, why));
                    continue;
                }
            };
            let was_loaded = match &reader {
                Some(reader) => reader
                    .ask(|view| view.was_loaded(content, loading))
                    .map_err(Error::from)?,
                None => false,
            };
            if was_loaded {
                plan.before.push(found);
                continue;
            }
            match read::Source::open(&read::Input::File(found.path.clone()), &mapping.layout()) {
                // A pattern never means a failures file.
                Ok(source) if source.is_failures_file() => {}
                Ok(_) => plan.due.push(Due {
                    found,
                    content,
                    loading,
                }),
                // The others are loaded all the same.
                Err(error) => plan.unreadable.push((found, error)),
            }
        }
        Ok((args, plan))
    }

    /// The `import` that a job is.
    pub(super) fn import(&self, job: &Job, files: &[PathBuf]) -> Result<ImportArgs, Error> {
        let mut args = self.known.import(&job.settings, files, self.environment)?;
        if !job.settings.contains_key("known_failures") {
            args.delivery.known_failures = KnownFailuresArg::Ignore;
        }
        args.delivery.failures_folder = job.failures_folder.clone();
        let wait = self.args.wait.or(args.delivery.ledger.wait);
        args.delivery.ledger.wait = wait;
        Ok(args)
    }

    /// All that matters to whether a file was loaded, but the file itself.
    fn asked(&self, args: &ImportArgs, mapping: &Mapping) -> Result<Vec<String>, Error> {
        let connection = Connection::resolve(&args.api.connection, self.environment)?;
        let delivery = &args.delivery;
        Ok(vec![
            connection.url.origin().ascii_serialization(),
            settings::required_project(args.api.project.as_deref(), self.environment)?,
            mapping.fingerprint().to_string(),
            format!("{:?}", delivery.on_change),
            format!("{:?}", delivery.known_failures),
            format!("{:?}", delivery.ledger.shard),
            delivery.reapply.to_string(),
        ])
    }

    fn load(
        &self,
        job: &Job,
        mut args: ImportArgs,
        plan: &mut Plan,
        files: Vec<PathBuf>,
        start: &Start,
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
                .and_then(|()| self.begin(job, &args, plan, start));
            if let Err(error) = ready {
                return start.abort(&error);
            }
            args.input.files = files;
            load::run_started(start, &args, self.console, self.environment)
        };
        plan.loaded = Some(finished.summary.exit_code);
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
        if job.on_missing != OnMissing::Fine {
            let warnings = plan
                .missing
                .iter()
                .map(|pattern| format!("no file matches {pattern}"));
            finished.summary.warn(warnings);
        }
        finished.summary = self.judged(job, plan, finished.summary);
        finished
    }

    /// An input that cannot be read, or is not there where it must be, is exit 3, but no better than what was before.
    fn judged(&self, job: &Job, plan: &Plan, mut summary: Summary) -> Summary {
        let mut errors: Vec<InputError> =
            plan.unreadable.iter().map(|(_, why)| why.clone()).collect();
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
        let mut errors = errors.into_iter();
        if summary.exit_code <= 1
            && let Some(first) = errors.next()
        {
            summary = summary.ended_by(&first.into());
        }
        summary.warn(errors.map(|error| error.to_string()));
        summary
    }

    fn begin(&self, job: &Job, args: &ImportArgs, plan: &Plan, start: &Start) -> Result<(), Error> {
        let Some(history) = &self.history else {
            return Ok(());
        };
        let marker = Marker {
            job: job.name.clone(),
            run: start.run.clone(),
            ledger: settings::ledger_path(args.delivery.ledger.ledger.as_deref(), self.environment)
                .ok(),
            inputs: plan.inputs(),
            started_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        history
            .begin(&marker)
            .map_err(|error| super::cannot_write(Path::new("the history's marker"), &error))
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

    /// Moves inputs where they go, and says what became of each.
    fn leave_in_order(&self, job: &Job, plan: &Plan, finished: &mut Finished) -> Vec<Input> {
        let mut inputs = plan.inputs();
        let mut warnings = Vec::new();
        for input in &mut inputs {
            let path = Path::new(&input.file);
            let folder = match &*input.state {
                "read" => match plan.loaded {
                    Some(0) => job.success.as_deref(),
                    Some(1) => job.failure.as_deref(),
                    // The file at fault alone; the next run goes on with the others.
                    Some(3)
                        if finished
                            .summary
                            .error
                            .as_deref()
                            .is_some_and(|error| is_about(error, &input.file)) =>
                    {
                        job.failure.as_deref()
                    }
                    _ => None,
                },
                "loaded_before" => job.success.as_deref(),
                "unreadable" => job.failure.as_deref(),
                _ => None,
            };
            let Some(folder) = folder else { continue };
            if plan.found(path).is_some_and(|found| !found.is_unchanged()) {
                warnings.push(format!(
                    "{} was written to while it was read: it stays, and the next run reads it again",
                    input.file
                ));
                continue;
            }
            match after::take(path, folder) {
                Ok(to) => input.moved_to = Some(to.display().to_string()),
                Err(error) => warnings.push(format!(
                    "{} cannot be moved to {}: {error}",
                    input.file,
                    folder.display()
                )),
            }
        }
        finished.summary.warn(warnings);
        inputs
    }

    /// Line, report and notification.
    fn write_down(&self, job: &Job, inputs: &[Input], missing: &[String], finished: &mut Finished) {
        let before = self
            .history
            .as_ref()
            .and_then(|history| history.last_of(&job.name).ok().flatten());
        let summary = serde_json::from_str(&finished.summary.json()).unwrap_or_default();
        let told_missing = if job.on_missing == OnMissing::Fine {
            &[]
        } else {
            missing
        };
        let outcome = Outcome {
            job: &job.name,
            summary: &summary,
            missing: told_missing,
            before: before.as_ref(),
            next: finished.next.as_deref(),
        };
        if let Some(event) = outcome.event(&self.config.notify.on) {
            let message = outcome.message(event);
            let sent = notify::send(&self.config.notify, &message, self.environment);
            finished.summary.warn(self.runtime.block_on(sent));
        }
        if let Err(error) = self.report(job, finished) {
            finished
                .summary
                .warn([format!("the report cannot be written: {error}")]);
        }
        if let Some(history) = &self.history {
            let line = history::line(&job.name, inputs, &finished.summary.json());
            if let Err(error) = history.end(&line) {
                finished
                    .summary
                    .warn([format!("the history cannot be written: {error}")]);
            }
        }
        for warning in finished.summary.warnings() {
            tracing::warn!("{warning}");
        }
        let summary = &finished.summary;
        tracing::info!(
            exit_code = u64::from(summary.exit_code),
            rows = summary.rows,
            uploaded = summary.uploaded,
            "{}",
            summary
                .error
                .as_deref()
                .unwrap_or("the job came to its end")
        );
    }

    /// The summary as text, one file a job and run that read something.
    fn report(&self, job: &Job, finished: &Finished) -> std::io::Result<()> {
        let summary = &finished.summary;
        let Some(folder) = self
            .config
            .history
            .reports
            .as_deref()
            .filter(|_| summary.rows > 0)
        else {
            return Ok(());
        };
        std::fs::create_dir_all(folder)?;
        let safe = |character: char| {
            if character.is_alphanumeric() {
                character
            } else {
                '_'
            }
        };
        let job: String = job.name.chars().map(safe).collect();
        let text = summary.text(&finished.reasons, finished.next.as_deref(), false);
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        let name = format!("{}-{job}.txt", summary.run);
        file.persist(folder.join(name))
            .map_err(|error| error.error)?;
        crate::logging::remove_old(folder, self.config.history.keep_days);
        Ok(())
    }

    fn show(&self, job: &Job, plan: &Plan, finished: &Finished) {
        let console = self.console;
        if console.json {
            if let Some(error) = &finished.summary.error {
                console.error_text(&format!("{}: {error}", job.name));
            }
            return;
        }
        if plan.due.is_empty() && finished.summary.error.is_none() {
            let mut line = format!("{}: nothing to load", job.name);
            if !plan.before.is_empty() {
                line.push_str(&format!(", {} files were loaded before", plan.before.len()));
            }
            console.result(&line);
            for warning in finished.summary.warnings() {
                console.note(&format!("warning: {warning}"));
            }
            return;
        }
        console.result(&format!("{}:", job.name));
        finished.tell(console);
    }
}

impl Plan {
    fn inputs(&self) -> Vec<Input> {
        let due = self.due.iter().map(|due| (&due.found.path, "read"));
        let before = self
            .before
            .iter()
            .map(|found| (&found.path, "loaded_before"));
        let waiting = self.waiting.iter().map(|path| (path, "waiting"));
        let unreadable = self
            .unreadable
            .iter()
            .map(|(found, _)| (&found.path, "unreadable"));
        due.chain(before)
            .chain(waiting)
            .chain(unreadable)
            .map(|(path, state)| Input {
                file: path.display().to_string(),
                state: state.to_owned(),
                moved_to: None,
            })
            .collect()
    }

    fn found(&self, path: &Path) -> Option<&Found> {
        let due = self.due.iter().map(|due| &due.found);
        let all = due
            .chain(&self.before)
            .chain(self.unreadable.iter().map(|(found, _)| found));
        all.into_iter().find(|found| found.path == path)
    }
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
        summary: Summary::from_counts(&about, &Counts::default(), Traffic::default(), true),
        reasons: Reasons::default(),
        preview: Vec::new(),
        next: None,
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

/// Whether an error of an input is of this one: it begins with the file's name.
fn is_about(error: &str, file: &str) -> bool {
    error
        .strip_prefix(file)
        .is_some_and(|rest| rest.starts_with([':', ',']))
}

fn unreadable(file: &Path, why: &str) -> InputError {
    InputError {
        file: file.to_owned(),
        place: None,
        message: why.to_owned(),
        remedy: None,
    }
}
