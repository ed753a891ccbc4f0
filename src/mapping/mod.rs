//! The mapping file: what a row of somebody's export means as responses. `docs/mapping.md` is its reference.
//!
//! [`Mapping::parse`] reads the file, [`Plan::compile`] checks it against an input file's header, [`Plan::map`] maps
//! its rows. Nothing here does I/O.
//!
//! Stable codes of the rejections made here, and what is wrong:
//!
//! | code | |
//! |---|---|
//! | `key_missing` | a key cell is empty |
//! | `spreadsheet_damage` | a spreadsheet turned a key cell into `1.18E+11`, or a text of a failures file into a date |
//! | `spreadsheet_error` | a cell in use holds `#N/A` or the like |
//! | `not_a_scalar` | a JSON path leads to an object |
//! | `required_missing` | a required value is missing |
//! | `score_not_a_number`, `not_a_number` | not a number as the mapping says numbers are written |
//! | `score_out_of_range`, `too_small`, `too_large` | beyond `min` or `max` |
//! | `not_an_integer`, `not_a_boolean` | not of its type |
//! | `date_not_readable` | no format fits, or there is no such day |
//! | `ambiguous_date` | `03/04/2026` without a format |
//! | `value_not_in_map` | what `map` lacks, where `otherwise = "fail"` |
//! | `not_in_bucket` | a number in no bucket |
//! | `too_long` | more than `max_length` characters |
//! | `template_failed` | the template fails over this row |

mod attributes;
mod column;
mod compile;
mod compile_value;
pub(crate) mod diagnose;
pub(crate) mod document;
mod item;
mod json;
mod key;
mod long_ids;
mod mismatch;
mod observe;
mod origins;
mod parse;
mod parse_value;
mod plan;
mod remedy;
mod response_plan;
mod rest;
pub mod shipped;
mod spec;
mod steps;
mod template;
mod typed;
mod value;
pub(crate) mod walk;

#[cfg(test)]
mod mutation_tests;
#[cfg(test)]
mod samples_tests;
#[cfg(test)]
mod schema;
#[cfg(test)]
pub(crate) mod schema_tests;
#[cfg(test)]
mod swapped_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use attributes::{in_words, snake_case, unique};
pub(crate) use column::fold;
pub use diagnose::{MappingError, Place, Problem, nearest};
pub use key::RowKey;
pub(crate) use key::is_damaged;
pub(crate) use long_ids::LongIds;
pub use observe::{Observer, WATCHED};
pub use origins::Origin as FieldOrigin;
pub use plan::{MappedResponse, MappedRow, Plan};
pub use spec::{
    AttributeSpec, Case, ColumnName, ColumnRef, ColumnSet, Condition, Each, KeyBy, KeySection,
    Literal, NumberStyle, OnChange, Origin, Otherwise, Required, ResponseSpec, RestInto, RestSpec,
    SourceSection, Steps, Type, ValueSpec,
};

pub(crate) use steps::dates::DateReader;
pub(crate) use steps::fixed;
pub(crate) use steps::numbers::parse as parse_number;
pub(crate) use steps::swapped::Swapped;
pub(crate) use steps::zones::zone;

use crate::identity::{Id, content_hash};
use crate::read::Layout;
use diagnose::Texts;
use document::Node;
use walk::Table;

/// A mapping file, parsed.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// What it is called.
    pub name: String,
    /// How the file is laid out and read.
    pub source: SourceSection,
    /// What makes a row itself.
    pub key: KeySection,
    /// What is made of a row, each with what it inherits; one named `main` for a plain `[response]`.
    pub responses: Vec<ResponseSpec>,
    texts: Texts,
}

/// A data type or data source that stands in the mapping, to be looked up before the first row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiteralName {
    /// Which of both.
    pub kind: LiteralKind,
    /// Its key, name or id.
    pub value: String,
    /// Where it stands.
    pub place: Place,
}

/// What a [`LiteralName`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiteralKind {
    /// A data type.
    DataType,
    /// A data source.
    DataSource,
}

