//! Each fault: what the client sees, and whether the response was created.

use std::time::{Duration, SystemTime};

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::{Call, Kind, Sandbox};
use super::{Options, Probe, Reply, response};

/// The answer to a POST struck by a fault, and how many responses there are then.
async fn struck(fault: &str) -> (Reply, usize) {
    let probe = Probe::with_faults(&format!("{fault}=100%")).await;
    let reply = probe.post(&response("k1")).await;
    (reply, probe.count())
}

#[tokio::test]
async fn statuses_say_nothing_of_what_was_done() {
    for (fault, status, created) in [
        ("429", 429, 0),
        ("429-bare", 429, 0),
        ("429-date", 429, 0),
        ("503", 503, 0),
        ("503-bare", 503, 0),
        ("500", 500, 0),
        ("500-after", 500, 1),
        ("502", 502, 0),
        ("502-after", 502, 1),
        ("captive", 200, 0),
        ("garbled", 201, 1),
        ("no-id", 201, 1),
        ("200-errors", 200, 0),
        ("redirect", 302, 0),
        ("403", 403, 0),
        ("404", 404, 0),
        ("408", 408, 0),
        ("409", 409, 0),
        ("413", 413, 0),
    ] {
        let (reply, count) = struck(fault).await;
        assert_eq!((reply.status, count), (status, created), "{fault}");
    }
}

#[tokio::test]
async fn retry_after_is_seconds_a_date_or_missing() {
    let (reply, _) = struck("429").await;
    assert_eq!(reply.header("retry-after"), Some("1"));
    let (reply, _) = struck("503").await;
    assert_eq!(reply.header("retry-after"), Some("1"));
    for bare in ["429-bare", "503-bare"] {
        assert_eq!(struck(bare).await.0.header("retry-after"), None);
    }
    let probe = Probe::with_faults("429-date=100%:2h").await;
    let reply = probe.post(&response("k1")).await;
    let until = httpdate::parse_http_date(reply.header("retry-after").unwrap()).unwrap();
    assert!(until > SystemTime::now() + Duration::from_hours(1));
    assert!(httpdate::parse_http_date(reply.header("date").unwrap()).is_ok());
    let probe = Probe::with_faults("429=100%:2.5s").await;
    let reply = probe.post(&response("k1")).await;
    assert_eq!(reply.header("retry-after"), Some("3"));
}

