//! From a row to one of its responses.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::column::Column;
use super::item::{Fault, Item, Posted, Stop};
use super::rest::RestPlan;
use super::steps::lookup;
use super::value::Value;
use crate::outcome::Rejection;
use crate::record::{Attribute, AttributeValue, Number, Response, Row};

/// A response, compiled.
#[derive(Debug)]
pub struct ResponsePlan {
    /// Its name.
    pub name: Arc<str>,
    /// The column of `for_each`: no response where it is empty.
    pub guard: Option<Column>,
    /// Conditions, all of which must hold.
    pub when: Vec<Test>,
    /// The text.
    pub comment: Option<Value>,
    /// The rating.
    pub score: Option<Value>,
    /// When.
    pub created_at: Option<Value>,
    /// The kind of feedback.
    pub data_type: Option<Value>,
    /// Where it came from.
    pub data_source: Option<Value>,
    /// Takes precedence over both.
    pub dataset_id: Option<Value>,
    /// Passed through.
    pub fields: Vec<AttributePlan>,
    /// What describes the person.
    pub user_meta: Vec<AttributePlan>,
    /// What describes the thing or the moment.
    pub segments: Vec<AttributePlan>,
    /// Columns not named.
    pub rest: Option<RestPlan>,
}

/// One condition.
#[derive(Debug)]
pub struct Test {
    /// What is looked at.
    pub value: Value,
    /// The values asked for, folded.
    pub values: HashSet<String>,
    /// Whether it must be none of them.
    pub negated: bool,
}

/// An attribute: a mapped one has a value, one of the rest a column.
#[derive(Debug)]
pub struct AttributePlan<V = Value> {
    /// Its key.
    pub key: Arc<str>,
    /// Its readable name.
    pub name: Arc<str>,
    /// What it holds.
    pub value: V,
}

