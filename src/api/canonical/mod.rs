//! What a response holds, whichever way the API writes it: so that "as we sent it" can be told from a hash alone.
//!
//! # The canonical form, version 1
//! Durable: its hash stands in the ledger (`responses.echo`), and must be told from the same response years later.
//! - An instant (RFC 3339, or a date, which is its midnight in UTC) counts to the second, in UTC: an API may keep no
//!   fractions. A number counts by its value: `9`, `9.0` and `9e0` are one. Any other text counts in NFC, line breaks as
//!   `\n`, trimmed. What is null or empty (text, list, object) is not there.
//! - An attribute (an entry of `user_meta` or `segments`) counts by key and value: its type and readable name are the
//!   project's, not the response's. The token is an attribute like others.
//! - The order of keys does not count; that of a list does.
//! - `id` and `updated_at` are the server's and do not count.
//! - Fields are hashed one by one, length-prefixed, then all of them in the order of their keys behind `"canonical 1"`.
//!
//! Servers add fields of their own (themes, a sentiment), and the hash does not say which fields were sent. So
//! [`is_as_sent`] leaves out such further fields until the hash fits. The hash holds every field that was sent: it cannot
//! fit while one of them is missing or differs. An update leaves what it does not bring: the answer to it tells what stays,
//! and is hashed like that to a POST; where it tells nothing, [`is_as_sent_or_more`] leaves out more.

mod form;
mod sent;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use sent::{kept_hash, sent_hash};

use crate::identity::{Id, Token, payload_hash};

/// The fields that a response has by the API's page. Those further ones that a server adds are told by their absence here.
const FIELDS: [&str; 8] = [
    "comment",
    "score",
    "created_at",
    "data_type",
    "data_source",
    "dataset_id",
    "user_meta",
    "segments",
];

/// The server's own: a response has them, nobody sends them.
const SERVERS: [&str; 2] = ["id", "updated_at"];

/// Up to so many further fields are told from the server's, or all of them.
const FURTHER: usize = 3;

/// Up to so many fields and attributes that stay of an earlier version are told from what was sent.
const STAYING: usize = 3;

/// The hash of a response: the object below `response`, or bare.
pub fn canonical_hash(response: &Value) -> Id {
    hash_of(fields(response).values())
}

/// The hash of a response as the API keeps it: each field that was sent, as the answer echoes it, else as it was sent.
/// `body` is that of the request, `answer` that of its answer. `None` where the body is no JSON object.
pub fn echo_hash(body: &[u8], answer: &[u8]) -> Option<Id> {
    let body: Value = serde_json::from_slice(body).ok()?;
    bare(&body).as_object()?;
    let mut fields_sent = fields(&body);
    let answer: Option<Value> = serde_json::from_slice(answer).ok();
    if let Some(answer) = answer
        .as_ref()
        .filter(|answer| bare(answer).get("id").is_some())
    {
        let echoed = fields(answer);
        for (key, value) in echoed {
            // What the page lists stands in every later answer too, whoever filled it in.
            if FIELDS.contains(&key.as_str()) || fields_sent.contains_key(&key) {
                fields_sent.insert(key, value);
            }
        }
    }
    Some(hash_of(fields_sent.values()))
}

/// Whether an answer gives the response that it speaks of, and not only its id: else what it holds is not known from it.
pub fn gives_response(answer: &[u8]) -> bool {
    let answer: Option<Value> = serde_json::from_slice(answer).ok();
    answer.as_ref().map(bare).is_some_and(|response| {
        response.get("id").is_some() && FIELDS.iter().any(|key| response.get(key).is_some())
    })
}

/// Whether a response, as the API gives it now, is what an [`echo_hash`] was taken of.
pub fn is_as_sent(response: &Value, echo: Id) -> bool {
    let fields = fields(response);
    let (known, further): (Vec<_>, Vec<_>) = fields
        .iter()
        .partition(|(key, _)| FIELDS.contains(&key.as_str()));
    let known: Vec<(&String, &Id)> = known;
    let with = |chosen: &[usize]| {
        let mut all: BTreeMap<&String, &Id> = known.iter().copied().collect();
        all.extend(
            chosen
                .iter()
                .filter_map(|index| further.get(*index).copied()),
        );
        hash_of(all.into_values()) == echo
    };
    let everything: Vec<usize> = (0..further.len()).collect();
    with(&everything) || chosen_fits(further.len(), &mut Vec::new(), &with)
}

/// Tries every choice of at most [`FURTHER`] of `count` fields.
fn chosen_fits(count: usize, chosen: &mut Vec<usize>, fits: &impl Fn(&[usize]) -> bool) -> bool {
    if fits(chosen) {
        return true;
    }
    if chosen.len() == FURTHER {
        return false;
    }
    for next in chosen.last().map_or(0, |last| last + 1)..count {
        chosen.push(next);
        if chosen_fits(count, chosen, fits) {
            return true;
        }
        chosen.pop();
    }
    false
}

