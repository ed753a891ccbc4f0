//! The binary: parse, run, exit.

use std::process::ExitCode;

use chatterload::cli;
use chatterload::console::Console;
use chatterload::settings::Environment;
use chatterload::{commands, logging};

fn main() -> ExitCode {
    let environment = Environment::of_process();
    match cli::parse(std::env::args_os()) {
        Ok(cli) => {
            let console = Console::new(&cli.output, &environment);
            if let Err(error) = logging::start(&cli.output, &environment, &console) {
                console.error(&error);
                return ExitCode::from(error.exit_code());
            }
            commands::run(cli, &console, &environment).into()
        }
        Err(refused) => refused.tell().into(),
    }
}
