//! What `check` shows: the first responses as they would be posted, the counts, every reason with its rows.
//!
//! Comments are shown here: the preview is the result that was asked for. They are in no message.

use std::fmt::Write;

use serde_json::{Value, json};

use super::paint::{Paint, Tone};
use super::reasons::{Reasons, Sample};
use super::summary::Summary;
use super::text;

/// So many rows of each reason are listed as text; JSON has all that were kept.
const LISTED: usize = 20;

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
}

/// The check as text.
pub fn text(
    summary: &Summary,
    reasons: &Reasons,
    shown: &[Shown<'_>],
    next: Option<&str>,
    colour: bool,
) -> String {
    let paint = Paint::new(colour);
    let mut out = String::new();
    for one in shown {
        let title = format!("{}, row {}, response {}", one.file, one.row, one.name);
        let body = serde_json::to_string_pretty(&body(one)).unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{}\n{body}\n", paint.as_tone(Tone::Strong, &title));
    }
    out.push_str(&text::render(summary, reasons, LISTED, next, paint));
    out
}

/// The check as JSON: the fields of the summary, then `preview` and `rejections`, in the order of the input. Where not
/// all rejections were kept, `rejections_left_out` says how many.
pub fn json(summary: &Summary, reasons: &Reasons, shown: &[Shown<'_>]) -> Value {
    let preview = shown
        .iter()
        .map(|one| json!({"file": one.file, "row": one.row, "name": one.name, "body": body(one)}));
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
    let mut value = serde_json::to_value(summary).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("preview".to_owned(), preview.collect());
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
