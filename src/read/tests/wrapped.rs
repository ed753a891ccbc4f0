//! Records in arrays that objects are wrapped around, where somebody said so.

use super::*;
use crate::mapping::Mapping;

/// The layout of a mapping that says where the records are.
fn layout(records: &str) -> Layout {
    let text = format!(
        "name = \"any\"\n[source]\nrecords = '{records}'\n[key]\ncontent = \"per-file\"\n[response]\ncomment = 1\n"
    );
    Mapping::parse("m.toml", &text).unwrap().layout()
}

fn ids(read: &Read) -> Vec<String> {
    let id = |row: &Row| {
        row.json()
            .map_or("?".to_owned(), |record| record["id"].to_string())
    };
    read.rows.iter().map(id).collect()
}

/// The rows before the fault, and the fault.
fn broken(text: &str, records: &str) -> (usize, InputError) {
    let mut read = read_as(text, &layout(records));
    let error = read.error.take();
    (
        read.rows.len(),
        error.unwrap_or_else(|| panic!("{text} was read")),
    )
}

/// The numbers of objects from `from` to `to`, as a list.
fn records(from: u32, to: u32) -> String {
    let ids = (from..=to).map(|id| format!("{{\"id\": {id}}}"));
    ids.collect::<Vec<_>>().join(",\n")
}

#[test]
fn records_are_those_of_the_array_that_is_named() {
    for (text, path) in [
        (
            "{\"survey\":\"x\",\"total_items\":2,\"page_count\":1,\"items\":[{\"id\":1},{\"id\":2}]}",
            "items",
        ),
        (
            "{\n \"id\": 7,\n \"items\": [\n  {\"id\": 1},\n  {\"id\": 2}\n ],\n \"other\": [{\"id\": 9}]\n}\n",
            "items",
        ),
        (
            "\u{feff} {\"x\":{\"items\":[{\"id\":9}]},\"items\":[{\"id\":1},{\"id\":2}],\"y\":[[{}]]}",
            "items",
        ),
        (
            "{\"title\":\"t\",\"data\":{\"n\":[1,\"]\"],\"items\":[{\"id\":1},{\"id\":2}]},\"items\":[]}",
            "data.items",
        ),
        (
            "{\"data\":{\"a\":{\"b\":{\"c\":[{\"id\":1},{\"id\":2}]}}}}",
            "data.a.b.c",
        ),
        // A member whose own name has points, and one beside it.
        ("{\"data.items\":[{\"id\":1},{\"id\":2}]}", "data.items"),
        ("{\"a\":{\"b.c\":[{\"id\":1},{\"id\":2}]}}", "a.b.c"),
        (
            "{\"a.b\":{\"c/d~\":[{\"id\":1},{\"id\":2}]}}",
            "/a.b/c~1d~0",
        ),
        (
            "{\"a\":{\"b\":[{\"id\":9}]},\"a.b\":[{\"id\":1},{\"id\":2}]}",
            "/a.b",
        ),
        ("{\"\":[{\"id\":1},{\"id\":2}]}", "/"),
        // Pages: one a line, over several lines, side by side, in a list.
        (
            "{\"p\":1,\"items\":[{\"id\":1}]}\n{\"p\":2,\"items\":[]}\n\n{\"p\":3,\"items\":[{\"id\":2}]}\n",
            "items",
        ),
        (
            "{\n\"items\": [{\"id\": 1}]\n}\n{\n\"items\": [{\"id\": 2}]\n}",
            "items",
        ),
        ("{\"items\":[{\"id\":1}]}{\"items\":[{\"id\":2}]}", "items"),
        (
            "[{\"items\":[{\"id\":1}]},\n{\"items\":[{\"id\":2}]}]",
            "items",
        ),
    ] {
        let read = read_as(text, &layout(path));
        assert_eq!(read.error, None, "{text}");
        assert_eq!(ids(&read), ["1", "2"], "{text}");
        let rows: Vec<u64> = read.positions().iter().map(|at| at.0).collect();
        assert_eq!(rows, [1, 2], "{text}");
    }
    let read = read_as(
        "{\"items\":[\n{\"id\":1}]}\n{\"items\":[\n\n{\"id\":2}]}",
        &layout("items"),
    );
    assert_eq!(read.positions(), [(1, 2), (2, 5)]);
    for none in [
        "{\"items\":[]}",
        "{\"a\":1,\"items\": [ ] }\n{\"items\":[]}",
        "[]",
    ] {
        assert_eq!(read_as(none, &layout("items")).rows.len(), 0, "{none}");
    }
}

#[test]
fn the_format_may_be_said_too() {
    for format in [Format::Json, Format::Ndjson] {
        let said = Layout {
            format: Some(format),
            ..layout("items")
        };
        let read = read_as(
            "{\"id\":0,\"items\":[{\"id\":1}]}\n{\"items\":[{\"id\":2}]}\n",
            &said,
        );
        assert_eq!(ids(&read), ["1", "2"]);
    }
}

#[test]
fn tables_know_of_no_array() {
    let read = read_as("a,b\n1,2\n", &layout("items"));
    assert_eq!((read.rows.len(), read.error), (1, None));
}

