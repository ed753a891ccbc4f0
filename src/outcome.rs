//! What can become of a response, and the counts that must add up.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

/// Why a row or a response cannot be posted as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// A stable code, such as `score_not_a_number`.
    pub code: Cow<'static, str>,
    /// The mapping's field (`score`, `segments.country`), or the column at fault.
    pub field: String,
    /// What was wrong and what would be right; names the column and quotes at most 40 characters of a value,
    /// never of a comment.
    pub message: String,
}

impl Rejection {
    /// A rejection by code, field and message.
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            field: field.into(),
            message: message.into(),
        }
    }
}

/// A value as a message quotes it: 40 characters at most, on one line.
pub fn quote(value: &str) -> String {
    let mut quoted = String::from("'");
    for (index, character) in value.chars().enumerate() {
        if index == 40 {
            quoted.push('…');
            break;
        }
        quoted.push(if character.is_control() {
            ' '
        } else {
            character
        });
    }
    quoted.push('\'');
    quoted
}

/// What became of one response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The API created it in this run.
    Uploaded,
    /// A known response was brought up to date in this run.
    Updated,
    /// It was there before; the reason says more (`repeated`, `remapped`).
    AlreadyUploaded(Option<&'static str>),
    /// It was there before with other content, and was left alone.
    Changed(Left),
    /// It cannot be posted as it is: found before anything was sent.
    Rejected(Rejection),
    /// The API refused it, or it could not be delivered.
    Failed(Rejection),
    /// Nobody knows whether the API created it.
    InDoubt(Rejection),
    /// The run ended, or only checked, before it was sent.
    NotAttempted,
}

/// Why a response with other content than what is there was left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Changes are not wanted.
    Unwanted,
    /// Nor are they of what another row of this run brought.
    Repeated,
    /// Wanted or not: its version is no greater than that of what is there.
    NotNewer,
}

impl Outcome {
    /// The rejection, for outcomes that go into the failures file.
    pub fn failure(&self) -> Option<(&'static str, &Rejection)> {
        match self {
            Self::Rejected(why) => Some(("rejected", why)),
            Self::Failed(why) => Some(("failed", why)),
            Self::InDoubt(why) => Some(("in_doubt", why)),
            _ => None,
        }
    }
}

/// The counts of a run, under the names of its summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows read, by the reader's own count.
    pub rows: u64,
    /// Rows that leave no response.
    pub filtered: u64,
    /// Responses the mapper made, a row rejected whole counting as one.
    pub responses: u64,
    /// Created by this run.
    pub uploaded: u64,
    /// Brought up to date by this run.
    pub updated: u64,
    /// There before.
    pub already_uploaded: u64,
    /// There before with other content, left alone.
    pub changed: u64,
    /// Not fit to be posted.
    pub rejected: u64,
    /// Refused by the API.
    pub failed: u64,
    /// Perhaps created.
    pub in_doubt: u64,
    /// Not sent before the run ended.
    pub not_attempted: u64,
    /// Those of the rejected and failed that failed in an earlier run too, cells and mapping unchanged.
    pub known_failures: u64,
    /// Responses found twice in the project.
    pub doubles: u64,
    /// How many there were of each reason.
    pub reasons: BTreeMap<String, u64>,
    /// Rows rejected whole (not in the summary, but in the conservation check).
    #[serde(skip)]
    pub rows_rejected_whole: u64,
    /// Rows that left at least one response (likewise).
    #[serde(skip)]
    pub rows_mapped: u64,
}

impl Counts {
    /// Counts one outcome.
    pub fn count(&mut self, outcome: &Outcome) {
        let counter = match outcome {
            Outcome::Uploaded => &mut self.uploaded,
            Outcome::Updated => &mut self.updated,
            Outcome::AlreadyUploaded(_) => &mut self.already_uploaded,
            Outcome::Changed(_) => &mut self.changed,
            Outcome::Rejected(_) => &mut self.rejected,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::InDoubt(_) => &mut self.in_doubt,
            Outcome::NotAttempted => &mut self.not_attempted,
        };
        *counter += 1;
        let reason = match outcome {
            Outcome::AlreadyUploaded(Some(reason)) => Some(*reason),
            _ => outcome.failure().map(|(_, why)| why.code.as_ref()),
        };
        if let Some(reason) = reason {
            match self.reasons.get_mut(reason) {
                Some(count) => *count += 1,
                None => {
                    self.reasons.insert(reason.to_owned(), 1);
                }
            }
        }
    }

    /// Whether every row and every response is accounted for; else what does not add up.
    ///
    /// # Errors
    /// The equation that does not hold, with its figures.
    pub fn conservation(&self) -> Result<(), String> {
        let rows = self.filtered + self.rows_rejected_whole + self.rows_mapped;
        if rows != self.rows {
            return Err(format!(
                "{} rows were read, but {} filtered + {} rejected whole + {} mapped = {rows}",
                self.rows, self.filtered, self.rows_rejected_whole, self.rows_mapped
            ));
        }
        let outcomes = self.uploaded
            + self.updated
            + self.already_uploaded
            + self.changed
            + self.rejected
            + self.failed
            + self.in_doubt
            + self.not_attempted;
        if outcomes != self.responses {
            return Err(format!(
                "responses mapped: {}, outcomes counted: {outcomes}",
                self.responses
            ));
        }
        Ok(())
    }
}
