//! The API as a client sees it: one request in, what was seen of it out.
//!
//! Nothing here repeats a request or follows a redirect: what to do after an answer is decided by those who asked.

pub mod answer;
pub mod canonical;
pub mod hits;
mod outline;
pub mod responses;
pub mod stays;
mod transport;
pub mod wire;
mod words;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::HeaderValue;
use http::{Method, Uri};
use reqwest::Url;

use crate::error::Error;
use answer::Seen;
use transport::Transport;

/// A client of one API with one key.
#[derive(Clone, Debug)]
pub struct Client {
    way: Way,
    base: Url,
}

/// What carries requests: the network, or a model of the API in its stead.
#[derive(Clone)]
enum Way {
    Network(Arc<Transport>),
    Model(Model),
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network(_) => "Network",
            Self::Model(_) => "Model",
        })
    }
}

/// An address that is asked for again and again: read once.
#[derive(Clone, Debug)]
pub struct Address {
    url: Url,
    uri: Option<Uri>,
}

impl From<Url> for Address {
    fn from(url: Url) -> Self {
        let uri = url.as_str().parse().ok();
        Self { url, uri }
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
    /// The system's TLS certificates cannot be read, or the environment names a proxy of no use.
    pub fn new(base: &Url, authorization: HeaderValue, timeout: Duration) -> Result<Self, Error> {
        let uri = base.as_str().parse().unwrap_or_default();
        let transport = Transport::new(&uri, is_loopback(base), authorization, timeout)?;
        Ok(Self {
            way: Way::Network(Arc::new(transport)),
            base: base.clone(),
        })
    }

    /// A client whose requests go to a model: a run can be simulated without sockets, in virtual time.
    pub fn over(model: Model, base: &Url) -> Self {
        Self {
            way: Way::Model(model),
            base: base.clone(),
        }
    }

    /// The address it talks to.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Host and port of the proxy that it is reached through.
    pub fn proxy(&self) -> Option<&str> {
        match &self.way {
            Way::Network(transport) => transport.proxy(),
            Way::Model(_) => None,
        }
    }

    /// `GET path?query`, the path given by its segments.
    pub async fn get(&self, path: &[&str], query: Query<'_>) -> Seen {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.send(Method::GET, &url.into(), Bytes::new()).await
    }

    /// The address below which a project's responses are posted; made once a run.
    pub fn responses_address(&self, project: &str) -> Address {
        self.url(&[project, "responses"]).into()
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, address: &Address, body: Bytes) -> Seen {
        self.send(Method::POST, address, body).await
    }

    /// `PUT` of a JSON body to a response.
    pub async fn put(&self, project: &str, id: &str, body: Bytes) -> Seen {
        let address = self.url(&[project, "responses", id]).into();
        self.send(Method::PUT, &address, body).await
    }

    async fn send(&self, method: Method, address: &Address, body: Bytes) -> Seen {
        match (&self.way, &address.uri) {
            // Large, and part of all that waits for it: each of them would be moved with it, several times.
            (Way::Network(transport), Some(uri)) => {
                Box::pin(transport.send(method, uri.clone(), body)).await
            }
            (Way::Network(_), None) => Seen::NotConnected("its address is none of HTTP".to_owned()),
            (Way::Model(model), _) => {
                let url = address.url.clone();
                model(Request { method, url, body }).await
            }
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
            client.responses_address("a/c me").url.as_str(),
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
