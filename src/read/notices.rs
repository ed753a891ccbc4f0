//! What a person should know of a file that was read all the same.

use std::sync::{Arc, Mutex, PoisonError};

/// The most notices kept of a file.
const MOST: usize = 50;

/// Sentences about a file, each once: gathered while its rows are read, to be shown at the end.
///
/// All clones are one list, so it can be kept while the source is read on another thread.
#[derive(Clone, Debug, Default)]
pub struct Notices(Arc<Mutex<Vec<String>>>);

impl Notices {
    /// Adds a sentence, unless it is there already.
    pub(super) fn add(&self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() < MOST && !list.contains(&sentence) {
            list.push(sentence);
        }
    }

    /// What there is so far, in order.
    pub fn list(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
