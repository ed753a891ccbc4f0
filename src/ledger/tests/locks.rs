//! One run at a time.

use std::time::Duration;

use super::*;
use crate::error::Error;

fn guarded(scope: &str, shard: Option<&str>) -> Guarded {
    Guarded {
        target: target(),
        scope: scope.into(),
        shard: shard.map(ToOwned::to_owned),
    }
}

async fn take(path: &Path, guarded: &Guarded) -> Result<Lock, Error> {
    Lock::take(path, guarded, "2026-11-23T02-15-00Z-7f3a", Duration::ZERO).await
}

#[tokio::test]
async fn a_second_run_is_refused_and_told_who_is_at_work() {
    let (_folder, path) = folder();
    let nps = guarded("nps", None);
    let held = take(&path, &nps).await.unwrap();
    let error = take(&path, &nps).await.unwrap_err();
    assert_eq!(error.exit_code(), 6);
    insta::with_settings!({filters => vec![
        (r"process \d+", "process PID"),
        (r"since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "since THEN"),
    ]}, {
        insta::assert_snapshot!(error, @r#"
        run 2026-11-23T02-15-00Z-7f3a (process PID, since THEN) is at work on project acme, scope nps
          help: wait for its end, or let this run wait with `--wait`
        "#);
    });
    drop(held);
    take(&path, &nps).await.unwrap();
}

#[tokio::test]
async fn other_scopes_projects_and_shards_go_side_by_side() {
    let (_folder, path) = folder();
    let mut project = guarded("nps", None);
    project.target.project = "other".into();
    let mut held = Vec::new();
    for other in [
        guarded("nps", None),
        guarded("csat", None),
        guarded("nps", Some("1/2")),
        project,
    ] {
        held.push(take(&path, &other).await.unwrap());
    }
    assert_eq!(held.len(), 4);
}

#[cfg(unix)]
#[tokio::test]
async fn two_names_of_a_ledger_have_one_lock() {
    let (folder, path) = folder();
    drop(open(&path));
    let link = folder.path().join("link.sqlite");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let _held = take(&path, &guarded("nps", None)).await.unwrap();
    assert!(take(&link, &guarded("nps", None)).await.is_err());
}

#[tokio::test]
async fn what_a_dead_process_left_in_the_file_is_no_lock() {
    let (folder, path) = folder();
    drop(take(&path, &guarded("nps", None)).await.unwrap());
    let lock = std::fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::write(
        &lock,
        "{\"pid\": 1, \"run\": \"a longer name than any of ours\", \"since\": \"torn".repeat(9),
    )
    .unwrap();
    let _held = take(&path, &guarded("nps", None)).await.unwrap();
    let text = std::fs::read_to_string(&lock).unwrap();
    assert!(
        text.contains("7f3a") && text.ends_with("}\n") && text.lines().count() == 1,
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_may_wait_takes_over() {
    let (_folder, path) = folder();
    let nps = guarded("nps", None);
    let held = take(&path, &nps).await.unwrap();
    let waiting = Lock::take(&path, &nps, "next", Duration::from_mins(1));
    let (taken, ()) = tokio::join!(waiting, async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        drop(held);
    });
    let _held = taken.unwrap();
    let error = Lock::take(&path, &nps, "third", Duration::from_mins(1))
        .await
        .unwrap_err();
    assert_eq!(error.exit_code(), 6, "waited in vain");
}
