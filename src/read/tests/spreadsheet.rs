use std::io::{Cursor, Read as _, Write};

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::*;
use crate::read::book::{self, Limits};
use crate::record::CellRef;

/// The workbook with one part changed; `None` as its text leaves the part away.
pub fn with_part(workbook: &[u8], name: &str, change: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..old.len() {
        let mut part = old.by_index(index).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        let part_name = part.name().unwrap().into_owned();
        if part_name == name {
            match change(&text) {
                Some(changed) => text = changed,
                None => continue,
            }
        }
        new.start_file(part_name, SimpleFileOptions::default())
            .unwrap();
        new.write_all(text.as_bytes()).unwrap();
    }
    new.finish().unwrap().into_inner()
}

/// The parts of a packed workbook, each by its name.
pub fn parts(workbook: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        parts.push((part.name().unwrap().into_owned(), bytes));
    }
    parts
}

pub fn workbook(fill: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

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
fn a_sheet_is_chosen_by_name_or_number_else_the_first_visible() {
    let mut workbook = Workbook::new();
    for name in ["Notes", "Responses", "More"] {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        sheet.write(0, 0, name).unwrap();
        sheet
            .set_hidden(name == "Notes")
            .set_active(name == "Responses");
    }
    workbook
        .worksheet_from_index(1)
        .unwrap()
        .set_first_tab(true);
    let bytes = workbook.save_to_buffer().unwrap();
    let header = |layout: &Layout| read_as(bytes.clone(), layout).header;
    assert_eq!(header(&Layout::default()), ["Responses"]);
    assert_eq!(header(&sheet(Sheet::Number(3))), ["More"]);
    assert_eq!(header(&sheet(Sheet::Name("notes ".to_owned()))), ["Notes"]);
    let error = refused(bytes.clone(), &sheet(Sheet::Name("Response".to_owned())));
    assert!(
        error.message.contains("did you mean 'Responses'"),
        "{error}"
    );
    assert!(
        error
            .remedy
            .unwrap()
            .contains("'Notes', 'Responses', 'More'")
    );
    assert!(open(bytes, &sheet(Sheet::Number(0))).is_err());
}

#[test]
fn the_header_may_stand_anywhere_or_nowhere() {
    let bytes = workbook(|sheet| {
        for (row, text) in [(0, "Report"), (2, "name"), (3, "label"), (5, "x")] {
            sheet.write(row, 0, text).unwrap();
        }
        sheet.write(5, 1, "wide").unwrap();
    });
    let at = |row, skip| Layout {
        header_row: Some(row),
        skip_rows_after_header: skip,
        ..Layout::default()
    };
    let third = read_as(bytes.clone(), &at(3, 1));
    assert_eq!(
        (third.header, third.rows[0].position.row),
        (vec!["name".to_owned()], 6)
    );
    let none = read_as(bytes.clone(), &at(0, 0));
    assert_eq!((none.header.len(), none.rows.len()), (2, 4));
    assert!(none.rows.iter().all(|row| row.fault.is_none()));
    assert!(refused(bytes.clone(), &at(2, 0)).message.contains("blank"));
    assert!(refused(bytes, &at(9, 0)).message.contains("ends before"));
}

/// What the guard says of a workbook, with limits a test can reach.
pub fn guarded(bytes: &[u8]) -> Result<(), String> {
    guarded_by(bytes, 4 << 20, 1 << 20)
}

/// Likewise, with so many bytes of sheets and in a cell.
pub fn guarded_by(bytes: &[u8], sheets: u64, text: u64) -> Result<(), String> {
    let limits = Limits {
        held: 1 << 20,
        sheets,
        text,
    };
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    book::check(&file, &limits)
        .map(|_| ())
        .map_err(|error| error.message)
}

#[test]
fn what_unpacks_to_too_much_is_not_opened() {
    let plain = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
    });
    assert_eq!(guarded(&plain), Ok(()));
    let bomb = "x".repeat(0x20_0123);
    let strings = with_part(&plain, "xl/sharedStrings.xml", |text| {
        Some(text.replace(">a<", &format!(">{bomb}<")))
    });
    assert!(strings.len() < 1 << 16);
    let error = guarded(&strings).unwrap_err();
    assert!(error.contains("xl/sharedstrings.xml"), "{error}");

    let cell = with_part(&plain, "xl/worksheets/sheet1.xml", |text| {
        Some(text.replace("<v>0</v>", &format!("<v>{bomb}</v>")))
    });
    let error = guarded(&cell).unwrap_err();
    assert!(error.contains("sheet1.xml"), "{error}");
}

#[test]
fn a_part_that_is_larger_than_it_says_is_not_unpacked() {
    let plain = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
    });
    let bomb = "x".repeat(0x20_0123);
    let mut liar = with_part(&plain, "xl/worksheets/sheet1.xml", |text| {
        Some(text.replace("<v>0</v>", &format!("<v>{bomb}</v>")))
    });
    // Its size, as the local header and the directory declare it.
    let mut declared = 0;
    for at in 0..liar.len() - 4 {
        let found = u32::from_le_bytes(liar[at..at + 4].try_into().unwrap());
        if (0x20_0123..0x20_0900).contains(&found) {
            liar[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
            declared += 1;
        }
    }
    assert_eq!((declared, guarded(&liar)), (2, Ok(())));
    let error = refused(liar, &Layout::default());
    assert!(
        error.message.contains("larger than its declared"),
        "{error}"
    );
}

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
fn a_header_may_have_several_rows_and_a_zone_below_it() {
    let bytes = workbook(|sheet| {
        let cells = [
            (0, 0, "id"),
            (0, 1, "Films"),
            (1, 1, "First"),
            (1, 2, "Second"),
            (2, 0, "{\"ImportId\":\"x\",\"timeZone\":\"America/Denver\"}"),
            (3, 0, "1"),
            (3, 2, "b"),
        ];
        for (row, column, text) in cells {
            sheet.write(row, column, text).unwrap();
        }
    });
    let layout = |skip| Layout {
        header_rows: Some(2),
        skip_rows_after_header: skip,
        ..Layout::default()
    };
    let source = open(bytes.clone(), &layout(1)).unwrap();
    assert_eq!(source.timezone(), Some("America/Denver"));
    let read = read_as(bytes.clone(), &layout(1));
    assert_eq!(read.header, ["id", "Films / First", "Films / Second"]);
    assert_eq!(read.cells(), [["1", "", "b"]]);
    let notices = notices(bytes, &layout(0));
    assert!(
        notices[0].contains("skip_rows_after_header = 1"),
        "{notices:?}"
    );
}

fn notices(bytes: Vec<u8>, layout: &Layout) -> Vec<String> {
    let source = open(bytes, layout).unwrap();
    let notices = source.notices();
    source.rows(0, &mut |_| ControlFlow::Continue(())).unwrap();
    notices.list()
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
