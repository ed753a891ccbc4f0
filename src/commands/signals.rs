//! Ctrl-C, SIGTERM and a terminal that went away, which mean the same.

use std::convert::Infallible;

use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};

use crate::console::Console;
use crate::error::Error;
use crate::upload::retry::End;
use crate::upload::stop::Stop;

/// What a main thread has, and one that is made would not.
const STACK: usize = 8 << 20;

/// Signals as a command hears of them, once it wants to: from one place, so that none gets lost while it begins to listen.
pub struct Signals {
    count: watch::Receiver<u64>,
    heard: u64,
}

impl Signals {
    /// From now on: one that came before ends the command here and now.
    pub fn of(console: &Console) -> Self {
        let count = console.listens();
        let heard = *count.borrow();
        Self { count, heard }
    }

    /// Waits for the next.
    pub async fn next(&mut self) {
        let heard = self.heard;
        if self.count.wait_for(|count| *count > heard).await.is_err() {
            std::future::pending::<()>().await;
        }
        self.heard += 1;
    }
}

/// Signals as they come in.
struct Incoming {
    #[cfg(unix)]
    of_unix: Vec<tokio::signal::unix::Signal>,
}

impl Incoming {
    /// Listens from now on; within a runtime.
    fn listen() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
            if hangs_up() {
                kinds.push(SignalKind::hangup());
            }
            // Where one cannot be heard of, it ends the process as it always did.
            let of_unix = kinds.into_iter().filter_map(|kind| signal(kind).ok());
            Self {
                of_unix: of_unix.collect(),
            }
        }
        #[cfg(not(unix))]
        Self {}
    }

    /// Waits for the next.
    async fn next(&mut self) {
        #[cfg(unix)]
        std::future::poll_fn(|context| {
            let mut all = self.of_unix.iter_mut();
            if all.any(|one| one.poll_recv(context).is_ready()) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        // Where signals cannot be heard of, nothing can be waited for but the end.
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Whether the end of the terminal is to end us: `nohup` has it ignored, and a handler would undo that. Where it cannot
/// be told, the system does as it always did.
#[cfg(unix)]
fn hangs_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 0)
}

/// Ends a run on the first signal, at once on the second. Never returns: drop it when the run is over.
pub async fn end_on_signals(mut signals: Signals, stop: &Stop, tell: impl Fn(&str)) -> Infallible {
    signals.next().await;
    tell("interrupted: no new request begins, those in flight finish (again to leave them)");
    stop.end(End::Stopped("interrupted".to_owned()));
    signals.next().await;
    tell("interrupted twice: requests in flight are left");
    stop.now(End::Stopped("interrupted".to_owned()));
    std::future::pending().await
}

/// Carries out a command to its exit code. Until it listens for signals itself, one ends it here and now: it has nothing
/// to bring into order yet, or never will.
pub fn unless_interrupted(console: &Console, command: impl FnOnce() -> u8 + Send + 'static) -> u8 {
    let failed = |error: &std::io::Error| {
        let error = Error::Stopped(format!("no thread can be started: {error}"));
        console.error(&error);
        error.exit_code()
    };
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let code = runtime.block_on(async {
        let mut signals = Incoming::listen();
        let (to, mut done) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("command".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let _ = to.send(command());
            });
        let thread = match thread {
            Ok(thread) => thread,
            Err(error) => return failed(&error),
        };
        loop {
            tokio::select! {
                biased;
                code = &mut done => return code.unwrap_or_else(|_| match thread.join() {
                    Err(panic) => std::panic::resume_unwind(panic),
                    Ok(()) => 5,
                }),
                () = signals.next() => {}
            }
            // A result that nobody takes may be in the way: it is not waited for a second time.
            let told = console.clone();
            let told = tokio::task::spawn_blocking(move || told.interrupted());
            let is_over = tokio::select! {
                biased;
                told = told => told.unwrap_or(true),
                () = signals.next() => true,
            };
            if is_over {
                return 5;
            }
        }
    });
    runtime.shutdown_background();
    code
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use futures::FutureExt;

    use super::*;
    use crate::cli::Cli;
    use crate::settings::Environment;

    #[tokio::test]
    async fn none_is_lost_before_somebody_waits_and_each_is_heard_once() {
        let cli = Cli::parse_from(["chatterload", "projects"]);
        let console = Console::new(&cli.output, &Environment::default());
        let mut first = Signals::of(&console);
        assert!(!console.interrupted() && !console.interrupted());
        let mut second = Signals::of(&console);
        first.next().await;
        first.next().await;
        assert!(first.next().now_or_never().is_none());
        assert!(second.next().now_or_never().is_none());
        assert!(!console.interrupted());
        first.next().await;
        second.next().await;
    }
}
