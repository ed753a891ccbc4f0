//! How responses are shown: ids, the fields posted, and when they were written.

use std::time::Duration;

use jiff::Timestamp;

use super::Ids;
use super::store::Record;

/// What is the same for every response shown.
#[derive(Debug)]
pub(super) struct View {
    pub(super) ids: Ids,
    pub(super) started: Timestamp,
}

impl View {
    /// An id as a path has it.
    pub(super) fn id(&self, id: u64) -> String {
        match self.ids {
            Ids::Numbers => id.to_string(),
            Ids::Texts => format!("r{id}"),
        }
    }

    /// The id a path means.
    pub(super) fn id_of(&self, text: &str) -> Option<u64> {
        let digits = match self.ids {
            Ids::Numbers => text,
            Ids::Texts => text.strip_prefix('r')?,
        };
        digits.parse().ok()
    }

    /// The instant of a time since the start.
    pub(super) fn instant(&self, since: Duration) -> Timestamp {
        self.started.checked_add(since).unwrap_or(self.started)
    }

    /// A response as the API gives it: id, what was posted, when it was written.
    pub(super) fn show(&self, record: &Record, body: &str) -> String {
        self.show_parts(record.id, record.updated, body)
    }

    /// Likewise, from its parts.
    pub(super) fn show_parts(&self, id: u64, updated: Duration, body: &str) -> String {
        let quotes = match self.ids {
            Ids::Numbers => "",
            Ids::Texts => "\"",
        };
        let updated = self.instant(updated);
        format!(
            "{{\"id\":{quotes}{}{quotes},{},\"updated_at\":\"{updated:.3}\"}}",
            self.id(id),
            inner(body),
        )
    }
}

/// The fields of an object's text, without its braces.
fn inner(body: &str) -> &str {
    let body = body.trim();
    body.strip_prefix('{')
        .and_then(|body| body.strip_suffix('}'))
        .unwrap_or(body)
        .trim()
}
