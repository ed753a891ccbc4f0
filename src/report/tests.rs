//! What people see.

use std::time::Duration;

use super::paint::Paint;
use super::*;
use crate::error::{Error, InputError};
use crate::outcome::{Counts, Left, Outcome, Rejection};
use crate::record::{Cells, Position, Row};

pub fn about(command: &str) -> About {
    About {
        run: "2026-11-23T02-15-00Z-7f3a".to_owned(),
        command: command.to_owned(),
        project: Some("acme".to_owned()),
        files: vec!["nps.csv".to_owned()],
        started_at: "2026-11-23T02:15:00.123Z".parse().unwrap(),
        finished_at: "2026-11-23T02:15:09.9Z".parse().unwrap(),
        elapsed: Duration::from_millis(9_777),
    }
}

pub fn row(number: u64, line: u64) -> Row {
    Row {
        position: Position { row: number, line },
        cells: Cells::Raw("the comment is secret".to_owned()),
        ..Row::default()
    }
}

/// Counts, and the same outcomes' reasons.
pub fn noted(outcomes: Vec<(Outcome, Row)>, reasons: &mut Reasons, counts: &mut Counts) {
    for (outcome, row) in outcomes {
        counts.count(&outcome);
        counts.responses += 1;
        counts.rows += 1;
        counts.rows_mapped += 1;
        if let Some((_, why)) = outcome.failure() {
            reasons.note("nps.csv", &row, why, false);
        }
    }
}

pub fn failures() -> (Counts, Reasons) {
    let score = |value: &str| {
        Outcome::Rejected(Rejection::new(
            "score_not_a_number",
            "score",
            format!("column 'NPS': '{value}' is no number; write a number from 0 to 10"),
        ))
    };
    let ragged =
        "row 31 has 9 cells, the header has 8: put quotes around cells that hold the delimiter";
    let refused = "the API refused the response: comment 'secret words' is too long";
    let doubt = "in doubt, and so not sent again: no answer came";
    let mut counts = Counts {
        rows: 3,
        filtered: 3,
        ..Counts::default()
    };
    let mut reasons = Reasons::default();
    let outcomes = vec![
        (score("elf"), row(90, 97)),
        (score("ten"), row(12, 19)),
        (score("nine"), row(13, 20)),
        (score("one"), row(190, 197)),
        (
            Outcome::Rejected(Rejection::new("ragged_row", "", ragged)),
            row(31, 31),
        ),
        (
            Outcome::Failed(Rejection::new("http_413", "", refused)),
            row(40, 40),
        ),
        (
            Outcome::InDoubt(Rejection::new("timeout", "", doubt)),
            row(50, 50),
        ),
        (Outcome::AlreadyUploaded(Some("repeated")), row(60, 60)),
        (Outcome::Changed(Left::Unwanted), row(61, 61)),
    ];
    noted(outcomes, &mut reasons, &mut counts);
    (counts, reasons)
}

fn traffic() -> Traffic {
    Traffic {
        requests: 1_190,
        retries: 1,
        rate_limited: 2,
    }
}

