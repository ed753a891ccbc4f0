//! One file a command: settings in, exit code out.

mod catalogue;
mod check;
mod completions;
#[cfg(feature = "sandbox")]
mod demo;
mod doctor;
mod effective;
mod inspect;
mod ledger;
mod load;
mod man;
mod map;
mod prompt;
mod report;
mod retry;
mod revisited;
mod revisiting;
mod run;
mod runs;
#[cfg(feature = "sandbox")]
mod sandbox;
mod signals;
mod telling;
mod undo;
mod wizard;

use tokio::runtime::Runtime;

use crate::cli::{Cli, Command};
use crate::console::Console;
use crate::error::Error;
use crate::settings::Environment;

/// Runs a command and gives its exit code. Errors are told here already.
pub fn run(cli: Cli, console: &Console, environment: &Environment) -> u8 {
    let (told, environment) = (console.clone(), environment.clone());
    signals::unless_interrupted(console, move || to_its_end(cli, &told, &environment))
}

fn to_its_end(cli: Cli, console: &Console, environment: &Environment) -> u8 {
    // What such a command has done is done: only that nobody was told of it can be told.
    let has_acted = match &cli.command {
        Command::Import(args) => !args.dry_run,
        Command::Run(args) => !args.check,
        Command::Retry(_) | Command::Undo(_) | Command::Ledger(_) => true,
        _ => false,
    };
    let code = carry_out(cli, console, environment);
    let Some(why) = console.unwritten() else {
        return code;
    };
    console.error_text(&unwritten(why, has_acted));
    match code {
        0 | 1 if has_acted => 5,
        0 | 1 => 2,
        code => code,
    }
}

/// That a result did not reach stdout, and what is to be done about it.
fn unwritten(why: &str, has_acted: bool) -> String {
    let remedy = if has_acted {
        "what was done is in the ledger: `chatterload runs` lists it, and the same command sends nothing twice"
    } else {
        "make room, or write elsewhere, and run the same command again"
    };
    format!("stdout cannot be written: {why}\n  help: {remedy}")
}

fn carry_out(cli: Cli, console: &Console, environment: &Environment) -> u8 {
    let cli = match crate::jobs::complete::complete(cli, console.diagnostics(), environment) {
        Ok(Ok(cli)) => cli,
        Ok(Err(refused)) => return refused.tell(),
        Err(error) => {
            console.error(&error);
            return error.exit_code();
        }
    };
    let done = match cli.command {
        Command::Import(args) => return load::import(&args, console, environment).tell(console),
        Command::Retry(args) => return retry::retry(&args, console, environment).tell(console),
        Command::Check(args) => return check::run(&args, console, environment).tell(console),
        Command::Run(args) => {
            return run::run(&args, cli.config.as_deref(), console, environment);
        }
        Command::Inspect(args) => inspect::run(&args, console),
        Command::Map(args) => map::run(&args, console, environment),
        Command::Runs(args) => runs::run(&args, console, environment),
        Command::Undo(args) => return told(undo::run(&args, console, environment), console),
        Command::Ledger(args) => return told(ledger::run(&args, console, environment), console),
        Command::Projects(args) => catalogue::projects(&args, console, environment),
        Command::DataTypes(args) => catalogue::data_types(&args, console, environment),
        Command::DataSources(args) => catalogue::data_sources(&args, console, environment),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => sandbox::run(args, console),
        Command::Report(args) => report::run(&args, console, environment),
        Command::Doctor(args) => return doctor::run(&args, console, environment),
        Command::Completions(args) => {
            completions::run(&args, console);
            Ok(())
        }
        Command::Man(args) => man::run(&args, console),
        #[cfg(feature = "sandbox")]
        Command::Demo => demo::run(console),
    };
    told(done.map(|()| 0), console)
}

/// The exit code; an error is told here.
fn told(done: Result<u8, Error>, console: &Console) -> u8 {
    done.unwrap_or_else(|error| {
        console.error(&error);
        error.exit_code()
    })
}

/// The runtime that requests are made on.
fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Stopped(format!("the runtime cannot be started: {error}")))
}
