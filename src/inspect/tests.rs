//! Files as people have them, profiled.

use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

use super::*;
use crate::read::{Input, Layout, Source};

/// As `inspect` and `map` open files.
pub fn seeking() -> Layout {
    Layout {
        seek_table: true,
        ..Layout::default()
    }
}

/// A profile of a text.
pub fn of_text(text: &str) -> Profile {
    let stream = Box::new(Cursor::new(text.as_bytes().to_vec()));
    let source = Source::from_stream(stream, Path::new("t.csv"), &seeking()).unwrap();
    profile("t.csv", source, None).unwrap()
}

/// Where real export files lie beside the project, or above it.
pub fn shared(path: &str) -> Option<std::path::PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .skip(1)
        .map(|above| above.join("shared/data").join(path))
        .find(|file| file.exists())
}

/// What must be told of a real export file, so that the test does not rest on how encodings are found out.
pub fn layout_of(path: &str) -> Layout {
    Layout {
        encoding: path.contains("star_wars").then(|| "macintosh".to_owned()),
        seek_table: true,
        ..Layout::default()
    }
}

/// A profile of a real export file; `None`, with a note, where the folder is absent.
pub fn of_shared(path: &str) -> Option<Profile> {
    let found = shared(path);
    if found.is_none() {
        #[expect(
            clippy::print_stderr,
            reason = "a note that the test has nothing to look at"
        )]
        {
            eprintln!("{path} is absent, not tested");
        }
    }
    let file = found?;
    let layout = layout_of(path);
    let source = Source::open(&Input::File(file), &layout).unwrap();
    Some(profile(path, source, None).unwrap())
}

const SHOP: &str = "\
Order no;Date;NPS;Price;Comment;E-mail;Contacted
A-001;31.12.2026;9;12,50;All fine, and on time too, thank you very much.;a@example.com;yes
A-002;01.11.2026;10;3,00;The parcel came late and the box was open at one side.;b@example.com;no
A-003;02.11.2026;n/a;1.250,00;;c@example.com;no
";

