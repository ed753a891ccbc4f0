//! A pause for all, and how many answers in a row asked for one.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::lock;

/// A pause for all: set by an answer that asks for it, obeyed before every request.
pub struct Pause {
    until: watch::Sender<Option<Instant>>,
    asked: Mutex<Asked>,
}

/// The answers that asked to wait, since the last that did not.
#[derive(Default)]
struct Asked {
    in_a_row: u32,
    last: Option<Instant>,
}

impl Default for Pause {
    fn default() -> Self {
        Self {
            until: watch::Sender::new(None),
            asked: Mutex::default(),
        }
    }
}

impl Pause {
    /// Nothing begins before `until`; a pause is never made shorter.
    pub fn extend(&self, until: Instant) {
        self.until.send_if_modified(|now| {
            let longer = now.is_none_or(|now| now < until);
            if longer {
                *now = Some(until);
            }
            longer
        });
    }

    /// How long the pause still lasts; `None` outside a pause.
    pub fn left(&self) -> Option<Duration> {
        let until = (*self.until.borrow())?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Waits until there is no pause.
    pub async fn over(&self) {
        while let Some(left) = self.left() {
            tokio::time::sleep(left).await;
        }
    }

    /// Counts an answer that asked to wait and returns how many came in a row, this one included. Answers to requests
    /// that began before the last such answer say nothing new.
    pub fn asked(&self, began: Instant) -> u32 {
        let mut asked = lock(&self.asked);
        if asked.last.is_none_or(|last| began >= last) {
            asked.in_a_row += 1;
            asked.last = Some(Instant::now());
        }
        asked.in_a_row
    }

    /// An answer came that did not ask to wait.
    pub fn answered(&self) {
        lock(&self.asked).in_a_row = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_obeyed_and_never_shortened() {
        let pause = Pause::default();
        let start = Instant::now();
        pause.extend(start + Duration::from_secs(20));
        pause.extend(start + Duration::from_secs(5));
        pause.over().await;
        assert!(start.elapsed() >= Duration::from_secs(20));
        assert_eq!(pause.left(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_from_before_a_pause_count_once() {
        let pause = Pause::default();
        let began = Instant::now();
        tokio::time::advance(Duration::from_millis(5)).await;
        assert_eq!(pause.asked(began), 1);
        assert_eq!(pause.asked(began), 1);
        assert_eq!(pause.asked(Instant::now()), 2);
        pause.answered();
        assert_eq!(pause.asked(Instant::now()), 1);
    }
}
