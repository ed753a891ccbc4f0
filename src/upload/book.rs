//! What the engine knows of each token, and writes down before and after a request.
//!
//! What must be durable, and when:
//! - `begin_post`: `sending` with the hashes of cells and body, and whether it is sent again after doubt, **before** it returns, for the first byte of the POST
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
use super::rate::lock;
use crate::identity::{Id, Token};

/// What is known of each token.
#[derive(Clone)]
pub enum Book {
    /// Forgotten with the process.
    Memory(Arc<Memory>),
}

/// The book cannot be written any more: nothing may be sent.
#[derive(Debug)]
pub struct Closed;

impl Book {
    /// A book that is forgotten with the process.
    pub fn in_memory() -> Self {
        Self::Memory(Arc::default())
    }

    pub(super) async fn lookup(&self, tokens: Vec<Token>) -> Vec<Option<Known>> {
        let Self::Memory(memory) = self;
        memory.lookup(&tokens)
    }

    /// A POST is about to leave; `again` after a doubt, so that a later run searches for doubles of this token.
    pub(super) async fn begin_post(&self, work: &Work, _again: bool) -> Result<(), Closed> {
        let Self::Memory(memory) = self;
        memory.write(work, State::Sending);
        Ok(())
    }

    /// A PUT is about to leave.
    pub(super) async fn begin_put(&self, _work: &Work) -> Result<(), Closed> {
        Ok(())
    }

    /// The POST was answered with an id, or search found what it created.
    pub(super) fn created(&self, work: &Work, id: &str) {
        let Self::Memory(memory) = self;
        memory.write(work, State::Uploaded(Ref::from(id)));
    }

    /// Search found what an earlier run's POST created: its hashes are those of that POST.
    pub(super) fn found(&self, work: &Work, id: &str) {
        let Self::Memory(memory) = self;
        memory.set(work.token, State::Uploaded(Ref::from(id)), false);
    }

    /// It was there without hashes: those of the row seen now are taken.
    pub(super) fn adopt(&self, work: &Work, id: &str) {
        let Self::Memory(memory) = self;
        memory.write(work, State::Uploaded(Ref::from(id)));
        memory.set(work.token, State::Uploaded(Ref::from(id)), false);
    }

    /// The PUT was answered: what is there has the hashes of this row.
    pub(super) fn updated(&self, work: &Work, id: &str) {
        let Self::Memory(memory) = self;
        memory.write(work, State::Uploaded(Ref::from(id)));
    }

    /// The PUT came to nothing: what was known before still holds.
    pub(super) fn not_updated(&self, _work: &Work) {}

    /// The API refused the response: final for this run, sent again by the next that reads the row.
    pub(super) fn refused(&self, work: &Work, _code: &str) {
        self.not_created(work);
    }

    /// Known not to be created.
    pub(super) fn not_created(&self, work: &Work) {
        let Self::Memory(memory) = self;
        memory.set(work.token, State::Free, true);
    }

    /// Perhaps created; the hashes stay those of the request in doubt.
    pub(super) fn doubt(&self, work: &Work, code: &str) {
        let Self::Memory(memory) = self;
        memory.set(work.token, State::InDoubt(code.into()), true);
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

    /// All that is known now, for comparing it with what is there.
    pub fn all(&self) -> Vec<(Token, Known)> {
        let entries = lock(&self.0);
        entries
            .of
            .iter()
            .map(|(token, entry)| (*token, entry.known(entries.run)))
            .collect()
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
        }
    }
}
