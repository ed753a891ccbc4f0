//! The power goes while a run is at work, and with it the end of the ledger's log: nothing is doubled by the next runs.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chatterload::sandbox::Options;

use crate::support::{Done, Running, World, table, wait_until};

const ROWS: usize = 60;

/// A world in which a run over `nps.csv` was killed, once most of its rows were there; and its ledger.
fn killed(rows_before: usize) -> (World, PathBuf) {
    let world = World::with(Options {
        search_lag: Duration::from_millis(20),
        latency: Duration::from_millis(2),
        ..Options::default()
    });
    if rows_before > 0 {
        world.file("before.csv", table(1..=rows_before));
        world.import("before.csv", &[]).expect_code(0);
    }
    world.table("nps.csv", ROWS);
    let args = "import nps.csv -m mapping.toml --rate unlimited --concurrency 2";
    let mut command = world.command(args.split_whitespace());
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = Running(quiet.spawn().unwrap());
    wait_until("most rows", || world.state().count("acme") > ROWS * 2 / 3);
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    let ledger = world.path("state/chatterload/ledger.sqlite");
    (world, ledger)
}

/// A copy of a ledger whose log is cut there, seen from a later start of the machine. `None` where that takes what was
/// on the disk: the run's beginning. Else how many responses are left.
fn cut(ledger: &Path, to: &Path, place: f64) -> Option<i64> {
    let log = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    std::fs::copy(ledger, to).unwrap();
    let bytes = std::fs::read(log(ledger)).unwrap();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "between 0 and the size"
    )]
    let kept = (bytes.len() as f64 * place) as usize;
    std::fs::write(log(to), &bytes[..kept]).unwrap();
    let database = rusqlite::Connection::open(to).unwrap();
    let dead = database.execute(
        "UPDATE runs SET boot_id = 'before' WHERE finished_at IS NULL",
        [],
    );
    if dead.unwrap_or(0) == 0 {
        return None;
    }
    let left = database.query_row("SELECT count(*) FROM responses", [], |row| row.get(0));
    Some(left.unwrap())
}

fn import(world: &World, ledger: &Path, more: &[&str]) -> Done {
    let ledger = ledger.display().to_string();
    let args = ["--ledger", &ledger, "--settle", "200ms"];
    world.import("nps.csv", &[&args, more].concat())
}

#[track_caller]
fn assert_each_once(world: &World, what: &str) {
    let tokens = world.state().tokens("acme");
    let twice = tokens.values().filter(|count| **count > 1).count();
    assert_eq!(twice, 0, "doubles, {what}");
    assert_eq!(tokens.len(), ROWS, "losses, {what}");
}

/// Wherever the log is cut, whether the scope was used before, and whatever run comes first after it.
#[test]
fn a_log_that_lost_its_end_doubles_nothing() {
    for rows_before in [0, 5] {
        let (world, ledger) = killed(rows_before);
        let mut cuts = 0;
        let mut forgot = false;
        for number in 0..24u32 {
            // Places that look like chance, repeated by the next run of the test.
            let place = f64::from(number.wrapping_mul(2_654_435_761) % 1_000) / 1_000.0;
            let copy = world.path(&format!("cut-{number}.sqlite"));
            let Some(left) = cut(&ledger, &copy, place) else {
                continue;
            };
            cuts += 1;
            let there = i64::try_from(world.state().count("acme")).unwrap();
            forgot |= left < there;
            let what = format!("{rows_before} before, cut at {place}");
            match number % 3 {
                // One that ends well, and has looked at a part only.
                0 => drop(import(&world, &copy, &["--limit", "10"]).expect_code(0)),
                // One that ends well, over another file.
                1 => {
                    world.file("other.csv", table(1..=20));
                    let ledger = copy.display().to_string();
                    let args = ["--ledger", &ledger, "--settle", "200ms"];
                    world.import("other.csv", &args).expect_code(0);
                }
                _ => {}
            }
            let done = import(&world, &copy, &[]).expect_code(0);
            let warnings = done.json()["warnings"].to_string();
            assert!(
                warnings.contains("before the machine did"),
                "{what}: {done:?}"
            );
            assert_each_once(&world, &what);
            // Now all of it is known.
            let done = import(&world, &copy, &[]).expect_code(0);
            let done = done.expect(&format!("already_uploaded={ROWS} requests=0"));
            assert!(done.json()["warnings"].is_null(), "{what}: {done:?}");
        }
        assert!(cuts >= 8 && forgot, "{cuts} cuts, forgot: {forgot}");
    }
}

/// What search could not tell in the first run after it is not sent by the second.
#[test]
fn what_could_not_be_searched_for_is_searched_for_by_the_next_run() {
    let (world, ledger) = killed(5);
    let world = world.may_refuse();
    let copy = world.path("cut.sqlite");
    let left = cut(&ledger, &copy, 0.4).unwrap();
    assert!(left < i64::try_from(world.state().count("acme")).unwrap());
    world.state().set_faults("search:500=100%".parse().unwrap());
    let done = import(&world, &copy, &[]).expect_code(1);
    assert!(done.json()["in_doubt"].as_u64() > Some(0), "{done:?}");
    world.state().set_faults("search:500=0%".parse().unwrap());
    import(&world, &copy, &[]).expect_code(0);
    assert_each_once(&world, "search was broken first");
}
