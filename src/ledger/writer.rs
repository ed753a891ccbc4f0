//! The writer: one thread that owns the connection, takes what is queued into one transaction, commits, then answers.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::TransactionBehavior;
use tokio::sync::oneshot;

use super::Durability;
use super::desk::{Desk, JobError};
use super::error::{Closed, LedgerError, Trouble};

/// So many commands wait at most; then those who send them wait, which they may: the writer needs nobody to go on.
const QUEUE: usize = 16_384;

/// So many commands go into one transaction at most.
const GROUP: usize = 4_096;

/// So long at most the writer waits for as many commands as came together last time: requests in flight come in step, and
/// a commit costs more than this. Where they come one by one, it does not wait at all.
const LINGER: Duration = Duration::from_micros(500);

/// How often it looks while it lingers.
const LOOK_EVERY: Duration = Duration::from_micros(50);

/// Given out after the commit.
type Answer = Box<dyn FnOnce() + Send>;

/// What is done inside the transaction.
type Job = Box<dyn FnOnce(&mut Desk) -> Result<Option<Answer>, JobError> + Send>;

/// What a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// It only reads.
    Read,
    /// It writes.
    Write,
    /// It writes, and the power may fail right after.
    Sync,
}

struct Command {
    need: Need,
    job: Job,
}

/// Why the ledger is closed; empty while it is open.
type Shut = Arc<OnceLock<Arc<LedgerError>>>;

/// Where commands go.
pub(super) struct Writer {
    way: Way,
    shut: Shut,
    path: std::path::PathBuf,
}

enum Way {
    Thread {
        queue: Option<SyncSender<Command>>,
        thread: Option<JoinHandle<()>>,
    },
    /// On the caller's own thread, command by command; `None` once closed.
    Inline(Box<Mutex<Option<Group>>>),
}

/// The desk, and how it commits.
struct Group {
    desk: Desk,
    durability: Durability,
}

impl Writer {
    /// A writer on a thread of its own.
    pub(super) fn spawn(
        desk: Desk,
        durability: Durability,
        path: &std::path::Path,
    ) -> Result<Self, LedgerError> {
        let shut = Shut::default();
        let (queue, commands) = sync_channel(QUEUE);
        let mut group = Group { desk, durability };
        let guard = Guard {
            shut: Arc::clone(&shut),
            path: path.to_owned(),
        };
        let thread = std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || group.work(&commands, &guard))
            .map_err(|error| LedgerError::from_io(path, &error))?;
        let way = Way::Thread {
            queue: Some(queue),
            thread: Some(thread),
        };
        Ok(Self {
            way,
            shut,
            path: path.to_owned(),
        })
    }

    /// A writer without a thread.
    pub(super) fn inline(desk: Desk, durability: Durability, path: &std::path::Path) -> Self {
        let group = Group { desk, durability };
        Self {
            way: Way::Inline(Box::new(Mutex::new(Some(group)))),
            shut: Shut::default(),
            path: path.to_owned(),
        }
    }

    /// Does something, in order, and does not wait for it. If it fails, the ledger closes.
    pub(super) fn tell(
        &self,
        need: Need,
        job: impl FnOnce(&mut Desk) -> Result<(), JobError> + Send + 'static,
    ) {
        self.send(Command {
            need,
            job: Box::new(move |desk| job(desk).map(|()| None)),
        });
    }

    /// Does something, in order; its answer comes once all of it is committed.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        need: Need,
        job: impl FnOnce(&mut Desk) -> Result<T, JobError> + Send + 'static,
    ) -> Result<T, Closed> {
        let (sender, answer) = oneshot::channel();
        self.send(Command {
            need,
            job: Box::new(move |desk| {
                let value = job(desk)?;
                // Who asked may have been dropped with the run's tasks.
                Ok(Some(Box::new(move || drop(sender.send(value)))))
            }),
        });
        answer.await.map_err(|_| self.reason())
    }

    /// Why the ledger is closed; `None` while it is open.
    pub(super) fn closed(&self) -> Option<Closed> {
        self.shut.get().cloned().map(Closed)
    }

    fn send(&self, command: Command) {
        match &self.way {
            // The thread has ended with the ledger closed: the command is dropped, and with it the way to its answer.
            Way::Thread { queue, .. } => drop(queue.as_ref().map(|queue| queue.send(command))),
            Way::Inline(group) => {
                let mut group = group.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(open) = group.as_mut() else { return };
                let mut answers = Vec::new();
                match open.commit(vec![command], &mut answers) {
                    Ok(()) => answers.into_iter().for_each(|answer| answer()),
                    Err(error) => {
                        shut(&self.shut, error.into_ledger_error(&self.path));
                        *group = None;
                    }
                }
            }
        }
    }

    /// An answer that does not come was dropped by a ledger that is closed, or closing this moment.
    fn reason(&self) -> Closed {
        Closed(Arc::clone(self.shut.wait()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Way::Thread { queue, thread } = &mut self.way {
            drop(queue.take());
            // What is queued is written first. A panic of the thread has been told by its guard.
            drop(thread.take().map(JoinHandle::join));
        }
    }
}

/// Says why the ledger is closed, whatever ends the thread: nobody waits for an answer for ever.
struct Guard {
    shut: Shut,
    path: std::path::PathBuf,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let error = LedgerError::new(&self.path, Trouble::Other, "its writer has ended");
        let _ = self.shut.set(Arc::new(error));
    }
}

