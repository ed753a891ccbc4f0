//! Runs that end before their first row: interrupted while the API is asked or a pipe is silent.

use crate::error::Error;
use crate::upload::retry::End;
use crate::upload::stop::Stop;

/// An end that came before the first row was read.
pub(super) fn must_go_on(stop: &Stop) -> Result<(), Error> {
    match stop.reason() {
        Some(End::Refused(why)) => Err(Error::Api(why)),
        Some(End::Usage(why)) => Err(Error::Usage(why)),
        Some(End::Stopped(why)) => Err(Error::Stopped(why)),
        None => Ok(()),
    }
}

/// What is waited for, unless the run ends first.
pub(super) async fn unless_ended<T>(
    stop: &Stop,
    wait: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        () = stop.ending() => {
            must_go_on(stop)?;
            Err(Error::Stopped("interrupted".to_owned()))
        }
        done = wait => done,
    }
}
