//! Which sheet of a workbook is read, and which of its rows name the columns.

use rust_xlsxwriter::Workbook;

use super::workbook::{notices, workbook};
use super::*;

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
