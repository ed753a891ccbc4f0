//! Which column is the rating, and on which scale: from its range over the whole file and the words of its header.

use super::codes::{Spare, codes, spare};
use super::scale::{Better, Scale, better, is_either_way, possible, stated};
use super::scales::{Worded, Words, worded};
use super::seen::{Seen, few};
use super::stated::most;
use crate::inspect::words::{Topic, is_about};
use crate::inspect::{Column, Kind, leading_number};

/// How a column is read as a number.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// As it stands.
    Number,
    /// By the number its text begins with.
    Leading,
    /// By these words.
    Words(Words),
}

/// A column that could be the rating.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its index among the profile's columns.
    pub index: usize,
    /// How likely it is the rating.
    pub points: i32,
    /// Whether its header speaks of a rating.
    pub is_named: bool,
    /// How it is read.
    pub reading: Reading,
    /// The scale.
    pub scale: Scale,
    /// The scales that it may be on, where the file does not prove one.
    pub scales: Vec<Scale>,
    /// Whether nothing is taken until one of these is said.
    pub is_open: bool,
    /// Values beyond the scale.
    pub beyond: u64,
    /// Values with a fraction.
    pub fractions: u64,
    /// The first values that will be rejected, each with its row.
    pub bad: Vec<(u64, String)>,
    /// Cells with a number that stands for no answer.
    pub codes: Vec<String>,
    /// The ways in which its words may be read, where they are of several scales.
    pub wordings: Vec<Words>,
    /// The number that is no answer on one of the scales.
    pub spare: Option<Spare>,
    /// `nps` or `csat`.
    pub kind: &'static str,
    /// Whether it could be of the other kind just as well.
    pub is_unsure: bool,
}

/// What the file says of a column's scale, apart from the column's own header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing.
    Nothing,
    /// It asks how likely somebody is to recommend.
    Recommend,
    /// It asks how satisfied somebody is, or how easy it was.
    Satisfaction,
}

/// Columns that could be the rating, the likeliest first.
pub fn candidates<'a>(columns: impl Iterator<Item = (usize, &'a Column, Told)>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = columns
        .filter_map(|(index, column, told)| candidate(index, column, told))
        .collect();
    found.sort_by_key(|candidate| (-candidate.points, candidate.index));
    found
}

/// A header without the end that makes it the group of a score: `Q1_NPS_GROUP`, `Would you recommend us? - Group`.
/// Survey tools add such a column beside each NPS question: 1 to 3 or detractor to promoter, which is no score.
pub fn scored_by_group(header: &str) -> Option<&str> {
    let cut = header.trim_end().len().checked_sub("group".len())?;
    let (rest, end) = header.trim_end().split_at_checked(cut)?;
    if !end.eq_ignore_ascii_case("group") {
        return None;
    }
    let stem = rest.trim_end_matches([' ', '_', '-', '–', ':']);
    let parted = rest[stem.len()..].contains(['-', '–', ':']);
    let is_nps = |stem: &str| {
        let start = stem.len().checked_sub("nps".len());
        start
            .and_then(|start| stem.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case("nps"))
    };
    if is_nps(stem) {
        let own = stem[..stem.len() - "nps".len()].trim_end_matches([' ', '_', '-', '–', ':']);
        Some(if own.is_empty() { stem } else { own })
    } else {
        parted.then_some(stem)
    }
}

/// A column as a rating, if it could be one.
pub fn candidate(index: usize, column: &Column, told: Told) -> Option<Candidate> {
    candidate_on(index, column, told, None)
}

