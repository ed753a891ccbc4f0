//! JSON as exports write it: numbers of many digits.

use crate::support::World;

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
