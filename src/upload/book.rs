//! What the engine knows of each token, and writes down before and after a request.
//!
//! What must be durable, and when:
//! - `begin_post`, `begin_new`: `sending` with the hashes of cells and body, and whether it is sent again after doubt, **before** it returns, for the first byte of the POST
//!   leaves after it. Found under a later run's lock, `sending` is doubt.
//! - `begin_put`: likewise `updating`; a PUT is safe to repeat, so its outcome may be lost.
//! - `created`, `found`, `refused`, `not_created`, `doubt`: as soon as may be, in the order of the calls, without keeping
//!   the engine. Lost by a crash, they leave `sending`, and so doubt: never a silent double.
//! - A book that cannot be written any more says `Closed`; nothing is sent then.
//!
//! The book of a run without a ledger lives in memory and is forgotten with the run. It takes some 150 bytes a token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::Work;
use super::known::{Fate, Known};
use super::ledgered::Ledgered;
use super::rate::lock;
use super::stop::Stop;
use crate::identity::{Id, Token};
use crate::ledger::{Begun, Ledger, RunNumber};

/// What is known of each token.
#[derive(Clone)]
pub enum Book {
    /// Forgotten with the process.
    Memory(Arc<Memory>),
    /// The ledger.
    Ledger(Arc<Ledgered>),
}

/// Responses that are about to be posted, as soon as that is written down.
pub(super) struct Departing {
    works: Vec<Work>,
    begun: Option<Begun>,
}

/// The book cannot be written any more: nothing may be sent.
#[derive(Debug)]
pub struct Closed;

impl Book {
    /// A book that is forgotten with the process.
    pub fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// The ledger, as a run writes it; `stop` ends where the ledger cannot be written any more.
    pub fn ledger(ledger: Arc<Ledger>, run: RunNumber, stop: Stop) -> Self {
        Self::Ledger(Arc::new(Ledgered::new(ledger, run, stop)))
    }

    pub(super) async fn lookup(&self, tokens: Vec<Token>) -> Vec<Option<Known>> {
        match self {
            Self::Memory(memory) => memory.lookup(&tokens),
            Self::Ledger(ledger) => ledger.lookup(tokens).await,
        }
    }

    /// Ids of a token's responses that `undo` deleted, and that are no hits whatever search says.
    pub(super) async fn undone(&self, token: Token) -> Vec<String> {
        match self {
            Self::Memory(_) => Vec::new(),
            Self::Ledger(ledger) => ledger.undone(token).await,
        }
    }

    /// A POST is about to leave; `again` after a doubt, so that a later run searches for doubles of this token.
    pub(super) async fn begin_post(&self, work: &Work, _again: bool) -> Result<(), Closed> {
        match self {
            Self::Memory(memory) => {
                memory.write(work, State::Sending);
                Ok(())
            }
            Self::Ledger(ledger) => ledger.begin_post(work).await,
        }
    }

    /// Several POSTs are about to leave, of responses of which nothing seems to be known; [`Self::begun`] says when.
    pub(super) fn begin_new(&self, works: Vec<Work>) -> Departing {
        let begun = match self {
            Self::Memory(_) => None,
            Self::Ledger(ledger) => Some(ledger.begin_new(&works)),
        };
        Departing { works, begun }
    }

    /// Waits until that is written down, and gives them back; `Some`: this one may not leave, for this is known of it.
    /// Where the book is closed none may leave.
    pub(super) async fn begun(
        &self,
        departing: Departing,
    ) -> Result<Vec<(Work, Option<Known>)>, Vec<Work>> {
        let Departing { works, begun } = departing;
        let known = match (self, begun) {
            (Self::Memory(memory), _) => Ok(works.iter().map(|work| memory.begin(work)).collect()),
            (Self::Ledger(ledger), Some(begun)) => ledger.begun(begun, &works).await,
            (Self::Ledger(_), None) => Err(Closed),
        };
        match known {
            Ok(known) => Ok(works.into_iter().zip(known).collect()),
            Err(Closed) => Err(works),
        }
    }

