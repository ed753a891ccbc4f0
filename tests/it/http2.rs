//! A server of HTTP/2 says which requests it did not take: those, and only those, are sent again without being looked for.

use std::time::Duration;

use chatterload::sandbox::{Options, SearchMode};
use h2::Reason;

use crate::support::http2::{Front, Trouble};
use crate::support::{World, done, import_of};

const ROWS: usize = 300;

/// Loads rows into a server in trouble: each must be there once, and no doubt be left.
fn each_is_there_once(trouble: Trouble, search: SearchMode) {
    // A search that does not work is refused, and no body of ours.
    let world = World::with(Options {
        search,
        search_lag: Duration::from_millis(100),
        ..Options::default()
    })
    .may_refuse();
    world.table("nps.csv", ROWS);
    let front = Front::of(&world, trouble);
    let args = [&import_of("nps.csv")[..], &["--settle", "300ms"]].concat();
    let mut command = world.command(args);
    command
        .env("CHATTERMILL_API_URL", &front.url)
        .env("SSL_CERT_FILE", world.file("front.pem", &front.pem));
    done(&mut command)
        .expect_code(0)
        .expect("uploaded=300 in_doubt=0 failed=0 not_attempted=0 doubles=0");
    world.expect_each_once(ROWS);
    assert!(front.struck() > 0, "no trouble");
}

/// Where search does not work a doubt stays one: so there was none.
fn is_sent_again_without_a_doubt(trouble: Trouble) {
    each_is_there_once(trouble, SearchMode::Broken);
}

fn is_looked_for(trouble: Trouble) {
    each_is_there_once(trouble, SearchMode::Ok);
}

#[test]
fn what_comes_after_the_last_request_that_a_server_took_is_sent_again() {
    is_sent_again_without_a_doubt(Trouble::TakesNoMore { after: 40 });
}

#[test]
fn what_a_server_refuses_before_it_looks_at_it_is_sent_again() {
    is_sent_again_without_a_doubt(Trouble::Refuses { one_in: 10 });
}

#[test]
fn a_request_that_is_reset_may_have_been_taken() {
    for why in [Reason::INTERNAL_ERROR, Reason::CANCEL, Reason::NO_ERROR] {
        is_looked_for(Trouble::ResetsCreated { one_in: 10, why });
    }
}

#[test]
fn what_a_server_had_taken_when_it_said_goodbye_may_have_been_created() {
    is_looked_for(Trouble::LeavesCreated { one_in: 50 });
}
