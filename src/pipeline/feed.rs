//! The first half of the way: read, map, identify, validate, make the body.
//!
//! One thread reads (`batches`), some map (`lanes`, `mapped`), and what has to be done in the order of the input is done by
//! one that takes it all back (`ordered`).

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::mpsc;

use super::batches::Reading;
use super::fed::{Fed, Tally};
use super::hashes::Hashes;
use super::identify::{Occurrences, Tokens};
use super::inputs::Opened;
use super::known_failures::KnownFailures;
use super::lanes;
use super::mapped::Mapper;
use super::ordered::Feeder;
use super::unsent::Unsent;
use crate::catalogue::Catalogue;
use crate::mapping::{KeyBy, Mapping};
use crate::report::Overview;
use crate::units::Shard;
use crate::upload::stop::Stop;
use crate::upload::{Settled, Work};

/// What the feeder needs to know.
pub struct Feed {
    /// The inputs in their order.
    pub inputs: Vec<Opened>,
    /// The mapping.
    pub mapping: Arc<Mapping>,
    /// What the project takes; `None` offline.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Makes tokens; `None` offline.
    pub tokens: Option<Tokens>,
    /// Takes this share of the rows only.
    pub shard: Option<Shard>,
    /// Finds rows that failed before.
    pub known_failures: Option<KnownFailures>,
    /// Leaves them out.
    pub ignore_known: bool,
    /// So many rows at most.
    pub limit: Option<u64>,
    /// So many responses are kept as they would be posted.
    pub preview: usize,
    /// Looks at all responses that are fit to be sent; `None` where they are sent.
    pub overview: Option<Overview>,
    /// Ends the run.
    pub stop: Stop,
    /// Counts as it goes, for the progress.
    pub tally: Arc<Tally>,
}

/// Where the feeder's results go.
pub struct Outlets {
    /// Where responses go that are fit to be sent.
    pub way: Way,
    /// Responses that are settled here.
    pub settled: mpsc::Sender<Settled>,
}

/// Where responses go that are fit to be sent.
pub enum Way {
    /// To be delivered, or compared.
    Sent(mpsc::Sender<Vec<Work>>),
    /// Nowhere: this says what would become of them.
    Unsent(Box<Unsent>),
}

impl Feed {
    /// Reads all inputs to their end, or until the run stops.
    pub fn run(self, outlets: Outlets) -> Fed {
        self.run_on(lanes::workers(), outlets)
    }

    fn run_on(self, workers: usize, outlets: Outlets) -> Fed {
        let key = &self.mapping.key;
        // What a failures file says of its rows was hashed by an earlier run.
        let is_among_itself =
            self.tokens.is_none() && !self.inputs.iter().any(|input| input.is_failures_file);
        let hashes = if is_among_itself {
            Hashes::passing(&key.scope)
        } else {
            Hashes::lasting(&key.scope, self.tokens.clone())
        };
        let mapper = Arc::new(Mapper {
            catalogue: self.catalogue,
            hashes: hashes.clone(),
            token: key.token.clone().filter(|_| hashes.has_tokens()),
            hashes_cells: !is_among_itself,
            sends: outlets.way.needs_work(),
            shows: AtomicBool::new(self.preview > 0),
            overview: self.overview.as_ref().map(Overview::part),
        });
        let reading = Reading {
            inputs: self.inputs,
            mapping: Arc::clone(&self.mapping),
            // A shard counts the rows that it takes.
            limit: self.limit.filter(|_| self.shard.is_none()),
            tells_unused: self.overview.is_some(),
            sends: mapper.sends,
            stop: self.stop.clone(),
            enough: Arc::default(),
        };
        let mut feeder = Feeder {
            hashes,
            mapper: Arc::clone(&mapper),
            occurrences: Occurrences::new(&key.scope, &key.by),
            is_by_content: !matches!(key.by, KeyBy::Columns(_)),
            shard: self.shard,
            known_failures: self.known_failures,
            ignore_known: self.ignore_known,
            limit: self.limit,
            preview: self.preview,
            stop: self.stop,
            tally: self.tally,
            enough: Arc::clone(&reading.enough),
            outlets,
            batch: Vec::new(),
            batch_bytes: 0,
            fed: Fed {
                overview: self.overview,
                ..Fed::default()
            },
            last_meant: 0,
        };
        std::thread::scope(|scope| {
            let (mut entry, exit) = lanes::start(scope, workers, &mapper);
            scope.spawn(move || reading.run(&mut entry));
            feeder.take_all(exit);
        });
        if let Way::Unsent(unsent) = feeder.outlets.way {
            feeder.fed.diff = unsent.finish();
        }
        feeder.fed
    }
}

impl Way {
    /// Whether responses are wanted as they would be sent.
    pub fn needs_work(&self) -> bool {
        match self {
            Self::Sent(_) => true,
            Self::Unsent(unsent) => unsent.compares(),
        }
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
