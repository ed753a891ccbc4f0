//! How responses are delivered, and what is remembered of it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::pipeline::account::MaxFailures;
use crate::units::{
    Shard, parse_duration, parse_max_failures, parse_rate, parse_shard, parse_timeout,
};
use crate::upload::rate::Rate;

/// How fast and how patiently requests are made.
#[derive(Clone, Debug, Default, Args)]
pub struct PaceArgs {
    /// Requests that may begin: 50/s, 600/m, 10000/h, auto or unlimited [default: auto]
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub rate: Option<Rate>,
    /// Attempts at a response; waits that the API asks for and failed connects count none [default: 6]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_attempts: Option<u32>,
    /// Longest wait that is obeyed; a longer one ends the run [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub max_wait: Option<Duration>,
    /// End the run when the API has not answered for so long [default: 15m]
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout)]
    pub give_up_after: Option<Duration>,
}

/// How responses are delivered.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Delivery")]
pub struct DeliveryArgs {
    /// How fast, and how patiently.
    #[command(flatten)]
    pub pace: PaceArgs,
    /// Requests in flight at most [default: 32]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub concurrency: Option<u32>,
    /// End the run when more responses fail: a number, or a share such as 20% [default: none]
    #[arg(long, value_name = "N or N%", value_parser = parse_max_failures)]
    pub max_failures: Option<MaxFailures>,
    /// Failures file [default: STEM.failures.csv or .ndjson in the working folder]
    #[arg(long, value_name = "PATH")]
    pub failures: Option<PathBuf>,
    /// Where a failures file goes that is not named; jobs say so.
    #[arg(skip)]
    pub failures_folder: Option<PathBuf>,
    /// What to do with a row that was uploaded before with other content [default: the mapping's, else skip]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_change: Option<OnChangeArg>,
    /// Send known responses anew that a mended mapping changes, though their rows are the same
    #[arg(long)]
    pub reapply: bool,
    /// Go on though more than 20% of the known rows have changed
    #[arg(long)]
    pub expect_changes: bool,
    /// Rows that failed in an earlier run, unchanged since, under the same mapping
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = KnownFailuresArg::Report)]
    pub known_failures: KnownFailuresArg,
    /// Which run did what.
    #[command(flatten)]
    pub ledger: LedgerArgs,
}

/// What to do with rows that failed before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum KnownFailuresArg {
    /// Try them again, and count them
    #[default]
    Report,
    /// Leave them out: not sent, not written, no reason for exit code 1
    Ignore,
}

/// What to do with a changed row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnChangeArg {
    /// Leave it alone
    Skip,
    /// Bring it up to date
    Update,
    /// Count it as failed
    Fail,
}

/// The ledger, and what of exactly-once can be set.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Ledger")]
pub struct LedgerArgs {
    /// The ledger [env: CHATTERLOAD_LEDGER] [default: in the state folder of the user]
    #[arg(long, value_name = "PATH")]
    pub ledger: Option<PathBuf>,
    /// What the ledger survives: the end of the process, or the end of the power too
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = DurabilityArg::Normal)]
    pub durability: DurabilityArg,
    /// Wait so long for another run to end [default: 0s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub wait: Option<Duration>,
    /// Take share K of N of the rows, K from 0 to N-1; each share needs a ledger of its own
    #[arg(long, value_name = "K/N", value_parser = parse_shard)]
    pub shard: Option<Shard>,
    /// Search each new response before it is posted: for a ledger restored from a backup
    #[arg(long)]
    pub probe: bool,
    /// How long a fresh response may stay hidden from search [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub settle: Option<Duration>,
    /// Take rows that all count as new, because the mapping's key or a name in it is another than before, or, without key
    /// columns, the headers are
    #[arg(long)]
    pub accept_new_header: bool,
}

/// What the ledger survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DurabilityArg {
    /// The end of the process, at any instant
    #[default]
    Normal,
    /// The end of the power too: slower, every commit waits for the disk
    Full,
}
