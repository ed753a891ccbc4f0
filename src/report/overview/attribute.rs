//! What one attribute holds over all responses.

use std::sync::Arc;

use jiff::Timestamp;

use super::dates::instant;
use super::distinct::{Distinct, Hashes, Room};
use crate::inspect::is_flag;
use crate::inspect::personal::is_personal;
use crate::outcome::quote;
use crate::record::{Attribute, AttributeValue, Number};

/// A longer value is somebody's text, and is not shown.
const LONG: usize = 120;

/// Which map of the body an attribute stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What describes the person.
    UserMeta,
    /// What describes the thing or the moment.
    Segments,
}

impl Section {
    /// Its name in the body.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserMeta => "user_meta",
            Self::Segments => "segments",
        }
    }
}

/// Why the values of an attribute are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// They are about a person: an e-mail address, a name, a telephone number.
    Personal,
    /// Somebody wrote them.
    FreeText,
}

/// The least and the greatest of what was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Span<T, S> {
    least: (T, S),
    greatest: (T, S),
}

impl<T: PartialOrd + Copy, S: Clone> Span<T, S> {
    /// Widens it, where there is one, to hold a value.
    pub fn widen(span: &mut Option<Self>, value: T, shown: impl Fn() -> S) {
        match span {
            None => {
                let one = (value, shown());
                *span = Some(Self {
                    least: one.clone(),
                    greatest: one,
                });
            }
            Some(span) if value < span.least.0 => span.least = (value, shown()),
            Some(span) if value > span.greatest.0 => span.greatest = (value, shown()),
            Some(_) => {}
        }
    }

    /// Takes in what came after.
    pub fn absorb(span: &mut Option<Self>, later: Option<Self>) {
        let (Some(known), Some(more)) = (&mut *span, &later) else {
            *span = span.take().or(later);
            return;
        };
        if more.least.0 < known.least.0 {
            known.least = more.least.clone();
        }
        if more.greatest.0 > known.greatest.0 {
            known.greatest = more.greatest.clone();
        }
    }

    /// From and to, as they are shown.
    pub fn ends(&self) -> (&S, &S) {
        (&self.least.1, &self.greatest.1)
    }
}

/// One attribute over all responses.
#[derive(Debug)]
pub struct Tally {
    /// Where it stands.
    pub section: Section,
    /// Its key.
    pub key: Arc<str>,
    /// Its readable name.
    pub name: Arc<str>,
    /// `text`, `number` or `date`, as its first value has it.
    pub kind: &'static str,
    /// Whether its key or its name say that it is about a person.
    personal: bool,
    /// So many responses have it.
    pub count: u64,
    /// Its values.
    pub distinct: Distinct,
    /// Why they are not shown.
    pub hidden: Option<Hidden>,
    /// Least and greatest number.
    pub numbers: Option<Span<f64, Number>>,
    /// First and last date.
    pub dates: Option<Span<Timestamp, String>>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(section: Section, attribute: &Attribute<'_>) -> Self {
        let (key, name) = (&attribute.key, &attribute.name);
        let personal = is_personal(name) || is_personal(key);
        Self {
            section,
            key: Arc::from(&**key),
            name: Arc::from(&**name),
            kind: match attribute.value {
                AttributeValue::Text(_) | AttributeValue::Bool(_) => "text",
                AttributeValue::Number(_) => "number",
                AttributeValue::Date(_) => "date",
            },
            personal,
            count: 0,
            distinct: Distinct::default(),
            hidden: None,
            numbers: None,
            dates: None,
        }
    }

    /// The same attribute, nothing counted yet.
    pub fn another(&self) -> Self {
        Self {
            section: self.section,
            key: Arc::clone(&self.key),
            name: Arc::clone(&self.name),
            kind: self.kind,
            personal: self.personal,
            count: 0,
            distinct: Distinct::default(),
            hidden: None,
            numbers: None,
            dates: None,
        }
    }

    /// Counts a value.
    pub fn see(&mut self, value: &AttributeValue<'_>, hashes: Hashes, room: &mut Room) {
        self.count += 1;
        // Whether somebody may be called is no number to call: what is ticked or not is shown.
        if self.personal && self.hidden.is_none() && !is_ticked(value) {
            self.hidden = Some(Hidden::Personal);
        }
        match value {
            AttributeValue::Text(text) => {
                let hash = hashes.of(text.as_bytes());
                if self.distinct.again(hash) {
                    return;
                }
                if self.hidden.is_none() {
                    self.hidden = about(text);
                }
                let hidden = self.hidden.is_some();
                self.distinct.count(hash, room, || {
                    if hidden {
                        Box::default()
                    } else {
                        quote(text).into()
                    }
                });
            }
            AttributeValue::Date(text) => {
                let hash = hashes.of(text.as_bytes());
                if self.distinct.again(hash) {
                    return;
                }
                if let Some(at) = instant(text) {
                    Span::widen(&mut self.dates, at, || text.to_string());
                }
                let shown = || Box::from(&**text);
                self.distinct.count(hash, room, shown);
            }
            AttributeValue::Number(number) => {
                let value = number.as_f64();
                Span::widen(&mut self.numbers, value, || *number);
                let shown = || number.to_string().into();
                let hash = hashes.of(&value.to_bits().to_le_bytes());
                self.distinct.count(hash, room, shown);
            }
            AttributeValue::Bool(value) => {
                let shown = || value.to_string().into();
                let hash = hashes.of(&[u8::from(*value)]);
                self.distinct.count(hash, room, shown);
            }
        }
    }

    /// Takes in what came after.
    pub fn absorb(&mut self, later: Self, room: &mut Room) {
        self.count += later.count;
        self.hidden = self.hidden.or(later.hidden);
        self.distinct.absorb(later.distinct, room);
        Span::absorb(&mut self.numbers, later.numbers);
        Span::absorb(&mut self.dates, later.dates);
    }

    /// Up to so many values that came most often, where they may be shown; of many different ones, those that came
    /// more than once, and of more than are counted, those that are one in a thousand.
    pub fn frequent(&self, most: usize) -> Vec<(&str, u64)> {
        if self.hidden.is_some() {
            return Vec::new();
        }
        let (number, more) = self.distinct.number();
        let few = number <= most && !more;
        // Where most are different, the few that repeat say nothing, and may be somebody's.
        if !few && !more && number as u64 * 2 > self.count {
            return Vec::new();
        }
        self.distinct
            .frequent()
            .into_iter()
            .filter(|(_, count)| few || (*count > 1 && (!more || *count * 1_000 >= self.count)))
            .take(most)
            .collect()
    }
}

/// Whether a value says no more than yes or no.
fn is_ticked(value: &AttributeValue<'_>) -> bool {
    match value {
        AttributeValue::Text(text) => is_flag(text),
        AttributeValue::Number(number) => [0.0, 1.0].contains(&number.as_f64()),
        AttributeValue::Bool(_) => true,
        AttributeValue::Date(_) => false,
    }
}

/// What a value gives away of the attribute.
fn about(text: &str) -> Option<Hidden> {
    if text.len() > LONG {
        return Some(Hidden::FreeText);
    }
    let (_, domain) = text.split_once('@')?;
    domain.contains('.').then_some(Hidden::Personal)
}
