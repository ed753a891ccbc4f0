//! Real exports, where the folder with them is there.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::*;
use crate::read::Input;

/// It lies beside the project, or further up.
fn folder() -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1);
    let mut above = above.map(|folder| folder.join("shared/data"));
    let found = above.find(|folder| folder.is_dir());
    if found.is_none() {
        #[expect(
            clippy::print_stderr,
            reason = "a test that looks at nothing must say so"
        )]
        {
            eprintln!("skipped: the folder of real exports is not there");
        }
    }
    found
}

/// What is recognised of a file, and what becomes of its rows.
fn summary(folder: &Path, name: &str, layout: &Layout) -> String {
    let input = Input::File(folder.join(name));
    let source = Source::open(&input, layout).unwrap();
    let Shape::Table(header) = source.shape().clone() else {
        panic!("{name} is a table");
    };
    let mut text = format!(
        "{name}: {}, {}, delimiter {:?}, {} columns",
        source.format().name(),
        source.encoding_evidence().unwrap(),
        source.delimiter().map(char::from).unwrap(),
        header.len()
    );
    if let Some(zone) = source.timezone() {
        let _ = write!(text, ", times of {zone}");
    }
    let notices = source.notices();
    let (mut rows, mut faults, mut replaced) = (0, 0, 0);
    source
        .rows(0, &mut |row| {
            rows += 1;
            faults += u64::from(row.fault.is_some());
            let cells = 0..row.width();
            replaced += cells
                .filter(|index| row.cell(*index).text().contains('\u{fffd}'))
                .count();
            ControlFlow::Continue(())
        })
        .unwrap();
    let _ = write!(
        text,
        ", {rows} rows, {faults} at fault, {replaced} with U+FFFD"
    );
    for notice in notices.list() {
        let _ = write!(text, "\n    {notice}");
    }
    text
}

#[test]
fn every_real_file_is_read() {
    let Some(folder) = folder() else { return };
    let plain = Layout::default();
    let rows = |header_rows, skip| Layout {
        header_rows: Some(header_rows),
        skip_rows_after_header: skip,
        ..Layout::default()
    };
    let none = Layout {
        header_row: Some(0),
        ..Layout::default()
    };
    let files = [
        ("surveymonkey/south.csv", rows(2, 0)),
        ("surveymonkey/star_wars.csv", rows(2, 0)),
        ("qualtrics/german_labels.csv", rows(1, 2)),
        ("qualtrics/german_labels.csv", plain.clone()),
        ("qualtrics/german_labels_legacy.csv", rows(1, 1)),
        ("qualtrics/side_by_side_insights.csv", rows(1, 2)),
        ("qualtrics/side_by_side_legacy.csv", rows(1, 1)),
        ("typeform/duplicate_headers.csv", plain.clone()),
        ("reviews/amazon_fr.csv", none),
        ("encodings/utf16be_tab.csv", plain),
    ];
    let summaries: Vec<String> = files
        .iter()
        .map(|(name, layout)| summary(&folder, name, layout))
        .collect();
    insta::assert_snapshot!(summaries.join("\n"), @r"
    surveymonkey/south.csv: csv, UTF-8, as there is nothing but ASCII in the whole file, delimiter ',', 58 columns, 2528 rows, 0 at fault, 0 with U+FFFD
    surveymonkey/star_wars.csv: csv, windows-1252, by the letters it makes of 2 places where it is no UTF-8 (the first byte is 0x8C on line 1, in the whole file), delimiter ',', 38 columns, 1186 rows, 0 at fault, 0 with U+FFFD
    qualtrics/german_labels.csv: csv, UTF-8, as all of its characters beyond ASCII are (4 in the whole file), delimiter ',', 20 columns, 1 rows, 0 at fault, 0 with U+FFFD
    qualtrics/german_labels.csv: csv, UTF-8, as all of its characters beyond ASCII are (4 in the whole file), delimiter ',', 20 columns, 3 rows, 0 at fault, 0 with U+FFFD
        row 3 holds Qualtrics' import ids, no answers: leave it out by skip_rows_after_header = 2
    qualtrics/german_labels_legacy.csv: csv, UTF-8, by its byte order mark, delimiter ',', 16 columns, 1 rows, 0 at fault, 0 with U+FFFD
    qualtrics/side_by_side_insights.csv: csv, UTF-8, as there is nothing but ASCII in the whole file, delimiter ',', 71 columns, 25 rows, 0 at fault, 0 with U+FFFD
    qualtrics/side_by_side_legacy.csv: csv, UTF-8, by its byte order mark, delimiter ',', 71 columns, 25 rows, 0 at fault, 0 with U+FFFD
    typeform/duplicate_headers.csv: csv, UTF-8, as all of its characters beyond ASCII are (15 in the whole file), delimiter ',', 48 columns, 8 rows, 0 at fault, 0 with U+FFFD
    reviews/amazon_fr.csv: csv, UTF-8, as all of its characters beyond ASCII are (29001 in the whole file), delimiter ',', 2 columns, 1500 rows, 0 at fault, 0 with U+FFFD
    encodings/utf16be_tab.csv: csv, UTF-16BE, by its byte order mark, delimiter '\t', 13 columns, 50 rows, 0 at fault, 0 with U+FFFD
    ");
}

#[test]
fn questions_of_surveymonkey_stand_over_their_choices() {
    let Some(folder) = folder() else { return };
    let layout = Layout {
        header_rows: Some(2),
        ..Layout::default()
    };
    let input = Input::File(folder.join("surveymonkey/star_wars.csv"));
    let source = Source::open(&input, &layout).unwrap();
    let Shape::Table(header) = source.shape() else {
        panic!("a table");
    };
    insta::assert_debug_snapshot!(&header.names[..5], @r#"
    [
        "RespondentID",
        "Have you seen any of the 6 films in the Star Wars franchise? / Response",
        "Do you consider yourself to be a fan of the Star Wars film franchise? / Response",
        "Which of the following Star Wars films have you seen? Please select all that apply. / Star Wars: Episode I  The Phantom Menace",
        "Which of the following Star Wars films have you seen? Please select all that apply. / Star Wars: Episode II  Attack of the Clones",
    ]
    "#);
}
