//! Each rule of the body, and the shape of its refusal.

use reqwest::Method;
use serde_json::{Value, json};

use super::super::json::Json;
use super::super::seed::PROJECTS;
use super::super::strict::{capitals, check, normalise, open};
use super::{Options, Probe, response};

/// A response with one field changed; null takes it away.
fn with(field: &str, value: Value) -> Value {
    let mut changed = response("k1");
    let fields = changed.as_object_mut().unwrap();
    if value.is_null() {
        fields.shift_remove(field);
    } else {
        fields.insert(field.to_owned(), value);
    }
    changed
}

/// What becomes of a response in a project.
fn judge_in(project: usize, response: &Value) -> Result<(), (u16, Value)> {
    let text = response.to_string();
    match check(&text, &PROJECTS[project], 1000) {
        Ok(_) => Ok(()),
        Err(refusal) => {
            let body = serde_json::from_str(&refusal.body()).unwrap();
            Err((refusal.status.as_u16(), body))
        }
    }
}

fn judge(response: &Value) -> Result<(), (u16, Value)> {
    judge_in(0, response)
}

fn score_error(text: &str) -> Result<(), (u16, Value)> {
    Err((422, json!({"errors": {"score": [text]}})))
}

fn status(response: &Value) -> u16 {
    judge(response).err().map_or(201, |(status, _)| status)
}

#[test]
fn a_whole_response_passes() {
    assert_eq!(judge(&response("k1")), Ok(()));
    assert_eq!(judge(&with("approved", json!(true))), Ok(()));
    assert_eq!(judge(&with("comment", Value::Null)), Ok(()));
    assert_eq!(judge(&with("segments", Value::Null)), Ok(()));
}

