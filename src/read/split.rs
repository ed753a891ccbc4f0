//! Cutting a record into its cells by looking for what ends each, at a fraction of what a parser takes byte by byte.
//!
//! Reads what exports write, as `csv_core` would read it, and leaves all else to that: text that ends within the record,
//! and quotes that do not enclose a whole cell. Cells stay where they are; only one that holds a quote is written anew.

use memchr::{memchr, memchr2, memchr3};

const QUOTE: u8 = b'"';

/// A record that was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The number of its bytes, with the line break at its end.
    pub read: usize,
    /// Line breaks within it.
    pub line_breaks: u64,
    /// Whether it ends in a carriage return, which a line feed may follow.
    pub ends_in_return: bool,
}

/// Where a cell lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// In the text, from one byte to before another.
    Here(usize, usize),
    /// Among those that were written anew.
    Anew(usize, usize),
}

/// Finds the cells of the first record of a text, and gives each; those that hold a quote are written behind `anew`.
/// `None` where it is left to the parser: what was given and written by then is void.
pub fn record(
    text: &[u8],
    delimiter: u8,
    anew: &mut Vec<u8>,
    mut give: impl FnMut(Cell),
) -> Option<Found> {
    let mut found = Found {
        read: 0,
        line_breaks: 0,
        ends_in_return: false,
    };
    loop {
        let left = &text[found.read..];
        if left.first() == Some(&QUOTE) {
            let (cell, read, line_breaks) = quoted(text, found.read, anew)?;
            found.line_breaks += line_breaks;
            found.read = read;
            give(cell);
        } else {
            let end = found.read + end_of_cell(left, delimiter)?;
            give(Cell::Here(found.read, end));
            found.read = end;
        }
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

/// Where a cell ends that no quote encloses. Most are short, and found before a search over many bytes at once has begun.
#[inline]
fn end_of_cell(text: &[u8], delimiter: u8) -> Option<usize> {
    const SHORT: usize = 2;
    let mut before = 0;
    for _ in 0..SHORT {
        let Some(eight) = text[before..].first_chunk() else {
            break;
        };
        let eight = u64::from_le_bytes(*eight);
        let ends = bytes_of(eight, delimiter) | bytes_of(eight, b'\n') | bytes_of(eight, b'\r');
        if ends != 0 {
            return Some(before + ends.trailing_zeros() as usize / 8);
        }
        before += size_of::<u64>();
    }
    memchr3(delimiter, b'\n', b'\r', &text[before..]).map(|end| before + end)
}

/// The highest bit of each of eight bytes that is the one looked for; above the first it may be set for others too.
#[inline]
fn bytes_of(eight: u64, byte: u8) -> u64 {
    const LOW: u64 = u64::from_le_bytes([1; 8]);
    // Zero where it is the one; only then taking one off borrows from the byte above.
    let differences = eight ^ (LOW * u64::from(byte));
    differences.wrapping_sub(LOW) & !differences & (LOW << 7)
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

/// The cell whose quote opens at a byte of the text, the byte behind it, and its line breaks.
fn quoted(text: &[u8], at: usize, anew: &mut Vec<u8>) -> Option<(Cell, usize, u64)> {
    let (from, written) = (at + 1, anew.len());
    let (mut begin, mut line_breaks) = (from, 0);
    let mut looked = from;
    loop {
        // Line breaks are counted on the way: a search of its own for them costs as much again.
        let end = looked + memchr2(QUOTE, b'\n', text.get(looked..)?)?;
        let read = end + 1;
        if text[end] == b'\n' {
            line_breaks += 1;
            looked = read;
            continue;
        }
        // A quote within the cell is written twice.
        let goes_on = text.get(read) == Some(&QUOTE);
        if goes_on || begin > from {
            anew.extend_from_slice(&text[begin..end + usize::from(goes_on)]);
        }
        if !goes_on {
            let cell = if begin == from {
                Cell::Here(from, end)
            } else {
                Cell::Anew(written, anew.len())
            };
            return Some((cell, read, line_breaks));
        }
        begin = read + 1;
        looked = begin;
    }
}

#[cfg(test)]
mod tests {
    use csv_core::{ReadRecordResult, ReaderBuilder};
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Option<(Vec<Vec<u8>>, Found)> {
        let (mut anew, mut cells) = (b"before".to_vec(), Vec::new());
        let found = record(text.as_bytes(), b',', &mut anew, |cell| cells.push(cell))?;
        let texts = cells.into_iter().map(|cell| match cell {
            Cell::Here(from, to) => text.as_bytes()[from..to].to_vec(),
            Cell::Anew(from, to) => anew[from..to].to_vec(),
        });
        Some((texts.collect(), found))
    }

    #[test]
    fn what_exports_write_is_cut() {
        let (cells, found) = cut("a,\"b \"\"c\"\",\n\",,\"d\"\r\n").unwrap();
        assert_eq!(cells, [&b"a"[..], b"b \"c\",\n", b"", b"d"]);
        let expected = Found {
            read: 19,
            line_breaks: 1,
            ends_in_return: true,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_written_oddly_is_left_to_the_parser() {
        for text in ["", "a,b", "\"a", "\"a\"", "\"a\"b,c\n"] {
            assert_eq!(cut(text), None, "{text}");
        }
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
        fn the_end_of_a_cell_is_the_first_of_three(text in prop::collection::vec(prop::sample::select(b"a,;\n\r\x0b\x2b\x2d\x8c\xac\x00\xff".to_vec()), 0..40)) {
            for delimiter in [b',', b';', b'\t'] {
                let first = memchr3(delimiter, b'\n', b'\r', &text);
                prop_assert_eq!(end_of_cell(&text, delimiter), first);
            }
        }

        #[test]
        fn it_cuts_as_the_parser_does(text in "[a,\"\n\ré]{0,24}|(a|\"\"|,|\"a\",|\n){0,16}") {
            let begins_blank = text.starts_with(['\n', '\r']);
            if let Some((cells, found)) = cut(&text).filter(|_| !begins_blank) {
                let mut parser = ReaderBuilder::new().build();
                let (mut bytes, mut ends) = ([0; 64], [0; 16]);
                let (result, read, _, count) =
                    parser.read_record(text.as_bytes(), &mut bytes, &mut ends);
                prop_assert_eq!(result, ReadRecordResult::Record);
                prop_assert_eq!((count, read), (cells.len(), found.read));
                let mut from = 0;
                for (cell, &to) in cells.iter().zip(&ends) {
                    prop_assert_eq!(cell, &bytes[from..to]);
                    from = to;
                }
                let feeds = u64::from(!found.ends_in_return);
                prop_assert_eq!(parser.line() - 1, found.line_breaks + feeds);
            }
        }
    }
}
