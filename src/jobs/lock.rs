//! One `run` of a config at a time, whatever jobs it was asked for.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::config::Config;
use crate::error::Error;
use crate::ledger;

/// A lock that is held; let go by dropping it, or by the end of the process.
#[derive(Debug)]
pub struct Lock {
    /// Kept open: the lock is the file's.
    _file: File,
}

impl Lock {
    /// Takes the lock, waiting so long at most for whoever holds it.
    ///
    /// # Errors
    /// Another run holds it (exit 6), or its file cannot be written (exit 2).
    pub async fn take(config: &Config, run: &str, wait: Duration) -> Result<Self, Error> {
        let path = file_of(config);
        let unusable = |error: std::io::Error| {
            Error::Usage(format!(
                "the lock {} cannot be taken: {error}\n  help: its folder must be writable; with `file` under [history] \
                 the lock lies beside that file",
                path.display()
            ))
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(unusable)?;
        }
        match ledger::hold(&path, run, wait).await.map_err(unusable)? {
            Ok(file) => Ok(Self { _file: file }),
            Err(who) => Err(Error::Locked(format!(
                "{who} is at work on the jobs of {}\n  help: wait for its end, or let this run wait with `--wait`",
                config.path.display()
            ))),
        }
    }
}

/// Beside the history, else beside the config, links resolved: two names of one file lead to one lock.
fn file_of(config: &Config) -> PathBuf {
    let beside = config.history.file.as_ref().unwrap_or(&config.path);
    let real = beside.canonicalize().unwrap_or_else(|_| resolved(beside));
    let mut name = real.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    real.with_file_name(name)
}

/// A file that is not there yet, in its folder.
fn resolved(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match folder {
        Some(folder) => folder.join(path.file_name().unwrap_or_default()),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_run_hears_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chatterload.toml");
        std::fs::write(&path, "").unwrap();
        let config = Config::parse(&path, "[history]\nfile = \"state/history.ndjson\"").unwrap();
        let lock = Lock::take(&config, "first", Duration::ZERO).await.unwrap();
        let error = Lock::take(&config, "second", Duration::ZERO)
            .await
            .unwrap_err();
        assert_eq!(error.exit_code(), 6);
        assert!(error.to_string().contains("run first (process"), "{error}");
        drop(lock);
        Lock::take(&config, "third", Duration::ZERO).await.unwrap();
        assert!(folder.path().join("state/history.ndjson.lock").exists());
    }
}
