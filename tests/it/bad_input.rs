//! Bad input: the right exit code, a message with place, value and remedy; the rows beside the bad ones arrive.

use crate::support::{World, table};

#[test]
fn files_that_cannot_be_read() {
    let world = World::new();
    world.file("empty.csv", "");
    world.file("folder/x", "");
    world.file("fake.xlsx", "PK\x03\x04 but no more");
    world.file("binary.csv", [0u8, 159, 146, 150, 0, 1, 2, 3]);
    for (file, words) in [
        ("missing.csv", "no such file"),
        ("folder", "folder"),
        ("empty.csv", "empty"),
        ("fake.xlsx", "damaged"),
        ("binary.csv", "NUL"),
    ] {
        let done = world
            .import(file, &[])
            .expect_code(3)
            .expect_err(&[file, words]);
        assert_eq!(done.json()["status"], "aborted");
        assert_eq!(done.json()["exit_code"], 3);
    }
    assert_eq!(world.state().log().posts(), 0);
}

#[test]
fn a_truncated_workbook_is_no_workbook() {
    let world = World::new();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in (0..).zip(["id", "score", "comment", "date"]) {
        sheet.write(0, column, name).unwrap();
    }
    sheet.write(1, 0, 7).unwrap();
    let whole = workbook.save_to_buffer().unwrap();
    world.file("half.xlsx", &whole[..whole.len() / 2]);
    world
        .import("half.xlsx", &[])
        .expect_code(3)
        .expect_err(&["half.xlsx", "cut off"]);
}

#[test]
fn bad_rows_are_named_and_the_rows_beside_them_arrive() {
    let cases: [(&str, &[u8], &str, &str); 10] = [
        (
            "score with a comma",
            b"9,\"9,5\",x,2026-10-01\n",
            "score_not_a_number",
            "'9,5'",
        ),
        (
            "score out of range",
            b"9,11,x,2026-10-01\n",
            "score_out_of_range",
            "11",
        ),
        (
            "31 February",
            b"9,9,x,2026-02-31\n",
            "date_not_readable",
            "2026-02-31",
        ),
        (
            "ambiguous date",
            b"9,9,x,03/04/2026\n",
            "ambiguous_date",
            "03/04/2026",
        ),
        ("empty key", b",9,x,2026-10-01\n", "key_missing", "'id'"),
        ("row too short", b"9,9,x\n", "ragged_row", "3 cells"),
        (
            "row too long",
            b"9,9,x,2026-10-01,more\n",
            "ragged_row",
            "5 cells",
        ),
        (
            "invalid UTF-8",
            b"9,9,caf\xe9,2026-10-01\n",
            "invalid_utf8",
            "windows-1252",
        ),
        ("no score", b"9,,x,2026-10-01\n", "score_missing", "score"),
        (
            "half an NPS",
            b"9,9.5,x,2026-10-01\n",
            "score_not_an_integer",
            "9.5",
        ),
    ];
    for (what, line, code, words) in cases {
        let world = World::new();
        let mut text = table(1..=1).into_bytes();
        text.extend_from_slice(line);
        text.extend_from_slice("3,3,gut und schön für Grüße,2026-10-01\n".as_bytes());
        world.file("nps.csv", text);
        let done = world.import("nps.csv", &[]).expect_code(1);
        let summary = done.json();
        assert_eq!(summary["reasons"][code], 1, "{what}: {summary}");
        let done = done.expect("rows=3 responses=3 uploaded=2 rejected=1");
        let failures = world.read("nps.failures.csv");
        let row = failures.lines().nth(1).unwrap();
        assert!(row.starts_with("3,nps.csv,"), "{what}: {row}");
        assert!(row.contains(words), "{what}: {row}");
        let text = world
            .run(["check", "nps.csv", "-m", "mapping.toml"])
            .expect_code(1);
        assert!(text.out.contains("row 3"), "{what}: {}", text.out);
        drop(done);
    }
}

#[test]
fn a_broken_line_of_json_is_one_row() {
    let world = World::new();
    world.file(
        "nps.ndjson",
        "{\"id\":1,\"score\":9,\"comment\":\"a\",\"date\":\"2026-10-01\"}\n{\"id\":2,\"score\":\n\
         {\"id\":3,\"score\":8,\"comment\":\"b\",\"date\":\"2026-10-01\"}\n",
    );
    let done = world.import("nps.ndjson", &[]).expect_code(1);
    let done = done.expect("rows=3 uploaded=2 rejected=1");
    assert_eq!(done.json()["failures_file"], "nps.failures.ndjson");
    let failures = world.read("nps.failures.ndjson");
    let line: serde_json::Value = serde_json::from_str(failures.trim()).unwrap();
    assert_eq!(line["_chatterload"]["raw"], "{\"id\":2,\"score\":");
    assert_eq!(line["_chatterload"]["row"], 2);
}

#[test]
fn an_unclosed_quote_ends_the_file_where_it_opened() {
    let world = World::new();
    let mut text = table(1..=2);
    text.push_str("3,9,\"never closed,2026-10-01\n");
    text.push_str(&"4,9,x,2026-10-01\n".repeat(50));
    world.file("nps.csv", text);
    world
        .import("nps.csv", &[])
        .expect_code(3)
        .expect("rows=2 uploaded=2")
        .expect_err(&["row 4", "quote"]);
}

