//! From rows to responses, by a mapping that was checked against the file's header.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::column::{Access, Column};
use super::key::{KeyPlan, RowKey};
use super::observe::Observer;
use super::response_plan::ResponsePlan;
use super::steps::dates::DateReader;
use crate::outcome::Rejection;
use crate::record::{Response, Row};

/// A mapping ready for the rows of one file.
#[derive(Debug)]
pub struct Plan {
    key: KeyPlan,
    responses: Vec<ResponsePlan>,
    used: Vec<usize>,
    observer: Observer,
    warnings: Vec<String>,
}

/// What a row was mapped to.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedRow<'a> {
    /// What makes it itself, or why it is rejected whole.
    pub key: Result<RowKey<'a>, Rejection>,
    /// The text of the version's column, where the mapping names one: empty where that is.
    pub version: Option<Box<str>>,
    /// One a response of the mapping, in its order. Empty where the reader found the row at fault.
    pub responses: Vec<MappedResponse<'a>>,
}

/// What became of one response of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedResponse<'a> {
    /// Its name.
    pub name: &'a Arc<str>,
    /// The response; `None`: filtered.
    pub result: Result<Option<Response<'a>>, Rejection>,
}

impl Plan {
    /// `warnings`: what was seen of the header.
    pub(super) fn new(
        key: KeyPlan,
        responses: Vec<ResponsePlan>,
        named: &[Column],
        warnings: Vec<String>,
    ) -> Self {
        let mut used: Vec<usize> = named.iter().filter_map(Column::index).collect();
        used.sort_unstable();
        used.dedup();
        Self {
            key,
            responses,
            used,
            observer: Observer::new(named),
            warnings,
        }
    }

    /// Maps one row.
    pub fn map<'a>(&'a self, row: &'a Row) -> MappedRow<'a> {
        MappedRow {
            key: self.key_of(row),
            version: self.version_of(row),
            responses: self
                .responses_for(row)
                .iter()
                .map(|plan| MappedResponse {
                    name: &plan.name,
                    result: plan.result(row),
                })
                .collect(),
        }
    }

    /// What makes a row itself.
    ///
    /// # Errors
    /// Why it is rejected whole.
    pub fn key_of<'a>(&self, row: &'a Row) -> Result<RowKey<'a>, Rejection> {
        match &row.fault {
            Some(fault) => Err(Rejection::clone(fault)),
            None => self.key.of(row),
        }
    }

    /// The key of most rows, at once: the text of one column. `None` where there is more to it.
    #[inline]
    pub fn plain_key_of<'a>(&self, row: &'a Row) -> Option<&'a str> {
        if row.fault.is_some() {
            return None;
        }
        self.key.plainly_of(row)
    }

    /// The text of the version's column, where there is one and it is filled.
    #[inline]
    pub fn version_of(&self, row: &Row) -> Option<Box<str>> {
        if row.fault.is_some() {
            return None;
        }
        self.key.version_of(row)
    }

    /// The responses that are to be made of a row: none where it is at fault.
    pub fn responses_for(&self, row: &Row) -> &[ResponsePlan] {
        if row.fault.is_some() {
            &[]
        } else {
            &self.responses
        }
    }

    /// What should be told once rows were mapped: columns to leave out that are not there, ids that lost digits, zones that had to be assumed, texts that were cut.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.warnings.clone();
        warnings.extend(self.key.warnings());
        for value in self.responses.iter().flat_map(ResponsePlan::values) {
            let what = value.what();
            // `Submit Date (UTC)` says itself what it is.
            if value.dates.as_ref().is_some_and(DateReader::assumed_utc)
                && !what.to_uppercase().contains("UTC")
            {
                let warning = format!(
                    "the dates of {what} carry no time zone and were taken as UTC; say otherwise with timezone in [source]"
                );
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
            if value.dates.as_ref().is_some_and(DateReader::are_swapped) {
                let warning = swapped(&what);
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
            let cut = value.cut.load(Ordering::Relaxed);
            if let Some(most) = value.max_length.filter(|_| cut > 0) {
                let values = if cut == 1 { "value" } else { "values" };
                warnings.push(format!(
                    "{cut} {values} of `{}` had more than {most} characters and were cut there, as max_length and truncate say",
                    value.field
                ));
            }
        }
        warnings
    }

    /// The responses, compiled.
    pub(super) fn responses(&self) -> &[ResponsePlan] {
        &self.responses
    }

    /// The name of a response, by its number among those of the mapping.
    pub fn response_name(&self, number: usize) -> &Arc<str> {
        &self.responses[number].name
    }

    /// The names of its responses.
    pub fn response_names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.responses.iter().map(|response| &response.name)
    }

    /// Indexes of the table's columns that the mapping names, ascending, without those that `rest` takes.
    pub fn used_columns(&self) -> &[usize] {
        &self.used
    }

    /// Watches the first records of a JSON file for paths that lead nowhere.
    pub fn observer(&self) -> Observer {
        self.observer.clone()
    }
}

impl Column {
    /// Its index in a table.
    pub(super) fn index(&self) -> Option<usize> {
        match self.access {
            Access::Cell(index) => Some(index),
            _ => None,
        }
    }

    /// The JSON field it lies in.
    pub(super) fn field(&self) -> Option<&str> {
        match &self.access {
            Access::Path(path) => path.first_field(),
            _ => None,
        }
    }
}

fn swapped(what: &str) -> String {
    format!(
        "day and month seem to be swapped in {what}: no real date there has a day after the 12th, and no text one before \
         the 13th, which is how a spreadsheet leaves dates that it reads in another order than they were written in: load \
         the export as it was before a spreadsheet saved it"
    )
}

#[cfg(test)]
#[path = "plan_tests.rs"]
pub(super) mod tests;
