//! Whether what a run uploaded is there, once, and as it was sent. Only asks; what it finds twice is given back.

use std::sync::Mutex;

use futures::{StreamExt, stream};

use super::caller::{Caller, Ended, Read};
use super::search::Search;
use super::{Findings, Verdict};
use crate::error::Error;
use crate::identity::Token;
use crate::ledger::{LedgerError, Reader, RunNumber, Standing};
use crate::upload::Found;
use crate::upload::rate::lock;
use crate::upload::retry::End;

/// So many responses are taken from the ledger at a time.
const PAGE: u32 = 500;

/// What to look at.
pub struct Verify<'a> {
    /// Who asks, and the attribute to search by.
    pub search: Search<'a>,
    /// The ledger.
    pub reader: &'a Reader,
    /// The run.
    pub of: RunNumber,
    /// Where it is told: `verified`, `missing`, `doubles`, `changed`, `not_compared`, `not_found_by_search`,
    /// `unknown`, `not_attempted`.
    pub findings: &'a Findings,
    /// Token and ids of what is there more than once, to be kept for an undo.
    pub doubles: Mutex<Vec<(Token, Vec<String>)>>,
}

impl Verify<'_> {
    /// Looks. `Some`: search cannot be used, for this reason, so that doubles were not looked for. Where the run ends
    /// before, its stop has the reason.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn run(&self) -> Result<Option<String>, Error> {
        let mut left = self.read(|reader| reader.ask(|view| view.uploaded_count(self.of)))?;
        // The stop has the reason.
        let distrust = self.search.trust().await.unwrap_or(Ok(())).err();
        let mut after = 0;
        while !self.caller().stop.is_ending() {
            let page =
                self.read(|reader| reader.ask(|view| view.uploaded_page(self.of, after, PAGE)))?;
            let Some((last, _)) = page.last() else {
                return Ok(distrust);
            };
            after = *last;
            let searches = distrust.is_none();
            let done = stream::iter(page)
                .map(|(_, line)| async move { self.one(&line, searches).await })
                .buffer_unordered(self.caller().pace.concurrency)
                .filter(|done| futures::future::ready(done.is_ok()))
                .count()
                .await;
            left = left.saturating_sub(done as u64);
        }
        self.findings.add("not_attempted", left);
        Ok(distrust)
    }

    fn caller(&self) -> &Caller {
        self.search.caller
    }

    fn read<T>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, LedgerError>,
    ) -> Result<T, Error> {
        Ok(question(self.reader)?)
    }

    async fn one(&self, line: &Standing, searches: bool) -> Result<(), Ended> {
        let Some(id) = line.state.api_id() else {
            return Ok(());
        };
        let read = self.caller().read(id).await?;
        let found = if searches {
            self.search.find(line.token).await?
        } else {
            Found::Unusable(String::new())
        };
        let found = match found {
            Found::Present(ids) => Some(self.not_undone(line.token, ids)?),
            Found::Absent => Some(Vec::new()),
            Found::Unusable(_) => None,
        };
        if let Some(ids) = &found {
            let there =
                usize::from(!matches!(read, Read::Gone) && !ids.iter().any(|found| found == id));
            if ids.len() + there > 1 {
                let mut all = ids.clone();
                if there == 1 {
                    all.insert(0, id.to_owned());
                }
                lock(&self.doubles).push((line.token, all.clone()));
                self.findings
                    .note_ids("doubles", line, all, "it is in Chattermill more than once");
            }
        }
        match read {
            Read::Unknown(why) => {
                self.findings
                    .note("unknown", line, format!("it cannot be read: {why}"));
            }
            Read::Gone => match found.filter(|ids| !ids.is_empty()) {
                Some(ids) => {
                    let message = format!("it is not there under the id {id}, but under another");
                    self.findings.note_ids("changed", line, ids, message);
                }
                None => self.findings.note("missing", line, "it is not there"),
            },
            Read::Here(response) => {
                match Verdict::of(&response, line) {
                    Verdict::AsSent => self.findings.count("verified"),
                    Verdict::CannotTell => self.findings.count("not_compared"),
                    verdict => self.findings.note("changed", line, verdict.words()),
                }
                if found.is_some_and(|ids| ids.is_empty()) {
                    self.findings.count("not_found_by_search");
                }
            }
        }
        Ok(())
    }

    /// Search may lag behind a deletion: an undone id is no hit.
    fn not_undone(&self, token: Token, mut ids: Vec<String>) -> Result<Vec<String>, Ended> {
        let undone = self
            .reader
            .ask(|view| view.undone_ids(token))
            .map_err(|error| {
                self.caller().stop.end(End::Stopped(error.to_string()));
                Ended
            })?;
        ids.retain(|id| !undone.contains(id));
        Ok(ids)
    }
}
