//! The model of the API: decides at a request's arrival what will have happened when, so that a client that dies in
//! between changes nothing over here.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::plan::{Plan, Search};
use crate::api::answer::{Answer, Seen};
use crate::api::{Model, Request};
use crate::upload::dice::Dice;
use crate::upload::rate::lock;

pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// One response as the API holds it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: u64,
    pub(super) token: String,
    pub(super) comment: String,
    /// From when on search finds it.
    visible: Instant,
    /// In which of the client's runs it was asked for.
    pub(super) run: usize,
}

/// The API.
pub(super) struct Server {
    plan: Plan,
    dice: Dice,
    start: Instant,
    pub(super) records: Vec<Record>,
    tokens: f64,
    filled: Instant,
    pub(super) begins: Vec<Instant>,
    pub(super) in_flight: usize,
    pub(super) most_in_flight: usize,
    run: usize,
    /// Nothing goes wrong any more.
    pub(super) calm: bool,
    /// The next POST is answered by 504 and done so much later.
    late: Option<Duration>,
    /// The POST after that is refused.
    refuses: bool,
}

/// What a request comes to: after so long, this is seen.
type Fate = (Duration, Seen);

impl Server {
    pub(super) fn new(seed: u64, plan: &Plan) -> Self {
        let now = Instant::now();
        Self {
            plan: plan.clone(),
            dice: Dice::new(seed ^ 0xa91),
            start: now,
            records: Vec::new(),
            tokens: plan.quota.map_or(0.0, |(quota, ..)| quota),
            filled: now,
            begins: Vec::new(),
            in_flight: 0,
            most_in_flight: 0,
            run: 0,
            calm: false,
            late: None,
            refuses: false,
        }
    }

    /// The client runs once more, with a rate that knows nothing of the run before.
    pub(super) fn begin_run(&mut self, number: usize) {
        self.run = number;
        self.begins.clear();
    }

    pub(super) fn next_is_late(&mut self, late: Duration) {
        self.late = Some(late);
    }

    pub(super) fn next_is_late_and_then_refused(&mut self, late: Duration) {
        self.next_is_late(late);
        self.refuses = true;
    }

    /// Search finds what is created from now on after so long.
    pub(super) fn lag_by(&mut self, lag: Duration) {
        self.plan.lag = lag;
        self.plan.lag_changes = None;
    }

    /// Search's lag for what is created then.
    fn lag(&self, created: Instant) -> Duration {
        match self.plan.lag_changes {
            Some((from, lag)) if created >= self.start + from => lag,
            _ => self.plan.lag,
        }
    }

    /// No search has an answer that tells anything, from now on.
    pub(super) fn break_searches(&mut self) {
        self.plan.other_faults = 1.0;
    }

    /// The transport to it.
    pub(super) fn model(server: &Arc<Mutex<Self>>) -> Model {
        let server = Arc::clone(server);
        Arc::new(move |request| {
            let server = Arc::clone(&server);
            async move {
                let (wait, seen) = lock(&server).arrive(&request);
                let at = lock(&server).start.elapsed();
                tracing::trace!(?at, method = %request.method, query = request.url.query(), ?wait, ?seen, "arrived");
                let _leaves = Leaves(Arc::clone(&server));
                tokio::time::sleep(wait).await;
                seen
            }
            .boxed()
        })
    }

