//! A look at which responses an input holds, before anything is sent: some of their tokens.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::hashes::Hashes;
use super::identify::{Fingerprint, Occurrences, Tokens, Who, who};
use super::inputs::Opened;
use crate::error::Error;
use crate::identity::{Id, Token};
use crate::mapping::{MappedRow, Mapping, Plan};
use crate::record::Row;
use crate::units::Shard;

/// So many tokens of either kind.
pub const SIZE: usize = 20;

/// Looking thinly, all rows up to here are looked at, then every so many-th: mapping costs ten times what reading does,
/// and nothing is sent meanwhile.
const ALL_UP_TO: u64 = 5_000;
const THEN_EVERY: u64 = 64;

/// Some tokens of an input.
#[derive(Debug, Default)]
pub struct Sample {
    /// The first ones in the order of the input, of those asked for.
    pub first: Vec<Token>,
    /// The smallest ones, of those asked for: spread over the input evenly, whatever its order.
    pub spread: BTreeSet<Token>,
    /// Whether there was any to look at, asked for or not.
    pub saw_some: bool,
}

/// What of the inputs is looked at.
pub struct Look<'a> {
    /// The mapping.
    pub mapping: &'a Mapping,
    /// Makes tokens.
    pub tokens: &'a Tokens,
    /// Only this share of the rows.
    pub shard: Option<Shard>,
    /// So many rows at most.
    pub limit: Option<u64>,
    /// Of a long input only some rows are looked at: to tell whether any of it is known, they will do.
    pub thinly: bool,
}

/// A row that is looked at.
pub struct Looked<'a> {
    number: usize,
    input: &'a Opened,
    fingerprint: &'a Fingerprint,
    row: &'a Row,
    /// What is made of it.
    pub mapped: MappedRow<'a>,
}

/// What makes rows themselves under a scope.
pub struct Identities {
    hashes: Hashes,
    occurrences: Occurrences,
}

impl Identities {
    /// Under this scope, by the mapping's key.
    pub fn new(scope: &str, mapping: &Mapping, tokens: &Tokens) -> Self {
        Self {
            hashes: Hashes::lasting(scope, Some(tokens.clone())),
            occurrences: Occurrences::new(scope, &mapping.key.by),
        }
    }

    /// The token of a response of a row, by the response's name; `None` where the row has no identity. Rows must come in
    /// the order of the input, each once.
    pub fn of(&mut self, looked: &Looked<'_>) -> Option<impl Fn(&str) -> Token> {
        let id = match who(looked.row, looked.mapped.key.clone(), &self.hashes).ok()? {
            Who::Known(id) => id,
            Who::ByContent => {
                let base_name = looked.input.base_name();
                let next = self
                    .occurrences
                    .next(looked.number, base_name, looked.raw());
                next.ok()?
            }
        };
        let hashes = &self.hashes;
        Some(move |name: &str| hashes.token(id, name))
    }
}

impl Looked<'_> {
    /// The hash of the row's cells.
    pub fn raw(&self) -> Id {
        self.fingerprint.of(self.row)
    }
}

impl Look<'_> {
    /// Keeps some of the tokens that are `wanted`.
    ///
    /// # Errors
    /// As [`Look::rows`].
    pub fn take(
        &self,
        inputs: &[Opened],
        wanted: &mut dyn FnMut(Token) -> bool,
    ) -> Result<Sample, Error> {
        let mut sample = Sample::default();
        let mut identities = Identities::new(&self.mapping.key.scope, self.mapping, self.tokens);
        self.rows(inputs, &mut |looked| {
            if let Some(token) = identities.of(looked) {
                let made = looked.mapped.responses.iter();
                let tokens = made
                    .filter(|response| matches!(response.result, Ok(Some(_))))
                    .map(|response| token(response.name))
                    .filter(|token| self.shard.is_none_or(|shard| shard.has(*token)));
                for token in tokens {
                    sample.saw_some = true;
                    // Asking is the dearer of the two.
                    if sample.would_keep(token) && wanted(token) {
                        sample.keep(token);
                    }
                }
            }
            ControlFlow::Continue(())
        })?;
        Ok(sample)
    }

    /// Reads inputs through that can be read again. Pipes are left out. What cannot be read is told when the input is read
    /// in earnest.
    ///
    /// # Errors
    /// The mapping does not suit a file any more.
    pub fn rows(
        &self,
        inputs: &[Opened],
        each: &mut dyn FnMut(&Looked<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let (mut rows, mut has_enough) = (0u64, false);
        for (number, input) in inputs.iter().enumerate() {
            let Some(again) = input.again() else { continue };
            let source = again?;
            let plan = Plan::compile(self.mapping, &input.name, source.shape())
                .map_err(|error| Error::Usage(error.render(false)))?;
            let fingerprint = Fingerprint::new(source.shape());
            // An error here is met again, and told, when the file is loaded.
            let _ = source.rows(number, &mut |row| {
                rows += 1;
                if !self.thinly || rows <= ALL_UP_TO || rows.is_multiple_of(THEN_EVERY) {
                    let looked = Looked {
                        number,
                        input,
                        fingerprint: &fingerprint,
                        mapped: plan.map(&row),
                        row: &row,
                    };
                    has_enough = each(&looked).is_break();
                }
                if has_enough || self.limit.is_some_and(|limit| rows >= limit) {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            });
            if has_enough {
                break;
            }
        }
        Ok(())
    }
}

impl Sample {
    fn would_keep(&self, token: Token) -> bool {
        self.first.len() < SIZE
            || self.spread.len() < SIZE
            || self.spread.last().is_some_and(|last| token < *last)
    }

    fn keep(&mut self, token: Token) {
        if self.first.len() < SIZE {
            self.first.push(token);
        }
        if self.spread.len() < SIZE || self.spread.last().is_some_and(|last| token < *last) {
            self.spread.insert(token);
            if self.spread.len() > SIZE {
                self.spread.pop_last();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::row_id;

    #[test]
    fn a_sample_does_not_depend_on_the_order_of_the_input() {
        let tokens: Vec<Token> = (0..200)
            .map(|number| Token(row_id("s", [number.to_string().as_str()])))
            .collect();
        let (mut one, mut other) = (Sample::default(), Sample::default());
        for token in &tokens {
            one.keep(*token);
        }
        for token in tokens.iter().rev() {
            other.keep(*token);
        }
        assert_eq!(one.spread, other.spread);
        assert_eq!(one.spread.len(), SIZE);
        assert_eq!(one.first, tokens[..SIZE]);
    }
}
