//! Bodies as the API has them.
//!
//! Source: the vendor's API page, "the body of a response": `{"response": {…}}`, attributes as maps from a
//! snake_case key to `{type, name, value}`. Empty fields are left out.
//!
//! Written without a tree or a serializer in between: every row of every import comes through here.

use crate::identity::Token;
use crate::record::{Attribute, AttributeValue, Number, Response};

/// The readable name under which a token is shown in Chattermill.
const TOKEN_NAME: &str = "Chatterload key";

/// The body of a POST or PUT: one response, with its token as an attribute of the person where `token` names one.
///
/// # Errors
/// None in practice: every value is text, a finite number or a truth value.
pub fn body(response: &Response<'_>, token: Option<(&str, Token)>) -> serde_json::Result<Vec<u8>> {
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
    response: &Response<'_>,
    token: Option<(&str, Token)>,
) -> serde_json::Result<()> {
    bytes.extend_from_slice(b"{\"response\":{");
    write_text(bytes, "comment", response.comment.as_deref());
    if let Some(score) = response.score {
        write_own_key(bytes, "score");
        write_number(bytes, score)?;
    }
    write_text(bytes, "created_at", response.created_at.as_deref());
    write_text(bytes, "data_type", response.data_type.as_deref());
    write_text(bytes, "data_source", response.data_source.as_deref());
    if let Some(dataset) = &response.dataset_id {
        write_own_key(bytes, "dataset_id");
        write_value(bytes, dataset)?;
    }
    for (key, value) in &response.fields {
        write_key(bytes, key);
        write_value(bytes, value)?;
    }
    write_attributes(bytes, "user_meta", &response.user_meta, token)?;
    write_attributes(bytes, "segments", &response.segments, None)?;
    bytes.extend_from_slice(b"}}");
    Ok(())
}

fn write_text(out: &mut Vec<u8>, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        write_own_key(out, key);
        write_string(out, value);
    }
}

/// A field's key, after a comma unless it is the first of its object.
fn write_key(out: &mut Vec<u8>, key: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    write_string(out, key);
    out.push(b':');
}

/// Likewise, for one that stands here and needs no escape.
fn write_own_key(out: &mut Vec<u8>, key: &str) {
    out.extend_from_slice(if out.last() == Some(&b'{') {
        b"\""
    } else {
        b",\""
    });
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

fn write_attributes(
    out: &mut Vec<u8>,
    section: &str,
    attributes: &[Attribute<'_>],
    token: Option<(&str, Token)>,
) -> serde_json::Result<()> {
    if attributes.is_empty() && token.is_none() {
        return Ok(());
    }
    write_own_key(out, section);
    out.push(b'{');
    for attribute in attributes {
        let kind = match &attribute.value {
            AttributeValue::Text(_) | AttributeValue::Bool(_) => "text",
            AttributeValue::Number(_) => "number",
            AttributeValue::Date(_) => "date",
        };
        write_entry(out, &attribute.key, kind, &attribute.name);
        write_value(out, &attribute.value)?;
        out.push(b'}');
    }
    if let Some((key, token)) = token {
        write_entry(out, key, "text", TOKEN_NAME);
        out.push(b'"');
        out.extend_from_slice(&token.characters());
        out.extend_from_slice(b"\"}");
    }
    out.push(b'}');
    Ok(())
}

/// An attribute up to its value.
fn write_entry(out: &mut Vec<u8>, key: &str, kind: &str, name: &str) {
    write_key(out, key);
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"name\":");
    write_string(out, name);
    out.extend_from_slice(b",\"value\":");
}

/// A value without its type.
fn write_value(out: &mut Vec<u8>, value: &AttributeValue<'_>) -> serde_json::Result<()> {
    match value {
        AttributeValue::Text(text) | AttributeValue::Date(text) => write_string(out, text),
        AttributeValue::Number(number) => return write_number(out, *number),
        AttributeValue::Bool(true) => out.extend_from_slice(b"true"),
        AttributeValue::Bool(false) => out.extend_from_slice(b"false"),
    }
    Ok(())
}

fn write_number(out: &mut Vec<u8>, number: Number) -> serde_json::Result<()> {
    // A whole number prints the same everywhere; a score is one of a digit or two.
    if let Number::Whole(digit @ 0..=9) = number {
        out.push(b'0' + digit.unsigned_abs().to_le_bytes()[0]);
        return Ok(());
    }
    serde_json::to_writer(out, &number)
}

/// A string of JSON: RFC 8259 asks for escapes of quotes, backslashes and control characters, and of nothing else.
fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut left = text.as_bytes();
    loop {
        let (plain, rest) = left.split_at(plain_length(left));
        out.extend_from_slice(plain);
        let Some((special, after)) = rest.split_first() else {
            break;
        };
        write_escape(out, *special);
        left = after;
    }
    out.push(b'"');
}

