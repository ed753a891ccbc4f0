//! The binary: parse, run, exit.

use std::process::ExitCode;

use chatterload::cli;
use chatterload::console::Console;
use chatterload::settings::Environment;
use chatterload::{commands, logging};

fn main() -> ExitCode {
    let environment = Environment::of_process();
    tell_panics_without_words();
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

/// A panic tells where it happened and nothing else: its message could quote feedback. One that is caught, over a
/// damaged workbook, is told as an error of the file.
fn tell_panics_without_words() {
    std::panic::set_hook(Box::new(move |panic| {
        if !chatterload::panics::are_contained() {
            let place = panic.location().map(ToString::to_string);
            chatterload::console::fault(place.as_deref().unwrap_or("an unknown place"));
        }
    }));
}
