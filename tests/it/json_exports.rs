//! JSON as exports write it: one record alone, numbers of many digits.

use crate::support::World;

#[test]
fn a_day_with_one_record_is_read_as_any_other() {
    let world = World::new();
    let record = |id: &str| {
        format!(
            "{{\"id\":\"{id}\",\"score\":9,\"comment\":\"the real comment\",\"date\":\"2026-10-01\",\"answers\":[\
             {{\"id\":\"a\",\"score\":1,\"comment\":\"Price\",\"date\":\"2026-10-01\"}}]}}\n"
        )
    };
    for file in ["day.ndjson", "day.jsonl", "day.json"] {
        world.file(file, record(file));
        let done = world.import(file, &[]).expect_code(0);
        done.expect("rows=1 filtered=0 responses=1 uploaded=1");
        world.file(
            file,
            record(file).replace("[{", "[").replace("}]", "]").replace(
                "\"id\":\"a\",\"score\":1,\"comment\":\"Price\",\"date\":\"2026-10-01\"",
                "",
            ),
        );
        let done = world.import(file, &[]).expect_code(0);
        done.expect("rows=1 filtered=0 responses=1");
    }
    world.expect_each_once(3);
}

#[test]
fn a_draft_reads_the_next_days_one_record_too() {
    let world = World::new();
    let record = |row: usize| {
        format!(
            "{{\"ref\":\"F-{row:04}\",\"nps\":{},\"why\":\"Because of what happened on day {row}, of course.\",\
             \"at\":\"2026-10-{:02}T10:00:00Z\",\"answers\":[{{\"ref\":\"a\",\"nps\":1}}]}}\n",
            row % 11,
            row % 28 + 1
        )
    };
    world.file("day.json", (1..=40).map(record).collect::<String>());
    world
        .run(["map", "day.json", "--yes", "-o", "day.toml"])
        .expect_code(0);
    world.file("next.json", record(41));
    world
        .run(["check", "next.json", "-m", "day.toml", "--json"])
        .expect_code(0)
        .expect("rows=1 filtered=0 responses=1 rejected=0");
    // Without the mapping's word it could be either.
    world
        .run(["inspect", "next.json"])
        .expect_code(3)
        .expect_err(&["'ref' of its own", "'answers'", "--format ndjson"]);
}

#[test]
fn long_numbers_lose_no_digit() {
    let world = World::new();
    let record = |id: &str, score: &str, more: &str| {
        format!(
            "{{\"id\":{id},\"score\":{score},\"comment\":\"fine\",\"date\":\"2026-10-01\"{more}}}\n"
        )
    };
    world.file(
        "nps.ndjson",
        [
            record("12345678901234567890123", "9", ""),
            record("12345678901234567890124", "9.0", ",\"unused\":1e400"),
            record("12345678901234567890125", "12345678901234567890126", ""),
        ]
        .concat(),
    );
    let done = world.import("nps.ndjson", &[]).expect_code(1);
    let done = done.expect("rows=3 uploaded=2 rejected=1");
    assert_eq!(done.json()["reasons"]["score_not_a_number"], 1);
    world.expect_each_once(2);
    let failures = world.read("nps.failures.ndjson");
    assert!(
        failures.contains("\"id\":12345678901234567890125,\"score\":12345678901234567890126,"),
        "{failures}"
    );
}
