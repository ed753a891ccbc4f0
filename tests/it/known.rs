//! Rows that are known: changed, failed before, mended, shared out.

use std::fmt::Write as _;
use std::io::Write as _;

use chatterload::sandbox::{Call, Kind};

use crate::support::{World, finish, table};

#[test]
fn retry_sends_only_what_failed() {
    let world = World::new();
    world.file(
        "nps.csv",
        format!(
            "{}4,\"9,5\",a,2026-10-01\n5,11,b,2026-10-01\n",
            table(1..=3)
        ),
    );
    world
        .import("nps.csv", &[])
        .expect_code(1)
        .expect("uploaded=3 rejected=2");
    // As a spreadsheet saves it: semicolons, no mark; half of it mended.
    let failures = world.read("nps.failures.csv");
    let mended: Vec<String> =
        csv::Reader::from_reader(failures.trim_start_matches('\u{feff}').as_bytes())
            .into_records()
            .map(|record| {
                record
                    .unwrap()
                    .iter()
                    .map(|cell| format!("\"{}\"", cell.replace("9,5", "9")))
                    .collect::<Vec<_>>()
                    .join(";")
            })
            .collect();
    let header = failures
        .lines()
        .next()
        .unwrap()
        .trim_start_matches('\u{feff}')
        .replace(',', ";");
    world.file(
        "nps.failures.csv",
        format!("{header}\n{}\n", mended.join("\n")),
    );
    let args = ["retry", "nps.failures.csv", "--json", "--rate", "unlimited"];
    let done = world
        .run(args)
        .expect_code(1)
        .expect("rows=2 uploaded=1 rejected=1 requests=1");
    assert_eq!(done.json()["command"], "retry");
    assert_eq!(done.json()["failures_file"], "nps.failures-2.csv");
    let rest = world.read("nps.failures-2.csv");
    assert_eq!(rest.lines().count(), 2, "{rest}");
    // The rest by the run's name, mended.
    world.file("nps.failures-2.csv", rest.replace(",11,", ",10,"));
    world
        .run(["retry", "last", "--json"])
        .expect_code(0)
        .expect("rows=1 uploaded=1");
    world.expect_each_once(5);
}

#[test]
fn a_retyped_key_does_not_hide_who_a_row_is_and_a_ruined_one_is_refused() {
    let world = World::new();
    let mapping = r#"
name = "Two"
[key]
columns = ["id"]
[response]
data_source = "typeform"
[[responses]]
name = "likely"
data_type = "nps"
score = "a"
[[responses]]
name = "happy"
data_type = "csat"
score = "b"
"#;
    world.file("mapping.toml", mapping);
    world.file("x.csv", "id,a,b\n00118,9,none\n");
    world
        .import("x.csv", &[])
        .expect_code(1)
        .expect("responses=2 uploaded=1 rejected=1");
    let failures = world.read("x.failures.csv");
    assert!(
        failures.contains("happy") && !failures.contains("likely"),
        "{failures}"
    );
    world.file("x.failures.csv", failures.replace("00118", "\"1,18E+02\""));
    let ruined = world.run(["retry", "x.failures.csv", "--json"]);
    let ruined = ruined.expect_code(1).expect("uploaded=0 rejected=1");
    assert_eq!(ruined.json()["reasons"]["spreadsheet_damage"], 1);
    world.file(
        "x.failures.csv",
        failures.replace("00118", "118").replace("none", "4"),
    );
    world
        .run(["retry", "x.failures.csv", "--json"])
        .expect_code(0)
        .expect("responses=1 uploaded=1");
    world.expect_each_once(2);
}

#[test]
fn ids_that_a_spreadsheet_made_scientific_are_no_keys_in_a_first_export_either() {
    let world = World::new();
    world.file(
        "x.csv",
        "id,score,comment,date\n1.18E+17,9,x,2026-10-01\n1.18E+17,3,y,2026-10-02\n12E4,5,z,2026-10-02\n",
    );
    let done = world.import("x.csv", &[]);
    done.expect_code(1)
        .expect("rows=3 responses=3 uploaded=1 rejected=2");
    let failures = world.read("x.failures.csv");
    assert!(
        failures.contains("key column 'id' holds '1.18E+17'"),
        "{failures}"
    );
}

