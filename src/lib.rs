//! chatterload loads customer feedback in bulk into Chattermill: exactly once, or told so.
pub mod api;
pub mod catalogue;
pub mod draft;
pub mod error;
pub mod identity;
pub mod inspect;
pub mod mapping;
pub mod outcome;
pub mod read;
pub mod record;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod upload;
pub mod validate;
