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

/// The text of records that were read together, and where each of their cells lies in it. It is kept as long as one of its
/// records is.
#[derive(Default)]
pub struct Page {
    text: Box<str>,
    cells: Box<[Span]>,
}

/// The bytes of a text from one on to before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: u32,
    /// The one behind the last.
    pub to: u32,
}

impl Page {
    /// A text with cells. `None` where one begins or ends within a character, ends before it begins, or lies beyond the
    /// text.
    pub fn new(text: Box<str>, cells: Box<[Span]>) -> Option<Arc<Self>> {
        // Of ASCII every byte is a character.
        let length = text.len();
        let are_sound = if text.is_ascii() {
            let mut all = cells.iter();
            all.all(|cell| cell.from <= cell.to && cell.to as usize <= length)
        } else {
            cells.iter().all(|cell| text.get(cell.bytes()).is_some())
        };
        are_sound.then(|| Arc::new(Self { text, cells }))
    }

    /// The record of so many cells from one on, counted from 0. Those that the page lacks, the record lacks.
    #[inline]
    pub fn record(self: &Arc<Self>, first: usize, count: usize) -> Record {
        let first = first.min(self.cells.len());
        let count = count.min(self.cells.len() - first);
        let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Record {
            page: Arc::clone(self),
            first: number(first),
            count: number(count),
        }
    }
}

impl Span {
    fn bytes(self) -> std::ops::Range<usize> {
        self.from as usize..self.to as usize
    }
}

impl Record {
    /// The same with a page of its own, for one that is kept: a page holds many.
    #[must_use]
    pub fn alone(&self) -> Self {
        if self.len() == self.page.cells.len() {
            return self.clone();
        }
        self.iter().collect()
    }

    fn spans(&self) -> &[Span] {
        let first = self.first as usize;
        let spans = self.page.cells.get(first..first + self.len());
        spans.unwrap_or_default()
    }

    /// A cell, from 0.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&str> {
        if index >= self.count as usize {
            return None;
        }
        let span = self.page.cells.get(self.first as usize + index)?;
        self.page.text.get(span.bytes())
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
        let lengths = self.spans().iter().map(|span| span.to - span.from);
        lengths.sum::<u32>() as usize
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
        Arc::new(Page::default()).record(0, 0)
    }
}

impl<T: AsRef<str>> FromIterator<T> for Record {
    fn from_iter<I: IntoIterator<Item = T>>(cells: I) -> Self {
        let mut text = String::new();
        let mut spans = Vec::new();
        for cell in cells {
            let from = text.len();
            text.push_str(cell.as_ref());
            let number = |byte| u32::try_from(byte).unwrap_or(u32::MAX);
            spans.push(Span {
                from: number(from),
                to: number(text.len()),
            });
        }
        // A text of more than 4 GiB is no record: the reader ends long before.
        let page = Page::new(text.into(), spans.into());
        let page = page.unwrap_or_default();
        page.record(0, page.cells.len())
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

    fn page(text: &str, cells: &[(u32, u32)]) -> Option<Arc<Page>> {
        let cells = cells.iter().map(|&(from, to)| Span { from, to });
        Page::new(text.into(), cells.collect())
    }

    #[test]
    fn a_cell_begins_and_ends_between_characters() {
        assert!(page("aé", &[(0, 1), (1, 3)]).is_some());
        assert!(page("aé", &[(0, 2)]).is_none());
        assert!(page("aé", &[(2, 3)]).is_none());
        for cell in [(2, 1), (0, 3)] {
            assert!(page("ab", &[cell]).is_none());
            assert!(page("é", &[cell]).is_none());
        }
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
            let (mut text, mut spans) = (String::new(), Vec::new());
            for cell in rows.iter().flatten() {
                let from = u32::try_from(text.len()).unwrap();
                text.push_str(cell);
                spans.push((from, u32::try_from(text.len()).unwrap()));
                text.push(',');
            }
            let page = page(&text, &spans).unwrap();
            let mut first = 0;
            for cells in rows {
                let record = page.record(first, cells.len());
                first += cells.len();
                let alone: Record = cells.iter().collect();
                prop_assert_eq!(record.bytes(), cells.iter().map(String::len).sum::<usize>());
                prop_assert_eq!(record.get(cells.len()), None);
                prop_assert_eq!(&record, &alone);
                let kept = record.alone();
                prop_assert!(kept.page.text.len() <= text.len());
                prop_assert_eq!(kept, alone);
            }
        }
    }
}
