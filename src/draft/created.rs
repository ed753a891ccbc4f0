//! Which column says when the feedback was given, and which of day and month comes first there.

use super::known::Role;
use super::text::plain;
use super::{Drafter, Question, choice};
use crate::inspect::words::{Topic, is_about};
use crate::inspect::{Column, Dates, Order};

/// How the dates of `created_at` are to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// A column, and its formats.
    Column(usize, Vec<String>),
    /// A column of dates and one of times of day, and the formats of both, joined.
    Joined {
        /// The dates.
        date: usize,
        /// The times of day.
        time: usize,
        /// The time zones of both, where they have a column as well.
        zone: Option<usize>,
        /// How all are read together.
        formats: Vec<String>,
        /// The dates as those of one column.
        dates: Box<Dates>,
    },
    /// A column whose order of day and month is not proved.
    Unproved(usize),
    /// A column in which a spreadsheet has taken days for months.
    Swapped(usize),
    /// No column of dates.
    None,
}

impl Drafter<'_> {
    /// When the feedback was given.
    pub fn created(&mut self) -> Created {
        let mut known = self.of(Role::Created);
        known.retain(|index| self.profile.columns[*index].dates.is_some());
        // Qualtrics has both RecordedDate and EndDate: the last that the table of roles names is the lesser.
        known.sort_by_key(|index| {
            !self.profile.columns[*index]
                .name
                .to_lowercase()
                .contains("record")
        });
        let mut found: Vec<(i32, usize)> = self
            .free()
            .filter(|(_, column)| column.dates.is_some())
            .map(|(index, column)| (dated(column), index))
            .collect();
        found.sort_by_key(|(points, index)| (-points, *index));
        let Some(index) = known
            .first()
            .copied()
            .or_else(|| found.first().map(|(_, index)| *index))
        else {
            return Created::None;
        };
        for other in self.of(Role::Created) {
            self.roles[other] = Role::Skip;
        }
        self.roles[index] = Role::Created;
        let column = &self.profile.columns[index];
        let Some(dates) = &column.dates else {
            return Created::None;
        };
        if dates.swapped {
            return Created::Swapped(index);
        }
        let formats = match dates.order {
            Order::Plain | Order::DayFirst | Order::MonthFirst | Order::YearFirst => {
                Some(&dates.formats)
            }
            Order::Unproved => self.same_tool_order(index),
            Order::Mixed => None,
        };
        match formats {
            Some(formats) => Created::Column(index, formats.clone()),
            None => self.ask_order(index),
        }
    }

    /// One tool writes all its dates alike: what another column of the same writing proves holds here too.
    fn same_tool_order(&self, index: usize) -> Option<&Vec<String>> {
        let own = self.profile.columns[index].dates.as_ref()?;
        let mut proved = self.profile.columns.iter().filter_map(|column| {
            let dates = column.dates.as_ref()?;
            let formats = match dates.order {
                Order::DayFirst => &own.formats,
                Order::MonthFirst => &own.month_first,
                Order::YearFirst => &own.year_first,
                _ => return None,
            };
            let is_alike = dates.formats.iter().any(|format| formats.contains(format));
            is_alike.then_some((dates.order, formats))
        });
        let (first, formats) = proved.next()?;
        if proved.any(|(order, _)| order != first) {
            return None;
        }
        Some(formats)
    }

    fn ask_order(&mut self, index: usize) -> Created {
        let column = &self.profile.columns[index];
        let Some(dates) = &column.dates else {
            return Created::None;
        };
        // A date with points is written with the day first wherever it is written so.
        let pointed = dates.order == Order::Unproved
            && dates.formats.iter().all(|format| format.starts_with("%d."));
        self.questions.push(Question {
            field: "created_at",
            prompt: format!(
                "In `{}`, does {} come first?",
                plain(&column.called(), 60),
                either(dates)
            ),
            choices: orders(dates)
                .map(|order| choice(order.answer, order.label))
                .chain([choice("none", "leave the dates out")])
                .collect(),
            default: if pointed {
                vec!["day_first".to_owned()]
            } else {
                Vec::new()
            },
            multiple: false,
            open: false,
        });
        let said = self.answer("created_at");
        let said = said.and_then(|said| orders(dates).find(|order| order.answer == said));
        match said {
            Some(order) => Created::Column(index, order.formats.clone()),
            None if self.answered("created_at").is_none() && pointed => {
                Created::Column(index, dates.formats.clone())
            }
            _ => Created::Unproved(index),
        }
    }
}

/// One order in which dates can be read.
pub struct Possible<'a> {
    answer: &'static str,
    label: &'static str,
    /// What stands first.
    pub first: &'static str,
    /// How the dates are read.
    pub formats: &'a Vec<String>,
}

/// The orders in which dates can be read that prove none.
pub fn orders(dates: &Dates) -> impl Iterator<Item = Possible<'_>> {
    // Only a year of two digits stands where a day could.
    let (day, month) = if dates.year_first.is_empty() {
        ("the day: 31/12/2026", "the month: 12/31/2026")
    } else {
        ("the day: 31/12/26", "the month: 12/31/26")
    };
    let all = [
        ("day_first", day, "day", &dates.formats),
        ("month_first", month, "month", &dates.month_first),
        (
            "year_first",
            "the year: 26/12/31",
            "year",
            &dates.year_first,
        ),
    ];
    let possible = all.into_iter().filter(|(.., formats)| !formats.is_empty());
    possible.map(|(answer, label, first, formats)| Possible {
        answer,
        label,
        first,
        formats,
    })
}

/// What may stand first, as a question asks: `the day or the month`.
fn either(dates: &Dates) -> String {
    let firsts: Vec<String> = orders(dates)
        .map(|order| format!("the {}", order.first))
        .collect();
    firsts.join(" or ")
}

/// How likely a column of dates says when the feedback was given.
fn dated(column: &Column) -> i32 {
    let called = format!("{} {}", column.name, column.question());
    let timed = column.dates.as_ref().is_some_and(|dates| dates.timed > 0);
    i32::from(is_about(&called, Topic::Submitted)) * 40
        - i32::from(is_about(&called, Topic::OtherTime)) * 35
        + i32::from(timed) * 10
        + i32::from(column.share() > 0.9) * 10
        - i32::from(column.odd > 0) * 5
}
