//! On which scale a rating is, and which of its ends is the better one, where the file proves it.

use super::labels::{labels, worth};
use super::score::{Candidate, Reading, Told, candidate_on};
use super::seen::Seen;
use super::text::plain;
use super::{Choice, Drafter, Question, choice};
use crate::inspect::words::{Topic, holds, is_about};
use crate::inspect::{Column, Kind, leading_number};

/// A scale of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Its least number.
    pub min: i64,
    /// Its greatest number.
    pub max: i64,
    /// Whether the least is the best, as with school grades.
    pub turned: bool,
}

/// Scales that are asked on, but those of percents.
const USUAL: [(i64, i64); 5] = [(1, 5), (1, 6), (1, 7), (1, 10), (0, 10)];

impl Scale {
    /// A scale whose greatest number is the best.
    pub fn new(min: i64, max: i64) -> Self {
        Self {
            min,
            max,
            turned: false,
        }
    }

    /// The same with the other end for the better one.
    fn across(self) -> Self {
        Self {
            turned: !self.turned,
            ..self
        }
    }

    /// What stands for it in an answer: the best number last.
    fn answer(self) -> String {
        let (first, last) = if self.turned {
            (self.max, self.min)
        } else {
            (self.min, self.max)
        };
        format!("{first}-{last}")
    }

    fn choice(self) -> Choice {
        let Self { min, max, turned } = self;
        let best = if turned { min } else { max };
        choice(&self.answer(), &format!("{min} to {max}, {best} is best"))
    }

    /// As steps of the mapping: where the least is the best, each number becomes the one across.
    pub fn map(self) -> Option<String> {
        let pairs: Vec<String> = (self.min..=self.max)
            .map(|number| format!("\"{number}\" = {}", self.min + self.max - number))
            .collect();
        self.turned
            .then(|| format!("map = {{ {} }}, otherwise = \"fail\"", pairs.join(", ")))
    }
}

/// What the words beside the numbers of a scale say of its better end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The greatest number.
    Greatest,
    /// The least one (`1 = very good`).
    Least,
    /// Something that is not understood.
    Unclear,
    /// Nothing.
    Unsaid,
}

/// Which end is the better one by the words beside the numbers, and whether those at the other end, where there are any,
/// say so too.
pub fn better(column: &Column, called: &str) -> (Better, bool) {
    const ENDS: &str = "best|worst|beste|bester|schlechteste|meilleur|pire|mejor|peor|migliore|peggiore|melhor|pior";
    const LEAST: [&str; 4] = [
        "lower is better",
        "lowest is best",
        "niedriger ist besser",
        "weniger ist besser",
    ];
    const UNCLEAR: [&str; 3] = ["reverse", "inverted", "umgekehrt"];
    let lower = called.to_lowercase();
    let is_much_good = is_about(&lower, Topic::Rating) && !is_effort(&lower);
    let of_header = labels(called);
    let of_values = column.values.iter().filter_map(|(value, _)| {
        let label = value.trim_matches(|sign: char| !sign.is_alphabetic());
        let number = leading_number(value).filter(|_| !label.is_empty())?;
        Some((number, worth(label, is_much_good)))
    });
    let labelled: Vec<(f64, Option<f64>)> = of_header
        .iter()
        .map(|label| (label.number as f64, label.worth(is_much_good)))
        .chain(of_values)
        .collect();
    let worths = || {
        labelled
            .iter()
            .filter_map(|(number, worth)| Some((*number, (*worth)?)))
    };
    let numbers = column.values.iter().filter_map(|(value, _)| {
        leading_number(value).or_else(|| value.parse::<u32>().ok().map(f64::from))
    });
    let named = of_header.iter().map(|label| label.number as f64);
    let (least, greatest) = numbers
        .chain(named)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |ends, number| {
            (ends.0.min(number), ends.1.max(number))
        });
    let middle = f64::midpoint(least, greatest);
    let rises: f64 = worths()
        .map(|(number, worth)| (number - middle) * worth)
        .sum();
    let is_silent = |is_end: fn(f64, f64) -> bool| {
        labelled.iter().any(|(number, _)| is_end(*number, middle))
            && !worths().any(|(number, _)| is_end(number, middle))
    };
    let is_whole = !is_silent(|number, middle| number < middle)
        && !is_silent(|number, middle| number > middle)
        || ENDS.split('|').any(|word| {
            lower
                .split(|sign: char| !sign.is_alphabetic())
                .any(|own| own == word)
        });
    let better = if rises > 0.0 {
        Better::Greatest
    } else if rises < 0.0 || LEAST.iter().any(|words| lower.contains(words)) {
        Better::Least
    } else if !of_header.is_empty() || UNCLEAR.iter().any(|word| holds(&lower, word)) {
        Better::Unclear
    } else {
        Better::Unsaid
    };
    (better, is_whole)
}

/// Whether a header asks for an effort, of which little is good.
fn is_effort(called: &str) -> bool {
    ["effort", "aufwand", "mühe"]
        .iter()
        .any(|word| holds(called, word))
}

/// Whether a header speaks of grades, of which some countries give the least for the best.
pub fn is_grade(called: &str) -> bool {
    const GRADES: [&str; 5] = ["benot", "note", "zensur", "=grade", "=grades"];
    let called = called.to_lowercase();
    // `Gesamtnote`, `Schulnoten`
    let mut words = called.split(|sign: char| !sign.is_alphanumeric());
    words.any(|word| word.ends_with("note") || word.ends_with("noten"))
        || GRADES.iter().any(|word| holds(&called, word))
}

