//! `import FILE` on a terminal without a mapping: draft, ask, preview, and ask once more.

use std::path::{Path, PathBuf};

use super::telling::{command_line, path};
use super::{check, map, prompt};
use crate::cli::{CheckArgs, ImportArgs, MapArgs};
use crate::console::Console;
use crate::error::Error;
use crate::settings::{self, Environment};

/// Leads from a file to the import that was agreed to; `None` where it was not.
pub fn guide(
    args: &ImportArgs,
    file: &Path,
    console: &Console,
    environment: &Environment,
) -> Result<Option<ImportArgs>, Error> {
    // Asked for at the end, and missed before anybody has answered questions in vain.
    let project = settings::required_project(args.api.project.as_deref(), environment)?;
    console.note(&format!(
        "No mapping is given, so one is drafted from {}.",
        file.display()
    ));
    let wanted = MapArgs {
        file: Some(file.to_owned()),
        layout: args.input.layout.clone(),
        api: args.api.clone(),
        ..MapArgs::default()
    };
    let draft = map::make(&wanted, true, console, environment)?;
    let output = free_name(file);
    console.whole(|| map::write(&output, &draft.toml))?;
    for note in &draft.notes {
        console.note(&format!("note: {note}"));
    }
    let mapping = output.display().to_string();
    console.note(&format!(
        "\nThe mapping is in {mapping}. What would be posted:\n"
    ));
    let mut agreed = args.clone();
    agreed.input.mapping = Some(mapping.clone());
    let checked = check::run(
        &CheckArgs {
            input: agreed.input.clone(),
            api: agreed.api.clone(),
            ledger: agreed.delivery.ledger.ledger.clone(),
            preview: 1,
            offline: false,
            diff: None,
        },
        console,
        environment,
    );
    let code = checked.tell(console);
    if checked.summary.error.is_some() {
        return Err(Error::Usage(format!(
            "the drafted mapping needs a hand (exit code {code}): mend {mapping}, then run\n  {}",
            again(&agreed, &mapping)
        )));
    }
    let question = format!(
        "\nUpload {} responses to {project}?",
        checked.summary.not_attempted
    );
    if prompt::confirm(&question)? {
        return Ok(Some(agreed));
    }
    console.note(&format!(
        "Nothing was posted. To go on:\n  {}",
        again(&agreed, &mapping)
    ));
    Ok(None)
}

fn again(args: &ImportArgs, mapping: &str) -> String {
    let files: Vec<String> = args
        .input
        .files
        .iter()
        .map(|file| path(&file.display().to_string()).into_owned())
        .collect();
    let mapping = path(mapping);
    let mut parts = vec!["import"];
    parts.extend(files.iter().map(String::as_str));
    parts.extend(["-m", &mapping]);
    command_line(&parts)
}

/// `STEM.toml` in the working folder, with a number where that is taken.
fn free_name(file: &Path) -> PathBuf {
    let stem = file.file_stem().map_or_else(
        || "mapping".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    (1..10_000)
        .map(|number| match number {
            1 => PathBuf::from(format!("{stem}.toml")),
            number => PathBuf::from(format!("{stem}-{number}.toml")),
        })
        .find(|path| !path.exists())
        .unwrap_or_default()
}
