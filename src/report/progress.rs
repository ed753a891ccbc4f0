//! How far a run is: a bar on a terminal, a plain line now and then elsewhere. All of it goes to stderr.
//!
//! The run is never waited for nor held up: a thread of its own looks at counters. Log lines go through the same
//! [`Screen`], which takes the bar away while it writes them.

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

use super::paint::{counted, spoken, thousands};

/// Between two looks for a bar.
const TICK: Duration = Duration::from_millis(120);
/// Between two plain lines.
const LINE: Duration = Duration::from_secs(30);
/// The speed is that of the last seconds.
const WINDOW: Duration = Duration::from_secs(5);

/// When progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar on a terminal, a plain line every 30 s elsewhere.
    #[default]
    Auto,
    /// The same, and elsewhere a line at the end, however short the run.
    Always,
    /// Not at all.
    Never,
}

/// The counts of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Rows read.
    pub rows: u64,
    /// Created or updated.
    pub uploaded: u64,
    /// Rejected, failed or in doubt.
    pub failed: u64,
    /// Requests begun.
    pub requests: u64,
    /// Requests in flight now.
    pub in_flight: u64,
    /// Responses without a clear answer, which are searched for.
    pub unclear: u64,
    /// Bytes of the inputs read so far, of how many; where both are known.
    pub bytes: Option<(u64, u64)>,
    /// How long nothing is sent yet because the API asked to wait.
    pub paused: Option<Duration>,
}

/// What progress and log lines share: stderr, and whether a bar may stand on it.
#[derive(Clone, Debug)]
pub struct Screen {
    bars: MultiProgress,
    is_terminal: bool,
}

impl Screen {
    /// Standard error as it is.
    pub fn stderr() -> Self {
        let is_terminal = io::stderr().is_terminal();
        let target = if is_terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            bars: MultiProgress::with_draw_target(target),
            is_terminal,
        }
    }
}

/// Writes to stderr with the bar out of the way.
#[derive(Debug)]
pub struct ScreenWriter {
    bars: MultiProgress,
}

impl Write for ScreenWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().lock().write(bytes))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bars.suspend(|| io::stderr().lock().write_all(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

impl<'a> MakeWriter<'a> for Screen {
    type Writer = ScreenWriter;

    fn make_writer(&'a self) -> ScreenWriter {
        ScreenWriter {
            bars: self.bars.clone(),
        }
    }
}

/// Shows progress until it is finished or dropped.
pub struct Meter {
    /// Dropped to end the thread.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Meter {
    /// Begins to show what `look` sees.
    pub fn start(
        progress: Progress,
        screen: &Screen,
        look: impl Fn() -> Snapshot + Send + 'static,
    ) -> Self {
        let (running, ended) = channel();
        let screen = screen.clone();
        let show = move || {
            if screen.is_terminal {
                bar(&screen.bars, &ended, &look);
            } else {
                let at_the_end = progress == Progress::Always;
                lines(&mut io::stderr(), &ended, LINE, at_the_end, &look);
            }
        };
        // A run without progress is better than none.
        let thread = (progress != Progress::Never)
            .then(|| {
                std::thread::Builder::new()
                    .name("progress".to_owned())
                    .spawn(show)
                    .ok()
            })
            .flatten();
        Self {
            running: Some(running),
            thread,
        }
    }

    /// Takes the bar away; what is written next stands on a line of its own.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.running.take();
        if let Some(thread) = self.thread.take() {
            // Its only fault could be a panic, which has been reported then.
            let _ = thread.join();
        }
    }
}

/// Waits; true when the run has ended.
fn has_ended(ended: &Receiver<()>, after: Duration) -> bool {
    !matches!(ended.recv_timeout(after), Err(RecvTimeoutError::Timeout))
}

fn bar(bars: &MultiProgress, ended: &Receiver<()>, look: &impl Fn() -> Snapshot) {
    let bar = bars.add(ProgressBar::no_length());
    // Both templates are constant and known to be good; the default style is no harm either.
    let style = |template| {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
    };
    bar.set_style(style("{spinner} {wide_msg}"));
    let began = Instant::now();
    let mut speed = Speed::since(began);
    let mut measured = false;
    loop {
        let seen = look();
        bar.set_message(words(
            &seen,
            speed.of(seen.requests, Instant::now()),
            began.elapsed(),
        ));
        if let Some((read, of)) = seen.bytes {
            if !measured {
                bar.set_style(style("{spinner} [{bar:20}] {percent:>3}% {wide_msg}"));
                measured = true;
            }
            bar.set_length(of);
            bar.set_position(read.min(of));
        }
        bar.tick();
        if has_ended(ended, TICK) {
            break;
        }
    }
    bar.finish_and_clear();
    bars.remove(&bar);
}

fn lines(
    out: &mut impl Write,
    ended: &Receiver<()>,
    every: Duration,
    at_the_end: bool,
    look: &impl Fn() -> Snapshot,
) {
    let began = Instant::now();
    let mut speed = Speed::since(began);
    loop {
        let has_ended = has_ended(ended, every);
        if has_ended && !at_the_end {
            return;
        }
        let seen = look();
        let words = words(
            &seen,
            speed.of(seen.requests, Instant::now()),
            began.elapsed(),
        );
        let percent = match seen.bytes {
            Some((read, of)) if of > 0 => format!("{}%, ", read.min(of).saturating_mul(100) / of),
            _ => String::new(),
        };
        // Whoever closed stderr does not want to know.
        let _ = writeln!(out, "{percent}{words}");
        if has_ended {
            return;
        }
    }
}

/// Requests a second over the last seconds; between two looks further apart, over the time between them.
struct Speed {
    seen: VecDeque<(Instant, u64)>,
}

impl Speed {
    fn since(began: Instant) -> Self {
        Self {
            seen: VecDeque::from([(began, 0)]),
        }
    }

    fn of(&mut self, requests: u64, now: Instant) -> f64 {
        self.seen.push_back((now, requests));
        while self.seen.len() > 2
            && self
                .seen
                .get(1)
                .is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW)
        {
            self.seen.pop_front();
        }
        let Some((since, before)) = self.seen.front() else {
            return 0.0;
        };
        let seconds = now.duration_since(*since).as_secs_f64();
        if seconds > 0.0 {
            requests.saturating_sub(*before) as f64 / seconds
        } else {
            0.0
        }
    }
}

