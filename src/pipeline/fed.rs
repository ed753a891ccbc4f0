//! What the feeder counts and gives back.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;

use crate::error::InputError;
use crate::mapping::FieldOrigin;
use crate::report::{Diff, Overview};

/// Counted while reading.
#[derive(Debug, Default)]
pub struct Tally {
    /// Rows read.
    pub rows: AtomicU64,
    /// Responses mapped.
    pub responses: AtomicU64,
}

/// What was read when the feeder ended.
#[derive(Debug, Default)]
pub struct Fed {
    /// Rows read.
    pub rows: u64,
    /// Rows that leave no response.
    pub filtered: u64,
    /// Rows rejected whole.
    pub rows_rejected_whole: u64,
    /// Rows that leave responses.
    pub rows_mapped: u64,
    /// Responses mapped, a row rejected whole counting as one.
    pub responses: u64,
    /// Responses that would be sent, in a check.
    pub unsent: u64,
    /// The first responses as they would be posted.
    pub preview: Vec<Preview>,
    /// What the responses hold, in a check.
    pub overview: Option<Overview>,
    /// What another mapping makes of the same rows, where a check was asked for it.
    pub diff: Option<Diff>,
    /// What the user should know, without anything being wrong with a row.
    pub warnings: Vec<String>,
    /// So many of the inputs were begun, in their order.
    pub begun: usize,
    /// The inputs that could not be read to their end.
    pub errors: Vec<InputError>,
    /// Where not all was read: the file and the first row that was not.
    pub unread: Option<(String, u64)>,
}

/// A response as it would be posted.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The file it came from.
    pub file: String,
    /// The row it came from.
    pub row: u64,
    /// Its name among the row's responses.
    pub name: Arc<str>,
    /// The body, to the byte.
    pub body: Bytes,
    /// Where each of its fields came from.
    pub origins: Vec<FieldOrigin>,
}
