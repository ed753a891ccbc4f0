//! What a run's files held: whether another run is over the same input, and so tells of the same rows.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::identity::Id;

/// So much is hashed at most: of longer files only the time says whether they are the same.
const MOST_HASHED: u64 = 1 << 30;

/// A file as a run found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    size: u64,
    /// When it was written last, in nanoseconds since 1970, as text.
    written: String,
    /// A hash of its bytes.
    hash: Option<String>,
}

impl Content {
    /// A file as it is now; `None` where it cannot be read.
    pub fn of(path: &Path) -> Option<Self> {
        let (size, written) = stamp(path)?;
        let hash = if size <= MOST_HASHED {
            let (hashed, hash) = hash(File::open(path).ok()?).ok()?;
            (hashed == size).then(|| hash.to_string())
        } else {
            None
        };
        Some(Self {
            size,
            written,
            hash,
        })
    }

    /// Whether a file still is what it was, or begins with all of that.
    pub fn is_in(&self, path: &Path) -> bool {
        let Some((size, written)) = stamp(path) else {
            return false;
        };
        if (size, &written) == (self.size, &self.written) {
            return true;
        }
        let Some(known) = self.hash.as_ref().filter(|_| size >= self.size) else {
            return false;
        };
        let begin = File::open(path).and_then(|file| hash(file.take(self.size)));
        begin.is_ok_and(|(_, hash)| hash.to_string() == *known)
    }
}

/// The number of bytes and their hash.
///
/// # Errors
/// They cannot be read.
pub fn hash(mut bytes: impl Read) -> io::Result<(u64, Id)> {
    let mut hasher = blake3::Hasher::new();
    let size = io::copy(&mut bytes, &mut hasher)?;
    let mut hash = [0; 16];
    hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok((size, Id(hash)))
}

fn stamp(path: &Path) -> Option<(u64, String)> {
    let meta = std::fs::metadata(path).ok()?;
    let written = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    meta.is_file()
        .then(|| (meta.len(), written.as_nanos().to_string()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_has_grown_is_the_same_and_another_of_its_name_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nps.csv");
        let write = |text: &str| fs::write(&path, text).unwrap();
        write("id\n1\n");
        let content = Content::of(&path).unwrap();
        assert!(content.is_in(&path));
        write("id\n1\n2\n");
        assert!(content.is_in(&path), "it has grown");
        for other in ["id\n2\n3\n", "id\n1", "id\n7\n"] {
            write(other);
            assert!(!content.is_in(&path), "{other:?}");
        }
        fs::remove_file(&path).unwrap();
        assert!(!content.is_in(&path));
        assert_eq!(Content::of(&path), None);
        assert_eq!(Content::of(folder.path()), None);
    }
}
