use super::*;
use crate::identity::Id;

const SECOND: Duration = Duration::from_secs(1);

const PATIENCE: Patience = Patience {
    settle: Duration::from_secs(10),
    timeout: Duration::from_secs(30),
    give_up_after: Duration::from_mins(15),
};

fn token(number: u8) -> Token {
    Token(Id([number; 16]))
}

fn doubt(ended: Instant) -> Doubt {
    Doubt {
        code: "http_502".into(),
        why: String::new(),
        ended,
        timed_out: false,
        earlier: false,
        unsent: None,
    }
}

/// A run in which a response was acknowledged and found after so many seconds.
fn with_lag(seconds: u64) -> Doubts {
    let mut doubts = Doubts::new(PATIENCE);
    doubts.acknowledge(token(0), Instant::now());
    doubts.lag_measured(SECOND * u32::try_from(seconds).unwrap());
    doubts
}

#[test]
fn absence_counts_after_the_settle_time_or_three_lags() {
    let start = Instant::now();
    for (lag, timed_out, seconds) in [
        (0, false, 10),
        (3, false, 10),
        (4, false, 12),
        (20, false, 60),
        (4, true, 42),
    ] {
        let mut doubts = with_lag(lag);
        let doubt = Doubt {
            timed_out,
            ..doubt(start)
        };
        let due = start + SECOND * seconds;
        assert_eq!(
            doubts.absence_from(&doubt, start),
            Some(due),
            "{lag} {timed_out}"
        );
        doubts.begin(&doubt, start);
        let before = due - Duration::from_millis(1);
        assert!(
            matches!(doubts.judge(token(1), &doubt, 9, before, due), Verdict::SearchAt(at) if at == due)
        );
        assert_eq!(doubts.judge(token(1), &doubt, 9, due, due), Verdict::Absent);
    }
}

#[test]
fn the_longest_lag_counts_and_one_that_still_grows_counts_too() {
    let start = Instant::now();
    let mut doubts = with_lag(5);
    doubts.lag_measured(SECOND);
    assert_eq!(
        doubts.absence_from(&doubt(start), start),
        Some(start + SECOND * 15)
    );
    doubts.lag_awaited(start);
    let later = start + SECOND * 20;
    assert_eq!(
        doubts.absence_from(&doubt(start), later),
        Some(start + SECOND * 60)
    );
    assert!(matches!(
        doubts.judge(token(1), &doubt(start), 3, later, later),
        Verdict::SearchAt(_)
    ));
    doubts.lag_measured(SECOND * 21);
    assert_eq!(
        doubts.absence_from(&doubt(start), later),
        Some(start + SECOND * 63)
    );
}

#[test]
fn without_a_measured_lag_absence_never_counts_once_something_was_acknowledged() {
    let start = Instant::now();
    let mut doubts = Doubts::new(PATIENCE);
    doubts.acknowledge(token(0), Instant::now());
    doubts.lag_awaited(start);
    let later = start + SECOND * 500;
    assert!(matches!(
        doubts.judge(token(1), &doubt(start), 3, later, later),
        Verdict::SearchAt(_)
    ));
}

#[test]
fn while_nothing_was_acknowledged_one_is_the_probe() {
    let start = Instant::now();
    let mut doubts = Doubts::new(PATIENCE);
    let (early, late) = (start + SECOND * 19, start + SECOND * 20);
    assert!(
        matches!(doubts.judge(token(1), &doubt(start), 9, early, early), Verdict::SearchAt(at) if at == late)
    );
    assert_eq!(
        doubts.judge(token(1), &doubt(start), 9, late, late),
        Verdict::Absent
    );
    assert_eq!(
        doubts.judge(token(2), &doubt(start), 9, late, late),
        Verdict::SearchAt(start + SECOND * 40)
    );
    // No clear answer again: it stays the probe.
    assert!(!doubts.probe_in_doubt(token(1)));
    let next = late + SECOND * 20;
    assert_eq!(
        doubts.judge(token(2), &doubt(start), 9, next, next),
        Verdict::SearchAt(start + SECOND * 80)
    );
    // It was of no use: another may try, after a while, and unless it is found just before.
    assert!(doubts.no_longer_probe(token(1)));
    assert_eq!(
        doubts.judge(token(2), &doubt(start), 9, late, late + SECOND),
        Verdict::SearchAt(next)
    );
    assert_eq!(
        doubts.judge(token(2), &doubt(start), 9, late, next),
        Verdict::SearchAt(next)
    );
    assert_eq!(
        doubts.judge(token(2), &doubt(start), 9, next, next),
        Verdict::Absent
    );
    // It was acknowledged: now its own lag is the measure.
    assert!(doubts.acknowledge(token(2), Instant::now()));
    assert!(matches!(
        doubts.judge(token(3), &doubt(start), 9, late, late),
        Verdict::SearchAt(_)
    ));
}

