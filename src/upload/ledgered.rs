//! The book that is the ledger: what the engine tells, as events of the ledger's states.
//!
//! What the engine calls "created" is one of two events: an answer to a POST, or a doubt resolved. Which one it is
//! depends on where the response stands in this run, and that is kept here, for the few that are under way.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use super::Work;
use super::book::Closed;
use super::known::{Fate, Known};
use super::rate::lock;
use super::retry::End;
use super::stop::Stop;
use crate::api::canonical::{gives_response, kept_hash};
use crate::identity::{Id, Token};
use crate::ledger::{
    Begun, Entry, Event, Fault, Intent, Ledger, Note, RunNumber, State, UPDATE_NOT_ECHOED,
};

/// The ledger, as one run writes it.
pub struct Ledgered {
    ledger: Arc<Ledger>,
    run: RunNumber,
    /// Ended where the ledger cannot be written any more.
    stop: Stop,
    under_way: Mutex<HashMap<Token, Stage>>,
    /// What was there before this run, though the ledger did not know it.
    taken_back: Mutex<HashSet<Token>>,
}

/// Where a response stands that is under way. Requests made for it so far are counted.
#[derive(Clone, Copy)]
enum Stage {
    /// The ledger has it as `sending`.
    Sending(u32),
    /// The ledger has it as `in_doubt`.
    InDoubt(u32),
}

impl Ledgered {
    pub(super) fn new(ledger: Arc<Ledger>, run: RunNumber, stop: Stop) -> Self {
        Self {
            ledger,
            run,
            stop,
            under_way: Mutex::default(),
            taken_back: Mutex::default(),
        }
    }

    pub(super) async fn lookup(&self, tokens: Vec<Token>) -> Vec<Option<Known>> {
        let count = tokens.len();
        match self.ledger.lookup(tokens.clone()).await {
            Ok(entries) => {
                let known = tokens.into_iter().zip(entries);
                known
                    .map(|(token, entry)| Some(self.known(token, entry?)))
                    .collect()
            }
            Err(closed) => {
                // Nothing is sent any more, so what is not known does no harm.
                self.end(&closed.to_string());
                vec![None; count]
            }
        }
    }

    fn known(&self, token: Token, entry: Entry) -> Known {
        let run = (!lock(&self.taken_back).contains(&token)).then_some(self.run);
        let known = known_of(entry, run);
        if matches!(known.fate, Fate::InDoubt(_)) {
            lock(&self.under_way)
                .entry(token)
                .or_insert(Stage::InDoubt(0));
        }
        known
    }

    /// The ids under which `undo` deleted a token's responses: search may still find them.
    pub(super) async fn undone(&self, token: Token) -> Vec<String> {
        let asked = self.ledger.ask(move |view| view.undone_ids(token)).await;
        asked.unwrap_or_default()
    }

    pub(super) async fn begin_post(&self, work: &Work) -> Result<(), Closed> {
        let stage = lock(&self.under_way).get(&work.token).copied();
        let attempts = match stage {
            // What search did not find is new again, and marked to be searched for once more.
            Some(Stage::InDoubt(attempts)) => {
                self.tell(work.token, Event::Absent, None, None);
                attempts
            }
            Some(Stage::Sending(attempts)) => attempts,
            None => 0,
        };
        let begun = self.ledger.begin_post(self.run, Self::intent(work)).await;
        self.open(begun)?;
        lock(&self.under_way).insert(work.token, Stage::Sending(attempts + 1));
        Ok(())
    }

    /// Several of which nothing seems to be known, in one go.
    pub(super) fn begin_new(&self, works: &[Work]) -> Begun {
        let intents = works.iter().map(Self::intent).collect();
        self.ledger.begin_new(self.run, intents)
    }

    /// Waits until those are written down; what is known of the others.
    pub(super) async fn begun(
        &self,
        begun: Begun,
        works: &[Work],
    ) -> Result<Vec<Option<Known>>, Closed> {
        let entries = match self.ledger.begun(begun).await {
            Ok(entries) => entries,
            Err(closed) => {
                self.end(&closed.to_string());
                return Err(Closed);
            }
        };
        let known = works.iter().zip(entries).map(|(work, entry)| {
            if entry.is_none() {
                lock(&self.under_way).insert(work.token, Stage::Sending(1));
            }
            Some(self.known(work.token, entry?))
        });
        Ok(known.collect())
    }

    pub(super) async fn begin_put(&self, work: &Work) -> Result<(), Closed> {
        let begun = self.ledger.begin_put(self.run, Self::intent(work)).await;
        self.open(begun)
    }

