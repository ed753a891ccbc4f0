//! Known responses compared with what their rows bring now: when updates may begin, and when so much has changed that
//! something else is wrong.

use super::retry::End;

/// So many known responses are compared before the first update, unless the input ends before.
const FIRST: u32 = 50;

/// More than so many in a hundred changed: two surveys under one scope look like that.
const MOST_PERCENT: u32 = 20;

/// What was compared so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Compared {
    known: u32,
    changed: u32,
}

impl Compared {
    /// Counts a known response; `changed` where both its cells and its body differ.
    pub fn count(&mut self, changed: bool) {
        self.known = self.known.saturating_add(1);
        self.changed = self.changed.saturating_add(u32::from(changed));
    }

    /// Whether enough is known for updates to begin before the input ends.
    pub fn suffices(self) -> bool {
        self.known >= FIRST
    }

    /// The end of a run in which too much has changed.
    pub fn too_many(self) -> Option<End> {
        let too_many = self.suffices()
            && u64::from(self.changed) * 100 > u64::from(self.known) * u64::from(MOST_PERCENT);
        too_many.then(|| {
            End::Stopped(format!(
                "{} of the first {} rows that were uploaded before have other content now: stopped. Two surveys with \
                 the same ids under one `[key] scope` look like that: give each its own scope. If so many rows really \
                 changed, run again with --expect-changes",
                self.changed, self.known
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(known: u32, changed: u32) -> Compared {
        let mut compared = Compared::default();
        for index in 0..known {
            compared.count(index < changed);
        }
        compared
    }

    #[test]
    fn more_than_a_fifth_of_fifty_or_more_is_too_many() {
        for (known, changed, expected) in [
            (0, 0, false),
            (49, 49, false),
            (50, 10, false),
            (50, 11, true),
            (1_000, 200, false),
            (1_000, 201, true),
        ] {
            assert_eq!(
                compared(known, changed).too_many().is_some(),
                expected,
                "{changed} of {known}"
            );
        }
    }

    #[test]
    fn updates_begin_after_fifty() {
        assert!(!compared(49, 0).suffices());
        assert!(compared(50, 0).suffices());
    }
}
