//! A JSON object by its fields, each as it is written: nothing below them is built, so it costs little to look at one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of an object, in their order.
#[derive(Debug)]
pub struct Outline<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'a> Outline<'a> {
    /// That of the response in a body or an answer: the object below `response`, or the whole. `None` where it is no
    /// object, or one that only a parser of its own reads rightly: a key is escaped, or comes twice.
    pub fn of_response(json: &'a [u8]) -> Option<Self> {
        let whole: Self = serde_json::from_slice(json).ok()?;
        let whole = whole.without_repeats()?;
        match whole.get("response") {
            Some(response) => serde_json::from_str::<Self>(response)
                .ok()?
                .without_repeats(),
            None => Some(whole),
        }
    }

    /// A field as it is written.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// All fields as they are written.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().map(|(key, value)| (*key, value.get()))
    }

    fn without_repeats(self) -> Option<Self> {
        let mut keys: Vec<&str> = self.0.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.is_sorted_by(|one, next| one < next).then_some(self)
    }
}

impl<'de> Deserialize<'de> for Outline<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Outline<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Outline(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Option<Vec<(&str, &str)>> {
        Some(Outline::of_response(json.as_bytes())?.iter().collect())
    }

    #[test]
    fn fields_are_given_as_they_are_written() {
        let inner = r#"{"id":17, "score" : 9.0,"list":[1, {"a":null}],"text":"\u00e9"}"#;
        let expected = vec![
            ("id", "17"),
            ("score", "9.0"),
            ("list", r#"[1, {"a":null}]"#),
            ("text", r#""\u00e9""#),
        ];
        assert_eq!(fields(inner), Some(expected.clone()));
        let enveloped = format!(r#"{{"errors":[],"response":{inner}}}"#);
        assert_eq!(fields(&enveloped), Some(expected));
    }

    #[test]
    fn what_is_not_plainly_an_object_has_no_outline() {
        for json in [
            "",
            "<html>",
            "[]",
            "17",
            r#"{"response":null}"#,
            r#"{"response":[1]}"#,
            r#"{"id":1,"id":2}"#,
            r#"{"\u0069d":1}"#,
            r#"{"id":1} x"#,
        ] {
            assert_eq!(fields(json), None, "{json}");
        }
    }
}
