//! A record of delimited text.

/// The cells of a record in one text, one behind the other.
///
/// As `csv::StringRecord`, but smaller and made at once: every row of a table becomes one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    text: Box<str>,
    /// Where each cell ends.
    ends: Box<[u32]>,
}

impl Record {
    /// Cells that stand one behind the other in a text, by where each ends. `None` where one ends within a character,
    /// before it begins, or beyond the text.
    pub fn new(text: &str, ends: &[usize]) -> Option<Self> {
        let is_ascii = text.is_ascii();
        let mut from = 0;
        let mut places = Vec::with_capacity(ends.len());
        for &to in ends {
            let is_sound =
                from <= to && to <= text.len() && (is_ascii || text.is_char_boundary(to));
            if !is_sound {
                return None;
            }
            places.push(u32::try_from(to).ok()?);
            from = to;
        }
        Some(Self {
            text: text.into(),
            ends: places.into(),
        })
    }

    /// A cell, from 0.
    pub fn get(&self, index: usize) -> Option<&str> {
        let to = *self.ends.get(index)?;
        let from = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(from as usize..to as usize)
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no cell at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
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