#[test]
fn probes_go_less_and_less_often() {
    let start = Instant::now();
    let mut doubts = Doubts::new(PATIENCE);
    let mut at = start + SECOND * 20;
    for gap in [20, 40, 80, 80] {
        assert_eq!(
            doubts.judge(token(1), &doubt(start), 9, at, at),
            Verdict::Absent
        );
        at += SECOND * gap;
        let early = at - SECOND;
        assert_eq!(
            doubts.judge(token(1), &doubt(start), 9, early, early),
            Verdict::SearchAt(at)
        );
    }
    // Where something was acknowledged before, there is a lag to go by.
    doubts.acknowledge(token(0), Instant::now());
    assert_eq!(doubts.between_probes(), SECOND * 20);
}

#[test]
fn what_was_missed_for_long_may_be_missed_for_longer() {
    let start = Instant::now();
    let due = |doubts: &Doubts| doubts.absence_from(&doubt(start), start);
    let mut doubts = Doubts::new(PATIENCE);
    let timed_out = Doubt {
        timed_out: true,
        ..doubt(start)
    };
    // That may have been at work for the first thirty.
    doubts.was_missed(&timed_out, start + SECOND * 55);
    doubts.was_missed(&timed_out, start + SECOND * 20);
    assert_eq!(due(&doubts), Some(start + SECOND * 75));
    // A probe that turns up was perhaps sent too early.
    let mut doubts = Doubts::new(PATIENCE);
    let at = start + SECOND * 24;
    assert_eq!(
        doubts.judge(token(1), &doubt(start), 9, at, at),
        Verdict::Absent
    );
    assert!(!doubts.probe_in_doubt(token(1)));
    assert_eq!(due(&doubts), Some(start + SECOND * 20));
    assert!(doubts.found(token(1)));
    assert_eq!(due(&doubts), Some(start + SECOND * 72));
    // Where a lag was measured, that is the measure.
    doubts.acknowledge(token(0), start);
    doubts.lag_measured(SECOND);
    assert_eq!(due(&doubts), Some(start + SECOND * 10));
}

#[test]
fn twenty_in_succession_brake_until_good_news() {
    let start = Instant::now();
    let mut doubts = with_lag(0);
    for count in 1..=25 {
        doubts.begin(&doubt(start), start + SECOND * count);
        assert_eq!(
            doubts.braked(),
            (count >= 20).then_some(start + SECOND * 20),
            "{count}"
        );
    }
    // Sent before the brake took hold: no news.
    assert!(!doubts.acknowledge(token(9), Instant::now()));
    assert!(doubts.braked().is_some());
    let due = start + SECOND * 10;
    assert_eq!(
        doubts.judge(token(1), &doubt(start), 3, due, due),
        Verdict::Absent
    );
    assert_eq!(
        doubts.judge(token(2), &doubt(start), 3, due, due),
        Verdict::SearchAt(start + SECOND * 20)
    );
    assert!(doubts.acknowledge(token(1), Instant::now()));
    assert_eq!(doubts.braked(), None);
    // Found present is good news as well.
    for _ in 0..20 {
        doubts.begin(&doubt(start), start);
    }
    assert!(doubts.found(token(7)));
    assert_eq!(doubts.braked(), None);
}

