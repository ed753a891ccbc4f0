//! The writer: one thread that owns the connection, takes what is queued into one transaction, commits, then answers.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use rusqlite::TransactionBehavior;
use tokio::sync::oneshot;

use super::Durability;
use super::checkpoint::{Checkpoints, checkpoint};
use super::desk::{Desk, JobError};
use super::entry::Note;
use super::error::{Closed, LedgerError, Trouble};
use super::place::Place;
use super::queue::Queue;
use super::state::Event;
use crate::identity::Token;

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
    task: Task,
}

enum Task {
    Job(Job),
    /// By far the most frequent, and so without a closure of its own.
    Settle(Settle),
}

/// What is now known of a response.
pub(super) struct Settle {
    pub(super) token: Token,
    pub(super) event: Event,
    pub(super) note: Note,
    pub(super) now: i64,
}

type Commands = Arc<Queue<Command>>;

/// Why the ledger is closed; empty while it is open.
type Shut = Arc<OnceLock<Arc<LedgerError>>>;

/// Where commands go.
pub(super) struct Writer {
    way: Way,
    shut: Shut,
}

enum Way {
    Thread {
        commands: Commands,
        thread: Option<JoinHandle<()>>,
    },
    /// On the caller's own thread, command by command; `None` once closed.
    Inline(Box<Mutex<Option<Group>>>),
}

/// The desk, and how it commits.
struct Group {
    /// Dropped before the desk: who closes the file last empties its log.
    checkpoints: Option<Checkpoints>,
    desk: Desk,
    durability: Durability,
    place: Place,
}

impl Writer {
    /// A writer on a thread of its own.
    pub(super) fn spawn(
        desk: Desk,
        durability: Durability,
        path: &std::path::Path,
    ) -> Result<Self, LedgerError> {
        let shut = Shut::default();
        let commands = Commands::new(Queue::new());
        let mut group = Group {
            checkpoints: Some(Checkpoints::of(path)),
            desk,
            durability,
            place: Place::of(path),
        };
        let guard = Guard {
            commands: Arc::clone(&commands),
            shut: Arc::clone(&shut),
            path: path.to_owned(),
        };
        let thread = std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || group.work(&guard))
            .map_err(|error| LedgerError::from_io(path, &error))?;
        let way = Way::Thread {
            commands,
            thread: Some(thread),
        };
        Ok(Self { way, shut })
    }

    /// A writer without a thread.
    pub(super) fn inline(desk: Desk, durability: Durability, path: &std::path::Path) -> Self {
        let group = Group {
            checkpoints: None,
            desk,
            durability,
            place: Place::of(path),
        };
        Self {
            way: Way::Inline(Box::new(Mutex::new(Some(group)))),
            shut: Shut::default(),
        }
    }

    /// Does something, in order, and does not wait for it. If it fails, the ledger closes.
    pub(super) fn tell(
        &self,
        need: Need,
        job: impl FnOnce(&mut Desk) -> Result<(), JobError> + Send + 'static,
    ) {
        let job = Box::new(move |desk: &mut Desk| job(desk).map(|()| None));
        let task = Task::Job(job);
        self.send(Command { need, task }, false);
    }

    /// Applies what is known of a response, in order, and does not wait for it. If it fails, the ledger closes.
    pub(super) fn settle(&self, settle: Settle) {
        let (need, task) = (Need::Write, Task::Settle(settle));
        self.send(Command { need, task }, false);
    }

    /// Does something, in order; its answer comes once all of it is committed.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        need: Need,
        job: impl FnOnce(&mut Desk) -> Result<T, JobError> + Send + 'static,
    ) -> Result<T, Closed> {
        self.queue(need, job).await.map_err(|_| self.reason())
    }

    /// Does something, in order, whether or not somebody waits for its answer.
    pub(super) fn queue<T: Send + 'static>(
        &self,
        need: Need,
        job: impl FnOnce(&mut Desk) -> Result<T, JobError> + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (sender, answer) = oneshot::channel();
        let job = Box::new(move |desk: &mut Desk| {
            let value = job(desk)?;
            // Who asked may have been dropped with the run's tasks.
            let answer: Answer = Box::new(move || drop(sender.send(value)));
            Ok(Some(answer))
        });
        let task = Task::Job(job);
        self.send(Command { need, task }, true);
        answer
    }

    /// Why the ledger is closed; `None` while it is open.
    pub(super) fn closed(&self) -> Option<Closed> {
        self.shut.get().cloned().map(Closed)
    }

    fn send(&self, command: Command, somebody_waits: bool) {
        match &self.way {
            // Once the thread has ended with the ledger closed the command is dropped, and with it the way to its answer.
            Way::Thread { commands, .. } => commands.bring(command, somebody_waits),
            Way::Inline(group) => {
                let mut group = group.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(open) = group.as_mut() else { return };
                let mut answers = Vec::new();
                match open.commit(vec![command], &mut answers) {
                    Ok(()) => answers.into_iter().for_each(|answer| answer()),
                    Err(error) => {
                        shut(&self.shut, error);
                        *group = None;
                    }
                }
            }
        }
    }

    /// An answer that does not come was dropped by a ledger that is closed, or closing this moment.
    pub(super) fn reason(&self) -> Closed {
        Closed(Arc::clone(self.shut.wait()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Way::Thread { commands, thread } = &mut self.way {
            commands.close();
            // What is queued is written first. A panic of the thread has been told by its guard.
            drop(thread.take().map(JoinHandle::join));
        }
    }
}

/// Says why the ledger is closed, whatever ends the thread: nobody waits for an answer for ever.
struct Guard {
    commands: Commands,
    shut: Shut,
    path: std::path::PathBuf,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let error = LedgerError::new(&self.path, Trouble::Other, "its writer has ended");
        let _ = self.shut.set(Arc::new(error));
        self.commands.abandon();
    }
}

