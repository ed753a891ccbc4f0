//! How rows, responses and bodies are told from each other: for ever, or within one check.

use xxhash_rust::xxh3::xxh3_128;

use super::identify::Tokens;
use crate::identity::{Id, Token, payload_hash, row_id, token};

/// Gives identities and hashes.
#[derive(Clone, Debug)]
pub struct Hashes {
    scope: String,
    of_scope: u128,
    tokens: Option<Tokens>,
    is_passing: bool,
}

/// Odd, so that no hash is lost where another is added.
const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

impl Hashes {
    /// Those of [`crate::identity`], which hold for ever. Without tokens a row is told from others by its own identity.
    pub fn lasting(scope: &str, tokens: Option<Tokens>) -> Self {
        Self {
            scope: scope.to_owned(),
            of_scope: 0,
            tokens,
            is_passing: false,
        }
    }

    /// For a check without a project: nothing that it compares was hashed by anybody else, and nobody sees its hashes. They
    /// are as wide, and much quicker.
    pub fn passing(scope: &str) -> Self {
        Self {
            scope: scope.to_owned(),
            of_scope: xxh3_128(scope.as_bytes()),
            tokens: None,
            is_passing: true,
        }
    }

    /// The identity of a row by its trimmed key cells.
    pub fn row<'a>(&self, cells: impl IntoIterator<Item = &'a str>) -> Id {
        if !self.is_passing {
            return row_id(&self.scope, cells);
        }
        let mut hash = self.of_scope;
        for cell in cells {
            hash = hash
                .wrapping_mul(FACTOR)
                .wrapping_add(xxh3_128(cell.as_bytes()));
        }
        Id(hash.to_le_bytes())
    }

    /// The token of a row's response.
    #[inline]
    pub fn token(&self, row: Id, response: &str) -> Token {
        if self.is_passing {
            // The identity spreads evenly: it need not be hashed again, only made another for each name.
            let name = xxh3_128(response.as_bytes());
            return Token(Id((u128::from_le_bytes(row.0) ^ name).to_le_bytes()));
        }
        self.lasting_token(row, response)
    }

    // Apart, so that the short one is done in place: a hash that is handed over in memory is waited for.
    #[inline(never)]
    fn lasting_token(&self, row: Id, response: &str) -> Token {
        match &self.tokens {
            Some(tokens) => tokens.token(row, response),
            None => token("", "", row, response),
        }
    }

    /// Whether nobody but one check sees the hashes.
    pub fn are_passing(&self) -> bool {
        self.is_passing
    }

    /// The hash of a body without its token, or of the fields that it is made of.
    #[inline]
    pub fn payload(&self, body: &[u8]) -> Id {
        if self.is_passing {
            Id(xxh3_128(body).to_le_bytes())
        } else {
            payload_hash(body)
        }
    }

    /// Whether bodies carry their token.
    pub fn has_tokens(&self) -> bool {
        self.tokens.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_tell_rows_and_responses_apart() {
        let tokens = Tokens::new("https://api.chattermill.com", "acme");
        for hashes in [
            Hashes::passing("s"),
            Hashes::lasting("s", None),
            Hashes::lasting("s", Some(tokens)),
        ] {
            let row = hashes.row(["ab", "c"]);
            assert_eq!(row, hashes.row(["ab", "c"]));
            assert_ne!(row, hashes.row(["a", "bc"]));
            assert_ne!(hashes.row(["a"]), hashes.row(["a", ""]));
            assert_eq!(hashes.token(row, "main"), hashes.token(row, "main"));
            assert_ne!(hashes.token(row, "main"), hashes.token(row, "other"));
            assert_ne!(hashes.payload(b"1"), hashes.payload(b"2"));
        }
    }

    #[test]
    fn the_lasting_ones_are_those_that_the_ledger_keeps() {
        let hashes = Hashes::lasting("s", Some(Tokens::new("https://x", "acme")));
        let row = row_id("s", ["1"]);
        assert_eq!(hashes.row(["1"]), row);
        assert_eq!(
            hashes.token(row, "main"),
            token("https://x", "acme", row, "main")
        );
        assert_eq!(hashes.payload(b"{}"), payload_hash(b"{}"));
    }
}
