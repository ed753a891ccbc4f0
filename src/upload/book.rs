//! What the engine knows of each token, and writes down before and after a request.
//!
//! The book of a run without a ledger lives in memory and is forgotten with the run.

use std::collections::HashMap;
use std::sync::Mutex;

use super::Work;
use super::known::{Fate, Known};
use super::rate::lock;
use crate::identity::Token;
use crate::outcome::Outcome;

/// What is known of each token.
pub struct Book {
    entries: Mutex<HashMap<Token, Known>>,
}

/// The book cannot be written any more: nothing may be sent.
#[derive(Debug)]
pub struct Closed;

impl Book {
    /// A book that is forgotten with the run.
    pub fn in_memory() -> Self {
        Self {
            entries: Mutex::default(),
        }
    }

    pub(super) async fn lookup(&self, tokens: Vec<Token>) -> Vec<Option<Known>> {
        let entries = lock(&self.entries);
        tokens
            .iter()
            .map(|token| entries.get(token).cloned())
            .collect()
    }

    pub(super) async fn begin_post(&self, _work: &Work) -> Result<(), Closed> {
        Ok(())
    }

    pub(super) async fn begin_put(&self, _work: &Work) -> Result<(), Closed> {
        Ok(())
    }

    pub(super) fn created(&self, work: &Work, id: &str) {
        self.write(work, Fate::Uploaded(id.to_owned()));
    }

    pub(super) fn updated(&self, work: &Work, id: &str) {
        self.write(work, Fate::Uploaded(id.to_owned()));
    }

    pub(super) fn not_updated(&self, _work: &Work) {}

    pub(super) fn not_created(&self, work: &Work) {
        self.write(work, Fate::Free);
    }

    pub(super) fn doubt(&self, work: &Work, code: &str) {
        self.write(work, Fate::InDoubt(code.to_owned()));
    }

    pub(super) fn settle(&self, work: &Work, outcome: &Outcome) {
        match outcome {
            Outcome::InDoubt(why) => self.doubt(work, &why.code),
            _ => self.not_created(work),
        }
    }

    fn write(&self, work: &Work, fate: Fate) {
        let known = Known {
            fate,
            by_this_run: true,
            raw: Some(work.raw),
            payload: Some(work.payload),
            version: work.version.clone(),
        };
        lock(&self.entries).insert(work.token, known);
    }
}
