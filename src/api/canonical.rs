//! What a response holds, whichever way the API writes it: so that "as we sent it" can be told from a hash alone.
//!
//! # The canonical form, version 1
//! Durable: its hash stands in the ledger (`responses.echo`), and must be told from the same response years later.
//! - An instant (RFC 3339, or a date, which is its midnight in UTC) counts to the second, in UTC: an API may keep no
//!   fractions. A number counts by its value: `9`, `9.0` and `9e0` are one. Any other text counts in NFC, line breaks as
//!   `\n`, trimmed. What is null or empty (text, list, object) is not there.
//! - An attribute (an entry of `user_meta` or `segments`) counts by key and value: its type and readable name are the
//!   project's, not the response's. The token is an attribute like others.
//! - The order of keys does not count; that of a list does.
//! - `id` and `updated_at` are the server's and do not count.
//! - Fields are hashed one by one, length-prefixed, then all of them in the order of their keys behind `"canonical 1"`.
//!
//! Servers add fields of their own (themes, a sentiment), and the hash does not say which fields were sent. So
//! [`is_as_sent`] leaves out such further fields until the hash fits. The hash holds every field that was sent: it cannot
//! fit while one of them is missing or differs.

use std::collections::BTreeMap;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde_json::{Map, Number, Value};

use crate::identity::{Id, Token, payload_hash};

/// The fields that a response has by the API's page. Those further ones that a server adds are told by their absence here.
const FIELDS: [&str; 8] = [
    "comment",
    "score",
    "created_at",
    "data_type",
    "data_source",
    "dataset_id",
    "user_meta",
    "segments",
];

/// The server's own: a response has them, nobody sends them.
const SERVERS: [&str; 2] = ["id", "updated_at"];

/// Up to so many further fields are told from the server's, or all of them.
const FURTHER: usize = 3;

/// The hash of a response: the object below `response`, or bare.
pub fn canonical_hash(response: &Value) -> Id {
    hash_of(fields(response).values())
}

/// The hash of a response as the API keeps it: each field that was sent, as the answer echoes it, else as it was sent.
/// `body` is that of the request, `answer` that of its answer. `None` where the body is no JSON object.
pub fn echo_hash(body: &[u8], answer: &[u8]) -> Option<Id> {
    let body: Value = serde_json::from_slice(body).ok()?;
    bare(&body).as_object()?;
    let mut fields_sent = fields(&body);
    let answer: Option<Value> = serde_json::from_slice(answer).ok();
    if let Some(answer) = answer
        .as_ref()
        .filter(|answer| bare(answer).get("id").is_some())
    {
        let echoed = fields(answer);
        for (key, value) in echoed {
            // What the page lists stands in every later answer too, whoever filled it in.
            if FIELDS.contains(&key.as_str()) || fields_sent.contains_key(&key) {
                fields_sent.insert(key, value);
            }
        }
    }
    Some(hash_of(fields_sent.values()))
}

/// Whether a response, as the API gives it now, is what an [`echo_hash`] was taken of.
pub fn is_as_sent(response: &Value, echo: Id) -> bool {
    let fields = fields(response);
    let (known, further): (Vec<_>, Vec<_>) = fields
        .iter()
        .partition(|(key, _)| FIELDS.contains(&key.as_str()));
    let known: Vec<(&String, &Id)> = known;
    let with = |chosen: &[usize]| {
        let mut all: BTreeMap<&String, &Id> = known.iter().copied().collect();
        all.extend(
            chosen
                .iter()
                .filter_map(|index| further.get(*index).copied()),
        );
        hash_of(all.into_values()) == echo
    };
    let everything: Vec<usize> = (0..further.len()).collect();
    with(&everything) || chosen_fits(further.len(), &mut Vec::new(), &with)
}

