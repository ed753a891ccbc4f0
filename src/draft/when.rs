//! Which rows are meant: previews, tests and unfinished answers are filtered.

use super::Drafter;
use super::known::Role;
use super::text::{list, plain, reference};
use crate::inspect::words::{Topic, is_about, is_finished, is_no, is_unwanted};
use crate::inspect::{Column, Kind, Tool};

/// Statuses of Qualtrics whose answers are no feedback: previews, tests, spam, in numbers and in words.
pub const QUALTRICS_UNWANTED: [&str; 12] = [
    "1",
    "2",
    "8",
    "9",
    "12",
    "17",
    "40",
    "Survey Preview",
    "Survey Test",
    "Spam",
    "Spam Survey Preview",
    "Preview",
];

/// A condition that rows must fulfil, and what to say beside it.
pub struct Condition {
    /// As it is written.
    pub written: String,
    /// A remark.
    pub remark: String,
}

impl Drafter<'_> {
    /// Leaves out the rows below the table that sum up the others, by what they call themselves.
    fn without_totals(&mut self) -> Vec<Condition> {
        let totals = &self.profile.totals;
        let mut columns: Vec<usize> = totals.iter().map(|total| total.column).collect();
        columns.sort_unstable();
        columns.dedup();
        let mut conditions = Vec::new();
        for index in columns {
            let Some(column) = self.profile.columns.get(index) else {
                continue;
            };
            let own = totals.iter().filter(|total| total.column == index);
            // What rows of the table are called as well would cost these rows.
            let own = own.filter(|total| {
                let mut values = column.values.iter();
                !values.any(|(value, _)| value.eq_ignore_ascii_case(&total.text))
            });
            let mut texts: Vec<&str> = own.clone().map(|total| total.text.as_str()).collect();
            texts.dedup();
            let rows: Vec<String> = own.map(|total| total.row.to_string()).collect();
            if texts.is_empty() {
                continue;
            }
            let (rows, sum) = match &rows[..] {
                [row] => (format!("row {row}"), "sums"),
                rows => (format!("rows {}", rows.join(", ")), "sum"),
            };
            self.notes.push(format!(
                "filtered by `{}`: {rows}, below the table, {sum} up the others",
                plain(&column.called(), 60)
            ));
            conditions.push(Condition {
                written: format!(
                    "{{ column = {}, not_in = {} }}",
                    reference(self.profile, index),
                    list(&texts)
                ),
                remark: format!("{rows} here {sum} up the others"),
            });
        }
        conditions
    }

    /// The conditions of this file.
    pub fn conditions(&mut self) -> Vec<Condition> {
        let mut conditions = self.without_totals();
        conditions.extend(self.without_other_surveys());
        for index in 0..self.profile.columns.len() {
            let column = &self.profile.columns[index];
            let values = match self.roles[index] {
                Role::Filter => known(self.profile.tool, column),
                Role::Free => found(column),
                _ => continue,
            };
            if values.is_empty() {
                if self.roles[index] == Role::Filter {
                    self.roles[index] = Role::Skip;
                }
                continue;
            }
            let dropped: u64 = column
                .values
                .iter()
                .filter(|(value, _)| {
                    values
                        .iter()
                        .any(|unwanted| unwanted.eq_ignore_ascii_case(value))
                })
                .map(|(_, count)| count)
                .sum();
            // A filter that leaves nothing is a mistake of ours.
            if dropped >= column.filled && column.filled > 0 && column.rows > 3 {
                self.notes.push(format!(
                    "all rows of `{}` look unfinished or like previews, so none is filtered by it",
                    plain(&column.called(), 60)
                ));
                self.roles[index] = Role::Skip;
                continue;
            }
            if dropped > 0 {
                self.notes.push(format!(
                    "filtered by `{}`: {dropped} of {} rows, as unfinished, previews or tests",
                    plain(&column.called(), 60),
                    column.rows
                ));
            }
            self.roles[index] = Role::Filter;
            conditions.push(Condition {
                written: format!(
                    "{{ column = {}, not_in = {} }}",
                    reference(self.profile, index),
                    list(&values)
                ),
                remark: format!("{dropped} of {} rows here", column.rows),
            });
        }
        conditions
    }
}

fn known(tool: Option<Tool>, column: &Column) -> Vec<String> {
    let called = column.question().to_lowercase();
    let name = column.name.to_lowercase();
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    match tool {
        Some(Tool::Typeform) => texts(&["partial", "started"]),
        Some(Tool::Qualtrics) if name.ends_with("status") || called == "status" => {
            texts(&QUALTRICS_UNWANTED)
        }
        Some(Tool::Qualtrics) => {
            let seen = column
                .values
                .iter()
                .map(|(value, _)| value.clone())
                .filter(|value| is_no(value));
            let mut values = texts(&["0", "False"]);
            values.extend(
                seen.filter(|value| !["0", "false"].contains(&value.to_lowercase().as_str())),
            );
            values
        }
        _ => Vec::new(),
    }
}

/// Values of a column of any file that mean a row is not meant.
fn found(column: &Column) -> Vec<String> {
    let called = format!("{} {}", column.name, column.question());
    if column.distinct.at_least() > 12 || !is_about(&called, Topic::Status) || column.free_text {
        return Vec::new();
    }
    let no = is_finished(&called) && (column.kind == Kind::Boolean || column.kind == Kind::Integer);
    column
        .values
        .iter()
        .map(|(value, _)| value)
        .filter(|value| is_unwanted(value) || (no && is_no(value)))
        .cloned()
        .collect()
}
