//! Finding the columns that a mapping names in a file's header, and reading them from a row.

use std::borrow::Cow;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::diagnose::{Problem, nearest};
use super::item::{Fault, Item};
use super::json::Path;
use super::spec::{ColumnName, ColumnRef};
use crate::read::called;
use crate::record::{CellRef, Header, Number, Row, Shape, trim};

/// How a column is reached.
#[derive(Clone, Debug)]
pub enum Access {
    /// A table's column, from 0.
    Cell(usize),
    /// A path in a JSON record.
    Path(Path),
    /// The file lacks the column, and may.
    Absent,
}

/// A column that was found.
#[derive(Clone, Debug)]
pub struct Column {
    /// How to reach it.
    pub access: Access,
    /// What to call it in messages.
    pub label: Arc<str>,
    /// Whether it may be absent.
    pub optional: bool,
}

impl Column {
    /// What the row holds there; `None` where it is empty or one of the null values. `separator` joins a JSON list.
    ///
    /// # Errors
    /// A spreadsheet's error value, or a JSON object where a value should be.
    pub fn read<'a>(
        &self,
        row: &'a Row,
        nulls: &[String],
        separator: &str,
    ) -> Result<Option<Item<'a>>, Fault> {
        let item = match &self.access {
            Access::Absent => return Ok(None),
            Access::Path(path) => match row.json() {
                None => return Ok(None),
                Some(value) => path.read(value, separator).map_err(|()| {
                    Fault::new(
                        "not_a_scalar",
                        format!("'{}' leads to an object; expected a text, a number, true or false: name the field within it", self.label),
                    )
                })?,
            },
            Access::Cell(index) => match row.cell(*index) {
                CellRef::Empty => None,
                CellRef::Text(text) => Some(Item::Text(Cow::Borrowed(text))),
                CellRef::Number(number) => Number::from_f64(number).map(Item::Number),
                CellRef::Bool(value) => Some(Item::Bool(value)),
                CellRef::DateTime(at) => Some(Item::DateTime(at)),
                CellRef::Error(text) if is_null(text, nulls) => None,
                CellRef::Error(text) => {
                    return Err(Fault::new(
                        "spreadsheet_error",
                        format!(
                            "column '{}' holds the spreadsheet error {text}: mend the formula, or list {text} in null_values",
                            self.label
                        ),
                    ));
                }
            },
        };
        Ok(item.filter(|item| !item.is_null(nulls)))
    }
}

