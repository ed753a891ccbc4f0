//! `ledger rebuild` and `ledger verify`.

use std::path::Path;
use std::sync::Mutex;

use super::revisited::{Figure, Report};
use super::revisiting::{Past, attribute, pace, unclear, until_done};
use super::runtime;
use crate::catalogue;
use crate::cli::{LedgerCommand, LedgerCommandArgs, RebuildArgs, VerifyArgs};
use crate::console::Console;
use crate::error::Error;
use crate::identity::Token;
use crate::ledger::{Durability, Guarded, Ledger, Lock, NewRun, RunNumber, Target};
use crate::report::paint::Tone;
use crate::revisit::Findings;
use crate::revisit::caller::Caller;
use crate::revisit::rebuild::Rebuild;
use crate::revisit::search::Search;
use crate::revisit::verify::Verify;
use crate::settings::{self, Connection, Environment};
use crate::upload::stop::Stop;

/// What a rebuild tells.
const REBUILT: &[Figure] = &[
    ("taken_back", "taken back into the ledger", Tone::Good),
    ("known", "known to the ledger already", Tone::Plain),
    ("seen", "responses seen in the project", Tone::Plain),
    (
        "with_token",
        "of them with a token of chatterload",
        Tone::Plain,
    ),
    ("pages", "pages read", Tone::Quiet),
    ("undone", "undone before, and still listed", Tone::Plain),
    (
        "unsettled",
        "being sent by a run that was cut short: its next run asks for them",
        Tone::Care,
    ),
    ("doubles", "more than once in Chattermill", Tone::Bad),
];

/// What a verification tells.
const VERIFIED: &[Figure] = &[
    ("verified", "there, and as they were sent", Tone::Good),
    (
        "not_compared",
        "there; the ledger cannot say how they were sent",
        Tone::Care,
    ),
    (
        "not_found_by_search",
        "there, and not found by search (yet)",
        Tone::Care,
    ),
    ("changed", "there, and changed since", Tone::Bad),
    ("missing", "missing", Tone::Bad),
    ("doubles", "more than once in Chattermill", Tone::Bad),
    ("unknown", "could not be read", Tone::Bad),
    (
        "in_doubt",
        "in doubt: a retry of the run asks for them",
        Tone::Bad,
    ),
    (
        "not_attempted",
        "not looked at: run the same command again",
        Tone::Bad,
    ),
];

/// Runs a command over the ledger, and gives the exit code.
pub fn run(
    args: &LedgerCommandArgs,
    console: &Console,
    environment: &Environment,
) -> Result<u8, Error> {
    match &args.command {
        LedgerCommand::Rebuild(args) => rebuild(args, console, environment),
        LedgerCommand::Verify(args) => verify(args, console, environment),
    }
}

fn rebuild(args: &RebuildArgs, console: &Console, environment: &Environment) -> Result<u8, Error> {
    let project = settings::required_project(args.api.project.as_deref(), environment)?;
    let path = settings::ledger_path(args.ledger.ledger.as_deref(), environment)?;
    let connection = Connection::resolve(&args.api.connection, environment)?;
    let attribute = attribute(args.mapping.as_deref(), None, console)?.ok_or_else(|| {
        Error::Usage(
            "the mapping sends no token, so that there is none to take back\n  help: leave -m away, unless it renames \
             the token"
                .to_owned(),
        )
    })?;
    let client = connection.client()?;
    let runtime = runtime()?;
    let told = runtime.block_on(async {
        let project = catalogue::project(&client, &project)
            .await?
            .posted()
            .to_owned();
        let ledger = Ledger::open(&path, Durability::Normal)?;
        let target = Target {
            origin: connection.url.origin().ascii_serialization(),
            project: project.clone(),
        };
        let report = Report::begin("ledger rebuild", None, &project, REBUILT);
        let _locks = lock_all(&ledger, &target, &report.id, args).await?;
        let new = NewRun {
            mapping: args.mapping.clone(),
            ..report.new_run(target)
        };
        let run = ledger.start_run(new).await?;
        let findings = Findings::default();
        let stop = Stop::default();
        let caller = Caller::new(client, &project, pace(&args.pace), stop.clone());
        let rebuild = Rebuild {
            caller: &caller,
            ledger: &ledger,
            run,
            attribute: &attribute,
            findings: &findings,
        };
        // The stop has the reason.
        let _ = until_done(&stop, console, rebuild.run()).await;
        let told = report.end(&findings, &caller, None, console);
        ledger.finish_run(run, told.finished()).await?;
        Ok::<_, Error>(told)
    })?;
    Ok(told.tell(console))
}

/// No other run of the project may be at work: neither another rebuild nor any over a scope that the ledger knows.
async fn lock_all(
    ledger: &Ledger,
    target: &Target,
    run: &str,
    args: &RebuildArgs,
) -> Result<Vec<Lock>, Error> {
    let question = target.clone();
    let mut scopes = ledger.ask(move |view| view.scopes_of(&question)).await?;
    scopes.insert(0, (String::new(), None));
    let mut locks = Vec::with_capacity(scopes.len());
    for (scope, shard) in scopes {
        let guarded = Guarded {
            target: target.clone(),
            scope,
            shard,
        };
        locks.push(Lock::take(ledger.path(), &guarded, run, args.wait.unwrap_or_default()).await?);
    }
    Ok(locks)
}

fn verify(args: &VerifyArgs, console: &Console, environment: &Environment) -> Result<u8, Error> {
    let past = Past::find(
        &args.run,
        &args.ledger,
        &args.connection,
        args.mapping.as_deref(),
        console,
        environment,
    )?;
    let of = &past.of;
    let runtime = runtime()?;
    let told = runtime.block_on(async {
        catalogue::data_types(&past.client, &of.target.project).await?;
        let report = Report::begin("ledger verify", Some(of), &of.target.project, VERIFIED);
        let findings = Findings::of(of.files.clone());
        let states = past.reader.ask(|view| view.states_of(of.number))?;
        findings.add("in_doubt", unclear(&states));
        let stop = Stop::default();
        let caller = past.caller(&args.pace, &stop);
        let verify = Verify {
            search: Search {
                caller: &caller,
                attribute: past.attribute.as_deref(),
            },
            reader: &past.reader,
            of: of.number,
            findings: &findings,
            doubles: Mutex::default(),
        };
        let distrust = until_done(&stop, console, verify.run()).await?;
        let doubles = verify.doubles.into_inner().unwrap_or_default();
        if !doubles.is_empty()
            && let Err(error) = keep(&past.path, of.number, doubles).await
        {
            console.note(&format!(
                "the doubles are told here and not kept for `undo`: {error}"
            ));
        }
        let warning = distrust.map(|why| format!("doubles were not looked for: {why}"));
        Ok::<_, Error>(report.end(&findings, &caller, warning.as_deref(), console))
    })?;
    Ok(told.tell(console))
}

/// Notes doubles as a run's, so that `runs show` tells them and `undo` deletes them.
async fn keep(path: &Path, of: RunNumber, doubles: Vec<(Token, Vec<String>)>) -> Result<(), Error> {
    let ledger = Ledger::open(path, Durability::Normal)?;
    for (token, ids) in doubles {
        for id in ids {
            ledger.double(of, token, id);
        }
    }
    Ok(ledger.flush().await?)
}
