//! Errors by who must act, with the exit codes that go with them.

use std::path::PathBuf;

/// Why a command ended without doing its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Option, config or mapping at fault, key or project not given, output not writable. Nothing was posted.
    #[error("{0}")]
    Usage(String),
    /// An input file could not be read.
    #[error("{0}")]
    Input(#[from] InputError),
    /// The API refused us, or never answered.
    #[error("{0}")]
    Api(String),
    /// Stopped before the end; the same command goes on.
    #[error("{0}")]
    Stopped(String),
    /// Another run holds the lock.
    #[error("{0}")]
    Locked(String),
}

impl Error {
    /// The exit code the contract gives it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Input(_) => 3,
            Self::Api(_) => 4,
            Self::Stopped(_) => 5,
            Self::Locked(_) => 6,
        }
    }
}

/// An input file that cannot be read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// The file, `-` for standard input.
    pub file: PathBuf,
    /// Where in it, as a person says it: `row 12 (line 19)`; `None` where the file as a whole is meant.
    pub place: Option<String>,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl std::error::Error for InputError {}

impl std::fmt::Display for InputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", crate::read::called(&self.file.to_string_lossy()))?;
        if let Some(place) = &self.place {
            write!(f, ", {place}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(remedy) = &self.remedy {
            write!(f, "\n  help: {remedy}")?;
        }
        Ok(())
    }
}
