//! Value maps: what stands in the file to what is posted, ignoring case and outer blanks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::mapping::diagnose::{Place, Problem};
use crate::mapping::spec::Literal;
use crate::record::trim;

/// A value map. Most are small: a tree finds a text sooner than its hash is made.
#[derive(Clone, Debug)]
pub struct Lookup {
    exact: BTreeMap<String, Literal>,
    folded: BTreeMap<String, Literal>,
}

impl Lookup {
    /// Builds the map.
    ///
    /// # Errors
    /// Two keys that differ by case or blanks alone say different things.
    pub fn new(pairs: &[(String, Literal)], place: &Place) -> Result<Self, Problem> {
        let mut lookup = Self {
            exact: BTreeMap::new(),
            folded: BTreeMap::new(),
        };
        for (from, to) in pairs {
            lookup.exact.insert(from.clone(), to.clone());
            let before = lookup.folded.insert(fold(from), to.clone());
            if before.is_some_and(|before| before != *to) {
                return Err(Problem::at(place, format!("`map` has `{from}` twice"))
                    .help("keys are compared ignoring case and outer blanks"));
            }
        }
        Ok(lookup)
    }

    /// What a value becomes.
    pub fn get(&self, text: &str) -> Option<&Literal> {
        self.exact
            .get(text)
            .or_else(|| self.folded.get(&*folded(text)))
    }

    /// The values it knows, for messages.
    pub fn known(&self) -> Vec<&str> {
        let mut known: Vec<&str> = self.exact.keys().map(String::as_str).collect();
        known.sort_unstable();
        known
    }
}

/// A text as values are compared: trimmed, in small letters.
pub fn fold(text: &str) -> String {
    folded(text).into_owned()
}

/// The same, without a copy where nothing changes.
pub fn folded(text: &str) -> Cow<'_, str> {
    let text = trim(text);
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_outer_blanks_are_ignored() {
        let pairs = [("Sehr gut ".to_owned(), Literal::Text("5".to_owned()))];
        let lookup = Lookup::new(&pairs, &Place::default()).unwrap();
        assert!(lookup.get("  SEHR GUT").is_some());
        assert!(lookup.get("gut").is_none());
    }

    #[test]
    fn contradictions_are_errors() {
        let pairs = [
            ("a".to_owned(), Literal::Bool(true)),
            ("A".to_owned(), Literal::Bool(false)),
        ];
        assert!(Lookup::new(&pairs, &Place::default()).is_err());
    }
}
