//! What a response's body must be. Stricter than the real API is known to be: what passes here surprises nobody there.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::Json;
use super::seed::Project;
use crate::outcome::quote;
use crate::record::Number;

/// A request refused, in one of the shapes that must be expected of the API.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    shape: Shape,
    message: String,
}

/// How a refusal is worded.
#[derive(Debug)]
enum Shape {
    /// `{"error": "…"}`
    Error,
    /// `{"message": "…"}`
    Message,
    /// `{"errors": ["…"]}`
    List,
    /// `{"errors": {"field": ["…"]}}`
    Map(String),
}

impl Refusal {
    /// `{"error": …}` with a status of the caller's choice.
    pub(super) fn error(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            shape: Shape::Error,
            message: message.into(),
        }
    }

    /// 400 with `{"message": …}`.
    pub(super) fn message(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            shape: Shape::Message,
            message: message.into(),
        }
    }

    fn list(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            shape: Shape::List,
            message: message.into(),
        }
    }

    fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            shape: Shape::Map(field.into()),
            message: message.into(),
        }
    }

    /// The body of the answer.
    pub(super) fn body(&self) -> String {
        let message = &self.message;
        match &self.shape {
            Shape::Error => serde_json::json!({ "error": message }),
            Shape::Message => serde_json::json!({ "message": message }),
            Shape::List => serde_json::json!({ "errors": [message] }),
            Shape::Map(field) => serde_json::json!({ "errors": { field.as_str(): [message] } }),
        }
        .to_string()
    }
}

/// `{"response": {…}}` and nothing beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(borrow)]
    response: &'a RawValue,
}

/// The text of the response within its envelope.
pub(super) fn open(body: &[u8]) -> Result<&str, Refusal> {
    match serde_json::from_slice::<Envelope<'_>>(body) {
        Ok(envelope) => Ok(envelope.response.get()),
        Err(why) if why.is_data() => Err(Refusal::message(
            "the body must be {\"response\": {…}} and nothing beside it",
        )),
        Err(_) => Err(Refusal::error(
            StatusCode::BAD_REQUEST,
            "the body is not JSON",
        )),
    }
}

/// Checks a response against a project's catalogue; a comment may have at most so many bytes.
pub(super) fn check<'a>(
    text: &'a str,
    project: &Project,
    largest_comment: usize,
) -> Result<Json<'a>, Refusal> {
    let response: Json<'a> = serde_json::from_str(text)
        .map_err(|_| Refusal::error(StatusCode::BAD_REQUEST, "the body is not JSON"))?;
    let Json::Map(fields) = &response else {
        return Err(Refusal::message("response must be an object"));
    };
    if let Some(key) = response.repeated_key() {
        return Err(Refusal::message(format!("{} stands twice", quote(key))));
    }
    for (name, value) in fields {
        if value.is_empty() {
            return Err(Refusal::error(
                StatusCode::BAD_REQUEST,
                format!("{} is empty: leave it out", quote(name)),
            ));
        }
        check_field(name, value, largest_comment)?;
    }
    check_dataset(&response, project)?;
    check_score(&response)?;
    Ok(response)
}

fn check_field(name: &str, value: &Json<'_>, largest_comment: usize) -> Result<(), Refusal> {
    match (name, value) {
        ("comment", Json::Text(text)) if text.len() > largest_comment => Err(Refusal::error(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("comment has more than {largest_comment} bytes"),
        )),
        ("comment" | "data_type" | "data_source", Json::Text(_))
        | ("score", Json::Number(_))
        | ("dataset_id", Json::Text(_) | Json::Number(Number::Whole(1..))) => Ok(()),
        ("comment" | "data_type" | "data_source", _) => Err(Refusal::field(name, "must be a text")),
        ("score", _) => Err(Refusal::field(name, "must be a number")),
        ("dataset_id", _) => Err(Refusal::field(name, "must be an id")),
        ("created_at", value) => match value.text() {
            Some(text) if is_rfc3339(text) => Ok(()),
            _ => Err(Refusal::message(
                "created_at must be RFC 3339 with an offset, such as 2026-11-02T10:15:00Z",
            )),
        },
        ("user_meta" | "segments", Json::Map(entries)) => {
            if let Some(key) = value.repeated_key() {
                return Err(Refusal::message(format!(
                    "{} stands twice in {name}",
                    quote(key)
                )));
            }
            entries
                .iter()
                .try_for_each(|(key, entry)| check_attribute(name, key, entry))
        }
        ("user_meta" | "segments", _) => Err(Refusal::field(name, "must be an object")),
        ("id" | "updated_at", _) => Err(Refusal::field(name, "is given by the API")),
        _ => Ok(()),
    }
}

