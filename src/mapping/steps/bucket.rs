//! Numbers to names: `0-50` is 0 ≤ n < 50, its end included where no other bucket begins there; `200+`, `<0`.

use crate::mapping::diagnose::{Place, Problem};
use crate::mapping::spec::Literal;

/// Buckets in ascending order, without overlaps.
#[derive(Clone, Debug)]
pub struct Buckets {
    ranges: Vec<Range>,
}

#[derive(Clone, Debug)]
struct Range {
    text: String,
    place: Place,
    from: f64,
    to: f64,
    /// Whether `to` itself belongs to it.
    closed: bool,
    name: Literal,
}

impl Buckets {
    /// Checks and sorts the buckets.
    ///
    /// # Errors
    /// A range that cannot be read, overlaps, gaps.
    pub fn new(buckets: &[(String, Place, Literal)]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut ranges = Vec::with_capacity(buckets.len());
        for (text, place, name) in buckets {
            match bounds(text) {
                Some((from, to)) if from <= to => ranges.push(Range {
                    text: text.clone(),
                    place: place.clone(),
                    from,
                    to,
                    closed: true,
                    name: name.clone(),
                }),
                Some(_) => problems.push(Problem::at(
                    place,
                    format!("bucket `{text}` ends before it begins"),
                )),
                None => problems.push(
                    Problem::at(place, format!("`{text}` is no bucket"))
                        .help("write \"0-50\", \"200+\" or \"<0\", with a point for fractions"),
                ),
            }
        }
        ranges.sort_by(|a, b| a.from.total_cmp(&b.from).then(a.to.total_cmp(&b.to)));
        for index in 1..ranges.len() {
            let (before, after) = ranges.split_at_mut(index);
            problems.extend(neighbours(&mut before[index - 1], &after[0]));
        }
        if let Some(first) = ranges
            .iter_mut()
            .find(|range| range.from == f64::NEG_INFINITY)
        {
            first.closed = false;
        }
        if problems.is_empty() {
            Ok(Self { ranges })
        } else {
            Err(problems)
        }
    }

    /// The name of a number's bucket.
    pub fn name(&self, number: f64) -> Option<&Literal> {
        let after = self.ranges.partition_point(|range| range.from <= number);
        let range = self.ranges.get(after.checked_sub(1)?)?;
        let inside = number < range.to || (range.closed && number <= range.to);
        inside.then_some(&range.name)
    }

    /// All ranges as they were written.
    pub fn list(&self) -> String {
        let texts: Vec<&str> = self
            .ranges
            .iter()
            .map(|range| range.text.as_str())
            .collect();
        texts.join(", ")
    }
}

/// Compares a bucket with the next one, and opens its end where the next begins there.
#[expect(
    clippy::float_cmp,
    reason = "the same digits in the mapping are the same bound"
)]
fn neighbours(before: &mut Range, after: &Range) -> Option<Problem> {
    if before.to == after.from && before.from < before.to {
        before.closed = false;
        return None;
    }
    if before.to >= after.from {
        return Some(Problem::at(
            &after.place,
            format!("buckets `{}` and `{}` overlap", before.text, after.text),
        ));
    }
    // `51-75` beside `76-100`: no whole number lies between.
    let whole_neighbours =
        before.to.fract() == 0.0 && after.from.fract() == 0.0 && after.from - before.to <= 1.0;
    if whole_neighbours {
        return None;
    }
    Some(
        Problem::at(
            &after.place,
            format!(
                "between the buckets `{}` and `{}` is a gap",
                before.text, after.text
            ),
        )
        .help(format!(
            "let one begin where the other ends, at {}",
            before.to
        )),
    )
}