#[test]
fn equal_keys_of_two_surveys_are_kept_apart_by_scope() {
    let world = World::new();
    world.table("one.csv", 100);
    let other = table(1..=100).replace("Comment number", "Quite another answer");
    world.file("two.csv", other.replace("2026-10", "2026-09"));
    let mapping = world.read("mapping.toml");
    world.file(
        "two.toml",
        mapping.replace("columns = [\"id\"]", "columns = [\"id\"]\nscope = \"two\""),
    );
    world
        .import("one.csv", &[])
        .expect_code(0)
        .expect("uploaded=100");
    let same_scope = world
        .import("two.csv", &["--on-change", "update"])
        .expect_code(5);
    same_scope
        .expect("updated=0")
        .expect_err(&["--expect-changes"]);
    let args = [
        "import",
        "two.csv",
        "-m",
        "two.toml",
        "--json",
        "--rate",
        "unlimited",
    ];
    world.run(args).expect_code(0).expect("uploaded=100");
    world.expect_each_once(200);
}

#[test]
fn changed_rows_go_by_on_change() {
    let world = World::new();
    world.table("nps.csv", 100);
    world.import("nps.csv", &[]).expect_code(0);
    let changed = table(1..=100).replace("Comment number 7\u{2c}", "Mended number 7,");
    world.file("nps.csv", changed);
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("changed=1 already_uploaded=99 requests=0");
    let failed = world
        .import("nps.csv", &["--on-change", "fail"])
        .expect_code(1)
        .expect("failed=1");
    assert_eq!(failed.json()["reasons"]["changed"], 1);
    let updated = world
        .import("nps.csv", &["--on-change", "update"])
        .expect_code(0);
    updated.expect("updated=1 already_uploaded=99 requests=0");
    world
        .import("nps.csv", &["--on-change", "update"])
        .expect_code(0)
        .expect("updated=0 already_uploaded=100");
    world.expect_each_once(100);
}

#[test]
fn a_row_that_is_not_newer_is_not_told_to_be_updated() {
    let world = World::new();
    let without = world.read("mapping.toml");
    let with = without.replace("[key]", "[key]\nversion = \"at\"");
    world.file("mapping.toml", &with);
    let export = |at: &str, comment: &str| {
        let text = format!("id,score,comment,date,at\n1,9,{comment},2026-10-01,{at}\n");
        world.file("nps.csv", text);
    };
    let updating = ["--on-change", "update"];
    export("2026-10-02", "new");
    world.import("nps.csv", &[]).expect_code(0);
    export("2026-10-01", "old");
    for options in [&updating[..], &[]] {
        let done = world.import("nps.csv", options).expect_code(0);
        let warning = done.expect("changed=1 updated=0").json()["warnings"].to_string();
        assert!(
            warning.contains("a version that is not greater")
                && warning.contains("take `version` out of [key]"),
            "{warning}"
        );
    }
    // What it says helps.
    world.file("mapping.toml", without);
    world
        .import("nps.csv", &updating)
        .expect_code(0)
        .expect("updated=1");
}

#[test]
fn a_mended_mapping_is_told_and_applied_on_demand() {
    let world = World::new();
    world.table("nps.csv", 60);
    world.import("nps.csv", &[]).expect_code(0);
    let mapping = world.read("mapping.toml");
    world.file(
        "mapping.toml",
        format!("{mapping}[response.segments]\nwave = {{ value = \"2026-Q4\" }}\n"),
    );
    let told = world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("already_uploaded=60 updated=0");
    assert_eq!(told.json()["reasons"]["remapped"], 60);
    world
        .import("nps.csv", &["--reapply"])
        .expect_code(0)
        .expect("updated=60");
    assert!(
        world
            .state()
            .responses("acme")
            .iter()
            .all(|one| one["segments"]["wave"]["value"] == "2026-Q4")
    );
}

