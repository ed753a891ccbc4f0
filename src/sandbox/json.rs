//! JSON that borrows from the body it was read from: a POST is checked without copying its text.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::record::Number;

/// A JSON value; maps keep their order, and keys that repeat.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Map(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// The value of a map's key.
    pub(super) fn get(&self, key: &str) -> Option<&Json<'a>> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find_map(|(known, value)| (known == key).then_some(value)),
            _ => None,
        }
    }

    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether there is nothing in it: null, blank text, or a list or map without entries.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Bool(_) | Self::Number(_) => false,
        }
    }

    /// The first key of a map that stands in it twice.
    pub(super) fn repeated_key(&self) -> Option<&str> {
        let Self::Map(entries) = self else {
            return None;
        };
        let mut seen = HashSet::with_capacity(entries.len());
        entries
            .iter()
            .map(|(key, _)| key.as_ref())
            .find(|key| !seen.insert(*key))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson)
    }
}

/// The only key of what serde_json hands over in the place of a number, its digits below it.
const NUMBER: &str = "$serde_json::private::Number";

fn number<'a, E: serde::de::Error>(digits: &str) -> Result<Json<'a>, E> {
    let whole = digits.parse().ok().map(Number::Whole);
    let fraction = || digits.parse::<f64>().ok().filter(|value| value.is_finite());
    whole
        .or_else(|| fraction().map(Number::Fraction))
        .map(Json::Number)
        .ok_or_else(|| E::custom("a number that is out of range"))
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(Number::Whole(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(
            i64::try_from(value).map_or(Number::Fraction(value as f64), Number::Whole),
        ))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(Number::Fraction(value)))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let mut map = Vec::with_capacity(8);
        while let Some(key) = entries.next_key::<Json<'de>>()? {
            let Json::Text(key) = key else {
                return Err(serde::de::Error::custom("a key that is no text"));
            };
            if key == NUMBER && map.is_empty() {
                return number(&entries.next_value::<String>()?);
            }
            map.push((key, entries.next_value()?));
        }
        Ok(Json::Map(map))
    }
}
