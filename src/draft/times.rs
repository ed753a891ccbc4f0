//! A date and a time of day in two columns: which belong together, and how they are read as one.

use super::Drafter;
use super::created::Created;
use super::known::Role;
use crate::inspect::Column;

/// What a header calls a date.
const DATE: &str = "date|datum|fecha|data|jour|day|tag|am|on";
/// What a header calls a time of day.
const TIME: &str = "time|uhrzeit|zeit|heure|hora|ora|tijd|tijdstip|um|at";
/// With these, a time is as well how long something took.
const LASTING: &str = "response|reply|resolution|handling|handle|waiting|wait|call|talk|chat|session|visit|delivery|\
    spent|taken|total|average|antwort|bearbeitung|réponse|respuesta|risposta|reactie";

impl Drafter<'_> {
    /// Takes the times of day in, where the dates have none and another column has.
    pub fn with_times(&mut self, created: Created) -> Created {
        let Created::Column(date, formats) = created else {
            return created;
        };
        let Some(time) = self.times_of(date) else {
            return Created::Column(date, formats);
        };
        self.roles[time] = Role::Skip;
        let column = &self.profile.columns[time];
        let dates = match &formats[..] {
            [] => vec!["%Y-%m-%d".to_owned()],
            _ => formats,
        };
        let mut both: Vec<String> = Vec::new();
        for date in &dates {
            both.extend(column.times.iter().map(|time| format!("{date} {time}")));
        }
        if column.filled < column.rows {
            both.extend(dates);
        }
        Created::Joined {
            date,
            time,
            formats: both,
        }
    }

    /// The one column of times that goes with a column of dates: both are whole, and their headers or their places say
    /// that they belong together.
    fn times_of(&self, date: usize) -> Option<usize> {
        let columns = &self.profile.columns;
        let own = &columns[date];
        let dates = own.dates.as_ref()?;
        let is_whole = own.filled == own.rows && own.odd == 0 && own.nothing.is_empty();
        if !is_whole || dates.timed > 0 || dates.zoned > 0 || dates.epoch {
            return None;
        }
        let mut found = (0..columns.len()).filter(|index| {
            let column = &columns[*index];
            self.roles[*index] == Role::Free
                && !column.times.is_empty()
                && column.nothing.is_empty()
                && belong(own, column)
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

/// Whether a time of day is that of a date: `Date submitted` and `Time submitted`, or `Created on` and `Time` beside it.
fn belong(date: &Column, time: &Column) -> bool {
    let (of_date, of_time) = (words(&date.called()), words(&time.called()));
    let has = |words: &[String], known: &str| words.iter().any(|word| is_one_of(word, known));
    if !has(&of_time, TIME) || has(&of_time, LASTING) {
        return false;
    }
    let without = |words: &[String], known: &str| -> Vec<String> {
        let mut left = words.to_vec();
        left.retain(|word| !is_one_of(word, known));
        left
    };
    let rest = without(&of_time, TIME);
    let follows = match (date.position, time.position) {
        (Some(date), Some(time)) => time == date + 1,
        _ => false,
    };
    rest == without(&of_date, DATE) || (rest.is_empty() && follows)
}

fn words(header: &str) -> Vec<String> {
    header
        .to_lowercase()
        .split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_one_of(word: &str, known: &str) -> bool {
    known.split('|').any(|one| one == word)
}
