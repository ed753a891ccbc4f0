//! `[source]`: how the file is laid out, where that is said or was found out.

use super::Drafter;
use super::text::{Lines, quoted};
use crate::read::{Format, Sheet};

impl Drafter<'_> {
    /// The section; `zone` is its line on the time zone.
    pub fn source(&mut self, zone: Option<(String, String)>) -> Lines {
        let mut lines = Lines::default();
        let layout = &self.options.layout;
        if let Some(format) = layout.format {
            lines.add(format!("format = {}", quoted(format.name())), "");
        } else if self.profile.format == Format::Ndjson.name() {
            lines.add(
                format!("format = {}", quoted(Format::Ndjson.name())),
                "each line is a record, even where there is one alone",
            );
        }
        if let Some(encoding) = &layout.encoding {
            lines.add(format!("encoding = {}", quoted(encoding)), "");
        }
        if let Some(delimiter) = layout.delimiter.filter(u8::is_ascii) {
            lines.add(
                format!("delimiter = {}", quoted(&char::from(delimiter).to_string())),
                "",
            );
        }
        match &layout.sheet {
            Some(Sheet::Name(name)) => lines.add(format!("sheet = {}", quoted(name)), ""),
            Some(Sheet::Number(number)) => lines.add(format!("sheet = {number}"), ""),
            None => {
                if let Some(sheet) = &self.profile.found_sheet {
                    lines.add(
                        format!("sheet = {}", quoted(sheet)),
                        "the first sheet holds no table",
                    );
                }
            }
        }
        if self.profile.is_headerless && !self.profile.is_json {
            lines.add(
                "header_row = 0",
                "the first row is data already: columns go by position",
            );
        } else if let Some(row) = layout.header_row {
            lines.add(format!("header_row = {row}"), "");
        } else if let Some(row) = self.profile.header_row {
            lines.add(
                format!("header_row = {row}"),
                "what stands above it is a title or notes",
            );
        }
        if let Some(rows) = layout.header_rows {
            lines.add(format!("header_rows = {rows}"), "");
        } else if self.profile.joined_header_rows > 0 {
            lines.add(
                format!("header_rows = {}", self.profile.joined_header_rows),
                "joined as \"question / choice\"",
            );
        }
        if layout.fill_merged {
            lines.add("fill_merged = true", "");
        }
        if let Some(records) = &layout.records {
            lines.add(format!("records = {}", quoted(records.text())), "");
        } else if let Some(records) = &self.profile.records {
            lines.add(
                format!("records = {}", quoted(records)),
                "the array that holds them: what stands around it is left out",
            );
        }
        let below = self.profile.header_rows_below + layout.skip_rows_after_header;
        if below > 0 {
            lines.add(
                format!("skip_rows_after_header = {below}"),
                "further header rows",
            );
        }
        let ragged: u64 = self
            .profile
            .faults
            .iter()
            .filter(|(code, _)| code == "ragged_row")
            .map(|(_, count)| count)
            .sum();
        if ragged * 10 > self.profile.rows {
            lines.add(
                "ragged = \"pad\"",
                match ragged {
                    1 => "1 row has another width than the header".to_owned(),
                    _ => format!("{ragged} rows have another width than the header"),
                },
            );
        }
        let style = self.style();
        if let Some(sign) = style.decimal {
            lines.add(format!("decimal = {}", quoted(&sign.to_string())), "");
            if let Some(sign) = style.thousands {
                lines.add(format!("thousands = {}", quoted(&sign.to_string())), "");
            }
        }
        if let Some((line, remark)) = zone {
            lines.add(line, remark);
        }
        lines
    }
}
