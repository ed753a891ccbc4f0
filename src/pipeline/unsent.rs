//! The place of the engine in a check: nothing is sent, but equal identities are told as an upload would tell them.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::seen::Seen;
use crate::identity::Id;
use crate::ledger::Reader;
use crate::mapping::OnChange;
use crate::outcome::{Outcome, Rejection};
use crate::upload::known::{Brought, Fate, Known, Route, route};
use crate::upload::{Settled, Work, known_of};

/// Settles all that comes in as an upload would settle it in which nothing fails; `ledger` says what is there already.
pub fn settle(
    mut work: mpsc::Receiver<Vec<Work>>,
    settled: &mpsc::Sender<Settled>,
    on_change: OnChange,
    ledger: Option<&Reader>,
) {
    let mut seen = Seen::default();
    while let Some(batch) = work.blocking_recv() {
        for work in batch {
            let outcome = outcome(&mut seen, ledger, &work, on_change);
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
