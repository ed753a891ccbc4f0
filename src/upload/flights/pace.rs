//! How quickly responses have been landing of late, and so how many leave together.

use std::time::Duration;

use tokio::time::Instant;

/// Groups are of what leaves in so long a time, if that is more than a few.
const TOGETHER: Duration = Duration::from_millis(20);
const FEWEST_TOGETHER: usize = 16;
const MOST_TOGETHER: usize = 512;

/// How often the pace is taken.
const LAP: Duration = Duration::from_millis(100);

/// How quickly responses have been landing of late.
pub(super) struct Pace {
    since: Instant,
    landed: u32,
    together: usize,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            landed: 0,
            together: 0,
        }
    }

    pub(super) fn landed(&mut self) {
        self.landed += 1;
        // The clock is not asked for each of them.
        if self.landed.is_multiple_of(16) {
            let elapsed = self.since.elapsed();
            if elapsed >= LAP {
                let together = u128::from(self.landed) * TOGETHER.as_nanos() / elapsed.as_nanos();
                let together = usize::try_from(together).unwrap_or(usize::MAX);
                self.together = together.min(MOST_TOGETHER);
                (self.since, self.landed) = (Instant::now(), 0);
            }
        }
    }

    /// How many are to leave together.
    pub(super) fn together(&self) -> usize {
        if self.together < FEWEST_TOGETHER {
            return 1;
        }
        self.together
    }
}
