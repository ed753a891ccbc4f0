//! `man`: manual pages, made from the same parser as the help.

use std::path::Path;

use clap::CommandFactory;

use crate::cli::{Cli, ManArgs};
use crate::console::Console;
use crate::error::Error;

/// Prints a manual page, or writes all of them.
pub fn run(args: &ManArgs, console: &Console) -> Result<(), Error> {
    let json = |object: serde_json::Value| {
        let mut whole = serde_json::json!({ "status": "complete", "exit_code": 0, "error": null });
        if let (Some(whole), serde_json::Value::Object(object)) = (whole.as_object_mut(), object) {
            whole.extend(object);
        }
        console.json(&whole);
    };
    if let Some(folder) = &args.output {
        let pages = write(folder)?;
        if console.json {
            json(serde_json::json!({ "pages": pages }));
        } else {
            for page in pages {
                console.result(&page);
            }
        }
        return Ok(());
    }
    let page = page(&args.command)?;
    if console.json {
        json(serde_json::json!({ "page": page }));
    } else {
        console.result(page.trim_end());
    }
    Ok(())
}

/// The page of a command, named as on the command line.
fn page(path: &[String]) -> Result<String, Error> {
    let root = commands();
    let mut command = &root;
    for name in path {
        let names: Vec<&str> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        command = command.find_subcommand(name).ok_or_else(|| {
            let near = crate::mapping::nearest(name, names.iter().copied())
                .map_or_else(String::new, |near| format!("did you mean '{near}'? "));
            let known = if names.is_empty() {
                "it has none".to_owned()
            } else {
                format!("known: {}", names.join(", "))
            };
            Error::Usage(format!(
                "'{}' has no command '{name}'\n  help: {near}{known}",
                command.get_bin_name().unwrap_or("chatterload")
            ))
        })?;
    }
    render(command)
}

/// Writes the pages of all commands; their paths.
fn write(folder: &Path) -> Result<Vec<String>, Error> {
    let unwritable = |error: std::io::Error| {
        Error::Usage(format!("{} cannot be written: {error}", folder.display()))
    };
    std::fs::create_dir_all(folder).map_err(unwritable)?;
    let root = commands();
    let mut pages = Vec::new();
    let mut left = vec![&root];
    while let Some(command) = left.pop() {
        let path = folder.join(format!("{}.1", display_name(command)));
        std::fs::write(&path, render(command)?).map_err(unwritable)?;
        pages.push(path.display().to_string());
        left.extend(command.get_subcommands());
    }
    pages.sort();
    Ok(pages)
}

/// The commands with all they inherit; `help` has no page.
fn commands() -> clap::Command {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    root
}

/// `chatterload-ledger-rebuild`.
fn display_name(command: &clap::Command) -> &str {
    command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
}

fn render(command: &clap::Command) -> Result<String, Error> {
    let mut page = Vec::new();
    // Named in full, so that the synopsis is what is typed.
    let name = display_name(command).to_owned();
    clap_mangen::Man::new(command.clone())
        .title(name)
        .render(&mut page)
        .map_err(|error| Error::Stopped(format!("the manual page cannot be made: {error}")))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_know_every_command_and_option() {
        let folder = tempfile::tempdir().unwrap();
        let pages = write(folder.path()).unwrap();
        assert!(
            pages
                .iter()
                .any(|page| page.ends_with("chatterload-ledger-rebuild.1"))
        );
        let root = page(&[]).unwrap();
        for command in commands().get_subcommands() {
            let name = command.get_name();
            assert!(
                root.contains(&name.replace('-', "\\-")),
                "{name} is not on the first page"
            );
            let page = page(&[name.to_owned()]).unwrap();
            for argument in command.get_arguments().filter(|one| !one.is_hide_set()) {
                let Some(long) = argument.get_long() else {
                    continue;
                };
                let long = format!("\\-\\-{}", long.replace('-', "\\-"));
                assert!(page.contains(&long), "{name} {long}");
            }
        }
    }

    #[test]
    fn an_unknown_command_is_answered_with_the_nearest() {
        let error = page(&["ledger".into(), "rebuilt".into()]).unwrap_err();
        insta::assert_snapshot!(error, @r"
        'chatterload ledger' has no command 'rebuilt'
          help: did you mean 'rebuild'? known: rebuild, verify
        ");
    }
}
