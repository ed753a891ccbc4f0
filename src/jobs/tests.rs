//! The config file: what it says, and what is said of it where it is wrong.

use std::path::Path;
use std::time::Duration;

use super::config::{Config, Event, OnMissing, Webhook};
use super::pattern::Pattern;

/// The file of the documentation.
const WHOLE: &str = r#"
[api]
url = "https://api.chattermill.com/v1"
key_file = "secrets/api-key"              # or CHATTERMILL_API_KEY; never the key itself
project = "acme"

[defaults]
rate = "auto"
concurrency = 16
max_failures = "20%"
failures_folder = "failures"
ledger = "state/ledger.sqlite"

[jobs.nps]
input = ["exports/nps-*.csv", "exports/{yesterday}/*.xlsx"]
mapping = "mappings/typeform.toml"
min_age = "2m"
on_missing = "fail"
after = { success = "loaded", failure = "rejected" }
concurrency = 4

[jobs.csat]
input = "csat.csv"
mapping = "csat.toml"

[history]
file = "state/history.ndjson"
logs = "state/logs"
keep_days = 30
reports = "state/reports"

[notify]
webhook_env = "CHATTERLOAD_WEBHOOK"
command = ["mail", "-s", "{subject}", "ops@example.com"]
on = ["failure", "recovery"]

[metrics]
textfile = "state/chatterload.prom"
"#;

fn parse(text: &str) -> Config {
    Config::parse(Path::new("/etc/jobs/chatterload.toml"), text)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn wrong(text: &str) -> String {
    let path = Path::new("chatterload.toml");
    Config::parse(path, text)
        .map(|_| ())
        .unwrap_err()
        .to_string()
}

#[test]
fn a_whole_file_is_read() {
    let config = parse(WHOLE);
    let names: Vec<&str> = config.jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(names, ["nps", "csat"]);
    let nps = &config.jobs[0];
    assert_eq!(nps.inputs.len(), 2);
    assert_eq!(nps.min_age, Duration::from_mins(2));
    assert_eq!(nps.on_missing, OnMissing::Fail);
    let now = jiff::ZonedDateTime::now();
    let path = |folder: &Option<Pattern>| folder.as_ref().map(|folder| folder.path(&now));
    assert_eq!(path(&nps.success), Some("/etc/jobs/loaded".into()));
    assert_eq!(path(&nps.failure), Some("/etc/jobs/rejected".into()));
    assert_eq!(
        nps.failures_folder.as_deref(),
        Some(Path::new("/etc/jobs/failures"))
    );
    assert_eq!(nps.settings["concurrency"], ["--concurrency=4"]);
    assert_eq!(
        nps.settings["ledger"],
        ["--ledger=/etc/jobs/state/ledger.sqlite"]
    );
    assert_eq!(
        nps.settings["api_key_file"],
        ["--api-key-file=/etc/jobs/secrets/api-key"]
    );
    let csat = &config.jobs[1];
    assert_eq!(csat.settings["concurrency"], ["--concurrency=16"]);
    assert_eq!(
        (csat.on_missing, csat.min_age),
        (OnMissing::Warn, Duration::ZERO)
    );
    assert_eq!(config.history.keep_days, 30);
    assert_eq!(config.notify.on, [Event::Failure, Event::Recovery]);
    assert!(
        matches!(&config.notify.webhook, Some(Webhook::Variable(name)) if name == "CHATTERLOAD_WEBHOOK")
    );
    assert_eq!(
        config.textfile.as_deref(),
        Some(Path::new("/etc/jobs/state/chatterload.prom"))
    );
}

#[test]
fn a_job_takes_back_what_defaults_say() {
    let config = parse(
        "[defaults]\nreapply = true\nmapping = 'm'\non_missing = 'fine'\n[jobs.a]\ninput = 'a'\nreapply = false\n[jobs.b]\ninput = 'b'",
    );
    assert!(config.jobs[0].settings["reapply"].is_empty());
    assert_eq!(config.jobs[1].settings["reapply"], ["--reapply"]);
    assert_eq!(config.jobs[1].on_missing, OnMissing::Fine);
}

#[test]
fn everything_wrong_is_told_at_its_place_with_the_nearest_name() {
    insta::assert_snapshot!(wrong(
        "[defaults]\nconcurency = 4\nrate = \"fast\"\n[jobs.nps]\ninput = \"{yesterdy}.csv\"\non_missing = \"wrn\"\n[histroy]\n"
    ), @r##"
        error: unknown key `concurency`, did you mean `concurrency`?
         --> chatterload.toml:2:1
          |
        2 | concurency = 4
          | ^^^^^^^^^^

        error: `rate`: 'fast' is not a rate: write a whole number of requests a second, minute or hour, such as 50/s, 600/m or 10000/h; or auto, or unlimited
         --> chatterload.toml:3:8
          |
        3 | rate = "fast"
          |        ^^^^^^

        error: the job `nps` has no mapping
         --> chatterload.toml:4:7
          |
        4 | [jobs.nps]
          |       ^^^
          |
          = help: say how its columns are mapped: mapping = "mappings/nps.toml", or the name of a shipped mapping

        error: unknown date `{yesterdy}`, did you mean `{yesterday}`? known are {today}, {yesterday}, {date:%Y%m%d}
         --> chatterload.toml:5:9
          |
        5 | input = "{yesterdy}.csv"
          |         ^^^^^^^^^^^^^^^^

        error: unknown value `wrn`, did you mean `warn`?
         --> chatterload.toml:6:14
          |
        6 | on_missing = "wrn"
          |              ^^^^^
          |
          = help: known here: fine, warn, fail

        error: unknown key `histroy`, did you mean `history`?
         --> chatterload.toml:7:2
          |
        7 | [histroy]
          |  ^^^^^^^
          |
          = help: known here: api, defaults, jobs, history, notify, metrics
        "##);
}

#[test]
fn a_job_without_input_or_mapping_is_none() {
    let text = wrong("[jobs.nps]\n");
    assert!(
        text.contains("has no input") && text.contains("has no mapping"),
        "{text}"
    );
    assert!(wrong("[jobs]\nnps = 1").contains("expected a table"));
    assert!(wrong("jobs = 1").contains("expected a table of jobs"));
    assert!(wrong("[defaults]\ninput = 'a'").contains("unknown key `input`"));
}

#[test]
fn secrets_are_never_shown() {
    for text in [
        "[api]\nkey = \"s3cret\"\n",
        "api = { key = \"s3cret\", project = 1 }\n",
        "[api]\ntoken = \"s3cret\"\n",
        "[notify]\nwebhook = \"http://example.com/s3cret\"\n",
        "[notify]\nwebhook = 's3cret'\nonn = 1",
        "notify = { webhook = \"https://x/s3cret\", onn = 1 }",
        "[notify]\nwebhook = \"https://x/s3cret\n",
        "[notify]\nwebhook = [\"s3cret\"]\n",
        "[notify]\n\"webhook\" = \"http://x/s3cret\"",
    ] {
        let told = wrong(text);
        assert!(!told.contains("s3cret"), "{told}");
    }
    let config = parse("[notify]\nwebhook = \"https://x/s3cret\"");
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn what_is_no_toml_is_told() {
    assert!(wrong("[jobs.nps\n").contains("not valid TOML"));
}
