//! `import` and `check`: from settings to a run, and from the run to its summary and exit code.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::telling::{Finished, Start, command_line, same_command};
use super::{check, effective, prompt, retry, runtime, signals, wizard};
use crate::api::Client;
use crate::catalogue::{self, Catalogue, find, known_names};
use crate::cli::{CheckArgs, DeliveryArgs, DurabilityArg, ImportArgs, InputArgs, KnownFailuresArg};
use crate::console::Console;
use crate::error::Error;
use crate::failures::{self, FailuresFile};
use crate::ledger::{Durability, NewRun, Reader, Remembered, Target};
use crate::mapping::{LiteralKind, Mapping, Problem};
use crate::pipeline::account::{Account, Record, Settling};
use crate::pipeline::fed::Tally;
use crate::pipeline::feed::Feed;
use crate::pipeline::identify::Tokens;
use crate::pipeline::inputs::{self, Opened};
use crate::pipeline::known_failures::KnownFailures;
use crate::pipeline::logbook::{Logbook, Opening};
use crate::pipeline::run;
use crate::pipeline::sample::{Look, Sample};
use crate::report::Reasons;
use crate::report::aggregates::Aggregates;
use crate::settings::{self, Connection, Environment};
use crate::upload::rate::Rate;
use crate::upload::retry::{End, human};
use crate::upload::stop::Stop;
use crate::upload::{Book, Delivery, Engine, Found};

/// Runs `import` to its end.
pub fn import(args: &ImportArgs, console: &Console, environment: &Environment) -> Finished {
    if args.dry_run {
        let args = CheckArgs {
            input: args.input.clone(),
            api: args.api.clone(),
            preview: check::PREVIEW,
            ledger: args.delivery.ledger.ledger.clone(),
            ..CheckArgs::default()
        };
        return check::run(&args, console, environment);
    }
    if args.input.mapping.is_none()
        && let [file] = &args.input.files[..]
    {
        if retry::is_failures_file(file) {
            return retry::retry(&retry::of_import(args, file), console, environment);
        }
        if prompt::is_possible(console) {
            return match wizard::guide(args, file, console, environment) {
                Ok(Some(agreed)) => run("import", &agreed, console, environment),
                Ok(None) => Finished::declined(),
                Err(error) => Start::now("import", &args.input.files).abort(&error),
            };
        }
    }
    run("import", args, console, environment)
}

/// Runs what is an import under whatever name to its end.
pub fn run(
    command: &'static str,
    args: &ImportArgs,
    console: &Console,
    environment: &Environment,
) -> Finished {
    let start = Start::now(command, &args.input.files);
    run_started(&start, args, Stop::default(), console, environment)
}

/// The same for a run that was begun, and that somebody else may end.
pub fn run_started(
    start: &Start,
    args: &ImportArgs,
    stop: Stop,
    console: &Console,
    environment: &Environment,
) -> Finished {
    match upload(args, start, stop, console, environment) {
        Ok(finished) => {
            let next = match (&finished.summary.failures_file, finished.summary.exit_code) {
                (_, 5) => Some(same_command()),
                (Some(file), 1) => Some(command_line(&["retry", file])),
                _ => None,
            };
            Finished { next, ..finished }
        }
        Err(error) => start.abort(&error),
    }
}

