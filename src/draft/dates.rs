//! The line of `created_at`, and why there may be none.

use super::attributes::{nothing, sample};
use super::created::{Created, orders};
use super::known::Role;
use super::text::{Lines, Value, list, plain, quoted, reference};
use super::{Drafter, Question, choice};
use crate::inspect::words::{Topic, is_about};
use crate::inspect::{Dates, replacements, zones_of};

impl Drafter<'_> {
    /// Writes `created_at`; gives the line of `[source]` on the time zone.
    pub fn write_created(
        &mut self,
        created: &Created,
        response: &mut Lines,
    ) -> Option<(String, String)> {
        let (index, parts, formats, joined) = match created {
            Created::None => {
                let note = self.undated();
                self.notes.push(note);
                return None;
            }
            Created::Unproved(index) => {
                self.either_order(*index, response);
                return None;
            }
            Created::Swapped(index) => {
                self.leave_out_swapped(*index, response);
                return None;
            }
            Created::Column(index, formats) => (*index, Vec::new(), formats, None),
            Created::Joined {
                date,
                time,
                zone,
                formats,
                dates,
            } => {
                let parts = std::iter::once(*time).chain(*zone).collect();
                (*date, parts, formats, Some(&**dates))
            }
        };
        let column = &self.profile.columns[index];
        let dates = joined.or(column.dates.as_ref())?;
        let mut value = self.origin(index, &parts);
        reading(dates, formats, &mut value);
        nothing(column, &mut value);
        let called = column.called();
        if !dates.ambiguous.is_empty() && self.answer("timezone").is_none() {
            self.ask_meaning(&called, &dates.ambiguous);
            self.without_zone(column, &dates.ambiguous, &value, response);
            return None;
        }
        let mut zone = None;
        if dates.zoned < column.filled {
            if let Some(answer) = self.answer("timezone") {
                zone = Some((
                    format!("timezone = {}", quoted(answer)),
                    "of dates that carry none".to_owned(),
                ));
            } else if let Some(own) = &self.profile.timezone {
                zone = Some((
                    format!("timezone = {}", quoted(own)),
                    "as the file's header rows say".to_owned(),
                ));
            } else if let Some(own) = stated(&called) {
                value.step(format!("timezone = {}", quoted(&own)));
            } else if dates.timed == 0 {
                value.step("timezone = \"UTC\"");
            } else {
                zone = Some((
                    "# timezone = \"Europe/London\"".to_owned(),
                    "check: the dates carry no zone and are taken as UTC".to_owned(),
                ));
            }
            let unknown = self.profile.timezone.is_none() && zone.is_some();
            if !dates.ambiguous.is_empty() {
                self.ask_meaning(&called, &dates.ambiguous);
            } else if unknown {
                self.ask_zone(&called);
            }
        }
        if let [language, others @ ..] = &dates.languages[..]
            && !others.is_empty()
        {
            self.notes.push(format!(
                "the months of `{}` are read as {language}; they could be {} too",
                plain(&called, 60),
                others.join(" or ")
            ));
        }
        if column.odd > 0 {
            self.notes.push(format!(
                "{} values of `{}` are no dates: their rows will be rejected",
                column.odd,
                plain(&called, 60)
            ));
        }
        let mut shown = sample(column);
        for part in parts.iter().map(|part| &self.profile.columns[*part]) {
            shown.push_str(&sample(part).replace("such as", " and"));
        }
        response.add(format!("created_at = {}", value.written()), shown);
        self.check("created_at", response);
        zone
    }

    /// The ways in which dates can be read, where their order is not proved.
    fn either_order(&mut self, index: usize, response: &mut Lines) {
        let column = &self.profile.columns[index];
        let Some(dates) = &column.dates else { return };
        let reference = reference(self.profile, index);
        let either: Vec<&str> = orders(dates).map(|order| order.first).collect();
        response.remark(&format!(
            "check: {} first in {}? The file does not prove it.",
            either.join(" or "),
            plain(&reference, 80)
        ));
        for order in orders(dates) {
            let line = format!(
                "# created_at = {{ column = {reference}, formats = {} }}",
                list(order.formats)
            );
            response.add(line, format!("{} first, {}", order.first, sample(column)));
        }
        self.notes.push(format!(
            "dates are left out until it is said whether {} comes first",
            either.join(" or ")
        ));
    }

    /// Dates of which a spreadsheet has made others are worse than none.
    fn leave_out_swapped(&mut self, index: usize, response: &mut Lines) {
        let called = plain(&self.profile.columns[index].called(), 60);
        response.remark(&format!(
            "created_at is left out: a spreadsheet seems to have swapped day and month in {called}"
        ));
        self.notes.push(format!(
            "dates are left out: in `{called}` no real date has a day after the 12th, and no text one before the 13th, which \
             is how a spreadsheet leaves dates that it reads in another order than they were written in: draft from the \
             export as it was before a spreadsheet saved it"
        ));
    }

    /// What is written where the meaning of a time zone's name is open.
    fn without_zone(
        &mut self,
        column: &crate::inspect::Column,
        abbreviations: &[&'static str],
        value: &Value,
        response: &mut Lines,
    ) {
        let names = abbreviations.join(", ");
        response.remark(&format!(
            "check: which time zone does {names} stand for? Say it by timezone under [source]"
        ));
        response.add(
            format!("# created_at = {}", value.written()),
            sample(column),
        );
        self.notes.push(format!(
            "dates are left out until it is said which time zone {names} in `{}` stands for",
            plain(&column.called(), 60)
        ));
    }

    /// The column of dates, with those of its times of day and their zones where there are such.
    fn origin(&self, date: usize, parts: &[usize]) -> Value {
        let date = reference(self.profile, date);
        if parts.is_empty() {
            return Value::column(&date);
        }
        let parts = parts.iter().map(|part| reference(self.profile, *part));
        let all: Vec<String> = std::iter::once(date).chain(parts).collect();
        let mut value = Value::columns(&all);
        value.step("separator = \" \"");
        value
    }

    /// Why there is no date: a column that should hold them may be written in a way that is not read.
    fn undated(&self) -> String {
        let none = "no column says when the feedback was given";
        let is_meant = |(index, column): &(usize, &crate::inspect::Column)| {
            self.roles[*index] == Role::Free
                && column.filled > 0
                && !column.samples.is_empty()
                && !column.free_text
                && is_about(&column.question(), Topic::Submitted)
        };
        let columns = self.profile.columns.iter().enumerate();
        let Some((_, column)) = columns.clone().find(is_meant) else {
            return none.to_owned();
        };
        // The years 1990 to 2060 as spreadsheets count days.
        let is_serial = column
            .number
            .is_some_and(|number| number.min >= 32_874.0 && number.max < 58_806.0);
        let why = if is_serial {
            "holds a spreadsheet's day numbers: show the column as dates there and export it again"
        } else {
            "holds no dates that can be read: names of months must be of one language that is known, day, month and year stand together, and a time zone be an offset such as +01:00 or a common abbreviation"
        };
        format!(
            "{none}: `{}` {why}, {}",
            plain(&column.called(), 60),
            sample(column)
        )
    }

    /// Asks what an abbreviation of several meanings stands for.
    fn ask_meaning(&mut self, called: &str, abbreviations: &[&'static str]) {
        let mut zones: Vec<&str> = Vec::new();
        for zone in abbreviations.iter().flat_map(|name| zones_of(name)) {
            if !zones.contains(zone) {
                zones.push(zone);
            }
        }
        self.questions.push(Question {
            field: "timezone",
            prompt: format!(
                "Which time zone does {} in `{}` stand for?",
                abbreviations.join(", "),
                plain(called, 60)
            ),
            choices: zones.iter().map(|zone| choice(zone, zone)).collect(),
            default: Vec::new(),
            multiple: false,
            open: true,
        });
    }

    fn ask_zone(&mut self, called: &str) {
        self.questions.push(Question {
            field: "timezone",
            prompt: format!(
                "In which time zone are the dates of `{}`?",
                plain(called, 60)
            ),
            choices: [
                "UTC",
                "Europe/London",
                "Europe/Berlin",
                "America/New_York",
                "America/Los_Angeles",
            ]
            .iter()
            .map(|zone| choice(zone, zone))
            .collect(),
            default: vec!["UTC".to_owned()],
            multiple: false,
            open: true,
        });
    }
}

/// The zone that a header states: `Date (UTC)`, `Date (GMT+1)`; none where its offset is none of the world's, or where
/// it says which zone is not meant.
fn stated(called: &str) -> Option<String> {
    let called = called.to_uppercase();
    let found = ["UTC", "GMT"]
        .iter()
        .flat_map(|zone| called.match_indices(zone));
    let parts = found.map(|(at, zone)| (at, &called[..at], &called[at + zone.len()..]));
    // `Outcome` speaks of no zone; `UTC/GMT+1` says the most at its end.
    let (_, before, after) = parts
        .filter(|(_, before, after)| {
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphabetic)
        })
        .max_by_key(|(at, ..)| *at)?;
    let mut words = before.split(|sign: char| !sign.is_alphanumeric());
    if words.any(|word| matches!(word, "NOT" | "NON" | "NO" | "NICHT" | "KEIN" | "PAS")) {
        return None;
    }
    let after = after.trim_start();
    let (sign, offset) = match after.strip_prefix(['-', '\u{2212}', '–']) {
        Some(offset) => ('-', offset),
        None => match after.strip_prefix(['+', '±']) {
            Some(offset) => ('+', offset),
            None => return Some("UTC".to_owned()),
        },
    };
    let offset = offset.trim_start();
    let end = offset.find(|sign: char| !sign.is_ascii_digit() && sign != ':');
    let offset = offset[..end.unwrap_or(offset.len())].trim_end_matches(':');
    let (hours, minutes) = match offset.split_once(':') {
        Some(parts) => parts,
        // `+0530`
        None if offset.len() > 2 => offset.split_at_checked(offset.len() - 2)?,
        // What stands behind a dash may be no offset at all.
        None if offset.is_empty() && sign == '-' => return Some("UTC".to_owned()),
        None => (offset, "0"),
    };
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_one = hours <= 14 && minutes < 60;
    is_one.then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

/// The steps by which dates are read: names of months made English, words replaced, and the formats.
pub fn reading(dates: &Dates, formats: &[String], value: &mut Value) {
    let reworded = dates
        .reworded
        .iter()
        .map(|step| (step.pattern.as_str(), step.with));
    let languages = dates.languages.first();
    let months = languages.map_or(&[][..], |language| replacements(language));
    let rules: Vec<String> = reworded
        .chain(months.iter().copied())
        .map(|(rule, with)| format!("{{ pattern = '{rule}', with = {} }}", quoted(with)))
        .collect();
    if !rules.is_empty() {
        value.step(format!("replace = [{}]", rules.join(", ")));
    }
    if !formats.is_empty() {
        value.step(format!("formats = {}", list(formats)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_state_its_zone() {
        for (header, zone) in [
            ("Date (UTC)", Some("UTC")),
            ("Date UTC - submitted", Some("UTC")),
            ("Date (UTC+2)", Some("+02:00")),
            ("Date (utc +02:00)", Some("+02:00")),
            ("Date (GMT+1)", Some("+01:00")),
            ("Date (GMT-05:00)", Some("-05:00")),
            ("Date UTC+0530", Some("+05:30")),
            ("Date (UTC+20)", None),
            ("Date (UTC/GMT+1)", Some("+01:00")),
            ("Outcome date", None),
            ("Date (not UTC)", None),
            ("Date", None),
        ] {
            assert_eq!(stated(header).as_deref(), zone, "{header}");
            if let Some(zone) = zone {
                assert!(crate::mapping::zone(zone).is_ok(), "{zone}");
            }
        }
    }
}
