//! A new response on its way: posted, and asked about where the answer leaves doubt, until it is settled.

use std::time::SystemTime;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::doubt::Doubt;
use super::rate::lock;
use super::resolve::Resolved;
use super::retry::{Decision, decide, in_doubt};
use super::send::{Call, Sent};
use super::{Double, Engine, Work};
use crate::api::answer::{Seen, meaning_of_post};
use crate::api::responses::gives_another;
use crate::outcome::Outcome;

/// What a delivery comes to.
pub(super) enum Delivered {
    /// This became of the response.
    Settled(Outcome),
    /// An earlier run's doubt was resolved: it is there, and to be compared with what its row brings now.
    Known,
}

/// What a POST came to, after all waits.
enum Posted {
    /// Under this id; the answer's body tells what the API made of it.
    Created(String, Bytes),
    /// Not created, and this became of it.
    Settled(Outcome),
    /// The run ended before it left.
    NotSent,
    Doubt(Doubt),
}

impl Engine {
    /// Delivers a new response, or one in doubt from an earlier run. A response in doubt gives its place back. That it is
    /// about to be posted `is_noted` already, or is noted here.
    pub(super) async fn deliver(
        &self,
        work: &Work,
        mut place: Option<OwnedSemaphorePermit>,
        mut doubt: Option<Doubt>,
        mut is_noted: bool,
    ) -> Delivered {
        let mut attempts = 0;
        // What is sent again although an earlier request may have created it, against all that search says.
        let mut again: Option<Doubt> = None;
        loop {
            if let Some(asked) = doubt.take() {
                drop(place.take());
                // Rare, and large: the room for it would be taken, and moved, for every response.
                match Box::pin(self.resolve(work, &asked)).await {
                    Resolved::Present(ids) => return self.found(work, &asked, &ids),
                    // Of what was never sent this is the first request.
                    Resolved::Absent if asked.unsent.is_some() => {}
                    Resolved::Absent if attempts < self.delivery.max_attempts => {
                        again = Some(asked);
                    }
                    Resolved::Absent => {
                        self.not_acknowledged(work);
                        let why = format!(
                            "{attempts} requests had no clear answer ({}), and search finds nothing",
                            asked.why
                        );
                        return Delivered::Settled(self.hold(work, &asked, &why));
                    }
                    Resolved::Held(_)
                        if asked.unsent.is_some() && attempts == 0 && self.stop.is_ending() =>
                    {
                        self.not_acknowledged(work);
                        return Delivered::Settled(Outcome::NotAttempted);
                    }
                    Resolved::Held(why) => {
                        self.not_acknowledged(work);
                        return Delivered::Settled(self.hold(work, &asked, &why));
                    }
                }
            }
            if place.is_none() {
                place = self.place(Call::Post { again: false }).await;
            }
            attempts += 1;
            let may_leave = place.is_some()
                && (std::mem::take(&mut is_noted)
                    || self.book.begin_post(work, again.is_some()).await.is_ok());
            let posted = if may_leave {
                self.post(work, again.is_some(), attempts > 1).await
            } else {
                Posted::NotSent
            };
            match posted {
                Posted::Created(id, answer) => {
                    self.acknowledged(work, &id, &answer, again.is_some());
                    return Delivered::Settled(Outcome::Uploaded);
                }
                Posted::Doubt(new) => {
                    let told = lock(&self.inquiry.doubts).probe_in_doubt(work.token);
                    if told {
                        self.inquiry.tell();
                    }
                    doubt = Some(new);
                }
                Posted::Settled(outcome) => {
                    self.not_acknowledged(work);
                    return Delivered::Settled(outcome);
                }
                Posted::NotSent => {
                    self.not_acknowledged(work);
                    // What was in doubt is searched for once more by the next run, for it may have come late.
                    return Delivered::Settled(if let Some(asked) = again {
                        self.hold(work, &asked, &format!("{}, and the run ended", asked.why))
                    } else {
                        self.book.not_created(work);
                        Outcome::NotAttempted
                    });
                }
            }
        }
    }

