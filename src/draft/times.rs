//! A date and a time of day in two columns: which belong together, and how they are read as one.

use super::Drafter;
use super::attributes::sample;
use super::created::Created;
use super::known::Role;
use super::text::plain;
use crate::inspect::{Column, Dates, is_time, zone};

/// What a header calls a date.
const DATE: &str = "date|datum|fecha|data|jour|day|tag|am|on";
/// With these, a time is as well how long something took.
const LASTING: &str = "response|reply|resolution|handling|handle|waiting|wait|call|talk|chat|session|visit|delivery|\
    spent|taken|total|average|antwort|bearbeitung|réponse|respuesta|risposta|reactie";

/// What a header calls a time zone, beside words for a time.
const ZONE: &str =
    "zone|timezone|tz|zeitzone|fuseau|horaire|zona|horaria|oraria|tijdzone|fuso|horário|utc|offset";

impl Drafter<'_> {
    /// Takes the times of day in, where the dates have none and another column has.
    pub fn with_times(&mut self, created: Created) -> Created {
        let Created::Column(date, formats) = created else {
            return created;
        };
        let Some(time) = self.times_of(date) else {
            return Created::Column(date, formats);
        };
        let own = &self.profile.columns[date];
        let column = &self.profile.columns[time];
        let times = &column.times;
        let Some(mut dates) = own.dates.clone() else {
            return Created::Column(date, formats);
        };
        if times.is_none() || !column.nothing.is_empty() {
            let shown = column.samples.iter().chain(&column.nothing).take(6);
            let shown: Vec<String> = shown.map(|shown| plain(shown, 20)).collect();
            self.notes.push(format!(
                "the times of day in `{}` are not read, for not all are written as such ({}): the dates of `{}` are posted \
                 without",
                plain(&column.called(), 60),
                shown.join(", "),
                plain(&own.called(), 60)
            ));
            return Created::Column(date, formats);
        }
        self.roles[time] = Role::Skip;
        dates.timed = column.filled;
        dates.zoned = if times.zoned { column.filled } else { 0 };
        dates.reworded.extend(times.reworded.iter().cloned());
        dates.ambiguous.extend(&times.ambiguous);
        let zone = self.zones_of_times(date, time, &mut dates);
        let zones = zone.as_ref().map_or(&[""][..], |(_, formats)| formats);
        let formats = match &formats[..] {
            [] => vec!["%Y-%m-%d".to_owned()],
            _ => formats,
        };
        let mut joined: Vec<String> = Vec::new();
        for date in &formats {
            for time in &times.formats {
                joined.extend(zones.iter().map(|zone| format!("{date} {time}{zone}")));
            }
        }
        if column.filled < column.rows {
            joined.extend(formats);
        }
        Created::Joined {
            date,
            time,
            zone: zone.map(|(zone, _)| zone),
            formats: joined,
            dates: Box::new(dates),
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
                && column.dates.is_none()
                && !column.free_text
                && !column.samples.is_empty()
                && belong(own, column)
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The column with the time zones of the times, and what stands behind these to read them; says where they are not
    /// understood. What they are goes into the dates.
    fn zones_of_times(
        &mut self,
        date: usize,
        time: usize,
        dates: &mut Dates,
    ) -> Option<(usize, Vec<&'static str>)> {
        let columns = &self.profile.columns;
        let mut found = (0..columns.len()).filter(|index| {
            self.roles[*index] == Role::Free
                && !columns[*index].values.is_empty()
                && is_zone(&columns[date], &columns[*index])
        });
        let index = found.next().filter(|_| dates.zoned == 0)?;
        let column = &columns[index];
        let zones = column.values.iter().map(|(value, _)| zone(value));
        let zones: Option<Vec<_>> = zones.collect();
        // A time without its zone would leave a blank behind it, and a zone without its time one before.
        let is_whole = [column, &columns[time]]
            .iter()
            .all(|column| column.filled == column.rows && column.nothing.is_empty());
        let Some(zones) = zones.filter(|_| is_whole) else {
            self.notes.push(format!(
                "the time zones in `{}` are not read, {}: an offset such as +01:00, a common abbreviation or a name such \
                 as Europe/London is, in every row",
                plain(&column.called(), 60),
                sample(column)
            ));
            return None;
        };
        self.roles[index] = Role::Skip;
        let mut formats = Vec::new();
        for (zone, (_, count)) in zones.into_iter().zip(&column.values) {
            let format = zone.format.unwrap_or("");
            if !formats.contains(&format) {
                formats.push(format);
            }
            for step in zone.steps {
                if !dates.reworded.contains(&step) {
                    dates.reworded.push(step);
                }
            }
            match zone.ambiguous {
                Some(name) => dates.ambiguous.push(name),
                None => dates.zoned += count,
            }
        }
        Some((index, formats))
    }
}

/// Whether a column is called that of the time zones of these dates.
fn is_zone(date: &Column, column: &Column) -> bool {
    let of_date = words(&date.called());
    let own = words(&column.called());
    own.iter().any(|word| is_one_of(word, ZONE))
        && own
            .iter()
            .all(|word| is_one_of(word, ZONE) || is_time(word) || of_date.contains(word))
}

/// Whether a time of day is that of a date: `Date submitted` and `Time submitted`, or `Created on` and `Time` beside it.
fn belong(date: &Column, time: &Column) -> bool {
    let (of_date, of_time) = (words(&date.called()), words(&time.called()));
    let any = |is: fn(&str) -> bool| of_time.iter().any(|word| is(word));
    if !any(is_time) || any(|word| is_one_of(word, LASTING)) {
        return false;
    }
    let without = |words: &[String], is: fn(&str) -> bool| -> Vec<String> {
        let mut left = words.to_vec();
        left.retain(|word| !is(word));
        left
    };
    let rest = without(&of_time, is_time);
    let follows = match (date.position, time.position) {
        (Some(date), Some(time)) => time == date + 1,
        _ => false,
    };
    rest == without(&of_date, |word| is_one_of(word, DATE)) || (rest.is_empty() && follows)
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
