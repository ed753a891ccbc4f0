//! The ledger: the durable book of what is known of each response, so that none is posted twice or forgotten.
//!
//! # The file
//! An SQLite database in WAL mode, `application_id` `chtl`, of mode 0600; its version is in `PRAGMA user_version`. This
//! is version 3; the tables are in `schema.sql`, `schema-2.sql` and `schema-3.sql`, and people may look into them with any
//! SQLite tool. Later versions are reached by steps in `migrate.rs`, forward only; a later version than the program knows
//! is refused. One file serves all projects. It holds tokens, states, ids, hashes, codes, places (file and row) and figures; never the content of
//! feedback, and no cell's text but the version that a mapping names.
//!
//! `responses.state`: 0 new, 1 uploaded, 2 refused, 3 undone; open ones: 10 in doubt, 11 sending, 12 updating,
//! 13 deleting. Times are milliseconds since 1970. A hash of zeros is a content that nobody knows: that of a response
//! whose PUT had no clear answer.
//!
//! # Invariants
//! 1. A response is `sending` on the disk before the first byte of its POST leaves. States change by [`State::after`]
//!    alone.
//! 2. `responses.run` is the run whose POST a response is; a rebuild counts as a run. Updates are in `updates`, earlier
//!    runs that may have created it as well in `earlier_posts`.
//! 3. An id in `undone` never becomes a token's id again.
//! 4. What was answered is in the file: it survives the process, and with [`Durability::Full`] the power. The beginning
//!    and the end of a run, and all that was written before them, survive the power in either case.
//! 5. After a write that failed, or went to a file that is no longer in its place, the ledger is closed: every later call says [`Closed`], and nothing may be sent.
//!
//! # Size
//! 188 bytes a response were measured at two million of them, with ids of 36 characters (`benches/ledger.rs`). Tokens are random, so a table in their order would write a page of its own for each;
//! the rows are in the order of their coming, and only an index of the tokens is spread.

mod below;
mod checkpoint;
mod copies;
mod desk;
mod entry;
mod error;
mod filesystem;
mod loaded;
mod lock;
mod made_of;
mod migrate;
mod open;
mod place;
mod power;
mod query;
mod queue;
mod reader;
mod remember;
mod runs;
mod state;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::oneshot;

pub use below::BelowHeader;
pub use copies::Copy;
pub use entry::{Entry, Intent, Note, Taken, UNKNOWN, UPDATE_NOT_ECHOED};
pub use error::{Closed, Fault, LedgerError, Trouble};
pub use loaded::Loading;
pub use lock::{Guarded, Lock, hold};
pub use made_of::MadeOf;
pub use query::{Direction, Open, Rejected, Standing, View};
pub use reader::Reader;
pub use remember::{FailuresFile, KnownFailure, OfRun, Remembered, Target};
pub use runs::{Dead, Finished, Named, NewRun, Run, boot_id, run_id};
pub use state::{Event, IllegalTransition, RunNumber, State};

use crate::identity::Token;
use desk::{Desk, JobError};
use entry::whole;
use writer::{Need, Settle, Writer};

/// What the ledger survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, at any instant.
    Normal,
    /// The end of the power too; every commit waits for the disk.
    Full,
}

/// The book of what is known of each response. Dropping it writes what is queued, and waits for that.
pub struct Ledger {
    writer: Writer,
    path: PathBuf,
    durability: Durability,
    /// A temporary ledger goes with its folder.
    _folder: Option<tempfile::TempDir>,
}

impl Ledger {
    /// Opens a ledger, and makes it where there is none.
    ///
    /// # Errors
    /// It lies on a network, cannot be written, is damaged, is no ledger, or is a later version's.
    pub fn open(path: &Path, durability: Durability) -> Result<Self, LedgerError> {
        open::create(path)?;
        let desk = Desk::new(open::connect(path, durability)?);
        let writer = Writer::spawn(desk, durability, path)?;
        Ok(Self {
            writer,
            path: path.to_owned(),
            durability,
            _folder: None,
        })
    }

