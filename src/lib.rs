//! chatterload loads customer feedback in bulk into Chattermill: exactly once, or told so.
pub mod error;
pub mod failures;
pub mod identity;
pub mod mapping;
pub mod outcome;
pub mod read;
pub mod record;
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
