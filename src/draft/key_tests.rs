//! What makes a row itself, and what becomes of it when it comes again.

use super::tests::{comment, drafted, line, noted};
use super::tools_tests::open;
use super::*;
use crate::inspect::profile;
use crate::read::{Input, Source};

#[test]
fn ids_that_lost_digits_are_no_key() {
    let row = |row: usize| format!("{},{}", row % 11, comment(row));
    let rows = (0..24).map(|at| format!("1.{}E+17,{}\n", 23457 + at, row(at)));
    let text = format!("Response ID,NPS,Why\n{}", rows.collect::<String>());
    let draft = drafted(&text);
    assert!(
        line(&draft, "content").contains("cumulative"),
        "{}",
        draft.toml
    );
    assert!(
        noted(
            &draft,
            "`Response ID` is no key: a spreadsheet kept only the first digits of 24"
        ),
        "{:?}",
        draft.notes
    );
    // Another id stands in.
    let rows = (0..24).map(|at| format!("{}E+17,T-{at:05},{}\n", at + 1, row(at)));
    let text = format!("Response ID,Ticket,NPS,Why\n{}", rows.collect::<String>());
    assert!(line(&drafted(&text), "columns").contains("\"Ticket\""));
}

#[test]
fn ids_that_end_in_zeros_beyond_the_fifteenth_digit_are_no_key() {
    let table = |id: &dyn Fn(usize) -> String| {
        let rows = (0..24).map(|at| format!("{},{},{}\n", id(at), at % 11, comment(at)));
        format!("Response ID,NPS,Why\n{}", rows.collect::<String>())
    };
    let cut = drafted(&table(&|at| format!("{}0000", 123_456_789_012_345 + at)));
    assert!(line(&cut, "content").contains("cumulative"), "{}", cut.toml);
    let told = "`Response ID` is no key: a spreadsheet kept only the first digits of 24";
    assert!(noted(&cut, told), "{:?}", cut.notes);
    let whole = drafted(&table(&|at| format!("{}{at:04}", 123_456_789_012_345 + at)));
    assert!(line(&whole, "columns").contains("\"Response ID\""));
}

#[test]
fn ids_of_sixteen_digits_in_a_workbook_are_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet
        .write_row(0, 0, ["Response ID", "NPS", "Why"])
        .unwrap();
    for row in 1..=20u32 {
        let id = 1e17 + f64::from(row) * 1000.0;
        sheet.write(row, 0, id).unwrap();
        sheet.write(row, 1, row % 11).unwrap();
        sheet.write(row, 2, comment(row as usize)).unwrap();
    }
    book.save(&file).unwrap();
    let source = Source::open(&Input::File(file), &Layout::default()).unwrap();
    let draft = draft(
        &profile("t.xlsx", source, None).unwrap(),
        None,
        &Options::default(),
    );
    assert_eq!(line(&draft, "columns"), "", "{}", draft.toml);
    assert!(noted(&draft, "is no key"), "{:?}", draft.notes);
}

#[test]
fn tools_whose_answers_change_later_are_drafted_to_update() {
    for (file, version) in [
        (
            "google_play.csv",
            "version = \"Review Last Update Millis Since Epoch\"",
        ),
        ("delighted.ndjson", "version = \"updated_at\""),
    ] {
        let profile = profile(file, open(file, &Layout::default()), None).unwrap();
        let draft = draft(&profile, None, &Options::default());
        assert!(
            line(&draft, "on_change").starts_with("on_change = \"update\""),
            "{}",
            draft.toml
        );
        assert!(
            line(&draft, "version").starts_with(version),
            "{}",
            draft.toml
        );
    }
}

/// Reviews without a text have no link. However many there are, the others are known by theirs.
#[test]
fn a_review_is_known_by_its_link_though_most_have_none() {
    let mut text = "Package Name,App Version Code,Reviewer Language,Review Submit Date and Time,\
        Review Last Update Millis Since Epoch,Star Rating,Review Text,Review Link\n"
        .to_owned();
    for row in 0..20 {
        let (comment, link) = match row % 4 {
            0 => (comment(row), format!("http://play.google.com/r/{row}")),
            _ => (String::new(), String::new()),
        };
        let (day, updated, stars) = (row + 1, 1_791_000_000_000 + row, row % 5 + 1);
        let review =
            format!("com.x,1,en,2026-10-{day:02}T10:00:00Z,{updated},{stars},{comment},{link}\n");
        text.push_str(&review);
    }
    let draft = drafted(&text);
    assert!(
        line(&draft, "columns").contains("Review Link"),
        "{}",
        draft.toml
    );
    assert!(line(&draft, "when_empty").contains("content"));
    assert!(line(&draft, "on_change").contains("update"));
}
