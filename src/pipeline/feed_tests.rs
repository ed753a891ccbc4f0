//! However many cores map, the same comes out in the same order.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::super::inputs;
use super::*;
use crate::outcome::Outcome;

const MAPPING: &str = "
name = \"t\"
[response]
data_type = \"nps\"
data_source = \"typeform\"
score = { column = \"score\", required = \"filter\" }
comment = \"comment\"
[response.segments]
shop = \"shop\"
";

/// Every fifth row comes twice, every seventh is filtered, every eleventh has no good score, every thirteenth is ragged.
fn export(rows: u64) -> String {
    let mut text = String::from("id,score,comment,shop\n");
    for row in 0..rows {
        let id = if row % 5 == 4 { row - 1 } else { row };
        let score = match row {
            row if row % 7 == 6 => String::new(),
            row if row % 11 == 10 => "eleven".to_owned(),
            row => (row % 10).to_string(),
        };
        let surplus = if row % 13 == 12 { ",more" } else { "" };
        let _ = writeln!(text, "{id},{score},comment {id},shop {}{surplus}", row % 3);
    }
    text
}

struct Case {
    folder: tempfile::TempDir,
    mapping: Arc<Mapping>,
}

impl Case {
    fn new(key: &str, files: &[u64]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (number, rows) in files.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{number}.csv")), export(*rows)).unwrap();
        }
        let text = format!("{MAPPING}[key]\n{key}\n");
        let mapping = Mapping::parse("t.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        Self {
            folder,
            mapping: Arc::new(mapping),
        }
    }

    fn feed(&self) -> Feed {
        let stop = Stop::default();
        let files: Vec<PathBuf> = vec![self.folder.path().join("*.csv")];
        Feed {
            inputs: inputs::open(&files, &self.mapping, None, &stop, false).unwrap(),
            mapping: Arc::clone(&self.mapping),
            catalogue: None,
            tokens: Some(Tokens::new("https://api.chattermill.com", "acme")),
            shard: None,
            known_failures: None,
            ignore_known: false,
            limit: None,
            preview: 3,
            overview: Some(Overview::new(Timestamp::UNIX_EPOCH)),
            stop,
            tally: Arc::default(),
        }
    }
}

/// What comes out of a feed: responses to be sent, those settled, each as one line, and the rest.
fn fed(feed: Feed, workers: usize) -> (Vec<String>, Vec<String>, Fed) {
    let (work_to, mut work) = mpsc::channel(4);
    let (settled_to, mut settled) = mpsc::channel(16);
    let outlets = Outlets {
        way: Way::Sent(work_to),
        settled: settled_to,
    };
    let feeder = std::thread::spawn(move || feed.run_on(workers, outlets));
    let rejected = std::thread::spawn(move || {
        let mut lines = Vec::new();
        while let Some(one) = settled.blocking_recv() {
            let Outcome::Rejected(why) = one.outcome else {
                panic!("only rejections are settled here");
            };
            let row = &one.ticket.row;
            lines.push(format!("{} {} {why:?}", row.file, row.position.row));
        }
        lines
    });
    let mut lines = Vec::new();
    while let Some(batch) = work.blocking_recv() {
        for one in batch {
            let row = &one.ticket.row;
            let body = String::from_utf8(one.body.to_vec()).unwrap();
            lines.push(format!(
                "{} {} {} {} {body}",
                row.file, row.position.row, one.token, one.payload
            ));
        }
    }
    (lines, rejected.join().unwrap(), feeder.join().unwrap())
}

