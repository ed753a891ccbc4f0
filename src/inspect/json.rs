//! JSON records as columns: the paths that lead to scalars, written as the mapping writes them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::shapes::Shapes;
use super::tally::Tally;
use super::values::Scalar;
use crate::read::{is_plain, written};

/// The most paths that are followed.
pub const MOST_PATHS: usize = 300;
/// So many lists are told of.
const MOST_LISTS: usize = 6;
/// Fields that tell the records of a list apart.
const NAMES: [&str; 6] = ["id", "key", "name", "question", "label", "ref"];
/// The deepest that objects are looked into.
const DEPTH: usize = 8;

/// The paths of the records so far, in the order they were met.
#[derive(Default)]
pub struct Paths {
    /// A path and what is seen there.
    pub columns: Vec<(String, Tally)>,
    index: HashMap<String, usize>,
    /// Paths at which some record has an object.
    pub objects: HashSet<String>,
    /// Lists of objects of which some are no column.
    pub lists: BTreeSet<String>,
    /// Whether there were more paths than are followed.
    pub more: bool,
}

impl Paths {
    /// Sees a record.
    pub fn see(&mut self, record: &Value, row: u64, shapes: &Shapes, budget: &mut usize) {
        let mut found = Vec::new();
        walk(record, &mut Vec::new(), &mut found, self);
        // One path may be met twice where a list holds an id twice: the first counts.
        let mut met = HashSet::new();
        for (path, value) in found {
            if !met.insert(path.clone()) {
                continue;
            }
            let index = match self.index.get(&path) {
                Some(index) => *index,
                None if self.columns.len() == MOST_PATHS => {
                    self.more = true;
                    continue;
                }
                None => {
                    self.index.insert(path.clone(), self.columns.len());
                    self.columns.push((path, Tally::default()));
                    self.columns.len() - 1
                }
            };
            self.columns[index].1.at(row).see(&value, shapes, budget);
        }
    }
}

impl Paths {
    fn note_object(&mut self, path: &[String]) {
        if !path.is_empty() && self.objects.len() < MOST_PATHS {
            self.objects.insert(written(path));
        }
    }

    /// What is told of lists that are not all columns.
    pub fn notice(&self) -> Option<String> {
        let first = self.lists.first()?;
        let lists: Vec<String> = self.lists.iter().map(|list| format!("`{list}`")).collect();
        let (are, hold) = if lists.len() == 1 {
            ("is a list", "holds")
        } else {
            ("are lists", "hold")
        };
        Some(format!(
            "{} {are} of records, and {hold} more than the columns here: name what is wanted of one by a field that tells \
             its records apart, as in {first}[question=nps].value",
            lists.join(", ")
        ))
    }
}

fn walk<'a>(
    value: &'a Value,
    path: &mut Vec<String>,
    found: &mut Vec<(String, Scalar<'a>)>,
    paths: &mut Paths,
) {
    match value {
        Value::Object(fields) => {
            paths.note_object(path);
            if path.len() < DEPTH {
                for (name, value) in fields {
                    path.push(name.clone());
                    walk(value, path, found, paths);
                    path.pop();
                }
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            paths.note_object(path);
            if !select(items, path, found) && !path.is_empty() && paths.lists.len() < MOST_LISTS {
                paths.lists.insert(written(path));
            }
        }
        Value::Array(items) => {
            let texts: Vec<Cow<'_, str>> = items.iter().filter_map(text).collect();
            if !path.is_empty() && !items.iter().any(Value::is_array) {
                found.push((written(path), Scalar::Text(Cow::Owned(texts.join(", ")))));
            }
        }
        _ if path.is_empty() => {}
        Value::Bool(value) => found.push((written(path), Scalar::Bool(*value))),
        other => {
            let scalar = scalar(other);
            found.push((written(path), scalar));
        }
    }
}

/// Lists of `{"id": 360, "value": "Pro"}` or `{"question": "nps", "value": 9}`, as custom fields and answers come: each is
/// a path of its own. `false` where some are not.
fn select<'a>(items: &'a [Value], path: &[String], found: &mut Vec<(String, Scalar<'a>)>) -> bool {
    let mut are_all = items.len() <= MOST_PATHS && path.iter().all(|name| is_plain(name));
    if !are_all {
        return false;
    }
    for item in items {
        let known = NAMES.iter().find_map(|name| {
            let known = text(item.get(name)?).filter(|known| is_plain(known))?;
            Some((*name, known))
        });
        let (Some((name, known)), Some(value)) = (known, item.get("value")) else {
            are_all = false;
            continue;
        };
        let path = format!("{}[{name}={known}].value", path.join("."));
        match value {
            Value::Bool(value) => found.push((path, Scalar::Bool(*value))),
            Value::Object(_) | Value::Array(_) => are_all = false,
            other => found.push((path, scalar(other))),
        }
    }
    are_all
}

fn scalar(value: &Value) -> Scalar<'_> {
    let text = text(value);
    match value {
        Value::Number(_) => text.map_or(Scalar::Empty, Scalar::Number),
        _ => text.map_or(Scalar::Empty, Scalar::Text),
    }
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(value) => Some(Cow::Owned(value.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(record: &Value) -> Vec<String> {
        let mut paths = Paths::default();
        paths.see(record, 1, &Shapes::new().unwrap(), &mut 0);
        paths.columns.into_iter().map(|(path, _)| path).collect()
    }

    #[test]
    fn scalars_have_paths_that_the_mapping_can_read() {
        let record = json!({"id": 1, "a": {"b.c": true, "d": null}, "tags": ["x", "y"], "empty": {},
            "custom_fields": [{"id": 360, "value": "Pro"}, {"id": 361, "value": [1]}, {"id": 360, "value": "again"}],
            "deep": {"deeper": {"e": 1.5}}, "lists": [[1]]});
        assert_eq!(
            paths(&record),
            [
                "id",
                "/a/b.c",
                "a.d",
                "tags",
                "custom_fields[id=360].value",
                "deep.deeper.e"
            ]
        );
        assert!(paths(&json!([1, 2])).is_empty());
    }

    #[test]
    fn the_number_of_paths_is_bounded() {
        let fields = (0..1000)
            .map(|number| (format!("f{number}"), json!(number)))
            .collect();
        let mut seen = Paths::default();
        seen.see(&Value::Object(fields), 1, &Shapes::new().unwrap(), &mut 0);
        assert_eq!((seen.columns.len(), seen.more), (MOST_PATHS, true));
    }
}
