//! Inputs changed at random, the same in every run: whatever is read, nothing panics and nothing grows without end.
//!
//! The targets under `fuzz/` do the same without an end, guided by coverage.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::packed::{gzip, zip};
use super::*;
use crate::read::ArrayPath;

const CSV: &[u8] = "id,Größe,\"Kom\"\"mentar\",Datum\r\n1,groß,\"zwei\nZeilen, ja\",2026-11-02\r\n2,\"\",,\r\n\r\n3;4|5\t6,x,y,z\r\n".as_bytes();
const LINES: &[u8] = "{\"id\": 1, \"a\": [1, {\"b\": \"\\u00e9\\n\"}], \"t\": true}\n{\"id\": 2}\n\n[1]\n{\"x\": -1.5e3}\n".as_bytes();
const PAGES: &[u8] = b"{\"n\":2,\"data\":{\"page\":[1,{}],\"items\":[{\"id\":1},\n{\"id\":2,\"a\":\"\\\"]\"}]},\"x\":null}\n\
    {\"data\":{\"items\":[]}}{\"data\":{\"items\":[{\"id\":3}],\"z\":1e3}}\n";
const ARRAY: &[u8] = "{\"n\": 2, \"responses\": [{\"id\": 1, \"a\": [1, {\"b\": \"]\\\"\"}]}, {\"id\": 2}, 7], \"z\": null}".as_bytes();
/// What makes a difference to readers.
const TOKENS: [&[u8]; 24] = [
    b"\"",
    b"\"\"",
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\\",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"sep=;\n",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"99999999999",
    b"-1",
    b"<",
    b">",
    b"&#x0;",
];

fn mutate(bytes: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..=bytes.len());
        let length = random.random_range(0..=(bytes.len() - at).min(40));
        match random.random_range(0..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = random.random(),
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let piece = bytes[at..at + length].to_vec();
                let to = random.random_range(0..=bytes.len());
                bytes.splice(to..to, piece);
            }
            4 => {
                let token = TOKENS[random.random_range(0..TOKENS.len())];
                bytes.splice(at..at, token.iter().copied());
            }
            _ => bytes.truncate(at.max(bytes.len() / 2)),
        }
    }
    bytes
}

/// Reads as far as it goes.
fn read_somehow(bytes: Vec<u8>, layout: &Layout) {
    let most = bytes.len() as u64 * 4 + (1 << 20);
    if let Ok(source) = open(bytes, layout) {
        let mut rows = 0;
        let _ = source.rows(0, &mut |row| {
            rows += 1;
            assert!(rows <= most);
            // As a mapping looks at it.
            for index in 0..row.width().min(100) {
                let _ = row.cell(index).text();
            }
            ControlFlow::Continue(())
        });
    }
}

fn layouts() -> [Layout; 3] {
    let plain = Layout::default();
    let rows = Layout {
        header_rows: Some(2),
        skip_rows_after_header: 1,
        ragged: Ragged::Pad,
        fill_merged: true,
        records: Some(ArrayPath::of(&["data", "items"].map(str::to_owned))),
        ..plain.clone()
    };
    let none = Layout {
        header_row: Some(0),
        ..plain.clone()
    };
    [plain, rows, none]
}

fn run(seed: u64, times: usize, input: &[u8], pack: impl Fn(Vec<u8>) -> Vec<u8>) {
    let mut random = StdRng::seed_from_u64(seed);
    let layouts = layouts();
    for time in 0..times {
        let mutated = mutate(input, &mut random);
        read_somehow(pack(mutated), &layouts[time % layouts.len()]);
    }
}

#[test]
fn changed_text_is_read_or_refused() {
    run(1, 500, CSV, |bytes| bytes);
    run(
        2,
        100,
        &utf16(std::str::from_utf8(CSV).unwrap(), false)[2..],
        |bytes| bytes,
    );
    run(
        3,
        100,
        &encoding_rs::WINDOWS_1252
            .encode(std::str::from_utf8(CSV).unwrap())
            .0,
        |bytes| bytes,
    );
}

#[test]
fn changed_json_is_read_or_refused() {
    run(4, 500, LINES, |bytes| bytes);
    run(5, 500, ARRAY, |bytes| bytes);
    run(9, 600, PAGES, |bytes| bytes);
}

#[test]
fn changed_packings_are_read_or_refused() {
    run(6, 300, &gzip(CSV), |bytes| bytes);
    run(7, 300, &zip(&[("a.csv", CSV)], false), |bytes| bytes);
    run(8, 300, &zstd::encode_all(CSV, 1).unwrap(), |bytes| bytes);
}

/// The parts of a workbook, each changed while the others stay.
fn run_parts(seed: u64, times: usize, workbook: &[u8]) {
    let parts = super::workbook::parts(workbook);
    for (index, (_, part)) in parts.iter().enumerate() {
        run(seed + index as u64, times, part, |changed| {
            let files: Vec<(&str, &[u8])> = (0..)
                .zip(&parts)
                .map(|(number, (name, bytes))| {
                    (
                        name.as_str(),
                        if number == index {
                            changed.as_slice()
                        } else {
                            bytes.as_slice()
                        },
                    )
                })
                .collect();
            zip(&files, true)
        });
    }
}

#[test]
fn changed_workbooks_are_read_or_refused() {
    let plain = super::workbook::workbook(|sheet| {
        for row in 0..6 {
            sheet.write(row, 0, format!("text {row}")).unwrap();
            sheet.write(row, 1, row).unwrap();
            sheet.write(row, 2, row % 2 == 0).unwrap();
            sheet
                .write(row, 3, rust_xlsxwriter::Formula::new("=1+1"))
                .unwrap();
        }
        sheet
            .merge_range(7, 0, 8, 1, "merged", &rust_xlsxwriter::Format::new())
            .unwrap();
    });
    run_parts(100, 40, &plain);
    run(200, 100, &plain, |bytes| bytes);
}

#[test]
fn changed_workbooks_of_other_kinds_are_read_or_refused() {
    run_parts(300, 100, &super::books::binary_workbook(false));
    run_parts(400, 300, &super::books::sample());
    run(
        500,
        400,
        &super::books::unpacked(super::books::PLAIN),
        |bytes| bytes,
    );
}
