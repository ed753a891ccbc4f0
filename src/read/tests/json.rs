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
    insta::assert_snapshot!(error.remedy.unwrap(), @r#"name the one to be loaded, as in records = "responses" in [source] of the mapping, or --records responses"#);
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

/// The ids of what a file of this name holds, and what is told of it.
fn named(
    name: &str,
    text: &str,
    layout: &Layout,
) -> Result<(Vec<String>, Vec<String>), InputError> {
    let stream = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    let source = Source::from_stream(stream, std::path::Path::new(name), layout)?;
    let notices = source.notices();
    let mut ids = Vec::new();
    source.rows(0, &mut |row| {
        ids.push(
            row.json()
                .map_or(String::new(), |record| record["id"].to_string()),
        );
        ControlFlow::Continue(())
    })?;
    Ok((ids, notices.list()))
}

#[test]
fn a_line_of_a_file_called_so_is_a_record_whatever_it_holds() {
    let plain = Layout::default();
    for name in crate::read::array::NAMES {
        for inner in ["", "{\"id\":\"a\",\"text\":\"Price\"}"] {
            let record =
                format!("{{\"id\":1,\"score\":9,\"text\":\"fine\",\"{name}\":[{inner}]}}\n");
            for file in ["day.ndjson", "day.JSONL", "day.jsonl.gz", "day.json", "-"] {
                let (ids, told) = named(file, &record, &plain).unwrap();
                assert_eq!(ids, ["1"], "{file}: {record}");
                let is_lines = !["day.json", "-"].contains(&file);
                assert_eq!(told.is_empty(), is_lines, "{file}: {told:?}");
            }
            let bare = record.replace("\"id\":1,", "");
            for file in ["day.ndjson", "day.ndjson.zst"] {
                let read = named(file, &bare, &plain).unwrap();
                assert_eq!(
                    read,
                    (vec!["null".to_owned()], Vec::new()),
                    "{file}: {bare}"
                );
            }
            let said = Layout {
                format: Some(Format::Ndjson),
                ..Layout::default()
            };
            let read = named("-", &bare, &said).unwrap();
            assert_eq!(read, (vec!["null".to_owned()], Vec::new()));
        }
    }
    let (ids, _) = named("day.jsonl", "{\n\"answers\": [{\"id\": 7}]\n}\n", &plain).unwrap();
    assert_eq!(ids, ["null"], "records set over several lines");
}

#[test]
fn what_stands_around_records_speaks_for_no_record() {
    for text in [
        // Typeform, Zendesk, SurveyMonkey, Alchemer, Salesforce, HubSpot, Intercom, OData, Google Forms.
        "{\"total_items\":1,\"page_count\":1,\"items\":[{\"id\":1}]}",
        "{\"tickets\":[{\"id\":1}],\"next_page\":null,\"previous_page\":null,\"count\":1}",
        "{\"data\":[{\"id\":1}],\"per_page\":50,\"page\":1,\"total\":1,\"links\":{\"self\":\"https://x\"}}",
        "{\"result_ok\":true,\"total_count\":1,\"page\":1,\"total_pages\":1,\"results_per_page\":50,\"data\":[{\"id\":1}]}",
        "{\"totalSize\":1,\"done\":true,\"records\":[{\"id\":1}]}",
        "{\"results\":[{\"id\":1}],\"paging\":{\"next\":{\"after\":\"2\"}}}",
        "{\"type\":\"list\",\"data\":[{\"id\":1}],\"total_count\":1}",
        "{\"@odata.context\":\"https://x\",\"value\":[{\"id\":1}]}",
        "{\"responses\":[{\"id\":1}],\"nextPageToken\":\"x\"}",
        "{\"umfrage\":[{\"id\":1}]}",
    ] {
        for file in ["page.json", "-"] {
            let (ids, told) = named(file, text, &Layout::default()).unwrap();
            assert_eq!(ids, ["1"], "{text}");
            assert!(
                told[0].starts_with("the records are those of the array"),
                "{told:?}"
            );
        }
        let (ids, told) = named("page.ndjson", text, &Layout::default()).unwrap();
        assert_eq!(ids, ["null"], "{text}");
        assert!(told[0].contains("--records "), "{told:?}");
    }
}

#[test]
fn an_object_that_may_be_either_is_asked_about() {
    let plain = Layout::default();
    let both = "{\"title\":\"Q4\",\"responses\":[{\"id\":1}]}";
    for text in [
        both,
        &both.replace(',', ",\n"),
        &both.replace("{\"id\":1}", ""),
    ] {
        let error = named("-", text, &plain).unwrap_err();
        assert!(error.message.contains("'title' of its own"), "{error}");
    }
    let error = named("-", both, &plain).unwrap_err();
    insta::assert_snapshot!(error.message, @"the file is one object, and may be one record, for it has 'title' of its own, or hold the records in its array 'responses'");
    insta::assert_snapshot!(error.remedy.unwrap(), @r#"if it holds them, say records = "responses" in [source] of the mapping, or --records responses; if it is one record, give it on one line (jq -c . FILE > records.ndjson) and say --format ndjson, or format = "ndjson" in [source]"#);
    let with_id = "{\"id\":1,\"answers\":[{\"id\":7}]}";
    let (ids, told) = named("-", with_id, &plain).unwrap();
    assert_eq!(ids, ["1"]);
    insta::assert_snapshot!(told[0], @r#"the file is one object, read as one record, for it has 'id' of its own: if the records are those of its array 'answers', say records = "answers" in [source] of the mapping, or --records answers"#);
    // Wherever on the way to the array it is said that there is a record.
    let (ids, _) = named(
        "-",
        "{\"data\":{\"id\":1,\"answers\":[{\"id\":7}]}}",
        &plain,
    )
    .unwrap();
    assert_eq!(ids, ["null"]);
    let error = named("-", "{\"foo\":[{\"id\":1}],\"bar\":[{\"id\":2}]}", &plain).unwrap_err();
    assert!(
        error
            .message
            .contains("several arrays of records: 'foo', 'bar'"),
        "{error}"
    );
}

#[test]
fn a_long_object_with_something_of_its_own_is_asked_about() {
    let long: Vec<String> = (0..9_000).map(|id| format!("{{\"id\": {id}}}")).collect();
    let long = long.join(", ");
    for text in [
        format!("{{\"id\": 7, \"responses\": [{long}]}}"),
        format!("{{\"title\": \"Q4\",\n\"umfrage\": [{long}]}}"),
    ] {
        let error = named("-", &text, &Layout::default()).unwrap_err();
        assert!(error.message.contains("may be one record"), "{error}");
    }
}

#[test]
fn a_failed_record_with_a_list_in_it_is_known_as_such() {
    let line =
        "{\"_chatterload\":{\"row\":1,\"file\":\"a\",\"error\":\"x\"},\"answers\":[{\"id\":7}]}\n";
    let read = read(line);
    assert!(read.is_failures_file);
    assert_eq!(read.rows.len(), 1);
}
