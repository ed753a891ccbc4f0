//! From the document to the file's types.

use std::path::{Path, PathBuf};
use std::time::Duration;

use regex::{Captures, Regex};

use super::config::{Config, Event, History, Job, Notify, OnMissing, Webhook};
use super::notify;
use super::options::{Known, Settings};
use super::pattern::Pattern;
use crate::mapping::document::{Entry, Kind, Node};
use crate::mapping::walk::{self, Problems, Table, expected, string};
use crate::mapping::{Problem, nearest};
use crate::units::parse_duration;

/// Keys of a job, and of `[defaults]` but for the first.
const JOB_KEYS: [&str; 5] = ["input", "min_age", "on_missing", "after", "failures_folder"];

const NO_INPUT: &str = "say which files it loads: input = \"exports/nps-*.csv\"";
const NO_MAPPING: &str = "say how its columns are mapped: mapping = \"mappings/nps.toml\", or the name of a shipped mapping";
const NO_KEY_HERE: &str = "the API key does not belong into this file: key_file names a file that holds it, or export \
    CHATTERMILL_API_KEY";

/// The whole file.
pub(super) fn config(path: &Path, root: &Node, problems: &mut Problems) -> Config {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let reader = Reader {
        known: Known::default(),
        folder,
    };
    let mut config = Config {
        path: path.to_owned(),
        defaults: Settings::new(),
        jobs: Vec::new(),
        history: reader.history(None, problems),
        notify: notify_section(None, problems),
        textfile: None,
    };
    let Some(mut table) = Table::open(root, problems) else {
        return config;
    };
    if let Some(node) = table.get("api") {
        reader.api(node, &mut config.defaults, problems);
    }
    let mut below = Part::default();
    if let Some(node) = table.get("defaults") {
        below = reader.part(node, &JOB_KEYS[1..], problems);
        config.defaults.extend(below.settings.clone());
    }
    below.settings = config.defaults.clone();
    if let Some(node) = table.get("jobs") {
        if !matches!(node.kind, Kind::Table(_)) {
            let _: Option<()> = expected(node, "a table of jobs, as [jobs.nps]", problems);
        }
        for entry in node.entries() {
            config.jobs.extend(reader.job(entry, &below, problems));
        }
    }
    config.history = reader.history(table.get("history"), problems);
    config.notify = notify_section(table.get("notify"), problems);
    config.textfile = table
        .get("metrics")
        .and_then(|node| Table::open(node, problems))
        .and_then(|mut metrics| {
            let file = reader.path(metrics.get("textfile"), problems);
            metrics.finish(problems);
            file
        });
    table.finish(problems);
    config
}

struct Reader {
    known: Known,
    folder: PathBuf,
}

/// What stands in `[defaults]` or in a job.
#[derive(Clone, Default)]
struct Part {
    settings: Settings,
    inputs: Option<Vec<Pattern>>,
    failures_folder: Option<PathBuf>,
    min_age: Option<Duration>,
    on_missing: Option<OnMissing>,
    success: Option<Pattern>,
    failure: Option<Pattern>,
}

impl Reader {
    fn api(&self, node: &Node, into: &mut Settings, problems: &mut Problems) {
        let Some(mut table) = Table::open(node, problems) else {
            return;
        };
        for (key, option) in [
            ("url", "api_url"),
            ("key_file", "api_key_file"),
            ("project", "project"),
        ] {
            if let Some(entry) = table.entry(key) {
                self.option(option, entry, into, problems);
            }
        }
        for secret in ["key", "api_key", "token"] {
            if let Some(entry) = node.entries().iter().find(|entry| entry.key == secret) {
                problems.push(
                    Problem::at(&entry.place, format!("unknown key `{secret}`")).help(NO_KEY_HERE),
                );
                return;
            }
        }
        table.finish(problems);
    }

    /// An option of `import`; `false` where the key is none.
    fn option(
        &self,
        key: &str,
        entry: &Entry,
        into: &mut Settings,
        problems: &mut Problems,
    ) -> bool {
        match self.known.arguments(key, &entry.value, &self.folder) {
            None => return false,
            Some(Ok(arguments)) => {
                into.insert(key.to_owned(), arguments);
            }
            Some(Err(why)) => problems.push(Problem::at(
                &entry.value.place,
                format!("`{}`: {why}", entry.key),
            )),
        }
        true
    }

