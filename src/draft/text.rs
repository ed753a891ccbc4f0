//! TOML as it is written into a draft.

use std::fmt::Write;

use crate::inspect::{Column, Profile};
use crate::mapping::fold;

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for sign in text.chars() {
        match sign {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            sign if sign.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\u{:04X}", sign as u32);
            }
            sign => quoted.push(sign),
        }
    }
    quoted.push('"');
    quoted
}

/// A list of texts in quotes.
pub fn list<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

/// A text as a comment may hold it: one line, so many characters at most.
pub fn plain(text: &str, most: usize) -> String {
    let clean: String = text
        .chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .collect();
    let text = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

/// A name as people read it: one line, so many characters at most, its end kept, by which columns of one question differ.
pub fn named(text: &str, most: usize) -> String {
    let clean = text.replace(char::is_control, " ");
    crate::inspect::cut_within(&clean, most)
}

/// A column as the mapping names it: by its header, or by its position where that would not find it.
pub fn reference(profile: &Profile, index: usize) -> String {
    let column = &profile.columns[index];
    let by_position = || {
        column
            .position
            .map_or_else(|| quoted(&column.name), |position| position.to_string())
    };
    if column.name.trim().is_empty() || fold(&column.name).is_empty() {
        return by_position();
    }
    let Some(_) = column.position else {
        return quoted(&column.name);
    };
    // Line breaks and runs of blanks are folded when the column is looked for; what is unique so reads better.
    let folded = fold(&column.name);
    let same = |other: &&Column| fold(&other.name) == folded;
    let taken = profile
        .columns
        .iter()
        .any(|other| other.name == folded && other.position != column.position);
    if profile.columns.iter().filter(same).count() == 1 && !taken {
        quoted(&folded)
    } else {
        quoted(&column.name)
    }
}

/// What names a column in an answer: its header or path, else its position.
pub fn answer_name(column: &Column) -> String {
    match column.position {
        Some(position) if column.name.trim().is_empty() => position.to_string(),
        _ => column.name.clone(),
    }
}

/// A value of the mapping: an origin and steps.
pub struct Value {
    origin: String,
    /// What may stand alone where there are no steps.
    bare: Option<String>,
    steps: Vec<String>,
}

impl Value {
    /// One column.
    pub fn column(reference: &str) -> Self {
        Self {
            origin: format!("column = {reference}"),
            bare: Some(reference.to_owned()),
            steps: Vec::new(),
        }
    }

    /// Several columns.
    pub fn columns(references: &[String]) -> Self {
        Self {
            origin: format!("columns = [{}]", references.join(", ")),
            bare: None,
            steps: Vec::new(),
        }
    }

    /// Adds a step.
    pub fn step(&mut self, step: impl Into<String>) {
        self.steps.push(step.into());
    }

    /// As it is written.
    pub fn written(&self) -> String {
        match &self.bare {
            Some(bare) if self.steps.is_empty() => bare.clone(),
            _ => {
                let mut parts = vec![self.origin.clone()];
                parts.extend(self.steps.iter().cloned());
                format!("{{ {} }}", parts.join(", "))
            }
        }
    }
}

/// The lines of a section, with what stands beside them.
#[derive(Default)]
pub struct Lines {
    lines: Vec<(String, String)>,
}

impl Lines {
    /// A line, and a remark beside it.
    pub fn add(&mut self, line: impl Into<String>, remark: impl Into<String>) {
        self.lines.push((line.into(), remark.into()));
    }

    /// A comment of its own.
    pub fn remark(&mut self, remark: &str) {
        self.add(format!("# {remark}"), "");
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Writes the section; nothing where it is empty.
    pub fn write(&self, head: &str, out: &mut String) {
        if self.lines.is_empty() {
            return;
        }
        out.push('\n');
        if !head.is_empty() {
            out.push_str(head);
            out.push('\n');
        }
        for (line, remark) in &self.lines {
            out.push_str(line);
            if !remark.is_empty() {
                let _ = write!(out, "  # {remark}");
            }
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_remarks_are_cut_and_stay_on_their_line() {
        assert_eq!(plain("a\r\nb   c", 10), "a b c");
        assert_eq!(plain("äöü äöü", 4), "äöü…");
    }

    proptest::proptest! {
        #[test]
        fn any_text_reads_back(text: String) {
            let document: toml::Table = toml::from_str(&format!("a = {} # {}", quoted(&text), plain(&text, 40))).unwrap();
            proptest::prop_assert_eq!(document["a"].as_str(), Some(text.as_str()));
        }
    }
}
