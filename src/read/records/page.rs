//! Records that are kept together in a page, their cells where they were read.

use std::sync::Arc;

use super::{ANEW, Cells, Kept, Records, number, span};
use crate::record::{Page, Position, Record, Span};

/// A page holds records up to so many bytes, and one of any length.
const PAGE: usize = 64 << 10;

impl Records {
    /// Reads the next record where it can be had without reading more of the input, and the page has room; blank lines
    /// are passed over.
    pub fn read_at_hand(&mut self) -> Option<Position> {
        self.go_behind_the_page();
        let length = self.start - self.begin + self.anew.len();
        if length >= PAGE || !self.skip_blank_lines() {
            return None;
        }
        let position = self.position();
        self.read_whole().then_some(position)
    }

    pub(super) fn go_behind_the_page(&mut self) {
        let last = self.kept.last().map(|kept| kept.cells);
        let first = last.map_or(0, |last| last.first + last.count);
        self.cells.truncate(first);
        self.current = Cells { first, count: 0 };
        if self.kept.is_empty() {
            self.anew.clear();
            self.begin = self.start;
        }
    }

    /// Takes the current record, which was read last, into the page.
    pub fn keep(&mut self, position: Position) {
        let cells = self.current;
        // Its last line break is none within it.
        let line_breaks = (self.line - position.line).saturating_sub(1);
        self.kept.push(Kept {
            position,
            cells,
            line_breaks,
        });
    }

    /// How many records the page has.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Makes one of the page's records the current one; where it stands.
    pub fn go_to(&mut self, number: usize) -> Position {
        let kept = self.kept[number];
        self.current = kept.cells;
        self.line_breaks = kept.line_breaks;
        kept.position
    }

    /// The cells of all records of the page; `None` where one is not UTF-8.
    pub fn page(&self) -> Option<Arc<Page>> {
        let last = self.kept.last()?.cells;
        let here = simdutf8::basic::from_utf8(&self.buffer[self.begin..self.start]).ok()?;
        let anew = simdutf8::basic::from_utf8(&self.anew).ok()?;
        let text = if anew.is_empty() {
            here.into()
        } else {
            [here, anew].concat().into()
        };
        let (begin, behind) = (number(self.begin), number(here.len()));
        let place = |byte: u32| {
            let anew = (byte & !ANEW).wrapping_add(behind);
            let here = byte.wrapping_sub(begin);
            if byte & ANEW == 0 { here } else { anew }
        };
        let cells = self.cells[..last.first + last.count].iter();
        let cells = cells.map(|cell| Span {
            from: place(cell.from),
            to: place(cell.to),
        });
        Page::new(text, cells.collect())
    }

    /// The current record as one of the page.
    #[inline]
    pub fn of(&self, page: &Arc<Page>) -> Record {
        page.record(self.current.first, self.current.count)
    }

    /// Begins a page anew.
    pub fn turn(&mut self) {
        self.kept.clear();
    }

    /// The line breaks within the current record of the page.
    pub fn line_breaks(&self) -> u64 {
        self.line_breaks
    }

    /// Writes the page's cells anew, as the buffer is about to be filled with something else.
    pub(super) fn leave_the_buffer(&mut self) {
        let here = self.cells.iter().filter(|cell| cell.from & ANEW == 0);
        let Some(end) = here.map(|cell| cell.to as usize).max() else {
            return;
        };
        let (begin, behind) = (self.begin, self.anew.len());
        self.anew.extend_from_slice(&self.buffer[begin..end]);
        for cell in self.cells.iter_mut().filter(|cell| cell.from & ANEW == 0) {
            let (from, to) = (cell.from as usize, cell.to as usize);
            *cell = span(from - begin + behind, to - begin + behind, ANEW);
        }
    }
}
