//! A known response brought up to date; a PUT is safe to repeat.

use std::time::SystemTime;

use serde_json::Value;

use super::deliver::body_of;
use super::rate::lock;
use super::retry::{Decision, backoff, decide};
use super::send::{Call, Sent, failed};
use super::{Engine, Work};
use crate::api::answer::{Answer, Meaning, Seen, carries_errors, meaning_of_post, words};
use crate::api::stays::stays;
use crate::outcome::Outcome;

impl Engine {
    /// Sends the whole body to a known id.
    pub(super) async fn update(&self, work: &Work, id: &str) -> Outcome {
        if self.book.begin_put(work).await.is_err() {
            return Outcome::NotAttempted;
        }
        let mut unclear = 0u32;
        loop {
            let put = || self.client.put(&self.project, id, work.body.clone());
            let (seen, turn) = match self.send(Call::Put, put).await {
                Sent::Seen(seen, turn) => (seen, turn),
                sent => {
                    let is_under_way = matches!(sent, Sent::LeftAlone);
                    self.book.not_updated(work, is_under_way || unclear > 0);
                    return Outcome::NotAttempted;
                }
            };
            let meaning = meaning_of_put(&seen, id, SystemTime::now());
            self.timeline.note(&meaning, turn.began);
            match decide(
                meaning.clone(),
                &self.learn(&meaning, turn),
                &self.delivery.limits,
            ) {
                Decision::Created(_) => {
                    let answer = body_of(seen);
                    self.book.updated(work, id, &answer);
                    let stayed = stays(&work.body, &answer, work.token);
                    lock(&self.stayed).note(&work.ticket.row, stayed);
                    return Outcome::Updated;
                }
                Decision::PauseAll(wait) => self.pause_all(turn, wait),
                Decision::Again(wait) => self.sleep(wait).await,
                Decision::End(end) => self.stop.end(end),
                Decision::Doubt { code, .. } => {
                    unclear += 1;
                    if unclear >= self.delivery.max_attempts {
                        self.book.not_updated(work, true);
                        return failed(
                            "update_unanswered",
                            format!("no clear answer to {unclear} updates: {code}"),
                        );
                    }
                    self.sleep(backoff(unclear, self.dice.unit())).await;
                }
                Decision::AskAboutRun { status, words } => {
                    if let Some(outcome) = self.ask_about_run(turn.began, status, &words).await {
                        self.book.not_updated(work, unclear > 0);
                        // The project is there, so it is the response that is not.
                        return if status == 404 {
                            failed(
                                "gone",
                                "it is no longer in Chattermill, and is not created anew".into(),
                            )
                        } else {
                            outcome
                        };
                    }
                }
                Decision::Settle(outcome) => {
                    self.book.not_updated(work, unclear > 0);
                    return outcome;
                }
            }
        }
    }
}

/// What was seen of a PUT to a known id. That an answer names the response proves nothing, unlike that of a POST.
fn meaning_of_put(seen: &Seen, id: &str, now: SystemTime) -> Meaning {
    match (seen, meaning_of_post(seen, now)) {
        (Seen::Answer(answer), _) if is_success(answer) => Meaning::Created(id.to_owned()),
        // An object, or it would have no id; and no success, so it carries errors.
        (Seen::Answer(answer), Meaning::Created(_)) => Meaning::Refused {
            code: format!("http_{}_errors", answer.status),
            words: words(&answer.body),
        },
        (_, meaning) => meaning,
    }
}

/// Whether a PUT was done: a success with an empty body, or with an object of JSON that carries no errors. Anything else,
/// such as a captive page, is none.
fn is_success(answer: &Answer) -> bool {
    if !(200..300).contains(&answer.status) {
        return false;
    }
    answer.body.is_empty()
        || serde_json::from_slice(&answer.body)
            .is_ok_and(|body: Value| body.is_object() && !carries_errors(&body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_no_success() {
        for (status, body, expected) in [
            (200, r#"{"response":{"id":7}}"#, true),
            (200, "{}", true),
            (204, "", true),
            (200, r#"{"id":7,"errors":[]}"#, true),
            (200, r#"{"errors":["no"]}"#, false),
            (200, "<html>Sign in</html>", false),
            (200, "{\"resp", false),
            (500, "{}", false),
        ] {
            let answer = Answer {
                status,
                body: body.into(),
                ..Answer::default()
            };
            assert_eq!(is_success(&answer), expected, "{status} {body}");
        }
    }

    /// That an answer names the response proves nothing: it was there before.
    #[test]
    fn an_update_with_errors_is_refused_whatever_id_comes_with_them() {
        for (body, refused) in [
            (
                r#"{"response":{"id":7},"errors":{"score":["too high"]}}"#,
                true,
            ),
            (r#"{"id":7,"error":"no"}"#, true),
            (r#"{"errors":["no"]}"#, true),
            (r#"{"response":{"id":7},"errors":{}}"#, false),
            (r#"{"response":{"id":7},"error":""}"#, false),
        ] {
            let seen = Seen::Answer(Answer {
                status: 200,
                body: body.into(),
                ..Answer::default()
            });
            let meaning = meaning_of_put(&seen, "7", SystemTime::UNIX_EPOCH);
            let expected = Meaning::Created("7".into());
            assert_eq!(meaning != expected, refused, "{body}");
            if refused {
                assert!(
                    matches!(&meaning, Meaning::Refused { code, .. } if code == "http_200_errors"),
                    "{body}: {meaning:?}"
                );
            }
        }
    }
}