#[test]
fn rows_that_failed_before_are_told_from_new_failures() {
    let world = World::new();
    world.file("nps.csv", format!("{}4,99,a,2026-10-01\n", table(1..=3)));
    world
        .import("nps.csv", &[])
        .expect_code(1)
        .expect("known_failures=0 rejected=1");
    world
        .import("nps.csv", &[])
        .expect_code(1)
        .expect("known_failures=1 rejected=1");
    let ignored = world
        .import("nps.csv", &["--known-failures", "ignore"])
        .expect_code(0);
    let ignored = ignored.expect("known_failures=1 rejected=1 already_uploaded=3");
    assert_eq!(ignored.json()["failures_file"], serde_json::Value::Null);
}

/// It is the known ones that are retried, whatever the command is called.
#[test]
fn that_known_failures_are_left_out_by_the_config_file_concerns_no_retry() {
    for retry in [
        &["retry", "nps.failures.csv", "--json"][..],
        &["import", "nps.failures.csv", "--json"],
    ] {
        let world = World::with_faults("post:413=100%").may_refuse();
        let config = "[defaults]\nknown_failures = \"ignore\"\n";
        world.file("chatterload.toml", config);
        world.table("nps.csv", 2);
        world
            .import("nps.csv", &[])
            .expect_code(1)
            .expect("failed=2 known_failures=0");
        world.state().set_faults("429=0%".parse().unwrap());
        world
            .import("nps.csv", &[])
            .expect_code(0)
            .expect("failed=2 known_failures=2 uploaded=0");
        world.run(retry).expect_code(0).expect("uploaded=2");
        world.expect_each_once(2);
    }
}

#[test]
fn a_known_failure_that_is_left_out_stays_in_its_file() {
    let world = World::new();
    let ignore = ["--known-failures", "ignore"];
    world.file("nps.csv", format!("{}4,99,a,2026-10-01\n", table(1..=3)));
    world.import("nps.csv", &ignore).expect_code(1);
    let first = world.read("nps.failures.csv");
    world.file(
        "nps.csv",
        format!("{}4,99,a,2026-10-01\n5,98,b,2026-10-01\n", table(1..=3)),
    );
    world
        .import("nps.csv", &ignore)
        .expect_code(1)
        .expect("known_failures=1 rejected=2");
    assert_eq!(world.read("nps.failures.csv"), first);
    let second = world.read("nps.failures-2.csv");
    assert!(
        second.contains(",98,") && !second.contains(",99,"),
        "{second}"
    );
}

#[test]
fn rows_without_key_columns_are_known_by_their_content() {
    let world = World::new();
    let mapping = world
        .read("mapping.toml")
        .replace("columns = [\"id\"]", "content = \"cumulative\"");
    world.file("mapping.toml", mapping);
    world.file(
        "a.csv",
        "score,comment,date\n9,same,2026-10-01\n9,same,2026-10-01\n8,x,2026-10-01\n",
    );
    world
        .import("a.csv", &[])
        .expect_code(0)
        .expect("uploaded=3");
    world.file("a.csv", "score,comment,date\n9,same,2026-10-01\n8,x,2026-10-01\n9,same,2026-10-01\n7,new,2026-10-02\n");
    world
        .import("a.csv", &[])
        .expect_code(0)
        .expect("uploaded=1 already_uploaded=3");
    world.file(
        "b.csv",
        "score,comment,date,country\n9,same,2026-10-01,DE\n",
    );
    world
        .import("b.csv", &[])
        .expect_code(2)
        .expect_err(&["--accept-new-header", "b.csv"]);
    world
        .import("b.csv", &["--accept-new-header"])
        .expect_code(0)
        .expect("uploaded=1");
}

