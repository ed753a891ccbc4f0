//! What things are called: the mapping, its data type and data source, attributes.

use std::collections::HashSet;
use std::path::Path;

use super::{Choice, Drafter, Question};
use crate::catalogue::{Item, find};
use crate::inspect::{Column, is_month};
use crate::mapping::{fold, in_words, snake_case, unique};

/// A name taken for a data type or source, and whether it is sure.
pub struct Named {
    /// What is posted.
    pub name: String,
    /// What to say beside it.
    pub remark: String,
}

/// A name without a date, or a number in parentheses that a browser adds, at its end. Other digits are part of the
/// name: `survey1` and `survey2` are two surveys.
fn without_date(stem: &str) -> &str {
    let blank = |sign: char| "-_ .".contains(sign);
    let stem = stem.trim_end_matches(blank);
    if let Some((rest, number)) = stem
        .strip_suffix(')')
        .and_then(|stem| stem.rsplit_once('('))
        && number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
    {
        return without_date(rest);
    }
    if let Some(rest) = without_month(stem) {
        return rest.trim_end_matches(blank);
    }
    let date = stem.trim_end_matches(|sign: char| sign.is_ascii_digit() || blank(sign));
    let digits = stem[date.len()..]
        .bytes()
        .filter(u8::is_ascii_digit)
        .count();
    // 202611, 2026-11, 20261124, 24.11.2026, and with a time behind it.
    if matches!(digits, 6 | 8 | 10 | 12 | 14) {
        date.trim_end_matches(blank)
    } else {
        stem
    }
}

/// A name without the month and the year at its end: `NPS March 2026`, `nps_2026_märz`.
fn without_month(stem: &str) -> Option<&str> {
    let (rest, last) = stem.rsplit_once(['-', '_', ' ', '.'])?;
    let (rest, before) = rest.rsplit_once(['-', '_', ' ', '.'])?;
    let is_year =
        |word: &str| word.len() == 4 && word.starts_with("20") && word.parse::<u16>().is_ok();
    let is_date = is_month(before) && is_year(last) || is_year(before) && is_month(last);
    is_date.then_some(rest)
}

impl Drafter<'_> {
    /// The mapping's name: what the file is called, without a date at its end, since later exports have others.
    pub fn name(&self) -> String {
        if let Some(name) = self
            .options
            .name
            .as_deref()
            .filter(|name| !name.trim().is_empty())
        {
            return name.to_owned();
        }
        let stem = Some(Path::new(&self.profile.file))
            .filter(|file| *file != Path::new("-"))
            .and_then(Path::file_stem)
            .and_then(|stem| stem.to_str())
            .unwrap_or("");
        // `export.csv.gz` has two endings.
        let stem = stem.split_once('.').map_or(stem, |(stem, _)| stem);
        let trimmed = without_date(stem);
        let name = if trimmed.chars().count() >= 3 {
            trimmed
        } else {
            stem
        };
        if name.trim().is_empty() {
            "drafted".to_owned()
        } else {
            name.to_owned()
        }
    }

    /// The data type.
    pub fn data_type(&mut self, kind: &str) -> Named {
        let wanted: &[&str] = match kind {
            "nps" => &["nps", "net promoter score", "csat"],
            "csat" => &[
                "csat",
                "customer satisfaction",
                "satisfaction",
                "rating",
                "nps",
            ],
            "review" => &["review", "reviews", "rating", "csat"],
            _ => &[
                "comment",
                "comments",
                "feedback",
                "open feedback",
                "product feedback",
            ],
        };
        let items = self
            .catalogue
            .map(|catalogue| catalogue.data_types.as_slice());
        self.named("data_type", wanted, items)
    }

    /// The data source.
    pub fn data_source(&mut self) -> Named {
        let tool = self.profile.tool.map(|tool| [tool.key(), tool.name()]);
        let mut wanted: Vec<&str> = tool.iter().flatten().copied().collect();
        wanted.extend(["csv_upload", "CSV Upload", "csv"]);
        let items = self
            .catalogue
            .map(|catalogue| catalogue.data_sources.as_slice());
        self.named("data_source", &wanted, items)
    }

    fn named(&mut self, field: &'static str, wanted: &[&str], items: Option<&[Item]>) -> Named {
        let best = wanted.first().copied().unwrap_or_default();
        let answer = self.answer(field).map(str::to_owned);
        let Some(items) = items.filter(|items| !items.is_empty()) else {
            return Named {
                name: answer.unwrap_or_else(|| best.to_owned()),
                remark: format!(
                    "not checked against a project: see `chatterload {}s`",
                    field.replace('_', "-")
                ),
            };
        };
        let found = wanted.iter().position(|name| find(items, name).is_some());
        let item = found
            .and_then(|at| find(items, wanted[at]))
            .or_else(|| items.first());
        let taken = item.map_or(best, Item::posted).to_owned();
        // The first of the names is what it is; anything further on stands in for it.
        let sure = found
            .is_some_and(|at| at == 0 || wanted[at].eq_ignore_ascii_case(&in_words(best)))
            || found == Some(1) && field == "data_source" && self.profile.tool.is_some();
        let asked = self
            .questions
            .iter()
            .any(|question| question.field == field);
        if !sure && !asked {
            self.questions.push(Question {
                field,
                prompt: match field {
                    "data_type" => "What kind of feedback is it?".to_owned(),
                    _ => "Where did the feedback come from?".to_owned(),
                },
                choices: items
                    .iter()
                    .map(|item| Choice {
                        value: item.posted().to_owned(),
                        label: item.name.clone(),
                    })
                    .collect(),
                default: vec![taken.clone()],
                multiple: false,
                open: false,
            });
        }
        let remark = if sure || answer.is_some() {
            ""
        } else {
            "the project has none that says just this: check"
        };
        Named {
            name: answer.unwrap_or(taken),
            remark: remark.to_owned(),
        }
    }
}

