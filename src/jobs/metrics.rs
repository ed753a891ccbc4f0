//! Figures for a monitoring system: an OpenMetrics text file, for the textfile collector of Prometheus' node exporter.
//! Written whole or not at all. Jobs that did not run this time keep their samples.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::Value;

/// The metrics in their order: name, what it is.
const METRICS: [(&str, &str); 6] = [
    (
        "chatterload_last_run_timestamp_seconds",
        "When the job last ended.",
    ),
    (
        SUCCESS,
        "When the job last loaded its files with exit code 0.",
    ),
    (
        "chatterload_last_exit_code",
        "The exit code of the job's last run.",
    ),
    ("chatterload_rows", "Rows that the job's last run read."),
    (
        RESPONSES,
        "What became of the responses of the job's last run.",
    ),
    (
        "chatterload_duration_seconds",
        "How long the job's last run took.",
    ),
];
const SUCCESS: &str = "chatterload_last_success_timestamp_seconds";
const RESPONSES: &str = "chatterload_responses";

/// What may become of a response.
const OUTCOMES: [&str; 8] = [
    "uploaded",
    "updated",
    "already_uploaded",
    "changed",
    "rejected",
    "failed",
    "in_doubt",
    "not_attempted",
];

/// What a job's last run came to.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The job.
    pub job: String,
    /// When it ended, in seconds since 1970.
    pub at: i64,
    /// Its summary.
    pub summary: Value,
    /// There was nothing to load: that is no success.
    pub is_idle: bool,
}

/// A sample's name with its labels, to its value as text.
type Samples = BTreeMap<String, String>;

/// Writes the samples of jobs that ran, and keeps those of others that are still in the config.
///
/// # Errors
/// The file or its folder cannot be written.
pub fn write(path: &Path, ran: &[Sample], jobs: &[&str]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    // One that cannot be read, or is none, is as good as none.
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text(&before, ran, jobs).as_bytes())?;
    // Figures only, and the collector is another user.
    #[cfg(unix)]
    file.as_file()
        .set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn text(before: &str, ran: &[Sample], jobs: &[&str]) -> String {
    let mut samples = Samples::new();
    for line in before.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, value)) = line.rsplit_once(' ') else {
            continue;
        };
        let is_of = |job: &str| name.contains(&format!("{{{}", label("job", job)));
        let ran_now = ran.iter().any(|sample| is_of(&sample.job));
        let is_kept = jobs.iter().any(|job| is_of(job)) && (!ran_now || name.starts_with(SUCCESS));
        if is_kept && value.parse::<f64>().is_ok() {
            samples.insert(name.to_owned(), value.to_owned());
        }
    }
    for sample in ran {
        samples.extend(of(sample));
    }
    let mut text = String::new();
    for (name, help) in METRICS {
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
        let own = samples
            .iter()
            .filter(|(sample, _)| sample.split('{').next() == Some(name));
        for (sample, value) in own {
            let _ = writeln!(text, "{sample} {value}");
        }
    }
    text.push_str("# EOF\n");
    text
}

fn of(sample: &Sample) -> Samples {
    let job = label("job", &sample.job);
    let number = |key: &str| match &sample.summary[key] {
        Value::Number(number) => number.to_string(),
        _ => "0".to_owned(),
    };
    let mut samples = Samples::new();
    let at = sample.at.to_string();
    if sample.summary["exit_code"] == 0 && !sample.is_idle {
        samples.insert(format!("{SUCCESS}{{{job}}}"), at.clone());
    }
    for (name, value) in [
        ("chatterload_last_run_timestamp_seconds", at),
        ("chatterload_last_exit_code", number("exit_code")),
        ("chatterload_rows", number("rows")),
        ("chatterload_duration_seconds", number("elapsed_s")),
    ] {
        samples.insert(format!("{name}{{{job}}}"), value);
    }
    for outcome in OUTCOMES {
        let labels = format!("{job},{}", label("outcome", outcome));
        samples.insert(format!("{RESPONSES}{{{labels}}}"), number(outcome));
    }
    samples
}

