//! The place of the engine in a check: nothing is sent, but equal identities are told as an upload would tell them.

use super::compare::Comparison;
use super::seen::{Seen, Value};
use crate::identity::{Id, Token};
use crate::ledger::Reader;
use crate::mapping::OnChange;
use crate::outcome::{Outcome, Rejection};
use crate::report::Diff;
use crate::upload::known::{Brought, Fate, Known, Route, route};
use crate::upload::{Work, known_of};

/// Says what would become of responses in an upload in which nothing fails.
pub struct Unsent {
    on_change: OnChange,
    ledger: Option<Reader>,
    old: Option<Comparison>,
    seen: Seen,
}

impl Unsent {
    /// `on_change` is what the mapping says of rows that came before, `ledger` knows what is there already, and `old` is
    /// what another mapping makes of the same rows.
    pub fn new(on_change: OnChange, ledger: Option<Reader>, old: Option<Comparison>) -> Self {
        Self {
            on_change,
            ledger,
            old,
            seen: Seen::default(),
        }
    }

    /// Whether responses are compared with another mapping's.
    pub fn compares(&self) -> bool {
        self.old.is_some()
    }

    /// Compares responses with another mapping's.
    pub fn compare(&mut self, batch: &[Work]) {
        if let Some(old) = &mut self.old {
            old.see(batch);
        }
    }

    /// What the comparison came to.
    pub fn finish(self) -> Option<Diff> {
        self.old.map(Comparison::finish)
    }

    /// These are asked for next.
    pub fn expect<'a>(&self, tokens: impl Iterator<Item = &'a Token>) {
        self.seen.expect(tokens.map(|token| &token.0));
    }

    /// What would become of the next response, by its token and the hashes of its cells and its body; `None` where it
    /// would be sent.
    pub fn outcome(
        &mut self,
        token: Token,
        raw: Id,
        payload: Id,
        version: Option<&str>,
    ) -> Option<Outcome> {
        let seen = match self.seen.get(&token.0) {
            Ok(seen) => seen,
            Err(error) => return Some(Outcome::Failed(spill_failed(&error))),
        };
        if seen.is_some() || self.ledger.is_some() {
            let known = match self.known(token, seen) {
                Ok(known) => known,
                Err(why) => return Some(Outcome::Failed(why)),
            };
            let brought = Brought {
                raw,
                payload,
                version,
                on_change: self.on_change,
                reapply: false,
            };
            if let Route::Settle(outcome) = route(known.as_ref(), &brought) {
                return Some(outcome);
            }
        }
        let set = self.seen.set(&token.0, payload.0);
        set.err().map(|error| Outcome::Failed(spill_failed(&error)))
    }

    /// What came before in this run, or is there from an earlier one.
    fn known(&self, token: Token, seen: Option<Value>) -> Result<Option<Known>, Rejection> {
        if let Some(payload) = seen {
            return Ok(Some(Known {
                fate: Fate::Uploaded(String::new()),
                by_this_run: true,
                raw: None,
                payload: Some(Id(payload)),
                version: None,
                may_come_late: false,
            }));
        }
        let Some(ledger) = &self.ledger else {
            return Ok(None);
        };
        match ledger.ask(|view| view.entry(token)) {
            Ok(entry) => Ok(entry.map(|entry| known_of(entry, None))),
            Err(error) => Err(Rejection::new("ledger_unreadable", "", error.to_string())),
        }
    }
}

fn spill_failed(error: &std::io::Error) -> Rejection {
    Rejection::new(
        "spill_failed",
        "",
        format!("the temporary file cannot be used: {error}: free some disk space, or set TMPDIR"),
    )
}
