//! The command line as clap sees it, and nothing else: `settings` turns it into plain settings.

mod again;
mod connection;
mod delivery;
mod draft;
mod evidence;
mod input;
mod load;
mod output;
mod revisit;
#[cfg(feature = "sandbox")]
mod sandbox;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use again::options_of;
pub use connection::{ConnectionArgs, ProjectArgs};
pub use delivery::{
    DeliveryArgs, DurabilityArg, KnownFailuresArg, LedgerArgs, OnChangeArg, PaceArgs,
};
pub use draft::{InspectArgs, MapArgs};
pub use evidence::{CompletionsArgs, DoctorArgs, ManArgs, ReportArgs};
pub use input::{InputArgs, LayoutArgs};
pub use load::{CheckArgs, ImportArgs, RetryArgs, RunArgs};
pub use output::{LogFormat, OutputArgs, When};
pub use revisit::{
    LedgerCommand, LedgerCommandArgs, LedgerPathArgs, RebuildArgs, RevisitPaceArgs, RunsArgs,
    RunsCommand, RunsShowArgs, UndoArgs, VerifyArgs,
};
#[cfg(feature = "sandbox")]
pub use sandbox::SandboxArgs;

const EXIT_CODES: &str = "\
Exit codes:
  0  everything uploaded, already there, or skipped as changed
  1  finished, and some responses were rejected, failed or stayed in doubt: the failures file has them
  2  wrong use: option, mapping, API key or project; nothing was posted
  3  an input file could not be read to its end
  4  the API refused the key or project, redirected, or never answered
  5  stopped before the end: run the same command again to go on
  6  another run holds the lock";

/// Loads survey exports and other customer feedback in bulk into Chattermill: exactly once, or told so.
#[derive(Debug, Parser)]
#[command(name = "chatterload", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to speak.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Config file with defaults and jobs [env: CHATTERLOAD_CONFIG] [default: chatterload.toml, if there]
    #[arg(long, global = true, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// The command line as it was given.
    #[arg(skip)]
    pub arguments: Vec<std::ffi::OsString>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what chatterload does: needs no account, no file, no configuration
    #[cfg(feature = "sandbox")]
    Demo,
    /// Read, map, validate and upload files; what fails goes into a failures file
    #[command(visible_alias = "load")]
    Import(ImportArgs),
    /// Everything that import does but the upload: nothing is posted
    Check(CheckArgs),
    /// Show what is in a file: format, encoding, columns, and the tool that seems to have written it
    Inspect(InspectArgs),
    /// Draft a mapping for a file, and say what is uncertain
    Map(MapArgs),
    /// Load only what failed: a failures file, mended or not, or that of a run
    Retry(RetryArgs),
    /// Run the jobs of chatterload.toml: made for nights without anybody watching
    Run(RunArgs),
    /// List what was run, or show a run
    Runs(RunsArgs),
    /// Delete from Chattermill what a run created
    Undo(UndoArgs),
    /// Rebuild the ledger from what Chattermill holds, or look for doubles and losses
    Ledger(LedgerCommandArgs),
    /// List the projects that the API key can see
    Projects(ConnectionArgs),
    /// List a project's data types
    DataTypes(ProjectArgs),
    /// List a project's data sources
    DataSources(ProjectArgs),
    /// Run a local stand-in of the API to practise on
    #[cfg(feature = "sandbox")]
    Sandbox(SandboxArgs),
    /// Show a run as one HTML file: outcomes, answers over time, what was uploaded
    Report(ReportArgs),
    /// Check what an import needs: network, key, project, search, ledger, disk
    Doctor(DoctorArgs),
    /// Print what makes a shell complete commands and options
    Completions(CompletionsArgs),
    /// Print a manual page
    Man(ManArgs),
}

/// A command line that was not taken, or that asked for help or the version.
pub struct Refused {
    error: clap::Error,
    json: bool,
}

/// Parses a command line.
///
/// # Errors
/// It is wrong, or asks for help or the version.
pub fn parse(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Cli, Refused> {
    let arguments: Vec<std::ffi::OsString> = arguments.into_iter().collect();
    match Cli::try_parse_from(&arguments) {
        Ok(cli) => Ok(Cli { arguments, ..cli }),
        Err(error) => Err(Refused {
            json: arguments.iter().any(|argument| argument == "--json"),
            error,
        }),
    }
}

impl Refused {
    /// Tells why, and gives the exit code: 0 for help and version, else 2.
    pub fn tell(&self) -> u8 {
        let wrong = self.error.use_stderr();
        if wrong && self.json {
            let text = self.error.render().to_string();
            let message = text.trim().trim_start_matches("error: ");
            let object =
                serde_json::json!({ "status": "aborted", "exit_code": 2, "error": message });
            crate::console::print(&object.to_string());
        }
        // There is nowhere left to say that this failed.
        let _ = self.error.print();
        if wrong { 2 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
