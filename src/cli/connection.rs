//! Where the API is, and into which project.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::units::parse_timeout;

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
