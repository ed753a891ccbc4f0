//! Rows that were loaded under another scope: under this one each would be new, and be there once more.
//!
//! The scope is the mapping's name unless it says otherwise, and names get improved. The same key under another scope tells
//! nothing, for that is what scopes are for; the same cells that would make the same response do.

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

/// The first of some scopes under which a row of the inputs was loaded as it is now.
///
/// # Errors
/// The mapping does not suit a file any more.
pub fn find(
    look: &Look<'_>,
    inputs: &[Opened],
    catalogue: &Catalogue,
    scopes: &[String],
    loaded: &mut dyn FnMut(Token) -> Option<Loaded>,
) -> Result<Option<String>, Error> {
    let mut others: Vec<(&String, Identities)> = scopes
        .iter()
        .map(|scope| (scope, Identities::new(scope, look.mapping, look.tokens)))
        .collect();
    let mut found = None;
    look.rows(inputs, &mut |looked| {
        for (scope, identities) in &mut others {
            let Some(token) = identities.of(looked) else {
                continue;
            };
            for response in &looked.mapped.responses {
                let Ok(Some(made)) = &response.result else {
                    continue;
                };
                if let Some((raw, payload)) = loaded(token(response.name))
                    && raw == Some(looked.raw())
                    && payload == payload_of(made, catalogue)
                {
                    found = Some(scope.clone());
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
