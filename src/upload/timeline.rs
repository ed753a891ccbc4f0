//! What the API answered, and how quickly, over the time of a run: counted by atomics alone, in bounded memory.
//!
//! How long a run will take is not known before its end, so each answer is counted at several resolutions at once; the
//! finest that holds the whole run is the one that is told.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::api::answer::Meaning;

/// So many moments at each resolution.
const MOMENTS: usize = 240;

/// How long a moment is, in seconds: the coarsest holds 60 days, and its last moment whatever comes later.
const STEPS: [u32; 6] = [1, 10, 60, 600, 3_600, 21_600];

/// Upper bounds of latencies in milliseconds; what is longer goes beyond the last.
pub const LATENCY_BOUNDS: [u32; 15] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000,
];

/// So many kinds of answers.
const KINDS: usize = 6;

/// Counts while a run goes on.
#[derive(Debug)]
pub struct Timeline {
    started: Instant,
    levels: Vec<Vec<Moment>>,
    latencies: [AtomicU64; LATENCY_BOUNDS.len() + 1],
}

#[derive(Debug, Default)]
struct Moment {
    answers: [AtomicU32; KINDS],
    /// Microseconds of all its requests together, and of the slowest.
    sum: AtomicU64,
    slowest: AtomicU64,
}

/// What was counted, one entry a moment: answers to POSTs and PUTs by what they mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// How long a moment is.
    pub step_s: u32,
    /// Created, or brought up to date.
    pub created: Vec<u32>,
    /// Refused for good.
    pub refused: Vec<u32>,
    /// Asked to wait.
    pub wait: Vec<u32>,
    /// Nothing answered.
    pub not_connected: Vec<u32>,
    /// Perhaps created.
    pub doubt: Vec<u32>,
    /// The key or the project may be refused, or it was not the API.
    pub other: Vec<u32>,
    /// The slowest request that ended in the moment, in milliseconds.
    pub slowest_ms: Vec<u32>,
    /// The mean of those that ended in the moment, likewise.
    pub mean_ms: Vec<u32>,
    /// Requests by how long they took, by [`LATENCY_BOUNDS`].
    pub latencies: Vec<u64>,
}

impl Timeline {
    /// A timeline that begins now.
    pub fn new() -> Self {
        let level = || {
            std::iter::repeat_with(Moment::default)
                .take(MOMENTS)
                .collect()
        };
        Self {
            started: Instant::now(),
            levels: STEPS.iter().map(|_| level()).collect(),
            latencies: Default::default(),
        }
    }

    /// Notes the answer to a request that began then and has just ended.
    pub(super) fn note(&self, meaning: &Meaning, began: Instant) {
        let now = Instant::now();
        self.count(
            kind(meaning),
            now.saturating_duration_since(began),
            now.saturating_duration_since(self.started),
        );
    }

    fn count(&self, kind: usize, took: Duration, at: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        // The last resolution takes everything: what comes after its end is counted there.
        for (step, level) in STEPS.iter().zip(&self.levels) {
            let last = *step == STEPS[STEPS.len() - 1];
            let index = usize::try_from(at.as_secs() / u64::from(*step)).unwrap_or(usize::MAX);
            let index = if last { index.min(MOMENTS - 1) } else { index };
            let Some(moment) = level.get(index) else {
                continue;
            };
            moment.answers[kind].fetch_add(1, Ordering::Relaxed);
            moment.sum.fetch_add(micros, Ordering::Relaxed);
            moment.slowest.fetch_max(micros, Ordering::Relaxed);
        }
        let bucket = LATENCY_BOUNDS.partition_point(|bound| u64::from(*bound) * 1_000 < micros);
        self.latencies[bucket].fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub fn answers(&self) -> Answers {
        self.answers_until(self.started.elapsed())
    }

    fn answers_until(&self, elapsed: Duration) -> Answers {
        let moments_of = |step: u32| {
            usize::try_from(elapsed.as_secs() / u64::from(step)).map_or(usize::MAX, |last| last + 1)
        };
        let level = STEPS
            .iter()
            .position(|step| moments_of(*step) <= MOMENTS)
            .unwrap_or(STEPS.len() - 1);
        let count = moments_of(STEPS[level]).min(MOMENTS);
        let mut told = Answers {
            step_s: STEPS[level],
            latencies: self
                .latencies
                .iter()
                .map(|one| one.load(Ordering::Relaxed))
                .collect(),
            ..Answers::default()
        };
        for moment in &self.levels[level][..count] {
            let answers = moment
                .answers
                .each_ref()
                .map(|one| one.load(Ordering::Relaxed));
            let all: u64 = answers.iter().map(|one| u64::from(*one)).sum();
            for (column, count) in told.columns_mut().into_iter().zip(answers) {
                column.push(count);
            }
            let sum = moment.sum.load(Ordering::Relaxed);
            told.mean_ms.push(millis(sum.checked_div(all).unwrap_or(0)));
            told.slowest_ms
                .push(millis(moment.slowest.load(Ordering::Relaxed)));
        }
        told
    }
}

impl Default for Timeline {
    fn default() -> Self {
        Self::new()
    }
}

impl Answers {
    /// In the order of [`kind`].
    fn columns_mut(&mut self) -> [&mut Vec<u32>; KINDS] {
        [
            &mut self.created,
            &mut self.refused,
            &mut self.wait,
            &mut self.not_connected,
            &mut self.doubt,
            &mut self.other,
        ]
    }

