//! Which column is what.

use std::collections::HashSet;

use super::known::{Role, role};
use super::scale::called_so;
use super::score::{Candidate, Told, candidate, candidates};
use super::text::plain;
use super::{Drafter, Question, choice};
use crate::inspect::words::{Topic, is_about, is_comment, is_of_others};
use crate::inspect::{Column, Kind};

impl Drafter<'_> {
    /// Roles that need no comparing: known tools, empty columns, personal data.
    pub fn assign(&mut self) {
        for (index, column) in self.profile.columns.iter().enumerate() {
            let known = self.profile.tool.and_then(|tool| role(tool, column));
            self.roles[index] = match known {
                _ if column.is_object_too => Role::Skip,
                // Kept even where this file leaves it empty: both are there for later files.
                Some(role @ (Role::Filter | Role::Version)) => role,
                _ if column.kind == Kind::Empty => Role::Skip,
                Some(Role::Segment | Role::Person) | None if column.personal => Role::Personal,
                Some(role) => role,
                None => Role::Free,
            };
        }
        if self
            .profile
            .tool
            .is_some_and(|tool| tool == crate::inspect::Tool::GoogleForms)
            && let Some(first) = self.roles.first_mut()
        {
            *first = Role::Created;
        }
    }

    /// Columns that nothing is known of.
    pub fn free(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.profile
            .columns
            .iter()
            .enumerate()
            .filter(|(index, _)| self.roles[*index] == Role::Free)
    }

    /// The rating. One that only looks like it is taken only where there is no comment, and asked for in any case.
    pub fn score(&mut self, has_comment: bool) -> Option<Candidate> {
        let is_mixed = self.mixes_surveys();
        let known = self
            .of(Role::Score)
            .into_iter()
            .find_map(|index| self.known_score(index))
            .filter(|_| !is_mixed);
        let ranked = ranked(&self.profile.columns);
        let rated = self
            .free()
            .filter(|(index, column)| !is_choice(column) && !ranked.contains(index))
            .filter(|(index, _)| !self.is_ticked(*index))
            .map(|(index, column)| (index, column, self.told(index)));
        let found = candidates(rated);
        let rows = self.matrix(&found);
        let alone = |candidate: &&Candidate| !rows.contains(&candidate.index);
        let chosen = if let Some(answer) = self.answered_columns("score") {
            answer.first().and_then(|index| {
                let column = &self.profile.columns[*index];
                candidate(*index, column, self.told(*index)).map(|found| called_so(found, column))
            })
        } else {
            let best = found
                .iter()
                .filter(alone)
                .find(|candidate| candidate.is_named || !has_comment);
            known.clone().or_else(|| best.cloned())
        };
        let rivals = found.iter().filter(alone);
        let rivals = rivals.filter(|candidate| candidate.is_named).count();
        let unsure = known.is_none()
            && (rivals != 1 || chosen.as_ref().is_none_or(|chosen| !chosen.is_named));
        if unsure && !found.is_empty() {
            self.questions.push(Question {
                field: "score",
                prompt: "Which column is the score?".to_owned(),
                choices: found
                    .iter()
                    .take(12)
                    .map(|candidate| self.choice(candidate.index))
                    .chain([choice("none", "none of them")])
                    .collect(),
                default: chosen
                    .iter()
                    .map(|chosen| self.choice(chosen.index).value)
                    .collect(),
                multiple: false,
                open: false,
            });
        }
        if chosen.is_none() {
            self.tell_matrix(&rows);
            self.tell_words();
        }
        let chosen = chosen.and_then(|chosen| {
            let told = self.told(chosen.index);
            self.on_scale(chosen, told)
        });
        if let Some(chosen) = &chosen {
            self.roles[chosen.index] = Role::Score;
        }
        if let Some(chosen) = chosen.as_ref().filter(|chosen| chosen.is_unsure) {
            self.ask_kind(chosen.index);
        }
        chosen
    }

    /// A known tool's rating; what help desks call good and bad is no scale of ours.
    fn known_score(&self, index: usize) -> Option<Candidate> {
        let column = &self.profile.columns[index];
        if self.profile.tool == Some(crate::inspect::Tool::Zendesk) && column.kind == Kind::Text {
            return Some(Candidate {
                index,
                points: 0,
                is_named: true,
                reading: super::score::Reading::Words(good_and_bad(column)),
                scale: super::scale::Scale::new(1, 5),
                scales: Vec::new(),
                is_open: false,
                beyond: 0,
                fractions: 0,
                bad: Vec::new(),
                codes: Vec::new(),
                wordings: Vec::new(),
                spare: None,
                kind: "csat",
                is_unsure: false,
            });
        }
        let found = candidate(index, column, self.told(index))?;
        let reviews = self
            .profile
            .tool
            .is_some_and(crate::inspect::Tool::is_reviews);
        Some(if reviews {
            Candidate {
                scale: super::scale::Scale::new(1, 5),
                scales: Vec::new(),
                is_open: false,
                is_unsure: false,
                ..found
            }
        } else {
            found
        })
    }

    /// What people wrote; several columns where there are several questions.
    pub fn comments(&mut self) -> Vec<usize> {
        let known = self.of(Role::Comment);
        let mut found: Vec<(i32, usize)> = self
            .free()
            .filter(|(index, _)| !self.is_ticked(*index))
            .filter_map(|(index, column)| written(column).map(|points| (points, index)))
            .collect();
        found.sort_by_key(|(points, index)| (-points, *index));
        let sure: Vec<usize> = found
            .iter()
            .filter(|(points, _)| *points >= 40)
            .map(|(_, index)| *index)
            .collect();
        let mut chosen = if let Some(answer) = self.answered_columns("comment") {
            answer
        } else if !known.is_empty() {
            known.clone()
        } else if !sure.is_empty() {
            sure.clone()
        } else {
            found
                .iter()
                .take(1)
                .filter(|(points, _)| *points >= 20)
                .map(|(_, index)| *index)
                .collect()
        };
        chosen.sort_unstable();
        if known.is_empty() && !found.is_empty() && (sure.is_empty() || found.len() > sure.len()) {
            self.questions.push(Question {
                field: "comment",
                prompt: "Which columns hold what people wrote?".to_owned(),
                choices: found
                    .iter()
                    .take(12)
                    .map(|(_, index)| self.choice(*index))
                    .chain([choice("none", "none of them")])
                    .collect(),
                default: chosen
                    .iter()
                    .map(|index| self.choice(*index).value)
                    .collect(),
                multiple: true,
                open: false,
            });
        }
        for index in &chosen {
            self.roles[*index] = Role::Comment;
        }
        chosen
    }

    /// Where there is neither score nor comment a mapping could post nothing: the likeliest column must do.
    pub fn last_resort(&mut self) -> Option<usize> {
        let longest = |(_, column): &(usize, &Column)| {
            (
                column.kind == Kind::Text && !is_choice(column),
                // Several words rather than an id.
                column.spaced >= 1.0,
                column.longest,
            )
        };
        let found = self.free().max_by_key(longest).map(|(index, _)| index);
        let asked = |(_, column): &(usize, &Column)| is_about(&column.question(), Topic::Comment);
        let named = || {
            let mut columns = self.profile.columns.iter().enumerate();
            let found = columns.find(asked).map(|(index, _)| index);
            found.filter(|_| self.profile.rows == 0)
        };
        let index = found
            .or_else(named)
            .or_else(|| (!self.roles.is_empty()).then_some(0))?;
        self.roles[index] = Role::Comment;
        let called = plain(&self.profile.columns[index].called(), 60);
        // Of an empty file only the header can be judged.
        self.notes.push(if self.profile.rows == 0 {
            format!(
                "the file has no rows to judge by: `{called}` is taken for the comment by its name alone, and score, \
                 dates and key are missing; draft it again from a file with answers, or fill them in"
            )
        } else {
            format!("no column looks like a score or a comment: `{called}` stands in for the comment; say which it is")
        });
        Some(index)
    }
}

