//! What people see when a mapping is wrong.

use super::testing::shape;
use super::*;

const HEAD: &str = "name = \"t\"\n[key]\ncolumns = [\"id\"]\n";

fn parse_error(text: &str) -> String {
    Mapping::parse("nps.toml", text).unwrap_err().to_string()
}

fn compile_error(body: &str) -> String {
    let text = format!("{HEAD}{body}");
    let mapping = Mapping::parse("nps.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    Plan::compile(
        &mapping,
        "may.csv",
        &shape(&["id", "NPS", "Submitted", "Basket"]),
    )
    .unwrap_err()
    .to_string()
}

#[test]
fn an_unknown_key_gets_the_nearest_name() {
    insta::assert_snapshot!(parse_error(&format!("{HEAD}[response]\nscroe = \"NPS\"\n")), @r#"
    error: unknown key `scroe`, did you mean `score`?
     --> nps.toml:5:1
      |
    5 | scroe = "NPS"
      | ^^^^^
      |
      = help: known here: data_type, data_source, dataset_id, score, comment, created_at, when, user_meta, segments, fields, rest
    "#);
}

#[test]
fn what_is_known_is_listed_where_nothing_fits() {
    let text = "name = \"t\"\nextends = \"qualtric\"\n[response]\nscore = \"NPS\"\n";
    insta::assert_snapshot!(parse_error(text), @r#"
    error: no mapping is known as `qualtric`
     --> nps.toml:2:11
      |
    2 | extends = "qualtric"
      |           ^^^^^^^^^^
      |
      = help: did you mean `qualtrics`? `extends` takes the name of a mapping shipped with chatterload: delighted, google_forms, google_play, hotjar, microsoft_forms, nps-sample, qualtrics, qualtrics-insights, qualtrics-json, qualtrics-legacy, reviews-sample, support-sample, surveymonkey, surveymonkey-older, trustpilot, typeform, zendesk, zendesk-ratings
    "#);
    let body = "[response]\nscore = \"NPS\"\ncomment = { columns = { matching = \"^Q7\" } }\n";
    insta::assert_snapshot!(compile_error(body), @r#"
    error: no column matches `^Q7`
     --> nps.toml:6:36
      |
    6 | comment = { columns = { matching = "^Q7" } }
      |                                    ^^^^^
      |
      = help: its columns are: id, NPS, Submitted, Basket
    "#);
}

#[test]
fn names_that_are_empty_are_told() {
    let text = "name = \" \"\n[key]\ncolumns = [\"id\"]\nscope = \"\"\n[response]\nscore = \"NPS\"\n[response.segments]\ncountry = { column = \"Country\", name = \"\u{a0}\" }\n";
    insta::assert_snapshot!(parse_error(text), @r#"
    error: the mapping's name is empty
     --> nps.toml:1:8
      |
    1 | name = " "
      |        ^^^
      |
      = help: name = "Post-purchase NPS"

    error: the scope is empty
     --> nps.toml:4:9
      |
    4 | scope = ""
      |         ^^
      |
      = help: leave it out, and it is the mapping's name

    error: the name is empty
     --> nps.toml:8:40
      |
    8 | country = { column = "Country", name = " " }
      |                                        ^^^
      |
      = help: leave it out, and it is the column's header
    "#);
}

#[test]
fn a_mapping_without_a_key_explains_both_choices() {
    insta::assert_snapshot!(parse_error("name = \"t\"\n[response]\nscore = \"NPS\"\n"), @r#"
    error: the mapping has no [key]
    --> nps.toml
     = help: every row needs something that makes it itself, in every later export too. Choose one:
             [key]
             columns = ["Response ID"]   # columns that together are unique: the best choice where there are any
             content = "cumulative"      # the export grows: equal rows are the same rows
             content = "per-file"        # each file is new: its name joins the identity
    "#);
}

#[test]
fn an_unknown_column_names_the_file_and_the_nearest_header() {
    insta::assert_snapshot!(compile_error("[response]\nscore = \"NPS\"\ncreated_at = \"Submited\"\n"), @r#"
    error: `may.csv` has no column `Submited`
     --> nps.toml:6:14
      |
    6 | created_at = "Submited"
      |              ^^^^^^^^^^
      |
      = help: did you mean `Submitted`?
    "#);
}

const FOREIGN: &str = "[response]
score = \"Rating\"
comment = { columns = [\"Submited\", \"Praise\"] }
[response.segments]
country = \"Country\"
city = { first_of = [\"Country\", \"City\"] }
shop = { template = \"{{ row['Shop'] }}\" }
ways = { columns = { matching = \"^Q7_\" } }
";

#[test]
fn a_mapping_made_for_another_file_is_told_once() {
    insta::assert_snapshot!(compile_error(FOREIGN), @r#"
    error: the mapping seems to be made for another file: only one of the 8 columns that it names is in `may.csv`
     --> nps.toml:5:9
      |
    5 | score = "Rating"
      |         ^^^^^^^^
    6 | comment = { columns = ["Submited", "Praise"] }
      |                        ^^^^^^^^^^  ^^^^^^^^
      |                        |
      |                        did you mean `Submitted`?
      |
      = note: and 4 more
      = note: the columns of `may.csv`: id, NPS, Submitted, Basket
      = help: take the mapping made for this file, or draft one: `chatterload map FILE`
              if these are not the columns you see in the file, look with `chatterload inspect FILE`, then set header_row,
              delimiter or sheet under [source], or --header-row, --delimiter or --sheet
    "#);
}

#[test]
fn a_small_mapping_of_which_no_column_is_there_is_told_once_too() {
    let text = "name = \"t\"\n[key]\ncolumns = [\"Ticket\"]\n[response]\nscore = \"Rating\"\ncomment = 7\n";
    let mapping = Mapping::parse("nps.toml", text).unwrap_or_else(|error| panic!("{error}"));
    let error = Plan::compile(&mapping, "may.csv", &shape(&["id;NPS;Submitted"])).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @r#"
    error: the mapping seems to be made for another file: none of the 3 columns that it names is in `may.csv`
     --> nps.toml:3:12
      |
    3 | columns = ["Ticket"]
      |            ^^^^^^^^
    4 | [response]
    5 | score = "Rating"
      |         ^^^^^^^^
    6 | comment = 7
      |           ^
      |
      = note: the columns of `may.csv`: id;NPS;Submitted
      = help: take the mapping made for this file, or draft one: `chatterload map FILE`
              if these are not the columns you see in the file, look with `chatterload inspect FILE`, then set header_row,
              delimiter or sheet under [source], or --header-row, --delimiter or --sheet
    "#);
}

#[test]
fn a_few_missing_columns_are_told_one_by_one() {
    let text = FOREIGN.replace("shop", "#").replace("ways", "#");
    let mapping = format!("{HEAD}{text}basket = \"Basket\"\n");
    let mapping = Mapping::parse("nps.toml", &mapping).unwrap_or_else(|error| panic!("{error}"));
    let header = shape(&["id", "Basket"]);
    let error = Plan::compile(&mapping, "may.csv", &header).unwrap_err();
    let messages: Vec<&str> = error
        .problems
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    insta::assert_snapshot!(messages.join("\n"), @r#"
    `may.csv` has no column `Rating`
    `may.csv` has no column `Submited`
    `may.csv` has no column `Praise`
    `may.csv` has no column `Country`
    `may.csv` has no column `Country`
    `may.csv` has no column `City`
    "#);
}

#[test]
fn bad_buckets_are_told_all_at_once() {
    insta::assert_snapshot!(compile_error(
        "[response]\nscore = \"NPS\"\n[response.segments]\nb = { column = \"Basket\", bucket = { \"0-50\" = \"s\", \"40-60\" = \"m\", \"70+\" = \"l\" } }\n"
    ), @r#"
    error: buckets `0-50` and `40-60` overlap
     --> nps.toml:7:51
      |
    7 | b = { column = "Basket", bucket = { "0-50" = "s", "40-60" = "m", "70+" = "l" } }
      |                                                   ^^^^^^^

    error: between the buckets `40-60` and `70+` is a gap
     --> nps.toml:7:66
      |
    7 | b = { column = "Basket", bucket = { "0-50" = "s", "40-60" = "m", "70+" = "l" } }
      |                                                                  ^^^^^
      |
      = help: let one begin where the other ends, at 60
    "#);
}

#[test]
fn a_template_with_an_unknown_column() {
    insta::assert_snapshot!(compile_error(
        "[response]\nscore = \"NPS\"\n[response.segments]\nb = { template = \"{{ row['Baskets'] }}\" }\n"
    ), @r#"
    error: `may.csv` has no column `Baskets`
     --> nps.toml:7:18
      |
    7 | b = { template = "{{ row['Baskets'] }}" }
      |                  ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `Basket`?
    "#);
}

#[test]
fn an_unknown_time_zone() {
    insta::assert_snapshot!(compile_error(
        "[source]\ntimezone = \"Europe/Lodnon\"\n[response]\nscore = \"NPS\"\n"
    ), @r#"
    error: unknown time zone `Europe/Lodnon`
     --> nps.toml:5:12
      |
    5 | timezone = "Europe/Lodnon"
      |            ^^^^^^^^^^^^^^^
      |
      = help: did you mean `Europe/London`?
    "#);
}

#[test]
fn a_response_without_score_and_comment() {
    insta::assert_snapshot!(compile_error("[response]\ndata_type = \"nps\"\n"), @r#"
    error: the response has neither a score nor a comment: nothing could be posted
     --> nps.toml:4:1
      |
    4 | [response]
      | ^^^^^^^^^^
      |
      = help: `chatterload map FILE` drafts them from your file
    "#);
}

#[test]
fn broken_toml_is_shown_at_its_place() {
    insta::assert_snapshot!(parse_error("name = \"t\"\n[key\n"), @r#"
    error: not valid TOML: unclosed table, expected `]`
     --> nps.toml:2:5
      |
    2 | [key
      |     ^
    "#);
}

#[test]
fn an_override_is_shown_as_it_was_given() {
    let text = format!("{HEAD}[response]\nscore = \"NPS\"\n");
    let overrides = [("response.score.colunm".to_owned(), "Q1".to_owned())];
    insta::assert_snapshot!(Mapping::parse_with("nps.toml", &text, &overrides).unwrap_err().to_string(), @r#"
    error: unknown key `colunm`, did you mean `column`?
     --> --set response.score.colunm:1:1
      |
    1 | response.score.colunm=Q1
      | ^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

/// The messages alone.
fn messages(text: &str) -> Vec<String> {
    match Mapping::parse("nps.toml", text) {
        Ok(mapping) => match Plan::compile(&mapping, "may.csv", &shape(&["id", "NPS", "c"])) {
            Ok(_) => Vec::new(),
            Err(error) => error.problems.into_iter().map(|one| one.message).collect(),
        },
        Err(error) => error.problems.into_iter().map(|one| one.message).collect(),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_is_wrong_by_table() {
    let table = [
        (
            "[response]\nscore = 9\n",
            "`may.csv` has no column 9, only 3",
        ),
        ("[response]\nscore = { }\n", "this value has no origin"),
        (
            "[response]\nscore = { column = \"NPS\", value = 1 }\n",
            "this value has more than one origin",
        ),
        (
            "[response]\nscore = { column = \"NPS\", type = \"text\" }\n",
            "`score` cannot have this type",
        ),
        (
            "[response]\nscore = { column = \"NPS\", min = 5, max = 1 }\n",
            "`min` is greater than `max`: no value could pass",
        ),
        (
            "[response]\nscore = { column = \"NPS\", formats = [\"%d\"] }\n",
            "`formats` and `timezone` would do nothing here: set type = \"date\"",
        ),
        (
            "[response]\nscore = { each = \"value\" }\n",
            "`each` works inside an entry of [[responses]] with `for_each`",
        ),
        (
            "[response]\nscore = \"NPS\"\n[response.segments]\nBig = \"c\"\n",
            "`Big` is not a snake_case key",
        ),
        (
            "[response]\nscore = \"NPS\"\n[response.user_meta]\nchatterload_key = \"c\"\n",
            "`chatterload_key` is where the token goes",
        ),
        (
            "[response]\nscore = \"NPS\"\n[response.segments]\ns = { column = \"c\", replace = [{ pattern = \"(\", with = \"\" }] }\n",
            "not a regular expression: unclosed group",
        ),
        (
            "[response]\nscore = \"NPS\"\n[response.segments]\ns = { column = \"c\", replace = [{ pattern = \"(a)\", with = \"$1x\" }] }\n",
            "`with` names $1x, and the pattern has no such group",
        ),
        (
            "[response]\nscore = \"NPS\"\n[response.fields]\nuser_meta = \"c\"\n",
            "`user_meta` is a field of its own, and cannot stand under `fields`",
        ),
        (
            "[response]\nscore = \"NPS\"\ncomment = { column = \"c\", max_length = 0, truncate = true }\n",
            "`max_length` is 0: no text could pass",
        ),
        (
            "[response]\ncreated_at = { column = \"c\", formats = [\"%d/%m\"] }\nscore = \"NPS\"\n",
            "`%d/%m` is no date format: it gives no whole date: day, month and year are needed",
        ),
        (
            "[response]\nscore = { column = \"NPS\", default = \"many\" }\n",
            "`default` holds 'many', expected a number such as 9 or 8.5: mend the cell, list the text in null_values, or map it to a number",
        ),
        (
            "[[responses]]\nname = \"a\"\nscore = \"NPS\"\n[[responses]]\nname = \"a\"\nscore = \"NPS\"\n",
            "two responses are named `a`",
        ),
        (
            "[[responses]]\nscore = \"NPS\"\n",
            "an entry of [[responses]] needs a name",
        ),
        (
            "[source]\nencoding = \"windows1225\"\n[response]\nscore = \"NPS\"\n",
            "the encoding 'windows1225' is unknown; near it are windows-1252, windows-1250, windows-1251",
        ),
        (
            "responses = []\n[response]\nscore = \"NPS\"\n",
            "unknown key `responses`",
        ),
        (
            "[response]\nscore = { column = \"NPS\", bucket = { } }\n",
            "`bucket` is empty",
        ),
        (
            "[[responses]]\nname = \"a\"\nfor_each = { }\nscore = { each = \"value\" }\n",
            "`for_each` has either `matching` or `columns`",
        ),
        (
            "[[responses]]\nname = \"a\"\nfor_each = { columns = [\"NPS\", \"nps\"] }\nscore = { each = \"value\" }\n",
            "`for_each` names the column 'NPS' twice",
        ),
        (
            "[source]\nheader_row = 0\nheader_rows = 2\n[response]\nscore = \"NPS\"\n",
            "expected a number of rows from 1 to 10, and 1 where header_row = 0, found a whole number",
        ),
        (
            "[source]\nformat = \"cvs\"\n[response]\nscore = \"NPS\"\n",
            "unknown value `cvs`, did you mean `csv`?",
        ),
        (
            "[source]\ndelimiter = \"ab\"\n[response]\nscore = \"NPS\"\n",
            "expected a single ASCII character, such as \";\" or \"\\t\", found a text",
        ),
    ];
    for (body, expected) in table {
        assert_eq!(messages(&format!("{HEAD}{body}")), [expected], "{body}");
    }
    assert_eq!(messages(HEAD), ["the mapping has no [response]"]);
    assert_eq!(
        messages(&format!("responses = []\n{HEAD}")),
        ["[[responses]] has no entry"]
    );
}

#[test]
fn overrides_take_the_place_of_what_stands_there() {
    let text = format!("{HEAD}[response]\nscore = \"NPS\"\ndata_type = \"nps\"\n");
    let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
    let overrides = [
        set("response.score.min", "0"),
        set("response.data_type", "csat"),
        set("source.delimiter", ";"),
        set("key.columns", "[\"a\", \"b\"]"),
    ];
    let mapping = Mapping::parse_with("t.toml", &text, &overrides).unwrap();
    let score = mapping.responses[0].score.as_ref().unwrap();
    assert_eq!(score.steps.min, Some(0.0));
    assert!(
        matches!(&score.origin, Origin::Column(column, _) if column.name == ColumnName::Header("NPS".to_owned()))
    );
    assert_eq!(mapping.literals()[0].value, "csat");
    assert_eq!(mapping.layout().delimiter, Some(b';'));
    assert!(matches!(&mapping.key.by, KeyBy::Columns(columns) if columns.len() == 2));
}

#[test]
fn an_overridden_origin_takes_the_place_of_the_other() {
    let text = format!(
        "{HEAD}[response]\nscore = {{ columns = [\"a\", \"b\"], min = 0 }}\ncomment = \"c\"\n[response.segments]\ncolumn = \"x\"\n"
    );
    let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
    let overrides = [
        set("response.score.column", "Q1"),
        set("response.comment.template", "{{ row.d }}"),
        set("response.segments.value", "y"),
        set("key.content", "cumulative"),
    ];
    let mapping = Mapping::parse_with("t.toml", &text, &overrides).unwrap();
    let response = &mapping.responses[0];
    assert!(matches!(
        response.score.as_ref().unwrap().origin,
        Origin::Column(..)
    ));
    assert!(matches!(
        response.comment.as_ref().unwrap().origin,
        Origin::Template(..)
    ));
    assert_eq!(response.segments.len(), 2);
    assert!(matches!(mapping.key.by, KeyBy::Cumulative));
}

#[test]
fn what_stands_above_wins_over_what_is_extended() {
    let base = "name = \"base\"\n[source]\ntimezone = \"UTC\"\nskip_rows_after_header = 2\nrecords = \"items\"\n[key]\ncolumns = [\"ResponseId\"]\n\
                [response]\ncreated_at = \"At\"\nwhen = [{ column = \"Finished\", in = [1] }]\n[response.segments]\na = \"A\"\n";
    let text = "name = \"mine\"\nextends = \"qualtrics\"\n[source]\ntimezone = \"Europe/London\"\n[key]\ncontent = \"per-file\"\n\
                [response]\nscore = \"Q1\"\n[response.segments]\nb = \"B\"\n";
    let mapping = Mapping::parse_extending("t.toml", text, &[], &|name| {
        (name == "qualtrics").then(|| base.to_owned())
    })
    .unwrap();
    assert_eq!(mapping.name, "mine");
    assert_eq!(mapping.key.scope, "mine");
    assert!(matches!(mapping.key.by, KeyBy::PerFile));
    assert_eq!(mapping.layout().skip_rows_after_header, 2);
    assert_eq!(mapping.layout().records.unwrap().text(), "items");
    assert_eq!(mapping.source.timezone.as_ref().unwrap().0, "Europe/London");
    let response = &mapping.responses[0];
    assert!(response.when.is_some() && response.created_at.is_some() && response.score.is_some());
    assert_eq!(response.segments.len(), 2);
    let unknown = Mapping::parse("t.toml", text).unwrap_err();
    assert_eq!(
        unknown.problems[0].message,
        "no mapping is known as `qualtrics`"
    );
}

#[test]
fn the_reference_shows_mappings_that_parse() {
    let reference = include_str!("../../docs/mapping.md");
    let mut examples = 0;
    for block in reference.split("```toml\n").skip(1) {
        let example = block.split("```").next().unwrap_or_default();
        let whole = if example.contains("name = ") && example.contains("[key]") {
            example.to_owned()
        } else if example.contains("[response") {
            format!("{HEAD}{example}")
        } else {
            format!("{HEAD}[response]\nscore = \"NPS\"\n[response.segments]\n{example}")
        };
        let base = |_: &str| Some("name = \"base\"\n".to_owned());
        if let Err(error) = Mapping::parse_extending("docs/mapping.md", &whole, &[], &base) {
            panic!("{error}");
        }
        examples += 1;
    }
    assert!(examples >= 10, "{examples} examples");
}

#[test]
fn the_readme_shows_a_mapping_that_parses() {
    let readme = include_str!("../../README.md");
    let (_, block) = readme.split_once("```toml\n").unwrap();
    let (example, _) = block.split_once("```").unwrap();
    Mapping::parse("README.md", example).unwrap();
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_panic(text: String, tail in "[a-z\\[\\]={}\"., 0-9\n]{0,80}") {
        if let Err(error) = Mapping::parse("t.toml", &text) {
            error.render(true);
        }
        if let Err(error) = Mapping::parse("t.toml", &format!("{HEAD}[response]\n{tail}")) {
            error.to_string();
        }
    }
}

#[test]
fn every_format_and_layout_can_be_said() {
    use crate::read::Format;
    let formats = [
        ("csv", Format::Csv),
        ("tsv", Format::Tsv),
        ("xlsx", Format::Xlsx),
        ("xlsm", Format::Xlsx),
        ("xlsb", Format::Xlsb),
        ("xls", Format::Xls),
        ("ods", Format::Ods),
        ("ndjson", Format::Ndjson),
        ("json", Format::Json),
    ];
    for (word, format) in formats {
        let text = format!(
            "name = \"x\"\n[source]\nformat = \"{word}\"\nheader_rows = 2\nfill_merged = true\n\
             [key]\ncolumns = [\"id\"]\n[response]\nscore = \"NPS\"\n"
        );
        let layout = Mapping::parse("m.toml", &text).unwrap().layout();
        assert_eq!(layout.format, Some(format));
        assert_eq!((layout.header_rows, layout.fill_merged), (Some(2), true));
    }
}

#[test]
fn a_zone_that_the_file_names_comes_before_utc_and_after_what_is_said() {
    let dated = |source: &str, zone: Option<&str>| {
        let text = format!(
            "name = \"x\"\n[source]\n{source}\n[key]\ncolumns = [\"id\"]\n\
             [response]\nscore = \"NPS\"\ncreated_at = \"at\"\n"
        );
        let mapping = Mapping::parse("m.toml", &text).unwrap();
        let mut header =
            crate::record::Header::new(["id", "NPS", "at"].map(str::to_owned).to_vec());
        header.below.timezone = zone.map(str::to_owned);
        let shape = crate::record::Shape::Table(header);
        let plan = Plan::compile(&mapping, "f.csv", &shape).unwrap();
        let row = testing::row(&["1", "9", "2026-11-02 10:15:00"]);
        let mapped = plan.map(&row);
        let response = mapped.responses[0].result.as_ref().unwrap();
        let at = response.as_ref().unwrap().created_at.clone().unwrap();
        (at.into_owned(), plan.warnings().len())
    };
    let denver = Some("America/Denver");
    assert_eq!(
        dated("", denver),
        ("2026-11-02T10:15:00-07:00".to_owned(), 0)
    );
    assert_eq!(
        dated("timezone = \"+01:00\"", denver),
        ("2026-11-02T10:15:00+01:00".to_owned(), 0)
    );
    for unknown in [None, Some("Mars/Olympus")] {
        assert_eq!(dated("", unknown), ("2026-11-02T10:15:00Z".to_owned(), 1));
    }
}

#[test]
fn the_columns_a_file_has_are_named_in_short() {
    let text = format!("{HEAD}[response]\ncomment = \"Why?\"\n");
    let mapping = Mapping::parse("m.toml", &text).unwrap();
    let header = shape(&[&"x".repeat(1 << 20), "two\nlines", &"long name ".repeat(9)]);
    let error = Plan::compile(&mapping, "f.csv", &header)
        .unwrap_err()
        .to_string();
    let listed = format!(
        "its columns are: {}…, two lines, {}…",
        "x".repeat(40),
        "long name ".repeat(4)
    );
    assert!(error.contains(&listed), "{error:.2000}");
    assert!(error.len() < 2_000);
}

#[test]
fn where_the_records_are_is_written_as_columns_of_json_are() {
    let mapping = |source: &str| {
        format!(
            "name = \"x\"\n[source]\n{source}\n[key]\ncolumns = [\"id\"]\n[response]\nscore = \"NPS\"\n"
        )
    };
    let names = |records: &str| {
        let mapping = Mapping::parse("m.toml", &mapping(&format!("records = '{records}'")));
        let path = mapping.unwrap().layout().records.unwrap();
        assert_eq!(path.text(), records);
        let names = path.steps().iter().map(|step| step.name.clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("items"), ["items"]);
    assert_eq!(names("data.the items"), ["data", "the items"]);
    assert_eq!(names("/a.b/c~1d"), ["a.b", "c/d"]);
    let refused = |source: &str| {
        let error = Mapping::parse("m.toml", &mapping(source)).unwrap_err();
        error.problems[0].message.clone()
    };
    insta::assert_snapshot!(refused("records = ' '"), @"the member that holds the records is empty");
    insta::assert_snapshot!(refused("records = 'a..b'"), @"`a..b` has an empty step");
    insta::assert_snapshot!(refused("records = 'a[0].b'"), @"`a[0].b` names elements of lists, where only members of objects can lead");
    assert!(refused("records = ['items']").contains("found a list"));
    assert_eq!(
        Mapping::parse("m.toml", &mapping(""))
            .unwrap()
            .layout()
            .records,
        None
    );
}
