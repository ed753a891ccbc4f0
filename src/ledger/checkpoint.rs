//! Moves what is in SQLite's log into its file, beside the writer: that waits for the disk, and the writer need not.
//!
//! What the writer adds meanwhile stays in the log. Moving the little that this is remains for the writer itself: only
//! where nothing is left does the log begin anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

/// So many rows written make some 30 MB of log: then it is moved.
const AFTER: u64 = 20_000;

/// While it is moved more is written, less each time: what is left after a quick pass is little.
const PASSES: u32 = 4;
const QUICK: Duration = Duration::from_millis(20);

/// When the log is moved.
pub(super) struct Checkpoints {
    path: PathBuf,
    /// Rows that were written when the log began anew.
    begun: u64,
    is_moving: bool,
    /// Begun with the first log that is full: most runs have none.
    mover: Option<Mover>,
}

/// The thread that moves it.
struct Mover {
    orders: Option<SyncSender<()>>,
    is_at_work: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            begun: 0,
            is_moving: false,
            mover: None,
        }
    }

    /// So many rows were written in all; whether the writer is to move the rest of the log now.
    pub(super) fn is_due(&mut self, written: u64) -> bool {
        if !self.is_moving {
            if written - self.begun >= AFTER {
                self.begun = written;
                self.is_moving = self.order();
            }
            return false;
        }
        let is_at_work = |mover: &Mover| mover.is_at_work.load(Ordering::Acquire);
        if self.mover.as_ref().is_some_and(is_at_work) {
            return false;
        }
        self.begun = written;
        self.is_moving = false;
        true
    }

    /// Has the log moved; `false` where there is no thread for that, and SQLite does it in the end.
    fn order(&mut self) -> bool {
        if self.mover.is_none() {
            self.mover = Mover::spawn(&self.path).ok();
        }
        self.mover.as_ref().is_some_and(Mover::order)
    }
}

impl Mover {
    fn spawn(path: &Path) -> std::io::Result<Self> {
        let (orders, ordered) = sync_channel(1);
        let is_at_work = Arc::new(AtomicBool::new(false));
        let (path, done) = (path.to_owned(), Arc::clone(&is_at_work));
        let thread = std::thread::Builder::new()
            .name("ledger-log".into())
            .spawn(move || work(&path, &ordered, &done))?;
        Ok(Self {
            orders: Some(orders),
            is_at_work,
            thread: Some(thread),
        })
    }

    fn order(&self) -> bool {
        self.is_at_work.store(true, Ordering::Release);
        let is_ordered = |orders: &SyncSender<()>| orders.try_send(()).is_ok();
        self.orders.as_ref().is_some_and(is_ordered)
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        drop(self.orders.take());
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn work(path: &Path, orders: &Receiver<()>, is_at_work: &AtomicBool) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = None;
    while orders.recv().is_ok() {
        if connection.is_none() {
            connection = Connection::open_with_flags(path, flags).ok();
        }
        // What cannot be moved stays in the log, where it is as safe; if it is for a fault of the disk, the writer meets it.
        if let Some(connection) = &connection {
            for _ in 0..PASSES {
                let began = Instant::now();
                if checkpoint(connection).is_err() || began.elapsed() < QUICK {
                    break;
                }
            }
        }
        is_at_work.store(false, Ordering::Release);
    }
}

/// Moves what can be moved without waiting for anybody.
pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}
