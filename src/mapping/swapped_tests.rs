use jiff::civil::date;

use super::plan::tests::{only, plan};
use super::testing::{row, typed_row};
use crate::record::{Carried, Cell, Row};

const BODY: &str = r#"
[source]
timezone = "UTC"
[response]
data_type = "comment"
data_source = "csv_upload"
comment = "c"
created_at = { column = "at", formats = ["%d/%m/%Y"] }
"#;

fn typed(at: Cell) -> Row {
    let text = |text: &str| Cell::Text(text.to_owned());
    typed_row(vec![text("1"), text("hello"), at])
}

fn real(month: i8, day: i8) -> Row {
    typed(Cell::DateTime(date(2026, month, day).at(0, 0, 0, 0)))
}

fn written(text: &str) -> Row {
    typed(Cell::Text(text.to_owned()))
}

#[test]
fn a_spreadsheet_that_took_days_for_months_is_told_of() {
    let plan = plan(BODY, &["id", "c", "at"]);
    for row in [real(3, 4), written("25/04/2026"), real(5, 4)] {
        only(&plan, &row).unwrap();
    }
    assert_eq!(plan.warnings(), [""; 0], "one text may be chance");
    only(&plan, &written("13/04/2026")).unwrap();
    insta::assert_snapshot!(plan.warnings().join("\n"), @"day and month seem to be swapped in column 'at': no real date there has a day after the 12th, and no text one before the 13th, which is how a spreadsheet leaves dates that it reads in another order than they were written in: load the export as it was before a spreadsheet saved it");
    only(&plan, &real(4, 30)).unwrap();
    assert_eq!(plan.warnings(), [""; 0], "the 30th is no month");
}

#[test]
fn texts_alone_are_read_as_they_are_written() {
    let plan = plan(BODY, &["id", "c", "at"]);
    for at in ["03/04/2026", "25/04/2026", "26/04/2026", "2026-03-04"] {
        only(&plan, &row(&["1", "hello", at])).unwrap();
    }
    assert_eq!(plan.warnings(), [""; 0]);
}

fn carried(file: &str, row: Row) -> Row {
    Row {
        carried: Some(Box::new(Carried {
            file: file.to_owned(),
            ..Carried::default()
        })),
        ..row
    }
}

#[test]
fn a_text_that_a_spreadsheet_made_a_date_of_in_a_failures_file_is_not_believed() {
    let plan = plan(BODY, &["id", "c", "at"]);
    let rejection = only(&plan, &carried("nps.csv", real(3, 4))).unwrap_err();
    assert_eq!(rejection.code, "spreadsheet_damage");
    insta::assert_snapshot!(rejection.message, @"column 'at' holds '2026-03-04', which a spreadsheet has made of a text (%d/%m/%Y) and may have taken the day for the month: write the date as the export had it, in a cell formatted as text, or mend the first failures file and save it as CSV");
    let read = |row: Row| only(&plan, &row).unwrap().unwrap().created_at;
    let fourth = Some("2026-03-04T00:00:00Z".into());
    assert_eq!(read(carried("nps.csv", written("04/03/2026"))), fourth);
    assert_eq!(read(carried("nps.csv", written("2026-03-04"))), fourth);
    let damaged = |text: &str| {
        let mut row = carried("nps.csv", written(text));
        row.carried.as_mut().unwrap().damaged = "created_at".to_owned();
        only(&plan, &row).map_err(|why| why.code.into_owned())
    };
    let again = Err("spreadsheet_damage".to_owned());
    assert_eq!(damaged("2026-03-04"), again);
    assert_eq!(damaged("2026-03-04T00:00:00"), again);
    assert!(damaged("03/04/2026").is_ok());
    assert!(damaged("2026-03-13").is_ok());
    // These can be nothing else.
    assert!(read(carried("nps.csv", real(3, 13))).is_some());
    assert!(read(carried("nps.csv", real(3, 3))).is_some());
    // It was a real date before.
    assert_eq!(read(carried("nps.XLSX", real(3, 4))), fourth);
    assert_eq!(read(real(3, 4)), fourth);
}