/// Likewise of an update whose answer did not tell what stayed of an earlier version: up to three fields and
/// attributes may be there beside what was sent.
pub fn is_as_sent_or_more(response: &Value, echo: Id) -> bool {
    let response = bare(response);
    let fields = FIELDS[..6].iter().map(|key| Part::Field(key));
    let attributes = FIELDS[6..].iter().flat_map(|of| {
        let entries = response.get(*of).and_then(Value::as_object);
        let keys = entries.into_iter().flat_map(Map::keys);
        keys.map(|key| Part::Attribute(of, key))
    });
    let parts: Vec<Part<'_>> = fields.chain(attributes).collect();
    fits_without(response, &parts, STAYING, echo)
}

/// What a response may hold of an earlier version.
enum Part<'r> {
    Field(&'r str),
    /// Of `user_meta` or `segments`, by its key.
    Attribute(&'r str, &'r str),
}

impl Part<'_> {
    /// The response without it; `None` where it is not there.
    fn left_out_of(&self, response: &Value) -> Option<Value> {
        let mut without = response.clone();
        let removed = match self {
            Self::Field(key) => without.as_object_mut()?.remove(*key),
            Self::Attribute(of, key) => without.get_mut(of)?.as_object_mut()?.remove(*key),
        };
        removed.map(|_| without)
    }
}

/// Tries to leave out every choice of at most `left` of the parts.
fn fits_without(response: &Value, parts: &[Part<'_>], left: usize, echo: Id) -> bool {
    let further = if left == 0 { &[] } else { parts };
    is_as_sent(response, echo)
        || further.iter().enumerate().any(|(index, part)| {
            part.left_out_of(response)
                .is_some_and(|without| fits_without(&without, &parts[index + 1..], left - 1, echo))
        })
}

/// Whether a response is, to the letter, the body that a payload hash was taken of: for want of an echo. An API that
/// writes values its own way is not told from somebody's change here.
pub fn is_payload(response: &Value, token: Token, payload: Id) -> bool {
    let Some(given) = bare(response).as_object() else {
        return false;
    };
    let token = token.to_string();
    [true, false].into_iter().any(|with_further| {
        let body = serde_json::json!({ "response": sent_fields(given, &token, with_further) });
        serde_json::to_vec(&body).is_ok_and(|body| payload_hash(&body) == payload)
    })
}

/// The fields in the order in which bodies are written, the token left out.
fn sent_fields(given: &Map<String, Value>, token: &str, with_further: bool) -> Map<String, Value> {
    let mut sent = Map::new();
    let mut take = |key: &str| {
        let Some(value) = given.get(key).filter(|value| !value.is_null()) else {
            return;
        };
        let mut value = value.clone();
        if key == "user_meta"
            && let Some(entries) = value.as_object_mut()
        {
            entries.retain(|_, entry| text_of(entry) != Some(token));
            if entries.is_empty() {
                return;
            }
        }
        sent.insert(key.to_owned(), value);
    };
    FIELDS[..6].iter().copied().for_each(&mut take);
    if with_further {
        let further =
            |key: &&String| !FIELDS.contains(&key.as_str()) && !SERVERS.contains(&key.as_str());
        given.keys().filter(further).for_each(|key| take(key));
    }
    FIELDS[6..].iter().copied().for_each(&mut take);
    sent
}

/// The text of an attribute: `{"value": …}` as the API's page has it, or the bare text.
pub fn text_of(entry: &Value) -> Option<&str> {
    entry.get("value").unwrap_or(entry).as_str()
}

/// The response of an answer that may or may not put it below `response`.
pub fn bare(answer: &Value) -> &Value {
    answer.get("response").unwrap_or(answer)
}

/// Each field that counts, with the hash of its key and value.
fn fields(response: &Value) -> BTreeMap<String, Id> {
    let mut buffer = Vec::new();
    let mut hashes = BTreeMap::new();
    for (key, value) in bare(response).as_object().into_iter().flatten() {
        let hash = field(&mut buffer, key, |out| match (key.as_str(), value) {
            ("user_meta" | "segments", Value::Object(entries)) => {
                form::attributes(out, entries.iter())
            }
            _ => form::of(out, value),
        });
        if let Some(hash) = hash {
            hashes.insert(key.clone(), hash);
        }
    }
    hashes
}

/// The hash of one field, whose form is written by `form`; `None` where it does not count, or is not there.
fn field(buffer: &mut Vec<u8>, key: &str, form: impl FnOnce(&mut Vec<u8>) -> bool) -> Option<Id> {
    if SERVERS.contains(&key) {
        return None;
    }
    buffer.clear();
    form::bytes(buffer, key.as_bytes());
    form::prefixed(buffer, form).then(|| payload_hash(buffer))
}

fn hash_of<'a>(fields: impl Iterator<Item = &'a Id>) -> Id {
    let mut bytes = b"canonical 1".to_vec();
    fields.for_each(|field| bytes.extend(field.0));
    payload_hash(&bytes)
}

#[cfg(test)]
mod tests;
