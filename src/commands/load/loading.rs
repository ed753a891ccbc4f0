//! What is done once everything is known and opened: the engine is set up, rows are fed, outcomes are kept.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::account::{account, plan_failures};
use crate::api::Client;
use crate::catalogue::Catalogue;
use crate::cli::{ImportArgs, KnownFailuresArg};
use crate::commands::effective;
use crate::commands::telling::{Finished, Start, undo_command};
use crate::console::Console;
use crate::error::Error;
use crate::failures::FailuresFile;
use crate::ledger::{Entry, Reader, Remembered, Target, View};
use crate::mapping::Mapping;
use crate::pipeline::account::{Account, Record};
use crate::pipeline::fed::Tally;
use crate::pipeline::feed::Feed;
use crate::pipeline::identify::Tokens;
use crate::pipeline::inputs::Opened;
use crate::pipeline::known_failures::KnownFailures;
use crate::pipeline::logbook::Logbook;
use crate::pipeline::run;
use crate::pipeline::sample::{Look, Sample};
use crate::report::aggregates::Aggregates;
use crate::settings;
use crate::upload::rate::{Learned, Limiter, Rate};
use crate::upload::retry::human;
use crate::upload::stop::Stop;
use crate::upload::{Book, Delivery, Engine, Found};

/// Everything that is known before the first row is read.
pub(super) struct Loading<'a> {
    pub args: &'a ImportArgs,
    pub start: &'a Start,
    pub console: &'a Console,
    pub stop: Stop,
    pub mapping: Arc<Mapping>,
    pub catalogue: Arc<Catalogue>,
    pub target: Target,
    pub logbook: &'a Logbook,
    /// A fixed rate goes on from what was asked before.
    pub limiter: Option<Limiter>,
}

/// What was loaded, where its failures are, what was learnt of the API, and the report's figures.
pub(super) type Loaded = (Finished, Option<PathBuf>, Remembered, Option<Aggregates>);

