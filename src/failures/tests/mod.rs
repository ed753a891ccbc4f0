//! Failures files written, and read back by the reader of `import` and `retry`.

mod places;
mod properties;

use std::fs;
use std::ops::ControlFlow;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::read::{Input, Layout, Source};
use crate::record::{Carried, Cell, CellRef, Cells, Header, Position};

const ID: Id = Id([7; 16]);

fn table(names: &[&str]) -> Shape {
    Shape::Table(Header::new(
        names.iter().map(|name| (*name).to_owned()).collect(),
    ))
}

fn row(number: u64, cells: Cells) -> Row {
    Row {
        position: Position {
            row: number,
            line: number,
        },
        cells,
        ..Row::default()
    }
}

fn text(number: u64, cells: &[&str]) -> Row {
    row(number, Cells::Text(cells.iter().copied().collect()))
}

fn plan(folder: &TempDir, inputs: &[(&str, Shape)]) -> Plan {
    let format = |shape: &Shape| match shape {
        Shape::Json => Format::Ndjson,
        Shape::Table(_) => Format::Csv,
    };
    Plan {
        path: None,
        inputs: inputs
            .iter()
            .map(|(name, shape)| ((*name).to_owned(), shape.clone(), format(shape)))
            .collect(),
        run: "run-1".to_owned(),
        folder: folder.path().to_owned(),
        replace: Vec::new(),
    }
}

fn write(file: &mut FailuresFile, row: &Row) {
    let why = Rejection::new(
        "score_not_a_number",
        "score",
        "column 'NPS': 'ten'\r\nis no number",
    );
    let responses = [Arc::from("main"), Arc::from("aspects/Q5")];
    let failed = FailedRow {
        row,
        file: "nps.csv",
        id: Some(ID),
        status: "rejected",
        why: &why,
        responses: &responses,
    };
    file.write(&failed).unwrap();
}

/// Writes rows into a file of its own, and reads it back.
fn there_and_back(plan: Plan, rows: &[Row]) -> (Shape, Vec<Row>) {
    let mut file = FailuresFile::plan(plan).unwrap();
    for row in rows {
        write(&mut file, row);
    }
    read(&file.finish().unwrap().unwrap())
}

