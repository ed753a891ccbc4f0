//! From the document to the mapping's types: a value, its origin and its steps.

use super::diagnose::Problem;
use super::document::{Kind, Node};
use super::parse::{number_style, placed_string};
use super::spec::{
    Case, ColumnName, ColumnRef, ColumnSet, Each, Literal, Origin, Otherwise, Required, Steps,
    Type, ValueSpec,
};
use super::walk::{Problems, Table, expected, list, string};
use crate::record::Number;

/// A column by header, path or position.
pub fn column(node: &Node, problems: &mut Problems) -> Option<ColumnRef> {
    let name = match &node.kind {
        Kind::String(name) if !name.trim().is_empty() => ColumnName::Header(name.clone()),
        Kind::Integer(position) if *position > 0 => {
            ColumnName::Position(u64::try_from(*position).unwrap_or(1))
        }
        _ => {
            return expected(
                node,
                "a column: its header, or its position from 1",
                problems,
            );
        }
    };
    Some(ColumnRef {
        name,
        place: node.place.clone(),
    })
}

/// A list of columns, or `{ matching = regex }`.
pub fn column_set(node: &Node, problems: &mut Problems) -> Option<ColumnSet> {
    match &node.kind {
        Kind::Array(items) if !items.is_empty() => Some(ColumnSet::List(
            items
                .iter()
                .filter_map(|item| column(item, problems))
                .collect(),
        )),
        Kind::Table(_) => {
            let mut table = Table::open(node, problems)?;
            let pattern = placed_string(&mut table, "matching", problems);
            table.finish(problems);
            pattern.map(|(pattern, place)| ColumnSet::Matching(pattern, place))
        }
        _ => expected(
            node,
            "a list of columns, or { matching = \"^Q7_\" }",
            problems,
        ),
    }
}

/// A text, a number or a truth value.
pub fn literal(node: &Node, problems: &mut Problems) -> Option<Literal> {
    match &node.kind {
        Kind::String(text) | Kind::Datetime(text) => Some(Literal::Text(text.clone())),
        Kind::Integer(number) => Some(Literal::Number(Number::Whole(*number))),
        Kind::Float(number) => match Number::from_f64(*number) {
            Some(number) => Some(Literal::Number(number)),
            None => expected(node, "a finite number", problems),
        },
        Kind::Boolean(value) => Some(Literal::Bool(*value)),
        Kind::Array(_) | Kind::Table(_) => {
            expected(node, "a text, a number, true or false", problems)
        }
    }
}

/// One of the response's own fields. A bare value is a column, or a literal where `bare_literal`.
pub fn field_value(
    node: &Node,
    field: &str,
    bare_literal: bool,
    problems: &mut Problems,
) -> Option<ValueSpec> {
    let bare = !matches!(node.kind, Kind::Table(_));
    let spec = if bare && bare_literal {
        ValueSpec {
            place: node.place.clone(),
            origin: Origin::Literal(literal(node, problems)?),
            steps: Steps::default(),
        }
    } else {
        value(node, false, problems)?
    };
    let allowed: &[Type] = match field {
        "score" => &[Type::Number, Type::Integer],
        "created_at" => &[Type::Date],
        "dataset_id" => &[Type::Text, Type::Number, Type::Integer],
        _ => &[Type::Text],
    };
    if let Some((kind, place)) = &spec.steps.kind
        && !allowed.contains(kind)
    {
        problems.push(
            Problem::at(place, format!("`{field}` cannot have this type"))
                .help(format!("`{field}` has its type already: leave `type` out")),
        );
    }
    Some(spec)
}

/// A value: a bare column, or a table with an origin and steps. `named`: an attribute, which may have a `name`.
pub fn value(node: &Node, named: bool, problems: &mut Problems) -> Option<ValueSpec> {
    match &node.kind {
        Kind::Table(_) => {
            let mut table = Table::open(node, problems)?;
            if named {
                table.get("name");
            }
            from_table(table, node, problems)
        }
        Kind::String(_) | Kind::Integer(_) => Some(ValueSpec {
            place: node.place.clone(),
            origin: Origin::Column(column(node, problems)?, None),
            steps: Steps::default(),
        }),
        _ => expected(node, "a column, or a table with an origin", problems),
    }
}

