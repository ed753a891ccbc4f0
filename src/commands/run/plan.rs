//! What a job has to do: the `import` it stands for, and the files that are due.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::ZonedDateTime;

use super::Night;
use crate::cli::{ImportArgs, KnownFailuresArg};
use crate::error::{Error, InputError};
use crate::identity::Id;
use crate::jobs::Job;
use crate::jobs::due::{self, Found, Looked};
use crate::jobs::history::Input;
use crate::ledger::{Loading, Reader};
use crate::mapping::Mapping;
use crate::read;
use crate::settings::{self, Connection};

/// A file that is to be loaded.
pub struct Due {
    /// The file.
    pub found: Found,
    /// A hash of its bytes.
    pub content: Id,
    /// A hash of how it is loaded.
    pub loading: Loading,
}

/// What a job found to do.
#[derive(Default)]
pub struct Plan {
    /// To be loaded now.
    pub due: Vec<Due>,
    /// Loaded whole before.
    pub before: Vec<Found>,
    /// Too young, or still growing.
    pub waiting: Vec<PathBuf>,
    /// Not what they claim to be, with what is wrong.
    pub unreadable: Vec<(Found, InputError)>,
    /// Failures files, which a job never loads.
    pub failures_files: Vec<PathBuf>,
    /// Patterns that match nothing.
    pub missing: Vec<String>,
    /// The day by which dates in paths are filled in.
    pub day: ZonedDateTime,
    /// The ledger that the job writes.
    pub ledger: Option<PathBuf>,
    /// What the loading of whole files itself ended with, whatever is wrong beside it.
    pub loaded: Option<u8>,
}

impl Night<'_> {
    /// Looks for what is due. `ImportArgs` name no files yet.
    pub(super) fn plan(&self, job: &Job) -> Result<(ImportArgs, Plan), Error> {
        let args = self.import(job, &[])?;
        let mapping = settings::mapping(&args.input, self.console.diagnostics())?;
        let day = ZonedDateTime::now();
        let Looked {
            files,
            waiting,
            missing,
        } = due::look(job, &day, SystemTime::now(), std::thread::sleep)
            .map_err(|why| unreadable(Path::new(&job.name), &why))?;
        let mut plan = Plan {
            waiting,
            missing,
            day,
            ..Plan::default()
        };
        let asked = self.asked(&args, &mapping)?;
        let ledger =
            settings::ledger_path(args.delivery.ledger.ledger.as_deref(), self.environment)?;
        let reader = if ledger.exists() {
            Some(Reader::open(&ledger)?)
        } else {
            None
        };
        plan.ledger = Some(ledger);
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
                Ok(source) if source.is_failures_file() => plan.failures_files.push(found.path),
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
        args.delivery
            .failures_folder
            .clone_from(&job.failures_folder);
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
}

impl Plan {
    /// All inputs, with what is the matter with each.
    pub fn inputs(&self) -> Vec<Input> {
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
        let failures_files = self
            .failures_files
            .iter()
            .map(|path| (path, "failures_file"));
        due.chain(failures_files)
            .chain(before)
            .chain(waiting)
            .chain(unreadable)
            .map(|(path, state)| Input {
                file: path.display().to_string(),
                state: state.to_owned(),
                moved_to: None,
            })
            .collect()
    }

    /// Whether a file was to be loaded.
    pub fn is_due(&self, path: &Path) -> bool {
        self.due.iter().any(|due| due.found.path == path)
    }

    /// A file as it was when it was looked at.
    pub fn found(&self, path: &Path) -> Option<&Found> {
        let due = self.due.iter().map(|due| &due.found);
        let all = due
            .chain(&self.before)
            .chain(self.unreadable.iter().map(|(found, _)| found));
        all.into_iter().find(|found| found.path == path)
    }
}

fn unreadable(file: &Path, why: &str) -> InputError {
    InputError {
        file: file.to_owned(),
        place: None,
        message: why.to_owned(),
        remedy: None,
    }
}
