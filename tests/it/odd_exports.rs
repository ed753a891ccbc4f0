//! Exports that nobody prepared: from a first look to a check that passes, without an edit.

use std::fmt::Write as _;

use crate::support::World;

/// Windows-1252, semicolons, decimal commas, two questions: a layout that no tool of ours writes.
fn german() -> Vec<u8> {
    let mut text = "Vorgang;Eingegangen am;Weiterempfehlung (0-10);Umsatz;Was hat Ihnen gefallen?;Was können wir verbessern?\r\n"
        .to_owned();
    for row in 1..=60 {
        write!(
            text,
            "VG-{row:04};{:02}.10.2026 09:15;{};{}.{:03},50;\"Gefallen hat mir die Beratung Nummer {row}; gerne wieder.\";\
             Über Punkt {row} war ich unglücklich, da müssen Sie etwas tun.\r\n",
            row % 28 + 1,
            row % 11,
            row % 9 + 1,
            row * 7,
        )
        .unwrap();
    }
    let bytes = encoding_rs::WINDOWS_1252.encode(&text).0;
    bytes.into_owned()
}

#[test]
fn an_unknown_german_layout_is_drafted_so_that_check_passes() {
    let world = World::new();
    world.file("umfrage.csv", german());
    world
        .run(["map", "umfrage.csv", "--yes", "-o", "umfrage.toml"])
        .expect_code(0);
    let checked = world
        .run(["check", "umfrage.csv", "-m", "umfrage.toml", "--json"])
        .expect_code(0)
        .expect("rows=60 filtered=0 responses=60 rejected=0 not_attempted=60");
    let first = &checked.json()["preview"][0];
    let shown = first.to_string();
    assert!(shown.contains("Was hat Ihnen gefallen?"), "{shown}");
    assert!(shown.contains("Über Punkt 1"), "{shown}");
    assert!(shown.contains("2026-10-02T09:15:00"), "{shown}");
    assert!(shown.contains("2007.5"), "{shown}");
}

#[test]
fn a_date_and_its_time_in_two_columns_are_one() {
    let world = World::new();
    let mut text = "Ticket;Datum;Uhrzeit;NPS;Warum?\n".to_owned();
    for row in 1..=30 {
        // Some have no time.
        let time = if row % 10 == 0 {
            String::new()
        } else {
            format!("{:02}:05", row % 24)
        };
        writeln!(
            text,
            "T-{row:04};{row:02}. März 2026;{time};{};Weil mir das Gespräch Nummer {row} gefallen hat.",
            row % 11
        )
        .unwrap();
    }
    world.file("two.csv", text);
    world
        .run(["map", "two.csv", "--yes", "-o", "two.toml"])
        .expect_code(0);
    let checked = world
        .run(["check", "two.csv", "-m", "two.toml", "--json"])
        .expect_code(0)
        .expect("rows=30 filtered=0 responses=30 rejected=0");
    let first = checked.json()["preview"][0].to_string();
    assert!(first.contains("2026-03-01T01:05:00"), "{first}");
}

#[test]
fn a_title_above_the_table_is_told_wherever_it_could_mislead() {
    let world = World::new();
    let table = "id,score,comment,date\na,9,fine,2026-10-01\nb,3,late,2026-10-02\n";
    world.file(
        "titled.csv",
        format!("NPS of October 2026,,,\n,,,\n{table}"),
    );
    world
        .run(["check", "titled.csv", "-m", "mapping.toml"])
        .expect_code(2)
        .expect_err(&["look", "like a title", "--header-row 3"]);
    world
        .run([
            "check",
            "titled.csv",
            "-m",
            "mapping.toml",
            "--header-row",
            "3",
            "--json",
        ])
        .expect_code(0)
        .expect("rows=2 rejected=0");
    let shown = world.run(["inspect", "titled.csv"]).expect_code(0).out;
    assert!(shown.contains("header   row 3"), "{shown}");
    world
        .run(["map", "titled.csv", "--yes", "-o", "t.toml"])
        .expect_code(0)
        .expect_err(&["above row 3"]);
    assert!(world.read("t.toml").contains("header_row = 3"));
    world
        .run(["check", "titled.csv", "-m", "t.toml", "--json"])
        .expect_code(0)
        .expect("rows=2 rejected=0");
}

