//! Failures files written, and read back by the reader of `import` and `retry`.

use std::fs;
use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::{Value, json};
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
        file: 0,
        position: Position {
            row: number,
            line: number,
        },
        cells,
        offset: 0,
        carried: None,
        fault: None,
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
        &row(3, Cells::Json(json!({"z": 1.50, "a": {"b": null}}))),
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
fn no_row_no_file() {
    let folder = TempDir::new().unwrap();
    let mut file = FailuresFile::plan(plan(&folder, &[("nps.csv", table(&["id"]))])).unwrap();
    assert_eq!(file.finish().unwrap(), None);
    assert_eq!(names(&folder), [""; 0]);
}

#[test]
fn nothing_is_overwritten() {
    let folder = TempDir::new().unwrap();
    for taken in ["nps.failures.csv", "nps.failures-2.csv"] {
        fs::write(folder.path().join(taken), "mine").unwrap();
    }
    let inputs = [("nps.failures.csv", table(&["id"]))];
    let mut file = FailuresFile::plan(plan(&folder, &inputs)).unwrap();
    write(&mut file, &text(2, &["1"]));
    assert_eq!(
        file.path(),
        Some(folder.path().join("nps.failures-3.csv").as_path())
    );
    assert_eq!(
        fs::read(folder.path().join("nps.failures.csv")).unwrap(),
        b"mine"
    );
}

#[test]
fn an_untouched_file_is_replaced_and_a_touched_one_is_not() {
    for touched in [false, true] {
        let folder = TempDir::new().unwrap();
        let old = folder.path().join("nps.failures.csv");
        fs::write(&old, "old").unwrap();
        let mut file = FailuresFile::plan(Plan {
            replace: vec![old.clone(), folder.path().join("gone.csv")],
            ..plan(&folder, &[("nps.csv", table(&["id"]))])
        })
        .unwrap();
        assert_eq!(fs::read(&old).unwrap(), b"old");
        if touched {
            fs::write(&old, "mended").unwrap();
        }
        write(&mut file, &text(2, &["1"]));
        write(&mut file, &text(3, &["2"]));
        let path = file.finish().unwrap().unwrap();
        assert_eq!(read(&path).1.len(), 2);
        let expected: &[&str] = if touched {
            &["nps.failures-2.csv", "nps.failures.csv"]
        } else {
            &["nps.failures.csv"]
        };
        assert_eq!(names(&folder), expected);
    }
}

#[test]
fn an_input_is_never_replaced() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("nps.failures.csv");
    fs::write(&input, "input").unwrap();
    let mut file = FailuresFile::plan(Plan {
        replace: vec![input.clone()],
        ..plan(&folder, &[(input.to_str().unwrap(), table(&["id"]))])
    })
    .unwrap();
    write(&mut file, &text(2, &["1"]));
    assert_eq!(fs::read(&input).unwrap(), b"input");
}

#[test]
fn a_place_that_cannot_be_written_is_refused_beforehand() {
    let folder = TempDir::new().unwrap();
    let inputs = [("nps.csv", table(&["id"])), ("b.ndjson", Shape::Json)];
    let refused = |path: PathBuf, inputs: &[(&str, Shape)]| {
        let plan = Plan {
            path: Some(path),
            ..plan(&folder, inputs)
        };
        let error = FailuresFile::plan(plan).err().unwrap();
        assert_eq!(error.exit_code(), 2);
        error
            .to_string()
            .replace(folder.path().to_str().unwrap(), "DIR")
    };
    insta::assert_snapshot!(refused(folder.path().join("none/x.csv"), &inputs[..1]), @r"
    the failures file DIR/none/x.csv cannot be written: there is no folder DIR/none
      help: create the folder, or give another path with --failures
    ");
    insta::assert_snapshot!(refused(folder.path().to_owned(), &inputs[..1]), @r"
    the failures file DIR is a folder
      help: give the path of a file: --failures FOLDER/failures.csv
    ");
    insta::assert_snapshot!(refused("x.xlsx".into(), &inputs), @r"
    'b.ndjson' is JSON, whose records do not fit into the cells of 'x.xlsx'
      help: name the failures file .ndjson, or leave --failures out
    ");
    insta::assert_snapshot!(refused("-".into(), &inputs[..1]), @r"
    the failures file cannot go to standard output, which is for results
      help: give a path: --failures failures.csv
    ");
    assert_eq!(names(&folder), [""; 0]);
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
        " two\nlines\u{a0}\u{feff} & <b> ",
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
    let line = "\"".repeat(16 << 20);
    let raw = row(2, Cells::Raw(line.clone()));
    let (_, rows) = there_and_back(plan(&folder, &[("a.ndjson", Shape::Json)]), &[raw]);
    assert!(matches!(&rows[0].cells, Cells::Raw(back) if *back == line));
}

fn any_cell() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zé,;|\t\"'=+@_ ]{0,6}",
        Just("\u{a0}".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\\".to_owned()),
        Just("\u{1f600}".to_owned()),
        Just("_row".to_owned()),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn any_table() -> impl Strategy<Value = (Vec<String>, Vec<Vec<String>>)> {
    (
        proptest::collection::vec(any_cell(), 1..5),
        proptest::collection::vec(proptest::collection::vec(any_cell(), 0..7), 1..5),
    )
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        proptest::num::f64::NORMAL.prop_map(Value::from),
        any_cell().prop_map(Value::from),
    ];
    let key = || prop_oneof![any_cell(), Just("_chatterload".to_owned())];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec((key(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_table_reads_back_as_it_was((names, records) in any_table()) {
        let folder = TempDir::new().unwrap();
        let header = Header::new(names);
        let rows: Vec<Row> = records
            .iter()
            .map(|cells| row(12, Cells::Text(cells.iter().collect())))
            .collect();
        let shape = Shape::Table(header.clone());
        let (read, back) = there_and_back(plan(&folder, &[("a.csv", shape.clone())]), &rows);
        prop_assert_eq!(read, shape);
        prop_assert_eq!(back.len(), rows.len());
        for (row, back) in rows.iter().zip(&back) {
            prop_assert_eq!(back.carried.as_deref(), Some(&past()));
            prop_assert_eq!(back.width(), row.width().max(header.len()));
            for index in 0..back.width() {
                prop_assert_eq!(row.cell(index), back.cell(index));
            }
        }
    }

    #[test]
    fn json_reads_back_as_it_was(values in proptest::collection::vec(any_json(), 1..4), raw in any_cell()) {
        let folder = TempDir::new().unwrap();
        let raw = format!("{{{}", raw.replace(['\r', '\n'], " ").trim());
        let mut rows: Vec<Row> = values.iter().map(|value| row(12, Cells::Json(value.clone()))).collect();
        rows.push(row(12, Cells::Raw(raw.trim_end().to_owned())));
        let (_, back) = there_and_back(plan(&folder, &[("a.ndjson", Shape::Json)]), &rows);
        prop_assert_eq!(back.len(), rows.len());
        for (row, back) in rows.iter().zip(&back) {
            prop_assert_eq!(back.carried.as_deref(), Some(&past()));
            match (&row.cells, &back.cells) {
                (Cells::Raw(before), Cells::Raw(after)) => prop_assert_eq!(before, after),
                (before, after) => {
                    let value = |cells: &Cells| match cells {
                        Cells::Json(value) => Some(value.to_string()),
                        _ => None,
                    };
                    prop_assert!(value(before).is_some());
                    prop_assert_eq!(value(before), value(after));
                }
            }
        }
    }
}
