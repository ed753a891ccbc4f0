//! What is seen of one column, value by value.

use std::collections::HashMap;

use super::column::{Column, Kind, Number};
use super::dates::DateTally;
use super::distinct::Counter;
use super::personal::{is_personal, may_be_code};
use super::shapes::Shapes;
use super::times::{TimeTally, is_called_time};
use super::values::{self, Scalar};
use super::words;
use super::writing::Writing;
use crate::mapping::{LongIds, NumberStyle, fold, is_damaged, parse_number};

/// Values that are counted one by one have at most so many characters…
const COUNTED_LENGTH: usize = 200;
/// … and a column of more different ones is not one of choices.
const COUNTED: usize = 128;
/// Longer texts are never shown.
const SHOWN: usize = 40;
const SAMPLES: usize = 5;

/// How numbers may be written, the likeliest first.
const STYLES: [NumberStyle; 4] = [
    NumberStyle {
        decimal: None,
        thousands: None,
    },
    NumberStyle {
        decimal: Some(','),
        thousands: None,
    },
    NumberStyle {
        decimal: Some(','),
        thousands: Some('.'),
    },
    NumberStyle {
        decimal: Some('.'),
        thousands: Some(','),
    },
];

/// Values counted one by one, each with its first row: `None` once there were too many.
type Counts = Option<HashMap<String, (u64, u64)>>;

/// One column so far.
pub struct Tally {
    filled: u64,
    nothing: Vec<(String, u64)>,
    errors: u64,
    whole: u64,
    styles: [(u64, f64, f64); 4],
    writing: Writing,
    leading: u64,
    /// Whole numbers with words behind them, as scales have them where only the ends are labelled.
    labelled: u64,
    booleans: u64,
    emails: u64,
    urls: u64,
    ips: u64,
    phones: u64,
    dated: u64,
    dates: DateTally,
    times: TimeTally,
    shortest: usize,
    longest: usize,
    length: u64,
    words: u64,
    blanks: u64,
    /// How many have a digit in them, as codes do and names do not.
    coded: u64,
    distinct: Counter,
    counts: Counts,
    /// The row whose value is seen next.
    row: u64,
    samples: Vec<String>,
    /// How many lost digits to a spreadsheet: `1.23457E+17`.
    rounded: u64,
    guarded: u64,
    /// Those that lost them to zeros.
    long_ids: LongIds,
    /// How many values were their own number in the file: `1, 2, 3, …`.
    sequence: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            filled: 0,
            nothing: Vec::new(),
            errors: 0,
            whole: 0,
            styles: [(0, f64::INFINITY, f64::NEG_INFINITY); 4],
            writing: Writing::default(),
            leading: 0,
            labelled: 0,
            booleans: 0,
            emails: 0,
            urls: 0,
            ips: 0,
            phones: 0,
            dated: 0,
            dates: DateTally::default(),
            times: TimeTally::default(),
            shortest: usize::MAX,
            longest: 0,
            length: 0,
            words: 0,
            blanks: 0,
            coded: 0,
            distinct: Counter::default(),
            counts: Some(HashMap::new()),
            row: 0,
            samples: Vec::new(),
            rounded: 0,
            guarded: 0,
            long_ids: LongIds::default(),
            sequence: 0,
        }
    }
}

impl Tally {
    /// Says which row the next value is of.
    pub fn at(&mut self, row: u64) -> &mut Self {
        self.row = row;
        self
    }

    /// Sees a value.
    pub fn see(&mut self, value: &Scalar<'_>, shapes: &Shapes, budget: &mut usize) {
        let text = value.text();
        let text = text.trim();
        match value {
            Scalar::Empty => return,
            Scalar::Error(_) => {
                self.errors += 1;
                return;
            }
            _ if text.is_empty() => return,
            _ => {}
        }
        self.filled += 1;
        self.distinct.see(text.as_bytes(), budget);
        if words::is_nothing(text) {
            self.see_nothing(text);
            return;
        }
        self.measure(text);
        match value {
            Scalar::DateTime(at) => {
                self.dated += 1;
                self.dates.see_real(*at);
            }
            Scalar::Bool(_) => self.booleans += 1,
            Scalar::Rounded(_) => {
                self.rounded += 1;
                self.read(text, true, shapes);
            }
            _ => self.read(text, matches!(value, Scalar::Number(_)), shapes),
        }
    }

