//! Doubt resolved by asking, beside the running uploads, and search's lag measured on what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::{OnceCell, watch};
use tokio::time::Instant;

use super::doubt::{Doubt, Doubts, Gate, Patience, Verdict};
use super::rate::lock;
use super::retry::{End, human};
use super::search::Depth;
use super::send::Call;
use super::{Double, Engine, Found, Work};
use crate::identity::Token;

/// What all doubts of a run share.
pub(super) struct Inquiry {
    pub(super) doubts: Mutex<Doubts>,
    /// Told whenever somebody's waiting may have come to an end.
    news: watch::Sender<()>,
    /// Set once search was tried: whether it worked.
    pub(super) trusted: OnceCell<bool>,
    /// Why search is of no use here.
    pub(super) distrust: OnceLock<String>,
    /// Whether the next acknowledged response is to be searched for, to measure the lag.
    lag_wanted: AtomicBool,
    offered: watch::Sender<Option<Acknowledged>>,
    /// What was sent again after doubt, with the id that was acknowledged.
    pub(super) resent: Mutex<BTreeMap<Token, Option<String>>>,
    pub(super) doubles: Mutex<Vec<Double>>,
    /// What was sent again, and is not found by search at all: nobody can tell whether it is there twice.
    pub(super) unverified: Mutex<BTreeSet<Token>>,
    /// A response that an earlier run uploaded: a search that works finds it.
    pub(super) known: OnceLock<Token>,
}

/// A response that was acknowledged just now.
#[derive(Clone, Debug)]
struct Acknowledged {
    token: Token,
    id: String,
    at: Instant,
}

/// How a doubt was resolved.
pub(super) enum Resolved {
    /// It is there, under these ids.
    Present(Vec<String>),
    /// It is not there: send it again.
    Absent,
    /// Nobody can tell, for this reason.
    Held(String),
}

impl Inquiry {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            doubts: Mutex::new(Doubts::new(patience)),
            news: watch::Sender::new(()),
            trusted: OnceCell::new(),
            distrust: OnceLock::new(),
            lag_wanted: AtomicBool::new(true),
            offered: watch::Sender::new(None),
            resent: Mutex::default(),
            doubles: Mutex::default(),
            unverified: Mutex::default(),
            known: OnceLock::new(),
        }
    }

    /// Tells those who wait that something has changed.
    pub(super) fn tell(&self) {
        self.news.send_replace(());
    }

    /// A response was acknowledged just now: its lag is measured if one is wanted.
    pub(super) fn offer_for_lag(&self, token: Token, id: &str) {
        if self.lag_wanted.load(Ordering::Relaxed) && self.lag_wanted.swap(false, Ordering::Relaxed)
        {
            self.offered.send_replace(Some(Acknowledged {
                token,
                id: id.to_owned(),
                at: Instant::now(),
            }));
        }
    }
}

impl Engine {
    /// Finds out about a doubt, or holds it.
    pub(super) async fn resolve(&self, work: &Work, doubt: &Doubt) -> Resolved {
        // Durable as soon as it is known: `sending` would mean doubt too, but without its reason.
        self.book.doubt(work, &doubt.code);
        let mut news = self.inquiry.news.subscribe();
        let is_first = lock(&self.inquiry.doubts).begin(doubt, Instant::now());
        if is_first {
            // Search's lag is measured anew: it may have grown.
            self.inquiry.tell();
        }
        self.counters.unclear.fetch_add(1, Ordering::Relaxed);
        let resolved = match self.searchable().await {
            Ok(()) => match self.inquire(work.token, doubt, &mut news).await {
                Resolved::Absent if !self.finds_known().await => {
                    held(doubt, "search does not find what is known to be there")
                }
                resolved => resolved,
            },
            Err(why) if self.inquiry.distrust.get().is_some() => Resolved::Held(format!(
                "{}; search cannot be trusted here: {why}",
                doubt.why
            )),
            Err(_) => held(doubt, "the run ended before search could tell"),
        };
        self.counters.unclear.fetch_sub(1, Ordering::Relaxed);
        let told = lock(&self.inquiry.doubts).end(doubt);
        if told {
            self.inquiry.tell();
        }
        tracing::debug!(token = %work.token, code = doubt.code, resolved = resolved.name(), "doubt resolved");
        resolved
    }

