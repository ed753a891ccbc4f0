//! The calls of the API's page, one by one.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::super::{Call, CreatedAnswer, Ids, Keeps};
use super::{Options, Probe, Sandbox, client, response};

#[tokio::test]
async fn a_bad_key_gets_401_and_is_not_told_more() {
    let probe = Probe::start(Options::default()).await;
    for key in [
        "Bearer wrong",
        "sandbox-key",
        "Bearer ",
        "Bearer sandbox-key2",
    ] {
        let response = client()
            .get(format!("{}/projects", probe.sandbox.url()))
            .header("Authorization", key)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(
            response.text().await.unwrap(),
            r#"{"error":"Unauthorized"}"#
        );
    }
    assert_eq!(probe.state().log().answered(Call::Get, 401), 4);
}

#[tokio::test]
async fn the_catalogue_lists_projects_types_and_sources() {
    let probe = Probe::start(Options::default()).await;
    let projects = probe.get("projects").await.json();
    assert_eq!(projects["projects"][0]["key"], "acme");
    assert_eq!(projects["projects"][1]["key"], "globex");
    let acme = probe.get("projects/1").await.json();
    assert_eq!(acme["project"]["name"], "Acme");
    assert_eq!(probe.get("projects/acme").await.json(), acme);
    let types = probe.get("globex/data_types").await.json();
    let unkeyed = &types["data_types"][3];
    assert_eq!(unkeyed["name"], "Product feedback");
    assert!(unkeyed.get("key").is_none());
    let sources = probe.get("acme/data_sources").await.json();
    assert_eq!(sources["data_sources"][0]["key"], "typeform");
}

#[tokio::test]
async fn what_does_not_exist_is_404_in_json() {
    let probe = Probe::start(Options::default()).await;
    for path in [
        "projects/9",
        "initech/data_types",
        "initech/responses",
        "acme/responses/1",
        "acme/responses/x",
        "acme/nothing",
    ] {
        let reply = probe.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.json()["error"].is_string());
    }
    let reply = probe.try_call(Method::PATCH, "acme/responses/1").await;
    assert_eq!(reply.unwrap().status, 405);
}

#[tokio::test]
async fn a_response_is_created_read_updated_and_erased() {
    let probe = Probe::start(Options::default()).await;
    let created = probe.post(&response("k1")).await;
    assert_eq!(created.status, 201);
    let created = created.json();
    let path = format!("acme/responses/{}", created["response"]["id"]);
    assert_eq!(created["response"]["score"], 4);
    assert_eq!(probe.get(&path).await.json(), created);

    let change = json!({
        "score": 9,
        "segments": {"plan": {"type": "text", "name": "Plan", "value": "Gold"}},
        "user_meta": {"chatterload_key": {"type": "text", "name": "Key", "value": "k2"}},
    });
    let updated = probe.put(&path, &change).await;
    assert_eq!(updated.status, 200);
    let updated = &updated.json()["response"];
    assert_eq!(updated["score"], 9);
    assert_eq!(updated["comment"], "Delivery took nine days.");
    assert_eq!(updated["segments"]["country"]["value"], "GB");
    assert_eq!(updated["segments"]["plan"]["value"], "Gold");
    assert_eq!(updated["user_meta"]["chatterload_key"]["value"], "k2");
    probe.state().advance(Duration::from_secs(1));
    let search = "acme/responses/search?user_meta_property=chatterload_key&user_meta_value=";
    assert_eq!(probe.ids(&format!("{search}k2")).await.len(), 1);
    assert!(probe.ids(&format!("{search}k1")).await.is_empty());

    let gone = probe.try_call(Method::DELETE, &path).await.unwrap();
    assert_eq!(gone.status, 200);
    assert_eq!(probe.get(&path).await.status, 404);
    assert_eq!(probe.put(&path, &change).await.status, 404);
    let again = probe.try_call(Method::DELETE, &path).await.unwrap();
    assert_eq!(again.status, 404);
    assert_eq!(probe.count(), 0);
}

