//! `demo`: what chatterload does, shown on three sample exports and a stand-in of the API. Nothing to configure.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::telling::{Finished, command_line};
use super::{load, retry};
use crate::cli::{DeliveryArgs, ImportArgs, InputArgs, LedgerArgs, PaceArgs, RetryArgs};
use crate::console::Console;
use crate::error::Error;
use crate::report::Summary;
use crate::sandbox::{Background, DEFAULT_KEY, Options, Sandbox};
use crate::settings::Environment;
use crate::upload::rate::Rate;

/// The samples, compiled in so that an installed program can show them as well: file, content, mapping.
const SAMPLES: [(&str, &[u8], &str); 3] = [
    (
        "samples/nps.csv",
        include_bytes!("../../samples/nps.csv"),
        "nps-sample",
    ),
    (
        "samples/reviews.xlsx",
        include_bytes!("../../samples/reviews.xlsx"),
        "reviews-sample",
    ),
    (
        "samples/support.ndjson",
        include_bytes!("../../samples/support.ndjson"),
        "support-sample",
    ),
];

/// What goes wrong in the demo: answers get lost after the response was created, connections break before, and the API
/// asks to slow down now and then.
const FAULTS: &str = "drop-after=2%,drop-before=1%,429=1%:1s";

/// Cells that are mended in the failures file of the survey, as a person would in a spreadsheet: what stands there,
/// and what should.
const MENDED: [(&str, &str); 6] = [
    ("9,5", "9"),
    ("ten", "10"),
    ("8.5", "8"),
    ("11", "10"),
    ("kiosk", "web"),
    ("2026-02-31", "2026-02-28"),
];

/// Shows it.
pub fn run(console: &Console) -> Result<(), Error> {
    let folder = tempfile::Builder::new()
        .prefix("chatterload-demo-")
        .tempdir()
        .map_err(|error| no_folder(&error))?;
    unpack(folder.path()).map_err(|error| no_folder(&error))?;
    // So that names are short, and failures files land in the demo's own folder.
    std::env::set_current_dir(folder.path()).map_err(|error| no_folder(&error))?;
    let demo = Demo {
        console,
        sandbox: start_sandbox()?,
    };
    let summaries = demo.show()?;
    // A folder that is somebody's working folder cannot be deleted everywhere.
    let _ = std::env::set_current_dir(std::env::temp_dir());
    if console.json {
        console.json(&serde_json::json!({
            "status": "complete", "exit_code": 0, "error": null, "runs": summaries,
        }));
    }
    Ok(())
}

fn no_folder(error: &std::io::Error) -> Error {
    Error::Usage(format!(
        "the demo needs a temporary folder, and there is none: {error}\n  help: free some disk space, or set TMPDIR"
    ))
}

fn unpack(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir(folder.join("samples"))?;
    SAMPLES
        .iter()
        .try_for_each(|(file, content, _)| std::fs::write(folder.join(file), content))
}

/// Nobody goes on with files that are gone when the demo ends.
fn ended(mut finished: Finished) -> Finished {
    finished.summary.next = None;
    finished
}

fn start_sandbox() -> Result<Background, Error> {
    let options = Options {
        faults: FAULTS.parse().map_err(Error::Usage)?,
        search_lag: Duration::from_millis(300),
        ..Options::default()
    };
    Sandbox::start_in_background(options).map_err(|error| {
        Error::Usage(format!(
            "the stand-in of the API cannot be started on 127.0.0.1: {error}"
        ))
    })
}

struct Demo<'a> {
    console: &'a Console,
    sandbox: Background,
}