#[test]
fn doubts_between_acknowledged_ones_do_not_brake() {
    let start = Instant::now();
    let mut doubts = with_lag(0);
    for _ in 0..500 {
        doubts.begin(&doubt(start), start);
        doubts.acknowledge(token(0), Instant::now());
    }
    assert_eq!(doubts.braked(), None);
    assert_eq!(doubts.gate(token(1), start), Gate::Open);
}

#[test]
fn a_thousand_unresolved_brake_wherever_they_come_from() {
    let start = Instant::now();
    let mut doubts = with_lag(0);
    let earlier = Doubt {
        earlier: true,
        unsent: None,
        ..doubt(start)
    };
    for _ in 0..999 {
        doubts.begin(&earlier, start);
    }
    assert_eq!(
        (doubts.braked(), doubts.gate(token(1), start)),
        (None, Gate::Open)
    );
    doubts.begin(&earlier, start);
    assert_eq!(
        (doubts.braked(), doubts.gate(token(1), start)),
        (Some(start), Gate::Shut)
    );
    doubts.found(token(2));
    assert_eq!(
        (doubts.braked(), doubts.gate(token(1), start)),
        (None, Gate::Shut),
        "still too many"
    );
    assert!(doubts.end(&doubt(start)), "others may have waited for this");
    assert!(!doubts.end(&doubt(start)));
    assert_eq!(doubts.gate(token(1), start), Gate::Open);
}

#[test]
fn a_new_response_is_the_probe_where_no_doubt_can_be() {
    let start = Instant::now();
    let mut doubts = with_lag(0);
    for _ in 0..20 {
        doubts.begin(&doubt(start), start);
        doubts.end(&doubt(start));
    }
    let later = start + SECOND * 20;
    assert_eq!(doubts.gate(token(1), start), Gate::Until(later));
    assert_eq!(doubts.gate(token(1), later), Gate::Open);
    assert_eq!(doubts.gate(token(2), later), Gate::Shut);
    assert!(doubts.no_longer_probe(token(1)));
    assert_eq!(
        doubts.gate(token(2), later),
        Gate::Until(later + SECOND * 20)
    );
    assert_eq!(doubts.gate(token(2), later + SECOND * 20), Gate::Open);
    assert!(doubts.acknowledge(token(2), Instant::now()));
    assert_eq!(doubts.gate(token(3), later + SECOND * 20), Gate::Open);
}

#[test]
fn searches_come_early_then_seldom_then_when_due() {
    let start = Instant::now();
    let doubts = with_lag(0);
    let at: Vec<f64> = (0..4)
        .map(|searches| {
            doubts
                .search_at(&doubt(start), searches, start)
                .duration_since(start)
                .as_secs_f64()
        })
        .collect();
    assert_eq!(at, [0.5, 2.0, 8.0, 10.0]);
}

#[test]
fn waiting_ends() {
    let start = Instant::now();
    let mut doubts = Doubts::new(PATIENCE);
    doubts.acknowledge(token(0), start);
    assert_eq!(doubts.held_from(&doubt(start)), start + SECOND * 900);
    doubts.input_ended(start + SECOND * 5);
    assert_eq!(doubts.held_from(&doubt(start)), start + SECOND * 125);
    doubts.lag_awaited(start + SECOND * 30);
    assert_eq!(doubts.held_from(&doubt(start)), start + SECOND * 150);
    doubts.lag_measured(SECOND);
    assert_eq!(doubts.held_from(&doubt(start)), start + SECOND * 900);
}

#[test]
fn what_is_acknowledged_long_after_the_input_ended_is_given_its_time_to_show() {
    let start = Instant::now();
    let mut doubts = Doubts::new(PATIENCE);
    doubts.input_ended(start);
    // Its lag is not being measured yet: whoever does that has not heard of it.
    doubts.acknowledge(token(0), start + SECOND * 130);
    assert_eq!(doubts.held_from(&doubt(start)), start + SECOND * 250);
}
