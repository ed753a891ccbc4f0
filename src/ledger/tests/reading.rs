//! Reading a ledger where nothing may be written.

use std::collections::BTreeMap;
use std::fs;

use super::*;
use crate::ledger::open::beside;

/// Every file of a folder that has content, with it: SQLite makes an empty log where it can, and leaves it.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    files
        .filter(|file| file.path().is_file())
        .map(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            (name, fs::read(file.path()).unwrap())
        })
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect()
}

/// A ledger with ten responses in a folder, its log beside it or not.
async fn left(with_log: bool) -> (TempDir, PathBuf) {
    let (source, path) = folder();
    let ledger = open(&path);
    let run = ledger.start_run(new_run(1)).await.unwrap();
    for number in 0..10 {
        post(&ledger, run, number, Event::Created(number.to_string())).await;
    }
    ledger.flush().await.unwrap();
    let (target, copy) = folder();
    if with_log {
        fs::copy(beside(&path, "-wal"), beside(&copy, "-wal")).unwrap();
        fs::copy(&path, &copy).unwrap();
        drop(ledger);
    } else {
        drop(ledger);
        fs::copy(&path, &copy).unwrap();
    }
    drop(source);
    (target, copy)
}

fn count(path: &Path) -> u64 {
    let reader = Reader::open(path).unwrap();
    let run = reader.runs().unwrap()[0].number;
    reader.ask(|view| view.uploaded_count(run)).unwrap()
}

#[tokio::test]
async fn a_ledger_is_read_where_nothing_may_be_written() {
    for with_log in [true, false] {
        let (folder, path) = left(with_log).await;
        // SQLite keeps a file of this name beside it: here it cannot, whoever asks.
        fs::create_dir(beside(&path, "-shm")).unwrap();
        let before = content(folder.path());
        assert_eq!(count(&path), 10, "with log: {with_log}");
        assert!(content(folder.path()) == before, "with log: {with_log}");
    }
}

#[cfg(unix)]
#[tokio::test]
#[expect(clippy::print_stderr, reason = "a test that cannot tell says so")]
async fn a_folder_that_is_read_only_is_read() {
    use std::os::unix::fs::PermissionsExt;
    for with_log in [true, false] {
        let (folder, path) = left(with_log).await;
        let mode =
            |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        mode(0o500);
        if fs::write(folder.path().join("written"), "").is_ok() {
            eprintln!("not tested: modes do not bind this user");
        }
        assert_eq!(count(&path), 10, "with log: {with_log}");
        mode(0o700);
    }
}

#[tokio::test]
async fn reading_changes_nothing_and_brings_nothing_forward() {
    let (_folder, path) = left(false).await;
    let before = fs::read(&path).unwrap();
    assert_eq!(count(&path), 10);
    assert!(fs::read(&path).unwrap() == before);
    // As version 2 left it.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "DROP TABLE earlier_posts; ALTER TABLE runs DROP COLUMN inputs; ALTER TABLE runs DROP COLUMN lost;
             DROP TABLE below_headers; ALTER TABLE failures_files DROP COLUMN inputs;
             ALTER TABLE runs DROP COLUMN token_attribute; PRAGMA user_version = 2; PRAGMA wal_checkpoint(TRUNCATE)",
        )
        .unwrap();
    drop(connection);
    let before = fs::read(&path).unwrap();
    assert_eq!(count(&path), 10);
    assert!(fs::read(&path).unwrap() == before);
    // Who writes it brings it forward.
    drop(open(&path));
    assert!(fs::read(&path).unwrap() != before);
    assert_eq!(count(&path), 10);
}

#[tokio::test]
async fn a_reader_sees_what_a_run_at_work_has_written() {
    let (_folder, path) = folder();
    let ledger = open(&path);
    let run = ledger.start_run(new_run(1)).await.unwrap();
    let reader = Reader::open(&path).unwrap();
    for number in 0..3 {
        post(&ledger, run, number, Event::Created(number.to_string())).await;
        ledger.flush().await.unwrap();
        let seen = reader.ask(|view| view.uploaded_count(run)).unwrap();
        assert_eq!(seen, number + 1);
    }
}
