//! Against the sandbox, with a ledger as an import leaves it.

mod copies;
mod rebuilding;
mod simulated;
mod undoing;
mod verifying;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Findings;
use super::caller::{Caller, Pace};
use super::search::Search;
use super::undo::Undo;
use crate::api::Client;
use crate::api::answer::{Answer, Seen};
use crate::api::canonical::echo_hash;
use crate::identity::{Id, Token, payload_hash};
use crate::ledger::{Event, Intent, Ledger, NewRun, Note, RunNumber, State, Target, run_id};
use crate::sandbox::{DEFAULT_KEY, Options, Sandbox, State as Held};
use crate::upload::Delivery;
use crate::upload::rate::Rate;
use crate::upload::stop::Stop;

struct World {
    sandbox: Sandbox,
    client: Client,
    ledger: Ledger,
    /// An import.
    run: RunNumber,
    stop: Stop,
    force: bool,
}

fn token(number: u8) -> Token {
    Token(Id([number; 16]))
}

fn new_run(command: &str, number: u16) -> NewRun {
    let started_at: Timestamp = "2026-11-23T02:15:00Z".parse().unwrap();
    NewRun {
        id: run_id(started_at, number),
        command: command.into(),
        version: "0.1.0".into(),
        target: Target {
            origin: "http://127.0.0.1".into(),
            project: "acme".into(),
        },
        scope: Some("nps".into()),
        shard: None,
        mapping: None,
        mapping_hash: None,
        files: vec!["nps.csv".into()],
        token_attribute: String::new(),
        below: Vec::new(),
        inputs: None,
        started_at,
    }
}

/// A body as it is sent, and as it is without its token.
fn bodies(number: u8) -> (Vec<u8>, Vec<u8>) {
    let mut response = json!({
        "comment": format!(" Comment number {number} "), "score": number % 11, "created_at": "2026-11-02T11:15:00+01:00",
        "data_type": "nps", "data_source": "typeform",
    });
    let bare = serde_json::to_vec(&json!({ "response": response })).unwrap();
    let key =
        json!({"type": "text", "name": "Chatterload key", "value": token(number).to_string()});
    response["user_meta"] = json!({ "chatterload_key": key });
    (
        serde_json::to_vec(&json!({ "response": response })).unwrap(),
        bare,
    )
}

impl World {
    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let sandbox = Sandbox::start(Options {
            search_lag: Duration::ZERO,
            ..options
        })
        .await
        .unwrap();
        let ledger = Ledger::temporary().unwrap();
        let run = ledger.start_run(new_run("import", 1)).await.unwrap();
        let key = HeaderValue::from_str(&format!("Bearer {DEFAULT_KEY}")).unwrap();
        let client = Client::new(
            &sandbox.url().parse().unwrap(),
            key,
            Duration::from_millis(500),
        )
        .unwrap();
        Self {
            client,
            sandbox,
            ledger,
            run,
            stop: Stop::default(),
            force: false,
        }
    }

    fn held(&self) -> &Held {
        self.sandbox.state()
    }

    fn client(&self) -> &Client {
        &self.client
    }

    fn caller(&self) -> Caller {
        let pace = Pace {
            rate: Rate::Unlimited,
            concurrency: 8,
            attempts: 6,
            limits: Delivery::standard().limits,
        };
        Caller::new(self.client.clone(), "acme", pace, self.stop.clone())
    }

    /// About to be sent by a run.
    async fn begin(&self, run: RunNumber, number: u8) {
        let intent = Intent {
            token: token(number),
            raw: Id([1; 16]),
            payload: payload_hash(&bodies(number).1),
            echo: None,
            version: None,
            name: Arc::from("main"),
            file: 0,
            row: u64::from(number) + 2,
        };
        self.ledger.begin_post(run, intent).await.unwrap();
    }

    /// Sent, with no note taken of it.
    async fn send(&self, number: u8) -> Answer {
        let client = self.client();
        let seen = client
            .post(&client.responses_address("acme"), bodies(number).0.into())
            .await;
        let Seen::Answer(answer) = seen else {
            panic!("{seen:?}")
        };
        answer
    }

    /// Created by a run, with its echo in the ledger; gives the id.
    async fn create(&self, run: RunNumber, number: u8) -> String {
        self.create_after(run, number, None).await
    }

    /// The same after so many requests.
    async fn create_after(&self, run: RunNumber, number: u8, attempts: Option<u32>) -> String {
        self.begin(run, number).await;
        let answer = self.send(number).await;
        let id = crate::api::answer::readable_id(&serde_json::from_slice(&answer.body).unwrap())
            .unwrap();
        let echo = echo_hash(&bodies(number).0, &answer.body);
        self.ledger.tell(
            token(number),
            Event::Created(id.clone()),
            Note {
                attempts,
                echo,
                ..Note::default()
            },
        );
        id
    }

    /// In doubt; the POST may have been sent.
    async fn doubt(&self, number: u8) {
        self.begin(self.run, number).await;
        let code = Some("timeout".into());
        self.ledger.tell(
            token(number),
            Event::Unclear,
            Note {
                code,
                ..Note::default()
            },
        );
    }

    async fn change(&self, id: &str, fields: Value) {
        let body = json!({ "response": fields }).to_string();
        let seen = self.client().put("acme", id, body.into()).await;
        assert!(
            matches!(seen, Seen::Answer(Answer { status: 200, .. })),
            "{seen:?}"
        );
    }

    async fn undo(&self) -> Findings {
        let run = self
            .ledger
            .start_run(new_run("undo", rand::random()))
            .await
            .unwrap();
        let findings = Findings::of(vec!["nps.csv".into()]);
        let caller = self.caller();
        let undo = self.undoing(&caller, run, self.run, &findings);
        undo.run().await;
        findings
    }

    fn undoing<'a>(
        &'a self,
        caller: &'a Caller,
        run: RunNumber,
        of: RunNumber,
        findings: &'a Findings,
    ) -> Undo<'a> {
        Undo {
            search: Search {
                caller,
                attribute: Some("chatterload_key"),
            },
            ledger: &self.ledger,
            run,
            of,
            began: Instant::now(),
            settle: Duration::ZERO,
            timeout: Duration::ZERO,
            force: self.force,
            findings,
        }
    }

    async fn state(&self, number: u8) -> Option<State> {
        self.ledger
            .lookup(vec![token(number)])
            .await
            .unwrap()
            .remove(0)
            .map(|entry| entry.state)
    }

    fn there(&self, number: u8) -> usize {
        self.held()
            .count_by_token("acme", &token(number).to_string())
    }
}

/// The figures that are not zero.
fn figures(findings: &Findings) -> String {
    let counts = &crate::upload::rate::lock(&findings.inner).counts;
    let told = counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| format!("{name}={count}"));
    told.collect::<Vec<_>>().join(" ")
}

fn messages(findings: &Findings) -> String {
    let line = |one: super::Finding| format!("{} {:?}: {}", one.what, one.row, one.message);
    findings
        .kept()
        .into_iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}
