//! The options of `import` as keys of `chatterload.toml`: clap's own definitions say which there are and what they
//! take, so that an option and its key cannot drift apart.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Args, Command, FromArgMatches};

use crate::cli::ImportArgs;
use crate::error::Error;
use crate::mapping::document::{Kind, Node};
use crate::settings::{Environment, literal};

/// Options as clap takes them, by the keys they have in the file: `max_wait` to `--max-wait=5m`. A switch that is
/// `false` is there with nothing, so that a job can take back what `[defaults]` say.
pub type Settings = BTreeMap<String, Vec<OsString>>;

/// Those that make no sense in a file: `run --check` posts nothing.
const NOT_IN_A_FILE: [&str; 2] = ["dry-run", "help"];

/// Options with a variable, which comes before the file.
const VARIABLES: [(&str, &str); 4] = [
    ("api_url", "CHATTERMILL_API_URL"),
    ("api_key_file", "CHATTERMILL_API_KEY"),
    ("project", "CHATTERMILL_PROJECT"),
    ("ledger", "CHATTERLOAD_LEDGER"),
];

/// The options of `import`, as clap has them.
pub struct Known {
    command: Command,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            command: ImportArgs::augment_args(Command::new("import")),
        }
    }
}

impl Known {
    /// All keys.
    pub fn keys(&self) -> Vec<String> {
        let longs = self.command.get_arguments().filter_map(Arg::get_long);
        longs
            .filter(|long| !NOT_IN_A_FILE.contains(long))
            .map(|long| long.replace('-', "_"))
            .collect()
    }

    /// The arguments that a key with its value stands for; `None` where there is no such key. Relative paths count
    /// from `folder`.
    ///
    /// # Errors
    /// The option does not take the value; the message says why.
    pub fn arguments(
        &self,
        key: &str,
        node: &Node,
        folder: &Path,
    ) -> Option<Result<Vec<OsString>, String>> {
        let mut all = self.command.get_arguments();
        let option = all.find(|option| {
            let long = option.get_long().unwrap_or_default();
            !NOT_IN_A_FILE.contains(&long) && !key.contains('-') && long.replace('-', "_") == key
        })?;
        Some(written(option, key, node, folder).and_then(|arguments| {
            let checked = self.parse(&arguments, &["x".into()]);
            checked.map(|_| arguments).map_err(|error| why(&error))
        }))
    }

    fn parse(&self, arguments: &[OsString], files: &[PathBuf]) -> Result<ImportArgs, clap::Error> {
        let line = std::iter::once("import".into())
            .chain(arguments.iter().cloned())
            .chain(["--".into()])
            .chain(files.iter().map(|file| file.clone().into_os_string()));
        let matches = self.command.clone().try_get_matches_from(line)?;
        ImportArgs::from_arg_matches(&matches)
    }

    /// The `import` that settings make of some files. What the environment says comes before them.
    ///
    /// # Errors
    /// Two settings contradict each other.
    pub fn import(
        &self,
        settings: &Settings,
        files: &[PathBuf],
        environment: &Environment,
    ) -> Result<ImportArgs, Error> {
        let below = settings
            .iter()
            .filter(|(key, _)| !is_overruled(key, environment));
        let arguments: Vec<OsString> = below.flat_map(|(_, arguments)| arguments.clone()).collect();
        // A run without a file is never started; clap wants one all the same.
        let dummy = [PathBuf::from("-")];
        let files = if files.is_empty() { &dummy } else { files };
        self.parse(&arguments, files)
            .map_err(|error| Error::Usage(why(&error)))
    }
}

/// Whether a variable of the environment says what a key says.
pub fn is_overruled(key: &str, environment: &Environment) -> bool {
    VARIABLES
        .iter()
        .any(|(option, variable)| *option == key && environment.get(variable).is_some())
}

/// A key as arguments of the command line.
fn written(option: &Arg, key: &str, node: &Node, folder: &Path) -> Result<Vec<OsString>, String> {
    let long = option.get_long().unwrap_or_default();
    if matches!(option.get_action(), ArgAction::SetTrue) {
        return match node.kind {
            Kind::Boolean(true) => Ok(vec![format!("--{long}").into()]),
            Kind::Boolean(false) => Ok(Vec::new()),
            _ => Err(format!(
                "this is {}, expected true or false",
                node.kind_name()
            )),
        };
    }
    let values = match (&node.kind, option.get_action()) {
        (Kind::Array(items), ArgAction::Append) => {
            items.iter().map(scalar).collect::<Result<_, _>>()?
        }
        (Kind::Table(_), ArgAction::Append) => pairs(node, "")?,
        _ => vec![scalar(node)?],
    };
    let is_path = option.get_value_parser().type_id() == TypeId::of::<PathBuf>();
    Ok(values
        .into_iter()
        .map(|value| {
            let mut argument = OsString::from(format!("--{long}="));
            argument.push(match key {
                "mapping" => mapping(&value, folder).into_os_string(),
                _ if is_path => folder.join(value).into_os_string(),
                _ => value.into(),
            });
            argument
        })
        .collect())
}

/// A mapping beside the file, or the name of a shipped one.
fn mapping(value: &str, folder: &Path) -> PathBuf {
    let path = folder.join(value);
    if !path.exists() && crate::mapping::shipped::find(value).is_some() {
        return value.into();
    }
    path
}

