//! Nights without anybody watching: the jobs of `chatterload.toml`, and what is left behind to see how they went.
//!
//! | module | role |
//! |---|---|
//! | [`config`], `parse`, [`options`], [`pattern`] | the file as types; the options of `import` as keys; inputs with dates in them |
//! | [`complete`] | a command line, completed by `[api]` and `[defaults]` |
//! | [`due`], [`after`] | which files are to be loaded now, and where they go afterwards |
//! | [`lock`] | one `run` of a config at a time |
//! | [`history`], [`metrics`] | evidence: a line a job and run, figures for a monitoring system |
//! | [`notify`], [`tell`] | who is told, and of what |

pub mod after;
pub mod complete;
pub mod config;
pub mod due;
pub mod history;
pub mod lock;
pub mod metrics;
pub mod notify;
pub mod options;
mod parse;
pub mod pattern;
pub mod tell;
#[cfg(test)]
mod tests;

pub use config::{Config, Event, Job, OnMissing};
