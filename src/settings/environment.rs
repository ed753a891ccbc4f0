//! The environment, as far as it means something to us.

use std::collections::BTreeMap;

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
