//! Cutting a record into its cells by looking for what ends each, at a fraction of what a parser takes byte by byte.
//!
//! Reads what exports write, as `csv_core` would read it, and leaves all else to that: text that ends within the record,
//! and quotes that do not enclose a whole cell.

use memchr::{memchr, memchr_iter, memchr3};

const QUOTE: u8 = b'"';

/// A record that was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The number of its cells.
    pub cells: usize,
    /// The number of its bytes, with the line break at its end.
    pub read: usize,
    /// Line breaks within it.
    pub line_breaks: u64,
    /// Whether it ends in a carriage return, which a line feed may follow.
    pub ends_in_return: bool,
}

/// Writes the cells of the first record of a text one behind the other, and where each ends. `None` where it is left to
/// the parser, or there is no room.
pub fn record(text: &[u8], delimiter: u8, cells: &mut [u8], ends: &mut [usize]) -> Option<Found> {
    let mut found = Found {
        cells: 0,
        read: 0,
        line_breaks: 0,
        ends_in_return: false,
    };
    let mut written = 0;
    loop {
        let left = &text[found.read..];
        let length = if left.first() == Some(&QUOTE) {
            let (read, length, line_breaks) = quoted(left, cells.get_mut(written..)?)?;
            found.line_breaks += line_breaks;
            found.read += read;
            length
        } else {
            let length = memchr3(delimiter, b'\n', b'\r', left)?;
            let cell = cells.get_mut(written..written + length)?;
            cell.copy_from_slice(&left[..length]);
            found.read += length;
            length
        };
        written += length;
        *ends.get_mut(found.cells)? = written;
        found.cells += 1;
        let after = *text.get(found.read)?;
        found.read += 1;
        if after == b'\n' || after == b'\r' {
            found.ends_in_return = after == b'\r';
            return Some(found);
        }
        if after != delimiter {
            return None;
        }
    }
}

/// The number, from 1, of the first cell whose quotes, all on one line, do not enclose it: as one within it was not
/// written twice.
pub fn odd_cell(text: &[u8], delimiter: u8) -> Option<usize> {
    let (mut read, mut cell) = (0, 1);
    loop {
        let left = &text[read..];
        if left.first() == Some(&QUOTE) {
            let mut end = 1;
            loop {
                end += memchr(QUOTE, &left[end..])? + 1;
                if left.get(end) != Some(&QUOTE) {
                    break;
                }
                end += 1;
            }
            let after = *left.get(end)?;
            if ![delimiter, b'\n', b'\r'].contains(&after) {
                return memchr(b'\n', &left[..end]).is_none().then_some(cell);
            }
            read += end;
        } else {
            read += memchr3(delimiter, b'\n', b'\r', left)?;
        }
        if text[read] != delimiter {
            return None;
        }
        read += 1;
        cell += 1;
    }
}

/// Writes what stands between quotes: how much was read, how much of it is the cell, and its line breaks.
fn quoted(text: &[u8], cell: &mut [u8]) -> Option<(usize, usize, u64)> {
    let (mut read, mut written) = (1, 0);
    loop {
        let left = &text[read..];
        let length = memchr(QUOTE, left)?;
        let end = written + length;
        cell.get_mut(written..end)?.copy_from_slice(&left[..length]);
        written = end;
        read += length + 1;
        if text.get(read) != Some(&QUOTE) {
            break;
        }
        // A quote within the cell is written twice.
        *cell.get_mut(written)? = QUOTE;
        written += 1;
        read += 1;
    }
    let line_breaks = memchr_iter(b'\n', &cell[..written]).count() as u64;
    Some((read, written, line_breaks))
}

#[cfg(test)]
mod tests {
    use csv_core::{ReadRecordResult, ReaderBuilder};
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Option<(Vec<String>, Found)> {
        let (mut cells, mut ends) = ([0; 64], [0; 8]);
        let found = record(text.as_bytes(), b',', &mut cells, &mut ends)?;
        let mut from = 0;
        let texts = ends[..found.cells].iter().map(|&to| {
            let cell = String::from_utf8_lossy(&cells[from..to]).into_owned();
            from = to;
            cell
        });
        Some((texts.collect(), found))
    }

    #[test]
    fn what_exports_write_is_cut() {
        let (cells, found) = cut("a,\"b \"\"c\"\",\n\",,d\r\n").unwrap();
        assert_eq!(cells, ["a", "b \"c\",\n", "", "d"]);
        let expected = Found {
            cells: 4,
            read: 17,
            line_breaks: 1,
            ends_in_return: true,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_written_oddly_is_left_to_the_parser() {
        for text in [
            "",
            "a,b",
            "\"a",
            "\"a\"",
            "\"a\"b,c\n",
            "1,2,3,4,5,6,7,8,9\n",
        ] {
            assert_eq!(cut(text), None, "{text}");
        }
        assert_eq!(
            cut(&format!("{},{}\n", "a".repeat(40), "b".repeat(40))),
            None
        );
    }

    #[test]
    fn a_quote_that_is_not_written_twice_is_found() {
        let odd = |text: &str| odd_cell(text.as_bytes(), b',');
        assert_eq!(odd("1,\"said \"great\" to me\",x\n"), Some(2));
        assert_eq!(odd("\"1\",\"\",\"a\"b\n"), Some(3));
        for fine in [
            "",
            "\"",
            "1,\"said \"\"great\"\" to me\",x\n",
            "1,said \"great\" to me,x\n",
            "1,2\n3,\"a\"b\n",
            "1,\"open\n2,\"closed\"\n",
        ] {
            assert_eq!(odd(fine), None, "{fine}");
        }
    }

    proptest! {
        #[test]
        fn it_cuts_as_the_parser_does(text in "[a,\"\n\ré]{0,24}") {
            let begins_blank = text.starts_with(['\n', '\r']);
            if let Some((cells, found)) = cut(&text).filter(|_| !begins_blank) {
                let mut parser = ReaderBuilder::new().build();
                let (mut bytes, mut ends) = ([0; 64], [0; 16]);
                let (result, read, _, count) =
                    parser.read_record(text.as_bytes(), &mut bytes, &mut ends);
                prop_assert_eq!(result, ReadRecordResult::Record);
                prop_assert_eq!((count, read), (found.cells, found.read));
                let mut from = 0;
                for (cell, &to) in cells.iter().zip(&ends) {
                    prop_assert_eq!(cell.as_bytes(), &bytes[from..to]);
                    from = to;
                }
                let feeds = u64::from(!found.ends_in_return);
                prop_assert_eq!(parser.line() - 1, found.line_breaks + feeds);
            }
        }
    }
}