/// Under another key every row is new: it would be there twice.
#[test]
fn another_key_loads_no_known_row_again() {
    let world = World::new();
    let file = |ids: std::ops::RangeInclusive<usize>, letter: &str| {
        let mut text = "id,number,score,comment,date\n".to_owned();
        for id in ids {
            writeln!(text, "{letter}{id},{id},9,fine,2026-10-01").unwrap();
        }
        world.file("nps.csv", text)
    };
    let mapping = world.read("mapping.toml");
    let key = |key: &str| world.file("mapping.toml", mapping.replace("columns = [\"id\"]", key));
    file(1..=30, "a");
    world.import("nps.csv", &[]).expect_code(0);
    for other in ["columns = [\"number\"]", "content = \"cumulative\""] {
        key(other);
        world
            .import("nps.csv", &[])
            .expect_code(2)
            .expect("uploaded=0")
            .expect_err(&["'id'", "every row would be new", "--accept-new-header"]);
    }
    world.expect_each_once(30);
    // The same ids in a column of another name.
    let renamed = world
        .read("nps.csv")
        .replace("id,number", "response,number");
    world.file("nps.csv", renamed);
    key("columns = [\"response\"]");
    let done = world.import("nps.csv", &[]).expect_code(0);
    done.expect("uploaded=0 already_uploaded=30");
    // Rows that were never loaded may come under either from now on.
    file(31..=40, "b");
    key("columns = [\"id\"]");
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=10");
    // Somebody wants it so.
    file(41..=45, "c");
    key("columns = [\"number\"]");
    world.import("nps.csv", &[]).expect_code(2);
    let accept = ["--accept-new-header"];
    let done = world.import("nps.csv", &accept).expect_code(0);
    done.expect("uploaded=5");
    file(46..=47, "c");
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=2");
}

/// The scope is the mapping's name unless said: under another name every row would be new.
#[test]
fn a_mapping_that_was_renamed_loads_no_row_again() {
    let world = World::new();
    world.table("nps.csv", 30);
    world.import("nps.csv", &[]).expect_code(0);
    let mapping = world.read("mapping.toml");
    world.file(
        "mapping.toml",
        mapping.replace("name = \"Test\"", "name = \"NPS of 2026\""),
    );
    world.table("nps.csv", 40);
    world
        .import("nps.csv", &[])
        .expect_code(2)
        .expect("uploaded=0")
        .expect_err(&["scope = \"Test\"", "--accept-new-header"]);
    let same = world
        .import("nps.csv", &["--set", "key.scope=\"Test\""])
        .expect_code(0);
    same.expect("uploaded=10 already_uploaded=30");
    world.expect_each_once(40);
    // Other responses of the same rows, and other rows with the same ids.
    let comment = "comment = \"comment\"\n";
    assert!(mapping.contains(comment));
    let other = mapping
        .replace("name = \"Test\"", "name = \"Words\"")
        .replace(comment, "");
    world.file("mapping.toml", &other);
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=40");
    let text = world.read("nps.csv").replace("Comment", "Remark");
    world.file("nps.csv", text);
    world.file(
        "mapping.toml",
        mapping.replace("name = \"Test\"", "name = \"Shops\""),
    );
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=40");
}

/// A mapping of one response becomes one of two, and the first gets a name.
#[test]
fn a_response_that_was_renamed_is_not_loaded_again() {
    let world = World::new();
    world.table("nps.csv", 30);
    world.import("nps.csv", &[]).expect_code(0);
    let mapping = world.read("mapping.toml");
    let two = |name: &str| {
        let second = "[[responses]]\nname = \"words\"\ncreated_at = { column = \"date\", required = true }\nuser_meta.of = { value = \"words\" }";
        world.file(
            "mapping.toml",
            format!("{mapping}\n[[responses]]\nname = \"{name}\"\n{second}\n"),
        )
    };
    two("score");
    world
        .import("nps.csv", &[])
        .expect_code(2)
        .expect("uploaded=0")
        .expect_err(&[
            "'main'",
            "'score'",
            "name = \"main\"",
            "--accept-new-header",
        ]);
    two("main");
    let done = world.import("nps.csv", &[]).expect_code(0);
    done.expect("uploaded=30 already_uploaded=30");
    assert_eq!(world.state().count("acme"), 60);
    two("score");
    world.import("nps.csv", &[]).expect_code(2);
    let done = world
        .import("nps.csv", &["--accept-new-header"])
        .expect_code(0);
    done.expect("uploaded=30 already_uploaded=30");
}

