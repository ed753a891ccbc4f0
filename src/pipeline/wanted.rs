//! Which responses of a row are wanted, and what a file says of itself before its rows.

use crate::mapping::Mapping;
use crate::read::Source;
use crate::record::Row;

/// An encoding that was neither named nor UTF-8 was found out, and could be found out wrong.
pub fn guessed(source: &Source, mapping: &Mapping, name: &str) -> Option<String> {
    let encoding = source.encoding().filter(|encoding| *encoding != "UTF-8")?;
    if mapping.source.layout.encoding.is_some() {
        return None;
    }
    let evidence = source.encoding_evidence().unwrap_or(encoding);
    // A mark at the file's beginning is proof.
    if evidence.contains("byte order mark") {
        return None;
    }
    Some(format!(
        "{name} was read as {evidence}: if letters look wrong, say otherwise with --encoding"
    ))
}

/// Whether a response of a row is wanted: of a failures file only those outstanding.
pub fn is_wanted(row: &Row, name: &str) -> bool {
    let Some(carried) = row.carried.as_deref() else {
        return true;
    };
    carried.responses.is_empty() || carried.responses.iter().any(|one| one == name)
}
