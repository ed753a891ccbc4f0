//! Columns of times of day, which belong to the dates of another column.

use serde::Serialize;

use super::shapes::Shapes;
use super::zones::{self, Reword};
use crate::mapping::DateReader;

/// What a header calls a time of day.
const TIME: &str = "time|uhrzeit|zeit|heure|hora|ora|tijd|tijdstip|um|at";

/// The most ways of writing that one column is followed in.
const MOST_FORMATS: usize = 4;

/// The times of day of a column that holds nothing else.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Times {
    /// How they are read.
    pub formats: Vec<String>,
    /// What must be replaced first.
    #[serde(skip)]
    pub reworded: Vec<Reword>,
    /// Whether each says its time zone.
    #[serde(skip)]
    pub zoned: bool,
    /// Abbreviations of time zones that may stand for several.
    #[serde(skip)]
    pub ambiguous: Vec<&'static str>,
}

impl Times {
    /// Whether the column holds anything else.
    pub fn is_none(&self) -> bool {
        self.formats.is_empty()
    }
}

/// Whether a header calls a column the time of day.
pub fn is_called_time(header: &str) -> bool {
    header
        .to_lowercase()
        .split(|sign: char| !sign.is_alphanumeric())
        .any(is_time)
}

/// Whether a word of a header, in lower case, stands for a time of day.
pub fn is_time(word: &str) -> bool {
    TIME.split('|').any(|known| known == word)
}

/// What was seen of a column's times of day.
#[derive(Default)]
pub struct TimeTally {
    count: u64,
    zoned: u64,
    readers: Vec<DateReader>,
    times: Times,
}

impl TimeTally {
    /// Counts the value if it is a time of day.
    pub fn see(&mut self, text: &str, shapes: &Shapes) {
        let could_be = (4..=24).contains(&text.len())
            && text.contains([':', '.'])
            && text.starts_with(|sign: char| sign.is_ascii_digit());
        if !could_be {
            return;
        }
        // No-break spaces are read as plain ones.
        let plain = text.replace(['\u{a0}', '\u{202f}'], " ");
        let reworded = zones::reword(&plain, &shapes.points, &shapes.endings);
        let plain = reworded.as_ref().map_or(&plain, |reworded| &reworded.text);
        let Some(format) = shapes.time_of_day(plain) else {
            return;
        };
        let is_zoned = ["%z", "%:z", "%Z"].iter().any(|zone| format.contains(zone));
        let known = self.times.formats.iter().position(|known| *known == format);
        let index = known.unwrap_or(self.readers.len());
        if index == MOST_FORMATS {
            return;
        }
        if known.is_none() {
            let whole = format!("%Y-%m-%d {format}");
            self.readers.push(DateReader::new(&[whole], None));
            self.times.formats.push(format);
        }
        // `25:30` is a duration.
        if self.readers[index]
            .text(&format!("2000-01-01 {plain}"))
            .is_err()
        {
            return;
        }
        self.count += 1;
        self.zoned += u64::from(is_zoned);
        let Some(reworded) = reworded else { return };
        for step in reworded.steps {
            if !self.times.reworded.contains(&step) {
                self.times.reworded.push(step);
            }
        }
        if let Some(name) = reworded
            .ambiguous
            .filter(|name| !self.times.ambiguous.contains(name))
        {
            self.times.ambiguous.push(name);
        }
    }

    /// The times of a column that has so many values; none unless each of them is a time of day, and all or none say
    /// their zone.
    pub fn finish(self, values: u64) -> Times {
        if values == 0 || self.count != values || (self.zoned > 0 && self.zoned != values) {
            return Times::default();
        }
        Times {
            zoned: self.zoned > 0,
            ..self.times
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> Vec<String> {
        let shapes = Shapes::new().unwrap();
        let mut tally = TimeTally::default();
        for value in values {
            tally.see(value, &shapes);
        }
        tally.finish(values.len() as u64).formats
    }

    #[test]
    fn a_column_of_times_is_known_by_all_its_values() {
        assert_eq!(column(&["10:15", "9:05"]), ["%H:%M"]);
        assert_eq!(column(&["10:15:30", "10:15"]), ["%H:%M:%S", "%H:%M"]);
        assert_eq!(column(&["10:15 AM", "1:05\u{202f}PM"]), ["%I:%M %p"]);
        assert_eq!(column(&["10:15 p.m.", "1:05 a. m."]), ["%I:%M %p"]);
        assert_eq!(column(&["14.05", "9.30 Uhr"]), ["%H.%M", "%H.%M Uhr"]);
        assert_eq!(column(&["10:15 CET", "9:15 CEST"]), ["%H:%M %:z"]);
        for others in [
            ["9.30", "9.99"],
            ["9.30", "9.5"],
            ["9.30", "10"],
            ["1.2.3", "9.30"],
            ["10:15", "25:30"],
            ["10:15", "soon"],
            ["10:15", "10:15 UTC"],
            ["3:1", "16:9"],
        ] {
            assert_eq!(column(&others), Vec::<String>::new(), "{others:?}");
        }
    }
}
