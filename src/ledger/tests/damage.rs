//! Kills, cut files, full disks: a clear end, and nothing forgotten that was reported durable.

use std::fs::{self, OpenOptions};

use proptest::prelude::*;

use super::*;
use crate::ledger::open::beside;

/// Copies what is on the disk at this instant, as a kill would leave it: no checkpoint, no closing.
fn killed(path: &Path, to: &Path) -> PathBuf {
    let copy = to.join("ledger.sqlite");
    fs::copy(path, &copy).unwrap();
    let log = beside(path, "-wal");
    if log.exists() {
        fs::copy(log, beside(&copy, "-wal")).unwrap();
    }
    copy
}

fn cut(path: &Path, to: u64) {
    OpenOptions::new()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(to)
        .unwrap();
}

async fn filled(path: &Path, tokens: u64) -> (Ledger, RunNumber) {
    let ledger = open(path);
    let run = ledger.start_run(new_run(1)).await.unwrap();
    for number in 0..tokens {
        post(&ledger, run, number, Event::Created(number.to_string())).await;
    }
    ledger.flush().await.unwrap();
    (ledger, run)
}

#[tokio::test]
async fn a_kill_forgets_nothing_that_was_answered() {
    let (folder, path) = folder();
    let (ledger, run) = filled(&path, 50).await;
    ledger.begin_post(run, intent(50)).await.unwrap();
    let after = folder.path().join("after");
    fs::create_dir(&after).unwrap();
    let left = open(&killed(&path, &after));
    drop(ledger);
    for number in 0..50 {
        assert_eq!(
            state(&left, number).await,
            Some(State::Uploaded(number.to_string()))
        );
    }
    assert_eq!(state(&left, 50).await, Some(State::Sending(run)));
    assert_eq!(state(&left, 51).await, None);
}

/// What is written then would be known to nobody: the next run opens what is there by now.
#[cfg(unix)]
#[tokio::test]
async fn a_ledger_that_was_replaced_or_removed_is_closed() {
    for is_replaced in [true, false] {
        let (folder, path) = folder();
        let (ledger, run) = filled(&path, 3).await;
        let copy = killed(&path, &{
            let after = folder.path().join("after");
            fs::create_dir(&after).unwrap();
            after
        });
        if is_replaced {
            fs::rename(copy, &path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        let begun = ledger.begin_post(run, intent(9)).await;
        assert!(begun.is_err(), "nothing may leave");
        let why = ledger.closed().unwrap().to_string();
        assert!(why.contains("moved, removed or replaced"), "{why}");
    }
}

#[tokio::test]
async fn two_openers_make_one_ledger() {
    let (_folder, path) = folder();
    let openers: Vec<_> = (0..8)
        .map(|number| {
            let path = path.clone();
            std::thread::spawn(move || {
                let ledger = Ledger::open_inline(&path, Durability::Normal).unwrap();
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    let run = ledger.start_run(new_run(number)).await.unwrap();
                    post(&ledger, run, number.into(), Event::Created("1".into())).await;
                });
            })
        })
        .collect();
    for opener in openers {
        opener.join().unwrap();
    }
    let ledger = open(&path);
    assert_eq!(ledger.ask(|view| Ok(view.runs()?.len())).await.unwrap(), 8);
    for number in 0..8 {
        assert!(state(&ledger, number).await.is_some(), "{number}");
    }
}

