//! Which files a job's patterns match now, and which of them can be taken: not those still being written.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::ZonedDateTime;

use super::config::Job;
use crate::identity::Id;
use crate::pipeline::inputs::is_failures_name;

/// A file that was touched so lately is looked at twice.
const FRESH: Duration = Duration::from_mins(1);
/// Between the two looks.
const BETWEEN: Duration = Duration::from_secs(2);

/// A file as it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// When it was last written, where the system says so.
    pub modified: Option<SystemTime>,
}

impl Found {
    /// A file as it is now.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn now(path: &Path) -> io::Result<Self> {
        let meta = std::fs::metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            size: meta.len(),
            modified: meta.modified().ok(),
        })
    }

    /// Whether the file is still as it was.
    pub fn is_unchanged(&self) -> bool {
        Self::now(&self.path).is_ok_and(|now| now == *self)
    }

    fn age(&self, now: SystemTime) -> Option<Duration> {
        // A clock that is ahead over there says nothing about an age.
        now.duration_since(self.modified?).ok()
    }
}

/// What the patterns of a job match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Files that can be taken, in the order of the patterns and by name.
    pub files: Vec<Found>,
    /// Files that are too young or still growing.
    pub waiting: Vec<PathBuf>,
    /// Patterns that match nothing at all, with the day's dates.
    pub missing: Vec<String>,
}

/// Looks for a job's files. Those touched lately are looked at again after `pause`.
///
/// # Errors
/// A folder cannot be looked into; the message says which.
pub fn look(
    job: &Job,
    now: &ZonedDateTime,
    clock: SystemTime,
    pause: impl FnOnce(Duration),
) -> Result<Looked, String> {
    let mut looked = Looked::default();
    let mut seen = HashSet::new();
    for pattern in &job.inputs {
        let matched = matches(&pattern.on(now)?)?;
        if matched.is_empty() {
            looked.missing.push(pattern.named(now));
        }
        for path in matched {
            if !seen.insert(path.clone()) {
                continue;
            }
            // What cannot be looked at is gone again, or will be told of when it is opened.
            let found = Found::now(&path).unwrap_or(Found {
                path,
                size: 0,
                modified: None,
            });
            let young = found.age(clock).is_some_and(|age| age < job.min_age);
            if young {
                looked.waiting.push(found.path);
            } else {
                looked.files.push(found);
            }
        }
    }
    let is_fresh = |found: &Found| found.age(clock).is_none_or(|age| age < FRESH);
    if looked.files.iter().any(is_fresh) {
        pause(BETWEEN);
        let (still, moving): (Vec<Found>, Vec<Found>) =
            looked.files.into_iter().partition(Found::is_unchanged);
        looked.files = still;
        looked
            .waiting
            .extend(moving.into_iter().map(|found| found.path));
    }
    Ok(looked)
}

fn matches(dated: &super::pattern::Dated) -> Result<Vec<PathBuf>, String> {
    if dated.literal.exists() {
        return Ok(vec![dated.literal.clone()]);
    }
    let found = glob::glob(&dated.glob)
        .map_err(|error| format!("'{}' is no pattern of files: {}", dated.glob, error.msg))?;
    let mut paths = Vec::new();
    for path in found {
        let path = path.map_err(|error| {
            format!(
                "{} cannot be looked into: {}",
                error.path().display(),
                error.error()
            )
        })?;
        if !path.is_dir() && !is_failures_name(&path) {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// A hash of a file's bytes.
///
/// # Errors
/// It cannot be read.
pub fn content(path: &Path) -> io::Result<Id> {
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    let mut hash = [0; 16];
    hash.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok(Id(hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::Config;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new(names: &[&str]) -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            for name in names {
                folder.write(name, "x");
            }
            folder
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        }

        fn job(&self, keys: &str) -> Job {
            let text = format!("[jobs.nps]\nmapping = \"m.toml\"\n{keys}");
            let path = self.0.path().join("chatterload.toml");
            Config::parse(&path, &text).unwrap().jobs.remove(0)
        }

        fn names(&self, paths: &[PathBuf]) -> Vec<String> {
            let below = |path: &PathBuf| {
                path.strip_prefix(self.0.path())
                    .unwrap()
                    .display()
                    .to_string()
            };
            paths.iter().map(below).collect()
        }

        /// Looks from the future, in which every file is an hour old.
        fn look(&self, job: &Job) -> (Vec<String>, Vec<String>, Vec<String>) {
            let later = SystemTime::now() + Duration::from_hours(1);
            let looked = look(job, &ZonedDateTime::now(), later, |_| {
                panic!("no file is fresh")
            })
            .unwrap();
            let files: Vec<PathBuf> = looked.files.into_iter().map(|found| found.path).collect();
            (
                self.names(&files),
                self.names(&looked.waiting),
                looked.missing,
            )
        }
    }

    #[test]
    fn patterns_match_each_file_once_and_no_failures_file() {
        let folder = Folder::new(&["e/b.csv", "e/a.csv", "e/a.failures.csv", "e/c.xlsx"]);
        let job = folder.job("input = [\"e/c.xlsx\", \"e/*.csv\", \"e/a*\", \"e/*.json\"]");
        let (files, waiting, missing) = folder.look(&job);
        assert_eq!(files, ["e/c.xlsx", "e/a.csv", "e/b.csv"]);
        assert!(waiting.is_empty());
        assert_eq!(missing, ["e/*.json"]);
    }

    #[test]
    fn a_file_younger_than_min_age_waits() {
        let folder = Folder::new(&["a.csv"]);
        let job = folder.job("input = \"*.csv\"\nmin_age = \"2h\"");
        assert_eq!(folder.look(&job).1, ["a.csv"]);
        let job = folder.job("input = \"*.csv\"\nmin_age = \"30m\"");
        assert_eq!(folder.look(&job).0, ["a.csv"]);
    }

    #[test]
    fn a_file_that_grows_between_two_looks_waits() {
        let folder = Folder::new(&["done.csv"]);
        let growing = folder.write("growing.csv", "half");
        let job = folder.job("input = \"*.csv\"");
        let write_on = |pause| {
            assert_eq!(pause, BETWEEN);
            std::fs::write(&growing, "half and the rest").unwrap();
        };
        let looked = look(&job, &ZonedDateTime::now(), SystemTime::now(), write_on).unwrap();
        assert_eq!(folder.names(&looked.waiting), ["growing.csv"]);
        assert_eq!(looked.files.len(), 1);
        assert!(looked.missing.is_empty());
    }

    #[test]
    fn todays_folder_is_found() {
        let folder = Folder::new(&["2026-11-23/a.csv", "2026-11-24/b.csv"]);
        let job = folder.job("input = \"{yesterday}/*.csv\"");
        let now: ZonedDateTime = "2026-11-24T02:15:00+00:00[UTC]".parse().unwrap();
        let later = SystemTime::now() + Duration::from_hours(1);
        let looked = look(&job, &now, later, |_| {}).unwrap();
        assert_eq!(
            folder.names(&[looked.files[0].path.clone()]),
            ["2026-11-23/a.csv"]
        );
    }
}
