//! Workbooks that no crate writes: of before 2007, binary ones, and those of OpenDocument.

use super::packed::zip;
use super::*;
use crate::record::CellRef;

pub const PLAIN: &[u8] = include_bytes!("data/plain.xls.gz");
const MAC: &[u8] = include_bytes!("data/mac.xls.gz");
const FAR: &[u8] = include_bytes!("data/far.xls.gz");

pub fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut plain).unwrap();
    plain
}

#[test]
fn old_workbooks_are_read_in_both_epochs() {
    for bytes in [unpacked(PLAIN), unpacked(MAC), PLAIN.to_vec()] {
        let read = read(bytes.clone());
        assert_eq!(read.format, Format::Xls);
        assert_eq!(
            read.header,
            ["id", "text", "score", "when", "ok", "err", "share"]
        );
        let first = &read.cells()[0];
        assert_eq!(
            first[..5],
            ["0012", "café", "9", "2026-11-02T10:15:00", "TRUE"]
        );
        assert_eq!(first[6], "0.85");
        assert_eq!(read.positions(), [(2, 2), (4, 4), (5, 5), (6, 6)]);
        assert_eq!(
            read.cells()[1..3]
                .iter()
                .map(|row| row[0].as_str())
                .collect::<Vec<_>>(),
            ["both", ""]
        );
        let fill = Layout {
            fill_merged: true,
            ..Layout::default()
        };
        assert_eq!(read_as(bytes.clone(), &fill).cells()[2][0], "both");
        assert_eq!(
            read_as(bytes.clone(), &sheet(Sheet::Number(2))).header,
            ["x"]
        );
        let source = open(bytes, &Layout::default()).unwrap();
        assert_eq!(source.sheets(), ["Answers", "Other"]);
    }
}

#[test]
fn an_old_workbook_that_would_fill_the_memory_is_refused() {
    let error = refused(unpacked(FAR), &Layout::default());
    assert!(error.message.contains("4 million cells"), "{error}");
    // The size a sheet says of itself: room is made for it.
    let mut liar = unpacked(PLAIN);
    let dimensions = [0x00, 0x02, 14, 0];
    let at = liar
        .windows(4)
        .position(|bytes| bytes == dimensions)
        .unwrap();
    liar[at + 8..at + 12].fill(0xff);
    let error = refused(liar, &Layout::default());
    assert!(error.message.contains("damaged"), "{error}");
}

#[test]
fn an_old_workbook_cut_anywhere_is_damaged_or_read() {
    let whole = unpacked(PLAIN);
    for length in (0..whole.len()).step_by(97) {
        if let Ok(source) = open(&whole[..length], &Layout::default()) {
            let _ = source.rows(0, &mut |_| ControlFlow::Continue(()));
        }
    }
}

/// A record of a binary workbook: type, length, data.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if kind < 0x80 {
        bytes.push(u8::try_from(kind).unwrap());
    } else {
        bytes.extend([
            u8::try_from(kind & 0x7f).unwrap() | 0x80,
            u8::try_from(kind >> 7).unwrap(),
        ]);
    }
    bytes.push(u8::try_from(data.len()).unwrap());
    bytes.extend_from_slice(data);
    bytes
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let count = u32::try_from(text.encode_utf16().count()).unwrap();
    [count.to_le_bytes().as_slice(), &units].concat()
}

/// A cell of a binary workbook: column, style, value.
fn binary_cell(kind: u16, column: u32, style: u32, value: &[u8]) -> Vec<u8> {
    let mut data = column.to_le_bytes().to_vec();
    data.extend_from_slice(&style.to_le_bytes());
    data.extend_from_slice(value);
    record(kind, &data)
}

pub fn binary_workbook(since_1904: bool) -> Vec<u8> {
    let parts = binary_parts(since_1904);
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect();
    zip(&parts, false)
}