/// The same on a scale that was said, where one was.
pub fn candidate_on(
    index: usize,
    column: &Column,
    told: Told,
    said: Option<Scale>,
) -> Option<Candidate> {
    if is_group(column) {
        return None;
    }
    let (reading, worded) = reading(column)?;
    let mut numbers = numbers(column, &reading);
    if numbers.is_empty() {
        return None;
    }
    let called = format!("{} {}", column.name, column.question());
    let about = About::new(&called, told);
    let About { recommend, rating } = about;
    // `1.000` may be a thousand: it is a rating only where its header says so.
    if column.unproved.is_some() && !recommend && !rating {
        return None;
    }
    let words = worded.is_some();
    let stated = stated(&called).or_else(|| named(&called, &numbers, recommend));
    let total = numbers.iter().map(|(_, count)| count).sum();
    // Of too many different values only the bounds are known.
    let none = if column.values.is_empty() || words {
        Vec::new()
    } else {
        codes(&numbers, said.or(stated), few(total))
    };
    numbers.retain(|(number, _)| !none.contains(number));
    if numbers.is_empty() {
        return None;
    }
    let seen = Seen::new(numbers);
    let stated = stated.filter(|scale| {
        let max = scale.max as f64;
        seen.fits(scale.min as f64, max) && seen.greatest <= max
    });
    // However far the header says that words go.
    let known = match &worded {
        Some(worded) => Some(worded.scale()),
        None => said.or(stated),
    };
    let (kind, scale) = measured(column, &seen, known, words, about)?;
    let (min, max) = (scale.min, scale.max);
    let fractions = seen.fractions();
    // Both are asked from 0 to 10, and `Score` says neither.
    let is_unsure = (min, max) == (0, 10)
        && kind == "csat"
        && fractions == 0
        && told == Told::Nothing
        && !is_about(&called, Topic::Satisfaction);
    let (better, is_whole) = better(column, &called);
    let is_said = matches!(better, Better::Greatest | Better::Least);
    let either_way = !is_said && is_either_way(&called, seen.greatest);
    let scale = said.unwrap_or(Scale {
        turned: better == Better::Least && !words,
        ..scale
    });
    let mut scales = if said.is_none() && kind != "nps" && !words {
        possible(
            scale,
            &seen,
            either_way || better == Better::Unclear || (is_said && !is_whole),
            stated.is_some(),
        )
    } else {
        Vec::new()
    };
    let is_open_scale = said.is_none() && stated.is_none() && !words;
    let spare = spare(&seen.numbers, seen.few, recommend).filter(|_| is_open_scale);
    if let Some(spare) = spare {
        scales = spare.scales(scales, scale);
    }
    // Fractions cannot be turned by the mapping.
    scales.retain(|scale| !scale.turned || column.kind != Kind::Number);
    let is_named = recommend || rating || is_said;
    let points = points(column, about, max, seen.is_yes_or_no());
    (points > 0).then(|| Candidate {
        index,
        points,
        is_named,
        beyond: seen.total - seen.within(min as f64, max as f64),
        bad: bad(column, &reading, scale, kind == "nps", &none),
        codes: texts(column, &reading, &none, worded.as_ref()),
        spare,
        fractions,
        reading,
        scale,
        // Another scale posts other numbers where they are turned.
        is_open: worded.as_ref().is_some_and(|worded| worded.is_open)
            || either_way
            || spare.is_some()
            || (scale.turned && !scales.is_empty()),
        scales,
        kind,
        is_unsure,
        wordings: worded.map_or_else(Vec::new, Worded::several),
    })
}

/// Whether a column holds the groups of a score.
fn is_group(column: &Column) -> bool {
    [&column.name, &column.question()]
        .iter()
        .any(|header| scored_by_group(header).is_some())
}

/// The scale that a header names by its end alone.
fn named(called: &str, numbers: &[(f64, u64)], recommend: bool) -> Option<Scale> {
    let max = most(called)?;
    let has_zero = numbers
        .iter()
        .any(|(number, _)| (0.0..1.0).contains(number));
    let is_from_zero = has_zero || max == 100 || (max == 10 && recommend);
    Some(Scale::new(i64::from(!is_from_zero), max))
}

/// What a rating is of, as far as its header or other columns say.
#[derive(Clone, Copy)]
struct About {
    recommend: bool,
    rating: bool,
}

impl About {
    fn new(called: &str, told: Told) -> Self {
        let is = |topic: Topic, own: Told| match told {
            Told::Nothing => is_about(called, topic),
            told => told == own,
        };
        Self {
            recommend: is(Topic::Recommend, Told::Recommend),
            rating: is(Topic::Rating, Told::Satisfaction),
        }
    }
}

