//! The figures of a run that the ledger keeps for its report: counts by score and day, answers over time. Never the
//! content of feedback.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::upload::Marks;
use crate::upload::timeline::Answers;

/// More than so many scores are told together; NPS has 11.
const MOST_SCORES: usize = 101;
/// More than so many days become months, more months years.
const MOST_DAYS: usize = 1_100;

/// What is kept, as JSON, in the ledger's column `aggregates`. Fields that are missing there count as empty, unknown ones
/// are left aside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Aggregates {
    /// Of what was uploaded.
    pub uploads: Uploads,
    /// Of the API's answers.
    pub answers: Answers,
    /// The settings that held, without secrets: name and value.
    pub settings: Vec<(String, String)>,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A day, as the response says it.
    #[default]
    Day,
    /// A month, by its first day.
    Month,
    /// A year, likewise.
    Year,
}

/// Responses that were created, by score and day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Uploads {
    /// By hundredths of the score.
    pub by_score: BTreeMap<i64, u64>,
    /// Those with a score beyond the first hundred.
    pub other_scores: u64,
    /// Those without a score.
    pub unscored: u64,
    /// What the keys of `by_day` stand for.
    pub period: Period,
    /// By the day they were given.
    pub by_day: BTreeMap<Date, u64>,
    /// Those without a date.
    pub undated: u64,
}

impl Uploads {
    /// Counts a response that was created.
    pub fn note(&mut self, marks: Marks) {
        match marks.score.map(hundredths) {
            None => self.unscored += 1,
            Some(score)
                if self.by_score.len() < MOST_SCORES || self.by_score.contains_key(&score) =>
            {
                *self.by_score.entry(score).or_default() += 1;
            }
            Some(_) => self.other_scores += 1,
        }
        let Some(day) = marks.day else {
            self.undated += 1;
            return;
        };
        *self.by_day.entry(self.period.of(day)).or_default() += 1;
        if self.by_day.len() > MOST_DAYS && self.period != Period::Year {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        self.period = match self.period {
            Period::Day => Period::Month,
            Period::Month | Period::Year => Period::Year,
        };
        for (day, count) in std::mem::take(&mut self.by_day) {
            *self.by_day.entry(self.period.of(day)).or_default() += count;
        }
    }

    /// All that were counted.
    pub fn total(&self) -> u64 {
        self.by_score.values().sum::<u64>() + self.other_scores + self.unscored
    }
}

impl Period {
    fn of(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Month => day.first_of_month(),
            Self::Year => day.first_of_year(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "casting saturates, and no score is that large"
)]
fn hundredths(score: f64) -> i64 {
    (score * 100.0).round() as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn many_days_become_months() {
        let mut uploads = Uploads::default();
        let mut day: Date = "2020-01-31".parse().unwrap();
        for _ in 0..=MOST_DAYS {
            uploads.note(Marks {
                score: Some(9.0),
                day: Some(day),
            });
            day = day.tomorrow().unwrap();
        }
        assert_eq!(uploads.period, Period::Month);
        assert_eq!(
            uploads.by_day.first_key_value().unwrap().0.to_string(),
            "2020-01-01"
        );
        assert_eq!(
            uploads.by_day["2020-02-01".parse::<Date>().as_ref().unwrap()],
            29
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_memory_is_bounded(
            marks in prop::collection::vec((prop::option::of(-1e12f64..1e12), prop::option::of((-9999i16..=9999, 1i8..=12))), 0..3000)
        ) {
            let mut uploads = Uploads::default();
            for (score, day) in &marks {
                let day = day.map(|(year, month)| Date::new(year, month, 1).unwrap());
                uploads.note(Marks { score: *score, day });
            }
            prop_assert!(uploads.by_score.len() <= MOST_SCORES);
            prop_assert_eq!(uploads.total(), marks.len() as u64);
            prop_assert_eq!(uploads.by_day.values().sum::<u64>() + uploads.undated, marks.len() as u64);
            let text = serde_json::to_string(&uploads).unwrap();
            prop_assert_eq!(serde_json::from_str::<Uploads>(&text).unwrap(), uploads);
        }
    }
}