fn words(seen: &Snapshot, speed: f64, elapsed: Duration) -> String {
    use std::fmt::Write;
    let mut words = format!(
        "{} read, {} uploaded",
        counted(seen.rows, "row", "rows"),
        thousands(seen.uploaded)
    );
    // Writing to a text cannot fail.
    if seen.failed > 0 {
        let _ = write!(words, ", {} failed", thousands(seen.failed));
    }
    if seen.requests > 0 {
        let in_flight = thousands(seen.in_flight);
        let _ = write!(words, ", {speed:.1} requests/s, {in_flight} in flight");
    }
    let _ = write!(words, ", {}", spoken(elapsed.as_secs_f64()));
    if seen.unclear > 0 {
        let _ = write!(
            words,
            "; {} without a clear answer: search is given its time to find them",
            thousands(seen.unclear)
        );
    }
    if let Some(left) = seen.paused {
        let _ = write!(
            words,
            "; the API asks to wait {}",
            spoken(left.as_secs_f64())
        );
    }
    words
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn seen() -> Snapshot {
        Snapshot {
            rows: 12_000,
            uploaded: 11_000,
            failed: 3,
            requests: 11_003,
            in_flight: 8,
            unclear: 0,
            bytes: Some((250, 1_000)),
            paused: None,
        }
    }

    #[test]
    fn progress_is_told_in_words() {
        let minute = Duration::from_secs(75);
        insta::assert_snapshot!(words(&seen(), 24.96, minute), @"12,000 rows read, 11,000 uploaded, 3 failed, 25.0 requests/s, 8 in flight, 1 min 15 s");
        let waiting = Snapshot {
            paused: Some(Duration::from_secs(20)),
            ..Snapshot::default()
        };
        insta::assert_snapshot!(words(&waiting, 0.0, minute), @"0 rows read, 0 uploaded, 1 min 15 s; the API asks to wait 20.0 s");
        let searching = Snapshot {
            unclear: 3,
            ..Snapshot::default()
        };
        insta::assert_snapshot!(words(&searching, 0.0, minute), @"0 rows read, 0 uploaded, 1 min 15 s; 3 without a clear answer: search is given its time to find them");
        let begun = Snapshot {
            rows: 1,
            ..Snapshot::default()
        };
        insta::assert_snapshot!(words(&begun, 0.0, Duration::from_secs(2)), @"1 row read, 0 uploaded, 2.0 s");
    }

    #[test]
    fn speed_is_that_of_the_last_seconds() {
        let began = Instant::now();
        let mut speed = Speed::since(began);
        let at = |seconds| began + Duration::from_secs(seconds);
        assert!(speed.of(0, at(0)).abs() < 1e-9);
        assert!((speed.of(100, at(1)) - 100.0).abs() < 1e-9);
        for second in 2..=20 {
            speed.of(100 + 10 * (second - 1), at(second));
        }
        assert!(
            (speed.of(300, at(21)) - 10.0).abs() < 1e-9,
            "the quick first second is forgotten"
        );
        assert!(
            (speed.of(600, at(51)) - 10.0).abs() < 1e-9,
            "a look after a long time counts"
        );
    }

    #[test]
    fn lines_end_with_the_run() {
        let (running, ended) = channel::<()>();
        let running = RefCell::new((3, Some(running)));
        let look = || {
            let mut left = running.borrow_mut();
            left.0 -= 1;
            if left.0 == 0 {
                left.1.take();
            }
            seen()
        };
        let mut out = Vec::new();
        lines(&mut out, &ended, Duration::ZERO, false, &look);
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out.lines().count(), 3);
        assert!(
            out.lines()
                .all(|line| line.starts_with("25%, 12,000 rows read, "))
        );
    }

    #[test]
    fn a_short_run_has_a_line_only_where_one_was_asked_for() {
        for (at_the_end, expected) in [(false, 0), (true, 1)] {
            let (running, ended) = channel::<()>();
            drop(running);
            let mut out = Vec::new();
            lines(&mut out, &ended, LINE, at_the_end, &seen);
            assert_eq!(String::from_utf8(out).unwrap().lines().count(), expected);
        }
    }

    #[test]
    fn a_meter_ends_when_dropped() {
        let screen = Screen {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            is_terminal: true,
        };
        let (looked, looks) = channel();
        let meter = Meter::start(Progress::Auto, &screen, move || {
            let _ = looked.send(());
            seen()
        });
        looks.recv().unwrap();
        meter.finish();
        while looks.try_recv().is_ok() {}
        assert!(looks.recv().is_err(), "nobody looks any more");
    }
}
