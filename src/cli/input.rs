//! What is read, how it is laid out, and how it is mapped.

use std::path::PathBuf;

use clap::Args;

use crate::units::parse_delimiter;

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
    /// Member of a JSON object whose array holds the records, such as items or data.items [default: found out from the
    /// file]
    #[arg(long, value_name = "PATH")]
    pub records: Option<String>,
    /// Row that names the columns; 0: there is none [default: 1]
    #[arg(long, value_name = "N")]
    pub header_row: Option<u32>,
}

/// A setting of the mapping and its value, as `--set` takes them.
pub(super) fn parse_setting(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(path, value)| (path.trim().to_owned(), value.to_owned()))
        .filter(|(path, _)| !path.is_empty())
        .ok_or_else(|| "write SETTING=VALUE, such as response.score.column=Q1".to_owned())
}
