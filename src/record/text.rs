//! A record of delimited text.

use std::sync::Arc;

/// The cells of a record in one text, one behind the other.
///
/// As `csv::StringRecord`, but many share a [`Page`]: every row of a table becomes one, and allocating each costs more than
/// reading it.
#[derive(Clone)]
pub struct Record {
    page: Arc<Page>,
    /// The number of its first cell in the page, and how many it has.
    first: u32,
    count: u32,
}

/// The cells of records that were read together, one behind the other. It is kept as long as one of its records is.
pub struct Page {
    text: Box<str>,
    /// Where each cell ends.
    ends: Box<[u32]>,
}

impl Page {
    /// Cells that stand one behind the other in a text, by where each ends. `None` where one ends within a character,
    /// before it begins, or beyond the text.
    pub fn new(text: &str, ends: &[usize]) -> Option<Arc<Self>> {
        let is_ascii = text.is_ascii();
        let mut from = 0;
        let mut all = Vec::with_capacity(ends.len());
        for &to in ends {
            let is_sound =
                from <= to && to <= text.len() && (is_ascii || text.is_char_boundary(to));
            if !is_sound {
                return None;
            }
            all.push(u32::try_from(to).ok()?);
            from = to;
        }
        let ends = all.into();
        let text = text.into();
        Some(Arc::new(Self { text, ends }))
    }

    /// The record of so many cells from one on, counted from 0. Those that the page lacks, the record lacks.
    #[inline]
    pub fn record(self: &Arc<Self>, first: usize, count: usize) -> Record {
        let first = first.min(self.ends.len());
        let count = count.min(self.ends.len() - first);
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Record {
            page: Arc::clone(self),
            first: number(first),
            count: number(count),
        }
    }

    /// Where a cell begins, and all before it end.
    #[inline]
    fn start(&self, cell: usize) -> usize {
        match cell.checked_sub(1) {
            Some(before) => self.ends[before] as usize,
            None => 0,
        }
    }
}

impl Record {
    /// One with a page of its own; `None` as for a page.
    pub fn new(text: &str, ends: &[usize]) -> Option<Self> {
        Page::new(text, ends).map(|page| page.record(0, ends.len()))
    }

    /// The same with a page of its own, for one that is kept: a page holds many.
    #[must_use]
    pub fn alone(&self) -> Self {
        if self.len() == self.page.ends.len() {
            return self.clone();
        }
        self.iter().collect()
    }

    /// A cell, from 0.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&str> {
        if index >= self.count as usize {
            return None;
        }
        let cell = self.first as usize + index;
        let to = *self.page.ends.get(cell)? as usize;
        self.page.text.get(self.page.start(cell)..to)
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there is no cell at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of all cells.
    pub fn bytes(&self) -> usize {
        let first = self.first as usize;
        self.page.start(first + self.len()) - self.page.start(first)
    }

    /// The cells.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Record {}

impl Default for Record {
    fn default() -> Self {
        let page = Page {
            text: Box::default(),
            ends: Box::default(),
        };
        Arc::new(page).record(0, 0)
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

        #[test]
        fn records_of_a_page_are_as_they_would_be_alone(rows: Vec<Vec<String>>) {
            let all: Vec<&String> = rows.iter().flatten().collect();
            let mut ends = Vec::new();
            let text = all.iter().fold(String::new(), |text, cell| {
                let text = text + cell;
                ends.push(text.len());
                text
            });
            let page = Page::new(&text, &ends).unwrap();
            let mut first = 0;
            for cells in rows {
                let record = page.record(first, cells.len());
                first += cells.len();
                let alone: Record = cells.iter().collect();
                prop_assert_eq!(record.bytes(), cells.iter().map(String::len).sum::<usize>());
                prop_assert_eq!(record.get(cells.len()), None);
                prop_assert_eq!(&record, &alone);
                let kept = record.alone();
                prop_assert_eq!(kept.page.text.len(), record.bytes());
                prop_assert_eq!(kept, alone);
            }
        }
    }
}
