//! From the command line and the environment to plain settings with real units; flags go no further than this.
//!
//! An option comes before the environment, the environment before the config file (`jobs`, which completes the command
//! line), that before the mapping, the mapping before the default. A variable that is empty counts as unset.

mod connection;
mod environment;
mod mapping;

use std::path::{Path, PathBuf};

use crate::cli::{DeliveryArgs, OnChangeArg, PaceArgs};
use crate::error::Error;
use crate::mapping::{Mapping, OnChange};
use crate::upload::Delivery;
use crate::upload::rate::Rate;
use crate::upload::retry::Limits;

pub use connection::{API_URL, Connection};
pub use environment::Environment;
pub use mapping::{layout, literal, mapping};

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
}
