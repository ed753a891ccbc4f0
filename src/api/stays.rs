//! What a response holds beside what an update brought: an update adds and replaces, and takes nothing away.

use serde_json::Value;

use super::canonical::{bare, text_of};
use crate::identity::Token;

/// Fields that one version of a row may fill and the next leave empty. Others are the mapping's, or the API's own.
const FIELDS: [&str; 2] = ["comment", "score"];

/// Likewise, entry by entry.
const ATTRIBUTES: [&str; 2] = ["user_meta", "segments"];

/// The keys, such as `comment` and `user_meta.city`, of what the answer to a PUT holds beside what was sent; never a value,
/// nor the attribute that carries the token, whatever it was called. None where the answer does not give the response.
pub fn stays(body: &[u8], answer: &[u8], token: Token) -> Vec<String> {
    let read = |json| serde_json::from_slice::<Value>(json).ok();
    let (Some(body), Some(answer)) = (read(body), read(answer)) else {
        return Vec::new();
    };
    let (sent, kept) = (bare(&body), bare(&answer));
    if kept.get("id").is_none() {
        return Vec::new();
    }
    let mut stay = Vec::new();
    for key in FIELDS {
        if kept.get(key).is_some_and(is_there) && sent.get(key).is_none() {
            stay.push(key.to_owned());
        }
    }
    let token = token.to_string();
    for of in ATTRIBUTES {
        let entries = kept.get(of).and_then(Value::as_object);
        for (key, entry) in entries.into_iter().flatten() {
            let was_sent = sent.get(of).is_some_and(|sent| sent.get(key).is_some());
            let is_token = text_of(entry).is_some_and(|text| text.eq_ignore_ascii_case(&token));
            if !was_sent && !is_token && is_there(entry.get("value").unwrap_or(entry)) {
                stay.push(named(of, key));
            }
        }
    }
    stay
}

/// An attribute's name. A key that does not look like one may be anything, content too: it is not told.
fn named(of: &str, key: &str) -> String {
    let is_plain = |each: char| each.is_alphanumeric() || matches!(each, '_' | '-' | '.');
    if key.len() <= 64 && key.chars().all(is_plain) {
        format!("{of}.{key}")
    } else {
        of.to_owned()
    }
}

/// What is null or empty is as good as not there.
fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::identity::Id;

    fn stay(sent: &Value, answer: &Value) -> Vec<String> {
        let body = serde_json::to_vec(&json!({ "response": sent })).unwrap();
        stays(
            &body,
            &serde_json::to_vec(answer).unwrap(),
            Token(Id([3; 16])),
        )
    }

    #[test]
    fn what_was_not_sent_and_is_there_is_named_by_its_key() {
        let sent = json!({"score": 9, "user_meta": {"plan": {"type": "text", "name": "Plan", "value": "pro"}}});
        let kept = json!({
            "id": 7, "score": 9, "comment": "secret words",
            "user_meta": {
                "plan": {"value": "pro"}, "city": {"type": "text", "name": "City", "value": "Rome"},
                "bare": "text", "what the person said": {"value": 1}
            },
            "segments": {"shop": {"value": 0}}
        });
        let expected = [
            "comment",
            "user_meta.city",
            "user_meta.bare",
            "user_meta",
            "segments.shop",
        ];
        assert_eq!(stay(&sent, &json!({"response": kept})), expected);
        assert_eq!(stay(&sent, &kept), expected);
        assert_eq!(
            stay(&json!({"comment": "x"}), &json!({"id": 7, "score": 0})),
            ["score"]
        );
    }

    #[test]
    fn what_the_api_adds_the_token_and_what_is_empty_do_not_count() {
        let sent = json!({"score": 9});
        let token = Token(Id([3; 16])).to_string();
        let kept = json!({
            "id": 7, "score": 9.0, "created_at": "2026-11-02T10:15:00Z", "updated_at": "2026-11-02T10:15:00Z",
            "data_type": "nps", "data_source": "typeform", "dataset_id": 4, "themes": ["delivery"], "processed": true,
            "comment": " ", "segments": {"shop": null, "wave": {"type": "text", "name": "Wave", "value": ""}},
            "user_meta": {"chatterload_key": {"value": token}, "renamed": token.to_uppercase()}
        });
        assert_eq!(stay(&sent, &json!({"response": kept})), [""; 0]);
    }

    #[test]
    fn an_answer_without_the_response_tells_nothing() {
        for answer in [
            json!({}),
            json!({"response": {"id": 7}}),
            json!({"comment": "updated", "status": "ok"}),
            json!([7]),
            json!({"id": 7, "user_meta": ["city"], "segments": "shop"}),
        ] {
            assert_eq!(stay(&json!({"score": 9}), &answer), [""; 0], "{answer}");
        }
        assert_eq!(stays(b"{}", b"", Token(Id([3; 16]))), [""; 0]);
        assert_eq!(stays(b"{}", b"<html>", Token(Id([3; 16]))), [""; 0]);
    }
}
