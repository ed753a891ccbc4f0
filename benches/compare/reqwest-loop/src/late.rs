//! A stand-in of the API that answers late: `late-server PORT MILLISECONDS`. Every POST gets a 201 with an id of its own,
//! every search an empty list; what is posted is forgotten.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::routing::{get, post};
use tokio::sync::oneshot;

static LAST: AtomicU64 = AtomicU64::new(0);

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(port), Some(late)) = (arguments.next(), arguments.next()) else {
        return Err("usage: late-server PORT MILLISECONDS".into());
    };
    let late = Duration::from_millis(late.parse()?);
    let list = |body: &'static str| get(move || std::future::ready((JSON, body)));
    let clock = clock();
    let take = move |_: Bytes| async move {
        let (ring, rings) = oneshot::channel();
        if clock.send((Instant::now() + late, ring)).is_ok() {
            let _ = rings.await;
        }
        let id = LAST.fetch_add(1, Ordering::Relaxed);
        let answer = format!(r#"{{"response":{{"id":"{id:032}"}}}}"#);
        (StatusCode::CREATED, JSON, answer)
    };
    let api = Router::new()
        .route(
            "/v1/projects",
            list(r#"{"projects":[{"id":1,"key":"acme","name":"Acme"}]}"#),
        )
        .route(
            "/v1/acme/data_types",
            list(r#"{"data_types":[{"id":1,"key":"nps","name":"NPS"}]}"#),
        )
        .route(
            "/v1/acme/data_sources",
            list(r#"{"data_sources":[{"id":1,"key":"typeform","name":"Typeform"}]}"#),
        )
        .route("/v1/acme/responses/search", list(r#"{"responses":[]}"#))
        .route("/v1/acme/responses", post(take));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, api).await?;
    Ok(())
}

/// Wakes each who asks at its time. All wait equally long, and so come in turn. tokio's own clock goes by milliseconds,
/// and would be late by one and a half.
fn clock() -> Sender<(Instant, oneshot::Sender<()>)> {
    let (ask, asked) = channel::<(Instant, oneshot::Sender<()>)>();
    std::thread::spawn(move || {
        for (due, ring) in asked {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            // Who asked may have hung up.
            let _ = ring.send(());
        }
    });
    ask
}
