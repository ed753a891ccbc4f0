use proptest::prelude::*;

use super::*;

/// Any table of a width: cells with quotes, delimiters, line breaks, anything but NUL and byte order marks.
fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof![
        "[a-z ,;\"\r\n\té]{0,8}",
        "[^\0\u{feff}]{0,12}",
        Just(String::new()),
    ];
    (1..6usize).prop_flat_map(move |width| {
        prop::collection::vec(prop::collection::vec(cell.clone(), width), 0..12)
    })
}

/// The file as the `csv` crate writes it below a header, blank lines strewn in; and its rows, as they should be read.
fn written(
    table: &[Vec<String>],
    delimiter: u8,
    ending: &str,
) -> (String, Vec<(u64, Vec<String>)>) {
    let width = table.first().map_or(1, Vec::len);
    let header: Vec<String> = (0..width).map(|column| format!("c{column}")).collect();
    let (mut text, mut expected, mut number) = (String::new(), Vec::new(), 0);
    for row in std::iter::once(&header).chain(table) {
        let mut writer = ::csv::WriterBuilder::new()
            .delimiter(delimiter)
            .from_writer(Vec::new());
        writer.write_record(row).unwrap();
        let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        text.push_str(line.strip_suffix('\n').unwrap());
        text.push_str(ending);
        number += 1;
        let is_blank = row
            .iter()
            .all(|cell| cell.as_bytes().trim_ascii().is_empty());
        if number > 1 && !is_blank {
            expected.push((number, row.clone()));
        }
        if line.len().is_multiple_of(5) {
            text.push_str(ending);
            number += 1;
        }
    }
    (text, expected)
}

fn assert_reads(bytes: Vec<u8>, delimiter: u8, expected: &[(u64, Vec<String>)]) {
    let layout = Layout {
        delimiter: Some(delimiter),
        ..Layout::default()
    };
    let read = read_as(bytes, &layout);
    assert!(read.error.is_none(), "{:?}", read.error);
    let numbers: Vec<u64> = read.rows.iter().map(|row| row.position.row).collect();
    let rows: Vec<_> = numbers.into_iter().zip(read.cells()).collect();
    assert_eq!(rows, expected);
}

proptest! {
    #[test]
    fn any_table_reads_back_cell_for_cell(table in table()) {
        for delimiter in [b',', b';', b'\t'] {
            for ending in ["\n", "\r\n"] {
                let (text, expected) = written(&table, delimiter, ending);
                assert_reads(text.clone().into_bytes(), delimiter, &expected);
                assert_reads(utf16(&text, false), delimiter, &expected);
                assert_reads(utf16(&text, true), delimiter, &expected);
            }
        }
    }

    #[test]
    fn lines_are_where_records_begin(table in table()) {
        let (text, _) = written(&table, b',', "\n");
        let lines: Vec<&str> = text.split('\n').collect();
        for row in read(text.clone()).rows {
            let line = lines[usize::try_from(row.position.line).unwrap() - 1];
            let first = row.cell(0).text().into_owned();
            let begin = first.split(['\n', '"']).next().unwrap();
            prop_assert!(line.trim_start_matches('"').starts_with(begin), "{line:?} {begin:?}");
        }
    }

    #[test]
    fn any_bytes_end_in_rows_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(source) = open(bytes, &Layout::default()) {
            let _ = source.rows(0, &mut |_| ControlFlow::Continue(()));
        }
    }
}
