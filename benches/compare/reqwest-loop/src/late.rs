//! A stand-in of the API that answers late: `late-server PORT MILLISECONDS`. Every POST gets a 201 with an id of its own,
//! every search an empty list; what is posted is forgotten.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::routing::{get, post};

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
    let take = move |_: Bytes| async move {
        tokio::time::sleep(late).await;
        let id = LAST.fetch_add(1, Ordering::Relaxed);
        let answer = format!(r#"{{"response":{{"id":"{id:032}"}}}}"#);
        (StatusCode::CREATED, JSON, answer)
    };
    let api = Router::new()
        .route("/v1/projects", list(r#"{"projects":[{"id":1,"key":"acme","name":"Acme"}]}"#))
        .route("/v1/acme/data_types", list(r#"{"data_types":[{"id":1,"key":"nps","name":"NPS"}]}"#))
        .route("/v1/acme/data_sources", list(r#"{"data_sources":[{"id":1,"key":"typeform","name":"Typeform"}]}"#))
        .route("/v1/acme/responses/search", list(r#"{"responses":[]}"#))
        .route("/v1/acme/responses", post(take));
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, api).await?;
    Ok(())
}
