//! What makes a row itself.

use std::borrow::Cow;

use super::column::{Column, is_null_trimmed};
use super::item::Item;
use super::long_ids::LongIds;
use super::value::trimmed;
use crate::outcome::{Rejection, quote};
use crate::record::{Row, trim};

/// `[key]`, its columns found.
#[derive(Debug)]
pub struct KeyPlan {
    /// None where the content is the key.
    pub columns: Vec<Column>,
    /// What is seen of the ids of each of them.
    pub long_ids: Vec<LongIds>,
    /// Whether the content is the key.
    pub by_content: bool,
    /// Whether a row with an empty key cell goes by its content.
    pub empty_by_content: bool,
    /// The version's column.
    pub version: Option<Column>,
    /// Cells that count as empty.
    pub nulls: Vec<String>,
}

/// What makes a row itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKey<'a> {
    /// The trimmed text of each key cell.
    Columns(Vec<Cow<'a, str>>),
    /// Its content: by `[key] content`, or because a key cell is empty and `when_empty = "content"`.
    Content,
}

impl KeyPlan {
    /// What makes this row itself.
    ///
    /// # Errors
    /// A key cell is empty, or ruined by a spreadsheet.
    pub fn of<'a>(&self, row: &'a Row) -> Result<RowKey<'a>, Rejection> {
        if self.by_content {
            return Ok(RowKey::Content);
        }
        let mut cells = Vec::with_capacity(self.columns.len());
        for (column, ids) in self.columns.iter().zip(&self.long_ids) {
            if let Some(text) = self.plain_cell(column, ids, row) {
                cells.push(Cow::Borrowed(text));
                continue;
            }
            let item = column
                .read(row, &self.nulls, ", ")
                .map_err(|fault| fault.reject("key"))?;
            let Some(item) = item else {
                if self.empty_by_content {
                    return Ok(RowKey::Content);
                }
                let message = format!(
                    "key column '{}' is empty: fill it in, choose other key columns, or set when_empty = \"content\"",
                    column.label
                );
                return Err(Rejection::new("key_missing", "key", message));
            };
            // A number of JSON went through no spreadsheet.
            let is_cell = !matches!(item, Item::Written(_));
            let text = trimmed(item.into_text());
            let is_ruined =
                is_cell && (is_scientific(&text) || (row.carried.is_some() && is_damaged(&text)));
            if is_ruined {
                let remedy = if row.carried.is_some() {
                    "put back what stood there, as text"
                } else {
                    "export the file anew, and format the column as text before a spreadsheet saves it"
                };
                let message = format!(
                    "key column '{}' holds {}, which a spreadsheet has made of a longer number: {remedy}",
                    column.label,
                    quote(&text)
                );
                return Err(Rejection::new("spreadsheet_damage", "key", message));
            }
            cells.push(text);
        }
        Ok(RowKey::Columns(cells))
    }

    /// The key of most rows: the text of one column. `None` where there is more to it.
    #[inline]
    pub fn plainly_of<'a>(&self, row: &'a Row) -> Option<&'a str> {
        match (&*self.columns, &*self.long_ids) {
            ([column], [ids]) if !self.by_content => self.plain_cell(column, ids, row),
            _ => None,
        }
    }

    /// What nearly all cells are: a text that wants no more than its blanks taken away.
    #[inline]
    fn plain_cell<'a>(&self, column: &Column, ids: &LongIds, row: &'a Row) -> Option<&'a str> {
        let text = column.text(row).map(trim)?;
        let is_plain =
            row.carried.is_none() && !is_null_trimmed(text, &self.nulls) && !is_scientific(text);
        is_plain.then(|| {
            ids.see(text);
            text
        })
    }

    /// What is to be told of ids that lost their last digits.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let columns = self.columns.iter().zip(&self.long_ids);
        columns.filter(|(_, ids)| ids.cut() > 0).map(|(column, ids)| {
            format!(
                "the ids in key column '{}' that have more than fifteen digits, {} of them, all end in zeros: a spreadsheet \
                 kept the first fifteen, and different rows may have become alike; export it as text",
                column.label,
                ids.cut()
            )
        })
    }

    /// The text of the version's column, empty where that is or cannot be read; `None` where the mapping names none.
    #[inline]
    pub fn version_of(&self, row: &Row) -> Option<Box<str>> {
        let column = self.version.as_ref()?;
        let item = column.read(row, &self.nulls, ", ").ok().flatten();
        Some(item.map_or_else(Box::default, |item| trim(&item.text()).into()))
    }
}

/// `1.18E+17`, `1,18E+17`: what no export gives as a key by itself, unlike `1E5` and `12E4`.
fn is_scientific(text: &str) -> bool {
    // Nearly every key is told by two bytes: the sign stands before an exponent of two digits, or three.
    let mut last = text.bytes().rev().skip(2).take(2);
    if !last.any(|byte| matches!(byte, b'+' | b'-')) {
        return false;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let Some((whole, fraction)) = mantissa.split_once(['.', ',']) else {
        return false;
    };
    let exponent = exponent.strip_prefix(['+', '-']);
    let is_exponent = exponent.is_some_and(|exponent| exponent.len() >= 2 && digits(exponent));
    is_exponent && whole.len() <= 3 && digits(whole) && digits(fraction)
}

/// `1.18E+11`, `1,18E+11`, `1E+11`: a long number as spreadsheets save it, where one has been at work.
pub fn is_damaged(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = mantissa.split_once(['.', ',']);
    exponent.strip_prefix('+').is_some_and(digits)
        && fraction.map_or_else(
            || digits(mantissa),
            |(whole, fraction)| whole.len() == 1 && digits(whole) && digits(fraction),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_that_became_scientific_are_no_keys() {
        for text in [
            "1.18E+17",
            "1,18E+11",
            "118.2E+15",
            "1.5E-09",
            "1.18e+17",
            "1.2E+100",
        ] {
            assert!(is_scientific(text), "{text}");
        }
        for text in [
            "1E5",
            "12E4",
            "1E+11",
            "1.18E17",
            "1.18E+1",
            "A1.18E+17",
            "1.18E+17B",
            "1.1.8E+17",
            "1234.5E+17",
            "2026-09-01",
            "E+17",
            "+17",
            "",
            "ü+17",
            "3f2b-9E+17",
        ] {
            assert!(!is_scientific(text), "{text}");
        }
    }
}
