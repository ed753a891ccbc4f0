//! Asking the API for a token: all pages of its search, and whether that search can be trusted at all.

use std::time::{Duration, SystemTime};

use futures::{StreamExt, stream};
use tokio::time::Instant;

use super::Engine;
use super::rate::auto::Turn;
use super::retry::{Decision, decide};
use super::send::{Call, Sent};
use crate::api::answer::{Answer, Meaning, Seen, meaning_of_post};
use crate::api::hits::{Found, MOST_PAGES, Pages, page};
use crate::identity::{Id, Token};

/// So many tokens are searched for at once, as far as requests in flight allow.
const SIDE_BY_SIDE: usize = 32;

/// How often an answer that is none is asked for again, when trying whether search works.
const TRIES: u32 = 3;

const NO_LIST: &str = "it answers with something else than a list of responses";

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Until it is found once.
    First,
    /// To the last page: a second hit is a double.
    All,
}

impl Engine {
    /// Searches for tokens before anything is sent, as at the first use of a scope: a hit on a token that the ledger
    /// lacks means that a ledger is missing.
    ///
    /// # Errors
    /// Why search cannot tell, in words; also where the run ends meanwhile.
    pub async fn search_tokens(&self, tokens: &[Token]) -> Result<Vec<(Token, Found)>, String> {
        self.searchable().await?;
        // Side by side, as everything else: one after the other they would leave a quota unused while answers are slow.
        let searches = stream::iter(tokens.to_vec()).map(async |token| {
            let found = self.search(token, Depth::All).await;
            found.map(|found| (token, found))
        });
        let found = searches.buffered(SIDE_BY_SIDE);
        let found: Option<Vec<(Token, Found)>> =
            found.collect::<Vec<_>>().await.into_iter().collect();
        found.ok_or_else(|| "the run ended".into())
    }

