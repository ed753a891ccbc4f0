//! A value on its way from the row to the response: one origin, then the steps, always in the same order.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use regex::Regex;

use super::column::{Column, is_null_trimmed};
use super::item::{Fault, Item, Posted, Stop};
use super::spec::{Case, Literal, NumberStyle, Otherwise, Required, Type};
use super::steps::bucket::Buckets;
use super::steps::dates::DateReader;
use super::steps::lookup::Lookup;
use super::steps::{numbers, text};
use super::template::Template;
use crate::outcome::quote;
use crate::record::{Number, Row, trim};

/// Where a value comes from, its columns found.
#[derive(Debug)]
pub enum Source {
    /// One column.
    Column(Column),
    /// Several columns with their labels.
    Columns(Vec<(Column, Arc<str>)>, Join),
    /// The first non-empty one.
    FirstOf(Vec<Column>),
    /// Always the same.
    Literal(Literal),
    /// A template.
    Template(Box<Template>),
}

/// What of several columns is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Their cells.
    Cells,
    /// The labels of the ticked ones.
    Labels,
    /// Each header, a line break, the cell.
    Questions,
}

/// A value, compiled.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of the file"
)]
pub struct Value {
    /// The mapping's field: `score`, `segments.country`.
    pub field: Arc<str>,
    /// Where it comes from.
    pub source: Source,
    /// What joins several.
    pub separator: String,
    /// What is never quoted: the columns of a comment.
    pub secret: bool,
    /// Take outer blanks away.
    pub trim: bool,
    /// Turn HTML into text.
    pub unescape: bool,
    /// Cells that count as empty: the source's and its own.
    pub nulls: Vec<String>,
    /// Regular expressions with their replacements.
    pub replace: Vec<(Regex, String)>,
    /// Letter case.
    pub case: Option<Case>,
    /// The value map.
    pub map: Option<Lookup>,
    /// What becomes of what it lacks.
    pub otherwise: Otherwise,
    /// Ranges of numbers.
    pub bucket: Option<Buckets>,
    /// What is posted.
    pub kind: Type,
    /// How numbers are read.
    pub numbers: NumberStyle,
    /// How dates are read.
    pub dates: Option<DateReader>,
    /// The least number.
    pub min: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// Most characters.
    pub max_length: Option<usize>,
    /// Cut rather than reject.
    pub truncate: bool,
    /// How many texts were cut so far.
    pub cut: AtomicU64,
    /// What a missing value becomes.
    pub default: Option<Posted<'static>>,
    /// What a missing value means.
    pub required: Required,
}

impl Value {
    /// What the row gives; `None` where it gives nothing.
    ///
    /// # Errors
    /// The response is rejected or filtered.
    pub fn evaluate<'a>(&'a self, row: &'a Row) -> Result<Option<Posted<'a>>, Stop> {
        if let Some(posted) = self.plain(row) {
            return Ok(Some(posted));
        }
        let found = self
            .found(row)
            .map_err(|fault| self.as_read(fault, row).stop(&self.field))?;
        match found.or_else(|| self.default.as_ref().map(Posted::borrowed)) {
            Some(posted) => Ok(Some(posted)),
            None => match self.required {
                Required::No => Ok(None),
                Required::Filter => Err(Stop::Filter),
                Required::Reject => Err(
                    Fault::new(
                        "required_missing",
                        format!("{} is empty, but `{}` is required: fill it in, or set required to false or \"filter\"", self.what(), self.field),
                    )
                    .stop(&self.field),
                ),
            },
        }
    }

    /// What most values are, at once: the text of one cell, mapped at most. `None` where there is more to do, or a fault.
    fn plain<'a>(&'a self, row: &'a Row) -> Option<Posted<'a>> {
        self.plainly_posted(self.plain_item(row)?)
    }