    /// Created by this run's POST, found after a doubt, or found though the ledger knew nothing of it.
    pub(super) fn created(&self, work: &Work, id: &str, answer: &[u8]) {
        match self.leave(work.token) {
            Some(Stage::Sending(attempts)) => {
                let note = Note {
                    attempts: Some(attempts),
                    code: None,
                    echo: Self::echo(work, answer),
                };
                self.ledger
                    .tell(work.token, Event::Created(id.to_owned()), note);
            }
            Some(Stage::InDoubt(_)) => {
                self.tell(work.token, Event::Found(id.to_owned()), None, None);
            }
            None => {
                lock(&self.taken_back).insert(work.token);
                self.ledger
                    .take_back_later(self.run, work.token, id.to_owned());
                self.ledger.adopt(Self::intent(work));
            }
        }
    }

    pub(super) fn adopt(&self, work: &Work) {
        self.ledger.adopt(Self::intent(work));
    }

    /// What the API made of it, with what stayed of an earlier version, is what its answer tells.
    pub(super) fn updated(&self, work: &Work, answer: &[u8]) {
        let code = (!gives_response(answer)).then(|| UPDATE_NOT_ECHOED.to_owned());
        let note = Note {
            attempts: None,
            code,
            echo: Self::echo(work, answer),
        };
        self.ledger.tell(work.token, Event::Updated, note);
    }

    /// What was sent is noted already; the answer says what the API made of it.
    fn echo(work: &Work, answer: &[u8]) -> Option<Id> {
        if answer.is_empty() {
            return None;
        }
        kept_hash(&work.body, answer)
    }

    pub(super) fn not_updated(&self, work: &Work, perhaps: bool) {
        let event = if perhaps {
            Event::UpdateUnclear
        } else {
            Event::NotUpdated
        };
        self.tell(work.token, event, None, None);
    }

    pub(super) fn refused(&self, work: &Work, code: &str) {
        if let Some(Stage::Sending(attempts)) = self.leave(work.token) {
            self.tell(work.token, Event::Refused, Some(code), Some(attempts));
        }
    }

    pub(super) fn not_created(&self, work: &Work) {
        if let Some(Stage::Sending(attempts)) = self.leave(work.token) {
            self.tell(work.token, Event::NotCreated, None, Some(attempts));
        }
    }

    /// A response that was never sent by anybody we know of stays unknown: there is nothing to be in doubt about.
    pub(super) fn doubt(&self, work: &Work, code: &str) {
        let mut under_way = lock(&self.under_way);
        if let Some(Stage::Sending(attempts)) = under_way.get(&work.token).copied() {
            under_way.insert(work.token, Stage::InDoubt(attempts));
            drop(under_way);
            self.tell(work.token, Event::Unclear, Some(code), Some(attempts));
        }
    }

    /// A response comes to its end in this run.
    fn leave(&self, token: Token) -> Option<Stage> {
        lock(&self.under_way).remove(&token)
    }

    fn tell(&self, token: Token, event: Event, code: Option<&str>, attempts: Option<u32>) {
        let note = Note {
            attempts,
            code: code.map(str::to_owned),
            ..Note::default()
        };
        self.ledger.tell(token, event, note);
    }

    fn intent(work: &Work) -> Intent {
        Intent {
            token: work.token,
            raw: work.raw,
            payload: work.payload,
            echo: Some(work.echo),
            version: work.version.clone(),
            name: Arc::clone(&work.name),
            file: work.ticket.row.file,
            row: work.ticket.row.position.row,
        }
    }

    fn open(&self, begun: Result<(), Fault>) -> Result<(), Closed> {
        begun.map_err(|fault| {
            self.end(&fault.to_string());
            Closed
        })
    }

    fn end(&self, why: &str) {
        self.stop.end(End::Stopped(why.to_owned()));
    }
}

/// What the ledger says of a token, as the engine asks it; `run` is the run that asks.
pub fn known_of(entry: Entry, run: Option<RunNumber>) -> Known {
    Known {
        by_this_run: run.is_some_and(|run| entry.run == run || entry.changed_by == Some(run)),
        fate: match entry.state {
            State::New | State::Refused | State::Undone(_) => Fate::Free,
            State::Uploaded(id) | State::Updating(_, id) | State::Deleting(_, id) => {
                Fate::Uploaded(id)
            }
            State::Sending(_) | State::InDoubt => {
                Fate::InDoubt(entry.code.unwrap_or_else(|| "sending".to_owned()))
            }
        },
        raw: entry.raw,
        payload: entry.payload,
        version: entry.version,
        may_come_late: entry.may_come_late,
    }
}
