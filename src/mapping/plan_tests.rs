use serde_json::json;

use super::*;
use crate::mapping::testing::{json_row, row, shape, typed_row};
use crate::mapping::{Mapping, Plan};
use crate::record::{AttributeValue, Carried, Cell, Number, Shape};

const HEAD: &str = "name = \"t\"\n[key]\ncolumns = [\"id\"]\n";

pub(crate) fn plan(body: &str, header: &[&str]) -> Plan {
    let text = format!("{HEAD}{body}");
    let mapping = Mapping::parse("t.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    Plan::compile(&mapping, "f.csv", &shape(header)).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn only(plan: &Plan, row: &Row) -> Result<Option<Response<'static>>, Rejection> {
    let mut mapped = plan.map(row);
    assert_eq!(mapped.responses.len(), 1);
    let result = mapped.responses.remove(0).result;
    result.map(|response| response.map(Response::into_owned))
}

pub(crate) fn posted(plan: &Plan, cells: &[&str]) -> Response<'static> {
    only(plan, &row(cells)).unwrap().unwrap()
}

pub(crate) fn code(plan: &Plan, cells: &[&str]) -> String {
    only(plan, &row(cells)).unwrap_err().code.into_owned()
}

pub(crate) fn segment(response: &Response<'_>, key: &str) -> Option<String> {
    let found = response
        .segments
        .iter()
        .find(|segment| &*segment.key == key)?;
    Some(match &found.value {
        AttributeValue::Text(text) | AttributeValue::Date(text) => text.to_string(),
        AttributeValue::Number(number) => number.to_string(),
        AttributeValue::Bool(value) => panic!("{value} in an attribute"),
    })
}

