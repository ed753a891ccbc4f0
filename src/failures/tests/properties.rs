//! Whatever the cells hold, they read back as they were.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

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
        let mut rows: Vec<Row> = values.iter().map(|value| row(12, Cells::Json(Box::new(value.clone())))).collect();
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
