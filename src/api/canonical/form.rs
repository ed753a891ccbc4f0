//! The canonical bytes of values, written into one buffer. A form is absent where its value is as good as not there: then
//! nothing is written.

use std::io::Write;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde_json::{Number, Value};

use crate::record::{self, Attribute, AttributeValue};

/// Whole numbers are floats of their own up to here.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The entries of `user_meta` or `segments`, as an answer has them: by key and value.
pub(super) fn attributes<'a>(
    out: &mut Vec<u8>,
    entries: impl Iterator<Item = (&'a String, &'a Value)>,
) -> bool {
    let values = entries.map(|(key, entry)| (key.as_str(), entry.get("value").unwrap_or(entry)));
    object(out, values.collect(), of)
}

/// Likewise, as they are sent. `token` is one of them.
pub(super) fn sent_attributes(
    out: &mut Vec<u8>,
    entries: &[Attribute],
    token: Option<(&str, &AttributeValue)>,
) -> bool {
    let values = entries
        .iter()
        .map(|entry| (entry.key.as_ref(), &entry.value));
    object(out, values.chain(token).collect(), sent)
}

/// Any value, as JSON has it.
pub(super) fn of(out: &mut Vec<u8>, value: &Value) -> bool {
    match value {
        Value::Null => return false,
        Value::Bool(value) => boolean(out, *value),
        Value::Number(number) => json_number(out, number),
        Value::String(written) => return text(out, written),
        Value::Array(items) if items.is_empty() => return false,
        Value::Array(items) => {
            out.push(b'a');
            for item in items {
                // One that is absent keeps its place.
                prefixed(out, |out| of(out, item));
            }
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| (key.as_str(), value));
            return object(out, entries.collect(), of);
        }
    }
    true
}

/// A value as it is sent, whose form is that of its JSON.
pub(super) fn sent(out: &mut Vec<u8>, value: &AttributeValue) -> bool {
    match value {
        AttributeValue::Text(written) | AttributeValue::Date(written) => return text(out, written),
        AttributeValue::Number(value) => return number(out, *value),
        AttributeValue::Bool(value) => boolean(out, *value),
    }
    true
}

/// A number as it is sent.
pub(super) fn number(out: &mut Vec<u8>, number: record::Number) -> bool {
    match number {
        record::Number::Whole(whole) => write(out, format_args!("n{whole}")),
        // JSON has no such numbers, and writes null.
        record::Number::Fraction(value) if !value.is_finite() => return false,
        record::Number::Fraction(value) => float(out, value),
    }
    true
}

/// A text: an instant counts by its second, any other in NFC, trimmed, with `\n` for every line break.
pub(super) fn text(out: &mut Vec<u8>, text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() {
        return false;
    }
    if let Some(second) = instant(text) {
        write(out, format_args!("i{second}"));
        return true;
    }
    out.push(b's');
    if !text.contains('\r') {
        if text.is_ascii() {
            out.extend(text.as_bytes());
        } else {
            out.extend(nfc(text).as_bytes());
        }
        return true;
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    out.extend(nfc(&text).as_bytes());
    true
}

/// A part behind its length; one that is absent has the length 0.
pub(super) fn prefixed(out: &mut Vec<u8>, part: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
    let at = out.len();
    out.extend([0; 8]);
    let is_there = part(out);
    let length = (out.len() - at - 8) as u64;
    out[at..at + 8].copy_from_slice(&length.to_le_bytes());
    is_there
}

/// An object, in the order of its keys; of equal keys the last counts, as for JSON.
fn object<T>(
    out: &mut Vec<u8>,
    mut entries: Vec<(&str, T)>,
    form: impl Fn(&mut Vec<u8>, T) -> bool,
) -> bool {
    let begin = out.len();
    out.push(b'o');
    entries.sort_by_key(|(key, _)| *key);
    let mut entries = entries.into_iter().peekable();
    while let Some((key, value)) = entries.next() {
        if entries.peek().is_some_and(|(next, _)| *next == key) {
            continue;
        }
        let at = out.len();
        bytes(out, key.as_bytes());
        if !prefixed(out, |out| form(out, value)) {
            out.truncate(at);
        }
    }
    let is_there = out.len() > begin + 1;
    if !is_there {
        out.truncate(begin);
    }
    is_there
}

/// Bytes behind their length.
pub(super) fn bytes(out: &mut Vec<u8>, part: &[u8]) {
    out.extend((part.len() as u64).to_le_bytes());
    out.extend(part);
}

fn boolean(out: &mut Vec<u8>, value: bool) {
    out.extend([b'b', u8::from(value)]);
}

fn json_number(out: &mut Vec<u8>, number: &Number) {
    match number.as_f64() {
        Some(value) if value.abs() < EXACT || number.is_f64() => float(out, value),
        _ => write(out, format_args!("n{number}")),
    }
}

fn float(out: &mut Vec<u8>, value: f64) {
    if value == 0.0 {
        // Of either sign.
        out.extend(b"n0");
    } else {
        // Display of f64 never uses an exponent and prints whole numbers without a point.
        write(out, format_args!("n{value}"));
    }
}

fn write(out: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(what);
}

fn nfc(text: &str) -> std::borrow::Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The second of an instant or a date, since 1970.
fn instant(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let dated =
        bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[0].is_ascii_digit();
    if !dated {
        return None;
    }
    let at: jiff::Timestamp = match bytes.len() {
        10 => format!("{text}T00:00:00Z").parse().ok()?,
        20.. if matches!(bytes[10], b'T' | b't' | b' ') => text.parse().ok()?,
        _ => return None,
    };
    Some(at.as_nanosecond().div_euclid(1_000_000_000)).and_then(|second| i64::try_from(second).ok())
}
