//! What to do after an answer, as a value: no sleeping, no sending, no counting here.

use std::fmt;
use std::time::Duration;

use crate::api::answer::Meaning;
use crate::outcome::{Outcome, Rejection};

/// What a run bears before it ends.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest wait that is obeyed; a longer one ends the run.
    pub max_wait: Duration,
    /// Failed connections in a row that end a run which has had no answer yet.
    pub connects_before_first_answer: u32,
    /// How long nothing may answer, later on, before the run ends.
    pub give_up_after: Duration,
}

/// What is known beside the answer itself.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Whether the API has answered anything yet.
    pub answered: bool,
    /// Failed connections in a row, this one included.
    pub connects_in_a_row: u32,
    /// Answers that asked to wait in a row, this one included.
    pub waits_in_a_row: u32,
    /// Since when nothing got through.
    pub without_progress: Duration,
    /// A random number from 0 to 1, for the jitter.
    pub random: f64,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Created under this id.
    Created(String),
    /// The response is settled: refused.
    Settle(Outcome),
    /// Perhaps created: to be resolved by asking.
    Doubt {
        /// `timeout`, `http_502`.
        code: String,
        /// In words.
        why: String,
    },
    /// Nothing was created: everybody waits, then this response is sent again. No attempt is counted.
    PauseAll(Duration),
    /// Nothing was created: this response waits, then is sent again. No attempt is counted.
    Again(Duration),
    /// Ask the API whether it refuses the row or the run.
    AskAboutRun {
        /// The status of the refusal.
        status: u16,
        /// What the server said.
        words: String,
    },
    /// The run ends; the response was not created.
    End(End),
}

/// For the log: without the server's words, which may quote a comment.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created(id) => write!(f, "created, id {id}"),
            Self::Settle(outcome) => match outcome.failure() {
                Some((status, why)) => write!(f, "{status}, {}", why.code),
                None => f.write_str("settled"),
            },
            Self::Doubt { code, .. } => write!(f, "in doubt, {code}"),
            Self::PauseAll(wait) => write!(f, "all wait for {}", human(*wait)),
            Self::Again(wait) => write!(f, "again after {}", human(*wait)),
            Self::AskAboutRun { status, .. } => {
                write!(f, "HTTP {status}, of the response or of the run")
            }
            Self::End(_) => f.write_str("the run ends"),
        }
    }
}

/// Why a run ends before its input does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The API refuses us, redirects or never answered: exit 4.
    Refused(String),
    /// Stopped before the end: exit 5.
    Stopped(String),
    /// Something that the user has to put right first, found before anything was posted: exit 2.
    Usage(String),
}

/// Decides after a POST.
pub fn decide(meaning: Meaning, context: &Context, limits: &Limits) -> Decision {
    match meaning {
        Meaning::Created(id) => Decision::Created(id),
        Meaning::Refused { code, words } => {
            let message = format!("the API refused the response: {words}");
            Decision::Settle(Outcome::Failed(Rejection::new(code, "", message)))
        }
        Meaning::RowOrRun { status, words } => Decision::AskAboutRun { status, words },
        Meaning::Doubt { code, why } => Decision::Doubt { code, why },
        Meaning::Elsewhere(location) => Decision::End(End::Refused(format!(
            "the API address answers with a redirect{}: a POST is never redirected, correct --api-url",
            if location.is_empty() {
                String::new()
            } else {
                format!(" to {location}")
            }
        ))),
        Meaning::Wait(asked) => wait(asked, context, limits),
        Meaning::NotConnected(why) => not_connected(&why, context, limits),
    }
}

/// The rejection of a response that may or may not have been created.
pub fn in_doubt(code: String, why: &str) -> Rejection {
    let message = format!(
        "in doubt, and so not sent again: {why}. Look in Chattermill whether it is there; if it is not, empty the cell \
         _status and run `chatterload retry` on this file"
    );
    Rejection::new(code, "", message)
}

fn wait(asked: Option<Duration>, context: &Context, limits: &Limits) -> Decision {
    if context.without_progress > limits.give_up_after {
        return Decision::End(End::Stopped(format!(
            "the API has asked to wait for {} on end: stopped, run the same command again later",
            human(context.without_progress)
        )));
    }
    match asked {
        Some(wait) if wait > limits.max_wait => Decision::End(End::Stopped(format!(
            "the API asks to wait for {}, longer than --max-wait {}: stopped, run the same command again after that",
            human(wait),
            human(limits.max_wait)
        ))),
        // A little jitter above the wait, never below it, so that not everybody comes back at once.
        Some(wait) => Decision::PauseAll(wait + Duration::from_millis(50).mul_f64(context.random)),
        None => Decision::PauseAll(backoff(context.waits_in_a_row, context.random)),
    }
}

fn not_connected(why: &str, context: &Context, limits: &Limits) -> Decision {
    if !context.answered && context.connects_in_a_row >= limits.connects_before_first_answer {
        return Decision::End(End::Refused(format!(
            "nothing answers at the API address: {why}"
        )));
    }
    if context.answered && context.without_progress > limits.give_up_after {
        return Decision::End(End::Stopped(format!(
            "the API has been out of reach for {} ({why}): stopped, run the same command again later",
            human(context.without_progress)
        )));
    }
    // By the time it takes, not by how many have met it: there may be hundreds in flight.
    Decision::Again(jitter(context.without_progress, context.random))
}

