//! Exports as analysts have them, each with something odd.

use super::tests::{comment, drafted, line, map, noted, open_text, parsed, table};
use super::*;

#[test]
fn a_key_with_an_empty_cell_is_proposed_and_told() {
    let text = table("NPS,why", 20, |row| {
        format!("{},{}", row % 11, comment(row))
    })
    .replace("a-00007,", ",");
    let draft = drafted(&text);
    assert!(
        line(&draft, "columns").starts_with("columns = [\"id\"]"),
        "{}",
        draft.toml
    );
    insta::assert_snapshot!(line(&draft, "# when_empty"), @r#"# when_empty = "content"  # 1 of 20 rows has no key: rejected (key_missing), or known by its content if this is set"#);
    let mapped = map(&parsed(&draft.toml), &open_text(&text));
    assert_eq!(mapped.rejected.get("key_missing"), Some(&1));
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
fn dates_that_cannot_be_read_are_told() {
    for (value, why) in [
        ("46300.5", "day numbers"),
        ("3. maaliskuuta 2026", "of one language that is known"),
    ] {
        let text = table("Completed at,why", 20, |row| {
            format!("{value},{}", comment(row))
        });
        let draft = drafted(&text);
        assert!(noted(&draft, why), "{value}: {:?}", draft.notes);
    }
}

#[test]
fn choices_named_after_contact_data_are_no_contact_data() {
    let text = table("NPS,Channel: E-mail,Channel: Phone", 40, |row| {
        let ticked = |name, every| if row % every == 0 { name } else { "" };
        format!(
            "{},{},{}",
            row % 11,
            ticked("E-mail", 2),
            ticked("Phone", 3)
        )
    });
    let draft = drafted(&text);
    insta::assert_snapshot!(line(&draft, "channel"), @r#"channel = { columns = ["Channel: E-mail", "Channel: Phone"], name = "Channel" }  # one column a choice"#);
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
    let rows: String = (0..24)
        .map(|row| format!(",a-{row:04},{},{}\n", row % 11, comment(row)))
        .collect();
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
    let rows: String = (0..24)
        .map(|row| {
            let seen = |every| if row % every == 0 { "x" } else { "" };
            format!(
                "a-{row:04},{},{},{},{}\n",
                seen(2),
                seen(3),
                row % 5 + 1,
                comment(row)
            )
        })
        .collect();
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
fn a_draft_is_tried_before_it_is_written() {
    let text = table("NPS,why", 20, |row| {
        format!("{},{}", row % 11, comment(row))
    });
    let draft = drafted(&text);
    let open = |mapping: &crate::mapping::Mapping| Some(open_text(&text)(&mapping.layout()));
    assert_eq!(draft.verify(open), Ok(None));
    let broken = Draft {
        toml: draft.toml.replace("\"NPS\"", "\"NPX\""),
        ..draft.clone()
    };
    assert!(broken.verify(open).unwrap_err().contains("NPX"));
    assert!(broken.verify(|_| None).unwrap_err().contains("NPX"));
    let strict = Draft {
        toml: draft.toml.replace("max = 10", "max = 1"),
        ..draft
    };
    let doubt = strict.verify(open).unwrap().unwrap();
    assert!(
        doubt.contains("16 would be rejected, the first as score_out_of_range"),
        "{doubt}"
    );
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
fn a_comment_of_few_different_texts_is_the_comment() {
    let texts = [
        "Great service",
        "Too slow",
        "ok",
        "nice",
        "Pricing is unclear",
    ];
    let text = table("CSAT,Comment", 60, |row| {
        format!("{},{}", row % 5 + 1, texts[row % 5])
    });
    let draft = drafted(&text);
    assert!(
        line(&draft, "comment").contains("\"Comment\""),
        "{}",
        draft.toml
    );
    // What comments are sorted by is an attribute.
    let text = text.replace("CSAT,Comment", "CSAT,Comment type");
    let draft = drafted(&text);
    assert_eq!(line(&draft, "comment = "), "", "{}", draft.toml);
}

#[test]
fn whoever_is_named_is_left_out() {
    let text = table(
        "NPS,why,author,Wie heißen Sie?,person_name,user_login,Account manager,Customer,Shop name",
        20,
        |row| {
            format!(
                "{},{},Bo Stone,Eva Long,Dirk Vogt,anna{row},Cy Hill,C-{row:03},Ulm",
                row % 11,
                comment(row)
            )
        },
    );
    let draft = drafted(&text);
    assert!(
        noted(
            &draft,
            "left out as personal data: author, Wie heißen Sie?, person_name, user_login, Account manager"
        ),
        "{:?}",
        draft.notes
    );
    let mapped = map(&parsed(&draft.toml), &open_text(&text));
    let posted = format!("{:?}", mapped.responses);
    for name in ["Stone", "Long", "Vogt", "anna", "Hill"] {
        assert!(!posted.contains(name), "{name}");
    }
    // Codes name nobody.
    assert!(posted.contains("C-003") && posted.contains("Ulm"));
}

#[test]
fn a_name_deep_in_a_record_is_left_out() {
    let record = |row: usize| {
        format!(
            "{{\"id\": \"a-{row:03}\", \"score\": {}, \"text\": \"{}\", \"by\": {{\"name\": \"Zed {}\"}}, \
             \"product\": {{\"name\": \"Tea\"}}}}",
            row % 11,
            comment(row),
            row % 3
        )
    };
    let text = (0..20).map(record).collect::<Vec<_>>().join("\n");
    let draft = drafted(&text);
    assert!(noted(&draft, "left out as personal data: by.name"));
    assert!(!draft.toml.contains("\"by.name\""), "{}", draft.toml);
    assert!(draft.toml.contains("\"product.name\""), "{}", draft.toml);
}

#[test]
fn a_ticked_channel_is_no_address() {
    let text = table("NPS,q3: Phone,q3: Email,why", 20, |row| {
        format!("{},{},{},{}", row % 11, row % 2, row % 3 % 2, comment(row))
    });
    let draft = drafted(&text);
    assert!(!noted(&draft, "personal"), "{:?}", draft.notes);
    for column in ["q3: Phone", "q3: Email"] {
        assert!(
            draft.toml.contains(&format!("\"{column}\"")),
            "{}",
            draft.toml
        );
    }
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
fn thousands_are_told_from_fractions_by_the_other_columns() {
    let spent = |row: usize, sign: char| format!("{}{sign}{:03}", row % 9 + 1, row * 137 % 1000);
    let rows = |header: &str, cells: &dyn Fn(usize) -> String| {
        let lines = (0..24).map(|row| format!("a-{row:03};{};{}\n", row % 5 + 1, cells(row)));
        format!("Nr;Bewertung;{header}\n{}", lines.collect::<String>())
    };
    // Decimal commas elsewhere: points are between groups.
    let text = rows("Umsatz;Preis", &|row| {
        format!("{};12,{row:02}", spent(row, '.'))
    });
    let draft = drafted(&text);
    assert!(
        draft.toml.contains("decimal = \",\"\nthousands = \".\""),
        "{}",
        draft.toml
    );
    let mapped = map(&parsed(&draft.toml), &open_text(&text));
    let posted = format!("{:?}", mapped.responses[1]);
    assert!(posted.contains("2137"), "{posted}");
    // Decimal points elsewhere: so are these.
    let text = rows("Umsatz;Preis", &|row| {
        format!("{};12.{row:02}", spent(row, '.'))
    });
    let mapped = map(&parsed(&drafted(&text).toml), &open_text(&text));
    let posted = format!("{:?}", mapped.responses[1]);
    assert!(posted.contains("2.137"), "{posted}");
    // Nothing else: text, and a comment on what to add.
    for sign in ['.', ','] {
        let text = rows("Umsatz", &|row| spent(row, sign));
        let draft = drafted(&text);
        assert!(
            line(&draft, "umsatz").starts_with("umsatz = \"Umsatz\""),
            "{}",
            draft.toml
        );
        assert!(!draft.toml.contains("\ndecimal"), "{}", draft.toml);
        assert!(noted(&draft, "in `Umsatz` has thousands or a fraction"));
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        let posted = format!("{:?}", mapped.responses[1]);
        assert!(posted.contains(&format!("2{sign}137")), "{posted}");
    }
}

#[test]
fn what_is_called_by_digits_stays_text() {
    let text = table(
        "CSAT,App version,release,SKU,Lot,Size,Model,Visits",
        24,
        |row| {
            format!(
                "{},1.{row},1.{},{row}E1,{row}E2,3{}.10,{},{row}",
                row % 5 + 1,
                row % 12,
                row % 3,
                row + 300
            )
        },
    );
    let draft = drafted(&text);
    for name in ["app_version", "release", "sku", "lot", "model"] {
        let written = line(&draft, &format!("{name} = "));
        assert!(
            !written.is_empty() && !written.contains("type"),
            "{name}: {}",
            draft.toml
        );
    }
    for name in ["size", "visits"] {
        let written = line(&draft, &format!("{name} = "));
        assert!(written.contains("type = \"number\""), "{}", draft.toml);
    }
}
