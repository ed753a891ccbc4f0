//! One set of columns for all inputs of a run.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::record::{Header, Row};

/// The columns of all inputs, and where each input's own ones are among them.
pub struct Columns {
    /// What the header says.
    names: Vec<String>,
    /// For each input: the place of each of its columns.
    places: Vec<Vec<usize>>,
}

/// What makes columns of two files the same: a name made unique, or the number among those without one.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Named(&'a str),
    Unnamed(usize),
}

impl Columns {
    /// The union, in the order in which columns first occur; `None` stands for an input without columns.
    pub fn union(headers: &[Option<&Header>]) -> Self {
        let mut known: HashMap<Key<'_>, usize> = HashMap::new();
        let mut names: Vec<&str> = Vec::new();
        let mut places = Vec::with_capacity(headers.len());
        for header in headers {
            let mut unnamed = 0;
            let mut own = Vec::new();
            for name in header.iter().flat_map(|header| &header.names) {
                let key = if name.is_empty() {
                    unnamed += 1;
                    Key::Unnamed(unnamed)
                } else {
                    Key::Named(name)
                };
                let next = names.len();
                let place = *known.entry(key).or_insert(next);
                if place == next {
                    names.push(name);
                }
                own.push(place);
            }
            places.push(own);
        }
        // Where all are alike the header stays as it is, names that repeat included; else unique names tell which
        // column is meant.
        let mut tables = headers.iter().flatten();
        let names = match tables.next() {
            Some(first) if tables.all(|header| header.original == first.original) => {
                first.original.clone()
            }
            _ => names.into_iter().map(str::to_owned).collect(),
        };
        Self { names, places }
    }

    /// The names, some of which may be empty or repeat.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The cells of a row in the order of the columns. Cells that its own header does not name come behind all
    /// columns: read back, such a row is as ragged as it was, and none of its cells is lost.
    pub fn lay<'r>(&self, row: &'r Row) -> Vec<Cow<'r, str>> {
        let mut cells = vec![Cow::Borrowed(""); self.names.len()];
        let places = self.places.get(row.file).map_or(&[][..], Vec::as_slice);
        for index in 0..row.width() {
            let text = row.cell(index).text();
            match places.get(index).and_then(|&place| cells.get_mut(place)) {
                Some(cell) => *cell = text,
                None => cells.push(text),
            }
        }
        cells
    }
}

/// A name for every cell, as keys of a JSON object: columns without a name are called by their position, and none is
/// called like another, nor `taken`.
pub fn keys(names: &[String], width: usize, taken: &str) -> Vec<String> {
    let labels = (0..width.max(names.len())).map(|index| match names.get(index) {
        Some(name) if !name.is_empty() => name.clone(),
        _ => format!("column {}", index + 1),
    });
    let all = std::iter::once(taken.to_owned()).chain(labels).collect();
    let mut unique = Header::new(all).names;
    unique.remove(0);
    unique
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Cells, Position};

    fn header(names: &[&str]) -> Header {
        Header::new(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn row(file: usize, cells: &[&str]) -> Row {
        Row {
            file,
            position: Position { row: 2, line: 2 },
            cells: Cells::Text(cells.iter().copied().collect()),
            offset: 0,
            carried: None,
            fault: None,
        }
    }

    #[test]
    fn files_share_columns_by_name() {
        let (a, b) = (
            header(&["id", "Other", "Other", ""]),
            header(&["", "score", "Other", "id"]),
        );
        let columns = Columns::union(&[Some(&a), None, Some(&b)]);
        assert_eq!(columns.names(), ["id", "Other", "Other (2)", "", "score"]);
        assert_eq!(
            columns.lay(&row(0, &["1", "x", "y", "z"])),
            ["1", "x", "y", "z", ""]
        );
        assert_eq!(
            columns.lay(&row(2, &["z", "9", "x", "1", "surplus", ""])),
            ["1", "x", "", "z", "9", "surplus", ""]
        );
        assert_eq!(columns.lay(&row(0, &["1"])), ["1", "", "", "", ""]);
    }

    #[test]
    fn one_header_stays_as_it_is() {
        let header = header(&["Other", "Other", ""]);
        let columns = Columns::union(&[Some(&header), Some(&header)]);
        assert_eq!(columns.names(), ["Other", "Other", ""]);
    }

    #[test]
    fn every_cell_has_a_key_of_its_own() {
        let names = ["_chatterload", "", "Other", "Other", "column 2"].map(str::to_owned);
        assert_eq!(
            keys(&names, 6, "_chatterload"),
            [
                "_chatterload (2)",
                "column 2",
                "Other",
                "Other (2)",
                "column 2 (2)",
                "column 6"
            ]
        );
    }
}