fn shut(shut: &Shut, error: LedgerError) {
    tracing::error!("{error}");
    let _ = shut.set(Arc::new(error));
}

impl Group {
    fn work(&mut self, guard: &Guard) {
        while let Some(batch) = guard.commands.take() {
            let mut answers = Vec::with_capacity(batch.len());
            match self.commit(batch, &mut answers) {
                Ok(()) => {
                    for answer in answers {
                        answer();
                    }
                    self.checkpoint();
                }
                Err(error) => return shut(&guard.shut, error),
            }
        }
    }

    fn checkpoint(&mut self) {
        let changes = self.desk.connection.total_changes();
        let checkpoints = self.checkpoints.as_mut();
        if checkpoints.is_some_and(|checkpoints| checkpoints.is_due(changes)) {
            // What cannot be moved stays in the log, where it is as safe.
            let _ = checkpoint(&self.desk.connection);
        }
    }

    /// Does all of it in one transaction, or none of it, in the file that will be found there.
    fn commit(
        &mut self,
        batch: Vec<Command>,
        answers: &mut Vec<Answer>,
    ) -> Result<(), LedgerError> {
        let needs = batch.iter().map(|command| command.need);
        let need = needs.max().unwrap_or(Need::Read);
        self.transact(need, batch, answers)
            .map_err(|error| error.into_ledger_error(self.place.path()))?;
        match need {
            Need::Read => Ok(()),
            Need::Write | Need::Sync => self.place.check(),
        }
    }

    fn transact(
        &mut self,
        need: Need,
        batch: Vec<Command>,
        answers: &mut Vec<Answer>,
    ) -> Result<(), JobError> {
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
            let done = match command.task {
                Task::Job(job) => job(&mut self.desk),
                Task::Settle(settle) => {
                    let Settle {
                        token,
                        event,
                        note,
                        now,
                    } = settle;
                    let applied = self.desk.apply(token, event, &note, now);
                    applied.map(|_| None)
                }
            };
            match done {
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
