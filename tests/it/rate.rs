//! `--rate auto` against a quota that nobody told it. How closely it keeps to one is proved in virtual time, beside the
//! limiter; here it is counted, whatever the speed of the machine.

use chatterload::sandbox::{Call, Options};

use crate::support::{Done, World};

fn with_quota(quota: &str) -> World {
    World::with(Options {
        quota: Some(quota.parse().unwrap()),
        ..Options::default()
    })
}

fn import(world: &World, file: &str) -> Done {
    world.run(["import", file, "-m", "mapping.toml", "--json"])
}

/// All is uploaded once, and few requests were refused on the way.
fn is_uploaded(world: &World, done: Done, rows: u64, refused_at_most: u64) {
    let done = done.expect_code(0);
    let summary = done.json();
    assert_eq!(summary["uploaded"], rows, "{summary}");

    let log = world.state().log();
    let refused = log.answered(Call::Post, 429) + log.answered(Call::Search, 429);
    assert!(
        refused <= refused_at_most,
        "{refused} refused of {}",
        log.posts()
    );
}

#[test]
fn a_hidden_quota_is_found_with_a_handful_of_refusals() {
    let world = with_quota("30/s");
    world.table("nps.csv", 210);
    let done = import(&world, "nps.csv");
    is_uploaded(&world, done, 210, 8);
}

#[test]
fn a_rate_that_is_remembered_and_too_high_by_now_is_corrected() {
    let world = with_quota("60/s");
    world.table("nps.csv", 240);
    let done = import(&world, "nps.csv");
    is_uploaded(&world, done, 240, 8);
    let before = world.state().log().answered(Call::Post, 429);
    world.state().set_quota(Some("20/s".parse().unwrap()));
    world.file("more.csv", crate::support::table(241..=360));
    let done = import(&world, "more.csv");
    is_uploaded(&world, done, 120, before + 12);
}
