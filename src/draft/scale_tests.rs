//! On which scale a score is, and which of its ends is the better one.

use super::tests::{answer, comment, drafted, line, map, noted, open_text, parsed, table};
use super::*;

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
fn school_grades_are_turned_where_their_labels_prove_it() {
    let labels = [
        "1 = sehr gut",
        "2 = gut",
        "3 = befriedigend",
        "6 = ungenügend",
    ];
    for (header, values) in [
        ("Gesamtnote", labels),
        (
            "Note (1 = sehr gut bis 6 = ungenügend)",
            ["1", "2", "3", "6"],
        ),
    ] {
        let text = table(&format!("\"{header}\",why"), 24, |row| {
            format!("{},{}", values[row % 4], comment(row))
        });
        let draft = drafted(&text);
        assert!(noted(&draft, "1 is the best of"), "{}", draft.toml);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        let scores: Vec<String> = mapped.responses[..4]
            .iter()
            .map(|response| response.score.unwrap().to_string())
            .collect();
        assert_eq!(scores, ["6", "5", "4", "1"], "{}", draft.toml);
    }
}

#[test]
fn a_scale_is_turned_where_its_header_calls_the_least_the_best() {
    for (header, score, max) in [
        (
            "Satisfaction (1 = very satisfied, 7 = very dissatisfied)",
            "7",
            7,
        ),
        ("Schulnote (1 = sehr gut, 6 = ungenügend)", "6", 6),
        ("Rating (1 = best, 5 = worst)", "5", 5),
        ("Rating 1=excellent 5=poor", "5", 5),
        ("Rating: 1 (excellent) to 5 (poor)", "5", 5),
        ("Rating 5 (worst) - 1 (best)", "5", 5),
        ("Rating: very good = 1, very bad = 5", "5", 5),
        ("Rating: 1 = hoch, 5 = niedrig", "5", 5),
        (
            "Service, 1: sehr zufrieden - 5: gar nicht zufrieden",
            "5",
            5,
        ),
        (
            "Gut beraten? 1 = Stimme voll zu, 5 = stimme gar nicht zu",
            "5",
            5,
        ),
        ("Rating (lower is better)", "5", 5),
    ] {
        let values = ["1", "5", "2"];
        let text = table(&format!("\"{header}\",why"), 24, |row| {
            format!("{},{}", values[row % 3], comment(row))
        });
        let draft = drafted(&text);
        let written = line(&draft, "score");
        assert!(written.contains(&format!("max = {max}")), "{}", draft.toml);
        assert!(
            written.contains(&format!("\"1\" = {score},")),
            "{}",
            draft.toml
        );
    }
    let values = ["1 (best)", "5 (worst)", "2"];
    let text = table("Rating,why", 24, |row| {
        format!("{},{}", values[row % 3], comment(row))
    });
    let draft = drafted(&text);
    assert!(
        line(&draft, "score").contains("\"1\" = 5"),
        "{}",
        draft.toml
    );
}

#[test]
fn words_beside_a_scale_that_are_not_understood_are_asked_about() {
    for header in [
        "Rating (1 = foo, 5 = bar)",
        "Rating, scale reversed",
        "Effort (1 = high, 5 = low)",
        "Rating (1 = no problems, 5 = many problems)",
    ] {
        let text = table(&format!("\"{header}\",why"), 24, |row| {
            format!("{},{}", row % 5 + 1, comment(row))
        });
        let draft = drafted(&text);
        assert!(
            line(&draft, "# check").contains("1 to 5, 1 is best"),
            "{}",
            draft.toml
        );
        let answered = draft.apply(&[answer("scale", &["5-1"])]).unwrap();
        assert!(
            line(&answered, "score").contains("\"1\" = 5"),
            "{}",
            answered.toml
        );
        assert_eq!(line(&answered, "# check"), "", "{}", answered.toml);
    }
    for header in [
        "NPS (0 = foo, 10 = bar)",
        "Rating 2 (first wave)",
        "Rating (1-5)",
    ] {
        let text = table(&format!("\"{header}\",why"), 24, |row| {
            format!("{},{}", row % 5 + 1, comment(row))
        });
        let draft = drafted(&text);
        assert_eq!(line(&draft, "# check"), "", "{}", draft.toml);
    }
}

