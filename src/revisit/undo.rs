//! Deletes from Chattermill what a run's own POSTs created.
//!
//! Each response is read first: its token must match, and what was sent must be as it was sent; what somebody changed is
//! named and left, unless forced. `deleting` is in the ledger before the DELETE leaves. Where no answer says that it is
//! gone, a GET decides. Cut short, the same call goes on: what is gone is gone, and what is `deleting` is asked for. Further
//! copies of a response, which a server made that created late or twice, are in `copies`.

use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::time::Instant;

use super::caller::{Caller, Ended, Read};
use super::doubts::{Doubts, told};
use super::erase::{Erased, erase, not_yet};
use super::search::Search;
use super::{Findings, KEPT, Verdict};
use crate::ledger::{Direction, Event, Ledger, Note, RunNumber, Standing, State, Taken};

/// So many responses are taken from the ledger at a time.
const PAGE: u32 = 500;

/// What to undo, and how.
pub struct Undo<'a> {
    /// Who asks, and the attribute to search by.
    pub search: Search<'a>,
    /// The ledger, under the scope's lock.
    pub ledger: &'a Ledger,
    /// The run that undoes.
    pub run: RunNumber,
    /// The run that is undone.
    pub of: RunNumber,
    /// When the undoing run began.
    pub began: Instant,
    /// How long after that a doubt's absence counts, at the least.
    pub settle: Duration,
    /// The time-out of a request.
    pub timeout: Duration,
    /// Whether what somebody changed is deleted too.
    pub force: bool,
    /// Where it is told: `deleted`, `doubles_deleted`, `already_gone`, `changed`, `in_doubt`, `failed`, `not_attempted`,
    /// `updated`, `doubles`, `not_searched`, `not_created`, `taken_back`.
    pub findings: &'a Findings,
}

