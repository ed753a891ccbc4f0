//! Where the table stands in a file, and which rows are no answers.

use super::tests::{comment, drafted, line, map, noted, open_text, parsed, table};
use super::{Options, draft};
use crate::inspect::profile;
use crate::read::Layout;

#[test]
fn a_file_that_is_said_to_have_no_header_has_no_second_one() {
    let text = "Bonn,no\nBerlin,4\nKiel,5\n";
    let layout = Layout {
        header_row: Some(0),
        ..Layout::default()
    };
    let profile = profile("t.csv", open_text(text)(&layout), None).unwrap();
    assert_eq!((profile.rows, profile.joined_header_rows), (3, 0));
    let options = Options {
        layout,
        ..Options::default()
    };
    let draft = draft(&profile, None, &options);
    let mapped = map(&parsed(&draft.toml), &open_text(text));
    assert_eq!(mapped.rows, 3, "{}", draft.toml);
}

#[test]
fn a_header_without_rows_is_said_to_tell_nothing() {
    let draft = drafted("Response ID,Submitted,NPS,Why did you give this score?\n");
    assert!(
        noted(&draft, "the file has no rows to judge by"),
        "{:?}",
        draft.notes
    );
    assert!(
        line(&draft, "comment").contains("Why did you"),
        "{}",
        draft.toml
    );
}

#[test]
fn a_title_above_the_table_is_left_out_by_the_draft() {
    let rows: Vec<String> = (1..30)
        .map(|row| {
            let text = format!("Der Text Nummer {row} von einem Kunden, der viel schreibt.");
            let (day, score) = (row % 28 + 1, row % 11);
            format!("V-{row:04};{day:02}.10.2026;{score};{text}\n")
        })
        .collect();
    let rows = rows.concat();
    let text =
        format!("Kundenbefragung, Herbst\n\nVorgang;Datum;Weiterempfehlung (0-10);Warum?\n{rows}");
    let draft = drafted(&text);
    assert!(
        line(&draft, "header_row").starts_with("header_row = 3"),
        "{}",
        draft.toml
    );
    assert!(noted(&draft, "above row 3"));
    let mapped = map(&parsed(&draft.toml), &open_text(&text));
    assert_eq!(mapped.responses.len(), 29, "{:?}", mapped.rejected);
}

#[test]
fn a_title_above_a_table_that_begins_in_the_second_column_is_left_out() {
    let rows = (0..24).map(|row| format!(",a-{row:04},{},{}\n", row % 11, comment(row)));
    let rows = rows.collect::<String>();
    let text = format!("Survey of autumn\n\n,Vorgang,NPS,Warum?\n{rows}");
    let draft = drafted(&text);
    assert!(
        line(&draft, "header_row").starts_with("header_row = 3"),
        "{}",
        draft.toml
    );
    assert!(
        line(&draft, "columns").contains("\"Vorgang\""),
        "{}",
        draft.toml
    );
    let mapped = map(&parsed(&draft.toml), &open_text(&text));
    assert_eq!(mapped.responses.len(), 24, "{:?}", mapped.rejected);
}

#[test]
fn two_header_rows_of_no_known_tool_are_recognised() {
    let rows = (0..24).map(|row| {
        let seen = |every| if row % every == 0 { "x" } else { "" };
        format!(
            "a-{row:04},{},{},{},{}\n",
            seen(2),
            seen(3),
            row % 5 + 1,
            comment(row)
        )
    });
    let rows = rows.collect::<String>();
    let text = format!("Nr,Seen?,,Satisfaction,Why?\n,Shop,Web,Score,Answer\n{rows}");
    let draft = drafted(&text);
    assert!(
        line(&draft, "header_rows").starts_with("header_rows = 2"),
        "{}",
        draft.toml
    );
    assert!(
        line(&draft, "score").contains("\"Satisfaction / Score\""),
        "{}",
        draft.toml
    );
    assert!(
        line(&draft, "comment").contains("\"Why? / Answer\""),
        "{}",
        draft.toml
    );
    let mapped = map(&parsed(&draft.toml), &open_text(&text));
    assert_eq!(
        (mapped.rows, mapped.responses.len()),
        (24, 24),
        "{:?}",
        mapped.rejected
    );
    // Names for machines, and what they mean.
    let text = format!(
        "nr,q1,q2,q3,q4\nNumber,Seen in a shop?,Seen on the web?,CSAT,Why is that?\n{rows}"
    );
    let draft = drafted(&text);
    assert!(
        line(&draft, "skip_rows_after_header").starts_with("skip_rows_after_header = 1"),
        "{}",
        draft.toml
    );
    assert!(line(&draft, "score").contains("\"q3\""), "{}", draft.toml);
    let mapped = map(&parsed(&draft.toml), &open_text(&text));
    assert_eq!(
        (mapped.rows, mapped.responses.len()),
        (24, 24),
        "{:?}",
        mapped.rejected
    );
}

