//! A title or notes above a table, by what the first rows look like.
//!
//! Doubt is answered with no: a row is taken for the header only where all above it is narrow, it names its columns and
//! nothing else, and the rows below keep to its width.

use std::collections::HashSet;
use std::io::Cursor;

use super::detect;
use super::records::Records;

/// The most rows that may stand above the header, blank ones included.
const ABOVE: u64 = 10;
/// How many rows are looked at.
pub const LOOK: usize = 32;
/// Longer cells name no column.
const LONGEST_NAME: usize = 300;

/// The beginning of a table: rows that are not blank, each with its number.
pub type Beginning = Vec<(u64, Vec<String>)>;

/// What stands above a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// The first row that is not blank.
    pub from: u64,
    /// The last row above the header that is not blank.
    pub to: u64,
    /// The most cells that one of them holds.
    pub cells: usize,
    /// The row that names the columns.
    pub header_row: u64,
    /// How many columns it names.
    pub columns: usize,
}

impl Title {
    /// What was seen, as a sentence without full stop.
    pub fn evidence(&self) -> String {
        let (rows, hold, look) = if self.from == self.to {
            (format!("row {}", self.from), "holds", "looks")
        } else {
            (format!("rows {} to {}", self.from, self.to), "hold", "look")
        };
        let cells = match self.cells {
            1 if self.from == self.to => "one cell".to_owned(),
            1 => "one cell each".to_owned(),
            most => format!("{most} cells at most"),
        };
        format!(
            "{rows} {hold} {cells} and {look} like a title or notes, row {} names {} columns",
            self.header_row, self.columns
        )
    }

    /// What to do about it where the first row was taken for the header.
    pub fn remedy(&self) -> String {
        let row = self.header_row;
        format!("say header_row = {row} under [source], or --header-row {row}")
    }
}

/// The delimiter of a text, unless it was said, and what stands above its table. A title is cut by no delimiter: where
/// the first row tells nothing, the rows below it do.
pub fn with_delimiter(text: &[u8], said: Option<u8>) -> (u8, Option<Title>) {
    let of = |delimiter| find(&beginning(text, delimiter));
    if let Some(said) = said {
        return (said, of(said));
    }
    let first = detect::delimiter(text, 1);
    let title = of(first);
    if title.is_some() {
        return (first, title);
    }
    let rows = beginning(text, first);
    let width = rows.first().map_or(0, |(_, row)| row.len());
    let alike = rows.iter().filter(|(_, row)| row.len() == width).count();
    // Most rows are as wide as the first one: there is nothing above it, unless it is cut where a sentence is.
    let settled = if width > 1 && alike * 2 > rows.len() {
        width
    } else {
        0
    };
    let others = detect::DELIMITERS
        .into_iter()
        .filter(|other| *other != first);
    others
        .filter_map(|other| Some((other, of(other)?)))
        .filter(|(_, title)| title.columns > settled)
        .max_by_key(|(_, title)| title.columns)
        .map_or((first, None), |(other, title)| (other, Some(title)))
}

/// The first rows of a text, as a delimiter cuts them.
pub fn beginning(text: &[u8], delimiter: u8) -> Beginning {
    let mut records = Records::new(Box::new(Cursor::new(text.to_vec())), delimiter, 1);
    let mut rows = Beginning::new();
    while rows.len() < LOOK {
        // An error is a record cut off at the end of the head, or one the reader proper will report.
        let Ok(Some(at)) = records.read() else { break };
        if !records.is_blank_from(0) {
            let cells = records.cells();
            let texts = cells.map(|cell| String::from_utf8_lossy(cell).trim().to_owned());
            rows.push((at.row, texts.collect()));
        }
    }
    rows
}

/// Whether the rows look like a table of three columns or more, below a title or not.
pub fn is_table(rows: &Beginning) -> bool {
    let is_plain = || {
        let Some(((_, header), below)) = rows.split_first() else {
            return false;
        };
        let end = extent(header);
        let kept = below
            .iter()
            .filter(|(_, row)| extent(row) <= end && filled(row) >= 2);
        filled(header) >= 3 && !below.is_empty() && kept.count() * 10 >= below.len() * 8
    };
    find(rows).is_some_and(|title| title.columns >= 3) || is_plain()
}

/// The most cells that one of the rows holds.
pub fn width(rows: &Beginning) -> usize {
    rows.iter().map(|(_, row)| filled(row)).max().unwrap_or(0)
}

/// The title above a table, where there is one.
pub fn find(rows: &Beginning) -> Option<Title> {
    let (from, _) = rows.first()?;
    (1..rows.len())
        .take_while(|index| rows[*index].0 <= ABOVE + 1)
        .find_map(|index| {
            let (above, rest) = rows.split_at(index);
            let (header, below) = rest.split_first()?;
            begins(above, &header.1, below).then(|| Title {
                from: *from,
                to: above.last().map_or(*from, |(row, _)| *row),
                cells: above
                    .iter()
                    .map(|(_, row)| different(row))
                    .max()
                    .unwrap_or(0),
                header_row: header.0,
                columns: filled(&header.1),
            })
        })
}

