//! What all responses that are fit to be sent hold, in bounded memory: attributes, scores, dates, datasets.

mod attribute;
mod dates;
mod distinct;
mod json;
mod scores;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{HashMap, HashSet};
use std::hash::RandomState;
use std::sync::Arc;

use jiff::Timestamp;

use crate::record::{Attribute, AttributeValue, Response};
use attribute::{Section, Tally};
use dates::Dates;
use scores::Scores;

/// So many attributes are looked at; JSON may have any number.
const ATTRIBUTES: usize = 500;
/// So many data types, and pairs of data type and source.
const DATASETS: usize = 50;
/// With fewer responses nothing is said of what is the same, or different, everywhere.
const ENOUGH: u64 = 20;
/// So many values of an attribute are shown.
const FREQUENT: usize = 5;

/// What the responses hold.
#[derive(Debug)]
pub struct Overview {
    responses: u64,
    attributes: Vec<Tally>,
    by_key: [HashMap<Arc<str>, usize>; 2],
    more_attributes: bool,
    /// Keys of segments that the mapping fills with a literal.
    literal: HashSet<Arc<str>>,
    scores: Vec<Scores>,
    datasets: Vec<Dataset>,
    dates: Dates,
    comments: u64,
    longest: usize,
    /// What is left for distinct values, of all attributes and scores.
    room: usize,
    hashes: RandomState,
}

/// Responses of one data type from one source.
#[derive(Debug)]
struct Dataset {
    data_type: Option<String>,
    data_source: Option<String>,
    id: Option<String>,
    count: u64,
}

impl Overview {
    /// Of no response yet; dates are judged by what is `now`.
    pub fn new(now: Timestamp) -> Self {
        Self {
            responses: 0,
            attributes: Vec::new(),
            by_key: Default::default(),
            more_attributes: false,
            literal: HashSet::new(),
            scores: Vec::new(),
            datasets: Vec::new(),
            dates: Dates::new(now),
            comments: 0,
            longest: 0,
            room: distinct::ROOM,
            hashes: RandomState::new(),
        }
    }

    /// These segments are the same in every response because the mapping says so.
    pub fn expect_literals<'a>(&mut self, keys: impl IntoIterator<Item = &'a Arc<str>>) {
        self.literal.extend(keys.into_iter().map(Arc::clone));
    }

    /// Looks at a response of a row.
    pub fn see(&mut self, response: &Response<'_>, file: &str, row: u64) {
        self.responses += 1;
        if let Some(comment) = &response.comment {
            self.comments += 1;
            // Bytes are at least as many as characters: most comments need no counting.
            if comment.len() > self.longest {
                self.longest = self.longest.max(comment.chars().count());
            }
        }
        self.dates.see(response.created_at.as_deref(), file, row);
        self.dataset(response);
        let mut expected = 0;
        for (section, attributes) in [
            (Section::UserMeta, &response.user_meta),
            (Section::Segments, &response.segments),
        ] {
            for attribute in attributes {
                if let Some(index) = self.find(section, attribute, expected) {
                    let tally = &mut self.attributes[index];
                    tally.see(&attribute.value, &self.hashes, &mut self.room);
                    expected = index + 1;
                }
            }
        }
    }

    /// The number of an attribute; most come in the order of the response before.
    fn find(
        &mut self,
        section: Section,
        attribute: &Attribute<'_>,
        expected: usize,
    ) -> Option<usize> {
        if let Some(tally) = self.attributes.get(expected)
            && tally.section == section
            && *tally.key == *attribute.key
        {
            return Some(expected);
        }
        let by_key = &mut self.by_key[section as usize];
        if let Some(index) = by_key.get(&*attribute.key) {
            return Some(*index);
        }
        let index = self.attributes.len();
        if index == ATTRIBUTES {
            self.more_attributes = true;
            return None;
        }
        let tally = Tally::new(section, attribute);
        by_key.insert(Arc::clone(&tally.key), index);
        self.attributes.push(tally);
        Some(index)
    }

    fn dataset(&mut self, response: &Response) {
        let id = response.dataset_id.as_ref().map(|id| match id {
            AttributeValue::Text(text) | AttributeValue::Date(text) => text.to_string(),
            AttributeValue::Number(number) => number.to_string(),
            AttributeValue::Bool(value) => value.to_string(),
        });
        let room = self.datasets.len() < DATASETS;
        let known = self.datasets.iter_mut().find(|known| {
            known.data_type.as_deref() == response.data_type.as_deref()
                && known.data_source.as_deref() == response.data_source.as_deref()
                && known.id == id
        });
        match known {
            Some(known) => known.count += 1,
            None if room => self.datasets.push(Dataset {
                data_type: response.data_type.as_deref().map(str::to_owned),
                data_source: response.data_source.as_deref().map(str::to_owned),
                id,
                count: 1,
            }),
            None => {}
        }
        let Some(score) = response.score else { return };
        let data_type = response.data_type.as_deref().unwrap_or("");
        let known = self
            .scores
            .iter()
            .position(|known| known.data_type == data_type);
        let index = match known {
            Some(index) => index,
            None if self.scores.len() < DATASETS => {
                self.scores.push(Scores::new(data_type));
                self.scores.len() - 1
            }
            None => return,
        };
        self.scores[index].see(score, &mut self.room);
    }

    /// What may be wrong, without anything being wrong with a row.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.scores.iter().filter_map(Scores::doubt).collect();
        warnings.extend(self.dates.doubts());
        warnings
    }

    /// What may be meant so, and may not: segments that divide nothing.
    pub fn hints(&self) -> Vec<String> {
        if self.responses < ENOUGH {
            return Vec::new();
        }
        let segments = self.attributes.iter().filter(|tally| {
            tally.section == Section::Segments
                && tally.count == self.responses
                && !self.literal.contains(&tally.key)
        });
        segments
            .filter_map(|tally| {
                let (number, more) = tally.distinct.number();
                let key = &tally.key;
                if number == 1 && !more {
                    let value = tally.frequent(1).first().map(|(shown, _)| format!(" ({shown})"));
                    let value = value.unwrap_or_default();
                    return Some(format!(
                        "segment `{key}` is the same in every response{value}: it divides nothing"
                    ));
                }
                let different = tally.kind == "text"
                    && number > 1
                    && (number as u64 == tally.count || more)
                    && tally.distinct.is_all_different();
                different.then(|| {
                    format!(
                        "segment `{key}` is different in every response: is it an attribute of the person, for user_meta?"
                    )
                })
            })
            .collect()
    }
}
