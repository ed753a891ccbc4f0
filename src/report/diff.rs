//! How the bodies of two mappings differ: counts, and the first differences field by field.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::paint::{Paint, Tone, counted, thousands};
use super::preview::{flat, on_one_line};

/// So many differences of each kind are shown.
const SHOWN: usize = 5;
/// So many fields are counted; JSON records may have any number.
const FIELDS: usize = 500;

/// A value is cut to so many characters.
const VALUE: usize = 120;

/// How a response differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Both mappings make it, with different bodies.
    Changed,
    /// Only the new mapping makes it.
    OnlyNew,
    /// Only the old mapping makes it.
    OnlyOld,
}

/// One response that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    kind: Kind,
    file: String,
    row: u64,
    name: String,
    fields: Vec<FieldChange>,
}

/// One field of it; `None` where a mapping leaves it out.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    field: String,
    old: Option<Value>,
    new: Option<Value>,
}

/// How all responses differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Diff {
    old: String,
    same: u64,
    changed: u64,
    only_new: u64,
    only_old: u64,
    /// Responses that the old mapping rejects.
    pub rejected_by_old: u64,
    /// How many bodies change in which field.
    fields: BTreeMap<String, u64>,
    changes: Vec<Change>,
}

impl Diff {
    /// Nothing compared yet; `old` is the name of the old mapping.
    pub fn new(old: &str) -> Self {
        Self {
            old: old.to_owned(),
            same: 0,
            changed: 0,
            only_new: 0,
            only_old: 0,
            rejected_by_old: 0,
            fields: BTreeMap::new(),
            changes: Vec::new(),
        }
    }

    /// A response that both mappings make.
    pub fn both(&mut self, file: &str, row: u64, name: &str, old: &[u8], new: &[u8]) {
        if old == new {
            self.same += 1;
            return;
        }
        self.changed += 1;
        let fields = differences(old, new);
        for change in &fields {
            if let Some(count) = self.fields.get_mut(&change.field) {
                *count += 1;
            } else if self.fields.len() < FIELDS {
                self.fields.insert(change.field.clone(), 1);
            }
        }
        if self.changed <= SHOWN as u64 {
            self.change(Kind::Changed, file, row, name, fields);
        }
    }

    /// A response that one mapping makes.
    pub fn alone(&mut self, kind: Kind, file: &str, row: u64, name: &str) {
        let count = match kind {
            Kind::OnlyOld => &mut self.only_old,
            Kind::OnlyNew | Kind::Changed => &mut self.only_new,
        };
        *count += 1;
        if *count <= SHOWN as u64 {
            self.change(kind, file, row, name, Vec::new());
        }
    }

    fn change(&mut self, kind: Kind, file: &str, row: u64, name: &str, fields: Vec<FieldChange>) {
        self.changes.push(Change {
            kind,
            file: file.to_owned(),
            row,
            name: name.to_owned(),
            fields,
        });
    }

    /// What follows for an upload where no response is known by both.
    pub fn warning(&self) -> Option<String> {
        (self.same + self.changed == 0 && self.only_new > 0 && self.only_old > 0).then(|| {
            format!(
                "not one response has the same identity under {}: [key] differs, and what was uploaded by that mapping \
                 would be uploaded a second time",
                self.old
            )
        })
    }

    /// As text, for people.
    pub fn text(&self, paint: Paint) -> String {
        let mut out = String::new();
        let title = format!("Against {}", self.old);
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{}", paint.as_tone(Tone::Strong, &title));
        let lines = [
            (self.same, "the same"),
            (self.changed, "changed"),
            (self.only_new, "only by the new mapping"),
            (self.only_old, "only by the old mapping"),
        ];
        let width = lines
            .iter()
            .map(|(count, _)| thousands(*count).len())
            .max()
            .unwrap_or(1)
            + 2;
        for (count, words) in lines {
            let line = format!("{:>width$}  {words}", thousands(count));
            let tone = if count == 0 { Tone::Quiet } else { Tone::Plain };
            let _ = writeln!(out, "{}", paint.as_tone(tone, &line));
        }
        if self.rejected_by_old > 0 {
            let rejected = counted(self.rejected_by_old, "response", "responses");
            let _ = writeln!(out, "The old mapping rejects {rejected}.");
        }
        let mut by_count: Vec<(&String, &u64)> = self.fields.iter().collect();
        by_count.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let by_count: Vec<String> = by_count
            .into_iter()
            .map(|(field, count)| format!("{field} {}", thousands(*count)))
            .collect();
        if !by_count.is_empty() {
            let changed = format!("Changed fields: {}", by_count.join(", "));
            let _ = writeln!(out, "{}", paint.wrapped(&changed, 0));
        }
        for change in &self.changes {
            change.write(&mut out, paint);
        }
        out
    }

    /// As JSON: `diff` of a check.
    pub fn json(&self) -> Value {
        let changes: Vec<Value> = self.changes.iter().map(Change::json).collect();
        json!({
            "old": self.old,
            "same": self.same,
            "changed": self.changed,
            "only_new": self.only_new,
            "only_old": self.only_old,
            "rejected_by_old": self.rejected_by_old,
            "fields": self.fields,
            "changes": changes,
        })
    }
}

