//! `inspect` and `map`: a look at a file, and a mapping drafted from it.

use std::path::PathBuf;

use clap::Args;

use super::connection::ProjectArgs;
use super::input::LayoutArgs;

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
