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

/// Never joined to what the person wrote: what somebody else did, a translation of it, a date in words.
#[test]
fn what_others_wrote_is_no_comment() {
    let others = [
        (
            "Agent reply",
            "Dear customer, thank you for letting us know about case",
        ),
        (
            "Response from owner",
            "We are sorry to hear that, and will do better next time",
        ),
        (
            "internal comment",
            "To be called back by somebody of the second floor, case",
        ),
        (
            "Comment (English)",
            "The delivery was late by two days or more this time",
        ),
        (
            "Submitted",
            "Sat Oct 31 2026 10:00 GMT+0100 (Central European Standard Time)",
        ),
    ];
    for (header, words) in others {
        let text = table(&format!("id,Stars,comment,{header}"), 12, |row| {
            format!(
                "R{row},{},Delivery was late by {row} days,\"{words} {row}\"",
                row % 5 + 1
            )
        });
        let draft = drafted(&text);
        let comment = line(&draft, "comment = ");
        assert!(
            comment.starts_with("comment = \"comment\""),
            "{header}: {}",
            draft.toml
        );
    }
    // A question about them is answered by the person.
    let text = table("id,Stars,What could our agent improve?", 12, |row| {
        format!(
            "R{row},{},Answer the phone within {row} minutes please",
            row % 5 + 1
        )
    });
    assert!(line(&drafted(&text), "comment = ").contains("What could our agent improve?"));
}
