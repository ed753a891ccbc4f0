//! Which responses of a row are wanted, and what a file says of itself before its rows.

use crate::mapping::{MappedResponse, Mapping};
use crate::outcome::Rejection;
use crate::read::Source;
use crate::record::{Response, Row};

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

/// A response that is neither filtered nor settled by an earlier run.
pub struct Wanted<'a> {
    /// Which of the mapping's responses it is.
    pub number: usize,
    /// Its name among them.
    pub name: &'a str,
    /// The response, or why it is rejected.
    pub result: Result<Response<'a>, Rejection>,
}

/// The responses of a row that are wanted: not filtered, and of a failures file only those outstanding.
pub fn wanted<'a>(
    row: &Row,
    responses: impl Iterator<Item = MappedResponse<'a>>,
) -> impl Iterator<Item = Wanted<'a>> {
    let outstanding = row
        .carried
        .as_deref()
        .map(|carried| carried.responses.as_slice())
        .unwrap_or_default();
    responses
        .enumerate()
        .filter(|(_, one)| {
            outstanding.is_empty() || outstanding.iter().any(|name| **name == **one.name)
        })
        .filter_map(|(number, one)| {
            Some(Wanted {
                number,
                name: one.name,
                result: one.result.transpose()?,
            })
        })
}
