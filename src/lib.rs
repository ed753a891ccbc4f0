//! chatterload loads customer feedback in bulk into Chattermill: exactly once, or told so.
pub mod api;
pub mod catalogue;
pub mod error;
pub mod failures;
pub mod identity;
pub mod ledger;
pub mod logging;
pub mod mapping;
pub mod outcome;
pub mod pipeline;
pub mod read;
pub mod record;
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod upload;
pub mod validate;
