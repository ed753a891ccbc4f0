//! Scales in words, faces and stars.

use super::scale::Scale;
use super::vocabulary::{NONE, OTHERS, SCALES};
use crate::inspect::Column;

/// Words, each with its number.
pub type Words = Vec<(String, i64)>;

/// A column as a scale in words.
pub struct Worded {
    /// How it may be read, the likeliest first; several where its words are of several scales.
    pub readings: Vec<Words>,
    /// Whether none of these is likelier than the others.
    pub is_open: bool,
    /// Values that are no answer.
    pub none: Vec<String>,
    /// The number of the best word, whether the file has it or not.
    most: i64,
}

impl Worded {
    /// The readings, where there are several.
    pub fn several(self) -> Vec<Words> {
        if self.readings.len() > 1 {
            self.readings
        } else {
            Vec::new()
        }
    }

    /// The scale of the likeliest reading.
    pub fn scale(&self) -> Scale {
        // A rating without a star.
        let least = self
            .readings
            .iter()
            .flatten()
            .map(|(_, number)| *number)
            .min();
        Scale::new(least.unwrap_or(1).min(1), self.most)
    }
}

/// Signs of a rating in stars: those that count, and those that fill up.
const STARS: [char; 3] = ['★', '⭐', '🌟'];
const GAPS: [char; 3] = ['☆', '✩', '\u{fe0f}'];

/// How many stars a text of nothing else shows.
fn stars(text: &str) -> Option<i64> {
    let is_sign = |sign: char| STARS.contains(&sign) || GAPS.contains(&sign);
    let count = text.chars().filter(|sign| STARS.contains(sign)).count();
    (!text.is_empty() && text.chars().all(is_sign) && count <= 5)
        .then_some(i64::try_from(count).ok()?)
}

/// The values as ratings in stars, and those between that this file happens to lack.
fn starred(column: &Column) -> Option<Vec<(String, i64)>> {
    let mut words = column
        .values
        .iter()
        .map(|(text, _)| Some((text.clone(), stars(text)?)))
        .collect::<Option<Vec<_>>>()?;
    let (longest, _) = words.iter().max_by_key(|(text, _)| text.chars().count())?;
    let sign = longest.chars().find(|sign| STARS.contains(sign))?;
    let gap = column
        .values
        .iter()
        .find_map(|(text, _)| text.chars().find(|sign| *sign == '☆' || *sign == '✩'));
    for number in 1..=5i64 {
        if !words.iter().any(|(_, known)| *known == number) {
            let count = usize::try_from(number).ok()?;
            let gaps = gap.map_or_else(String::new, |gap| gap.to_string().repeat(5 - count));
            words.push((format!("{}{gaps}", sign.to_string().repeat(count)), number));
        }
    }
    words.sort_by_key(|(_, number)| *number);
    Some(words)
}

/// A value as scales have it.
pub fn folded(word: &str) -> String {
    word.to_lowercase().replace('’', "'")
}

/// The number of a word on its scale, from 1 to 5.
pub fn rank(word: &str) -> Option<i64> {
    let word = folded(word);
    let place = SCALES
        .iter()
        .find_map(|scale| scale.iter().position(|known| *known == word))?;
    i64::try_from(place + 1).ok()
}

/// Whether the value says that there is no answer.
pub fn is_none(value: &str) -> bool {
    let value = folded(value);
    NONE.split('|').any(|known| known == value)
}

/// The values as a scale in words, if all of them are words of one but those that are no answer.
pub fn worded(column: &Column) -> Option<Worded> {
    let (none, values): (Vec<&String>, Vec<&String>) = column
        .values
        .iter()
        .map(|(value, _)| value)
        .partition(|value| is_none(value));
    if values.len() < 2 || values.len() > 10 {
        return None;
    }
    let sure = |words| Worded {
        readings: vec![words],
        is_open: false,
        most: 5,
        none: none.iter().map(ToString::to_string).collect(),
    };
    if let Some(starred) = starred(column) {
        return Some(sure(starred));
    }
    let mut lower: Vec<String> = values.iter().map(|value| folded(value)).collect();
    lower.sort();
    lower.dedup();
    let mut whole: Vec<&[&str]> = Vec::new();
    let others = OTHERS.into_iter().filter(|scale| {
        // Of such a scale in other languages its best word must be there.
        scale.contains(&"poor") || lower.iter().any(|own| scale.last() == Some(&own.as_str()))
    });
    for scale in SCALES.iter().map(|scale| &scale[..]).chain(others) {
        let places = |scale: &[&str]| -> Option<Vec<usize>> {
            let places = lower
                .iter()
                .map(|word| scale.iter().position(|own| own == word));
            places.collect()
        };
        let own = places(scale);
        let is_known = whole
            .iter()
            .any(|known| places(known) == own && known.len() == scale.len());
        if own.is_some() && !is_known {
            whole.push(scale);
        }
    }
    if whole.is_empty() {
        return mixed(lower).map(sure);
    }
    // Of a scale that is there as a whole nothing is missing.
    let is_all = |scale: &&[&str]| scale.iter().all(|word| lower.iter().any(|own| own == word));
    let is_open = whole.len() > 1 && !whole.iter().any(is_all);
    whole.sort_by_key(|scale| !is_all(scale));
    // What this file happens to lack of the scale: later ones may have it.
    let reading = |scale: &&[&str]| -> Words {
        let own = |word: &str| {
            let own = values.iter().find(|value| folded(value) == word);
            own.map_or_else(|| word.to_owned(), ToString::to_string)
        };
        (1..)
            .zip(*scale)
            .map(|(number, word)| (own(word), number))
            .collect()
    };
    Some(Worded {
        most: i64::try_from(whole.first()?.len()).ok()?,
        readings: whole.iter().map(reading).collect(),
        is_open,
        ..sure(Vec::new())
    })
}

/// Words of several scales that go together: each has the same place wherever it stands, and one of its own.
fn mixed(values: Vec<String>) -> Option<Words> {
    let place = |word: &str| {
        let scales = SCALES.iter().map(|scale| &scale[..]).chain(OTHERS);
        let mut places = scales.filter_map(|scale| scale.iter().position(|own| *own == word));
        let first = places.next()?;
        places.all(|other| other == first).then_some(first)
    };
    let mut words = Words::new();
    for value in values {
        let number = i64::try_from(place(&value)? + 1).ok()?;
        if words.iter().any(|(_, known)| *known == number) {
            return None;
        }
        words.push((value, number));
    }
    words.sort_by_key(|(_, number)| *number);
    Some(words)
}