/// Whether a table begins with this header.
fn begins(above: &[(u64, Vec<String>)], header: &[String], below: &[(u64, Vec<String>)]) -> bool {
    let width = filled(header);
    let end = extent(header);
    // A table may begin right of the first column.
    let start = header.iter().position(|cell| !cell.is_empty());
    // Named throughout, each column once.
    if width < 2 || width * 10 < (end - start.unwrap_or(0)) * 8 || different(header) != width {
        return false;
    }
    if header
        .iter()
        .any(|cell| is_value(cell) || cell.len() > LONGEST_NAME)
    {
        return false;
    }
    // Two rows that name the columns together: the upper one names what the lower leaves blank.
    let is_upper = |row: &[String]| {
        let is_blank = |row: &[String], index: usize| row.get(index).is_none_or(String::is_empty);
        let is_used = |index: usize| below.iter().any(|(_, row)| !is_blank(row, index));
        (0..row.len())
            .any(|index| !is_blank(row, index) && is_blank(header, index) && is_used(index))
    };
    if above
        .iter()
        .any(|(_, row)| different(row) * 2 > width || is_upper(row))
    {
        return false;
    }
    let keeps = |row: &[String]| extent(row) <= end && filled(row) >= 2.max(width / 4);
    let kept = below.iter().filter(|(_, row)| keeps(row)).count();
    if kept == 0 || kept * 10 < below.len() * 8 {
        return false;
    }
    let lone = above.iter().all(|(_, row)| different(row) <= 1);
    typed(below) || (lone && width >= 3 && kept >= 2)
}

/// Whether some column holds numbers or dates: the header above it, which is text, is no row like the others.
fn typed(below: &[(u64, Vec<String>)]) -> bool {
    let width = below.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
    (0..width).any(|index| {
        let cells = || {
            let cells = below.iter().filter_map(|(_, row)| row.get(index));
            cells.filter(|cell| !cell.is_empty())
        };
        let values = cells().filter(|cell| is_value(cell)).count();
        values > 0 && values * 10 >= cells().count() * 8
    })
}

/// Whether a cell holds a number, an amount or a date in digits, rather than a name.
pub fn is_value(cell: &str) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let letters = cell.chars().filter(|sign| sign.is_alphabetic()).count();
    digits > 0 && (letters == 0 || (digits >= 8 && letters <= 2))
}

fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.is_empty()).count()
}

/// Cells of different content: merged ones may repeat theirs.
fn different(row: &[String]) -> usize {
    let cells: HashSet<&String> = row.iter().filter(|cell| !cell.is_empty()).collect();
    cells.len()
}

/// The number of the last column that holds something.
fn extent(row: &[String]) -> usize {
    row.iter()
        .rposition(|cell| !cell.is_empty())
        .map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_row(text: &str) -> Option<u64> {
        find(&beginning(text.as_bytes(), b',')).map(|title| title.header_row)
    }

    #[test]
    fn a_header_is_found_below_a_title_or_notes() {
        for (text, row) in [
            ("Customer survey\nid,NPS,why\na,9,x\nb,3,y\n", 2),
            (
                "Customer survey,,\n\nfrom,2026-10-01,\n,,\nid,NPS,why,when\na,9,x,2026-10-03\nb,3,y,2026-10-03\n",
                5,
            ),
            ("Survey\nby,Ada\nid,team,why,what\na,b,x,z\nb,c,y,z\n", 0),
            ("Survey\nNPS,why\n9,x\n3,y\n", 2),
            // A table that begins in the second column.
            ("Survey\n\n,id,NPS,why\n,a,9,x\n,b,3,y\n", 3),
            ("Survey,Survey,Survey\nid,team,why\na,b,c\nb,c,d\n", 2),
        ] {
            assert_eq!(header_row(text).unwrap_or(0), row, "{text}");
        }
    }

    #[test]
    fn ordinary_tables_have_no_title() {
        for text in [
            "id,NPS,why\na,9,x\nb,3,y\n",
            "NPS\n9\n8\n",
            "comment\nwell, it was nice\nfine\nok, good, all\n",
            // Names that are missing, and rows of text.
            "id,,\na,x,y\nb,z,y\n",
            // Two rows that name the columns together.
            "Respondent,Date,Rate us,,,\n,,Food,Staff,Room,Price\n1,2026-01-02,3,4,5,4\n2,2026-01-02,3,4,5,4\n",
            // No header at all.
            "1,9,x\n2,8,y\n",
            // Ten rows at most.
            "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nid,NPS,why\na,9,x\nb,3,y\n",
            "",
        ] {
            assert_eq!(header_row(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_seen_is_said() {
        let title = find(&beginning(b"Survey\n\nOctober\nid,NPS,why\na,9,x\n", b',')).unwrap();
        insta::assert_snapshot!(title.evidence(), @"rows 1 to 3 hold one cell each and look like a title or notes, row 4 names 3 columns");
    }

    proptest::proptest! {
        #[test]
        fn a_table_without_blank_names_has_no_title(
            names in proptest::collection::hash_set("[a-z]{1,6}", 2..6),
            rows in proptest::collection::vec(proptest::collection::vec("[a-z0-9 ]{0,6}", 6), 0..12),
        ) {
            let width = names.len();
            let header: Vec<String> = names.into_iter().collect();
            let body = rows.into_iter().map(|mut row| { row.truncate(width); row });
            let all: Beginning = (1..).zip(std::iter::once(header).chain(body)).collect();
            proptest::prop_assert_eq!(find(&all), None);
        }
    }
}
