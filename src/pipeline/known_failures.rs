//! Rows that failed in an earlier run and have not changed since: told from new failures, or left out.

use crate::error::Error;
use crate::identity::{Id, Token};
use crate::ledger::{Reader, RunNumber};
use crate::outcome::{Outcome, Rejection};

/// Looks into the ledger for what earlier runs of the scope could not deliver under the same mapping.
pub struct KnownFailures {
    reader: Reader,
    run: RunNumber,
    /// There is none at all: nothing need be looked up.
    is_empty: bool,
}

impl KnownFailures {
    /// For a run that has begun.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn new(ledger: &std::path::Path, run: RunNumber) -> Result<Self, Error> {
        let reader = Reader::open(ledger)?;
        let is_empty = !reader.ask(|view| view.has_known_failures(run))?;
        Ok(Self {
            reader,
            run,
            is_empty,
        })
    }

    /// Whether a response of a row with these cells failed before, and somebody was told.
    pub fn has(&self, raw: Id, token: Option<Token>) -> bool {
        self.find(raw, token, true).is_some()
    }

    /// What became of it then.
    pub fn outcome(&self, raw: Id, token: Token) -> Option<Outcome> {
        let (status, code) = self.find(raw, Some(token), true)?;
        let message =
            "it failed in an earlier run, and neither the row nor the mapping has changed since";
        let why = Rejection::new(code, "", message);
        Some(if status == "failed" {
            Outcome::Failed(why)
        } else {
            Outcome::Rejected(why)
        })
    }

    /// Whether a row with these cells had another number of cells than its header.
    pub fn was_ragged(&self, raw: Id) -> bool {
        self.find(raw, None, false)
            .is_some_and(|(_, code)| code == "ragged_row")
    }

    /// What a run that died had found nobody was told of: it is new to whoever hears of it now.
    fn find(&self, raw: Id, token: Option<Token>, told: bool) -> Option<(String, String)> {
        if self.is_empty {
            return None;
        }
        // A ledger that cannot be read has ended the run elsewhere; here a failure then counts as a new one.
        let known = self
            .reader
            .ask(|view| view.known_failures(self.run, raw))
            .unwrap_or_default();
        known
            .into_iter()
            .find(|known| known.token == token && (known.is_told || !told))
            .map(|known| (known.status, known.code))
    }
}