#[test]
fn grades_of_which_nothing_tells_the_better_end_are_asked_about() {
    let text = table("Schulnote,why", 24, |row| {
        format!("{},{}", row % 6 + 1, comment(row))
    });
    let draft = drafted(&text);
    assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
    insta::assert_snapshot!(line(&draft, "# check"), @"# check: On which scale is `Schulnote`? 1 to 6, 6 is best | 1 to 6, 1 is best | it is no score");
    assert!(noted(&draft, "which of its ends is best"));
    for (said, scores) in [("6-1", ["6", "5", "4"]), ("1-6", ["1", "2", "3"])] {
        let answered = draft.apply(&[answer("scale", &[said])]).unwrap();
        let mapped = map(&parsed(&answered.toml), &open_text(&text));
        let posted = mapped.responses.iter().take(3);
        let posted: Vec<String> = posted
            .map(|response| response.score.unwrap().to_string())
            .collect();
        assert_eq!(posted, scores, "{}", answered.toml);
        assert_eq!(line(&answered, "# check"), "", "{}", answered.toml);
    }
}

#[test]
fn a_column_that_people_call_the_score_is_asked_for_its_better_end() {
    for (header, taken) in [("Benotung", ""), ("Fahrernote", ""), ("Urteil", "max = 6")] {
        let text = table(&format!("{header},why"), 24, |row| {
            format!("{},{}", row % 6 + 1, comment(row))
        });
        let draft = drafted(&text);
        let draft = if draft.questions.iter().any(|one| one.field == "score") {
            draft.apply(&[answer("score", &[header])]).unwrap()
        } else {
            draft
        };
        let asked = draft.questions.iter().find(|one| one.field == "scale");
        let choices = asked.unwrap().choices.iter();
        let values: Vec<&str> = choices.map(|choice| choice.value.as_str()).collect();
        assert_eq!(values, ["1-6", "6-1", "none"], "{header}");
        assert!(line(&draft, "score").contains(taken), "{}", draft.toml);
        let turned = draft.apply(&[answer("scale", &["6-1"])]).unwrap();
        assert!(
            line(&turned, "score").contains("\"1\" = 6"),
            "{}",
            turned.toml
        );
    }
}

#[test]
fn grades_with_fractions_are_not_turned() {
    let text = table("Schulnote,why", 24, |row| {
        format!("{}.{},{}", row % 5 + 1, row % 10, comment(row))
    });
    let draft = drafted(&text);
    assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
    assert!(noted(&draft, "turn these in the file"), "{:?}", draft.notes);
    // The worst grade is seldom given.
    let text = table("Schulnote,why", 24, |row| {
        format!("{},{}", row % 5 + 1, comment(row))
    });
    let asked = drafted(&text).questions;
    let choices = asked.iter().find(|one| one.field == "scale");
    let choices = choices.unwrap().choices.iter();
    let values: Vec<&str> = choices.map(|choice| choice.value.as_str()).collect();
    assert_eq!(values, ["1-5", "1-6", "5-1", "6-1", "none"]);
}

#[test]
fn a_scale_whose_ends_were_not_seen_is_asked_about() {
    let of = |header: &str, values: &[&str]| {
        let text = table(&format!("{header},why"), 24, |row| {
            format!("{},{}", values[row % values.len()], comment(row))
        });
        drafted(&text)
    };
    let is_asked = |draft: &Draft| draft.questions.iter().any(|one| one.field == "scale");
    let draft = of("Satisfaction", &["3", "4"]);
    insta::assert_snapshot!(line(&draft, "# check"), @"# check: On which scale is `Satisfaction`? 1 to 5, 5 is best | 1 to 6, 6 is best | 1 to 7, 7 is best | 1 to 10, 10 is best | 0 to 10, 10 is best | it is no score");
    assert!(line(&draft, "score").contains("min = 1, max = 5"));
    let answered = draft.apply(&[answer("scale", &["0-10"])]).unwrap();
    assert!(line(&answered, "score").contains("min = 0, max = 10"));
    for (header, values) in [
        ("Satisfaction (1-7)", &["3", "5"][..]),
        ("Satisfaction", &["5", "3", "1"]),
        ("Satisfaction", &["2", "7", "4"]),
        ("NPS", &["6", "8"]),
        ("Satisfaction", &["12", "40"]),
    ] {
        assert!(!is_asked(&of(header, values)), "{header} {values:?}");
    }
    assert!(line(&of("Satisfaction (1-7)", &["3", "5"]), "score").contains("max = 7"));
}

#[test]
fn a_number_that_is_far_from_the_others_may_be_on_the_scale_that_a_header_names() {
    let text = table("Rating (0-100),why", 60, |row| {
        let score = if row == 7 { 100 } else { row % 11 };
        format!("{score},{}", comment(row))
    });
    let draft = drafted(&text);
    assert!(
        line(&draft, "score").contains("min = 0, max = 100"),
        "{}",
        draft.toml
    );
}

