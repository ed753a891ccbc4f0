//! What must hold after each run and at the end.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::model::{Record, Server};
use super::plan::{Plan, Search};
use crate::identity::Token;
use crate::outcome::Outcome;
use crate::upload::known::{Fate, Known};
use crate::upload::rate::Rate;
use crate::upload::{Engine, Settled, Work};

/// A run that is over.
pub(super) struct Finished {
    pub(super) number: usize,
    pub(super) works: Vec<Work>,
    pub(super) outcomes: Vec<Settled>,
    /// It ended by itself or by a stop, and was not killed.
    pub(super) whole: bool,
    pub(super) took: Duration,
    pub(super) engine: Arc<Engine>,
}

/// What was seen so far.
#[derive(Default)]
pub(super) struct Verdict {
    resent: BTreeMap<Token, Option<String>>,
    doubles: HashSet<Token>,
    last: HashMap<Token, Vec<Outcome>>,
}

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

fn of(server: &Server, token: Token) -> impl Iterator<Item = &Record> {
    let token = token.to_string();
    server
        .records
        .iter()
        .filter(move |record| record.token == token)
}

impl Verdict {
    pub(super) fn resent(&self) -> Vec<(Token, Option<String>)> {
        self.resent
            .iter()
            .map(|(token, id)| (*token, id.clone()))
            .collect()
    }

    pub(super) fn after_run(
        &mut self,
        plan: &Plan,
        server: &Server,
        run: &Finished,
    ) -> Result<(), String> {
        self.resent.extend(run.engine.resent());
        self.doubles
            .extend(run.engine.doubles().iter().map(|double| double.token));
        ensure(server.most_in_flight <= plan.concurrency, || {
            format!(
                "{} in flight of {} allowed",
                server.most_in_flight, plan.concurrency
            )
        })?;
        ensure(run.took < Duration::from_hours(24), || {
            format!("run {} took {:?}", run.number, run.took)
        })?;
        if let Rate::Fixed { count, .. } = plan.rate {
            never_faster(server, count.get() as usize)?;
        }
        self.last.clear();
        for one in &run.outcomes {
            let token = Token(one.ticket.id.expect("every row has a key"));
            outcome_is_true(plan, server, run.number, token, &one.outcome)?;
            self.last
                .entry(token)
                .or_default()
                .push(one.outcome.clone());
        }
        if run.whole {
            conserved(run)?;
            self.uploads_are_told(plan, server, run)?;
        }
        Ok(())
    }

    /// What this run created is told as uploaded, or as in doubt.
    fn uploads_are_told(&self, plan: &Plan, server: &Server, run: &Finished) -> Result<(), String> {
        if !plan.tame {
            return Ok(());
        }
        let mut told: HashSet<String> = HashSet::new();
        for (token, outcomes) in &self.last {
            if outcomes
                .iter()
                .any(|one| matches!(one, Outcome::Uploaded | Outcome::InDoubt(_)))
            {
                told.insert(token.to_string());
            }
        }
        for record in server
            .records
            .iter()
            .filter(|record| record.run == run.number)
        {
            ensure(told.contains(&record.token), || {
                format!(
                    "run {}: response {} was created and not told",
                    run.number, record.id
                )
            })?;
        }
        Ok(())
    }

    pub(super) fn at_the_end(
        &mut self,
        plan: &Plan,
        server: &Server,
        known: Vec<(Token, Known)>,
        last: &Engine,
    ) -> Result<(), String> {
        self.doubles
            .extend(last.doubles().iter().map(|double| double.token));
        let unverified = last.unverified();
        for (token, known) in known {
            let there = of(server, token).count();
            let named = self.doubles.contains(&token) || unverified.contains(&token);
            // The probe is sent without any proof that search finds what is there.
            let blind = unverified.contains(&token) && !search_finds(plan);
            ensure(there <= 1 || !plan.tame || blind, || {
                format!("{token} is there {there} times")
            })?;
            match &known.fate {
                Fate::Uploaded(id) => {
                    ensure(
                        of(server, token).any(|record| record.id.to_string() == *id),
                        || format!("{token} is not there under {id}"),
                    )?;
                    ensure(there == 1 || named, || {
                        format!("{token} is there {there} times, which nobody says")
                    })?;
                }
                Fate::Free => ensure(there == 0, || {
                    format!("{token} is there {there} times, and the book says free")
                })?,
                Fate::InDoubt(_) => {}
            }
        }
        for token in &self.doubles {
            ensure(of(server, *token).count() > 1, || {
                format!("{token} is called a double and is none")
            })?;
        }
        let search_is_of_use = matches!(
            plan.search,
            Search::Works | Search::Substring | Search::IgnoresPage
        );
        for (token, outcomes) in &self.last {
            let settled = outcomes.iter().all(|one| match one {
                Outcome::NotAttempted => false,
                Outcome::InDoubt(_) => !search_is_of_use,
                _ => true,
            });
            ensure(settled, || {
                format!("{token} is still {outcomes:?} after a calm run")
            })?;
        }
        Ok(())
    }
}

/// Whether search can show what is there.
fn search_finds(plan: &Plan) -> bool {
    !matches!(
        plan.search,
        Search::Empty | Search::Mangles | Search::Broken
    )
}

/// Every response that went in came out, once.
fn conserved(run: &Finished) -> Result<(), String> {
    let mut rows: Vec<u64> = run
        .outcomes
        .iter()
        .map(|one| one.ticket.row.position.row)
        .collect();
    rows.sort_unstable();
    let fed: Vec<u64> = (0..run.works.len() as u64).collect();
    let stopped = run.engine.stop.is_ending();
    ensure(rows.windows(2).all(|pair| pair[0] < pair[1]), || {
        "a row was settled twice".into()
    })?;
    ensure(rows == fed || (stopped && rows.len() <= fed.len()), || {
        format!(
            "run {}: {} rows went in and {} came out",
            run.number,
            fed.len(),
            rows.len()
        )
    })
}

fn outcome_is_true(
    plan: &Plan,
    server: &Server,
    run: usize,
    token: Token,
    outcome: &Outcome,
) -> Result<(), String> {
    let there = of(server, token).count();
    match outcome {
        Outcome::Uploaded if plan.tame => {
            ensure(of(server, token).any(|record| record.run == run), || {
                format!("run {run}: {token} is told as uploaded, and was not created in this run")
            })
        }
        Outcome::Uploaded
        | Outcome::Updated
        | Outcome::AlreadyUploaded(_)
        | Outcome::Changed(_) => ensure(there > 0, || {
            format!("run {run}: {token} is told as {outcome:?}, and is not there")
        }),
        _ => Ok(()),
    }
}

fn never_faster(server: &Server, count: usize) -> Result<(), String> {
    let begins = &server.begins;
    let fastest = (0..begins.len())
        .map(|first| {
            begins[first..]
                .iter()
                .take_while(|at| **at < begins[first] + Duration::from_secs(1))
                .count()
        })
        .max()
        .unwrap_or(0);
    ensure(fastest <= count + 1, || {
        format!("{fastest} requests in one second at {count}/s")
    })
}
