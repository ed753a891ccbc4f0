//! Reading the document's nodes into typed settings: every problem is noted, none stops the reading.

use super::diagnose::{Place, Problem, nearest};
use super::document::{Entry, Kind, Node};
use crate::record::is_blank;

/// Problems found so far.
pub type Problems = Vec<Problem>;

/// A table being read. Keys that nobody asked for are reported at the end.
pub struct Table<'a> {
    /// Where the table stands.
    pub place: &'a Place,
    entries: &'a [Entry],
    known: Vec<&'static str>,
}

impl<'a> Table<'a> {
    /// Opens a table.
    pub fn open(node: &'a Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::Table(entries) => Some(Self {
                place: &node.place,
                entries,
                known: Vec::new(),
            }),
            _ => expected(node, "a table", problems),
        }
    }

    /// The value of a key, if it is there.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A key with its value, if it is there.
    pub fn entry(&mut self, key: &'static str) -> Option<&'a Entry> {
        self.known.push(key);
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// A text.
    pub fn string(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        self.get(key).and_then(|node| string(node, problems))
    }

    /// A truth value.
    pub fn boolean(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        self.get(key).and_then(|node| match node.kind {
            Kind::Boolean(value) => Some(value),
            _ => expected(node, "true or false", problems),
        })
    }

    /// A whole number that is not negative.
    pub fn count(&mut self, key: &'static str, problems: &mut Problems) -> Option<u64> {
        self.get(key).and_then(|node| match node.kind {
            Kind::Integer(value) if value >= 0 => u64::try_from(value).ok(),
            _ => expected(node, "a whole number from 0", problems),
        })
    }

    /// A number.
    pub fn number(&mut self, key: &'static str, problems: &mut Problems) -> Option<f64> {
        self.get(key).and_then(|node| match node.kind {
            Kind::Integer(value) => Some(value as f64),
            Kind::Float(value) if value.is_finite() => Some(value),
            _ => expected(node, "a number", problems),
        })
    }

    /// A single character.
    pub fn character(&mut self, key: &'static str, problems: &mut Problems) -> Option<char> {
        self.get(key).and_then(|node| {
            let text = string(node, problems)?;
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(character), None) => Some(character),
                _ => expected(node, "a single character", problems),
            }
        })
    }

    /// A list of texts.
    pub fn strings(&mut self, key: &'static str, problems: &mut Problems) -> Option<Vec<String>> {
        let items = list(self.get(key)?, problems)?;
        Some(
            items
                .iter()
                .filter_map(|item| string(item, problems))
                .collect(),
        )
    }

    /// One of a few words.
    pub fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        self.get(key).and_then(|node| word(node, words, problems))
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self, problems: &mut Problems) {
        for entry in self.entries {
            let key = entry.key.as_str();
            if !self.known.contains(&key) {
                let near = nearest(key, self.known.iter().copied());
                let message = match near {
                    Some(near) => format!("unknown key `{key}`, did you mean `{near}`?"),
                    None => format!("unknown key `{key}`"),
                };
                // A value knows thirty keys: told only to who is far off.
                let list = near.is_none() || self.known.len() < 16;
                let help = list.then(|| format!("known here: {}", self.known.join(", ")));
                problems.push(Problem::at(&entry.place, message).maybe_help(help));
            }
        }
    }
}

/// Notes that something else was expected.
pub fn expected<T>(node: &Node, what: &str, problems: &mut Problems) -> Option<T> {
    problems.push(Problem::at(
        &node.place,
        format!("expected {what}, found {}", node.kind_name()),
    ));
    None
}

/// A text.
pub fn string(node: &Node, problems: &mut Problems) -> Option<String> {
    match &node.kind {
        Kind::String(value) => Some(value.clone()),
        _ => expected(node, "a text", problems),
    }
}

/// A text that is not blank; `what` it is, and what to do where it is.
pub fn filled(node: &Node, what: &str, help: &str, problems: &mut Problems) -> Option<String> {
    let text = string(node, problems)?;
    if is_blank(&text) {
        problems.push(Problem::at(&node.place, format!("{what} is empty")).help(help));
        return None;
    }
    Some(text)
}

/// A list.
pub fn list<'a>(node: &'a Node, problems: &mut Problems) -> Option<&'a [Node]> {
    match &node.kind {
        Kind::Array(items) => Some(items),
        _ => expected(node, "a list", problems),
    }
}

/// One of a few words.
pub fn word<T: Copy>(node: &Node, words: &[(&str, T)], problems: &mut Problems) -> Option<T> {
    let text = string(node, problems)?;
    let found = words.iter().find(|(word, _)| *word == text);
    if found.is_none() {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = match nearest(&text, names.iter().copied()) {
            Some(near) => format!("unknown value `{text}`, did you mean `{near}`?"),
            None => format!("unknown value `{text}`"),
        };
        problems.push(
            Problem::at(&node.place, message).help(format!("known here: {}", names.join(", "))),
        );
    }
    found.map(|(_, value)| *value)
}
