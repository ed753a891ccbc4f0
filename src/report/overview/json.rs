//! The overview for scripts.

use serde_json::{Map, Value, json};

use super::attribute::{Hidden, Span, Tally};
use super::{FREQUENT, Overview};

impl Overview {
    /// Adds `attributes`, `scores`, `created_at`, `datasets`, `comments` and `hints`.
    pub fn add_to(&self, fields: &mut Map<String, Value>) {
        let attributes: Vec<Value> = self.attributes.iter().map(attribute).collect();
        fields.insert("attributes".to_owned(), attributes.into());
        if self.more_attributes {
            fields.insert("attributes_left_out".to_owned(), true.into());
        }
        let mut scores = Map::new();
        for one in &self.scores {
            let (spread, more) = one.spread();
            let spread: Map<String, Value> = spread
                .into_iter()
                .map(|(score, count)| (score.to_owned(), count.into()))
                .collect();
            let span = one.span();
            let value = json!({
                "count": one.count,
                "min": span.map(|span| span.0),
                "max": span.map(|span| span.1),
                "mean": (one.mean() * 1000.0).round() / 1000.0,
                "distribution": spread,
                "more_values": more,
            });
            scores.insert(one.data_type.clone(), value);
        }
        fields.insert("scores".to_owned(), scores.into());
        let span = self.dates.span();
        let dates = json!({
            "count": self.dates.count,
            "missing": self.dates.missing,
            "from": span.map(|span| span.0),
            "to": span.map(|span| span.1),
            "before_2000": self.dates.old.count,
            "in_future": self.dates.future.count,
        });
        fields.insert("created_at".to_owned(), dates);
        let datasets: Vec<Value> = self
            .datasets
            .iter()
            .map(|one| {
                let mut value = Map::new();
                let texts = [
                    ("data_type", &one.data_type),
                    ("data_source", &one.data_source),
                    ("dataset_id", &one.id),
                ];
                for (key, text) in texts {
                    if let Some(text) = text {
                        value.insert(key.to_owned(), text.as_str().into());
                    }
                }
                value.insert("count".to_owned(), one.count.into());
                value.into()
            })
            .collect();
        fields.insert("datasets".to_owned(), datasets.into());
        let comments = json!({"count": self.comments, "longest": self.longest});
        fields.insert("comments".to_owned(), comments);
        fields.insert("hints".to_owned(), self.hints().into());
    }
}

fn attribute(tally: &Tally) -> Value {
    let (number, more) = tally.distinct.number();
    let frequent: Vec<Value> = tally
        .frequent(FREQUENT)
        .into_iter()
        .map(|(shown, count)| json!({"value": unquoted(shown), "count": count}))
        .collect();
    let mut value = json!({
        "in": tally.section.name(),
        "key": &*tally.key,
        "name": &*tally.name,
        "type": tally.kind,
        "count": tally.count,
        "distinct": number,
        "more_values": more,
        "most_frequent": frequent,
    });
    if let Some(fields) = value.as_object_mut() {
        if let Some((from, to)) = tally.numbers.as_ref().map(Span::ends) {
            fields.insert("min".to_owned(), json!(from));
            fields.insert("max".to_owned(), json!(to));
        }
        if let Some((from, to)) = tally.dates.as_ref().map(Span::ends) {
            fields.insert("min".to_owned(), from.as_str().into());
            fields.insert("max".to_owned(), to.as_str().into());
        }
        let hidden = tally.hidden.map(|why| match why {
            Hidden::Personal => "personal",
            Hidden::FreeText => "free_text",
        });
        if let Some(why) = hidden {
            fields.insert("not_shown".to_owned(), why.into());
        }
    }
    value
}

/// Texts were put into quotes for people.
fn unquoted(shown: &str) -> &str {
    shown
        .strip_prefix('\'')
        .and_then(|shown| shown.strip_suffix('\''))
        .unwrap_or(shown)
}