#[test]
fn an_object_without_the_array_is_told_with_what_it_holds() {
    let (rows, error) = broken(
        "{\"survey\":\"x\",\"data\":{\"results\":[{\"id\":1}]},\"users\":[],\"n\":[1]}",
        "items",
    );
    assert_eq!((rows, error.place), (0, None));
    insta::assert_snapshot!(error.message, @"the object does not hold the records in an array 'items': there is no such member; the arrays in it are 'data.results', 'users'");
    insta::assert_snapshot!(error.remedy.unwrap(), @r#"name the array that holds the records, as in records = "data.results" in [source] of the mapping, or --records data.results"#);
    for (text, path, rows, place, expected) in [
        (
            "{\"items\":{\"all\":[{}]}}",
            "items",
            0,
            None,
            "'items' is an object; the array in it is 'items.all'",
        ),
        (
            "{\"items\":null}",
            "items",
            0,
            None,
            "'items' is null; it holds no array",
        ),
        (
            "{\"items\":\"none\"}",
            "items",
            0,
            None,
            "'items' is a text",
        ),
        (
            "{\"data\":[{\"items\":[{}]}]}",
            "data.items",
            0,
            None,
            "'data' is an array; the array in it is 'data'",
        ),
        ("{}", "items", 0, None, "no such member; it holds no array"),
        // No wrapper at all.
        (
            "{\"id\":1}\n{\"id\":2}\n",
            "items",
            0,
            None,
            "the object does not hold",
        ),
        (
            "[{\"id\":1},{\"id\":2}]",
            "items",
            0,
            None,
            "an element of the file's array does not hold",
        ),
        ("[[{\"id\":1}]]", "items", 0, None, "in 'items' is an array"),
        // An answer that tells of an error, among pages.
        (
            "{\"items\":[{\"id\":1}]}\n{\"error\":\"limit\"}\n",
            "items",
            1,
            Some("line 2"),
            "no such member",
        ),
        (
            "{\"items\":[{\"id\":1}]}\n7\n",
            "items",
            1,
            Some("line 2"),
            "in 'items' is a number",
        ),
    ] {
        let (read, error) = broken(text, path);
        assert_eq!(
            (read, error.place.as_deref()),
            (rows, place),
            "{text}: {error}"
        );
        assert!(error.message.contains(expected), "{text}: {error}");
        assert!(error.remedy.is_some(), "{text}");
    }
    let many = (0..200).map(|n| format!("\"a{n}\":[{{\"id\":{n}}}]"));
    let many = many.collect::<Vec<_>>().join(",");
    let (_, error) = broken(&format!("{{{many}}}"), "items");
    assert!(error.message.ends_with("'a6', 'a7', …"), "{error}");
}

/// Checks rows, place and message of what is broken.
#[track_caller]
fn assert_broken(table: &[(&str, usize, &str, &str)]) {
    for (text, rows, place, expected) in table {
        let (read, error) = broken(text, "items");
        assert_eq!(
            (read, error.place.as_deref()),
            (*rows, Some(*place)),
            "{text}: {error}"
        );
        assert!(error.message.contains(expected), "{text}: {error}");
    }
}

#[test]
fn what_breaks_off_says_where() {
    let after = "after record 1";
    assert_broken(&[
        (
            "{\"n\":1,\"items\":[{\"id\":1},\n{\"id\":\"x",
            1,
            "row 2",
            "ends within",
        ),
        ("{\"items\":[{\"id\":1}", 1, after, "ends before"),
        ("{\"items\":[{\"id\":1},", 1, after, "ends before"),
        ("{\"items\":[{\"id\":1}]", 1, after, "ends before"),
        (
            "{\"items\":[{\"id\":1}],\"next\":{\"a\":",
            1,
            "line 1",
            "ends before",
        ),
        (
            "{\"items\":[{\"id\":1}],\n\"next\":",
            1,
            "line 2",
            "ends before",
        ),
        ("{\"items\":", 0, "line 1", "ends before"),
        ("[{\"items\":[{\"id\":1}]}", 1, after, "ends before"),
        ("[{\"items\":[{\"id\":1}]},", 1, after, "ends before"),
    ]);
}

#[test]
fn what_is_no_json_or_goes_on_says_where() {
    let after = "after record 1";
    assert_broken(&[
        (
            "{\"items\":[{\"id\":1}]} trailing",
            1,
            "line 1",
            "in 'items' is a word",
        ),
        ("{\"items\":[{\"id\":1}]}\n]", 1, "line 2", "no valid JSON"),
        (
            "{\"items\":[{\"id\":1}]},\n{\"items\":[]}",
            1,
            "line 1",
            "no valid JSON",
        ),
        ("{\"items\":[{\"id\":1} {\"id\":2}]}", 1, after, "comma"),
        (
            "{\"items\":[{\"id\":1}]\n\"b\":2}",
            1,
            "line 2",
            "no valid JSON",
        ),
        ("{\"items\":[{\"id\":1}],}", 1, "line 1", "no valid JSON"),
        ("{\"items\":[,{\"id\":1}]}", 0, "line 1", "no valid JSON"),
        (
            "{\"a\":,\"items\":[{\"id\":1}]}",
            0,
            "line 1",
            "no valid JSON",
        ),
        ("[{\"items\":[{\"id\":1}]}]\n{}", 1, after, "goes on"),
        (
            "[{\"items\":[{\"id\":1}]} {\"items\":[]}]",
            1,
            after,
            "comma",
        ),
    ]);
}

#[test]
fn an_array_that_is_there_twice_is_an_error() {
    let after = "after record 1";
    assert_broken(&[
        (
            "{\"items\":[{\"id\":1}],\"items\":[{\"id\":2}]}",
            1,
            after,
            "'items' twice",
        ),
        (
            "{\"items\":[{\"id\":1}],\"items\":null}",
            1,
            after,
            "'items' twice",
        ),
    ]);
    for both in [
        "{\"data\":{\"items\":[{\"id\":1}]},\"data.items\":[{\"id\":2}]}",
        "{\"data\":{\"items\":[{\"id\":1}]},\"data\":{\"items\":[]}}",
    ] {
        assert!(broken(both, "data.items").1.message.contains("twice"));
    }
}

#[test]
fn a_broken_record_is_at_fault_alone() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(9_000), "]".repeat(9_000));
    let text = format!(
        "{{\"skipped\":{},\"items\":[{{\"id\":1}},\n{{\"id\":secret}},7,\"x\",[{{}}],{deep},null,{{\"id\":2}}],\"z\":{deep}}}",
        "[".repeat(90_000) + &"]".repeat(90_000)
    );
    let read = read_as(text, &layout("items"));
    assert_eq!(read.error, None);
    let no_object = "json_not_an_object";
    assert_eq!(
        read.codes(),
        [
            "",
            "invalid_json",
            no_object,
            no_object,
            no_object,
            "invalid_json",
            no_object,
            ""
        ]
    );
    assert!(!read.message(1).contains("secret"));
}