#[test]
fn a_file_found_damaged_below_its_first_rows_leaves_the_others_in_peace() {
    let world = World::new();
    let cut = |name: &str, ids: std::ops::RangeInclusive<usize>| {
        world.file(name, table(ids) + "99,9,\"never closed,2026-10-01\n")
    };
    world.file("a.csv", table(1..=5));
    cut("b.csv", 6..=8);
    world.file("c.csv", table(9..=12));
    cut("d.csv", 13..=13);
    let args = [
        "import",
        "a.csv",
        "b.csv",
        "c.csv",
        "d.csv",
        "-m",
        "mapping.toml",
        "--json",
    ];
    let done = world.run(args).expect_code(3);
    let summary = done.json();
    assert_eq!(
        (&summary["uploaded"], &summary["status"]),
        (&13.into(), &"aborted".into())
    );
    let error = summary["error"].as_str().unwrap();
    assert!(error.starts_with("b.csv, row 5"), "{error}");
    assert!(error.contains("\nd.csv, row 3"), "{error}");
    assert_eq!(summary["first_unread_row"]["file"], "b.csv");
    assert_eq!(
        summary["next"],
        format!("chatterload {}", args.join(" ")).as_str()
    );
    let text = world.run(&args[..args.len() - 1]).expect_code(3);
    assert!(
        text.out.contains("First row not read: b.csv, row 5"),
        "{text:?}"
    );
    world.file("b.csv", table(6..=8));
    world.file("d.csv", table(13..=14));
    let args = args.into_iter();
    world.run(args).expect_code(0).expect("uploaded=1");
    world.expect_each_once(14);
}

#[test]
fn a_packed_file_that_is_cut_leaves_the_next_in_peace() {
    use std::io::Write as _;
    let world = World::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(table(1..=5000).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    world.file("a.csv.gz", &packed[..packed.len() / 2]);
    world.file("b.csv", table(5001..=5003));
    let done = world.import("a.csv.gz", &["b.csv"]).expect_code(3);
    let summary = done.json();
    let rows = summary["rows"].as_u64().unwrap();
    assert!(rows > 1000 && summary["uploaded"] == rows, "{done:?}");
    assert_eq!(summary["first_unread_row"]["file"], "a.csv.gz");
    assert_eq!(summary["first_unread_row"]["row"], rows - 3 + 2);
}

#[test]
fn a_row_that_was_no_text_is_not_sent_before_it_is_mended() {
    let world = World::new();
    let row = |id: usize| format!("{id},9,café {id} €,2026-10-01\n");
    let mut rows: Vec<u8> = "id,score,comment,date\n".into();
    for id in 1..=50 {
        rows.extend(row(id).bytes());
    }
    rows.extend(b"51,9,caf\xe9,2026-10-01\n");
    rows.extend(b"caf\xe9,9,fine,2026-10-01\n");
    world.file("nps.csv", &rows);
    world
        .import("nps.csv", &[])
        .expect_code(1)
        .expect("uploaded=50 rejected=2");
    let retry = ["retry", "nps.failures.csv", "--json"];
    let again = world
        .run(retry)
        .expect_code(1)
        .expect("uploaded=0 rejected=2");
    assert_eq!(again.json()["reasons"]["invalid_utf8"], 2);
    let told = world.run(&retry[..2]).expect_code(1);
    for words in ["column 'comment'", "--encoding", "put back"] {
        assert!(told.out.contains(words), "{words}: {told:?}");
    }
    let mended = world.read("nps.failures.csv").replace('\u{fffd}', "é");
    world.file("nps.failures.csv", mended);
    world.run(retry).expect_code(0).expect("uploaded=2");
}

#[test]
fn a_record_that_was_no_text_is_not_sent_before_it_is_mended() {
    let world = World::new();
    let record = |id: usize, comment: &str| {
        format!(
            "{{\"id\":\"{id}\",\"score\":9,\"comment\":\"{comment}\",\"date\":\"2026-10-01\"}}\n"
        )
    };
    let mut lines: Vec<u8> = (1..=50)
        .flat_map(|id| record(id, "café €").into_bytes())
        .collect();
    let bad = record(51, "caf?").replace('?', "\u{1}").into_bytes();
    lines.extend(
        bad.into_iter()
            .map(|byte| if byte == 1 { 0xe9 } else { byte }),
    );
    world.file("nps.ndjson", &lines);
    world
        .import("nps.ndjson", &[])
        .expect_code(1)
        .expect("uploaded=50 rejected=1");
    let retry = ["retry", "nps.failures.ndjson", "--json"];
    world
        .run(retry)
        .expect_code(1)
        .expect("uploaded=0 rejected=1");
    let mended = world.read("nps.failures.ndjson").replace('\u{fffd}', "é");
    world.file("nps.failures.ndjson", mended);
    world.run(retry).expect_code(0).expect("uploaded=1");
}
