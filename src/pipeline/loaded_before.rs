//! Rows that were loaded under another scope, or as a response of another name: each would be new, and be there once more.
//!
//! The scope is the mapping's name unless it says otherwise, and names get improved; a `[response]` becomes one of several.
//! The same key under another scope tells nothing, for that is what scopes are for; the same cells that would make the same
//! response do.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::inputs::Opened;
use super::sample::{Identities, Look};
use crate::api::wire;
use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::identity::{Id, Token, payload_hash};
use crate::mapping::KeyBy;
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

/// What was seen of the responses of one name beside one of the others.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// So many are loaded as the other.
    known: u64,
    /// So many of those as they would be now.
    same: u64,
}

/// One of some others as which most responses of a name were loaded that were loaded as it at all, and as they would be now;
/// and that name. Responses that are loaded by their own name and scope are left out, and only those are looked at whose
/// name `is_new`. Where the content is the key, rows that are alike by chance are loaded as the other too: there a quarter
/// of all that is looked at has to be.
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
    let identities = |scope: &str| Identities::new(scope, look.mapping, look.tokens);
    let mut own = identities(&look.mapping.key.scope);
    let mut each: Vec<Identities> = others
        .iter()
        .map(|other| identities(&other.scope))
        .collect();
    let mut names: BTreeMap<String, (u64, Vec<Seen>)> = BTreeMap::new();
    look.rows(inputs, &mut |looked| {
        let now = own.of(looked);
        let before: Vec<_> = each.iter_mut().map(|one| one.of(looked)).collect();
        let Some(now) = now else {
            return ControlFlow::Continue(());
        };
        for response in &looked.mapped.responses {
            let name = &**response.name;
            let Ok(Some(made)) = &response.result else {
                continue;
            };
            if !is_new(name) || loaded(now(name)).is_some() {
                continue;
            }
            if !names.contains_key(name) {
                names.insert(name.to_owned(), (0, vec![Seen::default(); others.len()]));
            }
            let Some((all, seen)) = names.get_mut(name) else {
                continue;
            };
            *all += 1;
            for ((other, token), seen) in others.iter().zip(&before).zip(seen) {
                let Some(token) = token else { continue };
                let token = token(other.response.as_deref().unwrap_or(name));
                if let Some((raw, payload)) = loaded(token) {
                    seen.known += 1;
                    let is_same =
                        raw == Some(looked.raw()) && payload == payload_of(made, catalogue);
                    seen.same += u64::from(is_same);
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    let by_columns = matches!(look.mapping.key.by, KeyBy::Columns(_));
    let found = names.into_iter().find_map(|(name, (all, seen))| {
        let is_meant =
            |seen: &Seen| seen.same * 2 > seen.known && (by_columns || seen.same * 4 >= all);
        let at = seen.iter().position(is_meant)?;
        Some((&others[at], name))
    });
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
