//! Deletes from Chattermill what a run's own POSTs created.
//!
//! Each response is read first: its token must match, and what was sent must be as it was sent; what somebody changed is
//! named and left, unless forced. `deleting` is in the ledger before the DELETE leaves. Where no answer says that it is
//! gone, a GET decides. Cut short, the same call goes on: what is gone is gone, and what is `deleting` is asked for.

use std::time::Duration;

use futures::{FutureExt, StreamExt, stream};
use tokio::time::Instant;

use super::caller::{Caller, Ended, Read, refusal};
use super::doubts::{Doubts, told};
use super::search::Search;
use super::{Findings, KEPT, Verdict};
use crate::api::answer::Seen;
use crate::api::responses::says_deleted;
use crate::ledger::{Direction, Event, Ledger, Note, RunNumber, Standing, State};
use crate::upload::retry::backoff;

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
    /// Where it is told: `deleted`, `already_gone`, `changed`, `in_doubt`, `failed`, `not_attempted`, `updated`,
    /// `doubles`, `not_created`.
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
                .ask(move |view| Ok((view.uploaded_count(of)?, view.doubts(run)?)))
                .await;
            let Ok((left, doubts)) = left else { return };
            let told = self.findings.get("changed") + self.findings.get("failed");
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
        let mut after = 0;
        loop {
            let of = self.of;
            let page = self
                .ledger
                .ask(move |view| view.uploaded_page(of, after, PAGE))
                .await;
            let page = told(self.caller(), page)?;
            let Some((last, _)) = page.last() else {
                return self.name_copies().await;
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

    fn caller(&self) -> &Caller {
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

    /// Further copies, made by requests that had no clear answer, are named: which of them somebody works with is not
    /// known.
    async fn name_copies(&self) -> Result<(), Ended> {
        let (of, run) = (self.of, self.run);
        let copies = self.ledger.ask(move |view| view.copies_of(of, run)).await;
        for (token, id) in told(self.caller(), copies)? {
            if !matches!(self.caller().read(&id).await?, Read::Gone) {
                let message = "a second copy of it is in Chattermill, made by a request without a clear answer: delete it \
                               there";
                self.findings
                    .note_token("doubles", token, vec![id], message);
            }
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
        let mut why = String::new();
        for attempt in 1..=self.caller().pace.attempts {
            let Ok(seen) = self.caller().delete(id).await else {
                // Requests in flight finish, unless the run ends at once: so none has left.
                if attempt == 1 && self.caller().stop.at_once().now_or_never().is_none() {
                    self.tell(line, Event::NotDeleted).await?;
                }
                return Err(Ended);
            };
            match seen {
                Seen::Answer(answer) if says_deleted(&answer) => return self.deleted(line).await,
                Seen::Answer(answer) if is_refusal(answer.status) => {
                    if matches!(answer.status, 401 | 403) {
                        // The inner reason would be one more of the same.
                        let _ = self.caller().about_run().await?;
                    }
                    self.tell(line, Event::NotDeleted).await?;
                    let words = refusal(answer.status, &answer);
                    self.findings.note(
                        "failed",
                        line,
                        format!("the API does not delete it: {words}"),
                    );
                    return Ok(());
                }
                Seen::Answer(answer) => why = refusal(answer.status, &answer),
                Seen::TimedOut => "no answer within the time-out".clone_into(&mut why),
                Seen::Lost(how) | Seen::NotConnected(how) => {
                    why = format!("the connection broke ({how})");
                }
            }
            match self.caller().read(id).await? {
                Read::Gone => return self.deleted(line).await,
                Read::Here(_) => {}
                Read::Unknown(how) => why = how,
            }
            self.caller()
                .sleep(backoff(attempt, rand::random()))
                .await?;
        }
        // It stays `deleting`: a request may still be under way.
        let message = format!(
            "it was not deleted, or not yet ({why}); `chatterload undo` on the same run goes on"
        );
        self.findings.note("failed", line, message);
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

/// A refusal of this response: not deleted, and it never will be so. 404 and 410 may mean that it is gone.
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 404 | 408 | 409 | 410)
}
