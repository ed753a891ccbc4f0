//! Ctrl-C and SIGTERM, which mean the same.

use std::convert::Infallible;

use crate::upload::retry::End;
use crate::upload::stop::Stop;

/// Waits for Ctrl-C or SIGTERM.
pub async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where signals cannot be heard of, nothing can be waited for but the end.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Ends a run on the first signal, at once on the second. Never returns: drop it when the run is over.
pub async fn end_on_signals(stop: &Stop, tell: impl Fn(&str)) -> Infallible {
    interrupted().await;
    tell("interrupted: no new request begins, those in flight finish (again to leave them)");
    stop.end(End::Stopped("interrupted".to_owned()));
    interrupted().await;
    tell("interrupted twice: requests in flight are left");
    stop.now(End::Stopped("interrupted".to_owned()));
    std::future::pending().await
}
