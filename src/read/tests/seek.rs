//! Titles above a table, and notes on the sheet before it.

use rust_xlsxwriter::Workbook;

use super::*;

fn seeking() -> Layout {
    Layout {
        seek_table: true,
        ..Layout::default()
    }
}

fn header_and_notices(bytes: impl Into<Vec<u8>>, layout: &Layout) -> (Vec<String>, Vec<String>) {
    let source = open(bytes, layout).unwrap();
    let Shape::Table(header) = source.shape().clone() else {
        panic!("a table")
    };
    (header.names, source.notices().list())
}

const TITLED: &str = "Kundenbefragung, Oktober 2026\nFiliale Ulm\n\nNr;Note;Grund;Datum\n1;9,5;gut;03.10.2026\n2;3,0;\"na, ja\";04.10.2026\n";

#[test]
fn a_title_is_never_taken_for_the_header_in_silence() {
    let (header, notices) = header_and_notices(TITLED, &Layout::default());
    assert_eq!(header, ["Kundenbefragung, Oktober 2026"]);
    insta::assert_snapshot!(notices.join("\n"), @"row 1 is taken for the header, but rows 1 to 2 hold one cell each and look like a title or notes, row 4 names 4 columns: say header_row = 4 under [source], or --header-row 4");
    let source = open(TITLED, &Layout::default()).unwrap();
    assert_eq!(
        (source.delimiter(), source.found_header_row()),
        (Some(b';'), None)
    );
    assert!(source.hint().unwrap().contains("--header-row 4"));

    let (header, notices) = header_and_notices(TITLED, &seeking());
    assert_eq!(header, ["Nr", "Note", "Grund", "Datum"]);
    insta::assert_snapshot!(notices.join("\n"), @"rows 1 to 2 hold one cell each and look like a title or notes, row 4 names 4 columns: the table is read from there (header_row = 4)");
    let source = open(TITLED, &seeking()).unwrap();
    assert_eq!((source.found_header_row(), source.hint()), (Some(4), None));
    let said = Layout {
        header_row: Some(4),
        ..Layout::default()
    };
    assert_eq!(header_and_notices(TITLED, &said), (header, Vec::new()));
}

fn cover_and_data(cover: &[(u32, u16, &str)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Cover").unwrap();
    for (row, column, text) in cover {
        sheet.write(*row, *column, *text).unwrap();
    }
    let sheet = workbook.add_worksheet().set_name("Answers").unwrap();
    for (column, name) in (0..).zip(["ID", "NPS", "Why", "Team"]) {
        sheet.write(0, column, name).unwrap();
        for row in 1..9u32 {
            sheet.write(row, column, row).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn sheets_with_the_same_header_are_told() {
    let made = |sheets: &[(&str, &[&str])]| {
        let mut workbook = Workbook::new();
        for (name, header) in sheets {
            let sheet = workbook.add_worksheet().set_name(*name).unwrap();
            for (column, name) in (0..).zip(*header) {
                sheet.write(0, column, *name).unwrap();
                sheet.write(1, column, 7).unwrap();
            }
            sheet.set_hidden(*name == "Hidden");
        }
        workbook.save_to_buffer().unwrap()
    };
    let columns: &[&str] = &["ID", "NPS", "Why"];
    let other: &[&str] = &["ID", "Team"];
    let notices = |sheets: &[(&str, &[&str])], layout: &Layout| {
        open(made(sheets), layout).unwrap().notices().list()
    };
    let two = [
        ("July", columns),
        ("Teams", other),
        ("Hidden", columns),
        ("August", columns),
    ];
    insta::assert_snapshot!(
        notices(&two, &Layout::default()).join("\n"),
        @"sheet 'July' is read, sheet 'August' has the same header and is not: read each by itself, as by --sheet 'August'"
    );
    assert_eq!(notices(&two, &sheet(Sheet::Number(1))), [""; 0]);
    assert_eq!(notices(&two[..3], &Layout::default()), [""; 0]);
    let many = ["1", "2", "3", "4", "5", "6", "7", "8"].map(|name| (name, columns));
    insta::assert_snapshot!(
        notices(&many, &Layout::default()).join("\n"),
        @"sheet '1' is read, sheets '2', '3', '4', '5', '6' and 2 more have the same header and are not: read each by itself, as by --sheet '2'"
    );
}

#[test]
fn a_note_on_the_first_sheet_is_told_and_the_sheet_with_the_table_is_found() {
    for cover in [
        &[(0, 0, "NPS survey"), (2, 0, "Exported by"), (2, 1, "Ada")][..],
        &[
            (0, 0, "Survey"),
            (0, 1, "NPS"),
            (1, 0, "Exported"),
            (1, 1, "2026-10-03"),
        ],
        &[],
    ] {
        let workbook = cover_and_data(cover);
        match open(workbook.clone(), &Layout::default()) {
            Ok(source) => {
                assert_eq!(source.sheet(), Some("Cover"));
                assert!(source.hint().unwrap().contains("--sheet 'Answers'"));
                assert_eq!(source.notices().list().len(), 1);
            }
            Err(error) => {
                assert!(cover.is_empty(), "{error}");
                assert!(error.remedy.unwrap().contains("--sheet 'Answers'"));
            }
        }
        let source = open(workbook.clone(), &seeking()).unwrap();
        assert_eq!(
            (source.sheet(), source.found_sheet()),
            (Some("Answers"), Some("Answers"))
        );
        let said = open(workbook, &sheet(Sheet::Number(2))).unwrap();
        assert!(said.notices().list().is_empty());
    }
    // A table of two columns before another one is a table.
    let mut workbook = Workbook::new();
    for _ in 0..2 {
        let sheet = workbook.add_worksheet();
        for row in 0..40u32 {
            sheet.write(row, 0, row).unwrap();
            sheet.write(row, 1, "x").unwrap();
            sheet.write(row, 2, "y").unwrap();
        }
    }
    let source = open(workbook.save_to_buffer().unwrap(), &seeking()).unwrap();
    assert_eq!(
        (source.sheet(), source.found_sheet()),
        (Some("Sheet1"), None)
    );
}

#[test]
fn a_title_in_merged_cells_of_a_workbook_is_found() {
    let bytes = workbook::workbook(|sheet| {
        let style = rust_xlsxwriter::Format::new();
        sheet
            .merge_range(0, 0, 0, 3, "Survey of October", &style)
            .unwrap();
        for (column, name) in (0..).zip(["ID", "NPS", "Why", "Team"]) {
            sheet.write(2, column, name).unwrap();
            sheet.write(3, column, 7).unwrap();
        }
    });
    for fill_merged in [false, true] {
        let layout = Layout {
            fill_merged,
            ..seeking()
        };
        let source = open(bytes.clone(), &layout).unwrap();
        assert_eq!(source.found_header_row(), Some(3));
    }
    let mut source = open(bytes, &Layout::default()).unwrap();
    assert!(source.hint().unwrap().contains("--header-row 3"));
    let sizes = source.sheet_sizes();
    assert_eq!((sizes[0].rows, sizes[0].columns), (3, 4));
}
