//! Rows within a cell: what a quote that was never closed makes of all up to the next one.

use memchr::{memchr, memchr_iter, memrchr};

/// So few columns a line of prose has by chance.
const NARROWEST: usize = 3;
/// So many lines at least have to look like rows.
const FEWEST: usize = 2;

/// A cell that holds the first of them has so many line breaks: its own first and last line are no whole ones.
pub const LINE_BREAKS: u64 = FEWEST as u64 + 1;

/// How many rows of so many cells stand between the first and the last line of a cell; `None` where there are too few,
/// or any line between is no such row.
pub fn rows(cell: &[u8], delimiter: u8, width: usize) -> Option<usize> {
    let (first, last) = (memchr(b'\n', cell)?, memrchr(b'\n', cell)?);
    let between = cell.get(first + 1..last)?;
    let count = memchr_iter(b'\n', between).count() + 1;
    let is_like = width >= NARROWEST && count >= FEWEST;
    let mut lines = between.split(|byte| *byte == b'\n');
    (is_like && lines.all(|line| cells(line, delimiter) == width)).then_some(count)
}

/// How many cells a line makes by itself.
fn cells(line: &[u8], delimiter: u8) -> usize {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (mut count, mut is_quoted, mut begins) = (1, false, true);
    for (index, &byte) in line.iter().enumerate() {
        // An empty cell in quotes lost one of the two, as a quote within a cell is written twice.
        let is_lone = begins && line.get(index + 1).is_none_or(|next| *next == delimiter);
        begins = false;
        if byte == b'"' && (is_quoted || !is_lone) {
            is_quoted = !is_quoted;
        } else if byte == delimiter && !is_quoted {
            count += 1;
            begins = true;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_that_look_like_rows_are_counted() {
        let count = |cell: &str, width| rows(cell.as_bytes(), b',', width);
        assert_eq!(count("open\n1,a,b\n2,c,d\n3,e,", 3), Some(2));
        assert_eq!(count("open\r\n1,a,b\r\n2,\"c, c\",d\r\n3,", 3), Some(2));
        assert_eq!(count("open\n1,\",b\n2,c,\"\n3,", 3), Some(2));
        assert_eq!(count("open\n1,a,b\n2,c,d\n\n3,e,", 3), None);
        assert_eq!(count("open\n1,a,b\n2,c,d\n3,e,", 4), None);
        assert_eq!(count("open\n1,a,b\n2,", 3), None, "one may be chance");
        assert_eq!(count("open\n1,a\n2,c\n3,", 2), None, "so may one comma");
        assert_eq!(count("one\ntwo", 1), None);
        assert_eq!(count("one", 1), None);
    }

    proptest! {
        #[test]
        fn a_comment_is_at_fault_only_where_its_lines_look_like_rows(
            lines in prop::collection::vec("[a-c ,;.!]{0,12}", 0..8),
            width in 1..5usize,
        ) {
            let expected = (width >= 3 && lines.len() >= 4).then(|| {
                let inner = &lines[1..lines.len() - 1];
                let alike = inner.iter().all(|line| line.split(',').count() == width);
                alike.then_some(inner.len())
            });
            let cell = lines.join("\n");
            prop_assert_eq!(rows(cell.as_bytes(), b',', width), expected.flatten());
        }
    }
}
