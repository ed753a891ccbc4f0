//! What is wrong with a mapping, shown at its place: the file's name, the line, the place underlined.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A place in one of the texts a mapping is made of: the file itself, an override, the mapping it extends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Which text: 0 is the mapping file itself, overrides and what it extends follow.
    pub text: usize,
    /// Bytes of it.
    pub span: Range<usize>,
}

/// The texts a mapping was made of, each with its label in messages. The mapping file comes first.
pub type Texts = Arc<Vec<(String, String)>>;

/// One thing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where; `None` where something is missing altogether.
    pub place: Option<Place>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The column that a file lacks, where that is what is wrong.
    pub missing: Option<Box<Missing>>,
    /// Set where one thing is wrong in many places.
    pub many: Option<Box<Many>>,
}

/// A column that a mapping names and a file lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// As the mapping names it.
    pub name: String,
    /// The column of the file that may be meant.
    pub nearest: Option<String>,
}

/// What is told of one thing that is wrong in many places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Many {
    /// Some of the places.
    pub examples: Vec<Example>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// One of several places where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Where.
    pub place: Place,
    /// What to say there.
    pub label: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn at(place: &Place, message: impl Into<String>) -> Self {
        Self {
            place: Some(place.clone()),
            ..Self::of_file(message)
        }
    }

    /// A problem of the file as a whole.
    pub fn of_file(message: impl Into<String>) -> Self {
        Self {
            place: None,
            message: message.into(),
            help: None,
            missing: None,
            many: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which column the file lacks.
    #[must_use]
    pub fn missing(mut self, name: impl Into<String>, nearest: Option<&str>) -> Self {
        self.missing = Some(Box::new(Missing {
            name: name.into(),
            nearest: nearest.map(str::to_owned),
        }));
        self
    }

    /// Adds what to do about it, where there is something.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

/// Why a mapping cannot be used: everything wrong with it that was found. Its `Display` is the whole diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError {
    texts: Texts,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

impl MappingError {
    pub(crate) fn new(texts: Texts, mut problems: Vec<Problem>) -> Self {
        // What a mapping inherits is checked once per heir, and would be told once per heir.
        let mut seen: Vec<Problem> = Vec::with_capacity(problems.len());
        problems.retain(|problem| {
            let fresh = !seen.contains(problem);
            if fresh {
                seen.push(problem.clone());
            }
            fresh
        });
        problems.sort_by_key(|problem| {
            problem
                .place
                .as_ref()
                .map(|place| (place.text, place.span.start))
        });
        Self { texts, problems }
    }

    /// The same with the overrides called by the options that stand for them; those without one stay `--set`.
    #[must_use]
    pub fn call_overrides(self, options: &[Option<&str>]) -> Self {
        Self {
            texts: call_overrides(self.texts, options),
            ..self
        }
    }

    /// The diagnostic as text, with or without terminal colours.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let reports: Vec<String> = self
            .problems
            .iter()
            .map(|problem| renderer.render(&[self.report(problem)]))
            .collect();
        reports.join("\n\n")
    }

    fn report<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let title = Level::ERROR.primary_title(problem.message.as_str());
        let mut group = Group::with_title(title);
        let places = self.places(problem);
        if places.is_empty() {
            let label = self.texts.first().map_or("", |(label, _)| label.as_str());
            group = group.element(annotate_snippets::Origin::path(label));
        }
        for ((label, text), places) in places {
            let annotations = places.into_iter().map(|(place, said)| {
                AnnotationKind::Primary
                    .span(first_line(text, &place.span))
                    .label(said)
            });
            group = group.element(
                Snippet::source(text.as_str())
                    .path(label.as_str())
                    .annotations(annotations),
            );
        }
        for note in problem.many.iter().flat_map(|many| &many.notes) {
            group = group.element(Level::NOTE.message(note.as_str()));
        }
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        group
    }

    /// The places of a problem with what is said there, by the text they are in.
    fn places<'a>(&'a self, problem: &'a Problem) -> Vec<(&'a Labelled, Vec<Said<'a>>)> {
        let own = problem.place.iter().map(|place| (place, None));
        let examples = problem.many.iter().flat_map(|many| &many.examples);
        let examples = examples.map(|example| (&example.place, example.label.as_deref()));
        let all: Vec<Said<'_>> = own.chain(examples).collect();
        let of = |number: usize| -> Vec<Said<'_>> {
            all.iter()
                .copied()
                .filter(|(place, _)| place.text == number)
                .collect()
        };
        let texts = self.texts.iter().enumerate();
        texts
            .map(|(number, text)| (text, of(number)))
            .filter(|(_, places)| !places.is_empty())
            .collect()
    }
}

/// A text of a mapping with its label.
type Labelled = (String, String);

/// A place and what is said there.
type Said<'a> = (&'a Place, Option<&'a str>);

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for MappingError {}

/// Calls the overrides, which follow the mapping file itself, by their options.
pub fn call_overrides(mut texts: Texts, options: &[Option<&str>]) -> Texts {
    let labels = Arc::make_mut(&mut texts).iter_mut().skip(1);
    for ((label, _), option) in labels.zip(options) {
        if let Some(option) = option {
            (*option).clone_into(label);
        }
    }
    texts
}

/// A span cut to its first line and to the text, so that a table of twenty lines is not underlined whole.
fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
    let line = text[start..end]
        .find(['\r', '\n'])
        .map_or(end, |length| start + length);
    start..line
}

/// So many known names are compared with one that is unknown.
const COMPARED: usize = 4_096;

/// The known name nearest to one that is unknown, if any is near enough to be meant.
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = unknown.to_lowercase();
    let length = wanted.chars().count();
    known
        .into_iter()
        .take(COMPARED)
        // Half of the longer one must be alike; comparing costs the product of both lengths.
        .filter(|name| name.chars().take(length * 2 + 1).count() <= length * 2)
        .map(|name| {
            (
                strsim::normalized_damerau_levenshtein(&wanted, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_ignores_case_and_refuses_strangers() {
        assert_eq!(nearest("scroe", ["score", "comment"]), Some("score"));
        assert_eq!(
            nearest("SCORE", ["comment", "Score of 10", "score"]),
            Some("score")
        );
        assert_eq!(nearest("basket", ["score", "comment"]), None);
        assert_eq!(nearest("nps", ["nps 12", "nps 123"]), Some("nps 12"));
    }

    #[test]
    fn a_span_is_cut_to_its_first_line() {
        assert_eq!(first_line("a = {\r\nb = 1 }", &(4..13)), 4..5);
        assert_eq!(first_line("ü", &(1..9)), 0..2);
    }
}
