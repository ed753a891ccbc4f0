//! `retry`: only what failed, with the mapping and into the project of the run it came from.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::load;
use super::telling::{Finished, Start, command_line, path};
use crate::cli::{
    DeliveryArgs, ImportArgs, InputArgs, KnownFailuresArg, OnChangeArg, ProjectArgs, RetryArgs,
};
use crate::console::Console;
use crate::error::{Error, InputError};
use crate::ledger::{Named, Reader, Run};
use crate::read::{Input, Layout, Source};
use crate::settings::{self, Connection, Environment};

/// Runs `retry` to its end.
pub fn retry(args: &RetryArgs, console: &Console, environment: &Environment) -> Finished {
    match resolve(args, environment) {
        Ok(import) => load::run("retry", &import, console, environment),
        Err(error) => Start::now("retry", std::slice::from_ref(&args.what)).abort(&error),
    }
}

/// The retry that an import of a failures file without a mapping is.
pub fn of_import(args: &ImportArgs, file: &Path) -> RetryArgs {
    RetryArgs {
        what: file.to_owned(),
        mapping: None,
        settings: args.input.settings.clone(),
        api: args.api.clone(),
        // It is the known ones that are retried; the config file says `ignore` to imports of exports.
        delivery: DeliveryArgs {
            known_failures: KnownFailuresArg::Report,
            ..args.delivery.clone()
        },
    }
}

/// Whether a file is there and is a failures file.
pub fn is_failures_file(file: &Path) -> bool {
    let is_file = file.is_file();
    is_file
        && Source::open(&Input::File(file.to_owned()), &Layout::default())
            .is_ok_and(|source| source.is_failures_file())
}

/// The import that a retry comes down to.
fn resolve(args: &RetryArgs, environment: &Environment) -> Result<ImportArgs, Error> {
    let ledger = settings::ledger_path(args.delivery.ledger.ledger.as_deref(), environment)?;
    let (file, run) = if args.what.exists() {
        let name = run_of(&args.what)?;
        let run = match name {
            // A ledger that is gone is no hindrance where the options say enough.
            Some(name) if ledger.exists() => find(&ledger, &name)?,
            _ => None,
        };
        (args.what.clone(), run)
    } else {
        let (file, run) = by_name(&ledger, &args.what)?;
        (file, Some(run))
    };
    let mapping = match (&args.mapping, &run) {
        (Some(mapping), _) => (mapping.clone(), Vec::new()),
        (
            None,
            Some(Run {
                mapping: Some(mapping),
                ..
            }),
        ) => recall_mapping(mapping),
        (None, _) => return Err(unknown_run(&file, "mapping", "-m MAPPING")),
    };
    let runs = run.as_ref().map(|run| run.target.project.clone());
    let project = args
        .api
        .project
        .clone()
        .or(runs)
        .or_else(|| settings::project(None, environment))
        .ok_or_else(|| unknown_run(&file, "project", "-p PROJECT"))?;
    if let Some(run) = &run {
        let origin = Connection::resolve(&args.api.connection, environment)?
            .url
            .origin()
            .ascii_serialization();
        if origin != run.target.origin {
            return Err(Error::Usage(format!(
                "run {} loaded into {}, and the API address is now {origin}: what is there already is known of the one \
                 only\n  help: correct --api-url or CHATTERMILL_API_URL; to load the file elsewhere, use `import`",
                run.id, run.target.origin
            )));
        }
    }
    let (mapping, mut overrides) = mapping;
    overrides.extend(args.settings.iter().cloned());
    let mut delivery = args.delivery.clone();
    // A row whose update failed is to be updated, not left as it is.
    if let Some(kept) = run.as_ref().and_then(|run| run.mapping.as_deref()) {
        let (on_change, reapply) = recall_changes(kept);
        delivery.on_change = delivery.on_change.or(on_change);
        delivery.reapply |= reapply;
    }
    Ok(ImportArgs {
        input: InputArgs {
            files: vec![file],
            mapping: Some(mapping),
            settings: overrides,
            ..InputArgs::default()
        },
        api: ProjectArgs {
            project: Some(project),
            connection: args.api.connection.clone(),
        },
        delivery,
        dry_run: false,
    })
}

