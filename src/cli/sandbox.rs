//! `sandbox`: the stand-in of the API.

use std::time::Duration;

use clap::Args;

use crate::units::parse_duration;

/// Options of `sandbox`.
#[derive(Clone, Debug, Args)]
pub struct SandboxArgs {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// What goes wrong and how often, such as 429=10%,drop-after=5% (docs/sandbox.md lists all)
    #[arg(long = "fault", value_name = "[CALL:]KIND=PERCENT%[:DURATION]")]
    pub faults: Vec<crate::sandbox::Faults>,
    /// Chooses which requests are struck
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Hidden quota, such as 20/s, or 20/s,5/s@30s
    #[arg(long, value_name = "QUOTA")]
    pub quota: Option<crate::sandbox::Quota>,
    /// Leave Retry-After out of a 429 over the quota
    #[arg(long)]
    pub bare_quota: bool,
    /// How long every request takes
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "0s")]
    pub latency: Duration,
    /// How long a fresh response is not found by search
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "1s")]
    pub search_lag: Duration,
    /// How search behaves: ok, substring, ignores-filter, empty or broken
    #[arg(long, value_name = "MODE", default_value = "ok")]
    pub search: crate::sandbox::SearchMode,
}
