//! chatterload loads customer feedback in bulk into Chattermill: exactly once, or told so.
//!
//! Data flows one way, and imports point one way: a stage knows the types it receives, never the stage after it.
//!
//! ```text
//! bytes ─► read ─► mapping ─► validate ─► upload ─► outcome ─► failures file, report
//!                                │          │
//!                            catalogue ◄── api
//! ```
//!
//! | module | role |
//! |---|---|
//! | [`record`], [`outcome`], [`identity`] | the words of the trade: rows and responses, what becomes of them, what makes them themselves |
//! | [`error`], [`secret`], [`units`] | errors by who must act, with their exit codes; the key that never prints; durations and rates as people write them |
//! | [`read`] | from bytes to rows |
//! | [`mapping`] | from rows to responses |
//! | [`inspect`], [`draft`] | what is in a file; a mapping drafted from what its columns prove |
//! | [`catalogue`], [`validate`] | what the project takes; a mapped response to a valid one, or a rejection |
//! | [`api`] | the client: one request in, what was seen of it out, and what that means |
//! | [`upload`] | the engine: rate, pause, requests in flight, doubt |
//! | [`pipeline`] | the stages side by side: feeder, engine, account |
//! | [`ledger`] | the durable book of what is known of each response |
//! | [`revisit`] | going back to what was uploaded: undo, verify, rebuild |
//! | [`failures`], [`report`] | the failures file; summary, preview and progress |
//! | [`jobs`] | nights without anybody watching: `chatterload.toml`, what is due, evidence, notification |
//! | [`cli`], [`settings`], [`console`], [`logging`], [`commands`] | clap's types; plain settings; where words go; one file a command |
//! | `sandbox` | the API's stand-in and its faults |

pub mod api;
pub mod catalogue;
pub mod cli;
pub mod commands;
pub mod console;
pub mod draft;
pub mod error;
pub mod failures;
pub mod identity;
pub mod inspect;
pub mod jobs;
pub mod ledger;
pub mod logging;
pub mod mapping;
pub mod outcome;
pub mod panics;
pub mod pipeline;
pub mod read;
pub mod record;
pub mod report;
pub mod revisit;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod secret;
pub mod settings;
pub mod units;
pub mod upload;
pub mod validate;
