//! A mapping drafted from what a file's columns prove, with what was not certain asked or said.
//!
//! Nothing is guessed that would post wrong data: a day and month whose order the column does not prove are left out
//! until answered, personal data is left out unless asked for. A draft always parses, and fits the file it was made of.

mod attributes;
mod codes;
mod created;
mod dates;
mod key;
mod known;
mod labels;
mod names;
mod numbers;
mod pick;
mod questions;
mod scale;
mod scales;
mod score;
mod seen;
mod source;
mod stated;
mod text;
mod times;
mod told;
mod verify;
mod vocabulary;
mod when;
mod wording;
mod write;

#[cfg(test)]
mod codes_tests;
#[cfg(test)]
mod date_tests;
#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod odd_tests;
#[cfg(test)]
mod question_tests;
#[cfg(test)]
mod scale_tests;
#[cfg(test)]
mod score_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tools_tests;
#[cfg(test)]
mod wording_tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::inspect::Profile;
use crate::read::Layout;
use known::Role;

/// What a draft is made with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The mapping's name; else from the file's.
    pub name: Option<String>,
    /// Whether personal data is posted.
    pub personal: bool,
    /// The path of the mapping's JSON Schema, as the draft will see it: a line of its own points editors to it.
    pub schema: Option<String>,
    /// What was said of the file's layout when it was opened, and must stand in the mapping for it to be read again.
    pub layout: Layout,
}

/// Something that the file alone does not tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// What it decides, as [`Answer`] names it: `score`, `scale`, `comment`, `created_at`, `timezone`, `key`,
    /// `data_type`, `data_source` or `personal`.
    pub field: &'static str,
    /// What to ask.
    pub prompt: String,
    /// What may be answered.
    pub choices: Vec<Choice>,
    /// What the draft takes until answered; values of `choices`, none of them where it takes nothing.
    pub default: Vec<String>,
    /// Whether several may be chosen.
    pub multiple: bool,
    /// Whether something else than `choices` may be answered, such as the name of a time zone.
    pub open: bool,
}

/// One answer that may be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What stands for it in an [`Answer`].
    pub value: String,
    /// What people read.
    pub label: String,
}

/// An answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question's field.
    pub field: String,
    /// Values of its choices; none, or `none`: leave it out.
    pub values: Vec<String>,
}

/// A mapping as drafted.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The mapping file.
    pub toml: String,
    /// What was not certain, the most important first.
    pub questions: Vec<Question>,
    /// What was decided that people should know of.
    pub notes: Vec<String>,
    profile: Profile,
    catalogue: Option<Catalogue>,
    options: Options,
    answers: BTreeMap<String, Vec<String>>,
}

/// Drafts a mapping. With a catalogue, data type and source are those of the project.
pub fn draft(profile: &Profile, catalogue: Option<&Catalogue>, options: &Options) -> Draft {
    let mut profile = profile.clone();
    numbers::settle(&mut profile);
    build(
        profile,
        catalogue.cloned(),
        options.clone(),
        BTreeMap::new(),
    )
}

impl Draft {
    /// The draft with these answers worked in, added to those given before.
    ///
    /// # Errors
    /// Which answer does not fit, and what would.
    pub fn apply(&self, answers: &[Answer]) -> Result<Self, String> {
        let mut all = self.answers.clone();
        for answer in answers {
            let question = self
                .questions
                .iter()
                .find(|question| question.field == answer.field);
            let known =
                question.ok_or_else(|| format!("nothing was asked about `{}`", answer.field))?;
            let values: Vec<String> = answer
                .values
                .iter()
                .filter(|value| *value != "none")
                .cloned()
                .collect();
            for value in &values {
                if !known.open && !known.choices.iter().any(|choice| choice.value == *value) {
                    let choices: Vec<&str> = known
                        .choices
                        .iter()
                        .map(|choice| choice.value.as_str())
                        .collect();
                    return Err(format!(
                        "`{}` cannot be `{value}`; it can be: {}",
                        answer.field,
                        choices.join(", ")
                    ));
                }
                if known.field == "timezone" && crate::mapping::zone(value).is_err() {
                    return Err(format!(
                        "unknown time zone `{value}`: use a name such as `Europe/London`, or `+01:00`"
                    ));
                }
            }
            if values.len() > 1 && !known.multiple {
                return Err(format!("`{}` takes one answer", answer.field));
            }
            all.insert(answer.field.clone(), values);
        }
        Ok(build(
            self.profile.clone(),
            self.catalogue.clone(),
            self.options.clone(),
            all,
        ))
    }
}

fn build(
    profile: Profile,
    catalogue: Option<Catalogue>,
    options: Options,
    answers: BTreeMap<String, Vec<String>>,
) -> Draft {
    let drafter = Drafter {
        roles: vec![Role::Free; profile.columns.len()],
        profile: &profile,
        catalogue: catalogue.as_ref(),
        options: &options,
        answers: &answers,
        questions: Vec::new(),
        notes: Vec::new(),
    };
    let (toml, questions, notes) = drafter.draft();
    Draft {
        toml,
        questions,
        notes,
        profile,
        catalogue,
        options,
        answers,
    }
}

/// A draft in the making.
struct Drafter<'a> {
    profile: &'a Profile,
    catalogue: Option<&'a Catalogue>,
    options: &'a Options,
    answers: &'a BTreeMap<String, Vec<String>>,
    /// What each column is for.
    roles: Vec<Role>,
    questions: Vec<Question>,
    notes: Vec<String>,
}

impl Drafter<'_> {
    /// The answers to a question; `None`: not answered.
    fn answered(&self, field: &str) -> Option<&[String]> {
        self.answers.get(field).map(Vec::as_slice)
    }

    /// The one answer to a question.
    fn answer(&self, field: &str) -> Option<&str> {
        self.answered(field)?.first().map(String::as_str)
    }

    /// The columns that answer a question; `None`: not answered.
    fn answered_columns(&self, field: &str) -> Option<Vec<usize>> {
        let values = self.answered(field)?;
        let is_one = |column: &crate::inspect::Column| values.contains(&text::answer_name(column));
        let found = self
            .profile
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| is_one(column));
        Some(found.map(|(index, _)| index).collect())
    }

    /// Indexes of the columns of a role.
    fn of(&self, role: Role) -> Vec<usize> {
        (0..self.roles.len())
            .filter(|index| self.roles[*index] == role)
            .collect()
    }

    /// A column as a choice.
    fn choice(&self, index: usize) -> Choice {
        let column = &self.profile.columns[index];
        let question = match &column.choice {
            Some(choice) => format!("{} / {choice}", column.question()),
            None => column.question(),
        };
        Choice {
            value: text::answer_name(column),
            label: text::named(&question, 70),
        }
    }
}

/// A choice that is no column.
fn choice(value: &str, label: &str) -> Choice {
    Choice {
        value: value.to_owned(),
        label: label.to_owned(),
    }
}