/// Full jitter below a bound that doubles each time.
pub fn backoff(in_a_row: u32, random: f64) -> Duration {
    jitter(
        Duration::from_secs(1 << in_a_row.saturating_sub(1).min(6)),
        random,
    )
}

/// A random part of a bound, which is a second at the least and a minute at most; and at least 50 ms.
fn jitter(bound: Duration, random: f64) -> Duration {
    bound
        .clamp(Duration::from_secs(1), Duration::from_mins(1))
        .mul_f64(random.clamp(0.0, 1.0))
        .max(Duration::from_millis(50))
}

/// A duration as people say it: `20 s`, `5 min`, `2 h`.
pub fn human(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        seconds @ 1..=119 => format!("{seconds} s"),
        seconds @ 120..=7199 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        max_wait: Duration::from_mins(5),
        connects_before_first_answer: 3,
        give_up_after: Duration::from_mins(15),
    };

    fn context() -> Context {
        Context {
            answered: true,
            connects_in_a_row: 1,
            waits_in_a_row: 1,
            without_progress: Duration::ZERO,
            random: 0.5,
        }
    }

    #[test]
    fn doubt_is_never_sent_again_without_asking() {
        let meaning = Meaning::Doubt {
            code: "http_502".into(),
            why: "why".into(),
        };
        let expected = Decision::Doubt {
            code: "http_502".into(),
            why: "why".into(),
        };
        assert_eq!(decide(meaning, &context(), &LIMITS), expected);
    }

    #[test]
    fn a_log_does_not_say_what_the_server_said() {
        let (code, words) = ("http_422".to_owned(), "in 'Nine days late'".to_owned());
        let refused = Meaning::Refused {
            code,
            words: words.clone(),
        };
        let asks = Meaning::RowOrRun { status: 403, words };
        for (meaning, told) in [
            (refused, "failed, http_422"),
            (asks, "HTTP 403, of the response or of the run"),
        ] {
            let decision = decide(meaning, &context(), &LIMITS);
            assert_eq!(decision.to_string(), told);
        }
    }

    #[test]
    fn the_servers_wait_is_obeyed_up_to_the_limit() {
        let wait = |seconds| {
            decide(
                Meaning::Wait(Some(Duration::from_secs(seconds))),
                &context(),
                &LIMITS,
            )
        };
        let Decision::PauseAll(pause) = wait(300) else {
            panic!("no pause")
        };
        assert!(pause >= Duration::from_mins(5) && pause < Duration::from_secs(301));
        assert!(matches!(wait(301), Decision::End(End::Stopped(_))));
    }

    #[test]
    fn three_failed_connects_end_a_run_that_had_no_answer() {
        let seen = |answered, connects_in_a_row| {
            let context = Context {
                answered,
                connects_in_a_row,
                ..context()
            };
            decide(Meaning::NotConnected("refused".into()), &context, &LIMITS)
        };
        assert!(matches!(seen(false, 2), Decision::Again(_)));
        assert!(matches!(seen(false, 3), Decision::End(End::Refused(_))));
        assert!(matches!(seen(true, 300), Decision::Again(_)));
    }

    #[test]
    fn a_short_outage_is_waited_for_shortly_however_many_meet_it() {
        let wait = |without_progress| {
            let context = Context {
                connects_in_a_row: 300,
                without_progress,
                random: 1.0,
                ..context()
            };
            decide(Meaning::NotConnected("refused".into()), &context, &LIMITS)
        };
        let seconds = |seconds| Decision::Again(Duration::from_secs(seconds));
        assert_eq!(wait(Duration::from_millis(300)), seconds(1));
        assert_eq!(wait(Duration::from_secs(20)), seconds(20));
        assert_eq!(wait(Duration::from_mins(5)), seconds(60));
    }

    #[test]
    fn an_api_that_ceased_to_answer_stops_the_run() {
        let late = Context {
            without_progress: Duration::from_secs(901),
            ..context()
        };
        for meaning in [Meaning::NotConnected("refused".into()), Meaning::Wait(None)] {
            assert!(matches!(
                decide(meaning, &late, &LIMITS),
                Decision::End(End::Stopped(_))
            ));
        }
    }

    #[test]
    fn a_redirect_ends_the_run() {
        let decision = decide(
            Meaning::Elsewhere("https://login".into()),
            &context(),
            &LIMITS,
        );
        assert!(
            matches!(decision, Decision::End(End::Refused(message)) if message.contains("https://login"))
        );
    }

    #[test]
    fn backoff_doubles_up_to_a_minute() {
        assert_eq!(backoff(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(3, 1.0), Duration::from_secs(4));
        assert_eq!(backoff(50, 1.0), Duration::from_mins(1));
        assert_eq!(backoff(50, 0.0), Duration::from_millis(50));
    }
}
