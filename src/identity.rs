//! Identity and token: what makes a row itself, in every later export too.
//!
//! A durable format: what is uploaded today must be recognised for ever. Version 1, described field by field in
//! [`row_id`], [`content_id`] and [`token`]; the known values in the tests below must never change.

use std::fmt;

use crate::record::trim;

/// 128 bits that name a row or a response; printed as 26 characters of base32 (RFC 4648 in lower case, no padding).
///
/// Aligned, so that it is copied as it was written: in one piece.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(align(8))]
pub struct Id(pub [u8; 16]);

/// The name of a response in Chattermill and in the ledger: `k` and 26 characters of base32.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(pub Id);

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl Id {
    /// Its 26 characters, all ASCII.
    fn digits(self) -> [u8; 26] {
        // 128 bits and two zero bits make 26 digits of five bits.
        let bits = u128::from_be_bytes(self.0);
        let mut text = [0u8; 26];
        text[25] = ALPHABET[((bits & 0b111) << 2) as usize];
        for (index, digit) in text[..25].iter_mut().enumerate() {
            *digit = ALPHABET[((bits >> (123 - 5 * index)) & 31) as usize];
        }
        text
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.digits()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Token {
    /// As it prints: 27 characters, all ASCII.
    pub fn characters(self) -> [u8; 27] {
        let mut text = [b'k'; 27];
        text[1..].copy_from_slice(&self.0.digits());
        text
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "k{}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Id {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim().as_bytes();
        if text.len() != 26 {
            return Err(());
        }
        let mut bits: u128 = 0;
        for (index, byte) in text.iter().enumerate() {
            let digit = ALPHABET
                .iter()
                .position(|known| *known == byte.to_ascii_lowercase())
                .ok_or(())? as u128;
            if index < 25 {
                bits = (bits << 5) | digit;
            } else if digit.is_multiple_of(4) {
                bits = (bits << 3) | (digit >> 2);
            } else {
                return Err(());
            }
        }
        Ok(Self(bits.to_be_bytes()))
    }
}

impl std::str::FromStr for Token {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.trim().strip_prefix('k').ok_or(())?.parse().map(Self)
    }
}

/// Room for most rows: what is longer moves to the heap.
const SHORT: usize = 1024;

/// A hash over length-prefixed parts, so that no two lists of parts look alike.
///
/// Parts are put one behind the other and hashed at once: for parts as short as cells, a hash that takes them one by one
/// costs several times as much.
struct Parts {
    short: [u8; SHORT],
    length: usize,
    /// All of them, once there is no room for more.
    long: Vec<u8>,
}

impl Parts {
    fn new(kind: &str) -> Self {
        let mut parts = Self {
            short: [0; SHORT],
            length: 0,
            long: Vec::new(),
        };
        parts.push(kind.as_bytes());
        parts
    }

    fn push(&mut self, part: &[u8]) {
        self.add(&(part.len() as u64).to_le_bytes());
        self.add(part);
    }

    fn add(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(room) = self.short.get_mut(self.length..end) {
            room.copy_from_slice(bytes);
            self.length = end;
            return;
        }
        if self.long.is_empty() {
            self.long.reserve(2 * end);
            self.long.extend_from_slice(&self.short[..self.length]);
            // No room from here on.
            self.length = SHORT;
        }
        self.long.extend_from_slice(bytes);
    }

    fn id(&self) -> Id {
        Id::of(if self.long.is_empty() {
            &self.short[..self.length]
        } else {
            &self.long
        })
    }
}

impl Id {
    /// The first 16 bytes of a hash.
    fn of(bytes: &[u8]) -> Self {
        let mut id = [0; 16];
        id.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
        Self(id)
    }
}

/// The identity of a row by its key cells: BLAKE3 over `"row 1"`, the scope and each trimmed cell, every part
/// preceded by its length in bytes (64 bits, little-endian); the first 16 bytes of the hash.
pub fn row_id<'a>(scope: &str, key_cells: impl IntoIterator<Item = &'a str>) -> Id {
    let mut parts = Parts::new("row 1");
    parts.push(scope.as_bytes());
    for cell in key_cells {
        parts.push(trim(cell).as_bytes());
    }
    parts.id()
}

