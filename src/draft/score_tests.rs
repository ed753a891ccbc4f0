//! Which column is the score, and on which scale.

use super::tests::{answer, comment, drafted, line, map, noted, open_text, parsed, table};
use super::*;

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
fn a_fraction_among_whole_numbers_is_told_only_where_it_is_rejected() {
    for (header, rejected) in [("Stars", 0), ("Stars (1 = best; 5 = worst)", 1)] {
        let text = table(&format!("{header},why"), 60, |row| {
            let whole = (row % 5 + 1).to_string();
            let score = if row == 7 { "4.5" } else { &whole };
            format!("{score},{}", comment(row))
        });
        let draft = drafted(&text);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        assert_eq!(mapped.responses.len(), 60 - rejected, "{}", draft.toml);
        assert_eq!(
            noted(&draft, "will be rejected: 1 with a fraction (row 9 `4.5`)"),
            rejected > 0,
            "{:?}",
            draft.notes
        );
        assert!(!noted(&draft, "no number"), "{:?}", draft.notes);
    }
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
    let answered = draft.apply(&[answer("data_type", &["nps"])]).unwrap();
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
}

#[test]
fn of_several_surveys_of_delighted_one_is_drafted() {
    let text = |kinds: [&'static str; 2]| {
        let rows = (0..44).map(|row| {
            let score = [row % 11, row % 5 + 1][row % 2];
            format!(
                "{row},3{row},{},{score},{},https://delighted.com/r/5b{row},1788249600,1788249650\n",
                kinds[row % 2],
                comment(row)
            )
        });
        format!(
            "id,person,survey_type,score,comment,permalink,created_at,updated_at\n{}",
            rows.collect::<String>()
        )
    };
    let both = text(["nps", "csat"]);
    let draft = drafted(&both);
    assert!(
        line(&draft, "data_type").contains("\"nps\""),
        "{}",
        draft.toml
    );
    assert!(
        noted(&draft, "`survey_type`: 22 of 44 rows"),
        "{:?}",
        draft.notes
    );
    let mapped = map(&parsed(&draft.toml), &open_text(&both));
    assert_eq!((mapped.responses.len(), mapped.filtered), (22, 22));
    // What the others ask is on scales of their own.
    let draft = drafted(&text(["ces", "csat"]));
    assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
    assert!(
        noted(&draft, "`survey_type` holds several surveys"),
        "{:?}",
        draft.notes
    );
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

#[test]
fn a_word_counts_as_its_own_scale_has_it() {
    for (header, values, expected) in [
        (
            "Rating",
            &["Excellent", "Very good", "Good", "Fair", "Poor"][..],
            &["5", "4", "3", "2", "1"][..],
        ),
        ("Rating", &["Very good", "Good", "Bad"], &["5", "4", "2"]),
        (
            "Satisfaction",
            &[
                "Very satisfied",
                "Somewhat satisfied",
                "Neutral",
                "Somewhat dissatisfied",
                "Very dissatisfied",
            ],
            &["5", "4", "3", "2", "1"],
        ),
        (
            "Satisfaction",
            &["Strongly agree", "Neutral", "Disagree"],
            &["5", "3", "2"],
        ),
        (
            "Satisfacción",
            &["Totalmente de acuerdo", "De acuerdo", "En desacuerdo"],
            &["5", "4", "2"],
        ),
        (
            "Valoración",
            &["Muy bueno", "Bueno", "Regular", "Malo", "Muy malo"],
            &["5", "4", "3", "2", "1"],
        ),
        (
            "Satisfaction",
            &["Très satisfait", "Plutôt satisfait", "Plutôt pas satisfait"],
            &["5", "4", "2"],
        ),
        (
            "Zufriedenheit",
            &["Stimme voll zu", "Stimme eher zu", "Stimme gar nicht zu"],
            &["5", "4", "1"],
        ),
    ] {
        let text = table(&format!("{header},why"), 40, |row| {
            format!("{},{}", values[row % values.len()], comment(row))
        });
        let draft = drafted(&text);
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        let posted = mapped.responses.iter().take(values.len());
        let posted: Vec<String> = posted
            .map(|response| {
                response
                    .score
                    .map_or(String::new(), |score| score.to_string())
            })
            .collect();
        assert_eq!(posted, expected, "{}", draft.toml);
        assert_eq!(line(&draft, "# check: On"), "", "{}", draft.toml);
    }
}

#[test]
fn words_of_several_scales_are_asked_about() {
    let of = |values: &[&str]| {
        table("Rating,why", 40, |row| {
            format!("{},{}", values[row % values.len()], comment(row))
        })
    };
    let text = of(&["Excellent", "Good", "Fair", "Poor"]);
    let draft = drafted(&text);
    insta::assert_snapshot!(line(&draft, "# check"), @"# check: On which scale is `Rating`? Poor 1, Fair 2, Good 3, Excellent 4 of 4 | Poor 1, Fair 2, Good 3, Excellent 5 of 5 | Poor 2, Fair 3, Good 4, Excellent 5 of 5 | it is no score");
    assert!(
        line(&draft, "score").contains("min = 1, max = 4"),
        "{}",
        draft.toml
    );
    let answered = draft
        .apply(&[answer("scale", &["poor/fair/good/very good/excellent"])])
        .unwrap();
    assert!(
        line(&answered, "score").contains("\"Good\" = 3"),
        "{}",
        answered.toml
    );
    assert!(
        line(&answered, "score").contains("max = 5"),
        "{}",
        answered.toml
    );
    assert_eq!(line(&answered, "# check"), "", "{}", answered.toml);
    let text = of(&["Good", "Fair"]);
    let draft = drafted(&text);
    assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
    assert!(
        line(&draft, "# check").contains("On which scale is `Rating`?"),
        "{}",
        draft.toml
    );
    assert!(
        noted(&draft, "words of several scales"),
        "{:?}",
        draft.notes
    );
}

#[test]
fn ratings_in_words_that_are_not_understood_are_told() {
    for (header, values, told) in [
        (
            "Satisfaction",
            &["Very satisfied", "So-so", "Dissatisfied"][..],
            "`So-so`",
        ),
        ("Rating", &["Good", "Groovy", "Bad", "Great"], "`Groovy`"),
        (
            "NPS",
            &["Promoter", "Passive", "Detractor"],
            "groups of a recommendation",
        ),
        (
            "NPS category",
            &["Promoters", "Detractors"],
            "groups of a recommendation",
        ),
        (
            "Empfehlung",
            &["Promotor", "Passiv", "Detraktor"],
            "groups of a recommendation",
        ),
    ] {
        let text = table(&format!("{header},why"), 40, |row| {
            format!("{},{}", values[row % values.len()], comment(row))
        });
        let draft = drafted(&text);
        assert_eq!(line(&draft, "score"), "", "{}", draft.toml);
        assert!(noted(&draft, told), "{values:?} {:?}", draft.notes);
        // Beside a score in numbers they are no news.
        let text = text
            .replace(",why", ",NPS score,why")
            .replace(",What", ",9,What");
        assert!(!noted(&drafted(&text), told), "{values:?}");
    }
}

#[test]
fn words_for_no_answer_are_none_of_the_scale() {
    for (values, none) in [
        (["Very satisfied", "Neutral", "Don't know"], "Don't know"),
        (
            ["sehr zufrieden", "unzufrieden", "weiß nicht"],
            "weiß nicht",
        ),
        (
            ["Très satisfait", "Insatisfait", "Ne sait pas"],
            "Ne sait pas",
        ),
    ] {
        let text = table("Satisfaction,why", 30, |row| {
            format!("{},{}", values[row % 3], comment(row))
        });
        let draft = drafted(&text);
        let written = line(&draft, "score");
        assert!(
            written.contains(&format!("null_values = [\"{none}\"]")),
            "{}",
            draft.toml
        );
        assert!(noted(&draft, "taken for no answer: 10 of 30 rows"));
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        assert_eq!((mapped.responses.len(), mapped.filtered), (20, 10));
    }
}
