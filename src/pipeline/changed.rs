//! What is said of responses that were left out because their key is there with other content.

use crate::outcome::Left;
use crate::read::called;
use crate::record::Row;

/// All responses left out, by why.
#[derive(Default)]
pub struct AllLeft {
    unwanted: LeftOut,
    repeated: LeftOut,
    not_newer: LeftOut,
}

/// Responses left out, and the first of them in the input's order.
#[derive(Default)]
struct LeftOut {
    count: u64,
    first: Option<Place>,
}

/// A row by its place in the run: number of the file, number of the row; and its file's name.
type Place = ((usize, u64), String);

impl AllLeft {
    /// Counts one of a row.
    pub fn note(&mut self, why: Left, row: &Row, file: &str) {
        let left = match why {
            Left::Unwanted => &mut self.unwanted,
            Left::Repeated => &mut self.repeated,
            Left::NotNewer => &mut self.not_newer,
        };
        left.note(row, file);
    }

    /// What is to be said of them, and what helps.
    pub fn told(&self) -> impl Iterator<Item = String> {
        let unwanted = self.unwanted.told(
            "the key of a response that is there, and other content",
            "--on-change update brings what is there up to date",
        );
        let repeated = self.repeated.told(
            "the key of another row of this run, and other content",
            "two answers under one key mean that the key does not tell rows apart: name a column more under [key], or go \
             by content; if the later one is a newer version of the earlier, --on-change update sends it",
        );
        let not_newer = self.not_newer.told(
            "the key of a response that is there, other content, and a version that is not greater",
            "nothing need be done about an older export; where this content is right all the same, take `version` out of \
             [key] and use --on-change update",
        );
        unwanted.into_iter().chain(repeated).chain(not_newer)
    }
}

impl LeftOut {
    fn note(&mut self, row: &Row, file: &str) {
        self.count += 1;
        let place = (row.file, row.position.row);
        if self.first.as_ref().is_none_or(|(first, _)| place < *first) {
            self.first = Some((place, file.to_owned()));
        }
    }

    fn told(&self, has: &str, remedy: &str) -> Option<String> {
        let ((_, row), file) = self.first.as_ref()?;
        let file = called(file);
        let count = self.count;
        let (rows, have) = if count == 1 {
            ("row", "has")
        } else {
            ("rows", "have")
        };
        Some(format!(
            "{count} {rows} {have} {has}, and {have} been left out (the first: {file}, row {row}); {remedy}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Position;

    #[test]
    fn the_first_in_the_input_is_named_whichever_came_first() {
        let mut left = AllLeft::default();
        assert_eq!(left.told().count(), 0);
        for number in [7, 3, 9] {
            let row = Row {
                position: Position {
                    row: number,
                    line: number,
                },
                ..Row::default()
            };
            for why in [Left::Unwanted, Left::Repeated, Left::NotNewer] {
                left.note(why, &row, "may.csv");
            }
        }
        let told: Vec<String> = left.told().collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        3 rows have the key of a response that is there, and other content, and have been left out (the first: may.csv, row 3); --on-change update brings what is there up to date
        3 rows have the key of another row of this run, and other content, and have been left out (the first: may.csv, row 3); two answers under one key mean that the key does not tell rows apart: name a column more under [key], or go by content; if the later one is a newer version of the earlier, --on-change update sends it
        3 rows have the key of a response that is there, other content, and a version that is not greater, and have been left out (the first: may.csv, row 3); nothing need be done about an older export; where this content is right all the same, take `version` out of [key] and use --on-change update
        ");
    }
}