/// How many bytes there are before one that needs an escape.
fn plain_length(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let is_plain = |word: &&[u8; 8]| !has_special(u64::from_le_bytes(**word));
    let whole = 8 * words.iter().take_while(is_plain).count();
    let left = &bytes[whole..];
    let is_special = |byte: &u8| matches!(byte, 0..0x20 | b'"' | b'\\');
    whole + left.iter().position(is_special).unwrap_or(left.len())
}

/// Whether one of eight bytes needs an escape. A byte's high bit is set where subtracting borrows from it and it had none.
fn has_special(word: u64) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | is(b'"') | is(b'\\')) & HIGH != 0
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&digits);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::identity::Id;

    const TOKEN: Token = Token(Id([0; 16]));

    fn response() -> Response<'static> {
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
        let body = body(&response(), Some(("chatterload_key", TOKEN))).unwrap();
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

    fn tree(value: &AttributeValue<'_>) -> (&'static str, Value) {
        match value {
            AttributeValue::Text(text) => ("text", json!(text)),
            AttributeValue::Number(number) => ("number", json!(number)),
            AttributeValue::Date(text) => ("date", json!(text)),
            AttributeValue::Bool(value) => ("text", json!(value)),
        }
    }

    /// The body as serde_json writes it.
    fn expected(response: &Response<'_>, token: Option<&str>) -> String {
        let mut fields = Map::new();
        let mut text = |key: &str, value: &Option<std::borrow::Cow<'_, str>>| {
            fields.extend(value.as_ref().map(|value| (key.to_owned(), json!(value))));
        };
        text("comment", &response.comment);
        fields.extend(
            response
                .score
                .map(|score| ("score".to_owned(), json!(score))),
        );
        for (key, value) in &response.fields {
            fields.insert(key.to_string(), tree(value).1);
        }
        let section = |attributes: &[Attribute<'_>], token: Option<&str>| {
            let mut section = Map::new();
            for attribute in attributes {
                let (kind, value) = tree(&attribute.value);
                let entry = json!({"type": kind, "name": attribute.name, "value": value});
                section.insert(attribute.key.to_string(), entry);
            }
            if let Some(key) = token {
                let entry = json!({"type": "text", "name": TOKEN_NAME, "value": TOKEN.to_string()});
                section.insert(key.to_owned(), entry);
            }
            (!section.is_empty()).then(|| Value::from(section))
        };
        let meta = section(&response.user_meta, token);
        fields.extend(meta.map(|meta| ("user_meta".to_owned(), meta)));
        let segments = section(&response.segments, None);
        fields.extend(segments.map(|segments| ("segments".to_owned(), segments)));
        json!({"response": fields}).to_string()
    }

    fn value() -> impl Strategy<Value = AttributeValue<'static>> {
        prop_oneof![
            any::<String>().prop_map(|text| AttributeValue::Text(text.into())),
            any::<i64>().prop_map(|number| AttributeValue::Number(Number::Whole(number))),
            (-1e9..1e9).prop_map(|number| AttributeValue::Number(Number::Fraction(number))),
            "[0-9TZ:-]{0,25}".prop_map(|date| AttributeValue::Date(date.into())),
            any::<bool>().prop_map(AttributeValue::Bool),
        ]
    }

    fn attributes(keys: &'static [&'static str]) -> impl Strategy<Value = Vec<Attribute<'static>>> {
        prop::collection::vec((any::<String>(), value()), 0..=keys.len()).prop_map(|values| {
            let named = keys.iter().zip(values);
            let attribute = |(key, (name, value)): (&&'static str, (String, _))| Attribute {
                key: (*key).into(),
                name: name.into(),
                value,
            };
            named.map(attribute).collect()
        })
    }

    proptest! {
        #[test]
        fn a_body_is_what_a_serializer_writes(
            comment in prop::option::of("[ -~\"\\\\\n\r\t\u{0}-\u{1f}é€😀]{0,70}"),
            score in prop::option::of(-3..12i64),
            field in prop::option::of(value()),
            user_meta in attributes(&["a", "b_c"]),
            segments in attributes(&["d", "e", "f"]),
        ) {
            let response = Response {
                comment: comment.map(Into::into),
                score: score.map(Number::Whole),
                created_at: None,
                data_type: None,
                data_source: None,
                fields: field.map(|value| ("more".into(), value)).into_iter().collect(),
                user_meta,
                segments,
                ..response()
            };
            let written = |token| String::from_utf8(body(&response, token).unwrap()).unwrap();
            prop_assert_eq!(written(None), expected(&response, None));
            prop_assert_eq!(written(Some(("k", TOKEN))), expected(&response, Some("k")));
        }
    }
}