#[test]
fn any_number_of_workers_gives_the_same_in_the_same_order() {
    for key in ["columns = [\"id\"]", "content = \"cumulative\""] {
        let case = Case::new(key, &[2_000, 3, 700]);
        let (work, rejected, one) = fed(case.feed(), 1);
        assert_eq!(one.rows, 2_703);
        assert_eq!(
            one.rows,
            one.filtered + one.rows_mapped + one.rows_rejected_whole
        );
        assert_eq!(one.responses, (work.len() + rejected.len()) as u64);
        assert!(one.filtered > 300 && one.rows_rejected_whole > 200);
        assert_eq!(one.preview.len(), 3);
        let tokens: HashSet<&str> = work
            .iter()
            .filter_map(|line| line.split(' ').nth(2))
            .collect();
        assert!(tokens.len() < work.len() && tokens.len() > work.len() / 3);
        for workers in [2, 5] {
            let (same_work, same_rejected, other) = fed(case.feed(), workers);
            assert_eq!(same_work, work);
            assert_eq!(same_rejected, rejected);
            assert_eq!(
                (
                    other.rows,
                    other.filtered,
                    other.rows_mapped,
                    other.responses
                ),
                (one.rows, one.filtered, one.rows_mapped, one.responses)
            );
            let paint = crate::report::paint::Paint::new(false);
            let text = |fed: &Fed| fed.overview.as_ref().map(|overview| overview.text(paint));
            assert_eq!(text(&other), text(&one));
            assert_eq!(other.warnings, one.warnings);
            for (shown, expected) in other.preview.iter().zip(&one.preview) {
                assert_eq!((shown.row, &shown.body), (expected.row, &expected.body));
            }
        }
    }
}

#[test]
fn a_limit_ends_the_reading_with_its_last_row() {
    let case = Case::new("columns = [\"id\"]", &[600, 600]);
    for limit in [0, 1, 599, 600, 601, 1_199, 5_000] {
        let feed = Feed {
            limit: Some(limit),
            ..case.feed()
        };
        let (.., result) = fed(feed, 2);
        assert_eq!(result.rows, limit.min(1_200));
        assert_eq!(result.unread, None);
    }
}

#[test]
fn a_shard_counts_the_rows_that_it_takes() {
    let case = Case::new("columns = [\"id\"]", &[3_000]);
    let feed = Feed {
        shard: Some(Shard { number: 1, of: 3 }),
        limit: Some(500),
        ..case.feed()
    };
    let (work, rejected, result) = fed(feed, 2);
    assert_eq!(result.rows, 500);
    assert_eq!(result.responses, (work.len() + rejected.len()) as u64);
}

#[test]
fn after_a_stop_all_that_was_read_is_accounted_for() {
    let case = Case::new("columns = [\"id\"]", &[20_000]);
    let feed = case.feed();
    let stop = feed.stop.clone();
    let (work_to, mut work) = mpsc::channel(1);
    let (settled_to, mut settled) = mpsc::channel(100_000);
    let outlets = Outlets {
        way: Way::Sent(work_to),
        settled: settled_to,
    };
    let feeder = std::thread::spawn(move || feed.run_on(2, outlets));
    let mut count = work.blocking_recv().unwrap().len() as u64;
    stop.end(crate::upload::retry::End::Stopped("enough".to_owned()));
    while let Some(batch) = work.blocking_recv() {
        count += batch.len() as u64;
    }
    while settled.blocking_recv().is_some() {
        count += 1;
    }
    let result = feeder.join().unwrap();
    assert_eq!(result.responses, count);
    // The header is row 1.
    let (_, row) = result.unread.unwrap();
    assert_eq!(row, result.rows + 2);
    assert!(result.rows < 20_000);
}

#[test]
fn a_feeder_whose_results_nobody_takes_ends() {
    let case = Case::new("columns = [\"id\"]", &[20_000]);
    let feed = case.feed();
    let stop = feed.stop.clone();
    let (work_to, work) = mpsc::channel(1);
    let (settled_to, settled) = mpsc::channel(1);
    drop((work, settled));
    let outlets = Outlets {
        way: Way::Sent(work_to),
        settled: settled_to,
    };
    feed.run_on(2, outlets);
    assert!(stop.reason().is_some());
}
