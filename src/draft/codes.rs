//! Numbers that surveys write where there is no answer: 99 for `don't know`, -1 for `not asked`.

use super::Drafter;
use super::scale::Scale;
use super::score::Candidate;
use super::text::plain;

/// On no scale of ratings, whichever it is.
const ALWAYS: [i64; 22] = [
    -999, -998, -997, -99, -98, -97, -96, -88, -77, -66, -9, -8, -1, 77, 88, 97, 98, 99, 888, 997,
    998, 999,
];

/// The numbers of a column that stand for no answer; none where they may be slips of the keyboard, or where other numbers
/// show that the scale goes further. `numbers` ascend, each with how often it is there; at most `few` are slips.
pub fn codes(numbers: &[(f64, u64)], known: Option<Scale>, few: u64) -> Vec<f64> {
    let scale = known.unwrap_or(Scale::new(0, 10));
    let (min, max) = (scale.min as f64, scale.max as f64);
    if max > 10.0 {
        return Vec::new();
    }
    let has = |wanted: i64| numbers.iter().any(|(number, _)| is(*number, wanted));
    let is_on = |number: f64| (min.min(0.0)..=max).contains(&number);
    let greatest = numbers.iter().rev().find(|(number, _)| is_on(*number));
    let greatest = greatest.map_or(0.0, |(number, _)| *number);
    // A scale of eleven numbers may as well begin with 1.
    let is_eleven = |number: f64| is(number, 11) && (has(0) || known.is_some());
    let is_short = |number: f64| known.is_some() && (is(number, 8) || is(number, 9));
    let is_code = |number: f64| {
        !is_on(number)
            && (ALWAYS.iter().any(|code| is(number, *code))
                || is_eleven(number)
                || is_short(number))
    };
    // From -2 to 2 there are scales too.
    let is_two_sided = has(-2) || (has(-1) && greatest < 4.0);
    let others = numbers.iter().filter(|(number, _)| !is_on(*number));
    let others = others.filter(|(number, _)| !is_code(*number));
    let others: u64 = others.map(|(_, count)| count).sum();
    let found: Vec<(f64, u64)> = numbers
        .iter()
        .copied()
        .filter(|(number, _)| is_code(*number))
        .collect();
    let count: u64 = found.iter().map(|(_, count)| count).sum();
    if is_two_sided || others > few || count <= few {
        return Vec::new();
    }
    found.into_iter().map(|(number, _)| number).collect()
}

/// Whether a number is this whole one.
fn is(number: f64, whole: i64) -> bool {
    (number - whole as f64).abs() < f64::EPSILON
}

/// A number that may be no answer, though it may be one of a longer scale as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spare {
    /// The number.
    pub number: i64,
    /// The scale on which it is no answer.
    pub scale: Scale,
}

/// The greatest number, where it may be no answer: a 9 beside `1 2 3 4 5`; an 11 beside recommendations from 1 to 10, for
/// tools may number the eleven choices from 0 to 10 so.
pub fn spare(numbers: &[(f64, u64)], few: u64, recommend: bool) -> Option<Spare> {
    let (top, others) = numbers.split_last()?;
    let (least, greatest) = (others.first()?.0, others.last()?.0);
    let number = if recommend { 11 } else { 9 };
    if !is(top.0, number) || top.1 <= few {
        return None;
    }
    let scale = if recommend {
        (least >= 1.0).then(|| Scale::new(0, 10))?
    } else {
        let ends = [5, 6, 7].into_iter().find(|max| is(greatest, *max))?;
        let is_whole = (0.0..=1.0).contains(&least) && least.fract() == 0.0;
        is_whole.then(|| Scale::new(i64::from(least > 0.0), ends))?
    };
    Some(Spare { number, scale })
}

impl Spare {
    /// The scales that the column may be on: those of `scales` that have the number, and the one on which it is no answer.
    pub fn scales(self, mut scales: Vec<Scale>, taken: Scale) -> Vec<Scale> {
        scales.retain(|other| *other != self.scale && other.max >= self.number);
        if scales.is_empty() && taken.max <= 10 {
            scales.push(taken);
        }
        scales.push(self.scale);
        scales
    }

    /// Why the column is no score until it is said.
    pub fn told(self, called: &str) -> String {
        let number = self.number;
        let mut told = format!(
            "`{called}` is left out as the score until it is said on which scale it is, and whether {number} is no answer there"
        );
        if number == 11 {
            told.push_str("; where 1 to 11 stand for 0 to 10, say so by `map`");
        }
        told
    }
}

impl Drafter<'_> {
    /// How many rows have such a number for their score; says so.
    pub fn coded(&mut self, score: &Candidate) -> u64 {
        let column = &self.profile.columns[score.index];
        let values = column.values.iter();
        let own = values.filter(|(text, _)| score.codes.contains(text));
        let rows: u64 = own.map(|(_, count)| count).sum();
        if rows > 0 {
            let codes = score.codes.iter().take(6);
            let codes: Vec<String> = codes.map(|code| format!("`{}`", plain(code, 30))).collect();
            self.notes.push(format!(
                "{} in `{}` is taken for no answer: {rows} of {} rows",
                codes.join(", "),
                plain(&column.called(), 60),
                column.rows
            ));
        }
        rows
    }
}