impl Loading<'_> {
    /// Reads, maps, validates and uploads all rows.
    pub async fn run(
        mut self,
        inputs: Vec<Opened>,
        client: Client,
        timeout: Duration,
    ) -> Result<Loaded, Error> {
        let (options, logbook) = (&self.args.delivery, self.logbook);
        let mut warnings: Vec<String> = Vec::new();
        let tokens = Tokens::new(&self.target.origin, &self.target.project);
        let accepted = options.ledger.accept_new_header;
        self.check_identities(&inputs, &tokens, accepted).await?;
        logbook
            .check_headers(&self.mapping, &inputs, accepted)
            .await?;
        logbook.check_ledger()?;
        let sample = self.sample(&inputs, &tokens)?;
        let delivery = self.delivery(timeout);
        let mut engine = self.engine(client, delivery).await?;
        if logbook.power_was_lost {
            warnings.push(LOST.to_owned());
        } else if logbook.a_run_died && !logbook.first_use && self.lacks(&engine, &sample).await {
            logbook.ledger.note_lost(logbook.number).await?;
            warnings.push(LACKS.to_owned());
            engine.probe_all();
        }
        let engine = Arc::new(engine);
        self.obey_earlier_wait(&engine)?;
        let ignore_known = options.known_failures == KnownFailuresArg::Ignore;
        let known = || KnownFailures::new(logbook.ledger.path(), logbook.number);
        let failures = self.failures(&inputs).await?;
        let account = Account {
            record: Some(Record {
                ledger: Arc::clone(&logbook.ledger),
                run: logbook.number,
                tokens: tokens.clone(),
                known: known()?,
                ignore_known,
            }),
            ..account(&inputs, Some(failures), options, &self.stop)
        };
        let feed = Feed {
            inputs,
            mapping: Arc::clone(&self.mapping),
            catalogue: Some(Arc::clone(&self.catalogue)),
            tokens: Some(tokens),
            shard: options.ledger.shard,
            known_failures: Some(known()?),
            ignore_known,
            limit: self.args.input.limit,
            preview: 0,
            overview: None,
            stop: self.stop.clone(),
            tally: Arc::new(Tally::default()),
        };
        let meter = Start::watch(self.console, &feed.tally, &account.settling, Some(&engine));
        // Where the power was lost, a hit is no sign of another ledger; where no token is sent there is none.
        let looks =
            logbook.first_use && !logbook.power_was_lost && self.mapping.key.token.is_some();
        let upload = run::Upload {
            feed,
            engine: Arc::clone(&engine),
            account,
            ledger: Arc::clone(&logbook.ledger),
            run: logbook.number,
            first_use: looks.then(|| sample.spread.into_iter().collect()),
        };
        let started = run::upload(upload).await;
        let ran = started
            .map_err(|error| Error::Stopped(format!("the upload cannot be started: {error}")))?;
        meter.finish();
        let used = if ran.no_ledger_is_missing {
            logbook.use_scope().await
        } else {
            Ok(())
        };
        if engine.lacks_a_ledger() {
            // Where the scope was in use before, the next run searches for whatever it does not know.
            logbook.ledger.note_lost(logbook.number).await?;
        }
        let sent_once_more = ran.sent_once_more.first().cloned();
        let failures_file = ran.failures_file.clone();
        let aggregates = Aggregates {
            uploads: ran.uploads.clone(),
            answers: engine.timeline.answers(),
            settings: effective::settings(&delivery, options, &self.args.input),
        };
        let mut finished = self.start.finish(Some(&self.target.project), ran);
        if let Err(error) = used
            && finished.summary.error.is_none()
        {
            finished.summary = finished.summary.ended_by(&error);
        }
        if let Some(run) = sent_once_more.filter(|_| logbook.first_use) {
            finished.summary.next = Some(undo_command(&run));
        }
        finished.summary.warn(warnings);
        let learned = engine.learned_rate();
        let learnt = Remembered {
            rate: learned.map(|learned| learned.rate),
            rate_seconds: learned.map(|learned| learned.seconds),
            wait_until: engine.wait_asked().map(until),
        };
        Ok((finished, failures_file, learnt, Some(aggregates)))
    }

    /// The engine, over the ledger, and with what is known of earlier runs.
    async fn engine(&mut self, client: Client, delivery: Delivery) -> Result<Engine, Error> {
        let (logbook, stop) = (self.logbook, self.stop.clone());
        let number = logbook.number;
        let book = Book::ledger(Arc::clone(&logbook.ledger), number, stop.clone());
        let asked = move |view: View<'_>| view.under_other_attributes(number);
        let elsewhere = logbook.ledger.ask(asked).await?;
        let engine = Engine::new(client, &self.target.project, delivery, book, stop)
            .searching_by(self.mapping.key.token.as_deref())
            .holding(elsewhere.into_iter().collect())
            .that_may_lack_a_ledger(logbook.first_use || logbook.a_run_died);
        Ok(match self.limiter.take() {
            Some(limiter) => engine.limited_by(limiter),
            None => engine,
        })
    }

    /// Some tokens that the ledger does not know, to be searched before anything is sent: at the first use of a scope, and
    /// where a run died, whose ledger may have been cut.
    fn sample(&self, inputs: &[Opened], tokens: &Tokens) -> Result<Sample, Error> {
        let needed = self.logbook.first_use || self.logbook.a_run_died;
        if !needed || self.logbook.power_was_lost {
            return Ok(Sample::default());
        }
        // Where a run died, the first that are unknown matter, and they may be few.
        let thinly = !self.logbook.a_run_died;
        self.some(inputs, tokens, thinly, |entry| entry.is_none())
    }

    /// Some tokens of the inputs, by what the ledger has of each.
    pub(super) fn some(
        &self,
        inputs: &[Opened],
        tokens: &Tokens,
        thinly: bool,
        wanted: fn(Option<Entry>) -> bool,
    ) -> Result<Sample, Error> {
        let reader = Reader::open(self.logbook.ledger.path())?;
        let look = self.look(tokens, thinly);
        let mut wanted = |token| reader.ask(|view| view.entry(token)).is_ok_and(wanted);
        tokio::task::block_in_place(|| look.take(inputs, &mut wanted))
    }

    pub(super) fn look<'a>(&'a self, tokens: &'a Tokens, thinly: bool) -> Look<'a> {
        Look {
            mapping: &self.mapping,
            tokens,
            shard: self.args.delivery.ledger.shard,
            limit: self.args.input.limit,
            thinly,
        }
    }

    /// Whether the project holds what a dead run uploaded and this ledger does not know any more.
    async fn lacks(&self, engine: &Engine, sample: &Sample) -> bool {
        let mut tokens = sample.first.clone();
        tokens.extend(
            sample
                .spread
                .iter()
                .filter(|token| !sample.first.contains(token)),
        );
        // Where search cannot tell, the engine says so itself.
        engine.search_tokens(&tokens).await.is_ok_and(|found| {
            found
                .iter()
                .any(|(_, found)| matches!(found, Found::Present(_)))
        })
    }

    /// What the API told an earlier run still holds.
    fn obey_earlier_wait(&self, engine: &Engine) -> Result<(), Error> {
        let left = self.logbook.still_to_wait(Timestamp::now());
        let most = settings::delivery(&self.args.delivery, &self.mapping)
            .limits
            .max_wait;
        if left > most {
            return Err(Error::Stopped(format!(
                "the API asked an earlier run to wait, and {} of that are left, longer than --max-wait: run the same \
                 command again after that",
                human(left)
            )));
        }
        if !left.is_zero() {
            engine.pause.extend(Instant::now() + left);
        }
        Ok(())
    }

    fn delivery(&self, timeout: Duration) -> Delivery {
        let mut delivery = settings::delivery(&self.args.delivery, &self.mapping);
        delivery.timeout = timeout;
        // What the power took cannot be told from what never was.
        delivery.probe |= self.logbook.power_was_lost;
        if let Rate::Auto { start } = &mut delivery.rate {
            let Remembered {
                rate, rate_seconds, ..
            } = self.logbook.remembered;
            *start = rate.map(|rate| Learned {
                rate,
                seconds: rate_seconds.unwrap_or(0.0),
            });
        }
        delivery
    }

    async fn failures(&self, inputs: &[Opened]) -> Result<FailuresFile, Error> {
        let planned = plan_failures(&self.args.delivery, inputs, self.start, Vec::new())?;
        // What is left out as known stands in the file of the run that told of it, and there alone.
        if self.args.delivery.known_failures == KnownFailuresArg::Ignore {
            return Ok(planned);
        }
        let replace = self.logbook.untouched(planned.candidates(), inputs).await;
        plan_failures(&self.args.delivery, inputs, self.start, replace)
    }
}

/// A moment to come, in milliseconds since 1970.
fn until(wait: Duration) -> i64 {
    let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
    Timestamp::now().as_millisecond().saturating_add(wait)
}

/// What is said where a ledger has lost responses.
const LACKS: &str = "the ledger has lost responses that a run uploaded before it died: each response that it does not know \
                     is searched for before it is posted, until `chatterload ledger rebuild` has taken them back";

/// What is said where it may have.
const LOST: &str = "an earlier run did not come to its end before the machine did, and the ledger may have lost what it \
                    sent last: each response that it does not know is searched for before it is posted, until a run over \
                    the same files comes to its end without a doubt, or `chatterload ledger rebuild` has taken back what \
                    there is";