    /// The same of a value that is posted as a text.
    #[inline]
    pub(super) fn plain_text<'a>(&'a self, row: &'a Row) -> Option<&'a str> {
        if self.kind == Type::Text && self.max_length.is_none() {
            self.plain_item(row)
        } else {
            None
        }
    }

    /// The same of one that is posted as a number, and is a whole one.
    #[inline]
    pub(super) fn plain_whole(&self, row: &Row) -> Option<i64> {
        if !matches!(self.kind, Type::Number | Type::Integer) {
            return None;
        }
        let whole = numbers::plain(self.plain_item(row)?)?;
        self.is_within(Number::Whole(whole)).then_some(whole)
    }

    /// The same of one that is posted as a date, in the place of another; `false` where nothing was written.
    #[inline]
    pub(super) fn plain_date(&self, row: &Row, into: &mut String) -> bool {
        match (&self.dates, self.kind) {
            (Some(dates), Type::Date) => {
                let item = self.plain_item(row);
                item.is_some_and(|text| dates.plainly(text, into))
            }
            _ => false,
        }
    }

    /// What comes before the type is known, where that is the text of one cell, mapped at most.
    #[inline]
    fn plain_item<'a>(&'a self, row: &'a Row) -> Option<&'a str> {
        // Whether it is as it was written is to be seen.
        if self.dates.is_some() && row.carried.is_some() {
            return None;
        }
        let text = match &self.source {
            Source::Column(column) => column.text(row)?,
            Source::Literal(Literal::Text(text)) => text,
            _ => return None,
        };
        let is_changed = self.unescape
            || !self.replace.is_empty()
            || self.case.is_some()
            || self.bucket.is_some();
        let text = trim(text);
        if is_changed || !self.trim || is_null_trimmed(text, &self.nulls) {
            return None;
        }
        match &self.map {
            None => Some(text),
            Some(map) => match map.get(text)? {
                Literal::Text(text) if !trim(text).is_empty() => Some(text),
                _ => None,
            },
        }
    }

    fn found<'a>(&'a self, row: &'a Row) -> Result<Option<Posted<'a>>, Fault> {
        let item = self.item(row)?;
        if let (Some(item), Some(past)) = (&item, row.carried.as_deref()) {
            self.must_be_as_written(item, past)?;
        }
        match item {
            // What a map, a bucket or a cut leaves empty is missing.
            Some(item) => self
                .posted(item)
                .map(|posted| Some(posted).filter(|posted| !posted.is_empty())),
            None => Ok(None),
        }
    }

    /// The value's text after the steps that come before the type.
    ///
    /// # Errors
    /// The row's cell cannot be used.
    pub fn item<'a>(&'a self, row: &'a Row) -> Result<Option<Item<'a>>, Fault> {
        match self.origin(row)? {
            Some(item) => self.transformed(item),
            None => Ok(None),
        }
    }

    fn origin<'a>(&'a self, row: &'a Row) -> Result<Option<Item<'a>>, Fault> {
        match &self.source {
            Source::Column(column) => column.read(row, &self.nulls, &self.separator),
            Source::FirstOf(columns) => {
                for column in columns {
                    if let Some(item) = column.read(row, &self.nulls, &self.separator)? {
                        return Ok(Some(item));
                    }
                }
                Ok(None)
            }
            Source::Columns(columns, join) => self.joined(columns, *join, row),
            Source::Literal(literal) => Ok(Some(Item::of(literal))),
            Source::Template(template) => {
                let rendered = template
                    .render(row, &self.nulls)
                    .map_err(|fault| self.of_template(fault, template, row))?;
                Ok(Some(rendered).filter(|item| !item.is_null(&[])))
            }
        }
    }

