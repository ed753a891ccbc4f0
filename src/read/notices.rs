//! What a person should know of a file that was read all the same.

use std::sync::{Arc, Mutex, PoisonError};

/// The most notices kept of a file.
const MOST: usize = 50;

/// Sentences about a file, each once: gathered while its rows are read, to be shown at the end.
///
/// All clones are one list, so it can be kept while the source is read on another thread.
#[derive(Clone, Debug, Default)]
pub struct Notices(Arc<Mutex<Vec<Notice>>>);

/// A sentence, and the first of the rows that it is about, where it is about the last ones alone.
#[derive(Clone, Debug)]
struct Notice {
    sentence: String,
    from: Option<u64>,
}

impl Notices {
    /// Adds a sentence, unless it is there already.
    pub(super) fn add(&self, sentence: impl Into<String>) {
        self.push(sentence.into(), None);
    }

    /// Adds a sentence about the last rows, from this one on.
    pub(super) fn add_of_last(&self, from: u64, sentence: impl Into<String>) {
        self.push(sentence.into(), Some(from));
    }

    fn push(&self, sentence: String, from: Option<u64>) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() < MOST && !list.iter().any(|known| known.sentence == sentence) {
            list.push(Notice { sentence, from });
        }
    }

    /// What there is so far, in order.
    pub fn list(&self) -> Vec<String> {
        self.of_rows_to(u64::MAX)
    }

    /// The same without what is about rows beyond this one alone.
    pub fn of_rows_to(&self, last: u64) -> Vec<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let about = all
            .iter()
            .filter(|notice| notice.from.is_none_or(|from| from <= last));
        about.map(|notice| notice.sentence.clone()).collect()
    }
}
