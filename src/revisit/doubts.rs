//! What a run left in doubt, resolved before the run is undone: by search alone, for nothing is sent.
//!
//! Present: it is the run's, and is undone like the rest. Absent: counts only where search is known to work (it finds
//! nothing for a token of nobody, and the latest response that the run is known to have created), and only after the
//! settle time from this run's start, plus a time-out where the request had timed out. Otherwise the doubt is held: named
//! and left.

use std::time::Duration;

use tokio::time::Instant;

use super::Findings;
use super::caller::{Caller, Ended};
use super::search::Search;
use crate::identity::Token;
use crate::ledger::{Event, Fault, Ledger, Note, RunNumber, Standing};
use crate::upload::Found;
use crate::upload::retry::End;

/// A run's doubts, and how to resolve them.
pub struct Doubts<'a> {
    /// Who asks.
    pub search: Search<'a>,
    /// The ledger, under the scope's lock.
    pub ledger: &'a Ledger,
    /// The run that asks.
    pub run: RunNumber,
    /// The run whose doubts they are.
    pub of: RunNumber,
    /// When the asking run began.
    pub began: Instant,
    /// How long after that absence counts, at the least.
    pub settle: Duration,
    /// The time-out of a request.
    pub timeout: Duration,
    /// Where it is told.
    pub findings: &'a Findings,
}

impl Doubts<'_> {
    /// Resolves what can be resolved.
    ///
    /// # Errors
    /// The run ends.
    pub async fn resolve(&self) -> Result<(), Ended> {
        let (run, of) = (self.run, self.of);
        let mut doubts = told(
            self.caller(),
            self.ledger.ask(move |view| view.doubts(run)).await,
        )?;
        doubts.retain(|doubt| doubt.run == of);
        if doubts.is_empty() {
            return Ok(());
        }
        if let Err(why) = self.search.trust().await? {
            for doubt in &doubts {
                self.hold(doubt, &why);
            }
            return Ok(());
        }
        let mut absent = Vec::new();
        for doubt in doubts {
            if !self.settled(&doubt, false).await? {
                absent.push(doubt);
            }
        }
        if absent.is_empty() {
            return Ok(());
        }
        let timed_out = absent
            .iter()
            .any(|doubt| doubt.code.as_deref() == Some("timeout"));
        let wait = self.settle
            + if timed_out {
                self.timeout
            } else {
                Duration::ZERO
            };
        self.caller()
            .sleep((self.began + wait).saturating_duration_since(Instant::now()))
            .await?;
        let finds = self.finds_what_is_there().await?;
        for doubt in absent {
            match &finds {
                Ok(()) => drop(self.settled(&doubt, true).await?),
                Err(why) => self.hold(&doubt, why),
            }
        }
        Ok(())
    }

    fn caller(&self) -> &Caller {
        self.search.caller
    }

    /// Searches once; whether that settled the doubt. Absence does where it `counts`.
    async fn settled(&self, doubt: &Standing, counts: bool) -> Result<bool, Ended> {
        let ids = match self.search.find(doubt.token).await? {
            Found::Present(ids) => self.not_undone(doubt.token, ids).await?,
            Found::Absent => Vec::new(),
            Found::Unusable(why) if counts => {
                self.hold(doubt, &why);
                return Ok(true);
            }
            Found::Unusable(_) => return Ok(false),
        };
        let Some((id, more)) = ids.split_first() else {
            if counts {
                self.tell(doubt.token, Event::Absent).await?;
                self.findings.count("not_created");
            }
            return Ok(counts);
        };
        self.tell(doubt.token, Event::Found(id.clone())).await?;
        // They are undone like it.
        for id in more {
            self.ledger.double(self.run, doubt.token, id.clone());
        }
        Ok(true)
    }

    /// Search may lag behind a deletion: an undone id is no hit.
    async fn not_undone(&self, token: Token, mut ids: Vec<String>) -> Result<Vec<String>, Ended> {
        let undone = told(
            self.caller(),
            self.ledger.ask(move |view| view.undone_ids(token)).await,
        )?;
        ids.retain(|id| !undone.contains(id));
        Ok(ids)
    }

    async fn tell(&self, token: Token, event: Event) -> Result<(), Ended> {
        told(
            self.caller(),
            self.ledger.settle(token, event, Note::default()).await,
        )
        .map(drop)
    }

    /// Whether search finds a response that is known to be there.
    async fn finds_what_is_there(&self) -> Result<Result<(), String>, Ended> {
        let of = self.of;
        let latest = told(
            self.caller(),
            self.ledger.ask(move |view| view.latest_of(of)).await,
        )?;
        let Some(latest) = latest else {
            return Ok(Err("the run has no response that is known to be there, by which to tell whether search finds \
                           what there is"
                .into()));
        };
        Ok(match self.search.find(latest.token).await? {
            Found::Present(_) => Ok(()),
            Found::Absent => {
                Err("search does not find a response that is known to be there".into())
            }
            Found::Unusable(why) => Err(why),
        })
    }

    fn hold(&self, doubt: &Standing, why: &str) {
        let code = doubt.code.as_deref().unwrap_or("no clear answer");
        let message =
            format!("nobody knows whether it was created ({code}), and search cannot tell: {why}");
        self.findings.note("in_doubt", doubt, message);
    }
}

/// A ledger that fails ends the run.
pub(super) fn told<T, E: Into<Fault>>(caller: &Caller, result: Result<T, E>) -> Result<T, Ended> {
    result.map_err(|error| {
        caller.stop.end(End::Stopped(error.into().to_string()));
        Ended
    })
}
