use crate::mapping::plan::Plan;
use crate::mapping::plan::tests::{code, only, plan, posted, segment};
use crate::mapping::testing::{row, typed_row};
use crate::record::{Cell, Number};

/// One segment `s` over the column `c`.
fn steps(steps: &str) -> Plan {
    plan(
        &format!(
            "[response]\nscore = {{ value = 1 }}\n[response.segments]\ns = {{ column = \"c\", {steps} }}"
        ),
        &["id", "c"],
    )
}

#[test]
fn steps_by_table() {
    let table: &[(&str, &str, Option<&str>)] = &[
        ("", " 007 ", Some("007")),
        ("trim = false", " 007 ", Some(" 007 ")),
        ("null_values = [\"99\"]", "99", None),
        (
            "null_values = [\"99\"], default = \"none\"",
            "99",
            Some("none"),
        ),
        ("unescape = true", "<b>a</b> &amp; b", Some("a & b")),
        ("unescape = true", "<br>", None),
        (
            r#"replace = [{ pattern = "^(\\w+) (\\w+)$", with = "$2, $1" }]"#,
            "Ann Lee",
            Some("Lee, Ann"),
        ),
        (
            "replace = [{ pattern = \"%$\", with = \"\" }], type = \"number\"",
            "95%",
            Some("95"),
        ),
        ("case = \"title\"", "ann LEE", Some("Ann Lee")),
        ("map = { A = \"x\" }", " a ", Some("x")),
        ("map = { A = \"x\" }", "b", Some("b")),
        ("map = { A = \"x\" }, otherwise = \"null\"", "b", None),
        (
            "map = { A = \"x\" }, otherwise = { value = \"other\" }",
            "b",
            Some("other"),
        ),
        (
            "bucket = { \"0-50\" = \"small\", \"50+\" = \"large\" }",
            "50",
            Some("large"),
        ),
        (
            "bucket = { \"0-50\" = 1, \"50+\" = 2 }, type = \"integer\"",
            "49.9",
            Some("1"),
        ),
        (
            "bucket = { \"0-50\" = \"small\", \"50+\" = \"large\" }, decimal = \",\"",
            "49,9",
            Some("small"),
        ),
        ("type = \"number\"", "1e3", Some("1000")),
        (
            "type = \"number\", decimal = \",\", thousands = \".\"",
            "1.234,5",
            Some("1234.5"),
        ),
        ("type = \"boolean\"", "Yes", Some("true")),
        (
            "type = \"date\", timezone = \"UTC\"",
            "2026-11-02",
            Some("2026-11-02T00:00:00Z"),
        ),
        ("max_length = 3, truncate = true", "größe", Some("grö")),
        ("default = \"d\"", "  ", Some("d")),
        // What steps leave empty is missing.
        ("map = { A = \"\" }", "a", None),
        ("map = { A = \" \" }, default = \"d\"", "a", Some("d")),
        (
            "map = { A = \"x\" }, otherwise = { value = \"\" }",
            "b",
            None,
        ),
        ("bucket = { \"0+\" = \"\" }", "5", None),
    ];
    for (text, cell, expected) in table {
        let response = posted(&steps(text), &["1", cell]);
        assert_eq!(
            segment(&response, "s").as_deref(),
            *expected,
            "{text} over {cell:?}"
        );
    }
}

