//! A record is the same whichever way it is read.

use proptest::prelude::*;

use super::*;

type Cells = Vec<Vec<u8>>;

/// Gives so many bytes at a time.
struct Pieces(Vec<u8>, usize);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0.drain(..count);
        Ok(count)
    }
}

fn records(text: &str, at_a_time: usize) -> Records {
    let input = Pieces(text.as_bytes().to_vec(), at_a_time);
    Records::new(Box::new(input), b',', 1)
}

fn current(records: &Records) -> Cells {
    records.cells().map(<[u8]>::to_vec).collect()
}

/// All records, and whether reading ended in an error.
fn one_by_one(mut records: Records) -> (Vec<(Position, Cells)>, bool) {
    let mut all = Vec::new();
    loop {
        match records.read() {
            Ok(Some(position)) => all.push((position, current(&records))),
            Ok(None) => return (all, false),
            Err(_) => return (all, true),
        }
    }
}

fn by_the_page(mut records: Records) -> (Vec<(Position, Cells)>, bool) {
    let mut all = Vec::new();
    loop {
        records.turn();
        match records.read() {
            Ok(Some(position)) => records.keep(position),
            Ok(None) => return (all, false),
            Err(_) => return (all, true),
        }
        while let Some(position) = records.read_at_hand() {
            records.keep(position);
        }
        let page = records.page();
        for number in 0..records.kept() {
            let position = records.go_to(number);
            let cells = current(&records);
            if let Some(page) = &page {
                let record = records.of(page);
                assert!(record.iter().map(str::as_bytes).eq(cells.iter()));
            }
            all.push((position, cells));
        }
    }
}

/// As by the page, but for reads that may go on to the next piece of the input while a page is open.
fn across_pieces(mut records: Records) -> (Vec<(Position, Cells)>, bool) {
    let mut all = Vec::new();
    let mut is_over = false;
    while !is_over {
        records.turn();
        let mut failed = false;
        while records.kept() < 3 && !is_over {
            match records.read() {
                Ok(Some(position)) => records.keep(position),
                ended => (is_over, failed) = (true, ended.is_err()),
            }
        }
        let page = records.page();
        for number in 0..records.kept() {
            let position = records.go_to(number);
            let cells = current(&records);
            let record = page.as_ref().map(|page| records.of(page)).unwrap();
            assert!(record.iter().map(str::as_bytes).eq(cells.iter()));
            all.push((position, cells));
        }
        if is_over {
            return (all, failed);
        }
    }
    (all, false)
}

#[test]
fn a_page_has_whole_characters_or_is_none() {
    let page = |text: &[u8]| {
        let mut records = Records::new(Box::new(Pieces(text.to_vec(), 64)), b',', 1);
        let position = records.read().unwrap().unwrap();
        records.keep(position);
        while let Some(position) = records.read_at_hand() {
            records.keep(position);
        }
        assert_eq!(records.kept(), 2);
        records.page().is_some()
    };
    assert!(page("é,\na,b\n".as_bytes()));
    assert!(!page(b"\xc3,\xa9\na,b\n"), "half of it in each cell");
    assert!(!page(b"a,b\na,\xc3\n"));
}

proptest! {
    #[test]
    fn pages_hold_what_is_read_one_by_one(
        text in "(a|bc|,|\"|\n|\r\n|\r|é){0,40}",
        at_a_time in 1..12usize,
    ) {
        let expected = one_by_one(records(&text, usize::MAX));
        prop_assert_eq!(&by_the_page(records(&text, usize::MAX)), &expected);
        prop_assert_eq!(&by_the_page(records(&text, at_a_time)), &expected);
        prop_assert_eq!(&across_pieces(records(&text, at_a_time)), &expected);
        prop_assert_eq!(&across_pieces(records(&text, usize::MAX)), &expected);
    }
}
