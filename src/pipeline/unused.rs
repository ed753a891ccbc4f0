//! Columns that hold something and that the mapping does not use.

use crate::mapping::Plan;
use crate::record::{Row, Shape};

/// So many are named.
const NAMED: usize = 6;

/// Watches the columns that a mapping does not use for content.
pub struct Unused {
    empty: Vec<usize>,
    filled: Vec<usize>,
    labels: Vec<String>,
}

impl Unused {
    /// For a file of this shape; `None` where there is nothing to watch: all is used, or it is no table.
    pub fn new(plan: &Plan, shape: &Shape) -> Option<Self> {
        let Shape::Table(header) = shape else {
            return None;
        };
        if plan.takes_rest() {
            return None;
        }
        let used = plan.used_columns();
        let empty: Vec<usize> = (0..header.len())
            .filter(|index| used.binary_search(index).is_err())
            .collect();
        (!empty.is_empty()).then(|| Self {
            empty,
            filled: Vec::new(),
            labels: (0..header.len()).map(|index| header.label(index)).collect(),
        })
    }

    /// Looks at a row. A column is looked at until it holds something.
    pub fn see(&mut self, row: &Row) {
        if self.empty.is_empty() || row.fault.is_some() {
            return;
        }
        let filled = &mut self.filled;
        self.empty.retain(|index| {
            let is_empty = row.cell(*index).text().trim().is_empty();
            if !is_empty {
                filled.push(*index);
            }
            is_empty
        });
    }

    /// What is to be told of them.
    pub fn warning(mut self) -> Option<String> {
        self.filled.sort_unstable();
        let named: Vec<String> = self
            .filled
            .iter()
            .take(NAMED)
            .map(|index| crate::outcome::quote(&self.labels[*index]))
            .collect();
        let more = match self.filled.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!named.is_empty()).then(|| {
            format!(
                "the mapping does not use {} {}{more}",
                if self.filled.len() == 1 {
                    "column"
                } else {
                    "columns"
                },
                named.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Mapping;
    use crate::mapping::testing::{row, shape};

    fn warning(body: &str, header: &[&str], rows: &[&[&str]]) -> Option<String> {
        let mapping = Mapping::parse(
            "t.toml",
            &format!(
                "name = \"t\"\n[key]\ncolumns = [\"id\"]\n[response]\ncomment = \"text\"\n{body}"
            ),
        );
        let mapping = mapping.unwrap_or_else(|error| panic!("{error}"));
        let shape = shape(header);
        let plan =
            Plan::compile(&mapping, "f.csv", &shape).unwrap_or_else(|error| panic!("{error}"));
        let mut unused = Unused::new(&plan, &shape)?;
        for cells in rows {
            unused.see(&row(cells));
        }
        unused.warning()
    }

    #[test]
    fn columns_with_content_that_nothing_uses_are_named() {
        let header = ["id", "text", "b", "empty", "a"];
        let rows: [&[&str]; 2] = [&["1", "x", "", " ", "y"], &["2", "x", "z", "", ""]];
        assert_eq!(
            warning("", &header, &rows).unwrap(),
            "the mapping does not use columns 'b', 'a'"
        );
        assert_eq!(warning("", &header[..2], &rows), None);
        assert_eq!(warning("", &header, &[]), None);
        let rest = "[response.rest]\ninto = \"segments\"\nexcept = [\"a\"]";
        assert_eq!(warning(rest, &header, &rows), None);
    }

    #[test]
    fn of_many_columns_a_few_are_named() {
        let header: Vec<String> = ["id".to_owned(), "text".to_owned()]
            .into_iter()
            .chain((0..9).map(|n| format!("c{n}")))
            .collect();
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let told = warning("", &header, &[&["x"; 11]]).unwrap();
        assert!(told.ends_with("'c5' and 3 more"), "{told}");
    }
}
