//! Undo against a model of the API, in virtual time: whatever goes wrong, and wherever it is cut short, the ledger never
//! takes for gone what is there, what somebody changed stays, and in the end the rest is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use futures::FutureExt;
use reqwest::{Method, Url};

use super::*;
use crate::api::Request;
use crate::upload::rate::lock;
use crate::upload::retry::End;

/// So many responses; the first three are changed by somebody, the last is deleted by somebody.
const COUNT: u8 = 15;
const CHANGED: u8 = 3;

/// Those that are there twice; somebody changed the second copy of the first of them.
const TWICE: std::ops::Range<u8> = 6..10;

struct Server {
    held: BTreeMap<String, Value>,
    random: u64,
    faults: bool,
    /// The ids whose last answer was a 404 that was none: no gateway loses its way twice running.
    astray: BTreeSet<String>,
    requests: u64,
    /// Ends the run at this request: softly, or at once.
    cut: Option<(u64, bool, Stop)>,
}

impl Server {
    /// 0 to 99.
    fn dice(&mut self) -> u64 {
        // splitmix64
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % 100
    }

    fn answer(&mut self, request: &Request) -> Seen {
        self.requests += 1;
        if let Some((at, at_once, stop)) = &self.cut
            && *at == self.requests
        {
            let end = End::Stopped("cut".into());
            if *at_once {
                stop.now(end);
            } else {
                stop.end(end);
            }
        }
        let id = request
            .url
            .path()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        if id == "data_types" {
            return answer(200, "{\"data_types\":[]}");
        }
        let dice = if self.faults { self.dice() } else { 99 };
        match request.method {
            Method::DELETE => self.delete(&id, dice),
            _ => self.get(id, dice),
        }
    }

    fn get(&mut self, id: String, dice: u64) -> Seen {
        // A wait or a failed connect is no answer.
        let answers = !matches!(dice, 10..13 | 16..19);
        let astray = answers && self.astray.remove(&id);
        match dice {
            0..5 => answer(502, "<html>"),
            5..10 => Seen::Lost("reset".into()),
            10..13 => wait(),
            13..16 => answer(200, "<html>Sign in"),
            16..19 => Seen::NotConnected("refused".into()),
            19..25 if !astray => {
                self.astray.insert(id);
                answer(404, "")
            }
            _ => match self.held.get(&id) {
                Some(response) => answer(200, &json!({ "response": response }).to_string()),
                None => answer(404, "{\"error\":\"Response not found\"}"),
            },
        }
    }

    fn delete(&mut self, id: &str, dice: u64) -> Seen {
        match dice {
            0..5 => return answer(502, "<html>"),
            5..10 => return Seen::Lost("reset".into()),
            10..14 => return wait(),
            14..18 => return answer(200, "<html>Sign in"),
            18..21 => return answer(403, "{\"error\":\"Forbidden\"}"),
            21..24 => return Seen::NotConnected("refused".into()),
            _ => {}
        }
        let was = self.held.remove(id).is_some();
        match dice {
            24..32 => answer(504, ""),
            32..40 => Seen::TimedOut,
            40..48 => Seen::Lost("reset".into()),
            _ if was => answer(200, "{\"status\":\"deleted\"}"),
            _ => answer(404, "{\"error\":\"Response not found\"}"),
        }
    }
}

fn answer(status: u16, body: &str) -> Seen {
    Seen::Answer(Answer {
        status,
        body: body.to_owned().into(),
        ..Answer::default()
    })
}

fn wait() -> Seen {
    Seen::Answer(Answer {
        status: 429,
        retry_after: Some("1".into()),
        ..Answer::default()
    })
}

/// A ledger as an import leaves it, and what the API holds since.
async fn prepare(seed: u64) -> (Ledger, RunNumber, Arc<Mutex<Server>>) {
    let ledger = Ledger::temporary().unwrap();
    let run = ledger.start_run(new_run("import", 1)).await.unwrap();
    let mut held = BTreeMap::new();
    for number in 0..COUNT {
        let (body, bare) = bodies(number);
        let intent = Intent {
            token: token(number),
            raw: Id([1; 16]),
            payload: payload_hash(&bare),
            echo: None,
            version: None,
            name: Arc::from("main"),
            file: 0,
            row: u64::from(number) + 2,
        };
        ledger.begin_post(run, intent).await.unwrap();
        let echo = echo_hash(&body, b"");
        let id = format!("r{number}");
        ledger.tell(
            token(number),
            Event::Created(id.clone()),
            Note {
                echo,
                attempts: TWICE.contains(&number).then_some(2),
                ..Note::default()
            },
        );
        let mut response = serde_json::from_slice::<Value>(&body).unwrap()["response"].take();
        response["id"] = json!(id);
        if number < CHANGED {
            response["comment"] = json!("Changed by hand");
        }
        if TWICE.contains(&number) {
            let mut copy = response.clone();
            copy["id"] = json!(format!("c{number}"));
            if number == TWICE.start {
                copy["score"] = json!(-1);
            }
            held.insert(format!("c{number}"), copy);
            ledger.double(run, token(number), id.clone());
            ledger.double(run, token(number), format!("c{number}"));
        }
        if number + 1 < COUNT {
            held.insert(id, response);
        }
    }
    let server = Server {
        held,
        random: seed,
        faults: true,
        astray: BTreeSet::new(),
        requests: 0,
        cut: None,
    };
    (ledger, run, Arc::new(Mutex::new(server)))
}

