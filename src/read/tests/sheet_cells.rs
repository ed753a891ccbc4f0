//! What the cells of a workbook hold.

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula};

use super::workbook::{notices, with_part, workbook};
use super::*;
use crate::record::CellRef;

fn dates() -> Vec<u8> {
    workbook(|sheet| {
        let date = Style::new().set_num_format("dd/mm/yyyy hh:mm");
        sheet.write(0, 0, "when").unwrap();
        let at = ExcelDateTime::from_ymd(2026, 11, 2).unwrap();
        sheet.write_with_format(1, 0, &at, &date).unwrap();
        let at = at.and_hms(10, 15, 0).unwrap();
        sheet.write_with_format(2, 0, &at, &date).unwrap();
        let hours = Style::new().set_num_format("[h]:mm:ss");
        sheet.write_with_format(3, 0, 1.5, &hours).unwrap();
        let time = Style::new().set_num_format("hh:mm");
        sheet.write_with_format(4, 0, 0.25, &time).unwrap();
    })
}

#[test]
fn cells_keep_their_types() {
    let read = read(workbook(|sheet| {
        for (column, name) in (0..).zip(["text", "whole", "part", "truth", "formula", "error", ""])
        {
            sheet.write(0, column, name).unwrap();
        }
        sheet.write(1, 0, "0012").unwrap();
        sheet.write(1, 1, 123_456_789_012_345_f64).unwrap();
        sheet.write(1, 2, 0.1).unwrap();
        sheet.write(1, 3, true).unwrap();
        sheet
            .write(1, 4, Formula::new("=1+1").set_result("2"))
            .unwrap();
        sheet
            .write(1, 5, Formula::new("=NA()").set_result("#N/A"))
            .unwrap();
        sheet.write(4, 0, "  ").unwrap();
        sheet.write(6, 1, 9).unwrap();
    }));
    assert_eq!(read.format, Format::Xlsx);
    assert_eq!(
        read.header.len(),
        6,
        "empty cells at the header's end are dropped"
    );
    assert_eq!(
        read.cells()[0],
        ["0012", "123456789012345", "0.1", "TRUE", "2", "#N/A"]
    );
    assert_eq!(read.rows[0].cell(5), CellRef::Error("#N/A"));
    assert_eq!(read.positions(), [(2, 2), (7, 7)], "blank rows are none");
    assert_eq!(read.codes(), ["", ""], "missing cells are empty");
}

#[test]
fn dates_are_dates_in_both_epochs() {
    let since_1900 = dates();
    let expected = [
        ["2026-11-02"],
        ["2026-11-02T10:15:00"],
        ["36:00:00"],
        ["06:00:00"],
    ];
    assert_eq!(read(since_1900.clone()).cells(), expected);

    // tafia/calamine#706: the flag must not be lost.
    let since_1904 = with_part(&since_1900, "xl/workbook.xml", |text| {
        assert!(text.contains("<workbookPr "));
        Some(text.replace("<workbookPr ", "<workbookPr date1904=\"1\" "))
    });
    assert_eq!(
        read(since_1904).cells(),
        [
            ["2030-11-03"],
            ["2030-11-03T10:15:00"],
            ["36:00:00"],
            ["06:00:00"]
        ]
    );
}

#[test]
fn merged_cells_hold_their_value_once_unless_filled() {
    let bytes = workbook(|sheet| {
        for (column, name) in (0..).zip(["group", "id", "note"]) {
            sheet.write(0, column, name).unwrap();
        }
        let plain = Style::new();
        sheet.merge_range(1, 0, 3, 0, "north", &plain).unwrap();
        sheet.merge_range(4, 0, 4, 2, "south", &plain).unwrap();
        for row in 1..4 {
            sheet.write(row, 1, f64::from(row)).unwrap();
        }
    });
    let first = |layout: &Layout| -> Vec<String> {
        read_as(bytes.clone(), layout)
            .cells()
            .into_iter()
            .map(|row| row.join("|"))
            .collect()
    };
    assert_eq!(
        first(&Layout::default()),
        ["north|1|", "|2|", "|3|", "south||"]
    );
    let fill = Layout {
        fill_merged: true,
        ..Layout::default()
    };
    assert_eq!(
        first(&fill),
        ["north|1|", "north|2|", "north|3|", "south|south|south"]
    );
    let notices = |layout: &Layout| {
        let source = open(bytes.clone(), layout).unwrap();
        let notices = source.notices();
        source.rows(0, &mut |_| ControlFlow::Continue(())).unwrap();
        notices.list().join("\n")
    };
    insta::assert_snapshot!(
        notices(&Layout::default()),
        @"cells A2:A4 are merged over several rows, and only the first of those rows has their value: to have it in each, say fill_merged = true under [source], or --fill-merged"
    );
    assert_eq!(notices(&fill), "");
}