impl Column {
    /// The text of its cell, where it is one of a table and holds a text.
    #[inline]
    pub fn text<'a>(&self, row: &'a Row) -> Option<&'a str> {
        let Access::Cell(index) = self.access else {
            return None;
        };
        match row.cell(index) {
            CellRef::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Whether a cell counts as empty.
#[inline]
pub fn is_null(text: &str, nulls: &[String]) -> bool {
    is_null_trimmed(trim(text), nulls)
}

/// Likewise, of one without outer blanks.
#[inline]
pub fn is_null_trimmed(text: &str, nulls: &[String]) -> bool {
    text.is_empty() || nulls.iter().any(|null| trim(null) == text)
}

/// A header as it is compared: blanks, line breaks and no-break spaces folded to one space, trimmed.
pub fn fold(header: &str) -> String {
    // NBSP counts as white space in Unicode, the byte order mark and zero-width space do not.
    let words: Vec<&str> = header
        .split(|character: char| {
            character.is_whitespace() || matches!(character, '\u{feff}' | '\u{200b}')
        })
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// A header as it is looked for: folded, and with each accented letter as one sign, as most programs write it. A file
/// made on a Mac may have two.
fn folded(header: &str) -> String {
    let folded = fold(header);
    if folded.is_ascii() {
        return folded;
    }
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(&folded)
        .into_owned()
}

/// The header of one input file, ready for look-ups.
pub struct Finder<'a> {
    shape: &'a Shape,
    file: &'a str,
    folded: Vec<String>,
    lowered: Vec<String>,
}

impl<'a> Finder<'a> {
    /// For the records of `file`.
    pub fn new(shape: &'a Shape, file: &'a str) -> Self {
        let folded: Vec<String> = match shape {
            Shape::Table(header) => header.names.iter().map(|name| folded(name)).collect(),
            Shape::Json => Vec::new(),
        };
        let lowered = folded.iter().map(|name| name.to_lowercase()).collect();
        Self {
            shape,
            file,
            folded,
            lowered,
        }
    }

    /// The table's header; `None` for JSON.
    pub fn header(&self) -> Option<&'a Header> {
        match self.shape {
            Shape::Table(header) => Some(header),
            Shape::Json => None,
        }
    }

    /// A column's header as it is looked for; empty where it has none.
    pub fn folded(&self, index: usize) -> &str {
        self.folded.get(index).map_or("", String::as_str)
    }

    /// Finds a column, or says why not.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn find(&self, wanted: &ColumnRef, optional: bool) -> Result<Column, Problem> {
        let header = match (self.shape, &wanted.name) {
            (Shape::Json, ColumnName::Header(path)) => {
                let parsed = Path::parse(path).map_err(|why| Problem::at(&wanted.place, why))?;
                return Ok(Column {
                    access: Access::Path(parsed),
                    label: path.as_str().into(),
                    optional,
                });
            }
            (Shape::Json, ColumnName::Position(_)) => {
                return Err(Problem::at(
                    &wanted.place,
                    format!(
                        "`{}` is JSON: its fields have names, not positions",
                        self.file
                    ),
                ));
            }
            (Shape::Table(header), _) => header,
        };
        let found = match &wanted.name {
            ColumnName::Position(position) => usize::try_from(position - 1)
                .ok()
                .filter(|index| *index < header.len()),
            ColumnName::Header(name) => self.by_name(header, name, wanted)?,
        };
        match found {
            Some(index) => Ok(table_column(header, index)),
            None if optional => Ok(Column {
                access: Access::Absent,
                optional,
                label: match &wanted.name {
                    ColumnName::Header(name) => name.as_str().into(),
                    ColumnName::Position(position) => format!("column {position}").into(),
                },
            }),
            None => Err(self.unknown(header, wanted)),
        }
    }

    fn by_name(
        &self,
        header: &Header,
        name: &str,
        wanted: &ColumnRef,
    ) -> Result<Option<usize>, Problem> {
        if let Some(index) = header.names.iter().position(|known| known == name) {
            return Ok(Some(index));
        }
        let once = folded(name);
        if once.is_empty() {
            return Ok(None);
        }
        let lowered = once.to_lowercase();
        for (names, wanted_name) in [(&self.folded, &once), (&self.lowered, &lowered)] {
            let mut matches = (0..names.len()).filter(|index| names[*index] == *wanted_name);
            if let Some(first) = matches.next() {
                let others: Vec<usize> = matches.collect();
                if others.is_empty() {
                    return Ok(Some(first));
                }
                let places: Vec<String> = std::iter::once(first)
                    .chain(others)
                    .map(|index| format!("`{}` (position {})", header.names[index], index + 1))
                    .collect();
                return Err(Problem::at(
                    &wanted.place,
                    format!(
                        "`{name}` could be several columns of `{}`",
                        called(self.file)
                    ),
                )
                .help(format!(
                    "write the header exactly, or its position as a number: {}",
                    places.join(", ")
                )));
            }
        }
        Ok(None)
    }

    fn unknown(&self, header: &Header, wanted: &ColumnRef) -> Problem {
        let known = || {
            header
                .names
                .iter()
                .map(String::as_str)
                .filter(|name| !name.is_empty())
        };
        let problem = |message: String| Problem::at(&wanted.place, message);
        match &wanted.name {
            ColumnName::Position(position) => problem(format!(
                "`{}` has no column {position}, only {}",
                self.file,
                header.len()
            ))
            .missing(position.to_string(), None),
            ColumnName::Header(name) if known().next().is_none() => {
                problem(format!("`{}` has no header to find `{name}` in", self.file))
                    .help("name columns by position, from 1: column = 3")
            }
            ColumnName::Header(name) => {
                let near = nearest(name, known());
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its columns are: {}", listed(header, 20)),
                };
                problem(format!("`{}` has no column `{name}`", self.file))
                    .help(help)
                    .missing(name, near)
            }
        }
    }

    /// What is told of a column that `except` names and the file lacks.
    pub fn lacks_excepted(&self, wanted: &ColumnName) -> String {
        let (name, near) = match wanted {
            ColumnName::Position(position) => (format!("column {position}"), None),
            ColumnName::Header(name) => {
                let all = self.header().into_iter().flat_map(|header| &header.names);
                let known = all.map(String::as_str).filter(|known| !known.is_empty());
                (format!("a column `{name}`"), nearest(name, known))
            }
        };
        let remedy = near.map_or_else(
            || "nothing is left out by it".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        format!(
            "`except` names {name} that {} has not; {remedy}",
            called(self.file)
        )
    }

    /// What messages call the file.
    pub fn file(&self) -> &'a str {
        self.file
    }
}

