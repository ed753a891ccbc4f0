//! From the command line and the environment to plain settings with real units; flags go no further than this.
//!
//! An option comes before the environment, the environment before the config file (`jobs`, which completes the command
//! line), that before the mapping, the mapping before the default. A variable that is empty counts as unset.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;

use crate::api::{Client, is_loopback};
use crate::cli::{ConnectionArgs, DeliveryArgs, InputArgs, LayoutArgs, OnChangeArg, PaceArgs};
use crate::error::Error;
use crate::mapping::{Mapping, OnChange};
use crate::read::Layout;
use crate::secret::ApiKey;
use crate::upload::Delivery;
use crate::upload::rate::Rate;
use crate::upload::retry::Limits;

/// The real API.
pub const API_URL: &str = "https://api.chattermill.com/v1";

/// The variables that mean something to us.
const VARIABLES: [&str; 10] = [
    "CHATTERMILL_API_URL",
    "CHATTERMILL_API_KEY",
    "CHATTERMILL_PROJECT",
    "CHATTERLOAD_LEDGER",
    "CHATTERLOAD_CONFIG",
    "CHATTERLOAD_LOG",
    "NO_COLOR",
    "XDG_STATE_HOME",
    "HOME",
    "LOCALAPPDATA",
];

/// The environment, read once. It has no `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's own. Variables that are not text count as unset.
    pub fn of_process() -> Self {
        // All of them: a config file may name one.
        let all = std::env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            (!value.is_empty()).then_some((name, value))
        });
        Self(all.collect())
    }

    /// Any other.
    pub fn from_lookup(look_up: impl Fn(&str) -> Option<String>) -> Self {
        let set = VARIABLES.into_iter().filter_map(|name| {
            let value = look_up(name)?;
            (!value.is_empty()).then(|| (name.to_owned(), value))
        });
        Self(set.collect())
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Where the API is, and who asks.
#[derive(Debug)]
pub struct Connection {
    /// The base address.
    pub url: Url,
    /// The key.
    pub key: ApiKey,
    /// How long a request may take.
    pub timeout: Duration,
}

impl Connection {
    /// Resolves address, key and time-out.
    ///
    /// # Errors
    /// There is no key, it cannot be read, or the address is none that a key may be sent to.
    pub fn resolve(args: &ConnectionArgs, environment: &Environment) -> Result<Self, Error> {
        let url = args
            .api_url
            .as_deref()
            .or_else(|| environment.get("CHATTERMILL_API_URL"))
            .unwrap_or(API_URL);
        Ok(Self {
            url: api_url(url)?,
            key: api_key(args.api_key_file.as_deref(), environment)?,
            timeout: args.timeout.unwrap_or(Duration::from_secs(30)),
        })
    }

    /// A client for it.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn client(&self) -> Result<Client, Error> {
        let authorization = self.key.authorization().map_err(Error::Usage)?;
        Client::new(&self.url, authorization, self.timeout)
    }
}

/// An address that a key may be sent to: https, or this machine.
fn api_url(text: &str) -> Result<Url, Error> {
    let wrong = |why: &str, help: &str| {
        Err(Error::Usage(format!(
            "the API address '{text}' {why}\n  help: {help}"
        )))
    };
    let example = format!("give it as in --api-url {API_URL}");
    let Ok(url) = text.trim().parse::<Url>() else {
        return wrong("is no address", &example);
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::Usage(
            "the API address holds a user name or password, which would show in logs\n  help: the key goes into \
             CHATTERMILL_API_KEY or --api-key-file"
                .to_owned(),
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("has a part behind ? or #", &example);
    }
    match url.scheme() {
        "https" if url.host_str().is_some() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => wrong(
            "is plain http: key and feedback would cross the network for everybody to read",
            "write https; plain http is for this machine only (127.0.0.1, localhost)",
        ),
        _ => wrong("is no https address", &example),
    }
}

fn api_key(file: Option<&Path>, environment: &Environment) -> Result<ApiKey, Error> {
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::Usage(format!(
                "the API key file {} cannot be read: {error}\n  help: check the path and its permissions",
                path.display()
            ))
        })?;
        return ApiKey::new(&text)
            .map_err(|why| Error::Usage(format!("the API key file {} {why}", path.display())));
    }
    match environment.get("CHATTERMILL_API_KEY") {
        Some(text) => ApiKey::new(text)
            .map_err(|why| Error::Usage(format!("the variable CHATTERMILL_API_KEY {why}"))),
        None => Err(Error::Usage(
            "no API key is given\n  help: export CHATTERMILL_API_KEY=…, or --api-key-file PATH; to practise without \
             an account: `chatterload sandbox`"
                .to_owned(),
        )),
    }
}

/// The project's key, where one is given.
pub fn project(option: Option<&str>, environment: &Environment) -> Option<String> {
    let given = option.filter(|key| !key.trim().is_empty());
    given
        .or_else(|| environment.get("CHATTERMILL_PROJECT"))
        .map(|key| key.trim().to_owned())
}

