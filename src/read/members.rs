//! Where the records are in JSON that is one object: arrays of objects, some levels down.

use std::io::Read;

use super::array::NAMES;
use super::elements::{Scanner, cut_off, not_json};
use super::trouble;
use crate::error::InputError;
use crate::outcome::quote;

/// How many names may lead to an array: `data.results.items`.
const DEEPEST: usize = 3;
/// What exports wrap their array into, beside the array's own names.
const WRAPPERS: [&str; 8] = [
    "response",
    "result",
    "payload",
    "body",
    "content",
    "page",
    "_embedded",
    "d",
];
/// Members that tell a record from what is wrapped around records.
const IDS: [&str; 4] = ["id", "_id", "uuid", "guid"];

/// An array of objects, or an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// The names that lead to it.
    pub path: Vec<String>,
    /// Whether there is nothing in it.
    pub is_empty: bool,
}

impl Array {
    /// As messages call it: `data.items`
    pub fn called(&self) -> String {
        self.path.join(".")
    }

    /// Whether its name, and all that lead to it, are those that exports give to their records.
    fn is_known(&self) -> bool {
        let Some((last, above)) = self.path.split_last() else {
            return false;
        };
        let known = |name: &String| NAMES.contains(&name.as_str());
        known(last)
            && above
                .iter()
                .all(|name| known(name) || WRAPPERS.contains(&name.as_str()))
    }
}

/// What an object holds, as far as it was looked at.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "findings, not settings")]
pub struct Members {
    /// Its arrays, in order.
    pub arrays: Vec<Array>,
    /// Whether it has an id of its own.
    has_id: bool,
    /// Whether an array is what it begins with.
    begins: bool,
    /// Whether it was seen to its end.
    pub is_whole: bool,
    /// Whether it is an object at all.
    pub is_object: bool,
    /// Whether it goes on behind the beginning of its file.
    is_long: bool,
    /// Whether nothing follows it.
    is_alone: bool,
}

/// Looks through an object that goes on behind the beginning of its file.
pub fn look_beyond(text: Box<dyn Read + Send>) -> Members {
    Members {
        is_long: true,
        ..look(text)
    }
}

/// Looks through an object. What breaks off has been seen far enough.
pub fn look(text: Box<dyn Read + Send>) -> Members {
    let mut scanner = Scanner::new(text);
    let mut members = Members::default();
    members.is_object = matches!(scanner.peek(), Ok(Some(b'{')));
    members.is_whole = matches!(walk(&mut scanner, &mut Vec::new(), &mut members), Ok(true));
    members.is_long = !members.is_whole;
    members.is_alone = !members.is_whole || matches!(scanner.peek(), Ok(None));
    members
}

/// Goes through an object to its end; false where there is none.
fn walk(
    scanner: &mut Scanner,
    path: &mut Vec<String>,
    members: &mut Members,
) -> Result<bool, InputError> {
    if !scanner.take(b'{')? {
        return Ok(false);
    }
    if scanner.take(b'}')? {
        return Ok(true);
    }
    let mut is_first = path.is_empty();
    loop {
        let name = scanner.name()?;
        let next = scanner.peek()?;
        if path.is_empty() && IDS.contains(&name.as_str()) && !matches!(next, Some(b'{' | b'[')) {
            members.has_id = true;
        }
        path.push(name);
        match next {
            Some(b'{') if path.len() < DEEPEST => {
                walk(scanner, path, members)?;
            }
            Some(b'[') => {
                scanner.take(b'[')?;
                let first = scanner.peek()?;
                if matches!(first, Some(b'{' | b']')) {
                    members.begins |= is_first;
                    members.arrays.push(Array {
                        path: path.clone(),
                        is_empty: first == Some(b']'),
                    });
                }
                skip_elements(scanner)?;
            }
            _ => scanner.skip()?,
        }
        path.pop();
        is_first = false;
        if !scanner.take(b',')? {
            return if scanner.take(b'}')? {
                Ok(true)
            } else {
                Err(not_json())
            };
        }
    }
}

/// Passes over the elements of an array that has begun, and over its end.
fn skip_elements(scanner: &mut Scanner) -> Result<(), InputError> {
    if scanner.take(b']')? {
        return Ok(());
    }
    loop {
        match scanner.peek()? {
            None => return Err(cut_off()),
            // A value cannot begin with these: nothing would be taken.
            Some(b',' | b']' | b'}' | b':') => return Err(not_json()),
            Some(_) => scanner.skip()?,
        }
        if !scanner.take(b',')? {
            return if scanner.take(b']')? {
                Ok(())
            } else {
                Err(not_json())
            };
        }
    }
}

impl Members {
    /// Whether an object on one line is no record, but holds the records: by the names of its arrays.
    pub fn is_wrapper(&self) -> bool {
        let mut known = self.arrays.iter().filter(|array| array.is_known());
        known.any(|array| array.path.len() == 1 || !self.has_id)
    }

    /// The array that holds the records; `None` where the object is a record itself.
    ///
    /// # Errors
    /// Several could; all are named.
    pub fn choose(&self) -> Result<Option<&Array>, InputError> {
        if !self.is_alone {
            return Ok(None);
        }
        let filled = self.arrays.iter().filter(|array| !array.is_empty);
        let mut found: Vec<&Array> = filled.collect();
        if found.is_empty() {
            found.extend(&self.arrays);
        }
        let known: Vec<&Array> = found
            .iter()
            .copied()
            .filter(|array| array.is_known())
            .collect();
        // A record may hold arrays of objects too. The records' own array has a name that tells, or begins the object,
        // or goes on for long.
        let tells = !known.is_empty() || (self.begins && !self.has_id) || self.is_long;
        match (&known[..], &found[..]) {
            _ if !tells => Ok(None),
            ([one], _) | (_, [one]) => Ok(Some(one)),
            (_, []) => Ok(None),
            _ => Err(several(&found)),
        }
    }
}

fn several(arrays: &[&Array]) -> InputError {
    let names: Vec<String> = arrays.iter().map(|array| quote(&array.called())).collect();
    let first = arrays.first().map_or(String::new(), |array| array.called());
    trouble(
        format!(
            "the file is one object that holds several arrays of records: {}",
            names.join(", ")
        ),
        format!(
            "give the one to be loaded as a file of its own, as in jq '.{first}' FILE > records.json"
        ),
    )
}

/// Goes to the first element of the array that a path leads to; false where the object has none.
///
/// # Errors
/// What stands before it is no JSON, or it breaks off.
pub fn enter(scanner: &mut Scanner, path: &[String]) -> Result<bool, InputError> {
    let Some((wanted, rest)) = path.split_first() else {
        return Ok(false);
    };
    if !scanner.take(b'{')? || scanner.take(b'}')? {
        return Ok(false);
    }
    loop {
        let name = scanner.name()?;
        let next = scanner.peek()?;
        match next {
            Some(b'[') if name == *wanted && rest.is_empty() => {
                scanner.take(b'[')?;
                if matches!(scanner.peek()?, Some(b'{' | b']')) {
                    return Ok(true);
                }
                skip_elements(scanner)?;
            }
            Some(b'{') if name == *wanted && !rest.is_empty() => {
                if enter(scanner, rest)? {
                    return Ok(true);
                }
            }
            None => return Err(cut_off()),
            _ => scanner.skip()?,
        }
        if !scanner.take(b',')? {
            scanner.take(b'}')?;
            return Ok(false);
        }
    }
}
