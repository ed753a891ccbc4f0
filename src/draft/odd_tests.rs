//! Exports as analysts have them, each with something odd.

use super::tests::{drafted, map, open_text, parsed};
use super::*;

/// A table of `id` and these columns; each row's cells from its number.
fn table(columns: &str, rows: usize, cells: impl Fn(usize) -> String) -> String {
    let lines = (0..rows).map(|row| format!("a-{row:05},{}\n", cells(row)));
    format!("id,{columns}\n{}", lines.collect::<String>())
}

fn comment(row: usize) -> String {
    format!("What person {row} wrote about the shop and all that is in it.")
}

/// The line of a draft that begins so.
fn line<'a>(draft: &'a Draft, start: &str) -> &'a str {
    let mut lines = draft.toml.lines();
    lines.find(|line| line.starts_with(start)).unwrap_or("")
}

fn noted(draft: &Draft, part: &str) -> bool {
    draft.notes.iter().any(|note| note.contains(part))
}

#[test]
fn a_slip_among_many_does_not_make_another_scale() {
    for (header, slip, note) in [
        (
            "How likely are you to recommend us?",
            "77",
            "1 beyond 0 to 10 (row 9 `77`)",
        ),
        ("NPS", "8.5", "1 with a fraction (row 9 `8.5`)"),
        ("NPS", "nine", "1 no number (row 9 `nine`)"),
    ] {
        let text = table(&format!("{header},why"), 60, |row| {
            let score = if row == 7 {
                slip.to_owned()
            } else {
                (row % 11).to_string()
            };
            format!("{score},{}", comment(row))
        });
        let draft = drafted(&text);
        assert!(
            line(&draft, "data_type").contains("\"nps\""),
            "{}",
            draft.toml
        );
        assert!(noted(&draft, note), "{note}: {:?}", draft.notes);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        assert_eq!(mapped.responses.len(), 59);
    }
    // A scale that is used up to its end now and then is no slip.
    let text = table("Satisfaction", 40, |row| {
        if row < 3 { "7" } else { "4" }.to_owned()
    });
    assert!(line(&drafted(&text), "score").contains("max = 7"));
}

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
fn ranks_are_no_rating() {
    let ranks = ["1,2,3", "2,1,3", "3,1,2"];
    let text = table("First,Second,Third,why", 30, |row| {
        format!("{},{}", ranks[row % 3], comment(row))
    });
    let draft = drafted(&text);
    assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
    assert!(
        draft
            .questions
            .iter()
            .all(|question| question.field != "score")
    );
    // Three ratings side by side are ratings.
    let text = table("Food,Staff,Room", 30, |row| {
        format!("{},3,{}", row % 3 + 1, row % 2 + 1)
    });
    assert!(
        drafted(&text)
            .questions
            .iter()
            .any(|question| question.field == "score")
    );
}

