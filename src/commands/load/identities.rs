//! What makes rows and responses themselves must not change unnoticed: all of them would be new, and be there once more.
//!
//! That is the mapping's scope, its key, and the names of its responses. A change is taken where it is accepted, and where
//! it makes no double: by another key some rows are known too, as where only a header is another; under another scope or
//! name nothing was loaded that would be loaded now.

use super::loading::Loading;
use crate::error::Error;
use crate::ledger::{MadeOf, Reader, State};
use crate::mapping::{ColumnName, KeyBy, Plan};
use crate::pipeline::identify::Tokens;
use crate::pipeline::inputs::Opened;
use crate::pipeline::loaded_before::{self, Otherwise};

/// So many scopes or names, the latest, are looked into.
const MOST: usize = 20;

impl Loading<'_> {
    /// Looks whether the rows would be loaded once more.
    ///
    /// # Errors
    /// They would (exit 2), the rows cannot be looked at, or the ledger is closed.
    pub(super) async fn check_identities(
        &self,
        inputs: &[Opened],
        tokens: &Tokens,
        accepted: bool,
    ) -> Result<(), Error> {
        // Rows of failures files bring their identity along.
        if inputs.iter().all(|input| input.is_failures_file) {
            return Ok(());
        }
        if self.logbook.first_use && !accepted {
            self.check_scope(inputs, tokens).await?;
        }
        self.check_key(inputs, tokens, accepted).await?;
        self.check_names(inputs, tokens, accepted).await
    }

    /// At the first use of a scope that is the mapping's name: the name may have been another.
    async fn check_scope(&self, inputs: &[Opened], tokens: &Tokens) -> Result<(), Error> {
        let mapping = &self.mapping;
        if mapping.key.scope != mapping.name {
            return Ok(());
        }
        let scopes = self.logbook.other_scopes().await?;
        let others: Vec<Otherwise> = scopes
            .into_iter()
            .take(MOST)
            .map(|scope| Otherwise {
                scope,
                response: None,
            })
            .collect();
        match self.loaded_before(inputs, tokens, &others, &|_| true)? {
            None => Ok(()),
            Some((other, _)) => Err(Error::Usage(format!(
                "rows of this input were loaded as they are under the scope '{}': under '{}', the mapping's name, every \
                 row would be new, and be there once more\n  help: set scope = {} under [key] of the mapping, which is \
                 then independent of its name; --accept-new-header goes on, and loads all rows anew",
                other.scope,
                mapping.name,
                serde_json::Value::from(&*other.scope)
            ))),
        }
    }

    async fn check_key(
        &self,
        inputs: &[Opened],
        tokens: &Tokens,
        accepted: bool,
    ) -> Result<(), Error> {
        let key = in_words(&self.mapping.key.by);
        let mut keys = self.logbook.made_of(MadeOf::Keys).await?;
        // Columns are found whatever their letters' case.
        if keys
            .iter()
            .any(|known| known.to_lowercase() == key.to_lowercase())
        {
            return Ok(());
        }
        if let Some(last) = keys.last()
            && !accepted
        {
            let known = self.some(inputs, tokens, true, |entry| {
                entry.is_some_and(|entry| {
                    !matches!(entry.state, State::New | State::Refused | State::Undone(_))
                })
            })?;
            let none_is = if inputs.iter().any(|input| input.again().is_none()) {
                "a pipe cannot be looked at before it is loaded"
            } else if known.saw_some {
                "none of those looked at now is known"
            } else {
                // No row, and so no double.
                return Ok(());
            };
            if known.first.is_empty() {
                return Err(Error::Usage(format!(
                    "the rows of the scope '{}' were known by {last} so far, now it is by {key}, and {none_is}: every row \
                     would be new, and be there once more\n  help: restore the key; or give the mapping a scope of its \
                     own, if these rows were never loaded; or `chatterload undo` what was loaded by the other key. \
                     --accept-new-header goes on, and loads all rows anew",
                    self.mapping.key.scope
                )));
            }
        }
        keys.push(key);
        self.logbook.remember_made_of(MadeOf::Keys, keys).await
    }

    async fn check_names(
        &self,
        inputs: &[Opened],
        tokens: &Tokens,
        accepted: bool,
    ) -> Result<(), Error> {
        let mut known = self.logbook.made_of(MadeOf::Responses).await?;
        let mut made: Vec<String> = Vec::new();
        for input in inputs {
            let plan = Plan::compile(&self.mapping, &input.name, &input.shape)
                .map_err(|error| Error::Usage(error.render(false)))?;
            made.extend(plan.response_names().map(ToString::to_string));
        }
        let mut new = made.clone();
        new.retain(|name| !known.contains(name));
        new.sort();
        new.dedup();
        if new.is_empty() {
            return Ok(());
        }
        // What is still made by its name is none that got another.
        let gone = known.iter().rev().filter(|name| !made.contains(name));
        let others: Vec<Otherwise> = gone
            .take(MOST)
            .map(|name| Otherwise {
                scope: self.mapping.key.scope.clone(),
                response: Some(name.clone()),
            })
            .collect();
        let is_new = |name: &str| new.iter().any(|new| new == name);
        if !accepted
            && let Some((other, name)) = self.loaded_before(inputs, tokens, &others, &is_new)?
        {
            let before = other.response.as_deref().unwrap_or_default();
            return Err(Error::Usage(format!(
                "rows of this input were loaded as they are as the response '{before}': as '{name}' they would be new, \
                 and be there once more\n  help: in the mapping, let that entry of [[responses]] keep name = {}; \
                 --accept-new-header goes on, and loads them anew",
                serde_json::Value::from(before)
            )));
        }
        known.extend(new);
        self.logbook
            .remember_made_of(MadeOf::Responses, known)
            .await
    }

    /// The first of some others as which something of the inputs was loaded, and what it is called now.
    fn loaded_before<'o>(
        &self,
        inputs: &[Opened],
        tokens: &Tokens,
        others: &'o [Otherwise],
        is_new: &dyn Fn(&str) -> bool,
    ) -> Result<Option<(&'o Otherwise, String)>, Error> {
        if others.is_empty() {
            return Ok(None);
        }
        let reader = Reader::open(self.logbook.ledger.path())?;
        let mut loaded = |token| {
            let entry = reader.ask(|view| view.entry(token)).ok()??;
            matches!(entry.state, State::Uploaded(_)).then_some((entry.raw, entry.payload))
        };
        let look = self.look(tokens, true);
        tokio::task::block_in_place(|| {
            loaded_before::find(&look, inputs, &self.catalogue, others, is_new, &mut loaded)
        })
    }
}

fn in_words(by: &KeyBy) -> String {
    match by {
        KeyBy::Cumulative => "all their cells".to_owned(),
        KeyBy::PerFile => "all their cells and the name of their file".to_owned(),
        KeyBy::Columns(columns) => {
            let names: Vec<String> = columns
                .iter()
                .map(|column| match &column.name {
                    ColumnName::Header(name) => format!("'{name}'"),
                    ColumnName::Position(number) => format!("number {number}"),
                })
                .collect();
            let noun = if names.len() == 1 {
                "the column"
            } else {
                "the columns"
            };
            format!("{noun} {}", names.join(", "))
        }
    }
}
