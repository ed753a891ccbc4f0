//! Opening the file: its folder, its mode, and all that can be wrong with it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::{LedgerError, Trouble};
use super::{Durability, filesystem, migrate};

/// Another process writes for milliseconds at a time; one that holds the file so long is a stray tool.
const BUSY: Duration = Duration::from_secs(30);

/// What is kept in memory, in SQLite's way to say KB: 12 MB.
const CACHE_KIB: i64 = -12_288;

/// Bytes of a page, for new files. Tokens are spread over the whole index, so each of them writes a page of it: with small
/// ones 2.6 KB are written for a token, with SQLite's usual 4,096 bytes 7.1 KB.
const PAGE: i64 = 1_024;

/// Pages in the log before SQLite itself moves them to the file, if nobody did so before: 128 MB. It waits for the disk.
const LOG_PAGES: i64 = 128_000;

/// Makes the folder and the file, where they are missing: nobody else may read them.
pub(super) fn create(path: &Path) -> Result<(), LedgerError> {
    let io = |error: std::io::Error| LedgerError::from_io(path, &error);
    let folder = folder_of(path);
    if !folder.is_dir() {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(io)?;
    }
    let folder = folder.canonicalize().map_err(io)?;
    if let Some(name) = filesystem::network(&folder) {
        return Err(LedgerError::new(path, Trouble::Network, name));
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => sync_folder(&folder).map_err(io),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(io(error)),
    }
}

/// A connection to a ledger that exists, brought to this program's version.
pub(super) fn connect(path: &Path, durability: Durability) -> Result<Connection, LedgerError> {
    let sqlite = |error: rusqlite::Error| LedgerError::from_sqlite(path, &error);
    examine(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    connection.busy_timeout(BUSY).map_err(sqlite)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Asked first: another program's database must not be touched.
    migrate::check(&connection, path)?;
    connection
        .pragma_update(None, "page_size", PAGE)
        .map_err(sqlite)?;
    let mode: String =
        patiently(|| connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)))
            .map_err(sqlite)?;
    if mode != "wal" {
        let detail = format!("its file system keeps no write-ahead log (journal mode {mode})");
        return Err(LedgerError::new(path, Trouble::Other, detail));
    }
    let synchronous = match durability {
        Durability::Normal => "NORMAL",
        Durability::Full => "FULL",
    };
    for (name, value) in [
        ("cache_size", CACHE_KIB),
        ("wal_autocheckpoint", LOG_PAGES),
        ("cell_size_check", 1),
    ] {
        connection
            .pragma_update_and_check(None, name, value, |_| Ok(()))
            .or_else(no_row)
            .map_err(sqlite)?;
    }
    connection
        .pragma_update(None, "synchronous", synchronous)
        .map_err(sqlite)?;
    connection
        .pragma_update(None, "foreign_keys", false)
        .map_err(sqlite)?;
    migrate::migrate(&mut connection, path)?;
    probe(&connection).map_err(sqlite)?;
    Ok(connection)
}

/// What can be told of a file before SQLite looks at it, and SQLite would not tell.
fn examine(path: &Path) -> Result<(), LedgerError> {
    let size = std::fs::metadata(path).map_err(|error| LedgerError::from_io(path, &error))?;
    if size.is_dir() {
        return Err(LedgerError::new(path, Trouble::Foreign, "it is a folder"));
    }
    // A link may lead elsewhere.
    if let Some(name) = path
        .canonicalize()
        .ok()
        .and_then(|path| filesystem::network(&path))
    {
        return Err(LedgerError::new(path, Trouble::Network, name));
    }
    // SQLite would take an empty file for a new one, and throw away the log that holds what is known.
    let has_log = std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    if size.len() == 0 && has_log {
        return Err(LedgerError::new(
            path,
            Trouble::Corrupt,
            "the file is empty, but its log is not",
        ));
    }
    // It would read the missing end of a page as zeros, and with the log gone nothing mends them.
    if !has_log && !ends_with_a_page(path, size.len()) {
        return Err(LedgerError::new(
            path,
            Trouble::Corrupt,
            "the file ends within a page",
        ));
    }
    Ok(())
}

/// A connection that only reads a ledger of this program's version; `None` where it is of an earlier one, or where SQLite
/// would have to write beside it and may not.
pub(super) fn connect_to_read(path: &Path) -> Result<Option<Connection>, LedgerError> {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    let sqlite = |error: rusqlite::Error| LedgerError::from_sqlite(path, &error);
    examine(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    connection.busy_timeout(BUSY).map_err(sqlite)?;
    // The first question is the one that opens the log.
    let asked = patiently(|| {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get::<_, i64>(0)
        })
    });
    match asked {
        Err(error)
            if matches!(
                error.sqlite_error_code(),
                Some(CannotOpen | PermissionDenied | ReadOnly)
            ) =>
        {
            return Ok(None);
        }
        asked => asked.map_err(sqlite)?,
    };
    if !migrate::is_current(&connection, path)? {
        return Ok(None);
    }
    connection
        .pragma_update(None, "cell_size_check", 1)
        .map_err(sqlite)?;
    probe(&connection).map_err(sqlite)?;
    Ok(Some(connection))
}

/// Copies a ledger and its log into a folder of our own; gives the copy.
pub(super) fn copy_into(folder: &Path, path: &Path) -> Result<PathBuf, LedgerError> {
    let copy = folder.join("ledger.sqlite");
    let log = beside(path, "-wal");
    let io = |error: std::io::Error| LedgerError::from_io(path, &error);
    // The log first: what is moved from it to the file meanwhile is in both.
    if log.is_file() {
        take(&log, &beside(&copy, "-wal")).map_err(io)?;
    }
    take(path, &copy).map_err(io)?;
    Ok(copy)
}

/// Copies a file; the copy is ours alone, and can be written.
fn take(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::copy(&mut File::open(from)?, &mut options.open(to)?).map(drop)
}

/// Whether a file's size is a multiple of the page size that it claims; of what has none, SQLite says more.
fn ends_with_a_page(path: &Path, size: u64) -> bool {
    let mut head = [0; 18];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        // 65,536 does not fit.
        1 => 65_536,
        page => u64::from(page),
    };
    read.is_err()
        || !head.starts_with(b"SQLite format 3\0")
        || page == 0
        || size.is_multiple_of(page)
}

/// Two that make a ledger at the same time get in each other's way, and SQLite's own patience does not cover that.
fn patiently<T>(mut ask: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let until = std::time::Instant::now() + BUSY;
    loop {
        match ask() {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && std::time::Instant::now() < until =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            answer => return answer,
        }
    }
}

/// Some pragmas answer with their value, some do not.
fn no_row(error: rusqlite::Error) -> rusqlite::Result<()> {
    match error {
        rusqlite::Error::QueryReturnedNoRows => Ok(()),
        error => Err(error),
    }
}

/// Walks down both edges of every tree: a file that was cut or overwritten mostly shows here, before anything is sent.
fn probe(connection: &Connection) -> rusqlite::Result<()> {
    for (column, table) in [
        ("number", "responses"),
        ("token", "responses"),
        ("run", "responses"),
        ("number", "runs"),
    ] {
        for edge in ["min", "max"] {
            // One at a time: SQLite reads all of the table for two.
            connection.query_row(&format!("SELECT {edge}({column}) FROM {table}"), [], |_| {
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// The folder a file lies in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A file beside the ledger: its name and an ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// So that the file's name survives the power too.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
