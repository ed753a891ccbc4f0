//! Numbers that stand for no answer.

use super::tests::{answer, comment, drafted, line, map, noted, open_text, parsed, table};

#[test]
fn a_number_for_no_answer_does_not_make_another_scale() {
    for (header, values, code, kind, ends) in [
        (
            "How likely are you to recommend us?",
            &["9", "10", "0", "99", "7"][..],
            "[\"99\"]",
            "nps",
            "min = 0, max = 10",
        ),
        (
            "NPS",
            &["9", "10", "0", "98", "7", "-1", "99"],
            "[\"-1\", \"98\", \"99\"]",
            "nps",
            "min = 0, max = 10",
        ),
        (
            "NPS",
            &["9", "10", "0", "11"],
            "[\"11\"]",
            "nps",
            "min = 0, max = 10",
        ),
        (
            "NPS",
            &["0 - Not at all", "3", "10 - Extremely", "99 - Don't know"],
            "[\"99 - Don't know\"]",
            "nps",
            "min = 0, max = 10",
        ),
        (
            "Satisfaction",
            &["1", "5", "3", "-99"],
            "[\"-99\"]",
            "csat",
            "min = 1, max = 5",
        ),
        (
            "Satisfaction",
            &["1", "7", "4", "999"],
            "[\"999\"]",
            "csat",
            "min = 1, max = 7",
        ),
        (
            "Satisfaction (1-7)",
            &["1", "7", "4", "9"],
            "[\"9\"]",
            "csat",
            "min = 1, max = 7",
        ),
        (
            "Satisfaction (1-5)",
            &["2", "3", "4", "8", "9"],
            "[\"8\", \"9\"]",
            "csat",
            "min = 1, max = 5",
        ),
    ] {
        let text = table(&format!("\"{header}\",why"), 40, |row| {
            format!("{},{}", values[row % values.len()], comment(row))
        });
        let draft = drafted(&text);
        let written = line(&draft, "score");
        assert!(
            written.contains(&format!("null_values = {code}")) && written.contains(ends),
            "{header} {values:?}: {}",
            draft.toml
        );
        assert!(line(&draft, "data_type").contains(kind), "{}", draft.toml);
        assert!(noted(&draft, "taken for no answer"), "{:?}", draft.notes);
        assert_eq!(line(&draft, "# check"), "", "{}", draft.toml);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        assert_eq!(mapped.rejected.len(), 0, "{:?}", mapped.rejected);
        let codes = values
            .iter()
            .filter(|value| code.contains(&format!("\"{value}\"")));
        let expected = (0..40).filter(|row| {
            !codes
                .clone()
                .any(|code| code == &values[row % values.len()])
        });
        assert_eq!(mapped.responses.len(), expected.count(), "{}", draft.toml);
    }
}

#[test]
fn numbers_that_may_be_answers_are_not_taken_for_none() {
    for (header, values, ends) in [
        (
            "Satisfaction (0-100)",
            &["5", "10", "99", "7"][..],
            "max = 100",
        ),
        ("Satisfaction", &["5", "60", "99", "97"], "max = 100"),
        ("NPS", &["9", "10", "0", "9"], "max = 10"),
    ] {
        let text = table(&format!("\"{header}\",why"), 40, |row| {
            format!("{},{}", values[row % values.len()], comment(row))
        });
        let draft = drafted(&text);
        let written = line(&draft, "score");
        assert!(written.contains(ends), "{header}: {}", draft.toml);
        assert!(!written.contains("null_values"), "{}", draft.toml);
    }
    // Ratings from -2 to 2.
    let text = table("Satisfaction,why", 40, |row| {
        format!("{},{}", ["-1", "1", "2", "-2", "0"][row % 5], comment(row))
    });
    assert!(!drafted(&text).toml.contains("null_values = [\"-1\""));
}

#[test]
fn eleven_that_may_be_the_best_is_asked_about() {
    // Tools may number the eleven choices from 1.
    let text = table("NPS,why", 40, |row| {
        format!("{},{}", ["1", "10", "11", "5"][row % 4], comment(row))
    });
    let draft = drafted(&text);
    assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
    insta::assert_snapshot!(line(&draft, "# check"), @"# check: On which scale is `NPS`? 0 to 10, 10 is best, 11 is no answer | it is no score");
    assert!(
        noted(&draft, "1 to 11 stand for 0 to 10"),
        "{:?}",
        draft.notes
    );
    let answered = draft.apply(&[answer("scale", &["0-10"])]).unwrap();
    assert!(
        line(&answered, "data_type").contains("\"nps\""),
        "{}",
        answered.toml
    );
    let mapped = map(&parsed(&answered.toml), &open_text(&text));
    assert_eq!((mapped.responses.len(), mapped.filtered), (30, 10));
}

#[test]
fn a_nine_that_may_be_no_answer_is_asked_about() {
    let text = table("Satisfaction,why", 40, |row| {
        format!("{},{}", ["1", "3", "9", "5"][row % 4], comment(row))
    });
    let draft = drafted(&text);
    assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
    insta::assert_snapshot!(line(&draft, "# check"), @"# check: On which scale is `Satisfaction`? 1 to 10, 10 is best | 0 to 10, 10 is best | 1 to 5, 5 is best, 9 is no answer | it is no score");
    assert!(noted(&draft, "whether 9 is no answer"), "{:?}", draft.notes);
    for (said, answers) in [("1-5", 30), ("1-10", 40)] {
        let answered = draft.apply(&[answer("scale", &[said])]).unwrap();
        let mapped = map(&parsed(&answered.toml), &open_text(&text));
        assert_eq!(mapped.responses.len(), answers, "{}", answered.toml);
        assert_eq!(mapped.rejected.len(), 0, "{}", answered.toml);
    }
}
