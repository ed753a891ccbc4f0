//! The command line as clap sees it, and nothing else: `settings` turns it into plain settings.

mod evidence;
mod revisit;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use evidence::{CompletionsArgs, DoctorArgs, ManArgs, ReportArgs};
pub use revisit::{
    LedgerCommand, LedgerCommandArgs, LedgerPathArgs, PaceArgs, RebuildArgs, RunsArgs, RunsCommand,
    RunsShowArgs, UndoArgs, VerifyArgs,
};

use crate::pipeline::account::MaxFailures;
use crate::units::{
    Shard, parse_delimiter, parse_duration, parse_max_failures, parse_rate, parse_shard,
    parse_timeout,
};
use crate::upload::rate::Rate;

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

/// How to speak: options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print one JSON object on stdout and nothing else there
    #[arg(long, global = true)]
    pub json: bool,
    /// Log more on stderr: -v what happens, -vv every answer, -vvv everything [env: CHATTERLOAD_LOG]
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Print nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// How to write logs
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Colours [env: NO_COLOR]
    #[arg(long, global = true, value_enum, default_value_t = When::Auto)]
    pub color: When,
    /// A bar on a terminal, a plain line every 30 s elsewhere
    #[arg(long, global = true, value_enum, default_value_t = When::Auto)]
    pub progress: When,
}

/// `auto`, `always` or `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// Where it suits
    Auto,
    /// In any case
    Always,
    /// In no case
    Never,
}

/// How to write logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of text
    Text,
    /// One JSON object a line
    Json,
}

/// Where the API is, and who asks.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "API")]
pub struct ConnectionArgs {
    /// Address of the API.
    #[arg(
        long,
        value_name = "URL",
        help = "Address of the API [env: CHATTERMILL_API_URL] [default: https://api.chattermill.com/v1]"
    )]
    pub api_url: Option<String>,
    /// File that holds the API key [env: CHATTERMILL_API_KEY holds the key itself]
    #[arg(long, value_name = "PATH")]
    pub api_key_file: Option<PathBuf>,
    /// How long a request may take [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout)]
    pub timeout: Option<Duration>,
}