fn scalar(node: &Node) -> Result<String, String> {
    match &node.kind {
        Kind::String(text) => Ok(text.clone()),
        Kind::Integer(number) => Ok(number.to_string()),
        Kind::Float(number) => Ok(number.to_string()),
        _ => Err(format!(
            "this is {}, expected a text or a number",
            node.kind_name()
        )),
    }
}

/// `set = { response.score.column = "Q1" }` as `--set` writes it.
fn pairs(node: &Node, above: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for entry in node.entries() {
        let path = if above.is_empty() {
            entry.key.clone()
        } else {
            format!("{above}.{}", entry.key)
        };
        match &entry.value.kind {
            Kind::Table(_) => all.extend(pairs(&entry.value, &path)?),
            Kind::String(text) => all.push(format!("{path}={}", literal(text))),
            Kind::Boolean(value) => all.push(format!("{path}={value}")),
            _ => all.push(format!("{path}={}", scalar(&entry.value)?)),
        }
    }
    Ok(all)
}

/// What clap says, without its title and its hints about the command line.
fn why(error: &clap::Error) -> String {
    let inner = std::error::Error::source(error).map(ToString::to_string);
    inner.unwrap_or_else(|| {
        let text = error.render().to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        first.trim_start_matches("error: ").trim().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(toml: &str) -> Node {
        let text = format!("v = {toml}");
        let (root, _) = crate::mapping::document::read("t", &text, &[], &|_| None).unwrap();
        root.get("v").unwrap().clone()
    }

    fn arguments(key: &str, toml: &str) -> Result<Vec<String>, String> {
        let given = Known::default().arguments(key, &node(toml), Path::new("conf"));
        let arguments = given.unwrap_or_else(|| Err(format!("no key {key}")))?;
        Ok(arguments
            .iter()
            .map(|one| one.to_string_lossy().into_owned())
            .collect())
    }

    #[test]
    fn every_option_of_import_is_a_key() {
        let keys = Known::default().keys();
        for key in [
            "rate",
            "concurrency",
            "timeout",
            "max_attempts",
            "max_wait",
            "max_failures",
            "on_change",
            "known_failures",
            "ledger",
            "settle",
            "durability",
            "data_type",
            "data_source",
            "set",
            "mapping",
            "project",
            "api_url",
            "api_key_file",
            "shard",
            "limit",
            "encoding",
        ] {
            assert!(keys.iter().any(|known| known == key), "{key}");
        }
        assert!(!keys.iter().any(|key| key == "dry_run"));
    }

    #[test]
    fn values_are_taken_as_options_take_them() {
        assert_eq!(arguments("rate", "\"50/s\"").unwrap(), ["--rate=50/s"]);
        assert_eq!(arguments("timeout", "30").unwrap(), ["--timeout=30"]);
        assert_eq!(arguments("reapply", "true").unwrap(), ["--reapply"]);
        assert!(arguments("reapply", "false").unwrap().is_empty());
        assert_eq!(
            arguments("ledger", "\"a.sqlite\"").unwrap(),
            ["--ledger=conf/a.sqlite"]
        );
        assert_eq!(
            arguments("ledger", "\"/a.sqlite\"").unwrap(),
            ["--ledger=/a.sqlite"]
        );
        assert_eq!(
            arguments(
                "set",
                "{ response.score.column = \"Q1\", source.header_row = 2 }"
            )
            .unwrap(),
            [
                "--set=response.score.column=\"Q1\"",
                "--set=source.header_row=2"
            ]
        );
        assert_eq!(
            arguments("set", "[\"a=b\", \"c=d\"]").unwrap(),
            ["--set=a=b", "--set=c=d"]
        );
    }

    #[test]
    fn what_an_option_refuses_its_key_refuses() {
        for (key, toml, says) in [
            ("rate", "\"fast\"", "requests a second"),
            ("concurrency", "0", "not in 1..=1024"),
            (
                "on_change",
                "\"explode\"",
                "possible values: skip, update, fail",
            ),
            ("reapply", "\"yes\"", "expected true or false"),
            ("timeout", "[1, 2]", "expected a text or a number"),
            ("dry_run", "true", "no key"),
            ("max-wait", "\"5m\"", "no key"),
        ] {
            let why = arguments(key, toml).unwrap_err();
            assert!(why.contains(says), "{key}: {why}");
        }
    }

    #[test]
    fn the_environment_comes_before_the_file() {
        let known = Known::default();
        let settings: Settings = [
            ("project", "--project=acme"),
            ("ledger", "--ledger=a.sqlite"),
            ("rate", "--rate=unlimited"),
        ]
        .map(|(key, argument)| (key.to_owned(), vec![argument.into()]))
        .into();
        let import = |variables: &[&str]| {
            let environment = Environment::from_lookup(|name| {
                variables.contains(&name).then(|| "theirs".to_owned())
            });
            known
                .import(&settings, &["nps.csv".into()], &environment)
                .unwrap()
        };
        let plain = import(&[]);
        assert_eq!(plain.api.project.as_deref(), Some("acme"));
        assert_eq!(
            plain.delivery.pace.rate,
            Some(crate::upload::rate::Rate::Unlimited)
        );
        let overruled = import(&["CHATTERMILL_PROJECT", "CHATTERLOAD_LEDGER"]);
        assert_eq!(
            (overruled.api.project, overruled.delivery.ledger.ledger),
            (None, None)
        );
        assert_eq!(overruled.input.files, [PathBuf::from("nps.csv")]);
    }
}