    fn see_nothing(&mut self, text: &str) {
        if let Some((_, count)) = self.nothing.iter_mut().find(|(known, _)| known == text) {
            *count += 1;
        } else if self.nothing.len() < 8 {
            self.nothing.push((text.to_owned(), 1));
        }
    }

    fn measure(&mut self, text: &str) {
        self.guarded += u64::from(text.starts_with("'=") || text.starts_with("'+"));
        let length = text.chars().count();
        self.shortest = self.shortest.min(length);
        self.longest = self.longest.max(length);
        self.length += length as u64;
        let words = text.split_whitespace().take(100).count();
        self.words += words as u64;
        self.blanks += u64::from(words > 1);
        self.coded += u64::from(text.bytes().any(|byte| byte.is_ascii_digit()));
        if let Some(counts) = &mut self.counts {
            if let Some((count, first)) = counts.get_mut(text) {
                *count += 1;
                *first = self.row.min(*first);
            } else if length > COUNTED_LENGTH || counts.len() == COUNTED {
                self.counts = None;
            } else {
                counts.insert(text.to_owned(), (1, self.row));
            }
        }
        if self.samples.len() < SAMPLES && length <= SHOWN {
            let shown: String = text
                .chars()
                .map(|sign| if sign.is_control() { ' ' } else { sign })
                .collect();
            if !self.samples.contains(&shown) {
                self.samples.push(shown);
            }
        }
    }

    fn read(&mut self, text: &str, is_typed: bool, shapes: &Shapes) {
        let mut number = false;
        let could_be = text.len() <= 40 && text.bytes().any(|byte| byte.is_ascii_digit());
        let styles = if could_be { &STYLES[..] } else { &[] };
        for (style, (count, least, greatest)) in styles.iter().zip(&mut self.styles) {
            if let Some(read) = parse_number(text, *style) {
                number = true;
                *count += 1;
                *least = least.min(read.as_f64());
                *greatest = greatest.max(read.as_f64());
            }
        }
        if number {
            self.writing.see(text, is_typed);
            self.rounded += u64::from(is_damaged(text));
            let whole = values::is_whole(text);
            self.whole += u64::from(whole);
            // What a workbook's own numbers lost is known, and those of JSON went through none.
            if !is_typed {
                self.long_ids.see(text);
            }
            self.sequence += u64::from(whole && text.parse() == Ok(self.filled));
        }
        self.leading += u64::from(values::leading_number(text).is_some());
        self.labelled += u64::from(!number && values::is_labelled(text));
        self.booleans += u64::from(values::is_boolean(text));
        self.dated += u64::from(self.dates.see(text, shapes));
        self.times.see(text, shapes);
        if number {
            return;
        }
        self.emails += u64::from(values::is_email(text));
        self.urls += u64::from(values::is_url(text));
        self.ips += u64::from(text.parse::<std::net::IpAddr>().is_ok());
        self.phones += u64::from(values::is_phone(text));
    }

    /// Whether nearly all values are of a kind: one in twenty may be something else, or one at all in a short file.
    fn nearly(&self, count: u64) -> bool {
        let all = self.meant();
        let odd = all.saturating_sub(count);
        count > 0 && (odd == 0 || (all >= 8 && odd <= (all / 20).max(1)))
    }

    /// Filled values but those that say there is nothing.
    fn meant(&self) -> u64 {
        let nothing: u64 = self.nothing.iter().map(|(_, count)| count).sum();
        self.filled.saturating_sub(nothing)
    }

    /// Whether it is a scale with labels at some of its numbers: `0 - Not at all likely`, `1`, `2`, …
    fn has_labels(&self) -> bool {
        self.labelled > 0
            && self.whole + self.labelled == self.meant()
            && self.distinct.distinct().at_least() >= 2
    }

