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

/// The largest answer that is read; a longer one is cut, and so unreadable.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// A connection that says nothing for so long is asked whether it is still there; unanswered for as long again it is lost.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// What was sent and not even received for so long is lost with its connection.
const UNRECEIVED: Duration = Duration::from_secs(30);

/// Whatever can be wrong with a connection.
type Fault = Box<dyn std::error::Error + Send + Sync>;

type Tls = HttpsConnector<HttpConnector>;
type Through<C> = Box<Client<Within<C>, Full<Bytes>>>;

/// The network, for one API and one key.
pub(super) struct Transport {
    way: Way,
    /// Host and port of the proxy, where there is one.
    proxy: Option<String>,
    headers: HeaderMap,
    timeout: Duration,
}

enum Way {
    Direct(Through<Tls>),
    Proxy(Through<HttpsConnector<Tunnel<Tls>>>),
}

impl Transport {
    /// The network as it is for `base`. This machine itself is never asked for through a proxy.
    pub(super) fn new(
        base: &Uri,
        is_loopback: bool,
        authorization: HeaderValue,
        timeout: Duration,
    ) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .try_with_platform_verifier()?
            .with_no_client_auth();
        let connect = (timeout / 2).min(Duration::from_secs(10));
        let proxy = Matcher::from_env().intercept(base).filter(|_| !is_loopback);
        let name = proxy.as_ref().and_then(|proxy| proxy.uri().authority());
        let name = name.map(ToString::to_string);
        let way = match proxy {
            None => Way::Direct(client(over_tls(tls, tcp(connect)), connect)),
            Some(proxy) => {
                let connector = over_tls(tls.clone(), tunnel(&proxy, tls, connect));
                Way::Proxy(client(connector, connect))
            }
        };
        Ok(Self {
            way,
            proxy: name,
            headers: headers(authorization),
            timeout,
        })
    }

    /// Host and port of the proxy, where there is one.
    pub(super) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
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
                Err(error) => Seen::Lost(innermost(&error)),
            }
        };
        let answered = tokio::time::timeout(self.timeout, answered).await;
        answered.unwrap_or(Seen::TimedOut)
    }

    /// Why there is no connection.
    fn unconnected(&self, why: &str) -> String {
        match &self.proxy {
            None => why.to_owned(),
            Some(proxy) if why.contains("proxy authorization required") => format!(
                "through the proxy {proxy}, which wants a name and a password: give them in HTTPS_PROXY, as in \
                 http://name:password@{proxy}"
            ),
            Some(proxy) => format!("through the proxy {proxy} (HTTPS_PROXY): {why}"),
        }
    }
}

fn headers(authorization: HeaderValue) -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    let name = concat!("chatterload/", env!("CARGO_PKG_VERSION"));
    HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (ACCEPT, json.clone()),
        (CONTENT_TYPE, json),
        (USER_AGENT, HeaderValue::from_static(name)),
    ])
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
    let tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
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
                Err(_) => Err("no connection within the time for it".into()),
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

/// The innermost cause of an error: those around it name the library's parts.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}