/// What a rebuild took back was loaded too, and a key under which nothing stands any more is another one.
#[test]
fn another_key_is_noticed_after_a_rebuild_and_after_an_undo() {
    let world = World::new();
    let mapping = world.read("mapping.toml");
    let key = |column: &str| {
        let key = format!("columns = [\"{column}\"]");
        world.file("mapping.toml", mapping.replace("columns = [\"id\"]", &key));
    };
    world.table("nps.csv", 20);
    world.import("nps.csv", &[]).expect_code(0);
    for ending in ["", "-wal", "-shm"] {
        let ledger = world.path(&format!("state/chatterload/ledger.sqlite{ending}"));
        let _ = std::fs::remove_file(ledger);
    }
    world
        .run(["ledger", "rebuild", "--json", "--rate", "unlimited"])
        .expect_code(0);
    let again = world.import("nps.csv", &[]).expect_code(0);
    again.expect("already_uploaded=20");
    key("comment");
    world.import("nps.csv", &[]).expect_code(2);
    world.expect_each_once(20);

    let world = World::new();
    let key = |column: &str| {
        let key = format!("columns = [\"{column}\"]");
        world.file("mapping.toml", mapping.replace("columns = [\"id\"]", &key));
    };
    world.table("nps.csv", 20);
    world.import("nps.csv", &[]).expect_code(0);
    world.run(["undo", "last", "--yes"]).expect_code(0);
    key("comment");
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=20");
    key("id");
    world.import("nps.csv", &[]).expect_code(2);
    world.expect_each_once(20);
}

/// Rows that are alike by chance are in many exports whose content is the key.
#[test]
fn a_row_alike_by_chance_does_not_keep_another_export_from_being_loaded() {
    let world = World::new();
    let mapping = world
        .read("mapping.toml")
        .replace("columns = [\"id\"]", "content = \"cumulative\"");
    for (name, shop) in [("London", "in London"), ("Paris", "in Paris")] {
        let mut text = "score,comment,date\n9,,2026-10-01\n".to_owned();
        for number in 0..30 {
            writeln!(text, "8,Number {number} {shop},2026-10-02").unwrap();
        }
        world.file("shop.csv", text);
        let name = format!("name = \"{name}\"");
        world.file("mapping.toml", mapping.replace("name = \"Test\"", &name));
        let done = world.import("shop.csv", &[]).expect_code(0);
        done.expect("uploaded=31");
    }
}

/// A key that was mended before anything was loaded by it is no other key.
#[test]
fn a_key_that_loaded_nothing_may_be_mended() {
    let world = World::new().may_refuse();
    world.file(
        "nps.csv",
        "id,number,score,comment,date\n,1,9,fine,2026-10-01\n,2,9,fine,2026-10-01\n",
    );
    world
        .import("nps.csv", &[])
        .expect_code(1)
        .expect("rejected=2");
    let mapping = world.read("mapping.toml");
    world.file("mapping.toml", mapping.replace("[\"id\"]", "[\"number\"]"));
    world
        .import("nps.csv", &[])
        .expect_code(0)
        .expect("uploaded=2");
}

#[test]
fn shards_share_the_rows_and_nothing_else() {
    let world = World::new();
    world.table("nps.csv", 90);
    let mut uploaded = 0;
    for shard in ["0/3", "1/3", "2/3"] {
        let ledger = format!("shard-{}.sqlite", &shard[..1]);
        let done = world
            .import("nps.csv", &["--shard", shard, "--ledger", &ledger])
            .expect_code(0);
        uploaded += done.json()["uploaded"].as_u64().unwrap();
    }
    assert_eq!(uploaded, 90);
    world.expect_each_once(90);
    world
        .import("nps.csv", &["--shard", "1/3", "--ledger", "shard-0.sqlite"])
        .expect_code(2)
        .expect_err(&["--shard"]);
}