/// What is measured, and on which scale: the one that is known, or that of the numbers.
fn measured(
    column: &Column,
    seen: &Seen,
    known: Option<Scale>,
    words: bool,
    about: About,
) -> Option<(&'static str, Scale)> {
    let About { recommend, rating } = about;
    let (kind, scale) = if let Some(scale) = known {
        let is_nps = (scale.min, scale.max) == (0, 10) && !words && (recommend || !rating);
        (if is_nps { "nps" } else { "csat" }, scale)
    } else if column.kind == Kind::Number && seen.is_yes_or_no() {
        // A percentage of a spreadsheet.
        ("csat", Scale::new(0, 1))
    } else {
        seen.usual(recommend, rating)?
    };
    // Averages have fractions, and NPS has none, but for a slip.
    let is_mean = kind == "nps" && column.kind == Kind::Number && seen.fractions() > seen.few;
    Some((if is_mean { "csat" } else { kind }, scale))
}

/// How likely a column is the rating.
fn points(column: &Column, about: About, max: i64, yes_or_no: bool) -> i32 {
    let About { recommend, rating } = about;
    let called = format!("{} {}", column.name, column.question());
    // `Customer satisfaction` is no customer.
    let other = [Topic::Id, Topic::OtherTime]
        .iter()
        .any(|topic| is_about(&called, *topic))
        || (is_about(&called, Topic::Person) && !rating);
    i32::from(recommend) * 60
        + i32::from(rating) * 40
        + i32::from(column.kind == Kind::Integer) * 5
        + i32::from(column.share() > 0.5) * 10
        - i32::from(other && !recommend) * 40
        - i32::from(column.sequence && column.rows > 3) * 60
        + i32::from(max <= 10) * 10
        - i32::from(yes_or_no && column.kind != Kind::Number) * 45
        - i32::from(max > 10) * 15
}

/// The first values that are no number of the scale, each with its row.
fn bad(
    column: &Column,
    reading: &Reading,
    scale: Scale,
    is_nps: bool,
    none: &[f64],
) -> Vec<(u64, String)> {
    if matches!(reading, Reading::Words(_)) {
        return Vec::new();
    }
    let read = reader(column, reading);
    let ends = scale.min as f64..=scale.max as f64;
    let is_whole = is_nps || scale.turned;
    let fits = |text: &str| {
        read(text).is_some_and(|number| {
            none.contains(&number) || ends.contains(&number) && (!is_whole || number.fract() == 0.0)
        })
    };
    let values = column.values.iter().zip(&column.first_rows);
    let mut bad: Vec<(u64, String)> = values
        .filter(|((text, _), _)| !fits(text))
        .map(|((text, _), row)| (*row, text.clone()))
        .collect();
    bad.sort();
    bad.truncate(3);
    bad
}

/// The cells that are no answer, as they are written: those that hold one of these numbers, or say so in words.
fn texts(
    column: &Column,
    reading: &Reading,
    numbers: &[f64],
    worded: Option<&Worded>,
) -> Vec<String> {
    if let Some(worded) = worded {
        return worded.none.clone();
    }
    let read = reader(column, reading);
    let values = column.values.iter();
    let found = values.filter(|(text, _)| read(text).is_some_and(|own| numbers.contains(&own)));
    let mut texts: Vec<String> = found.map(|(text, _)| text.clone()).collect();
    texts.sort();
    texts
}

/// What reads a value of the column.
fn reader(column: &Column, reading: &Reading) -> impl Fn(&str) -> Option<f64> {
    let style = crate::mapping::NumberStyle {
        decimal: column.number.and_then(|number| number.decimal),
        thousands: column.number.and_then(|number| number.thousands),
    };
    let leads = *reading == Reading::Leading;
    move |text| {
        if leads {
            // Where only the ends of a scale are labelled, the others are numbers alone.
            leading_number(text).or_else(|| text.parse::<u32>().ok().map(f64::from))
        } else {
            crate::mapping::parse_number(text, style).map(crate::record::Number::as_f64)
        }
    }
}

