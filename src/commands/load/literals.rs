//! The data types and sources that stand in a mapping, looked up in the project.

use crate::catalogue::{Catalogue, find, known_names};
use crate::console::Console;
use crate::error::Error;
use crate::mapping::{LiteralKind, Mapping, Problem};

/// A mapping that gives no data type or source at all would have every row rejected.
pub fn check_given(mapping: &Mapping, console: &Console) -> Result<(), Error> {
    let problems = mapping.lacking();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::Usage(
        mapping.error(problems).render(console.diagnostics()),
    ))
}

/// Data types and sources that stand in the mapping must be the project's: told before the first row.
pub fn check_literals(
    mapping: &Mapping,
    catalogue: &Catalogue,
    console: &Console,
) -> Result<(), Error> {
    let unknown = mapping.literals().into_iter().filter_map(|literal| {
        let (items, what) = match literal.kind {
            LiteralKind::DataType => (&catalogue.data_types, "data type"),
            LiteralKind::DataSource => (&catalogue.data_sources, "data source"),
        };
        if find(items, &literal.value).is_some() {
            return None;
        }
        let message = format!(
            "the project '{}' has no {what} '{}'",
            catalogue.project.posted(),
            literal.value
        );
        Some(Problem::at(&literal.place, message).help(known_names(items, &literal.value)))
    });
    let problems: Vec<Problem> = unknown.collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::Usage(
        mapping.error(problems).render(console.diagnostics()),
    ))
}