    /// While nothing was acknowledged in this run, whether search finds what an earlier run uploaded, where there is such.
    async fn finds_known(&self) -> bool {
        match self.inquiry.known.get() {
            Some(known) if !lock(&self.inquiry.doubts).acknowledged() => {
                matches!(
                    self.search(*known, Depth::First).await,
                    Some(Found::Present(_))
                )
            }
            _ => true,
        }
    }

    async fn inquire(
        &self,
        token: Token,
        doubt: &Doubt,
        news: &mut watch::Receiver<()>,
    ) -> Resolved {
        let mut searches = 0;
        let mut at = lock(&self.inquiry.doubts).search_at(doubt, searches, Instant::now());
        // When a search left that was late enough to find everything, and found nothing.
        let mut absent: Option<Instant> = None;
        let mut has_looked_last = false;
        loop {
            let held_from = lock(&self.inquiry.doubts).held_from(doubt);
            let changed = tokio::select! {
                biased;
                () = self.stop.ending() => return held(doubt, "the run ended before search could tell"),
                () = tokio::time::sleep_until(at.min(held_from)) => false,
                changed = news.changed() => changed.is_ok(),
            };
            let now = Instant::now();
            // Looked up anew: something may have been acknowledged meanwhile, and is given its own time to show.
            let held_from = lock(&self.inquiry.doubts).held_from(doubt);
            // Where nothing could be asked for long (all requests paused, the machine asleep), time alone tells nothing.
            let looks_last = now >= held_from && at <= now && !has_looked_last;
            has_looked_last |= looks_last;
            if now >= held_from && !looks_last {
                let proved = lock(&self.inquiry.doubts).is_proved();
                if proved == Some(false) {
                    self.distrust("it does not find what the API has acknowledged".into());
                }
                return held(doubt, "search did not tell for a long time");
            }
            if let Some(why) = self.inquiry.distrust.get() {
                return held(doubt, why);
            }
            let verdict = if changed && !looks_last {
                let mut doubts = lock(&self.inquiry.doubts);
                match absent {
                    Some(began) => doubts.judge(token, doubt, searches, began, now),
                    None => Verdict::SearchAt(doubts.search_at(doubt, searches, now)),
                }
            } else {
                let looked = self.look(Call::Search, token, Depth::All).await;
                searches += 1;
                let mut doubts = lock(&self.inquiry.doubts);
                match looked {
                    None => return held(doubt, "the run ended before search could tell"),
                    Some((Found::Present(ids), _)) => {
                        if let Some(then) = absent {
                            doubts.was_missed(doubt, then);
                        }
                        return Resolved::Present(ids);
                    }
                    Some((Found::Unusable(_), _)) => {
                        Verdict::SearchAt(doubts.search_at(doubt, searches, Instant::now()))
                    }
                    // It may have waited long for its turn: what was not there when it left counts.
                    Some((Found::Absent, left)) => {
                        absent = Some(left);
                        doubts.judge(token, doubt, searches, left, Instant::now())
                    }
                }
            };
            at = match verdict {
                Verdict::Absent => return Resolved::Absent,
                Verdict::SearchAt(at) => at,
            };
        }
    }

    /// Whether a response may be sent for the first time, without waiting.
    pub(super) fn gate_is_open(&self, token: Token) -> bool {
        lock(&self.inquiry.doubts).gate(token, Instant::now()) == Gate::Open
    }

    /// Whether no response may be sent for the first time for now.
    pub(super) fn is_braked(&self) -> bool {
        let doubts = lock(&self.inquiry.doubts);
        doubts.is_full() || doubts.braked().is_some()
    }

