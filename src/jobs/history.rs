//! The history: one line of JSON a job and run, `{"job", "inputs", "report", …summary…}`, in a file of mode 0600.
//! `report` stands where one was written.
//!
//! # Invariants
//! 1. While a job is at work, a marker beside the file (`history.ndjson.running`) says which. It goes when the job's line
//!    is written. A marker found under the run's lock is a dead run's: its line is written then, with the summary that the
//!    ledger has of it, else with the status `died`.
//! 2. Lines are whole: one that a power loss has cut is cut off before the next is written.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ledger::{Named, Reader, Run};

/// An input, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Where it was.
    pub file: String,
    /// `read`; `not_read` (the run ended before its first row); `loaded_before` (skipped); `waiting` (too young, or still growing); `unreadable`;
    /// `failures_file` (left to `retry`).
    pub state: String,
    /// Where it was moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
}

/// Whether none of them tells how the job is: there was nothing to load, now or before.
pub fn is_idle(inputs: &[Input]) -> bool {
    !inputs
        .iter()
        .any(|input| matches!(input.state.as_str(), "read" | "loaded_before"))
}

/// A job at work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Marker {
    /// The job.
    pub job: String,
    /// Its run.
    pub run: String,
    /// The ledger that knows the run.
    pub ledger: Option<PathBuf>,
    /// The files it reads.
    pub inputs: Vec<Input>,
    /// RFC 3339, in UTC.
    pub started_at: String,
}

/// The history's file.
#[derive(Clone, Debug)]
pub struct History {
    file: PathBuf,
}

impl History {
    /// In a file, which need not be there.
    pub fn at(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
        }
    }

    /// Notes that a job begins.
    ///
    /// # Errors
    /// The marker cannot be written.
    pub fn begin(&self, marker: &Marker) -> io::Result<()> {
        let folder = self.folder();
        std::fs::create_dir_all(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, marker)?;
        file.as_file().sync_all()?;
        file.persist(self.marker()).map_err(|error| error.error)?;
        Ok(())
    }

    /// Writes a job's line; it is no longer at work.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn end(&self, line: &Value) -> io::Result<()> {
        self.append(line)?;
        match std::fs::remove_file(self.marker()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A run that died before its line was written, if one did: [`Self::end`] with its [`dead_line`] buries it. Only
    /// under the run's lock.
    ///
    /// # Errors
    /// The file cannot be read, or the marker of a run that has its line cannot be removed.
    pub fn dead(&self) -> io::Result<Option<Marker>> {
        let text = match std::fs::read_to_string(self.marker()) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match serde_json::from_str::<Marker>(&text) {
            // Its line may have been written just before it died.
            Ok(marker) if !self.has(&marker)? => Ok(Some(marker)),
            _ => std::fs::remove_file(self.marker()).map(|()| None),
        }
    }

    /// The last line of a job that tells how the job is; `None` where there is none.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn last_of(&self, job: &str) -> io::Result<Option<Value>> {
        let mut last = None;
        self.each(|line| {
            if line["job"] == job && !is_of_idle_night(&line) {
                last = Some(line);
            }
        })?;
        Ok(last)
    }

    fn has(&self, marker: &Marker) -> io::Result<bool> {
        let mut found = false;
        self.each(|line| found |= line["job"] == *marker.job && line["run"] == *marker.run)?;
        Ok(found)
    }

    fn each(&self, mut see: impl FnMut(Value)) -> io::Result<()> {
        let file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for line in BufReader::new(file).split(b'\n') {
            // A line that was cut, or that somebody else wrote, says nothing.
            if let Ok(line) = serde_json::from_slice(&line?) {
                see(line);
            }
        }
        Ok(())
    }

    fn append(&self, line: &Value) -> io::Result<()> {
        std::fs::create_dir_all(self.folder())?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.file)?;
        let end = whole_lines(&mut file)?;
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        let mut text = line.to_string();
        text.push('\n');
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn folder(&self) -> PathBuf {
        match self.file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    fn marker(&self) -> PathBuf {
        let mut name = self.file.file_name().unwrap_or_default().to_owned();
        name.push(".running");
        self.file.with_file_name(name)
    }
}

/// Where the last whole line ends.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut byte = [0];
    while end > 0 {
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut byte)?;
        if byte[0] == b'\n' {
            break;
        }
        end -= 1;
    }
    Ok(end)
}

/// A job's line: the summary, with job, inputs and the report's path before it.
pub fn line(job: &str, inputs: &[Input], report: Option<&str>, summary: &str) -> Value {
    let mut line = Map::new();
    line.insert("job".to_owned(), json!(job));
    line.insert("inputs".to_owned(), json!(inputs));
    if let Some(report) = report {
        line.insert("report".to_owned(), json!(report));
    }
    if let Ok(Value::Object(summary)) = serde_json::from_str(summary) {
        line.extend(summary);
    }
    Value::Object(line)
}