#[test]
fn a_formula_without_its_result_is_no_empty_cell() {
    let plain = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
        sheet.write(1, 0, 7).unwrap();
        sheet.write(2, 0, 8).unwrap();
    });
    let bytes = with_part(&plain, "xl/worksheets/sheet1.xml", |text| {
        assert!(text.contains("<v>7</v>"));
        Some(
            text.replace("<v>7</v>", "<f>SUM(1,2)</f><v></v>")
                .replace("<v>8</v>", "<f>SUM(1,2)</f>"),
        )
    });
    let read = read(bytes.clone());
    assert_eq!(read.rows[0].cell(0), CellRef::Error("#NO_RESULT"));
    assert_eq!(read.rows[1].cell(0), CellRef::Error("#NO_RESULT"));
    let notices = notices(bytes, &Layout::default());
    assert_eq!(notices.len(), 1);
    assert!(notices[0].starts_with("cell A2 and perhaps others hold a formula"));
}

#[test]
fn long_numbers_and_percentages_are_told() {
    let bytes = workbook(|sheet| {
        sheet.write(0, 0, "id").unwrap();
        sheet.write(0, 1, "share").unwrap();
        for row in 1..4 {
            sheet.write(row, 0, 1_234_567_890_123_456_f64).unwrap();
            let percent = Style::new().set_num_format("0.0%");
            sheet.write_with_format(row, 1, 0.85, &percent).unwrap();
        }
    });
    assert_eq!(read(bytes.clone()).cells()[0], ["1234567890123456", "0.85"]);
    insta::assert_snapshot!(notices(bytes, &Layout::default()).join("\n"), @r"
    column A holds whole numbers of sixteen digits or more (the first in row 2), of which a spreadsheet keeps only fifteen: ids may have lost digits; export them as text
    cells shown as percentages are read as the fractions they hold: 85 % is 0.85
    ");
}

#[test]
fn zeros_that_only_a_format_shows_are_told() {
    let padded = |format: &str| {
        let bytes = workbook(|sheet| {
            sheet.write(0, 0, "id").unwrap();
            let style = Style::new().set_num_format(format);
            sheet.write_with_format(1, 0, 123, &style).unwrap();
        });
        assert_eq!(read(bytes.clone()).cells()[0], ["123"]);
        notices(bytes, &Layout::default())
    };
    insta::assert_snapshot!(padded("00000").join("\n"), @"cells shown with leading zeros by their format (00000) are read without: 00123 is 123; where they belong to ids, have them as texts");
    assert_eq!(padded("000-00-0000").len(), 1);
    for format in ["0", "0.00", "#,##0", "0%", "General", "0.0E+00"] {
        assert!(!padded(format).join("").contains("zeros"), "{format}");
    }
}

#[test]
fn numbers_of_no_day_are_no_dates() {
    let bytes = workbook(|sheet| {
        let style = Style::new().set_num_format("dd/mm/yyyy");
        let numbers = [46_082.0, -3.0, 2_958_465.0, 2_958_466.0, 1e9];
        sheet.write(0, 0, "at").unwrap();
        for (row, number) in (1..).zip(numbers) {
            sheet.write_with_format(row, 0, number, &style).unwrap();
        }
    });
    let cells = read(bytes).cells();
    let expected = ["2026-03-01", "-3", "9999-12-31", "2958466", "1000000000"];
    assert_eq!(cells.concat(), expected);
}
