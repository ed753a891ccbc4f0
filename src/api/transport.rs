//! The network: one request over HTTP out, what was seen of it back.
//!
//! Where very many requests leave in a second this is most of what a request costs, so it stands on hyper's own client,
//! with what the API needs around it: TLS against the system's certificates, a proxy if the environment names one, and two
//! time-outs. Nothing is redirected or repeated here.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION,
    RETRY_AFTER, USER_AGENT,
};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tower_service::Service;

use super::answer::{Answer, Seen};
use crate::error::Error;

/// The largest answer that is read; a longer one is cut, and so unreadable.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// A connection that says nothing for so long is asked whether it is still there; unanswered for as long again it is lost.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// What was sent and not even received for so long is lost with its connection.
const UNRECEIVED: Duration = Duration::from_secs(30);

const TOO_LATE: &str = "no connection within the time for it";

/// Whatever can be wrong with a connection.
type Fault = Box<dyn std::error::Error + Send + Sync>;

type Tls = HttpsConnector<HttpConnector>;
type Through<C> = Box<Client<Within<C>, Full<Bytes>>>;

/// The network, for one API and one key.
pub(super) struct Transport {
    way: Way,
    proxy: Option<Proxy>,
    headers: HeaderMap,
    timeout: Duration,
}

/// A proxy as the environment names it.
struct Proxy {
    variable: &'static str,
    /// Host and port.
    name: String,
    has_password: bool,
}

enum Way {
    Direct(Through<Tls>),
    Proxy(Through<HttpsConnector<Tunnel<Tls>>>),
}

impl Transport {
    /// The network as it is for `base`. This machine itself is never asked for through a proxy.
    ///
    /// # Errors
    /// TLS cannot be set up, or the environment names a proxy of no use.
    pub(super) fn new(
        base: &Uri,
        is_loopback: bool,
        authorization: HeaderValue,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let tls = tls().map_err(|error| Error::Api(format!("cannot set up TLS: {error}")))?;
        let connect = (timeout / 2).min(Duration::from_secs(10));
        let found = if is_loopback { None } else { proxy_for(base)? };
        let (way, proxy) = match found {
            None => (
                Way::Direct(client(over_tls(tls, tcp(connect)), connect)),
                None,
            ),
            Some((proxy, intercept)) => {
                let connector = over_tls(tls.clone(), tunnel(&intercept, tls, connect));
                (Way::Proxy(client(connector, connect)), Some(proxy))
            }
        };
        Ok(Self {
            way,
            proxy,
            headers: headers(authorization),
            timeout,
        })
    }

    /// Host and port of the proxy, where there is one.
    pub(super) fn proxy(&self) -> Option<&str> {
        self.proxy.as_ref().map(|proxy| proxy.name.as_str())
    }

    /// Sends a request and reads its answer to the end.
    pub(super) async fn send(&self, method: Method, uri: Uri, body: Bytes) -> Seen {
        let mut headers = self.headers.clone();
        if matches!(method, Method::GET | Method::DELETE) {
            headers.remove(CONTENT_TYPE);
        }
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let answered = async {
            let answer = match &self.way {
                Way::Direct(client) => client.request(request),
                Way::Proxy(client) => client.request(request),
            };
            match answer.await {
                Ok(answer) => read(answer).await,
                Err(error) if error.is_connect() => {
                    Seen::NotConnected(self.unconnected(&innermost(&error)))
                }
                Err(error) if was_not_taken(&error) => Seen::NotConnected(
                    "the server closed the connection before it took the request".into(),
                ),
                Err(error) => Seen::Lost(innermost(&error)),
            }
        };
        let answered = tokio::time::timeout(self.timeout, answered).await;
        answered.unwrap_or(Seen::TimedOut)
    }

    /// Why there is no connection.
    fn unconnected(&self, why: &str) -> String {
        let why = match why {
            "deadline has elapsed" => TOO_LATE,
            why => why,
        };
        let Some(proxy) = &self.proxy else {
            return why.to_owned();
        };
        let (variable, name) = (proxy.variable, &proxy.name);
        // What the library's tunnel says, which has no codes.
        if why.contains("proxy authorization required") {
            return if proxy.has_password {
                format!(
                    "through the proxy {name}, which refuses the name and password in {variable}"
                )
            } else {
                format!(
                    "through the proxy {name}, which wants a name and a password: give them in {variable}, as in \
                     http://name:password@{name}"
                )
            };
        }
        if why.contains("unsuccessful") {
            return format!("through the proxy {name} ({variable}), which refuses the connection");
        }
        format!("through the proxy {name} ({variable}): {why}")
    }
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verified = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .try_with_platform_verifier()?;
    Ok(verified.with_no_client_auth())
}

