//! What is said of updated responses that hold fields or attributes that their rows do not have.

use std::collections::BTreeSet;

use crate::read::called;
use crate::record::Row;

/// So many keys are named.
const NAMED: usize = 10;

/// Such responses, the first of them in the input's order, and the keys of what they hold.
#[derive(Debug, Default)]
pub(super) struct Stayed {
    count: u64,
    /// The file's number and the row's.
    first: Option<(usize, u64)>,
    keys: BTreeSet<String>,
    has_more: bool,
}

impl Stayed {
    /// Counts a response of a row that holds what the row does not have, if it does.
    pub(super) fn note(&mut self, row: &Row, keys: Vec<String>) {
        if keys.is_empty() {
            return;
        }
        self.count += 1;
        let place = (row.file, row.position.row);
        self.first = Some(self.first.map_or(place, |first| first.min(place)));
        for key in keys {
            if self.keys.len() < NAMED || self.keys.contains(&key) {
                self.keys.insert(key);
            } else {
                self.has_more = true;
            }
        }
    }

    /// What is to be said of them, and what helps. `files` are the inputs' names, by their number.
    pub(super) fn told(&self, files: &[String]) -> Option<String> {
        let (file, row) = self.first?;
        let file = files.get(file).map_or("", String::as_str);
        let file = called(file);
        let count = self.count;
        let (responses, rows) = if count == 1 {
            ("1 updated response keeps".to_owned(), "its row does")
        } else {
            (format!("{count} updated responses keep"), "their rows do")
        };
        let mut keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        if self.has_more {
            keys.push("and others");
        }
        Some(format!(
            "{responses} fields or attributes that {rows} not have: {} (the first: {file}, row {row}); an update takes \
             nothing away, so remove in Chattermill what is to go",
            keys.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Position;

    fn row(number: u64) -> Row {
        Row {
            position: Position {
                row: number,
                line: number,
            },
            ..Row::default()
        }
    }

    #[test]
    fn the_first_in_the_input_is_named_and_every_key_once() {
        let files = ["may.csv".to_owned()];
        let mut stayed = Stayed::default();
        stayed.note(&row(2), Vec::new());
        assert_eq!(stayed.told(&files), None);
        stayed.note(&row(7), vec!["comment".into(), "user_meta.city".into()]);
        insta::assert_snapshot!(stayed.told(&files).unwrap(), @"1 updated response keeps fields or attributes that its row does not have: comment, user_meta.city (the first: may.csv, row 7); an update takes nothing away, so remove in Chattermill what is to go");
        stayed.note(&row(3), vec!["user_meta.city".into()]);
        insta::assert_snapshot!(stayed.told(&files).unwrap(), @"2 updated responses keep fields or attributes that their rows do not have: comment, user_meta.city (the first: may.csv, row 3); an update takes nothing away, so remove in Chattermill what is to go");
    }

    #[test]
    fn so_many_keys_are_named_and_no_more() {
        let mut stayed = Stayed::default();
        for number in 0..30 {
            stayed.note(&row(1), vec![format!("segments.s{number}")]);
        }
        let told = stayed.told(&[]).unwrap();
        assert_eq!(told.matches("segments.").count(), NAMED, "{told}");
        assert!(told.contains("and others"), "{told}");
    }
}
