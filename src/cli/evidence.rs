//! Options of the commands that show how things stand: `report`, `doctor`, `completions`, `man`.

use std::path::PathBuf;

use clap::Args;

use super::{LedgerPathArgs, ProjectArgs};

/// Options of `report`.
#[derive(Clone, Debug, Default, Args)]
pub struct ReportArgs {
    /// Its name, the beginning of it, or `last`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Write the report here [default: to stdout]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerPathArgs,
}

/// Options of `doctor`.
#[derive(Clone, Debug, Default, Args)]
pub struct DoctorArgs {
    /// Of which API and project.
    #[command(flatten)]
    pub api: ProjectArgs,
    /// Which ledger.
    #[command(flatten)]
    pub ledger: LedgerPathArgs,
}

/// Options of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Options of `man`.
#[derive(Clone, Debug, Default, Args)]
pub struct ManArgs {
    /// The command, such as `import` or `ledger rebuild` [default: chatterload itself]
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Write the pages of all commands into this folder
    #[arg(short, long, value_name = "FOLDER", conflicts_with = "command")]
    pub output: Option<PathBuf>,
}
