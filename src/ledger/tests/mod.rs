//! The ledger from outside: what is told is known, whatever happens to process, disk and file.

mod asked;
mod damage;
mod loaded;
mod locks;
mod paged;
mod power;
mod reading;
mod told;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::identity::{Id, row_id};

fn token(number: u64) -> Token {
    Token(row_id("test", [number.to_string().as_str()]))
}

fn intent(number: u64) -> Intent {
    Intent {
        token: token(number),
        raw: Id([1; 16]),
        payload: Id([2; 16]),
        echo: None,
        version: None,
        name: Arc::from("main"),
        file: 0,
        row: number + 2,
    }
}

fn target() -> Target {
    Target {
        origin: "https://api.chattermill.com".into(),
        project: "acme".into(),
    }
}

fn new_run(number: u16) -> NewRun {
    let started_at: Timestamp = "2026-11-23T02:15:00Z".parse().unwrap();
    NewRun {
        id: run_id(started_at, number),
        command: "import".into(),
        version: "0.1.0".into(),
        target: target(),
        scope: Some("nps".into()),
        shard: None,
        mapping: Some("nps.toml".into()),
        mapping_hash: Some(Id([9; 16])),
        files: vec!["nps.csv".into()],
        token_attribute: String::new(),
        below: Vec::new(),
        inputs: None,
        started_at,
    }
}

fn finished(exit_code: u8) -> Finished {
    Finished {
        status: "complete".into(),
        exit_code,
        summary: "{}".into(),
        aggregates: None,
        finished_at: "2026-11-23T02:16:00Z".parse().unwrap(),
    }
}

fn note(code: &str) -> Note {
    Note {
        attempts: Some(1),
        code: Some(code.into()),
        echo: None,
    }
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    (folder, path)
}

fn open(path: &Path) -> Ledger {
    Ledger::open(path, Durability::Normal).unwrap()
}

/// Posts a token as the engine does, and tells what came of it.
async fn post(ledger: &Ledger, run: RunNumber, number: u64, event: Event) {
    ledger.begin_post(run, intent(number)).await.unwrap();
    ledger.tell(token(number), event, Note::default());
}

async fn state(ledger: &Ledger, number: u64) -> Option<State> {
    entry(ledger, number).await.map(|entry| entry.state)
}

async fn entry(ledger: &Ledger, number: u64) -> Option<Entry> {
    ledger.lookup(vec![token(number)]).await.unwrap().remove(0)
}
