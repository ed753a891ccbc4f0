//! What `check` shows: the first responses as they would be posted and where each value came from, what all of them
//! hold, the counts, every reason with its rows.
//!
//! Comments are shown here: the preview is the result that was asked for. They are in no message.

use std::fmt::Write;

use serde_json::{Value, json};

use super::diff::Diff;
use super::overview::Overview;
use super::paint::{Paint, Tone};
use super::reasons::{Reasons, Sample};
use super::summary::Summary;
use super::text;
use crate::mapping::FieldOrigin;
use crate::read::called;

/// So many rows of each reason are listed as text, and so many of all reasons together; JSON has all that were kept.
const LISTED: usize = 20;
const LISTED_IN_ALL: usize = 60;
/// Of each reason at least so many.
const LISTED_AT_LEAST: usize = 3;
/// A value beside its field is cut to so many characters: the body below has it whole.
const VALUE: usize = 40;
/// Beyond this a field's name no longer pushes the values of all others to the right.
const FIELD: usize = 32;

/// A response as it would be posted.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The name of its file.
    pub file: &'a str,
    /// The row's number, as a spreadsheet shows it.
    pub row: u64,
    /// Its name among the row's responses.
    pub name: &'a str,
    /// The body of the request: JSON.
    pub body: &'a [u8],
    /// Where each posted field came from.
    pub origins: &'a [FieldOrigin],
}

/// A check that came to its end, or was ended.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// The figures.
    pub summary: &'a Summary,
    /// Why rows would not be loaded.
    pub reasons: &'a Reasons,
    /// The first responses.
    pub shown: &'a [Shown<'a>],
    /// What all responses hold.
    pub overview: Option<&'a Overview>,
    /// What another mapping makes of the same rows.
    pub diff: Option<&'a Diff>,
}

/// The check as text.
pub fn text(check: &Check<'_>, paint: Paint) -> String {
    let mut out = String::new();
    for one in check.shown {
        response(&mut out, one, paint);
    }
    let overview = check.overview.map(|overview| overview.text(paint));
    let diff = check.diff.map(|diff| diff.text(paint));
    for part in overview.into_iter().chain(diff) {
        if !part.is_empty() {
            out.push_str(&part);
            out.push('\n');
        }
    }
    let reasons = check.reasons.iter().count().max(1);
    let rows = (LISTED_IN_ALL / reasons).clamp(LISTED_AT_LEAST, LISTED);
    let summary = text::render(check.summary, check.reasons, rows, paint);
    out.push_str(&summary);
    out
}

/// A response field by field, then its body to the byte: whole, for whoever copies it.
fn response(out: &mut String, one: &Shown<'_>, paint: Paint) {
    let title = format!(
        "{}, row {}, response {}",
        called(one.file),
        one.row,
        one.name
    );
    // Writing to a text cannot fail.
    let _ = writeln!(out, "{}", paint.as_tone(Tone::Strong, &title));
    let lines: Vec<(String, String, &str)> = flat(&body(one))
        .into_iter()
        .map(|field| {
            let origin = one.origins.iter().find(|(known, _)| *known == field.path);
            // What the mapping did not give is the token.
            let origin = origin.map_or("made by chatterload", |(_, origin)| origin);
            (field.path, on_one_line(&field.value, VALUE), origin)
        })
        .collect();
    let width = |texts: &mut dyn Iterator<Item = &String>, most: usize| {
        let longest = texts.map(|text| text.chars().count()).max();
        longest.unwrap_or_default().min(most)
    };
    let fields = width(&mut lines.iter().map(|line| &line.0), FIELD);
    let values = width(&mut lines.iter().map(|line| &line.1), VALUE + 3);
    let beside = 2 + fields + 2 + values + 2;
    for (field, value, origin) in lines {
        let origin = paint.as_tone(Tone::Quiet, &crate::failures::one_line(origin));
        let line = if paint.has_room(beside) {
            let origin = paint.wrapped(&origin, beside);
            format!("  {field:<fields$}  {value:<values$}  {origin}")
        } else {
            paint.labelled(&field, fields, &[&value, &origin])
        };
        let _ = writeln!(out, "{line}");
    }
    let exact = String::from_utf8_lossy(one.body);
    let _ = writeln!(out, "{}\n", paint.as_tone(Tone::Quiet, &exact));
}

/// The check as JSON: the fields of the summary, then `preview`, what all responses hold, `diff`, and `rejections` in
/// the order of the input. Where not all rejections were kept, `rejections_left_out` says how many.
pub fn json(check: &Check<'_>) -> Value {
    let reasons = check.reasons;
    let preview = check.shown.iter().map(|one| {
        let origins: serde_json::Map<String, Value> = one
            .origins
            .iter()
            .map(|(field, origin)| (field.clone(), origin.as_str().into()))
            .collect();
        json!({"file": one.file, "row": one.row, "name": one.name, "body": body(one), "origins": origins})
    });
    let mut kept: Vec<(&str, &Sample)> = reasons
        .iter()
        .flat_map(|(code, reason)| reason.samples.iter().map(move |sample| (code, sample)))
        .collect();
    kept.sort_by_key(|(_, sample)| sample.order());
    let rejections = kept.iter().map(|(code, sample)| {
        json!({
            "file": sample.file,
            "row": sample.row(),
            "error": code,
            "field": sample.field,
            "message": sample.message,
        })
    });
    let all: u64 = reasons.iter().map(|(_, reason)| reason.count).sum();
    let left_out = all.saturating_sub(kept.len() as u64);
    // Texts and finite numbers only: this cannot fail.
    let mut value = serde_json::to_value(check.summary).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("preview".to_owned(), preview.collect());
        if let Some(overview) = check.overview {
            overview.add_to(fields);
        }
        if let Some(diff) = check.diff {
            fields.insert("diff".to_owned(), diff.json());
        }
        fields.insert("rejections".to_owned(), rejections.collect());
        if left_out > 0 {
            fields.insert("rejections_left_out".to_owned(), left_out.into());
        }
    }
    value
}

/// The body as a value; it is JSON that we made ourselves.
fn body(shown: &Shown<'_>) -> Value {
    serde_json::from_slice(shown.body).unwrap_or_default()
}

/// One posted field: `score`, `segments.country`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    /// Its name; an attribute's key follows its section.
    pub path: String,
    /// Its value.
    pub value: Value,
    /// An attribute's readable name and type.
    pub about: Option<(Value, Value)>,
}

/// The fields of a body, in its order.
pub(super) fn flat(body: &Value) -> Vec<Field> {
    let mut flat = Vec::new();
    let fields = body["response"].as_object();
    for (name, value) in fields.into_iter().flatten() {
        let attributes = value
            .as_object()
            .filter(|_| name == "user_meta" || name == "segments");
        let Some(attributes) = attributes else {
            flat.push(Field {
                path: name.clone(),
                value: value.clone(),
                about: None,
            });
            continue;
        };
        flat.extend(attributes.iter().map(|(key, attribute)| Field {
            path: format!("{name}.{key}"),
            value: attribute["value"].clone(),
            about: Some((attribute["name"].clone(), attribute["type"].clone())),
        }));
    }
    flat
}

/// A value as JSON writes it, cut to so many characters.
pub(super) fn on_one_line(value: &Value, most: usize) -> String {
    let Value::String(text) = value else {
        return value.to_string();
    };
    let cut: String = text.chars().take(most).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{dots}", Value::String(cut))
}
