//! Where the records are in JSON that is one object: arrays of objects, some levels down.

use std::io::{Cursor, Read};

use super::array::NAMES;
use super::carried::JSON_KEY;
use super::elements::{Scanner, cut_off, not_json};
use super::trouble;
use crate::error::InputError;
use crate::outcome::quote;

/// Few records are longer by themselves.
const LONG: usize = 64 << 10;
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
/// Members that a record has, and what is wrapped around records has not; compared without `_` and `-`, ignoring case.
const IDS: [&str; 12] = [
    "id",
    "uuid",
    "guid",
    "token",
    "responseid",
    "submissionid",
    "respondentid",
    "recordid",
    "ticketid",
    "reviewid",
    "feedbackid",
    "answerid",
];
/// What stands around records and says nothing of one: members that count, page, or tell how a request went, likewise.
const AROUND: [&str; 66] = [
    "count",
    "n",
    "total",
    "totalcount",
    "totalelements",
    "totalitems",
    "totalpages",
    "totalrecords",
    "totalresults",
    "totalsize",
    "numberofelements",
    "numberofitems",
    "numfound",
    "itemcount",
    "recordcount",
    "resultcount",
    "responsecount",
    "page",
    "pagecount",
    "pageindex",
    "pagenumber",
    "pages",
    "pagesize",
    "perpage",
    "currentpage",
    "lastpage",
    "resultsperpage",
    "itemsperpage",
    "limit",
    "maxresults",
    "offset",
    "skip",
    "startat",
    "startindex",
    "next",
    "nextcursor",
    "nextlink",
    "nextpage",
    "nextpagetoken",
    "nextrecordsurl",
    "nexttoken",
    "nexturl",
    "previous",
    "previouspage",
    "prev",
    "prevpage",
    "prevurl",
    "previousurl",
    "cursor",
    "aftercursor",
    "beforecursor",
    "afterurl",
    "beforeurl",
    "hasmore",
    "hasnext",
    "islast",
    "done",
    "endofstream",
    "endtime",
    "status",
    "success",
    "ok",
    "resultok",
    "object",
    "kind",
    "type",
];

/// What an object holds beside an array: a text, a number, true or false of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Beside {
    /// Nothing but what stands around records.
    #[default]
    Nothing,
    /// A member that records may have, and what is wrapped around them too.
    Some(String),
    /// What tells a record from others.
    Id(String),
}

impl Beside {
    fn of(name: &str) -> Self {
        let plain: String = name
            .chars()
            .filter(|sign| !matches!(sign, '_' | '-'))
            .map(|sign| sign.to_ascii_lowercase())
            .collect();
        if IDS.contains(&plain.as_str()) {
            Self::Id(name.to_owned())
        } else if plain.starts_with('@') || AROUND.contains(&plain.as_str()) {
            Self::Nothing
        } else {
            Self::Some(name.to_owned())
        }
    }

    /// Whichever says more.
    fn or(&mut self, other: &Self) {
        if matches!(
            (&self, other),
            (Self::Nothing, _) | (Self::Some(_), Self::Id(_))
        ) {
            *self = other.clone();
        }
    }
}

/// An array of objects, or an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// The names that lead to it.
    pub path: Vec<String>,
    /// Whether there is nothing in it.
    pub is_empty: bool,
    /// What stands beside it, or beside what leads to it.
    beside: Beside,
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
    /// Whether it is a record of a failures file.
    is_ours: bool,
    /// Whether it was seen to its end.
    pub is_whole: bool,
    /// Whether it is an object at all.
    pub is_object: bool,
    /// Whether it goes on behind the beginning of its file, or is longer than records are.
    is_long: bool,
    /// Whether nothing follows it.
    is_alone: bool,
}

/// Looks through an object that goes on behind the beginning of its file.
pub fn look_beyond(text: Box<dyn Read + Send>) -> Members {
    Members {
        is_long: true,
        ..look_through(text)
    }
}

/// Looks through an object, or its beginning.
pub fn look(text: &[u8]) -> Members {
    let members = look_through(Box::new(Cursor::new(text.to_vec())));
    Members {
        is_long: members.is_long || text.len() > LONG,
        ..members
    }
}

/// Looks through an object. What breaks off has been seen far enough.
fn look_through(text: Box<dyn Read + Send>) -> Members {
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
    let first = members.arrays.len();
    let mut beside = Beside::Nothing;
    let walked = walk_members(scanner, path, members, &mut beside);
    // What breaks off has been seen far enough, too.
    for array in &mut members.arrays[first..] {
        array.beside.or(&beside);
    }
    walked
}