/// The scale that a header states: `CSAT (1-5)`, `von 0 bis 10`.
pub fn stated(called: &str) -> Option<Scale> {
    let mut rest = called;
    let mut before = None;
    while let Some(at) = rest.find(|sign: char| sign.is_ascii_digit()) {
        let (between, from) = rest.split_at(at);
        let end = from
            .find(|sign: char| !sign.is_ascii_digit())
            .unwrap_or(from.len());
        let number = from[..end].parse().unwrap_or(i64::MAX);
        if let Some(min @ 0..=1) = before
            && matches!(number, 3..=10 | 100)
            && matches!(
                between.trim().to_lowercase().as_str(),
                "-" | "–" | "—" | "to" | "bis" | "à" | "a" | "tot" | "til" | "till" | "do"
            )
        {
            return Some(Scale::new(min, number));
        }
        // `Q1` counts the questions.
        before = (!between.ends_with(char::is_alphanumeric)).then_some(number);
        rest = &from[end..];
    }
    // The numbers with words beside them: `1 = best, 7 = worst`.
    let labelled = labels(called);
    let numbers = labelled.iter().map(|label| label.number);
    let (min, max) = (numbers.clone().min()?, numbers.max()?);
    (matches!(min, 0..=1) && matches!(max, 3..=10 | 100)).then(|| Scale::new(min, max))
}

/// The scales that a column may be on, the one it was taken for among them; none where what was seen of it proves one.
pub fn possible(taken: Scale, seen: &Seen, is_either_way: bool, is_stated: bool) -> Vec<Scale> {
    let least = seen.least.max(taken.min as f64);
    let greatest = seen.greatest.min(taken.max as f64);
    let ends_seen = greatest >= taken.max as f64 && least <= (taken.min + 1) as f64;
    let mut scales = vec![taken];
    if !is_stated && (!ends_seen || is_either_way) && taken.max <= 10 {
        let holds = |scale: &Scale| scale.min as f64 <= least && greatest <= scale.max as f64;
        let usual = USUAL.iter().map(|(min, max)| Scale {
            min: *min,
            max: *max,
            ..taken
        });
        // Grades go no further than to 6.
        let usual = usual.filter(|scale| !(taken.turned || is_either_way) || scale.max <= 6);
        scales.extend(usual.filter(|scale| *scale != taken && holds(scale)));
    }
    if is_either_way {
        let across: Vec<Scale> = scales.iter().map(|scale| scale.across()).collect();
        scales.extend(across);
    }
    if scales.len() == 1 {
        scales.clear();
    }
    scales
}

/// The scales of a rating that only people call one, which says nothing of its better end either.
pub fn called_so(found: Candidate, column: &Column) -> Candidate {
    let is_whole = column.kind != Kind::Number && !matches!(found.reading, Reading::Words(_));
    if found.is_named || found.kind == "nps" || found.scale.max > 10 || !is_whole {
        return found;
    }
    let mut scales = found.scales;
    if scales.is_empty() {
        scales.push(found.scale);
    }
    if scales.iter().all(|scale| !scale.turned) {
        let across: Vec<Scale> = scales.iter().map(|scale| scale.across()).collect();
        scales.extend(across);
    }
    Candidate { scales, ..found }
}

impl Drafter<'_> {
    /// The rating on the scale that the file proves or people have said; `None` where the better end is still open.
    pub fn on_scale(&mut self, found: Candidate, told: Told) -> Option<Candidate> {
        if !found.wordings.is_empty() {
            return self.on_words(found);
        }
        if found.scales.is_empty() {
            return Some(found);
        }
        let column = &self.profile.columns[found.index];
        let choices = found.scales.iter().map(|scale| {
            let mut own = scale.choice();
            if let Some(spare) = found.spare.filter(|spare| spare.scale == *scale) {
                own.label = format!("{}, {} is no answer", own.label, spare.number);
            }
            own
        });
        self.questions.push(Question {
            field: "scale",
            prompt: format!("On which scale is `{}`?", plain(&column.called(), 60)),
            choices: choices.chain([choice("none", "it is no score")]).collect(),
            default: if found.is_open {
                Vec::new()
            } else {
                vec![found.scale.answer()]
            },
            multiple: false,
            open: false,
        });
        match self.answered("scale") {
            None if found.is_open => {
                if let Some(spare) = found.spare {
                    let called = plain(&column.called(), 60);
                    self.notes.push(spare.told(&called));
                    return None;
                }
                let mut note = format!(
                    "`{}` is left out as the score until it is said which of its ends is best, and on which scale",
                    plain(&column.called(), 60)
                );
                if !found.scales.iter().any(|scale| scale.turned) {
                    note.push_str(
                        "; a mapping turns whole numbers alone: where 1 is best, turn these in the file",
                    );
                }
                self.notes.push(note);
                None
            }
            None => Some(found),
            Some(answer) => {
                let mut scales = found.scales.iter();
                let said = scales.find(|scale| answer.first() == Some(&scale.answer()))?;
                candidate_on(found.index, column, told, Some(*said))
            }
        }
    }
}

/// Whether nothing tells which end of a scale is the better one.
pub fn is_either_way(called: &str, greatest: f64) -> bool {
    greatest <= 6.0 && is_grade(called) && !is_about(called, Topic::Recommend)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_state_its_scale() {
        for (header, scale) in [
            ("CSAT (1-5)", Some((1, 5))),
            ("Wie zufrieden, von 0 bis 10?", Some((0, 10))),
            ("Effort 0–100", Some((0, 100))),
            ("Q1 - 5 stars", None),
            ("2-5 May", None),
            ("Rating 1", None),
        ] {
            let found = stated(header).map(|scale| (scale.min, scale.max));
            assert_eq!(found, scale, "{header}");
        }
    }
}
