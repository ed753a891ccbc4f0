//! Records in an array that an object is wrapped around, and it may come again and again: the pages of an API, one behind
//! the other or in a list. What else the objects hold is passed over.

use std::ops::ControlFlow;

use super::array::{Taker, goes_on, no_comma};
use super::array_path::{ArrayPath, Leads, Member, leads};
use super::elements::{Scanner, cut_off, not_json};
use super::members::{self, Members};
use super::trouble;
use crate::error::InputError;

/// So many arrays are named where the one looked for is missing.
const MOST_NAMED: usize = 8;

/// One object that is read.
struct Wrapper<'a> {
    scanner: &'a mut Scanner,
    path: &'a ArrayPath,
    /// Whether what the path leads to was met.
    is_met: bool,
    /// What stands on the way instead of what is wanted: where, and what it is.
    instead: Option<(Vec<String>, &'static str)>,
    /// The other arrays in it.
    seen: Members,
}

/// Hands over the records of all objects.
///
/// # Errors
/// An object has no such array, or has it twice, or what stands there is no JSON.
pub fn rows(
    scanner: &mut Scanner,
    path: &ArrayPath,
    taker: &mut Taker<'_>,
) -> Result<(), InputError> {
    let in_list = scanner.take(b'[')?;
    if in_list && scanner.take(b']')? {
        return at_end(scanner, taker);
    }
    for number in 1_u64.. {
        if !in_list && scanner.peek()?.is_none() {
            break;
        }
        let line = scanner.line();
        let mut wrapper = Wrapper {
            scanner: &mut *scanner,
            path,
            is_met: false,
            instead: None,
            seen: Members::default(),
        };
        if wrapper.read(taker)?.is_break() {
            break;
        }
        if !wrapper.is_met {
            let error = wrapper.missing(in_list);
            return Err(if number == 1 {
                error
            } else {
                error.at(format!("line {line}"))
            });
        }
        if in_list && !scanner.take(b',')? {
            return match scanner.peek()? {
                Some(b']') => {
                    scanner.take(b']')?;
                    at_end(scanner, taker)
                }
                None => Err(cut_off().at(taker.place())),
                Some(_) => Err(no_comma().at(taker.place())),
            };
        }
    }
    Ok(())
}

fn at_end(scanner: &mut Scanner, taker: &Taker<'_>) -> Result<(), InputError> {
    match scanner.peek()? {
        None => Ok(()),
        Some(_) => Err(goes_on().at(taker.place())),
    }
}

impl Wrapper<'_> {
    fn read(&mut self, taker: &mut Taker<'_>) -> Result<ControlFlow<()>, InputError> {
        match self.scanner.peek()? {
            Some(b'{') => self.object(self.path.steps(), &mut Vec::new(), taker),
            None => Err(cut_off().at(taker.place())),
            Some(b',' | b']' | b'}' | b':') => Err(self.no_json()),
            Some(first) => {
                // Whatever it says: behind an object it is more often rubbish than a value.
                let kind = if first.is_ascii_alphabetic() {
                    "a word"
                } else {
                    kind(first)
                };
                self.instead = Some((Vec::new(), kind));
                self.scanner.skip()?;
                Ok(ControlFlow::Continue(()))
            }
        }
    }

    /// Goes through an object; `left` is what of the path lies within it.
    fn object(
        &mut self,
        left: &[Member],
        above: &mut Vec<String>,
        taker: &mut Taker<'_>,
    ) -> Result<ControlFlow<()>, InputError> {
        self.scanner.take(b'{')?;
        if self.scanner.take(b'}')? {
            return Ok(ControlFlow::Continue(()));
        }
        loop {
            let name = self.scanner.name()?;
            let next = self.scanner.peek()?;
            let flow = match (leads(left, &name), next) {
                (Leads::There, _) if self.is_met => return Err(self.twice(taker)),
                (Leads::There, Some(b'[')) => {
                    self.is_met = true;
                    self.scanner.take(b'[')?;
                    taker.elements(self.scanner)?
                }
                (Leads::On(later), Some(b'{')) => {
                    above.push(name);
                    let flow = self.object(later, above, taker);
                    above.pop();
                    flow?
                }
                (Leads::There | Leads::On(_), Some(first)) if !self.is_met => {
                    let at = above.iter().cloned().chain([name.clone()]).collect();
                    self.instead.get_or_insert((at, kind(first)));
                    self.pass(name, above)?
                }
                _ => self.pass(name, above)?,
            };
            if flow.is_break() {
                return Ok(flow);
            }
            if !self.scanner.take(b',')? {
                if self.scanner.take(b'}')? {
                    return Ok(flow);
                }
                return Err(match self.scanner.peek()? {
                    None => cut_off().at(taker.place()),
                    Some(_) => self.no_json(),
                });
            }
        }
    }

    /// Passes over a member; what arrays are in it is of interest as long as the one looked for is missing.
    fn pass(
        &mut self,
        name: String,
        above: &mut Vec<String>,
    ) -> Result<ControlFlow<()>, InputError> {
        if self.is_met && !matches!(self.scanner.peek()?, Some(b',' | b']' | b'}' | b':')) {
            self.scanner.skip()?;
        } else {
            members::pass(self.scanner, above, name, &mut self.seen)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn no_json(&self) -> InputError {
        not_json().at(format!("line {}", self.scanner.line()))
    }

    fn twice(&self, taker: &Taker<'_>) -> InputError {
        trouble(
            format!(
                "the object holds {} twice, and the first may not be what is meant",
                self.path.called()
            ),
            "in JSON each member of an object has a name of its own: export the file again, or take one of the two out",
        )
        .at(taker.place())
    }

    /// The array is not there: what is, and what to do.
    fn missing(&self, in_list: bool) -> InputError {
        let wanted = self.path.called();
        let what = match &self.instead {
            Some((at, kind)) if at.is_empty() => {
                return trouble(
                    format!(
                        "what should be an object that holds the records in {wanted} is {kind}"
                    ),
                    LEAVE_OUT,
                );
            }
            Some((at, kind)) => format!("{} is {kind}", ArrayPath::of(at).called()),
            None => "there is no such member".to_owned(),
        };
        let arrays = &self.seen.arrays;
        let names: Vec<String> = arrays.iter().map(members::Array::called).collect();
        let others = match &names[..] {
            [] => "it holds no array of records".to_owned(),
            [one] => format!("the array in it is {one}"),
            all if all.len() <= MOST_NAMED => format!("the arrays in it are {}", all.join(", ")),
            all => format!("the arrays in it are {}, …", all[..MOST_NAMED].join(", ")),
        };
        let whose = if in_list {
            "an element of the file's array does not hold"
        } else {
            "the object does not hold"
        };
        let remedy = match arrays.first() {
            Some(array) => format!(
                "name the array that holds the records, as in {}",
                array.path().said()
            ),
            None => LEAVE_OUT.to_owned(),
        };
        trouble(
            format!("{whose} the records in an array {wanted}: {what}; {others}"),
            remedy,
        )
    }
}

const LEAVE_OUT: &str = "where the records are not wrapped into objects, leave `records` out of [source]; an object that tells \
                         of an error is no page: get it again";

/// What a value is, by its first byte.
fn kind(first: u8) -> &'static str {
    match first {
        b'{' => "an object",
        b'[' => "an array",
        b'"' => "a text",
        b't' | b'f' => "true or false",
        b'n' => "null",
        b'-' | b'0'..=b'9' => "a number",
        _ => "no JSON",
    }
}