    fn part(&self, node: &Node, own: &[&str], problems: &mut Problems) -> Part {
        let mut part = Part::default();
        if !matches!(node.kind, Kind::Table(_)) {
            let _: Option<()> = expected(node, "a table", problems);
        }
        for entry in node.entries() {
            let key = entry.key.as_str();
            let value = &entry.value;
            if own.contains(&key) {
                match key {
                    "input" => part.inputs = self.inputs(value, problems),
                    "min_age" => part.min_age = duration(value, problems),
                    "on_missing" => {
                        let words = [
                            ("fine", OnMissing::Fine),
                            ("warn", OnMissing::Warn),
                            ("fail", OnMissing::Fail),
                        ];
                        part.on_missing = walk::word(value, &words, problems);
                    }
                    "failures_folder" => part.failures_folder = self.path(Some(value), problems),
                    _ => self.after(value, &mut part, problems),
                }
            } else if !self.option(key, entry, &mut part.settings, problems) {
                problems.push(self.unknown(entry, own));
            }
        }
        part
    }

    fn unknown(&self, entry: &Entry, own: &[&str]) -> Problem {
        let key = entry.key.as_str();
        let options = self.known.keys();
        let dashes = key.replace('-', "_");
        let all = own
            .iter()
            .copied()
            .chain(options.iter().map(String::as_str));
        let near = nearest(&dashes, all);
        let message = match near {
            Some(near) => format!("unknown key `{key}`, did you mean `{near}`?"),
            None => format!("unknown key `{key}`"),
        };
        let help = format!(
            "known here: {}, and what `import` has an option for, with underscores ({})",
            own.join(", "),
            options.join(", ")
        );
        Problem::at(&entry.place, message).maybe_help(near.is_none().then_some(help))
    }

    fn inputs(&self, node: &Node, problems: &mut Problems) -> Option<Vec<Pattern>> {
        let nodes = match &node.kind {
            Kind::Array(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut patterns = Vec::new();
        for node in nodes {
            let text = string(node, problems)?;
            match Pattern::new(&text, &self.folder) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => problems.push(Problem::at(&node.place, why)),
            }
        }
        if nodes.is_empty() {
            problems.push(Problem::at(&node.place, "this list is empty").help(NO_INPUT));
        }
        Some(patterns)
    }

    fn after(&self, node: &Node, part: &mut Part, problems: &mut Problems) {
        let Some(mut table) = Table::open(node, problems) else {
            return;
        };
        part.success = self.dated_folder(table.get("success"), problems);
        part.failure = self.dated_folder(table.get("failure"), problems);
        table.finish(problems);
    }

    /// A folder with dates in its path, as inputs have them.
    fn dated_folder(&self, node: Option<&Node>, problems: &mut Problems) -> Option<Pattern> {
        let node = node?;
        let text = string(node, problems)?;
        if text.trim().is_empty() {
            return expected(node, "a path", problems);
        }
        Pattern::folder(&text, &self.folder)
            .map_err(|why| problems.push(Problem::at(&node.place, why)))
            .ok()
    }

    fn job(&self, entry: &Entry, below: &Part, problems: &mut Problems) -> Option<Job> {
        let name = entry.key.clone();
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            problems.push(Problem::at(&entry.place, "this is no name for a job"));
        }
        let own = self.part(&entry.value, &JOB_KEYS, problems);
        let mut settings = below.settings.clone();
        settings.extend(own.settings);
        let has = |key: &str| entry.value.get(key).is_some();
        if !has("input") {
            problems.push(
                Problem::at(&entry.place, format!("the job `{name}` has no input")).help(NO_INPUT),
            );
        }
        if !settings.contains_key("mapping") && !has("mapping") {
            problems.push(
                Problem::at(&entry.place, format!("the job `{name}` has no mapping"))
                    .help(NO_MAPPING),
            );
        }
        Some(Job {
            inputs: own.inputs?,
            settings,
            failures_folder: own
                .failures_folder
                .or_else(|| below.failures_folder.clone()),
            min_age: own.min_age.or(below.min_age).unwrap_or_default(),
            on_missing: own.on_missing.or(below.on_missing).unwrap_or_default(),
            success: own.success.or_else(|| below.success.clone()),
            failure: own.failure.or_else(|| below.failure.clone()),
            name,
        })
    }

    fn history(&self, node: Option<&Node>, problems: &mut Problems) -> History {
        let table = node.and_then(|node| Table::open(node, problems));
        let Some(mut table) = table else {
            return History {
                file: None,
                logs: None,
                keep_days: KEEP_DAYS,
                reports: None,
            };
        };
        let history = History {
            file: self.path(table.get("file"), problems),
            logs: self.path(table.get("logs"), problems),
            keep_days: table
                .count("keep_days", problems)
                .map_or(KEEP_DAYS, |days| u32::try_from(days).unwrap_or(u32::MAX)),
            reports: self.path(table.get("reports"), problems),
        };
        table.finish(problems);
        history
    }

