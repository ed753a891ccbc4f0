//! Which column says when the feedback was given, and which of day and month comes first there.

use super::known::Role;
use super::text::plain;
use super::{Drafter, Question, choice};
use crate::inspect::words::{Topic, is_about};
use crate::inspect::{Column, Order};

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
        /// How both are read.
        formats: Vec<String>,
    },
    /// A column whose order of day and month is not proved.
    Unproved(usize),
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
        match (dates.order, self.same_tool_order(index)) {
            (Order::Plain | Order::DayFirst | Order::MonthFirst, _)
            | (Order::Unproved, Some(Order::DayFirst)) => {
                Created::Column(index, dates.formats.clone())
            }
            (Order::Unproved, Some(Order::MonthFirst)) => {
                Created::Column(index, dates.month_first.clone())
            }
            _ => self.ask_order(index),
        }
    }

    /// One tool writes all its dates alike: what another column of the same writing proves holds here too.
    fn same_tool_order(&self, index: usize) -> Option<Order> {
        let own = self.profile.columns[index].dates.as_ref()?;
        let mut orders = self.profile.columns.iter().filter_map(|column| {
            let dates = column.dates.as_ref()?;
            match dates.order {
                Order::DayFirst
                    if dates
                        .formats
                        .iter()
                        .any(|format| own.formats.contains(format)) =>
                {
                    Some(dates.order)
                }
                Order::MonthFirst
                    if dates
                        .formats
                        .iter()
                        .any(|format| own.month_first.contains(format)) =>
                {
                    Some(dates.order)
                }
                _ => None,
            }
        });
        let first = orders.next()?;
        if orders.any(|order| order != first) {
            return None;
        }
        Some(first)
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
                "In `{}`, does the day or the month come first?",
                plain(&column.called(), 60)
            ),
            choices: vec![
                choice("day_first", "the day: 31/12/2026"),
                choice("month_first", "the month: 12/31/2026"),
                choice("none", "leave the dates out"),
            ],
            default: if pointed {
                vec!["day_first".to_owned()]
            } else {
                Vec::new()
            },
            multiple: false,
            open: false,
        });
        match self.answer("created_at") {
            Some("day_first") => Created::Column(index, dates.formats.clone()),
            Some("month_first") => Created::Column(index, dates.month_first.clone()),
            None if self.answered("created_at").is_none() && pointed => {
                Created::Column(index, dates.formats.clone())
            }
            _ => Created::Unproved(index),
        }
    }
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