#[test]
fn the_envelope_holds_one_response_and_nothing_else() {
    let refused = |body: &str| open(body.as_bytes()).unwrap_err();
    for body in [
        "{}",
        r#"{"comment":"x"}"#,
        r#"{"response":{},"x":1}"#,
        "[]",
        "7",
    ] {
        let refusal = refused(body);
        assert_eq!(refusal.status.as_u16(), 400, "{body}");
        assert!(
            refusal.body().starts_with(r#"{"message""#),
            "{}",
            refusal.body()
        );
    }
    for body in ["", "{", "\u{feff}{}", "score=4"] {
        assert_eq!(refused(body).body(), r#"{"error":"the body is not JSON"}"#);
    }
    assert!(check("[1]", &PROJECTS[0], 1000).is_err());
}

#[test]
fn nothing_is_sent_empty() {
    for empty in [json!(""), json!("  "), json!(null), json!({}), json!([])] {
        for field in ["comment", "data_type", "approved", "segments", "score"] {
            let mut blank = response("k1");
            blank[field] = empty.clone();
            let error = format!("'{field}' is empty: leave it out");
            assert_eq!(judge(&blank), Err((400, json!({ "error": error }))));
        }
    }
}

#[test]
fn scores_are_numbers_and_present_where_the_type_needs_one() {
    let missing = score_error("must be present and numeric");
    let whole = score_error("must be an integer between 0 and 10");
    assert_eq!(judge(&with("score", Value::Null)), missing);
    for score in [json!(11), json!(-1), json!(9.0), json!(7.5)] {
        assert_eq!(judge(&with("score", score)), whole);
    }
    assert_eq!(judge(&with("score", json!(0))), Ok(()));
    assert_eq!(
        judge(&with("score", json!("9"))),
        score_error("must be a number")
    );
    for data_type in ["csat", "review"] {
        let mut rated = with("data_type", json!(data_type));
        rated["data_source"] = json!("csv_upload");
        rated["score"] = json!(4.5);
        assert_eq!(judge(&rated), Ok(()));
        rated.as_object_mut().unwrap().shift_remove("score");
        assert_eq!(judge(&rated), missing);
    }
}

#[test]
fn a_response_needs_a_comment_or_a_score() {
    let mut bare = with("data_type", json!("comment"));
    bare.as_object_mut().unwrap().shift_remove("score");
    assert_eq!(judge(&bare), Ok(()));
    bare.as_object_mut().unwrap().shift_remove("comment");
    assert_eq!(
        judge(&bare),
        Err((422, json!({"errors": ["Comment or score must be present"]})))
    );
}

#[test]
fn type_and_source_are_known_and_go_together() {
    let list = |text: &str| Err((422, json!({ "errors": [text] })));
    assert_eq!(
        judge(&with("data_type", json!("NPS"))),
        list("Data type 'NPS' does not exist")
    );
    assert_eq!(
        judge(&with("data_source", json!("Typeform"))),
        list("Data source 'Typeform' does not exist")
    );
    assert_eq!(
        judge(&with("data_source", json!("google_play"))),
        Err((
            422,
            json!({"errors": {"data_source": ["google_play is not valid with nps"]}})
        ))
    );
    let (status, body) = judge(&with("data_type", Value::Null)).unwrap_err();
    assert_eq!(status, 400);
    assert!(body["message"].as_str().unwrap().contains("dataset_id"));
}

#[test]
fn a_type_without_a_key_is_posted_by_name() {
    let mut named = with("data_type", json!("Product feedback"));
    assert_eq!(judge_in(1, &named), Ok(()));
    named["data_source"] = json!("In-store kiosk");
    assert_eq!(judge_in(1, &named), Ok(()));
    named["data_type"] = json!("product_feedback");
    assert!(judge_in(1, &named).is_err());
}

#[test]
fn a_dataset_takes_precedence_over_type_and_source() {
    let mut response = with("dataset_id", json!(7));
    response["data_source"] = json!("google_play");
    response["score"] = json!(99);
    assert_eq!(judge(&response), Ok(()));
    assert_eq!(status(&with("dataset_id", json!(-1))), 422);
}

#[test]
fn created_at_is_rfc_3339_to_the_letter() {
    for good in [
        "2026-11-02T10:15:00Z",
        "2026-11-02T10:15:00.123+01:00",
        "2026-11-02T10:15:00-05:30",
    ] {
        assert_eq!(judge(&with("created_at", json!(good))), Ok(()), "{good}");
    }
    for bad in [
        "2026-11-02",
        "2026-11-02T10:15:00",
        "2026-11-02 10:15:00Z",
        "2026-13-02T10:15:00Z",
        "2026-11-02T10:15Z",
        "02/11/2026",
        "2026-11-02T10:15:00Z[UTC]",
        "é026-11-02T10:15:00Z",
    ] {
        let (status, body) = judge(&with("created_at", json!(bad))).unwrap_err();
        assert_eq!(status, 400, "{bad}");
        assert!(body["message"].is_string());
    }
    assert_eq!(status(&with("created_at", json!(1_762_078_500))), 400);
}

#[test]
fn attributes_are_type_name_and_value() {
    let entry = |key: &str, entry: Value| with("segments", json!({ key: entry }));
    let good = |kind: &str, value: Value| json!({"type": kind, "name": "N", "value": value});
    for (kind, value) in [
        ("text", json!("x")),
        ("number", json!(4.5)),
        ("date", json!("2026-11-02")),
        ("date", json!("2026-11-02T10:15:00Z")),
    ] {
        assert_eq!(judge(&entry("key_1", good(kind, value))), Ok(()));
    }
    for (kind, value) in [
        ("text", json!(1)),
        ("number", json!("1")),
        ("date", json!("02/11/2026")),
        ("boolean", json!(true)),
        ("text", json!("")),
        ("text", json!(null)),
    ] {
        let (status, body) = judge(&entry("key", good(kind, value))).unwrap_err();
        assert_eq!(status, 422);
        assert!(body["errors"]["segments.key"][0].is_string(), "{body}");
    }
    for key in ["Country", "1st", "two words", "größe", "_x"] {
        assert_eq!(status(&entry(key, good("text", json!("x")))), 422, "{key}");
    }
    for shape in [
        json!("GB"),
        json!({"type": "text", "value": "GB"}),
        json!({"type": "text", "name": "N", "value": "GB", "more": 1}),
        json!({"type": "text", "name": 7, "value": "GB"}),
    ] {
        assert_eq!(status(&entry("country", shape)), 422);
    }
    assert_eq!(status(&with("user_meta", json!([1]))), 422);
}

#[test]
fn the_api_gives_ids_itself() {
    assert_eq!(status(&with("id", json!(1))), 422);
    assert_eq!(status(&with("updated_at", json!("2026-11-02"))), 422);
}

#[test]
fn no_key_stands_twice() {
    let twice = r#"{"score":1,"score":2}"#;
    assert!(check(twice, &PROJECTS[0], 1000).is_err());
    let json: Json<'_> = serde_json::from_str(r#"{"a":1,"b":2,"a":3}"#).unwrap();
    assert_eq!(json.repeated_key(), Some("a"));
}

#[test]
fn a_comment_has_a_largest_size() {
    assert_eq!(status(&with("comment", json!("x".repeat(1000)))), 201);
    assert_eq!(status(&with("comment", json!("é".repeat(501)))), 413);
}

#[test]
fn normalising_changes_the_spelling_and_not_the_meaning() {
    let kept = normalise(r#"{"comment":" x ","score":9,"created_at":"2026-11-02T10:15:00+01:00"}"#);
    assert_eq!(
        kept,
        r#"{"comment":"x","score":9.0,"created_at":"2026-11-02T09:15:00.000Z"}"#
    );
}

#[test]
fn capitals_are_for_comments_only() {
    let kept = capitals(r#"{"comment":"Späte Post","data_type":"nps","score":9}"#);
    assert_eq!(
        kept,
        r#"{"comment":"SPÄTE POST","data_type":"nps","score":9}"#
    );
    assert_eq!(capitals(r#"{"score":9}"#), r#"{"score":9}"#);
}

#[tokio::test]
async fn refusals_reach_the_client_and_the_log_and_create_nothing() {
    let probe = Probe::start(Options::default()).await;
    let reply = probe.post(&with("score", json!(11))).await;
    assert_eq!(reply.status, 422);
    assert_eq!(
        reply.json()["errors"]["score"][0],
        "must be an integer between 0 and 10"
    );
    let huge = "x".repeat(2_000_000);
    assert_eq!(probe.post(&with("comment", json!(huge))).await.status, 413);
    let form = probe
        .send(Method::POST, "acme/responses", "response=1")
        .await;
    assert_eq!(form.status, 400);
    assert_eq!(probe.count(), 0);
    assert_eq!(probe.state().log().refusals.len(), 3);
}