/// A full disk, by a cap on the file's pages.
#[tokio::test]
async fn a_full_disk_closes_the_ledger() {
    for inline in [false, true] {
        let (_folder, path) = folder();
        let ledger = if inline {
            Ledger::open_inline(&path, Durability::Normal).unwrap()
        } else {
            open(&path)
        };
        let run = ledger.start_run(new_run(1)).await.unwrap();
        let cap = |pages: i64| {
            ledger.ask(move |view| {
                let sql = format!("PRAGMA max_page_count = {pages}");
                view.connection.query_row(&sql, [], |_| Ok(()))
            })
        };
        cap(1).await.unwrap();
        let mut written = 0;
        let fault = loop {
            match ledger.begin_post(run, intent(written)).await {
                Ok(()) => written += 1,
                Err(fault) => break fault,
            }
        };
        let Fault::Closed(Closed(error)) = fault else {
            panic!("{fault}")
        };
        assert_eq!(error.trouble, Trouble::Full);
        assert!(written > 0);
        // For good: also what only reads, and what nobody waits for.
        ledger.tell(token(0), Event::Created("1".into()), Note::default());
        assert!(ledger.lookup(vec![token(0)]).await.is_err());
        assert!(ledger.begin_post(run, intent(written + 1)).await.is_err());
        let closed: crate::error::Error = ledger.closed().unwrap().into();
        assert_eq!(closed.exit_code(), 5);
        drop(ledger);
        let after = open(&path);
        for number in 0..written {
            assert_eq!(
                state(&after, number).await,
                Some(State::Sending(run)),
                "{number} may have left"
            );
        }
        assert_eq!(state(&after, written).await, None);
    }
}