/// The run that a failures file came from, by its first row; `None` where no row says.
fn run_of(path: &Path) -> Result<Option<String>, Error> {
    let source = Source::open(&Input::File(path.to_owned()), &Layout::default())?;
    if !source.is_failures_file() {
        return Err(Error::Usage(format!(
            "{} is no failures file: it does not begin with the columns _row, _file, _error …\n  help: for an export, use \
             `import`; where a spreadsheet has moved the columns, put them back to the left",
            path.display()
        )));
    }
    let mut run = None;
    source.rows(0, &mut |row| {
        run = row
            .carried
            .map(|carried| carried.run)
            .filter(|run| !run.is_empty());
        if run.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(run)
}

/// A run by its whole name; `None` where this ledger does not know it.
fn find(ledger: &Path, name: &str) -> Result<Option<Run>, Error> {
    let named = Reader::open(ledger)?.ask(|view| view.run(name))?;
    Ok(match named {
        Named::One(run) if run.id == name => Some(*run),
        _ => None,
    })
}

/// A run by name or the beginning of it, and the failures file it left.
fn by_name(ledger: &Path, wanted: &Path) -> Result<(PathBuf, Run), Error> {
    let name = wanted.to_string_lossy();
    let missing = || {
        Error::Input(InputError {
            file: wanted.to_owned(),
            place: None,
            message: "there is neither such a file nor such a run".to_owned(),
            remedy: Some("check the path; `chatterload runs` lists the runs".to_owned()),
        })
    };
    // Of `last` no file is meant: that there is no ledger is what is to be told.
    if !ledger.exists() && name != "last" {
        return Err(missing());
    }
    let reader = Reader::open(ledger)?;
    let run = match reader.ask(|view| view.run(&name))? {
        Named::One(run) => *run,
        Named::Several(names) => {
            return Err(Error::Usage(format!(
                "several runs begin with '{name}': {}",
                names.join(", ")
            )));
        }
        Named::None => return Err(missing()),
    };
    let files = reader.ask(|view| view.failures_files_of(run.number))?;
    let Some(file) = files.into_iter().next_back().map(PathBuf::from) else {
        return Err(Error::Usage(nothing_to_retry(&run)));
    };
    // A later run over the same input writes its failures in the place of those of the run before.
    match run_of(&file)? {
        Some(other) if other != run.id => Err(Error::Usage(format!(
            "{} holds by now what failed in run {other}, not what failed in run {}\n  help: to retry that: {}",
            file.display(),
            run.id,
            command_line(&["retry", &other])
        ))),
        _ => Ok((file, run)),
    }
}

/// Why a run has no failures file, and what is to be done instead.
fn nothing_to_retry(run: &Run) -> String {
    let id = &run.id;
    let why = match (run.finished_at, run.exit_code) {
        (None, _) if run.status.is_none() => {
            format!("run {id} has not come to its end: it is still at work, or was killed")
        }
        (None, _) => format!("run {id} did not come to its end: it was killed"),
        (_, Some(3..=5)) => format!("run {id} ended before all was sent"),
        _ => return format!("run {id} left no failures file: there is nothing to retry"),
    };
    format!(
        "{why}, and no failures file of it is known\n  help: the same command goes on where it stopped:\n    {}",
        its_command(run)
    )
}

/// The command of a run, as far as the ledger knows it.
fn its_command(run: &Run) -> String {
    let (mapping, overrides) = run
        .mapping
        .as_deref()
        .map_or_else(Default::default, recall_mapping);
    let mut arguments = match run.command.as_str() {
        // What it loads and how stands in the config.
        "run" => return command_line(&["run"]),
        command => vec![command.to_owned()],
    };
    let files = run.files.iter().map(|file| path(file).into_owned());
    arguments.extend(files);
    let mut option = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
    if !mapping.is_empty() {
        option("-m", mapping);
    }
    for (setting, value) in overrides {
        option("--set", format!("{setting}={value}"));
    }
    let kept = run.mapping.as_deref().unwrap_or_default();
    let (on_change, reapply) = recall_changes(kept);
    if let Some(value) = on_change.as_ref().and_then(ValueEnum::to_possible_value) {
        option("--on-change", value.get_name().to_owned());
    }
    option("-p", run.target.project.clone());
    if let Some(shard) = &run.shard {
        option("--shard", shard.clone());
    }
    if reapply {
        arguments.push(REAPPLY.to_owned());
    }
    command_line(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn unknown_run(file: &Path, what: &str, option: &str) -> Error {
    Error::Usage(format!(
        "the ledger does not know the run that {} came from, and so not its {what}\n  help: give {option}, or name the \
         ledger of that run with --ledger",
        file.display()
    ))
}

/// How the ledger keeps what becomes of changed rows, beside what overrode the mapping: no setting begins like this.
const ON_CHANGE: &str = "--on-change=";
const REAPPLY: &str = "--reapply";

/// A mapping as the ledger keeps it: its path or name, with what options overrode, and what they said of changed rows.
pub fn keep_mapping(input: &InputArgs, delivery: &DeliveryArgs) -> Option<String> {
    let mapping = input.mapping.as_deref()?;
    // The path counts from elsewhere when it is wanted again.
    let path = Path::new(mapping)
        .canonicalize()
        .map_or_else(|_| mapping.to_owned(), |path| path.display().to_string());
    let mut overrides: Vec<String> = input
        .settings
        .iter()
        .map(|(setting, value)| format!("{setting}={value}"))
        .collect();
    for (field, value) in [
        ("data_type", &input.data_type),
        ("data_source", &input.data_source),
    ] {
        let value = value.as_deref().map(settings::literal);
        overrides.extend(value.map(|value| format!("response.{field}={value}")));
    }
    let on_change = delivery.on_change.as_ref();
    if let Some(value) = on_change.and_then(ValueEnum::to_possible_value) {
        overrides.push(format!("{ON_CHANGE}{}", value.get_name()));
    }
    if delivery.reapply {
        overrides.push(REAPPLY.to_owned());
    }
    if overrides.is_empty() {
        return Some(path);
    }
    overrides.insert(0, path);
    serde_json::to_string(&overrides).ok()
}

/// What [`keep_mapping`] kept of the mapping.
pub fn recall_mapping(kept: &str) -> (String, Vec<(String, String)>) {
    let Ok(parts) = serde_json::from_str::<Vec<String>>(kept) else {
        return (kept.to_owned(), Vec::new());
    };
    let mut parts = parts.into_iter();
    let path = parts.next().unwrap_or_default();
    let overrides = parts.filter(|part| !part.starts_with("--"));
    let overrides = overrides.filter_map(|part| {
        let (setting, value) = part.split_once('=')?;
        Some((setting.to_owned(), value.to_owned()))
    });
    (path, overrides.collect())
}

/// What [`keep_mapping`] kept of the changed rows: what becomes of them, and whether a mended mapping counts as a change.
fn recall_changes(kept: &str) -> (Option<OnChangeArg>, bool) {
    let parts: Vec<String> = serde_json::from_str(kept).unwrap_or_default();
    let on_change = parts.iter().find_map(|part| part.strip_prefix(ON_CHANGE));
    (
        on_change.and_then(|value| OnChangeArg::from_str(value, false).ok()),
        parts.iter().any(|part| part == REAPPLY),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_kept_with_what_overrode_it() {
        let mut input = InputArgs {
            mapping: Some("nps-sample".to_owned()),
            ..InputArgs::default()
        };
        let mut delivery = DeliveryArgs::default();
        let plain = keep_mapping(&input, &delivery).unwrap();
        assert_eq!(
            recall_mapping(&plain),
            ("nps-sample".to_owned(), Vec::new())
        );
        input.settings = vec![("response.score.column".to_owned(), "a=b".to_owned())];
        input.data_type = Some("csat".to_owned());
        delivery.on_change = Some(OnChangeArg::Update);
        delivery.reapply = true;
        let kept = keep_mapping(&input, &delivery).unwrap();
        assert_eq!(recall_changes(&kept), (Some(OnChangeArg::Update), true));
        assert_eq!(recall_changes(&plain), (None, false));
        let (name, overrides) = recall_mapping(&kept);
        assert_eq!(overrides.len(), 2);
        assert_eq!(name, "nps-sample");
        assert_eq!(
            overrides[0],
            ("response.score.column".to_owned(), "a=b".to_owned())
        );
        assert_eq!(overrides[1].0, "response.data_type");
    }
}