/// What Zendesk calls answers; exports of before 2018 say with it whether there is a comment.
fn good_and_bad(column: &Column) -> Vec<(String, i64)> {
    let mut words = vec![("good".to_owned(), 5), ("bad".to_owned(), 1)];
    for (word, number) in [("good_with_comment", 5), ("bad_with_comment", 1)] {
        if column.values.iter().any(|(value, _)| value == word) {
            words.push((word.to_owned(), number));
        }
    }
    words
}

/// How likely a column holds what people wrote; `None`: it does not.
fn written(column: &Column) -> Option<i32> {
    // What stands below one question with other parts of it is written only where it says so itself.
    let own = column.choice.as_deref();
    let is_part = own.is_some_and(|own| !is_about(own, Topic::Comment));
    if column.kind != Kind::Text || is_part || is_choice(column) {
        return None;
    }
    let question = column.question();
    let called = format!("{} {question}", column.name);
    let about = |topic: Topic| is_about(&called, topic);
    let asked = about(Topic::Comment);
    if column.leading && !asked {
        return None;
    }
    let few = column.distinct.at_least() <= 12 && column.filled > 40;
    let other = ["other", "sonstiges", "autre", "otro", "altro"]
        .iter()
        .any(|word| called.trim().to_lowercase().starts_with(word));
    // However few different ones they are; but words that make a scale are ratings.
    let is_comment = [Some(column.name.as_str()), Some(&question), own]
        .into_iter()
        .flatten()
        .any(is_comment)
        && candidate(0, column, Told::Nothing).is_none()
        && column.distinct.at_least() > 2;
    let few = few && !is_comment;
    let points = i32::from(column.free_text) * 30
        + i32::from(is_comment) * 25
        + i32::from(asked) * 25
        + i32::from(question.trim_end().ends_with(['?', '？'])) * 5
        + i32::from(column.mean_length >= 40.0) * 15
        + i32::from(column.spaced >= 0.5) * 10
        - i32::from(few) * 40
        - i32::from(other) * 30
        - i32::from(is_of_others(&column.name)) * 75
        - i32::from(!asked && (about(Topic::Submitted) || about(Topic::OtherTime))) * 40
        - i32::from(!asked && (about(Topic::Id) || about(Topic::Status) || about(Topic::Language)))
            * 30;
    (points > 0).then_some(points)
}

