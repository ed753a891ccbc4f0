//! Wrong use: the right exit code, and a message that says what to do.

use chatterload::sandbox::Call;

use crate::support::{World, done, table};

#[test]
fn no_mapping_no_project_no_key() {
    let world = World::new();
    world.table("nps.csv", 1);
    world
        .run(["import", "nps.csv"])
        .expect_code(2)
        .expect_err(&["no mapping", "-m"]);
    let args = ["import", "nps.csv", "-m", "mapping.toml"];
    done(world.command(args).env("CHATTERMILL_PROJECT", ""))
        .expect_code(2)
        .expect_err(&["no project", "chatterload projects"]);
    done(world.command(args).env_remove("CHATTERMILL_API_KEY"))
        .expect_code(2)
        .expect_err(&["no API key", "CHATTERMILL_API_KEY"]);
    assert!(world.state().log().requests.is_empty());
}

#[test]
fn an_unknown_option_is_refused_as_json_too() {
    let world = World::new();
    let done = world
        .run(["import", "nps.csv", "--mappping", "x", "--json"])
        .expect_code(2);
    assert_eq!(done.json()["exit_code"], 2);
    assert_eq!(done.json()["status"], "aborted");
    done.expect_err(&["--mapping"]);
}

#[test]
fn a_mapping_with_a_typo_is_underlined() {
    let world = World::new();
    world.table("nps.csv", 1);
    let mapping = world.read("mapping.toml").replace("score =", "scroe =");
    world.file("mapping.toml", mapping);
    world.import("nps.csv", &[]).expect_code(2).expect_err(&[
        "scroe",
        "mapping.toml:8",
        "score",
        "^^^^^",
    ]);
}

#[test]
fn a_mapping_without_a_key_hears_of_the_choices() {
    let world = World::new();
    world.table("nps.csv", 1);
    let mapping = world
        .read("mapping.toml")
        .replace("[key]\ncolumns = [\"id\"]\n", "");
    world.file("mapping.toml", mapping);
    world
        .import("nps.csv", &[])
        .expect_code(2)
        .expect_err(&["cumulative", "per-file", "columns"]);
}

#[test]
fn an_unknown_column_gets_the_nearest_name() {
    let world = World::new();
    world.table("nps.csv", 1);
    let mapping = world
        .read("mapping.toml")
        .replace("\"comment\"", "\"coment\"");
    world.file("mapping.toml", mapping);
    world.import("nps.csv", &[]).expect_code(2).expect_err(&[
        "nps.csv",
        "coment",
        "did you mean `comment`?",
    ]);
    assert_eq!(world.state().log().posts(), 0);
}

#[test]
fn an_unknown_data_type_stops_before_the_first_row() {
    let world = World::new();
    world.table("nps.csv", 1);
    world
        .import("nps.csv", &["--data-type", "npss"])
        .expect_code(2)
        .expect_err(&["npss", "did you mean 'nps'?"]);
    assert_eq!(world.state().log().posts(), 0);
}

#[test]
fn a_wrong_key_and_a_wrong_project_are_refused() {
    let world = World::new();
    world.table("nps.csv", 1);
    let args = ["import", "nps.csv", "-m", "mapping.toml"];
    done(world.command(args).env("CHATTERMILL_API_KEY", "wrong"))
        .expect_code(4)
        .expect_err(&["refuses the key", "401", "CHATTERMILL_API_KEY"]);
    done(world.command(args).env("CHATTERMILL_PROJECT", "acne"))
        .expect_code(4)
        .expect_err(&["acne", "did you mean 'acme'?"]);
}

#[test]
fn an_api_that_is_not_there_is_named() {
    let world = World::new();
    world.table("nps.csv", 1);
    let args = ["import", "nps.csv", "-m", "mapping.toml", "--json"];
    // Port 9 of loopback: nothing listens there.
    let done = done(
        world
            .command(args)
            .env("CHATTERMILL_API_URL", "http://127.0.0.1:9/v1"),
    );
    let done = done.expect_code(4).expect_err(&["127.0.0.1:9", "nothing"]);
    assert_eq!(done.json()["status"], "aborted");
}

#[test]
fn plain_http_is_for_this_machine() {
    let world = World::new();
    world.table("nps.csv", 1);
    let args = ["import", "nps.csv", "-m", "mapping.toml"];
    done(
        world
            .command(args)
            .env("CHATTERMILL_API_URL", "http://api.chattermill.com/v1"),
    )
    .expect_code(2)
    .expect_err(&["plain http", "https"]);
}

#[test]
fn a_failures_file_that_cannot_be_written_is_told_before_anything_is_posted() {
    let world = World::new();
    world.table("nps.csv", 1);
    world
        .import("nps.csv", &["--failures", "no/such/folder/x.csv"])
        .expect_code(2)
        .expect_err(&["no/such/folder"]);
    assert!(world.state().log().requests.is_empty());
}

#[test]
fn a_redirect_is_not_followed() {
    let world = World::new();
    world.table("nps.csv", 3);
    world
        .state()
        .fault_next(Call::Get, chatterload::sandbox::Kind::Redirect);
    world
        .import("nps.csv", &[])
        .expect_code(4)
        .expect_err(&["redirect", "--api-url"]);
    world
        .state()
        .fault_next(Call::Post, chatterload::sandbox::Kind::Redirect);
    let done = world
        .import("nps.csv", &["--concurrency", "1"])
        .expect_code(4);
    done.expect("rows=3 not_attempted=3 uploaded=0")
        .expect_err(&[]);
    assert_eq!(world.state().count("acme"), 0);
}

#[test]
fn rates_and_durations_must_be_such() {
    let world = World::new();
    world.file("nps.csv", table(1..=1));
    for option in [
        ["--rate", "fast"],
        ["--rate", "0/s"],
        ["--timeout", "0"],
        ["--concurrency", "0"],
        ["--max-failures", "120%"],
        ["--delimiter", "ab"],
        ["--set", "nonsense"],
    ] {
        let args = ["import", "nps.csv", "-m", "mapping.toml"];
        world
            .run(args.iter().chain(&option))
            .expect_code(2)
            .expect_err(&[option[1]]);
    }
}

#[test]
fn a_mapping_without_a_type_or_source_is_told_before_the_first_row() {
    let world = World::new();
    world.file("nps.csv", "id,score\n1,9\n");
    let mapping = "name = \"t\"\n[key]\ncolumns = [\"id\"]\n[response]\nscore = \"score\"\n";
    world.file(
        "mapping.toml",
        format!("{mapping}data_source = \"typeform\"\n"),
    );
    for command in ["check", "import"] {
        world
            .run([command, "nps.csv", "-m", "mapping.toml"])
            .expect_code(2)
            .expect_err(&["the response has no `data_type`", "--data-type"]);
        let given = ["--data-type", "nps"];
        world
            .run(
                [command, "nps.csv", "-m", "mapping.toml"]
                    .iter()
                    .chain(&given),
            )
            .expect_code(0);
    }
    world.file("mapping.toml", format!("{mapping}dataset_id = 7\n"));
    world
        .run(["check", "nps.csv", "-m", "mapping.toml"])
        .expect_code(0);
}