    fn number(&self) -> Option<(u64, Number)> {
        let mut best = 0;
        for (index, style) in self.styles.iter().enumerate() {
            if style.0 > self.styles[best].0 {
                best = index;
            }
        }
        let (count, min, max) = self.styles[best];
        // Under the best style nearly all are numbers; of whole ones no style is proved.
        let style = if self.whole == count {
            STYLES[0]
        } else {
            STYLES[best]
        };
        let number = Number {
            min,
            max,
            decimal: style.decimal.filter(|sign| *sign != '.'),
            thousands: style.thousands,
        };
        self.nearly(count).then_some((count, number))
    }

    /// The kind that nearly all values are of, and how many are.
    fn kind(&self, name: &str) -> (Kind, u64) {
        let about_time = words::is_about(name, words::Topic::Submitted)
            || words::is_about(name, words::Topic::OtherTime)
            || is_epochs_name(&name.to_lowercase());
        let dated = self.dates.numbers() == 0 || about_time;
        if self.meant() == 0 {
            return (Kind::Empty, 0);
        }
        let two = self.distinct.distinct().at_least() <= 2 + self.nothing.len() as u64;
        let whole = self.number().filter(|_| self.nearly(self.whole));
        let kinds = [
            (dated && self.nearly(self.dated), Kind::Date, self.dated),
            (self.has_labels(), Kind::Text, self.meant()),
            (whole.is_some(), Kind::Integer, self.whole),
            (
                self.number().is_some(),
                Kind::Number,
                self.number().map_or(0, |(count, _)| count),
            ),
            (
                two && self.nearly(self.booleans),
                Kind::Boolean,
                self.booleans,
            ),
            (self.nearly(self.emails), Kind::Email, self.emails),
            (self.nearly(self.urls), Kind::Url, self.urls),
            (self.nearly(self.ips), Kind::Ip, self.ips),
            (self.nearly(self.phones), Kind::Phone, self.phones),
        ];
        kinds
            .into_iter()
            .find(|(is, ..)| *is)
            .map_or((Kind::Text, self.meant()), |(_, kind, count)| (kind, count))
    }

    /// Whether a header's cell looks like one of these values rather than like their name; `None`: it cannot be told.
    pub fn is_like_values(&self, cell: &str, shapes: &Shapes) -> Option<bool> {
        let cell = cell.trim();
        let mean = self.length as f64 / self.meant().max(1) as f64;
        let length = cell.chars().count();
        if cell.is_empty() || self.meant() == 0 {
            return None;
        }
        match self.kind("created_at").0 {
            Kind::Integer | Kind::Number => Some(
                STYLES
                    .iter()
                    .any(|style| parse_number(cell, *style).is_some()),
            ),
            Kind::Date => Some(DateTally::default().see(cell, shapes)),
            Kind::Email => Some(values::is_email(cell)),
            Kind::Url => Some(values::is_url(cell)),
            Kind::Boolean => Some(values::is_boolean(cell)),
            _ if mean > 60.0 => Some(length > 100 && length as f64 > 0.3 * mean),
            _ => None,
        }
    }

