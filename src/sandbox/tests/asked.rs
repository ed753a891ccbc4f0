//! Faults, quotas and search modes as people ask for them.

use std::time::Duration;

use proptest::prelude::*;

use super::super::quota::Meter;
use super::super::{Call, Fault, Faults, Kind, Quota, SearchMode};

#[test]
fn every_fault_is_asked_for_by_its_name() {
    for kind in Kind::all() {
        let faults: Faults = format!("{}=100%", kind.name()).parse().unwrap();
        let struck = faults.draw(7, Call::Post, 3).unwrap();
        assert_eq!(struck.kind, kind);
        assert!(faults.draw(7, Call::Get, 3).is_none());
    }
}

#[test]
fn the_guide_has_every_fault_and_whether_it_creates() {
    let guide = include_str!("../../../docs/sandbox.md");
    for kind in Kind::all() {
        let row = guide
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", kind.name())))
            .unwrap_or_else(|| panic!("the guide lacks {}", kind.name()));
        let creates = row.rsplit('|').nth(1).unwrap().trim().starts_with("yes");
        assert_eq!(creates, kind.acts(), "{row}");
    }
}

#[test]
fn a_fault_may_name_its_call_and_a_duration() {
    assert_eq!(
        "search:slow=2.5%:300ms".parse::<Fault>().unwrap(),
        Fault {
            call: Call::Search,
            kind: Kind::Slow,
            probability: 0.025,
            delay: Duration::from_millis(300),
        }
    );
    assert_eq!(
        "429=1%".parse::<Fault>().unwrap().delay,
        Duration::from_secs(1)
    );
}

#[test]
fn a_mistake_is_answered_with_what_would_be_right() {
    let refused = |text: &str| text.parse::<Faults>().unwrap_err();
    let unknown = refused("drop-afer=10%");
    assert!(unknown.contains("'drop-afer' (did you mean 'drop-after'?)"));
    assert!(unknown.contains("429-bare"), "{unknown}");
    assert!(refused("429").contains("429=10%"));
    assert!(refused("429=10").contains("0% to 100%"));
    assert!(refused("429=101%").contains("0% to 100%"));
    assert!(refused("429=-1%").contains("0% to 100%"));
    assert!(refused("serch:429=1%").contains("did you mean 'search'?"));
    assert!(refused("delete:late=1%").contains("POSTs only"));
    assert!(refused("409=1%:3s").contains("takes no duration"));
    assert!(refused("slow=1%:3x").contains("500ms, 30s or 5m"));
    assert!(refused("429-date=1%:9e9h").contains("500ms, 30s or 5m"));
    assert!(refused("429-date=1%:99999h").contains("500ms, 30s or 5m"));
    assert!(refused("429=60%,503=50%").contains("add up to 110%"));
}

#[test]
fn faults_of_several_options_are_put_together() {
    let parse = |text: &str| text.parse::<Faults>().unwrap();
    let both = Faults::merge([parse("429=50%"), parse("get:500=100%")]).unwrap();
    assert_eq!(both.draw(0, Call::Get, 0).unwrap().kind, Kind::Internal);
    assert!(Faults::merge([parse("429=60%"), parse("503=60%")]).is_err());
    // Ten times ten percent is not quite one in binary.
    let tenths = Faults::merge(std::iter::repeat_n(parse("500=10%"), 10)).unwrap();
    assert!((0..1000).all(|number| tenths.draw(1, Call::Post, number).is_some()));
}

#[test]
fn a_fault_strikes_as_often_as_asked_and_the_same_requests_again() {
    let faults: Faults = "429=10%,drop-after=5%".parse().unwrap();
    let struck = |seed| -> Vec<Option<Kind>> {
        (0..10_000)
            .map(|number| {
                faults
                    .draw(seed, Call::Post, number)
                    .map(|fault| fault.kind)
            })
            .collect()
    };
    let first = struck(42);
    assert_eq!(first, struck(42));
    assert_ne!(first, struck(43));
    let count = |kind| first.iter().filter(|each| **each == Some(kind)).count();
    assert!((900..1100).contains(&count(Kind::TooMany)));
    assert!((400..600).contains(&count(Kind::DropAfter)));
}

#[test]
fn search_modes_have_names() {
    assert_eq!("substring".parse(), Ok(SearchMode::Substring));
    let refused = "ignore-filter".parse::<SearchMode>().unwrap_err();
    assert!(refused.contains("did you mean 'ignores-filter'?"));
}

#[test]
fn a_quota_refills_and_changes_when_told() {
    let at = Duration::from_millis;
    let mut meter = Meter::new("2/s,1/s@10s".parse().unwrap());
    assert_eq!(meter.admit(at(0)), Ok(()));
    assert_eq!(meter.admit(at(0)), Ok(()));
    assert_eq!(meter.admit(at(0)), Err(at(500)));
    assert_eq!(meter.admit(at(500)), Ok(()));
    assert_eq!(meter.admit(at(10_000)), Ok(()));
    assert_eq!(meter.admit(at(10_000)), Err(at(1000)));
}

#[test]
fn quotas_that_make_no_sense_are_refused() {
    for text in ["20", "20/d", "0/s", "-1/s", "x/s", ""] {
        let refused = text.parse::<Quota>().unwrap_err();
        assert!(refused.contains("20/s"), "{text}: {refused}");
    }
    assert!("20/s,5/s".parse::<Quota>().unwrap_err().contains("5/s@30s"));
    let disorder = "20/s,5/s@30s,9/s@10s".parse::<Quota>().unwrap_err();
    assert!(disorder.contains("out of order"));
}

proptest! {
    #[test]
    fn a_quota_lets_in_a_bucket_and_its_refill_and_no_more(
        gaps in prop::collection::vec(0_u64..200, 1..300),
        limit in 1_u32..50,
    ) {
        let mut meter = Meter::new(format!("{limit}/s").parse().unwrap());
        let mut now = 0;
        let mut admitted = 0_u32;
        for gap in gaps {
            now += gap;
            admitted += u32::from(meter.admit(Duration::from_millis(now)).is_ok());
        }
        let most = f64::from(limit) * (1.0 + Duration::from_millis(now).as_secs_f64());
        prop_assert!(f64::from(admitted) <= most + 1e-6);
    }
}
