//! The responses of one project, kept as the text they were posted as.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use serde_json::{Map, Value};

/// One response. Times are since the sandbox's start.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: u64,
    /// The response as JSON text, without id; `None` once erased.
    body: Option<Box<str>>,
    /// When it came to be; in the future where the API creates it late.
    pub(super) created: Duration,
    /// When it was last written.
    pub(super) updated: Duration,
}

impl Record {
    /// The response's text, if at this time it is there.
    pub(super) fn body(&self, now: Duration) -> Option<&str> {
        (self.created <= now).then_some(self.body.as_deref())?
    }
}

/// The responses of one project, by id in ascending order, with an index of their tokens.
#[derive(Debug, Default)]
pub(super) struct Store {
    records: Vec<Record>,
    /// Hash of a token to the places of the records that may carry it: a finder checks.
    tokens: HashMap<u64, Vec<usize>>,
    hasher: RandomState,
}

impl Store {
    /// Adds a response, whose id must be greater than those before.
    pub(super) fn add(&mut self, id: u64, body: &str, token: Option<&str>, created: Duration) {
        if let Some(token) = token {
            // A new place stands in no list yet.
            let place = self.records.len();
            self.places(token).push(place);
        }
        self.records.push(Record {
            id,
            body: Some(body.into()),
            created,
            updated: created,
        });
    }

    /// The places of the records that may carry a token.
    fn places(&mut self, token: &str) -> &mut Vec<usize> {
        let hash = self.hasher.hash_one(token);
        self.tokens.entry(hash).or_default()
    }

    fn place(&self, id: u64) -> Option<usize> {
        self.records
            .binary_search_by_key(&id, |record| record.id)
            .ok()
    }

    /// The response of an id, if it is there at this time.
    pub(super) fn get(&self, id: u64, now: Duration) -> Option<(&Record, &str)> {
        let record = &self.records[self.place(id)?];
        Some((record, record.body(now)?))
    }

    /// Puts another text in a response's place.
    pub(super) fn replace(&mut self, id: u64, body: &str, token: Option<&str>, now: Duration) {
        if let Some(place) = self.place(id) {
            if let Some(token) = token {
                let places = self.places(token);
                // In order, so that they are found newest first.
                if let Err(gap) = places.binary_search(&place) {
                    places.insert(gap, place);
                }
            }
            let record = &mut self.records[place];
            record.body = Some(body.into());
            record.updated = now;
        }
    }

    /// Erases a response; whether it was there.
    pub(super) fn erase(&mut self, id: u64, now: Duration) -> bool {
        let Some(place) = self.place(id) else {
            return false;
        };
        let record = &mut self.records[place];
        record.body(now).is_some() && record.body.take().is_some()
    }

    /// What is there at this time, newest first.
    pub(super) fn newest(&self, now: Duration) -> impl Iterator<Item = (&Record, &str)> {
        self.records
            .iter()
            .rev()
            .filter_map(move |record| Some((record, record.body(now)?)))
    }

    /// What may carry a token, newest first.
    pub(super) fn carrying(
        &self,
        token: &str,
        now: Duration,
    ) -> impl Iterator<Item = (&Record, &str)> {
        let places = self.tokens.get(&self.hasher.hash_one(token));
        places
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .rev()
            .filter_map(move |place| {
                let record = &self.records[*place];
                Some((record, record.body(now)?))
            })
    }

    /// How many responses are yet to come to be.
    pub(super) fn pending(&self, now: Duration) -> usize {
        self.records
            .iter()
            .filter(|record| record.created > now && record.body.is_some())
            .count()
    }
}

/// A response after a PUT: entries of `user_meta` and `segments` are added or replaced, other fields replaced.
/// `None` where either is no object.
pub(super) fn merge(old: &str, change: &str) -> Option<String> {
    let mut merged: Map<String, Value> = serde_json::from_str(old).ok()?;
    let change: Map<String, Value> = serde_json::from_str(change).ok()?;
    for (field, value) in change {
        match (merged.get_mut(&field), value) {
            (Some(Value::Object(entries)), Value::Object(new))
                if matches!(field.as_str(), "user_meta" | "segments") =>
            {
                entries.extend(new);
            }
            (_, value) => {
                merged.insert(field, value);
            }
        }
    }
    Some(Value::Object(merged).to_string())
}
