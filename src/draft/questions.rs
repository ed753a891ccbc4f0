//! Questions with several columns: one for each choice, or one for each row of a matrix.

use std::collections::HashSet;

use super::Drafter;
use super::known::Role;
use super::names::attribute;
use super::pick::is_choice;
use super::score::Candidate;
use super::text::{Value, list, plain, quoted, reference};
use crate::inspect::words::{Topic, is_about, is_no};
use crate::inspect::{Column, Kind, is_flag, question_of};

/// What `show = "label"` takes for no by itself.
const ENGLISH: [&str; 4] = ["0", "false", "no", "n"];

/// What a column for one choice holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// The choice itself.
    Choice,
    /// Yes or no, in words or numbers.
    Tick,
}

impl Drafter<'_> {
    /// The columns of one question with a column a choice, from this one on; empty where it is none.
    pub fn group(&self, index: usize) -> Vec<usize> {
        let columns = &self.profile.columns;
        let first = &columns[index];
        let Some(own) = held(first).filter(|_| self.roles[index] == Role::Free) else {
            return Vec::new();
        };
        // A no beside an empty cell is an answer of its own, which a tick would not tell from none.
        let is_said = |column: &Column| {
            let values = column.values.iter().map(|(value, _)| value);
            column.filled < column.rows
                && values.into_iter().any(|value| value != "0" && is_no(value))
        };
        if own.0 == Held::Tick
            && columns
                .iter()
                .any(|column| is_said(column) && held(column).as_ref() == Some(&own))
        {
            return Vec::new();
        }
        let mut group = vec![index];
        for (next, column) in columns.iter().enumerate().skip(index + 1) {
            // A choice that nobody took.
            let is_empty = column.kind == Kind::Empty
                && match own {
                    (Held::Choice, _) => {
                        column.label == first.label
                            && (column.choice.is_some() || first.label.is_none())
                    }
                    (Held::Tick, _) => stem(column) == own.1,
                };
            if self.roles[next] == Role::Free && held(column).as_ref() == Some(&own) {
                group.push(next);
            } else if !is_empty {
                break;
            }
        }
        group
    }

    /// Whether a column is ticked beside others of its question: such numbers are no rating.
    pub fn is_ticked(&self, index: usize) -> bool {
        let columns = &self.profile.columns;
        let own = held(&columns[index]).filter(|(what, _)| *what == Held::Tick);
        let beside = [index.checked_sub(1), Some(index + 1)];
        own.is_some_and(|own| {
            let mut beside = beside.into_iter().flatten();
            beside.any(|index| columns.get(index).and_then(held).as_ref() == Some(&own))
        })
    }

    /// One attribute of the choices taken.
    pub fn choices(
        &self,
        group: &[usize],
        taken: &mut HashSet<String>,
    ) -> Option<(String, String)> {
        let columns = &self.profile.columns;
        let first = &columns[*group.first()?];
        let (what, stem) = held(first)?;
        let labels = group.iter().map(|index| columns[*index].label.as_deref());
        let labels: Option<Vec<&str>> = labels
            .filter(|_| what == Held::Tick && first.choice.is_none())
            .collect();
        let labelled = labels.as_deref().and_then(apart);
        let question = labelled
            .as_ref()
            .map(|(question, _)| (*question).to_owned())
            .or(stem);
        let named = Column {
            name: question.clone().unwrap_or_else(|| "Choices".to_owned()),
            label: None,
            choice: None,
            ..first.clone()
        };
        let (key, _) = attribute(&named, taken);
        let references: Vec<String> = group
            .iter()
            .map(|index| reference(self.profile, *index))
            .collect();
        let mut value = Value::columns(&references);
        value.step(format!("name = {}", quoted(&plain(&named.name, 120))));
        if what == Held::Tick {
            value.step("show = \"label\"");
            // What `show` takes for no is English.
            let values = group.iter().flat_map(|index| &columns[*index].values);
            let mut others: Vec<&String> = values
                .map(|(value, _)| value)
                .filter(|value| is_no(value) && !ENGLISH.contains(&value.to_lowercase().as_str()))
                .collect();
            others.sort();
            others.dedup();
            if !others.is_empty() {
                value.step(format!("null_values = {}", list(&others)));
            }
        }
        // What a column is called says less than what its further header row says.
        if let Some((_, owns)) = labelled {
            let steps = group.iter().zip(owns).map(|(index, own)| {
                let name = regex::escape(&columns[*index].name);
                let (pattern, with) = (format!(r"\b{name}\b"), own.replace('$', "$$"));
                format!(
                    "{{ pattern = {}, with = {} }}",
                    quoted(&pattern),
                    quoted(&plain(&with, 120))
                )
            });
            let steps: Vec<String> = steps.collect();
            value.step(format!("replace = [{}]", steps.join(", ")));
        }
        let remark = match (what, question) {
            (Held::Tick, _) => "one column a choice: the ticked ones",
            (_, Some(_)) => "one column a choice",
            (_, None) => "one column a choice; give it the question's name",
        };
        Some((format!("{key} = {}", value.written()), remark.to_owned()))
    }

    /// The candidates that are rows of one question, which say nothing of it as a whole.
    pub fn matrix(&self, found: &[Candidate]) -> HashSet<usize> {
        // A recommendation beside a satisfaction is another measure, though one heading stands over both.
        let measure = |column: &Column| {
            let stem = stem(column)?;
            let recommends = match &column.choice {
                Some(choice) => is_about(choice, Topic::Recommend),
                None => is_about(column.name.get(stem.len()..)?, Topic::Recommend),
            };
            Some((stem, recommends))
        };
        let stems: Vec<(usize, (String, bool))> = found
            .iter()
            .filter_map(|one| Some((one.index, measure(&self.profile.columns[one.index])?)))
            .collect();
        let is_row = |(index, own): &&(usize, (String, bool))| {
            stems
                .iter()
                .any(|(other, stem)| other != index && stem == own)
        };
        stems
            .iter()
            .filter(is_row)
            .map(|(index, _)| *index)
            .collect()
    }

    /// Says that there is a matrix, none of whose rows is the score by itself.
    pub fn tell_matrix(&mut self, rows: &HashSet<usize>) {
        let Some(column) = rows.iter().min().map(|index| &self.profile.columns[*index]) else {
            return;
        };
        self.notes.push(format!(
            "`{}` and others are rows of one question, so none is taken for the score: say which, or make a response \
             of each ([[responses]] with for_each)",
            plain(&column.called(), 60)
        ));
    }
}

