//! A value checked against a header and made ready: columns found, expressions compiled, literals read.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use jiff::tz::TimeZone;
use regex::Regex;

use super::column::{Column, Finder, is_null, listed, questions, table_column};
use super::diagnose::{Place, Problem};
use super::item::Item;
use super::spec::{
    ColumnName, ColumnRef, ColumnSet, Each, Literal, NumberStyle, Origin, SourceSection, Steps,
    Type, ValueSpec,
};
use super::steps::bucket::Buckets;
use super::steps::dates::{DateReader, check_format};
use super::steps::lookup::Lookup;
use super::steps::replacement;
use super::steps::zones::zone;
use super::template::{Template, columns_of};
use super::value::{Join, Source, Value};
use super::walk::Problems;

/// The column of a `for_each`, while its response is compiled.
#[derive(Clone)]
pub struct EachColumn {
    /// The column.
    pub column: Column,
    /// Its question.
    pub question: Arc<str>,
}

/// What compiling needs to know, and what it finds.
pub struct Compiler<'a> {
    /// The header.
    pub finder: Finder<'a>,
    /// `[source]`
    pub source: &'a SourceSection,
    /// Everything wrong so far.
    pub problems: Problems,
    /// Columns named so far.
    pub used: Vec<Column>,
    /// Labels of the columns of comments, whose text no message may show.
    pub secret: Vec<Arc<str>>,
    /// Set inside a `for_each`.
    pub each: Option<EachColumn>,
    /// What is no error, and to be told.
    pub warnings: Vec<String>,
}