    /// Likewise, but everything is done at once on the caller's own thread: for tests in virtual time, which would run
    /// on while another thread is at work.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_inline(path: &Path, durability: Durability) -> Result<Self, LedgerError> {
        open::create(path)?;
        let desk = Desk::new(open::connect(path, durability)?);
        let writer = Writer::inline(desk, durability, path);
        Ok(Self {
            writer,
            path: path.to_owned(),
            durability,
            _folder: None,
        })
    }

    /// A ledger that is forgotten with this value; inline as in [`Self::open_inline`].
    ///
    /// # Errors
    /// No temporary folder can be made.
    pub fn temporary() -> Result<Self, LedgerError> {
        let folder = tempfile::tempdir()
            .map_err(|error| LedgerError::from_io(&std::env::temp_dir(), &error))?;
        let ledger = Self::open_inline(&folder.path().join("ledger.sqlite"), Durability::Normal)?;
        Ok(Self {
            _folder: Some(folder),
            ..ledger
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it survives.
    pub fn durability(&self) -> Durability {
        self.durability
    }

    /// Why it is closed; `None` while it can be written.
    pub fn closed(&self) -> Option<Closed> {
        self.writer.closed()
    }

    /// What is known of each token, in their order; all that was told before is seen.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn lookup(&self, tokens: Vec<Token>) -> Result<Vec<Option<Entry>>, Closed> {
        self.writer
            .ask(Need::Read, move |desk| desk.lookup(&tokens))
            .await
    }

    /// Writes down that a response is about to be posted. Nothing may leave before this returns.
    ///
    /// # Errors
    /// The ledger is closed, or the response may be in Chattermill already.
    pub async fn begin_post(&self, run: RunNumber, intent: Intent) -> Result<(), Fault> {
        let now = now();
        self.begin(move |desk| desk.begin_post(run, &intent, now))
            .await
    }

    /// The same of several of which nothing seems to be known, in one go. Nothing may leave before [`Self::begun`] says so.
    pub fn begin_new(&self, run: RunNumber, intents: Vec<Intent>) -> Begun {
        let now = now();
        let job = move |desk: &mut Desk| {
            let begun = intents
                .iter()
                .map(|intent| desk.begin_new(run, intent, now));
            begun.collect()
        };
        Begun(self.writer.queue(Need::Write, job))
    }

    /// Waits until it is written down which of them are about to be posted; `Some`: this one is not, for this is known of
    /// it.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn begun(&self, begun: Begun) -> Result<Vec<Option<Entry>>, Closed> {
        begun.0.await.map_err(|_| self.writer.reason())
    }

    /// Writes down that a known response is about to be updated.
    ///
    /// # Errors
    /// The ledger is closed, or the response is not known to be in Chattermill.
    pub async fn begin_put(&self, run: RunNumber, intent: Intent) -> Result<(), Fault> {
        self.begin(move |desk| desk.begin_put(run, intent)).await
    }

    /// Writes down that a known response is about to be deleted.
    ///
    /// # Errors
    /// The ledger is closed, or the response is not known to be in Chattermill.
    pub async fn begin_delete(&self, run: RunNumber, token: Token) -> Result<(), Fault> {
        self.begin(move |desk| desk.begin_delete(run, token)).await
    }

    /// Tells what became of a request, and does not wait. What contradicts the ledger closes it.
    pub fn tell(&self, token: Token, event: Event, note: Note) {
        self.writer.settle(Settle {
            token,
            event,
            note,
            now: now(),
        });
    }

    /// Tells what was found out, and waits until it is written. `false`: the id found is one that `undo` deleted, so it
    /// is no hit; nothing changed.
    ///
    /// # Errors
    /// The ledger is closed, or it cannot be so.
    pub async fn settle(&self, token: Token, event: Event, note: Note) -> Result<bool, Fault> {
        let now = now();
        self.begin(move |desk| desk.apply(token, event, &note, now))
            .await
    }

    /// Takes back responses that the API holds, in their order; without hashes.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn take_back(
        &self,
        run: RunNumber,
        found: Vec<(Token, String)>,
    ) -> Result<Vec<Taken>, Closed> {
        let now = now();
        let job = move |desk: &mut Desk| {
            found
                .iter()
                .map(|(token, id)| desk.take_back(run, *token, id, now))
                .collect()
        };
        self.writer.ask(Need::Write, job).await
    }

    /// Takes back one response that search found, without waiting.
    pub fn take_back_later(&self, run: RunNumber, token: Token, id: String) {
        let now = now();
        self.writer.tell(Need::Write, move |desk| {
            desk.take_back(run, token, &id, now).map(|_| ())
        });
    }

    /// Gives a response that was taken back the hashes of its row, now that it was seen; does not wait.
    pub fn adopt(&self, intent: Intent) {
        self.writer
            .tell(Need::Write, move |desk| desk.adopt(&intent));
    }

    /// Waits until all that was told before is written.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn flush(&self) -> Result<(), Closed> {
        self.writer.ask(Need::Read, |_| Ok(())).await
    }

    /// Asks a question of [`View`]; all that was told before is seen.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(View<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Closed> {
        self.writer
            .ask(Need::Read, move |desk| {
                Ok(question(View::new(&desk.connection))?)
            })
            .await
    }

    async fn begin<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Desk) -> Result<T, JobError> + Send + 'static,
    ) -> Result<T, Fault> {
        // What is refused changes nothing, and concerns only who asked: the rest of the group goes on.
        let job = move |desk: &mut Desk| match job(desk) {
            Ok(value) => Ok(Ok(value)),
            Err(JobError::Illegal(illegal)) => Ok(Err(illegal)),
            Err(error) => Err(error),
        };
        self.writer
            .ask(Need::Write, job)
            .await?
            .map_err(Fault::Illegal)
    }
}

/// What was begun, and is perhaps not written down yet.
pub struct Begun(oneshot::Receiver<Vec<Option<Entry>>>);

/// The name of the network file system that a folder lies on, where no ledger may be; `None` where it is local.
pub fn network_file_system(folder: &Path) -> Option<String> {
    filesystem::network(folder)
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    whole(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
