//! Paths into JSON records: `a.b`, `a[0].b`, `custom_fields[id=360].value`, and JSON Pointers (`/a/b`).

use std::borrow::Cow;

use serde_json::Value;

use super::item::Item;
use crate::read::Member;
use crate::record::{Decimal, Number};

/// A parsed path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// A field. `rest` is the path from here to its end as it was written: a field with a point in its name.
    Field { name: String, rest: Option<String> },
    /// An element of a list, from 0.
    Index(usize),
    /// The elements of a list whose field has this text.
    Select { field: String, text: String },
    /// One step of a JSON Pointer: a field of an object or an index of a list.
    Pointer(String),
}

impl Path {
    /// Parses a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(pointer) = text.strip_prefix('/') {
            let steps = pointer
                .split('/')
                .map(|part| Step::Pointer(part.replace("~1", "/").replace("~0", "~")))
                .collect();
            return Ok(Self { steps });
        }
        let mut steps = Vec::new();
        let mut left = text;
        while !left.is_empty() {
            if let Some(inner) = left.strip_prefix('[') {
                let (selector, after) = inner
                    .split_once(']')
                    .ok_or_else(|| format!("`{text}` lacks a closing bracket"))?;
                steps.push(Self::selector(selector, text)?);
                left = after.strip_prefix('.').unwrap_or(after);
            } else {
                let end = left.find(['.', '[']).unwrap_or(left.len());
                if end == 0 {
                    return Err(format!("`{text}` has an empty step"));
                }
                steps.push(Step::Field {
                    name: left[..end].to_owned(),
                    rest: (end < left.len()).then(|| left.to_owned()),
                });
                left = left[end..].strip_prefix('.').unwrap_or(&left[end..]);
            }
        }
        Ok(Self { steps })
    }

    fn selector(selector: &str, whole: &str) -> Result<Step, String> {
        if let Some((field, text)) = selector.split_once('=') {
            return Ok(Step::Select {
                field: field.trim().to_owned(),
                text: text.trim().trim_matches(['"', '\'']).to_owned(),
            });
        }
        selector
            .trim()
            .parse()
            .map(Step::Index)
            .map_err(|_| format!("`{whole}`: expected an index from 0 or `id=360` in the brackets"))
    }

    /// The record's field that the path begins with, if it begins with one.
    pub fn first_field(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Field { name, .. } | Step::Pointer(name)) => Some(name),
            _ => None,
        }
    }

    /// The members of objects that lead there; `None` where lists are on the way.
    pub fn members(&self) -> Option<Vec<Member>> {
        let members = self.steps.iter().map(|step| {
            let (name, rest) = match step {
                Step::Field { name, rest } => (name.clone(), rest.clone()),
                Step::Pointer(name) => (name.clone(), None),
                Step::Index(_) | Step::Select { .. } => return None,
            };
            Some(Member { name, rest })
        });
        members.collect()
    }

    /// What is there, lists of scalars joined.
    ///
    /// # Errors
    /// There is an object.
    pub fn read<'a>(&self, record: &'a Value, separator: &str) -> Result<Option<Item<'a>>, ()> {
        match self.plain(record) {
            Some(Value::Array(_)) | None => self.walked(record, separator),
            Some(value) => scalar(value),
        }
    }

    /// What is there, where fields of objects alone lead there.
    fn plain<'a>(&self, record: &'a Value) -> Option<&'a Value> {
        let mut value = record;
        for step in &self.steps {
            let (Step::Field { name, rest }, Value::Object(fields)) = (step, value) else {
                return None;
            };
            if let Some(value) = rest.as_ref().and_then(|rest| fields.get(rest)) {
                return Some(value);
            }
            value = fields.get(name)?;
        }
        Some(value)
    }

    fn walked<'a>(&self, record: &'a Value, separator: &str) -> Result<Option<Item<'a>>, ()> {
        let mut found = Vec::new();
        walk(record, &self.steps, &mut found);
        let mut scalars = Vec::new();
        for value in found {
            match value {
                Value::Array(items) => scalars.extend(items),
                value => scalars.push(value),
            }
        }
        let mut items = Vec::with_capacity(scalars.len());
        for value in scalars {
            items.extend(scalar(value)?);
        }
        Ok(match items.len() {
            0 => None,
            1 => items.pop(),
            _ => {
                let texts: Vec<Cow<'_, str>> = items.into_iter().map(Item::into_text).collect();
                Some(Item::Text(Cow::Owned(texts.join(separator))))
            }
        })
    }

    /// Whether the path leads anywhere in this record, be it to `null`.
    pub fn is_in(&self, record: &Value) -> bool {
        let mut found = Vec::new();
        walk(record, &self.steps, &mut found);
        !found.is_empty()
    }
}

