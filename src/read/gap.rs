//! Totals and notes below a table: a few rows that a blank one sets apart from all the others.

use super::notices::Notices;
use crate::record::trim;

/// The most rows that are taken for a footer.
pub const FOOTER: u64 = 3;
/// The fewest rows a table has above a footer.
pub const TABLE: u64 = 5;

/// The longest name of a total, in bytes.
const LONGEST: usize = 40;

/// Watches the numbers of rows for blank ones between them.
#[derive(Debug, Default)]
pub struct Gap {
    /// How many rows there were.
    pub rows: u64,
    last: u64,
    /// What the last row calls itself: its first cell, where that is no longer than a word or two.
    name: String,
    /// The row behind the last gap, and how many rows stood above it.
    behind: Option<(u64, u64)>,
}

impl Gap {
    /// Sees the number of the next row.
    #[inline]
    pub fn see(&mut self, row: u64) {
        if self.rows > 0 && row > self.last + 1 {
            self.behind = Some((row, self.rows));
        }
        self.last = row;
        self.rows += 1;
    }

    /// Keeps what the row seen last calls itself; asked for where it may be the last of all.
    pub fn name<'a>(&mut self, mut cells: impl Iterator<Item = &'a str>) {
        let first = cells.find(|cell| !cell.trim().is_empty());
        self.name.clear();
        self.name.extend(first.and_then(short));
    }

    /// At the end: tells of what may be a footer.
    pub fn tell(&self, notices: &Notices) {
        if let Some((row, above)) = self.behind
            && self.rows - above <= FOOTER
            && above >= TABLE
        {
            notices.add_of_last(row, format!(
                "row {row} and what follows stand apart below the table: if they are totals or notes, filter them \
                 by a condition (when), or remove them"
            ));
        } else if is_total(&self.name) && self.rows > TABLE {
            let row = self.last;
            notices.add_of_last(row, format!(
                "row {row}, the last, calls itself a total: filter it by a condition (when), or remove it"
            ));
        }
    }
}

/// A cell without what surrounds a name; `None` where it is too long for the name of a total.
fn short(cell: &str) -> Option<&str> {
    let name = trim(cell).trim_end_matches(':');
    (name.len() <= LONGEST).then_some(name)
}

/// Whether the first cell of a row says that the row sums up the others.
pub fn sums_up(cell: &str) -> bool {
    short(cell).is_some_and(is_total)
}

/// Whether the first cell of a row names an end of what the others hold: so do names of people, and it counts only
/// beside a row that sums up.
pub fn is_extreme(cell: &str) -> bool {
    const WORDS: &str = "min|max|minimum|maximum|minimal|maximal|lowest|highest|mín|máx";
    let cell = short(cell).map(str::to_lowercase);
    cell.is_some_and(|cell| is_one(WORDS, cell.trim_end_matches('.')))
}

/// Whether a row's name says that the row sums up the others: by a word for it, alone or with a number or with what it
/// is of (`Total (3)`, `Average score`).
fn is_total(name: &str) -> bool {
    const TOTALS: &str = "total|totals|grand total|subtotal|sum|avg|average|mean|median|count|n =|n=|std|std. dev|stdev|\
        std dev|standard deviation|summe|gesamt|gesamtsumme|insgesamt|ergebnis|gesamtergebnis|durchschnitt|mittelwert|\
        anzahl|standardabweichung|ø|∅|somme|moyenne|médiane|écart-type|nombre|media|promedio|suma|mediana|totale|\
        gemiddelde|totaal|合計|平均";
    const OF: &str = "of|all|the|der|aller|alle|de|des|score|scores|rating|ratings|nps|csat|ces|value|values|answers|\
        responses|rows|records|results|deviation|dev|antworten|zeilen|werte|note|bewertung|bewertungen|punkte|réponses";
    let name = name.to_lowercase();
    let is_of = |rest: &str| {
        let mut words = rest
            .split(|sign: char| !sign.is_alphanumeric())
            .filter(|word| !word.is_empty());
        !rest.starts_with(char::is_alphabetic)
            && words.all(|word| is_one(OF, word) || word.chars().all(|sign| sign.is_ascii_digit()))
    };
    let mut totals = TOTALS.split('|');
    totals.any(|total| name.strip_prefix(total).is_some_and(is_of))
}

fn is_one(words: &str, word: &str) -> bool {
    words.split('|').any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: &[u64]) -> usize {
        let (mut gap, notices) = (Gap::default(), Notices::default());
        for row in rows {
            gap.see(*row);
            gap.name(std::iter::once("x"));
        }
        gap.tell(&notices);
        notices.list().len()
    }

    #[test]
    fn few_rows_below_a_blank_one_are_told() {
        assert_eq!(told(&[2, 3, 4, 5, 6, 8]), 1);
        assert_eq!(told(&[2, 3, 4, 5, 6, 7]), 0);
        assert_eq!(told(&[2, 3, 8]), 0, "a table of two rows may have gaps");
        assert_eq!(
            told(&[2, 3, 4, 5, 6, 8, 9, 10, 11]),
            0,
            "a gap within the table"
        );
        assert_eq!(told(&[]), 0);
    }

    #[test]
    fn a_total_is_told_as_the_last_row_alone() {
        let told = |firsts: &[&str]| {
            let (mut gap, notices) = (Gap::default(), Notices::default());
            for (row, first) in (2..).zip(firsts) {
                gap.see(row);
                gap.name(["", *first].into_iter());
            }
            gap.tell(&notices);
            notices.list().len()
        };
        assert_eq!(told(&["a", "b", "c", "d", "e", "Gesamt:"]), 1);
        assert_eq!(told(&["a", "b", "Total", "d", "e", "f"]), 0);
        assert_eq!(told(&["a", "Total"]), 0);
    }

    #[test]
    fn totals_are_known_with_what_they_are_of() {
        for name in [
            "Total (3)",
            "Avg",
            "Avg.",
            "Average score",
            "Ø",
            "Ø 4,3",
            "Count",
            "Median",
            "Std. dev.",
            "Std. deviation",
            "Insgesamt",
            "Ergebnis",
            "n = 12",
            "Total: 24 responses",
        ] {
            assert!(sums_up(name), "{name}");
        }
        for name in [
            "Total disaster",
            "Counter",
            "Sumner",
            "Average, I would say",
            "Max",
            "Median Ltd",
            "n",
            "Count Olaf",
        ] {
            assert!(!sums_up(name), "{name}");
        }
        assert!(is_extreme("Max.") && is_extreme("min") && !is_extreme("Maxim"));
    }
}