#[test]
fn a_mapping_that_check_would_refuse_is_not_written() {
    let world = World::new();
    world.file("empty.json", "[]");
    world
        .run(["map", "empty.json", "--yes", "-o", "m.toml"])
        .expect_code(2)
        .expect_err(&["no columns", "chatterload inspect"]);
    assert!(!world.exists("m.toml"));
    world.file(
        "two.json",
        "{\"responses\":[{\"id\":1}],\"reviews\":[{\"id\":1}]}",
    );
    world
        .run(["map", "two.json", "--yes", "-o", "m.toml"])
        .expect_code(3)
        .expect_err(&["'responses', 'reviews'", "--records responses"]);
    assert!(!world.exists("m.toml"));
}

#[test]
fn a_wrong_value_is_told_by_the_option_that_was_typed() {
    let world = World::new();
    world.table("nps.csv", 1);
    let check = ["check", "nps.csv", "-m", "mapping.toml", "--set", "name=x"];
    for (option, value) in [
        ("--format", "cvs"),
        ("--data-type", "npx"),
        ("--sheet", "0"),
    ] {
        let all = check.into_iter().chain([option, value]);
        let done = world.run(all).expect_code(2).expect_err(&[option]);
        assert!(!done.err.contains("--set"), "{}", done.err);
    }
    world
        .run(["inspect", "nps.csv", "--encoding", "utf-99"])
        .expect_code(2)
        .expect_err(&["--> --encoding"]);
}

#[test]
fn the_schema_is_printed_and_pointed_to_where_it_is() {
    let world = World::new();
    world.table("nps.csv", 9);
    world
        .run(["map", "nps.csv", "--yes", "-o", "a.toml"])
        .expect_code(0);
    assert!(!world.read("a.toml").contains("#:schema"));
    let schema = world.run(["map", "--schema"]).expect_code(0).out;
    assert!(serde_json::from_str::<serde_json::Value>(&schema).is_ok());
    world.file("chatterload.schema.json", schema);
    world
        .run(["map", "nps.csv", "--yes", "-o", "b.toml"])
        .expect_code(0);
    assert!(
        world
            .read("b.toml")
            .starts_with("#:schema chatterload.schema.json\n")
    );
    world.run(["map"]).expect_code(2).expect_err(&["FILE"]);
}

#[test]
fn a_total_that_the_mapping_filters_is_not_warned_of() {
    let world = World::new();
    let mut text = "id,date,CSAT,Comment\n".to_owned();
    for row in 1..=20 {
        writeln!(
            text,
            "a-{row:04},2026-10-{row:02},{},What person {row} wrote about the shop.",
            row % 5 + 1
        )
        .unwrap();
    }
    text.push_str("Total,,61,\n");
    world.file("total.csv", text);
    world
        .run(["map", "total.csv", "--yes", "-o", "total.toml"])
        .expect_code(0);
    let check = ["check", "total.csv", "-m", "total.toml", "--offline"];
    let checked = world.run(check).expect_code(0);
    assert!(!checked.out.contains("a total"), "{}", checked.out);
    assert!(!checked.err.contains("a total"), "{}", checked.err);
    let mapping = world.read("total.toml");
    world.file("unfiltered.toml", mapping.replace("\"Total\"", "\"Sum\""));
    let checked = world.run(["check", "total.csv", "-m", "unfiltered.toml", "--offline"]);
    let said = format!("{}{}", checked.out, checked.err);
    assert!(said.contains("calls itself a total"), "{said}");
}
