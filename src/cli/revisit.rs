//! Options of the commands that go back to what was uploaded.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::{ConnectionArgs, PaceArgs, ProjectArgs};
use crate::units::parse_duration;

/// Which ledger.
#[derive(Clone, Debug, Default, Args)]
pub struct LedgerPathArgs {
    /// The ledger [env: CHATTERLOAD_LEDGER] [default: in the state folder of the user]
    #[arg(long, value_name = "PATH", help_heading = "Ledger")]
    pub ledger: Option<PathBuf>,
}

/// Options of `runs`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RunsArgs {
    /// What of them.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
    /// List so many of them, the latest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerPathArgs,
}

/// What to do with runs.
#[derive(Clone, Debug, Subcommand)]
pub enum RunsCommand {
    /// Show a run: its facts, its summary, and what became of each response
    Show(RunsShowArgs),
}

/// Options of `runs show`.
#[derive(Clone, Debug, Default, Args)]
pub struct RunsShowArgs {
    /// Its name, the beginning of it, or `last`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// List all responses, not only the first 50; with --json all of them are listed anyway
    #[arg(long)]
    pub all: bool,
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerPathArgs,
}

/// How requests about what is there are made.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Delivery")]
pub struct RevisitPaceArgs {
    /// How fast, and how patiently.
    #[command(flatten)]
    pub pace: PaceArgs,
    /// Requests in flight at most [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub concurrency: Option<u32>,
}

/// Options of `undo`.
#[derive(Clone, Debug, Default, Args)]
pub struct UndoArgs {
    /// The run: its name, the beginning of it, or `last`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Delete what somebody has changed since too, and second copies of what was sent once, which may be another ledger's
    #[arg(long)]
    pub force: bool,
    /// Mapping file, where the run's is gone: it names the attribute that carries the token
    #[arg(short, long, value_name = "PATH")]
    pub mapping: Option<String>,
    /// How long a response in doubt must not be found before it counts as absent, at the least [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub settle: Option<Duration>,
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerPathArgs,
    /// Wait so long for another run to end [default: 0s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Ledger")]
    pub wait: Option<Duration>,
    /// Where the API is.
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// How requests are made.
    #[command(flatten)]
    pub pace: RevisitPaceArgs,
}

/// Options of `ledger`.
#[derive(Clone, Debug, Args)]
pub struct LedgerCommandArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: LedgerCommand,
}

/// What to do with the ledger.
#[derive(Clone, Debug, Subcommand)]
pub enum LedgerCommand {
    /// Take back into the ledger what a project holds: after the ledger was lost, or an old one was restored
    Rebuild(RebuildArgs),
    /// Look whether what a run uploaded is there, once, and as it was sent; changes nothing there
    Verify(VerifyArgs),
}

/// Options of `ledger rebuild`.
#[derive(Clone, Debug, Default, Args)]
pub struct RebuildArgs {
    /// Mapping file that renames the attribute of the token
    #[arg(short, long, value_name = "PATH")]
    pub mapping: Option<String>,
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerPathArgs,
    /// Wait so long for other runs to end [default: 0s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = "Ledger")]
    pub wait: Option<Duration>,
    /// Which project.
    #[command(flatten)]
    pub api: ProjectArgs,
    /// How requests are made.
    #[command(flatten)]
    pub pace: RevisitPaceArgs,
}

/// Options of `ledger verify`.
#[derive(Clone, Debug, Default, Args)]
pub struct VerifyArgs {
    /// The run: its name, the beginning of it, or `last`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Mapping file, where the run's is gone: it names the attribute that carries the token
    #[arg(short, long, value_name = "PATH")]
    pub mapping: Option<String>,
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerPathArgs,
    /// Where the API is.
    #[command(flatten)]
    pub connection: ConnectionArgs,
    /// How requests are made.
    #[command(flatten)]
    pub pace: RevisitPaceArgs,
}