/// Columns side by side that rank things: each row gives 1 to n, once each, to n of them. A rank is no rating.
fn ranked(columns: &[Column]) -> HashSet<usize> {
    let mut found = HashSet::new();
    for start in 0..columns.len() {
        let Some(most) = columns[start].number.map(|number| number.max) else {
            continue;
        };
        // Whole numbers below a hundred: the cast is exact.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked"
        )]
        let count = if (3.0..100.0).contains(&most) {
            most as usize
        } else {
            continue;
        };
        let Some(group) = columns.get(start..start + count) else {
            continue;
        };
        let rows = columns[start].filled;
        let each_once = (1..=count).all(|rank| {
            let rank = rank.to_string();
            let times = group.iter().flat_map(|column| &column.values);
            let times: u64 = times
                .filter(|(text, _)| *text == rank)
                .map(|(_, count)| count)
                .sum();
            times.abs_diff(rows) * 50 <= rows
        });
        if rows >= 3 && each_once && group.iter().all(|column| column.kind == Kind::Integer) {
            found.extend(start..start + count);
        }
    }
    found
}

/// Whether a column stands for one choice of a question: empty, or the choice itself.
pub fn is_choice(column: &Column) -> bool {
    let [(value, _)] = &column.values[..] else {
        return false;
    };
    let folded = |text: &str| crate::mapping::fold(text);
    let value = folded(value);
    let name = folded(&column.name);
    column.distinct.at_least() == 1
        && (column
            .choice
            .as_deref()
            .is_some_and(|choice| folded(choice) == value)
            || name == value
            || crate::inspect::question_of(&name, &value).is_some())
}
