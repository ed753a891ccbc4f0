//! Uploads as `import` does, by the library's own stages, with a book in memory in the ledger's place: what the ledger
//! costs is told by comparing the two (`benches/compare/upload.sh`). For measuring alone; nothing is remembered.
//!
//! `without-ledger FILE MAPPING API_URL PROJECT CONCURRENCY` prints responses uploaded and seconds.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chatterload::api::Client;
use chatterload::catalogue;
use chatterload::failures::{FailuresFile, Plan};
use chatterload::mapping::Mapping;
use chatterload::pipeline::account::{Account, Settling};
use chatterload::pipeline::fed::Tally;
use chatterload::pipeline::feed::{Feed, Outlets, Way};
use chatterload::pipeline::identify::Tokens;
use chatterload::pipeline::inputs::{self, Opened};
use chatterload::report::Reasons;
use chatterload::upload::rate::Rate;
use chatterload::upload::stop::Stop;
use chatterload::upload::{Book, Delivery, Engine};
use reqwest::header::HeaderValue;
use tokio::sync::mpsc;

type Anything = Box<dyn std::error::Error>;

fn main() -> Result<(), Anything> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, mapping, url, project, concurrency] = arguments.as_slice() else {
        return Err("usage: without-ledger FILE MAPPING API_URL PROJECT CONCURRENCY".into());
    };
    let text = std::fs::read_to_string(mapping)?;
    let mapping = Arc::new(Mapping::parse(mapping, &text).map_err(|error| error.render(false))?);
    let url: reqwest::Url = url.parse()?;
    let delivery = Delivery {
        rate: Rate::Unlimited,
        concurrency: concurrency.parse()?,
        ..Delivery::standard()
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let stop = Stop::default();
    let inputs = inputs::open(&[PathBuf::from(file)], &mapping, None, &stop, false)?;
    let authorization = HeaderValue::from_static("Bearer k");
    let client = Client::new(&url, authorization, Duration::from_secs(30))?;
    let started = Instant::now();
    let catalogue = runtime.block_on(catalogue::fetch(
        &client,
        project,
        &catalogue::Pace::default(),
    ))?;
    let tokens = Tokens::new(&url.origin().ascii_serialization(), project);
    let engine = Engine::new(client, project, delivery, Book::in_memory(), stop.clone());
    let engine = Arc::new(engine.searching_by(mapping.key.token.as_deref()));
    let failures = FailuresFile::plan(Plan {
        path: None,
        inputs: inputs
            .iter()
            .map(|input| (input.name.clone(), input.shape.clone(), input.format))
            .collect(),
        run: "measured".to_owned(),
        folder: std::env::temp_dir(),
        replace: Vec::new(),
    })?;
    let account = Account {
        files: inputs.iter().map(|input| input.name.clone()).collect(),
        once: inputs.iter().map(Opened::comes_once).collect(),
        failures: Some(failures),
        max_failures: None,
        stop: stop.clone(),
        settling: Arc::new(Settling::default()),
        reasons: Reasons::default(),
        record: None,
    };
    let feed = Feed {
        inputs,
        mapping,
        catalogue: Some(Arc::new(catalogue)),
        tokens: Some(tokens),
        shard: None,
        known_failures: None,
        ignore_known: false,
        limit: None,
        preview: 0,
        overview: None,
        stop: stop.clone(),
        tally: Arc::new(Tally::default()),
    };
    let (work, work_from) = mpsc::channel(4);
    let (settled, settled_from) = mpsc::channel(1024);
    let outlets = Outlets {
        way: Way::Sent(work),
        settled: settled.clone(),
    };
    let feeder = std::thread::spawn(move || feed.run(outlets));
    let accountant = std::thread::spawn(move || account.run(settled_from));
    runtime.block_on(async move {
        // Beside its requests, as in `import`.
        tokio::spawn(async move { engine.run(work_from, settled).await }).await
    })?;
    let gone = || Anything::from("a stage ended unexpectedly");
    feeder.join().map_err(|_| gone())?;
    let accounted = accountant.join().map_err(|_| gone())?;
    if let Some(reason) = stop.reason() {
        return Err(format!("stopped: {reason:?}").into());
    }
    tell(accounted.counts.uploaded, started.elapsed());
    Ok(())
}

fn tell(uploaded: u64, took: Duration) {
    println!("{uploaded} {:.3}", took.as_secs_f64());
}