impl Mapping {
    /// Parses a mapping; `file` is what messages call it.
    ///
    /// # Errors
    /// Everything found to be wrong, each at its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        Self::parse_with(file, text, &[])
    }

    /// Likewise, with overrides such as `("response.score.column", "Q1")` set in the document first. What reads as a
    /// TOML value is one (`7`, `true`, `["a", "b"]`), anything else is text.
    ///
    /// # Errors
    /// Everything found to be wrong, each at its place.
    pub fn parse_with(
        file: &str,
        text: &str,
        overrides: &[(String, String)],
    ) -> Result<Self, MappingError> {
        Self::parse_extending(file, text, overrides, &|_| None)
    }

    /// Likewise; `bases` finds the text of a mapping that `extends` names.
    ///
    /// # Errors
    /// Everything found to be wrong, each at its place.
    pub fn parse_extending(
        file: &str,
        text: &str,
        overrides: &[(String, String)],
        bases: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, MappingError> {
        let (root, texts) = document::read(file, text, overrides, bases)?;
        let mut problems = Vec::new();
        match read(&root, &texts, &mut problems) {
            Some(mapping) if problems.is_empty() => Ok(mapping),
            _ => Err(MappingError::new(texts, problems)),
        }
    }

    /// The same with the overrides called by the options that stand for them; those without one stay `--set`.
    #[must_use]
    pub fn call_overrides(self, options: &[Option<&str>]) -> Self {
        Self {
            texts: diagnose::call_overrides(self.texts, options),
            ..self
        }
    }

    /// What the reader needs to know.
    pub fn layout(&self) -> Layout {
        self.source.layout.clone()
    }

    /// Data types and sources that stand in the mapping itself.
    pub fn literals(&self) -> Vec<LiteralName> {
        let mut found: Vec<LiteralName> = Vec::new();
        for response in &self.responses {
            let both = [
                (LiteralKind::DataType, &response.data_type),
                (LiteralKind::DataSource, &response.data_source),
            ];
            for (kind, value) in both {
                if let Some(ValueSpec {
                    origin: Origin::Literal(literal),
                    place,
                    ..
                }) = value
                {
                    let literal = LiteralName {
                        kind,
                        value: literal.text(),
                        place: place.clone(),
                    };
                    if !found.contains(&literal) {
                        found.push(literal);
                    }
                }
            }
        }
        found
    }

    /// What no row could give, though the API needs it: a type or source that stands nowhere. Responses of which nothing
    /// could be posted are told when the mapping meets a file.
    pub fn lacking(&self) -> Vec<Problem> {
        let posted = |response: &&ResponseSpec| {
            response.dataset_id.is_none()
                && (response.score.is_some() || response.comment.is_some())
        };
        let mut problems = Vec::new();
        for response in self.responses.iter().filter(posted) {
            for (field, value, option) in [
                ("data_type", &response.data_type, "data-type"),
                ("data_source", &response.data_source, "data-source"),
            ] {
                if value.is_none() {
                    let message =
                        format!("the response has no `{field}`, and the API takes none without");
                    problems.push(Problem::at(&response.place, message).help(format!(
                        "set {field} in [response], or give --{option}; `chatterload {option}s` lists those of the project"
                    )));
                }
            }
        }
        problems
    }

    /// A hash of all that the mapping was made of: its file, what overrode it, what it extends.
    pub fn fingerprint(&self) -> Id {
        let mut pairs: Vec<(String, &str)> = self
            .texts
            .iter()
            .enumerate()
            .map(|(number, (_, text))| (number.to_string(), text.as_str()))
            .collect();
        content_hash(&mut pairs)
    }

    /// An error at a place of this mapping, for checks made elsewhere.
    pub fn error_at(&self, place: &Place, message: &str, help: Option<String>) -> MappingError {
        self.error(vec![Problem::at(place, message).maybe_help(help)])
    }

    /// All of several errors.
    pub fn error(&self, problems: Vec<Problem>) -> MappingError {
        MappingError::new(self.texts.clone(), problems)
    }
}

const NAME: &str = "name = \"Post-purchase NPS\"";

fn read(root: &Node, texts: &Texts, problems: &mut Vec<Problem>) -> Option<Mapping> {
    let mut table = Table::open(root, problems)?;
    let name = if let Some(node) = table.get("name") {
        walk::filled(node, "the mapping's name", NAME, problems)
    } else {
        problems.push(Problem::of_file("the mapping has no name").help(NAME));
        None
    };
    // Worked in already.
    table.get("extends");
    let source = match table.get("source") {
        Some(node) => parse::source(node, problems),
        None => Some(SourceSection::default()),
    };
    let key = parse::key(table.get("key"), name.as_deref().unwrap_or(""), problems);
    let shared = table
        .get("response")
        .map(|node| parse::response(node, false, problems));
    let entries = table.get("responses");
    let responses = match (shared, entries) {
        (Some(shared), None) => vec![ResponseSpec {
            name: "main".to_owned(),
            ..shared?
        }],
        (shared, Some(entries)) => {
            let shared = shared.flatten().unwrap_or_default();
            let items = walk::list(entries, problems)?;
            if items.is_empty() {
                problems.push(Problem::at(&entries.place, "[[responses]] has no entry"));
            }
            let mut responses = Vec::with_capacity(items.len());
            for item in items {
                responses
                    .extend(parse::response(item, true, problems).map(|own| own.inherit(&shared)));
            }
            responses
        }
        (None, None) => {
            problems.push(Problem::of_file("the mapping has no [response]").help(
                "it says what is posted: data_type, data_source, score, comment, created_at",
            ));
            Vec::new()
        }
    };
    table.finish(problems);
    let mapping = Mapping {
        name: name?,
        source: source?,
        key: key?,
        responses,
        texts: texts.clone(),
    };
    check_responses(&mapping, problems);
    Some(mapping)
}

/// Names that collide.
fn check_responses(mapping: &Mapping, problems: &mut Vec<Problem>) {
    let mut names: Vec<&str> = Vec::new();
    for response in &mapping.responses {
        if !response.name.is_empty() && names.contains(&response.name.as_str()) {
            let message = format!("two responses are named `{}`", response.name);
            problems.push(Problem::at(&response.place, message));
        }
        names.push(&response.name);
        for attribute in &response.user_meta {
            if Some(&attribute.key) == mapping.key.token.as_ref() {
                problems.push(
                    Problem::at(
                        &attribute.place,
                        format!("`{}` is where the token goes", attribute.key),
                    )
                    .help("name this attribute otherwise, or the token by `token` in [key]"),
                );
            }
        }
    }
}