fn reading(column: &Column) -> Option<(Reading, Option<Worded>)> {
    let plain = |reading| Some((reading, None));
    match column.kind {
        Kind::Integer | Kind::Number => plain(Reading::Number),
        Kind::Text if column.free_text || column.personal || column.values.is_empty() => None,
        Kind::Text if column.leading => plain(Reading::Leading),
        Kind::Text => {
            let worded = worded(column)?;
            let first = worded.readings.first()?.clone();
            Some((Reading::Words(first), Some(worded)))
        }
        _ => None,
    }
}

/// The numbers there are, ascending, with how often they are; only the bounds where there are too many.
fn numbers(column: &Column, reading: &Reading) -> Vec<(f64, u64)> {
    if let Reading::Words(words) = reading {
        return words
            .iter()
            .map(|(_, number)| (*number as f64, 1))
            .collect();
    }
    let read = reader(column, reading);
    let mut numbers: Vec<(f64, u64)> = column
        .values
        .iter()
        .filter_map(|(text, count)| Some((read(text)?, *count)))
        .collect();
    if let (true, Some(number)) = (numbers.is_empty(), column.number) {
        let half = column.filled / 2;
        numbers = vec![(number.min, half), (number.max, column.filled - half)];
    }
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::tests::of_text;

    type Scale = (&'static str, i64, i64, u64);

    fn scale(header: &str, values: &[&str]) -> Option<Scale> {
        let rows: Vec<String> = (0..40)
            .map(|row| format!("\"{}\"\n", values[row % values.len()]))
            .collect();
        let profile = of_text(&format!("\"{header}\"\n{}", rows.concat()));
        candidate(0, &profile.columns[0], Told::Nothing)
            .map(|found| (found.kind, found.scale.min, found.scale.max, found.beyond))
    }

    #[test]
    fn the_scale_is_known_by_range_and_words() {
        let table: [(&str, &[&str], Option<Scale>); 12] = [
            (
                "How likely are you to recommend us?",
                &["0", "7", "10"],
                Some(("nps", 0, 10, 0)),
            ),
            ("NPS", &["9", "10", "8", "7"], Some(("nps", 0, 10, 0))),
            (
                "Wie zufrieden sind Sie?",
                &["1", "3", "5"],
                Some(("csat", 1, 5, 0)),
            ),
            ("Rating", &["0", "5"], Some(("csat", 0, 5, 0))),
            ("Zufriedenheit", &["1,5", "4,5"], Some(("csat", 1, 5, 0))),
            (
                "How satisfied are you?",
                &["10 - Extremely", "2 - Hardly"],
                Some(("csat", 1, 10, 0)),
            ),
            (
                "Recommend?",
                &["0 - Not at all likely", "3", "9", "10 - Extremely likely"],
                Some(("nps", 0, 10, 0)),
            ),
            (
                "How satisfied are you?",
                &["1 - Very bad", "2", "3", "4", "5"],
                Some(("csat", 1, 5, 0)),
            ),
            (
                "Service",
                &["Very satisfied", "Dissatisfied"],
                Some(("csat", 1, 5, 0)),
            ),
            ("Age", &["17", "54"], None),
            ("Order", &["1001", "1002"], None),
            ("Colour", &["red", "blue"], None),
        ];
        for (header, values, expected) in table {
            assert_eq!(scale(header, values), expected, "{header}");
        }
    }

    #[test]
    fn a_group_is_known_by_the_end_of_its_header() {
        for (header, score) in [
            ("QID1_NPS_GROUP", Some("QID1")),
            ("NPS group", Some("NPS")),
            (
                "Would you recommend us? - Group",
                Some("Would you recommend us?"),
            ),
            ("Age group", None),
            ("How do you rate the group?", None),
            ("group", None),
            ("é", None),
        ] {
            assert_eq!(scored_by_group(header), score, "{header}");
        }
    }
}
