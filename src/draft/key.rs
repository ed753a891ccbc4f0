//! What makes a row itself: a column that is filled and unique, else its content.

use super::created::Created;
use super::known::Role;
use super::text::plain;
use super::{Drafter, Question, choice};
use crate::inspect::words::{Topic, is_about};
use crate::inspect::{Column, Kind, Tool};

/// What makes a row itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A column.
    Column(usize),
    /// The content of a growing export.
    Cumulative,
    /// The content of one file.
    PerFile,
}

impl Drafter<'_> {
    /// What makes a row itself, and why.
    pub fn key(&mut self, created: &Created) -> (Key, String) {
        let columns = &self.profile.columns;
        let known: Vec<usize> = self
            .of(Role::Key)
            .into_iter()
            .filter(|index| columns[*index].rounded == 0)
            .filter(|index| {
                // Only reviews with a text have a link, and many have none.
                let has_parts = self.profile.tool == Some(Tool::GooglePlay);
                let column = &columns[*index];
                column.is_nearly_unique() || (has_parts && column.filled > 0 && column.repeats == 0)
            })
            .collect();
        let mut found: Vec<(i32, usize)> = self
            .profile
            .columns
            .iter()
            .enumerate()
            .filter(|(index, _)| matches!(self.roles[*index], Role::Free | Role::Key))
            .filter_map(|(index, column)| keyed(column).map(|points| (points, index)))
            .collect();
        found.sort_by_key(|(points, index)| (-points, *index));
        self.tell_rounded();
        let timed = *created != Created::None;
        let by_content = || {
            if timed || self.profile.repeated_rows * 50 < self.profile.rows.max(1) {
                let why = "no column tells all rows apart: equal rows of a later export are taken for the same rows";
                (Key::Cumulative, why.to_owned())
            } else {
                let why = "no column tells rows apart and rows repeat: each file is taken as new, by its name";
                (Key::PerFile, why.to_owned())
            }
        };
        let best = found
            .first()
            .filter(|(points, _)| *points >= 30)
            .map(|(_, index)| *index);
        let (key, why) = match (self.answer("key"), known.first().copied().or(best)) {
            (Some("cumulative"), _) => (Key::Cumulative, "as answered".to_owned()),
            (Some("per-file"), _) => (Key::PerFile, "as answered".to_owned()),
            (Some(_), _) => match self.answered_columns("key").unwrap_or_default().first() {
                Some(index) => (Key::Column(*index), "as answered".to_owned()),
                None => by_content(),
            },
            (None, Some(index)) => (Key::Column(index), unique(&columns[index])),
            (None, None) => by_content(),
        };
        let counted =
            matches!(key, Key::Column(index) if known.is_empty() && columns[index].sequence);
        if counted {
            self.notes.push(
                "the key counts the rows of the file: it is none if a later export numbers them anew".to_owned(),
            );
        }
        if known.is_empty() && (counted || !matches!(key, Key::Column(_))) {
            let default = match &key {
                Key::Column(index) => self.choice(*index).value,
                Key::Cumulative => "cumulative".to_owned(),
                Key::PerFile => "per-file".to_owned(),
            };
            self.questions.push(Question {
                field: "key",
                prompt: "What tells a row apart, in every later export too?".to_owned(),
                choices: found
                    .iter()
                    .take(8)
                    .map(|(_, index)| self.choice(*index))
                    .chain([
                        choice("cumulative", "its whole content; the export grows"),
                        choice("per-file", "its whole content; each file is new"),
                    ])
                    .collect(),
                default: vec![default],
                multiple: false,
                open: false,
            });
        }
        for index in self.of(Role::Key) {
            // A second id of a known tool says nothing new.
            self.roles[index] = if known.is_empty() {
                Role::Free
            } else {
                Role::Skip
            };
        }
        if let Key::Column(index) = key {
            self.roles[index] = Role::Key;
        }
        (key, why)
    }

    /// Says which ids are none any more.
    fn tell_rounded(&mut self) {
        let columns = self.profile.columns.iter().zip(&self.roles);
        let lost = columns.filter(|(column, role)| {
            let called = format!("{} {}", column.name, column.question());
            column.rounded > 0 && (**role == Role::Key || is_about(&called, Topic::Id))
        });
        let notes: Vec<String> = lost
            .map(|(column, _)| {
                format!(
                    "`{}` is no key: a spreadsheet kept only the first digits of {} of its numbers, and different rows \
                     may have become alike; export it as text",
                    plain(&column.called(), 60),
                    column.rounded
                )
            })
            .collect();
        self.notes.extend(notes);
    }
}

/// In how far it tells rows apart.
fn unique(column: &Column) -> String {
    match (column.repeats, column.rows.saturating_sub(column.filled)) {
        (0, 0) => "filled and unique in this file".to_owned(),
        (0, _) => "unique in this file".to_owned(),
        (repeats, _) => format!("nearly unique in this file: {repeats} repeat an earlier one"),
    }
}

/// How likely a column is the key; `None`: it cannot be.
fn keyed(column: &Column) -> Option<i32> {
    let compact =
        column.longest <= 200 && column.spaced < 0.1 && !column.free_text && !column.personal;
    let kind = matches!(column.kind, Kind::Text | Kind::Integer | Kind::Url);
    if column.rounded > 0
        || !column.is_nearly_unique()
        || !compact
        || !kind
        || column.nothing.len() > 1
    {
        return None;
    }
    let called = format!("{} {}", column.name, column.question());
    let id = is_about(&called, Topic::Id);
    let coded = column.kind == Kind::Text
        && column
            .samples
            .iter()
            .all(|sample| sample.bytes().any(|byte| byte.is_ascii_digit()));
    // A customer may answer twice.
    let person = is_about(&called, Topic::Person);
    Some(
        i32::from(id) * 50 + i32::from(coded && column.shortest >= 6) * 25 + i32::from(column.rows > 1) * 5
            - i32::from(person) * 40
            // Codes in the first column, as tables of measurements have them, with or without a name.
            + i32::from(coded && column.position == Some(1)) * 30
            - i32::from(column.sequence) * 10
            - i32::from(column.filled < column.rows) * 10
            - i32::from(is_about(&called, Topic::OtherTime)) * 15,
    )
}
