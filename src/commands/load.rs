//! `import` and what is one under another name: from settings to a run, and from the run to its summary and exit code.

mod account;
mod ending;
mod identities;
mod literals;
mod loading;

use std::path::Path;
use std::sync::Arc;

pub(super) use account::account;
pub use literals::{check_given, check_literals};

use super::signals::{self, Signals};
use super::telling::{Finished, Start, retry_command, same_command};
use super::{check, prompt, retry, runtime, wizard};
use crate::catalogue;
use crate::cli::{CheckArgs, DurabilityArg, ImportArgs, InputArgs};
use crate::console::Console;
use crate::error::Error;
use crate::ledger::{Durability, NewRun, Remembered, Target};
use crate::mapping::Mapping;
use crate::pipeline::inputs::{self, Opened};
use crate::pipeline::logbook::{Logbook, Opening};
use crate::report::Summary;
use crate::settings::{self, Connection, Environment};
use crate::upload::rate::{Limiter, Rate};
use crate::upload::stop::Stop;
use account::plan_failures;
use ending::{must_go_on, unless_ended};
use loading::Loading;

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
    let mut start = Start::now(command, &args.input.files);
    run_started(&mut start, args, Stop::default(), console, environment)
}

/// The same for a run that was begun, and that somebody else may end.
pub fn run_started(
    start: &mut Start,
    args: &ImportArgs,
    stop: Stop,
    console: &Console,
    environment: &Environment,
) -> Finished {
    let mut finished =
        upload(args, start, stop, console, environment).unwrap_or_else(|error| start.abort(&error));
    if finished.summary.next.is_none() {
        finished.summary.next = next_command(&args.input, &finished.summary);
    }
    let summary = &mut finished.summary;
    if summary.exit_code == 5
        && summary.first_unread_row.is_some()
        && args.input.files.iter().any(|file| comes_once(file))
    {
        summary.warn([UNREAD.to_owned()]);
    }
    finished
}

/// What is said where a pipe was not read to its end.
const UNREAD: &str = "the input came through a pipe and was not read to its end: run the same command with the same input \
                      again, what is loaded is not sent twice";

/// Whether an input is a pipe, which can be read but once.
fn comes_once(file: &Path) -> bool {
    file == Path::new("-") || file.exists() && !inputs::is_regular(file)
}

/// The command to go on with.
fn next_command(input: &InputArgs, summary: &Summary) -> Option<String> {
    let file = summary.failures_file.as_deref();
    let is_piped = matches!(&*input.files, [file] if comes_once(file));
    let is_whole = summary.first_unread_row.is_none();
    match (summary.exit_code, file) {
        // Of a pipe that was read to its end all that was not sent is in that file. Of another nobody has the rest.
        (5, Some(file)) if is_piped && is_whole => Some(retry_command(file)),
        (5, _) => Some(same_command()),
        // Once what is damaged is mended: what is loaded is not sent twice.
        (3, _) if !is_whole => Some(same_command()),
        (1, Some(file)) => {
            let failures = summary.rejected + summary.failed + summary.in_doubt;
            // Of those that were deleted over there no retry makes anything else.
            let gone = summary.reasons.get("gone").copied().unwrap_or_default();
            (failures > gone).then(|| retry_command(file))
        }
        _ => None,
    }
}

fn upload(
    args: &ImportArgs,
    start: &mut Start,
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
    let signals = Signals::of(console);
    runtime.spawn(async move {
        signals::end_on_signals(signals, &listener, |text| told.note(text)).await;
    });
    let path = settings::ledger_path(args.delivery.ledger.ledger.as_deref(), environment)?;
    let colour = console.diagnostics();
    let inputs = inputs::open(&args.input.files, &mapping, Some(&path), &stop, colour);
    must_go_on(&stop)?;
    let inputs = inputs?;
    start.opened(&inputs);
    let start = &*start;
    // Told before anything is asked; made for good once the ledger says which file may be replaced.
    plan_failures(&args.delivery, &inputs, start, Vec::new())?;
    let client = connection.client()?;
    let delivery = settings::delivery(&args.delivery, &mapping);
    // A fixed rate holds for all that is asked; what the API bears is found out while rows are sent.
    let pace = catalogue::Pace {
        limiter: match delivery.rate {
            rate @ Rate::Fixed { .. } => Limiter::new(rate),
            Rate::Auto { .. } | Rate::Unlimited => Limiter::Unlimited,
        },
        max_wait: delivery.limits.max_wait,
    };
    let fetched = unless_ended(&stop, catalogue::fetch(&client, &project, &pace));
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
            below: inputs
                .iter()
                .flat_map(|input| input.below.iter().cloned())
                .collect(),
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
        limiter: matches!(delivery.rate, Rate::Fixed { .. }).then_some(pace.limiter),
    };
    let paths: Vec<_> = inputs.iter().map(Opened::path).collect();
    let loaded = runtime.block_on(loading.run(inputs, connection.client()?, connection.timeout));
    let (mut finished, failures_file, learnt, aggregates) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => (start.abort(&error), None, Remembered::default(), None),
    };
    finished.summary.warn(warnings);
    let ended = logbook.finish(
        &finished.summary,
        failures_file.as_deref(),
        &paths,
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

fn mapping(args: &InputArgs, console: &Console) -> Result<Mapping, Error> {
    let mapping = settings::mapping(args, console.diagnostics())?;
    check_given(&mapping, console)?;
    Ok(mapping)
}
