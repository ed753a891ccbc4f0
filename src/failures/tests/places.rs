//! Names, folders, and what is there already.

use super::*;

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
