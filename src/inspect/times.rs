//! Columns of times of day, which belong to the dates of another column.

use super::shapes::Shapes;
use crate::mapping::DateReader;

/// The most ways of writing that one column is followed in.
const MOST_FORMATS: usize = 4;

/// What was seen of a column's times of day.
#[derive(Default)]
pub struct TimeTally {
    count: u64,
    formats: Vec<(String, DateReader)>,
}

impl TimeTally {
    /// Counts the value if it is a time of day.
    pub fn see(&mut self, text: &str, shapes: &Shapes) {
        let could_be = (4..=16).contains(&text.len())
            && text.contains(':')
            && text.starts_with(|sign: char| sign.is_ascii_digit());
        if !could_be {
            return;
        }
        // No-break spaces are read as plain ones.
        let plain = text.replace(['\u{a0}', '\u{202f}'], " ");
        let Some(format) = shapes.time_of_day(&plain) else {
            return;
        };
        let known = self.formats.iter().position(|(known, _)| *known == format);
        let index = known.unwrap_or(self.formats.len());
        if index == MOST_FORMATS {
            return;
        }
        if known.is_none() {
            let whole = format!("%Y-%m-%d {format}");
            self.formats.push((format, DateReader::new(&[whole], None)));
        }
        // `25:30` is a duration.
        let (_, reader) = &self.formats[index];
        self.count += u64::from(reader.text(&format!("2000-01-01 {plain}")).is_ok());
    }

    /// The formats of a column that has so many values; none unless each of them is a time of day.
    pub fn finish(self, values: u64) -> Vec<String> {
        if values == 0 || self.count != values {
            return Vec::new();
        }
        self.formats.into_iter().map(|(format, _)| format).collect()
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
        tally.finish(values.len() as u64)
    }

    #[test]
    fn a_column_of_times_is_known_by_all_its_values() {
        assert_eq!(column(&["10:15", "9:05"]), ["%H:%M"]);
        assert_eq!(column(&["10:15:30", "10:15"]), ["%H:%M:%S", "%H:%M"]);
        assert_eq!(column(&["10:15 AM", "1:05\u{202f}PM"]), ["%I:%M %p"]);
        for others in [
            ["10:15", "25:30"],
            ["10:15", "soon"],
            ["10:15", "10:15 UTC"],
            ["3:1", "16:9"],
        ] {
            assert_eq!(column(&others), Vec::<String>::new(), "{others:?}");
        }
    }
}
