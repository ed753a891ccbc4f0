//! Logs: through tracing, to stderr.
//!
//! WARN: something is not as it should be, and nothing is lost. ERROR: something is. Neither the API key nor the text
//! of feedback is ever logged, at no level.

use tracing_subscriber::EnvFilter;

use crate::cli::{LogFormat, OutputArgs};
use crate::error::Error;
use crate::report::progress::Screen;
use crate::settings::Environment;

/// Starts logging for the process, through the screen that progress is shown on.
///
/// # Errors
/// `CHATTERLOAD_LOG` cannot be understood.
pub fn start(args: &OutputArgs, environment: &Environment, screen: &Screen) -> Result<(), Error> {
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
        _ => format!("warn,chatterload={level}"),
    };
    let filter = EnvFilter::try_new(&wanted).map_err(|error| {
        Error::Usage(format!(
            "CHATTERLOAD_LOG cannot be understood: {error}\n  help: write a level, such as info, or \
             chatterload=debug,warn"
        ))
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(screen.clone());
    // A second start in one process (tests) changes nothing.
    let _ = match args.log_format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder
            .with_ansi(false)
            .with_target(false)
            .compact()
            .try_init(),
    };
    Ok(())
}