/// Whether nothing went wrong in a night, and nothing was loaded either.
fn is_of_idle_night(line: &Value) -> bool {
    let inputs = Vec::<Input>::deserialize(&line["inputs"]);
    line["exit_code"] == 0 && inputs.is_ok_and(|inputs| is_idle(&inputs))
}

/// The line of a run that did not write its own.
pub fn dead_line(marker: &Marker, report: Option<&str>) -> Value {
    let known = marker
        .ledger
        .as_deref()
        .filter(|ledger| ledger.exists())
        .and_then(|ledger| in_ledger(ledger, &marker.run));
    if let Some((
        Run {
            summary: Some(summary),
            ..
        },
        _,
    )) = &known
    {
        // It was at its end, all but for this line.
        return line(&marker.job, &marker.inputs, report, summary);
    }
    let uploaded = known.as_ref().map_or(0, |(_, uploaded)| *uploaded);
    let rest = json!({
        "run": marker.run,
        "command": "run",
        "version": env!("CARGO_PKG_VERSION"),
        "status": "died",
        "exit_code": null,
        "error": "the run did not come to its end: it was killed, or the machine went down",
        "project": known.as_ref().map(|(run, _)| &run.target.project),
        "files": marker.inputs.iter().map(|input| &input.file).collect::<Vec<_>>(),
        "started_at": marker.started_at,
        "finished_at": null,
        "uploaded": uploaded,
    });
    line(&marker.job, &marker.inputs, report, &rest.to_string())
}

/// A run as its ledger has it, and how many responses are known to be its.
fn in_ledger(ledger: &Path, run: &str) -> Option<(Run, u64)> {
    let reader = Reader::open(ledger).ok()?;
    let Named::One(run) = reader.ask(|view| view.run(run)).ok()? else {
        return None;
    };
    let states = reader.ask(|view| view.states_of(run.number)).ok()?;
    Some((*run, states.get("uploaded").copied().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(run: &str) -> Marker {
        Marker {
            job: "nps".to_owned(),
            run: run.to_owned(),
            ledger: None,
            inputs: vec![Input {
                file: "nps.csv".to_owned(),
                state: "read".to_owned(),
                moved_to: None,
            }],
            started_at: "2026-11-23T02:15:00Z".to_owned(),
        }
    }

    fn runs(history: &History) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        history
            .each(|line| all.push((text(&line["run"]), text(&line["status"]))))
            .unwrap();
        all
    }

    #[test]
    fn a_line_is_the_summary_with_job_and_inputs() {
        let line = line(
            "nps",
            &marker("r").inputs,
            None,
            r#"{"run":"r","exit_code":0}"#,
        );
        assert_eq!(
            line.to_string(),
            r#"{"job":"nps","inputs":[{"file":"nps.csv","state":"read"}],"run":"r","exit_code":0}"#
        );
    }

    #[test]
    fn a_dead_runs_line_is_written_once_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::at(&folder.path().join("state/history.ndjson"));
        let buried = || {
            let marker = history.dead().unwrap()?;
            history.end(&dead_line(&marker, None)).unwrap();
            Some(marker.run)
        };
        assert_eq!(buried(), None);
        history.begin(&marker("one")).unwrap();
        history
            .end(&line(
                "nps",
                &[],
                None,
                r#"{"run":"one","status":"complete"}"#,
            ))
            .unwrap();
        assert_eq!(buried(), None);
        history.begin(&marker("two")).unwrap();
        assert_eq!(buried().as_deref(), Some("two"));
        assert_eq!(buried(), None);
        // One that died between its line and the end of its marker.
        history.begin(&marker("two")).unwrap();
        assert_eq!(buried(), None);
        let expected = [("one", "complete"), ("two", "died")];
        assert_eq!(
            runs(&history),
            expected.map(|(run, status)| (run.to_owned(), status.to_owned()))
        );
        assert_eq!(history.last_of("nps").unwrap().unwrap()["run"], "two");
        assert_eq!(history.last_of("csat").unwrap(), None);
        // A night without a file does not tell that all is well again.
        let idle = line("nps", &[], None, r#"{"run":"three","exit_code":0}"#);
        history.end(&idle).unwrap();
        assert_eq!(history.last_of("nps").unwrap().unwrap()["run"], "two");
        let loaded = line(
            "nps",
            &marker("four").inputs,
            None,
            r#"{"run":"four","exit_code":0}"#,
        );
        history.end(&loaded).unwrap();
        assert_eq!(history.last_of("nps").unwrap().unwrap()["run"], "four");
    }

    #[test]
    fn a_line_that_was_cut_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.ndjson");
        std::fs::write(&path, "{\"run\":\"one\"}\n{\"run\":\"tw").unwrap();
        let history = History::at(&path);
        history.end(&json!({ "run": "three" })).unwrap();
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            "{\"run\":\"one\"}\n{\"run\":\"three\"}\n"
        );
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.ndjson");
        History::at(&path).end(&json!({})).unwrap();
        assert_eq!(
            std::fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
