//! The reader's part, on a thread of its own: from inputs to batches of rows, in their order.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::identify::Fingerprint;
use super::inputs::Opened;
use super::lanes::Entry;
use super::unused::Unused;
use super::wanted::guessed;
use crate::error::InputError;
use crate::mapping::{Mapping, Plan};
use crate::read::{Notices, finish};
use crate::record::{Cell, Cells, Row};
use crate::upload::stop::Stop;

/// A batch is handed on when it holds so many rows, or so many bytes of them: threads that wake each other up too often
/// have little time for anything else.
const LOOKED_AT: Most = Most {
    rows: 2048,
    bytes: 512 << 10,
};
/// Where each response gets a body, which takes several times the room of its row, and is sent much later than made.
const SENT: Most = Most {
    rows: 256,
    bytes: 64 << 10,
};
/// So many rows at the beginning are handed on one by one: the first response is not kept waiting. Then batches grow.
const SINGLE: usize = 4;

/// What is the same for all rows of a file.
pub struct InFile {
    /// Its number among the inputs.
    pub number: usize,
    /// Its name as the user gave it.
    pub name: String,
    /// The same without folders.
    pub base_name: String,
    /// The mapping for it.
    pub plan: Plan,
    /// Hashes the cells of its rows.
    pub fingerprint: Fingerprint,
    /// Whether it is a failures file of an earlier run.
    pub is_failures_file: bool,
}

/// How large a batch becomes.
#[derive(Clone, Copy)]
struct Most {
    rows: usize,
    bytes: usize,
}

/// Rows of one file, one behind the other.
pub struct Batch {
    /// The file.
    pub file: Arc<InFile>,
    /// The rows.
    pub rows: Vec<Row>,
    /// About how many bytes they take.
    pub weight: usize,
}

/// What the reader has to say when it is done with a file, or with all.
#[derive(Default)]
pub struct Done {
    /// The file; `None` where it could not be begun.
    pub file: Option<Arc<InFile>>,
    /// Warnings in the order in which they came up.
    pub warnings: Vec<String>,
    /// What is to be known of how it was read; told once however many files give reason for it.
    pub notices: Notices,
    /// A column that nothing uses, told once too.
    pub unused: Option<String>,
    /// Why the file was not read to its end.
    pub error: Option<InputError>,
    /// Where it was not read to its end: the file and the first row that was not read.
    pub unread: Option<(String, u64)>,
}

/// What is read, and what ends it.
pub struct Reading {
    /// The inputs in their order.
    pub inputs: Vec<Opened>,
    /// The mapping.
    pub mapping: Arc<Mapping>,
    /// So many rows at most.
    pub limit: Option<u64>,
    /// Whether columns that nobody uses are told of.
    pub tells_unused: bool,
    /// Whether responses are sent, and so have bodies.
    pub sends: bool,
    /// Ends the run.
    pub stop: Stop,
    /// Set from outside: no more rows are wanted.
    pub enough: Arc<AtomicBool>,
}

impl Reading {
    /// Reads all inputs to their end, or until the run stops. One that is found damaged keeps the next from nothing.
    pub fn run(self, to: &mut Entry) {
        let mut cutter = Cutter {
            stop: self.stop,
            limit: self.limit,
            enough: self.enough,
            tells_unused: self.tells_unused,
            rows: 0,
            size: 1,
            most: if self.sends { SENT } else { LOOKED_AT },
            to,
        };
        for (number, input) in self.inputs.into_iter().enumerate() {
            if cutter.is_full() {
                return;
            }
            if cutter.stop.is_ending() {
                cutter.to.done(Done {
                    unread: Some((input.name, 1)),
                    ..Done::default()
                });
                return;
            }
            let (called, comes_once) = (input.name.clone(), input.comes_once());
            let done = match input.source() {
                Ok((name, plan, source)) => {
                    let warnings = guessed(&source, &self.mapping, &name).into_iter().collect();
                    let file = InFile {
                        number,
                        base_name: name.rsplit(['/', '\\']).next().unwrap_or(&name).to_owned(),
                        name,
                        fingerprint: Fingerprint::new(source.shape()),
                        is_failures_file: source.is_failures_file(),
                        plan,
                    };
                    cutter.file(&Arc::new(file), comes_once, source, warnings)
                }
                Err(error) => Done {
                    error: Some(error),
                    unread: Some((called, 1)),
                    ..Done::default()
                },
            };
            cutter.to.done(done);
        }
    }
}