/// The first columns that have a name, `most` of them.
pub fn listed(header: &Header, most: usize) -> String {
    let known = || header.names.iter().filter(|name| !name.is_empty());
    let mut names: Vec<String> = known().take(most).map(|name| shortened(name)).collect();
    if known().count() > names.len() {
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// A column's name as a list of many shows it: 40 characters at most, on one line.
fn shortened(name: &str) -> String {
    let mut short: String = name
        .chars()
        .take(40)
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .collect();
    if name.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}

/// A table's column by index.
pub fn table_column(header: &Header, index: usize) -> Column {
    Column {
        access: Access::Cell(index),
        label: header.label(index).into(),
        optional: false,
    }
}

/// What tells the columns of one question apart: the questions' texts where the file has them below the header, else the
/// headers, without what all begin with, up to the last ` / `, ` - ` or `[` therein.
pub fn questions(columns: &[Column], header: Option<&Header>) -> Vec<Arc<str>> {
    let texts: Option<Vec<Arc<str>>> = columns
        .iter()
        .map(|column| {
            let text = fold(header?.below.texts.get(column.index()?)?);
            (!text.is_empty()).then(|| text.into())
        })
        .collect();
    let labels = texts.unwrap_or_else(|| {
        let headers = columns.iter().map(|column| Arc::clone(&column.label));
        headers.collect()
    });
    let common = match &labels[..] {
        [first, rest @ ..] if !rest.is_empty() => {
            let mut common: &str = first;
            for label in rest {
                let same = common
                    .char_indices()
                    .zip(label.chars())
                    .find(|((_, a), b)| a != b)
                    .map_or(common.len().min(label.len()), |((at, _), _)| at);
                common = &common[..same];
            }
            [" / ", " - ", "["]
                .iter()
                .filter_map(|mark| common.rfind(mark).map(|at| at + mark.len()))
                .max()
                .unwrap_or(0)
        }
        _ => 0,
    };
    let own = |label: &str| {
        let own = label.get(common..)?;
        let inside = label.get(..common)?.ends_with('[');
        Some(
            own.strip_suffix(']')
                .filter(|_| inside)
                .unwrap_or(own)
                .to_owned(),
        )
    };
    let questions = labels.iter().map(|label| match own(label) {
        Some(question) if !question.trim().is_empty() => question.trim().into(),
        _ => Arc::clone(label),
    });
    questions.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::diagnose::Place;

    fn find(header: &[&str], name: &str) -> Result<usize, String> {
        let shape = Shape::Table(Header::new(
            header.iter().map(ToString::to_string).collect(),
        ));
        let wanted = ColumnRef {
            name: ColumnName::Header(name.to_owned()),
            place: Place::default(),
        };
        match Finder::new(&shape, "f.csv").find(&wanted, false) {
            Ok(Column {
                access: Access::Cell(index),
                ..
            }) => Ok(index),
            Ok(_) => Err("not a cell".to_owned()),
            Err(problem) => Err(format!(
                "{} / {}",
                problem.message,
                problem.help.unwrap_or_default()
            )),
        }
    }

    #[test]
    fn headers_match_exactly_first_then_folded_then_in_any_case() {
        assert_eq!(find(&["nps", "NPS"], "NPS"), Ok(1));
        assert_eq!(find(&["What went\n well?\u{a0}"], "What went well?"), Ok(0));
        assert_eq!(find(&["Score", "Comment"], "COMMENT"), Ok(1));
        // Composed in one of both, decomposed in the other.
        assert_eq!(find(&["id", "Caf\u{e9}"], "Cafe\u{301}"), Ok(1));
        assert_eq!(find(&["id", "Cafe\u{301}"], "caf\u{e9}"), Ok(1));
        assert_eq!(find(&["Other", "Other"], "Other"), Ok(0));
        assert_eq!(find(&["Other", "Other"], "Other (2)"), Ok(1));
    }

    #[test]
    fn ambiguity_is_an_error_that_says_how_to_address_it() {
        assert_eq!(
            find(&["NPS", "nps"], "Nps"),
            Err("`Nps` could be several columns of `f.csv` / write the header exactly, or its position as a number: \
                 `NPS` (position 1), `nps` (position 2)".to_owned())
        );
    }

    #[test]
    fn an_unknown_column_gets_the_nearest_name() {
        assert_eq!(
            find(&["Submitted", "Score"], "Submited"),
            Err("`f.csv` has no column `Submited` / did you mean `Submitted`?".to_owned())
        );
    }
}