async fn undo_once(
    ledger: &Ledger,
    of: RunNumber,
    server: &Arc<Mutex<Server>>,
    number: u16,
    stop: Stop,
) -> Findings {
    let run = ledger.start_run(new_run("undo", number)).await.unwrap();
    let model = Arc::clone(server);
    let model: crate::api::Model = Arc::new(move |request: Request| {
        let seen = lock(&model).answer(&request);
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            seen
        }
        .boxed()
    });
    let base: Url = "http://127.0.0.1/v1".parse().unwrap();
    let pace = Pace {
        rate: Rate::Unlimited,
        concurrency: 4,
        attempts: 6,
        limits: Delivery::standard().limits,
    };
    let caller = Caller::new(Client::over(model, &base), "acme", pace, stop);
    let findings = Findings::default();
    let undo = Undo {
        search: Search {
            caller: &caller,
            attribute: None,
        },
        ledger,
        run,
        of,
        began: Instant::now(),
        settle: Duration::ZERO,
        timeout: Duration::ZERO,
        force: false,
        findings: &findings,
    };
    undo.run().await;
    findings
}

async fn simulate(seed: u64) {
    let (ledger, of, server) = prepare(seed).await;
    let mut undone = 0;
    for round in 0..6u16 {
        let stop = Stop::default();
        {
            let mut server = lock(&server);
            server.faults = round < 5;
            let after = 1 + server.dice();
            server.requests = 0;
            let at_once = server.dice() < 50;
            server.cut = (round < 4).then(|| (after, at_once, stop.clone()));
        }
        let findings = undo_once(&ledger, of, &server, round + 2, stop).await;
        undone += ["deleted", "already_gone", "doubles_deleted"]
            .iter()
            .map(|what| findings.get(what))
            .sum::<u64>();
        let entries = ledger
            .lookup((0..COUNT).map(token).collect())
            .await
            .unwrap();
        let known_gone: Vec<String> = ledger
            .ask(|view| {
                let undone = TWICE.map(|number| view.undone_ids(token(number)));
                Ok(undone.collect::<rusqlite::Result<Vec<_>>>()?.concat())
            })
            .await
            .unwrap();
        let held = &lock(&server).held;
        for number in TWICE {
            let copy = format!("c{number}");
            let there = held.contains_key(&copy);
            assert!(
                !(there && known_gone.contains(&copy)),
                "seed {seed}, round {round}: {copy} is there"
            );
            if number == TWICE.start || round == 5 {
                assert_eq!(
                    there,
                    number == TWICE.start,
                    "seed {seed}, round {round}: {copy}"
                );
            }
        }
        for (number, entry) in entries.into_iter().enumerate() {
            let (id, state) = (format!("r{number}"), entry.unwrap().state);
            let there = held.contains_key(&id);
            assert!(
                !(there && matches!(state, State::Undone(_))),
                "seed {seed}, round {round}: {id} is there"
            );
            assert!(
                there || number >= usize::from(CHANGED),
                "seed {seed}, round {round}: {id} was changed, and is gone"
            );
            if round == 5 {
                let expected = number < usize::from(CHANGED);
                assert_eq!(there, expected, "seed {seed}: {id}");
                assert_eq!(
                    matches!(state, State::Undone(_)),
                    !expected,
                    "seed {seed}: {id} is {}",
                    state.name()
                );
            }
        }
    }
    assert_eq!(
        undone,
        u64::from(COUNT - CHANGED) + TWICE.len() as u64 - 1,
        "seed {seed}: each is told once"
    );
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_nothing_is_taken_for_gone_that_is_there() {
    for seed in 0..60 {
        simulate(seed).await;
    }
}