impl Compiler<'_> {
    /// Finds a column and notes that it is used.
    pub fn column(&mut self, wanted: &ColumnRef, optional: bool) -> Option<Column> {
        match self.finder.find(wanted, optional) {
            Ok(column) => {
                self.used.push(column.clone());
                Some(column)
            }
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// Finds several columns; none where one of them is unknown.
    pub fn columns(&mut self, set: &ColumnSet, optional: bool) -> Option<Vec<Column>> {
        match set {
            ColumnSet::List(wanted) => {
                let found: Vec<Column> = wanted
                    .iter()
                    .filter_map(|wanted| self.column(wanted, optional))
                    .collect();
                (found.len() == wanted.len()).then_some(found)
            }
            ColumnSet::Matching(pattern, place) => self.matching(pattern, place, optional),
        }
    }

    fn matching(&mut self, pattern: &str, place: &Place, optional: bool) -> Option<Vec<Column>> {
        let regex = self.regex(pattern, place)?;
        let Some(header) = self.finder.header() else {
            self.problems.push(
                Problem::at(place, "`matching` looks at headers, and JSON has none")
                    .help("list the fields one by one: columns = [\"a.b\", \"a.c\"]"),
            );
            return None;
        };
        // As headers are found everywhere else; a pattern may also have been written for the cell as it stands.
        let matches = |index: &usize| {
            let name = &header.names[*index];
            let folded = self.finder.folded(*index);
            !name.is_empty() && (regex.is_match(folded) || regex.is_match(name))
        };
        let found: Vec<Column> = (0..header.len())
            .filter(matches)
            .map(|index| table_column(header, index))
            .collect();
        if found.is_empty() && !optional {
            self.problems.push(
                Problem::at(place, format!("no column matches `{pattern}`"))
                    .help(format!("its columns are: {}", listed(header, 20)))
                    .missing(pattern, None),
            );
            return None;
        }
        self.used.extend(found.iter().cloned());
        Some(found)
    }

    fn regex(&mut self, pattern: &str, place: &Place) -> Option<Regex> {
        match Regex::new(pattern) {
            Ok(regex) => Some(regex),
            Err(error) => {
                let message = error.to_string();
                let why = message
                    .lines()
                    .last()
                    .unwrap_or("")
                    .trim_start_matches("error: ");
                self.problems.push(Problem::at(
                    place,
                    format!("not a regular expression: {why}"),
                ));
                None
            }
        }
    }

    /// A value; `kind` is its type unless it says another.
    pub fn value(&mut self, field: &str, spec: &ValueSpec, kind: Type) -> Option<Value> {
        let steps = &spec.steps;
        let kind = steps.kind.as_ref().map_or(kind, |(kind, _)| *kind);
        self.check_type(spec, kind);
        let nulls: Vec<String> = self
            .source
            .null_values
            .iter()
            .chain(&steps.null_values)
            .cloned()
            .collect();
        let before = self.problems.len();
        let separator = if field == "comment" { "\n" } else { ", " };
        let separator = separator_of(&spec.origin).unwrap_or(separator).to_owned();
        let source = self.origin(spec);
        let replace = steps
            .replace
            .iter()
            .filter_map(|(pattern, place, with)| {
                let regex = self.regex(pattern, place)?;
                if let Some(reference) = replacement::unknown_group(with, &regex) {
                    let why = format!("`with` names {reference}, and the pattern has no such group");
                    self.problems.push(Problem::at(place, why).help(
                        "groups are $1, $2, … or $name; braces end a name: \"${1}x\"; a plain dollar is \"$$\"",
                    ));
                }
                Some((regex, with.clone()))
            })
            .collect();
        let map = steps.map.as_ref().and_then(|pairs| {
            Lookup::new(pairs, &spec.place)
                .map_err(|problem| self.problems.push(problem))
                .ok()
        });
        let bucket = steps.bucket.as_ref().and_then(|buckets| {
            Buckets::new(buckets)
                .map_err(|problems| self.problems.extend(problems))
                .ok()
        });
        let dates = (kind == Type::Date).then(|| self.dates(steps));
        if self.problems.len() > before {
            return None;
        }
        let mut value = Value {
            field: field.into(),
            source: source?,
            separator,
            secret: field == "comment",
            trim: steps.trim.unwrap_or(true),
            unescape: steps.unescape,
            nulls,
            replace,
            case: steps.case,
            map,
            otherwise: steps.otherwise.clone(),
            bucket,
            kind,
            numbers: self.number_style(steps),
            dates,
            min: steps.min,
            max: steps.max,
            max_length: steps
                .max_length
                .map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
            truncate: steps.truncate,
            cut: AtomicU64::new(0),
            default: None,
            required: steps.required,
        };
        value.secret |= value
            .columns()
            .iter()
            .any(|column| self.secret.contains(&column.label));
        self.set_default(&mut value, steps)?;
        Some(value)
    }

    fn set_default(&mut self, value: &mut Value, steps: &Steps) -> Option<()> {
        let Some((literal, place)) = &steps.default else {
            return Some(());
        };
        let item = match literal {
            Literal::Number(number) => Item::Number(*number),
            other => Item::Text(other.text().into()),
        };
        match value.posted(item) {
            Ok(posted) => {
                value.default = Some(posted.into_owned());
                Some(())
            }
            Err(fault) => {
                let why = fault.message.replace(&value.what(), "`default`");
                self.problems.push(Problem::at(place, why));
                None
            }
        }
    }

    fn number_style(&self, steps: &Steps) -> NumberStyle {
        let decimal = steps.numbers.decimal.or(self.source.numbers.decimal);
        let thousands = steps.numbers.thousands.or(self.source.numbers.thousands);
        NumberStyle {
            decimal,
            // The value's own decimal sign takes the place of the file's thousands sign.
            thousands: thousands.filter(|sign| *sign != decimal.unwrap_or('.')),
        }
    }

    fn dates(&mut self, steps: &Steps) -> DateReader {
        let mut formats = Vec::new();
        for (format, place) in steps.formats.iter().flatten() {
            match check_format(format) {
                Ok(()) => formats.push(format.clone()),
                Err(why) => self.problems.push(
                    Problem::at(place, format!("`{format}` is no date format: {why}"))
                        .help("formats are strptime's, such as \"%d/%m/%Y %H:%M\""),
                ),
            }
        }
        let zone = steps
            .timezone
            .as_ref()
            .or(self.source.timezone.as_ref())
            .and_then(|(name, place)| self.zone(name, place))
            .or_else(|| self.file_zone());
        DateReader::new(&formats, zone)
    }

    /// The time zone that the file itself names; one that we do not know counts as none.
    fn file_zone(&self) -> Option<TimeZone> {
        zone(self.finder.header()?.below.timezone.as_deref()?).ok()
    }

    /// A time zone by name.
    pub fn zone(&mut self, name: &str, place: &Place) -> Option<TimeZone> {
        zone(name)
            .map_err(|near| {
                let help = match near {
                    Some(offset) if offset.starts_with(['+', '-']) => format!(
                        "write `{offset}`, or an IANA name such as `Europe/London`, which knows summer time"
                    ),
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "use an IANA name such as `Europe/London`, `UTC`, or an offset such as `+01:00`".to_owned(),
                };
                self.problems
                    .push(Problem::at(place, format!("unknown time zone `{name}`")).help(help));
            })
            .ok()
    }

    fn origin(&mut self, spec: &ValueSpec) -> Option<Source> {
        let optional = spec.steps.optional;
        match &spec.origin {
            Origin::Column(column, _) => self.column(column, optional).map(Source::Column),
            Origin::FirstOf(columns) => self
                .columns(&ColumnSet::List(columns.clone()), optional)
                .map(Source::FirstOf),
            Origin::Columns {
                set,
                show_label,
                with_question,
                ..
            } => {
                let columns = self.columns(set, optional)?;
                let labels = questions(&columns, self.finder.header());
                let join = match (show_label, with_question) {
                    (true, false) => Join::Labels,
                    (false, true) => Join::Questions,
                    (false, false) => Join::Cells,
                    (true, true) => {
                        self.problems.push(Problem::at(
                            &spec.place,
                            "`show = \"label\"` and `with_question` exclude each other",
                        ));
                        return None;
                    }
                };
                Some(Source::Columns(
                    columns.into_iter().zip(labels).collect(),
                    join,
                ))
            }
            Origin::Literal(Literal::Text(text)) if is_null(text, &[]) => {
                self.problems.push(Problem::at(
                    &spec.place,
                    "an empty text would never be posted",
                ));
                None
            }
            Origin::Literal(literal) => Some(Source::Literal(literal.clone())),
            Origin::Template(text, place) => self.template(text, place, optional),
            Origin::Each(each, place) => {
                let Some(column) = self.each.clone() else {
                    self.problems.push(Problem::at(
                        place,
                        "`each` works inside an entry of [[responses]] with `for_each`",
                    ));
                    return None;
                };
                Some(match each {
                    Each::Value => Source::Column(column.column),
                    Each::Name => Source::Literal(Literal::Text(column.column.label.to_string())),
                    Each::Question => Source::Literal(Literal::Text(column.question.to_string())),
                })
            }
        }
    }

    fn template(&mut self, text: &str, place: &Place, optional: bool) -> Option<Source> {
        let bad = |why: String| Problem::at(place, format!("the template cannot be used: {why}"));
        let names = match columns_of(text) {
            Ok(names) => names,
            Err(why) => {
                self.problems.push(bad(why));
                return None;
            }
        };
        let mut columns = Vec::with_capacity(names.len());
        for name in &names {
            let wanted = ColumnRef {
                name: ColumnName::Header(name.clone()),
                place: place.clone(),
            };
            columns.push((Arc::from(name.as_str()), self.column(&wanted, optional)));
        }
        let found: Option<Vec<(Arc<str>, Column)>> = columns
            .into_iter()
            .map(|(name, column)| column.map(|column| (name, column)))
            .collect();
        match Template::new(text, found?) {
            Ok(template) => Some(Source::Template(Box::new(template))),
            Err(why) => {
                self.problems.push(bad(why));
                None
            }
        }
    }

    /// Settings that go with another type than the value has.
    fn check_type(&mut self, spec: &ValueSpec, kind: Type) {
        let steps = &spec.steps;
        let number = matches!(kind, Type::Number | Type::Integer);
        let mut complain = |there: bool, setting: &str, needs: &str| {
            if there {
                self.problems.push(Problem::at(
                    &spec.place,
                    format!("{setting} would do nothing here: {needs}"),
                ));
            }
        };
        complain(
            kind != Type::Date && (steps.formats.is_some() || steps.timezone.is_some()),
            "`formats` and `timezone`",
            "set type = \"date\"",
        );
        complain(
            !number && (steps.min.is_some() || steps.max.is_some()),
            "`min` and `max`",
            "set type = \"number\"",
        );
        complain(
            !number && steps.bucket.is_none() && steps.numbers != NumberStyle::default(),
            "`decimal` and `thousands`",
            "set type = \"number\"",
        );
        complain(
            kind != Type::Text && steps.max_length.is_some(),
            "`max_length`",
            "it goes with text",
        );
    }
}

fn separator_of(origin: &Origin) -> Option<&str> {
    match origin {
        Origin::Column(_, separator) | Origin::Columns { separator, .. } => separator.as_deref(),
        _ => None,
    }
}