impl Change {
    fn write(&self, out: &mut String, paint: Paint) {
        let what = match self.kind {
            Kind::Changed => "",
            Kind::OnlyNew => ": only by the new mapping",
            Kind::OnlyOld => ": only by the old mapping",
        };
        let _ = writeln!(
            out,
            "{}, row {}, response {}{what}",
            self.file, self.row, self.name
        );
        for change in &self.fields {
            let shown = |value: &Option<Value>| {
                value
                    .as_ref()
                    .map_or("nothing".to_owned(), |value| on_one_line(value, VALUE))
            };
            let (old, new) = (shown(&change.old), shown(&change.new));
            let line = format!("{}: {old} → {new}", change.field);
            let _ = writeln!(out, "  {}", paint.wrapped(&line, 4));
        }
    }

    fn json(&self) -> Value {
        let kind = match self.kind {
            Kind::Changed => "changed",
            Kind::OnlyNew => "only_new",
            Kind::OnlyOld => "only_old",
        };
        let fields: Map<String, Value> = self
            .fields
            .iter()
            .map(|change| {
                let both = json!({"old": change.old, "new": change.new});
                (change.field.clone(), both)
            })
            .collect();
        json!({"kind": kind, "file": self.file, "row": self.row, "name": self.name, "fields": fields})
    }
}

/// The fields in which two bodies differ, in the order of the new one; those it lacks last.
fn differences(old: &[u8], new: &[u8]) -> Vec<FieldChange> {
    let parse = |body| flat(&serde_json::from_slice(body).unwrap_or_default());
    let (old, new) = (parse(old), parse(new));
    let mut changes = Vec::new();
    for field in &new {
        let before = old.iter().find(|known| known.path == field.path);
        if before.is_none_or(|before| before.value != field.value) {
            changes.push(FieldChange {
                field: field.path.clone(),
                old: before.map(|before| before.value.clone()),
                new: Some(field.value.clone()),
            });
        }
        let before = before.and_then(|before| before.about.as_ref());
        let (Some(before), Some(after)) = (before, field.about.as_ref()) else {
            continue;
        };
        let about = [("name", &before.0, &after.0), ("type", &before.1, &after.1)];
        let differ = about.into_iter().filter(|(_, old, new)| old != new);
        changes.extend(differ.map(|(what, old, new)| FieldChange {
            field: format!("{}.{what}", field.path),
            old: Some(old.clone()),
            new: Some(new.clone()),
        }));
    }
    let gone = old
        .into_iter()
        .filter(|field| !new.iter().any(|known| known.path == field.path));
    changes.extend(gone.map(|field| FieldChange {
        field: field.path,
        old: Some(field.value),
        new: None,
    }));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &[u8] = br#"{"response":{"comment":"Two\nlines","score":8,"segments":{"country":{"type":"text","name":"Country","value":"GB"},"gone":{"type":"text","name":"Gone","value":"x"}}}}"#;
    const NEW: &[u8] = br#"{"response":{"comment":"Two","score":8,"data_type":"nps","segments":{"country":{"type":"text","name":"Land","value":"GB"}}}}"#;

    #[test]
    fn differences_are_told_field_by_field() {
        let mut diff = Diff::new("old.toml");
        diff.both("nps.csv", 2, "main", OLD, NEW);
        diff.both("nps.csv", 3, "main", OLD, OLD);
        diff.alone(Kind::OnlyNew, "nps.csv", 4, "main");
        for row in 5..15 {
            diff.alone(Kind::OnlyOld, "nps.csv", row, "aspects/Price");
        }
        diff.rejected_by_old = 1;
        insta::assert_snapshot!(diff.text(Paint::new(false)), @r#"
        Against old.toml
           1  the same
           1  changed
           1  only by the new mapping
          10  only by the old mapping
        The old mapping rejects 1 response.
        Changed fields: comment 1, data_type 1, segments.country.name 1, segments.gone 1
        nps.csv, row 2, response main
          comment: "Two\nlines" → "Two"
          data_type: nothing → "nps"
          segments.country.name: "Country" → "Land"
          segments.gone: "x" → nothing
        nps.csv, row 4, response main: only by the new mapping
        nps.csv, row 5, response aspects/Price: only by the old mapping
        nps.csv, row 6, response aspects/Price: only by the old mapping
        nps.csv, row 7, response aspects/Price: only by the old mapping
        nps.csv, row 8, response aspects/Price: only by the old mapping
        nps.csv, row 9, response aspects/Price: only by the old mapping
        "#);
        let json = diff.json();
        assert_eq!(json["changes"][0]["fields"]["comment"]["new"], "Two");
        assert_eq!(
            json["changes"][0]["fields"]["data_type"]["old"],
            Value::Null
        );
        assert_eq!(json["changes"].as_array().unwrap().len(), 1 + 1 + SHOWN);
        assert_eq!(json["only_old"], 10);
        assert_eq!(diff.warning(), None);
    }

    #[test]
    fn another_key_is_warned_of() {
        let mut diff = Diff::new("old.toml");
        diff.alone(Kind::OnlyNew, "a.csv", 2, "main");
        assert_eq!(diff.warning(), None);
        diff.alone(Kind::OnlyOld, "a.csv", 2, "main");
        assert!(diff.warning().unwrap().contains("second time"));
    }
}
