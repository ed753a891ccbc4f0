//! A record of delimited text.

/// The cells of a record in one text, one behind the other.
///
/// As `csv::StringRecord`, but smaller and made at once: every row of a table becomes one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    text: Box<str>,
    ends: Ends,
}

/// Where each cell ends. Most records are small: theirs need no memory of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ends {
    /// The number of cells, and the ends of so many.
    Few(u8, [u16; FEW]),
    Many(Box<[u32]>),
}

const FEW: usize = 15;

impl Default for Ends {
    fn default() -> Self {
        Self::Few(0, [0; FEW])
    }
}

impl Ends {
    /// `None` where the text is longer than a record can be.
    fn new(ends: &[usize]) -> Option<Self> {
        let mut few = [0; FEW];
        if ends.len() <= FEW && ends.last().is_none_or(|last| u16::try_from(*last).is_ok()) {
            for (few, end) in few.iter_mut().zip(ends) {
                *few = u16::try_from(*end).ok()?;
            }
            return Some(Self::Few(u8::try_from(ends.len()).ok()?, few));
        }
        let many = ends.iter().map(|end| u32::try_from(*end).ok());
        many.collect::<Option<_>>().map(Self::Many)
    }

    #[inline]
    fn get(&self, index: usize) -> Option<usize> {
        match self {
            Self::Few(count, few) if index < usize::from(*count) => {
                few.get(index).map(|end| usize::from(*end))
            }
            Self::Few(..) => None,
            Self::Many(many) => many.get(index).map(|end| *end as usize),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Few(count, _) => usize::from(*count),
            Self::Many(many) => many.len(),
        }
    }
}

impl Record {
    /// Cells that stand one behind the other in a text, by where each ends. `None` where one ends within a character,
    /// before it begins, or beyond the text.
    pub fn new(text: &str, ends: &[usize]) -> Option<Self> {
        let is_ascii = text.is_ascii();
        let mut from = 0;
        for &to in ends {
            let is_sound =
                from <= to && to <= text.len() && (is_ascii || text.is_char_boundary(to));
            if !is_sound {
                return None;
            }
            from = to;
        }
        Some(Self {
            text: text.into(),
            ends: Ends::new(ends)?,
        })
    }

    /// A cell, from 0.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&str> {
        let to = self.ends.get(index)?;
        let from = match index.checked_sub(1) {
            Some(before) => self.ends.get(before)?,
            None => 0,
        };
        self.text.get(from..to)
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no cell at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All cells in one.
    pub fn as_slice(&self) -> &str {
        &self.text
    }

    /// The cells.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<T: AsRef<str>> FromIterator<T> for Record {
    fn from_iter<I: IntoIterator<Item = T>>(cells: I) -> Self {
        let mut text = String::new();
        let mut ends = Vec::new();
        for cell in cells {
            text.push_str(cell.as_ref());
            ends.push(text.len());
        }
        // A text of more than 4 GiB is no record: the reader ends long before.
        Self::new(&text, &ends).unwrap_or_default()
    }
}

impl<T: AsRef<str>> From<Vec<T>> for Record {
    fn from(cells: Vec<T>) -> Self {
        cells.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_and_long_records_are_kept_too() {
        for (count, length) in [(FEW, 10), (FEW + 1, 10), (2, 70_000)] {
            let cells = vec!["a".repeat(length); count];
            let record: Record = cells.iter().collect();
            assert_eq!(record.len(), count);
            assert!(record.iter().eq(&cells));
            assert_eq!(record.get(count), None);
        }
    }

    #[test]
    fn a_cell_ends_between_characters() {
        assert!(Record::new("aé", &[1, 3]).is_some());
        assert_eq!(Record::new("aé", &[2, 3]), None);
        assert_eq!(Record::new("ab", &[2, 1]), None);
        assert_eq!(Record::new("ab", &[3]), None);
    }

    proptest! {
        #[test]
        fn cells_come_back_as_they_were(cells: Vec<String>) {
            let record: Record = cells.iter().collect();
            prop_assert_eq!(record.len(), cells.len());
            prop_assert_eq!(record.iter().collect::<Vec<_>>(), cells.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(record.get(cells.len()), None);
        }
    }
}