#[test]
fn a_row_becomes_a_response() {
    let plan = plan(
        r#"
[source]
null_values = ["N/A"]
timezone = "Europe/London"
[response]
data_type = "nps"
data_source = { column = "Channel", map = { Mail = "zendesk" } }
dataset_id = 7
score = { column = "NPS", min = 0, max = 10 }
comment = { columns = ["Good", "Bad"], separator = "\n\n", with_question = true }
created_at = { column = "At", formats = ["%d/%m/%Y %H:%M"] }
when = [{ column = "Finished", in = [1, "True"] }, { column = "Status", not_in = ["Preview"] }]
[response.user_meta]
customer_id = { column = "Cust", name = "Customer ID" }
[response.segments]
country = "Country"
agent = { template = "{{ row['Cust'] }}/{{ row.Country|lower }}", case = "upper" }
wave = { value = "2026-Q4" }
[response.fields]
approved = { value = true }
[response.rest]
into = "segments"
except = ["IP"]
"#,
        &[
            "id", "Channel", "NPS", "Good", "Bad", "At", "Finished", "Status", "Cust", "Country",
            "IP", "Größe", "",
        ],
    );
    let cells = [
        "r1",
        " mail ",
        "9.0",
        " Fine ",
        "Slow",
        "02/06/2026 10:15",
        "TRUE",
        "",
        "00123",
        "N/A",
        "1.2.3.4",
        "XL",
        "x",
    ];
    let response = posted(&plan, &cells);
    assert_eq!(response.score, Some(Number::Whole(9)));
    assert_eq!(response.comment.as_deref(), Some("Good\nFine\n\nBad\nSlow"));
    assert_eq!(
        response.created_at.as_deref(),
        Some("2026-06-02T10:15:00+01:00")
    );
    assert_eq!(response.data_type.as_deref(), Some("nps"));
    assert_eq!(response.data_source.as_deref(), Some("zendesk"));
    assert_eq!(
        response.dataset_id,
        Some(AttributeValue::Number(Number::Whole(7)))
    );
    assert_eq!(
        response.fields,
        [("approved".into(), AttributeValue::Bool(true))]
    );
    assert_eq!(&*response.user_meta[0].name, "Customer ID");
    assert_eq!(
        response.user_meta[0].value,
        AttributeValue::Text("00123".into())
    );
    let segments: Vec<(&str, &str)> = response
        .segments
        .iter()
        .map(|one| (&*one.key, &*one.name))
        .collect();
    assert_eq!(
        segments,
        [
            ("agent", "Agent"),
            ("wave", "Wave"),
            ("grosse", "Größe"),
            ("column_13", "column 13")
        ]
    );
    assert_eq!(segment(&response, "agent").as_deref(), Some("00123/"));
    assert_eq!(
        plan.map(&row(&cells)).key,
        Ok(RowKey::Columns(vec!["r1".into()]))
    );
    assert!(plan.warnings().is_empty());
    assert_eq!(plan.used_columns(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn patterns_match_headers_with_their_blanks_folded() {
    let header = ["id", "Why\n not?", "Why\u{a0}not? (2) "];
    let joined = |pattern: &str| {
        let body = format!("[response]\ncomment = {{ columns = {{ matching = '{pattern}' }} }}");
        posted(&plan(&body, &header), &["1", "a", "b"]).comment
    };
    assert_eq!(joined(r"^Why not\?$").as_deref(), Some("a"));
    assert_eq!(joined(r"^Why not\? \(2\)$").as_deref(), Some("b"));
    // As the cell stands, too.
    assert_eq!(joined(r"^Why\n").as_deref(), Some("a"));
}

/// Why a value of column `s` is rejected that has these settings.
fn why(settings: &str, cell: &str) -> String {
    let body = format!("[response]\ncomment = \"c\"\n[response.segments]\ns = {{ {settings} }}");
    let plan = plan(&body, &["id", "c", "s"]);
    only(&plan, &row(&["1", "x", cell])).unwrap_err().message
}

#[test]
fn a_rejection_says_what_stood_there_and_what_to_do() {
    let cases = [
        (
            "column = \"s\", map = { x = 11 }, type = \"number\", max = 10",
            "x",
        ),
        (
            "column = \"s\", type = \"number\", min = 0, max = 10",
            " 11,0 ",
        ),
        (
            "column = \"s\", type = \"number\", min = 0, max = 10",
            "11.0",
        ),
        ("column = \"s\", type = \"integer\"", "9.50"),
        (
            "column = \"s\", bucket = { \"0-5\" = \"low\" }, map = { x = 7 }",
            "x",
        ),
        (
            "column = \"s\", type = \"date\", formats = [\"%d/%m/%Y\"]",
            "31/02/2026",
        ),
        ("template = \"{{ row['s'] | int }}\"", "many"),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(settings, cell)| why(settings, cell))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    column 's' holds 'x', mapped to '11', expected a number up to 10: correct it, or list it in null_values if it stands for no answer
    column 's' holds '11,0', expected a number such as 9 or 8.5: if the file writes fractions so, set decimal = ","
    column 's' holds '11.0', expected a number from 0 to 10: correct it, or list it in null_values if it stands for no answer
    column 's' holds '9.50', expected a whole number: correct it, or set type = "number" where fractions are meant
    column 's' holds 'x', mapped to '7', which is in none of the buckets 0-5: correct it, or add one that holds it
    column 's' holds '31/02/2026', which is no date by the formats tried (%d/%m/%Y): correct it if there is no such day, else add its format to formats
    the template of `segments.s` fails over this row, where column 's' holds 'many': invalid operation: correct the cell, or let the template allow for it
    "#);
}

#[test]
fn a_rejection_of_the_response_says_where_it_comes_from() {
    let body = "[response]\nscore = { column = \"NPS\", map = { x = 11 } }\ndata_source = \"s\"";
    let plan = plan(body, &["id", "NPS"]);
    let located = |field: &'static str, cell: &str, message: &str| {
        let row = row(&["1", cell]);
        let responses = plan.responses_for(&row);
        responses[0]
            .located(Rejection::new("c", field, message), &row)
            .message
    };
    assert_eq!(
        located("score", "11", "11 is none"),
        "column 'NPS': 11 is none"
    );
    assert_eq!(
        located("score", "x", "11 is none"),
        "column 'NPS' holds 'x': 11 is none"
    );
    assert_eq!(
        located("score", "", "it is needed"),
        "column 'NPS' gives nothing: it is needed"
    );
    assert_eq!(
        located("data_source", "", "'s' is none"),
        "the value of `data_source`: 's' is none"
    );
    assert_eq!(located("created_at", "", "none"), "none");
}

#[test]
fn columns_whose_header_is_blank_are_called_by_their_position() {
    let body = "[response]\nscore = \"NPS\"\n[response.user_meta]\nfirst = 3\n[response.rest]\ninto = \"segments\"";
    let plan = plan(body, &["id", "NPS", "\u{a0}", " ", "\u{feff} ", "", " "]);
    let response = posted(&plan, &["1", "9", "a", "b", "c", "d", "e"]);
    assert_eq!(&*response.user_meta[0].name, "First");
    let segments = response.segments.iter();
    let segments: Vec<(&str, &str)> = segments.map(|one| (&*one.key, &*one.name)).collect();
    let expected = [
        ("column_4", "column 4"),
        ("column_5", "column 5"),
        ("column_6", "column 6"),
        ("column_7", "column 7"),
    ];
    assert_eq!(segments, expected);
}

#[test]
fn fields_of_json_whose_name_is_blank_are_called_by_their_key() {
    let text = format!("{HEAD}[response]\nscore = \"NPS\"\n[response.rest]\ninto = \"segments\"");
    let mapping = Mapping::parse("t.toml", &text).unwrap();
    let plan = Plan::compile(&mapping, "f.ndjson", &Shape::Json).unwrap();
    let record = json_row(json!({"id": 1, "NPS": 9, " ": "a", "_": "b"}));
    let response = only(&plan, &record).unwrap().unwrap();
    assert!(
        response
            .segments
            .iter()
            .all(|one| one.name.starts_with("column ")),
        "{:?}",
        response.segments
    );
}

#[test]
fn a_column_to_leave_out_that_is_not_there_is_told() {
    let warnings = |into: &str, except: &str| {
        let body =
            format!("[response]\nscore = \"NPS\"\n[response.rest]\n{into}except = [{except}]");
        plan(&body, &["id", "NPS", "E-Mail"]).warnings()
    };
    let segments = "into = \"segments\"\n";
    assert_eq!(
        warnings(segments, "\"Email\", \"Email\""),
        ["`except` names a column `Email` that f.csv has not; did you mean `E-Mail`?"]
    );
    assert_eq!(
        warnings(segments, "\"IP address\", 9"),
        [
            "`except` names a column `IP address` that f.csv has not; nothing is left out by it",
            "`except` names column 9 that f.csv has not; nothing is left out by it"
        ]
    );
    assert_eq!(warnings(segments, "\"e-mail\", 3"), [""; 0]);
    assert_eq!(warnings("", "\"Email\""), [""; 0]);
}

#[test]
fn keys_are_trimmed_text_or_missing() {
    let plan = plan(
        "[source]\nnull_values = [\"N/A\"]\n[response]\nscore = \"NPS\"",
        &["id", "NPS"],
    );
    let key = |row: &Row| {
        let key = plan.map(row).key.map(|key| match key {
            RowKey::Columns(cells) => cells.concat(),
            RowKey::Content => panic!("it has a key"),
        });
        key.map_err(|rejection| rejection.code.into_owned())
    };
    let columns = |text: &str| Ok(text.to_owned());
    assert_eq!(key(&row(&[" 007 ", "9"])), columns("007"));
    assert_eq!(key(&row(&["N/A", "9"])), Err("key_missing".to_owned()));
    assert_eq!(
        key(&typed_row(vec![Cell::Number(42.0), Cell::Empty])),
        columns("42")
    );
    let mut damaged = row(&["1E+11", "9"]);
    assert_eq!(key(&damaged), columns("1E+11"));
    damaged.carried = Some(Box::new(Carried::default()));
    assert_eq!(key(&damaged), Err("spreadsheet_damage".to_owned()));
    let ruined = row(&["1,18E+11", "9"]);
    insta::assert_snapshot!(plan.map(&ruined).key.unwrap_err().message, @"key column 'id' holds '1,18E+11', which a spreadsheet has made of a longer number: export the file anew, and format the column as text before a spreadsheet saves it");
}

#[test]
fn an_empty_key_may_go_by_content() {
    let text = "name = \"t\"\n[key]\ncolumns = [\"id\"]\nversion = \"v\"\nwhen_empty = \"content\"\n[response]\nscore = \"NPS\"";
    let mapping = Mapping::parse("t.toml", text).unwrap();
    let plan = Plan::compile(&mapping, "f.csv", &shape(&["id", "NPS", "v"])).unwrap();
    let row = row(&["", "9", " 3 "]);
    let mapped = plan.map(&row);
    assert_eq!(mapped.key, Ok(RowKey::Content));
    assert_eq!(mapped.version.as_deref(), Some("3"));
}

#[test]
fn a_row_at_fault_is_not_mapped() {
    let plan = plan("[response]\nscore = \"NPS\"", &["id", "NPS"]);
    let mut bad = row(&["1"]);
    bad.fault = Some(Box::new(Rejection::new("ragged", "row", "too short")));
    let mapped = plan.map(&bad);
    assert_eq!(mapped.key.unwrap_err().code, "ragged");
    assert!(mapped.responses.is_empty());
}

#[test]
fn spreadsheet_cells_keep_their_types() {
    let plan = plan(
        "[source]\nnull_values = [\"#N/A\"]\n[response]\nscore = \"s\"\ncreated_at = \"at\"\n[response.segments]\nflag = \"f\"",
        &["id", "s", "at", "f"],
    );
    let at = jiff::civil::date(2026, 11, 2).at(10, 15, 0, 0);
    let cells = |score, flag| typed_row(vec![Cell::Number(1.0), score, Cell::DateTime(at), flag]);
    let response = only(&plan, &cells(Cell::Number(9.0), Cell::Bool(true)))
        .unwrap()
        .unwrap();
    assert_eq!(response.score, Some(Number::Whole(9)));
    assert_eq!(response.created_at.as_deref(), Some("2026-11-02T10:15:00Z"));
    assert_eq!(segment(&response, "flag").as_deref(), Some("TRUE"));
    assert_eq!(plan.warnings().len(), 1);
    let error = |text: &str| Cell::Error(text.to_owned());
    let rejection = only(&plan, &cells(error("#REF!"), Cell::Empty)).unwrap_err();
    assert_eq!(rejection.code, "spreadsheet_error");
    assert_eq!(only(&plan, &cells(error("#N/A"), Cell::Empty)), Ok(None));
}

#[test]
fn several_responses_share_what_response_says() {
    let plan = plan(
        r#"
[response]
data_type = "nps"
score = "NPS"
[response.segments]
a = "A"
b = "B"
[[responses]]
name = "one"
[[responses]]
name = "two"
data_type = "csat"
segments = { b = "A" }
"#,
        &["id", "NPS", "A", "B"],
    );
    let row = row(&["1", "9", "x", "y"]);
    let mapped = plan.map(&row);
    let [one, two] = &mapped.responses[..] else {
        panic!("two responses")
    };
    let (one, two) = (
        one.result.clone().unwrap().unwrap(),
        two.result.clone().unwrap().unwrap(),
    );
    assert_eq!((&*one.name, one.data_type.as_deref()), ("one", Some("nps")));
    assert_eq!(
        (&*two.name, two.data_type.as_deref()),
        ("two", Some("csat"))
    );
    assert_eq!(segment(&one, "b").as_deref(), Some("y"));
    assert_eq!(segment(&two, "b").as_deref(), Some("x"));
    assert_eq!(segment(&two, "a").as_deref(), Some("x"));
}

#[test]
fn a_matrix_gives_one_response_a_filled_column() {
    let plan = plan(
        r#"
[[responses]]
name = "aspects"
for_each = { matching = "^Q5" }
score = { each = "value" }
[responses.segments]
aspect = { each = "question" }
"#,
        &["id", "Q5 / Price", "Q5 / Speed", "Q6"],
    );
    let row = row(&["1", "4", "", "x"]);
    let mapped = plan.map(&row);
    let names: Vec<&str> = mapped.responses.iter().map(|one| &**one.name).collect();
    assert_eq!(names, ["aspects/Q5 / Price", "aspects/Q5 / Speed"]);
    let first = mapped.responses[0].result.clone().unwrap().unwrap();
    assert_eq!(first.score, Some(Number::Whole(4)));
    assert_eq!(segment(&first, "aspect").as_deref(), Some("Price"));
    assert_eq!(mapped.responses[1].result, Ok(None));
}

#[test]
fn labels_of_ticked_columns_first_of_and_optional() {
    let plan = plan(
        r#"
[response]
score = "NPS"
[response.segments]
channels = { columns = { matching = "^Q7" }, show = "label" }
mail = { first_of = ["Mail", "Mail 2"] }
gone = { column = "Gone", optional = true, default = "-" }
"#,
        &[
            "id",
            "NPS",
            "Q7 / Web",
            "Q7 / Phone",
            "Q7 / Shop",
            "Mail",
            "Mail 2",
        ],
    );
    let response = posted(&plan, &["1", "9", "1", "0", "Shop", "", "b@x"]);
    assert_eq!(segment(&response, "channels").as_deref(), Some("Web, Shop"));
    assert_eq!(segment(&response, "mail").as_deref(), Some("b@x"));
    assert_eq!(segment(&response, "gone").as_deref(), Some("-"));
}

#[test]
fn json_records_are_mapped_by_paths() {
    let text = "name = \"t\"\n[key]\ncolumns = [\"id\"]\n[response]\nscore = \"rating.score\"\ncomment = \"/text\"\n\
                [response.segments]\ntags = \"tags\"\n[response.rest]\ninto = \"user_meta\"";
    let mapping = Mapping::parse("t.toml", text).unwrap();
    let plan = Plan::compile(&mapping, "f.ndjson", &Shape::Json).unwrap();
    let record = json!({"id": 12_345_678_901_i64, "rating": {"score": 4}, "text": " Fine ", "tags": ["a", "b"],
                        "firstName": "Ann", "nested": {"x": 1}, "empty": null});
    let row = json_row(record);
    let response = only(&plan, &row).unwrap().unwrap();
    assert_eq!(response.score, Some(Number::Whole(4)));
    assert_eq!(response.comment.as_deref(), Some("Fine"));
    assert_eq!(segment(&response, "tags").as_deref(), Some("a, b"));
    let rest: Vec<&str> = response.user_meta.iter().map(|one| &*one.key).collect();
    assert_eq!(rest, ["firstname"]);
    assert_eq!(
        plan.map(&row).key,
        Ok(RowKey::Columns(vec!["12345678901".into()]))
    );
    let bad = only(&plan, &json_row(json!({"id": 1, "rating": {"score": {}}}))).unwrap_err();
    assert_eq!(bad.code, "not_a_scalar");
}

#[test]
fn json_numbers_are_scores_and_texts_whatever_the_signs_of_the_mapping() {
    let text = "name = \"t\"\n[source]\ndecimal = \",\"\nthousands = \".\"\n[key]\ncolumns = [\"id\"]\n[response]\n\
                score = \"s\"\nwhen = [{ column = \"w\", in = [1.5] }]\n[response.segments]\nversion = \"v\"\n\
                plan = { column = \"w\", map = { \"1.5\" = \"Pro\" }, otherwise = \"fail\" }";
    let mapping = Mapping::parse("t.toml", text).unwrap();
    let plan = Plan::compile(&mapping, "f.ndjson", &Shape::Json).unwrap();
    let map = |record: &str| only(&plan, &json_row(serde_json::from_str(record).unwrap()));
    let response = map("{\"id\":1,\"s\":1.250,\"v\":1.10,\"w\":1.50}").unwrap();
    let response = response.unwrap();
    assert_eq!(response.score, Some(Number::Fraction(1.25)));
    assert_eq!(segment(&response, "version").as_deref(), Some("1.10"));
    assert_eq!(segment(&response, "plan").as_deref(), Some("Pro"));
    for score in ["1e400", "12345678901234567890123"] {
        let record = format!("{{\"id\":1,\"s\":{score},\"w\":1.5}}");
        assert_eq!(map(&record).unwrap_err().code, "score_not_a_number");
    }
}

#[test]
fn long_json_ids_are_keys_of_their_own() {
    let mapping = Mapping::parse("t.toml", &format!("{HEAD}[response]\nscore = \"s\"")).unwrap();
    let plan = Plan::compile(&mapping, "f.ndjson", &Shape::Json).unwrap();
    for id in ["12345678901234567890123", "12345678901234567890124", "1.10"] {
        let row = json_row(serde_json::from_str(&format!("{{\"id\":{id}}}")).unwrap());
        let key = RowKey::Columns(vec![id.into()]);
        assert_eq!(plan.map(&row).key, Ok(key));
    }
}

#[test]
fn a_filter_wins_over_a_rejection() {
    let plan = plan(
        "[response]\nscore = \"NPS\"\ncreated_at = \"At\"\n[response.segments]\ns = { column = \"c\", required = \"filter\" }",
        &["id", "NPS", "At", "c"],
    );
    assert_eq!(only(&plan, &row(&["1", "bad", "bad", ""])), Ok(None));
    assert_eq!(code(&plan, &["1", "bad", "bad", "x"]), "score_not_a_number");
}

proptest::proptest! {
    #[test]
    fn no_cells_make_a_panic(cells in proptest::collection::vec(".{0,40}", 0..5)) {
        let plan = plan(
            "[response]\nscore = \"s\"\ncomment = { column = \"c\", unescape = true, max_length = 9 }\n\
             created_at = { column = \"d\", formats = [\"%d/%m/%Y %Z\"] }\n[response.segments]\n\
             t = { template = \"{{ row.c|title }}{{ row['s']|int }}\" }",
            &["id", "s", "c", "d"],
        );
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        plan.map(&row(&cells));
    }
}