/// The bounds of `a-b`, `n+` and `<n`.
fn bounds(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let number = |text: &str| {
        let text = text.trim();
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
        text.parse::<f64>()
            .ok()
            .filter(|number| plain && number.is_finite())
    };
    if let Some(from) = text.strip_suffix('+') {
        return Some((number(from)?, f64::INFINITY));
    }
    if let Some(to) = text.strip_prefix('<') {
        return Some((f64::NEG_INFINITY, number(to)?));
    }
    // The first dash after the first digit parts the two; a dash before it is a minus.
    let digit = text.find(|character: char| character.is_ascii_digit())?;
    let dash = digit + text[digit..].find(['-', '–'])?;
    let width = text[dash..].chars().next()?.len_utf8();
    Some((number(&text[..dash])?, number(&text[dash + width..])?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn buckets(texts: &[&str]) -> Result<Buckets, Vec<String>> {
        let buckets: Vec<_> = texts
            .iter()
            .map(|text| {
                (
                    (*text).to_owned(),
                    Place::default(),
                    Literal::Text(format!("is {text}")),
                )
            })
            .collect();
        Buckets::new(&buckets).map_err(|all| all.into_iter().map(|one| one.message).collect())
    }

    fn name(buckets: &Buckets, number: f64) -> Option<String> {
        buckets.name(number).map(Literal::text)
    }

    #[test]
    fn a_number_finds_its_bucket() {
        let found = buckets(&["200+", "0-50", "50-200", "<0"]).unwrap();
        let table = [
            (-3.0, "is <0"),
            (0.0, "is 0-50"),
            (49.99, "is 0-50"),
            (50.0, "is 50-200"),
            (200.0, "is 200+"),
            (1e9, "is 200+"),
        ];
        for (number, expected) in table {
            assert_eq!(name(&found, number).as_deref(), Some(expected), "{number}");
        }
    }

    #[test]
    fn the_end_is_included_where_no_other_begins() {
        let found = buckets(&["0-50", "51-75", "76-100"]).unwrap();
        assert_eq!(name(&found, 50.0).as_deref(), Some("is 0-50"));
        assert_eq!(name(&found, 100.0).as_deref(), Some("is 76-100"));
        assert_eq!(name(&found, 75.5), None);
        assert_eq!(name(&found, 101.0), None);
    }

    #[test]
    fn a_bucket_below_a_number_lacks_that_number() {
        let found = buckets(&["<10"]).unwrap();
        assert_eq!(name(&found, 10.0), None);
        let found = buckets(&["<-5", "-5--1", "0-0", "1-2"]).unwrap();
        assert_eq!(name(&found, -1.0).as_deref(), Some("is -5--1"));
        assert_eq!(name(&found, 0.0).as_deref(), Some("is 0-0"));
    }

    #[test]
    fn overlaps_gaps_and_nonsense_are_errors() {
        assert_eq!(
            buckets(&["0-50", "40-60"]).unwrap_err(),
            ["buckets `0-50` and `40-60` overlap"]
        );
        assert_eq!(
            buckets(&["0-50", "60-70"]).unwrap_err(),
            ["between the buckets `0-50` and `60-70` is a gap"]
        );
        assert_eq!(
            buckets(&["0.5-1.5", "2-3"]).unwrap_err(),
            ["between the buckets `0.5-1.5` and `2-3` is a gap"]
        );
        assert_eq!(
            buckets(&["many", "5-1"]).unwrap_err(),
            ["`many` is no bucket", "bucket `5-1` ends before it begins"]
        );
    }

    proptest! {
        #[test]
        fn touching_buckets_cover_every_number(mut cuts in proptest::collection::btree_set(-1000i32..1000, 2..8), number in -2000.0f64..2000.0) {
            let last = cuts.pop_last().unwrap();
            let first = *cuts.first().unwrap();
            let cuts: Vec<i32> = cuts.into_iter().chain([last]).collect();
            let mut texts: Vec<String> = cuts.windows(2).map(|pair| format!("{}-{}", pair[0], pair[1])).collect();
            texts.push(format!("<{first}"));
            texts.push(format!("{last}+"));
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            prop_assert!(buckets(&texts).unwrap().name(number).is_some());
        }

        #[test]
        fn no_text_makes_a_panic(text: String) {
            bounds(&text);
        }
    }
}
