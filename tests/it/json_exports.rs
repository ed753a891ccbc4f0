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

/// An answer as a wrapper holds it.
fn answer(row: usize, score: &str) -> String {
    format!(
        "{{\"response_id\":\"R-{row:04}\",\"nps\":{score},\"why\":\"Because of what happened on day {row}, of course.\",\
         \"at\":\"2026-10-{:02}T10:00:00Z\",\"answers\":[{{\"n\":1}}]}}",
        row % 28 + 1
    )
}

fn answers(rows: std::ops::RangeInclusive<usize>) -> String {
    let all = rows.map(|row| answer(row, &(row % 11).to_string()));
    all.collect::<Vec<_>>().join(",\n")
}

#[test]
fn a_wrapper_is_mapped_checked_loaded_and_its_failures_retried_without_editing() {
    let world = World::new();
    let page = |name: &str, rows: &str| {
        let count = "\"total_items\":40,\"page_count\":2";
        world.file(
            name,
            format!("{{\"survey\":\"x\",{count},\"items\":[{rows}],\"old\":[]}}\n"),
        );
    };
    page("page.json", &answers(1..=40));
    world
        .run(["inspect", "page.json"])
        .expect_code(0)
        .out
        .lines()
        .find(|line| line.starts_with("records  in the array items"))
        .unwrap();
    let profile = world.run(["inspect", "page.json", "--json"]).json();
    assert_eq!(
        (&profile["records"], &profile["rows"]),
        (&"items".into(), &40.into())
    );
    world
        .run(["map", "page.json", "--yes", "-o", "page.toml"])
        .expect_code(0)
        .expect_err(&["the records are those of the array 'items'"]);
    let drafted = world.read("page.toml");
    assert!(drafted.contains("records = \"items\" "), "{drafted}");
    let load = |command: &str, files: &[&str], more: &[&str]| {
        let mapping = ["-m", "page.toml", "--json"];
        let ids = ["--data-type", "nps", "--data-source", "typeform"];
        world.run([&[command][..], files, &mapping, &ids, more].concat())
    };
    load("check", &["page.json"], &[])
        .expect_code(0)
        .expect("rows=40 responses=40 rejected=0");

    // The second page, and two more in one file: one record each that cannot be loaded.
    page(
        "second.json",
        &format!("{},{}", answer(41, "\"n/a\""), answers(42..=43)),
    );
    let lines = format!(
        "{{\"items\":[{}]}}\n{{\"next\":null,\"items\":[{}]}}\n",
        answers(44..=45),
        answer(46, "\"n/a\"")
    );
    world.file("more.ndjson", lines);
    let files = ["page.json", "second.json", "more.ndjson"];
    let done = load("import", &files, &["--rate", "unlimited"]).expect_code(1);
    let done = done.expect("rows=46 responses=46 uploaded=44 rejected=2");
    let failures = done.json()["failures_file"].as_str().unwrap().to_owned();
    let failed = world.read(&failures);
    assert_eq!(failed.lines().count(), 2, "{failed}");
    assert!(
        failed.contains("\"row\":3,") && failed.contains("\"answers\":[{\"n\":1}]"),
        "{failed}"
    );
    world.expect_each_once(44);

    // Mended, as lines and then as an array: neither is a wrapper, and the run's mapping names one.
    let mended = failed.replace("\"n/a\"", "9");
    let (first, second) = mended.trim().split_once('\n').unwrap();
    world.file(&failures, format!("{first}\n"));
    let rate = ["--rate", "unlimited", "--json"];
    world
        .run([&["retry", failures.as_str()], &rate[..]].concat())
        .expect_code(0)
        .expect("rows=1 uploaded=1");
    world.file("again.json", format!("[\n{second}\n]"));
    world
        .run([&["retry", "again.json"], &rate[..]].concat())
        .expect_code(0)
        .expect("rows=1 uploaded=1");
    world.expect_each_once(46);
    load("import", &files, &["--rate", "unlimited"])
        .expect_code(1)
        .expect("rows=46 uploaded=0 already_uploaded=44 rejected=2");
}

#[test]
fn a_wrapper_without_its_array_ends_the_run_with_what_to_write() {
    let world = World::new();
    let mapping = format!(
        "{}\n[source]\nrecords = \"items\"\n",
        crate::support::MAPPING
    );
    world.file("mapping.toml", mapping);
    let record = "{\"id\":1,\"score\":9,\"comment\":\"fine\",\"date\":\"2026-10-01\"}";
    world.file(
        "a.json",
        format!("{{\"items\":[{record}]}}\n{{\"n\":1,\"data\":{{\"all\":[{record}]}}}}"),
    );
    let done = world.import("a.json", &[]).expect_code(3);
    let done = done.expect("rows=1 uploaded=1");
    done.expect_err(&[
        "a.json, line 2",
        "'items'",
        "'data.all'",
        "--records data.all",
    ]);
    let option = ["--records", "data.all"];
    world.file(
        "a.json",
        format!("{{\"n\":1,\"data\":{{\"all\":[{record}]}}}}"),
    );
    world
        .import("a.json", &option)
        .expect_code(0)
        .expect("rows=1 already_uploaded=1");
    // What none says is not guessed, and the error tells how to say it.
    world.file("mapping.toml", crate::support::MAPPING);
    world.file(
        "b.json",
        format!("{{\"survey\":\"x\",\"items\":[{record},{record}]}}"),
    );
    world.import("b.json", &[]).expect_code(3).expect_err(&[
        "'survey' of its own",
        "records = \"items\" in [source]",
        "--records items",
    ]);
}
