//! Rows for tests.

use crate::record::{Cell, Cells, Header, Position, Row, Shape};

/// A table's shape.
pub fn shape(header: &[&str]) -> Shape {
    Shape::Table(Header::new(
        header.iter().map(ToString::to_string).collect(),
    ))
}

fn of(cells: Cells) -> Row {
    Row {
        position: Position { row: 2, line: 2 },
        cells,
        ..Row::default()
    }
}

/// A row of delimited text.
pub fn row(cells: &[&str]) -> Row {
    of(Cells::Text(cells.to_vec().into()))
}

/// A row of a spreadsheet.
pub fn typed_row(cells: Vec<Cell>) -> Row {
    of(Cells::Typed(cells))
}

/// A JSON record.
pub fn json_row(value: serde_json::Value) -> Row {
    of(Cells::Json(Box::new(value)))
}