    /// A path, which counts from the file's folder.
    fn path(&self, node: Option<&Node>, problems: &mut Problems) -> Option<PathBuf> {
        let node = node?;
        let text = string(node, problems)?;
        if text.trim().is_empty() {
            return expected(node, "a path", problems);
        }
        Some(self.folder.join(text))
    }
}

/// How long logs are kept unless said.
const KEEP_DAYS: u32 = 90;

fn notify_section(node: Option<&Node>, problems: &mut Problems) -> Notify {
    let mut section = Notify {
        webhook: None,
        command: Vec::new(),
        on: vec![Event::Failure, Event::Recovery, Event::Missing],
    };
    let Some(mut table) = node.and_then(|node| Table::open(node, problems)) else {
        return section;
    };
    if let Some(variable) = table.string("webhook_env", problems) {
        section.webhook = Some(Webhook::Variable(variable));
    }
    if let Some(entry) = table.entry("webhook") {
        match &entry.value.kind {
            Kind::String(address) => {
                if let Err(why) = notify::address(address) {
                    problems.push(Problem::at(
                        &entry.place,
                        format!("the address of the webhook {why}"),
                    ));
                }
                section.webhook = Some(Webhook::Address(address.clone().into()));
            }
            _ => problems.push(Problem::at(
                &entry.place,
                "`webhook` is an https address, as a text",
            )),
        }
    }
    if let Some(node) = table.get("command") {
        section.command = walk::list(node, problems)
            .unwrap_or_default()
            .iter()
            .filter_map(|node| string(node, problems))
            .collect();
        if section
            .command
            .first()
            .is_none_or(|program| program.trim().is_empty())
        {
            problems.push(
                Problem::at(&node.place, "a command is a program with its arguments")
                    .help("command = [\"mail\", \"-s\", \"{subject}\", \"ops@example.com\"]"),
            );
        }
    }
    if let Some(node) = table.get("on") {
        let words =
            [Event::Failure, Event::Recovery, Event::Missing].map(|event| (event.name(), event));
        let items = walk::list(node, problems).unwrap_or_default();
        section.on = items
            .iter()
            .filter_map(|node| walk::word(node, &words, problems))
            .collect();
    }
    table.finish(problems);
    section
}

fn duration(node: &Node, problems: &mut Problems) -> Option<Duration> {
    let text = match &node.kind {
        Kind::String(text) => text.clone(),
        Kind::Integer(seconds) => seconds.to_string(),
        _ => return expected(node, "a duration, such as \"2m\"", problems),
    };
    match parse_duration(&text) {
        Ok(duration) => Some(duration),
        Err(why) => {
            problems.push(Problem::at(&node.place, why));
            None
        }
    }
}

/// The text as messages may show it: what may be a secret is starred out, to the byte, so that places stay right.
pub(super) fn masked(text: &str) -> String {
    let secret =
        r#"(?im)([\w-]*(?:hook|url|key|token|secret|password|auth)[\w-]*["']?\s*=)([^\n]*)"#;
    let Ok(secret) = Regex::new(secret) else {
        // Cannot be: it is a constant, and tested. Nothing is shown rather than too much.
        return String::new();
    };
    let starred = |found: &Captures<'_>| {
        let name = found[1].trim_end_matches('=').trim();
        let is_name_only = ["key_file", "api_key_file", "webhook_env"].contains(&name);
        let value = &found[2];
        // Another pair may follow on the same line.
        if is_name_only && !value.contains('=') {
            return found[0].to_owned();
        }
        format!("{}{}", &found[1], "*".repeat(value.len()))
    };
    secret.replace_all(text, starred).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::masked;

    proptest! {
        #[test]
        fn places_stay_right_and_secrets_go(
            before in "[a-z =\\[\\]\"\nü]{0,40}",
            name in "(webhook|key|api_token|\"url\"|slack_hook|PASSWORD)",
            secret in "[a-zü]{1,20}9",
            after in "[a-z =\nü]{0,40}",
        ) {
            let text = format!("{before}\n{name} = '{secret}'\n{after}");
            let shown = masked(&text);
            prop_assert!(!shown.contains(&secret), "{}", shown);
            prop_assert_eq!(shown.len(), text.len());
            let ends = |text: &str| -> Vec<usize> { text.match_indices('\n').map(|(at, _)| at).collect() };
            prop_assert_eq!(ends(&shown), ends(&text));
        }
    }

    #[test]
    fn names_of_files_and_variables_are_no_secrets() {
        let text = "key_file = \"a\"\nwebhook_env = \"B\"\n";
        assert_eq!(masked(text), text);
        assert!(!masked("{ key_file = \"a\", webhook = \"s3cret\" }").contains("s3cret"));
    }
}
