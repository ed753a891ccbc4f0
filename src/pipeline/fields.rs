//! The fields of a response as bytes: equal for two responses where their bodies are, and quicker to write.

use crate::record::{Attribute, AttributeValue, Number, Response};

/// Writes the fields behind one another. Each says how long it is, so that none can be taken for another.
pub fn write(out: &mut Vec<u8>, response: &Response<'_>) {
    write_text(out, response.comment.as_deref());
    match response.score {
        Some(score) => write_number(out, score),
        None => out.push(ABSENT),
    }
    write_text(out, response.created_at.as_deref());
    write_text(out, response.data_type.as_deref());
    write_text(out, response.data_source.as_deref());
    match &response.dataset_id {
        Some(id) => write_value(out, id),
        None => out.push(ABSENT),
    }
    write_count(out, response.fields.len());
    for (key, value) in &response.fields {
        write_text(out, Some(key));
        write_value(out, value);
    }
    write_attributes(out, &response.user_meta);
    write_attributes(out, &response.segments);
}

const ABSENT: u8 = 0;
const TEXT: u8 = 1;
const WHOLE: u8 = 2;
const FRACTION: u8 = 3;
const BOOL: u8 = 4;
const DATE: u8 = 5;

fn write_text(out: &mut Vec<u8>, text: Option<&str>) {
    let Some(text) = text else {
        out.push(ABSENT);
        return;
    };
    match u8::try_from(text.len()) {
        Ok(length) if length < u8::MAX => out.extend_from_slice(&[TEXT, length]),
        _ => {
            out.push(TEXT);
            write_count(out, text.len());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

fn write_count(out: &mut Vec<u8>, count: usize) {
    // Nearly all fit into a byte.
    match u8::try_from(count) {
        Ok(count) if count < u8::MAX => out.push(count),
        _ => {
            out.push(u8::MAX);
            out.extend_from_slice(&count.to_le_bytes());
        }
    }
}

fn write_number(out: &mut Vec<u8>, number: Number) {
    // A body has `9` of the one and `9.0` of the other.
    let (kind, bits) = match number {
        Number::Whole(value) => (WHOLE, value.to_le_bytes()),
        Number::Fraction(value) => (FRACTION, value.to_le_bytes()),
    };
    out.push(kind);
    out.extend_from_slice(&bits);
}

/// A value as a field of the body has it, where a date is a text like others.
fn write_value(out: &mut Vec<u8>, value: &AttributeValue<'_>) {
    match value {
        AttributeValue::Text(text) | AttributeValue::Date(text) => write_text(out, Some(text)),
        AttributeValue::Number(number) => write_number(out, *number),
        AttributeValue::Bool(value) => out.extend_from_slice(&[BOOL, u8::from(*value)]),
    }
}

fn write_attributes(out: &mut Vec<u8>, attributes: &[Attribute<'_>]) {
    write_count(out, attributes.len());
    for attribute in attributes {
        write_text(out, Some(&attribute.key));
        write_text(out, Some(&attribute.name));
        if let AttributeValue::Date(_) = attribute.value {
            out.push(DATE);
        }
        write_value(out, &attribute.value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::wire;

    fn value() -> impl Strategy<Value = AttributeValue<'static>> {
        let text = || prop::sample::select(vec!["", "a", "9", "true", "\u{1}"]);
        prop_oneof![
            text().prop_map(|text| AttributeValue::Text(text.into())),
            text().prop_map(|text| AttributeValue::Date(text.into())),
            (0i64..2).prop_map(|number| AttributeValue::Number(Number::Whole(number))),
            (0i8..2).prop_map(|number| AttributeValue::Number(Number::Fraction(f64::from(number)))),
            any::<bool>().prop_map(AttributeValue::Bool),
        ]
    }

    fn attributes() -> impl Strategy<Value = Vec<Attribute<'static>>> {
        let attribute = ("[ab]?", "[ab]?", value()).prop_map(|(key, name, value)| Attribute {
            key: key.into(),
            name: name.into(),
            value,
        });
        prop::collection::vec(attribute, 0..2)
    }

    prop_compose! {
        fn response()(
            comment in prop::option::of("[ab]?"),
            score in prop::option::of(0i64..2),
            dataset_id in prop::option::of(value()),
            fields in prop::collection::vec(("[ab]", value()), 0..2),
            user_meta in attributes(),
            segments in attributes(),
        ) -> Response<'static> {
            Response {
                name: "main".into(),
                comment: comment.map(Into::into),
                score: score.map(Number::Whole),
                created_at: None,
                data_type: None,
                data_source: Some("a".into()),
                dataset_id,
                fields: fields.into_iter().map(|(key, value)| (key.into(), value)).collect(),
                user_meta,
                segments,
            }
        }
    }

    /// A response that differs from another in one field, or in none.
    fn alike() -> impl Strategy<Value = (Response<'static>, Response<'static>)> {
        (response(), response(), 0..7).prop_map(|(one, other, which)| {
            let mut changed = one.clone();
            match which {
                0 => changed.comment = other.comment,
                1 => changed.score = other.score,
                2 => changed.dataset_id = other.dataset_id,
                3 => changed.fields = other.fields,
                4 => changed.user_meta = other.user_meta,
                5 => changed.segments = other.segments,
                _ => std::mem::swap(&mut changed.user_meta, &mut changed.segments),
            }
            (one, changed)
        })
    }

    proptest! {
        #[test]
        fn fields_are_equal_where_bodies_are((one, other) in alike()) {
            let fields = |response: &Response<'_>| {
                let mut out = Vec::new();
                write(&mut out, response);
                out
            };
            let bodies_are_equal = wire::body(&one, None).unwrap() == wire::body(&other, None).unwrap();
            prop_assert_eq!(fields(&one) == fields(&other), bodies_are_equal);
        }
    }
}
