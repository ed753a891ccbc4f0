//! How to speak: options of every command.

use clap::{Args, ValueEnum};

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