fn walk<'a>(value: &'a Value, steps: &[Step], found: &mut Vec<&'a Value>) {
    let Some((step, later)) = steps.split_first() else {
        found.push(value);
        return;
    };
    match (step, value) {
        (Step::Field { name, rest }, Value::Object(fields)) => {
            if let Some(value) = rest.as_ref().and_then(|rest| fields.get(rest)) {
                found.push(value);
            } else if let Some(value) = fields.get(name) {
                walk(value, later, found);
            }
        }
        // A field of a list is that field of each of its elements.
        (Step::Field { .. }, Value::Array(items)) => {
            for item in items {
                walk(item, steps, found);
            }
        }
        (Step::Index(index), Value::Array(items)) => {
            if let Some(value) = items.get(*index) {
                walk(value, later, found);
            }
        }
        (Step::Select { field, text }, Value::Array(items)) => {
            for item in items {
                if item.get(field).is_some_and(|value| has_text(value, text)) {
                    walk(item, later, found);
                }
            }
        }
        (Step::Pointer(name), Value::Object(fields)) => {
            if let Some(value) = fields.get(name) {
                walk(value, later, found);
            }
        }
        (Step::Pointer(name), Value::Array(items)) => {
            if let Some(value) = name.parse().ok().and_then(|index: usize| items.get(index)) {
                walk(value, later, found);
            }
        }
        _ => {}
    }
}

fn has_text(value: &Value, text: &str) -> bool {
    matches!(scalar(value), Ok(Some(item)) if item.text() == text)
}

/// A scalar as an item; `None` for null.
///
/// # Errors
/// It is a list or an object.
pub fn scalar(value: &Value) -> Result<Option<Item<'_>>, ()> {
    Ok(match value {
        Value::Null => None,
        Value::String(text) => Some(Item::Text(Cow::Borrowed(text))),
        Value::Bool(value) => Some(Item::Text(Cow::Borrowed(if *value {
            "true"
        } else {
            "false"
        }))),
        Value::Number(number) => Some(match whole(number) {
            Some(whole) => Item::Number(Number::Whole(whole)),
            None => Item::Written(number.as_str()),
        }),
        Value::Array(_) | Value::Object(_) => return Err(()),
    })
}

/// A whole number, be it written `9.0` or `9e0`.
fn whole(number: &serde_json::Number) -> Option<i64> {
    let whole = number.as_i64();
    whole.or_else(|| Decimal::of(number.as_str())?.whole())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let record = json!({
            "id": 7, "big": 18_446_744_073_709_551_615_u64, "a": {"b": [1, "x", null]}, "a.c": "with a point",
            "v": {"x.y": 1.5}, "ok": true,
            "custom_fields": [{"id": 350, "value": "no"}, {"id": 360, "value": "yes"}],
            "people": [{"name": "Ann"}, {"name": "Bo"}],
        });
        let table = [
            ("id", Some("7")),
            ("big", Some("18446744073709551615")),
            ("a.b", Some("1, x")),
            ("a.b[1]", Some("x")),
            ("a.c", Some("with a point")),
            ("v.x.y", Some("1.5")),
            ("/a/b/0", Some("1")),
            ("/a.c", Some("with a point")),
            ("custom_fields[id=360].value", Some("yes")),
            ("people.name", Some("Ann, Bo")),
            ("ok", Some("true")),
            ("nothing.here", None),
        ];
        for (path, expected) in table {
            let parsed = Path::parse(path).unwrap();
            let read = parsed.read(&record, ", ").unwrap();
            assert_eq!(parsed.walked(&record, ", ").unwrap(), read, "{path}");
            assert_eq!(
                read.map(|item| item.text().into_owned()).as_deref(),
                expected,
                "{path}"
            );
        }
        assert!(Path::parse("a").unwrap().read(&record, ", ").is_err());
        assert!(Path::parse("a[x]").is_err());
    }

    #[test]
    fn numbers_keep_all_their_digits() {
        let table = [
            ("9", "9"),
            ("9.0", "9"),
            ("1e3", "1000"),
            ("-0", "0"),
            ("1.10", "1.10"),
            ("4.5", "4.5"),
            ("1e400", "1e+400"),
            ("1.5e-3", "1.5e-3"),
            ("9223372036854775807", "9223372036854775807"),
            ("18446744073709551616", "18446744073709551616"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("9007199254740993.0", "9007199254740993"),
            ("123456789012345678.9", "123456789012345678.9"),
        ];
        for (written, expected) in table {
            let value: Value = serde_json::from_str(written).unwrap();
            assert_eq!(scalar(&value).unwrap().unwrap().text(), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_path_makes_a_panic(path: String) {
            if let Ok(path) = Path::parse(&path) {
                let _ = path.read(&json!({"a": {"b": 1}}), ", ");
            }
        }
    }
}
