//! Workbooks that are damaged, or that hold cells where no table has any.

use super::workbook::{with_part, workbook};
use super::*;

#[test]
fn damaged_and_foreign_archives_are_told_apart() {
    let plain = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
    });
    let half = &plain[..plain.len() / 2];
    assert!(
        refused(half, &Layout::default())
            .message
            .contains("cut off")
    );
    let foreign = with_part(&plain, "xl/workbook.xml", |_| None);
    let error = refused(foreign, &Layout::default());
    assert!(error.message.contains("without a workbook"), "{error}");
    let torn = with_part(&plain, "xl/worksheets/sheet1.xml", |text| {
        Some(text.split("</row>").next().unwrap().to_owned())
    });
    let error = refused(torn, &Layout::default());
    assert!(error.message.contains("damaged"), "{error}");
    let empty = refused(workbook(|_| ()), &Layout::default());
    assert!(empty.message.contains("empty"), "{empty}");
    let text = Layout {
        format: Some(Format::Csv),
        ..Layout::default()
    };
    assert!(refused(plain, &text).message.contains("a workbook"));
}

#[test]
fn shared_strings_that_count_themselves_wrong_take_no_memory() {
    let plain = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
    });
    let bytes = with_part(&plain, "xl/sharedStrings.xml", |text| {
        assert!(text.contains("uniqueCount=\"1\""));
        Some(text.replace("uniqueCount=\"1\"", "uniqueCount=\"99999999999\""))
    });
    assert!(
        refused(bytes, &Layout::default())
            .message
            .contains("damaged")
    );
}

#[test]
fn a_column_beyond_the_last_there_can_be_is_damage() {
    let plain = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
        sheet.write(1, 0, 7).unwrap();
    });
    let bytes = with_part(&plain, "xl/worksheets/sheet1.xml", |text| {
        Some(text.replace("r=\"A2\"", "r=\"ZZZZZZ2\""))
    });
    // Met behind the header, to know where that ends.
    let error = refused(bytes, &Layout::default());
    assert!(error.message.contains("damaged"), "{error}");
}

#[test]
fn a_row_in_two_pieces_is_told_rather_than_read_as_two() {
    let plain = workbook(|sheet| {
        for row in 0..4 {
            sheet.write(row, 0, row).unwrap();
            sheet.write(row, 1, row).unwrap();
        }
    });
    let cases = [
        ("4", "3", "cell A3 stands in the sheet twice"),
        ("4", "2", "row 2 stands below row 3"),
    ];
    for (from, to, expected) in cases {
        let bytes = with_part(&plain, "xl/worksheets/sheet1.xml", |text| {
            let moved = ["row r=\"#\"", "c r=\"A#\"", "c r=\"B#\""]
                .iter()
                .fold(text.to_owned(), |text, tag| {
                    text.replace(&tag.replace('#', from), &tag.replace('#', to))
                });
            assert_ne!(moved, text);
            Some(moved)
        });
        let mut rows = Vec::new();
        let error = open(bytes, &Layout::default())
            .unwrap()
            .rows(0, &mut |row| {
                rows.push(row.position.row);
                ControlFlow::Continue(())
            })
            .unwrap_err();
        assert!(error.message.contains(expected), "{error}");
        assert_eq!(rows[0], 2, "rows above are read");
    }
}

#[test]
fn two_cells_in_opposite_corners_take_no_memory() {
    let mut read = read(workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
        sheet.write(1_048_575, 16_383, "z").unwrap();
    }));
    assert_eq!(read.positions(), [(1_048_576, 1_048_576)]);
    assert_eq!(read.codes(), ["ragged_row"]);
    let fault = read.rows.remove(0).fault.unwrap();
    assert_eq!(fault.field, "XFD");
}

#[test]
fn thousands_of_rows_with_a_stray_at_the_far_end_take_no_time() {
    let bytes = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
        for row in 1..5_000 {
            sheet.write(row, 0, row).unwrap();
            sheet.write(row, 16_383, "z").unwrap();
        }
    });
    let read = read(bytes);
    assert_eq!(read.rows.len(), 4_999);
    assert!(read.rows.iter().all(
        |row| matches!(&row.cells, crate::record::Cells::Typed(cells) if cells.capacity() < 10)
    ));
    assert_eq!(read.rows[0].fault.as_ref().unwrap().field, "XFD");
}
