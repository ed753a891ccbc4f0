//! Logs: through tracing, to stderr, and in nights without anybody watching to a file a day.
//!
//! WARN: something is not as it should be, and nothing is lost. ERROR: something is. Neither the API key nor the text
//! of feedback is ever logged, at no level.

mod days;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

pub use days::{DayFiles, remove_old};

use crate::cli::{LogFormat, OutputArgs};
use crate::console::Console;
use crate::error::Error;
use crate::settings::Environment;

/// What a job says of itself in the log files; the console has it from its summary.
pub const NIGHT: &str = "chatterload::night";

/// Starts logging for the process, through the screen that progress is shown on.
///
/// # Errors
/// `CHATTERLOAD_LOG` cannot be understood.
pub fn start(args: &OutputArgs, environment: &Environment, console: &Console) -> Result<(), Error> {
    let level = match (args.quiet, args.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, 2) => "debug",
        (false, _) => "trace",
    };
    // Options come before the environment.
    let wanted = match environment.get("CHATTERLOAD_LOG") {
        Some(wanted) if !args.quiet && args.verbose == 0 => wanted.to_owned(),
        _ if args.verbose == 0 => format!("warn,chatterload={level},{NIGHT}=off"),
        _ => format!("warn,chatterload={level}"),
    };
    let filter = filter(&wanted).map_err(|why| {
        Error::Usage(format!(
            "CHATTERLOAD_LOG cannot be understood: {why}\n  help: write a level (off, error, warn, info, debug, trace), or \
             chatterload=debug,warn"
        ))
    })?;
    let lines = tracing_subscriber::fmt::layer().with_writer(console.screen.clone());
    let lines = match args.log_format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.with_ansi(false).with_target(false).compact().boxed(),
    };
    // A second start in one process (tests) changes nothing.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(console.log_files.layer())
        .try_init();
    Ok(())
}

/// What is logged. A bare word that is no level would be a part of some program, and all else would be silent.
fn filter(wanted: &str) -> Result<EnvFilter, String> {
    let mut words = wanted.split(',').map(str::trim);
    let is_meant = |word: &str| {
        word.contains(['=', '[', ':'])
            || word.parse::<tracing::metadata::LevelFilter>().is_ok()
            || word == env!("CARGO_PKG_NAME")
    };
    if let Some(word) = words.find(|word| !word.is_empty() && !is_meant(word)) {
        return Err(format!("'{word}' is no level"));
    }
    EnvFilter::try_new(wanted).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for wanted in [
            "info",
            "TRACE",
            "off",
            "warn,chatterload=debug",
            "chatterload",
            "hyper::proto,info",
            "debug, warn",
        ] {
            assert!(filter(wanted).is_ok(), "{wanted}");
        }
        for wanted in ["foo", "warn,verbose", "chatterload=loud"] {
            assert!(filter(wanted).is_err(), "{wanted}");
        }
    }
}
