//! The steps between a cell and what is posted, one file each.

pub mod bucket;
pub mod dates;
pub mod fixed;
pub mod lookup;
pub mod numbers;
mod offsets;
pub mod replacement;
pub mod swapped;
pub mod text;
pub mod zones;
