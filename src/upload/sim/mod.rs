//! The engine against a model of the API, in virtual time: after each seed what the API holds, the book and the outcomes
//! must tell the same.
//!
//! `CHATTERLOAD_SEEDS=100000` runs more seeds, `CHATTERLOAD_SEED=17` runs that one alone and shows its plan.

mod changes;
mod check;
mod early;
mod mishaps;
mod model;
mod plan;
mod probes;
mod shelf;
mod stories;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::dice::Dice;
use super::rate::lock;
use super::retry::End;
use super::stop::Stop;
use super::{Delivery, Engine, Said, Settled, Ticket, Work};
use crate::api::Client;
use crate::api::canonical::echo_hash;
use crate::identity::{Id, Token, payload_hash, row_id};
use crate::record::{Cells, Position, Row};
use check::{Finished, Verdict};
use model::{Server, TIMEOUT};
use plan::{Ending, Plan};
use shelf::Shelf;

/// So many seeds in a plain test run.
const SEEDS: u64 = 2_000;

/// On so many threads.
const WORKERS: usize = 2;

#[test]
#[expect(clippy::print_stderr, reason = "a failing seed is named")]
fn what_the_api_holds_the_book_and_the_outcomes_agree() {
    if let Some(seed) = number("CHATTERLOAD_SEED") {
        eprintln!("{:#?}", Plan::of(seed));
        let _ = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_test_writer()
            .without_time()
            .try_init();
        assert_eq!(run(seed), Ok(()), "seed {seed}");
        return;
    }
    let seeds = number("CHATTERLOAD_SEEDS").unwrap_or(SEEDS);
    let failing = |first| {
        let own = (first..seeds).step_by(WORKERS);
        let failing = own.filter_map(|seed| Some((seed, run(seed).err()?)));
        failing.take(5).collect::<Vec<_>>()
    };
    let failed: Vec<(u64, String)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS as u64)
            .map(|first| scope.spawn(move || failing(first)))
            .collect();
        let ended = workers.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended.flat_map(|failed| failed.expect("no panic")).collect()
    });
    for (seed, why) in &failed {
        eprintln!("CHATTERLOAD_SEED={seed}: {why}");
    }
    assert!(
        failed.is_empty(),
        "{} seeds failed, {} first",
        failed.len(),
        failed[0].0
    );
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// One seed, on a runtime of its own whose clock jumps.
fn run(seed: u64) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async { Simulation::new(seed).run().await })
}

