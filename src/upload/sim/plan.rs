//! What a seed stands for: the rows, the server's ways, and when the client is killed.

use std::time::Duration;

use crate::mapping::OnChange;
use crate::upload::dice::Dice;
use crate::upload::rate::Rate;

/// How search behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    Works,
    Substring,
    IgnoresFilter,
    IgnoresPage,
    Empty,
    Mangles,
    Broken,
}

/// How a run of the client ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// By itself.
    Whole,
    /// Killed.
    Killed(Duration),
    /// Ctrl-C once.
    Stopped(Duration),
    /// Ctrl-C twice.
    StoppedNow(Duration),
}

/// All of it.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that chance decides"
)]
pub(super) struct Plan {
    pub(super) rows: usize,
    /// Rows whose key is that of an earlier row.
    pub(super) repeats: usize,
    /// A share of the rows that the API refuses.
    pub(super) bad: f64,
    /// A share of the rows whose content is another in each later run.
    pub(super) changing: f64,
    pub(super) on_change: OnChange,
    pub(super) slow_input: bool,
    pub(super) concurrency: usize,
    pub(super) rate: Rate,
    pub(super) search: Search,
    /// How likely each fault strikes a POST, and in all the other calls.
    pub(super) faults: f64,
    pub(super) other_faults: f64,
    pub(super) latency: Duration,
    pub(super) lag: Duration,
    /// From when on search's lag is another.
    pub(super) lag_changes: Option<(Duration, Duration)>,
    pub(super) late: Duration,
    /// Nothing that search's lag, which at most doubles, and is below twice the settle time, or a late creation can hide: not one double is allowed.
    pub(super) tame: bool,
    /// From when to when no POST has a clear answer.
    pub(super) outage: Option<(Duration, Duration)>,
    /// Requests a second, and what they become after some time.
    pub(super) quota: Option<(f64, Duration, f64)>,
    pub(super) endings: Vec<Ending>,
    pub(super) probe: bool,
    /// How many leave together; `None`: as the pace demands.
    pub(super) together: Option<usize>,
    /// Over the real ledger, which is slower.
    pub(super) ledger: bool,
}

impl Plan {
    /// A server without a fault, a client that is not disturbed.
    pub(super) fn plain(rows: usize) -> Self {
        Self {
            rows,
            repeats: 0,
            bad: 0.0,
            changing: 0.0,
            on_change: OnChange::Skip,
            slow_input: false,
            concurrency: 8,
            rate: Rate::Unlimited,
            search: Search::Works,
            faults: 0.0,
            other_faults: 0.0,
            latency: Duration::from_millis(100),
            lag: Duration::from_secs(1),
            lag_changes: None,
            late: Duration::ZERO,
            tame: true,
            outage: None,
            quota: None,
            endings: Vec::new(),
            probe: false,
            together: None,
            ledger: false,
        }
    }

    pub(super) fn of(seed: u64) -> Self {
        let dice = Dice::new(seed ^ 0x5eed);
        let below = |most: u64| usize::try_from(dice.throw() % most).unwrap_or(0);
        let often = |share: f64| dice.unit() < share;
        let seconds = |most: f64| Duration::from_secs_f64(dice.unit() * most);
        let tame = often(0.6);
        let rows = 12 + below(36);
        let search = match below(20) {
            0 => Search::Substring,
            1 => Search::IgnoresFilter,
            2 => Search::IgnoresPage,
            3 => Search::Empty,
            4 => Search::Mangles,
            5 => Search::Broken,
            _ => Search::Works,
        };
        let rate = match below(5) {
            0 => Rate::Auto { start: None },
            1 => Rate::Fixed {
                count: std::num::NonZeroU32::MIN
                    .saturating_add(u32::try_from(below(30)).unwrap_or(0)),
                per: Duration::from_secs(1),
            },
            _ => Rate::Unlimited,
        };
        let endings = (0..below(4))
            .map(|_| match below(4) {
                0 => Ending::Stopped(seconds(20.0)),
                1 => Ending::StoppedNow(seconds(20.0)),
                _ => Ending::Killed(if often(0.7) {
                    seconds(3.0)
                } else {
                    seconds(60.0)
                }),
            })
            .chain([Ending::Whole])
            .collect();
        let mut plan = Self {
            rows,
            repeats: if often(0.5) { below(8) } else { 0 },
            bad: if often(0.3) { 0.1 } else { 0.0 },
            changing: if often(0.5) { 0.3 } else { 0.0 },
            on_change: [OnChange::Skip, OnChange::Update, OnChange::Fail][below(3)],
            slow_input: often(0.3),
            concurrency: [1, 2, 4, 8, 32][below(5)],
            rate,
            search,
            faults: [0.0, 0.05, 0.2, 0.5][below(4)],
            other_faults: [0.0, 0.0, 0.1, 0.3][below(4)],
            latency: Duration::from_millis(10 + below(400) as u64),
            lag: seconds(if tame { 15.0 } else { 40.0 }),
            lag_changes: None,
            late: if tame {
                Duration::from_secs(3)
            } else {
                seconds(200.0)
            },
            tame,
            outage: often(0.2).then(|| {
                let from = seconds(5.0);
                (from, from + seconds(if tame { 60.0 } else { 1_200.0 }))
            }),
            quota: often(0.3).then(|| {
                (
                    2.0 + dice.unit() * 40.0,
                    seconds(20.0),
                    2.0 + dice.unit() * 20.0,
                )
            }),
            endings,
            probe: often(0.1),
            together: [None, Some(2), Some(5), Some(16)][below(4)],
            ledger: seed.is_multiple_of(20),
        };
        // Thrown last, so that what a seed stood for before it still stands for.
        plan.lag_changes = often(0.3).then(|| {
            let most = if tame {
                // Beyond twice the settle time a probe may be sent too early.
                (plan.lag.as_secs_f64() * 2.0).min(15.0)
            } else {
                55.0
            };
            (seconds(60.0), seconds(most))
        });
        plan
    }
}