fn shut(shut: &Shut, error: LedgerError) {
    tracing::error!("{error}");
    let _ = shut.set(Arc::new(error));
}

impl Group {
    fn work(&mut self, commands: &Receiver<Command>, guard: &Guard) {
        let mut expected = 1;
        while let Ok(first) = commands.recv() {
            let batch = collect(first, commands, expected);
            expected = batch.len();
            let mut answers = Vec::with_capacity(batch.len());
            match self.commit(batch, &mut answers) {
                Ok(()) => answers.into_iter().for_each(|answer| answer()),
                Err(error) => return shut(&guard.shut, error.into_ledger_error(&guard.path)),
            }
        }
    }

    /// Does all of it in one transaction, or none of it.
    fn commit(&mut self, batch: Vec<Command>, answers: &mut Vec<Answer>) -> Result<(), JobError> {
        let need = batch
            .iter()
            .map(|command| command.need)
            .max()
            .unwrap_or(Need::Read);
        let syncs = need == Need::Sync && self.durability == Durability::Normal;
        if syncs {
            // Commits of this kind are in the file for good, and with them all that were made before.
            self.desk
                .connection
                .pragma_update(None, "synchronous", "FULL")?;
        }
        let behavior = match need {
            Need::Read => TransactionBehavior::Deferred,
            Need::Write | Need::Sync => TransactionBehavior::Immediate,
        };
        self.begin(behavior)?;
        for command in batch {
            match (command.job)(&mut self.desk) {
                Ok(answer) => answers.extend(answer),
                Err(error) => {
                    // SQLite may have rolled back already.
                    let _ = self.desk.connection.execute_batch("ROLLBACK");
                    return Err(error);
                }
            }
        }
        self.desk.connection.execute_batch("COMMIT")?;
        if syncs {
            self.desk
                .connection
                .pragma_update(None, "synchronous", "NORMAL")?;
        }
        Ok(())
    }

    fn begin(&self, behavior: TransactionBehavior) -> rusqlite::Result<()> {
        self.desk
            .connection
            .prepare_cached(match behavior {
                TransactionBehavior::Immediate => "BEGIN IMMEDIATE",
                _ => "BEGIN",
            })?
            .execute([])?;
        Ok(())
    }
}

/// What goes into one transaction.
fn collect(first: Command, commands: &Receiver<Command>, expected: usize) -> Vec<Command> {
    let mut batch = vec![first];
    let mut until = None;
    loop {
        batch.extend(commands.try_iter().take(GROUP - batch.len()));
        if batch.len() >= expected.min(GROUP) {
            return batch;
        }
        let now = Instant::now();
        if now >= *until.get_or_insert(now + LINGER) {
            return batch;
        }
        // Not `recv_timeout`: whoever sends would have to wake this thread each time.
        std::thread::sleep(LOOK_EVERY);
    }
}
