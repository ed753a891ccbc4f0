//! How a run ends before its input does: the first reason counts, and everybody hears of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::rate::lock;
use super::retry::End;

/// How urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    /// Go on.
    None,
    /// No new request begins, those in flight finish.
    Soon,
    /// Those in flight are left alone as well.
    Now,
}

/// Shared by everything that may end a run or has to end with it.
#[derive(Clone, Debug)]
pub struct Stop(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    urgency: watch::Sender<Urgency>,
    /// The same in short, for those who ask for every row.
    is_ending: AtomicBool,
    reason: Mutex<Option<End>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(Inner {
            urgency: watch::Sender::new(Urgency::None),
            is_ending: AtomicBool::new(false),
            reason: Mutex::new(None),
        }))
    }
}

impl Stop {
    /// Ends the run: no new request begins. The first reason is kept.
    pub fn end(&self, reason: End) {
        lock(&self.0.reason).get_or_insert(reason);
        self.raise(Urgency::Soon);
    }

    /// Ends the run at once: requests in flight are left in doubt.
    pub fn now(&self, reason: End) {
        lock(&self.0.reason).get_or_insert(reason);
        self.raise(Urgency::Now);
    }

    fn raise(&self, to: Urgency) {
        self.0.is_ending.store(true, Ordering::Release);
        self.0.urgency.send_if_modified(|urgency| {
            let raised = *urgency < to;
            *urgency = (*urgency).max(to);
            raised
        });
    }

    /// Why the run ends; `None` while it goes on.
    pub fn reason(&self) -> Option<End> {
        lock(&self.0.reason).clone()
    }

    /// Whether no new request may begin.
    pub fn is_ending(&self) -> bool {
        self.0.is_ending.load(Ordering::Acquire)
    }

    /// Waits until no new request may begin.
    pub async fn ending(&self) {
        self.reached(Urgency::Soon).await;
    }

    /// Waits until requests in flight are to be left alone.
    pub async fn at_once(&self) {
        self.reached(Urgency::Now).await;
    }

    async fn reached(&self, wanted: Urgency) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self
            .0
            .urgency
            .subscribe()
            .wait_for(|urgency| *urgency >= wanted)
            .await;
    }
}