#[test]
fn a_failures_file_is_no_wrapper_whatever_the_mapping_says() {
    let ours = "\"_chatterload\":{\"row\":3,\"file\":\"a\",\"error\":\"x\"}";
    let record = |id: u32| format!("{{{ours},\"id\":{id},\"items\":[{{\"id\":9}}]}}");
    for text in [
        format!("{}\n{}\n", record(1), record(2)),
        format!("[{},\n{}]", record(1), record(2)),
        format!("{}\n{}", record(1), record(2)).replace(',', ",\n"),
    ] {
        let read = read_as(text.as_str(), &layout("items"));
        assert!(read.is_failures_file, "{text}");
        assert_eq!(ids(&read), ["1", "2"], "{text}");
    }
}

#[test]
fn a_long_line_without_our_key_is_not_read_to_its_end_to_know_that() {
    let looked_at = |text: String, most: usize| {
        let stream = Box::new(Cursor::new(text.into_bytes()));
        let mut opened = crate::read::input::Opened::from_stream(stream).unwrap();
        let is_ours = crate::read::json::is_failures_file(&mut opened, most).unwrap();
        (is_ours, opened.head.len() < 1 << 20)
    };
    let pad = format!("\"pad\":[\"{}\"]", "x".repeat(2 << 20));
    let wrapper = || format!("{{{pad},\"items\":[]}}");
    assert_eq!(looked_at(wrapper(), 256 << 10), (false, true));
    assert_eq!(looked_at(wrapper(), usize::MAX), (false, false));
    let failed = format!("{{\"_chatterload\":{{}},{pad}}}\n");
    assert_eq!(looked_at(failed, 256 << 10), (true, false));
}

#[test]
fn utf16_and_packed_pages_are_read() {
    let text = format!("{{\"é\":1,\"items\":[{}]}}", records(1, 2));
    assert_eq!(
        ids(&read_as(utf16(&text, true), &layout("items"))),
        ["1", "2"]
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let read = read_as(packed.finish().unwrap(), &layout("items"));
    assert_eq!(ids(&read), ["1", "2"]);
}

#[test]
fn all_pages_of_a_stream_are_read_where_they_were_found_out() {
    // The second page lies behind what can be looked at before.
    let text = format!(
        "{{\"items\":[{}],\"links\":[\"{}\"],\"count\":3}}\n{{\"items\":[{}],\"count\":3}}\n",
        records(1, 3),
        "x".repeat(2 << 20),
        records(4, 6)
    );
    assert_eq!(ids(&read(text)), ["1", "2", "3", "4", "5", "6"]);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_panic_or_goes_on_for_ever(text in "(\\{|\\}|\\[|\\]|,|:|\"items\"|\"a\"|1|\"items\":\\[|\\{\"id\":1\\}| |\n){0,24}") {
        let read = Source::from_stream(
            Box::new(Cursor::new(text.into_bytes())),
            Path::new("file.json"),
            &Layout { format: Some(Format::Json), ..layout("items") },
        );
        if let Ok(source) = read {
            let mut rows = 0;
            let _ = source.rows(0, &mut |_| { rows += 1; ControlFlow::Continue(()) });
            proptest::prop_assert!(rows <= 24);
        }
    }
}
