//! What makes the rows of a scope themselves must not change unnoticed: every row would be new, and be loaded once more.

use super::inputs::Opened;
use super::logbook::Logbook;
use crate::error::Error;
use crate::mapping::{ColumnName, KeyBy, Mapping};

/// Compares the mapping's key with those by which the scope's rows were known. Another one is taken where some rows are
/// known by it too, as where only a header is another, and where it is `accepted`.
///
/// # Errors
/// Every row would be new (exit 2), the rows cannot be looked at, or the ledger is closed.
pub async fn check(
    logbook: &Logbook,
    mapping: &Mapping,
    inputs: &[Opened],
    accepted: bool,
    some_are_known: impl FnOnce() -> Result<bool, Error>,
) -> Result<(), Error> {
    // Rows of failures files bring their identity along.
    if inputs.iter().all(|input| input.is_failures_file) {
        return Ok(());
    }
    let key = in_words(&mapping.key.by);
    let (keys, has_loaded) = logbook.known_keys().await?;
    if keys.contains(&key) {
        return Ok(());
    }
    if let Some(last) = keys.last()
        && has_loaded
        && !accepted
        && !some_are_known()?
    {
        return Err(Error::Usage(format!(
            "the rows of the scope '{}' were known by {last} so far, and none of those looked at now is known by {key}: \
             every row would be new, and be there once more\n  help: restore the key; or give the mapping a scope of its \
             own, if these rows were never loaded; or `chatterload undo` what was loaded by the other key. \
             --accept-new-header goes on, and loads all rows anew",
            mapping.key.scope
        )));
    }
    logbook.remember_key(key).await
}

fn in_words(by: &KeyBy) -> String {
    match by {
        KeyBy::Cumulative => "all their cells".to_owned(),
        KeyBy::PerFile => "all their cells and the name of their file".to_owned(),
        KeyBy::Columns(columns) => {
            let names: Vec<String> = columns
                .iter()
                .map(|column| match &column.name {
                    ColumnName::Header(name) => format!("'{name}'"),
                    ColumnName::Position(number) => format!("number {number}"),
                })
                .collect();
            let noun = if names.len() == 1 {
                "the column"
            } else {
                "the columns"
            };
            format!("{noun} {}", names.join(", "))
        }
    }
}
