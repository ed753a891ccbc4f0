use super::*;
use crate::record::Cells;

#[test]
fn one_record_a_line() {
    let read = read("\u{feff}{\"id\": 1}\n\n{\"id\": 2, \"a\": [1]}\r\n{\"id\": 3}");
    assert_eq!(read.format, Format::Ndjson);
    assert_eq!(read.positions(), [(1, 1), (3, 3), (4, 4)]);
    assert_eq!(read.rows[1].json().unwrap()["a"][0], 1);
}

#[test]
fn a_broken_line_is_at_fault_alone() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let text = format!("{{\"id\": 1}}\n{{\"id\": secret}}\n[1]\n{deep}\n{{\"id\": 2}}\n");
    let read = read(text);
    assert_eq!(
        read.codes(),
        ["", "invalid_json", "json_not_an_object", "invalid_json", ""]
    );
    assert!(
        read.message(1).starts_with("row 2, column 8: "),
        "{}",
        read.message(1)
    );
    assert!(!read.message(1).contains("secret"));
    assert!(read.message(2).contains("an array"));
    assert!(matches!(&read.rows[1].cells, Cells::Raw(raw) if raw == "{\"id\": secret}"));
}

#[test]
fn a_line_that_is_not_utf8_is_at_fault_alone() {
    let read = read(b"{\"a\": \"\xc3\xa9\xc3\xa8\"}\n{\"a\": \"caf\xe9\"}\n".as_slice());
    assert_eq!(read.codes(), ["", "invalid_utf8"]);
}

#[test]
fn utf16_is_read_as_well() {
    let read = read(utf16("{\"a\": \"é\"}\n", false));
    assert_eq!(read.rows[0].json().unwrap()["a"], "é");
}

fn ids(read: &Read) -> Vec<String> {
    let id = |row: &Row| {
        row.json()
            .map_or("?".to_owned(), |record| record["id"].to_string())
    };
    read.rows.iter().map(id).collect()
}

#[test]
fn an_array_is_read_record_by_record_however_it_is_set() {
    let values = [
        "[{\"id\": 1}, {\"id\": 2}]",
        "\u{feff}\n [\n{\"id\": 1},\n{\"id\":\n2}\n]\n",
        "{\"responses\":[{\"id\":1},{\"id\":2}]}",
        "{\"meta\": {\"n\": [1, \"]\"]}, \"tags\": [1, [2]],\n \"data\": [{\"id\": 1}, {\"id\": 2}], \"next\": null}",
        "{\n\"umfrage\": [{\"id\": 1}, {\"id\": 2}]\n}",
        "{\n  \"id\": 1\n}\n{\n  \"id\": 2\n}\n",
        "{\n  \"id\": 1, \"fields\": [{\"a\": 1}]\n}\n{\n  \"id\": 2\n}\n",
    ];
    for text in values {
        let read = read(text);
        assert_eq!(read.format, Format::Json, "{text}");
        assert_eq!(ids(&read), ["1", "2"], "{text}");
        assert_eq!(read.rows[1].position.row, 2);
    }
    let positions = read("[\n{\"id\": 1},\n\n{\"id\": 2}]").positions();
    assert_eq!(positions, [(1, 2), (2, 4)]);
    for empty in ["[]", " [ ] ", "{\"responses\": []}"] {
        assert_eq!(read(empty).rows.len(), 0, "{empty}");
    }
}

#[test]
fn one_record_with_a_list_in_it_is_one_record() {
    for text in [
        "{\"id\": 1, \"fields\": [{\"id\": 7}]}",
        "{\n\"id\": 1,\n\"fields\": [{\"id\": 7}]}",
        "{\"data\": [{\"id\": 7}], \"id\": 1}\n{\"data\": [{\"id\": 7}], \"id\": 2}\n",
    ] {
        assert_eq!(ids(&read(text))[0], "1", "{text}");
    }
}