    /// Posts until an answer says something else than to wait. What is sent `after_doubt` may be there twice; whether this
    /// run has posted it before says `again`.
    async fn post(&self, work: &Work, after_doubt: bool, mut again: bool) -> Posted {
        if after_doubt {
            lock(&self.inquiry.resent).insert(work.token, None);
        }
        loop {
            let post = || self.client.post(&self.responses, work.body.clone());
            let (seen, turn) = match self.send(Call::Post { again }, post).await {
                Sent::Seen(seen, turn) => (seen, turn),
                Sent::Nothing => return Posted::NotSent,
                Sent::LeftAlone => {
                    self.book.doubt(work, "interrupted");
                    let why = "the run was ended while its request was in flight";
                    return Posted::Settled(Outcome::InDoubt(in_doubt("interrupted".into(), why)));
                }
            };
            again = true;
            let meaning = meaning_of_post(&seen, SystemTime::now());
            self.timeline.note(&meaning, turn.began);
            let context = self.learn(&meaning, turn);
            let decision = decide(meaning, &context, &self.delivery.limits);
            tracing::debug!(token = %work.token, row = work.ticket.row.position.row, %decision, "answered");
            match decision {
                Decision::Created(id) => {
                    let answer = body_of(seen);
                    if !self.is_of_another(&answer, work) {
                        return Posted::Created(id, answer);
                    }
                    return Posted::Doubt(Doubt {
                        code: "another_response".to_owned(),
                        why: "the answer gives another response".to_owned(),
                        ended: Instant::now(),
                        timed_out: false,
                        earlier: false,
                        unsent: None,
                    });
                }
                Decision::Settle(outcome) => {
                    self.refused(work, &outcome);
                    return Posted::Settled(outcome);
                }
                Decision::Doubt { code, why } => {
                    let timed_out = matches!(seen, Seen::TimedOut);
                    return Posted::Doubt(Doubt {
                        code,
                        why,
                        ended: Instant::now(),
                        timed_out,
                        earlier: false,
                        unsent: None,
                    });
                }
                Decision::PauseAll(wait) => self.pause_all(turn, wait),
                Decision::Again(wait) => Box::pin(self.sleep(wait)).await,
                Decision::AskAboutRun { status, words } => {
                    let asked = Box::pin(self.ask_about_run(turn.began, status, &words));
                    if let Some(outcome) = asked.await {
                        self.refused_after_all();
                        self.refused(work, &outcome);
                        return Posted::Settled(outcome);
                    }
                }
                Decision::End(end) => self.stop.end(end),
            }
        }
    }

    fn is_of_another(&self, answer: &[u8], work: &Work) -> bool {
        let attribute = self.attribute.as_deref();
        attribute.is_some_and(|attribute| gives_another(answer, attribute, work.token))
    }

    fn refused(&self, work: &Work, outcome: &Outcome) {
        let code = outcome.failure().map_or("", |(_, why)| why.code.as_ref());
        self.book.refused(work, code);
    }

    /// The API gave an id.
    fn acknowledged(&self, work: &Work, id: &str, answer: &[u8], again: bool) {
        self.book.created(work, id, answer);
        if again {
            lock(&self.inquiry.resent).insert(work.token, Some(id.to_owned()));
        }
        let told = lock(&self.inquiry.doubts).acknowledge(work.token, Instant::now());
        if told {
            self.inquiry.tell();
        }
        self.inquiry.offer_for_lag(work.token, id);
    }

    /// The response will not be acknowledged by the request that was sent last.
    fn not_acknowledged(&self, work: &Work) {
        let told = lock(&self.inquiry.doubts).no_longer_probe(work.token);
        if told {
            self.inquiry.tell();
        }
    }

    /// Search found it.
    fn found(&self, work: &Work, asked: &Doubt, ids: &[String]) -> Delivered {
        let told = lock(&self.inquiry.doubts).found(work.token);
        if told {
            self.inquiry.tell();
        }
        if ids.len() > 1 {
            self.note_double(Double {
                token: work.token,
                ids: ids.to_vec(),
            });
        }
        let id = ids.first().map_or("", String::as_str);
        if asked.earlier {
            self.book.found(work, id);
            return Delivered::Known;
        }
        self.book.created(work, id, b"");
        Delivered::Settled(Outcome::Uploaded)
    }

    /// Nobody can tell: it stays in doubt.
    fn hold(&self, work: &Work, asked: &Doubt, why: &str) -> Outcome {
        self.book.doubt(work, &asked.code);
        Outcome::InDoubt(in_doubt(asked.code.clone(), why))
    }
}

/// The body of an answer.
pub(super) fn body_of(seen: Seen) -> Bytes {
    match seen {
        Seen::Answer(answer) => answer.body,
        Seen::NotConnected(_) | Seen::TimedOut | Seen::Lost(_) => Bytes::new(),
    }
}
