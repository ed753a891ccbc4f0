//! What the sandbox holds, and how a test looks into it.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::Value;
use tokio::sync::watch;

use super::fault::{Call, Fault, Faults, Kind};
use super::json::Json;
use super::quota::{Meter, Quota};
use super::search::attribute;
use super::seed::{PROJECTS, Project};
use super::store::Store;
use super::strict::{self, Refusal};
use super::view::View;
use super::{Keeps, Options};

/// The first id given out, so that ids are told from row numbers.
const FIRST_ID: u64 = 1001;

/// How many refusals the log keeps word for word.
const REFUSALS_KEPT: usize = 100;

/// What was asked of the sandbox. Never the key, nor what was posted.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Requests by method and route, such as `POST /v1/{project}/responses`.
    pub requests: BTreeMap<&'static str, u64>,
    /// Answers by call and status; requests never answered are not among them.
    pub answers: BTreeMap<(Call, u16), u64>,
    /// Faults that struck.
    pub faults: BTreeMap<Kind, u64>,
    /// The bodies of the first hundred refusals that no fault or quota brought about.
    pub refusals: Vec<String>,
    /// When each request began, where the options ask for it.
    pub begins: Vec<(Call, Instant)>,
}

impl Log {
    /// How many requests of a call were answered with a status.
    pub fn answered(&self, call: Call, status: u16) -> u64 {
        self.answers.get(&(call, status)).copied().unwrap_or(0)
    }

    /// How many POSTs of a response began.
    pub fn posts(&self) -> u64 {
        let begun = self.requests.get("POST /v1/{project}/responses");
        begun.copied().unwrap_or(0)
    }
}

/// A running sandbox's content. Its clock is the real one, plus what [`State::advance`] added.
pub struct State {
    pub(super) options: Options,
    pub(super) view: View,
    pub(super) stopping: watch::Receiver<bool>,
    started: Instant,
    advanced: AtomicU64,
    last_id: AtomicU64,
    numbers: [AtomicU64; 5],
    stores: Vec<Mutex<Store>>,
    meter: Mutex<Option<Meter>>,
    faults: Mutex<Faults>,
    scripted: Mutex<VecDeque<Fault>>,
    log: Mutex<Log>,
}