/// The parts of a binary workbook, each by its name.
pub fn binary_parts(since_1904: bool) -> Vec<(&'static str, Vec<u8>)> {
    let bundle = [&[0; 8], wide("rId1").as_slice(), &wide("Answers")].concat();
    let workbook = [
        record(0x99, &[u8::from(since_1904), 0, 0, 0, 0, 0, 0, 0]),
        record(0x8f, &[]),
        record(0x9c, &bundle),
        record(0x90, &[]),
        record(0x9d, &[]),
        record(0x84, &[]),
    ];
    let row = |number: u32| record(0x00, &number.to_le_bytes());
    let sheet = [
        record(0x81, &[]),
        record(0x94, &[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]),
        record(0x91, &[]),
        row(0),
        binary_cell(6, 0, 0, &wide("id")),
        binary_cell(6, 1, 0, &wide("score")),
        binary_cell(6, 2, 0, &wide("when")),
        binary_cell(6, 3, 0, &wide("ok")),
        row(1),
        binary_cell(6, 0, 0, &wide("0012")),
        binary_cell(5, 1, 0, &2.5_f64.to_le_bytes()),
        binary_cell(5, 2, 1, &46_328.25_f64.to_le_bytes()),
        binary_cell(4, 3, 0, &[1]),
        record(0x92, &[]),
    ];
    // Two formats of cells, the second a date (22).
    let styles = [
        record(0x269, &2_u32.to_le_bytes()),
        record(0x2f, &[0, 0, 0, 0]),
        record(0x2f, &[0, 0, 22, 0]),
    ];
    let relations = br#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.bin"/></Relationships>"#;
    vec![
        ("[Content_Types].xml", b"<Types/>".to_vec()),
        ("xl/_rels/workbook.bin.rels", relations.to_vec()),
        ("xl/workbook.bin", workbook.concat()),
        ("xl/styles.bin", styles.concat()),
        ("xl/worksheets/sheet1.bin", sheet.concat()),
    ]
}

#[test]
fn binary_workbooks_are_read_in_both_epochs() {
    for (since_1904, date) in [
        (false, "2026-11-02T06:00:00"),
        (true, "2030-11-03T06:00:00"),
    ] {
        let read = read(binary_workbook(since_1904));
        assert_eq!(read.format, Format::Xlsb);
        assert_eq!(read.header, ["id", "score", "when", "ok"]);
        assert_eq!(read.cells(), [["0012", "2.5", date, "TRUE"]]);
    }
}

pub fn spreadsheet(tables: &str) -> Vec<u8> {
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content><office:automatic-styles>
        <style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>
        </office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"#
    );
    let kind = b"application/vnd.oasis.opendocument.spreadsheet";
    zip(
        &[("mimetype", kind), ("content.xml", content.as_bytes())],
        false,
    )
}

pub const HEADER: &str = r#"<table:table-row>
    <table:table-cell office:value-type="string"><text:p>id</text:p></table:table-cell>
    <table:table-cell office:value-type="string"><text:p>text</text:p></table:table-cell>
    <table:table-cell office:value-type="string"><text:p>value</text:p></table:table-cell>
    <table:table-cell table:number-columns-repeated="16381"/></table:table-row>"#;

pub fn cell(kind: &str, text: &str) -> String {
    format!("<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>")
}

