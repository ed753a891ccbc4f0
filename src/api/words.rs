//! The server's words: what an answer's body says, for people.

use serde_json::Value;

/// What a refusal's body says, in one line of at most 500 characters: `message`, `error`, `errors` as a list or a map,
/// or the title of an HTML page.
pub fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let said = match serde_json::from_slice::<Value>(body) {
        Ok(value) => said_in_json(&value),
        Err(_) if text.trim_start().starts_with('<') => match title(&text) {
            Some(title) => format!("an HTML page, \"{title}\""),
            None => "an HTML page".to_owned(),
        },
        Err(_) => text.into_owned(),
    };
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(500) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.is_empty() => "nothing".to_owned(),
        None => line,
    }
}

fn said_in_json(value: &Value) -> String {
    let parts: Vec<String> = ["message", "error", "errors"]
        .iter()
        .filter_map(|key| value.get(key))
        .filter(|said| !said.is_null())
        .map(said)
        .collect();
    if parts.is_empty() {
        said(value)
    } else {
        parts.join("; ")
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Object(map) => map
            .iter()
            .map(|(field, said_of_it)| format!("{field}: {}", said(said_of_it)))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
}

fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower[start..].find("</title>")?;
    Some(page.get(start..end)?.trim().to_owned())
}
