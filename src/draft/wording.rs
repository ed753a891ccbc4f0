//! Ratings in words of which the scale is not sure: what is asked, and what is told.

use super::scale::Scale;
use super::scales::{Words, folded, is_none, rank};
use super::score::{Candidate, Reading};
use super::text::plain;
use super::{Drafter, Question, choice};
use crate::inspect::words::{Topic, is_about};
use crate::inspect::{Column, Kind};

/// A reading as people are asked for it: the words that the column has, with their numbers.
fn numbered(column: &Column, words: &Words) -> String {
    let most = words.len();
    let own = words
        .iter()
        .filter(|(word, _)| column.values.iter().any(|(value, _)| value == word));
    let own: Vec<String> = own
        .map(|(word, number)| format!("{word} {number}"))
        .collect();
    format!("{} of {most}", own.join(", "))
}

/// What stands for a reading in an answer: its words from the worst to the best.
fn answer(words: &Words) -> String {
    let words: Vec<String> = words.iter().map(|(word, _)| folded(word)).collect();
    words.join("/")
}

/// The values of what may be a rating in words that no scale has; none where all are known, or none is.
fn unknown(column: &Column) -> Vec<&String> {
    let values = column.values.iter().map(|(value, _)| value);
    let (known, unknown): (Vec<&String>, Vec<&String>) =
        values.partition(|value| rank(value).is_some() || is_none(value));
    if known.is_empty() {
        Vec::new()
    } else {
        unknown
    }
}

/// Whether a column holds the groups that are made of recommendations.
fn is_groups(column: &Column) -> bool {
    const GROUPS: &str = "promoter|promoters|passive|passives|neutral|detractor|detractors|promotor|promotoren|passiv|\
        passiver|detraktor|detraktoren|kritiker|indifferent|promoteur|promoteurs|passif|passifs|détracteur|détracteurs|\
        promotores|pasivo|pasivos|detractores";
    let values = || column.values.iter().map(|(value, _)| folded(value));
    column.values.len() > 1
        && values().all(|value| GROUPS.split('|').any(|known| known == value))
        && values().any(|value| value.starts_with("promot"))
}

impl Drafter<'_> {
    /// A rating whose words are of several scales, on the one that is likelier or that people have said.
    pub fn on_words(&mut self, found: Candidate) -> Option<Candidate> {
        let column = &self.profile.columns[found.index];
        let called = plain(&column.called(), 60);
        let readings = found.wordings.iter();
        let choices = readings.map(|words| choice(&answer(words), &numbered(column, words)));
        self.questions.push(Question {
            field: "scale",
            prompt: format!("On which scale is `{called}`?"),
            choices: choices.chain([choice("none", "it is no score")]).collect(),
            default: found
                .wordings
                .first()
                .filter(|_| !found.is_open)
                .map(answer)
                .into_iter()
                .collect(),
            multiple: false,
            open: false,
        });
        let said = match self.answered("scale") {
            None if found.is_open => {
                self.notes.push(format!(
                    "`{called}` is left out as the score until it is said on which scale it is: it has words of several scales"
                ));
                return None;
            }
            None => return Some(found),
            Some(said) => said.first()?.clone(),
        };
        let mut readings = found.wordings.iter();
        let words = readings.find(|words| answer(words) == said)?.clone();
        let max = words.last()?.1;
        Some(Candidate {
            reading: Reading::Words(words),
            scale: Scale::new(1, max),
            ..found
        })
    }

    /// Says which column looks like a rating in words, and why it is none.
    pub fn tell_words(&mut self) {
        let told = self.free().find_map(|(_, column)| {
            let called = plain(&column.called(), 60);
            if is_groups(column) {
                return Some(format!(
                    "`{called}` holds groups of a recommendation, which are no scores: export the score from 0 to 10 \
                     beside them"
                ));
            }
            let is_rating = [Topic::Rating, Topic::Recommend]
                .iter()
                .any(|topic| is_about(&column.question(), *topic));
            let unknown = unknown(column);
            let is_short = column.values.len() <= 10;
            if !is_rating || !is_short || column.kind != Kind::Text {
                return None;
            }
            let shown = unknown.iter().take(4).map(|value| format!("`{}`", plain(value, 30)));
            let shown: Vec<String> = shown.collect();
            let why = match &shown[..] {
                [] if rank(&column.values.first()?.0).is_some() => {
                    "has words that stand for the same number".to_owned()
                }
                [] => return None,
                shown => format!("of its words {} are on no scale that is known", shown.join(", ")),
            };
            Some(format!(
                "`{called}` looks like a score in words, and is left out: {why}; say by `map` which number each stands for"
            ))
        });
        self.notes.extend(told);
    }
}
