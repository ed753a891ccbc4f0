//! Where the records are in JSON that is one object: arrays of objects, some levels down.

use std::io::{Cursor, Read};

use super::array::NAMES;
use super::array_path::ArrayPath;
use super::beside::{Beside, is_paging};
use super::carried::JSON_KEY;
use super::elements::{Scanner, cut_off, not_json};
use super::trouble;
use crate::error::InputError;
use crate::outcome::quote;

/// Few records are longer by themselves.
const LONG: usize = 64 << 10;
/// How many names may lead to an array: `data.results.items`.
const DEEPEST: usize = 3;
/// So many arrays are remembered: an object may hold one for each of its customers.
const MOST_ARRAYS: usize = 64;
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

/// An array of objects, or an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// The names that lead to it.
    names: Vec<String>,
    /// How many elements were seen in it.
    count: u64,
    /// What stands beside it, or beside what leads to it.
    beside: Beside,
    /// How many members there say something of their own.
    own: u64,
}

impl Array {
    /// The way to it.
    pub fn path(&self) -> ArrayPath {
        ArrayPath::of(&self.names)
    }

    /// As messages quote it: 'data.items'
    pub fn called(&self) -> String {
        self.path().called()
    }

    /// Whether its name, and all that lead to it, are those that exports give to their records.
    fn is_known(&self) -> bool {
        let Some((last, above)) = self.names.split_last() else {
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
    /// Whether it says that it is a page of several.
    is_page: bool,
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
    let mut around = Around::default();
    let walked = walk_members(scanner, path, members, &mut around);
    // What breaks off has been seen far enough, too.
    for array in &mut members.arrays[first..] {
        array.beside.or(&around.beside);
        array.own += around.own;
    }
    walked
}

/// What an object holds that is no array or object.
#[derive(Default)]
struct Around {
    beside: Beside,
    own: u64,
}

/// The members of an object that has begun, and its end.
fn walk_members(
    scanner: &mut Scanner,
    path: &mut Vec<String>,
    members: &mut Members,
    around: &mut Around,
) -> Result<bool, InputError> {
    loop {
        let name = scanner.name()?;
        members.is_ours |= path.is_empty() && name == JSON_KEY;
        members.is_page |= is_paging(&name);
        // Null is nothing of its own.
        if !matches!(scanner.peek()?, Some(b'{' | b'[' | b'n')) {
            let beside = Beside::of(&name);
            around.own += u64::from(beside != Beside::Nothing);
            around.beside.or(&beside);
        }
        pass(scanner, path, name, members)?;
        if !scanner.take(b',')? {
            return if scanner.take(b'}')? {
                Ok(true)
            } else {
                Err(here(not_json(), scanner))
            };
        }
    }
}

/// Passes over the value of a member, and sees the arrays in it; `path` leads to its object.
///
/// # Errors
/// It breaks off, or is no JSON.
pub fn pass(
    scanner: &mut Scanner,
    path: &mut Vec<String>,
    name: String,
    members: &mut Members,
) -> Result<(), InputError> {
    match scanner.peek()? {
        Some(b'{') if path.len() + 1 < DEEPEST => {
            path.push(name);
            let walked = walk(scanner, path, members);
            path.pop();
            walked.map(|_| ())
        }
        Some(b'[') => {
            scanner.take(b'[')?;
            let holds = matches!(scanner.peek()?, Some(b'{' | b']'));
            let mut array = Array {
                names: path.iter().cloned().chain([name]).collect(),
                count: 0,
                beside: Beside::Nothing,
                own: 0,
            };
            let skipped = skip_elements(scanner, &mut array.count);
            if holds && members.arrays.len() < MOST_ARRAYS {
                members.arrays.push(array);
            }
            skipped
        }
        None => Err(here(cut_off(), scanner)),
        // A value cannot begin with these: nothing would be taken.
        Some(b',' | b']' | b'}' | b':') => Err(here(not_json(), scanner)),
        Some(_) => scanner.skip(),
    }
}

/// Passes over the elements of an array that has begun, counts them, and passes over its end.
fn skip_elements(scanner: &mut Scanner, count: &mut u64) -> Result<(), InputError> {
    if scanner.take(b']')? {
        return Ok(());
    }
    loop {
        match scanner.peek()? {
            None => return Err(here(cut_off(), scanner)),
            // A value cannot begin with these: nothing would be taken.
            Some(b',' | b']' | b'}' | b':') => return Err(here(not_json(), scanner)),
            Some(_) => {
                *count += 1;
                scanner.skip()?;
            }
        }
        if !scanner.take(b',')? {
            return if scanner.take(b']')? {
                Ok(())
            } else {
                Err(here(not_json(), scanner))
            };
        }
    }
}

fn here(error: InputError, scanner: &Scanner) -> InputError {
    error.at(format!("line {}", scanner.line()))
}

/// How an object is to be read.
#[derive(Debug)]
pub enum Reading<'a> {
    /// As a record, and what is to be told where it could be meant otherwise.
    Record(Option<String>),
    /// Its records are those of this array; and what speaks against that.
    Array(&'a Array, Option<String>),
}

impl Members {
    /// Whether an object is no record of a file of many, but holds the records, or may do so.
    pub fn is_wrapper(&self, seeks: bool) -> bool {
        // What breaks off may be the first of many lines: there a name must tell.
        let seen = self.is_whole || self.arrays.iter().any(Array::is_known);
        seen && !matches!(self.reading(seeks), Ok(Reading::Record(_)))
    }

    /// The arrays that may be meant, and whether they are called as exports call those of their records.
    fn meant(&self) -> (Vec<&Array>, bool) {
        let mut found: Vec<&Array> = self.arrays.iter().collect();
        if found.iter().any(|array| array.count > 0) {
            found.retain(|array| array.count > 0);
        }
        let is_known = found.iter().any(|array| array.is_known());
        found.retain(|array| array.is_known() || !is_known);
        (found, is_known)
    }

    /// Whether the object is a record, or holds the records; with `seeks` where either may be, the likelier.
    ///
    /// # Errors
    /// It may be either, or several arrays could be meant; all are named.
    pub fn reading(&self, seeks: bool) -> Result<Reading<'_>, InputError> {
        let (meant, is_known) = self.meant();
        if self.is_ours {
            return Ok(Reading::Record(None));
        }
        if !self.is_alone {
            return Ok(match self.page() {
                Some(array) if seeks => Reading::Array(array, None),
                _ => Reading::Record(None),
            });
        }
        let mut free = meant.clone();
        free.retain(|array| array.beside == Beside::Nothing);
        match (&free[..], &meant[..]) {
            ([one], _) => Ok(Reading::Array(one, None)),
            ([], []) => Ok(Reading::Record(None)),
            ([], [one]) if seeks && self.is_likely(one) => {
                let doubt = one.beside.told().filter(|_| !self.is_page);
                Ok(Reading::Array(one, doubt))
            }
            ([], all) => self.beside(all, is_known),
            _ => Err(several(&self.arrays)),
        }
    }

    /// The array of the records, where the object says that it is one page of several.
    pub fn page(&self) -> Option<&Array> {
        match self.meant().0[..] {
            [one] if self.is_page && !self.is_ours => Some(one),
            _ => None,
        }
    }

    /// Whether an object that may be one record is likelier to hold those of the array.
    fn is_likely(&self, array: &Array) -> bool {
        // A record has a few answers, and says more itself; what is around records says little, of many.
        let is_many = array.count >= array.own.max(2);
        match array.beside {
            Beside::Nothing => true,
            Beside::Some(_) => self.is_page || is_many,
            Beside::Id(_) => self.is_page || (self.is_long && is_many),
        }
    }

    /// Whether the object is a record, where something stands beside its arrays.
    fn beside(&self, arrays: &[&Array], is_known: bool) -> Result<Reading<'_>, InputError> {
        let told = arrays.first().map(|array| (&array.beside, array));
        match told {
            Some((Beside::Some(name) | Beside::Id(name), _)) if self.is_long => {
                Err(unsure(name, arrays))
            }
            Some((Beside::Some(name), _)) if is_known => Err(unsure(name, arrays)),
            Some((Beside::Id(name), array)) if is_known => Ok(Reading::Record(Some(format!(
                "the file is one object, read as one record, for it has {} of its own: if the records are those of its array \
                 {}, say {}",
                quote(name),
                array.called(),
                array.path().said()
            )))),
            _ => Ok(Reading::Record(None)),
        }
    }