impl ResponsePlan {
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        let own = [
            &self.comment,
            &self.score,
            &self.created_at,
            &self.data_type,
            &self.data_source,
            &self.dataset_id,
        ];
        let attributes = self
            .fields
            .iter()
            .chain(&self.user_meta)
            .chain(&self.segments);
        own.into_iter()
            .flatten()
            .chain(attributes.map(|attribute| &attribute.value))
    }

    pub(super) fn result<'a>(&'a self, row: &'a Row) -> Result<Option<Response<'a>>, Rejection> {
        let mut response = Response::default();
        let is_made = self.make(row, &mut response).map_err(|why| *why)?;
        Ok(is_made.then_some(response))
    }

    /// Makes the response of a row in the place of another, whatever that held; `false` where it is filtered.
    ///
    /// # Errors
    /// The response is rejected.
    pub fn make<'a>(
        &'a self,
        row: &'a Row,
        response: &mut Response<'a>,
    ) -> Result<bool, Box<Rejection>> {
        match self.fill(row, response) {
            Ok(()) => Ok(true),
            Err(Stop::Filter) => Ok(false),
            Err(Stop::Reject(rejection)) => Err(rejection),
        }
    }

    /// A rejection made of the response, with the columns of the row that it comes from.
    #[must_use]
    pub fn located(&self, why: Rejection, row: &Row) -> Rejection {
        let value = match &*why.field {
            "score" => &self.score,
            "data_type" => &self.data_type,
            "data_source" => &self.data_source,
            _ => &None,
        };
        let Some(value) = value else { return why };
        Rejection {
            message: format!("{}: {}", value.told_with(&why.message, row), why.message),
            ..why
        }
    }

    /// A filter that applies anywhere wins over a rejection: the row was not meant.
    fn fill<'a>(&'a self, row: &'a Row, response: &mut Response<'a>) -> Result<(), Stop> {
        if !self.is_wanted(row)? {
            return Err(Stop::Filter);
        }
        let mut making = Making {
            row,
            rejected: None,
        };
        response.name = Cow::Borrowed(&self.name);
        making.text(self.comment.as_ref(), &mut response.comment)?;
        response.score = making.number(self.score.as_ref())?;
        let is_empty = response.comment.is_none() && response.score.is_none();
        if is_empty && making.rejected.is_none() {
            return Err(Stop::Filter);
        }
        making.text(self.created_at.as_ref(), &mut response.created_at)?;
        making.text(self.data_type.as_ref(), &mut response.data_type)?;
        making.text(self.data_source.as_ref(), &mut response.data_source)?;
        response.dataset_id = making.value(self.dataset_id.as_ref())?.map(passed);
        response.fields.clear();
        for plan in &self.fields {
            if let Some(posted) = making.value(Some(&plan.value))? {
                let field = (Cow::Borrowed(&*plan.key), passed(posted));
                response.fields.push(field);
            }
        }
        making.attributes(&self.user_meta, &mut response.user_meta)?;
        making.attributes(&self.segments, &mut response.segments)?;
        if let Some(rest) = &self.rest {
            making.rest(rest, response);
        }
        match making.rejected {
            Some(rejection) => Err(Stop::Reject(rejection)),
            None => Ok(()),
        }
    }

    fn is_wanted(&self, row: &Row) -> Result<bool, Stop> {
        let reject = |fault: Fault| fault.stop("when");
        if let Some(guard) = &self.guard {
            let nulls = self
                .comment
                .as_ref()
                .or(self.score.as_ref())
                .map(|value| &value.nulls[..]);
            if guard
                .read(row, nulls.unwrap_or_default(), ", ")
                .map_err(reject)?
                .is_none()
            {
                return Ok(false);
            }
        }
        for test in &self.when {
            let item = test.value.item(row).map_err(reject)?;
            let text = item.as_ref().map(Item::text).unwrap_or_default();
            let shortest = || item.as_ref().and_then(Item::shortest);
            let is_in = test.values.contains(&*text)
                || test.values.contains(&*lookup::folded(&text))
                || shortest().is_some_and(|text| test.values.contains(&*text));
            if is_in == test.negated {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A response in the making: the first rejection is kept while the rest is looked at for filters.
struct Making<'a> {
    row: &'a Row,
    rejected: Option<Box<Rejection>>,
}

impl<'a> Making<'a> {
    fn value(&mut self, value: Option<&'a Value>) -> Result<Option<Posted<'a>>, Stop> {
        match value.map(|value| value.evaluate(self.row)) {
            None => Ok(None),
            Some(Err(Stop::Reject(rejection))) => {
                self.rejected.get_or_insert(rejection);
                Ok(None)
            }
            Some(result) => result,
        }
    }

    /// A value that is posted as a text, written in the place of another: moving texts about costs more than finding them.
    fn text(
        &mut self,
        value: Option<&'a Value>,
        into: &mut Option<Cow<'a, str>>,
    ) -> Result<(), Stop> {
        let Some(value) = value else {
            *into = None;
            return Ok(());
        };
        if let Some(text) = value.plain_text(self.row) {
            *into = Some(Cow::Borrowed(text));
            return Ok(());
        }
        if let Some(Cow::Owned(before)) = into
            && value.plain_date(self.row, before)
        {
            return Ok(());
        }
        *into = self.value(Some(value))?.map(text);
        Ok(())
    }

    fn number(&mut self, value: Option<&'a Value>) -> Result<Option<Number>, Stop> {
        if let Some(whole) = value.and_then(|value| value.plain_whole(self.row)) {
            return Ok(Some(Number::Whole(whole)));
        }
        match self.value(value)? {
            Some(Posted::Number(number)) => Ok(Some(number)),
            _ => Ok(None),
        }
    }

    fn attributes(
        &mut self,
        plans: &'a [AttributePlan],
        into: &mut Vec<Attribute<'a>>,
    ) -> Result<(), Stop> {
        let mut count = 0;
        for plan in plans {
            if let Some(text) = plan.value.plain_text(self.row) {
                next(into, count, plan).value = AttributeValue::Text(Cow::Borrowed(text));
            } else if let Some(posted) = self.value(Some(&plan.value))? {
                next(into, count, plan).value = described(posted);
            } else {
                continue;
            }
            count += 1;
        }
        into.truncate(count);
        Ok(())
    }

    fn rest(&mut self, rest: &'a RestPlan, response: &mut Response<'a>) {
        let into = if rest.segments {
            &mut response.segments
        } else {
            &mut response.user_meta
        };
        if let Err(rejection) = rest.add(self.row, into) {
            self.rejected.get_or_insert(Box::new(rejection));
        }
    }
}

/// The attribute of a number, as yet without its value. It is written over that of the response before, field by field: one
/// that is made elsewhere and moved here is waited for.
#[inline]
fn next<'i, 'a>(
    into: &'i mut Vec<Attribute<'a>>,
    number: usize,
    plan: &'a AttributePlan,
) -> &'i mut Attribute<'a> {
    if number == into.len() {
        into.push(Attribute::default());
    }
    let attribute = &mut into[number];
    attribute.key = Cow::Borrowed(&plan.key);
    attribute.name = Cow::Borrowed(&plan.name);
    attribute
}

fn text(posted: Posted<'_>) -> Cow<'_, str> {
    match posted {
        Posted::Text(text) | Posted::Date(text) => text,
        Posted::Number(number) => Cow::Owned(number.to_string()),
        Posted::Bool(value) => Cow::Borrowed(word(value)),
    }
}

fn word(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// As an attribute, whose type the API knows as text, number or date.
fn described(posted: Posted<'_>) -> AttributeValue<'_> {
    match posted {
        Posted::Text(text) => AttributeValue::Text(text),
        Posted::Number(number) => AttributeValue::Number(number),
        Posted::Date(date) => AttributeValue::Date(date),
        Posted::Bool(value) => AttributeValue::Text(Cow::Borrowed(word(value))),
    }
}

/// As a field of the body, which is passed through.
fn passed(posted: Posted<'_>) -> AttributeValue<'_> {
    match posted {
        Posted::Bool(value) => AttributeValue::Bool(value),
        other => described(other),
    }
}
