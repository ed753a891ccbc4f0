//! A command line again: what of it a retry takes.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::parser::ValueSource;

use super::Cli;

/// What a retry takes from its run, what would leave out the very rows, and how to speak.
const LEFT_OUT: [&str; 11] = [
    "mapping",
    "set",
    "on-change",
    "reapply",
    "known-failures",
    "json",
    "verbose",
    "quiet",
    "log-format",
    "color",
    "progress",
];

/// The options of a command line that another command takes as well, as they were given.
pub fn options_of(another: &str, arguments: &[OsString]) -> Vec<String> {
    let mut command = Cli::command();
    command.build();
    let Some(another) = command.find_subcommand(another).cloned() else {
        return Vec::new();
    };
    let Ok(matches) = command.try_get_matches_from(arguments) else {
        return Vec::new();
    };
    let Some((_, given)) = matches.subcommand() else {
        return Vec::new();
    };
    let mut options = Vec::new();
    for option in another.get_arguments() {
        let id = option.get_id().as_str();
        let Some(long) = option.get_long().filter(|long| !LEFT_OUT.contains(long)) else {
            continue;
        };
        // What the command does not know must not be asked for.
        let is_known = given.try_contains_id(id).unwrap_or(false);
        if !is_known || given.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        if !option.get_action().takes_values() {
            options.push(format!("--{long}"));
            continue;
        }
        for value in given.get_raw(id).into_iter().flatten() {
            options.extend([format!("--{long}"), value.to_string_lossy().into_owned()]);
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_takes_what_it_knows() {
        let line = "chatterload --config c.toml import n.csv -m m.toml -p acme --ledger l.sqlite --json --probe \
                    --limit 3 --on-change update --api-url=http://localhost:1 --rate 5/s";
        let given: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let mut options = options_of("retry", &given).join(" ");
        for wanted in [
            "--config c.toml",
            "--project acme",
            "--ledger l.sqlite",
            "--probe",
            "--api-url http://localhost:1",
            "--rate 5/s",
        ] {
            assert!(options.contains(wanted), "{wanted}: {options}");
            options = options.replace(wanted, "");
        }
        assert_eq!(options.trim(), "");
    }
}