#[tokio::test]
async fn an_update_must_leave_a_response_that_would_be_accepted() {
    let probe = Probe::start(Options::default()).await;
    probe.post(&response("k1")).await;
    for change in [
        json!({"score": 11}),
        json!({"score": null}),
        json!({"data_source": "google_play"}),
        json!({"segments": {"country": "GB"}}),
        json!({"id": 7}),
    ] {
        let status = probe.put("acme/responses/1001", &change).await.status;
        assert!(matches!(status, 400 | 422), "{change}");
    }
    assert_eq!(probe.state().responses("acme")[0]["score"], 4);
}

#[tokio::test]
async fn projects_do_not_see_each_others_responses() {
    let probe = Probe::start(Options::default()).await;
    probe.post(&response("k1")).await;
    assert_eq!(probe.get("globex/responses/1001").await.status, 404);
    assert!(probe.ids("globex/responses").await.is_empty());
    assert_eq!(probe.state().count("globex"), 0);
    assert_eq!(probe.state().count("initech"), 0);
}

#[tokio::test]
async fn answers_come_in_the_shapes_that_must_be_expected() {
    let plain = Probe::start(Options {
        created: CreatedAnswer::Status200,
        ids: Ids::Texts,
        keeps: Keeps::Normalised,
        ..Options::default()
    })
    .await;
    let reply = plain.post(&response("k1")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["response"]["id"], "r1001");
    assert_eq!(reply.json()["response"]["score"].to_string(), "4.0");
    assert_eq!(plain.get("acme/responses/r1001").await.status, 200);
    assert_eq!(plain.get("acme/responses/1001").await.status, 404);

    let bare = Probe::start(Options {
        created: CreatedAnswer::Bare,
        ..Options::default()
    })
    .await;
    let reply = bare.post(&response("k1")).await;
    assert_eq!((reply.status, &reply.json()["id"]), (201, &json!(1001)));
}

#[tokio::test]
async fn a_body_must_be_announced_as_json() {
    let probe = Probe::start(Options::default()).await;
    let response = client()
        .post(format!("{}/acme/responses", probe.sandbox.url()))
        .header("Authorization", "Bearer sandbox-key")
        .body(json!({"response": response("k1")}).to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 415);
    assert_eq!(probe.count(), 0);
}

#[tokio::test]
async fn the_state_counts_tokens_and_requests() {
    let probe = Probe::start(Options {
        record_begins: true,
        ..Options::default()
    })
    .await;
    for token in ["k1", "k2", "k1"] {
        probe.post(&response(token)).await;
    }
    let state = probe.state();
    assert_eq!(state.count_by_token("acme", "k1"), 2);
    assert_eq!(state.tokens("acme").len(), 2);
    assert_eq!(state.responses("acme")[2]["id"], 1003);
    let log = state.log();
    assert_eq!((log.posts(), log.begins.len()), (3, 3));
    assert_eq!(log.answered(Call::Post, 201), 3);
}

#[tokio::test]
async fn responses_can_be_put_in_by_hand_under_the_same_rules() {
    let probe = Probe::start(Options::default()).await;
    probe.state().insert("acme", &response("k1")).unwrap();
    assert_eq!(probe.count(), 1);
    let refused = probe.state().insert("acme", &json!({})).unwrap_err();
    assert!(refused.contains("data_type"), "{refused}");
    assert!(probe.state().insert("initech", &response("k1")).is_err());
}

#[test]
fn a_sandbox_in_the_background_serves_code_that_is_not_asynchronous() {
    let sandbox = Sandbox::start_in_background(Options::default()).unwrap();
    assert!(sandbox.url().starts_with("http://127.0.0.1:"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let url = format!("{}/projects", sandbox.url());
    let status = runtime.block_on(async {
        let request = client()
            .get(&url)
            .header("Authorization", "Bearer sandbox-key");
        request.send().await.unwrap().status()
    });
    assert_eq!(status, 200);
    let log = sandbox.state().log();
    assert_eq!(log.requests["GET /v1/projects"], 1);
    sandbox.stop();
    assert!(runtime.block_on(client().get(&url).send()).is_err());
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let probe = Probe::start(Options::default()).await;
    let port = probe.sandbox.address.port();
    let options = Options {
        port,
        ..Options::default()
    };
    assert!(Sandbox::start(options).await.is_err());
}
