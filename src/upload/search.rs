//! Asking the API for a token: all pages of its search, and whether that search can be trusted at all.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use futures::{StreamExt, stream};

use super::Engine;
use super::retry::{Decision, decide};
use super::send::{Call, Sent};
use crate::api::answer::{Answer, Meaning, Seen, meaning_of_post};
use crate::api::hits::{Page, page};
use crate::identity::{Id, Token};

/// So many results a page, the most the API's page allows.
const PER_PAGE: &str = "100";

/// Beyond so many pages search cannot mean one token.
const MOST_PAGES: u32 = 20;

/// So many tokens are searched for at once, as far as requests in flight allow.
const SIDE_BY_SIDE: usize = 32;

/// How often an answer that is none is asked for again, when trying whether search works.
const TRIES: u32 = 3;

const NO_LIST: &str = "it answers with something else than a list of responses";

/// What search says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// There, under these ids: more than one is a double.
    Present(Vec<String>),
    /// Not found.
    Absent,
    /// The answer says nothing.
    Unusable(String),
}

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Until it is found once.
    First,
    /// To the last page: a second hit is a double.
    All,
}

/// The pages read so far.
#[derive(Default)]
struct Pages {
    ids: HashSet<String>,
    hits: Vec<String>,
}

impl Pages {
    /// Takes a page; whether another may follow. A page without a new id is the last: it is empty, or the server ignores
    /// `page` and would give the same for ever.
    fn take(&mut self, page: Page) -> bool {
        for hit in page.hits {
            if !self.hits.contains(&hit) {
                self.hits.push(hit);
            }
        }
        let before = self.ids.len();
        self.ids.extend(page.ids);
        self.ids.len() > before
    }

    fn found(self) -> Found {
        if self.hits.is_empty() {
            Found::Absent
        } else {
            Found::Present(self.hits)
        }
    }
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
        if self.inquiry.trusted.get().is_some() {
            return Ok(());
        }
        let trust = || async {
            match self.try_search().await {
                Ok(()) => true,
                Err(why) => {
                    self.distrust(why);
                    false
                }
            }
        };
        self.inquiry.trusted.get_or_init(trust).await;
        self.inquiry
            .distrust
            .get()
            .map_or(Ok(()), |why| Err(why.clone()))
    }

    /// Searches for a token that nobody has: anything but 200 and nothing found means that search is of no use here.
    async fn try_search(&self) -> Result<(), String> {
        let Some(attribute) = &self.attribute else {
            return Err("`[key] token` is off, so that nothing can be searched for".into());
        };
        let token = Token(Id(self.random_id())).to_string();
        let mut why = String::new();
        for attempt in 1..=TRIES {
            match self.ask(attribute, &token, 1).await {
                None => return Err("the run ended before it was tried".into()),
                Some(Err(words)) => why = words,
                Some(Ok(answer)) => {
                    return match page(&answer.body, attribute, &token) {
                        Some(page) if page.count == 0 => Ok(()),
                        Some(_) => Err("it finds responses that it was not asked for".into()),
                        None => Err(NO_LIST.into()),
                    };
                }
            }
            if attempt < TRIES {
                self.sleep(Duration::from_millis(500) * attempt).await;
            }
        }
        Err(why)
    }

    /// Searches for a token; `None` where the run ends first.
    ///
    /// Ids that `undo` deleted are no hits: search may lag behind.
    pub(super) async fn search(&self, token: Token, depth: Depth) -> Option<Found> {
        let found = self.read_pages(token, depth).await?;
        let Found::Present(mut ids) = found else {
            return Some(found);
        };
        let undone = self.book.undone(token).await;
        ids.retain(|id| !undone.contains(id));
        Some(if ids.is_empty() {
            Found::Absent
        } else {
            Found::Present(ids)
        })
    }

    async fn read_pages(&self, token: Token, depth: Depth) -> Option<Found> {
        let Some(attribute) = &self.attribute else {
            return Some(Found::Unusable("there is no attribute to search by".into()));
        };
        let name = token.to_string();
        let mut pages = Pages::default();
        for number in 1..=MOST_PAGES {
            let answer = match self.ask(attribute, &name, number).await? {
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
    async fn ask(&self, attribute: &str, token: &str, page: u32) -> Option<Result<Answer, String>> {
        let path = [self.project.as_str(), "responses", "search"];
        let page = page.to_string();
        let query = [
            ("user_meta_property", attribute),
            ("user_meta_value", token),
            ("page", page.as_str()),
            ("per_page", PER_PAGE),
        ];
        loop {
            let place = self.place().await?;
            let sent = self
                .send(Call::Search, || self.client.get(&path, &query))
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
            return Some(match seen {
                Seen::Answer(answer) if answer.status == 200 => Ok(answer),
                Seen::Answer(answer) => Err(format!("it answers HTTP {}", answer.status)),
                Seen::TimedOut => Err("no answer came within the time-out".into()),
                Seen::Lost(why) | Seen::NotConnected(why) => {
                    Err(format!("the connection broke ({why})"))
                }
            });
        }
    }

    fn random_id(&self) -> [u8; 16] {
        (u128::from(self.dice.throw()) << 64 | u128::from(self.dice.throw())).to_be_bytes()
    }

    /// From now on nothing is concluded from search.
    pub(super) fn distrust(&self, why: String) {
        tracing::warn!(why, "search cannot be trusted here");
        // The first reason is kept.
        let _ = self.inquiry.distrust.set(why);
        self.inquiry.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[&str], hits: &[&str]) -> Page {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Page {
            count: ids.len(),
            ids: texts(ids),
            hits: texts(hits),
        }
    }

    #[test]
    fn pages_end_where_nothing_new_comes() {
        let mut pages = Pages::default();
        assert!(pages.take(page(&["1", "2"], &["2"])));
        assert!(pages.take(page(&["2", "3"], &["2", "3"])));
        assert!(!pages.take(page(&["3", "1"], &["3"])));
        assert_eq!(pages.found(), Found::Present(vec!["2".into(), "3".into()]));
        let mut pages = Pages::default();
        assert!(!pages.take(page(&[], &[])));
        assert_eq!(pages.found(), Found::Absent);
    }
}
