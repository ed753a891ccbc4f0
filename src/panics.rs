//! Panics of libraries over data that they were not made for: caught, and told as errors.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread would be caught and told as an error: then a panic hook has nothing to print, least of
/// all a message that may quote a cell.
pub fn are_contained() -> bool {
    CONTAINED.get()
}

/// Does what may panic; `None` where it did. What it was working on must not be looked at again.
pub fn contain<T>(work: impl FnOnce() -> T) -> Option<T> {
    CONTAINED.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(false);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing() {
        let none: Option<Vec<u8>> = contain(|| {
            assert!(are_contained());
            let empty: &[u8] = &[];
            empty[std::hint::black_box(1)..].to_vec()
        });
        assert_eq!(none, None);
        assert!(!are_contained());
        assert_eq!(contain(|| 7), Some(7));
    }
}