/// Another file of the same name, or another pipe, has other failures.
#[test]
fn failures_that_are_not_met_again_stay_where_they_are() {
    let world = World::new();
    let bad = |id: &str| format!("{id},99,bad,2026-10-01\n");
    let run = |content: String| {
        world.file("nps.csv", content);
        let done = world.import("nps.csv", &[]).expect_code(1);
        done.json()["failures_file"].as_str().unwrap().to_owned()
    };
    let first = format!("{}{}", table(1..=3), bad("monday"));
    assert_eq!(run(first.clone()), "nps.failures.csv");
    // The same again, and grown: the same rows fail.
    assert_eq!(run(first.clone()), "nps.failures.csv");
    let grown = format!("{first}{}", bad("tuesday"));
    assert_eq!(run(grown), "nps.failures.csv");
    assert_eq!(world.read("nps.failures.csv").lines().count(), 3);
    let another = format!("{}{}", table(4..=6), bad("wednesday"));
    assert_eq!(run(another.clone()), "nps.failures-2.csv");
    assert!(world.read("nps.failures.csv").contains("monday"));
    // Into another project.
    let other = world.import("nps.csv", &["-p", "globex"]).expect_code(1);
    assert_eq!(other.json()["failures_file"], "nps.failures-3.csv");
    for (number, id) in ["thursday", "friday"].into_iter().enumerate() {
        let piped = format!("{}{}", table(7..=8), bad(id));
        let mut command = world.command(["import", "-", "-m", "mapping.toml", "--json"]);
        let piped = std::fs::File::open(world.file("piped.csv", piped)).unwrap();
        let done = crate::support::done(command.stdin(piped));
        let name = ["stdin.failures.csv", "stdin.failures-2.csv"][number];
        assert_eq!(done.expect_code(1).json()["failures_file"], name);
    }
}

#[test]
fn rows_that_get_their_key_in_a_shards_failures_file_are_lost_by_nobody() {
    let world = World::new();
    let rows = (0..40).map(|row| format!(",{},without a key {row},2026-10-01\n", row % 5));
    let keyless: Vec<String> = rows.collect();
    world.file("nps.csv", format!("{}{}", table(1..=5), keyless.concat()));
    let shards = ["0/3", "1/3", "2/3"];
    let ledger = |shard: &str| format!("shard-{}.sqlite", &shard[..1]);
    let mended = |shard: &str| format!("mended-{}.csv", &shard[..1]);
    let mut next = 100;
    for shard in shards {
        let options = ["--shard", shard, "--ledger", &ledger(shard)];
        world.import("nps.csv", &options).expect_code(1);
        let failures = world.read("nps.failures.csv");
        let lines = failures.lines().map(|line| {
            next += 1;
            // Neither `_id` nor `_response`, and the key is the cell behind them.
            line.replace(",,,,", &format!(",,,{next},"))
        });
        let lines: Vec<String> = lines.collect();
        world.file(&mended(shard), lines.join("\n"));
        std::fs::remove_file(world.path("nps.failures.csv")).unwrap();
    }
    // By its own shard every row of a file is accounted for; by all of them every row is loaded.
    for file in shards {
        for shard in shards {
            let done = world.run([
                "retry",
                &mended(file),
                "--shard",
                shard,
                "--ledger",
                &ledger(shard),
                "-m",
                "mapping.toml",
                "--rate",
                "unlimited",
                "--json",
            ]);
            let (rows, summary) = (world.read(&mended(file)).lines().count() - 1, done.json());
            let count = |name: &str| summary[name].as_u64().unwrap();
            assert_eq!(count("rows"), rows as u64, "{done:?}");
            assert_eq!(
                count("uploaded") + count("rejected"),
                rows as u64,
                "{done:?}"
            );
        }
    }
    world.expect_each_once(45);
}