/// A number or a date of a spreadsheet is not read as the file writes its texts, unless a step has changed it.
#[test]
fn what_is_a_number_or_a_date_stays_one() {
    let at: jiff::civil::DateTime = "2026-04-03T00:00:00".parse().unwrap();
    let number = || Cell::Number(8.125);
    let local = "decimal = \",\", thousands = \".\"";
    for (steps, cell, expected) in [
        (format!("type = \"number\", {local}"), number(), "8.125"),
        (
            format!(
                "type = \"number\", {local}, replace = [{{ pattern = \"%$\", with = \"\" }}]"
            ),
            number(),
            "8.125",
        ),
        (
            format!("type = \"number\", {local}, unescape = true, case = \"lower\""),
            number(),
            "8.125",
        ),
        (
            format!(
                "type = \"number\", {local}, replace = [{{ pattern = \"^8.\", with = \"7,\" }}]"
            ),
            number(),
            "7.125",
        ),
        (
            "type = \"date\", timezone = \"UTC\", formats = [\"%Y-%d-%m\"], replace = [{ pattern = \"x\", with = \"\" }]"
                .to_owned(),
            Cell::DateTime(at),
            "2026-04-03T00:00:00Z",
        ),
    ] {
        let plan = self::steps(&steps);
        let row = typed_row(vec![Cell::Text("1".into()), cell]);
        let response = only(&plan, &row).unwrap().unwrap();
        assert_eq!(segment(&response, "s").as_deref(), Some(expected), "{steps}");
    }
    let plan = plan(
        &format!(
            "[response]\nscore = {{ template = \"{{{{ row['c'] }}}}\", {local} }}\n[response.segments]\ns = {{ template = \"{{{{ row['c'] }}}} £\" }}"
        ),
        &["id", "c"],
    );
    let row = typed_row(vec![Cell::Text("1".into()), number()]);
    let response = only(&plan, &row).unwrap().unwrap();
    assert_eq!(response.score, Number::from_f64(8.125));
    assert_eq!(segment(&response, "s").as_deref(), Some("8.125 £"));
}

#[test]
fn rejections_by_table() {
    let table = [
        ("type = \"number\"", "9,5", "not_a_number"),
        ("type = \"integer\"", "9.5", "not_an_integer"),
        ("type = \"number\", min = 0", "-1", "too_small"),
        ("type = \"number\", max = 10", "11", "too_large"),
        ("type = \"boolean\"", "perhaps", "not_a_boolean"),
        ("type = \"date\"", "someday", "date_not_readable"),
        (
            "type = \"date\", formats = [\"%d/%m/%Y\"]",
            "31/02/2026",
            "date_not_readable",
        ),
        ("type = \"date\"", "03/04/2026", "ambiguous_date"),
        (
            "map = { A = \"x\" }, otherwise = \"fail\"",
            "b",
            "value_not_in_map",
        ),
        (
            "bucket = { \"0-50\" = \"s\", \"51-99\" = \"l\" }",
            "50.5",
            "not_in_bucket",
        ),
        ("max_length = 3", "long", "too_long"),
        ("required = true", "", "required_missing"),
        (
            "map = { A = \"\" }, required = true",
            "A",
            "required_missing",
        ),
    ];
    for (text, cell, expected) in table {
        assert_eq!(
            code(&steps(text), &["1", cell]),
            expected,
            "{text} over {cell:?}"
        );
    }
    let filtered = only(&steps("required = \"filter\""), &row(&["1", ""]));
    assert_eq!(filtered, Ok(None));
}

#[test]
fn a_score_is_rejected_with_the_remedy() {
    let plan = plan(
        "[response]\nscore = { column = \"NPS\", min = 0, max = 10 }",
        &["id", "NPS"],
    );
    let rejection = only(&plan, &row(&["1", "9,5"])).unwrap_err();
    assert_eq!(rejection.code, "score_not_a_number");
    assert_eq!(rejection.field, "score");
    assert_eq!(
        rejection.message,
        "column 'NPS' holds '9,5', expected a number such as 9 or 8.5: if the file writes fractions so, set decimal = \",\""
    );
    assert_eq!(code(&plan, &["1", "11"]), "score_out_of_range");
    assert_eq!(only(&plan, &row(&["1", ""])), Ok(None));
}

#[test]
fn no_message_shows_a_comment() {
    let plan = plan(
        "[response]\ncomment = { column = \"c\", max_length = 5 }\n[response.segments]\ns = { column = \"c\", type = \"number\" }",
        &["id", "c"],
    );
    let rejection = only(&plan, &row(&["1", "secret words"])).unwrap_err();
    assert!(
        !rejection.message.contains("secret"),
        "{}",
        rejection.message
    );
    let rejection = only(&plan, &row(&["1", "secre"])).unwrap_err();
    assert_eq!(rejection.code, "not_a_number");
    assert!(
        !rejection.message.contains("secre"),
        "{}",
        rejection.message
    );
}
