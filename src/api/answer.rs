//! From what was seen of a request to what it means: the table "What an answer to a POST means", as a pure function.
//!
//! The rule behind it: a response counts as not created only where the server cannot have created it. Whatever leaves
//! room for doubt is doubt, and is resolved by asking, never by sending again.

use std::time::Duration;

use serde_json::Value;

use super::outline::Outline;

pub use super::words::words;

/// What was seen of one request.
#[derive(Clone, Debug)]
pub enum Seen {
    /// An answer, read to its end.
    Answer(Answer),
    /// No connection: refused, unreachable, TLS or DNS failed. Not a byte of the request left.
    NotConnected(String),
    /// Connected, but no whole answer within the time-out.
    TimedOut,
    /// The connection broke after the request had begun to leave.
    Lost(String),
}

/// An answer's parts that matter.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Retry-After`, as it stood.
    pub retry_after: Option<String>,
    /// The header `Date`, as it stood.
    pub date: Option<String>,
    /// The header `Location`, as it stood.
    pub location: Option<String>,
    /// The body.
    pub body: bytes::Bytes,
}

/// What it means for the response that was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Created, under this id.
    Created(String),
    /// Not created, and it never will be as it is. `code` is stable, `words` are the server's.
    Refused {
        /// `http_422`, or `http_200_errors` where a success carried errors.
        code: String,
        /// What the server said.
        words: String,
    },
    /// Not created: the server asks everybody to wait, for so long where it says it.
    Wait(Option<Duration>),
    /// Not created: nothing answered at the other end.
    NotConnected(String),
    /// Not created; whether the row or the whole run is meant must be asked elsewhere (401, 403, 404).
    RowOrRun {
        /// The status.
        status: u16,
        /// What the server said.
        words: String,
    },
    /// Not the API: a redirect.
    Elsewhere(String),
    /// Perhaps created.
    Doubt {
        /// `timeout`, `connection_lost`, `http_502`, `unreadable_answer`.
        code: String,
        /// In words.
        why: String,
    },
}

/// The meaning of what was seen of a POST. `now` is our clock, used only for a `Retry-After` date in an answer that
/// has no `Date`.
pub fn meaning_of_post(seen: &Seen, now: std::time::SystemTime) -> Meaning {
    let answer = match seen {
        Seen::Answer(answer) => answer,
        Seen::NotConnected(why) => return Meaning::NotConnected(why.clone()),
        Seen::TimedOut => {
            return doubt(
                "timeout",
                "no answer came within the time-out, after the request had been sent",
            );
        }
        Seen::Lost(why) => {
            return doubt(
                "connection_lost",
                &format!("the connection broke before an answer came ({why})"),
            );
        }
    };
    let status = answer.status;
    match status {
        200..=299 => success(answer),
        300..=399 => Meaning::Elsewhere(answer.location.clone().unwrap_or_default()),
        429 => Meaning::Wait(wait(answer, now)),
        503 if answer.retry_after.is_some() => Meaning::Wait(wait(answer, now)),
        400 | 413 | 415 | 422 => Meaning::Refused {
            code: format!("http_{status}"),
            words: words(&answer.body),
        },
        401 | 403 | 404 => Meaning::RowOrRun {
            status,
            words: words(&answer.body),
        },
        _ => doubt(
            &format!("http_{status}"),
            &format!(
                "the answer was HTTP {status}, which does not say whether the response was created"
            ),
        ),
    }
}

fn doubt(code: &str, why: &str) -> Meaning {
    Meaning::Doubt {
        code: code.to_owned(),
        why: why.to_owned(),
    }
}

fn success(answer: &Answer) -> Meaning {
    if let Some(id) = quick_id(&answer.body) {
        return Meaning::Created(id);
    }
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if let Some(id) = body.as_ref().and_then(readable_id) {
        return Meaning::Created(id);
    }
    if body.as_ref().is_some_and(carries_errors) {
        return Meaning::Refused {
            code: format!("http_{}_errors", answer.status),
            words: words(&answer.body),
        };
    }
    doubt(
        "unreadable_answer",
        &format!(
            "the answer was HTTP {} without the id of a response: perhaps a proxy's page, perhaps a broken answer",
            answer.status
        ),
    )
}

/// [`readable_id`] of an answer that is plainly one, without building all of it.
fn quick_id(body: &[u8]) -> Option<String> {
    let id = Outline::of_response(body)?.get("id")?;
    id_text(&serde_json::from_str(id).ok()?)
}

/// The id of the response that a body speaks of: below `response` or bare, a number or a text.
pub fn readable_id(body: &Value) -> Option<String> {
    id_text(body.get("response").unwrap_or(body).get("id")?)
}

