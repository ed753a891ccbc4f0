//! The hidden quota: how many requests the stand-in takes in, and when that changes.

use std::str::FromStr;
use std::time::Duration;

use crate::outcome::quote;
use crate::units::parse_duration;

/// So many requests a period. Up to one period's worth may come at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    requests: u32,
    period: Duration,
}

impl Limit {
    fn per_second(self) -> f64 {
        f64::from(self.requests) / self.period.as_secs_f64()
    }
}

impl FromStr for Limit {
    type Err = String;

    /// `20/s`, `600/m` or `1000/h`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.trim().split_once('/').and_then(|(requests, unit)| {
            let period = match unit.trim() {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => return None,
            };
            let requests = requests.trim().parse().ok().filter(|count| *count > 0)?;
            Some(Self {
                requests,
                period: Duration::from_secs(period),
            })
        });
        parsed.ok_or_else(|| {
            format!(
                "{} is not a quota: write N/s, N/m or N/h, such as 20/s",
                quote(text)
            )
        })
    }
}

/// A limit, and what it becomes later.
#[derive(Clone, Debug, PartialEq)]
pub struct Quota {
    first: Limit,
    changes: Vec<(Duration, Limit)>,
}

impl Quota {
    /// The limit that holds at a time since the sandbox started.
    fn at(&self, now: Duration) -> Limit {
        self.changes
            .iter()
            .rev()
            .find(|(from, _)| *from <= now)
            .map_or(self.first, |(_, limit)| *limit)
    }
}

impl FromStr for Quota {
    type Err = String;

    /// `20/s`, or with changes at times since the start: `20/s,5/s@30s,50/s@2m`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let first = parts.next().unwrap_or_default().parse()?;
        let mut changes = Vec::new();
        for part in parts {
            let (limit, from) = part.split_once('@').ok_or_else(|| {
                format!(
                    "{} says not from when on: write N/s@DURATION, such as 5/s@30s",
                    quote(part)
                )
            })?;
            let from = parse_duration(from)?;
            if changes.last().is_some_and(|(last, _)| *last >= from) {
                return Err(format!("the change {} is out of order", quote(part)));
            }
            changes.push((from, limit.parse()?));
        }
        Ok(Self { first, changes })
    }
}

/// A quota at work: a bucket of tokens.
#[derive(Debug)]
pub(super) struct Meter {
    quota: Quota,
    limit: Limit,
    tokens: f64,
    filled: Duration,
}

impl Meter {
    /// A full bucket.
    pub(super) fn new(quota: Quota) -> Self {
        let limit = quota.at(Duration::ZERO);
        Self {
            quota,
            limit,
            tokens: f64::from(limit.requests),
            filled: Duration::ZERO,
        }
    }

    /// Takes one request in, or says how long until there is room for it.
    pub(super) fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        let limit = self.quota.at(now);
        let gained = now.saturating_sub(self.filled).as_secs_f64() * self.limit.per_second();
        self.tokens = (self.tokens + gained).min(f64::from(limit.requests));
        self.limit = limit;
        self.filled = self.filled.max(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64(
                (1.0 - self.tokens) / limit.per_second(),
            ))
        }
    }
}