    /// Waits until a response may be sent for the first time; not where too much is in doubt. Ends the run where that does
    /// not change for too long.
    pub(super) async fn gate(&self, token: Token) {
        let give_up_after = self.delivery.limits.give_up_after;
        let mut news = None;
        while !self.stop.is_ending() {
            let now = Instant::now();
            let (gate, braked) = {
                let mut doubts = lock(&self.inquiry.doubts);
                (doubts.gate(token, now), doubts.braked())
            };
            if gate == Gate::Open {
                return;
            }
            let give_up = braked.map(|since| since + give_up_after);
            if give_up.is_some_and(|give_up| give_up <= now) {
                self.stop.end(End::Stopped(format!(
                    "for {} the API has given no clear answer, and search finds nothing of what was sent: stopped, run \
                     the same command again later",
                    human(give_up_after)
                )));
                return;
            }
            // Subscribed before the gate is looked at again, so that no change is missed.
            let Some(news) = &mut news else {
                news = Some(self.inquiry.news.subscribe());
                continue;
            };
            let probe_at = if let Gate::Until(at) = gate {
                at
            } else {
                now + give_up_after
            };
            let wake = give_up.map_or(probe_at, |give_up| give_up.min(probe_at));
            tokio::select! {
                biased;
                () = self.stop.ending() => {}
                () = tokio::time::sleep_until(wake) => {}
                _ = news.changed() => {}
            }
        }
    }

    /// Waits until a doubt of an earlier run may be taken up: only so many at once.
    pub(super) async fn room_for_doubt(&self) {
        let mut news = self.inquiry.news.subscribe();
        while !self.stop.is_ending() && lock(&self.inquiry.doubts).is_full() {
            tokio::select! {
                biased;
                () = self.stop.ending() => {}
                _ = news.changed() => {}
            }
        }
    }

    /// Measures search's lag, one response at a time: early in the run, and while anything is in doubt. Never returns.
    pub(super) async fn measure_lags(&self) {
        let mut offered = self.inquiry.offered.subscribe();
        let mut news = self.inquiry.news.subscribe();
        while offered.changed().await.is_ok() {
            let Some(acknowledged) = offered.borrow_and_update().clone() else {
                continue;
            };
            if self.searchable().await.is_err() {
                break;
            }
            lock(&self.inquiry.doubts).lag_awaited(acknowledged.at);
            let Acknowledged { token, id, at } = &acknowledged;
            let Some(lag) = self.lag_of(*token, id, *at).await else {
                break;
            };
            tracing::debug!(?lag, "search's lag was measured");
            lock(&self.inquiry.doubts).lag_measured(lag);
            self.inquiry.tell();
            // Now and then is often enough, and only while it matters.
            self.sleep(self.delivery.settle / 2).await;
            while !lock(&self.inquiry.doubts).any() && news.changed().await.is_ok() {}
            self.inquiry.lag_wanted.store(true, Ordering::Relaxed);
        }
        std::future::pending::<()>().await;
    }

    /// How long after it was acknowledged search finds a response; `None` where the run ends or search is of no use.
    pub(super) async fn lag_of(&self, token: Token, id: &str, at: Instant) -> Option<Duration> {
        let mut wait = (self.delivery.settle / 40).max(Duration::from_millis(20));
        loop {
            // Up to the answer: how long search itself took to look is a part of its lag.
            match self.look(Call::Lag, token, Depth::All).await?.0 {
                Found::Present(ids) if ids.iter().any(|found| found == id) => {
                    return Some(at.elapsed());
                }
                // What an earlier request created came to light: it says nothing of the lag of this one.
                Found::Present(mut ids) => {
                    let is_first = !lock(&self.inquiry.resent).contains_key(&token);
                    if is_first && self.may_lack_a_ledger {
                        lock(&self.loaded_elsewhere).insert(token);
                        self.stop.end(End::Stopped(
                            "a response that was posted once is in Chattermill twice: another ledger has loaded it \
                             before, or one is lost. Stopped before more are; name the ledger that loaded them with \
                             --ledger, or run `chatterload ledger rebuild`"
                                .to_owned(),
                        ));
                    }
                    ids.push(id.to_owned());
                    self.note_double(Double { token, ids });
                    self.sleep(wait).await;
                }
                Found::Absent | Found::Unusable(_) => self.sleep(wait).await,
            }
            if self.stop.is_ending() || self.inquiry.distrust.get().is_some() {
                return None;
            }
            wait = (wait * 2).min(self.delivery.settle.max(Duration::from_millis(20)));
        }
    }

