use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::api::wire;
use crate::identity::Id;
use crate::record::{Attribute, AttributeValue, Number, Response};

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
    given["response"]["user_meta"]["our_key"] = json!({"type": "text", "value": token.to_string()});
    assert!(is_payload(&given, token, payload));
    given["response"]["score"] = json!(8);
    assert!(!is_payload(&given, token, payload));
}

/// The API merges an update into what is there, and its answer tells the whole.
#[test]
fn the_echo_of_an_update_holds_what_stays_of_an_earlier_version() {
    let mut merged = sent();
    merged["response"]["id"] = json!(7);
    merged["response"]["segments"]["shop"] = json!({"value": "Kiel"});
    merged["response"]["dataset_id"] = json!(42);
    let echo = kept_hash(&body(), &serde_json::to_vec(&merged).unwrap()).unwrap();
    assert!(is_as_sent(&merged, echo));
    merged["response"]["segments"]["shop"] = json!({"value": "Rome"});
    assert!(!is_as_sent(&merged, echo));
}

#[test]
fn what_stays_is_left_out_where_no_answer_told_it() {
    let echo = echo_hash(&body(), b"").unwrap();
    let mut kept = sent();
    kept["response"]["themes"] = json!(["delivery"]);
    kept["response"]["segments"]["shop"] = json!({"value": "Kiel"});
    kept["response"]["user_meta"]["city"] = json!({"value": "Rome"});
    assert!(!is_as_sent(&kept, echo));
    assert!(is_as_sent_or_more(&kept, echo));
    for (pointer, value) in [
        ("/response/score", json!(8)),
        ("/response/comment", json!(null)),
        ("/response/user_meta/customer_id/value", json!("123")),
        ("/response/segments", json!(null)),
    ] {
        let mut changed = kept.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert!(!is_as_sent_or_more(&changed, echo), "{pointer}");
    }
    // The row has no comment and no attribute any more.
    let bare = br#"{"response": {"score": 9, "data_type": "nps"}}"#;
    let echo = echo_hash(bare, b"").unwrap();
    let kept = json!({
        "id": 7, "comment": "Late", "score": 9, "data_type": "nps", "segments": {"shop": {"value": "Kiel"}}
    });
    assert!(is_as_sent_or_more(&kept, echo));
}

#[test]
fn an_answer_gives_the_response_or_its_id_only() {
    for (answer, gives) in [
        (r#"{"response":{"id":7,"score":9}}"#, true),
        (r#"{"id":7,"comment":"x"}"#, true),
        (r#"{"response":{"id":7}}"#, false),
        (r#"{"score":9}"#, false),
        ("<html>", false),
        ("", false),
    ] {
        assert_eq!(gives_response(answer.as_bytes()), gives, "{answer}");
    }
}

#[test]
fn an_answer_that_keeps_what_was_sent_is_told_at_a_glance() {
    let body = body();
    let mut kept = sent();
    kept["response"]["id"] = json!(7);
    kept["response"]["updated_at"] = json!("2026-11-23T10:00:00Z");
    kept["response"]["dataset_id"] = json!(null);
    kept["response"]["themes"] = json!(["delivery"]);
    let answers = [
        &br#"{"response":{"id":7}}"#[..],
        br#"{"id":"7"}"#,
        &serde_json::to_vec(&kept).unwrap(),
    ];
    for answer in answers {
        assert_eq!(kept_hash(&body, answer), None);
        assert_eq!(echo_hash(&body, answer), echo_hash(&body, b""));
    }
    for answer in [&b"<html>"[..], b"", b"[7]"] {
        assert_eq!(kept_hash(&body, answer), echo_hash(&body, b""));
    }
    kept["response"]["comment"] = json!("Cut");
    let answer = serde_json::to_vec(&kept).unwrap();
    assert_eq!(kept_hash(&body, &answer), echo_hash(&body, &answer));
    assert!(kept_hash(&body, &answer).is_some());
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        "[a-zé\\u{308}\r\n ]{0,12}",
        Just("2026-11-02T11:15:00.250+01:00".to_owned()),
        Just("2026-11-02".to_owned()),
    ]
}

fn attribute_value() -> impl Strategy<Value = AttributeValue<'static>> {
    prop_oneof![
        text().prop_map(|text| AttributeValue::Text(text.into())),
        text().prop_map(|text| AttributeValue::Date(text.into())),
        any::<bool>().prop_map(AttributeValue::Bool),
        any::<i64>().prop_map(|whole| AttributeValue::Number(Number::Whole(whole))),
        any::<f64>().prop_map(|float| AttributeValue::Number(Number::Fraction(float))),
        (-999i32..999).prop_map(|float| AttributeValue::Number(Number::Fraction(f64::from(float)))),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<Attribute<'static>>> {
    let attribute = ("[ab]{1,2}", attribute_value()).prop_map(|(key, value)| Attribute {
        key: key.into(),
        name: "N".into(),
        value,
    });
    prop::collection::vec(attribute, 0..4)
}

fn response() -> impl Strategy<Value = Response<'static>> {
    let key = prop_oneof![
        "[ab]{1,2}",
        prop::sample::select(vec!["id", "comment", "updated_at", "segments"])
            .prop_map(str::to_owned)
    ];
    let fields = prop::collection::vec((key, attribute_value()), 0..4);
    let texts = prop::collection::vec(prop::option::of(text()), 4);
    let score = prop::option::of(any::<i64>());
    let dataset = prop::option::of(attribute_value());
    (texts, score, dataset, fields, attributes(), attributes()).prop_map(
        |(mut texts, score, dataset_id, fields, user_meta, segments)| Response {
            name: "main".into(),
            comment: texts.pop().flatten().map(Into::into),
            score: score.map(Number::Whole),
            created_at: texts.pop().flatten().map(Into::into),
            data_type: texts.pop().flatten().map(Into::into),
            data_source: texts.pop().flatten().map(Into::into),
            dataset_id,
            fields: fields
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
            user_meta,
            segments,
        },
    )
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
    fn what_is_sent_has_the_hash_of_its_body(response in response(), token in prop::option::of(("[ab]", any::<[u8; 16]>()))) {
        let token = token.as_ref().map(|(key, id)| (key.as_str(), Token(Id(*id))));
        let body = wire::body(&response, token).unwrap();
        prop_assert_eq!(Some(sent_hash(&response, token)), echo_hash(&body, b""));
    }

    #[test]
    fn what_is_kept_is_told_as_by_the_whole_answer(sent in value(), kept in value(), of in 0usize..4) {
        let of = ["comment", "dataset_id", "further", "id"][of];
        let body = json!({"response": {"comment": sent, "further": sent}});
        let body = serde_json::to_vec(&body).unwrap();
        let mut answer = json!({"response": {"id": 7, "comment": sent, "further": sent, "theirs": sent}});
        answer["response"][of] = kept;
        let answer = serde_json::to_vec(&answer).unwrap();
        let whole = echo_hash(&body, &answer).unwrap();
        let sent = echo_hash(&body, b"").unwrap();
        prop_assert_eq!(kept_hash(&body, &answer).unwrap_or(sent), whole);
    }

    #[test]
    fn a_response_is_as_sent_whatever_it_holds(value in value()) {
        let response = json!({"response": {"comment": value, "further": value}});
        let echo = echo_hash(&serde_json::to_vec(&response).unwrap(), b"").unwrap();
        prop_assert!(is_as_sent(&response, echo));
    }
}