/// Tries every choice of at most [`FURTHER`] of `count` fields.
fn chosen_fits(count: usize, chosen: &mut Vec<usize>, fits: &impl Fn(&[usize]) -> bool) -> bool {
    if fits(chosen) {
        return true;
    }
    if chosen.len() == FURTHER {
        return false;
    }
    for next in chosen.last().map_or(0, |last| last + 1)..count {
        chosen.push(next);
        if chosen_fits(count, chosen, fits) {
            return true;
        }
        chosen.pop();
    }
    false
}

/// Whether a response is, to the letter, the body that a payload hash was taken of: for want of an echo. An API that
/// writes values its own way is not told from somebody's change here.
pub fn is_payload(response: &Value, token: Token, payload: Id) -> bool {
    let Some(given) = bare(response).as_object() else {
        return false;
    };
    let token = token.to_string();
    [true, false].into_iter().any(|with_further| {
        let body = serde_json::json!({ "response": sent_fields(given, &token, with_further) });
        serde_json::to_vec(&body).is_ok_and(|body| payload_hash(&body) == payload)
    })
}

/// The fields in the order in which bodies are written, the token left out.
fn sent_fields(given: &Map<String, Value>, token: &str, with_further: bool) -> Map<String, Value> {
    let mut sent = Map::new();
    let mut take = |key: &str| {
        let Some(value) = given.get(key).filter(|value| !value.is_null()) else {
            return;
        };
        let mut value = value.clone();
        if key == "user_meta"
            && let Some(entries) = value.as_object_mut()
        {
            entries.retain(|_, entry| text_of(entry) != Some(token));
            if entries.is_empty() {
                return;
            }
        }
        sent.insert(key.to_owned(), value);
    };
    FIELDS[..6].iter().copied().for_each(&mut take);
    if with_further {
        let further =
            |key: &&String| !FIELDS.contains(&key.as_str()) && !SERVERS.contains(&key.as_str());
        given.keys().filter(further).for_each(|key| take(key));
    }
    FIELDS[6..].iter().copied().for_each(&mut take);
    sent
}

/// The text of an attribute: `{"value": …}` as the API's page has it, or the bare text.
pub fn text_of(entry: &Value) -> Option<&str> {
    entry.get("value").unwrap_or(entry).as_str()
}

/// The response of an answer that may or may not put it below `response`.
pub fn bare(answer: &Value) -> &Value {
    answer.get("response").unwrap_or(answer)
}

/// Each field that counts, with the hash of its key and value.
fn fields(response: &Value) -> BTreeMap<String, Id> {
    let mut hashes = BTreeMap::new();
    for (key, value) in bare(response).as_object().into_iter().flatten() {
        if SERVERS.contains(&key.as_str()) {
            continue;
        }
        let form = match (key.as_str(), value) {
            ("user_meta" | "segments", Value::Object(entries)) => attributes(entries),
            _ => form_of(value),
        };
        if let Some(form) = form {
            let mut bytes = Vec::with_capacity(form.len() + key.len() + 16);
            push(&mut bytes, key.as_bytes());
            push(&mut bytes, &form);
            hashes.insert(key.clone(), payload_hash(&bytes));
        }
    }
    hashes
}

fn hash_of<'a>(fields: impl Iterator<Item = &'a Id>) -> Id {
    let mut bytes = b"canonical 1".to_vec();
    fields.for_each(|field| bytes.extend(field.0));
    payload_hash(&bytes)
}

fn attributes(entries: &Map<String, Value>) -> Option<Vec<u8>> {
    object(
        entries
            .iter()
            .map(|(key, entry)| (key, entry.get("value").unwrap_or(entry))),
    )
}

/// The canonical bytes of a value; `None` where it is as good as not there.
fn form_of(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Null => None,
        Value::Bool(value) => Some(vec![b'b', u8::from(*value)]),
        Value::Number(number) => Some(format!("n{}", number_form(number)).into_bytes()),
        Value::String(text) => text_form(text),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => {
            let mut bytes = vec![b'a'];
            for item in items {
                push(&mut bytes, &form_of(item).unwrap_or_default());
            }
            Some(bytes)
        }
        Value::Object(entries) => object(entries.iter()),
    }
}

