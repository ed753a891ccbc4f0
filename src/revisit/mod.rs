//! Going back to what was uploaded: taking it away again, checking it, finding it.
//!
//! | module | role |
//! |---|---|
//! | `caller` | one question or request at a time, by pause, rate and stop, repeated where that can help |
//! | [`search`] | asking for a token, and whether search can be trusted |
//! | [`undo`] | deletes what a run created; [`doubts`] resolves first what that run left in doubt |
//! | `copies`, `erase` | its second copies; one DELETE and what became of it |
//! | [`verify`] | looks for doubles and losses, and changes nothing |
//! | [`rebuild`] | takes every token of a project back into the ledger |

pub mod caller;
mod copies;
pub mod doubts;
mod erase;
pub mod rebuild;
pub mod search;
#[cfg(all(test, feature = "sandbox"))]
mod tests;
pub mod undo;
pub mod verify;

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Serialize;
use serde_json::Value;

use crate::api::canonical::{is_as_sent, is_as_sent_or_more, is_payload};
use crate::api::responses::carries;
use crate::identity::Token;
use crate::ledger::{Standing, UNKNOWN, UPDATE_NOT_ECHOED};
use crate::upload::rate::lock;

/// So many findings are kept to be shown; all of them are counted.
const KEPT: usize = 1_000;

/// Something to tell of one response. Never its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Under which figure it counts: `changed`, `missing`, `in_doubt` …
    pub what: &'static str,
    /// The file of the run that it is from; `None` where the ledger does not know it.
    pub file: Option<String>,
    /// The row's number there.
    pub row: Option<u64>,
    /// Its name among those of its row.
    pub name: String,
    /// Its token.
    pub token: String,
    /// Its ids in Chattermill.
    pub ids: Vec<String>,
    /// In words.
    pub message: String,
}

/// What was found, counted by what it is; filled by whatever is at work.
#[derive(Debug, Default)]
pub struct Findings {
    files: Vec<String>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    counts: BTreeMap<&'static str, u64>,
    kept: Vec<Finding>,
}

impl Findings {
    /// For responses of these files.
    pub fn of(files: Vec<String>) -> Self {
        Self {
            files,
            inner: Mutex::default(),
        }
    }

    /// Counts one.
    pub fn count(&self, what: &'static str) {
        self.add(what, 1);
    }

    /// Counts several.
    pub fn add(&self, what: &'static str, number: u64) {
        *lock(&self.inner).counts.entry(what).or_insert(0) += number;
    }

    /// Counts one and keeps it to be shown.
    pub fn note(&self, what: &'static str, line: &Standing, message: impl Into<String>) {
        self.note_ids(
            what,
            line,
            line.state.api_id().map(str::to_owned).into_iter().collect(),
            message,
        );
    }

    /// Likewise, with the ids it has.
    pub fn note_ids(
        &self,
        what: &'static str,
        line: &Standing,
        ids: Vec<String>,
        message: impl Into<String>,
    ) {
        let file = line.file.and_then(|file| self.files.get(file as usize));
        self.keep(Finding {
            what,
            file: file.cloned(),
            row: line.row,
            name: line.name.clone(),
            token: line.token.to_string(),
            ids,
            message: message.into(),
        });
    }

    /// Counts one of which only token and ids are known, and keeps it.
    pub fn note_token(
        &self,
        what: &'static str,
        token: Token,
        ids: Vec<String>,
        message: impl Into<String>,
    ) {
        self.keep(Finding {
            what,
            file: None,
            row: None,
            name: "main".to_owned(),
            token: token.to_string(),
            ids,
            message: message.into(),
        });
    }

    fn keep(&self, finding: Finding) {
        self.count(finding.what);
        let kept = &mut lock(&self.inner).kept;
        if kept.len() < KEPT {
            kept.push(finding);
        }
    }

    /// How many there are.
    pub fn get(&self, what: &str) -> u64 {
        lock(&self.inner).counts.get(what).copied().unwrap_or(0)
    }

    /// Those that are shown, by file and row.
    pub fn kept(&self) -> Vec<Finding> {
        let mut kept = lock(&self.inner).kept.clone();
        kept.sort_by(|a, b| (&a.file, a.row, &a.name).cmp(&(&b.file, b.row, &b.name)));
        kept
    }
}

/// How a response, as the API gives it now, compares with what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it was sent.
    AsSent,
    /// Somebody has changed it.
    Changed,
    /// It carries our token, and is not to the letter what was sent; the ledger has no hash of how the API keeps it.
    CannotTell,
    /// It does not carry our token.
    NotOurs,
}

impl Verdict {
    /// Compares.
    pub fn of(response: &Value, line: &Standing) -> Self {
        let ours = carries(response, line.token);
        let not_echoed = line.code.as_deref() == Some(UPDATE_NOT_ECHOED);
        match (line.echo, line.payload) {
            // The token was a part of what was sent, unless the mapping switches it off.
            (Some(echo), _) if is_as_sent(response, echo) => Self::AsSent,
            // What stays of an earlier version is no change of anybody's, and was not told.
            (Some(echo), _) if not_echoed && is_as_sent_or_more(response, echo) => Self::AsSent,
            _ if !ours => Self::NotOurs,
            (Some(_), _) if not_echoed => Self::CannotTell,
            (Some(_), _) => Self::Changed,
            (None, Some(payload))
                if payload != UNKNOWN && is_payload(response, line.token, payload) =>
            {
                Self::AsSent
            }
            (None, _) => Self::CannotTell,
        }
    }

    /// Why the response is left alone; empty where it is as it was sent.
    pub fn words(self) -> &'static str {
        match self {
            Self::AsSent => "",
            Self::Changed => "somebody has changed it since it was sent",
            Self::CannotTell => {
                "it is not, to the letter, what was sent: somebody has changed it, or Chattermill keeps it in another \
                 form, or keeps what an update did not bring (the ledger has no hash of its answer)"
            }
            Self::NotOurs => "it does not carry the token that it was sent with",
        }
    }
}
