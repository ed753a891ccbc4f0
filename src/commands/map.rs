//! `map`: a mapping drafted for a file.

use std::io::Write;
use std::path::Path;

use super::telling::command_line;
use super::{inspect, prompt, runtime};
use crate::catalogue::{self, Catalogue};
use crate::cli::{MapArgs, ProjectArgs};
use crate::console::Console;
use crate::draft::{Draft, Options, draft};
use crate::error::Error;
use crate::settings::{self, Connection, Environment};

/// Drafts a mapping, asks what is uncertain, and writes it.
pub fn run(args: &MapArgs, console: &Console, environment: &Environment) -> Result<(), Error> {
    if let Some(output) = args.output.as_deref() {
        must_be_free(output)?;
    }
    let ask = !args.yes && args.file != Path::new("-") && prompt::is_possible(console);
    let draft = make(args, ask, console, environment)?;
    if let Some(output) = args.output.as_deref() {
        write(output, &draft.toml)?;
    }
    if console.json {
        console.json(&serde_json::json!({
            "status": "complete",
            "exit_code": 0,
            "mapping": args.output,
            "toml": draft.toml,
            "notes": draft.notes,
            "questions": draft.questions,
        }));
        return Ok(());
    }
    for note in &draft.notes {
        console.note(&format!("note: {note}"));
    }
    for question in &draft.questions {
        console.note(&format!(
            "uncertain: {} ({})",
            question.prompt, question.field
        ));
    }
    match args.output.as_deref() {
        Some(output) => {
            let (file, output) = (
                args.file.display().to_string(),
                output.display().to_string(),
            );
            let check = command_line(&["check", &file, "-m", &output]);
            console.note(&format!("Written to {output}. Next:\n  {check}"));
        }
        None => console.result(draft.toml.trim_end()),
    }
    Ok(())
}

/// Drafts a mapping for a file, with answers where there is somebody to ask.
pub fn make(
    args: &MapArgs,
    ask: bool,
    console: &Console,
    environment: &Environment,
) -> Result<Draft, Error> {
    let layout = settings::layout(&args.layout)?;
    let profile = inspect::look(&args.file, &layout, None)?;
    let catalogue = catalogue(&args.api, environment)?;
    let options = Options {
        name: args.name.clone(),
        personal: args.personal,
        layout,
        ..Options::default()
    };
    let mut draft = draft(&profile, catalogue.as_ref(), &options);
    if !ask {
        return Ok(draft);
    }
    let mut asked = Vec::new();
    // An answer may raise or settle other questions, so they are looked at anew after each.
    while let Some(question) = draft
        .questions
        .iter()
        .find(|question| !asked.contains(&question.field))
        .cloned()
    {
        asked.push(question.field);
        let answer = prompt::ask(&question, console)?;
        match draft.apply(&[answer]) {
            Ok(better) => draft = better,
            Err(why) => console.note(&why),
        }
    }
    draft
        .questions
        .retain(|question| !asked.contains(&question.field));
    Ok(draft)
}

/// The project's catalogue, where a project is given.
fn catalogue(args: &ProjectArgs, environment: &Environment) -> Result<Option<Catalogue>, Error> {
    let Some(project) = settings::project(args.project.as_deref(), environment) else {
        return Ok(None);
    };
    let connection = Connection::resolve(&args.connection, environment);
    // A project in the environment is no reason to need a key for a draft.
    if connection.is_err() && args.project.is_none() {
        return Ok(None);
    }
    let client = connection?.client()?;
    runtime()?
        .block_on(catalogue::fetch(&client, &project))
        .map(Some)
}

fn must_be_free(output: &Path) -> Result<(), Error> {
    if output.exists() {
        return Err(Error::Usage(format!(
            "{} is there already, and a mapping is never overwritten\n  help: give another name, or remove it first",
            output.display()
        )));
    }
    Ok(())
}

/// Writes a mapping to a file that is not there yet.
pub fn write(output: &Path, toml: &str) -> Result<(), Error> {
    std::fs::File::create_new(output)
        .and_then(|mut file| file.write_all(toml.as_bytes()))
        .map_err(|error| {
            Error::Usage(format!(
                "the mapping cannot be written to {}: {error}",
                output.display()
            ))
        })
}