    /// A PUT is about to leave.
    pub(super) async fn begin_put(&self, work: &Work) -> Result<(), Closed> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Ledger(ledger) => ledger.begin_put(work).await,
        }
    }

    /// The POST was answered with an id, or search found what it created: then there is no `answer`.
    pub(super) fn created(&self, work: &Work, id: &str, answer: &[u8]) {
        match self {
            Self::Memory(memory) => memory.write(work, State::Uploaded(Ref::from(id))),
            Self::Ledger(ledger) => ledger.created(work, id, answer),
        }
    }

    /// Search found what an earlier run's POST created: its hashes are those of that POST.
    pub(super) fn found(&self, work: &Work, id: &str) {
        match self {
            Self::Memory(memory) => {
                memory.set(work.token, State::Uploaded(Ref::from(id)), false);
            }
            Self::Ledger(ledger) => ledger.created(work, id, b""),
        }
    }

    /// It was there without hashes: those of the row seen now are taken.
    pub(super) fn adopt(&self, work: &Work, id: &str) {
        match self {
            Self::Memory(memory) => {
                memory.write(work, State::Uploaded(Ref::from(id)));
                memory.set(work.token, State::Uploaded(Ref::from(id)), false);
            }
            Self::Ledger(ledger) => ledger.adopt(work),
        }
    }

    /// The PUT was answered: what is there has the hashes of this row, and is as the answer tells it.
    pub(super) fn updated(&self, work: &Work, id: &str, answer: &[u8]) {
        match self {
            Self::Memory(memory) => memory.write(work, State::Uploaded(Ref::from(id))),
            Self::Ledger(ledger) => ledger.updated(work, answer),
        }
    }

    /// The PUT came to nothing, and what was known before still holds; or, `perhaps`, it did come to something.
    pub(super) fn not_updated(&self, work: &Work, perhaps: bool) {
        match self {
            Self::Memory(_) => {}
            Self::Ledger(ledger) => ledger.not_updated(work, perhaps),
        }
    }

    /// The API refused the response: final for this run, sent again by the next that reads the row.
    pub(super) fn refused(&self, work: &Work, code: &str) {
        match self {
            Self::Memory(_) => self.not_created(work),
            Self::Ledger(ledger) => ledger.refused(work, code),
        }
    }

    /// Known not to be created.
    pub(super) fn not_created(&self, work: &Work) {
        match self {
            Self::Memory(memory) => memory.set(work.token, State::Free, true),
            Self::Ledger(ledger) => ledger.not_created(work),
        }
    }

    /// Perhaps created; the hashes stay those of the request in doubt.
    pub(super) fn doubt(&self, work: &Work, code: &str) {
        match self {
            Self::Memory(memory) => memory.set(work.token, State::InDoubt(code.into()), true),
            Self::Ledger(ledger) => ledger.doubt(work, code),
        }
    }
}

/// The book in memory.
#[derive(Default)]
pub struct Memory(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    run: u32,
    of: HashMap<Token, Entry>,
}

struct Entry {
    state: State,
    /// The run that brought it there; `None`: an earlier one, whichever.
    run: Option<u32>,
    raw: Option<Id>,
    payload: Option<Id>,
    version: Option<Box<str>>,
}

enum State {
    Free,
    Sending,
    Uploaded(Ref),
    InDoubt(Box<str>),
}

/// An id of the API, small where it is a number.
enum Ref {
    Number(u64),
    Text(Box<str>),
}

impl From<&str> for Ref {
    fn from(id: &str) -> Self {
        match id.parse::<u64>() {
            Ok(number) if number.to_string() == id => Self::Number(number),
            _ => Self::Text(id.into()),
        }
    }
}

impl std::fmt::Display for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Memory {
    /// Another run begins over this book: what an earlier one was sending when it ended is in doubt.
    pub fn begin_run(&self) {
        let mut entries = lock(&self.0);
        entries.run += 1;
        for entry in entries.of.values_mut() {
            if matches!(entry.state, State::Sending) {
                entry.state = State::InDoubt("run_ended".into());
            }
        }
    }

    fn lookup(&self, tokens: &[Token]) -> Vec<Option<Known>> {
        let entries = lock(&self.0);
        let known = |token| entries.of.get(token).map(|entry| entry.known(entries.run));
        tokens.iter().map(known).collect()
    }

    /// Takes note of a response of which nothing is known; else says what is.
    fn begin(&self, work: &Work) -> Option<Known> {
        let known = self.lookup(&[work.token]).pop().flatten();
        if known.is_none() {
            self.write(work, State::Sending);
        }
        known
    }

    fn write(&self, work: &Work, state: State) {
        let mut entries = lock(&self.0);
        let entry = Entry {
            state,
            run: Some(entries.run),
            raw: Some(work.raw),
            payload: Some(work.payload),
            version: work.version.as_deref().map(Box::from),
        };
        entries.of.insert(work.token, entry);
    }

    fn set(&self, token: Token, state: State, by_this_run: bool) {
        let mut entries = lock(&self.0);
        let run = by_this_run.then_some(entries.run);
        let blank = || Entry {
            state: State::Free,
            run: None,
            raw: None,
            payload: None,
            version: None,
        };
        let entry = entries.of.entry(token).or_insert_with(blank);
        (entry.state, entry.run) = (state, run);
    }
}

impl Entry {
    fn known(&self, run: u32) -> Known {
        Known {
            fate: match &self.state {
                State::Free => Fate::Free,
                State::Sending => Fate::InDoubt("sending".into()),
                State::Uploaded(id) => Fate::Uploaded(id.to_string()),
                State::InDoubt(code) => Fate::InDoubt(code.to_string()),
            },
            by_this_run: self.run == Some(run),
            raw: self.raw,
            payload: self.payload,
            version: self.version.as_deref().map(str::to_owned),
            may_come_late: false,
        }
    }
}
