//! Where the inputs of a job go when it has come to its end.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use super::plan::Plan;
use crate::commands::telling::Finished;
use crate::jobs::history::Input;
use crate::jobs::{Job, after};
use crate::ledger::{Reader, Run};

/// Files of a run that finished with failures: which of them have any.
pub enum Failed {
    /// These, by their paths; the others went in whole.
    Files(BTreeSet<String>),
    /// It is not known, or it is the matter of no single file (doubles, say): all of them.
    All,
}

impl Failed {
    /// Asks the ledger, by file, for what a run could not deliver.
    pub fn of(reader: &Reader, run: &Run) -> Self {
        let mut files = BTreeSet::new();
        let asked = reader.ask(|view| {
            view.rejections_of(run.number, |rejected| {
                let file = run.files.get(rejected.file as usize);
                files.extend(file.cloned());
                ControlFlow::Continue(())
            })
        });
        match asked {
            Ok(()) if !files.is_empty() => Self::Files(files),
            _ => Self::All,
        }
    }

    fn has(&self, file: &str) -> bool {
        match self {
            Self::Files(files) => files.contains(file),
            Self::All => true,
        }
    }
}

/// Moves inputs where they go, and says what became of each.
pub fn leave_in_order(
    job: &Job,
    plan: &Plan,
    failed: &Failed,
    finished: &mut Finished,
) -> Vec<Input> {
    let mut inputs = plan.inputs();
    let mut warnings = Vec::new();
    let summary = &finished.summary;
    // Refused or set up wrongly before the first row: nobody should believe that they were read.
    let was_read = summary.rows > 0 || [0, 1, 3].contains(&summary.exit_code);
    for input in &mut inputs {
        if input.state == "read" && !was_read {
            "not_read".clone_into(&mut input.state);
        }
        let path = Path::new(&input.file);
        let Some(folder) = folder(job, plan, failed, finished, input) else {
            continue;
        };
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

fn folder<'j>(
    job: &'j Job,
    plan: &Plan,
    failed: &Failed,
    finished: &Finished,
    input: &Input,
) -> Option<&'j Path> {
    match &*input.state {
        "read" => match plan.loaded {
            // Who looks through the folder of failures finds there what wants a hand, and nothing else.
            Some(1) if failed.has(&input.file) => job.failure.as_deref(),
            Some(0 | 1) => job.success.as_deref(),
            // The file at fault alone; the next run goes on with the others.
            Some(3) => {
                let error = finished.summary.error.as_deref();
                job.failure
                    .as_deref()
                    .filter(|_| error.is_some_and(|error| is_about(error, &input.file)))
            }
            _ => None,
        },
        "loaded_before" => job.success.as_deref(),
        "unreadable" => job.failure.as_deref(),
        _ => None,
    }
}

/// Whether an error of an input is of this one: it begins with the file's name.
fn is_about(error: &str, file: &str) -> bool {
    error
        .strip_prefix(file)
        .is_some_and(|rest| rest.starts_with([':', ',']))
}