#[test]
fn scales_in_stars_words_and_percent_are_read() {
    for (header, values, score) in [
        ("Rating", ["★★★★★", "★☆☆☆☆"], "\"★★★☆☆\" = 3"),
        ("Rating", ["⭐⭐", "⭐"], "\"⭐⭐⭐⭐⭐\" = 5"),
        ("満足度", ["満足", "不満"], "\"非常に満足\" = 5"),
        (
            "Zufriedenheit",
            ["sehr zufrieden", "unzufrieden"],
            "\"sehr unzufrieden\" = 1",
        ),
        ("Satisfaction", ["d’accord", "pas d’accord"], "= 4"),
        ("Mood rating", ["😡", "😀"], "\"😐\" = 3"),
        ("Satisfaction", ["85%", "40%"], "max = 100"),
        ("Customer effort score (0-100)", ["97", "12"], "max = 100"),
        ("Rating", ["4/5", "2/5"], "max = 5"),
    ] {
        let text = table(header, 40, |row| values[row % 2].to_owned());
        let draft = drafted(&text);
        let written = line(&draft, "score");
        assert!(written.contains(score), "{header}: {}", draft.toml);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        assert_eq!(
            mapped.responses.len(),
            40,
            "{header}: {:?}",
            mapped.rejected
        );
    }
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
fn rows_whose_score_says_there_is_none_are_told_with_the_empty_ones() {
    let text = table("NPS,why", 40, |row| {
        let score = ["N/A", "9", "7", "0", "-", ""][row % 6];
        format!("{score},{}", comment(row))
    });
    let draft = drafted(&text);
    assert!(
        noted(&draft, "rows without a score are left out: 19 of 40"),
        "{:?}",
        draft.notes
    );
    let mapped = map(&parsed(&draft.toml), &open_text(&text));
    assert_eq!((mapped.filtered, mapped.responses.len()), (19, 21));
}

#[test]
fn the_group_beside_a_recommendation_is_no_score() {
    let group = |score: usize| 1 + usize::from(score > 6) + usize::from(score > 8);
    for (columns, score) in [
        ("Q1,Q1_NPS_GROUP", "\"Q1\""),
        ("NPS,NPS group", "\"NPS\""),
        (
            "Would you recommend us?,Would you recommend us? - Group",
            "\"Would you recommend us?\"",
        ),
    ] {
        let text = table(&format!("{columns},why"), 44, |row| {
            format!("{},{},{}", row % 11, group(row % 11), comment(row))
        });
        let draft = drafted(&text);
        let written = line(&draft, "score");
        assert!(
            written.contains(&format!("column = {score},")) && written.contains("max = 10"),
            "{columns}: {}",
            draft.toml
        );
        assert!(line(&draft, "data_type").contains("\"nps\""));
        assert!(
            draft
                .questions
                .iter()
                .all(|question| question.field != "score"),
            "{:?}",
            draft.questions
        );
    }
}

#[test]
fn a_score_from_0_to_10_that_says_no_more_is_asked_about() {
    let text = table("Score,why", 44, |row| {
        format!("{},{}", row % 11, comment(row))
    });
    let draft = drafted(&text);
    insta::assert_snapshot!(line(&draft, "# check"), @"# check: Is `Score`, from 0 to 10, a recommendation or a satisfaction? nps: how likely to recommend | csat: how satisfied");
    let answered = draft
        .apply(&[super::tests::answer("data_type", &["nps"])])
        .unwrap();
    assert!(line(&answered, "data_type").contains("\"nps\""));
    assert_eq!(line(&answered, "# check"), "");
    // A header that says which it is asks nothing.
    let draft = drafted(&text.replace("Score", "Satisfaction score"));
    assert_eq!(line(&draft, "# check"), "", "{}", draft.toml);
}

#[test]
fn a_survey_of_delighted_is_of_its_own_type() {
    let text = |kind: fn(usize) -> &'static str, most: usize| {
        let rows = (0..44).map(|row| {
            format!(
                "{row},3{row},{},{},{},https://delighted.com/r/5b{row},1788249600,1788249650\n",
                kind(row),
                row % (most + 1),
                comment(row)
            )
        });
        format!(
            "id,person,survey_type,score,comment,permalink,created_at,updated_at\n{}",
            rows.collect::<String>()
        )
    };
    let draft = drafted(&text(|_| "nps", 10));
    assert!(
        line(&draft, "data_type").contains("\"nps\""),
        "{}",
        draft.toml
    );
    assert!(!draft.toml.contains("# check: Is"), "{}", draft.toml);
    let draft = drafted(&text(|_| "csat", 5));
    assert!(line(&draft, "data_type").contains("\"csat\""));
    // Two surveys in one export leave it open.
    let draft = drafted(&text(|row| ["nps", "csat"][row % 2], 10));
    assert!(draft.toml.contains("# check: Is `score`"), "{}", draft.toml);
}

#[test]
fn a_scale_with_labels_at_its_ends_is_a_score() {
    for (header, values, kind, ends) in [
        (
            "How likely are you to recommend us?",
            &["0 - Not at all likely", "3", "9", "10 - Extremely likely"][..],
            "nps",
            "min = 0, max = 10",
        ),
        (
            "How satisfied are you?",
            &["1 - Very bad", "2", "3", "4", "5"],
            "csat",
            "min = 1, max = 5",
        ),
        (
            "Zufriedenheit",
            &["1: gar nicht", "2", "4", "5: sehr"],
            "csat",
            "min = 1, max = 5",
        ),
    ] {
        for rows in [12, 60] {
            let text = table(&format!("{header},why"), rows, |row| {
                format!("{},{}", values[row % values.len()], comment(row))
            });
            let draft = drafted(&text);
            assert!(line(&draft, "score").contains(ends), "{}", draft.toml);
            assert!(line(&draft, "data_type").contains(kind), "{}", draft.toml);
            assert!(!draft.toml.contains("check: Which"), "{}", draft.toml);
            let mapped = map(&parsed(&draft.toml), &open_text(&text));
            assert_eq!(mapped.responses.len(), rows, "{:?}", mapped.rejected);
        }
    }
    // A label that stands in one row of many is no slip.
    let text = table("NPS,why", 60, |row| {
        let score = if row == 5 {
            "10 - Extremely likely".to_owned()
        } else {
            (row % 10).to_string()
        };
        format!("{score},{}", comment(row))
    });
    let mapped = map(&parsed(&drafted(&text).toml), &open_text(&text));
    assert_eq!(mapped.responses.len(), 60, "{:?}", mapped.rejected);
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
