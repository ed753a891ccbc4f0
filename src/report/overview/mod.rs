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
use std::sync::Arc;

use jiff::Timestamp;

use crate::record::{Attribute, AttributeValue, Response};
use attribute::{Section, Tally};
use dates::Dates;
use distinct::{Hashes, Room};
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
    room: Room,
    /// So many attributes and datasets.
    most: (usize, usize),
    hashes: Hashes,
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
        Self::empty(
            Dates::new(now),
            Room::BOUNDED,
            (ATTRIBUTES, DATASETS),
            Hashes::new(),
        )
    }

    fn empty(dates: Dates, room: Room, most: (usize, usize), hashes: Hashes) -> Self {
        Self {
            responses: 0,
            attributes: Vec::new(),
            by_key: Default::default(),
            more_attributes: false,
            literal: HashSet::new(),
            scores: Vec::new(),
            datasets: Vec::new(),
            dates,
            comments: 0,
            longest: 0,
            room,
            most,
            hashes,
        }
    }

    /// Of no response yet, to be taken in later: for so few responses that they need no bound.
    #[must_use]
    pub fn part(&self) -> Self {
        Self::empty(
            self.dates.another(),
            Room::FREE,
            (usize::MAX, usize::MAX),
            self.hashes,
        )
    }

    /// What was seen so far, to be taken in by another; the attributes are known as before.
    #[must_use]
    pub fn take(&mut self) -> Self {
        let mut next = self.part();
        next.attributes = self.attributes.iter().map(Tally::another).collect();
        next.by_key = std::mem::take(&mut self.by_key);
        std::mem::replace(self, next)
    }

    /// Takes in a part, which came after all that was seen here: as if its responses had been seen one by one.
    pub fn absorb(&mut self, part: Self) {
        self.responses += part.responses;
        self.comments += part.comments;
        self.longest = self.longest.max(part.longest);
        self.dates.absorb(part.dates);
        for tally in part.attributes.into_iter().filter(|tally| tally.count > 0) {
            if let Some(index) = self.place(tally.section, &tally.key, || tally.another()) {
                self.attributes[index].absorb(tally, &mut self.room);
            }
        }
        self.more_attributes |= part.more_attributes;
        for dataset in part.datasets {
            self.count_dataset(dataset);
        }
        for scores in part.scores {
            if let Some(index) = self.scores_of(&scores.data_type) {
                self.scores[index].absorb(scores, &mut self.room);
            }
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
                    tally.see(&attribute.value, self.hashes, &mut self.room);
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
        self.place(section, &attribute.key, || Tally::new(section, attribute))
    }

    /// The number of an attribute, made where it is new; `None` where there are too many.
    fn place(&mut self, section: Section, key: &str, new: impl FnOnce() -> Tally) -> Option<usize> {
        let by_key = &mut self.by_key[section as usize];
        if let Some(index) = by_key.get(key) {
            return Some(*index);
        }
        let index = self.attributes.len();
        if index == self.most.0 {
            self.more_attributes = true;
            return None;
        }
        let tally = new();
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
        let known = self.datasets.iter_mut().find(|known| {
            known.data_type.as_deref() == response.data_type.as_deref()
                && known.data_source.as_deref() == response.data_source.as_deref()
                && known.id == id
        });
        match known {
            Some(known) => known.count += 1,
            None => self.count_dataset(Dataset {
                data_type: response.data_type.as_deref().map(str::to_owned),
                data_source: response.data_source.as_deref().map(str::to_owned),
                id,
                count: 1,
            }),
        }
        let Some(score) = response.score else { return };
        let data_type = response.data_type.as_deref().unwrap_or("");
        if let Some(index) = self.scores_of(data_type) {
            self.scores[index].see(score, self.hashes, &mut self.room);
        }
    }

    fn count_dataset(&mut self, dataset: Dataset) {
        let known = self.datasets.iter_mut().find(|known| {
            known.data_type == dataset.data_type
                && known.data_source == dataset.data_source
                && known.id == dataset.id
        });
        if let Some(known) = known {
            known.count += dataset.count;
        } else if self.datasets.len() < self.most.1 {
            self.datasets.push(dataset);
        }
    }

    /// The number of a data type's scores, made where it is new; `None` where there are too many.
    fn scores_of(&mut self, data_type: &str) -> Option<usize> {
        let known = self
            .scores
            .iter()
            .position(|known| known.data_type == data_type);
        if known.is_none() && self.scores.len() < self.most.1 {
            self.scores.push(Scores::new(data_type));
            return Some(self.scores.len() - 1);
        }
        known
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
