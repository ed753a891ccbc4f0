use super::*;
use crate::record::Carried;

const OURS: &str = "_row,_file,_error,_field,_message,_status,_run,_id,_response";

fn carried() -> Carried {
    Carried {
        row: Some(12),
        file: "nps.csv".to_owned(),
        status: "failed".to_owned(),
        run: "run-1".to_owned(),
        id: "abc".to_owned(),
        responses: vec!["main".to_owned(), "aspects/Q5".to_owned()],
        was_no_text: false,
        damaged: String::new(),
    }
}

fn table() -> String {
    format!(
        "{OURS},id,Grün,\n12,nps.csv,http_500,,\"it failed, well\",failed,run-1,abc,\"main\naspects/Q5\",7,schön,\n"
    )
}

fn assert_known(bytes: impl Into<Vec<u8>>, layout: &Layout, what: &str) {
    let read = read_as(bytes, layout);
    assert!(read.is_failures_file, "{what}");
    assert_eq!(read.header, ["id", "Grün", ""], "{what}");
    assert_eq!(read.cells()[0][..2], ["7", "schön"], "{what}");
    assert_eq!(read.rows[0].carried.as_deref(), Some(&carried()), "{what}");
    assert_eq!(read.codes(), [""], "{what}");
}

#[test]
fn a_failures_file_is_known_whatever_a_spreadsheet_made_of_it() {
    let table = table();
    let semicolons = table
        .replace(',', ";")
        .replace("failed; well", "failed, well");
    let tabs = table
        .replace(',', "\t")
        .replace("failed\t well", "failed, well");
    let (windows_1252, _, _) = encoding_rs::WINDOWS_1252.encode(&semicolons);
    let layout = Layout {
        format: Some(Format::Ndjson),
        encoding: Some("shift_jis".to_owned()),
        delimiter: Some(b'|'),
        header_row: Some(3),
        skip_rows_after_header: 2,
        ..Layout::default()
    };
    for layout in [&layout, &Layout::default()] {
        assert_known(format!("\u{feff}{table}"), layout, "as written");
        assert_known(table.replace('\n', "\r\n"), layout, "no mark, CRLF");
        assert_known(utf16(&tabs, false), layout, "Unicode text");
        assert_known(windows_1252.to_vec(), layout, "plain CSV of Excel");
        assert_known(format!("sep=;\n{semicolons}"), layout, "separator line");
        let short = table.replace("schön,\n", "schön\n");
        assert_known(short, layout, "trailing delimiters lost");
    }
}

#[test]
fn other_files_are_not_taken_for_one() {
    for header in [
        "_row,_file,id",
        &OURS.replace("_id", "id"),
        &format!("x,{OURS}"),
    ] {
        assert!(!read(format!("{header}\n1,2,3\n")).is_failures_file);
    }
}

#[test]
fn the_columns_of_a_workbook_are_known_too() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let mut reader = ::csv::Reader::from_reader(OURS.as_bytes());
    let names = reader.headers().unwrap().clone();
    let header = names.iter().chain(["id", "Grün"]);
    for (column, name) in (0..).zip(header) {
        sheet.write(0, column, name).unwrap();
    }
    let cells = [
        "nps.csv",
        "x",
        "",
        "",
        "failed",
        "run-1",
        "abc",
        "main\naspects/Q5",
        "7",
        "schön",
    ];
    sheet.write(1, 0, 12).unwrap();
    for (column, cell) in (1..).zip(cells) {
        sheet.write(1, column, cell).unwrap();
    }
    let layout = super::sheet(Sheet::Name("elsewhere".to_owned()));
    let read = read_as(workbook.save_to_buffer().unwrap(), &layout);
    assert!(read.is_failures_file);
    assert_eq!(read.header, ["id", "Grün"]);
    assert_eq!(read.cells(), [["7", "schön"]]);
    assert_eq!(read.rows[0].carried.as_deref(), Some(&carried()));
}

#[test]
fn json_lines_carry_the_same_under_one_key() {
    let ours = r#"{"row":12,"file":"nps.csv","error":"x","field":"","message":"","status":"failed","run":"run-1","id":"abc","response":["main","aspects/Q5"]}"#;
    let broken = ours.replace("\"row\"", "\"raw\":\"{broken\",\"row\"");
    let mended = ours.replace("\"row\"", "\"raw\":\"{\\\"a\\\":5}\",\"row\"");
    let text = format!(
        "{{\"_chatterload\":{ours},\"z\":1,\"a\":2}}\n{{\"_chatterload\":{broken}}}\n{{\"_chatterload\":{mended}}}\n{{\"a\":3}}\n"
    );
    let read = read(text);
    assert!(read.is_failures_file);
    assert_eq!(read.rows[0].json().unwrap().to_string(), r#"{"z":1,"a":2}"#);
    assert_eq!(read.rows[0].carried.as_deref(), Some(&carried()));
    assert_eq!(read.codes(), ["", "invalid_json", "", ""]);
    assert!(read.rows[1].carried.is_some());
    assert_eq!(read.rows[2].json().unwrap()["a"], 5, "mended in place");
    assert!(read.rows[3].carried.is_none());
}

#[test]
fn a_first_line_longer_than_the_first_look_is_known() {
    let text = format!(
        "{{\"a\":\"{}\",\"_chatterload\":{{\"id\":\"abc\"}}}}\n{{\"a\":1}}\n",
        "x".repeat(300_000)
    );
    let read = read(text);
    assert!(read.is_failures_file);
    assert_eq!(read.rows[0].carried.as_ref().unwrap().id, "abc");
    assert_eq!(read.rows.len(), 2);
}