#[test]
fn a_profile_is_shown_as_a_table() {
    insta::assert_snapshot!(of_text(SHOP).render(None), @r"
    t.csv: csv, UTF-8, delimiter ;
    rows     3
    encoding UTF-8, as there is nothing but ASCII in the whole input
    tool     not recognised
      #   column      type                            filled   distinct   range                     samples
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      1   Order no    text, unique                    100%     3          5 chars                   A-001, A-002, A-003
      2   Date        date, %d.%m.%Y                  100%     3          2026-11-01 – 2026-12-31   31.12.2026, 01.11.2026, 02.11.2026
      3   NPS         whole number, unique            100%     3          9 – 10                    9, 10
      4   Price       number, decimal comma, unique   100%     3          3 – 1250                  12,50, 3,00, 1.250,00
      5   Comment     free text                       67%      2          47 – 54 chars             (not shown)
      6   E-mail      e-mail, unique                  100%     3          13 chars                  (personal)
      7   Contacted   yes or no                       100%     2          2 – 3 chars               yes, no
    ");
}

#[test]
fn a_profile_fits_a_narrow_terminal() {
    insta::assert_snapshot!(of_text(SHOP).render(Some(60)), @r"
    t.csv: csv, UTF-8, delimiter ;
    rows     3
    encoding UTF-8, as there is nothing but ASCII in the whole
             input
    tool     not recognised
       1  Order no
          text, unique · 100% filled · 3 distinct · 5 chars
          A-001, A-002, A-003
       2  Date
          date, %d.%m.%Y · 100% filled · 3 distinct ·
          2026-11-01 – 2026-12-31
          31.12.2026, 01.11.2026, 02.11.2026
       3  NPS
          whole number, unique · 100% filled · 3 distinct ·
          9 – 10
          9, 10
       4  Price
          number, decimal comma, unique · 100% filled ·
          3 distinct · 3 – 1250
          12,50, 3,00, 1.250,00
       5  Comment
          free text · 67% filled · 2 distinct · 47 – 54 chars
          (not shown)
       6  E-mail
          e-mail, unique · 100% filled · 3 distinct · 13 chars
          (personal)
       7  Contacted
          yes or no · 100% filled · 2 distinct · 2 – 3 chars
          yes, no
    ");
}

#[test]
fn what_is_long_in_the_head_is_broken_between_words() {
    let text = "StartDate,EndDate,RecordedDate,Status,ResponseId,Q1\nStart,End,Recorded,Status,Id,Why?\n\
        \"{\"\"ImportId\"\":\"\"startDate\"\",\"\"timeZone\"\":\"\"America/Denver\"\"}\",b,c,d,e,f\n\
        2026-11-02 10:15:00,2026-11-02 10:15:00,2026-11-02 10:15:00,0,R_1,x\n";
    let shown = of_text(text).render(Some(40));
    assert!(shown.contains("\ntime zone America/Denver\n"), "{shown}");
    assert!(
        shown.contains("\nnotice   row 3 holds Qualtrics' import\n         ids,"),
        "{shown}"
    );
}

#[test]
fn texts_and_personal_data_are_shown_nowhere() {
    let profile = of_text(SHOP);
    let shown = format!(
        "{}{}{profile:?}",
        profile.render(Some(80)),
        profile.to_json()
    );
    assert!(shown.contains("A-001"));
    for hidden in ["parcel", "All fine", "example.com"] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}

#[test]
fn a_column_is_what_nearly_all_of_it_is() {
    let mut text = "id,score,when\n".to_owned();
    for row in 1..=30 {
        let (score, when) = if row == 7 {
            ("nine".to_owned(), "31/02/2026".to_owned())
        } else {
            ((row % 11).to_string(), format!("{}/02/2026", row % 28 + 1))
        };
        writeln!(text, "{row},{score},{when}").unwrap();
    }
    let profile = of_text(&text);
    let kinds: Vec<(Kind, u64)> = profile
        .columns
        .iter()
        .map(|column| (column.kind, column.odd))
        .collect();
    assert_eq!(
        kinds,
        [(Kind::Integer, 0), (Kind::Integer, 1), (Kind::Date, 1)]
    );
    let score = &profile.columns[1];
    assert_eq!(
        score.number.map(|number| (number.min, number.max)),
        Some((0.0, 10.0))
    );
    assert_eq!(
        profile.columns[2].dates.as_ref().map(|dates| dates.order),
        Some(Order::DayFirst)
    );
    assert!(profile.columns[0].is_unique() && profile.columns[0].sequence && !score.is_unique());
}

#[test]
fn the_limit_is_kept_and_said() {
    let source = |text: &'static str| {
        let stream = Box::new(Cursor::new(text.as_bytes()));
        Source::from_stream(stream, Path::new("t.csv"), &Layout::default()).unwrap()
    };
    let of = |limit| {
        let profile = profile("t.csv", source("id,n\na,1\nb,2\nc,3\n"), Some(limit)).unwrap();
        (profile.rows, profile.is_complete)
    };
    assert_eq!(
        [of(1), of(2), of(3), of(9)],
        [(1, false), (2, false), (3, true), (3, true)]
    );
}

#[test]
fn a_header_without_rows_and_faulty_rows_are_no_trouble() {
    assert_eq!(of_text("id,score\n").rows, 0);
    let profile = of_text("id,score\na,1\nb\nc,2\nc,2\n");
    assert_eq!(profile.faults, [("ragged_row".to_owned(), 1)]);
    assert_eq!((profile.rows, profile.repeated_rows), (4, 1));
}

#[test]
fn a_file_without_header_is_known() {
    let text =
        "2026-11-02,8,a@example.com\n2026-11-03,9,b@example.com\n2026-11-04,10,c@example.com\n";
    let profile = of_text(text);
    assert!(profile.is_headerless);
    assert_eq!((profile.rows, profile.columns[1].filled), (3, 3));
    assert!(!of_text("date,n,mail\n2026-11-02,8,a@example.com\n").is_headerless);
}

#[test]
fn a_header_that_is_said_is_one_whatever_it_looks_like() {
    let headerless = |layout: Layout| {
        let text = "8,good,2026-11-01\n9,bad,2026-11-02\n7,so,2026-11-03\n";
        let stream = Box::new(std::io::Cursor::new(text.as_bytes()));
        let source = Source::from_stream(stream, Path::new("t.csv"), &layout).unwrap();
        profile("t.csv", source, None).unwrap().is_headerless
    };
    assert!(headerless(Layout::default()));
    for layout in [
        Layout {
            header_row: Some(1),
            ..Layout::default()
        },
        Layout {
            header_rows: Some(2),
            ..Layout::default()
        },
    ] {
        assert!(!headerless(layout));
    }
}

#[test]
fn json_records_are_profiled_by_path() {
    let profile = of_text(
        "{\"id\":1,\"s\":{\"score\":4},\"tags\":[\"a\",\"b\"],\"at\":\"2026-11-02T10:15:00Z\"}\n\
         {\"id\":2,\"s\":{\"score\":5,\"why\":null},\"tags\":[],\"at\":null}\n",
    );
    let seen: Vec<(&str, Kind, u64)> = profile
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.kind, column.filled))
        .collect();
    assert_eq!(
        seen,
        [
            ("id", Kind::Integer, 2),
            ("s.score", Kind::Integer, 2),
            ("tags", Kind::Text, 1),
            ("at", Kind::Date, 1),
            ("s.why", Kind::Empty, 0)
        ]
    );
}

