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

/// Where the records are found to be, and what is told.
fn found(name: &str, text: &str, layout: &Layout) -> (Option<String>, Vec<String>) {
    let stream = Box::new(Cursor::new(text.as_bytes().to_vec()));
    let source = Source::from_stream(stream, Path::new(name), layout).unwrap();
    let path = source.records_path().map(|path| path.text().to_owned());
    (path, source.notices().list())
}

#[test]
fn an_object_around_records_is_known_by_what_it_holds() {
    for (text, path) in [
        (
            "{\"survey\":\"x\",\"total_items\":1,\"page_count\":1,\"items\":[{\"id\":1}]}",
            "items",
        ),
        (
            "{\"survey\":\"x\",\"items\":[{\"id\":1},{\"id\":2}]}",
            "items",
        ),
        (
            "{\n\"survey\":\"x\",\n\"umfragen\":[{\"id\":1},{\"id\":2}]\n}",
            "umfragen",
        ),
        (
            "{\"title\":\"x\",\"data\":{\"the.items\":[{\"id\":1},{\"id\":2}]}}",
            "/data/the.items",
        ),
        (
            "{\"title\":\"x\",\"questions\":[{\"q\":1}],\"responses\":[{\"id\":1},{\"id\":2}]}",
            "responses",
        ),
        (
            "{\"id\":7,\"next_page\":null,\"responses\":[{\"id\":1}]}",
            "responses",
        ),
        // Pages, one behind the other.
        (
            "{\"page_count\":2,\"items\":[{\"id\":1}]}\n{\"page_count\":2,\"items\":[{\"id\":2}]}\n",
            "items",
        ),
        (
            "{\"paging\":{},\n\"items\":[{\"id\":1}]}\n{\"items\":[{\"id\":2}]}\n",
            "items",
        ),
    ] {
        for name in ["page.json", "-"] {
            let (seen, told) = found(name, text, &seeking());
            assert_eq!(seen.as_deref(), Some(path), "{text}");
            assert!(told[0].starts_with("the records are those of"), "{told:?}");
        }
        assert_eq!(found("page.ndjson", text, &seeking()).0, None, "{text}");
    }
    let list = "[{\"total_items\":2,\"items\":[{\"id\":1}]},{\"total_items\":2,\"items\":[]}]";
    assert_eq!(found("-", list, &seeking()).0.as_deref(), Some("items"));
    assert_eq!(found("-", list, &Layout::default()).0, None);
    let list = list.replace("total_items", "n");
    assert_eq!(found("-", &list, &seeking()).0, None);
    let (_, told) = found(
        "-",
        "{\"survey\":\"x\",\"items\":[{\"id\":1},{\"id\":2}]}",
        &seeking(),
    );
    insta::assert_snapshot!(told[0], @"the records are those of the array 'items'; the object around it has 'survey' of its own: should it be one record itself, give it on one line and say --format ndjson");
    // What says much of itself, and holds little, is a record, or may be one.
    for text in [
        "{\"id\":1,\"survey\":\"x\",\"answers\":[{\"id\":7},{\"id\":8},{\"id\":9}]}",
        "{\"nps\":9,\"why\":\"so\",\"at\":\"now\",\"fields\":[{\"a\":1},{\"a\":2}]}",
        "{\"nps\":9,\"answers\":[{\"a\":1}]}\n{\"nps\":8,\"answers\":[{\"a\":1},{\"a\":2}]}\n",
        "{\"_chatterload\":{\"row\":1},\"page_count\":1,\"items\":[{\"id\":1},{\"id\":2}]}\n{\"_chatterload\":{}}",
    ] {
        assert_eq!(found("-", text, &seeking()).0, None, "{text}");
    }
    let error = refused(
        "{\"nps\":9,\"why\":\"so\",\"answers\":[{\"a\":1}]}",
        &seeking(),
    );
    assert!(error.message.contains("may be one record"), "{error}");
    // To load it is not guessed.
    let pages = "{\"page_count\":2,\"items\":[{\"id\":1}]}\n{\"page_count\":2,\"items\":[]}\n";
    for name in ["-", "pages.ndjson"] {
        let (seen, told) = found(name, pages, &Layout::default());
        assert_eq!(seen, None);
        insta::allow_duplicates! {
            insta::assert_snapshot!(told[0], @r#"each object is read as one record, though the first counts or pages: if the records are those of their arrays 'items', say records = "items" in [source] of the mapping, or --records items"#);
        }
    }
}
