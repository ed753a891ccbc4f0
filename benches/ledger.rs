//! The ledger as the upload engine uses it: 32 responses in flight, each looked up, begun and settled; on an empty ledger
//! and on one of two million tokens. And how long such a one takes to open.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chatterload::identity::{Id, Token, row_id};
use chatterload::ledger::{
    Durability, Event, Intent, Ledger, NewRun, Note, RunNumber, Target, run_id,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;

const IN_FLIGHT: u64 = 32;
const TOKENS: u64 = 20_000;
const KNOWN: u64 = 2_000_000;

fn token(number: u64) -> Token {
    Token(row_id("bench", [number.to_string().as_str()]))
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
        row: number,
    }
}

fn new_run() -> NewRun {
    NewRun {
        id: run_id(Timestamp::now(), rand::random()),
        command: "import".into(),
        version: "0.1.0".into(),
        target: Target {
            origin: "https://api.chattermill.com".into(),
            project: "acme".into(),
        },
        scope: Some("bench".into()),
        shard: None,
        mapping: None,
        mapping_hash: None,
        files: vec!["bench.csv".into()],
        token_attribute: String::new(),
        below: Vec::new(),
        inputs: None,
        started_at: Timestamp::now(),
    }
}

/// Every token is looked up in batches, begun, and created under an id of the length of a UUID.
async fn load(ledger: Arc<Ledger>, run: RunNumber, tokens: std::ops::Range<u64>) {
    let share = (tokens.end - tokens.start) / IN_FLIGHT;
    let tasks: Vec<_> = (0..IN_FLIGHT)
        .map(|lane| {
            let ledger = Arc::clone(&ledger);
            let first = tokens.start + lane * share;
            tokio::spawn(async move {
                for number in first..first + share {
                    if (number - first).is_multiple_of(64) {
                        let batch = (number..(number + 64).min(first + share))
                            .map(token)
                            .collect();
                        ledger.lookup(batch).await.expect("open");
                    }
                    ledger.begin_post(run, intent(number)).await.expect("new");
                    let id = format!("3f2504e0-4f89-11d3-9a0c-{number:012}");
                    let note = Note {
                        attempts: Some(1),
                        ..Note::default()
                    };
                    ledger.tell(token(number), Event::Created(id), note);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    ledger.flush().await.expect("open");
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    path: &Path,
    durability: Durability,
    first: u64,
    tokens: u64,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    let ledger = Arc::new(Ledger::open(path, durability).expect("a ledger"));
    let run = runtime.block_on(ledger.start_run(new_run())).expect("open");
    let mut next = first;
    let mut group = criterion.benchmark_group("ledger");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(3))
        .throughput(Throughput::Elements(tokens));
    group.bench_function(name, |bench| {
        bench.iter(|| {
            runtime.block_on(load(Arc::clone(&ledger), run, next..next + tokens));
            next += tokens;
        });
    });
    group.finish();
}

fn ledger(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.sqlite");
    measure(
        criterion,
        "begin and settle, new ledger",
        &empty,
        Durability::Normal,
        0,
        TOKENS,
    );
    let full = folder.path().join("full.sqlite");
    measure(
        criterion,
        "begin and settle, durability full",
        &full,
        Durability::Full,
        0,
        640,
    );

    let large = folder.path().join("large.sqlite");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let ledger = Arc::new(Ledger::open(&large, Durability::Normal).expect("a ledger"));
    let run = runtime.block_on(ledger.start_run(new_run())).expect("open");
    let began = Instant::now();
    runtime.block_on(load(Arc::clone(&ledger), run, 0..KNOWN));
    let rate = KNOWN as f64 / began.elapsed().as_secs_f64();
    drop(ledger);
    let size = std::fs::metadata(&large).expect("closed").len();
    let _ = writeln!(
        std::io::stderr(),
        "{KNOWN} tokens: {rate:.0}/s, {:.0} bytes each",
        size as f64 / KNOWN as f64
    );
    measure(
        criterion,
        "begin and settle, two million known",
        &large,
        Durability::Normal,
        KNOWN,
        TOKENS,
    );
    criterion.bench_function("open, two million known", |bench| {
        bench.iter(|| Ledger::open(&large, Durability::Normal).expect("a ledger"));
    });
}

criterion_group!(benches, ledger);
criterion_main!(benches);