/// What a column holds if it is for one choice of a question, and that question where it says so.
fn held(column: &Column) -> Option<(Held, Option<String>)> {
    if is_choice(column) {
        let (value, _) = column.values.first()?;
        let question = column
            .label
            .clone()
            .or_else(|| question_of(&column.name, value).map(str::to_owned));
        return Some((Held::Choice, question));
    }
    let is_ticked =
        !column.values.is_empty() && column.values.iter().all(|(value, _)| is_flag(value));
    let stem = stem(column).filter(|_| is_ticked)?;
    Some((Held::Tick, Some(stem)))
}

/// What the columns of one question have in common: `Q5` of `Q5_1`, `Which?` of `Which? [Shop]`.
fn stem(column: &Column) -> Option<String> {
    if column.choice.is_some() {
        return column.label.clone();
    }
    let is_number = |end: &str| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = column.name.rsplit_once('_');
    let numbered = numbered.filter(|(stem, end)| !stem.is_empty() && is_number(end));
    let (stem, _) = numbered.or_else(|| parted(&column.name))?;
    Some(stem.to_owned())
}

/// What labels begin with alike, up to a mark that sets choices apart, and what is left of each.
fn apart<'a>(labels: &[&'a str]) -> Option<(&'a str, Vec<&'a str>)> {
    let first = labels.first()?;
    let common = labels.iter().fold(first.len(), |length, label| {
        let same = first
            .char_indices()
            .zip(label.chars())
            .find(|((_, a), b)| a != b);
        same.map_or(length, |((at, _), _)| at.min(length))
    });
    let common = &first[..common];
    let at = [" / ", " - ", ": ", "[", "-"]
        .iter()
        .find_map(|mark| Some(common.rfind(mark)? + mark.len()))?;
    let question = common[..at].trim_end_matches(|sign: char| " /-:[".contains(sign));
    let owns: Option<Vec<&str>> = labels.iter().map(|label| label.get(at..)).collect();
    let owns = owns?
        .into_iter()
        .map(|own| own.trim().trim_end_matches(']'));
    (!question.is_empty()).then(|| (question, owns.collect()))
}

/// A question and what tells its column from the others of it.
fn parted(header: &str) -> Option<(&str, &str)> {
    let header = header.trim();
    let (question, own) = match header.strip_suffix(']') {
        Some(inside) => inside.rsplit_once('[')?,
        None => [" / ", " - ", ": "]
            .iter()
            .find_map(|mark| header.rsplit_once(mark))?,
    };
    let (question, own) = (question.trim(), own.trim());
    (!question.is_empty() && !own.is_empty()).then_some((question, own))
}
