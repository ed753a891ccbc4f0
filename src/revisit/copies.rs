//! Further copies of what a run sent: a server created late, or twice.
//!
//! A copy is known by the ledger's `doubles`; what the run sent again after a doubt is searched for once more, for a copy
//! may have come to light since. It is deleted where it is certain that it is this run's: it carries the token to the
//! letter, it is as it was sent, and no other run sent that token, or every other one that did was undone, and no other
//! ledger had loaded what the run sent. The rest is named; but what was there before a run sent it once is no copy of it.
//! Its id is noted as undone once it is gone; until then it stays among `doubles`, so that an undo that was cut short goes
//! on with it.

use futures::{StreamExt, stream};

use super::caller::{Ended, Read};
use super::doubts::told;
use super::erase::{Erased, erase, not_yet};
use super::undo::Undo;
use super::{Findings, Verdict};
use crate::ledger::{Copy, Standing};
use crate::upload::Found;

impl Undo<'_> {
    /// Searches for copies of what was sent more than once. What search cannot tell is named.
    pub(super) async fn look_for_copies(&self) -> Result<(), Ended> {
        let of = self.of;
        let sent_again = self.ledger.ask(move |view| view.sent_again(of)).await;
        let sent_again = told(self.caller(), sent_again)?;
        if sent_again.is_empty() {
            return Ok(());
        }
        let distrust = self.search.trust().await?.err();
        stream::iter(sent_again)
            .for_each_concurrent(self.caller().pace.concurrency, |line| {
                let distrust = distrust.clone();
                async move {
                    // The stop has the reason, and is asked below.
                    let _ = self.look_for_copies_of(&line, distrust).await;
                }
            })
            .await;
        self.goes_on()
    }

    async fn look_for_copies_of(
        &self,
        line: &Standing,
        distrust: Option<String>,
    ) -> Result<(), Ended> {
        let found = match distrust {
            Some(why) => Found::Unusable(why),
            None => self.search.find(line.token).await?,
        };
        let why = match found {
            Found::Present(ids) => {
                let token = line.token;
                let undone = self.ledger.ask(move |view| view.undone_ids(token)).await;
                let undone = told(self.caller(), undone)?;
                for id in ids {
                    if line.state.api_id() != Some(&id) && !undone.contains(&id) {
                        self.ledger.double(self.run, token, id);
                    }
                }
                return Ok(());
            }
            // What is there is not found either: search lags, or hides it.
            Found::Absent if line.state.is_there() => "search does not find it".to_owned(),
            Found::Absent => return Ok(()),
            Found::Unusable(why) => why,
        };
        let message = format!(
            "it was sent more than once, and whether there is a second copy cannot be told: {why}"
        );
        self.about(line, "not_searched", Vec::new(), message);
        Ok(())
    }

    /// Deletes the copies that are certainly this run's, and names the others.
    pub(super) async fn delete_copies(&self) -> Result<(), Ended> {
        let of = self.of;
        let copies = self.ledger.ask(move |view| view.copies_of(of)).await;
        stream::iter(told(self.caller(), copies)?)
            .for_each_concurrent(self.caller().pace.concurrency, |copy| async move {
                // The stop has the reason, and is asked below.
                let _ = self.delete_copy(copy).await;
            })
            .await;
        self.goes_on()
    }

    async fn delete_copy(&self, copy: Copy) -> Result<(), Ended> {
        self.goes_on()?;
        let line = &copy.of;
        let (what, why) = match self.caller().read(&copy.id).await? {
            // Somebody deleted it, or an earlier undo whose end was not noted.
            Read::Gone => {
                self.note_undone(&copy).await?;
                self.findings.count("already_gone");
                return Ok(());
            }
            Read::Unknown(why) => ("failed", format!("its second copy cannot be read: {why}")),
            Read::Here(_) if copy.or_of_another_ledger => {
                let why = "a second copy of it is left: another ledger, or one that is lost, had loaded it";
                ("doubles", why.to_owned())
            }
            Read::Here(_) if copy.was_sent_once && !self.force => {
                let why = "a second copy of it is left: it was sent once, so that another ledger may have posted it before; \
                           --force deletes it";
                ("doubles", why.to_owned())
            }
            Read::Here(response) => match (Verdict::of(&response, line), &copy.or_of) {
                (Verdict::AsSent, None) => return self.erase_copy(&copy).await,
                (Verdict::Changed | Verdict::CannotTell, None) if self.force => {
                    return self.erase_copy(&copy).await;
                }
                (Verdict::AsSent, Some(other)) => {
                    let why = format!(
                        "a second copy of it is left: run {other} sent it too, and which of the two made this one is \
                         not known. `chatterload undo {other}` deletes it"
                    );
                    ("doubles", why)
                }
                (verdict, _) => {
                    let why = verdict.words();
                    ("doubles", format!("a second copy of it is left: {why}"))
                }
            },
        };
        self.about(line, what, vec![copy.id], why);
        Ok(())
    }

    async fn erase_copy(&self, copy: &Copy) -> Result<(), Ended> {
        let why = match erase(self.caller(), &copy.id).await? {
            Erased::Gone => {
                self.note_undone(copy).await?;
                self.findings.count("doubles_deleted");
                return Ok(());
            }
            Erased::NotSent => return Err(Ended),
            Erased::Refused(words) => format!("the API does not delete its second copy: {words}"),
            Erased::Unclear(why) => format!("its second copy: {}", not_yet(&why)),
        };
        self.about(&copy.of, "failed", vec![copy.id.clone()], why);
        Ok(())
    }

    async fn note_undone(&self, copy: &Copy) -> Result<(), Ended> {
        let noted = self
            .ledger
            .copy_undone(self.run, copy.of.token, copy.id.clone())
            .await;
        told(self.caller(), noted)
    }

    /// A place in a file is one of the run that sent the response last.
    fn about(&self, line: &Standing, what: &'static str, ids: Vec<String>, message: String) {
        let findings: &Findings = self.findings;
        if line.run == self.of {
            findings.note_ids(what, line, ids, message);
        } else {
            findings.note_token(what, line.token, ids, message);
        }
    }

    fn goes_on(&self) -> Result<(), Ended> {
        if self.caller().stop.is_ending() {
            return Err(Ended);
        }
        Ok(())
    }
}