fn upload(
    args: &ImportArgs,
    start: &Start,
    stop: Stop,
    console: &Console,
    environment: &Environment,
) -> Result<Finished, Error> {
    let mapping = mapping(&args.input, console)?;
    let project = settings::required_project(args.api.project.as_deref(), environment)?;
    let connection = Connection::resolve(&args.api.connection, environment)?;
    let runtime = runtime()?;
    // From here on: a pipe may keep silent, and the API too.
    let (listener, told) = (stop.clone(), console.clone());
    runtime.spawn(async move {
        signals::end_on_signals(&listener, |text| told.note(text)).await;
    });
    let inputs = inputs::open(&args.input.files, &mapping, &stop, console.diagnostics());
    must_go_on(&stop)?;
    let inputs = inputs?;
    // Told before anything is asked; made for good once the ledger says which file may be replaced.
    plan_failures(&args.delivery, &inputs, start, Vec::new())?;
    let path = settings::ledger_path(args.delivery.ledger.ledger.as_deref(), environment)?;
    let client = connection.client()?;
    let fetched = unless_ended(&stop, catalogue::fetch(&client, &project));
    let catalogue = runtime.block_on(fetched)?;
    check_literals(&mapping, &catalogue, console)?;
    let target = Target {
        origin: connection.url.origin().ascii_serialization(),
        project: catalogue.project.posted().to_owned(),
    };
    let opening = Opening {
        path: &path,
        durability: match args.delivery.ledger.durability {
            DurabilityArg::Normal => Durability::Normal,
            DurabilityArg::Full => Durability::Full,
        },
        wait: args.delivery.ledger.wait.unwrap_or_default(),
        run: NewRun {
            // As rows count their files: patterns are many.
            files: inputs.iter().map(|input| input.name.clone()).collect(),
            inputs: inputs::fingerprint(
                &inputs,
                &[
                    mapping.fingerprint().to_string(),
                    format!("{:?}", args.input.limit),
                    format!("{:?}", args.delivery.known_failures),
                ],
            ),
            ..start.new_run(&target, &mapping, args)
        },
    };
    let (logbook, warnings) = runtime.block_on(unless_ended(&stop, Logbook::open(opening)))?;
    let loading = Loading {
        args,
        start,
        console,
        stop,
        mapping: Arc::new(mapping),
        catalogue: Arc::new(catalogue),
        target,
        logbook: &logbook,
    };
    let loaded = runtime.block_on(loading.run(inputs, client, connection.timeout));
    let (mut finished, failures_file, learnt, aggregates) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => (start.abort(&error), None, Remembered::default(), None),
    };
    finished.summary.warn(warnings);
    let ended = logbook.finish(
        &finished.summary,
        failures_file.as_deref(),
        learnt,
        aggregates.as_ref(),
    );
    if let Err(error) = runtime.block_on(ended)
        && finished.summary.error.is_none()
    {
        finished.summary = finished.summary.ended_by(&error);
    }
    // A reader may still sit in a pipe that says nothing: it goes with the process.
    runtime.shutdown_background();
    Ok(finished)
}

/// Everything that is known before the first row is read.
struct Loading<'a> {
    args: &'a ImportArgs,
    start: &'a Start,
    console: &'a Console,
    stop: Stop,
    mapping: Arc<Mapping>,
    catalogue: Arc<Catalogue>,
    target: Target,
    logbook: &'a Logbook,
}

/// What was loaded, where its failures are, what was learnt of the API, and the report's figures.
type Loaded = (Finished, Option<PathBuf>, Remembered, Option<Aggregates>);

impl Loading<'_> {
    async fn run(
        self,
        inputs: Vec<Opened>,
        client: Client,
        timeout: Duration,
    ) -> Result<Loaded, Error> {
        let (options, logbook) = (&self.args.delivery, self.logbook);
        let mut warnings: Vec<String> = Vec::new();
        logbook
            .check_headers(&self.mapping, &inputs, options.ledger.accept_new_header)
            .await?;
        let tokens = Tokens::new(&self.target.origin, &self.target.project);
        let sample = self.sample(&inputs, &tokens)?;
        let delivery = self.delivery(timeout);
        let book = Book::ledger(
            Arc::clone(&logbook.ledger),
            logbook.number,
            self.stop.clone(),
        );
        let mut engine = Engine::new(
            client,
            &self.target.project,
            delivery,
            book,
            self.stop.clone(),
        );
        engine = engine.searching_by(self.mapping.key.token.as_deref());
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
        let upload = run::Upload {
            feed,
            engine: Arc::clone(&engine),
            account,
            ledger: Arc::clone(&logbook.ledger),
            run: logbook.number,
            // Where the power was lost, a hit is no sign of another ledger.
            first_use: (logbook.first_use && !logbook.power_was_lost)
                .then(|| sample.spread.into_iter().collect()),
        };
        let ran = run::upload(upload).await;
        meter.finish();
        let used = match ran.end {
            Some(End::Usage(_)) => Ok(()),
            _ => logbook.use_scope().await,
        };
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
        finished.summary.warn(warnings);
        let learnt = Remembered {
            rate: engine.learned_rate(),
            wait_until: engine.wait_asked().map(until),
        };
        Ok((finished, failures_file, learnt, Some(aggregates)))
    }

    /// Some tokens that the ledger does not know, to be searched before anything is sent: at the first use of a scope, and
    /// where a run died, whose ledger may have been cut.
    fn sample(&self, inputs: &[Opened], tokens: &Tokens) -> Result<Sample, Error> {
        let needed = self.logbook.first_use || self.logbook.a_run_died;
        if !needed || self.logbook.power_was_lost {
            return Ok(Sample::default());
        }
        let reader = Reader::open(self.logbook.ledger.path())?;
        let look = Look {
            mapping: &self.mapping,
            tokens,
            shard: self.args.delivery.ledger.shard,
            limit: self.args.input.limit,
            // Where a run died, the first that are unknown matter, and they may be few.
            thinly: !self.logbook.a_run_died,
        };
        let mut is_unknown = |token| matches!(reader.ask(|view| view.entry(token)), Ok(None));
        tokio::task::block_in_place(|| look.take(inputs, &mut is_unknown))
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
            *start = self.logbook.remembered.rate;
        }
        delivery
    }

    async fn failures(&self, inputs: &[Opened]) -> Result<FailuresFile, Error> {
        let planned = plan_failures(&self.args.delivery, inputs, self.start, Vec::new())?;
        let names: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
        let replace = self.logbook.untouched(planned.candidates(), &names).await;
        plan_failures(&self.args.delivery, inputs, self.start, replace)
    }
}

