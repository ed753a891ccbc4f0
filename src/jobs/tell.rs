//! What a message says of a job's run: what happened, and what to do. Figures and names of files, never the content of
//! feedback.

use std::fmt::Write as _;

use serde_json::Value;

use super::config::Event;
use super::notify::Message;

/// What a job's run came to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// The job.
    pub job: &'a str,
    /// The summary.
    pub summary: &'a Value,
    /// There was nothing to load, which tells nothing of how the job is.
    pub is_idle: bool,
    /// Patterns that matched nothing and should have.
    pub missing: &'a [String],
    /// The job's last line in the history that tells how it was.
    pub before: Option<&'a Value>,
    /// Where the run's report is.
    pub report: Option<&'a str>,
}

/// An error is cut to so many characters.
const LONGEST_ERROR: usize = 1_000;

impl Outcome<'_> {
    /// The event that is told, of those that are wanted: one at most.
    pub fn event(&self, wanted: &[Event]) -> Option<Event> {
        let failed = self.summary["exit_code"] != 0;
        let is_missing = !self.missing.is_empty();
        // Where nothing but a missing file is wrong, that is what is told.
        let only_missing = is_missing && (!failed || self.summary["rows"] == 0 && self.is_input());
        let was_well = self.before.is_none_or(|before| before["exit_code"] == 0);
        let candidates = [
            (only_missing, Event::Missing),
            (failed, Event::Failure),
            (is_missing, Event::Missing),
            (!failed && !was_well && !self.is_idle, Event::Recovery),
        ];
        candidates
            .into_iter()
            .find(|(applies, event)| *applies && wanted.contains(event))
            .map(|(_, event)| event)
    }

    fn is_input(&self) -> bool {
        self.summary["exit_code"] == 3
    }

    /// The message of an event.
    pub fn message(&self, event: Event) -> Message {
        let job = self.job;
        let code = self.summary["exit_code"].as_u64();
        let subject = match event {
            Event::Missing => format!("chatterload: {job}: no file"),
            Event::Recovery => format!("chatterload: {job} is well again"),
            Event::Failure => format!("chatterload: {job} {}", self.failed(code)),
        };
        let mut lines = vec![match event {
            Event::Missing => format!("{job}: no file matches {}.", self.missing.join(", ")),
            Event::Recovery => format!("{job} is well again{}.", self.what_was()),
            Event::Failure => format!("{job} {}.", self.failed(code)),
        }];
        if let Some(error) = self.summary["error"].as_str() {
            let cut: String = error.chars().take(LONGEST_ERROR).collect();
            lines.push(cut);
        }
        lines.push(self.figures());
        lines.extend(self.reasons());
        if event != Event::Recovery {
            lines.push(format!("What to do: {}", self.remedy(event, code)));
        }
        lines.extend(self.report.map(|report| format!("Report: {report}")));
        Message {
            event,
            job: job.to_owned(),
            subject,
            text: lines.join("\n") + "\n",
            summary: self.summary.clone(),
        }
    }

    fn what_was(&self) -> String {
        let before = self.before.unwrap_or(&Value::Null);
        let run = before["run"].as_str().unwrap_or("before");
        match before["exit_code"].as_u64() {
            Some(code) => format!(" (run {run} ended with {code})"),
            None => format!(
                " (run {run} was killed, or the machine went down; what it left was taken up)"
            ),
        }
    }

    fn figures(&self) -> String {
        // A run that was ended before it knew its project has none to tell.
        let project = self.summary["project"].as_str();
        let mut line = format!(
            "run {}{}: ",
            self.text("run"),
            project.map_or_else(String::new, |project| format!(", project {project}")),
        );
        match self.summary["rows"].as_u64() {
            Some(rows) => {
                let _ = write!(line, "{rows} rows read");
            }
            None => line.push_str("how many rows it read is not known"),
        }
        let figures = [
            ("uploaded", "uploaded"),
            ("updated", "updated"),
            ("already_uploaded", "already there"),
            ("changed", "changed and left alone"),
            ("rejected", "rejected"),
            ("failed", "failed"),
            ("in_doubt", "in doubt"),
            ("not_attempted", "not attempted"),
            ("doubles", "doubles"),
        ];
        for (key, words) in figures {
            if let Some(count) = self.summary[key].as_u64().filter(|count| *count > 0) {
                let _ = write!(line, ", {count} {words}");
            }
        }
        line + "."
    }

    fn reasons(&self) -> Option<String> {
        let reasons = self.summary["reasons"].as_object()?;
        let all: Vec<String> = reasons
            .iter()
            .map(|(code, count)| format!("{code} {count}"))
            .collect();
        (!all.is_empty()).then(|| format!("Reasons: {}.", all.join(", ")))
    }

    fn remedy(&self, event: Event, code: Option<u64>) -> String {
        if event == Event::Missing {
            return "see why the export did not come; nothing is lost, the next run takes what is there.".to_owned();
        }
        let Some(code) = code else {
            return "nothing, where this was once: what it left is taken up by the run that tells this. Where it comes back, see \
                    what ends it: memory, time limits, restarts."
                .to_owned();
        };
        let file = self.summary["failures_file"].as_str();
        match (code, file) {
            (1, Some(file)) => {
                let next = self.summary["next"].as_str().unwrap_or("chatterload retry");
                format!("mend the rows in {file}, then: {next}")
            }
            (1, None) => format!("look at: chatterload runs show {}", self.text("run")),
            (2, _) => "mend the config or the mapping; `chatterload run --check` verifies all of it.".to_owned(),
            (3, _) => "look at the file and have it exported again.".to_owned(),
            (4, _) => "check key and project with `chatterload run --check`; nothing is lost, the next run goes on."
                .to_owned(),
            (6, _) => "nothing, where the other run comes to its end; the next run goes on.".to_owned(),
            _ => format!("nothing is lost: the next run goes on, or now: chatterload run {}", self.job),
        }
    }

    fn text(&self, key: &str) -> &str {
        self.summary[key].as_str().unwrap_or("-")
    }

    fn failed(&self, code: Option<u64>) -> String {
        let Some(code) = code else {
            return "did not come to its end".to_owned();
        };
        let words = match code {
            1 => "finished, and some of it failed",
            2 => "is set up wrongly",
            3 if self.summary["rows"].as_u64() > Some(0) => "could not read all of its input",
            3 => "could not read its input",
            4 => "was refused by the API, or had no answer",
            5 => "stopped before its end",
            6 => "found another run at work",
            _ => "failed",
        };
        format!("{words} (exit {code})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ALL: [Event; 3] = [Event::Failure, Event::Recovery, Event::Missing];

    fn summary(exit_code: u8) -> Value {
        json!({
            "run": "2026-11-23T02-15-00Z-7f3a", "project": "acme", "exit_code": exit_code, "error": null, "rows": 200,
            "uploaded": 180, "already_uploaded": 9, "rejected": 5, "failed": 1,
            "failures_file": "failures/nps.failures.csv", "reasons": {"score_not_a_number": 4},
        })
    }

    fn event(
        exit_code: u8,
        missing: bool,
        before: Option<&Value>,
        wanted: &[Event],
    ) -> Option<Event> {
        let missing = if missing {
            vec!["e/*.csv".to_owned()]
        } else {
            Vec::new()
        };
        let outcome = Outcome {
            job: "nps",
            summary: &summary(exit_code),
            is_idle: false,
            missing: &missing,
            before,
            report: None,
        };
        outcome.event(wanted)
    }

    #[test]
    fn one_event_at_most_and_only_what_is_wanted() {
        let died = || Some(json!({ "exit_code": null, "status": "died" }));
        let ended = |code: u8| Some(json!({ "exit_code": code }));
        assert_eq!(event(0, false, None, &ALL), None);
        assert_eq!(event(0, false, ended(0).as_ref(), &ALL), None);
        assert_eq!(
            event(0, false, ended(4).as_ref(), &ALL),
            Some(Event::Recovery)
        );
        assert_eq!(
            event(0, false, died().as_ref(), &ALL),
            Some(Event::Recovery)
        );
        assert_eq!(
            event(4, false, ended(4).as_ref(), &ALL),
            Some(Event::Failure)
        );
        assert_eq!(
            event(0, true, ended(4).as_ref(), &ALL),
            Some(Event::Missing)
        );
        assert_eq!(event(1, true, None, &ALL), Some(Event::Failure));
        assert_eq!(
            event(1, true, None, &[Event::Missing]),
            Some(Event::Missing)
        );
        assert_eq!(event(0, false, ended(4).as_ref(), &[Event::Failure]), None);
    }

    #[test]
    fn a_night_without_a_file_is_no_recovery() {
        let (summary, before) = (summary(0), json!({ "exit_code": 4 }));
        for (is_idle, told) in [(true, None), (false, Some(Event::Recovery))] {
            let outcome = Outcome {
                job: "nps",
                summary: &summary,
                is_idle,
                missing: &[],
                before: Some(&before),
                report: None,
            };
            assert_eq!(outcome.event(&ALL), told);
        }
    }

    #[test]
    fn a_failure_says_what_happened_and_what_to_do() {
        let mut summary = summary(1);
        summary["next"] = "chatterload retry failures/nps.failures.csv".into();
        let outcome = Outcome {
            job: "nps",
            summary: &summary,
            is_idle: false,
            missing: &[],
            before: None,
            report: Some("state/reports/2026-11-23T02-15-00Z-7f3a-nps.html"),
        };
        let message = outcome.message(Event::Failure);
        insta::assert_snapshot!(format!("{}\n\n{}", message.subject, message.text), @r##"
        chatterload: nps finished, and some of it failed (exit 1)

        nps finished, and some of it failed (exit 1).
        run 2026-11-23T02-15-00Z-7f3a, project acme: 200 rows read, 180 uploaded, 9 already there, 5 rejected, 1 failed.
        Reasons: score_not_a_number 4.
        What to do: mend the rows in failures/nps.failures.csv, then: chatterload retry failures/nps.failures.csv
        Report: state/reports/2026-11-23T02-15-00Z-7f3a-nps.html
        "##);
    }

    #[test]
    fn of_a_run_that_died_it_is_said_that_it_did_not_end() {
        let summary = json!({
            "run": "r1", "project": "acme", "exit_code": null, "status": "died", "uploaded": 12,
            "error": "the run did not come to its end: it was killed, or the machine went down",
        });
        let outcome = Outcome {
            job: "nps",
            summary: &summary,
            is_idle: false,
            missing: &[],
            before: None,
            report: None,
        };
        assert_eq!(outcome.event(&[Event::Failure]), Some(Event::Failure));
        let message = outcome.message(Event::Failure);
        insta::assert_snapshot!(format!("{}\n\n{}", message.subject, message.text), @r##"
        chatterload: nps did not come to its end

        nps did not come to its end.
        the run did not come to its end: it was killed, or the machine went down
        run r1, project acme: how many rows it read is not known, 12 uploaded.
        What to do: nothing, where this was once: what it left is taken up by the run that tells this. Where it comes back, see what ends it: memory, time limits, restarts.
        "##);
    }

    #[test]
    fn a_recovery_says_what_was() {
        let summary = summary(0);
        let before = json!({ "run": "r1", "exit_code": null });
        let outcome = Outcome {
            job: "nps",
            summary: &summary,
            is_idle: false,
            missing: &[],
            before: Some(&before),
            report: None,
        };
        insta::assert_snapshot!(outcome.message(Event::Recovery).text, @r##"
        nps is well again (run r1 was killed, or the machine went down; what it left was taken up).
        run 2026-11-23T02-15-00Z-7f3a, project acme: 200 rows read, 180 uploaded, 9 already there, 5 rejected, 1 failed.
        Reasons: score_not_a_number 4.
        "##);
    }
}
