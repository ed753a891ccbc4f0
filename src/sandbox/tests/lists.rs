//! Filters, pages, and search with its lag and its whims.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::super::SearchMode;
use super::{Options, Probe, response};

const SEARCH: &str = "acme/responses/search";

/// A sandbox with three responses, 1001 to 1003, that search has long processed.
async fn three(search: SearchMode) -> Probe {
    let probe = Probe::start(Options {
        search,
        ..Options::default()
    })
    .await;
    let state = probe.state();
    state.insert("acme", &response("kaaa")).unwrap();
    let mut second = response("kAAAb");
    second["score"] = json!(9);
    second["created_at"] = json!("2026-11-05T23:30:00Z");
    second["data_source"] = json!("qualtrics");
    second["segments"]["country"]["value"] = json!("DE \"Süd\"");
    second.as_object_mut().unwrap().shift_remove("comment");
    state.insert("acme", &second).unwrap();
    let mut third = response("kccc");
    third["data_type"] = json!("csat");
    third["score"] = json!(4.5);
    third["user_meta"]["visits"] = json!({"type": "number", "name": "Visits", "value": 12});
    state.insert("acme", &third).unwrap();
    state.advance(Duration::from_mins(1));
    probe
}

#[tokio::test]
async fn every_filter_narrows() {
    let probe = three(SearchMode::Ok).await;
    let cases: [(&str, &[u64]); 22] = [
        ("", &[1003, 1002, 1001]),
        ("score_from=4.5", &[1003, 1002]),
        ("score_to=4", &[1001]),
        ("score_from=4&score_to=4.5", &[1003, 1001]),
        ("comment_present=false", &[1002]),
        ("comment_present=true", &[1003, 1001]),
        ("data_type=csat", &[1003]),
        ("data_source=qualtrics&data_type=nps", &[1002]),
        ("from=2026-11-05", &[1002]),
        ("to=2026-11-05", &[1003, 1002, 1001]),
        ("to=2026-11-02T10:15:00Z", &[1003, 1001]),
        ("updated_from=2100-01-01", &[]),
        ("updated_to=2100-01-01", &[1003, 1002, 1001]),
        ("response_id=1002", &[1002]),
        ("text_analytics_processed=false", &[]),
        ("theme_id=4", &[]),
        ("custom_segment_id=4", &[]),
        ("filter_property=country&filter_value=GB", &[1003, 1001]),
        (
            "filter_property=country&filter_value=DE%20%22S%C3%BCd%22",
            &[1002],
        ),
        ("filter_property=visits&filter_value=12", &[1003]),
        (
            "filter_property=data_source&filter_value=qualtrics",
            &[1002],
        ),
        (
            "user_meta_property=chatterload_key&user_meta_value=kaaa",
            &[1001],
        ),
    ];
    for (query, expected) in cases {
        for list in ["acme/responses", SEARCH] {
            let ids = probe.ids(&format!("{list}?{query}")).await;
            assert_eq!(ids, expected, "{list}?{query}");
        }
    }
}

#[tokio::test]
async fn a_parameter_that_makes_no_sense_is_refused() {
    let probe = three(SearchMode::Ok).await;
    for query in [
        "page=0",
        "per_page=101",
        "per_page=0",
        "page=x",
        "page=1&page=2",
        "usermeta_property=x",
        "user_meta_property=x",
        "filter_value=x",
        "score_from=four",
        "comment_present=1",
        "from=02/11/2026",
        "data_type=",
    ] {
        let reply = probe.get(&format!("{SEARCH}?{query}")).await;
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.json()["message"].is_string());
    }
}

#[tokio::test]
async fn pages_count_from_one_and_end_with_an_empty_one() {
    let probe = Probe::start(Options::default()).await;
    for number in 0..45 {
        let token = format!("k{number}");
        probe.state().insert("acme", &response(&token)).unwrap();
    }
    assert_eq!(probe.ids("acme/responses").await.len(), 20);
    let mut all = Vec::new();
    for page in 1..=4 {
        let path = format!("acme/responses?per_page=15&page={page}");
        let ids = probe.ids(&path).await;
        assert_eq!(ids.len(), if page < 4 { 15 } else { 0 });
        all.extend(ids);
    }
    let newest_first: Vec<u64> = (1001..=1045).rev().collect();
    assert_eq!(all, newest_first);
    assert_eq!(probe.ids("acme/responses?per_page=100").await.len(), 45);
}

#[tokio::test]
async fn search_lags_behind_the_list() {
    let probe = Probe::start(Options {
        search_lag: Duration::from_hours(1),
        list_lag: Duration::from_mins(1),
        ..Options::default()
    })
    .await;
    probe.post(&response("k1")).await;
    let by_token = format!("{SEARCH}?user_meta_property=chatterload_key&user_meta_value=k1");
    assert_eq!(probe.get("acme/responses/1001").await.status, 200);
    assert!(probe.ids("acme/responses").await.is_empty());
    probe.state().advance(Duration::from_mins(1));
    assert_eq!(probe.ids("acme/responses").await, [1001]);
    assert!(probe.ids(&by_token).await.is_empty());
    probe.state().advance(Duration::from_hours(1));
    assert_eq!(probe.ids(&by_token).await, [1001]);
}

#[tokio::test]
async fn search_takes_its_parameters_in_a_body_too() {
    let probe = three(SearchMode::Ok).await;
    let body = json!({"user_meta_property": "visits", "user_meta_value": 12, "page": 1});
    let reply = probe.send(Method::POST, SEARCH, &body.to_string()).await;
    assert_eq!(reply.json()["responses"][0]["id"], 1003);
    assert_eq!(probe.send(Method::POST, SEARCH, "[]").await.status, 400);
}

#[tokio::test]
async fn search_can_disappoint() {
    let by_token = format!("{SEARCH}?user_meta_property=chatterload_key&user_meta_value=kaaa");
    let loose = three(SearchMode::Substring).await;
    assert_eq!(loose.ids(&by_token).await, [1002, 1001]);
    let deaf = three(SearchMode::IgnoresFilter).await;
    assert_eq!(deaf.ids(&by_token).await, [1003, 1002, 1001]);
    let empty = three(SearchMode::Empty).await;
    assert!(empty.ids(&by_token).await.is_empty());
    let broken = three(SearchMode::Broken).await;
    assert_eq!(broken.get(&by_token).await.status, 500);
    assert_eq!(broken.ids("acme/responses").await.len(), 3);
}

#[tokio::test]
async fn both_of_a_double_are_found() {
    let probe = Probe::start(Options {
        search_lag: Duration::ZERO,
        ..Options::default()
    })
    .await;
    for _ in 0..2 {
        probe.post(&response("k1")).await;
    }
    let by_token = format!("{SEARCH}?user_meta_property=chatterload_key&user_meta_value=k1");
    assert_eq!(probe.ids(&by_token).await, [1002, 1001]);
    assert_eq!(
        probe.ids(&format!("{by_token}&per_page=1&page=2")).await,
        [1001]
    );
}