impl Undo<'_> {
    /// Undoes it. Where the run ends before, its stop has the reason, and what was left is counted as `not_attempted`.
    pub async fn run(&self) {
        // The stop has the reason.
        let ended = self.all().await.is_err();
        let (of, run) = (self.of, self.run);
        let _ = self.ledger.flush().await;
        if ended || self.caller().stop.is_ending() {
            let left = self
                .ledger
                .ask(move |view| {
                    let left = view.uploaded_count(of)? + view.copies_of(of)?.len() as u64;
                    Ok((left, view.doubts(run)?))
                })
                .await;
            let Ok((left, doubts)) = left else { return };
            let told = ["changed", "failed", "doubles"].map(|what| self.findings.get(what));
            let told = told.iter().sum();
            self.findings
                .add("not_attempted", left.saturating_sub(told));
            if self.findings.get("in_doubt") == 0 {
                let doubts = doubts.iter().filter(|doubt| doubt.run == of).count();
                self.findings.add("in_doubt", doubts as u64);
            }
        }
    }

    async fn all(&self) -> Result<(), Ended> {
        let run = self.run;
        told(self.caller(), self.ledger.bury_dead(run).await)?;
        let doubts = Doubts {
            search: self.search,
            ledger: self.ledger,
            run,
            of: self.of,
            began: self.began,
            settle: self.settle,
            timeout: self.timeout,
            findings: self.findings,
        };
        doubts.resolve().await?;
        self.list_updates().await?;
        // Before what they are copies of: as long as that is there, its row is not new to an import.
        self.look_for_copies().await?;
        self.delete_copies().await?;
        let mut after = 0;
        loop {
            let of = self.of;
            let page = self
                .ledger
                .ask(move |view| view.uploaded_page(of, after, PAGE))
                .await;
            let page = told(self.caller(), page)?;
            let Some((last, _)) = page.last() else {
                self.take_back_others().await?;
                return self.forget_claims().await;
            };
            after = *last;
            stream::iter(page)
                .for_each_concurrent(self.caller().pace.concurrency, |(_, line)| async move {
                    // The stop has the reason, and is asked below.
                    let _ = self.one(&line).await;
                })
                .await;
            if self.caller().stop.is_ending() {
                return Err(Ended);
            }
        }
    }

    /// Rows of which the run deleted its own response and not the one that was there before it are there, and not new.
    async fn take_back_others(&self) -> Result<(), Ended> {
        let of = self.of;
        let others = self.ledger.ask(move |view| view.others_beside(of)).await;
        let others = told(self.caller(), others)?;
        let taken = self.ledger.take_back(self.run, others).await;
        let taken = told(self.caller(), taken)?;
        let back = taken.iter().filter(|taken| **taken == Taken::Back).count();
        self.findings.add("taken_back", back as u64);
        Ok(())
    }

    /// A copy of what this run and another one sent is the other's alone from now on. Not where something is to be tried
    /// again.
    async fn forget_claims(&self) -> Result<(), Ended> {
        if self.findings.get("failed") == 0 {
            let forgotten = self.ledger.forget_earlier_posts(self.of).await;
            told(self.caller(), forgotten)?;
        }
        Ok(())
    }

    pub(super) fn caller(&self) -> &Caller {
        self.search.caller
    }

    /// What the run updated is not undone: what it was before is not known.
    async fn list_updates(&self) -> Result<(), Ended> {
        let of = self.of;
        let question = self.ledger.ask(move |view| {
            let (mut updated, mut more) = (Vec::new(), 0);
            view.updated_by(of, |line| {
                match line.run == of {
                    true => {}
                    false if updated.len() < KEPT => updated.push(line),
                    false => more += 1,
                }
                Direction::Continue(())
            })?;
            Ok((updated, more))
        });
        let (updated, more) = told(self.caller(), question.await)?;
        self.findings.add("updated", more);
        for line in updated {
            // Its place is one of the run that created it.
            let ids = line.state.api_id().map(str::to_owned).into_iter().collect();
            let message = "the run only updated it: what it was before is not known, so it stays";
            self.findings
                .note_token("updated", line.token, ids, message);
        }
        Ok(())
    }

    async fn one(&self, line: &Standing) -> Result<(), Ended> {
        let Some(id) = line.state.api_id() else {
            return Ok(());
        };
        if self.caller().stop.is_ending() {
            return Err(Ended);
        }
        let begun = matches!(line.state, State::Deleting(..));
        match self.caller().read(id).await? {
            // An earlier undo's DELETE reached it.
            Read::Gone if begun => {
                self.tell(line, Event::Deleted).await?;
                self.findings.count("deleted");
            }
            Read::Gone => {
                self.begin(line).await?;
                self.tell(line, Event::Deleted).await?;
                self.findings.count("already_gone");
            }
            Read::Unknown(why) => {
                self.findings
                    .note("failed", line, format!("it cannot be read: {why}"));
            }
            Read::Here(response) => match Verdict::of(&response, line) {
                Verdict::AsSent => self.delete(line, id).await?,
                Verdict::Changed | Verdict::CannotTell if self.force => {
                    self.delete(line, id).await?;
                }
                verdict => {
                    if begun {
                        self.tell(line, Event::NotDeleted).await?;
                    }
                    self.findings.note("changed", line, verdict.words());
                }
            },
        }
        Ok(())
    }

    async fn delete(&self, line: &Standing, id: &str) -> Result<(), Ended> {
        self.begin(line).await?;
        match erase(self.caller(), id).await? {
            Erased::Gone => self.deleted(line).await?,
            Erased::NotSent => {
                self.tell(line, Event::NotDeleted).await?;
                return Err(Ended);
            }
            Erased::Refused(words) => {
                self.tell(line, Event::NotDeleted).await?;
                let message = format!("the API does not delete it: {words}");
                self.findings.note("failed", line, message);
            }
            // It stays `deleting`: a request may still be under way.
            Erased::Unclear(why) => self.findings.note("failed", line, not_yet(&why)),
        }
        Ok(())
    }

    async fn deleted(&self, line: &Standing) -> Result<(), Ended> {
        self.tell(line, Event::Deleted).await?;
        self.findings.count("deleted");
        Ok(())
    }

    /// Nothing may leave before this returns.
    async fn begin(&self, line: &Standing) -> Result<(), Ended> {
        told(
            self.caller(),
            self.ledger.begin_delete(self.run, line.token).await,
        )
    }

    async fn tell(&self, line: &Standing, event: Event) -> Result<(), Ended> {
        told(
            self.caller(),
            self.ledger.settle(line.token, event, Note::default()).await,
        )
        .map(drop)
    }
}
