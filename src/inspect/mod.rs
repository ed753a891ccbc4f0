//! What is in a file: its columns, by one pass in bounded memory, and the tool that seems to have written it.
//!
//! Memory: per column at most 4,096 hashes and 128 short values, for columns that may be keys some millions of hashes
//! in all; never a whole row or a long text.

mod column;
mod dates;
mod distinct;
mod header;
mod json;
mod months;
pub(crate) mod personal;
mod profiler;
mod render;
mod shapes;
mod tally;
mod times;
mod tools;
mod values;
pub(crate) mod words;
mod writing;
mod years;
mod zones;

#[cfg(test)]
mod dates_tests;
#[cfg(test)]
pub(crate) mod tests;

use serde::Serialize;

pub use column::{Column, Kind, Number};
pub use dates::{Dates, Order};
pub use distinct::Distinct;
pub(crate) use months::{is_month, replacements};
pub(crate) use render::cut_within;
pub use times::Times;
pub(crate) use times::is_time;
pub use tools::Tool;
pub(crate) use values::{is_flag, leading_number};
pub use zones::Reword;
pub(crate) use zones::{zone, zones_of};

use crate::error::InputError;
use crate::read::{SheetSize, Source};
use crate::record::{Header, Shape};

/// A row below the table that sums up the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// Its row.
    pub row: u64,
    /// The index of the column in which it says so.
    pub column: usize,
    /// What it says there.
    pub text: String,
}

/// What was found out about a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "findings, not settings")]
pub struct Profile {
    /// What it is called.
    pub file: String,
    /// Its format, as the mapping names it.
    pub format: String,
    /// The text's encoding; `None` for a workbook.
    pub encoding: Option<String>,
    /// By what the encoding was taken.
    pub encoding_evidence: Option<String>,
    /// What the file is packed with.
    pub compression: Option<&'static str>,
    /// The sign between cells.
    pub delimiter: Option<char>,
    /// The sheet that was read.
    pub sheet: Option<String>,
    /// All sheets of the workbook.
    pub sheets: Vec<String>,
    /// How large they are, where there are several.
    pub sheet_sizes: Vec<SheetSize>,
    /// The sheet that was read because the first, which is the default, holds no table.
    pub found_sheet: Option<String>,
    /// The header's row, where it was found below a title.
    pub header_row: Option<u64>,
    /// The way to the array that holds the records of JSON, where objects are around them.
    pub records: Option<String>,
    /// What was told of it, where it was found out.
    #[serde(skip)]
    pub records_told: Option<String>,
    /// Whether it is a failures file of an earlier run.
    pub is_failures_file: bool,
    /// The tool that seems to have written it.
    pub tool: Option<Tool>,
    /// Whether its records are JSON.
    pub is_json: bool,
    /// Whether its first row is data already.
    pub is_headerless: bool,
    /// Header rows that name the columns together, as `upper / lower`; 0 where one alone does.
    pub joined_header_rows: u64,
    /// Header rows below the first that name no column.
    pub header_rows_below: u64,
    /// The time zone that the header rows state.
    pub timezone: Option<String>,
    /// Rows read, without header rows.
    pub rows: u64,
    /// Whether all rows were read, not only the first ones.
    pub is_complete: bool,
    /// Rows that the reader found at fault, by the fault's code.
    pub faults: Vec<(String, u64)>,
    /// Rows equal to an earlier one in all cells, as far as was followed.
    pub repeated_rows: u64,
    /// The last rows, where they sum up the others: the columns are judged without them.
    #[serde(skip)]
    pub totals: Vec<Total>,
    /// What people should know of how it was read.
    pub notices: Vec<String>,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// Whether JSON records have more paths than are shown.
    pub has_more_columns: bool,
}

impl Profile {
    /// The shape that the file's records have when it is read as [`Profile`] found it to be.
    pub fn shape(&self) -> Shape {
        if self.is_json {
            Shape::Json
        } else if self.is_headerless {
            Shape::Table(Header::unnamed(self.columns.len()))
        } else {
            // Names that are unique already stay as they are.
            let names = self.columns.iter().map(|column| column.name.clone());
            Shape::Table(Header::new(names.collect()))
        }
    }

    /// As one JSON object.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// As text for a terminal of so many columns; `None`: unlimited.
    pub fn render(&self, width: Option<u16>) -> String {
        render::render(self, width)
    }
}

/// The question of a column that stands for one choice, where its header ends with that choice: `Channel: E-mail`,
/// `Channels / Shop`, `Channels [Shop]`.
pub(crate) fn question_of<'a>(header: &'a str, choice: &str) -> Option<&'a str> {
    let header = header.trim();
    let choice = choice.trim();
    let before = header.strip_suffix(choice).or_else(|| {
        let inside = header.strip_suffix(']')?;
        inside
            .strip_suffix(choice)
            .filter(|rest| rest.ends_with('['))
    });
    let before = before.filter(|_| !choice.is_empty())?;
    [" / ", ": ", " - ", " [", "["]
        .iter()
        .find_map(|mark| before.strip_suffix(mark))
        .map(str::trim_end)
        .filter(|question| !question.is_empty())
}

/// Reads a file once and says what is in it; `limit`: so many rows at most. `name` is what messages call it.
///
/// # Errors
/// The file cannot be read to its end.
pub fn profile(name: &str, source: Source, limit: Option<u64>) -> Result<Profile, InputError> {
    profiler::profile(name, source, limit)
}