fn read(path: &Path) -> (Shape, Vec<Row>) {
    let source = Source::open(&Input::File(path.to_owned()), &Layout::default()).unwrap();
    assert!(source.is_failures_file());
    let shape = source.shape().clone();
    let mut rows = Vec::new();
    let mut each = |row| {
        rows.push(row);
        ControlFlow::Continue(())
    };
    source.rows(0, &mut each).unwrap();
    (shape, rows)
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn past() -> Carried {
    Carried {
        row: Some(12),
        file: "nps.csv".to_owned(),
        status: "rejected".to_owned(),
        run: "run-1".to_owned(),
        id: ID.to_string(),
        responses: vec!["main".to_owned(), "aspects/Q5".to_owned()],
        was_no_text: false,
        damaged: String::new(),
    }
}

#[test]
fn a_table_is_written_as_the_contract_has_it() {
    let folder = TempDir::new().unwrap();
    let mut file =
        FailuresFile::plan(plan(&folder, &[("in/nps.csv", table(&["id", "NPS"]))])).unwrap();
    assert!(file.path().is_none());
    assert_eq!(names(&folder), [""; 0], "planning creates nothing");
    write(&mut file, &text(12, &["00123", "=1+1"]));
    let path = folder.path().join("nps.failures.csv");
    assert_eq!(file.path(), Some(path.as_path()));
    insta::assert_snapshot!(fs::read_to_string(&path).unwrap().replace("\r\n", "␍\n").replace('\u{feff}', "BOM "), @r#"
    BOM _row,_file,_error,_field,_message,_status,_run,_id,_response,id,NPS␍
    12,nps.csv,score_not_a_number,score,column 'NPS': 'ten' is no number,rejected,run-1,a4dqobyha4dqobyha4dqobyha4,"main
    aspects/Q5",00123,=1+1␍
    "#);
    assert_eq!(file.finish().unwrap(), Some(path.clone()));
    assert_eq!(file.finish().unwrap(), Some(path.clone()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn json_keeps_ours_under_one_key() {
    let folder = TempDir::new().unwrap();
    let mut file = FailuresFile::plan(plan(&folder, &[("-", Shape::Json)])).unwrap();
    write(
        &mut file,
        &row(
            3,
            Cells::Json(Box::new(json!({"z": 1.50, "a": {"b": null}}))),
        ),
    );
    write(&mut file, &row(4, Cells::Raw("{broken".to_owned())));
    let path = file.finish().unwrap().unwrap();
    assert_eq!(path, folder.path().join("stdin.failures.ndjson"));
    insta::assert_snapshot!(fs::read_to_string(&path).unwrap(), @r#"
    {"_chatterload":{"row":3,"file":"nps.csv","error":"score_not_a_number","field":"score","message":"column 'NPS': 'ten' is no number","status":"rejected","run":"run-1","id":"a4dqobyha4dqobyha4dqobyha4","response":["main","aspects/Q5"]},"z":1.5,"a":{"b":null}}
    {"_chatterload":{"row":4,"file":"nps.csv","error":"score_not_a_number","field":"score","message":"column 'NPS': 'ten' is no number","status":"rejected","run":"run-1","id":"a4dqobyha4dqobyha4dqobyha4","response":["main","aspects/Q5"],"raw":"{broken"}}
    "#);
}

#[test]
fn a_row_of_a_failures_file_keeps_its_past() {
    let folder = TempDir::new().unwrap();
    let old = Carried {
        row: Some(99),
        file: "may.csv".to_owned(),
        status: "in_doubt".to_owned(),
        run: "run-0".to_owned(),
        id: "damaged".to_owned(),
        responses: vec!["aspects/Q5".to_owned()],
        was_no_text: false,
        damaged: String::new(),
    };
    let mut again = text(2, &["x", "", "", "", "", "", "", "", "", "1"]);
    again.offset = 9;
    again.carried = Some(Box::new(old.clone()));
    let mut file = FailuresFile::plan(plan(&folder, &[("a.csv", table(&["id"]))])).unwrap();
    let why = Rejection::new("spreadsheet_damage", "_id", "no identity of ours");
    file.write(&FailedRow {
        row: &again,
        file: "a.failures.csv",
        id: None,
        status: "rejected",
        why: &why,
        responses: &[],
    })
    .unwrap();
    let (_, rows) = read(&file.finish().unwrap().unwrap());
    let expected = Carried {
        run: "run-1".to_owned(),
        damaged: "_id".to_owned(),
        ..old
    };
    assert_eq!(rows[0].carried.as_deref(), Some(&expected));
    assert_eq!(rows[0].cell(0), CellRef::Text("1"));
}

#[test]
fn tables_beside_json_become_objects() {
    let folder = TempDir::new().unwrap();
    let inputs = [
        ("a.csv", table(&["id", "Other", "Other", ""])),
        ("b.ndjson", Shape::Json),
        ("c.csv", table(&["score"])),
    ];
    let typed = vec![
        Cell::Number(7.0),
        Cell::Bool(true),
        Cell::Empty,
        Cell::Text(" x ".to_owned()),
        Cell::Error("#N/A".to_owned()),
    ];
    let mut last = text(5, &["9"]);
    last.file = 2;
    let (shape, rows) =
        there_and_back(plan(&folder, &inputs), &[row(2, Cells::Typed(typed)), last]);
    assert_eq!(shape, Shape::Json);
    assert_eq!(
        rows[0].json().unwrap(),
        &json!({"id": "7", "Other": "TRUE", "Other (2)": "", "column 4": " x ", "score": "", "column 6": "#N/A"})
    );
    assert_eq!(rows[1].json().unwrap()["score"], "9");
}

#[test]
fn rows_that_are_mostly_ragged_do_not_hide_the_delimiter() {
    let folder = TempDir::new().unwrap();
    let rows: Vec<Row> = (2..30)
        .map(|number| {
            let mut cells = vec!["a;b"];
            cells.resize(number, "x");
            text(2, &cells)
        })
        .collect();
    let (_, back) = there_and_back(plan(&folder, &[("a.csv", table(&["x;y"]))]), &rows);
    assert_eq!(back.len(), 28);
    assert!(back.iter().all(|row| row.fault.is_some()));
    assert_eq!(back[27].width(), 29);
}

#[test]
fn a_workbook_takes_the_place_of_its_rows() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bad.xlsx");
    let plan = Plan {
        path: Some(path.clone()),
        ..plan(&folder, &[("a.csv", table(&["id", "NPS", ""]))])
    };
    let cells = [
        "00123",
        "=1+1",
        " two\r\nlines\u{a0}\u{feff} & <b>\u{7} _x0041_ ",
        "surplus",
    ];
    let mut file = FailuresFile::plan(plan).unwrap();
    write(&mut file, &text(12, &cells[..3]));
    write(&mut file, &text(13, &cells));
    let before = read(file.path().unwrap());
    assert_eq!(names(&folder), ["bad.csv"], "a killed run leaves its rows");
    assert_eq!(file.finish().unwrap(), Some(path.clone()));
    assert_eq!(file.path(), Some(path.as_path()));
    assert_eq!(names(&folder), ["bad.xlsx"]);
    let (shape, rows) = read(&path);
    assert_eq!(shape, table(&["id", "NPS", "column 3"]));
    for rows in [&rows, &before.1] {
        assert_eq!(rows[0].carried.as_deref(), Some(&past()));
        let texts: Vec<_> = (0..3).map(|index| rows[0].cell(index)).collect();
        assert_eq!(
            texts,
            cells[..3]
                .iter()
                .map(|cell| CellRef::Text(cell))
                .collect::<Vec<_>>()
        );
        assert!(rows[0].fault.is_none());
        assert_eq!(rows[1].cell(3), CellRef::Text("surplus"));
        assert_eq!(rows[1].fault.as_ref().unwrap().code, "ragged_row");
    }
}

#[test]
fn what_a_workbook_cannot_hold_stays_a_table() {
    let folder = TempDir::new().unwrap();
    let plan = Plan {
        path: Some(folder.path().join("bad.xlsx")),
        ..plan(&folder, &[("a.csv", table(&["id"]))])
    };
    let long = "x".repeat(32_768);
    let (_, rows) = there_and_back(plan, &[text(2, &[&long])]);
    assert_eq!(rows[0].cell(0), CellRef::Text(&long));
    assert_eq!(names(&folder), ["bad.csv"]);
}

#[test]
fn the_longest_rows_read_back_too() {
    let folder = TempDir::new().unwrap();
    let cell = "x".repeat((4 << 20) - 1);
    let inputs = [("a.csv", table(&["id"]))];
    let (_, rows) = there_and_back(plan(&folder, &inputs), &[text(2, &[&cell])]);
    assert!(rows[0].cell(0) == CellRef::Text(&cell));
    let line = format!("\"{}", "x".repeat((16 << 20) - 1));
    let raw = row(2, Cells::Raw(line.clone()));
    let (_, rows) = there_and_back(plan(&folder, &[("a.ndjson", Shape::Json)]), &[raw]);
    assert!(matches!(&rows[0].cells, Cells::Raw(back) if *back == line));
}
