//! What a check tells of all rows, and of another mapping.

use std::fmt::Write as _;

use crate::support::{Done, MAPPING, World, done};

/// Run names, durations and the exact body are other tests' business; what lies in the future changes with time.
pub fn told(done: &Done) -> String {
    let lines = done.out.lines().filter(|line| {
        let is_exact = line.starts_with("{\"response\"");
        !line.starts_with("run ") && !is_exact && !line.contains(" in the future ")
    });
    lines.map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn check(world: &World, more: &[&str]) -> Done {
    let args = ["check", "nps.csv", "-m", "mapping.toml", "--json"];
    world.run(args.iter().chain(more))
}

#[test]
fn ids_that_a_spreadsheet_cut_are_warned_of() {
    let world = World::new();
    let told = |ids: &[u64]| {
        let rows = ids.iter().map(|id| format!("{id},9,x,2026-10-01\n"));
        let text = format!("id,score,comment,date\n{}", rows.collect::<String>());
        world.file("nps.csv", text);
        let done = check(&world, &["--offline"]).expect_code(0);
        done.json()["warnings"].to_string()
    };
    let cut: Vec<u64> = (1..=4)
        .map(|id| 123_456_789_012_340_000 + id * 1_000)
        .collect();
    let warning = "the ids in key column 'id' that have more than fifteen digits, 4 of them, all end in zeros";
    assert!(told(&cut).contains(warning), "{}", told(&cut));
    let whole: Vec<u64> = cut.iter().map(|id| id + id / 1_000 % 10).collect();
    assert!(!told(&whole).contains("fifteen"), "{}", told(&whole));
}

#[test]
fn scripts_get_what_all_responses_hold() {
    let world = World::new();
    world.file(
        "mapping.toml",
        format!("{MAPPING}[response.segments]\ncountry = \"Country\"\n"),
    );
    let mut text = String::from("id,score,comment,date,Country,Spare\n");
    for id in 0..40 {
        let _ = writeln!(
            text,
            "{id},{},x,2098-01-01T00:00:00Z,GB,{}",
            id % 6,
            id / 39
        );
    }
    world.file("nps.csv", text);
    let json = check(&world, &[]).expect_code(0).json();
    let attribute = &json["attributes"][0];
    assert_eq!(
        (&attribute["key"], &attribute["count"]),
        (&"country".into(), &40.into())
    );
    assert_eq!(attribute["most_frequent"][0]["value"], "GB");
    assert_eq!(json["scores"]["nps"]["max"], 5);
    assert_eq!(json["created_at"]["in_future"], 40);
    assert_eq!(json["datasets"][0]["data_source"], "typeform");
    assert_eq!(
        json["preview"][0]["origins"]["segments.country"],
        "column 'Country'"
    );
    let warnings = json["warnings"].to_string();
    for part in [
        "'Spare'",
        "above 5",
        "lie in the future (the first: 2098-01-01T00:00:00Z in nps.csv, row 2)",
    ] {
        assert!(warnings.contains(part), "no {part} in {warnings}");
    }
    assert!(
        json["hints"][0]
            .as_str()
            .unwrap()
            .contains("`country` is the same")
    );
    // An upload has no use for it.
    let import = world.import("nps.csv", &[]).expect_code(0).json();
    assert!(import.get("attributes").is_none() && import.get("warnings").is_none());
}

#[test]
fn a_file_that_is_filtered_whole_is_warned_of() {
    let world = World::new();
    world.file(
        "nps.csv",
        "id,score,comment,date\n1,,,2026-10-01\n2,,,2026-10-01\n",
    );
    let json = check(&world, &[]).expect_code(0).json();
    assert!(
        json["warnings"]
            .to_string()
            .contains("every row was filtered out"),
        "{json}"
    );
}

#[test]
fn what_truncate_cuts_is_counted() {
    let world = World::new();
    world.file(
        "mapping.toml",
        MAPPING.replace(
            "comment = \"comment\"",
            "comment = { column = \"comment\", max_length = 5, truncate = true }",
        ),
    );
    world.table("nps.csv", 3);
    let json = check(&world, &[]).expect_code(0).json();
    assert!(
        json["warnings"][0]
            .as_str()
            .unwrap()
            .starts_with("3 values of `comment`"),
        "{json}"
    );
    assert_eq!(
        json["preview"][0]["origins"]["comment"],
        "column 'comment', cut to 5 characters"
    );
}

#[test]
fn ten_thousand_rejections_are_read_in_a_minute() {
    let world = World::new();
    let mut text = String::from("id,score,comment,date\n");
    for id in 0..10_000 {
        let _ = match id % 5 {
            0 => writeln!(text, "{id},ten,x,2026-10-01"),
            1 => writeln!(text, "{id},11,x,2026-10-01"),
            2 => writeln!(text, "{id},9,x,some day"),
            3 => writeln!(text, ",9,x,2026-10-01"),
            _ => writeln!(text, "{id},9,x"),
        };
    }
    world.file("nps.csv", text);
    let done = world
        .run(["check", "nps.csv", "-m", "mapping.toml", "--offline"])
        .expect_code(1);
    assert!(done.out.lines().count() < 90, "{}", done.out);
    assert_eq!(
        done.out.matches("… and 1,988 more").count(),
        5,
        "{}",
        done.out
    );
    let json = check(&world, &["--offline"]).json();
    assert_eq!(json["rejections"].as_array().unwrap().len(), 5_000);
    assert_eq!(json["rejections_left_out"], 5_000);
}

#[test]
fn a_mended_mapping_is_told_apart_from_the_old_one() {
    let world = World::new();
    world.file(
        "old.toml",
        MAPPING
            .replace("score = \"score\"", "score = { column = \"score\", max = 8 }")
            .replace("comment = \"comment\"", "comment = { column = \"comment\", case = \"upper\", replace = [{ pattern = \"^Comment number 2\", with = \"x\" }] }\nwhen = [{ column = \"id\", not_in = [\"3\"] }]"),
    );
    world.file(
        "mapping.toml",
        MAPPING.to_owned() + "when = [{ column = \"id\", not_in = [\"1\", \"4\"] }]\n",
    );
    world.table("nps.csv", 12);
    let done = check(&world, &["--diff", "old.toml"]).expect_code(0);
    let diff = &done.json()["diff"];
    // Row 9 and 10 hold more than the old mapping allows.
    let counts = ["same", "changed", "only_new", "only_old", "rejected_by_old"]
        .map(|name| diff[name].clone());
    assert_eq!(
        counts,
        [0, 7, 3, 2, 2].map(serde_json::Value::from),
        "{diff}"
    );
    assert_eq!(diff["fields"]["comment"], 7);
    let same = check(&world, &["--diff", "mapping.toml"])
        .expect_code(0)
        .json();
    assert_eq!(same["diff"]["same"], 10);
    assert_eq!(same["diff"]["changed"], 0);
    let text = world.run([
        "check",
        "nps.csv",
        "-m",
        "mapping.toml",
        "--diff",
        "old.toml",
        "--preview",
        "0",
    ]);
    let text = told(&text);
    let (_, against) = text.split_once("Against").unwrap();
    let (against, _) = against.split_once("\n\n").unwrap();
    insta::assert_snapshot!(against, @r#"
     old.toml
      0  the same
      7  changed
      3  only by the new mapping
      2  only by the old mapping
    The old mapping rejects 2 responses.
    Changed fields: comment 7
    nps.csv, row 2, response main: only by the old mapping
    nps.csv, row 3, response main
      comment: "X" → "Comment number 2"
    nps.csv, row 4, response main: only by the new mapping
    nps.csv, row 5, response main: only by the old mapping
    nps.csv, row 6, response main
      comment: "COMMENT NUMBER 5" → "Comment number 5"
    nps.csv, row 7, response main
      comment: "COMMENT NUMBER 6" → "Comment number 6"
    nps.csv, row 8, response main
      comment: "COMMENT NUMBER 7" → "Comment number 7"
    nps.csv, row 9, response main
      comment: "COMMENT NUMBER 8" → "Comment number 8"
    nps.csv, row 10, response main: only by the new mapping
    nps.csv, row 11, response main: only by the new mapping
    "#);
    assert_eq!(world.state().log().posts(), 0);
}

#[test]
fn a_mapping_that_reads_the_file_otherwise_is_compared_by_row() {
    let world = World::new();
    world.file(
        "old.toml",
        MAPPING.to_owned() + "[source]\nencoding = \"windows-1252\"\n",
    );
    world.file(
        "nps.csv",
        "id,score,comment,date\n1,9,Café,2026-10-01\n2,9,Fine,2026-10-01\n",
    );
    let json = check(&world, &["--offline", "--diff", "old.toml"])
        .expect_code(0)
        .json();
    let diff = &json["diff"];
    assert_eq!((&diff["same"], &diff["changed"]), (&1.into(), &1.into()));
    assert_eq!(diff["changes"][0]["fields"]["comment"]["new"], "Café");
    assert_eq!(diff["changes"][0]["row"], 2);
}

#[test]
fn another_key_would_load_everything_twice() {
    let world = World::new();
    world.file("old.toml", MAPPING.replace("\"Test\"", "\"Other\""));
    world.table("nps.csv", 300);
    let json = check(&world, &["--diff", "old.toml"]).expect_code(0).json();
    assert_eq!(
        (&json["diff"]["only_new"], &json["diff"]["only_old"]),
        (&300.into(), &300.into())
    );
    assert!(
        json["warnings"].to_string().contains("a second time"),
        "{json}"
    );
}

#[test]
fn what_comes_only_once_cannot_be_read_twice() {
    let world = World::new();
    let args = [
        "check",
        "-",
        "-m",
        "mapping.toml",
        "--diff",
        "mapping.toml",
        "--offline",
    ];
    done(&mut world.command(args))
        .expect_code(2)
        .expect_err(&["save it to a file first"]);
}

#[test]
fn a_column_to_leave_out_that_the_file_lacks_is_told_of_by_check_and_import() {
    let world = World::new();
    world.file(
        "mapping.toml",
        format!("{MAPPING}[response.rest]\ninto = \"user_meta\"\nexcept = [\"Email\"]\n"),
    );
    world.file(
        "nps.csv",
        "id,score,comment,date,E-Mail\n1,9,x,2026-10-01,a@example.com\n",
    );
    let warning = "`except` names a column `Email` that nps.csv has not; did you mean `E-Mail`?";
    for command in ["check", "import"] {
        let done = world.run([command, "nps.csv", "-m", "mapping.toml", "--json"]);
        let warnings = done.expect_code(0).json()["warnings"].clone();
        let told = warnings.as_array().into_iter().flatten();
        assert_eq!(
            told.filter(|one| *one == warning).count(),
            1,
            "{command} {warnings}"
        );
    }
}