#[tokio::test]
async fn bodies_of_proxies_and_broken_answers_hold_no_id() {
    for page in ["502", "502-after", "captive"] {
        let (reply, _) = struck(page).await;
        assert!(reply.text.contains("<html>"), "{page}");
        assert_eq!(
            reply.header("content-type"),
            Some("text/html; charset=utf-8")
        );
    }
    let (garbled, _) = struck("garbled").await;
    assert!(serde_json::from_str::<serde_json::Value>(&garbled.text).is_err());
    assert_eq!(struck("no-id").await.0.text, r#"{"response":{}}"#);
    assert!(struck("200-errors").await.0.json()["errors"].is_array());
    assert_eq!(
        struck("redirect").await.0.header("location"),
        Some("/login")
    );
}

/// What a bare connection reads after a POST: nothing but its end, if the sandbox drops it.
async fn raw_post(sandbox: &Sandbox) -> Vec<u8> {
    let mut stream = TcpStream::connect(sandbox.address).await.unwrap();
    let body = serde_json::json!({"response": response("k1")}).to_string();
    let head = format!(
        "POST /v1/acme/responses HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sandbox-key\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    // A reset is as good an end as any.
    stream.read_to_end(&mut read).await.ok();
    read
}

#[tokio::test]
async fn a_dropped_connection_carries_not_one_byte() {
    for (fault, created) in [("drop-before", 0), ("drop-after", 1)] {
        let probe = Probe::with_faults(&format!("{fault}=100%")).await;
        assert_eq!(raw_post(&probe.sandbox).await, b"", "{fault}");
        assert_eq!(probe.count(), created, "{fault}");
        let error = probe.try_post(&response("k2")).await.unwrap_err();
        assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
        assert_eq!(probe.count(), 2 * created, "{fault}");
        assert!(probe.state().log().answers.is_empty());
        // Other calls go on.
        assert_eq!(probe.get("projects").await.status, 200);
    }
}

#[tokio::test]
async fn a_request_that_hangs_ends_with_the_sandbox() {
    for (fault, created) in [("hang", 0), ("hang-after", 1)] {
        let probe = Probe::with_faults(&format!("{fault}=100%")).await;
        let post = probe.begin_post();
        until_struck(&probe).await;
        assert_eq!(probe.count(), created, "{fault}");
        assert!(!post.is_finished());
        probe.sandbox.stop().await;
        assert!(post.await.unwrap().is_err());
    }
}

/// Waits until a fault has struck, and done what it does.
async fn until_struck(probe: &Probe) {
    super::until(|| !probe.state().log().faults.is_empty()).await;
    // The tests' runtime has one thread: the handler has run up to where it waits.
}

#[tokio::test]
async fn a_slow_answer_is_created_before_it_comes() {
    let probe = Probe::with_faults("slow=100%:1h").await;
    let post = probe.begin_post();
    super::until(|| probe.count() == 1).await;
    assert!(!post.is_finished());
    probe.sandbox.stop().await;
    assert_eq!(post.await.unwrap().unwrap().status, 201);
}

#[tokio::test]
async fn a_late_response_comes_to_be_after_its_504() {
    let probe = Probe::with_faults("late=100%:1h").await;
    assert_eq!(probe.post(&response("k1")).await.status, 504);
    assert_eq!((probe.count(), probe.state().pending()), (0, 1));
    assert_eq!(probe.get("acme/responses/1001").await.status, 404);
    probe.state().advance(Duration::from_hours(1));
    assert_eq!((probe.count(), probe.state().pending()), (1, 0));
    assert_eq!(probe.get("acme/responses/1001").await.status, 200);
}

#[tokio::test]
async fn a_body_at_fault_is_refused_whatever_would_have_struck() {
    let probe = Probe::with_faults("500-after=100%").await;
    let reply = probe.post(&serde_json::json!({"score": 4})).await;
    assert_eq!((reply.status, probe.count()), (400, 0));
}

#[tokio::test]
async fn faults_strike_the_calls_they_name() {
    let probe = Probe::with_faults("delete:drop-after=100%,get:500=100%,search:captive=100%").await;
    assert_eq!(probe.post(&response("k1")).await.status, 201);
    assert_eq!(probe.get("acme/responses/1001").await.status, 500);
    let search = probe.get("acme/responses/search").await;
    assert!(search.text.contains("Wi-Fi"));
    let gone = probe.try_call(Method::DELETE, "acme/responses/1001").await;
    assert!(gone.is_err());
    assert_eq!(probe.count(), 0);
}

#[tokio::test]
async fn a_test_can_say_which_request_is_struck() {
    let probe = Probe::start(Options::default()).await;
    let state = probe.state();
    state.fault_next(Call::Post, Kind::TooMany);
    state.fault_next(Call::Get, Kind::Internal);
    state.fault_next(Call::Post, Kind::NoId);
    assert_eq!(probe.get("projects").await.status, 500);
    assert_eq!(probe.post(&response("k1")).await.status, 429);
    assert_eq!(probe.post(&response("k1")).await.text, r#"{"response":{}}"#);
    assert_eq!(probe.post(&response("k1")).await.status, 201);
    state.set_faults("502=100%".parse().unwrap());
    assert_eq!(probe.post(&response("k1")).await.status, 502);
    state.set_faults(super::super::Faults::default());
    assert_eq!(probe.post(&response("k1")).await.status, 201);
    assert_eq!(state.log().faults[&Kind::BadGateway], 1);
}

#[tokio::test]
async fn over_the_quota_there_is_a_429() {
    for bare in [false, true] {
        let probe = Probe::start(Options {
            quota: Some("2/h".parse().unwrap()),
            bare_quota: bare,
            ..Options::default()
        })
        .await;
        assert_eq!(probe.post(&response("k1")).await.status, 201);
        assert_eq!(probe.get("projects").await.status, 200);
        let over = probe.post(&response("k2")).await;
        assert_eq!((over.status, probe.count()), (429, 1));
        let wait = over.header("retry-after").map(str::parse::<u64>);
        assert_eq!(wait.is_none(), bare);
        assert!(wait.is_none_or(|seconds| (1700..=1800).contains(&seconds.unwrap())));
        probe.state().advance(Duration::from_mins(30));
        assert_eq!(probe.post(&response("k2")).await.status, 201);
        probe.state().set_quota(None);
        assert_eq!(probe.post(&response("k3")).await.status, 201);
    }
}

#[tokio::test]
async fn every_request_takes_the_latency() {
    let probe = Probe::start(Options {
        latency: Duration::from_millis(2),
        ..Options::default()
    })
    .await;
    assert_eq!(probe.post(&response("k1")).await.status, 201);
}
