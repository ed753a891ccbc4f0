//! Where a table's header stands, how several rows make one, and what rows below it say of the file.

use super::notices::Notices;
use super::title::Title;
use super::{Layout, trouble};
use crate::error::InputError;
use crate::record::{Below, Header};

/// The most rows that name the columns together.
const MAX_ROWS: u64 = 10;
/// The most bytes that names made of several rows may have together.
const MAX_LENGTH: usize = 16 << 20;

/// The rows a header takes up, as a layout says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The row where it begins, or 0.
    pub row: u64,
    /// How many rows it has.
    pub rows: u64,
    /// Rows below it that are left out.
    pub skipped: u64,
}

impl Place {
    /// What the layout says.
    ///
    /// # Errors
    /// Several rows are to make the header, and there is none.
    pub fn of(layout: &Layout) -> Result<Self, InputError> {
        let place = Self {
            row: layout.header_row.unwrap_or(1),
            rows: layout.header_rows.unwrap_or(1),
            skipped: layout.skip_rows_after_header,
        };
        if !(1..=MAX_ROWS).contains(&place.rows) || (place.row == 0 && place.rows > 1) {
            return Err(trouble(
                format!(
                    "header_rows is {}, but a header has 1 to {MAX_ROWS} rows",
                    place.rows
                ),
                "header_row = 0 alone says that there is no header",
            ));
        }
        Ok(place)
    }

    /// The same below a title, if that is to be sought; in any case it is told.
    #[must_use]
    pub fn below(self, title: Option<&Title>, layout: &Layout, notices: &Notices) -> Self {
        let Some(title) = title else { return self };
        let row = title.header_row;
        if layout.seek_table {
            notices.add(format!(
                "{}: the table is read from there (header_row = {row})",
                title.evidence()
            ));
            return Self { row, ..self };
        }
        notices.add(format!(
            "row {} is taken for the header, but {}: {}",
            title.from,
            title.evidence(),
            title.remedy()
        ));
        self
    }

    /// The first row below a header that begins in this row.
    pub fn end(&self, first: u64) -> u64 {
        first.saturating_add(self.rows)
    }

    /// The first row of data below it.
    pub fn data(&self, first: u64) -> u64 {
        self.end(first).saturating_add(self.skipped)
    }
}

/// One header of several rows of cells: `upper / lower`.
///
/// A blank cell of any but the last row repeats its left neighbour, where that stands under the same upper cells. A
/// column without any cell of its own has no name.
///
/// # Errors
/// Repeating makes the header too long.
pub fn join(mut rows: Vec<Vec<String>>) -> Result<Header, InputError> {
    if rows.len() <= 1 {
        return Ok(Header::new(rows.pop().unwrap_or_default()));
    }
    let mut length = 0;
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let last = rows.len().saturating_sub(1);
    let mut carried: Vec<&str> = vec![""; last];
    let mut names = Vec::with_capacity(width);
    for column in 0..width {
        let cell = |row: usize| rows[row].get(column).map_or("", |cell| cell.trim());
        let mut own = false;
        for (level, carried) in carried.iter_mut().enumerate() {
            if !cell(level).is_empty() {
                *carried = cell(level);
                own = true;
            } else if own {
                // A new upper cell begins a new group.
                *carried = "";
            }
        }
        let lower = cell(last);
        if !own && lower.is_empty() {
            names.push(String::new());
            continue;
        }
        let parts = carried.iter().copied().chain([lower]);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let name = parts.join(" / ");
        length += name.len();
        if length > MAX_LENGTH {
            return Err(trouble(
                "the rows of the header make names of more than 16 MiB together",
                "correct header_rows: it counts the rows that name the columns",
            ));
        }
        names.push(name);
    }
    Ok(Header::new(names))
}

/// What a row below the header tells that is left out, beside what the rows before it have told.
pub fn note(below: &mut Below, cells: Vec<String>) {
    let zone = cells.iter().find_map(|cell| timezone(cell));
    if below.timezone.is_none() {
        below.timezone = zone.map(str::to_owned);
    }
    // The questions' texts stand right below the header.
    if below.texts.is_empty() && !cells.iter().any(|cell| is_import_id(cell)) {
        below.texts = cells;
    }
}

/// Whether a cell is of the row in which Qualtrics keeps its import ids, and perhaps the time zone.
pub fn is_import_id(cell: &str) -> bool {
    cell.trim_start().starts_with('{') && cell.contains("ImportId")
}

/// The time zone that a cell such as `{"ImportId":"startDate","timeZone":"America/Denver"}` names.
pub fn timezone(cell: &str) -> Option<&str> {
    if !is_import_id(cell) {
        return None;
    }
    let (_, after) = cell.split_once("timeZone")?;
    // Older exports have single quotes: it is not always JSON.
    let after = after.trim_start_matches(['"', '\'', ':', ' ']);
    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && !"/_+-:".contains(c))?;
    (end > 0).then(|| &after[..end])
}

/// What to say where the first row of data is that row.
pub fn import_ids(row: u64, skipped: u64) -> String {
    format!(
        "row {row} holds Qualtrics' import ids, no answers: leave it out by skip_rows_after_header = {}",
        skipped.saturating_add(1)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rows: &[&[&str]]) -> Vec<String> {
        let rows = rows
            .iter()
            .map(|row| row.iter().map(ToString::to_string).collect())
            .collect();
        join(rows).unwrap().names
    }

    #[test]
    fn blank_upper_cells_repeat_their_left_neighbour() {
        assert_eq!(
            names(&[
                &["Respondent ID", "", "Which films?", " ", "", "Done", ""],
                &["", "", "First", "Second", "", "Response"],
            ]),
            [
                "Respondent ID",
                "",
                "Which films? / First",
                "Which films? / Second",
                "",
                "Done / Response",
                ""
            ]
        );
        assert_eq!(names(&[&["", "b"], &["a", ""]]), ["a", "b"]);
    }

    #[test]
    fn a_group_ends_where_a_new_one_begins_above_it() {
        assert_eq!(
            names(&[
                &["Q1", "", "", "Q2", ""],
                &["good", "", "bad", "", "other"],
                &["a", "b", "c", "d", "e"],
            ]),
            [
                "Q1 / good / a",
                "Q1 / good / b",
                "Q1 / bad / c",
                "Q2 / d",
                "Q2 / other / e"
            ]
        );
    }

    #[test]
    fn a_long_cell_is_not_repeated_without_end() {
        let upper = vec!["x".repeat(1 << 20)];
        let lower = vec!["y".to_owned(); 1 << 10];
        assert!(join(vec![upper, lower]).is_err());
    }

    #[test]
    fn one_row_stays_as_it_stands() {
        assert_eq!(names(&[&[" a ", "", "a", "a"]]), [" a ", "", "a", "a (2)"]);
    }

    #[test]
    fn the_time_zone_stands_among_the_import_ids() {
        let zone = Some("America/Denver");
        assert_eq!(
            timezone(r#"{"ImportId":"startDate","timeZone":"America/Denver"}"#),
            zone
        );
        assert_eq!(
            timezone("{'ImportId': 'startDate', 'timeZone': 'America/Denver'}"),
            zone
        );
        assert_eq!(timezone(r#"{"ImportId":"QID1"}"#), None);
        assert_eq!(timezone(r#"{"ImportId":"x","timeZone":""}"#), None);
        assert_eq!(timezone("my timeZone: \"UTC\""), None);
        assert_eq!(timezone("{ImportId timeZone"), None);
    }
}
