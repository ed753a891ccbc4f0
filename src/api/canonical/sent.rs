//! The hash of what is sent, without a look at its body; and of what an answer echoes, with as quick a look as will do. A
//! run takes both of every response.

use super::{FIELDS, SERVERS, echo_hash, field, form, hash_of};
use crate::api::outline::Outline;
use crate::identity::{Id, Token};
use crate::record::{AttributeValue, Response};

/// What [`echo_hash`] comes to for the body of a response (`wire::body`) and no answer.
pub fn sent_hash(response: &Response, token: Option<(&str, Token)>) -> Id {
    let mut buffer = Vec::with_capacity(512);
    let mut hashes: Vec<(&str, Option<Id>)> = Vec::with_capacity(8 + response.fields.len());
    let texts = [
        ("comment", &response.comment),
        ("created_at", &response.created_at),
        ("data_type", &response.data_type),
        ("data_source", &response.data_source),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            hashes.push((key, field(&mut buffer, key, |out| form::text(out, text))));
        }
    }
    if let Some(score) = response.score {
        let hash = field(&mut buffer, "score", |out| form::number(out, score));
        hashes.push(("score", hash));
    }
    let dataset = response
        .dataset_id
        .iter()
        .map(|value| ("dataset_id", value));
    let further = response.fields.iter().map(|(key, value)| (&**key, value));
    for (key, value) in dataset.chain(further) {
        hashes.push((key, field(&mut buffer, key, |out| form::sent(out, value))));
    }
    let token = token.map(|(key, token)| (key, AttributeValue::Text(token.to_string().into())));
    let token = token.as_ref().map(|(key, token)| (*key, token));
    for (key, entries, token) in [
        ("user_meta", &response.user_meta, token),
        ("segments", &response.segments, None),
    ] {
        if !entries.is_empty() || token.is_some() {
            let hash = field(&mut buffer, key, |out| {
                form::sent_attributes(out, entries, token)
            });
            hashes.push((key, hash));
        }
    }
    // Of equal keys the last counts, as for JSON.
    hashes.sort_by_key(|(key, _)| *key);
    let counting = hashes.chunk_by(|one, next| one.0 == next.0);
    let counting = counting.filter_map(|same| same.last()?.1.as_ref());
    hash_of(counting)
}

/// [`echo_hash`], where the answer may make it another than that of what was sent: `None` where it plainly does not.
pub fn kept_hash(body: &[u8], answer: &[u8]) -> Option<Id> {
    if keeps_all(body, answer) == Some(true) {
        return None;
    }
    echo_hash(body, answer)
}

/// Whether an answer tells of nothing that it keeps otherwise than it was sent; `None` where a quick look cannot tell.
fn keeps_all(body: &[u8], answer: &[u8]) -> Option<bool> {
    let answer = Outline::of_response(answer)?;
    if answer.get("id").is_none() {
        return Some(true);
    }
    let mut sent = None;
    for (key, echoed) in answer.iter() {
        if SERVERS.contains(&key) || echoed == "null" {
            continue;
        }
        if sent.is_none() {
            sent = Some(Outline::of_response(body)?);
        }
        match sent.as_ref().and_then(|sent| sent.get(key)) {
            Some(written) if written == echoed => {}
            Some(_) => return Some(false),
            None if FIELDS.contains(&key) => return Some(false),
            None => {}
        }
    }
    Some(true)
}
