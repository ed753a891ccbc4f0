//! One response deleted by its id: a DELETE, and a GET where its answer does not say what became of it.

use futures::FutureExt;

use super::caller::{Caller, Ended, Read, refusal};
use crate::api::answer::Seen;
use crate::api::responses::says_deleted;
use crate::upload::retry::backoff;

/// What deleting came to.
pub(super) enum Erased {
    /// It is not there any more.
    Gone,
    /// The API does not delete it, in its words: it is still there.
    Refused(String),
    /// Not deleted, or not yet, for this reason: a request may still be under way.
    Unclear(String),
    /// The run ends, and nothing has left.
    NotSent,
}

/// Deletes a response.
///
/// # Errors
/// The run ends, and a request may have left.
pub(super) async fn erase(caller: &Caller, id: &str) -> Result<Erased, Ended> {
    let mut why = String::new();
    for attempt in 1..=caller.pace.attempts {
        let Ok(seen) = caller.delete(id).await else {
            // Requests in flight finish, unless the run ends at once: so none has left.
            if attempt == 1 && caller.stop.at_once().now_or_never().is_none() {
                return Ok(Erased::NotSent);
            }
            return Err(Ended);
        };
        match seen {
            Seen::Answer(answer) if says_deleted(&answer) => return Ok(Erased::Gone),
            Seen::Answer(answer) if is_refusal(answer.status) => {
                if matches!(answer.status, 401 | 403) {
                    // The inner reason would be one more of the same.
                    let _ = caller.about_run().await?;
                }
                return Ok(Erased::Refused(refusal(answer.status, &answer)));
            }
            Seen::Answer(answer) => why = refusal(answer.status, &answer),
            Seen::TimedOut => "no answer within the time-out".clone_into(&mut why),
            Seen::Lost(how) | Seen::NotConnected(how) => {
                why = format!("the connection broke ({how})");
            }
        }
        match caller.read(id).await? {
            Read::Gone => return Ok(Erased::Gone),
            Read::Here(_) => {}
            Read::Unknown(how) => why = how,
        }
        caller.sleep(backoff(attempt, rand::random())).await?;
    }
    Ok(Erased::Unclear(why))
}

/// What is said of what may not be deleted yet.
pub(super) fn not_yet(why: &str) -> String {
    format!("it was not deleted, or not yet ({why}); `chatterload undo` on the same run goes on")
}

/// A refusal of this response: not deleted, and it never will be so. 404 and 410 may mean that it is gone.
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 404 | 408 | 409 | 410)
}