    fn joined<'a>(
        &self,
        columns: &'a [(Column, Arc<str>)],
        join: Join,
        row: &'a Row,
    ) -> Result<Option<Item<'a>>, Fault> {
        let mut joined: Option<Item<'a>> = None;
        for (column, label) in columns {
            let Some(item) = column.read(row, &self.nulls, &self.separator)? else {
                continue;
            };
            let part = match join {
                Join::Labels if !is_ticked(&item) => continue,
                Join::Labels => Item::Text(Cow::Borrowed(&**label)),
                Join::Questions => {
                    let text = item.text();
                    let text = if self.trim { text.trim() } else { &text };
                    Item::Text(Cow::Owned(format!("{}\n{text}", column.label)))
                }
                Join::Cells => item,
            };
            joined = Some(match joined {
                None => part,
                Some(before) => {
                    let mut text = before.into_text().into_owned();
                    if self.trim {
                        text.truncate(text.trim_end().len());
                    }
                    text.push_str(&self.separator);
                    let part = part.into_text();
                    text.push_str(if self.trim { part.trim() } else { &part });
                    Item::Text(Cow::Owned(text))
                }
            });
        }
        Ok(joined)
    }

    fn transformed<'a>(&'a self, mut item: Item<'a>) -> Result<Option<Item<'a>>, Fault> {
        if self.unescape {
            item = item.rewritten(text::unescape);
        }
        if self.trim
            && let Item::Text(text) = item
        {
            item = Item::Text(trimmed(text));
        }
        if self.unescape && item.is_null(&self.nulls) {
            return Ok(None);
        }
        for (pattern, with) in &self.replace {
            item = item.rewritten(|text| pattern.replace_all(text, with.as_str()));
        }
        if let Some(case) = self.case {
            item = item.rewritten(|text| Cow::Owned(text::in_case(text, case)));
        }
        if !self.replace.is_empty() && item.is_null(&[]) {
            return Ok(None);
        }
        if let Some(map) = &self.map {
            match self.mapped(map, item)? {
                Some(mapped) => item = mapped,
                None => return Ok(None),
            }
        }
        match &self.bucket {
            Some(buckets) => self.bucketed(buckets, &item).map(Some),
            None => Ok(Some(item)),
        }
    }

    fn mapped<'a>(&'a self, map: &'a Lookup, item: Item<'a>) -> Result<Option<Item<'a>>, Fault> {
        let shortest = || item.shortest().and_then(|text| map.get(&text));
        if let Some(literal) = map.get(&item.text()).or_else(shortest) {
            return Ok(Some(Item::of(literal)));
        }
        match &self.otherwise {
            Otherwise::Keep => Ok(Some(item)),
            Otherwise::Null => Ok(None),
            Otherwise::Value(literal) => Ok(Some(Item::of(literal))),
            Otherwise::Fail => {
                let text = item.text();
                let known = map.known();
                let remedy = if self.secret {
                    String::new()
                } else {
                    match super::diagnose::nearest(&text, known.iter().copied()) {
                        Some(near) => format!(" (nearest: {})", quote(near)),
                        None => format!(" (it has {})", few(&known)),
                    }
                };
                Err(Fault::new(
                    "value_not_in_map",
                    format!(
                        "{} holds {}, which the map lacks{remedy}: add it, or set otherwise = \"keep\"",
                        self.what(),
                        self.shown(&text)
                    ),
                ))
            }
        }
    }

    fn bucketed<'a>(&'a self, buckets: &'a Buckets, item: &Item<'a>) -> Result<Item<'a>, Fault> {
        let number = item
            .number(self.numbers)
            .ok_or_else(|| self.not_a_number(&item.text()))?;
        buckets.name(number.as_f64()).map(Item::of).ok_or_else(|| {
            Fault::new(
                "not_in_bucket",
                format!(
                    "{} holds {}, which is in none of the buckets {}: correct it, or add one that holds it",
                    self.what(),
                    self.shown(&item.text()),
                    buckets.list()
                ),
            )
        })
    }

    /// A fault of what the steps have made of a cell, told with what the cell holds.
    fn as_read(&self, mut fault: Fault, row: &Row) -> Fault {
        let holds = format!("{} holds ", self.what());
        if let (Some(rest), Some(read)) = (fault.message.strip_prefix(&holds), self.read(row))
            && !rest.starts_with(&self.shown(&read))
            && !rest.starts_with(&self.shown(read.trim()))
            && fault.code != "too_long"
            && fault.code != "spreadsheet_error"
        {
            fault.message = format!("{holds}{}, mapped to {rest}", self.shown(read.trim()));
        }
        fault
    }

    /// The value's origin in front of a message, with what the row holds where the message does not say it.
    pub(super) fn told_with(&self, message: &str, row: &Row) -> String {
        match self.read(row) {
            Some(read)
                if !matches!(self.source, Source::Literal(_))
                    && !message.starts_with(read.trim())
                    && !message.starts_with(&quote(read.trim())) =>
            {
                format!("{} holds {}", self.what(), self.shown(read.trim()))
            }
            None => format!("{} gives nothing", self.what()),
            Some(_) => self.what(),
        }
    }

    /// What stands in the row, before any step.
    fn read(&self, row: &Row) -> Option<String> {
        let item = self.origin(row).ok().flatten()?;
        Some(item.into_text().into_owned())
    }

    /// The fault of a template, with what it is made of.
    fn of_template(&self, fault: Fault, template: &Template, row: &Row) -> Fault {
        if fault.code != "template_failed" {
            return fault;
        }
        let cells: Vec<String> = template
            .columns()
            .take(3)
            .map(|column| {
                let item = column.read(row, &self.nulls, ", ").ok().flatten();
                let text = item.map(Item::into_text).unwrap_or_default();
                format!("column '{}' holds {}", column.label, self.shown(&text))
            })
            .collect();
        let message = format!(
            "{} fails over this row, where {}: {}: correct the cell, or let the template allow for it",
            self.what(),
            cells.join(", "),
            fault.message
        );
        Fault::new(fault.code, message)
    }

    /// A value as messages show it.
    pub(super) fn shown(&self, text: &str) -> String {
        if self.secret {
            "a text that is not shown".to_owned()
        } else {
            quote(text)
        }
    }

    /// The value's origin as messages name it.
    pub fn what(&self) -> String {
        let named = |labels: Vec<&str>| {
            let quoted: Vec<String> = labels
                .iter()
                .take(3)
                .map(|label| format!("'{label}'"))
                .collect();
            let more = if labels.len() > 3 { ", …" } else { "" };
            format!("{}{more}", quoted.join(", "))
        };
        match &self.source {
            Source::Column(column) => format!("column '{}'", column.label),
            Source::Columns(columns, _) => {
                let labels = columns.iter().map(|(column, _)| &*column.label).collect();
                format!("what columns {} give", named(labels))
            }
            Source::FirstOf(columns) => {
                let labels = columns.iter().map(|column| &*column.label).collect();
                format!("the first of columns {}", named(labels))
            }
            Source::Literal(_) => format!("the value of `{}`", self.field),
            Source::Template(_) => format!("the template of `{}`", self.field),
        }
    }

    /// All columns it reads.
    pub fn columns(&self) -> Vec<&Column> {
        match &self.source {
            Source::Column(column) => vec![column],
            Source::Columns(columns, _) => columns.iter().map(|(column, _)| column).collect(),
            Source::FirstOf(columns) => columns.iter().collect(),
            Source::Literal(_) => Vec::new(),
            Source::Template(template) => template.columns().collect(),
        }
    }
}

/// Whether a cell of a multi-select column says that its choice was taken.
pub(super) fn is_ticked(item: &Item<'_>) -> bool {
    !matches!(
        item.text().trim().to_lowercase().as_str(),
        "0" | "false" | "no" | "n" | "unchecked" | "not selected"
    )
}

/// Without outer blanks.
pub(super) fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
        Cow::Owned(text) if trim(&text).len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

fn few(known: &[&str]) -> String {
    let shown: Vec<String> = known.iter().take(5).map(|value| quote(value)).collect();
    let more = if known.len() > 5 { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
