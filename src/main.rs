//! The binary: parse, run, exit.

use std::process::ExitCode;

use chatterload::cli::{self, Cli};
use chatterload::console::Console;
use chatterload::settings::Environment;
use chatterload::{commands, logging};

fn main() -> ExitCode {
    let environment = Environment::of_process();
    match cli::parse(std::env::args_os()) {
        Ok(Cli { command, output }) => {
            let console = Console::new(&output, &environment);
            if let Err(error) = logging::start(&output, &environment, &console.screen) {
                console.error(&error);
                return ExitCode::from(error.exit_code());
            }
            commands::run(Cli { command, output }, &console, &environment).into()
        }
        Err(refused) => refused.tell().into(),
    }
}
