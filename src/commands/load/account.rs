//! Where the outcomes of a run go.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::DeliveryArgs;
use crate::commands::telling::Start;
use crate::error::Error;
use crate::failures::{self, FailuresFile};
use crate::pipeline::account::{Account, Settling};
use crate::pipeline::inputs::Opened;
use crate::report::Reasons;
use crate::upload::stop::Stop;

/// The failures file as it will be called; `replace` are those that may be overwritten.
///
/// # Errors
/// It cannot be written.
pub(super) fn plan_failures(
    args: &DeliveryArgs,
    inputs: &[Opened],
    start: &Start,
    replace: Vec<PathBuf>,
) -> Result<FailuresFile, Error> {
    FailuresFile::plan(failures::Plan {
        path: args.failures.clone(),
        inputs: inputs
            .iter()
            .map(|input| (input.name.clone(), input.shape.clone(), input.format))
            .collect(),
        run: start.run.clone(),
        folder: args
            .failures_folder
            .clone()
            .unwrap_or_else(|| PathBuf::from(".")),
        replace,
    })
}

/// What the end of the way needs to know.
pub fn account(
    inputs: &[Opened],
    failures: Option<FailuresFile>,
    args: &DeliveryArgs,
    stop: &Stop,
) -> Account {
    Account {
        files: inputs.iter().map(|input| input.name.clone()).collect(),
        once: inputs.iter().map(Opened::comes_once).collect(),
        failures,
        max_failures: args.max_failures,
        stop: stop.clone(),
        settling: Arc::new(Settling::default()),
        reasons: Reasons::default(),
        record: None,
    }
}
