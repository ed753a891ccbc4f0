//! JSON has no header to check a mapping against: its first records are watched instead.

use std::sync::Arc;

use super::column::{Access, Column};
use super::json::Path;
use crate::record::Row;

/// How many records are watched.
pub const WATCHED: u64 = 1_000;

/// Watches for paths that lead nowhere in the first records of a file.
#[derive(Clone, Debug)]
pub struct Observer {
    missing: Vec<(Arc<str>, Path)>,
    seen: u64,
}

impl Observer {
    pub(super) fn new(columns: &[Column]) -> Self {
        let mut missing: Vec<(Arc<str>, Path)> = Vec::new();
        for column in columns {
            if let Access::Path(path) = &column.access
                && !column.optional
                && !missing.iter().any(|(_, known)| known == path)
            {
                missing.push((Arc::clone(&column.label), path.clone()));
            }
        }
        Self { missing, seen: 0 }
    }

    /// Whether it wants to see more.
    pub fn is_watching(&self) -> bool {
        self.seen < WATCHED
    }

    /// Looks at one row; at the last one watched, gives the warnings.
    pub fn see(&mut self, row: &Row) -> Vec<String> {
        if self.seen >= WATCHED {
            return Vec::new();
        }
        if let Some(record) = row.json() {
            self.missing.retain(|(_, path)| !path.is_in(record));
        }
        self.seen += 1;
        if self.seen == WATCHED {
            self.warnings()
        } else {
            Vec::new()
        }
    }

    /// At the end of the file: the warnings, unless they were given before.
    pub fn finish(&mut self) -> Vec<String> {
        if self.seen == 0 || self.seen >= WATCHED {
            return Vec::new();
        }
        let warnings = self.warnings();
        self.seen = WATCHED;
        warnings
    }

    fn warnings(&self) -> Vec<String> {
        let records = self.seen;
        self.missing
            .iter()
            .map(|(path, _)| {
                format!("'{path}' is in none of the first {records} records: is the path right?")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mapping::testing::json_row;

    fn observer() -> Observer {
        let columns = ["a.b", "c"].map(|path| Column {
            access: Access::Path(Path::parse(path).unwrap()),
            label: path.into(),
            optional: false,
        });
        Observer::new(&columns)
    }

    #[test]
    fn a_path_that_leads_nowhere_is_told_once() {
        let mut observer = observer();
        assert!(
            observer
                .see(&json_row(json!({"a": {"b": null}})))
                .is_empty()
        );
        assert_eq!(observer.finish().len(), 1);
        assert!(observer.finish().is_empty());
    }

    #[test]
    fn after_a_thousand_records_nobody_waits_for_the_end() {
        let mut observer = observer();
        let row = json_row(json!({"c": 1}));
        let told: Vec<String> = (0..2_000).flat_map(|_| observer.see(&row)).collect();
        assert_eq!(
            told,
            ["'a.b' is in none of the first 1000 records: is the path right?"]
        );
        assert!(observer.finish().is_empty());
    }
}