#[test]
fn spreadsheets_of_open_document_are_read() {
    let values = [
        (r#"office:value-type="float" office:value="9""#, "9"),
        (r#"office:value-type="float" office:value="2.5""#, "2.5"),
        (
            r#"office:value-type="percentage" office:value="0.85""#,
            "0.85",
        ),
        (
            r#"office:value-type="boolean" office:boolean-value="true""#,
            "TRUE",
        ),
        (
            r#"office:value-type="date" office:date-value="2026-11-02""#,
            "2026-11-02",
        ),
        (
            r#"office:value-type="date" office:date-value="2026-11-02T10:15:00""#,
            "2026-11-02T10:15:00",
        ),
        (
            r#"office:value-type="time" office:time-value="PT06H00M00S""#,
            "06:00:00",
        ),
        (
            r#"table:formula="of:=1/0" office:value-type="string" calcext:value-type="error""#,
            "#DIV/0!",
        ),
        (
            r#"table:formula="of:=1+1" office:value-type="float" office:value="2""#,
            "2",
        ),
    ];
    let mut rows = HEADER.to_owned();
    for (kind, shown) in values {
        let text = "a &amp; b<text:s text:c=\"2\"/>c</text:p><office:annotation><text:p>no</text:p></office:annotation><text:p>d";
        let cells = [
            cell("", "0012"),
            cell(r#"office:value-type="string""#, text),
            cell(kind, shown),
        ];
        rows.extend(["<table:table-row>", &cells.concat(), "</table:table-row>"]);
    }
    rows += r#"<table:table-row><table:table-cell table:number-columns-repeated="2"/>
        <table:table-cell table:formula="of:=1+1"/></table:table-row>
        <table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>"#;
    let hidden = r#"<table:table table:name="Notes" table:style-name="ta2"/>"#;
    let bytes = spreadsheet(&format!(
        r#"{hidden}<table:table table:name="Data">{rows}</table:table>"#
    ));
    let read = read(bytes.clone());
    assert_eq!(read.format, Format::Ods);
    assert_eq!(read.header, ["id", "text", "value"]);
    for (row, (_, expected)) in read.cells().iter().zip(values) {
        assert_eq!(row[..], ["0012", "a & b  c\nd", expected]);
    }
    assert_eq!(read.rows[7].cell(2), CellRef::Error("#DIV/0!"));
    assert_eq!(read.rows[9].cell(2), CellRef::Error("#NO_RESULT"));
    assert_eq!(
        read.rows.len(),
        10,
        "blank rows are none, however often repeated"
    );
    let source = open(bytes, &Layout::default()).unwrap();
    let notices = source.notices();
    source.rows(0, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(
        notices
            .list()
            .iter()
            .any(|notice| notice.contains("percentages")),
        "{:?}",
        notices.list()
    );
}

/// A small sheet with a bit of everything.
pub fn sample() -> Vec<u8> {
    let rows = [
        HEADER.to_owned(),
        format!(
            "<table:table-row table:number-rows-repeated=\"2\">{}{}</table:table-row>",
            cell(
                r#"office:value-type="string" table:number-columns-spanned="2" table:number-rows-spanned="2""#,
                "a<text:s text:c=\"3\"/>b"
            ),
            cell(
                r#"office:value-type="date" office:date-value="2026-11-02" table:number-columns-repeated="2""#,
                "x"
            )
        ),
    ];
    spreadsheet(&format!(
        r#"<table:table table:name="Data">{}</table:table>"#,
        rows.concat()
    ))
}

#[test]
fn repeated_and_merged_cells_of_open_document_are_where_they_stand() {
    let text = |text: &str| cell(r#"office:value-type="string""#, text);
    let rows = [
        HEADER.to_owned(),
        format!(
            r#"<table:table-row table:number-rows-repeated="2">{}{}</table:table-row>"#,
            text("1"),
            r#"<table:table-cell office:value-type="float" office:value="7" table:number-columns-repeated="2"/>"#
        ),
        format!(
            "<table:table-row>{}{}</table:table-row>",
            cell(
                r#"office:value-type="string" table:number-rows-spanned="2" table:number-columns-spanned="1""#,
                "both"
            ),
            text("a")
        ),
        format!(
            "<table:table-row><table:covered-table-cell/>{}</table:table-row>",
            text("b")
        ),
    ];
    let bytes = spreadsheet(&format!(
        r#"<table:table table:name="Data">{}</table:table>"#,
        rows.concat()
    ));
    let expected = |merged: &str| {
        let rows = [
            ["1", "7", "7"],
            ["1", "7", "7"],
            ["both", "a", ""],
            [merged, "b", ""],
        ];
        rows.map(|row| row.map(str::to_owned).to_vec()).to_vec()
    };
    let source = open(bytes.clone(), &Layout::default()).unwrap();
    let notices = source.notices();
    source.rows(0, &mut |_| ControlFlow::Continue(())).unwrap();
    let told = notices.list().join("\n");
    assert!(
        told.starts_with("cells A4:A5 are merged over several rows"),
        "{told}"
    );
    assert_eq!(read(bytes.clone()).cells(), expected(""));
    let fill = Layout {
        fill_merged: true,
        ..Layout::default()
    };
    assert_eq!(read_as(bytes, &fill).cells(), expected("both"));
}

#[test]
fn cells_that_repeat_without_end_take_no_memory() {
    let long = "x".repeat(100_000);
    let wide = cell(
        r#"office:value-type="string" table:number-columns-repeated="4000000000""#,
        &long,
    );
    let rows = format!(
        r#"<table:table-row table:number-rows-repeated="4000000000">{wide}</table:table-row>"#
    );
    let bytes = spreadsheet(&format!(
        r#"<table:table table:name="Data">{rows}</table:table>"#
    ));
    let error = refused(bytes, &Layout::default());
    assert!(error.message.contains("16 MiB"), "{error}");

    let blanks = cell(
        r#"office:value-type="string""#,
        r#"<text:s text:c="4000000000"/>"#,
    );
    let rows = format!("<table:table-row>{blanks}</table:table-row>");
    let bytes = spreadsheet(&format!(
        r#"<table:table table:name="Data">{rows}</table:table>"#
    ));
    refused(bytes, &Layout::default());

    let rows = format!(
        r#"{HEADER}<table:table-row table:number-rows-repeated="4000000000">{}</table:table-row>"#,
        cell(r#"office:value-type="string""#, "1")
    );
    let bytes = spreadsheet(&format!(
        r#"<table:table table:name="Data">{rows}</table:table>"#
    ));
    let mut rows = 0_u32;
    let count = &mut |_| {
        rows += 1;
        ControlFlow::Continue(())
    };
    open(bytes, &Layout::default())
        .unwrap()
        .rows(0, count)
        .unwrap();
    assert_eq!(rows, (1 << 20) - 1, "as many as a sheet can have");
}
