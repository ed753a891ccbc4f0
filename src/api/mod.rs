//! The API as a client sees it: one request in, what was seen of it out.
//!
//! Nothing here repeats a request or follows a redirect: what to do after an answer is decided by those who asked.

pub mod answer;
pub mod canonical;
pub mod hits;
mod outline;
pub mod responses;
pub mod wire;
mod words;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, Url};

use crate::error::Error;
use answer::{Answer, Seen};

/// The largest answer that is read; a longer one is cut, and so unreadable.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// A client of one API with one key.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    base: Url,
}

/// What carries requests: the network, or a model of the API in its stead.
#[derive(Clone)]
enum Transport {
    Http(reqwest::Client),
    Model(Model),
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http(_) => "Http",
            Self::Model(_) => "Model",
        })
    }
}

/// A request as a model of the API gets it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address, query included.
    pub url: Url,
    /// The body; empty where there is none.
    pub body: Bytes,
}

/// Answers requests in place of the network, time-outs included.
pub type Model = Arc<dyn Fn(Request) -> BoxFuture<'static, Seen> + Send + Sync>;

/// A list of query parameters.
pub type Query<'a> = &'a [(&'a str, &'a str)];

impl Client {
    /// A client for the API at `base` (`https://api.chattermill.com/v1`). `authorization` is the header's value,
    /// marked as sensitive; a request is given up after `timeout`.
    ///
    /// # Errors
    /// The system's TLS certificates cannot be read.
    pub fn new(base: &Url, authorization: HeaderValue, timeout: Duration) -> Result<Self, Error> {
        // The provider is the process's: a second installation is refused, and means the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization);
        headers.insert(
            HeaderName::from_static("accept"),
            HeaderValue::from_static("application/json"),
        );
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("chatterload/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            // A POST that is repeated or redirected by the transport would make a second response.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(timeout)
            .connect_timeout((timeout / 2).min(Duration::from_secs(10)))
            .pool_max_idle_per_host(1024)
            .tcp_nodelay(true);
        if is_loopback(base) {
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|error| Error::Api(format!("cannot set up TLS: {}", chain(&error))))?;
        Ok(Self {
            transport: Transport::Http(http),
            base: base.clone(),
        })
    }

    /// A client whose requests go to a model: a run can be simulated without sockets, in virtual time.
    pub fn over(model: Model, base: &Url) -> Self {
        Self {
            transport: Transport::Model(model),
            base: base.clone(),
        }
    }

    /// The address it talks to.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// `GET path?query`, the path given by its segments.
    pub async fn get(&self, path: &[&str], query: Query<'_>) -> Seen {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(Method::GET, url, Bytes::new()).await
    }

    /// The address below which a project's responses are posted; made once a run.
    pub fn responses_url(&self, project: &str) -> Url {
        self.url(&[project, "responses"])
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, url: &Url, body: Bytes) -> Seen {
        self.send(Method::POST, url.clone(), body).await
    }

    /// `PUT` of a JSON body to a response.
    pub async fn put(&self, project: &str, id: &str, body: Bytes) -> Seen {
        self.send(Method::PUT, self.url(&[project, "responses", id]), body)
            .await
    }

    async fn send(&self, method: Method, url: Url, body: Bytes) -> Seen {
        match &self.transport {
            Transport::Http(http) if matches!(method, Method::GET | Method::DELETE) => {
                see(http.request(method, url)).await
            }
            Transport::Http(http) => {
                let json = HeaderValue::from_static("application/json");
                let request = http.request(method, url).header(CONTENT_TYPE, json);
                // Large, and part of all that waits for it: each of them would be moved with it, several times.
                Box::pin(see(request.body(body))).await
            }
            Transport::Model(model) => model(Request { method, url, body }).await,
        }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // An http address always has segments.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// Whether an address is this machine's own.
pub fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

async fn see(request: reqwest::RequestBuilder) -> Seen {
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) => return failed(&error),
    };
    let header = |name| {
        let value: &HeaderValue = response.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: header(RETRY_AFTER),
        date: header(DATE),
        location: header(LOCATION),
        body: Bytes::new(),
    };
    // Most answers come in one piece, which is not copied.
    let mut body = Bytes::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_ANSWER => {
                if body.is_empty() {
                    body = chunk;
                } else {
                    let mut longer = BytesMut::from(body);
                    longer.extend_from_slice(&chunk);
                    body = longer.freeze();
                }
            }
            Ok(None | Some(_)) => break,
            Err(error) => return failed(&error),
        }
    }
    answer.body = body;
    Seen::Answer(answer)
}

fn failed(error: &reqwest::Error) -> Seen {
    if error.is_connect() || error.is_builder() {
        Seen::NotConnected(chain(error))
    } else if error.is_timeout() {
        Seen::TimedOut
    } else {
        Seen::Lost(chain(error))
    }
}

/// The innermost causes of an error, without the address (which the caller names).
fn chain(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if parts.last() != Some(&text) {
            parts.push(text);
        }
        cause = error.source();
    }
    parts.pop().unwrap_or_else(|| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped() {
        let client = Client::new(
            &"http://127.0.0.1:9/v1/".parse().unwrap(),
            HeaderValue::from_static("Bearer x"),
            Duration::from_secs(1),
        )
        .unwrap();
        assert_eq!(
            client.responses_url("a/c me").as_str(),
            "http://127.0.0.1:9/v1/a%2Fc%20me/responses"
        );
    }

    #[test]
    fn loopback_is_this_machine() {
        for (url, own) in [
            ("http://localhost:1/v1", true),
            ("http://127.8.9.1", true),
            ("http://[::1]:80/", true),
            ("http://127.0.0.1.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), own, "{url}");
        }
    }
}