/// One entry of `user_meta` or `segments`: `{"type": …, "name": …, "value": …}`.
fn check_attribute(map: &str, key: &str, entry: &Json<'_>) -> Result<(), Refusal> {
    let refuse = |message: &str| Err(Refusal::field(format!("{map}.{key}"), message));
    if !is_snake_case(key) {
        return refuse("the key must be snake_case");
    }
    let Json::Map(parts) = entry else {
        return refuse("must be {\"type\", \"name\", \"value\"}");
    };
    let known = |name: &str| matches!(name, "type" | "name" | "value");
    if parts.len() != 3 || !parts.iter().all(|(name, _)| known(name)) {
        return refuse("must have type, name and value, and nothing else");
    }
    if parts.iter().any(|(_, part)| part.is_empty()) {
        return refuse("type, name and value must not be empty");
    }
    if entry.get("name").and_then(Json::text).is_none() {
        return refuse("name must be a text");
    }
    match (
        entry.get("type").and_then(Json::text),
        entry.get("value").unwrap_or(&Json::Null),
    ) {
        (Some("text"), Json::Text(_)) | (Some("number"), Json::Number(_)) => Ok(()),
        (Some("date"), Json::Text(text)) if is_rfc3339(text) || is_date(text) => Ok(()),
        (Some("text"), _) => refuse("value must be a text"),
        (Some("number"), _) => refuse("value must be a number"),
        (Some("date"), _) => refuse("value must be an ISO date or RFC 3339"),
        _ => refuse("type must be text, number or date"),
    }
}

/// Type and source must be known and go together, unless a dataset is named.
fn check_dataset(response: &Json<'_>, project: &Project) -> Result<(), Refusal> {
    if response.get("dataset_id").is_some() {
        return Ok(());
    }
    let (Some(data_type), Some(data_source)) = (
        response.get("data_type").and_then(Json::text),
        response.get("data_source").and_then(Json::text),
    ) else {
        return Err(Refusal::message(
            "data_type and data_source are required where there is no dataset_id",
        ));
    };
    if !project
        .data_types
        .iter()
        .any(|named| named.posted() == data_type)
    {
        return Err(Refusal::list(format!(
            "Data type {} does not exist",
            quote(data_type)
        )));
    }
    let source = project
        .data_sources
        .iter()
        .find(|source| source.named.posted() == data_source);
    match source {
        None => Err(Refusal::list(format!(
            "Data source {} does not exist",
            quote(data_source)
        ))),
        Some(source) if !source.gives.allows(data_type) => Err(Refusal::field(
            "data_source",
            format!("{data_source} is not valid with {data_type}"),
        )),
        Some(_) => Ok(()),
    }
}

/// A score where the data type needs one, an NPS from 0 to 10, and not a response without score and comment.
fn check_score(response: &Json<'_>) -> Result<(), Refusal> {
    let data_type = match response.get("dataset_id") {
        None => response.get("data_type").and_then(Json::text),
        Some(_) => None,
    };
    match (data_type, response.get("score")) {
        (Some("nps" | "csat" | "review"), None) => {
            Err(Refusal::field("score", "must be present and numeric"))
        }
        (Some("nps"), Some(score)) if !matches!(score, Json::Number(Number::Whole(0..=10))) => Err(
            Refusal::field("score", "must be an integer between 0 and 10"),
        ),
        (_, None) if response.get("comment").is_none() => {
            Err(Refusal::list("Comment or score must be present"))
        }
        _ => Ok(()),
    }
}

fn is_snake_case(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_lowercase())
        && key
            .chars()
            .all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '_')
}

/// `2026-11-02`
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// RFC 3339 to the letter, with `T` and offset: jiff alone takes more than that.
fn is_rfc3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    let zoned = text.ends_with('Z')
        || bytes.len() >= 6
            && matches!(bytes[bytes.len() - 6], b'+' | b'-')
            && bytes[bytes.len() - 3] == b':';
    bytes.len() >= 20
        && bytes[10] == b'T'
        && bytes[16] == b':'
        && zoned
        && text.parse::<jiff::Timestamp>().is_ok()
}

/// A response as the API might keep it: text trimmed, numbers as floats, dates in UTC.
pub(super) fn normalise(text: &str) -> String {
    use serde_json::Value;
    fn walk(value: &mut Value) {
        match value {
            Value::String(text) => {
                let trimmed: Cow<'_, str> = match text.parse::<jiff::Timestamp>() {
                    Ok(at) if is_rfc3339(text) => Cow::Owned(format!("{at:.3}")),
                    _ => Cow::Borrowed(text.trim()),
                };
                *text = trimmed.into_owned();
            }
            Value::Number(number) => {
                if let Some(float) = number.as_f64() {
                    *value = Value::from(float);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            Value::Object(entries) => entries.values_mut().for_each(walk),
            Value::Null | Value::Bool(_) => {}
        }
    }
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            walk(&mut value);
            value.to_string()
        }
        Err(_) => text.to_owned(),
    }
}

/// A response as the API might keep it, in a form that nobody foresees: its comment in capitals.
pub(super) fn capitals(text: &str) -> String {
    use serde_json::Value;
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    if let Some(Value::String(comment)) = value.get_mut("comment") {
        *comment = comment.to_uppercase();
    }
    value.to_string()
}
