//! Which column is the score.

use super::tests::{answer, comment, drafted, line, map, noted, open_text, parsed, table};

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