#[test]
fn a_row_of_another_width_is_not_taken_for_whole_because_a_spreadsheet_padded_it() {
    let world = World::new();
    let mapping = world
        .read("mapping.toml")
        .replace("columns = [\"id\"]", "content = \"cumulative\"");
    world.file("mapping.toml", mapping);
    let bad = "4,9,too short\n5,9,gut, aber teuer,2026-10-01\n";
    world.file("nps.csv", format!("{}{bad}", table(1..=3)));
    world
        .import("nps.csv", &[])
        .expect_code(1)
        .expect("uploaded=3 rejected=2");
    // As it stands, nothing of it can be loaded either.
    world
        .run(["retry", "nps.failures.csv", "--json"])
        .expect_code(1)
        .expect("rows=2 uploaded=0 rejected=2 filtered=0");
    // A spreadsheet saves every row as wide as the widest.
    let failures = world.read("nps.failures.csv");
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(failures.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let width = rows.iter().map(csv::StringRecord::len).max().unwrap();
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .from_writer(Vec::new());
    for row in &rows {
        let mut cells: Vec<&str> = row.iter().collect();
        cells.resize(width, "");
        writer.write_record(&cells).unwrap();
    }
    world.file("padded.csv", writer.into_inner().unwrap());
    let args = ["retry", "padded.csv", "--json"];
    let done = world
        .run(args)
        .expect_code(1)
        .expect("uploaded=0 rejected=2");
    assert_eq!(done.json()["reasons"]["ragged_row"], 2);
    // Their identity stays, however often they are mended.
    let padded = world.read("padded.csv");
    assert!(!padded.contains(";;main"), "{padded}");
    for comment in ["once", "twice"] {
        world.file(
            "padded.csv",
            padded.replace("too short;", &format!("{comment};2026-10-01")),
        );
        world.run(args).expect_code(1);
    }
    world.expect_each_once(4);
}

/// What a run had no time for has not failed: it is sent by the next, also by one that leaves known failures out.
#[test]
fn rows_of_a_pipe_that_were_not_attempted_are_no_known_failures() {
    let world = World::new();
    let rows = table(1..=20) + "99,11,a,2026-10-01\n";
    let import = |more: &[&str]| {
        let args = ["import", "-", "-m", "mapping.toml", "--json"];
        let mut child = world.start(args.iter().chain(more));
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(rows.as_bytes()).unwrap();
        drop(pipe);
        finish(child)
    };
    let stopped = import(&["--max-failures", "0", "--rate", "2/s"]).expect_code(5);
    let figure = |name| stopped.json()[name].as_u64().unwrap();
    assert!(figure("not_attempted") > 0, "{stopped:?}");
    let left = 20 - figure("uploaded");
    import(&["--known-failures", "ignore"])
        .expect_code(0)
        .expect(&format!("uploaded={left} known_failures=1 rejected=1"));
    world.expect_each_once(20);
}

/// What is left out does not end the run either.
#[test]
fn known_failures_that_are_left_out_are_none_too_many() {
    let world = World::new();
    let bad = |ids: std::ops::RangeInclusive<usize>| {
        let row = |id| format!("{id},11,a,2026-10-01\n");
        ids.map(row).collect::<String>()
    };
    let rows = table(1..=5) + &bad(101..=106);
    world.file("nps.csv", &rows);
    world.import("nps.csv", &[]).expect_code(1);
    let more = table(6..=40).split_once('\n').unwrap().1.to_owned();
    world.file("nps.csv", rows + &bad(107..=107) + &more);
    let args = ["--known-failures", "ignore", "--max-failures", "3"];
    world
        .import("nps.csv", &args)
        .expect_code(1)
        .expect("rejected=7 known_failures=6 uploaded=35 not_attempted=0");
    world
        .import("nps.csv", &["--max-failures", "3"])
        .expect_code(5);
}

/// What failed and was sent since is there, whatever was known of it before.
#[test]
fn a_known_failure_that_was_uploaded_since_is_none() {
    let world = World::new();
    world.table("nps.csv", 3);
    world.state().fault_next(Call::Post, Kind::TooLarge);
    world
        .import("nps.csv", &[])
        .expect_code(1)
        .expect("uploaded=2 failed=1");
    let retry = ["retry", "nps.failures.csv", "--json"];
    world.run(retry).expect_code(0).expect("uploaded=1");
    world
        .import("nps.csv", &["--known-failures", "ignore"])
        .expect_code(0)
        .expect("already_uploaded=3 failed=0 known_failures=0");
}
