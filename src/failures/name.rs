//! Where a failures file goes, and of which form it is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Plan;
use crate::error::Error;
use crate::outcome::quote;
use crate::record::Shape;

/// The forms a failures file can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// UTF-8 with byte order mark, comma, CRLF: what Excel opens by a double click.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// A workbook.
    Xlsx,
}

/// The path and the form, by `--failures` or by the inputs.
///
/// # Errors
/// The name asks for a form that cannot hold JSON, or is that of standard output.
pub fn target(plan: &Plan) -> Result<(PathBuf, Form), Error> {
    let json = plan
        .inputs
        .iter()
        .find(|(_, shape, _)| *shape == Shape::Json);
    let by_inputs = if json.is_some() {
        Form::Ndjson
    } else {
        Form::Csv
    };
    let Some(path) = &plan.path else {
        let first = plan.inputs.first().map_or("-", |(name, ..)| name);
        let ending = if json.is_some() { "ndjson" } else { "csv" };
        let name = format!("{}.failures.{ending}", stem(first));
        return Ok((plan.folder.join(name), by_inputs));
    };
    if path.as_os_str() == "-" {
        return Err(usage(
            "the failures file cannot go to standard output, which is for results",
            "give a path: --failures failures.csv",
        ));
    }
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    let asked = match ending.as_deref() {
        Some("csv") => Form::Csv,
        Some("xlsx") => Form::Xlsx,
        Some("ndjson" | "jsonl" | "json") => Form::Ndjson,
        _ => by_inputs,
    };
    if let Some((name, ..)) = json
        && asked != Form::Ndjson
    {
        return Err(usage(
            &format!(
                "{} is JSON, whose records do not fit into the cells of {}",
                quote(name),
                quote(&path.to_string_lossy())
            ),
            "name the failures file .ndjson, or leave --failures out",
        ));
    }
    Ok((path.clone(), asked))
}

/// What a failures file is named after: the file's name without folder and ending; `stdin` for `-`.
///
/// A failures file hands on the name it got itself, so that `nps.failures.csv` does not beget
/// `nps.failures.failures.csv`.
fn stem(input: &str) -> String {
    if input == "-" {
        return "stdin".to_owned();
    }
    let stem = Path::new(input)
        .file_stem()
        .map_or_else(|| "input".into(), |stem| stem.to_string_lossy());
    let parts = stem.rsplit_once(".failures");
    match parts {
        Some((original, number)) if !original.is_empty() && is_number(number) => {
            original.to_owned()
        }
        _ => stem.into_owned(),
    }
}

/// Whether a text is empty, or such as `-2`.
fn is_number(text: &str) -> bool {
    text.is_empty()
        || text
            .strip_prefix('-')
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The path with a number, from 2: `x.failures.csv` becomes `x.failures-2.csv`. The first has none.
pub fn numbered(path: &Path, number: u32) -> PathBuf {
    if number < 2 {
        return path.to_owned();
    }
    let mut name = path
        .file_stem()
        .map_or_else(OsString::new, ToOwned::to_owned);
    name.push(format!("-{number}"));
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

/// The folder a path is in.
pub fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Tries whether a file can be created beside `path`, with a file that has no name and is gone at once: only that
/// tells of read-only disks, quotas and permissions alike.
///
/// # Errors
/// It cannot.
pub fn must_be_writable(path: &Path) -> Result<(), Error> {
    let shown = path.display();
    if path.is_dir() {
        return Err(usage(
            &format!("the failures file {shown} is a folder"),
            "give the path of a file: --failures FOLDER/failures.csv",
        ));
    }
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(usage(
            &format!(
                "the failures file {shown} cannot be written: there is no folder {}",
                folder.display()
            ),
            "create the folder, or give another path with --failures",
        ));
    }
    match tempfile::tempfile_in(folder) {
        Ok(_) => Ok(()),
        Err(error) => Err(usage(
            &format!("the failures file {shown} could not be written if one were needed: {error}"),
            "give a path in a folder that you may write to: --failures PATH",
        )),
    }
}

fn usage(message: &str, remedy: &str) -> Error {
    Error::Usage(format!("{message}\n  help: {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failures_file_is_named_after_its_input() {
        for (input, expected) in [
            ("nps.csv", "nps"),
            ("exports/nps.2026.xlsx", "nps.2026"),
            ("-", "stdin"),
            ("plain", "plain"),
            ("nps.failures.csv", "nps"),
            ("nps.failures-12.csv", "nps"),
            ("nps.failures-of-may.csv", "nps.failures-of-may"),
            (".failures.csv", ".failures"),
            ("..", "input"),
        ] {
            assert_eq!(stem(input), expected, "{input}");
        }
    }

    #[test]
    fn a_number_stands_before_the_ending() {
        let number = |path| numbered(Path::new(path), 2).display().to_string();
        assert_eq!(number("a/x.failures.csv"), "a/x.failures-2.csv");
        assert_eq!(number("x"), "x-2");
        assert_eq!(numbered(Path::new("x.csv"), 1), Path::new("x.csv"));
    }
}
