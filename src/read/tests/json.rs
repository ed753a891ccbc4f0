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
    let read = read(b"{\"a\": 1}\n{\"a\": \"caf\xe9\"}\n".as_slice());
    assert_eq!(read.codes(), ["", "invalid_utf8"]);
}

#[test]
fn utf16_is_read_as_well() {
    let read = read(utf16("{\"a\": \"é\"}\n", false));
    assert_eq!(read.rows[0].json().unwrap()["a"], "é");
}

#[test]
fn arrays_and_values_over_several_lines_are_refused_with_the_remedy() {
    for (text, remedy) in [
        ("[{\"a\": 1}]", "jq -c '.[]'"),
        ("\n [\n{\"a\": 1}]", "jq -c '.[]'"),
        ("{\n  \"a\": 1\n}\n", "jq -c '.'"),
        ("{ \"a\": [1,\n 2], \"b\": \"", "jq -c '.'"),
    ] {
        let error = refused(text, &Layout::default());
        assert!(error.remedy.unwrap().contains(remedy), "{text}");
    }
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