#[test]
fn all_is_fine() {
    let counts = Counts {
        rows: 1_200,
        responses: 1_200,
        uploaded: 1_190,
        already_uploaded: 10,
        rows_mapped: 1_200,
        ..Counts::default()
    };
    let summary = Summary::from_counts(&about("import"), &counts, traffic(), false);
    assert_eq!((summary.status, summary.exit_code), (Status::Complete, 0));
    insta::assert_snapshot!(summary.text(&Reasons::default(), Paint::PLAIN), @r#"
    Import of nps.csv into acme: complete
    run 2026-11-23T02-15-00Z-7f3a, 9.8 s

      1,200  rows read
      1,200  responses in them

      1,190  uploaded
         10  already uploaded

    1,190 requests (121.4/s), 1 retry, asked to slow down 2 times
    "#);
}

#[test]
fn some_failed() {
    let (counts, reasons) = failures();
    let mut summary = Summary::from_counts(&about("import"), &counts, traffic(), false);
    summary.failures_file = Some("nps.failures.csv".to_owned());
    summary.warn(["column 'Mail' is not used by the mapping".to_owned()]);
    summary.next = Some("chatterload retry nps.failures.csv".to_owned());
    let text = summary.text(&reasons, Paint::PLAIN);
    assert!(
        !text.contains("secret"),
        "neither comments nor the server's words"
    );
    insta::assert_snapshot!(text, @r#"
    Import of nps.csv into acme: 6 of 9 responses were not loaded, 1 is in doubt
    run 2026-11-23T02-15-00Z-7f3a, 9.8 s

      12  rows read
       3  rows filtered out by the mapping
       9  responses in them

       0  uploaded
       1  already uploaded
       1  changed: other content under a key that is there, left as it is
       5  rejected: not fit to be sent
       1  failed: refused by the API
       1  in doubt: perhaps loaded, perhaps not

    1,190 requests (121.4/s), 1 retry, asked to slow down 2 times

    Why
      4  score_not_a_number
         nps.csv, row 12 (line 19): column 'NPS': 'ten' is no number; write a number from 0 to 10
      1  http_413
         nps.csv, row 40: the API refused the response; its words are in the failures file
      1  ragged_row
         nps.csv, row 31 has 9 cells, the header has 8: put quotes around cells that hold the delimiter
      1  repeated: the same row came twice, and was sent once
      1  timeout
         nps.csv, row 50: in doubt, and so not sent again: no answer came

    warning: column 'Mail' is not used by the mapping

    Failures file: nps.failures.csv

    Next:
      chatterload retry nps.failures.csv
    "#);
    let version = format!("\"version\":\"{}\"", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(summary.json().replace(&version, "\"version\":\"…\""), @r#"
    {"run":"2026-11-23T02-15-00Z-7f3a","command":"import","version":"…","status":"complete_with_failures","exit_code":1,"error":null,"project":"acme","files":["nps.csv"],"started_at":"2026-11-23T02:15:00Z","finished_at":"2026-11-23T02:15:09Z","elapsed_s":9.8,"rows":12,"filtered":3,"responses":9,"uploaded":0,"updated":0,"already_uploaded":1,"changed":1,"rejected":5,"failed":1,"in_doubt":1,"not_attempted":0,"known_failures":0,"doubles":0,"requests":1190,"retries":1,"rate_limited":2,"failures_file":"nps.failures.csv","reasons":{"http_413":1,"ragged_row":1,"repeated":1,"score_not_a_number":4,"timeout":1},"next":"chatterload retry nps.failures.csv","warnings":["column 'Mail' is not used by the mapping"]}
    "#);
}

#[test]
fn ctrl_c_stops_a_run() {
    let counts = Counts {
        rows: 120,
        responses: 120,
        uploaded: 1,
        not_attempted: 119,
        rows_mapped: 120,
        ..Counts::default()
    };
    let error = Error::Stopped("interrupted: run the same command again to go on".to_owned());
    let mut summary = Summary::from_counts(
        &about("import"),
        &counts,
        Traffic {
            requests: 1,
            ..Traffic::default()
        },
        false,
    )
    .ended_by(&error);
    summary.first_unread_row = Some(Unread {
        file: "nps.csv".to_owned(),
        row: 122,
    });
    assert_eq!(summary.exit_code, 5);
    summary.next = Some("chatterload import nps.csv -m nps -p acme".to_owned());
    insta::assert_snapshot!(summary.text(&Reasons::default(), Paint::PLAIN), @r#"
    Import of nps.csv into acme: stopped before the end
    run 2026-11-23T02-15-00Z-7f3a, 9.8 s

    error: interrupted: run the same command again to go on

      120  rows read
      120  responses in them

        1  uploaded
      119  not attempted

    1 request (0.1/s)

    First row not read: nps.csv, row 122

    Next:
      chatterload import nps.csv -m nps -p acme
    "#);
    let json = summary.json();
    assert!(
        json.ends_with(
            r#""reasons":{},"first_unread_row":{"file":"nps.csv","row":122},"next":"chatterload import nps.csv -m nps -p acme"}"#
        ),
        "{json}"
    );
}

#[test]
fn an_aborted_run_says_why() {
    let mut about = about("import");
    about.project = None;
    about.files = vec!["a.csv".to_owned(), "-".to_owned()];
    let error = Error::Usage("no project was given\n  help: name it with -p".to_owned());
    let summary = Summary::from_counts(&about, &Counts::default(), Traffic::default(), false)
        .ended_by(&error);
    assert_eq!(summary.status, Status::Aborted);
    insta::assert_snapshot!(summary.text(&Reasons::default(), Paint::PLAIN), @r#"
    Import of a.csv and standard input: not done
    run 2026-11-23T02-15-00Z-7f3a, 9.8 s

    error: no project was given
      help: name it with -p
    "#);
}

#[test]
fn what_was_uploaded_before_an_error_was_done() {
    let counts = Counts {
        rows: 2,
        rows_mapped: 2,
        responses: 2,
        uploaded: 2,
        ..Counts::default()
    };
    let error = Error::Input(InputError {
        file: "-".into(),
        place: Some("row 3".to_owned()),
        message: "reading failed".to_owned(),
        remedy: None,
    });
    let summary =
        Summary::from_counts(&about("import"), &counts, Traffic::default(), false).ended_by(&error);
    insta::assert_snapshot!(summary.text(&Reasons::default(), Paint::PLAIN), @r#"
    Import of nps.csv into acme: done in part
    run 2026-11-23T02-15-00Z-7f3a, 9.8 s

    error: standard input, row 3: reading failed

      2  rows read
      2  responses in them

      2  uploaded
    "#);
}

#[test]
fn counts_that_do_not_add_up_are_loud() {
    let counts = Counts {
        rows: 2,
        rows_mapped: 2,
        responses: 2,
        uploaded: 1,
        ..Counts::default()
    };
    let mut summary = Summary::from_counts(&about("import"), &counts, Traffic::default(), false);
    summary.warn(["another".to_owned()]);
    assert_eq!(summary.exit_code, 1);
    insta::assert_snapshot!(summary.text(&Reasons::default(), Paint::PLAIN), @r#"
    Import of nps.csv into acme: complete, but look at what follows
    run 2026-11-23T02-15-00Z-7f3a, 9.8 s

      2  rows read
      2  responses in them

      1  uploaded

    THE COUNTS DO NOT ADD UP: responses mapped: 2, outcomes counted: 1. This is a fault of chatterload: do not rely on this run before `chatterload ledger verify 2026-11-23T02-15-00Z-7f3a` says that nothing is missing, and please report it.

    warning: another
    "#);
    assert!(
        summary
            .json()
            .contains("the counts do not add up: responses mapped: 2")
    );
}

#[test]
fn known_failures_that_are_ignored_are_no_failure() {
    let (mut counts, _) = failures();
    counts.known_failures = 7;
    let ends = |ignore| {
        let summary = Summary::from_counts(&about("import"), &counts, Traffic::default(), ignore);
        (summary.status, summary.exit_code)
    };
    assert_eq!(ends(true), (Status::Complete, 0));
    assert_eq!(ends(false), (Status::CompleteWithFailures, 1));
    counts.known_failures = 6;
    let summary = Summary::from_counts(&about("import"), &counts, Traffic::default(), true);
    assert_eq!(summary.exit_code, 1);
}

#[test]
fn colours_change_nothing_but_colours() {
    let (counts, reasons) = failures();
    let mut summary = Summary::from_counts(&about("import"), &counts, traffic(), false);
    summary.next = Some("next".to_owned());
    let (plain, coloured) = (
        summary.text(&reasons, Paint::PLAIN),
        summary.text(&reasons, Paint::new(true)),
    );
    assert!(!plain.contains('\u{1b}'));
    let mut stripped = coloured.clone();
    for code in ["0", "1", "2", "31", "32", "33"] {
        stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_ne!(coloured, plain);
    assert_eq!(stripped, plain);
}

/// Looks at a check of which some fails.
fn with_check(look: impl FnOnce(&preview::Check<'_>)) {
    let (mut counts, reasons) = failures();
    counts.uploaded = 0;
    counts.not_attempted = 2;
    counts.responses += 2;
    counts.rows += 2;
    counts.rows_mapped += 2;
    let summary = Summary::from_counts(&about("check"), &counts, Traffic::default(), false);
    let origins = [
        (
            "comment".to_owned(),
            "columns 'Good', 'Bad' joined".to_owned(),
        ),
        ("score".to_owned(), "column 'NPS'".to_owned()),
    ];
    let shown = [Shown {
        file: "nps.csv",
        row: 2,
        name: "main",
        body: br#"{"response":{"comment":"Fine.","score":9,"user_meta":{"chatterload_key":{"type":"text","name":"Chatterload key","value":"kaa"}}}}"#,
        origins: &origins,
    }];
    look(&preview::Check {
        summary: &summary,
        reasons: &reasons,
        shown: &shown,
        overview: None,
        diff: None,
    });
}

#[test]
fn a_check_shows_what_would_be_sent() {
    with_check(|check| {
        insta::assert_snapshot!(preview::text(check, Paint::PLAIN), @r#"
        nps.csv, row 2, response main
          comment                    "Fine."  columns 'Good', 'Bad' joined
          score                      9        column 'NPS'
          user_meta.chatterload_key  "kaa"    made by chatterload
        {"response":{"comment":"Fine.","score":9,"user_meta":{"chatterload_key":{"type":"text","name":"Chatterload key","value":"kaa"}}}}

        Check of nps.csv for acme: 6 of 11 responses cannot be loaded, 1 is in doubt
        run 2026-11-23T02-15-00Z-7f3a, 9.8 s

          14  rows read
           3  rows filtered out by the mapping
          11  responses in them

           2  would be sent
           1  already uploaded
           1  changed: other content under a key that is there, left as it is
           5  rejected: not fit to be sent
           1  failed: refused by the API
           1  in doubt: perhaps loaded, perhaps not

        Why
          4  score_not_a_number
             nps.csv, row 12 (line 19): column 'NPS': 'ten' is no number; write a number from 0 to 10
             nps.csv, row 13 (line 20): column 'NPS': 'nine' is no number; write a number from 0 to 10
             nps.csv, row 90 (line 97): column 'NPS': 'elf' is no number; write a number from 0 to 10
             … and 1 more
          1  http_413
             nps.csv, row 40: the API refused the response; its words are in the failures file
          1  ragged_row
             nps.csv, row 31 has 9 cells, the header has 8: put quotes around cells that hold the delimiter
          1  repeated: the same row came twice, and was sent once
          1  timeout
             nps.csv, row 50: in doubt, and so not sent again: no answer came
        "#);
        let json = preview::json(check);
        assert_eq!(json["preview"][0]["origins"]["score"], "column 'NPS'");
        assert_eq!(json["preview"][0]["body"]["response"]["score"], 9);
        assert_eq!(json["rejections"][0]["row"], 12);
        assert_eq!(json["rejections"].as_array().unwrap().len(), 6);
        assert_eq!(json["rejections_left_out"], 1);
        assert_eq!(json["run"], check.summary.run);
    });
}

#[test]
fn what_stood_side_by_side_is_stacked_in_a_narrow_terminal() {
    with_check(|check| {
        let narrow = preview::text(check, Paint::PLAIN.within(Some(50)));
        let narrow: Vec<&str> = narrow.lines().collect();
        insta::assert_snapshot!(narrow[..10].join("\n"), @r#"
        nps.csv, row 2, response main
          comment
              "Fine."
              columns 'Good', 'Bad' joined
          score
              9
              column 'NPS'
          user_meta.chatterload_key
              "kaa"
              made by chatterload
        "#);
        insta::assert_snapshot!(narrow[22..].join("\n"), @r#"
           1  changed: other content under a key that is
              there, left as it is
           5  rejected: not fit to be sent
           1  failed: refused by the API
           1  in doubt: perhaps loaded, perhaps not

        Why
          4  score_not_a_number
             nps.csv, row 12 (line 19): column 'NPS':
             'ten' is no number; write a number from 0 to
             10
             nps.csv, row 13 (line 20): column 'NPS':
             'nine' is no number; write a number from 0 to
             10
             nps.csv, row 90 (line 97): column 'NPS':
             'elf' is no number; write a number from 0 to
             10
             … and 1 more
          1  http_413
             nps.csv, row 40: the API refused the
             response; its words are in the failures file
          1  ragged_row
             nps.csv, row 31 has 9 cells, the header has
             8: put quotes around cells that hold the
             delimiter
          1  repeated: the same row came twice, and was
             sent once
          1  timeout
             nps.csv, row 50: in doubt, and so not sent
             again: no answer came
        "#);
    });
}

#[test]
fn the_first_rows_of_a_reason_are_those_of_the_input() {
    let mut reasons = Reasons::default();
    let why = Rejection::new("x", "", "m");
    for number in [9, 3, 7, 1, 5, 3] {
        reasons.note("a.csv", &row(number, number), &why, false);
    }
    let x = reasons.get("x").unwrap();
    assert_eq!(x.count, 6);
    assert_eq!(
        x.samples.iter().map(Sample::row).collect::<Vec<_>>(),
        [1, 3, 3]
    );
    // What failed before does not hide what is new.
    let mut reasons = Reasons::default();
    for (number, is_known) in [(1, true), (9, false), (2, true), (3, true), (8, false)] {
        reasons.note("a.csv", &row(number, number), &why, is_known);
    }
    let x = reasons.get("x").unwrap();
    assert_eq!(
        x.samples.iter().map(Sample::row).collect::<Vec<_>>(),
        [8, 9, 1]
    );
    let mut none = Reasons::keeping(0);
    none.note("a.csv", &row(1, 1), &why, false);
    assert_eq!(none.get("x").unwrap().count, 1);
}
