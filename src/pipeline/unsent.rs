//! The place of the engine in a check: nothing is sent, but equal identities are told as an upload would tell them.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::compare::Comparison;
use super::seen::Seen;
use crate::identity::Id;
use crate::ledger::Reader;
use crate::mapping::OnChange;
use crate::outcome::{Outcome, Rejection};
use crate::upload::known::{Brought, Fate, Known, Route, route};
use crate::upload::{Settled, Work, known_of};

/// How all that comes in is settled.
pub struct Settling<'a> {
    /// What the mapping says of rows that came before.
    pub on_change: OnChange,
    /// What is there already.
    pub ledger: Option<&'a Reader>,
    /// What another mapping makes of the same rows.
    pub old: Option<&'a mut Comparison>,
}

impl Settling<'_> {
    /// Settles all that comes in as an upload would settle it in which nothing fails.
    pub fn run(mut self, mut work: mpsc::Receiver<Vec<Work>>, settled: &mpsc::Sender<Settled>) {
        let mut seen = Seen::default();
        while let Some(batch) = work.blocking_recv() {
            if let Some(old) = &mut self.old {
                old.see(&batch);
            }
            for work in batch {
                let outcome = outcome(&mut seen, self.ledger, &work, self.on_change);
                let one = Settled {
                    ticket: Arc::clone(&work.ticket),
                    name: work.name,
                    outcome,
                    marks: work.marks,
                };
                if settled.blocking_send(one).is_err() {
                    return;
                }
            }
        }
    }
}

fn outcome(seen: &mut Seen, ledger: Option<&Reader>, work: &Work, on_change: OnChange) -> Outcome {
    let failed = |error: rusqlite::Error| {
        Outcome::Failed(Rejection::new(
            "spill_failed",
            "",
            format!(
                "the temporary file cannot be used: {error}: free some disk space, or set TMPDIR"
            ),
        ))
    };
    let known = match seen.get(&work.token.0) {
        Ok(known) => known,
        Err(error) => return failed(error),
    };
    let known = known.map(|payload| Known {
        fate: Fate::Uploaded(String::new()),
        by_this_run: true,
        raw: None,
        payload: Some(Id(payload)),
        version: None,
    });
    let known = match (known, ledger) {
        (None, Some(ledger)) => match ledger.ask(|view| view.entry(work.token)) {
            Ok(entry) => entry.map(|entry| known_of(entry, None)),
            Err(error) => {
                let why = Rejection::new("ledger_unreadable", "", error.to_string());
                return Outcome::Failed(why);
            }
        },
        (known, _) => known,
    };
    let brought = Brought {
        raw: work.raw,
        payload: work.payload,
        version: work.version.as_deref(),
        on_change,
        reapply: false,
    };
    match route(known.as_ref(), &brought) {
        Route::Settle(outcome) => outcome,
        Route::Post | Route::Put(_) | Route::Ask(_) => match seen.set(work.token.0, work.payload.0)
        {
            Ok(()) => Outcome::NotAttempted,
            Err(error) => failed(error),
        },
    }
}
