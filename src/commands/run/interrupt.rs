//! Ctrl-C and SIGTERM over all jobs: the job at work ends as `import` does, whatever it is about just then, and the next
//! is not begun.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Runtime;

use crate::commands::signals::Signals;
use crate::console::Console;
use crate::upload::retry::End;
use crate::upload::stop::Stop;

/// Whether somebody ended the run, and what is at work.
#[derive(Default)]
pub struct Interrupt {
    is_set: AtomicBool,
    at_work: Mutex<Stop>,
}

impl Interrupt {
    /// Listens from now on.
    pub fn listen(this: &Arc<Self>, runtime: &Runtime, console: &Console) {
        let this = Arc::clone(this);
        let mut signals = Signals::of(console);
        runtime.spawn(async move {
            signals.next().await;
            this.set();
        });
    }

    /// Whether somebody ended the run.
    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::SeqCst)
    }

    /// What ends the job that begins now.
    pub fn next(&self) -> Stop {
        let stop = Stop::default();
        *self.at_work.lock().unwrap_or_else(PoisonError::into_inner) = stop.clone();
        // It may have come between the last look and this.
        if self.is_set() {
            end(&stop);
        }
        stop
    }

    fn set(&self) {
        self.is_set.store(true, Ordering::SeqCst);
        end(&self.at_work.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn end(stop: &Stop) {
    stop.end(End::Stopped("interrupted".to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_ends_what_is_at_work_and_what_comes_after() {
        let interrupt = Interrupt::default();
        let (first, second) = (interrupt.next(), interrupt.next());
        assert!(!interrupt.is_set());
        interrupt.set();
        assert!(interrupt.is_set() && second.is_ending() && !first.is_ending());
        assert!(interrupt.next().is_ending());
    }
}