/// The project's key.
///
/// # Errors
/// None is given.
pub fn required_project(option: Option<&str>, environment: &Environment) -> Result<String, Error> {
    project(option, environment).ok_or_else(|| {
        Error::Usage(
            "no project is given\n  help: -p KEY, or export CHATTERMILL_PROJECT=KEY; `chatterload projects` lists them"
                .to_owned(),
        )
    })
}

/// Where the ledger is: as said, else in the user's state folder, as the platform has one.
///
/// # Errors
/// It is not said, and the user has no such folder.
pub fn ledger_path(option: Option<&Path>, environment: &Environment) -> Result<PathBuf, Error> {
    if let Some(path) = option {
        return Ok(path.to_owned());
    }
    if let Some(path) = environment.get("CHATTERLOAD_LEDGER") {
        return Ok(path.into());
    }
    // The XDG specification has relative paths ignored.
    let folder = |name: &str| {
        environment
            .get(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let state = folder("XDG_STATE_HOME").or_else(|| {
        if cfg!(windows) {
            folder("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            folder("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            folder("HOME").map(|home| home.join(".local/state"))
        }
    });
    state
        .map(|state| state.join("chatterload").join("ledger.sqlite"))
        .ok_or_else(|| {
            Error::Usage(
                "there is no folder for the ledger: neither XDG_STATE_HOME nor HOME is set\n  help: --ledger PATH, or \
                 export CHATTERLOAD_LEDGER=PATH"
                    .to_owned(),
            )
        })
}

/// What a run bears.
pub fn limits(args: &PaceArgs) -> Limits {
    let standard = Delivery::standard().limits;
    Limits {
        max_wait: args.max_wait.unwrap_or(standard.max_wait),
        give_up_after: args.give_up_after.unwrap_or(standard.give_up_after),
        ..standard
    }
}

/// How responses are delivered, where options say nothing as the mapping says.
pub fn delivery(args: &DeliveryArgs, mapping: &Mapping) -> Delivery {
    let standard = Delivery::standard();
    let mut rate = args.pace.rate.unwrap_or(standard.rate);
    if let (Rate::Fixed { per, .. }, Some(shard)) = (&mut rate, args.ledger.shard) {
        // All shards together keep the rate.
        *per *= shard.of;
    }
    Delivery {
        rate,
        concurrency: args
            .concurrency
            .map_or(standard.concurrency, |count| count as usize),
        max_attempts: args.pace.max_attempts.unwrap_or(standard.max_attempts),
        limits: limits(&args.pace),
        on_change: match args.on_change {
            Some(OnChangeArg::Skip) => OnChange::Skip,
            Some(OnChangeArg::Update) => OnChange::Update,
            Some(OnChangeArg::Fail) => OnChange::Fail,
            None => mapping.key.on_change,
        },
        settle: args.ledger.settle.unwrap_or(standard.settle),
        expect_changes: args.expect_changes,
        reapply: args.reapply,
        probe: args.ledger.probe,
        ..standard
    }
}

/// The mapping, with what options override.
///
/// # Errors
/// None is given, it cannot be read, or something is wrong with it.
pub fn mapping(args: &InputArgs, colour: bool) -> Result<Mapping, Error> {
    let Some(wanted) = args.mapping.as_deref() else {
        return Err(Error::Usage(
            "no mapping is given: it says which columns are score, comment and date\n  help: `chatterload map \
             FILE -o MAPPING.toml` drafts one; then -m MAPPING.toml"
                .to_owned(),
        ));
    };
    let (name, text) = mapping_text(wanted)?;
    let parse = |overrides: &[(String, String)], options: &[Option<&str>]| {
        Mapping::parse_extending(&name, &text, overrides, &|base| {
            crate::mapping::shipped::find(base).map(str::to_owned)
        })
        .map(|mapping| mapping.call_overrides(options))
        .map_err(|error| Error::Usage(error.call_overrides(options).render(colour)))
    };
    let mut overrides = args.settings.clone();
    let mut options = vec![None; overrides.len()];
    for (option, setting) in layout_settings(&args.layout) {
        options.push(Some(option));
        overrides.push(setting);
    }
    let mapping = parse(&overrides, &options)?;
    // A type or source for all responses, whether the mapping names them one by one or not.
    let single = matches!(&mapping.responses[..], [only] if only.name == "main");
    let before = overrides.len();
    for (field, option, value) in [
        ("data_type", "--data-type", &args.data_type),
        ("data_source", "--data-source", &args.data_source),
    ] {
        let Some(value) = value else { continue };
        if single {
            overrides.push((format!("response.{field}"), literal(value)));
        } else {
            let all = mapping.responses.iter();
            overrides.extend(all.map(|response| {
                (
                    format!("responses.{}.{field}", response.name),
                    literal(value),
                )
            }));
        }
        options.resize(overrides.len(), Some(option));
    }
    if overrides.len() == before {
        Ok(mapping)
    } else {
        parse(&overrides, &options)
    }
}

fn mapping_text(wanted: &str) -> Result<(String, String), Error> {
    let path = PathBuf::from(wanted);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok((wanted.to_owned(), text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if let Some(text) = crate::mapping::shipped::find(wanted) {
                return Ok((format!("{wanted} (shipped)"), text.to_owned()));
            }
            let names: Vec<&str> = crate::mapping::shipped::names().collect();
            let near = crate::mapping::nearest(wanted, names.iter().copied())
                .map_or_else(String::new, |near| format!("did you mean '{near}'? "));
            Err(Error::Usage(format!(
                "there is no mapping file {wanted}, and no shipped mapping of that name\n  help: {near}shipped are: {}",
                names.join(", ")
            )))
        }
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(Error::Usage(
            format!("the mapping file {wanted} is not UTF-8 text\n  help: save it as UTF-8"),
        )),
        Err(error) => Err(Error::Usage(format!(
            "the mapping file {wanted} cannot be read: {error}"
        ))),
    }
}

/// How a file is laid out by options alone, without a mapping.
///
/// # Errors
/// An option is none that a mapping could have.
pub fn layout(args: &LayoutArgs) -> Result<Layout, Error> {
    const ANY: &str = "name = \"any\"\n[key]\ncontent = \"per-file\"\n[response]\ncomment = 1\n";
    let (options, settings): (Vec<_>, Vec<_>) = layout_settings(args)
        .into_iter()
        .map(|(option, setting)| (Some(option), setting))
        .unzip();
    Mapping::parse_with("options", ANY, &settings)
        .map(|mapping| mapping.layout())
        .map_err(|error| Error::Usage(error.call_overrides(&options).to_string()))
}

/// Options that say how a file is laid out, as settings of `[source]`.
fn layout_settings(args: &LayoutArgs) -> Vec<(&'static str, (String, String))> {
    let mut settings = Vec::new();
    let mut set = |option: &'static str, value: Option<String>| {
        let key = option.trim_start_matches('-').replace('-', "_");
        settings.extend(value.map(|value| (option, (format!("source.{key}"), value))));
    };
    let delimiter = args.delimiter.map(char::from);
    set("--format", args.format.as_deref().map(literal));
    set(
        "--delimiter",
        delimiter.map(|sign| literal(&sign.to_string())),
    );
    set("--encoding", args.encoding.as_deref().map(literal));
    // A sheet's number is a number.
    set("--sheet", args.sheet.clone());
    set("--header-row", args.header_row.map(|row| row.to_string()));
    set(
        "--header-rows",
        args.header_rows.map(|rows| rows.to_string()),
    );
    set("--fill-merged", args.fill_merged.then(|| "true".to_owned()));
    settings
}

/// A text as TOML writes it, whatever it looks like.
pub fn literal(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let environment = Environment::from_lookup(|name| match name {
            "CHATTERMILL_PROJECT" => Some(String::new()),
            "CHATTERMILL_API_KEY" => Some("k".to_owned()),
            _ => None,
        });
        assert_eq!(project(None, &environment), None);
        assert_eq!(project(Some("acme"), &environment).as_deref(), Some("acme"));
        assert_eq!(environment.get("CHATTERMILL_API_KEY"), Some("k"));
    }

    #[test]
    fn the_ledger_lies_in_the_state_folder_unless_said() {
        let path = |variables: &[(&str, &str)], option: Option<&str>| {
            let environment = Environment::from_lookup(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            });
            ledger_path(option.map(Path::new), &environment)
                .ok()
                .map(|path| path.display().to_string())
        };
        let both = [
            ("XDG_STATE_HOME", "/state"),
            ("CHATTERLOAD_LEDGER", "b.sqlite"),
        ];
        assert_eq!(path(&both, Some("a.sqlite")).as_deref(), Some("a.sqlite"));
        assert_eq!(path(&both, None).as_deref(), Some("b.sqlite"));
        let state = path(&both[..1], None);
        assert_eq!(state.as_deref(), Some("/state/chatterload/ledger.sqlite"));
        assert_eq!(path(&[("XDG_STATE_HOME", "relative")], None), None);
    }

    #[test]
    fn the_key_is_sent_over_tls_or_stays_here() {
        for good in [
            "https://api.chattermill.com/v1",
            "http://127.0.0.1:8085/v1",
            "http://[::1]:1/",
            "http://localhost/v1",
        ] {
            assert!(api_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.chattermill.com/v1",
            "ftp://example.com",
            "api.chattermill.com",
            "https://user:word@example.com",
            "https://example.com/v1?key=1",
            "",
        ] {
            let error = api_url(bad).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{bad}");
            assert!(!error.to_string().contains("word@"), "{error}");
        }
    }

    #[test]
    fn literals_survive_as_text() {
        for text in ["7", "true", "a \"b\" c", "new\nline"] {
            let parsed: toml::Table = format!("v = {}", literal(text)).parse().unwrap();
            assert_eq!(parsed["v"].as_str(), Some(text));
        }
    }
}
