//! `undo`: deletes from Chattermill what a run created.

use std::io::{BufRead, IsTerminal, Write};
use std::time::Duration;

use tokio::time::Instant;

use super::revisited::{Figure, Report};
use super::revisiting::{Past, unclear, until_done};
use super::runtime;
use crate::catalogue;
use crate::cli::UndoArgs;
use crate::console::Console;
use crate::error::Error;
use crate::ledger::{Durability, Guarded, Ledger, Lock, NewRun, Run};
use crate::report::paint::{Tone, counted};
use crate::revisit::Findings;
use crate::revisit::search::Search;
use crate::revisit::undo::Undo;
use crate::settings::Environment;
use crate::upload::stop::Stop;

/// What an undo tells.
const FIGURES: &[Figure] = &[
    ("deleted", "deleted", Tone::Good),
    (
        "doubles_deleted",
        "second copies, deleted as well",
        Tone::Good,
    ),
    ("already_gone", "were gone already", Tone::Plain),
    (
        "not_created",
        "in doubt, and found not to have been created",
        Tone::Plain,
    ),
    ("updated", "only updated by the run: left", Tone::Care),
    (
        "taken_back",
        "there under another id too, which the run did not post: left",
        Tone::Care,
    ),
    (
        "changed",
        "changed since, or not to be compared: left (--force deletes them)",
        Tone::Bad,
    ),
    ("in_doubt", "still in doubt: left", Tone::Bad),
    ("doubles", "second copies: left", Tone::Bad),
    (
        "not_searched",
        "sent more than once; search cannot tell whether there is a second copy",
        Tone::Bad,
    ),
    ("failed", "could not be deleted", Tone::Bad),
    (
        "not_attempted",
        "not attempted: run the same command again",
        Tone::Bad,
    ),
];

/// How long a doubt must not be found, unless said.
const SETTLE: Duration = Duration::from_secs(10);

/// Runs `undo` to its end, and gives the exit code.
pub fn run(args: &UndoArgs, console: &Console, environment: &Environment) -> Result<u8, Error> {
    let past = Past::find(
        &args.run,
        &args.ledger,
        &args.connection,
        args.mapping.as_deref(),
        console,
        environment,
    )?;
    let (of, path) = (&past.of, &past.path);
    let number = of.number;
    let count = past.reader.ask(|view| {
        let copies = view.copies_of(number)?.len() as u64;
        let states = view.states_of(number)?;
        Ok(view.uploaded_count(number)? + copies + unclear(&states))
    })?;
    if !args.yes && count > 0 {
        confirm(of, count)?;
    }
    // `deleting` has to survive the power too: an import takes what is noted as uploaded for uploaded.
    let ledger = Ledger::open(path, Durability::Full)?;
    let report = Report::begin("undo", Some(of), &of.target.project, FIGURES);
    let runtime = runtime()?;
    let told = runtime.block_on(async {
        // A key or project that is refused is told before anything is begun.
        catalogue::data_types(&past.client, &of.target.project).await?;
        let guarded = Guarded {
            target: of.target.clone(),
            scope: of.scope.clone().unwrap_or_default(),
            shard: of.shard.clone(),
        };
        let _lock = Lock::take(path, &guarded, &report.id, args.wait.unwrap_or_default()).await?;
        let run = ledger.start_run(begun(of, &report)).await?;
        let findings = Findings::of(of.files.clone());
        let stop = Stop::default();
        let caller = past.caller(&args.pace, &stop);
        let undo = Undo {
            search: Search {
                caller: &caller,
                attribute: past.attribute.as_deref(),
            },
            ledger: &ledger,
            run,
            of: of.number,
            began: Instant::now(),
            settle: args.settle.unwrap_or(SETTLE),
            timeout: past.connection.timeout,
            force: args.force,
            findings: &findings,
        };
        until_done(&stop, console, undo.run()).await;
        let told = report.end(&findings, &caller, None, console);
        ledger.finish_run(run, told.finished()).await?;
        Ok::<_, Error>(told)
    })?;
    Ok(told.tell(console))
}

fn begun(of: &Run, report: &Report) -> NewRun {
    NewRun {
        scope: of.scope.clone(),
        shard: of.shard.clone(),
        mapping: of.mapping.clone(),
        mapping_hash: of.mapping_hash,
        files: of.files.clone(),
        ..report.new_run(of.target.clone())
    }
}

/// Asks on a terminal; elsewhere `--yes` is required.
fn confirm(of: &Run, count: u64) -> Result<(), Error> {
    let what = format!(
        "{} of run {} from {}",
        counted(count, "response", "responses"),
        of.id,
        of.target.project
    );
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(Error::Usage(format!(
            "this would delete {what}\n  help: repeat the command with --yes; nothing was deleted"
        )));
    }
    // Not locked: whoever interrupts the question is told so there.
    let mut stderr = std::io::stderr();
    // If the question cannot be shown, the answer will not be yes.
    let _ = write!(stderr, "Delete {what}? [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Error::Usage(
        "nothing was deleted: the answer was not yes".to_owned(),
    ))
}
