//! One table, written in many ways, reads the same.

use std::fmt::Write as _;

use encoding_rs::WINDOWS_1252;

use super::packed::{gzip, zip};
use super::*;

const HEADER: [&str; 4] = ["Nr", "Größe", "Kommentar; frei", "a|b"];

fn table() -> Vec<[String; 4]> {
    let comments = [
        "Schnell, und schön verpackt",
        "Sie sagten \"nein\"; ich sagte ja",
        "zwei\nZeilen",
        "",
        "Preis: 5 € – d’accord",
        "  Rand  ",
        "0012|x",
    ];
    let row = |(number, comment): (usize, &&str)| {
        [
            format!("00{number}"),
            "groß".to_owned(),
            (*comment).to_owned(),
            "é".to_owned(),
        ]
    };
    comments.iter().enumerate().map(row).collect()
}

fn delimited(delimiter: u8, ending: &str) -> String {
    let mut text = String::new();
    for row in std::iter::once(HEADER.map(str::to_owned)).chain(table()) {
        let quoted = row.map(|cell| {
            if cell.contains([char::from(delimiter), '"', '\n']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell
            }
        });
        let _ = write!(
            text,
            "{}{ending}",
            quoted.join(&char::from(delimiter).to_string())
        );
    }
    text
}

fn workbook() -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(std::iter::once(HEADER.map(str::to_owned)).chain(table())) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write(row, column, cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn records() -> Vec<serde_json::Value> {
    let record = |row: [String; 4]| {
        let members = HEADER
            .iter()
            .zip(row)
            .map(|(name, cell)| ((*name).to_owned(), cell.into()));
        serde_json::Value::Object(members.collect())
    };
    table().into_iter().map(record).collect()
}

#[track_caller]
fn assert_same(bytes: impl Into<Vec<u8>>, way: &str) {
    let read = read(bytes);
    assert_eq!(read.header, HEADER, "{way}");
    assert_eq!(read.cells(), table(), "{way}");
    assert!(read.codes().iter().all(|code| code.is_empty()), "{way}");
}

#[test]
fn one_table_written_in_many_ways_reads_the_same() {
    let comma = delimited(b',', "\n");
    assert_same(comma.as_str(), "as it is");
    assert_same(format!("\u{feff}{comma}"), "with a byte order mark");
    for delimiter in *b";\t|" {
        assert_same(
            delimited(delimiter, "\n"),
            &format!("delimiter {delimiter}"),
        );
    }
    for ending in ["\n", "\r\n"] {
        assert_same(
            format!("sep=;{ending}{}", delimited(b';', ending)),
            "separator line",
        );
        for big_endian in [false, true] {
            let bytes = utf16(&delimited(b'\t', ending), big_endian);
            assert_same(bytes.as_slice(), "UTF-16");
            assert_same(&bytes[2..], "UTF-16 without byte order mark");
        }
    }
    assert_same(
        WINDOWS_1252.encode(&delimited(b';', "\r\n")).0,
        "windows-1252",
    );
    assert_same(
        encoding_rs::MACINTOSH.encode(&delimited(b';', "\r")).0,
        "Mac Roman",
    );
    assert_same(gzip(comma.as_bytes()), "gzip");
    assert_same(zstd::encode_all(comma.as_bytes(), 1).unwrap(), "zstd");
    assert_same(zip(&[("a.csv", comma.as_bytes())], false), "zip");
    assert_same(workbook(), "workbook");
    assert_same(gzip(&workbook()), "packed workbook");
}

#[test]
fn one_list_of_records_written_in_many_ways_reads_the_same() {
    let mut lines = String::new();
    for record in records() {
        let _ = writeln!(lines, "{record}");
    }
    let array = serde_json::Value::Array(records());
    let wrapped = serde_json::json!({"count": 7, "responses": array});
    let pretty = serde_json::to_string_pretty(&array).unwrap();
    let ways = [
        lines.clone().into_bytes(),
        lines.replace('\n', "\r\n").into_bytes(),
        utf16(&lines, false),
        gzip(lines.as_bytes()),
        array.to_string().into_bytes(),
        utf16(&pretty, true),
        pretty.into_bytes(),
        wrapped.to_string().into_bytes(),
        serde_json::to_string_pretty(&wrapped).unwrap().into_bytes(),
    ];
    for bytes in ways {
        let read = read(bytes);
        let seen: Vec<_> = read
            .rows
            .iter()
            .map(|row| row.json().unwrap().clone())
            .collect();
        assert_eq!(seen, records());
    }
}