fn mapping(args: &InputArgs, console: &Console) -> Result<Mapping, Error> {
    settings::mapping(args, console.diagnostics())
}

fn plan_failures(
    args: &DeliveryArgs,
    inputs: &[Opened],
    start: &Start,
    replace: Vec<PathBuf>,
) -> Result<FailuresFile, Error> {
    FailuresFile::plan(failures::Plan {
        path: args.failures.clone(),
        inputs: inputs
            .iter()
            .map(|input| (input.name.clone(), input.shape.clone(), input.format))
            .collect(),
        run: start.run.clone(),
        folder: args
            .failures_folder
            .clone()
            .unwrap_or_else(|| PathBuf::from(".")),
        replace,
    })
}

/// What the end of the way needs to know.
pub(super) fn account(
    inputs: &[Opened],
    failures: Option<FailuresFile>,
    args: &DeliveryArgs,
    stop: &Stop,
) -> Account {
    Account {
        files: inputs.iter().map(|input| input.name.clone()).collect(),
        failures,
        max_failures: args.max_failures,
        stop: stop.clone(),
        settling: Arc::new(Settling::default()),
        reasons: Reasons::default(),
        record: None,
    }
}

/// Data types and sources that stand in the mapping must be the project's: told before the first row.
pub fn check_literals(
    mapping: &Mapping,
    catalogue: &Catalogue,
    console: &Console,
) -> Result<(), Error> {
    let unknown = mapping.literals().into_iter().filter_map(|literal| {
        let (items, what) = match literal.kind {
            LiteralKind::DataType => (&catalogue.data_types, "data type"),
            LiteralKind::DataSource => (&catalogue.data_sources, "data source"),
        };
        if find(items, &literal.value).is_some() {
            return None;
        }
        let message = format!(
            "the project '{}' has no {what} '{}'",
            catalogue.project.posted(),
            literal.value
        );
        Some(Problem::at(&literal.place, message).help(known_names(items, &literal.value)))
    });
    let problems: Vec<Problem> = unknown.collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::Usage(
        mapping.error(problems).render(console.diagnostics()),
    ))
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

/// An end that came before the first row was read.
fn must_go_on(stop: &Stop) -> Result<(), Error> {
    match stop.reason() {
        Some(End::Refused(why)) => Err(Error::Api(why)),
        Some(End::Usage(why)) => Err(Error::Usage(why)),
        Some(End::Stopped(why)) => Err(Error::Stopped(why)),
        None => Ok(()),
    }
}

/// What is waited for, unless the run ends first.
async fn unless_ended<T>(
    stop: &Stop,
    wait: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        () = stop.ending() => {
            must_go_on(stop)?;
            Err(Error::Stopped("interrupted".to_owned()))
        }
        done = wait => done,
    }
}
