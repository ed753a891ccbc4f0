//! One file a command: settings in, exit code out.

mod catalogue;
#[cfg(feature = "sandbox")]
mod demo;
mod load;
mod retry;
mod run;
#[cfg(feature = "sandbox")]
mod sandbox;
mod signals;
mod telling;

use tokio::runtime::Runtime;

use crate::cli::{Cli, Command};
use crate::console::Console;
use crate::error::Error;
use crate::settings::Environment;

/// Runs a command and gives its exit code. Errors are told here already.
pub fn run(cli: Cli, console: &Console, environment: &Environment) -> u8 {
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
        Command::Check(args) => return load::check(&args, console, environment).tell(console),
        Command::Run(args) => {
            return run::run(&args, cli.config.as_deref(), console, environment);
        }
        Command::Projects(args) => catalogue::projects(&args, console, environment),
        Command::DataTypes(args) => catalogue::data_types(&args, console, environment),
        Command::DataSources(args) => catalogue::data_sources(&args, console, environment),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => sandbox::run(args, console),
        #[cfg(feature = "sandbox")]
        Command::Demo => demo::run(console),
    };
    match done {
        Ok(()) => 0,
        Err(error) => {
            console.error(&error);
            error.exit_code()
        }
    }
}

/// The runtime that requests are made on.
fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Stopped(format!("the runtime cannot be started: {error}")))
}