#[test]
fn real_exports_are_recognised() {
    let table = [
        ("typeform/duplicate_headers.csv", Some(Tool::Typeform), 8, 0),
        ("qualtrics/german_labels.csv", Some(Tool::Qualtrics), 1, 2),
        (
            "qualtrics/german_labels_legacy.csv",
            Some(Tool::Qualtrics),
            1,
            1,
        ),
        (
            "qualtrics/side_by_side_insights.csv",
            Some(Tool::Qualtrics),
            25,
            2,
        ),
        (
            "qualtrics/side_by_side_legacy.csv",
            Some(Tool::Qualtrics),
            25,
            1,
        ),
        ("surveymonkey/south.csv", Some(Tool::SurveyMonkey), 2528, 0),
        (
            "surveymonkey/star_wars.csv",
            Some(Tool::SurveyMonkey),
            1186,
            0,
        ),
        ("encodings/utf16be_tab.csv", None, 50, 0),
    ];
    for (path, tool, rows, below) in table {
        if let Some(profile) = of_shared(path) {
            assert_eq!(
                (profile.tool, profile.rows, profile.header_rows_below),
                (tool, rows, below),
                "{path}"
            );
            assert!(!profile.is_headerless, "{path}");
            let joined = if path.starts_with("surveymonkey") {
                2
            } else {
                0
            };
            assert_eq!(profile.joined_header_rows, joined, "{path}");
            assert_eq!(
                (profile.header_row, profile.found_sheet),
                (None, None),
                "{path}"
            );
        }
    }
    if let Some(profile) = of_shared("reviews/amazon_fr.csv") {
        assert!(profile.is_headerless);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(80))]

    #[test]
    fn no_table_makes_a_panic(text in "([a-z0-9,;\"\n€ /.:#-]|ID|2026){0,200}") {
        let stream = Box::new(Cursor::new(text.into_bytes()));
        if let Ok(source) = Source::from_stream(stream, Path::new("t.csv"), &Layout::default())
            && let Ok(profile) = profile("t.csv", source, None)
        {
            profile.render(Some(40));
        }
    }
}

#[test]
fn lists_of_records_are_columns_by_what_tells_them_apart_or_told_of() {
    let record = |row: usize| {
        format!(
            "{{\"id\":{row},\"answers\":[{{\"question\":\"nps\",\"value\":{}}},{{\"question\":\"why\",\"value\":\"good {row}\"}}],\
             \"messages\":[{{\"body\":\"hello\"}}]}}\n",
            row % 11
        )
    };
    let text: String = (0..20).map(record).collect();
    let profile = of_text(&text);
    let names: Vec<&str> = profile
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "id",
            "answers[question=nps].value",
            "answers[question=why].value"
        ]
    );
    let notice = profile.notices.join("\n");
    assert!(
        notice.starts_with("`messages` is a list of records"),
        "{notice}"
    );
}
