//! A look at which responses an input holds, before anything is sent: some of their tokens.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::hashes::Hashes;
use super::identify::{Fingerprint, Occurrences, Tokens, Who, who};
use super::inputs::Opened;
use crate::error::Error;
use crate::identity::Token;
use crate::mapping::{Mapping, Plan};
use crate::read::Source;
use crate::units::Shard;

/// So many tokens of either kind.
pub const SIZE: usize = 20;

/// Some tokens of an input.
#[derive(Debug, Default)]
pub struct Sample {
    /// The first ones in the order of the input, of those asked for.
    pub first: Vec<Token>,
    /// The smallest ones, of those asked for: spread over the input evenly, whatever its order.
    pub spread: BTreeSet<Token>,
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
}

impl Look<'_> {
    /// Reads inputs through that can be read again, and keeps some of the tokens that are `wanted`. Pipes are left out.
    /// What cannot be read is told when the input is read in earnest.
    ///
    /// # Errors
    /// The mapping does not suit a file any more.
    pub fn take(
        &self,
        inputs: &[Opened],
        wanted: &mut dyn FnMut(Token) -> bool,
    ) -> Result<Sample, Error> {
        let mut sample = Sample::default();
        let key = &self.mapping.key;
        let mut occurrences = Occurrences::new(&key.scope, &key.by);
        let hashes = Hashes::lasting(&key.scope, Some(self.tokens.clone()));
        let mut rows = 0;
        for (number, input) in inputs.iter().enumerate() {
            let Some(again) = input.again() else { continue };
            let source = again?;
            let plan = Plan::compile(self.mapping, &input.name, source.shape())
                .map_err(|error| Error::Usage(error.render(false)))?;
            self.file(
                number,
                input,
                source,
                &plan,
                &hashes,
                &mut occurrences,
                &mut |token| {
                    if wanted(token) {
                        sample.keep(token);
                    }
                },
                &mut rows,
            );
        }
        Ok(sample)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one loop's state, taken apart for its length"
    )]
    fn file(
        &self,
        number: usize,
        input: &Opened,
        source: Source,
        plan: &Plan,
        hashes: &Hashes,
        occurrences: &mut Occurrences,
        each: &mut dyn FnMut(Token),
        rows: &mut u64,
    ) {
        let fingerprint = Fingerprint::new(source.shape());
        let base_name = input.base_name();
        // An error here is met again, and told, when the file is loaded.
        let _ = source.rows(number, &mut |row| {
            *rows += 1;
            let mapped = plan.map(&row);
            let id = who(&row, mapped.key, hashes).and_then(|who| match who {
                Who::Known(id) => Ok(id),
                Who::ByContent => occurrences.next(number, base_name, fingerprint.of(&row)),
            });
            if let Ok(id) = id {
                for response in &mapped.responses {
                    let token = hashes.token(id, response.name);
                    if matches!(response.result, Ok(Some(_)))
                        && self.shard.is_none_or(|shard| shard.has(token))
                    {
                        each(token);
                    }
                }
            }
            if self.limit.is_some_and(|limit| *rows >= limit) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
    }
}

impl Sample {
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
