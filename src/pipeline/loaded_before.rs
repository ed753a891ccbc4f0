//! Rows that were loaded under another scope, or as a response of another name: each would be new, and be there once more.
//!
//! The scope is the mapping's name unless it says otherwise, and names get improved; a `[response]` becomes one of several.
//! The same key under another scope tells nothing, for that is what scopes are for; the same cells that would make the same
//! response do.

use std::ops::ControlFlow;

use super::inputs::Opened;
use super::sample::{Identities, Look};
use crate::api::wire;
use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::identity::{Id, Token, payload_hash};
use crate::record::Response;
use crate::validate::validate;

/// What the ledger has of a response: the hash of its row's cells, and of what was sent.
pub type Loaded = (Option<Id>, Option<Id>);

/// What else a row's responses may have been loaded as.
pub struct Otherwise {
    /// The scope.
    pub scope: String,
    /// The response's name, where it is not that which it has now.
    pub response: Option<String>,
}

/// The first of some others as which a response of the inputs was loaded as it is now, and what it is called now. Only those
/// are looked at whose name `is_new`.
///
/// # Errors
/// The mapping does not suit a file any more.
pub fn find<'o>(
    look: &Look<'_>,
    inputs: &[Opened],
    catalogue: &Catalogue,
    others: &'o [Otherwise],
    is_new: &dyn Fn(&str) -> bool,
    loaded: &mut dyn FnMut(Token) -> Option<Loaded>,
) -> Result<Option<(&'o Otherwise, String)>, Error> {
    let mut each: Vec<(&Otherwise, Identities)> = others
        .iter()
        .map(|other| {
            (
                other,
                Identities::new(&other.scope, look.mapping, look.tokens),
            )
        })
        .collect();
    let mut found = None;
    look.rows(inputs, &mut |looked| {
        for (other, identities) in &mut each {
            let Some(token) = identities.of(looked) else {
                continue;
            };
            for response in &looked.mapped.responses {
                let name = &**response.name;
                let Ok(Some(made)) = &response.result else {
                    continue;
                };
                if is_new(name)
                    && let Some((raw, payload)) =
                        loaded(token(other.response.as_deref().unwrap_or(name)))
                    && raw == Some(looked.raw())
                    && payload == payload_of(made, catalogue)
                {
                    found = Some((*other, name.to_owned()));
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// The hash of what would be sent; `None` where nothing is.
fn payload_of(made: &Response<'_>, catalogue: &Catalogue) -> Option<Id> {
    let mut made = made.clone();
    validate(&mut made, Some(catalogue)).ok()?;
    let mut body = Vec::new();
    wire::write(&mut body, &made, None).ok()?;
    Some(payload_hash(&body))
}
