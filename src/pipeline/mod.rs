//! One straight way: read and map on a thread, deliver on the runtime, account for everything on another thread.

pub mod account;
mod batches;
mod changed;
pub mod compare;
mod contents;
pub mod fed;
pub mod feed;
mod fields;
mod hashes;
pub mod identify;
pub mod inputs;
pub mod known_failures;
mod lanes;
pub mod loaded_before;
pub mod logbook;
mod mapped;
mod ordered;
mod recalled;
pub mod run;
pub mod sample;
pub mod seen;
mod unsent;
mod unused;
mod wanted;
