//! Ratings in words.

use super::tests::{answer, comment, drafted, line, map, noted, open_text, parsed, table};

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