/// An attribute's key, not yet taken, and its readable name where the header is none.
pub fn attribute(column: &Column, taken: &mut HashSet<String>) -> (String, Option<String>) {
    let header = fold(&column.name);
    let question = column.question();
    let readable = if column.position.is_none() {
        last_step(&header)
    } else {
        header.clone()
    };
    let coded = column.label.is_some() && header.len() <= 12;
    let source = if coded || readable.is_empty() {
        header.clone()
    } else {
        readable.clone()
    };
    let fallback = column.position.map_or_else(
        || "field".to_owned(),
        |position| format!("column_{position}"),
    );
    let key = snake_case(&short(&source))
        .or_else(|| snake_case(&short(&question)))
        .unwrap_or(fallback);
    let choice = column
        .choice
        .as_deref()
        .map(|choice| format!("{question} / {choice}"));
    let name = choice.unwrap_or(if column.position.is_none() {
        in_words(&readable)
    } else {
        question
    });
    let name = short_name(&name);
    let differs = name != header || column.position.is_none();
    (
        unique(&key, taken),
        differs
            .then_some(name)
            .filter(|name| !name.trim().is_empty()),
    )
}

/// The last field of a JSON path; of `custom_fields[id=360].value` the list and the id.
fn last_step(path: &str) -> String {
    let path = path
        .strip_suffix(".value")
        .filter(|path| path.ends_with(']'))
        .unwrap_or(path);
    let last = path.rsplit(['.', '/']).next().unwrap_or(path);
    last.replace("[id=", "_").replace(']', "")
}

/// The first words of a question, for a key.
fn short(text: &str) -> String {
    const MOST: usize = 40;
    let mut short = String::new();
    for word in text.split_whitespace() {
        if !short.is_empty() && short.len() + word.len() > MOST {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short
}

fn short_name(text: &str) -> String {
    super::text::named(text, 120)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_paths_have_short_names() {
        assert_eq!(last_step("requester.locale"), "locale");
        assert_eq!(
            last_step("custom_fields[id=360].value"),
            "custom_fields_360"
        );
        assert_eq!(last_step("/a/b.c"), "c");
    }

    #[test]
    fn a_key_is_made_of_the_first_words() {
        assert_eq!(
            short("How much, if at all, do you personally identify as a Southerner?"),
            "How much, if at all, do you personally"
        );
    }

    #[test]
    fn a_name_goes_on_without_its_date() {
        for (stem, name) in [
            ("nps-2026-03", "nps"),
            ("nps_march_2026", "nps"),
            ("NPS export Mar 2026", "NPS export"),
            ("Umfrage 2026 März", "Umfrage"),
            ("nps_march_2026 (2)", "nps"),
            ("survey_march", "survey_march"),
            ("survey march madness 2026", "survey march madness 2026"),
            ("march_2026", "march_2026"),
            ("survey1", "survey1"),
        ] {
            assert_eq!(without_date(stem), name, "{stem}");
        }
    }
}
