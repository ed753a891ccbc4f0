//! Why rows were not loaded: counted by code, each with its first rows.

use std::collections::BTreeMap;

use crate::outcome::Rejection;
use crate::read::{called, place};
use crate::record::Row;

/// How many rows of a reason are kept unless more are asked for.
const KEPT: usize = 3;

/// A refusal's message begins so; what follows are the server's words, which belong in failures files only.
const REFUSED: &str = "the API refused the response";

/// One row of a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The name of its file.
    pub file: String,
    /// Its place as a person says it: `row 12 (line 19)`.
    pub place: String,
    /// The mapping's field, or the column at fault; may be empty.
    pub field: String,
    /// What was wrong and what would be right, without the server's words.
    pub message: String,
    order: (usize, u64),
    is_known: bool,
}

impl Sample {
    /// File, place and message as one sentence: `nps.csv, row 12 (line 19): …`.
    pub fn sentence(&self) -> String {
        // Readers begin their messages with the place.
        let file = called(&self.file);
        if self.message.starts_with(&self.place) {
            format!("{file}, {}", self.message)
        } else {
            format!("{file}, {}: {}", self.place, self.message)
        }
    }

    /// Its place in the run's order: number of the file, number of the row.
    pub fn order(&self) -> (usize, u64) {
        self.order
    }

    /// The row's number, as a spreadsheet shows it.
    pub fn row(&self) -> u64 {
        self.order.1
    }
}

/// One reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// How often it was noted.
    pub count: u64,
    /// The first rows, in the order of the input; those that failed before come last.
    pub samples: Vec<Sample>,
}

/// The reasons by code.
#[derive(Clone, Debug)]
pub struct Reasons {
    by_code: BTreeMap<String, Reason>,
    kept: usize,
}

impl Default for Reasons {
    fn default() -> Self {
        Self::keeping(KEPT)
    }
}

impl Reasons {
    /// Keeps up to so many rows of each reason.
    pub fn keeping(kept: usize) -> Self {
        Self {
            by_code: BTreeMap::new(),
            kept,
        }
    }

    /// Notes that a row, or one of its responses, was rejected, failed or stayed in doubt; whether it has failed in an
    /// earlier run already says `is_known`.
    pub fn note(&mut self, file: &str, row: &Row, why: &Rejection, is_known: bool) {
        let reason = self.by_code.entry(why.code.to_string()).or_default();
        reason.count += 1;
        // Outcomes come as they settle: the first rows of the input are wanted, in its order, and what is new before all.
        let order = (row.file, row.position.row);
        let at = reason
            .samples
            .partition_point(|sample| (sample.is_known, sample.order) <= (is_known, order));
        if at >= self.kept {
            return;
        }
        reason.samples.truncate(self.kept - 1);
        reason.samples.insert(
            at,
            Sample {
                file: file.to_owned(),
                place: place(row.position),
                field: why.field.clone(),
                message: without_words(why),
                order,
                is_known,
            },
        );
    }

    /// The reasons, sorted by code.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Reason)> {
        self.by_code
            .iter()
            .map(|(code, reason)| (code.as_str(), reason))
    }

    /// One reason by its code.
    pub fn get(&self, code: &str) -> Option<&Reason> {
        self.by_code.get(code)
    }

    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }
}

/// The message on one line, the server's words cut off: they may quote a comment.
fn without_words(why: &Rejection) -> String {
    if why.code.starts_with("http_") && why.message.starts_with(REFUSED) {
        return format!("{REFUSED}; its words are in the failures file");
    }
    crate::failures::one_line(&why.message).into_owned()
}