#[tokio::test]
async fn what_contradicts_the_ledger_closes_it_and_undoes_its_group() {
    let (_folder, path) = folder();
    let ledger = open(&path);
    let run = ledger.start_run(new_run(1)).await.unwrap();
    ledger.begin_post(run, intent(1)).await.unwrap();
    ledger.tell(token(2), Event::Created("2".into()), Note::default());
    let closed = ledger.flush().await.unwrap_err();
    assert_eq!(closed.0.trouble, Trouble::Contradiction);
    let text = closed
        .to_string()
        .replace(&path.display().to_string(), "LEDGER");
    insta::assert_snapshot!(text, @r#"
    the ledger LEDGER stopped the run: a response that is new cannot be created
      help: this is a fault of chatterload; please report it. Run the same command again: nothing is sent twice
    "#);
}

#[tokio::test]
async fn files_that_are_no_ledger_are_refused_and_left_alone() {
    let (folder, path) = folder();
    fs::write(
        &path,
        "not a database, but long enough to have a header of its own\n".repeat(40),
    )
    .unwrap();
    let error = Ledger::open(&path, Durability::Normal).err().unwrap();
    assert_eq!(error.trouble, Trouble::Corrupt);
    let text = error
        .to_string()
        .replace(&path.display().to_string(), "LEDGER");
    insta::assert_snapshot!(text, @r#"
    the ledger LEDGER is damaged: file is not a database
      help: move it and the files beside it (LEDGER-wal, LEDGER-shm) away, then run `chatterload ledger rebuild`, which takes back from Chattermill what was uploaded; or restore a backup of it
    "#);

    let other = folder.path().join("other.sqlite");
    let connection = rusqlite::Connection::open(&other).unwrap();
    connection
        .execute_batch("CREATE TABLE contacts (name TEXT)")
        .unwrap();
    drop(connection);
    let before = fs::read(&other).unwrap();
    assert_eq!(
        Ledger::open(&other, Durability::Normal)
            .err()
            .unwrap()
            .trouble,
        Trouble::Foreign
    );
    assert!(fs::read(&other).unwrap() == before);

    assert_eq!(
        Ledger::open(folder.path(), Durability::Normal)
            .err()
            .unwrap()
            .trouble,
        Trouble::Foreign
    );
    assert_eq!(
        Reader::open(&folder.path().join("none.sqlite"))
            .err()
            .unwrap()
            .trouble,
        Trouble::Missing
    );
    let below_a_file = other.join("ledger.sqlite");
    assert!(Ledger::open(&below_a_file, Durability::Normal).is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/chatterload/ledger.sqlite");
    let (ledger, _) = filled(&path, 1).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("state")), 0o700);
    for ending in ["", "-wal", "-shm"] {
        assert_eq!(mode(&beside(&path, ending)), 0o600, "{ending}");
    }
    drop(ledger);
}

#[tokio::test]
async fn a_log_without_its_file_is_not_thrown_away() {
    let (folder, path) = folder();
    let (ledger, _) = filled(&path, 5).await;
    let after = folder.path().join("after");
    fs::create_dir(&after).unwrap();
    let left = killed(&path, &after);
    drop(ledger);
    cut(&left, 0);
    assert_eq!(
        Ledger::open(&left, Durability::Normal)
            .err()
            .unwrap()
            .trouble,
        Trouble::Corrupt
    );
    assert!(fs::metadata(beside(&left, "-wal")).unwrap().len() > 0);
}

/// Every token as it was told, or an error; what is not there any more is counted.
async fn forgotten(path: &Path, tokens: u64) -> Result<u64, LedgerError> {
    let ledger = Ledger::open_inline(path, Durability::Normal)?;
    let mut forgotten = 0;
    for number in 0..tokens {
        match ledger.lookup(vec![token(number)]).await {
            Ok(entries) => match &entries[0] {
                Some(entry) => assert!(
                    matches!(&entry.state, State::Sending(_))
                        || entry.state == State::Uploaded(number.to_string()),
                    "{number} is {:?}",
                    entry.state
                ),
                None => forgotten += 1,
            },
            Err(Closed(error)) => {
                let again = LedgerError::new(&error.path, error.trouble, error.detail.clone());
                return Err(again);
            }
        }
    }
    Ok(forgotten)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// The log or the file is cut anywhere: it opens with whole states only, or says that it is damaged.
    #[test]
    fn a_cut_file_opens_or_says_so(place in 0.0..1.0f64, cut_log: bool, tokens in 1..120u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (folder, path) = folder();
            let (ledger, _) = filled(&path, tokens).await;
            let after = folder.path().join("after");
            fs::create_dir(&after).unwrap();
            let victim = if cut_log {
                let left = killed(&path, &after);
                drop(ledger);
                left
            } else {
                // Closed in good order: all of it is in the file.
                drop(ledger);
                killed(&path, &after)
            };
            let file = if cut_log { beside(&victim, "-wal") } else { victim.clone() };
            let size = fs::metadata(&file).unwrap().len();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the size")]
            let kept = (size as f64 * place) as u64;
            cut(&file, kept);
            match forgotten(&victim, tokens).await {
                // SQLite takes the log up to the last whole commit; an empty file is a new ledger.
                Ok(forgotten) => prop_assert!(forgotten == 0 || cut_log || kept == 0),
                Err(error) => {
                    prop_assert!(!cut_log, "{}", error);
                    prop_assert_eq!(error.trouble, Trouble::Corrupt, "{}", error);
                    prop_assert!(error.to_string().contains("ledger rebuild"));
                    prop_assert!(error.to_string().contains("ledger.sqlite"));
                }
            }
            Ok(())
        })?;
    }

    /// Bytes overwritten anywhere never make it panic.
    #[test]
    fn an_overwritten_file_never_panics(places in prop::collection::vec((0.0..1.0f64, any::<u8>()), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (_folder, path) = folder();
            drop(filled(&path, 60).await);
            let mut bytes = fs::read(&path).unwrap();
            for (place, byte) in places {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the size")]
                let at = (bytes.len() as f64 * place) as usize;
                bytes[at] = byte;
            }
            fs::write(&path, bytes).unwrap();
            let Ok(ledger) = Ledger::open_inline(&path, Durability::Normal) else { return };
            let tokens = (0..60).map(token).collect();
            let _ = ledger.lookup(tokens).await;
            let _ = ledger.ask(|view| view.runs().map(|runs| runs.len())).await;
            if let Ok(run) = ledger.start_run(new_run(2)).await {
                let _ = ledger.begin_post(run, intent(100)).await;
                let _ = ledger.bury_dead(run).await;
            }
        });
    }
}