#[test]
fn a_heading_may_stand_over_score_and_comment() {
    let shops = ["Leeds", "York", "Hull"];
    let rows = (1..25).map(|row| {
        let (score, shop) = (row % 5 + 1, shops[row % 3]);
        let day = row % 28 + 1;
        format!(
            "{row},2026-10-{day:02},{},{score},{},{shop}\n",
            row % 11,
            comment(row)
        )
    });
    let rows = rows.collect::<String>();
    for (score, written) in [("NPS", "Comment"), ("NPS", "Why?"), ("NPS", "Feedback")] {
        let text =
            format!("Answer,When,Survey,,,Profile\nid,date,{score},CSAT,{written},Shop\n{rows}");
        let draft = drafted(&text);
        let of = |own: &str| format!("\"Survey / {own}\"");
        assert!(line(&draft, "score").contains(&of(score)), "{}", draft.toml);
        assert!(
            line(&draft, "comment").contains(&of(written)),
            "{}",
            draft.toml
        );
    }
}

#[test]
fn joined_header_rows_name_the_columns_of_surveymonkey() {
    let text = "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,\
        Custom Data 1,How satisfied are you?,Which did you see?,,Why?\n\
        ,,,,,,,,,Response,Star Wars,Empire,Open-Ended Response\n\
        1001,7,10/12/2026 11:10:05,10/13/2026 11:10:05,,,,,,4,Star Wars,,It was a long film and the seats were hard.\n\
        1002,7,10/12/2026 11:10:05,10/14/2026 11:10:05,,,,,,5,,Empire,It was a short film and the seats were soft.\n";
    let draft = drafted(text);
    assert!(
        line(&draft, "header_rows").starts_with("header_rows = 2"),
        "{}",
        draft.toml
    );
    assert!(!draft.toml.contains("skip_rows_after_header"));
    assert!(
        line(&draft, "score").contains("\"How satisfied are you? / Response\""),
        "{}",
        draft.toml
    );
    assert!(
        draft.toml.contains("\"Which did you see? / Empire\""),
        "{}",
        draft.toml
    );
    let mapped = map(&parsed(&draft.toml), &open_text(text));
    assert_eq!(mapped.responses.len(), 2, "{:?}", mapped.rejected);
}

#[test]
fn rows_at_fault_do_not_count_as_rows_without_an_answer() {
    let text = table("NPS,why", 20, |row| {
        format!("{},{}", row % 11, comment(row))
    });
    let ragged = text.replace("a-00007,7", "a-00007,7,more") + "a-99999\n";
    let draft = drafted(&ragged);
    assert!(!noted(&draft, "without a score"), "{:?}", draft.notes);
    assert!(
        !line(&draft, "score").contains("required"),
        "{}",
        draft.toml
    );
    assert!(line(&draft, "columns").contains("filled and unique"));
    let mapped = map(&parsed(&draft.toml), &open_text(&ragged));
    assert_eq!(mapped.responses.len(), 19);
}

#[test]
fn records_that_are_no_objects_do_not_cost_the_key() {
    let records: Vec<String> = (0..12)
        .map(|row| {
            format!(
                "{{\"id\": {row}, \"score\": {}, \"text\": \"{}\"}}",
                row % 11,
                comment(row)
            )
        })
        .collect();
    let text = format!("[{}, 5, \"none\"]", records.join(", "));
    let draft = drafted(&text);
    assert!(
        line(&draft, "columns").starts_with("columns = [\"id\"]"),
        "{}",
        draft.toml
    );
    assert!(!noted(&draft, "without a score"), "{:?}", draft.notes);
}

