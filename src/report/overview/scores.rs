//! How the scores of one data type are spread, and whether they look like its scores.

use super::attribute::Span;
use super::distinct::{Distinct, Hashes, Room};
use crate::record::Number;

/// Fewer scores prove nothing.
const ENOUGH: u64 = 10;

/// The scores of one data type.
#[derive(Debug, Default)]
pub struct Scores {
    /// Its key, or its name offline; empty for responses that go into a dataset.
    pub data_type: String,
    /// How many there are.
    pub count: u64,
    sum: f64,
    span: Option<Span<f64, Number>>,
    distinct: Distinct,
}

impl Scores {
    /// Of a data type, none counted yet.
    pub fn new(data_type: &str) -> Self {
        Self {
            data_type: data_type.to_owned(),
            ..Self::default()
        }
    }

    /// Counts a score.
    pub fn see(&mut self, score: Number, hashes: Hashes, room: &mut Room) {
        let value = score.as_f64();
        self.count += 1;
        self.sum += value;
        Span::widen(&mut self.span, value, || score);
        // The bits of small whole numbers are alike: as hashes they would all meet in one place.
        let hash = hashes.of(&value.to_bits().to_le_bytes());
        if !self.distinct.again(hash) {
            let shown = || score.to_string().into();
            self.distinct.count(hash, room, shown);
        }
    }

    /// Takes in what came after.
    pub fn absorb(&mut self, later: Self, room: &mut Room) {
        self.count += later.count;
        self.sum += later.sum;
        Span::absorb(&mut self.span, later.span);
        self.distinct.absorb(later.distinct, room);
    }

    /// The mean; 0 where there is no score.
    pub fn mean(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            self.sum / self.count as f64
        }
    }

    /// Least and greatest.
    pub fn span(&self) -> Option<(&Number, &Number)> {
        self.span.as_ref().map(Span::ends)
    }

    /// Each score with its count, ascending; whether there are more of them.
    pub fn spread(&self) -> (Vec<(&str, u64)>, bool) {
        let mut all = self.distinct.frequent();
        let value = |shown: &str| shown.parse::<f64>().unwrap_or_default();
        all.sort_by(|a, b| value(a.0).total_cmp(&value(b.0)));
        (all, self.distinct.number().1)
    }

    /// What does not look like scores of this data type. Sources: NPS is 0 to 10 by definition; ratings of
    /// satisfaction and reviews run to 5, 7 or 10.
    pub fn doubt(&self) -> Option<String> {
        let (least, greatest) = self.span()?;
        let is = |kind: &str| self.data_type.eq_ignore_ascii_case(kind);
        let name = &self.data_type;
        if is("nps") && self.count >= ENOUGH && greatest.as_f64() <= 5.0 {
            return Some(format!(
                "no score of data type '{name}' is above {greatest}, of {}: NPS runs from 0 to 10, is this a scale up to 5?",
                self.count
            ));
        }
        if (is("csat") || is("review")) && greatest.as_f64() > 10.0 {
            return Some(format!(
                "scores of data type '{name}' go up to {greatest}, which looks like a percentage or another column"
            ));
        }
        if (is("csat") || is("review")) && least.as_f64() < 0.0 {
            return Some(format!(
                "scores of data type '{name}' go down to {least}: is this the right column?"
            ));
        }
        (self.count >= 2 * ENOUGH && self.distinct.number() == (1, false)).then(|| {
            format!(
                "all {} scores of data type '{name}' are {least}: is this the right column?",
                self.count
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt(data_type: &str, scores: impl Iterator<Item = f64>) -> Option<String> {
        let mut all = Scores::new(data_type);
        let (hashes, mut room) = (Hashes::new(), Room::BOUNDED);
        for score in scores {
            all.see(Number::from_f64(score).unwrap(), hashes, &mut room);
        }
        all.doubt()
    }

    #[test]
    fn scores_that_are_not_of_their_type_are_doubted() {
        let cycle = |values: &'static [f64]| values.iter().copied().cycle();
        assert!(
            doubt("NPS", cycle(&[1.0, 5.0]).take(10))
                .unwrap()
                .contains("above 5, of 10")
        );
        assert_eq!(doubt("nps", cycle(&[1.0, 5.0]).take(9)), None);
        assert_eq!(doubt("nps", cycle(&[1.0, 6.0]).take(50)), None);
        assert!(
            doubt("csat", cycle(&[80.5, 4.0]).take(2))
                .unwrap()
                .contains("80.5")
        );
        assert!(doubt("review", [-1.0, 4.0].into_iter()).is_some());
        assert_eq!(doubt("csat", cycle(&[5.0, 4.0]).take(50)), None);
        assert!(doubt("csat", cycle(&[5.0]).take(20)).is_some());
        assert_eq!(doubt("csat", cycle(&[5.0]).take(19)), None);
        assert_eq!(doubt("other", [500.0].into_iter()), None);
        assert_eq!(doubt("nps", std::iter::empty()), None);
    }

    #[test]
    fn scores_are_spread_by_their_value() {
        let mut all = Scores::new("nps");
        let hashes = Hashes::new();
        for score in [10.0, 9.0, 9.5, 10.0] {
            all.see(Number::from_f64(score).unwrap(), hashes, &mut {
                Room::FREE
            });
        }
        assert_eq!(all.spread(), (vec![("9", 1), ("9.5", 1), ("10", 2)], false));
        assert!((all.mean() - 9.625).abs() < 1e-9);
    }
}
