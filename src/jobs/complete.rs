//! A command line, completed by `[api]` and `[defaults]` of the config file: below options and environment, above the
//! mapping.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory};

use super::config::Config;
use super::options::{Settings, is_overruled};
use crate::cli::{self, Cli, Refused};
use crate::error::Error;
use crate::settings::Environment;

/// What concerns the API and the ledger: for every command that has such an option.
const EVERYWHERE: [&str; 4] = ["api_url", "api_key_file", "timeout", "ledger"];
/// For commands that read files or list what a project has.
const OF_A_PROJECT: [&str; 1] = ["project"];
/// What a retry takes from the run it came from.
const OF_THE_RUN: [&str; 8] = [
    "project",
    "mapping",
    "data_type",
    "data_source",
    "set",
    "on_change",
    "reapply",
    // It is the known ones that are retried.
    "known_failures",
];

/// Completes a command line, where there is a config file.
///
/// # Errors
/// Something is wrong with the file; or, as the inner error, the options contradict what it says.
pub fn complete(
    cli: Cli,
    colour: bool,
    environment: &Environment,
) -> Result<Result<Cli, Refused>, Error> {
    let name = deepest(&cli.arguments).map(|(name, _, _)| name);
    // `run` reads the file itself; what needs no account needs no file.
    let untouched = ["run", "demo", "sandbox"];
    let Some(name) = name.filter(|name| !untouched.contains(&name.as_str())) else {
        return Ok(Ok(cli));
    };
    let Some(path) = Config::find(cli.config.as_deref(), environment) else {
        return Ok(Ok(cli));
    };
    let config = Config::read(&path, colour)?;
    let more = missing(&name, &cli.arguments, &config.defaults, environment);
    if more.is_empty() {
        return Ok(Ok(cli));
    }
    let mut arguments = cli.arguments;
    // Behind `--` stand names of files only.
    let end = arguments.iter().position(|argument| argument == "--");
    let end = end.unwrap_or(arguments.len());
    arguments.splice(end..end, more);
    Ok(cli::parse(arguments))
}

/// The innermost command of a command line, with its definition.
fn deepest(arguments: &[OsString]) -> Option<(String, ArgMatches, Command)> {
    let mut command = Cli::command();
    command.build();
    let mut matches = command.clone().try_get_matches_from(arguments).ok()?;
    let mut last = None;
    while let Some((name, inner)) = matches.remove_subcommand() {
        command = command.find_subcommand(&name)?.clone();
        last = Some((name, inner.clone(), command.clone()));
        matches = inner;
    }
    last
}

fn missing(
    name: &str,
    arguments: &[OsString],
    defaults: &Settings,
    environment: &Environment,
) -> Vec<OsString> {
    let Some((_, matches, command)) = deepest(arguments) else {
        return Vec::new();
    };
    let takes = |key: &str| match name {
        "import" | "check" => true,
        "retry" => !OF_THE_RUN.contains(&key),
        "data-types" | "data-sources" => EVERYWHERE.contains(&key) || OF_A_PROJECT.contains(&key),
        _ => EVERYWHERE.contains(&key),
    };
    let mut more = Vec::new();
    for (key, given) in defaults {
        let long = key.replace('_', "-");
        let option = command
            .get_arguments()
            .find(|option| option.get_long() == Some(&*long));
        let Some(option) = option.filter(|_| takes(key) && !is_overruled(key, environment)) else {
            continue;
        };
        let is_given =
            matches.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine);
        if !is_given {
            more.extend(given.iter().cloned());
        }
    }
    more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Command as Wanted;

    const CONFIG: &str = "
        [api]
        project = \"acme\"
        key_file = \"key\"
        [defaults]
        mapping = \"m.toml\"
        concurrency = 4
        reapply = true
        on_change = \"update\"
        failures_folder = \"failures\"
    ";

    fn completed(line: &str, variables: &[&str]) -> Wanted {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chatterload.toml");
        std::fs::write(&path, CONFIG).unwrap();
        let environment = Environment::from_lookup(|name| match name {
            "CHATTERLOAD_CONFIG" => Some(path.display().to_string()),
            _ => variables.contains(&name).then(|| "theirs".to_owned()),
        });
        let arguments = line.split(' ').map(OsString::from);
        let Ok(cli) = cli::parse(arguments) else {
            panic!("{line} is refused")
        };
        match complete(cli, false, &environment).unwrap() {
            Ok(cli) => cli.command,
            Err(refused) => panic!("{line} is refused once completed: {}", refused.tell()),
        }
    }

    #[test]
    fn what_no_option_says_the_file_says() {
        let Wanted::Import(import) = completed("chatterload import --concurrency 8 -- -a.csv", &[])
        else {
            panic!()
        };
        assert_eq!(import.delivery.concurrency, Some(8));
        assert!(import.delivery.reapply);
        assert_eq!(import.api.project.as_deref(), Some("acme"));
        assert!(import.input.mapping.unwrap().ends_with("m.toml"));
        assert_eq!(import.input.files, [std::path::PathBuf::from("-a.csv")]);
    }

    #[test]
    fn the_environment_comes_before_the_file() {
        let variables = ["CHATTERMILL_PROJECT", "CHATTERMILL_API_KEY"];
        let Wanted::Import(import) = completed("chatterload import a.csv", &variables) else {
            panic!()
        };
        assert_eq!(import.api.project, None);
        assert_eq!(import.api.connection.api_key_file, None);
        assert_eq!(import.delivery.concurrency, Some(4));
    }

    #[test]
    fn a_retry_is_of_its_run() {
        let Wanted::Retry(retry) = completed("chatterload retry last", &[]) else {
            panic!()
        };
        assert_eq!((retry.mapping, retry.api.project), (None, None));
        assert_eq!(
            (retry.delivery.on_change, retry.delivery.reapply),
            (None, false)
        );
        assert_eq!(retry.delivery.concurrency, Some(4));
    }

    #[test]
    fn other_commands_take_what_they_have() {
        let Wanted::Projects(projects) = completed("chatterload --json projects", &[]) else {
            panic!()
        };
        assert!(projects.api_key_file.unwrap().ends_with("key"));
        let Wanted::DataTypes(types) = completed("chatterload data-types -p globex", &[]) else {
            panic!()
        };
        assert_eq!(types.project.as_deref(), Some("globex"));
    }
}