/// A hash over the content of a row, for rows without key columns and for recognising changed cells: the sorted pairs
/// of name and trimmed cell, empty cells left out. Begins with `"content 1"`, the rest as in [`row_id`].
pub fn content_hash<N: AsRef<str>, C: AsRef<str>>(pairs: &mut [(N, C)]) -> Id {
    // Names that stand in order already, each once, leave nothing to sort: so it is with the columns of a table.
    if !pairs.is_sorted_by(|a, b| a.0.as_ref() < b.0.as_ref()) {
        pairs.sort_by(|a, b| {
            (a.0.as_ref(), a.1.as_ref().trim()).cmp(&(b.0.as_ref(), b.1.as_ref().trim()))
        });
    }
    let mut parts = Parts::new("content 1");
    for (name, cell) in pairs {
        let cell = trim(cell.as_ref());
        if !cell.is_empty() {
            parts.push(name.as_ref().as_bytes());
            parts.push(cell.as_bytes());
        }
    }
    parts.id()
}

/// The identity of a row without key columns: `"row by content 1"`, the scope, the content hash in base32, the number
/// of the occurrence from 1, and the file's name where every file is new (`per-file`), else empty.
pub fn content_id(scope: &str, content: Id, occurrence: u64, file: Option<&str>) -> Id {
    let mut parts = Parts::new("row by content 1");
    parts.push(scope.as_bytes());
    parts.push(&content.digits());
    parts.push(occurrence.to_string().as_bytes());
    parts.push(file.unwrap_or("").as_bytes());
    parts.id()
}

/// The token of a response: `"response 1"`, the API's origin (`https://api.chattermill.com`), the project's key as the
/// catalogue spells it, the row's identity in base32, the response's name.
pub fn token(origin: &str, project: &str, row: Id, response: &str) -> Token {
    let mut parts = Parts::new("response 1");
    parts.push(origin.as_bytes());
    parts.push(project.as_bytes());
    parts.push(&row.digits());
    parts.push(response.as_bytes());
    Token(parts.id())
}

/// A hash of a request's body, token left out: tells whether what would be posted differs from what was.
pub fn payload_hash(body: &[u8]) -> Id {
    Id::of(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_of_version_1_never_change() {
        let row = row_id("post-purchase-nps", ["00123"]);
        let content = content_hash(&mut [("NPS", " 9 "), ("Comment", "Fine"), ("Empty", "")]);
        let by_content = content_id("s", content, 2, Some("may.csv"));
        let token = token("https://api.chattermill.com", "acme", row, "main");
        assert_eq!(row.to_string(), "yxxtm7fu7ig7qmym2vhjz77z6q");
        assert_eq!(content.to_string(), "ogyyg4wrp6b5umkpb2qu3swu5q");
        assert_eq!(by_content.to_string(), "d2k5kgpyalkxqugsjt4x7krygm");
        assert_eq!(token.to_string(), "ksxgpymdp7pwyj72iyxt3hw6gyq");
    }

    #[test]
    fn length_prefixes_keep_cells_apart() {
        assert_ne!(row_id("s", ["ab", "c"]), row_id("s", ["a", "bc"]));
        assert_ne!(row_id("s", ["a"]), row_id("s", ["a", ""]));
    }

    #[test]
    fn key_cells_are_trimmed() {
        assert_eq!(row_id("s", [" a "]), row_id("s", ["a"]));
    }

    proptest::proptest! {
        #[test]
        fn parts_are_hashed_at_once_as_one_by_one(parts in proptest::collection::vec(".{0,400}", 0..8)) {
            let mut hasher = blake3::Hasher::new();
            for part in std::iter::once("row 1").chain(std::iter::once("s")).chain(parts.iter().map(|part| part.trim())) {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
            let id = row_id("s", parts.iter().map(String::as_str));
            let expected = hasher.finalize();
            proptest::prop_assert_eq!(&id.0[..], &expected.as_bytes()[..16]);
        }

        #[test]
        fn content_is_the_same_in_any_order_of_columns(mut pairs in proptest::collection::vec(("[a-c]{0,2}", "[ x-z]{0,2}"), 0..6), by in 0..6usize) {
            let id = content_hash(&mut pairs.clone());
            let by = by.min(pairs.len());
            pairs.rotate_left(by);
            proptest::prop_assert_eq!(content_hash(&mut pairs), id);
        }

        #[test]
        fn an_id_reads_back_as_it_prints(bytes: [u8; 16]) {
            let id = Id(bytes);
            proptest::prop_assert_eq!(id.to_string().parse(), Ok(id));
            proptest::prop_assert_eq!(id.to_string().len(), 26);
            proptest::prop_assert_eq!(Token(id).to_string().parse(), Ok(Token(id)));
        }
    }
}
