//! The settings that held in a run, for its report: no secrets, and nothing that the ledger has of the run anyway.

use std::time::Duration;

use crate::cli::{DeliveryArgs, InputArgs};
use crate::mapping::OnChange;
use crate::pipeline::account::MaxFailures;
use crate::upload::Delivery;
use crate::upload::rate::Rate;
use crate::upload::retry::human;

/// Names as on the command line, with their values.
pub fn settings(
    delivery: &Delivery,
    options: &DeliveryArgs,
    input: &InputArgs,
) -> Vec<(String, String)> {
    let yes = |set: bool| set.then(|| "yes".to_owned());
    let time = |time: Duration| Some(human(time));
    let listed = [
        ("rate", Some(rate(delivery.rate))),
        ("concurrency", Some(delivery.concurrency.to_string())),
        ("timeout", time(delivery.timeout)),
        ("max-attempts", Some(delivery.max_attempts.to_string())),
        ("max-wait", time(delivery.limits.max_wait)),
        ("give-up-after", time(delivery.limits.give_up_after)),
        ("settle", time(delivery.settle)),
        ("max-failures", options.max_failures.map(most)),
        ("on-change", Some(on_change(delivery.on_change).to_owned())),
        ("reapply", yes(delivery.reapply)),
        ("expect-changes", yes(delivery.expect_changes)),
        ("probe", yes(delivery.probe)),
        ("limit", input.limit.map(|rows| rows.to_string())),
        ("format", input.layout.format.clone()),
        ("encoding", input.layout.encoding.clone()),
        ("sheet", input.layout.sheet.clone()),
        ("records", input.layout.records.clone()),
    ];
    let set = listed.into_iter();
    set.filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

fn rate(rate: Rate) -> String {
    match rate {
        Rate::Auto { start: None } => "auto".to_owned(),
        Rate::Auto { start: Some(start) } => format!("auto, from {:.1}/s", start.rate),
        Rate::Unlimited => "unlimited".to_owned(),
        Rate::Fixed { count, per } => format!("{count} in {}", human(per)),
    }
}

fn most(most: MaxFailures) -> String {
    match most {
        MaxFailures::Count(count) => count.to_string(),
        MaxFailures::Percent(percent) => format!("{percent}%"),
    }
}

fn on_change(on_change: OnChange) -> &'static str {
    match on_change {
        OnChange::Skip => "skip",
        OnChange::Update => "update",
        OnChange::Fail => "fail",
    }
}
