//! Questions with a column for each choice, or for each row of a matrix.

use super::tests::{comment, drafted, line, map, noted, open_text, parsed, table};
#[test]
fn ticked_choices_are_one_attribute() {
    let ticks = |row: usize| format!("{},{},{}", row % 2, row / 2 % 2, usize::from(row == 7));
    for (columns, posted) in [
        ("Seen? [Shop],Seen? [Web],Seen? [Phone]", "Shop, Web"),
        ("Seen? / Shop,Seen? / Web,Seen? / Phone", "Shop, Web"),
        ("Q5_1,Q5_2,Q5_3", "Q5_1, Q5_2"),
        (
            "Rating: Shop,Rating: Web,Rating: Phone",
            "Rating: Shop, Rating: Web",
        ),
    ] {
        let text = table(&format!("{columns},why"), 24, |row| {
            format!("{},{}", ticks(row), comment(row))
        });
        let draft = drafted(&text);
        assert!(draft.toml.contains("show = \"label\""), "{}", draft.toml);
        assert!(!draft.toml.contains("type = \"number\""), "{}", draft.toml);
        assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        let segments: Vec<String> = mapped.responses[3]
            .segments
            .iter()
            .map(|segment| format!("{:?}", segment.value))
            .collect();
        assert!(
            segments.iter().any(|value| value.contains(posted)),
            "{segments:?}\n{}",
            draft.toml
        );
    }
}

#[test]
fn no_is_no_tick_in_other_languages_either() {
    for (yes, no) in [
        ("ja", "Nein"),
        ("oui", "non"),
        ("tak", "nie"),
        ("Yes", "No"),
        ("ja", "nee"),
        ("sí", "no"),
        ("sì", "no"),
        ("Vero", "Falso"),
        ("sim", "não"),
        ("x", ""),
        ("✓", ""),
        ("Checked", "Unchecked"),
        ("Selected", "Not selected"),
        ("Ausgewählt", "Nicht ausgewählt"),
        ("angekreuzt", ""),
        ("genannt", "nicht genannt"),
        ("Coché", "Non coché"),
        ("Sélectionné", "Non sélectionné"),
        ("Seleccionado", "No seleccionado"),
        ("marcado", "no marcado"),
        ("Aangevinkt", "Niet aangevinkt"),
        ("geselecteerd", ""),
        ("Selezionato", "Non selezionato"),
        ("selecionado", "não selecionado"),
    ] {
        let text = table("Post: Mail,Post: Letter,why", 24, |row| {
            let said = |every| if row % every == 0 { yes } else { no };
            format!("{},{},{}", said(2), said(3), comment(row))
        });
        let draft = drafted(&text);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        let posted = |row: usize| format!("{:?}", mapped.responses[row].segments);
        assert!(
            posted(2).contains("Mail") && !posted(2).contains("Letter"),
            "{}",
            posted(2)
        );
        assert!(
            posted(3).contains("Letter") && !posted(3).contains("Mail"),
            "{}",
            posted(3)
        );
        assert!(mapped.responses[1].segments.is_empty(), "{}", posted(1));
        assert!(draft.questions.is_empty(), "{:?}", draft.questions);
    }
}

#[test]
fn a_no_beside_empty_cells_is_an_answer() {
    for (no, is_tick) in [("No", false), ("nein", false), ("0", true)] {
        let text = table(
            "Solved? [First call],Solved? [Second call],why",
            24,
            |row| {
                let yes = if no == "0" { "1" } else { "Yes" };
                let first = [yes, no, ""][row % 3];
                let second = [yes, no][row % 2];
                format!("{first},{second},{}", comment(row))
            },
        );
        let draft = drafted(&text);
        assert_eq!(
            draft.toml.contains("show = \"label\""),
            is_tick,
            "{}",
            draft.toml
        );
        if !is_tick {
            let mapped = map(&parsed(&draft.toml), &open_text(&text));
            let segments = |row: usize| format!("{:?}", mapped.responses[row].segments);
            assert_eq!(mapped.responses[1].segments.len(), 2, "{}", segments(1));
            assert_eq!(mapped.responses[2].segments.len(), 1, "{}", segments(2));
        }
    }
}

#[test]
fn ticked_choices_are_called_as_their_labels_say() {
    let rows = (0..24).map(|row| {
        format!(
            "a-{row:04},{},{},{},{}\n",
            row % 2,
            row / 2 % 2,
            row % 5 + 1,
            comment(row)
        )
    });
    let rows = rows.collect::<String>();
    for labels in [
        "Where? - Selected - E-mail,Where? - Selected - E-shop",
        "Where?-E-mail,Where?-Shop $",
    ] {
        let text = format!("nr,q5_1,q5_2,q6,q7\nNumber,{labels},How satisfied?,Why?\n{rows}");
        let draft = drafted(&text);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        let posted = format!("{:?}", mapped.responses[3].segments);
        let last = labels.rsplit('-').next().unwrap();
        assert!(posted.contains("E-mail, "), "{posted}\n{}", draft.toml);
        assert!(posted.contains(last), "{posted}\n{}", draft.toml);
        assert!(!posted.contains("q5_"), "{posted}\n{}", draft.toml);
    }
}

#[test]
fn names_that_begin_alike_differ_where_they_are_cut() {
    let rows = (0..24).map(|row| {
        format!(
            "{row},7,10/{:02}/2026 11:10:05,{},{},{}\n",
            row % 28 + 1,
            row % 5 + 1,
            row / 2 % 5 + 1,
            comment(row)
        )
    });
    let text = format!(
        "Respondent ID,Collector ID,End Date,{} please rate each of them?,,Why?\n\
         ,,,Food on the third floor,Staff on the third floor,Open-Ended Response\n{}",
        "Thinking of all of your visits in the last twelve months and of what you saw there "
            .repeat(2),
        rows.collect::<String>()
    );
    let draft = drafted(&text);
    let asked = draft
        .questions
        .iter()
        .find(|one| one.field == "score")
        .unwrap();
    assert!(asked.choices[0].label.ends_with("Food on the third floor"));
    assert!(asked.choices[1].label.ends_with("Staff on the third floor"));
    for row in ["Food", "Staff"] {
        let named = format!("/ {row} on the third floor\", type");
        assert!(draft.toml.contains(&named), "{row}: {}", draft.toml);
    }
}

#[test]
fn rows_of_a_matrix_are_not_the_score_by_themselves() {
    let rated = |row: usize| format!("{},{}", row % 5 + 1, row / 2 % 5 + 1);
    for columns in [
        "How satisfied are you with [Food],How satisfied are you with [Staff]",
        "Satisfaction_1,Satisfaction_2",
        "Rating - Food,Rating - Staff",
    ] {
        let text = table(&format!("{columns},why"), 24, |row| {
            format!("{},{}", rated(row), comment(row))
        });
        let draft = drafted(&text);
        assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
        assert!(noted(&draft, "for_each"), "{:?}", draft.notes);
        assert!(
            draft.questions.iter().any(|one| one.field == "score"),
            "{:?}",
            draft.questions
        );
        // A rating that stands alone is taken.
        let text = text.replace(",why", ",NPS,why").replace(",What", ",9,What");
        let draft = drafted(&text);
        assert!(line(&draft, "score").contains("\"NPS\""), "{}", draft.toml);
        assert!(!draft.toml.contains("# check"), "{}", draft.toml);
    }
}
