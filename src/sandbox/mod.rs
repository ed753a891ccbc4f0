//! A stand-in for the Chattermill API: on loopback only, as strict as the API is known to be, with faults on demand.
//!
//! People practise on it (`chatterload sandbox`, `docs/sandbox.md`), `chatterload demo` runs against it, and
//! integration tests look straight into its [`State`]. It keeps everything in memory.
//!
//! | module | role |
//! |---|---|
//! | `routes` | the calls |
//! | `strike` | what a request goes through: key, quota, latency, fault |
//! | `line` | connections that can be cut without an answer |
//! | `strict`, `json` | what a body must be |
//! | `state`, `store`, `view` | what is held, and how it is shown |
//! | `search` | filters and pages |
//! | [`fault`], [`quota`] | what can be asked of it |
//! | `seed` | projects, data types, data sources |

pub mod fault;
mod json;
mod line;
pub mod quota;
mod routes;
mod search;
mod seed;
mod state;
mod store;
mod strict;
mod strike;
#[cfg(test)]
mod tests;
mod view;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use fault::{Call, Fault, Faults, Kind};
pub use quota::{Limit, Quota};
pub use search::SearchMode;
pub use state::{Log, State};

/// The key the sandbox takes where no other is set.
pub const DEFAULT_KEY: &str = "sandbox-key";

/// How the sandbox answers a POST that created a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CreatedAnswer {
    /// 201 with `{"response": {…}}`.
    #[default]
    Status201,
    /// 200 with `{"response": {…}}`.
    Status200,
    /// 201 with the bare response.
    Bare,
}

/// What ids look like: nobody documents it, so both must be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ids {
    /// `1001`
    #[default]
    Numbers,
    /// `"r1001"`
    Texts,
}

/// In which form responses are kept: nobody documents it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeps {
    /// As they were sent.
    #[default]
    AsSent,
    /// Text trimmed, numbers as floats, dates in UTC.
    Normalised,
    /// Comments in capitals: a form that nobody foresees.
    InCapitals,
}

/// How long a sandbox that stops waits for requests under way.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the sandbox behaves.
#[derive(Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 for a free one.
    pub port: u16,
    /// The key it takes; a made-up one, not that of a real account.
    pub api_key: String,
    /// The seed of the faults.
    pub seed: u64,
    /// What goes wrong, and how often.
    pub faults: Faults,
    /// How many requests it takes in; `None` for any number.
    pub quota: Option<Quota>,
    /// Whether a 429 over the quota lacks `Retry-After`.
    pub bare_quota: bool,
    /// How long every request takes, half before and half after the work.
    pub latency: Duration,
    /// How long a response stays hidden from search.
    pub search_lag: Duration,
    /// How long a response stays hidden from the list.
    pub list_lag: Duration,
    /// How search behaves.
    pub search: SearchMode,
    /// The largest comment, in bytes; beyond it 413.
    pub largest_comment: usize,
    /// What ids look like.
    pub ids: Ids,
    /// How a POST that created a response is answered.
    pub created: CreatedAnswer,
    /// In which form responses are kept.
    pub keeps: Keeps,
    /// The `user_meta` entry that is the token, for counts and a quick search.
    pub token_attribute: String,
    /// Whether the log keeps when each request began.
    pub record_begins: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            api_key: DEFAULT_KEY.to_owned(),
            seed: 0,
            faults: Faults::default(),
            quota: None,
            bare_quota: false,
            latency: Duration::ZERO,
            search_lag: Duration::from_secs(1),
            list_lag: Duration::ZERO,
            search: SearchMode::Ok,
            largest_comment: 100_000,
            ids: Ids::Numbers,
            created: CreatedAnswer::Status201,
            keeps: Keeps::AsSent,
            token_attribute: "chatterload_key".to_owned(),
            record_begins: false,
        }
    }
}

/// A running sandbox. Dropped, it stops as well, without waiting for what is under way.
pub struct Sandbox {
    address: SocketAddr,
    state: Arc<State>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox on the current runtime.
    ///
    /// # Errors
    /// Where the port cannot be had.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        let (stop, mut stopping) = watch::channel(false);
        let state = Arc::new(State::new(options, stopping.clone()));
        let service =
            routes::router(Arc::clone(&state)).into_make_service_with_connect_info::<line::Line>();
        let serve =
            axum::serve(line::Lines(listener), service).with_graceful_shutdown(async move {
                // An error means that the sandbox was dropped, which stops it as well.
                stopping.wait_for(|stop| *stop).await.ok();
            });
        let server = tokio::spawn(async move {
            // With graceful shutdown, axum's serving ends with success only.
            serve.await.ok();
        });
        Ok(Self {
            address,
            state,
            stop,
            server,
        })
    }

    /// Starts a sandbox on a thread and runtime of its own, for code that is not asynchronous.
    ///
    /// # Errors
    /// Where the port, the thread or the runtime cannot be had.
    pub fn start_in_background(options: Options) -> io::Result<Background> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let sandbox = runtime.block_on(Self::start(options))?;
        let mut stopping = sandbox.state.stopping.clone();
        let (address, state, stop) = (
            sandbox.address,
            Arc::clone(&sandbox.state),
            sandbox.stop.clone(),
        );
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    // Ends when `Background` says so, or with an error once it is gone.
                    stopping.wait_for(|stop| *stop).await.ok();
                    finish(sandbox.server).await;
                });
            })?;
        Ok(Background {
            address,
            state,
            stop,
            thread: Some(thread),
        })
    }

    /// The base address, such as `http://127.0.0.1:40123/v1`.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// What it holds.
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Stops taking connections, lets requests under way finish, closes those that hang.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        finish(self.server).await;
    }
}

/// A sandbox on a thread of its own; dropped, it stops.
pub struct Background {
    address: SocketAddr,
    state: Arc<State>,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Background {
    /// The base address, such as `http://127.0.0.1:40123/v1`.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// What it holds.
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Stops it, and waits until requests under way have finished.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic over there was reported over there.
            thread.join().ok();
        }
    }
}

/// Waits for a server that was told to stop; what takes too long is left behind.
async fn finish(server: JoinHandle<()>) {
    let abort = server.abort_handle();
    // The inner error would mean that the server's task panicked: it has stopped then.
    if tokio::time::timeout(PATIENCE, server).await.is_err() {
        abort.abort();
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/v1")
}
