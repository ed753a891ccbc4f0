//! What describes the person, and the thing or the moment.

use std::collections::HashSet;

use super::known::Role;
use super::names::attribute;
use super::numbers::{is_quantity, unproved};
use super::text::{Lines, Value, list, plain, quoted, reference};
use super::{Drafter, Question, choice};
use crate::inspect::words::{Topic, is_about};
use crate::inspect::{Column, Kind, Order};

/// The most attributes that are drafted: wide exports have hundreds of columns.
const MOST: usize = 60;

/// How numbers are written in the file as a whole, where that can be said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The sign before the fraction, where it is no point.
    pub decimal: Option<char>,
    /// The sign between groups of three digits.
    pub thousands: Option<char>,
}

/// Both sections.
#[derive(Default)]
pub struct Attributes {
    /// `[response.user_meta]`
    pub user_meta: Lines,
    /// `[response.segments]`
    pub segments: Lines,
}

impl Drafter<'_> {
    /// The style of the whole file: none where columns differ.
    pub fn style(&self) -> Style {
        let numbers = || {
            self.profile
                .columns
                .iter()
                .filter(|column| column.kind == Kind::Number && column.unproved.is_none())
        };
        let styles: Vec<Style> = numbers()
            .filter_map(|column| column.number)
            .map(|number| Style {
                decimal: number.decimal,
                thousands: number.thousands,
            })
            .collect();
        let Some(first) = styles.iter().find(|style| style.decimal.is_some()) else {
            return Style::default();
        };
        let alike = styles.iter().all(|style| style.decimal == first.decimal);
        if !alike {
            return Style::default();
        }
        Style {
            decimal: first.decimal,
            thousands: styles.iter().find_map(|style| style.thousands),
        }
    }

    /// What a number needs said that the file as a whole does not say.
    pub fn number_steps(&self, column: &Column, value: &mut Value) {
        let Some(number) = column.number.filter(|_| column.kind == Kind::Number) else {
            return;
        };
        let style = self.style();
        if let Some(sign) = number.decimal.filter(|sign| style.decimal != Some(*sign)) {
            value.step(format!("decimal = {}", quoted(&sign.to_string())));
        }
        if let Some(sign) = number
            .thousands
            .filter(|sign| style.thousands != Some(*sign))
        {
            value.step(format!("thousands = {}", quoted(&sign.to_string())));
        }
    }

    /// All columns that are left, as attributes, and what is left out of them.
    pub fn attributes(&mut self) -> Attributes {
        let mut out = Attributes::default();
        let mut person = HashSet::from(["chatterload_key".to_owned()]);
        let mut thing = HashSet::new();
        let personal = self.personal();
        let mut number = 0;
        let mut texts = Vec::new();
        let mut index = 0;
        while index < self.profile.columns.len() {
            let column = &self.profile.columns[index];
            let group = self.group(index);
            let role = self.roles[index];
            let next = group.last().map_or(index + 1, |last| last + 1);
            let is_left = matches!(
                role,
                Role::Free | Role::Language | Role::Person | Role::Segment
            ) || (role == Role::Personal && personal);
            if !is_left {
                index += 1;
                continue;
            }
            if column.free_text && role == Role::Free {
                texts.push(plain(&column.called(), 40));
            } else if number == MOST {
                number += 1;
            } else if number < MOST {
                let about = format!("{} {}", column.name, column.question());
                let is_person = matches!(role, Role::Person | Role::Personal)
                    || (role == Role::Free
                        && is_about(&about, Topic::Person)
                        && !is_about(&about, Topic::Rating));
                let taken = if is_person { &mut person } else { &mut thing };
                let line = if group.len() > 1 {
                    self.choices(&group, taken)
                } else {
                    self.line(index, taken)
                };
                if line.is_some() {
                    self.notes.extend(unproved(column));
                }
                if let Some((line, remark)) = line {
                    number += 1;
                    let lines = if is_person {
                        &mut out.user_meta
                    } else {
                        &mut out.segments
                    };
                    lines.add(line, remark);
                }
            }
            index = next;
        }
        if number > MOST {
            self.notes.push(format!(
                "only the first {MOST} attributes were drafted; `[response.rest]` takes all others"
            ));
        }
        if !texts.is_empty() {
            self.notes.push(format!(
                "free text that is neither comment nor attribute: {}",
                texts.join(", ")
            ));
        }
        out
    }

    /// Whether personal data is wanted; asks, and says what is left out.
    fn personal(&mut self) -> bool {
        let columns: Vec<String> = self
            .of(Role::Personal)
            .iter()
            .map(|index| plain(&self.profile.columns[*index].called(), 40))
            .collect();
        if columns.is_empty() {
            return false;
        }
        let wanted = self
            .answer("personal")
            .map_or(self.options.personal, |answer| answer == "yes");
        let shown = columns.join(", ");
        if !wanted {
            self.notes
                .push(format!("left out as personal data: {shown}"));
        }
        self.questions.push(Question {
            field: "personal",
            prompt: format!("Post personal data too ({})?", plain(&shown, 80)),
            choices: vec![choice("no", "no"), choice("yes", "yes")],
            default: vec![if wanted { "yes" } else { "no" }.to_owned()],
            multiple: false,
            open: false,
        });
        wanted
    }

    fn line(&self, index: usize, taken: &mut HashSet<String>) -> Option<(String, String)> {
        let column = &self.profile.columns[index];
        let role = self.roles[index];
        let counted = column.sequence && column.rows > 3;
        if role == Role::Free && (counted || column.kind == Kind::Url) {
            return None;
        }
        let mut value = Value::column(&reference(self.profile, index));
        let (key, name) = if role == Role::Language {
            (
                crate::mapping::unique("language", taken),
                Some("Language".to_owned()),
            )
        } else {
            attribute(column, taken)
        };
        if let Some(name) = name {
            value.step(format!("name = {}", quoted(&name)));
        }
        match column.kind {
            Kind::Integer | Kind::Number if is_quantity(column) => {
                value.step("type = \"number\"");
                self.number_steps(column, &mut value);
                nothing(column, &mut value);
            }
            Kind::Date => date(column, &mut value)?,
            _ => {}
        }
        Some((format!("{key} = {}", value.written()), sample(column)))
    }
}

/// Cells that say there is nothing.
pub fn nothing(column: &Column, value: &mut Value) {
    if !column.nothing.is_empty() {
        value.step(format!("null_values = {}", list(&column.nothing)));
    }
}

fn date(column: &Column, value: &mut Value) -> Option<()> {
    let dates = column.dates.as_ref()?;
    let proved = matches!(
        dates.order,
        Order::Plain | Order::DayFirst | Order::MonthFirst | Order::YearFirst
    );
    if !proved || column.odd > 0 || !dates.ambiguous.is_empty() {
        return None;
    }
    value.step("type = \"date\"");
    super::dates::reading(dates, &dates.formats, value);
    nothing(column, value);
    Some(())
}

/// A sample to stand beside a line; none of texts and personal data.
pub fn sample(column: &Column) -> String {
    let Some(sample) = column
        .samples
        .first()
        .filter(|_| !column.personal && !column.free_text)
    else {
        return String::new();
    };
    format!("such as {}", plain(sample, 40))
}
