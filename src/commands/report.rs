//! `report`: a run as one HTML file, from the ledger. Asks the API for nothing.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::retry::recall_mapping;
use super::revisiting::find_run;
use crate::cli::ReportArgs;
use crate::console::Console;
use crate::error::Error;
use crate::ledger::{Reader, Run};
use crate::report::html::{self, Facts, ROWS_NAMED, Reason};
use crate::settings::{Environment, ledger_path};

/// Prints the report of a run, or writes it into a file.
pub fn run(args: &ReportArgs, console: &Console, environment: &Environment) -> Result<(), Error> {
    let path = ledger_path(args.ledger.ledger.as_deref(), environment)?;
    let reader = Reader::open(&path)?;
    let run = find_run(&reader, &args.run)?;
    let page = page(Some(&reader), &run)?;
    let output = args
        .output
        .as_deref()
        .filter(|path| *path != Path::new("-"));
    if let Some(output) = output {
        console.whole(|| write(output, &page))?;
    }
    if console.json {
        let mut told = serde_json::json!({
            "status": "complete", "exit_code": 0, "error": null, "run": run.id,
            "file": output.map(|path| path.display().to_string()),
        });
        if output.is_none() {
            told["html"] = page.into();
        }
        console.json(&told);
    } else if let Some(output) = output {
        console.note(&format!(
            "the report of {} is in {}",
            run.id,
            output.display()
        ));
    } else {
        console.result(page.trim_end());
    }
    Ok(())
}

/// The report of a run as HTML; one that its ledger never heard of has none to ask for reasons.
///
/// # Errors
/// The ledger cannot be read.
pub fn page(reader: Option<&Reader>, run: &Run) -> Result<String, Error> {
    let json = |text: &Option<String>| text.as_deref().map(str::to_owned).unwrap_or_default();
    let (mapping, overrides) = match run.mapping.as_deref().map(recall_mapping) {
        Some((mapping, overrides)) => (Some(mapping), overrides),
        None => (None, Vec::new()),
    };
    let facts = Facts {
        run,
        summary: serde_json::from_str(&json(&run.summary)).unwrap_or_default(),
        aggregates: serde_json::from_str(&json(&run.aggregates)).ok(),
        reasons: reader.map_or_else(|| Ok(BTreeMap::new()), |reader| reasons(reader, run))?,
        mapping,
        overrides,
    };
    Ok(html::render(&facts))
}

/// What the run could not deliver, by code, with the first rows of each.
fn reasons(reader: &Reader, run: &Run) -> Result<BTreeMap<String, Reason>, Error> {
    let mut reasons: BTreeMap<String, Reason> = BTreeMap::new();
    reader.ask(|view| {
        view.rejections_of(run.number, |rejected| {
            let file = run.files.get(rejected.file as usize).cloned();
            let reason = reasons.entry(rejected.code).or_default();
            reason.status = rejected.status;
            reason.count += 1;
            // As they settled; a row may have several responses.
            let row = (
                file.unwrap_or_else(|| format!("file {}", rejected.file)),
                rejected.row,
            );
            if !reason.rows.contains(&row) {
                let at = reason.rows.partition_point(|known| *known < row);
                if at < ROWS_NAMED {
                    reason.rows.insert(at, row);
                    reason.rows.truncate(ROWS_NAMED);
                }
            }
            ControlFlow::Continue(())
        })
    })?;
    Ok(reasons)
}

/// Writes a report, whole or not at all, for its owner alone. Only an older report gives way to it.
///
/// # Errors
/// There is another file of that name, or it cannot be written (exit 2).
pub fn write(output: &Path, page: &str) -> Result<(), Error> {
    let unwritable = |error: &std::io::Error| {
        Error::Usage(format!(
            "the report {} cannot be written: {error}",
            output.display()
        ))
    };
    if output.exists() && !is_report(output) {
        return Err(Error::Usage(format!(
            "{} exists, and is no report of chatterload: it is left as it is\n  help: give another name",
            output.display()
        )));
    }
    let folder = output
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // A temporary file has mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        .map_err(|error| unwritable(&error))?;
    file.write_all(page.as_bytes())
        .map_err(|error| unwritable(&error))?;
    file.persist(output)
        .map_err(|error| unwritable(&error.error))?;
    Ok(())
}

fn is_report(path: &Path) -> bool {
    let mut beginning = String::new();
    std::fs::File::open(path)
        .and_then(|file| {
            file.take(html::BEGINNING.len() as u64)
                .read_to_string(&mut beginning)
        })
        .is_ok_and(|_| beginning == html::BEGINNING)
}