    fn arrive(&mut self, request: &Request) -> Fate {
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        let now = Instant::now();
        self.begins.push(now);
        let latency = self.plan.latency.mul_f64(0.5 + self.dice.unit());
        if let Some(refused) = self.over_quota(now) {
            return (latency, refused);
        }
        let last = request
            .url
            .path_segments()
            .and_then(|mut path| path.next_back())
            .unwrap_or_default();
        match request.method.as_str() {
            "POST" => self.post(request, now, latency),
            "PUT" => self.put(last, request, latency),
            _ if last == "search" => self.search(request, now + latency / 2, latency),
            _ => (latency, answer(200, r#"{"data_types":[]}"#)),
        }
    }

    fn over_quota(&mut self, now: Instant) -> Option<Seen> {
        let (first, change, then) = self.plan.quota.filter(|_| !self.calm)?;
        let quota = if now - self.start < change {
            first
        } else {
            then
        };
        self.tokens = (self.tokens + (now - self.filled).as_secs_f64() * quota).min(quota);
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return None;
        }
        Some(too_many(self.dice.unit() < 0.7))
    }

    fn post(&mut self, request: &Request, now: Instant, latency: Duration) -> Fate {
        let body: Value = serde_json::from_slice(&request.body).expect("a body is JSON");
        let response = &body["response"];
        let comment = response["comment"].as_str().expect("a comment").to_owned();
        let token = response["user_meta"]["chatterload_key"]["value"]
            .as_str()
            .expect("a token")
            .to_owned();
        if comment.starts_with("bad") {
            return (
                latency,
                answer(422, r#"{"errors":{"score":["must be 0 to 10"]}}"#),
            );
        }
        if let Some(late) = self.late.take() {
            return self.done(token, comment, now + late, (latency, answer(504, "<html>")));
        }
        if std::mem::take(&mut self.refuses) {
            return (latency, answer(422, r#"{"message":"not now"}"#));
        }
        let in_outage = self
            .plan
            .outage
            .is_some_and(|(from, to)| (from..to).contains(&(now - self.start)));
        let strikes = !self.calm && (in_outage || self.dice.unit() < self.plan.faults);
        let kind = if strikes {
            self.dice.throw() % if in_outage { 9 } else { 15 }
        } else {
            99
        };
        let done = now + latency / 2;
        let ok = |id: u64| format!(r#"{{"response":{{"id":{id}}}}}"#);
        match kind {
            0 => (latency, answer(500, "{}")),
            1 => self.done(token, comment, done, (latency, answer(502, "<html>"))),
            2 => (latency, answer(502, "<html>")),
            3 => (latency, answer(200, "<html>Sign in</html>")),
            4 => (latency, Seen::Lost("reset".into())),
            5 => self.done(token, comment, done, (latency, Seen::Lost("reset".into()))),
            6 => (TIMEOUT, Seen::TimedOut),
            7 => self.done(token, comment, done, (TIMEOUT, Seen::TimedOut)),
            8 => self.done(
                token,
                comment,
                done,
                (latency, answer(201, r#"{"response":{"i"#)),
            ),
            9 => {
                let late = self.plan.late.mul_f64(self.dice.unit());
                self.done(token, comment, now + late, (latency, answer(504, "<html>")))
            }
            10 => (latency, too_many(self.dice.unit() < 0.5)),
            11 => (latency, answer(503, "")),
            12 => (latency, with_retry_after(503, "2")),
            13 => (latency, answer(200, r#"{"errors":["could not be saved"]}"#)),
            14 if self.records.len() > 3 => (
                Duration::from_millis(1),
                Seen::NotConnected("refused".into()),
            ),
            _ => {
                let id = self.add(token, comment, done);
                (latency, answer(201, &ok(id)))
            }
        }
    }

    fn done(&mut self, token: String, comment: String, at: Instant, fate: Fate) -> Fate {
        self.add(token, comment, at);
        fate
    }

    fn add(&mut self, token: String, comment: String, created: Instant) -> u64 {
        let id = self.records.len() as u64 + 1;
        let jitter = if self.plan.tame {
            1.0
        } else {
            0.3 + self.dice.unit() * 1.7
        };
        let visible = created + self.lag(created).mul_f64(jitter);
        self.records.push(Record {
            id,
            token,
            comment,
            visible,
            run: self.run,
        });
        id
    }

    /// A response that was created otherwise, and is found after so long.
    pub(super) fn shelve(&mut self, id: u64, token: &str, found_after: Duration) {
        self.records.push(Record {
            id,
            token: token.to_owned(),
            comment: String::new(),
            visible: Instant::now() + found_after,
            run: self.run,
        });
    }

    fn put(&mut self, id: &str, request: &Request, latency: Duration) -> Fate {
        let body: Value = serde_json::from_slice(&request.body).expect("a body is JSON");
        let comment = body["response"]["comment"]
            .as_str()
            .expect("a comment")
            .to_owned();
        let strikes = !self.calm && self.dice.unit() < self.plan.other_faults;
        let kind = if strikes { self.dice.throw() % 5 } else { 99 };
        if matches!(kind, 0 | 1) {
            return (
                latency,
                if kind == 0 {
                    answer(500, "{}")
                } else {
                    answer(200, "<html>")
                },
            );
        }
        let Some(record) = self
            .records
            .iter_mut()
            .find(|record| record.id.to_string() == id)
        else {
            return (latency, answer(404, "{}"));
        };
        record.comment = comment;
        let seen = match kind {
            2 => Seen::Lost("reset".into()),
            3 => answer(502, "<html>"),
            _ => answer(200, &format!(r#"{{"response":{{"id":{id}}}}}"#)),
        };
        (latency, seen)
    }

    fn search(&mut self, request: &Request, at: Instant, latency: Duration) -> Fate {
        if !self.calm && self.dice.unit() < self.plan.other_faults {
            let seen = match self.dice.throw() % 4 {
                0 => answer(500, "{}"),
                1 => too_many(true),
                2 => answer(200, "<html>"),
                _ => Seen::Lost("reset".into()),
            };
            return (latency, seen);
        }
        let query: std::collections::HashMap<_, _> = request.url.query_pairs().collect();
        let wanted = &query["user_meta_value"];
        let page: usize = query["page"].parse().expect("a page");
        let mode = self.plan.search;
        let matches = |record: &&Record| match mode {
            Search::IgnoresFilter => true,
            Search::Substring => record.token[..9] == wanted[..9],
            _ => record.token == **wanted,
        };
        let shown = |record: &Record| {
            let value = if mode == Search::Mangles {
                record.token.to_uppercase()
            } else {
                record.token.clone()
            };
            json!({"id": record.id, "user_meta": {"chatterload_key": {"type": "text", "value": value}}})
        };
        // Fewer a page than asked for, as a server may choose to.
        let found: Vec<Value> = self
            .records
            .iter()
            .rev()
            .filter(|record| record.visible <= at)
            .filter(matches)
            .skip(if mode == Search::IgnoresPage {
                0
            } else {
                (page - 1) * 20
            })
            .take(20)
            .map(shown)
            .collect();
        let seen = match mode {
            Search::Broken => answer(500, r#"{"error":"search is broken"}"#),
            Search::Empty => answer(200, r#"{"responses":[]}"#),
            _ => answer(200, &json!({ "responses": found }).to_string()),
        };
        (latency, seen)
    }
}

/// A request is no longer in flight, whether it was answered or given up.
struct Leaves(Arc<Mutex<Server>>);

impl Drop for Leaves {
    fn drop(&mut self) {
        lock(&self.0).in_flight -= 1;
    }
}

pub(super) fn answer(status: u16, body: &str) -> Seen {
    Seen::Answer(Answer {
        status,
        body: body.to_owned().into(),
        ..Answer::default()
    })
}

pub(super) fn with_retry_after(status: u16, seconds: &str) -> Seen {
    Seen::Answer(Answer {
        status,
        retry_after: Some(seconds.into()),
        ..Answer::default()
    })
}

fn too_many(header: bool) -> Seen {
    if header {
        with_retry_after(429, "1")
    } else {
        answer(429, "{}")
    }
}