#[test]
fn a_scale_that_a_header_names_is_believed() {
    for (header, values, ends) in [
        ("Rating (out of 10)", ["3", "4"], "min = 1, max = 10"),
        ("Rating (out of 5)", ["3", "4"], "min = 1, max = 5"),
        ("Rating /7", ["3", "4"], "min = 1, max = 7"),
        ("Rating / 10", ["0", "4"], "min = 0, max = 10"),
        ("Satisfaction (/10)", ["3", "4"], "min = 1, max = 10"),
        ("Note sur 20", ["11", "14"], "min = 1, max = 20"),
        (
            "Satisfaction, 7-point scale",
            ["3", "4"],
            "min = 1, max = 7",
        ),
        ("Rating (7 point scale)", ["3", "4"], "min = 1, max = 7"),
        (
            "Zufriedenheit (7-stufige Skala)",
            ["3", "4"],
            "min = 1, max = 7",
        ),
        ("Zufriedenheit, 10er-Skala", ["3", "4"], "min = 1, max = 10"),
        ("Rating, scale 1-7", ["3", "4"], "min = 1, max = 7"),
        ("Satisfaction (0-10)", ["3", "4"], "min = 0, max = 10"),
        (
            "Rating, 1 = worst, 5 = best",
            ["3", "4"],
            "min = 1, max = 5",
        ),
        (
            "Would you recommend us? (out of 10)",
            ["8", "9"],
            "min = 0, max = 10",
        ),
    ] {
        let text = table(&format!("\"{header}\",why"), 40, |row| {
            format!("{},{}", values[row % 2], comment(row))
        });
        let draft = drafted(&text);
        let written = line(&draft, "score");
        assert!(written.contains(ends), "{header}: {}", draft.toml);
        let is_asked = draft.questions.iter().any(|one| one.field == "scale");
        // Which of its ends is the better one is another question.
        assert!(
            !is_asked || header.contains("Note"),
            "{header}: {}",
            draft.toml
        );
    }
    // These count other things than the points of a scale.
    for header in [
        "Rating, wave 3/7",
        "Rating of our 24/7 support",
        "Rating out of 10 shops",
        "Rating of the 7 point plan",
    ] {
        let text = table(&format!("\"{header}\",why"), 40, |row| {
            format!("{},{}", row % 2 + 3, comment(row))
        });
        let draft = drafted(&text);
        let is_asked = draft.questions.iter().any(|one| one.field == "scale");
        assert!(is_asked, "{header}: {}", draft.toml);
    }
}

#[test]
fn words_at_one_end_alone_do_not_decide_which_is_better() {
    let of = |header: &str, values: &[&str]| {
        let text = table(&format!("\"{header}\",why"), 24, |row| {
            format!("{},{}", values[row % values.len()], comment(row))
        });
        drafted(&text)
    };
    let plain = &["1", "5", "3"][..];
    for (header, values, taken) in [
        ("Rating (1 = foo, 5 = good)", plain, "max = 5"),
        ("Rating (1 = good, 5 = foo)", plain, ""),
        ("Rating", &["1 - foo", "3", "5 - good"], "max = 5"),
        ("Rating", &["1 - good", "3", "5 - foo"], ""),
    ] {
        let draft = of(header, values);
        assert!(
            line(&draft, "# check").contains("1 to 5, 1 is best"),
            "{header}: {}",
            draft.toml
        );
        let written = line(&draft, "score");
        assert!(
            written.contains(taken) && written.is_empty() == taken.is_empty(),
            "{header}: {}",
            draft.toml
        );
        for (said, is_turned) in [("1-5", false), ("5-1", true)] {
            let answered = draft.apply(&[answer("scale", &[said])]).unwrap();
            let written = line(&answered, "score");
            assert_eq!(written.contains("\"1\" = 5"), is_turned, "{written}");
            assert_eq!(line(&answered, "# check"), "", "{}", answered.toml);
        }
    }
    for (header, values) in [
        ("Rating, 1 is good", plain),
        ("Rating (1 = foo, 5 = best)", plain),
        ("Rating (1 = bad, 3 = foo, 5 = good)", plain),
        ("Rating", &["1 - bad", "2", "3", "4", "5"]),
        ("Rating", &["1 star", "5 stars"]),
    ] {
        let draft = of(header, values);
        assert_eq!(line(&draft, "# check"), "", "{header}: {}", draft.toml);
        assert!(!line(&draft, "score").is_empty(), "{}", draft.toml);
    }
}
