//! The sandbox as a client sees it, and what it holds afterwards.

mod asked;
mod calls;
mod faults;
mod lists;
mod strict;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{DEFAULT_KEY, Options, Sandbox, State};

/// A sandbox with a client for it.
struct Probe {
    sandbox: Sandbox,
    client: Client,
}

/// An answer as it came.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

fn client() -> Client {
    // An error means that another test was first.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

async fn send(
    client: &Client,
    method: Method,
    url: String,
    body: Option<String>,
) -> reqwest::Result<Reply> {
    let mut request = client
        .request(method, url)
        .header(AUTHORIZATION, format!("Bearer {DEFAULT_KEY}"));
    if let Some(body) = body {
        request = request.header(CONTENT_TYPE, "application/json").body(body);
    }
    let response = request.send().await?;
    Ok(Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await?,
    })
}

impl Probe {
    async fn start(options: Options) -> Self {
        Self {
            sandbox: Sandbox::start(options).await.unwrap(),
            client: client(),
        }
    }

    /// A sandbox with faults as on the command line.
    async fn with_faults(faults: &str) -> Self {
        Self::start(Options {
            faults: faults.parse().unwrap(),
            ..Options::default()
        })
        .await
    }

    fn state(&self) -> &State {
        self.sandbox.state()
    }

    fn count(&self) -> usize {
        self.state().count("acme")
    }

    async fn try_call(&self, method: Method, path: &str) -> reqwest::Result<Reply> {
        let url = format!("{}/{path}", self.sandbox.url());
        send(&self.client, method, url, None).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.try_call(Method::GET, path).await.unwrap()
    }

    async fn send(&self, method: Method, path: &str, body: &str) -> Reply {
        let url = format!("{}/{path}", self.sandbox.url());
        let body = Some(body.to_owned());
        send(&self.client, method, url, body).await.unwrap()
    }

    async fn put(&self, path: &str, response: &Value) -> Reply {
        let body = json!({ "response": response }).to_string();
        self.send(Method::PUT, path, &body).await
    }

    async fn try_post(&self, response: &Value) -> reqwest::Result<Reply> {
        let url = format!("{}/acme/responses", self.sandbox.url());
        let body = json!({ "response": response }).to_string();
        send(&self.client, Method::POST, url, Some(body)).await
    }

    async fn post(&self, response: &Value) -> Reply {
        self.try_post(response).await.unwrap()
    }

    /// A POST under way on a task of its own.
    fn begin_post(&self) -> tokio::task::JoinHandle<reqwest::Result<Reply>> {
        let url = format!("{}/acme/responses", self.sandbox.url());
        let client = self.client.clone();
        let body = json!({ "response": response("k1") }).to_string();
        tokio::spawn(async move { send(&client, Method::POST, url, Some(body)).await })
    }

    /// The ids of a list, by path.
    async fn ids(&self, path: &str) -> Vec<u64> {
        let reply = self.get(path).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let responses = reply.json()["responses"].clone();
        let ids = responses.as_array().unwrap().iter();
        ids.map(|each| each["id"].as_u64().unwrap()).collect()
    }
}

/// A response that passes, with a token.
fn response(token: &str) -> Value {
    json!({
        "comment": "Delivery took nine days.",
        "score": 4,
        "created_at": "2026-11-02T10:15:00Z",
        "data_type": "nps",
        "data_source": "typeform",
        "user_meta": {"chatterload_key": {"type": "text", "name": "chatterload key", "value": token}},
        "segments": {"country": {"type": "text", "name": "Country", "value": "GB"}},
    })
}

/// Lets other tasks run until something holds.
async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}