    /// Whether search can be trusted: asked once a run, before the first POST.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) async fn searchable(&self) -> Result<(), String> {
        if let Some(why) = self.inquiry.distrust.get() {
            return Err(why.clone());
        }
        if self.inquiry.trusted.get() == Some(&true) {
            return Ok(());
        }
        let trust = || async {
            match self.try_search().await {
                Some(Err(why)) => {
                    self.distrust(why);
                    false
                }
                tried => tried.is_some(),
            }
        };
        let trusted = *self.inquiry.trusted.get_or_init(trust).await;
        match self.inquiry.distrust.get() {
            Some(why) => Err(why.clone()),
            None if trusted => Ok(()),
            // That says nothing of search.
            None => Err("the run ended before it was tried".into()),
        }
    }

    /// Searches for a token that nobody has: anything but 200 and nothing found means that search is of no use here.
    /// `None` where the run ends first.
    async fn try_search(&self) -> Option<Result<(), String>> {
        let Some(attribute) = &self.attribute else {
            let why = "`[key] token` is off, so that nothing can be searched for";
            return Some(Err(why.into()));
        };
        let token = Token(Id(self.random_id())).to_string();
        let mut why = String::new();
        for attempt in 1..=TRIES {
            match self.ask(Call::Search, attribute, &token, 1).await?.1 {
                Err(words) => why = words,
                Ok(answer) => {
                    return Some(match page(&answer.body, attribute, &token) {
                        Some(page) if page.count == 0 => Ok(()),
                        Some(_) => Err("it finds responses that it was not asked for".into()),
                        None => Err(NO_LIST.into()),
                    });
                }
            }
            if attempt < TRIES {
                self.sleep(Duration::from_millis(500) * attempt).await;
            }
        }
        Some(Err(why))
    }

    /// Searches for a token; `None` where the run ends first.
    pub(super) async fn search(&self, token: Token, depth: Depth) -> Option<Found> {
        let (found, _) = self.look(Call::Search, token, depth).await?;
        Some(found)
    }

    /// The same, with the instant at which its first request left: what it did not find was not to be found then.
    ///
    /// Ids that `undo` deleted are no hits: search may lag behind.
    pub(super) async fn look(
        &self,
        call: Call,
        token: Token,
        depth: Depth,
    ) -> Option<(Found, Instant)> {
        let mut left = None;
        let found = self.read_pages(call, token, depth, &mut left).await?;
        Some((found, left.unwrap_or_else(Instant::now)))
    }

    async fn read_pages(
        &self,
        call: Call,
        token: Token,
        depth: Depth,
        left: &mut Option<Instant>,
    ) -> Option<Found> {
        let Some(attribute) = &self.attribute else {
            return Some(Found::Unusable("there is no attribute to search by".into()));
        };
        let name = token.to_string();
        let mut pages = Pages::default();
        for number in 1..=MOST_PAGES {
            let (turn, answer) = self.ask(call, attribute, &name, number).await?;
            left.get_or_insert(turn.began);
            let answer = match answer {
                Ok(answer) => answer,
                Err(why) => return Some(Found::Unusable(why)),
            };
            let Some(mut page) = page(&answer.body, attribute, &name) else {
                return Some(Found::Unusable(NO_LIST.into()));
            };
            if !page.hits.is_empty() {
                // What `undo` deleted may still be found for a while, and is no hit.
                let undone = self.book.undone(token).await;
                page.hits.retain(|id| !undone.contains(id));
            }
            let more = pages.take(page);
            if !more || (depth == Depth::First && !pages.hits.is_empty()) {
                return Some(pages.found());
            }
        }
        self.distrust(format!(
            "it finds more than {MOST_PAGES} pages of responses for one token"
        ));
        Some(Found::Unusable("too many pages".into()))
    }

    /// One page of a search, by the same places, pause and rate as everything else; `None` where the run ends first.
    async fn ask(
        &self,
        call: Call,
        attribute: &str,
        token: &str,
        page: u32,
    ) -> Option<(Turn, Result<Answer, String>)> {
        loop {
            let place = self.place(call).await?;
            let sent = self
                .send(call, || {
                    self.client.search(&self.project, attribute, token, page)
                })
                .await;
            drop(place);
            let Sent::Seen(seen, turn) = sent else {
                return None;
            };
            let meaning = match &seen {
                Seen::Answer(answer) if answer.status == 429 || answer.status == 503 => {
                    Some(meaning_of_post(&seen, SystemTime::now()))
                        .filter(|meaning| matches!(meaning, Meaning::Wait(_)))
                }
                Seen::NotConnected(why) => Some(Meaning::NotConnected(why.clone())),
                _ => None,
            };
            if let Some(meaning) = meaning {
                match decide(
                    meaning.clone(),
                    &self.learn(&meaning, turn),
                    &self.delivery.limits,
                ) {
                    Decision::PauseAll(wait) => self.pause_all(turn, wait),
                    Decision::Again(wait) => self.sleep(wait).await,
                    Decision::End(end) => self.stop.end(end),
                    _ => {}
                }
                continue;
            }
            self.heard(turn);
            let answer = match seen {
                Seen::Answer(answer) if answer.status == 200 => Ok(answer),
                Seen::Answer(answer) => Err(format!("it answers HTTP {}", answer.status)),
                Seen::TimedOut => Err("no answer came within the time-out".into()),
                Seen::Lost(why) | Seen::NotConnected(why) => {
                    Err(format!("the connection broke ({why})"))
                }
            };
            return Some((turn, answer));
        }
    }

    fn random_id(&self) -> [u8; 16] {
        (u128::from(self.dice.throw()) << 64 | u128::from(self.dice.throw())).to_be_bytes()
    }

    /// From now on nothing is concluded from search.
    pub(super) fn distrust(&self, why: String) {
        let mut is_first = false;
        let why = self.inquiry.distrust.get_or_init(|| {
            is_first = true;
            why
        });
        // The first reason is kept, and told once however many come to see it.
        if is_first {
            tracing::warn!(why, "search cannot be trusted here");
        }
        self.inquiry.tell();
    }
}
