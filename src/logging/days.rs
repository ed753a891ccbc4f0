//! Logs by day: `2026-11-24.ndjson`, one JSON object a line, each with the job and the run it is about.
//!
//! Not by spans: feeder, engine and account work on threads of their own, where a span of the job would not be known.
//! Jobs run one after the other, so what is at work is said once.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// What is at work, and the file of the day; nothing until [`DayFiles::open`].
#[derive(Clone, Debug, Default)]
pub struct DayFiles {
    inner: Arc<Mutex<Option<Days>>>,
}

#[derive(Debug)]
struct Days {
    folder: PathBuf,
    keep: u32,
    day: Option<(Date, File)>,
    job: Option<(String, String)>,
}

impl DayFiles {
    /// From now on logs go into a folder as well, which is made where there is none. Files older than `keep` days go.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn open(&self, folder: &Path, keep: u32) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut days = Days {
            folder: folder.to_owned(),
            keep,
            day: None,
            job: None,
        };
        days.file(day_of(Timestamp::now()))?;
        *self.lock() = Some(days);
        Ok(())
    }

    /// What the next lines are about.
    pub fn about(&self, job: Option<(&str, &str)>) {
        if let Some(days) = self.lock().as_mut() {
            days.job = job.map(|(job, run)| (job.to_owned(), run.to_owned()));
        }
    }

    /// The layer that writes them.
    pub fn layer<S: Subscriber + for<'s> LookupSpan<'s>>(&self) -> impl Layer<S> + use<S> {
        ToDays(self.clone()).with_filter(
            tracing_subscriber::filter::Targets::new()
                .with_target("chatterload", LevelFilter::INFO)
                .with_default(LevelFilter::WARN),
        )
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Days>> {
        // A line that was being written when somebody panicked does not spoil the next.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Days {
    fn file(&mut self, today: Date) -> io::Result<&mut File> {
        if self.day.as_ref().is_none_or(|(day, _)| *day != today) {
            let mut options = OpenOptions::new();
            options.append(true).create(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(self.folder.join(format!("{today}.ndjson")))?;
            remove_before(&self.folder, today, self.keep);
            self.day = Some((today, file));
        }
        match &mut self.day {
            Some((_, file)) => Ok(file),
            None => Err(io::Error::other("no file is open")),
        }
    }

    fn write(&mut self, at: Timestamp, mut line: Map<String, Value>) -> io::Result<()> {
        if let Some((job, run)) = &self.job {
            line.insert("job".to_owned(), json!(job));
            line.insert("run".to_owned(), json!(run));
        }
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        self.file(day_of(at))?.write_all(text.as_bytes())
    }
}

/// By UTC, as the times in the lines.
fn day_of(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// Removes what is called after a day (`2026-11-24.ndjson`, `2026-11-24T…`) more than so many days ago; best effort.
pub fn remove_old(folder: &Path, keep: u32) {
    remove_before(folder, day_of(Timestamp::now()), keep);
}

fn remove_before(folder: &Path, today: Date, keep: u32) {
    let Ok(first) = today.checked_sub(i64::from(keep).days()) else {
        return;
    };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let day = name
            .to_str()
            .and_then(|name| name.get(..10)?.parse::<Date>().ok());
        if day.is_some_and(|day| day < first) {
            // What cannot be removed stays, and is tried again tomorrow.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

struct ToDays(DayFiles);

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for ToDays {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut days = self.0.lock();
        let Some(days) = days.as_mut() else { return };
        let now = Timestamp::now();
        let mut line = Map::new();
        line.insert(
            "time".to_owned(),
            json!(now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        );
        line.insert("level".to_owned(), json!(event.metadata().level().as_str()));
        event.record(&mut Fields(&mut line));
        // There is nowhere left to say that this failed.
        let _ = days.write(now, line);
    }
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0
            .insert(field.name().to_owned(), json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    fn lines(folder: &Path) -> Vec<Value> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            all.extend(text.lines().map(|line| serde_json::from_str(line).unwrap()));
        }
        all
    }

    #[test]
    fn every_line_has_job_and_run_whatever_thread_it_comes_from() {
        let folder = tempfile::tempdir().unwrap();
        let files = DayFiles::default();
        let subscriber = tracing_subscriber::registry().with(files.layer());
        let dispatch = tracing::Dispatch::new(subscriber);
        tracing::dispatcher::with_default(&dispatch, || tracing::warn!("before"));
        files.open(&folder.path().join("logs"), 90).unwrap();
        files.about(Some(("nps", "2026-11-24T02-15-00Z-7f3a")));
        let elsewhere = dispatch.clone();
        let thread = std::thread::spawn(move || {
            tracing::dispatcher::with_default(&elsewhere, || {
                tracing::info!(target: "chatterload::x", rows = 3u64, "read {}", 3);
                tracing::debug!(target: "chatterload::x", "not wanted");
                tracing::info!(target: "hyper", "not wanted");
            });
        });
        thread.join().unwrap();
        let lines = lines(&folder.path().join("logs"));
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = &lines[0];
        assert_eq!(
            (&line["job"], &line["level"]),
            (&json!("nps"), &json!("INFO"))
        );
        assert_eq!(line["run"], "2026-11-24T02-15-00Z-7f3a");
        assert_eq!(
            (&line["message"], &line["rows"]),
            (&json!("read 3"), &json!(3))
        );
    }

    #[test]
    fn old_days_go_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "2026-08-25.ndjson",
            "2026-08-26.ndjson",
            "notes.txt",
            "2026-01-01T02-15-00Z-7f3a.txt",
            "ü",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        remove_before(folder.path(), "2026-11-24".parse().unwrap(), 90);
        let mut left: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, ["2026-08-26.ndjson", "notes.txt", "ü"]);
    }
}
