//! Where a job's inputs are: patterns of files with dates in them.

use std::path::{Path, PathBuf};

use jiff::{Span, ZonedDateTime};

/// The dates that a pattern knows, for messages.
const DATES: [&str; 3] = ["today", "yesterday", "date:%Y%m%d"];

/// A pattern of files, its dates not yet filled in: `exports/{yesterday}/*.xlsx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    folder: PathBuf,
}

/// A pattern on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The file, should one be called just so.
    pub literal: PathBuf,
    /// The pattern, for whatever it matches.
    pub glob: String,
}

impl Pattern {
    /// A pattern as the user writes it, counted from a folder.
    ///
    /// # Errors
    /// A date in it is not known, or it is no pattern of files; the message says what would be right.
    pub fn new(text: &str, folder: &Path) -> Result<Self, String> {
        if text.is_empty() || text == "-" {
            return Err(
                "a job reads files: write a path or a pattern, such as exports/*.csv".to_owned(),
            );
        }
        let pattern = Self {
            text: text.to_owned(),
            folder: folder.to_owned(),
        };
        let example = pattern.on(&ZonedDateTime::default())?;
        glob::Pattern::new(&example.glob)
            .map_err(|error| format!("this is no pattern of files: {}", error.msg))?;
        Ok(pattern)
    }

    /// A folder as the user writes it, likewise: its path may hold dates, and nothing else in it is special.
    ///
    /// # Errors
    /// A date in it is not known.
    pub fn folder(text: &str, folder: &Path) -> Result<Self, String> {
        let path = Self {
            text: text.to_owned(),
            folder: folder.to_owned(),
        };
        path.on(&ZonedDateTime::default())?;
        Ok(path)
    }

    /// The folder on a day.
    pub fn path(&self, now: &ZonedDateTime) -> PathBuf {
        self.folder.join(self.named(now))
    }

    /// As the user wrote it, with that day's dates: what to look for where it matches nothing.
    pub fn named(&self, now: &ZonedDateTime) -> String {
        self.filled(now).unwrap_or_else(|_| self.text.clone())
    }

    /// The pattern on a day, in that day's zone.
    ///
    /// # Errors
    /// A date in it is not known.
    pub fn on(&self, now: &ZonedDateTime) -> Result<Dated, String> {
        let filled = self.filled(now)?;
        // The folder is no pattern, whatever it is called.
        let folder = glob::Pattern::escape(&self.folder.to_string_lossy());
        Ok(Dated {
            literal: self.folder.join(&filled),
            glob: Path::new(&folder)
                .join(&filled)
                .to_string_lossy()
                .into_owned(),
        })
    }

    fn filled(&self, now: &ZonedDateTime) -> Result<String, String> {
        let mut filled = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind
                .split_once('}')
                .ok_or_else(|| format!("a date begins with {{ and ends with }}: {}", known()))?;
            filled.push_str(before);
            filled.push_str(&date(name, now)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

fn date(name: &str, now: &ZonedDateTime) -> Result<String, String> {
    let format = |format: &str, at: &ZonedDateTime| {
        jiff::fmt::strtime::format(format, at)
            .map_err(|error| format!("`{{{name}}}` is no format of dates: {error}"))
    };
    match name {
        "today" => format("%Y-%m-%d", now),
        // A day before by the calendar, whatever the clocks do that night.
        "yesterday" => {
            let before = now.checked_sub(Span::new().days(1));
            format("%Y-%m-%d", &before.unwrap_or_else(|_| now.clone()))
        }
        _ => match name.strip_prefix("date:") {
            Some(wanted) if !wanted.is_empty() => format(wanted, now),
            _ => Err(match crate::mapping::nearest(name, DATES) {
                Some(near) => format!(
                    "unknown date `{{{name}}}`, did you mean `{{{near}}}`? {}",
                    known()
                ),
                None => format!("unknown date `{{{name}}}`: {}", known()),
            }),
        },
    }
}

fn known() -> String {
    let all: Vec<String> = DATES.iter().map(|name| format!("{{{name}}}")).collect();
    format!("known are {}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(pattern: &str, now: &str) -> String {
        let pattern = Pattern::new(pattern, Path::new("")).unwrap();
        pattern.on(&now.parse().unwrap()).unwrap().glob
    }

    #[test]
    fn paths_count_from_the_folder_which_is_no_pattern() {
        let pattern = Pattern::new("e/*.csv", Path::new("/jobs [old]")).unwrap();
        let dated = pattern.on(&ZonedDateTime::default()).unwrap();
        assert_eq!(dated.literal, Path::new("/jobs [old]/e/*.csv"));
        assert_eq!(dated.glob, "/jobs [[]old[]]/e/*.csv");
        let absolute = Pattern::new("/e/*.csv", Path::new("jobs")).unwrap();
        assert_eq!(
            absolute.on(&ZonedDateTime::default()).unwrap().glob,
            "/e/*.csv"
        );
    }

    #[test]
    fn dates_are_those_of_the_local_zone() {
        let night = "2026-03-01T00:30:00+01:00[Europe/Berlin]";
        assert_eq!(on("e/{today}/*.csv", night), "e/2026-03-01/*.csv");
        assert_eq!(on("e/{yesterday}/*.csv", night), "e/2026-02-28/*.csv");
        assert_eq!(on("nps-{date:%Y%m%d}.csv", night), "nps-20260301.csv");
        assert_eq!(on("nps-*.csv", night), "nps-*.csv");
        // The night in which the clocks go forward has no 02:30: the day before has.
        let after = "2026-03-30T02:30:00+02:00[Europe/Berlin]";
        assert_eq!(on("{yesterday}", after), "2026-03-29");
    }

    #[test]
    fn a_folder_holds_dates_and_is_no_pattern() {
        let now = "2026-03-01T00:30:00+01:00[Europe/Berlin]".parse().unwrap();
        let folder = |text| Pattern::folder(text, Path::new("/jobs"));
        assert_eq!(
            folder("done/{yesterday} [all]").unwrap().path(&now),
            Path::new("/jobs/done/2026-02-28 [all]")
        );
        let why = folder("done/{todya}").unwrap_err();
        assert!(why.contains("did you mean `{today}`"), "{why}");
    }

    #[test]
    fn what_is_no_date_and_no_pattern_is_told() {
        for (pattern, says) in [
            ("e/{yesterdy}.csv", "did you mean `{yesterday}`"),
            ("e/{week}.csv", "known are {today}"),
            ("e/{today", "ends with }"),
            ("e/{date:%!}", "no format of dates"),
            ("e/{date:}", "unknown date"),
            ("e/***.csv", "no pattern of files"),
            ("-", "a job reads files"),
        ] {
            let why = Pattern::new(pattern, Path::new("")).unwrap_err();
            assert!(why.contains(says), "{pattern}: {why}");
        }
    }
}