/// A lock that a panic elsewhere does not take from us.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    pub(super) fn new(options: Options, stopping: watch::Receiver<bool>) -> Self {
        Self {
            view: View {
                ids: options.ids,
                started: jiff::Timestamp::now(),
            },
            stopping,
            started: Instant::now(),
            advanced: AtomicU64::new(0),
            last_id: AtomicU64::new(FIRST_ID - 1),
            numbers: Default::default(),
            stores: PROJECTS.iter().map(|_| Mutex::default()).collect(),
            meter: Mutex::new(options.quota.clone().map(Meter::new)),
            faults: Mutex::new(options.faults.clone()),
            scripted: Mutex::default(),
            log: Mutex::default(),
            options,
        }
    }

    /// Time since the start.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed() + Duration::from_millis(self.advanced.load(Ordering::Acquire))
    }

    /// Puts the clock forward by whole milliseconds: search finds what it lagged behind, late responses come to be,
    /// the quota fills.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.advanced.fetch_add(by, Ordering::AcqRel);
    }

    /// What a project holds now, oldest first, as the API would give it. Empty for an unknown project.
    pub fn responses(&self, project: &str) -> Vec<Value> {
        let mut all = Vec::new();
        self.each(project, |text| all.extend(serde_json::from_str(&text)));
        all.reverse();
        all
    }

    /// How many responses a project holds now.
    pub fn count(&self, project: &str) -> usize {
        let now = self.now();
        self.store(project)
            .map_or(0, |store| lock(store).newest(now).count())
    }

    /// How many responses of a project carry each token.
    pub fn tokens(&self, project: &str) -> BTreeMap<String, usize> {
        let mut tokens = BTreeMap::new();
        self.each(project, |text| {
            let response = serde_json::from_str(&text).unwrap_or(Json::Null);
            if let Some(token) = self.token(&response) {
                *tokens.entry(token.to_owned()).or_insert(0) += 1;
            }
        });
        tokens
    }

    /// How many responses of a project carry a token.
    pub fn count_by_token(&self, project: &str, token: &str) -> usize {
        self.tokens(project).get(token).copied().unwrap_or(0)
    }

    /// How many responses, of all projects, are yet to be created (the fault `late`).
    pub fn pending(&self) -> usize {
        let now = self.now();
        self.stores
            .iter()
            .map(|store| lock(store).pending(now))
            .sum()
    }

    /// What was asked of the sandbox so far.
    pub fn log(&self) -> Log {
        lock(&self.log).clone()
    }

    /// Exchanges the faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.faults) = faults;
    }

    /// Exchanges the quota from now on; times of changes still count from the start.
    pub fn set_quota(&self, quota: Option<Quota>) {
        *lock(&self.meter) = quota.map(Meter::new);
    }

    /// Lets a fault strike the next request of a call, before any drawn by chance. Those of one call queue.
    pub fn fault_next(&self, call: Call, kind: Kind) {
        self.fault_next_for(call, kind, kind.default_delay().unwrap_or_default());
    }

    /// The same, with a duration of its own.
    pub fn fault_next_for(&self, call: Call, kind: Kind, delay: Duration) {
        lock(&self.scripted).push_back(Fault {
            call,
            kind,
            probability: 1.0,
            delay,
        });
    }

    /// Creates a response as if somebody had posted it. `response` is what stands in the envelope.
    ///
    /// # Errors
    /// Why the API would refuse it, as the body of its answer.
    pub fn insert(&self, project: &str, response: &Value) -> Result<(), String> {
        let body = serde_json::json!({ "response": response }).to_string();
        find_project(project)
            .and_then(|project| self.create(project, body.as_bytes(), Duration::ZERO))
            .map(|_| ())
            .map_err(|refusal| refusal.body())
    }

    fn store(&self, project: &str) -> Option<&Mutex<Store>> {
        PROJECTS
            .iter()
            .position(|known| known.key == project)
            .and_then(|place| self.stores.get(place))
    }

    fn each(&self, project: &str, mut look: impl FnMut(String)) {
        let now = self.now();
        if let Some(store) = self.store(project) {
            for (record, body) in lock(store).newest(now) {
                look(self.view.show(record, body));
            }
        }
    }

    fn token<'j>(&self, response: &'j Json<'_>) -> Option<&'j str> {
        attribute(response, "user_meta", &self.options.token_attribute)?.text()
    }

    /// Runs over a project's store; `None` where there is no such project.
    pub(super) fn with_store<T>(
        &self,
        project: &Project,
        work: impl FnOnce(&mut Store) -> T,
    ) -> Option<T> {
        self.store(project.key).map(|store| work(&mut lock(store)))
    }

    /// Checks and keeps a response, which comes to be after `late`; gives it as the API shows it.
    pub(super) fn create(
        &self,
        project: &Project,
        body: &[u8],
        late: Duration,
    ) -> Result<String, Refusal> {
        let text = strict::open(body)?;
        let response = strict::check(text, project, self.options.largest_comment)?;
        let token = self.token(&response);
        let text = &*self.kept(text);
        let created = self.now().saturating_add(late);
        let id = self.with_store(project, |store| {
            // Under the lock, so that ids ascend in the store.
            let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
            store.add(id, text, token, created);
            id
        });
        let id = id.ok_or_else(no_project)?;
        Ok(self.view.show_parts(id, created, text))
    }

    /// A response's text as it is kept.
    pub(super) fn kept<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.options.keeps {
            Keeps::AsSent => text.into(),
            Keeps::Normalised => strict::normalise(text).into(),
            Keeps::InCapitals => strict::capitals(text).into(),
        }
    }

    /// Counts a request of a call and says which fault strikes it.
    pub(super) fn draw(&self, call: Call) -> Option<Fault> {
        let number = self.numbers[call as usize].fetch_add(1, Ordering::Relaxed);
        let mut scripted = lock(&self.scripted);
        let next = scripted.iter().position(|fault| fault.call == call);
        let fault = match next {
            Some(place) => scripted.remove(place),
            None => lock(&self.faults).draw(self.options.seed, call, number),
        }?;
        *lock(&self.log).faults.entry(fault.kind).or_insert(0) += 1;
        Some(fault)
    }

    /// Takes a request in under the quota, or says how long until there is room.
    pub(super) fn admit(&self) -> Result<(), Duration> {
        let now = self.now();
        lock(&self.meter)
            .as_mut()
            .map_or(Ok(()), |meter| meter.admit(now))
    }

    pub(super) fn note_begin(&self, call: Call, route: &'static str) {
        let mut log = lock(&self.log);
        *log.requests.entry(route).or_insert(0) += 1;
        if self.options.record_begins {
            log.begins.push((call, Instant::now()));
        }
    }

    pub(super) fn note_answer(&self, call: Call, status: StatusCode) {
        let mut log = lock(&self.log);
        *log.answers.entry((call, status.as_u16())).or_insert(0) += 1;
    }

    pub(super) fn note_refusal(&self, body: &str) {
        let refusals = &mut lock(&self.log).refusals;
        if refusals.len() < REFUSALS_KEPT {
            refusals.push(body.to_owned());
        }
    }

    /// The token of a response's text.
    pub(super) fn token_of(&self, text: &str) -> Option<String> {
        let response: Json<'_> = serde_json::from_str(text).ok()?;
        self.token(&response).map(str::to_owned)
    }
}

/// The project of a key.
pub(super) fn find_project(key: &str) -> Result<&'static Project, Refusal> {
    PROJECTS
        .iter()
        .find(|project| project.key == key)
        .ok_or_else(no_project)
}

fn no_project() -> Refusal {
    Refusal::error(StatusCode::NOT_FOUND, "Project not found")
}
