//! One run at a time over a ledger, a project, a scope and a shard: an OS lock, which dies with its process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::open::{beside, folder_of};
use super::remember::Target;
use crate::error::Error;
use crate::identity;

/// How often a lock that is waited for is tried.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// What a lock keeps for one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// The API and the project.
    pub target: Target,
    /// The mapping's scope.
    pub scope: String,
    /// `K/N`, where given.
    pub shard: Option<String>,
}

/// A lock that is held; let go by dropping it, or by the end of the process.
#[derive(Debug)]
pub struct Lock {
    /// Kept open: the lock is the file's.
    _file: File,
}

/// Who holds a lock, as its file says. The file stays behind: what it says counts only while the lock is held.
#[derive(Serialize, Deserialize)]
struct Holder {
    pid: u32,
    run: String,
    /// As a person reads it.
    since: String,
}

impl Lock {
    /// Takes the lock, waiting so long at most for whoever holds it.
    ///
    /// # Errors
    /// Another run holds it (exit 6), or the file beside the ledger cannot be written (exit 2).
    pub async fn take(
        ledger: &Path,
        guarded: &Guarded,
        run: &str,
        wait: Duration,
    ) -> Result<Self, Error> {
        let path = file_of(ledger, guarded).map_err(|error| unusable(ledger, &error))?;
        match hold(&path, run, wait).await {
            Ok(Ok(file)) => Ok(Self { _file: file }),
            Ok(Err(who)) => Err(held(&who, guarded)),
            Err(error) => Err(unusable(&path, &error)),
        }
    }
}

/// Locks a file, waiting so long at most for whoever holds it, and writes into it who does so now. Gives the file, or
/// who holds it: `run 2026-… (process 12, since …)`. The lock goes with the file.
///
/// # Errors
/// The file cannot be made or written.
pub async fn hold(path: &Path, run: &str, wait: Duration) -> std::io::Result<Result<File, String>> {
    let mut file = open(path)?;
    let until = Instant::now() + wait;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                tokio::time::sleep(TRY_EVERY.min(until - Instant::now())).await;
            }
            Err(TryLockError::WouldBlock) => return Ok(Err(holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    let since = Timestamp::now()
        .strftime("%Y-%m-%d %H:%M:%S UTC")
        .to_string();
    let holder = Holder {
        pid: std::process::id(),
        run: run.to_owned(),
        since,
    };
    write(&mut file, &holder)?;
    Ok(Ok(file))
}

/// Beside the ledger, links resolved, so that two names of one ledger lead to one lock.
fn file_of(ledger: &Path, guarded: &Guarded) -> std::io::Result<PathBuf> {
    let ledger = match ledger.canonicalize() {
        Ok(real) => real,
        Err(_) => folder_of(ledger)
            .canonicalize()?
            .join(ledger.file_name().unwrap_or_default()),
    };
    let Guarded {
        target,
        scope,
        shard,
    } = guarded;
    let parts = [
        &*target.origin,
        &*target.project,
        scope,
        shard.as_deref().unwrap_or(""),
    ];
    let hash = identity::row_id("lock", parts).to_string();
    Ok(beside(&ledger, &format!("-{}.lock", &hash[..12])))
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(holder)?;
    text.push(b'\n');
    // Written over what a dead process left, then cut to length.
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&text)?;
    file.set_len(text.len() as u64)
}

/// Who holds a lock, as its file says.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    // Some systems do not let others read a locked file; whoever has just locked it has written nothing yet.
    let holder = file
        .seek(SeekFrom::Start(0))
        .and_then(|_| file.take(4_096).read_to_string(&mut text))
        .ok()
        .and_then(|_| serde_json::from_str::<Holder>(text.trim()).ok());
    holder.map_or_else(
        || "another run".to_owned(),
        |Holder { pid, run, since }| format!("run {run} (process {pid}, since {since})"),
    )
}

fn held(who: &str, guarded: &Guarded) -> Error {
    let shard = guarded
        .shard
        .as_ref()
        .map(|shard| format!(", shard {shard}"))
        .unwrap_or_default();
    Error::Locked(format!(
        "{who} is at work on project {}, scope {}{shard}\n  help: wait for its end, or let this run wait with `--wait`",
        guarded.target.project, guarded.scope
    ))
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    Error::Usage(format!(
        "the lock {} cannot be taken: {error}\n  help: the ledger's folder must be writable; `--ledger PATH` names \
         another",
        path.display()
    ))
}
