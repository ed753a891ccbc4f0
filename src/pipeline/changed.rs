//! What is said of responses that were left out because their key is there with other content.

use crate::read::called;
use crate::record::Row;

/// Responses left out, and the first of them in the input's order.
#[derive(Default)]
pub struct LeftOut {
    count: u64,
    first: Option<Place>,
}

/// A row by its place in the run: number of the file, number of the row; and its file's name.
type Place = ((usize, u64), String);

impl LeftOut {
    /// Counts one of a row.
    pub fn note(&mut self, row: &Row, file: &str) {
        self.count += 1;
        let place = (row.file, row.position.row);
        if self.first.as_ref().is_none_or(|(first, _)| place < *first) {
            self.first = Some((place, file.to_owned()));
        }
    }

    /// Of those that an earlier run brought; `None` where there are none.
    pub fn changed(&self) -> Option<String> {
        self.told(
            "a response that is there",
            "--on-change update brings what is there up to date",
        )
    }

    /// Of those that another row of the same run brought; `None` where there are none.
    pub fn repeated(&self) -> Option<String> {
        self.told(
            "another row of this run",
            "two answers under one key mean that the key does not tell rows apart: name a column more under [key], or go \
             by content; if the later one is a newer version of the earlier, --on-change update sends it",
        )
    }

    fn told(&self, of: &str, remedy: &str) -> Option<String> {
        let ((_, row), file) = self.first.as_ref()?;
        let file = called(file);
        let count = self.count;
        let (rows, have) = if count == 1 {
            ("row", "has")
        } else {
            ("rows", "have")
        };
        Some(format!(
            "{count} {rows} {have} the key of {of}, and other content, and {have} been left out (the first: {file}, row \
             {row}); {remedy}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Position;

    #[test]
    fn the_first_in_the_input_is_named_whichever_came_first() {
        let mut left = LeftOut::default();
        assert_eq!((left.changed(), left.repeated()), (None, None));
        for number in [7, 3, 9] {
            let row = Row {
                position: Position {
                    row: number,
                    line: number,
                },
                ..Row::default()
            };
            left.note(&row, "may.csv");
        }
        insta::assert_snapshot!(left.changed().unwrap(), @"3 rows have the key of a response that is there, and other content, and have been left out (the first: may.csv, row 3); --on-change update brings what is there up to date");
        insta::assert_snapshot!(left.repeated().unwrap(), @"3 rows have the key of another row of this run, and other content, and have been left out (the first: may.csv, row 3); two answers under one key mean that the key does not tell rows apart: name a column more under [key], or go by content; if the later one is a newer version of the earlier, --on-change update sends it");
    }
}
