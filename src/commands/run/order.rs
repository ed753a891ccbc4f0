//! Where the inputs of a job go when it has come to its end.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use super::plan::Plan;
use crate::commands::telling::Finished;
use crate::error::InputError;
use crate::jobs::history::Input;
use crate::jobs::pattern::Pattern;
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
    // What is due comes first, in the order in which it was read.
    for (index, input) in inputs.iter_mut().enumerate() {
        if input.state == "read" {
            state(index, finished, &input.file).clone_into(&mut input.state);
        }
        let path = Path::new(&input.file);
        let Some(folder) = folder(job, plan, failed, input) else {
            continue;
        };
        if plan.found(path).is_some_and(|found| !found.is_unchanged()) {
            warnings.push(format!(
                "{} was written to while it was read: it stays, and the next run reads it again",
                input.file
            ));
            continue;
        }
        let folder = folder.path(&plan.day);
        match after::take(path, &folder) {
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

/// What became of an input that was due. The run may have ended before its first row: nobody should believe then that it
/// was read.
fn state(index: usize, finished: &Finished, file: &str) -> &'static str {
    let is_at_fault = |error: &InputError| error.file == Path::new(file);
    if finished.unreadable.iter().any(is_at_fault) {
        "unreadable"
    } else if index < finished.begun {
        "read"
    } else {
        "not_read"
    }
}

fn folder<'j>(job: &'j Job, plan: &Plan, failed: &Failed, input: &Input) -> Option<&'j Pattern> {
    match &*input.state {
        "read" => match plan.loaded {
            // Who looks through the folder of failures finds there what wants a hand, and nothing else.
            Some(1) if failed.has(&input.file) => job.failure.as_ref(),
            Some(0 | 1) => job.success.as_ref(),
            _ => None,
        },
        "loaded_before" => job.success.as_ref(),
        // The file at fault alone; the next run goes on with the others. After a stop it goes on with this one too: rows
        // before the fault may not have been sent.
        "unreadable" if plan.is_due(Path::new(&input.file)) => {
            job.failure.as_ref().filter(|_| plan.loaded == Some(3))
        }
        "unreadable" => job.failure.as_ref(),
        _ => None,
    }
}