/// A value from a table of which the caller may have read keys of its own.
pub fn from_table(mut table: Table<'_>, node: &Node, problems: &mut Problems) -> Option<ValueSpec> {
    let before = problems.len();
    let origin = origin(&mut table, node, problems);
    let steps = steps(&mut table, problems);
    table.finish(problems);
    if origin.is_none() && problems.len() == before {
        problems.push(no_origin(node));
    }
    Some(ValueSpec {
        place: node.place.clone(),
        origin: origin?,
        steps,
    })
}

fn no_origin(node: &Node) -> Problem {
    Problem::at(&node.place, "this value has no origin").help(
        "exactly one of `column`, `columns`, `first_of`, `value`, `template`, or `each` inside for_each",
    )
}

fn origin(table: &mut Table<'_>, node: &Node, problems: &mut Problems) -> Option<Origin> {
    let mut origins: Vec<Option<Origin>> = Vec::new();
    let separator = table.string("separator", problems);
    let show = table.word("show", &[("label", true), ("value", false)], problems);
    let with_question = table.boolean("with_question", problems);
    if let Some(node) = table.get("column") {
        origins
            .push(column(node, problems).map(|column| Origin::Column(column, separator.clone())));
    }
    if let Some(node) = table.get("columns") {
        origins.push(column_set(node, problems).map(|set| Origin::Columns {
            set,
            separator: separator.clone(),
            show_label: show.unwrap_or(false),
            with_question: with_question.unwrap_or(false),
        }));
    } else {
        for key in ["show", "with_question"] {
            if let Some(node) = node.get(key) {
                problems.push(Problem::at(
                    &node.place,
                    format!("`{key}` goes with `columns`"),
                ));
            }
        }
    }
    if let Some(node) = table.get("first_of") {
        origins.push(match column_set(node, problems) {
            Some(ColumnSet::List(columns)) => Some(Origin::FirstOf(columns)),
            Some(ColumnSet::Matching(_, place)) => {
                problems.push(Problem::at(&place, "`first_of` takes a list of columns"));
                None
            }
            None => None,
        });
    }
    if let Some(node) = table.get("value") {
        origins.push(literal(node, problems).map(Origin::Literal));
    }
    if let Some((text, place)) = placed_string(table, "template", problems) {
        origins.push(Some(Origin::Template(text, place)));
    }
    let each = [
        ("value", Each::Value),
        ("name", Each::Name),
        ("question", Each::Question),
    ];
    if let Some(node) = table.get("each") {
        let each = super::walk::word(node, &each, problems);
        origins.push(each.map(|each| Origin::Each(each, node.place.clone())));
    }
    if origins.len() > 1 {
        problems.push(
            Problem::at(&node.place, "this value has more than one origin").help(
                "exactly one of `column`, `columns`, `first_of`, `value`, `template`, `each`",
            ),
        );
    }
    origins.into_iter().next().flatten()
}

