//! Mapping on several cores: batches go round the workers, and come back in the order in which they went in.
//!
//! The first batch goes to the first worker, the second to the second, and so on round; taken back in the same turn they
//! are in order without being sorted. What is on its way is bounded by its bytes, however many workers there are.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::Scope;

use super::batches::{Batch, Done};
use super::mapped::{Mapped, Mapper};
use crate::upload::rate::lock;

/// More would wait for the reader.
const WORKERS: usize = 6;
/// Batches before and behind each worker.
const WAITING: usize = 2;
/// Bytes of rows on their way; a batch that is heavier goes alone.
const BYTES: usize = 4 << 20;

/// What goes in.
enum Piece {
    Rows(Batch),
    Done(Done),
}

/// What comes out.
pub enum Made {
    /// A batch, mapped.
    Rows(Box<Mapped>),
    /// A file is done with.
    Done(Done),
}

/// Where batches go in.
pub struct Entry {
    lanes: Vec<SyncSender<Piece>>,
    turn: usize,
    load: Arc<Load>,
}

/// Where batches come out.
pub struct Exit {
    lanes: Vec<Receiver<Made>>,
    turn: usize,
    load: Arc<Load>,
}

/// As many workers as there are cores for them.
pub fn workers() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.min(WORKERS)
}

/// Starts the workers. They end when nothing can go in any more, or nothing is taken out.
pub fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    workers: usize,
    mapper: &'scope Mapper,
) -> (Entry, Exit) {
    let load = Arc::new(Load::default());
    let mut entry = Entry {
        lanes: Vec::new(),
        turn: 0,
        load: Arc::clone(&load),
    };
    let mut exit = Exit {
        lanes: Vec::new(),
        turn: 0,
        load,
    };
    for _ in 0..workers.max(1) {
        let (piece_to, pieces) = sync_channel(WAITING);
        let (made_to, made) = sync_channel(WAITING);
        entry.lanes.push(piece_to);
        exit.lanes.push(made);
        scope.spawn(move || work(mapper, &pieces, &made_to));
    }
    (entry, exit)
}

fn work(mapper: &Mapper, pieces: &Receiver<Piece>, made_to: &SyncSender<Made>) {
    let mut worker = mapper.worker();
    while let Ok(piece) = pieces.recv() {
        let made = match piece {
            Piece::Rows(batch) => Made::Rows(Box::new(worker.map(batch))),
            Piece::Done(done) => Made::Done(done),
        };
        if made_to.send(made).is_err() {
            return;
        }
    }
}

impl Entry {
    /// Hands on rows; `false` where nobody takes them any more.
    pub fn rows(&mut self, batch: Batch) -> bool {
        self.load.add(batch.weight) && self.send(Piece::Rows(batch))
    }

    /// Hands on what is to be told of a file.
    pub fn done(&mut self, done: Done) {
        self.send(Piece::Done(done));
    }

    fn send(&mut self, piece: Piece) -> bool {
        let lane = &self.lanes[self.turn];
        self.turn = (self.turn + 1) % self.lanes.len();
        lane.send(piece).is_ok()
    }
}

impl Exit {
    /// The next batch, in the order in which they went in; `None` once there is nothing left.
    pub fn next(&mut self) -> Option<Made> {
        let made = self.lanes[self.turn].recv().ok()?;
        self.turn = (self.turn + 1) % self.lanes.len();
        if let Made::Rows(mapped) = &made {
            self.load.take_off(mapped.weight);
        }
        Some(made)
    }
}

/// Whoever waits to hand something on learns that nobody takes it.
impl Drop for Exit {
    fn drop(&mut self) {
        self.load.close();
    }
}

/// Bytes on their way.
#[derive(Default)]
struct Load {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: usize,
    is_closed: bool,
}

impl Load {
    /// Waits until there is room for so many bytes more; `false` where there never will be.
    fn add(&self, bytes: usize) -> bool {
        let mut state = lock(&self.state);
        while !state.is_closed && state.bytes > 0 && state.bytes + bytes > BYTES {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        state.bytes += bytes;
        !state.is_closed
    }

    fn take_off(&self, bytes: usize) {
        let mut state = lock(&self.state);
        state.bytes -= bytes;
        self.changed.notify_one();
    }

    fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_one();
    }
}