/// `job="nps"`, escaped as the format wants it.
fn label(name: &str, value: &str) -> String {
    let value = value
        .replace('\\', r"\\")
        .replace('"', r#"\""#)
        .replace('\n', r"\n");
    format!("{name}=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample(job: &str, at: i64, exit_code: u8) -> Sample {
        Sample {
            job: job.to_owned(),
            at,
            summary: json!({ "exit_code": exit_code, "rows": 200, "uploaded": 197, "elapsed_s": 9.8 }),
            is_idle: false,
        }
    }

    #[test]
    fn a_file_of_a_job() {
        insta::assert_snapshot!(text("", &[sample("nps", 1_795_400_100, 0)], &["nps"]), @r##"
        # HELP chatterload_last_run_timestamp_seconds When the job last ended.
        # TYPE chatterload_last_run_timestamp_seconds gauge
        chatterload_last_run_timestamp_seconds{job="nps"} 1795400100
        # HELP chatterload_last_success_timestamp_seconds When the job last loaded its files with exit code 0.
        # TYPE chatterload_last_success_timestamp_seconds gauge
        chatterload_last_success_timestamp_seconds{job="nps"} 1795400100
        # HELP chatterload_last_exit_code The exit code of the job's last run.
        # TYPE chatterload_last_exit_code gauge
        chatterload_last_exit_code{job="nps"} 0
        # HELP chatterload_rows Rows that the job's last run read.
        # TYPE chatterload_rows gauge
        chatterload_rows{job="nps"} 200
        # HELP chatterload_responses What became of the responses of the job's last run.
        # TYPE chatterload_responses gauge
        chatterload_responses{job="nps",outcome="already_uploaded"} 0
        chatterload_responses{job="nps",outcome="changed"} 0
        chatterload_responses{job="nps",outcome="failed"} 0
        chatterload_responses{job="nps",outcome="in_doubt"} 0
        chatterload_responses{job="nps",outcome="not_attempted"} 0
        chatterload_responses{job="nps",outcome="rejected"} 0
        chatterload_responses{job="nps",outcome="updated"} 0
        chatterload_responses{job="nps",outcome="uploaded"} 197
        # HELP chatterload_duration_seconds How long the job's last run took.
        # TYPE chatterload_duration_seconds gauge
        chatterload_duration_seconds{job="nps"} 9.8
        # EOF
        "##);
    }

    #[test]
    fn other_jobs_and_the_last_success_are_kept() {
        let first = text(
            "",
            &[
                sample("nps", 100, 0),
                sample("c\"s", 100, 0),
                sample("gone", 100, 0),
            ],
            &["nps", "c\"s", "gone"],
        );
        let second = text(&first, &[sample("nps", 200, 5)], &["nps", "c\"s"]);
        for line in [
            "chatterload_last_success_timestamp_seconds{job=\"nps\"} 100",
            "chatterload_last_run_timestamp_seconds{job=\"nps\"} 200",
            "chatterload_last_exit_code{job=\"nps\"} 5",
            "chatterload_last_run_timestamp_seconds{job=\"c\\\"s\"} 100",
        ] {
            assert!(
                second.lines().any(|one| one == line),
                "{line} is not in\n{second}"
            );
        }
        assert!(!second.contains("gone"));
        let idle = Sample {
            is_idle: true,
            ..sample("nps", 300, 0)
        };
        let third = text(&second, &[idle], &["nps"]);
        for line in [
            "chatterload_last_success_timestamp_seconds{job=\"nps\"} 100",
            "chatterload_last_run_timestamp_seconds{job=\"nps\"} 300",
        ] {
            assert!(third.lines().any(|one| one == line), "{line}: {third}");
        }
    }

    #[test]
    fn a_file_is_replaced_whole_and_others_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/chatterload.prom");
        write(&path, &[sample("nps", 1, 0)], &["nps"]).unwrap();
        write(&path, &[sample("nps", 2, 0)], &["nps"]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.ends_with("# EOF\n") && !text.contains(" 1\n"),
            "{text}"
        );
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                std::fs::metadata(path).unwrap().permissions().mode() & 0o777,
                0o644
            );
        }
    }
}
