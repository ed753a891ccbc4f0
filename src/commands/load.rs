//! `import` and `check`: from settings to a run, and from the run to its summary and exit code.

use std::path::PathBuf;
use std::sync::Arc;

use super::telling::{Finished, Start, command_line, same_command};
use super::{runtime, signals};
use crate::api::Client;
use crate::catalogue::{self, Catalogue, find, known_names};
use crate::cli::{CheckArgs, DeliveryArgs, ImportArgs, InputArgs};
use crate::console::Console;
use crate::error::Error;
use crate::failures::{self, FailuresFile};
use crate::mapping::{LiteralKind, Mapping, Problem};
use crate::pipeline::account::{Account, Settling};
use crate::pipeline::feed::{Feed, Tally};
use crate::pipeline::identify::Tokens;
use crate::pipeline::inputs::{self, Opened};
use crate::pipeline::run::{self, Ran};
use crate::report::{Reasons, Summary};
use crate::settings::{self, Connection, Environment};
use crate::upload::stop::Stop;
use crate::upload::{Book, Engine};

/// Runs `import` to its end.
pub fn import(args: &ImportArgs, console: &Console, environment: &Environment) -> Finished {
    if args.dry_run {
        let args = CheckArgs {
            input: args.input.clone(),
            api: args.api.clone(),
            preview: PREVIEW,
            ..CheckArgs::default()
        };
        return check(&args, console, environment);
    }
    let start = Start::now("import", &args.input.files);
    match upload(args, &start, console, environment) {
        Ok((project, ran)) => {
            let finished = start.finish(Some(&project), ran);
            let next = next(&finished.summary, &args.input);
            Finished { next, ..finished }
        }
        Err(error) => start.abort(&error),
    }
}

/// The command to go on with.
fn next(summary: &Summary, input: &InputArgs) -> Option<String> {
    match (&summary.failures_file, summary.exit_code) {
        (_, 5) => Some(same_command()),
        (Some(file), 1) => Some(command_line(&[
            "import",
            file,
            "-m",
            input.mapping.as_deref().unwrap_or_default(),
            "-p",
            summary.project.as_deref().unwrap_or_default(),
        ])),
        _ => None,
    }
}

/// Runs `check` to its end.
pub fn check(args: &CheckArgs, console: &Console, environment: &Environment) -> Finished {
    let start = Start::now("check", &args.input.files);
    match dry_run(args, console, environment) {
        Ok((project, ran)) => start.finish(project.as_deref(), ran),
        Err(error) => start.abort(&error),
    }
}

/// So many rows of each reason are kept in a check.
const REJECTIONS_KEPT: usize = 1_000;
/// So many responses are shown unless told otherwise.
const PREVIEW: usize = 3;

fn upload(
    args: &ImportArgs,
    start: &Start,
    console: &Console,
    environment: &Environment,
) -> Result<(String, Ran), Error> {
    let stop = Stop::default();
    let mapping = mapping(&args.input, console)?;
    let project = settings::required_project(args.api.project.as_deref(), environment)?;
    let connection = Connection::resolve(&args.api.connection, environment)?;
    let inputs = inputs::open(&args.input.files, &mapping, &stop, console.diagnostics())?;
    let failures = plan_failures(&args.delivery, &inputs, start)?;
    let client = connection.client()?;
    let runtime = runtime()?;
    let catalogue = runtime.block_on(catalogue::fetch(&client, &project))?;
    check_literals(&mapping, &catalogue, console)?;
    let project = catalogue.project.posted().to_owned();
    let delivery = settings::delivery(&args.delivery, &mapping);
    let tokens = Tokens::new(&connection.url.origin().ascii_serialization(), &project);
    let engine = Arc::new(Engine::new(
        client,
        &project,
        delivery,
        Book::in_memory(),
        stop.clone(),
    ));
    let account = account(&inputs, Some(failures), &args.delivery, &stop);
    let feed = Feed {
        inputs,
        mapping: Arc::new(mapping),
        catalogue: Some(Arc::new(catalogue)),
        tokens: Some(tokens),
        limit: args.input.limit,
        preview: 0,
        stop: stop.clone(),
        tally: Arc::new(Tally::default()),
    };
    let watch = start.watch(console, &feed.tally, &account.settling, Some(&engine));
    let ran = runtime.block_on(async {
        tokio::select! {
            ran = run::upload(feed, engine, account) => ran,
            never = signals::end_on_signals(&stop, |text| console.note(text)) => match never {},
        }
    });
    watch.finish();
    // A reader may still sit in a pipe that says nothing: it goes with the process.
    runtime.shutdown_background();
    Ok((project, ran))
}

fn dry_run(
    args: &CheckArgs,
    console: &Console,
    environment: &Environment,
) -> Result<(Option<String>, Ran), Error> {
    let stop = Stop::default();
    let mapping = mapping(&args.input, console)?;
    let inputs = inputs::open(&args.input.files, &mapping, &stop, console.diagnostics())?;
    let project = settings::project(args.api.project.as_deref(), environment);
    let mut catalogue = None;
    let mut tokens = None;
    if let Some(wanted) = project.filter(|_| !args.offline) {
        let connection = Connection::resolve(&args.api.connection, environment)?;
        let client: Client = connection.client()?;
        let fetched = runtime()?.block_on(catalogue::fetch(&client, &wanted))?;
        check_literals(&mapping, &fetched, console)?;
        tokens = Some(Tokens::new(
            &connection.url.origin().ascii_serialization(),
            fetched.project.posted(),
        ));
        catalogue = Some(Arc::new(fetched));
    }
    let project = catalogue
        .as_ref()
        .map(|catalogue| catalogue.project.posted().to_owned());
    let on_change = mapping.key.on_change;
    let account = Account {
        reasons: Reasons::keeping(REJECTIONS_KEPT),
        ..account(&inputs, None, &DeliveryArgs::default(), &stop)
    };
    let feed = Feed {
        inputs,
        mapping: Arc::new(mapping),
        catalogue,
        tokens,
        limit: args.input.limit,
        preview: args.preview,
        stop,
        tally: Arc::new(Tally::default()),
    };
    Ok((project, run::check(feed, account, on_change)))
}

fn mapping(args: &InputArgs, console: &Console) -> Result<Mapping, Error> {
    settings::mapping(args, console.diagnostics())
}

fn plan_failures(
    args: &DeliveryArgs,
    inputs: &[Opened],
    start: &Start,
) -> Result<FailuresFile, Error> {
    FailuresFile::plan(failures::Plan {
        path: args.failures.clone(),
        inputs: inputs
            .iter()
            .map(|input| (input.name.clone(), input.shape.clone(), input.format))
            .collect(),
        run: start.run.clone(),
        folder: PathBuf::from("."),
        replace: Vec::new(),
    })
}

fn account(
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
    }
}

/// Data types and sources that stand in the mapping must be the project's: told before the first row.
fn check_literals(
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
