//! The sandbox behind a server of HTTP/2 over TLS, which does not take or answer every request that it is sent.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Sender, channel};
use tokio_rustls::TlsAcceptor;

use super::World;
use super::gate::Gate;
use crate::doctor_network::certificate;

/// What goes wrong at the server.
#[derive(Clone, Copy)]
pub enum Trouble {
    /// Each connection takes so many requests, then says that it took those and no more.
    TakesNoMore { after: usize },
    /// Of so many POSTs one is refused before it is looked at.
    Refuses { one_in: usize },
    /// Of so many POSTs one creates its response, and is reset instead of answered.
    ResetsCreated { one_in: usize, why: Reason },
    /// Of so many POSTs one creates its response; then the server says goodbye, and answers nothing that it took.
    LeavesCreated { one_in: usize },
}

/// The server, until the test ends.
pub struct Front {
    pub url: String,
    /// The certificate to be trusted.
    pub pem: String,
    struck: Arc<AtomicUsize>,
}

impl Front {
    pub fn of(world: &World, trouble: Trouble) -> Self {
        let own = certificate("localhost", (2020, 2100));
        let mut config = ServerConfig::clone(&own.config);
        config.alpn_protocols = vec![b"h2".to_vec()];
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Arc::new(Server {
            trouble,
            struck: Arc::default(),
            posts: AtomicUsize::new(0),
            sandbox: Client::builder(TokioExecutor::new()).build_http(),
            base: world.url().strip_suffix("/v1").unwrap().to_owned(),
        });
        let struck = Arc::clone(&server.struck);
        // It ends with the process.
        std::thread::spawn(move || runtime.block_on(server.serve(listener, config)));
        Self {
            url: format!("https://localhost:{port}/v1"),
            pem: own.pem,
            struck,
        }
    }

    /// How many requests the trouble has met.
    pub fn struck(&self) -> usize {
        self.struck.load(Ordering::SeqCst)
    }
}

struct Server {
    trouble: Trouble,
    struck: Arc<AtomicUsize>,
    posts: AtomicUsize,
    sandbox: Client<HttpConnector, Full<Bytes>>,
    /// The address of the sandbox.
    base: String,
}

/// What becomes of one request.
#[derive(Clone, Copy)]
enum Fate {
    Answered,
    Refused,
    CreatedAndReset(Reason),
    CreatedAndLeft,
}

impl Server {
    async fn serve(self: Arc<Self>, listener: TcpListener, config: ServerConfig) {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&self).connection(acceptor.clone(), stream));
        }
    }

    /// A client that hangs up ends it; nobody needs to be told.
    async fn connection(self: Arc<Self>, acceptor: TlsAcceptor, stream: TcpStream) {
        let Ok(stream) = acceptor.accept(stream).await else {
            return;
        };
        let Trouble::TakesNoMore { after } = self.trouble else {
            return self.streams(stream).await;
        };
        let (behind, ours) = tokio::io::duplex(64 * 1024);
        let gate = Gate::new(after, Arc::clone(&self.struck));
        tokio::spawn(gate.stand(stream, ours));
        self.streams(behind).await;
    }

    async fn streams(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let Ok(mut connection) = h2::server::handshake(stream).await else {
            return;
        };
        let (leave, mut leaving) = channel(1);
        loop {
            let accepted = tokio::select! {
                accepted = connection.accept() => accepted,
                Some(()) = leaving.recv() => {
                    connection.abrupt_shutdown(Reason::NO_ERROR);
                    continue;
                }
            };
            let Some(Ok((request, respond))) = accepted else {
                return;
            };
            tokio::spawn(Arc::clone(&self).stream(request, respond, leave.clone()));
        }
    }

    async fn stream(
        self: Arc<Self>,
        request: Request<RecvStream>,
        mut respond: SendResponse<Bytes>,
        leave: Sender<()>,
    ) {
        let fate = self.fate(request.method());
        if let Fate::Refused = fate {
            return respond.send_reset(Reason::REFUSED_STREAM);
        }
        // A body that breaks off belongs to a connection that does.
        let Some(answer) = self.ask(request).await else {
            return;
        };
        match fate {
            Fate::CreatedAndReset(why) => respond.send_reset(why),
            Fate::CreatedAndLeft => leave.send(()).await.unwrap_or_default(),
            Fate::Answered | Fate::Refused => {
                let (head, body) = answer.into_parts();
                if let Ok(mut stream) = respond.send_response(Response::from_parts(head, ()), false)
                {
                    stream.send_data(body, true).unwrap_or_default();
                }
            }
        }
    }

    fn fate(&self, method: &Method) -> Fate {
        let (one_in, fate) = match self.trouble {
            Trouble::TakesNoMore { .. } => return Fate::Answered,
            Trouble::Refuses { one_in } => (one_in, Fate::Refused),
            Trouble::ResetsCreated { one_in, why } => (one_in, Fate::CreatedAndReset(why)),
            Trouble::LeavesCreated { one_in } => (one_in, Fate::CreatedAndLeft),
        };
        if method != Method::POST {
            return Fate::Answered;
        }
        let post = self.posts.fetch_add(1, Ordering::SeqCst) + 1;
        if !post.is_multiple_of(one_in) {
            return Fate::Answered;
        }
        self.struck.fetch_add(1, Ordering::SeqCst);
        fate
    }

    /// Asks the sandbox the same, by HTTP/1.1.
    async fn ask(&self, request: Request<RecvStream>) -> Option<Response<Bytes>> {
        let (head, mut incoming) = request.into_parts();
        let mut body = BytesMut::new();
        while let Some(piece) = incoming.data().await {
            let piece = piece.ok()?;
            incoming.flow_control().release_capacity(piece.len()).ok()?;
            body.extend_from_slice(&piece);
        }
        let path = head.uri.path_and_query().unwrap();
        let mut asked = Request::new(Full::new(body.freeze()));
        *asked.method_mut() = head.method;
        *asked.uri_mut() = format!("{}{path}", self.base).parse().unwrap();
        *asked.headers_mut() = head.headers;
        let (head, body) = self.sandbox.request(asked).await.unwrap().into_parts();
        let mut answer = Response::new(body.collect().await.unwrap().to_bytes());
        *answer.status_mut() = head.status;
        *answer.headers_mut() = head.headers;
        Some(answer)
    }
}