#[test]
fn the_array_may_lie_some_levels_down() {
    for text in [
        "{\"data\":{\"items\":[{\"id\":1},{\"id\":2}]}}",
        "{\"meta\":{\"next\":null},\n\"result\": {\"total\": 2, \"data\": {\"rows\": [{\"id\": 1}, {\"id\": 2}]}}}",
        "{\"users\":[{\"id\":7}],\"tickets\":[{\"id\":1},{\"id\":2}]}",
        "{\"errors\":[],\"data\":{\"items\":[{\"id\":1},{\"id\":2}]}}",
    ] {
        assert_eq!(ids(&read(text)), ["1", "2"], "{text}");
    }
    let source = open(
        "{\"users\":[{\"id\":7}],\"data\":{\"items\":[{\"id\":1}]}}",
        &Layout::default(),
    )
    .unwrap();
    let notices = source.notices();
    source.rows(0, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(
        notices.list(),
        ["the records are those of the array 'data.items'; not read: 'users'"]
    );
    // Records that hold such objects stay records.
    for text in [
        "{\"id\": 1, \"survey\": {\"answers\": [{\"id\": 7}]}}",
        "{\"id\": 1, \"data\": {\"answers\": [{\"id\": 7}]}}",
        "{\"id\": 1, \"data\": {\"answers\": [{\"id\": 7}]}}\n{\"id\": 2}\n",
        "{\n\"id\": 1, \"fields\": [{\"a\": 1}], \"others\": [{\"a\": 1}]}",
    ] {
        assert_eq!(ids(&read(text))[0], "1", "{text}");
    }
}

#[test]
fn of_several_arrays_none_is_guessed() {
    let text = "{\"responses\":[{\"id\":1}],\"surveys\":[{\"id\":2}],\"n\":2}";
    let error = refused(text, &Layout::default());
    insta::assert_snapshot!(error.message, @"the file is one object that holds several arrays of records: 'responses', 'surveys'");
    insta::assert_snapshot!(error.remedy.unwrap(), @"give the one to be loaded as a file of its own, as in jq '.responses' FILE > records.json");
}

#[test]
fn an_array_behind_a_long_one_is_found_where_the_file_can_be_read_twice() {
    let long: Vec<String> = (0..9_000).map(|id| format!("{{\"user\": {id}}}")).collect();
    let text = format!(
        "{{\"users\": [{}], \"data\": {{\"items\": [{{\"id\": 1}}, {{\"id\": 2}}]}}}}",
        long.join(", ")
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let input = crate::read::Input::File(file.path().to_owned());
    let source = Source::open(&input, &Layout::default()).unwrap();
    let mut rows = 0;
    source
        .rows(0, &mut |_| {
            rows += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(rows, 2);
}

#[test]
fn a_broken_record_of_an_array_is_at_fault_alone() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(9_000), "]".repeat(9_000));
    let text = format!("[{{\"id\": 1}},\n{{\"id\": secret}}, 7, \"x\", {deep}, {{\"id\": 2}}]");
    let read = read(text);
    assert_eq!(
        read.codes(),
        [
            "",
            "invalid_json",
            "json_not_an_object",
            "json_not_an_object",
            "invalid_json",
            ""
        ]
    );
    assert!(
        read.message(1).starts_with("row 2, column 8: "),
        "{}",
        read.message(1)
    );
    assert!(read.message(4).contains("recursion"), "{}", read.message(4));
}

#[test]
fn an_array_that_breaks_off_says_where() {
    for (text, rows, place, expected) in [
        ("[{\"id\": 1},\n{\"id\": \"x", 1, "row 2", "ends within"),
        ("[{\"id\": 1}", 1, "after record 1", "ends before"),
        ("[{\"id\": 1},", 1, "after record 1", "ends before"),
        ("[{\"id\": 1} {\"id\": 2}]", 1, "after record 1", "comma"),
        (
            "[{\"id\": 1}]\n[{\"id\": 2}]",
            1,
            "after record 1",
            "goes on",
        ),
        ("[{\"id\": 1},\n,{\"id\": 2}]", 1, "line 2", "no valid JSON"),
        ("{\"data\": [{\"id\": 1}}", 1, "after record 1", "comma"),
    ] {
        let (read, error) = read_broken(text);
        assert_eq!(
            (read.rows.len(), error.place.as_deref()),
            (rows, Some(place)),
            "{error}"
        );
        assert!(error.message.contains(expected), "{error}");
    }
}

#[test]
fn a_record_of_an_array_has_a_limit() {
    let text = format!(
        "[{{\"id\": 1}},\n{{\"a\": \"{}\"}}]\n",
        "x".repeat(17 << 20)
    );
    let (read, error) = read_broken(text);
    assert_eq!(read.rows.len(), 1);
    assert_eq!(error.place.as_deref(), Some("row 2"));
}

proptest::proptest! {
    #[test]
    fn any_values_of_an_array_come_back(values in proptest::collection::vec(json_value(), 0..8), pretty: bool) {
        let array = serde_json::Value::Array(values.iter().map(|v| serde_json::json!({"v": v})).collect());
        let text = if pretty { serde_json::to_string_pretty(&array) } else { serde_json::to_string(&array) };
        let read = read(text.unwrap());
        let seen: Vec<_> = read.rows.iter().map(|row| row.json().unwrap()["v"].clone()).collect();
        proptest::prop_assert_eq!(seen, values);
    }
}

fn json_value() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,8}".prop_map(serde_json::Value::from),
        "[\\[\\]{}\",:\\\\]{0,6}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::Array),
            proptest::collection::vec((".{0,4}", inner), 0..3)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn a_first_line_that_breaks_off_is_at_fault_alone() {
    let read = read("{\"a\": 1,\n{\"a\": 2}\n");
    assert_eq!(read.codes(), ["invalid_json", ""]);
}

#[test]
fn a_line_has_a_limit() {
    let text = format!("{{\"a\": 1}}\n{{\"a\": \"{}\"}}\n", "x".repeat(17 << 20));
    let (read, error) = read_broken(text);
    assert_eq!(read.rows.len(), 1);
    assert_eq!(error.place.as_deref(), Some("line 2"));
}
