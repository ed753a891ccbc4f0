//! `completions`: what makes a shell complete our commands and options.

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::console::Console;

/// Prints the script of a shell.
pub fn run(args: &CompletionsArgs, console: &Console) {
    let script = script(args.shell);
    if console.json {
        console.json(&serde_json::json!({
            "status": "complete", "exit_code": 0, "error": null,
            "shell": args.shell.to_string(), "script": script,
        }));
    } else {
        console.result(script.trim_end());
    }
}

fn script(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "chatterload", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_is_told_of_every_command() {
        for shell in clap_complete::Shell::value_variants() {
            let script = script(*shell);
            for command in Cli::command().get_subcommands() {
                let name = command.get_name();
                assert!(script.contains(name), "{shell} does not complete {name}");
            }
            assert!(script.contains("api-key-file"), "{shell}");
        }
    }
}