    /// At the end of a first run: searches for some responses of it, given with their ids, until search finds them, or half
    /// the settle time has passed since the run began: who sends for longer does not wait. What another ledger loaded a moment before this run was not found then, and is there twice now.
    pub async fn look_again(&self, mut ours: Vec<(Token, String)>) {
        let until = self.started + self.delivery.settle / 2;
        let mut wait = Duration::from_millis(50);
        while !ours.is_empty() && !self.stop.is_ending() {
            let tokens: Vec<Token> = ours.iter().map(|(token, _)| *token).collect();
            let Ok(found) = self.search_tokens(&tokens).await else {
                return;
            };
            for (token, found) in found {
                let (Found::Present(mut ids), Some(at)) =
                    (found, ours.iter().position(|(ours, _)| *ours == token))
                else {
                    continue;
                };
                let (_, id) = &ours[at];
                let is_shown = ids.contains(id);
                if !is_shown {
                    ids.push(id.clone());
                }
                if ids.len() > 1 && !lock(&self.inquiry.resent).contains_key(&token) {
                    lock(&self.loaded_elsewhere).insert(token);
                    self.note_double(Double { token, ids });
                }
                if is_shown {
                    ours.swap_remove(at);
                }
            }
            if ours.is_empty() || Instant::now() >= until {
                return;
            }
            self.sleep(wait.min(until.saturating_duration_since(Instant::now())))
                .await;
            wait = wait * 3 / 2;
        }
    }

    /// Searches once more for what was sent again after doubt: a server that created late shows as a double. Also for what
    /// an earlier run sent again (`Engine::resent`), where the caller remembers it. Gives those that search told of, be it
    /// that it does not find them.
    pub async fn check_doubles(&self, resent: &[(Token, Option<String>)]) -> Vec<Token> {
        let mut told = Vec::new();
        lock(&self.inquiry.unverified).extend(resent.iter().map(|(token, _)| *token));
        if resent.is_empty() || self.searchable().await.is_err() {
            return told;
        }
        for (token, id) in resent {
            let found = self.search(*token, Depth::All).await;
            if let Some(Found::Present(ids)) = &found
                && id
                    .as_ref()
                    .map_or_else(|| self.has_settled(), |id| ids.contains(id))
            {
                lock(&self.inquiry.unverified).remove(token);
            }
            if matches!(found, Some(Found::Present(_) | Found::Absent)) {
                told.push(*token);
            }
            match found {
                None => break,
                Some(Found::Present(mut ids)) => {
                    if let Some(id) = id.as_ref().filter(|id| !ids.contains(id)) {
                        ids.push(id.clone());
                    }
                    if ids.len() > 1 {
                        self.note_double(Double { token: *token, ids });
                    }
                }
                Some(Found::Absent | Found::Unusable(_)) => {}
            }
        }
        told
    }

    /// Whether what was sent before this run would be found by now.
    fn has_settled(&self) -> bool {
        let lag = lock(&self.inquiry.doubts).time_to_show();
        self.started.elapsed() >= self.delivery.settle.max(lag * 2)
    }

    /// Notes that a response is in Chattermill more than once.
    pub fn note_double(&self, double: Double) {
        let mut doubles = lock(&self.inquiry.doubles);
        match doubles.iter_mut().find(|known| known.token == double.token) {
            Some(known) => {
                for id in double.ids {
                    if !known.ids.contains(&id) {
                        known.ids.push(id);
                    }
                }
            }
            None => doubles.push(double),
        }
    }
}

impl Resolved {
    fn name(&self) -> &'static str {
        match self {
            Self::Present(_) => "present",
            Self::Absent => "absent",
            Self::Held(_) => "held",
        }
    }
}

fn held(doubt: &Doubt, why: &str) -> Resolved {
    Resolved::Held(format!("{}; {why}", doubt.why))
}