    /// What is to be told of an object that is read as a record because its file is called one of lines.
    pub fn told_of_line(&self) -> Option<String> {
        // Where something speaks for a record, the name settles it.
        let Ok(Reading::Array(array, _)) = self.reading(false) else {
            return None;
        };
        Some(format!(
            "the file is one object, read as one record, as its name says: if the records are those of its array {}, say {}",
            array.called(),
            array.path().said()
        ))
    }

    /// What is to be told where each object of several is read as a record, and may be a page of them.
    pub fn told_of_pages(&self) -> Option<String> {
        let array = self.page().filter(|_| !self.is_alone)?;
        Some(format!(
            "each object is read as one record, though the first counts or pages: if the records are those of their arrays {}, \
             say {}",
            array.called(),
            array.path().said()
        ))
    }
}

fn unsure(name: &str, arrays: &[&Array]) -> InputError {
    let names: Vec<String> = arrays.iter().map(|array| array.called()).collect();
    let its = match &names[..] {
        [_] => "its array",
        _ => "one of its arrays",
    };
    let said = arrays.first().map(|array| array.path().said());
    trouble(
        format!(
            "the file is one object, and may be one record, for it has {} of its own, or hold the records in {its} {}",
            quote(name),
            names.join(", ")
        ),
        format!(
            "if it holds them, say {}; if it is one record, give it on one line (jq -c . FILE > records.ndjson) and say \
             --format ndjson, or format = \"ndjson\" in [source]",
            said.unwrap_or_default()
        ),
    )
}

fn several(arrays: &[Array]) -> InputError {
    let mut filled: Vec<&Array> = arrays.iter().filter(|array| array.count > 0).collect();
    if filled.is_empty() {
        filled.extend(arrays);
    }
    let names: Vec<String> = filled.iter().map(|array| array.called()).collect();
    let said = filled.first().map(|array| array.path().said());
    trouble(
        format!(
            "the file is one object that holds several arrays of records: {}",
            names.join(", ")
        ),
        format!(
            "name the one to be loaded, as in {}",
            said.unwrap_or_default()
        ),
    )
}