impl Demo<'_> {
    fn show(&self) -> Result<Vec<Summary>, Error> {
        self.say(&format!(
            "A stand-in of the Chattermill API listens at {}. Nothing leaves this machine.\nIt loses some answers after it \
             has created the response, breaks some connections before, and asks to slow down now and then. \
             Files are written to a temporary folder, which goes when the demo ends.",
            self.sandbox.url()
        ));
        let mut summaries = Vec::new();
        for (file, _, mapping) in SAMPLES {
            summaries.push(self.import(file, mapping)?);
        }
        let failures = summaries
            .first()
            .and_then(|summary| summary.failures_file.clone());
        if let Some(file) = failures {
            self.title("What failed in the survey lies in a file that opens in a spreadsheet");
            self.say(&shown(Path::new(&file))?);
            let mended = mend(Path::new(&file))?;
            self.title(&format!(
                "Somebody mends {mended} of its cells, and only these rows are sent"
            ));
            summaries.push(self.retry(&file)?);
            self.title("The same import once more finds everything there, and sends nothing");
            summaries.push(self.again(SAMPLES[0].0, SAMPLES[0].2));
        }
        self.title("What the stand-in holds now");
        let state = self.sandbox.state();
        let tokens = state.tokens("acme");
        let twice = tokens.values().filter(|count| **count > 1).count();
        self.say(&format!(
            "{} responses, {twice} of them twice; it was asked {} times to create one.",
            state.count("acme"),
            state.log().posts()
        ));
        self.say(
            "\nNext: `chatterload sandbox` runs the stand-in for files of your own; the README leads to a first real \
             import in five minutes.",
        );
        Ok(summaries)
    }

    fn import(&self, file: &str, mapping: &str) -> Result<Summary, Error> {
        let finished = self.run_import(file, mapping);
        self.tell(finished)
    }

    /// The same import again, told in a line.
    fn again(&self, file: &str, mapping: &str) -> Summary {
        let summary = self.run_import(file, mapping).summary;
        self.say(&format!(
            "{} already uploaded, {} rejected as before, {} requests",
            summary.already_uploaded, summary.rejected, summary.requests
        ));
        summary
    }

    fn run_import(&self, file: &str, mapping: &str) -> Finished {
        self.title(&format!(
            "$ {}",
            command_line(&["import", file, "-m", mapping, "-p", "acme"])
        ));
        let args = ImportArgs {
            input: InputArgs {
                files: vec![PathBuf::from(file)],
                mapping: Some(mapping.to_owned()),
                ..InputArgs::default()
            },
            delivery: delivery(),
            ..ImportArgs::default()
        };
        ended(load::import(&args, self.console, &self.environment()))
    }

    fn retry(&self, file: &str) -> Result<Summary, Error> {
        self.title(&format!("$ {}", command_line(&["retry", file])));
        let args = RetryArgs {
            what: PathBuf::from(file),
            delivery: delivery(),
            ..RetryArgs::default()
        };
        let finished = retry::retry(&args, self.console, &self.environment());
        self.tell(ended(finished))
    }

    fn environment(&self) -> Environment {
        let url = self.sandbox.url();
        Environment::from_lookup(|name| match name {
            "CHATTERMILL_API_URL" => Some(url.clone()),
            "CHATTERMILL_API_KEY" => Some(DEFAULT_KEY.to_owned()),
            "CHATTERMILL_PROJECT" => Some("acme".to_owned()),
            _ => None,
        })
    }

    fn tell(&self, finished: Finished) -> Result<Summary, Error> {
        let summary = &finished.summary;
        if !self.console.json {
            let text = summary.text(&finished.reasons, self.console.paint());
            self.console.result(text.trim_end());
        }
        match &summary.error {
            // Rows that fail are what the demo is about; a run that fails is not.
            Some(error) => Err(Error::Stopped(error.clone())),
            None => Ok(finished.summary),
        }
    }

    fn say(&self, text: &str) {
        if !self.console.json {
            self.console.result(text);
        }
    }

    fn title(&self, text: &str) {
        if self.console.colour {
            self.say(&format!("\n\u{1b}[1;36m{text}\u{1b}[0m"));
        } else {
            self.say(&format!("\n{text}"));
        }
    }
}

/// How the demo delivers: at full speed, and with the patience that its stand-in needs.
fn delivery() -> DeliveryArgs {
    DeliveryArgs {
        pace: PaceArgs {
            rate: Some(Rate::Unlimited),
            ..PaceArgs::default()
        },
        ledger: LedgerArgs {
            ledger: Some(PathBuf::from("ledger.sqlite")),
            settle: Some(Duration::from_secs(1)),
            ..LedgerArgs::default()
        },
        ..DeliveryArgs::default()
    }
}

fn unreadable(error: &csv::Error) -> Error {
    Error::Stopped(format!(
        "the demo's own failures file cannot be read: {error}"
    ))
}

/// Row, code and message of every line.
fn shown(path: &Path) -> Result<String, Error> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| unreadable(&error))?;
    let mut lines = vec![format!("{}:", path.display())];
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let cell = |index| record.get(index).unwrap_or_default();
        lines.push(format!("  {:>4}  {:<22} {}", cell(0), cell(2), cell(4)));
    }
    Ok(lines.join("\n"))
}

/// Mends cells of a failures file; how many.
fn mend(path: &Path) -> Result<usize, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&error.into()))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut mended = 0;
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let cells = record.iter().enumerate().map(|(index, cell)| {
            // The first columns are about the failure.
            let better = MENDED.iter().find(|(wrong, _)| {
                index > 8 && (cell == *wrong || wrong.len() == 10 && cell.starts_with(wrong))
            });
            mended += usize::from(better.is_some());
            better.map_or_else(
                || cell.to_owned(),
                |(wrong, right)| cell.replacen(wrong, right, 1),
            )
        });
        writer
            .write_record(cells.collect::<Vec<_>>())
            .map_err(|error| unreadable(&error))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| unreadable(&error.into_error().into()))?;
    std::fs::write(path, bytes).map_err(|error| unreadable(&error.into()))?;
    Ok(mended)
}