fn object<'a>(entries: impl Iterator<Item = (&'a String, &'a Value)>) -> Option<Vec<u8>> {
    let sorted: BTreeMap<&String, Vec<u8>> = entries
        .filter_map(|(key, value)| Some((key, form_of(value)?)))
        .collect();
    if sorted.is_empty() {
        return None;
    }
    let mut bytes = vec![b'o'];
    for (key, form) in sorted {
        push(&mut bytes, key.as_bytes());
        push(&mut bytes, &form);
    }
    Some(bytes)
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend((part.len() as u64).to_le_bytes());
    bytes.extend(part);
}

fn number_form(number: &Number) -> String {
    /// Up to here every whole number is a float of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(0.0) => "0".to_owned(),
        // Display of f64 never uses an exponent and prints whole numbers without a point.
        Some(float) if float.abs() < EXACT || number.is_f64() => format!("{float}"),
        _ => number.to_string(),
    }
}

fn text_form(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Some(second) = instant(text) {
        return Some(format!("i{second}").into_bytes());
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = ComposingNormalizerBorrowed::new_nfc().normalize(&text);
    Some(format!("s{text}").into_bytes())
}

/// The second of an instant or a date, since 1970.
fn instant(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let dated =
        bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[0].is_ascii_digit();
    if !dated {
        return None;
    }
    let at: jiff::Timestamp = match bytes.len() {
        10 => format!("{text}T00:00:00Z").parse().ok()?,
        20.. if matches!(bytes[10], b'T' | b't' | b' ') => text.parse().ok()?,
        _ => return None,
    };
    Some(at.as_nanosecond().div_euclid(1_000_000_000)).and_then(|second| i64::try_from(second).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::identity::Id;

    fn sent() -> Value {
        json!({"response": {
            "comment": "Sch\u{f6}n, but late.\nTwice.", "score": 9, "created_at": "2026-11-02T10:15:00Z",
            "data_type": "nps", "data_source": "typeform", "approved": true,
            "user_meta": {
                "customer_id": {"type": "text", "name": "Customer ID", "value": "00123"},
                "chatterload_key": {"type": "text", "name": "Chatterload key", "value": "kabc"}
            },
            "segments": {"basket": {"type": "number", "name": "Basket", "value": 12.5}}
        }})
    }

    fn body() -> Vec<u8> {
        serde_json::to_vec(&sent()).unwrap()
    }

    #[test]
    fn hashes_of_version_1_never_change() {
        assert_eq!(
            canonical_hash(&sent()).to_string(),
            "z4r477adw377hflmprq6shs6ym"
        );
    }

    #[test]
    fn the_same_content_written_otherwise_is_the_same() {
        let other = json!({
            "id": 77, "updated_at": "2026-11-23T10:00:00Z",
            "segments": {"basket": {"value": 12.50}},
            "user_meta": {
                "chatterload_key": "kabc",
                "customer_id": {"value": "00123", "type": "text", "name": "Customer"}
            },
            "data_source": "typeform", "data_type": "nps", "dataset_id": null,
            "created_at": "2026-11-02T11:15:00.250+01:00", "score": 9.0, "approved": true,
            "comment": " Scho\u{308}n, but late.\r\nTwice. "
        });
        assert_eq!(canonical_hash(&sent()), canonical_hash(&other));
        assert!(is_as_sent(&other, echo_hash(&body(), b"").unwrap()));
    }

    #[test]
    fn any_field_that_was_sent_counts() {
        let echo = echo_hash(&body(), b"").unwrap();
        assert!(is_as_sent(&sent(), echo));
        for (pointer, value) in [
            ("/response/comment", json!("Something else")),
            ("/response/comment", json!(null)),
            ("/response/score", json!(8)),
            ("/response/created_at", json!("2026-11-02T10:16:00Z")),
            ("/response/approved", json!(false)),
            ("/response/approved", json!(null)),
            ("/response/user_meta/customer_id/value", json!("123")),
            ("/response/user_meta/customer_id", json!(null)),
            (
                "/response/segments",
                json!({"basket": {"value": 12.5}, "shop": {"value": "Kiel"}}),
            ),
        ] {
            let mut changed = sent();
            *changed.pointer_mut(pointer).unwrap() = value.clone();
            assert!(!is_as_sent(&changed, echo), "{pointer} {value}");
        }
    }

    #[test]
    fn what_a_server_adds_does_not_count() {
        let echo = echo_hash(&body(), b"").unwrap();
        let mut given = sent();
        for number in 0..9 {
            given["response"][format!("server_{number}")] = json!([number, {"theme": "delivery"}]);
        }
        assert!(is_as_sent(&given, echo));
        given["response"]["approved"] = json!(false);
        assert!(!is_as_sent(&given, echo));
    }

    #[test]
    fn an_echo_says_how_the_api_keeps_it() {
        let mut kept = sent();
        kept["response"]["comment"] = json!("Cut");
        kept["response"]["id"] = json!(7);
        kept["response"]["processed"] = json!(false);
        kept["response"]["dataset_id"] = json!(42);
        let echo = echo_hash(&body(), &serde_json::to_vec(&kept).unwrap()).unwrap();
        let mut later = kept.clone();
        later["response"]["processed"] = json!(true);
        assert!(is_as_sent(&later, echo));
        assert!(!is_as_sent(&sent(), echo));
        // An answer that says no more than the id leaves what was sent.
        let bare = echo_hash(&body(), br#"{"response":{"id":7}}"#);
        assert_eq!(bare, echo_hash(&body(), b"<html>"));
        assert_eq!(echo_hash(b"<html>", b""), None);
    }

    #[test]
    fn a_body_kept_to_the_letter_is_known_by_its_payload() {
        let token = Token(Id([3; 16]));
        let mut without = sent();
        let meta = without["response"]["user_meta"].as_object_mut().unwrap();
        meta.shift_remove("chatterload_key");
        // In the order in which bodies are written.
        let mut fields = without["response"].as_object().unwrap().clone();
        let (approved, user_meta, segments) = (
            fields.shift_remove("approved"),
            fields.shift_remove("user_meta"),
            fields.shift_remove("segments"),
        );
        for (key, value) in [
            ("approved", approved),
            ("user_meta", user_meta),
            ("segments", segments),
        ] {
            fields.insert(key.into(), value.unwrap());
        }
        let payload = payload_hash(&serde_json::to_vec(&json!({ "response": fields })).unwrap());
        let mut given = json!({"response": {"id": 7}});
        given["response"].as_object_mut().unwrap().extend(fields);
        given["response"]["updated_at"] = json!("2026-11-23T10:00:00Z");
        given["response"]["user_meta"]["our_key"] =
            json!({"type": "text", "value": token.to_string()});
        assert!(is_payload(&given, token, payload));
        given["response"]["score"] = json!(8);
        assert!(!is_payload(&given, token, payload));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_value_makes_a_panic_and_order_does_not_count(value in value(), echo: [u8; 16]) {
            let _ = is_as_sent(&value, Id(echo));
            let _ = is_payload(&value, Token(Id(echo)), Id(echo));
            let mut turned = value.clone();
            if let Some(map) = turned.as_object_mut() {
                let mut entries: Vec<_> = std::mem::take(map).into_iter().collect();
                entries.reverse();
                map.extend(entries);
            }
            prop_assert_eq!(canonical_hash(&value), canonical_hash(&turned));
        }

        #[test]
        fn a_response_is_as_sent_whatever_it_holds(value in value()) {
            let response = json!({"response": {"comment": value, "further": value}});
            let echo = echo_hash(&serde_json::to_vec(&response).unwrap(), b"").unwrap();
            prop_assert!(is_as_sent(&response, echo));
        }
    }
}