/// The proxy that the environment names for an address of https, unless it is excepted.
fn proxy_for(base: &Uri) -> Result<Option<(Proxy, Intercept)>, Error> {
    // A variable that is empty counts as unset.
    let set = |names: &[&'static str]| {
        let set = |name: &&'static str| Some((*name, std::env::var(name).ok()?));
        let mut set = names.iter().filter_map(set);
        set.find(|(_, value)| !value.trim().is_empty())
    };
    let named = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let Some((variable, value)) = set(&named) else {
        return Ok(None);
    };
    let all = Matcher::builder().https(value.trim().to_owned()).build();
    let of_http = |found: &Intercept| {
        let scheme = found.uri().scheme_str();
        found.uri().authority().is_some() && matches!(scheme, Some("http" | "https"))
    };
    let Some(intercept) = all.intercept(base).filter(of_http) else {
        return Err(Error::Usage(format!(
            "the variable {variable} names no proxy of HTTP\n  help: write it as in http://proxy.example.com:3128, or \
             unset it; SOCKS is not supported"
        )));
    };
    if let Some((_, excepted)) = set(&["NO_PROXY", "no_proxy"]) {
        let some = Matcher::builder().https(value).no(excepted).build();
        if some.intercept(base).is_none() {
            return Ok(None);
        }
    }
    let proxy = Proxy {
        variable,
        name: intercept
            .uri()
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default(),
        has_password: intercept.basic_auth().is_some(),
    };
    Ok(Some((proxy, intercept)))
}

fn headers(authorization: HeaderValue) -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (ACCEPT, json.clone()),
        (CONTENT_TYPE, json),
        (USER_AGENT, user_agent()),
    ])
}

fn user_agent() -> HeaderValue {
    HeaderValue::from_static(concat!("chatterload/", env!("CARGO_PKG_VERSION")))
}

/// A client whose connections are made by `connector`, within a time.
fn client<C>(connector: C, within: Duration) -> Through<C>
where
    Within<C>: hyper_util::client::legacy::connect::Connect + Clone,
{
    let client = Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .build(Within { connector, within });
    Box::new(client)
}

fn tcp(within: Duration) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(within));
    connector.set_keepalive(Some(KEEPALIVE));
    connector.set_keepalive_interval(Some(KEEPALIVE));
    #[cfg(target_os = "linux")]
    connector.set_tcp_user_timeout(Some(UNRECEIVED));
    connector
}

fn over_tls<C>(tls: ClientConfig, connector: C) -> HttpsConnector<C> {
    HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(connector)
}

/// Connections through a proxy, which itself may be asked over TLS.
fn tunnel(proxy: &Intercept, tls: ClientConfig, within: Duration) -> Tunnel<Tls> {
    let to_proxy = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp(within));
    let tunnel = Tunnel::new(proxy.uri().clone(), to_proxy)
        .with_headers(HeaderMap::from_iter([(USER_AGENT, user_agent())]));
    match proxy.basic_auth() {
        Some(auth) => tunnel.with_auth(auth.clone()),
        None => tunnel,
    }
}

/// A connector that gives up after a time: name, address, proxy and TLS together.
#[derive(Clone)]
struct Within<C> {
    connector: C,
    within: Duration,
}

impl<C> Service<Uri> for Within<C>
where
    C: Service<Uri, Future: Send + 'static, Response: 'static, Error: Into<Fault> + 'static>,
{
    type Response = C::Response;
    type Error = Fault;
    type Future = BoxFuture<'static, Result<C::Response, Fault>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.within, self.connector.call(uri));
        Box::pin(async move {
            match connecting.await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(TOO_LATE.into()),
            }
        })
    }
}

async fn read(answer: http::Response<Incoming>) -> Seen {
    let (head, mut incoming) = answer.into_parts();
    let header = |name: HeaderName| {
        let value = head.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    // Most answers come in one piece, which is not copied.
    let mut body = Bytes::new();
    while let Some(frame) = incoming.frame().await {
        let piece = match frame.map(http_body::Frame::into_data) {
            Ok(Ok(piece)) => piece,
            // Headers that come behind the body.
            Ok(Err(_)) => continue,
            Err(error) => return Seen::Lost(innermost(&error)),
        };
        if body.len() + piece.len() > LARGEST_ANSWER {
            break;
        }
        if body.is_empty() {
            body = piece;
        } else {
            let mut longer = BytesMut::from(body);
            longer.extend_from_slice(&piece);
            body = longer.freeze();
        }
    }
    Seen::Answer(Answer {
        status: head.status.as_u16(),
        retry_after: header(RETRY_AFTER),
        date: header(DATE),
        location: header(LOCATION),
        body,
    })
}

/// Whether a server says that it did not take a request, and will not: by HTTP/2 it tells up to which it took, and what it
/// refused before it looked at it. Source: RFC 9113, 6.8 and 8.7.
fn was_not_taken(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let reason = error.reason();
            return error.is_remote()
                && (error.is_go_away() && reason == Some(h2::Reason::NO_ERROR)
                    || error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM));
        }
        cause = error.source();
    }
    false
}

/// The innermost cause of an error: those around it name the library's parts.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}
