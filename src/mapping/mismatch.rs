//! A mapping made for another file: told once, not once a column.

use std::collections::HashSet;

use super::column::{Column, Finder, listed};
use super::compile_value::Compiler;
use super::diagnose::{Example, Many, Problem};
use super::walk::Problems;
use crate::read::called;

/// So many missing columns may each be told on their own.
const FEW: usize = 5;
/// Fewer tell nothing, even where none is found.
const TELLING: usize = 3;
/// So many are shown where they stand in the mapping.
const SHOWN: usize = 3;
/// So many of the file's own columns are listed.
const LISTED: usize = 8;

/// The problems that were found; where the file lacks most columns that the mapping names, one in the place of these.
pub fn told_once(compiler: Compiler<'_>) -> Problems {
    let (missing, mut others): (Problems, Problems) = compiler
        .problems
        .into_iter()
        .partition(|problem| problem.missing.is_some());
    let missing = by_name(missing);
    let found: HashSet<usize> = compiler.used.iter().filter_map(Column::index).collect();
    if is_foreign(found.len(), missing.len()) {
        others.push(foreign(&compiler.finder, found.len(), &missing));
    } else {
        others.extend(missing.into_iter().flatten());
    }
    others
}

/// Whether a mapping is for another file than the one that has so many of its columns and lacks so many.
fn is_foreign(found: usize, missing: usize) -> bool {
    let most_lack = missing > FEW && missing >= found;
    most_lack || (found == 0 && missing >= TELLING)
}

/// The problems of each missing column, in the order of the mapping.
fn by_name(mut problems: Problems) -> Vec<Problems> {
    problems.sort_by_key(|problem| {
        let place = problem.place.as_ref();
        place.map(|place| (place.text, place.span.start))
    });
    let mut groups: Vec<Problems> = Vec::new();
    for problem in problems {
        match groups
            .iter_mut()
            .find(|group| name(&group[0]) == name(&problem))
        {
            Some(group) => group.push(problem),
            None => groups.push(vec![problem]),
        }
    }
    groups
}

fn name(problem: &Problem) -> Option<&str> {
    let missing = problem.missing.as_ref();
    missing.map(|missing| missing.name.as_str())
}

fn foreign(finder: &Finder<'_>, found: usize, missing: &[Problems]) -> Problem {
    let (file, all) = (called(finder.file()), found + missing.len());
    let message = match found {
        0 => format!("none of the {all} columns that it names is in `{file}`"),
        1 => format!("only one of the {all} columns that it names is in `{file}`"),
        _ => format!("only {found} of the {all} columns that it names are in `{file}`"),
    };
    let examples: Vec<Example> = missing
        .iter()
        .filter_map(|problems| example(problems.first()?))
        .take(SHOWN)
        .collect();
    let more = missing.len() - examples.len();
    let mut notes = Vec::new();
    if more > 0 {
        notes.push(format!("and {more} more"));
    }
    if let Some(header) = finder.header() {
        notes.push(format!(
            "the columns of `{file}`: {}",
            listed(header, LISTED)
        ));
    }
    Problem {
        many: Some(Box::new(Many { examples, notes })),
        ..Problem::of_file(format!(
            "the mapping seems to be made for another file: {message}"
        ))
    }
    .help(HELP)
}

fn example(problem: &Problem) -> Option<Example> {
    let nearest = &problem.missing.as_ref()?.nearest;
    Some(Example {
        place: problem.place.clone()?,
        label: nearest
            .as_ref()
            .map(|near| format!("did you mean `{near}`?")),
    })
}

const HELP: &str = "\
take the mapping made for this file, or draft one: `chatterload map FILE`
if these are not the columns you see in the file, look with `chatterload inspect FILE`, then set header_row,
delimiter or sheet under [source], or --header-row, --delimiter or --sheet";