/// A project of the API.
#[derive(Clone, Debug, Default, Args)]
pub struct ProjectArgs {
    /// Key of the project [env: CHATTERMILL_PROJECT]
    #[arg(short, long, value_name = "KEY", help_heading = "API")]
    pub project: Option<String>,
    /// Where the API is.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// What is read, and how it is mapped.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Input and mapping")]
pub struct InputArgs {
    /// Files to read; `-` is standard input, a quoted pattern such as 'exports/*.csv' all that match
    #[arg(value_name = "FILE", required = true, help_heading = "Arguments")]
    pub files: Vec<PathBuf>,
    /// Mapping file, or the name of a shipped mapping
    #[arg(short, long, value_name = "PATH")]
    pub mapping: Option<String>,
    /// Data type of all responses, instead of the mapping's
    #[arg(long, value_name = "NAME")]
    pub data_type: Option<String>,
    /// Data source of all responses, instead of the mapping's
    #[arg(long, value_name = "NAME")]
    pub data_source: Option<String>,
    /// Any setting of the mapping, such as response.score.column=Q1
    #[arg(long = "set", value_name = "SETTING=VALUE", value_parser = parse_setting)]
    pub settings: Vec<(String, String)>,
    /// How the files are laid out.
    #[command(flatten)]
    pub layout: LayoutArgs,
    /// Read so many rows at most [default: all]
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

/// How a file is laid out, where that is not to be found out from the file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Input and mapping")]
pub struct LayoutArgs {
    /// Format of the files [default: found out from the file]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Character between cells [default: found out from the file]
    #[arg(long, value_name = "CHARACTER", value_parser = parse_delimiter)]
    pub delimiter: Option<u8>,
    /// Encoding of the files, such as windows-1252 [default: found out from the file]
    #[arg(long, value_name = "LABEL")]
    pub encoding: Option<String>,
    /// Sheet of a workbook, by name or number from 1 [default: the first]
    #[arg(long, value_name = "SHEET")]
    pub sheet: Option<String>,
    /// Header rows that are joined as "upper / lower" [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10))]
    pub header_rows: Option<u32>,
    /// Show the value of merged cells of a workbook in each of them, not only in the first
    #[arg(long)]
    pub fill_merged: bool,
    /// Row that names the columns; 0: there is none [default: 1]
    #[arg(long, value_name = "N")]
    pub header_row: Option<u32>,
}

/// Options of `inspect`.
#[derive(Clone, Debug, Default, Args)]
pub struct InspectArgs {
    /// File to look into; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How it is laid out.
    #[command(flatten)]
    pub layout: LayoutArgs,
    /// Look at so many rows at most [default: all]
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

/// Options of `map`.
#[derive(Clone, Debug, Default, Args)]
pub struct MapArgs {
    /// File to draft a mapping for; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub file: Option<PathBuf>,
    /// Write the mapping here [default: to stdout]
    #[arg(short, long, value_name = "MAPPING")]
    pub output: Option<PathBuf>,
    /// Name of the mapping [default: the file's]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Take personal data in: e-mail, phone, names, IP addresses are left out unless asked for
    #[arg(long)]
    pub personal: bool,
    /// Draft nothing: print the JSON Schema by which editors complete and check mappings
    #[arg(long, exclusive = true)]
    pub schema: bool,
    /// Ask nothing: what is uncertain stands as comments in the draft
    #[arg(short, long)]
    pub yes: bool,
    /// How the file is laid out.
    #[command(flatten)]
    pub layout: LayoutArgs,
    /// Whose data types and data sources are proposed.
    #[command(flatten)]
    pub api: ProjectArgs,
}

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

/// How responses are delivered.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Delivery")]
pub struct DeliveryArgs {
    /// Requests that may begin: 50/s, 600/m, 10000/h, auto or unlimited [default: auto]
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub rate: Option<Rate>,
    /// Requests in flight at most [default: 32]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub concurrency: Option<u32>,
    /// Attempts at a response; waits that the API asks for and failed connects count none [default: 6]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_attempts: Option<u32>,
    /// Longest wait that is obeyed; a longer one ends the run [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub max_wait: Option<Duration>,
    /// End the run when the API has not answered for so long [default: 15m]
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout)]
    pub give_up_after: Option<Duration>,
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
    /// Take rows without key columns though their headers are new, and so all of them count as new
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

/// Options of `sandbox`.
#[cfg(feature = "sandbox")]
#[derive(Clone, Debug, Args)]
pub struct SandboxArgs {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// What goes wrong and how often, such as 429=10%,drop-after=5% (docs/sandbox.md lists all)
    #[arg(long = "fault", value_name = "[CALL:]KIND=PERCENT%[:DURATION]")]
    pub faults: Vec<crate::sandbox::Faults>,
    /// Chooses which requests are struck
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Hidden quota, such as 20/s, or 20/s,5/s@30s
    #[arg(long, value_name = "QUOTA")]
    pub quota: Option<crate::sandbox::Quota>,
    /// Leave Retry-After out of a 429 over the quota
    #[arg(long)]
    pub bare_quota: bool,
    /// How long every request takes
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub latency: Duration,
    /// How long a fresh response is not found by search
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "1s")]
    pub search_lag: Duration,
    /// How search behaves: ok, substring, ignores-filter, empty or broken
    #[arg(long, value_name = "MODE", default_value = "ok")]
    pub search: crate::sandbox::SearchMode,
}

fn parse_setting(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(path, value)| (path.trim().to_owned(), value.to_owned()))
        .filter(|(path, _)| !path.is_empty())
        .ok_or_else(|| "write SETTING=VALUE, such as response.score.column=Q1".to_owned())
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