    /// The column's profile; `rows` were seen in all.
    pub fn finish(
        mut self,
        name: String,
        label: Option<String>,
        choice: Option<String>,
        position: Option<usize>,
        rows: u64,
    ) -> Column {
        let counts = self.counts.take();
        let called = label.as_deref().unwrap_or(&name).to_owned();
        let (kind, count) = self.kind(&format!("{name} {called}"));
        let meant = self.meant();
        let number = self.number().map(|(_, number)| number);
        let decimal = number.and_then(|number| number.decimal).unwrap_or('.');
        let is_fraction = kind == Kind::Number;
        let distinct = self.distinct.distinct();
        let mean = self.length as f64 / meant.max(1) as f64;
        let many_words = self.words as f64 / meant.max(1) as f64;
        let varied = distinct.at_least() as f64 > 0.3 * self.filled.min(4096) as f64;
        let free_text = kind == Kind::Text
            && (self.longest > SHOWN)
            && (varied || many_words > 4.0 && distinct.at_least() > 12);
        // A column for one choice of a question repeats that choice: `Channel: E-mail` holds no address.
        let is_ticked = distinct.at_least() == 1
            && counts.as_ref().is_some_and(|counts| {
                let mut values = counts.keys();
                values.all(|value| super::question_of(&name, value).is_some())
            });
        let headers = || std::iter::once(name.as_str()).chain(label.as_deref());
        let is_coded = self.coded == meant && self.blanks == 0;
        let says =
            headers().any(|header| is_personal(header) && !(is_coded && may_be_code(header)));
        // Whether somebody may be called is no number to call.
        let is_flag = counts.as_ref().is_some_and(|counts| {
            !counts.is_empty() && counts.keys().all(|value| values::is_flag(value))
        });
        let personal = matches!(kind, Kind::Email | Kind::Ip | Kind::Phone)
            || self.nearly(self.emails)
            || (says && !is_ticked && !is_flag);
        let asked = words::is_about(&name, words::Topic::Comment)
            || words::is_about(&called, words::Topic::Comment);
        // A column for one choice of a question repeats that choice, however long it is.
        let is_own_name = distinct.at_least() == 1
            && counts.as_ref().is_some_and(|counts| {
                counts.keys().all(|value| {
                    fold(value) == fold(&name) || choice.as_deref().map(fold) == Some(fold(value))
                })
            });
        let written = kind == Kind::Text && !is_own_name && (free_text || (asked && varied));
        let hidden = personal || written;
        let mut values: Vec<(String, (u64, u64))> =
            counts.unwrap_or_default().into_iter().collect();
        values.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(&b.0)));
        if hidden {
            values.clear();
        }
        let first_rows = values.iter().map(|(_, (_, row))| *row).collect();
        let values = values.into_iter().map(|(text, (count, _))| (text, count));
        // `14.05` is a time only where the header says so.
        let times = (!is_fraction || headers().any(is_called_time))
            .then(|| std::mem::take(&mut self.times).finish(meant));
        Column {
            position,
            name,
            label,
            choice,
            kind,
            rows,
            filled: self.filled,
            odd: meant.saturating_sub(count),
            distinct,
            repeats: self.distinct.repeats(),
            number: matches!(kind, Kind::Integer | Kind::Number)
                .then_some(number)
                .flatten(),
            unproved: self.writing.unproved().filter(|_| is_fraction),
            proved: (is_fraction && self.writing.is_proof()).then_some(decimal),
            prints_back: self.writing.prints_back(decimal),
            leading: kind == Kind::Text && (self.nearly(self.leading) || self.has_labels()),
            dates: (kind == Kind::Date).then(|| self.dates.finish()),
            times: times.unwrap_or_default(),
            shortest: if meant == 0 { 0 } else { self.shortest },
            longest: self.longest,
            mean_length: mean,
            spaced: self.blanks as f64 / meant.max(1) as f64,
            rounded: self.rounded + self.long_ids.cut(),
            guarded: self.guarded,
            sequence: meant > 0 && self.sequence == meant,
            free_text: written,
            personal,
            errors: self.errors,
            is_object_too: false,
            nothings: self.filled.saturating_sub(meant),
            nothing: self.nothing.into_iter().map(|(text, _)| text).collect(),
            values: values.collect(),
            first_rows,
            samples: if hidden { Vec::new() } else { self.samples },
        }
    }
}

/// Whether a column of whole numbers with this name may be one of epochs: `created_at`, `ts`, `unix time`.
fn is_epochs_name(name: &str) -> bool {
    let of_machines = |word: &str| matches!(word, "epoch" | "unix" | "ts" | "tstamp");
    name.contains("epoch")
        || name.ends_with("_at")
        || name
            .split(|sign: char| !sign.is_alphanumeric())
            .any(of_machines)
}