#[test]
fn rows_that_sum_up_the_others_are_filtered() {
    let above = table("Date,Time,CSAT,Comment", 20, |row| {
        format!(
            "2026-09-{:02},{:02}:15,{},{}",
            row + 1,
            row,
            row % 5 + 1,
            comment(row)
        )
    });
    for (below, values) in [
        ("Gesamt:,,,3.2,\n", "[\"Gesamt:\"]"),
        (
            "\nTotal,,,64,20 answers\nAverage,,,3.2,\n",
            "[\"Total\", \"Average\"]",
        ),
        ("Average score,,,3.2,\n", "[\"Average score\"]"),
        (
            "Sum,,,64,\nAverage,,,3.2,\nMin,,,1,\nMax,,,5,\n",
            "[\"Sum\", \"Average\", \"Min\", \"Max\"]",
        ),
    ] {
        let text = format!("{above}{below}");
        let draft = drafted(&text);
        assert!(
            draft
                .toml
                .contains(&format!("{{ column = \"id\", not_in = {values} }}")),
            "{}",
            draft.toml
        );
        assert!(noted(&draft, "sum"), "{:?}", draft.notes);
        assert!(!noted(&draft, "rejected"), "{:?}", draft.notes);
        // The columns are judged as if the rows were not there.
        assert!(
            line(&draft, "created_at").contains("Time"),
            "{}",
            draft.toml
        );
        assert!(line(&draft, "score").contains("max = 5"), "{}", draft.toml);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        assert_eq!(mapped.responses.len(), 20);
        assert!(mapped.rejected.is_empty(), "{:?}", mapped.rejected);
    }
    // Of a short table, and with rows of that name within it, nothing is known.
    assert!(
        !drafted("Team,CSAT\na,3\nTotal,3\n")
            .toml
            .contains("when = [")
    );
    let within = format!("{above}Total,,,3,\n{}", above.split_once('\n').unwrap().1);
    assert!(!drafted(&within).toml.contains("when = ["));
}

#[test]
fn what_is_wrapped_around_records_is_left_out_by_the_draft() {
    let records: Vec<String> = (1..30)
        .map(|row| {
            format!(
                "{{\"ref\":\"F-{row:04}\",\"nps\":{},\"why\":\"The text number {row}, by somebody who writes a lot.\",\
                 \"at\":\"2026-10-{:02}T10:00:00Z\"}}",
                row % 11,
                row % 28 + 1
            )
        })
        .collect();
    let records = records.join(",");
    for (text, expected) in [
        (
            format!("{{\"survey\":\"x\",\"items\":[{records}]}}"),
            "records = \"items\" ",
        ),
        (
            format!("{{\"total\":29,\"data\":{{\"a.b\":[{records}]}}}}"),
            "records = \"/data/a.b\" ",
        ),
        (
            format!(
                "{{\"page_count\":1,\"items\":[{records}]}}\n{{\"page_count\":1,\"items\":[]}}"
            ),
            "records = \"items\" ",
        ),
    ] {
        let draft = drafted(&text);
        assert!(
            line(&draft, "records").starts_with(expected),
            "{}",
            draft.toml
        );
        assert!(
            noted(&draft, "the records are those of the array"),
            "{:?}",
            draft.notes
        );
        assert!(line(&draft, "score").contains("\"nps\""), "{}", draft.toml);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        assert_eq!(
            (mapped.rows, mapped.responses.len()),
            (29, 29),
            "{}",
            draft.toml
        );
    }
    // What was said stands in the mapping, and nothing is told of it.
    let text = format!("{{\"survey\":\"x\",\"old\":[],\"items\":[{records}]}}");
    let layout = Layout {
        records: Some(crate::read::ArrayPath::of(&["items".to_owned()])),
        seek_table: true,
        ..Layout::default()
    };
    let profile = profile("t.json", open_text(&text)(&layout), None).unwrap();
    assert_eq!(profile.records.as_deref(), Some("items"));
    assert!(profile.notices.is_empty(), "{:?}", profile.notices);
    let options = Options {
        layout,
        ..Options::default()
    };
    let draft = draft(&profile, None, &options);
    assert_eq!(line(&draft, "records"), "records = \"items\"");
}
