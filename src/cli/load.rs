//! `import`, `check`, `retry` and `run`: what loads files.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::connection::ProjectArgs;
use super::delivery::DeliveryArgs;
use super::input::{InputArgs, parse_setting};
use crate::units::parse_duration;

/// Options of `import`.
#[derive(Clone, Debug, Default, Args)]
pub struct ImportArgs {
    /// What is read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Into which project.
    #[command(flatten)]
    pub api: ProjectArgs,
    /// How it is delivered.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
    /// Upload nothing: the same as `check`
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `check`.
#[derive(Clone, Debug, Default, Args)]
pub struct CheckArgs {
    /// What is read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Against which project's data types and data sources; without one, names stand as in the mapping.
    #[command(flatten)]
    pub api: ProjectArgs,
    /// The ledger: what it knows as uploaded is told [env: CHATTERLOAD_LEDGER]
    #[arg(long, value_name = "PATH", help_heading = "Ledger")]
    pub ledger: Option<PathBuf>,
    /// Ask the API for nothing
    #[arg(long)]
    pub offline: bool,
    /// Show so many responses as they would be posted
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub preview: usize,
    /// Tell which responses another mapping, such as the one before it was mended, makes otherwise
    #[arg(long, value_name = "OLD_MAPPING")]
    pub diff: Option<String>,
}

/// Options of `retry`.
#[derive(Clone, Debug, Default, Args)]
pub struct RetryArgs {
    /// A failures file, the name of a run, or `last`
    #[arg(value_name = "FAILURES_FILE or RUN")]
    pub what: PathBuf,
    /// Mapping file, instead of the run's
    #[arg(short, long, value_name = "PATH", help_heading = "Input and mapping")]
    pub mapping: Option<String>,
    /// Any setting of the mapping, such as response.score.column=Q1
    #[arg(long = "set", value_name = "SETTING=VALUE", value_parser = parse_setting, help_heading = "Input and mapping")]
    pub settings: Vec<(String, String)>,
    /// Into which project, instead of the run's.
    #[command(flatten)]
    pub api: ProjectArgs,
    /// How it is delivered.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
}

/// Options of `run`.
#[derive(Clone, Debug, Default, Args)]
pub struct RunArgs {
    /// Jobs to run [default: all, in the order of the file]
    #[arg(value_name = "JOB")]
    pub jobs: Vec<String>,
    /// Verify everything: config, key, project, mappings, folders, notification; post nothing
    #[arg(long)]
    pub check: bool,
    /// Wait so long for another run to end [default: 0s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub wait: Option<Duration>,
}