/// An id as text, whether it is a number or a text; `None` for anything else.
pub fn id_text(id: &Value) -> Option<String> {
    match id {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// Whether an answer's object says what was wrong.
pub fn carries_errors(body: &Value) -> bool {
    ["errors", "error"].iter().any(|key| match body.get(key) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        // A code of which 0 is none.
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::Bool(true)) => true,
    })
}

/// How long the server asks to wait: seconds, or a date against the answer's own `Date`, so that a clock that is wrong
/// here does no harm; so are seconds since 1970, which some servers write. A day at most: what is longer is asked for anew.
/// `None` where it says nothing readable.
pub fn wait(answer: &Answer, now: std::time::SystemTime) -> Option<Duration> {
    /// Longer than anybody waits.
    const LONGEST: Duration = Duration::from_hours(24);
    /// More seconds than anybody means: of 2001.
    const SINCE_1970: f64 = 1e9;
    let text = answer.retry_after.as_deref()?.trim();
    let from = || {
        let date = answer.date.as_deref();
        date.and_then(|date| httpdate::parse_http_date(date).ok())
            .unwrap_or(now)
    };
    if let Ok(seconds) = text.parse::<f64>() {
        if !seconds.is_finite() || seconds < 0.0 {
            return None;
        }
        let asked = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST);
        let wait = if seconds >= SINCE_1970 {
            let now = from().duration_since(std::time::UNIX_EPOCH);
            asked.saturating_sub(now.unwrap_or_default())
        } else {
            asked
        };
        return Some(wait.min(LONGEST));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let from = from();
    Some(until.duration_since(from).unwrap_or_default().min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{SystemTime, UNIX_EPOCH};

    fn seen(status: u16, body: &str) -> Seen {
        Seen::Answer(Answer {
            status,
            body: body.to_owned().into(),
            ..Answer::default()
        })
    }

    fn seen_with(status: u16, retry_after: &str, date: Option<&str>) -> Seen {
        Seen::Answer(Answer {
            status,
            retry_after: Some(retry_after.to_owned()),
            date: date.map(str::to_owned),
            ..Answer::default()
        })
    }

    fn meaning(seen: &Seen) -> Meaning {
        meaning_of_post(seen, UNIX_EPOCH)
    }

    fn code(meaning: &Meaning) -> &str {
        match meaning {
            Meaning::Refused { code, .. } | Meaning::Doubt { code, .. } => code,
            _ => "",
        }
    }

    #[test]
    fn an_id_means_created() {
        for (status, body, id) in [
            (201, r#"{"response":{"id":17,"comment":"x"}}"#, "17"),
            (200, r#"{"response":{"id":"r-9"}}"#, "r-9"),
            (200, r#"{"id":17}"#, "17"),
            (202, r#"{"response":{"id":17},"errors":[]}"#, "17"),
        ] {
            assert_eq!(
                meaning(&seen(status, body)),
                Meaning::Created(id.into()),
                "{body}"
            );
        }
    }

    #[test]
    fn a_success_with_errors_is_a_refusal() {
        for body in [
            r#"{"errors":{"score":["too high"]}}"#,
            r#"{"error":"no"}"#,
            r#"{"error":17}"#,
            r#"{"errors":["no"]}"#,
        ] {
            assert_eq!(
                code(&meaning(&seen(200, body))),
                "http_200_errors",
                "{body}"
            );
        }
    }

    #[test]
    fn a_success_without_an_id_is_doubt() {
        for body in [
            "<html>Sign in to the hotel's network</html>",
            "",
            "{\"resp",
            "{}",
            r#"{"response":{"id":null}}"#,
            r#"{"response":{"id":""},"errors":[]}"#,
            r#"{"error":0,"status":"ok"}"#,
            "[]",
            "17",
        ] {
            assert_eq!(
                code(&meaning(&seen(200, body))),
                "unreadable_answer",
                "{body}"
            );
        }
    }

    #[test]
    fn a_429_is_a_wait_with_or_without_a_header() {
        assert_eq!(meaning(&seen(429, "")), Meaning::Wait(None));
        assert_eq!(
            meaning(&seen_with(429, "7", None)),
            Meaning::Wait(Some(Duration::from_secs(7)))
        );
        assert_eq!(meaning(&seen_with(429, "soon", None)), Meaning::Wait(None));
    }

    #[test]
    fn a_503_is_a_wait_only_with_a_header() {
        assert_eq!(
            meaning(&seen_with(503, "2", None)),
            Meaning::Wait(Some(Duration::from_secs(2)))
        );
        assert_eq!(code(&meaning(&seen(503, ""))), "http_503");
    }

    #[test]
    fn a_date_counts_against_the_answers_own_clock() {
        let asked = seen_with(
            429,
            "Wed, 21 Oct 2026 07:28:30 GMT",
            Some("Wed, 21 Oct 2026 07:28:00 GMT"),
        );
        assert_eq!(
            meaning(&asked),
            Meaning::Wait(Some(Duration::from_secs(30)))
        );
        let past = seen_with(
            429,
            "Wed, 21 Oct 2026 07:27:00 GMT",
            Some("Wed, 21 Oct 2026 07:28:00 GMT"),
        );
        assert_eq!(meaning(&past), Meaning::Wait(Some(Duration::ZERO)));
        let now = httpdate::parse_http_date("Wed, 21 Oct 2026 07:28:20 GMT").unwrap();
        let dateless = seen_with(429, "Wed, 21 Oct 2026 07:28:30 GMT", None);
        assert_eq!(
            meaning_of_post(&dateless, now),
            Meaning::Wait(Some(Duration::from_secs(10)))
        );
    }

    #[test]
    fn a_monstrous_wait_is_still_a_wait() {
        for header in ["1e30", "99999999999999999999"] {
            let Meaning::Wait(Some(wait)) = meaning(&seen_with(429, header, None)) else {
                panic!("{header}");
            };
            assert_eq!(wait, Duration::from_hours(24));
            let _ = SystemTime::now() + wait;
        }
    }

    /// Some servers write the moment in the place of the seconds until then.
    #[test]
    fn seconds_since_1970_are_a_moment() {
        let now = httpdate::parse_http_date("Sat, 29 Nov 2025 17:00:00 GMT").unwrap();
        let wait = |header, date| meaning_of_post(&seen_with(429, header, date), now);
        let seconds = |seconds| Meaning::Wait(Some(Duration::from_secs(seconds)));
        assert_eq!(wait("1764435607", None), seconds(7));
        assert_eq!(wait("1764435000", None), seconds(0));
        let date = Some("Sat, 29 Nov 2025 16:59:00 GMT");
        assert_eq!(wait("1764435600", date), seconds(60));
    }

    #[test]
    fn refusals_carry_the_servers_words() {
        for (status, body, words) in [
            (
                422,
                r#"{"errors":{"score":["must be 0 to 10"]}}"#,
                "score: must be 0 to 10",
            ),
            (400, r#"{"message":"Bad shape"}"#, "Bad shape"),
            (400, r#"{"error":"Bad","message":"Shape"}"#, "Shape; Bad"),
            (
                413,
                "<html><head><title>413 Too large</title>",
                "an HTML page, \"413 Too large\"",
            ),
            (415, r#"{"errors":["a","b"]}"#, "a, b"),
            (422, "", "nothing"),
        ] {
            let expected = Meaning::Refused {
                code: format!("http_{status}"),
                words: words.into(),
            };
            assert_eq!(meaning(&seen(status, body)), expected);
        }
    }

    #[test]
    fn refusals_that_may_mean_the_run_are_told_apart() {
        for status in [401, 403, 404] {
            assert!(
                matches!(meaning(&seen(status, "")), Meaning::RowOrRun { .. }),
                "{status}"
            );
        }
    }

    #[test]
    fn redirects_are_not_the_api() {
        for status in [301, 302, 303, 307, 308] {
            assert!(
                matches!(meaning(&seen(status, "")), Meaning::Elsewhere(_)),
                "{status}"
            );
        }
    }

    #[test]
    fn everything_else_is_doubt() {
        for status in [
            402, 405, 406, 408, 409, 410, 418, 425, 428, 451, 500, 501, 502, 503, 504, 520, 599,
        ] {
            assert_eq!(
                code(&meaning(&seen(status, "<html>"))),
                format!("http_{status}")
            );
        }
        assert_eq!(code(&meaning(&Seen::TimedOut)), "timeout");
        assert_eq!(
            code(&meaning(&Seen::Lost("reset".into()))),
            "connection_lost"
        );
    }

    #[test]
    fn no_connection_means_not_created() {
        assert!(matches!(
            meaning(&Seen::NotConnected("refused".into())),
            Meaning::NotConnected(_)
        ));
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_a_panic(status in 100u16..1000, body: Vec<u8>, retry in ".*", date in ".*") {
            let seen = Seen::Answer(Answer {
                status, body: body.into(), retry_after: Some(retry), date: Some(date), location: None,
            });
            let _ = meaning(&seen);
        }
    }
}
