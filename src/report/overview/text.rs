//! The overview for people.

use std::fmt::Write;

use super::attribute::{Hidden, Section, Tally};
use super::scores::Scores;
use super::{FREQUENT, Overview};
use crate::report::paint::{Paint, Tone, counted, thousands};

/// So many different scores are listed one by one.
const SCORES: usize = 11;
/// So many attributes are listed; JSON has them all.
const LISTED: usize = 60;

impl Overview {
    /// As text; empty where there is no response.
    pub fn text(&self, paint: Paint) -> String {
        let mut out = String::new();
        if self.responses == 0 {
            return out;
        }
        let title = format!(
            "What {} would hold",
            counted(self.responses, "response", "responses")
        );
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{}", paint.as_tone(Tone::Strong, &title));
        let mut lines: Vec<(String, String)> = Vec::new();
        let mut label = "datasets";
        for set in &self.datasets {
            lines.push((label.to_owned(), set.words()));
            label = "";
        }
        lines.push(("dates".to_owned(), self.date_words()));
        for scores in &self.scores {
            let label = format!("scores {}", scores.data_type);
            lines.push((label.trim_end().to_owned(), score_words(scores)));
        }
        lines.push(("comments".to_owned(), self.comment_words()));
        let sections = [Section::UserMeta, Section::Segments];
        let listed: Vec<&Tally> = sections
            .into_iter()
            .flat_map(|section| {
                self.attributes
                    .iter()
                    .filter(move |one| one.section == section)
            })
            .collect();
        for tally in listed.iter().take(LISTED) {
            let label = format!("{}.{}", tally.section.name(), tally.key);
            lines.push((label, self.attribute_words(tally)));
        }
        let widths = lines.iter().map(|(label, _)| label.chars().count());
        let width = widths.max().unwrap_or_default().min(40);
        for (label, words) in lines {
            let _ = writeln!(out, "{}", paint.labelled(&label, width, &[&words]));
        }
        if listed.len() > LISTED || self.more_attributes {
            let more = match (listed.len().saturating_sub(LISTED), self.more_attributes) {
                (0, _) => "and more attributes".to_owned(),
                (more, false) => format!("and {more} more attributes: --json lists them"),
                (more, true) => format!("and more than {more} more attributes"),
            };
            let _ = writeln!(out, "  … {more}");
        }
        for hint in self.hints() {
            let hint = format!("{} {hint}", paint.as_tone(Tone::Quiet, "hint:"));
            let _ = writeln!(out, "{}", paint.wrapped(&hint, 0));
        }
        out
    }

    fn date_words(&self) -> String {
        let dates = &self.dates;
        let Some((from, to)) = dates.span() else {
            return "none".to_owned();
        };
        let mut words = format!("{from} to {to}");
        if dates.missing > 0 {
            let _ = write!(words, ", {} without", thousands(dates.missing));
        }
        words
    }

    fn comment_words(&self) -> String {
        if self.comments == 0 {
            return "none".to_owned();
        }
        format!(
            "{}, the longest of {}",
            share(self.comments, self.responses),
            counted(self.longest as u64, "character", "characters")
        )
    }

    fn attribute_words(&self, tally: &Tally) -> String {
        let (number, more) = tally.distinct.number();
        let different = if more {
            format!("more than {}", thousands(number as u64))
        } else {
            thousands(number as u64)
        };
        let number_words = if number == 1 && !more {
            "always the same".to_owned()
        } else {
            format!("{different} different")
        };
        let mut words = format!(
            "{}, {}, {number_words}",
            tally.kind,
            share(tally.count, self.responses)
        );
        if let Some((from, to)) = tally.numbers.as_ref().map(super::attribute::Span::ends) {
            let _ = write!(words, ", {from} to {to}");
        }
        if let Some((from, to)) = tally.dates.as_ref().map(super::attribute::Span::ends) {
            let _ = write!(words, ", {from} to {to}");
            return words;
        }
        match tally.hidden {
            Some(Hidden::Personal) => words.push_str(" (personal: not shown)"),
            Some(Hidden::FreeText) => words.push_str(" (free text: not shown)"),
            None => {
                for (index, (shown, count)) in tally.frequent(FREQUENT).into_iter().enumerate() {
                    let sign = if index == 0 { ": " } else { ", " };
                    let _ = write!(words, "{sign}{shown} {}", thousands(count));
                }
            }
        }
        words
    }
}

impl super::Dataset {
    fn words(&self) -> String {
        let name = match (&self.id, &self.data_type, &self.data_source) {
            (Some(id), ..) => format!("dataset {id}"),
            (None, Some(data_type), Some(source)) => format!("{data_type} from {source}"),
            (None, data_type, source) => data_type
                .as_ref()
                .or(source.as_ref())
                .cloned()
                .unwrap_or_default(),
        };
        format!("{name}: {}", thousands(self.count))
    }
}

fn share(count: u64, of: u64) -> String {
    if count == of {
        "in all".to_owned()
    } else {
        format!("in {}", thousands(count))
    }
}

fn score_words(scores: &Scores) -> String {
    let mean = format!("mean {:.2}", scores.mean());
    let (spread, more) = scores.spread();
    if more || spread.len() > SCORES {
        let (least, greatest) = match scores.span() {
            Some((least, greatest)) => (least.to_string(), greatest.to_string()),
            None => return mean,
        };
        return format!(
            "{}, {least} to {greatest}, {mean}",
            counted(scores.count, "score", "scores")
        );
    }
    let listed: Vec<String> = spread
        .into_iter()
        .map(|(score, count)| format!("{score}: {}", thousands(count)))
        .collect();
    format!("{}; {mean}", listed.join(", "))
}