fn steps(table: &mut Table<'_>, problems: &mut Problems) -> Steps {
    let types = [
        ("text", Type::Text),
        ("number", Type::Number),
        ("integer", Type::Integer),
        ("date", Type::Date),
        ("boolean", Type::Boolean),
    ];
    let cases = [
        ("lower", Case::Lower),
        ("upper", Case::Upper),
        ("title", Case::Title),
    ];
    let steps = Steps {
        trim: table.boolean("trim", problems),
        unescape: table.boolean("unescape", problems).unwrap_or(false),
        null_values: table.strings("null_values", problems).unwrap_or_default(),
        replace: table
            .get("replace")
            .and_then(|node| list(node, problems))
            .unwrap_or_default()
            .iter()
            .filter_map(|item| {
                let mut table = Table::open(item, problems)?;
                let pattern = placed_string(&mut table, "pattern", problems);
                let with = table.string("with", problems);
                table.finish(problems);
                match (pattern, with) {
                    (Some((pattern, place)), Some(with)) => Some((pattern, place, with)),
                    _ => expected(item, "`pattern` and `with`", problems),
                }
            })
            .collect(),
        case: table.word("case", &cases, problems),
        map: pairs(table, "map", problems),
        otherwise: otherwise(table, problems),
        bucket: bucket(table, problems),
        kind: table.get("type").and_then(|node| {
            super::walk::word(node, &types, problems).map(|kind| (kind, node.place.clone()))
        }),
        numbers: number_style(table, problems),
        formats: table.get("formats").and_then(|node| {
            let items = list(node, problems)?;
            let formats = items
                .iter()
                .filter_map(|item| string(item, problems).map(|text| (text, item.place.clone())));
            Some(formats.collect())
        }),
        timezone: placed_string(table, "timezone", problems),
        min: table.number("min", problems),
        max: table.number("max", problems),
        max_length: table.count("max_length", problems),
        truncate: table.boolean("truncate", problems).unwrap_or(false),
        default: table
            .get("default")
            .and_then(|node| literal(node, problems).map(|literal| (literal, node.place.clone()))),
        required: required(table, problems),
        optional: table.boolean("optional", problems).unwrap_or(false),
    };
    check(table, &steps, problems);
    steps
}

/// Settings that make no sense without another, or together.
fn check(table: &Table<'_>, steps: &Steps, problems: &mut Problems) {
    let mut complain = |message: &str| problems.push(Problem::at(table.place, message));
    if steps.otherwise != Otherwise::Keep && steps.map.is_none() {
        complain("`otherwise` goes with `map`");
    }
    if steps.truncate && steps.max_length.is_none() {
        complain("`truncate` goes with `max_length`");
    }
    if steps.max_length == Some(0) {
        complain("`max_length` is 0: no text could pass");
    }
    if let (Some(min), Some(max)) = (steps.min, steps.max)
        && min > max
    {
        complain("`min` is greater than `max`: no value could pass");
    }
}

fn filled_table<'a>(
    table: &mut Table<'a>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<&'a Node> {
    let node = table.get(key)?;
    Table::open(node, problems)?;
    if node.entries().is_empty() {
        problems.push(Problem::at(&node.place, format!("`{key}` is empty")));
        return None;
    }
    Some(node)
}

fn pairs(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Vec<(String, Literal)>> {
    let node = filled_table(table, key, problems)?;
    let pairs = node.entries().iter().filter_map(|entry| {
        literal(&entry.value, problems).map(|literal| (entry.key.clone(), literal))
    });
    Some(pairs.collect())
}

fn bucket(
    table: &mut Table<'_>,
    problems: &mut Problems,
) -> Option<Vec<(String, super::diagnose::Place, Literal)>> {
    let node = filled_table(table, "bucket", problems)?;
    let buckets = node.entries().iter().filter_map(|entry| {
        literal(&entry.value, problems)
            .map(|literal| (entry.key.clone(), entry.place.clone(), literal))
    });
    Some(buckets.collect())
}

fn otherwise(table: &mut Table<'_>, problems: &mut Problems) -> Otherwise {
    let Some(node) = table.get("otherwise") else {
        return Otherwise::Keep;
    };
    if let Kind::Table(_) = node.kind
        && let Some(mut table) = Table::open(node, problems)
    {
        let value = table.get("value").and_then(|node| literal(node, problems));
        table.finish(problems);
        return value.map_or_else(
            || {
                expected::<()>(node, "{ value = … }", problems);
                Otherwise::Keep
            },
            Otherwise::Value,
        );
    }
    let words = [("keep", 0), ("fail", 1), ("null", 2)];
    match super::walk::word(node, &words, problems) {
        Some(1) => Otherwise::Fail,
        Some(2) => Otherwise::Null,
        _ => Otherwise::Keep,
    }
}

fn required(table: &mut Table<'_>, problems: &mut Problems) -> Required {
    match table.get("required") {
        None => Required::No,
        Some(node) => match &node.kind {
            Kind::Boolean(true) => Required::Reject,
            Kind::Boolean(false) => Required::No,
            Kind::String(word) if word == "filter" => Required::Filter,
            _ => expected(node, "true, false or \"filter\"", problems).unwrap_or_default(),
        },
    }
}
