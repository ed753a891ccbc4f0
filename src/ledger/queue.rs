//! Commands on their way to the writer. Those that somebody waits for go at once, and take along what nobody waits for;
//! that goes by itself only when there is much of it, or after a moment: a commit costs more than what is in it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So many wait at most; then those who bring more wait, which they may: the writer needs nobody to go on.
const FULL: usize = 16_384;

/// So many are taken at once at most.
const GROUP: usize = 4_096;

/// So many go without anybody waiting.
const PLENTY: usize = 512;

/// So long they wait, where they are few and nobody waits for them.
const PATIENCE: Duration = Duration::from_millis(10);

/// What was brought, in its order.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    brought: Condvar,
    taken: Condvar,
}

struct State<T> {
    waiting: Vec<T>,
    /// Somebody waits for one of them.
    is_urgent: bool,
    /// The writer sleeps until something is brought.
    is_idle: bool,
    end: Option<End>,
}

/// Why nothing more goes through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing more is brought; what waits is still taken.
    Closed,
    /// Nothing more is taken.
    Abandoned,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                waiting: Vec::new(),
                is_urgent: false,
                is_idle: false,
                end: None,
            }),
            brought: Condvar::new(),
            taken: Condvar::new(),
        }
    }

    /// Brings something; dropped where nothing is taken any more.
    pub(super) fn bring(&self, item: T, is_urgent: bool) {
        let mut state = self.lock();
        while state.waiting.len() >= FULL && state.end.is_none() {
            state = self
                .taken
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.end.is_some() {
            return;
        }
        state.waiting.push(item);
        let is_first_urgent = is_urgent && !state.is_urgent;
        state.is_urgent |= is_urgent;
        if state.is_idle || is_first_urgent || state.waiting.len() == PLENTY {
            drop(state);
            self.brought.notify_one();
        }
    }

    /// Waits for what goes together; `None` once all is taken and nothing more is brought.
    pub(super) fn take(&self) -> Option<Vec<T>> {
        let mut state = self.lock();
        let mut since = None;
        loop {
            if state.waiting.is_empty() {
                if state.end.is_some() {
                    return None;
                }
                state.is_idle = true;
                state = self
                    .brought
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                state.is_idle = false;
                continue;
            }
            let waited = since.get_or_insert_with(Instant::now).elapsed();
            let goes = state.is_urgent || state.waiting.len() >= PLENTY || state.end.is_some();
            if goes || waited >= PATIENCE {
                break;
            }
            let left = PATIENCE.saturating_sub(waited);
            (state, _) = self
                .brought
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let count = state.waiting.len().min(GROUP);
        let rest = state.waiting.split_off(count);
        let group = std::mem::replace(&mut state.waiting, rest);
        // Whoever waits may wait for one of the rest.
        state.is_urgent &= !state.waiting.is_empty();
        drop(state);
        self.taken.notify_all();
        Some(group)
    }

    /// Nothing more is brought.
    pub(super) fn close(&self) {
        self.end(End::Closed);
    }

    /// Nothing more is taken: what waits is dropped, and whatever is brought.
    pub(super) fn abandon(&self) {
        self.end(End::Abandoned);
    }

    fn end(&self, end: End) {
        let mut state = self.lock();
        state.end = Some(end);
        let dropped = (end == End::Abandoned).then(|| std::mem::take(&mut state.waiting));
        drop(state);
        // They may hold what locks again when it goes.
        drop(dropped);
        self.brought.notify_all();
        self.taken.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_somebody_waits_for_takes_along_what_came_before() {
        let queue = Queue::new();
        queue.bring(1, false);
        queue.bring(2, false);
        queue.bring(3, true);
        queue.bring(4, false);
        assert_eq!(queue.take(), Some(vec![1, 2, 3, 4]));
        // After a moment, though nobody waits.
        queue.bring(5, false);
        assert_eq!(queue.take(), Some(vec![5]));
        queue.bring(6, false);
        queue.close();
        queue.bring(7, false);
        assert_eq!(queue.take(), Some(vec![6]));
        assert_eq!(queue.take(), None);
    }

    #[test]
    fn order_holds_however_much_there_is() {
        let queue = Arc::new(Queue::new());
        let brings = Arc::clone(&queue);
        let many = FULL * 2 + 77;
        let thread = std::thread::spawn(move || {
            (0..many).for_each(|number| brings.bring(number, number % 7_000 == 0));
            brings.close();
        });
        let mut all = Vec::new();
        while let Some(group) = queue.take() {
            assert!(!group.is_empty() && group.len() <= GROUP);
            all.extend(group);
        }
        thread.join().unwrap();
        assert_eq!(all, (0..many).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_waits_for_a_writer_that_is_gone() {
        let queue = Arc::new(Queue::new());
        (0..FULL).for_each(|number| queue.bring(number, false));
        let brings = Arc::clone(&queue);
        let thread = std::thread::spawn(move || brings.bring(FULL, true));
        queue.abandon();
        thread.join().unwrap();
        assert_eq!(queue.take(), None);
    }
}
