//! What a run tells people and scripts: the reasons, the summary, the preview of a check, the progress.

pub mod aggregates;
pub mod diff;
pub mod html;
pub mod overview;
pub mod paint;
pub mod preview;
pub mod progress;
pub mod reasons;
pub mod summary;
#[cfg(test)]
mod tests;
mod text;

pub use diff::Diff;
pub use overview::Overview;
pub use preview::Shown;
pub use progress::{Meter, Progress, Screen, Snapshot};
pub use reasons::{Reason, Reasons, Sample};
pub use summary::{About, Status, Summary, Traffic, Unread};
