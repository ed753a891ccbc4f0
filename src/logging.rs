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
    let filter = EnvFilter::try_new(&wanted).map_err(|error| {
        Error::Usage(format!(
            "CHATTERLOAD_LOG cannot be understood: {error}\n  help: write a level, such as info, or \
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
