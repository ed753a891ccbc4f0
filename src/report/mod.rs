//! What a run tells people and scripts: the reasons, the summary, the preview of a check, the progress.

pub mod preview;
pub mod progress;
pub mod reasons;
pub mod summary;

pub use reasons::{Reason, Reasons, Sample};
pub use summary::{About, Status, Summary, Traffic, Unread};