/// Cuts rows into batches.
struct Cutter<'a> {
    stop: Stop,
    limit: Option<u64>,
    enough: Arc<AtomicBool>,
    tells_unused: bool,
    /// Rows read of all files.
    rows: u64,
    /// Rows of the next batch, and what they may come to.
    size: usize,
    most: Most,
    to: &'a mut Entry,
}

impl Cutter<'_> {
    fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.rows >= limit) || self.enough.load(Ordering::Relaxed)
    }

    fn file(
        &mut self,
        file: &Arc<InFile>,
        comes_once: bool,
        source: crate::read::Source,
        mut warnings: Vec<String>,
    ) -> Done {
        let notices = source.notices();
        let mut observer = file.plan.observer();
        let mut unused = self
            .tells_unused
            .then(|| Unused::new(&file.plan, source.shape()))
            .flatten();
        let mut next = 1;
        let mut is_stopped = false;
        let mut batch = Vec::new();
        let mut weight = 0;
        let read = source.rows_unread(file.number, &mut |mut row| {
            if self.stop.is_ending() {
                next = row.position.row;
                is_stopped = true;
                return ControlFlow::Break(());
            }
            if observer.is_watching() {
                finish(&mut row, file.is_failures_file);
                warnings.extend(observer.see(&row));
            }
            if let Some(unused) = &mut unused {
                unused.see(&row);
            }
            self.rows += 1;
            next = row.position.row + 1;
            weight += self::weight(&row);
            batch.push(row);
            if batch.len() < self.size && weight < self.most.bytes && !self.is_full() {
                return ControlFlow::Continue(());
            }
            let rows = std::mem::replace(&mut batch, Vec::with_capacity(self.next_size()));
            let weight = std::mem::take(&mut weight);
            let file = Arc::clone(file);
            // Where nobody takes it any more, a fault of ours has ended the run.
            let is_taken = self.to.rows(Batch { file, rows, weight });
            if !is_taken {
                self.enough.store(true, Ordering::Relaxed);
            }
            if self.is_full() {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        if !batch.is_empty() {
            self.to.rows(Batch {
                file: Arc::clone(file),
                rows: batch,
                weight,
            });
        }
        warnings.extend(observer.finish());
        // A stop ends a pipe wherever it is: that its last record is cut then is no fault of the input.
        let is_cut = comes_once && self.stop.is_ending();
        let error = read.err().filter(|_| !is_cut);
        let is_whole = !is_stopped && !is_cut && error.is_none();
        Done {
            file: Some(Arc::clone(file)),
            warnings,
            notices,
            unused: unused.and_then(Unused::warning),
            error,
            unread: (!is_whole).then(|| (file.name.clone(), next)),
        }
    }

    fn next_size(&mut self) -> usize {
        if self.rows >= SINGLE as u64 {
            self.size = (self.size * 2).min(self.most.rows);
        }
        self.size
    }
}

/// About how many bytes a row takes in memory.
fn weight(row: &Row) -> usize {
    const EACH: usize = 64;
    let cells = match &row.cells {
        Cells::Text(record) => record.bytes() + 8 * record.len(),
        Cells::Typed(cells) => cells.iter().map(weight_of_cell).sum(),
        Cells::Json(value) => weight_of_value(value),
        // Its record will take several times as much.
        Cells::Raw(line) => 4 * line.len(),
    };
    EACH + cells
}

fn weight_of_cell(cell: &Cell) -> usize {
    let text = match cell {
        Cell::Text(text) | Cell::Error(text) => text.len(),
        Cell::Empty | Cell::Number(_) | Cell::Bool(_) | Cell::DateTime(_) => 0,
    };
    size_of::<Cell>() + text
}

fn weight_of_value(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    let inside = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(weight_of_value).sum(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| 2 * size_of::<String>() + key.len() + weight_of_value(value))
            .sum(),
    };
    size_of::<Value>() + inside
}
