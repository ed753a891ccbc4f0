//! The largest report that can be, and one that has nothing to show.

use super::*;
use crate::ledger::{RunNumber, Target};
use crate::report::aggregates::Uploads;
use crate::upload::Marks;
use crate::upload::timeline::{Answers, LATENCY_BOUNDS};

fn run() -> Run {
    Run {
        number: RunNumber(1),
        id: "2026-11-23T02-15-00Z-7f3a".into(),
        command: "import".into(),
        version: "0.1.0".into(),
        target: Target {
            origin: "https://api.chattermill.com".into(),
            project: "acme".into(),
        },
        scope: Some("nps".into()),
        shard: None,
        mapping: None,
        mapping_hash: None,
        files: vec!["nps.csv".into()],
        started_at: "2026-11-23T02:15:00Z".parse().unwrap(),
        finished_at: None,
        status: None,
        exit_code: None,
        summary: None,
        aggregates: None,
    }
}

fn facts(run: &Run) -> Facts<'_> {
    Facts {
        run,
        summary: Value::Null,
        aggregates: None,
        reasons: BTreeMap::new(),
        mapping: None,
        overrides: Vec::new(),
    }
}

/// Every section is closed, and every picture has a name.
fn check(page: &str) {
    for tag in [
        "section", "table", "tbody", "thead", "tr", "svg", "ul", "main", "p",
    ] {
        let opened =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    assert_eq!(
        page.matches("role=\"img\"><title>").count(),
        page.matches("role=\"img\"").count()
    );
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
}

#[test]
fn the_largest_report_stays_below_300_kb() {
    let mut uploads = Uploads::default();
    let mut day: jiff::civil::Date = "2020-01-01".parse().unwrap();
    for at in 0..1_100 {
        uploads.note(Marks {
            score: Some(f64::from(at) / 8.0),
            day: Some(day),
        });
        day = day.tomorrow().unwrap();
    }
    let column = || (1..=240).collect::<Vec<u32>>();
    let answers = Answers {
        step_s: 21_600,
        created: column(),
        refused: column(),
        wait: column(),
        not_connected: column(),
        doubt: column(),
        other: column(),
        slowest_ms: column(),
        mean_ms: column(),
        latencies: vec![u64::MAX / 1_000; LATENCY_BOUNDS.len() + 1],
    };
    let reason = Reason {
        status: "rejected".into(),
        count: u64::MAX,
        rows: (0..ROWS_NAMED as u64)
            .map(|row| (format!("file-{row}.csv"), row))
            .collect(),
    };
    let run = run();
    let page = render(&Facts {
        summary: serde_json::json!({"rows": 9, "responses": 9, "uploaded": 9, "error": "a <b>\nc"}),
        aggregates: Some(Aggregates {
            uploads,
            answers,
            settings: Vec::new(),
        }),
        reasons: (0..60)
            .map(|code| (format!("http_{code}"), reason.clone()))
            .collect(),
        ..facts(&run)
    });
    check(&page);
    assert!(page.len() < 300_000, "{}", page.len());
    assert!(page.contains("a &lt;b&gt;<br>c"));
}

#[test]
fn a_run_that_left_nothing_is_told_as_such() {
    let run = run();
    let page = render(&facts(&run));
    check(&page);
    assert!(page.contains("not ended yet, or killed"), "{page}");
    let damaged = Answers {
        step_s: 1,
        created: vec![1],
        latencies: vec![1],
        ..Answers::default()
    };
    let aggregates = Aggregates {
        answers: damaged,
        ..Aggregates::default()
    };
    check(&render(&Facts {
        aggregates: Some(aggregates),
        ..facts(&run)
    }));
}

#[test]
fn rows_are_named_by_file() {
    let named = [
        ("a.csv".to_owned(), 2),
        ("a.csv".to_owned(), 5),
        ("b.csv".to_owned(), 2),
    ];
    assert_eq!(rows(&named, 3), "a.csv row 2, 5; b.csv row 2");
    assert_eq!(rows(&named[..1], 9), "a.csv row 2 …");
}
