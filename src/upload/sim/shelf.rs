//! The book that outlives the client's runs: in memory, or the ledger for some of the seeds.

use std::sync::Arc;

use jiff::Timestamp;

use crate::ledger::{Ledger, NewRun, Target};
use crate::upload::stop::Stop;
use crate::upload::{Book, Memory};

/// Where the book is kept.
pub(super) enum Shelf {
    Memory(Arc<Memory>),
    Ledger(Arc<Ledger>),
}

impl Shelf {
    pub(super) fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    pub(super) fn ledger() -> Self {
        Self::Ledger(Arc::new(Ledger::temporary().expect("a temporary folder")))
    }

    /// The book of a new run: what the last one was sending is in doubt now.
    pub(super) async fn open(&self, number: usize, stop: &Stop) -> Book {
        match self {
            Self::Memory(memory) => {
                memory.begin_run();
                Book::Memory(Arc::clone(memory))
            }
            Self::Ledger(ledger) => {
                let run = ledger
                    .start_run(new_run(number))
                    .await
                    .expect("an open ledger");
                ledger.bury_dead(run).await.expect("an open ledger");
                Book::ledger(Arc::clone(ledger), run, stop.clone())
            }
        }
    }
}

fn new_run(number: usize) -> NewRun {
    NewRun {
        id: format!("run-{number}"),
        command: "import".to_owned(),
        version: "0".to_owned(),
        target: Target {
            origin: "https://api.example".to_owned(),
            project: "acme".to_owned(),
        },
        scope: Some("sim".to_owned()),
        shard: None,
        mapping: None,
        mapping_hash: None,
        files: Vec::new(),
        token_attribute: String::new(),
        below: Vec::new(),
        inputs: None,
        started_at: Timestamp::UNIX_EPOCH,
    }
}
