//! What Qualtrics writes below its header is not in the failures file, and counts for its rows all the same.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::World;

const MAPPING: &str = r#"
name = "q"
extends = "qualtrics"
[response]
data_type = "nps"
[[responses]]
name = "main"
score = { column = "Q1", min = 0, max = 10 }
[responses.segments]
channels = { columns = { matching = "^Q7_" }, show = "label" }
[[responses]]
name = "aspects"
data_type = "csat"
for_each = { matching = "^Q5_" }
score = { each = "value" }
[responses.segments]
aspect = { each = "question" }
"#;

/// An export of three rows whose dates are of a zone; the score of the first is wrong.
fn export(zone: &str, first: u32) -> String {
    let header = "StartDate,EndDate,Status,Finished,RecordedDate,ResponseId,Q1,Q5_1,Q5_2,Q7_1,Q7_2\n\
                  Start Date,End Date,Response Type,Finished,Recorded Date,Response ID,How likely?,How good was the? - \
                  Price,How good was the? - Delivery,Which of these? - Mail,Which of these? - Web\n";
    let ids = [
        format!(r#"{{""ImportId"":""startDate"",""timeZone"":""{zone}""}}"#),
        r#"{""ImportId"":""QID1""}"#.to_owned(),
    ];
    let ids: Vec<String> = (0..11)
        .map(|column| format!("\"{}\"", ids[usize::from(column > 0)]))
        .collect();
    let rows = (first..first + 3).map(|number| {
        let score = if number == first { 99 } else { 9 };
        format!(
            "2026-07-01 10:00:00,2026-07-01 10:05:00,IP Address,True,2026-07-01 10:05:01,R_{number},{score},4,5,1,1\n"
        )
    });
    format!("{header}{}\n{}", ids.join(","), rows.collect::<String>())
}

fn distinct(responses: &[Value], pointer: &str) -> BTreeSet<String> {
    let found = responses
        .iter()
        .filter_map(|one| one.pointer(pointer)?.as_str());
    found.map(str::to_owned).collect()
}

fn set<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.map(str::to_owned).into()
}

#[test]
fn a_retry_reads_dates_and_labels_as_the_import_did() {
    let world = World::new();
    world.file("q.csv", export("America/Denver", 0));
    world.file("mapping.toml", MAPPING);
    world
        .import("q.csv", &[])
        .expect_code(1)
        .expect("uploaded=8 rejected=1");
    let failures = world.read("q.failures.csv");
    assert!(!failures.contains("America/Denver"), "{failures}");
    world.file("q.failures.csv", failures.replacen(",99,", ",8,", 1));
    let checked = world.run([
        "check",
        "q.failures.csv",
        "-m",
        "mapping.toml",
        "-p",
        "acme",
    ]);
    assert!(
        checked.out.contains("2026-07-01T10:05:01-06:00"),
        "{checked:?}"
    );
    world
        .run(["retry", "q.failures.csv", "--json"])
        .expect_code(0)
        .expect("uploaded=1");
    let responses = world.state().responses("acme");
    assert_eq!(responses.len(), 9);
    assert_eq!(
        distinct(&responses, "/created_at"),
        set(["2026-07-01T10:05:01-06:00"])
    );
    assert_eq!(
        distinct(&responses, "/segments/aspect/value"),
        set(["Price", "Delivery"])
    );
    assert_eq!(
        distinct(&responses, "/segments/channels/value"),
        set(["Mail, Web"])
    );
}

#[test]
fn a_retry_of_a_retry_still_knows() {
    let world = World::new();
    world.file("q.csv", export("America/Denver", 0));
    world.file("mapping.toml", MAPPING);
    world.import("q.csv", &[]).expect_code(1);
    let failures = world.read("q.failures.csv");
    world.file("again.csv", failures.replacen(",99,", ",77,", 1));
    world.run(["retry", "again.csv"]).expect_code(1);
    let failures = world.read("again.failures.csv");
    world.file("last.csv", failures.replacen(",77,", ",7,", 1));
    world
        .run(["retry", "last.csv", "--json"])
        .expect_code(0)
        .expect("uploaded=1");
    let responses = world.state().responses("acme");
    assert_eq!(responses.len(), 9);
    assert_eq!(
        distinct(&responses, "/created_at"),
        set(["2026-07-01T10:05:01-06:00"])
    );
}

#[test]
fn rows_of_files_with_different_zones_are_not_mixed() {
    let world = World::new();
    world.file("a.csv", export("America/Denver", 0));
    world.file("b.csv", export("Europe/London", 10));
    world.file("mapping.toml", MAPPING);
    world.import("a.csv", &["b.csv"]).expect_code(1);
    world
        .run(["retry", "a.failures.csv"])
        .expect_code(2)
        .expect_err(&["a.csv: America/Denver, b.csv: Europe/London", "_file"]);
}
