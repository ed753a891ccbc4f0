//! `map`: a mapping drafted for a file.

use std::io::Write;
use std::path::Path;

use super::telling::{command_line, path};
use super::{inspect, prompt, runtime};
use crate::catalogue::{self, Catalogue};
use crate::cli::{MapArgs, ProjectArgs};
use crate::console::Console;
use crate::draft::{Draft, Options, draft};
use crate::error::Error;
use crate::mapping::{Mapping, shipped};
use crate::read::{Input, Source};
use crate::settings::{self, Connection, Environment};

/// Drafts a mapping, asks what is uncertain, and writes it.
pub fn run(args: &MapArgs, console: &Console, environment: &Environment) -> Result<(), Error> {
    if args.schema {
        console.result(shipped::SCHEMA.trim_end());
        return Ok(());
    }
    if let Some(output) = args.output.as_deref() {
        must_be_free(output)?;
    }
    let ask = !args.yes && file(args) != Path::new("-") && prompt::is_possible(console);
    let draft = make(args, ask, console, environment)?;
    if let Some(output) = args.output.as_deref() {
        console.whole(|| write(output, &draft.toml))?;
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
                file(args).display().to_string(),
                output.display().to_string(),
            );
            let check = command_line(&["check", &path(&file), "-m", &path(&output)]);
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
    let profile = inspect::look(file(args), &layout, None)?;
    let catalogue = catalogue(&args.api, environment)?;
    let options = Options {
        name: args.name.clone(),
        personal: args.personal,
        schema: schema_beside(args.output.as_deref()),
        layout,
    };
    let mut draft = draft(&profile, catalogue.as_ref(), &options);
    if draft.is_empty() {
        return Err(Error::Usage(format!(
            "there is nothing in {} to draft a mapping of: it holds no columns\n  help: `chatterload inspect` shows \
             what was read; draft from a file with answers",
            file(args).display()
        )));
    }
    if !ask {
        return verified(draft, args);
    }
    let mut asked = Vec::new();
    // An answer may raise or settle other questions, so they are looked at anew after each.
    while let Some(question) = draft
        .questions
        .iter()
        .find(|question| !asked.contains(&question.field))
        .cloned()
    {
        let answer = prompt::ask(&question, console)?;
        match draft.apply(&[answer]) {
            Ok(better) => {
                asked.push(question.field);
                draft = better;
            }
            // Asked again.
            Err(why) => console.note(&why),
        }
    }
    draft
        .questions
        .retain(|question| !asked.contains(&question.field));
    verified(draft, args)
}

/// The file to draft for.
fn file(args: &MapArgs) -> &Path {
    args.file.as_deref().unwrap_or(Path::new("-"))
}

/// The draft, if `check` would take it.
fn verified(mut draft: Draft, args: &MapArgs) -> Result<Draft, Error> {
    let file = file(args);
    let is_file = std::fs::metadata(file).is_ok_and(|meta| meta.is_file());
    let open = |mapping: &Mapping| {
        let input = is_file.then(|| Input::File(file.to_owned()))?;
        Source::open(&input, &mapping.layout()).ok()
    };
    match draft.verify(open) {
        Ok(doubt) => {
            draft.notes.extend(doubt);
            Ok(draft)
        }
        Err(why) => Err(Error::Usage(format!(
            "no mapping was written, as `check` would refuse what was drafted for {}:\n{why}\n  help: write one by \
             hand (docs/mapping.md), or say how the file is laid out (--header-row, --sheet, --delimiter)",
            file.display()
        ))),
    }
}

/// The mappings' JSON Schema as a file in the output's folder or in `mappings/` there, by its path from that folder.
fn schema_beside(output: Option<&Path>) -> Option<String> {
    let folder = output.and_then(Path::parent).unwrap_or(Path::new(""));
    let names = [
        "chatterload.schema.json",
        "schema.json",
        "mappings/schema.json",
    ];
    let found = names.into_iter().find(|name| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        text.contains("\"title\": \"chatterload mapping\"")
    });
    found.map(str::to_owned)
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
        .block_on(catalogue::fetch(
            &client,
            &project,
            &catalogue::Pace::default(),
        ))
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

/// Writes a mapping to a file that is not there yet: whole, or not at all.
pub fn write(output: &Path, toml: &str) -> Result<(), Error> {
    let folder = output
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let written = || {
        let mut builder = tempfile::Builder::new();
        // As any file that a person writes: only content is nobody else's business.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.prefix(".chatterload-").tempfile_in(folder)?;
        file.write_all(toml.as_bytes())?;
        file.persist_noclobber(output)?;
        Ok(())
    };
    written().map_err(|error: std::io::Error| {
        Error::Usage(format!(
            "the mapping cannot be written to {}: {error}",
            output.display()
        ))
    })
}
