//! Bodies as the API has them.
//!
//! Source: the vendor's API page, "the body of a response": `{"response": {…}}`, attributes as maps from a
//! snake_case key to `{type, name, value}`. Empty fields are left out.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::identity::Token;
use crate::record::{Attribute, AttributeValue, Response};

/// The readable name under which a token is shown in Chattermill.
const TOKEN_NAME: &str = "Chatterload key";

/// The body of a POST or PUT: one response, with its token as an attribute of the person where `token` names one.
///
/// # Errors
/// None in practice: every value is text, a finite number or a truth value.
pub fn body(response: &Response, token: Option<(&str, Token)>) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(512);
    write(&mut bytes, response, token)?;
    Ok(bytes)
}

/// The same at the end of a buffer.
///
/// # Errors
/// As [`body`].
pub fn write(
    bytes: &mut Vec<u8>,
    response: &Response,
    token: Option<(&str, Token)>,
) -> serde_json::Result<()> {
    serde_json::to_writer(bytes, &Envelope { response, token })
}

struct Envelope<'a> {
    response: &'a Response,
    token: Option<(&'a str, Token)>,
}

impl Serialize for Envelope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(
            "response",
            &Fields {
                response: self.response,
                token: self.token,
            },
        )?;
        map.end()
    }
}

struct Fields<'a> {
    response: &'a Response,
    token: Option<(&'a str, Token)>,
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let response = self.response;
        let mut map = serializer.serialize_map(None)?;
        let texts = [
            ("comment", &response.comment),
            ("created_at", &response.created_at),
            ("data_type", &response.data_type),
            ("data_source", &response.data_source),
        ];
        for (key, value) in texts {
            if let Some(value) = value {
                map.serialize_entry(key, value)?;
            }
            if key == "comment"
                && let Some(score) = response.score
            {
                map.serialize_entry("score", &score)?;
            }
        }
        if let Some(dataset) = &response.dataset_id {
            map.serialize_entry("dataset_id", &Plain(dataset))?;
        }
        for (key, value) in &response.fields {
            map.serialize_entry(key.as_ref(), &Plain(value))?;
        }
        if !response.user_meta.is_empty() || self.token.is_some() {
            let meta = Attributes {
                attributes: &response.user_meta,
                token: self.token,
            };
            map.serialize_entry("user_meta", &meta)?;
        }
        if !response.segments.is_empty() {
            let segments = Attributes {
                attributes: &response.segments,
                token: None,
            };
            map.serialize_entry("segments", &segments)?;
        }
        map.end()
    }
}

/// A value without its type.
struct Plain<'a>(&'a AttributeValue);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            AttributeValue::Text(text) | AttributeValue::Date(text) => {
                serializer.serialize_str(text)
            }
            AttributeValue::Number(number) => number.serialize(serializer),
            AttributeValue::Bool(value) => serializer.serialize_bool(*value),
        }
    }
}

struct Attributes<'a> {
    attributes: &'a [Attribute],
    token: Option<(&'a str, Token)>,
}

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for attribute in self.attributes {
            let entry = Entry {
                kind: kind(&attribute.value),
                name: &attribute.name,
                value: Plain(&attribute.value),
            };
            map.serialize_entry(attribute.key.as_ref(), &entry)?;
        }
        if let Some((key, token)) = self.token {
            let value = AttributeValue::Text(token.to_string());
            let entry = Entry {
                kind: "text",
                name: TOKEN_NAME,
                value: Plain(&value),
            };
            map.serialize_entry(key, &entry)?;
        }
        map.end()
    }
}

fn kind(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::Text(_) | AttributeValue::Bool(_) => "text",
        AttributeValue::Number(_) => "number",
        AttributeValue::Date(_) => "date",
    }
}

#[derive(serde::Serialize)]
struct Entry<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    value: Plain<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Id;
    use crate::record::Number;

    fn response() -> Response {
        Response {
            name: "main".into(),
            comment: Some("Nine days \"late\".".into()),
            score: Some(Number::Whole(9)),
            created_at: Some("2026-11-02T10:15:00Z".into()),
            data_type: Some("nps".into()),
            data_source: Some("typeform".into()),
            dataset_id: None,
            fields: vec![("approved".into(), AttributeValue::Bool(true))],
            user_meta: vec![Attribute {
                key: "customer_id".into(),
                name: "Customer ID".into(),
                value: AttributeValue::Text("00123".into()),
            }],
            segments: vec![Attribute {
                key: "basket".into(),
                name: "Basket".into(),
                value: AttributeValue::Number(Number::Fraction(12.5)),
            }],
        }
    }

    #[test]
    fn a_body_has_the_shape_of_the_page() {
        let body = body(&response(), Some(("chatterload_key", Token(Id([0; 16]))))).unwrap();
        insta::assert_snapshot!(String::from_utf8(body).unwrap(), @r#"{"response":{"comment":"Nine days \"late\".","score":9,"created_at":"2026-11-02T10:15:00Z","data_type":"nps","data_source":"typeform","approved":true,"user_meta":{"customer_id":{"type":"text","name":"Customer ID","value":"00123"},"chatterload_key":{"type":"text","name":"Chatterload key","value":"kaaaaaaaaaaaaaaaaaaaaaaaaaa"}},"segments":{"basket":{"type":"number","name":"Basket","value":12.5}}}}"#);
    }

    #[test]
    fn missing_fields_are_left_out() {
        let mut bare = response();
        bare.comment = None;
        bare.user_meta.clear();
        bare.segments.clear();
        bare.fields.clear();
        bare.created_at = None;
        insta::assert_snapshot!(
            String::from_utf8(body(&bare, None).unwrap()).unwrap(),
            @r#"{"response":{"score":9,"data_type":"nps","data_source":"typeform"}}"#
        );
    }
}
