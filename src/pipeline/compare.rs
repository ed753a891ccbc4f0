//! What another mapping makes of the same rows: both read the files side by side, so that memory stays bounded, and are
//! compared response by response.

use std::collections::VecDeque;
use std::thread::JoinHandle;

use tokio::sync::mpsc;

use super::fed::Fed;
use super::feed::{Feed, Outlets, Way};
use crate::report::Diff;
use crate::report::diff::Kind;
use crate::upload::{Settled, Work};

/// Rejections of the other mapping between its feeder and their count.
const OUTCOMES_AHEAD: usize = 1024;

/// The other mapping at work.
pub struct Comparison {
    old: Ahead,
    feeder: JoinHandle<Fed>,
    rejections: JoinHandle<u64>,
    diff: Diff,
    files: Vec<String>,
}

/// What the other mapping made, looked at before it is taken.
struct Ahead {
    from: mpsc::Receiver<Vec<Work>>,
    batch: VecDeque<Work>,
}

/// Where a row stands in the run: number of the file, number of the row. Both mappings read in this order.
fn place(work: &Work) -> (usize, u64) {
    let row = &work.ticket.row;
    (row.file, row.position.row)
}

impl Ahead {
    fn peek(&mut self) -> Option<&Work> {
        while self.batch.is_empty() {
            self.batch = self.from.blocking_recv()?.into();
        }
        self.batch.front()
    }

    /// All responses of the next row, where it is at a place that is wanted. A row is never split between batches.
    fn row(&mut self, wanted: impl Fn((usize, u64)) -> bool) -> Option<Vec<Work>> {
        let at = self.peek().map(place).filter(|at| wanted(*at))?;
        let mut row = Vec::new();
        while let Some(work) = self.batch.pop_front_if(|work| place(work) == at) {
            row.push(work);
        }
        Some(row)
    }
}

impl Comparison {
    /// Begins to read by the other mapping, called `name`.
    pub fn start(name: &str, feed: Feed, ahead: usize) -> Self {
        let files = feed.inputs.iter().map(|input| input.name.clone()).collect();
        let (work_to, from) = mpsc::channel(ahead);
        let (settled_to, settled_from) = mpsc::channel(OUTCOMES_AHEAD);
        let outlets = Outlets {
            way: Way::Sent(work_to),
            settled: settled_to,
        };
        Self {
            old: Ahead {
                from,
                batch: VecDeque::new(),
            },
            feeder: std::thread::spawn(move || feed.run(outlets)),
            rejections: std::thread::spawn(move || count(settled_from)),
            diff: Diff::new(name),
            files,
        }
    }

    /// Compares what the mapping in question made, in the order of the input.
    pub fn see(&mut self, batch: &[Work]) {
        for new in batch.chunk_by(|one, other| place(one) == place(other)) {
            let Some(at) = new.first().map(place) else {
                continue;
            };
            while let Some(passed) = self.old.row(|old| old < at) {
                self.alone(Kind::OnlyOld, &passed);
            }
            let old = self.old.row(|old| old == at).unwrap_or_default();
            self.row(&old, new);
        }
    }

    /// One row by both mappings.
    fn row(&mut self, old: &[Work], new: &[Work]) {
        for work in new {
            match old.iter().find(|old| old.token == work.token) {
                Some(before) => {
                    let (file, row) = self.place(work);
                    self.diff
                        .both(&file, row, &work.name, &before.body, &work.body);
                }
                None => self.alone(Kind::OnlyNew, std::slice::from_ref(work)),
            }
        }
        let gone = old
            .iter()
            .filter(|old| !new.iter().any(|work| work.token == old.token));
        for work in gone {
            self.alone(Kind::OnlyOld, std::slice::from_ref(work));
        }
    }

    fn alone(&mut self, kind: Kind, works: &[Work]) {
        for work in works {
            let (file, row) = self.place(work);
            self.diff.alone(kind, &file, row, &work.name);
        }
    }

    fn place(&self, work: &Work) -> (String, u64) {
        let (file, row) = place(work);
        (self.files.get(file).cloned().unwrap_or_default(), row)
    }

    /// Takes in what is left of the other mapping.
    pub fn finish(mut self) -> Diff {
        while let Some(left) = self.old.row(|_| true) {
            self.alone(Kind::OnlyOld, &left);
        }
        // A thread that panicked has said so; what could not be read is told by the other reader too.
        let _ = self.feeder.join();
        self.diff.rejected_by_old = self.rejections.join().unwrap_or_default();
        self.diff
    }
}

/// All that comes here was rejected.
fn count(mut settled: mpsc::Receiver<Settled>) -> u64 {
    let mut count = 0;
    while settled.blocking_recv().is_some() {
        count += 1;
    }
    count
}