    /// All answers, each kind with its name, one entry a moment.
    pub fn kinds(&self) -> [(&'static str, &[u32]); KINDS] {
        [
            ("created or updated", &self.created),
            ("refused", &self.refused),
            ("asked to wait", &self.wait),
            ("no connection", &self.not_connected),
            ("unclear", &self.doubt),
            ("key, project or redirect", &self.other),
        ]
    }

    /// So many moments.
    pub fn len(&self) -> usize {
        self.created.len()
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.latencies.iter().all(|count| *count == 0)
    }

    /// The bound in milliseconds below which such a share (0 to 1) of the requests stayed; `None` beyond the last bound,
    /// or where there were none.
    pub fn within(&self, share: f64) -> Option<u32> {
        let all: u64 = self.latencies.iter().sum();
        let wanted = all as f64 * share;
        let mut sum = 0;
        for (bound, count) in LATENCY_BOUNDS.iter().zip(&self.latencies) {
            sum += count;
            if all > 0 && sum as f64 >= wanted {
                return Some(*bound);
            }
        }
        None
    }
}

fn kind(meaning: &Meaning) -> usize {
    match meaning {
        Meaning::Created(_) => 0,
        Meaning::Refused { .. } => 1,
        Meaning::Wait(_) => 2,
        Meaning::NotConnected(_) => 3,
        Meaning::Doubt { .. } => 4,
        Meaning::RowOrRun { .. } | Meaning::Elsewhere(_) => 5,
    }
}

fn millis(micros: u64) -> u32 {
    u32::try_from(micros.div_ceil(1_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_finest_resolution_that_holds_the_run_is_told() {
        let timeline = Timeline::new();
        let seconds = Duration::from_secs;
        timeline.count(0, Duration::from_millis(3), seconds(0));
        timeline.count(2, Duration::from_millis(30), seconds(9));
        let told = timeline.answers_until(seconds(9));
        assert_eq!((told.step_s, told.len()), (1, 10));
        assert_eq!((told.created[0], told.wait[9]), (1, 1));
        assert_eq!((told.slowest_ms[9], told.mean_ms[0]), (30, 3));
        let told = timeline.answers_until(seconds(240));
        assert_eq!((told.step_s, told.len()), (10, 25));
        assert_eq!((told.created[0], told.wait[0]), (1, 1));
        assert_eq!((told.slowest_ms[0], told.mean_ms[0]), (30, 17));
        assert_eq!(told.within(0.5), Some(5));
        assert_eq!(told.within(0.95), Some(50));
        assert_eq!(Answers::default().within(0.5), None);
    }

    proptest! {
        #[test]
        fn no_answer_is_lost(answers in prop::collection::vec((0..KINDS, 0u64..100_000_000, 0u64..20_000_000), 0..50)) {
            let timeline = Timeline::new();
            let last = answers.iter().map(|one| one.2).max().unwrap_or(0);
            for (kind, micros, second) in &answers {
                timeline.count(*kind, Duration::from_micros(*micros), Duration::from_secs(*second));
            }
            let told = timeline.answers_until(Duration::from_secs(last));
            prop_assert!(told.len() <= MOMENTS);
            let counted: u64 = told.kinds().iter().flat_map(|(_, column)| *column).map(|one| u64::from(*one)).sum();
            prop_assert_eq!(counted, answers.len() as u64);
            prop_assert_eq!(told.latencies.iter().sum::<u64>(), answers.len() as u64);
            let text = serde_json::to_string(&told).unwrap();
            prop_assert_eq!(serde_json::from_str::<Answers>(&text).unwrap(), told);
        }
    }
}