struct Simulation {
    seed: u64,
    plan: Plan,
    server: Arc<Mutex<Server>>,
    shelf: Shelf,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        Self::with(seed, Plan::of(seed))
    }

    fn with(seed: u64, plan: Plan) -> Self {
        let server = Arc::new(Mutex::new(Server::new(seed, &plan)));
        let shelf = if plan.ledger {
            Shelf::ledger()
        } else {
            Shelf::memory()
        };
        Self {
            seed,
            plan,
            server,
            shelf,
        }
    }

    async fn run(&self) -> Result<(), String> {
        let mut verdict = Verdict::default();
        for (number, ending) in self.plan.endings.iter().enumerate() {
            let finished = self.one_run(number, *ending).await;
            verdict.after_run(&self.plan, &lock(&self.server), &finished)?;
        }
        // Once everything has calmed down, one more run brings all that is missing, unless search is of no use.
        tokio::time::sleep(Duration::from_hours(1)).await;
        lock(&self.server).calm = true;
        let number = self.plan.endings.len();
        let finished = self.one_run(number, Ending::Whole).await;
        verdict.after_run(&self.plan, &lock(&self.server), &finished)?;
        tokio::time::sleep(Duration::from_hours(1)).await;
        let last = self.engine(number + 1).await;
        last.check_doubles(&verdict.resent()).await;
        let mut tokens: Vec<Token> = self.works(0).iter().map(|work| work.token).collect();
        tokens.sort_unstable();
        tokens.dedup();
        let known = last.book.lookup(tokens.clone()).await;
        let known = tokens
            .into_iter()
            .zip(known)
            .filter_map(|(token, known)| Some((token, known?)))
            .collect();
        verdict.at_the_end(&self.plan, &lock(&self.server), known, &last)
    }

    async fn engine(&self, number: usize) -> Arc<Engine> {
        self.engine_with(number, |_| {}).await
    }

    async fn engine_with(&self, number: usize, change: impl FnOnce(&mut Delivery)) -> Arc<Engine> {
        lock(&self.server).begin_run(number);
        let base = "https://api.example/v1".parse().expect("an address");
        let client = Client::over(Server::model(&self.server), &base);
        let mut delivery = Delivery {
            rate: self.plan.rate,
            concurrency: self.plan.concurrency,
            on_change: self.plan.on_change,
            expect_changes: true,
            timeout: TIMEOUT,
            probe: self.plan.probe,
            together: self.plan.together,
            ..Delivery::standard()
        };
        change(&mut delivery);
        let stop = Stop::default();
        let book = self.shelf.open(number, &stop).await;
        let mut engine = Engine::new(client, "acme", delivery, book, stop);
        engine.dice = Dice::new(self.seed.wrapping_add(number as u64 * 7_919));
        Arc::new(engine)
    }

    async fn one_run(&self, number: usize, ending: Ending) -> Finished {
        self.run_of(
            number,
            ending,
            self.engine(number).await,
            self.works(number),
        )
        .await
    }

    async fn run_of(
        &self,
        number: usize,
        ending: Ending,
        engine: Arc<Engine>,
        works: Vec<Work>,
    ) -> Finished {
        let (input, batches) = mpsc::channel(64);
        let (settled, mut outcomes) = mpsc::channel(10_000);
        let feeder = tokio::spawn(feed(works.clone(), input, self.plan.slow_input));
        let began = Instant::now();
        let interrupt = async {
            let stopped = || End::Stopped("interrupted".into());
            match ending {
                Ending::Whole => {}
                Ending::Killed(after) => {
                    tokio::time::sleep(after).await;
                    return;
                }
                Ending::Stopped(after) => {
                    tokio::time::sleep(after).await;
                    engine.stop.end(stopped());
                }
                Ending::StoppedNow(after) => {
                    tokio::time::sleep(after).await;
                    engine.stop.now(stopped());
                }
            }
            std::future::pending::<()>().await;
        };
        let whole = tokio::select! {
            biased;
            () = engine.run(batches, settled) => true,
            () = interrupt => false,
        };
        feeder.abort();
        let mut all: Vec<Settled> = Vec::new();
        while let Ok(one) = outcomes.try_recv() {
            all.push(one);
        }
        Finished {
            number,
            works,
            outcomes: all,
            whole,
            took: began.elapsed(),
            engine,
        }
    }

    /// The rows of a run: the same keys in each, some with other content.
    fn works(&self, run: usize) -> Vec<Work> {
        let dice = Dice::new(self.seed ^ 0x0b0d);
        let mut works = Vec::new();
        for row in 0..self.plan.rows + self.plan.repeats {
            let (bad, changing, copy) = (dice.unit(), dice.unit(), dice.throw());
            let key = if row < self.plan.rows {
                row
            } else {
                usize::try_from(copy % self.plan.rows as u64).unwrap_or(0)
            };
            let version = if changing < self.plan.changing {
                run
            } else {
                0
            };
            let word = if bad < self.plan.bad { "bad" } else { "good" };
            works.push(work(row, key, &format!("{word} {key} {version}")));
        }
        works
    }
}

fn work(row: usize, key: usize, comment: &str) -> Work {
    let id = row_id("sim", [key.to_string().as_str()]);
    let token = Token(id);
    let body = serde_json::json!({"response": {
        "comment": comment,
        "user_meta": {"chatterload_key": {"type": "text", "name": "x", "value": token.to_string()}}
    }})
    .to_string();
    let content: Id = payload_hash(comment.as_bytes());
    let position = Position {
        row: row as u64,
        line: row as u64,
    };
    let cells = Cells::Raw(comment.to_owned());
    let row = Row {
        position,
        cells,
        ..Row::default()
    };
    let echo = echo_hash(body.as_bytes(), b"").expect("an object");
    Work {
        echo,
        ticket: Arc::new(Ticket {
            raw: content,
            row,
            id: Some(id),
            responses: 1,
        }),
        name: "main".into(),
        token,
        raw: content,
        payload: content,
        version: None,
        said: Said::Nothing,
        body: body.into(),
        marks: crate::upload::Marks::default(),
    }
}

async fn feed(works: Vec<Work>, input: mpsc::Sender<Vec<Work>>, slowly: bool) {
    for batch in works.chunks(7) {
        if input.send(batch.to_vec()).await.is_err() {
            return;
        }
        if slowly {
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
    }
}