/// The members of an object that has begun, and its end.
fn walk_members(
    scanner: &mut Scanner,
    path: &mut Vec<String>,
    members: &mut Members,
    beside: &mut Beside,
) -> Result<bool, InputError> {
    loop {
        let name = scanner.name()?;
        let next = scanner.peek()?;
        members.is_ours |= path.is_empty() && name == JSON_KEY;
        match next {
            Some(b'{') if path.len() + 1 < DEEPEST => {
                path.push(name);
                let walked = walk(scanner, path, members);
                path.pop();
                walked?;
            }
            Some(b'[') => {
                scanner.take(b'[')?;
                let first = scanner.peek()?;
                if matches!(first, Some(b'{' | b']')) {
                    members.arrays.push(Array {
                        path: path.iter().cloned().chain([name]).collect(),
                        is_empty: first == Some(b']'),
                        beside: Beside::Nothing,
                    });
                }
                skip_elements(scanner)?;
            }
            // Null is nothing of its own.
            Some(b'{' | b'n') => scanner.skip()?,
            _ => {
                beside.or(&Beside::of(&name));
                scanner.skip()?;
            }
        }
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

/// How an object is to be read.
#[derive(Debug)]
pub enum Reading<'a> {
    /// As a record, and what is to be told where it could be meant otherwise.
    Record(Option<String>),
    /// Its records are those of this array.
    Array(&'a Array),
}

impl Members {
    /// Whether an object on one line is no record of a file of many, but holds the records, or may do so.
    pub fn is_wrapper(&self) -> bool {
        // What breaks off may be the first of many lines: there a name must tell.
        let seen = self.is_whole || self.arrays.iter().any(Array::is_known);
        seen && !matches!(self.reading(), Ok(Reading::Record(_)))
    }

    /// Whether the object is a record, or holds the records.
    ///
    /// # Errors
    /// It may be either, or several arrays could be meant; all are named.
    pub fn reading(&self) -> Result<Reading<'_>, InputError> {
        if !self.is_alone || self.is_ours {
            return Ok(Reading::Record(None));
        }
        let filled = self.arrays.iter().filter(|array| !array.is_empty);
        let mut found: Vec<&Array> = filled.collect();
        if found.is_empty() {
            found.extend(&self.arrays);
        }
        let mut known = found.clone();
        known.retain(|array| array.is_known());
        let is_known = !known.is_empty();
        let meant = if is_known { known } else { found.clone() };
        let mut free = meant.clone();
        free.retain(|array| array.beside == Beside::Nothing);
        match (&free[..], meant.first()) {
            ([one], _) => Ok(Reading::Array(one)),
            ([], Some(first)) => self.beside(first, is_known),
            ([], None) => Ok(Reading::Record(None)),
            _ => Err(several(&found)),
        }
    }

    /// Whether the object is a record, where something stands beside its array.
    fn beside(&self, array: &Array, is_known: bool) -> Result<Reading<'_>, InputError> {
        match &array.beside {
            Beside::Some(name) | Beside::Id(name) if self.is_long => Err(unsure(name, array)),
            Beside::Some(name) if is_known => Err(unsure(name, array)),
            Beside::Id(name) if is_known => Ok(Reading::Record(Some(format!(
                "the file is one object, read as one record, for it has {} of its own: if the records are those of its array \
                 {}, {}",
                quote(name),
                quote(&array.called()),
                by_itself(array)
            )))),
            _ => Ok(Reading::Record(None)),
        }
    }

    /// What is to be told of an object that is read as a record because its file is called one of lines.
    pub fn told_of_line(&self) -> Option<String> {
        // Where something speaks for a record, the name settles it.
        let Ok(Reading::Array(array)) = self.reading() else {
            return None;
        };
        Some(format!(
            "the file is one object, read as one record, as its name says: if the records are those of its array {}, say so: \
             --format json, or {}",
            quote(&array.called()),
            by_itself(array)
        ))
    }
}

/// How to say that an array is what is meant.
fn by_itself(array: &Array) -> String {
    format!(
        "give it as a file of its own, as in jq '.{}' FILE > records.json",
        array.called()
    )
}

fn unsure(name: &str, array: &Array) -> InputError {
    trouble(
        format!(
            "the file is one object, and may be one record, for it has {} of its own, or hold the records in its array {}",
            quote(name),
            quote(&array.called())
        ),
        format!(
            "if it is one record, give it on one line (jq -c . FILE > records.ndjson) and say --format ndjson, or format = \
             \"ndjson\" in [source]; if it holds them, {}",
            by_itself(array).replacen("it", "the array", 1)
        ),
    )
}

fn several(arrays: &[&Array]) -> InputError {
    let names: Vec<String> = arrays.iter().map(|array| quote(&array.called())).collect();
    let remedy = arrays.first().map_or(String::new(), |array| {
        by_itself(array).replacen("it", "the one to be loaded", 1)
    });
    trouble(
        format!(
            "the file is one object that holds several arrays of records: {}",
            names.join(", ")
        ),
        remedy,
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
