//! Years of two digits, which may stand first or last: `24-11-03`. They are told from days by how far they spread.

/// What was seen of dates that begin and end with two digits.
#[derive(Clone, Copy, Default)]
pub struct YearTally {
    /// A bit for each number that stood first.
    firsts: u128,
    /// A bit for each number that stood last.
    lasts: u128,
    /// One had hyphens between: `24-11-03`, as dates with the year first mostly have.
    has_hyphens: bool,
}

/// What a date of three numbers of two digits begins and ends with, and what stands between them.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    first: u8,
    last: u8,
    mark: u8,
}

/// Feedback is of this year of the century, or later.
const RECENT: u32 = 15;

/// Where the year stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Year {
    /// 26-12-31
    First,
    /// 31-12-26, or 12-31-26
    Last,
    /// It could be either.
    Unproved,
}

/// The first and the last of three numbers, where all three have two digits: `24-11-03 10:15`.
pub fn ends(text: &str) -> Option<Ends> {
    let bytes = text.as_bytes();
    let number = |at: usize| match bytes.get(at..at + 2)? {
        [ten @ b'0'..=b'9', one @ b'0'..=b'9'] => Some((ten - b'0') * 10 + one - b'0'),
        _ => None,
    };
    let (first, _, last) = (number(0)?, number(3)?, number(6)?);
    let is_longer = bytes.get(8).is_some_and(u8::is_ascii_digit);
    let mark = bytes[2];
    let is_date = !is_longer && mark == bytes[5] && !mark.is_ascii_digit();
    is_date.then_some(Ends { first, last, mark })
}

impl YearTally {
    /// Notes a date's ends.
    pub fn see(&mut self, ends: Ends) {
        self.firsts |= 1 << ends.first;
        self.lasts |= 1 << ends.last;
        self.has_hyphens |= ends.mark == b'-';
    }

    /// Days spread over the whole month, years over a few: a file in which it would be the other way round, the same
    /// few days in each of many years, there is none.
    pub fn proved(self) -> Year {
        if is_year_beside(self.firsts, self.lasts) {
            Year::First
        } else if is_year_beside(self.lasts, self.firsts) {
            Year::Last
        } else if !self.has_hyphens && self.lasts.trailing_zeros() >= RECENT {
            // With slashes and points hardly anybody writes the year first, and where it stands last none is old.
            Year::Last
        } else {
            Year::Unproved
        }
    }
}

/// Whether numbers are surely years, and those at the other end days: three years and a third of a month, or many years
/// and a whole month.
fn is_year_beside(years: u128, days: u128) -> bool {
    let (count, days) = (days.count_ones(), span(days));
    let years = span(years);
    (years <= 3 && days >= 10 && count >= 4) || (years <= 15 && days >= 27 && count >= 20)
}

/// How far the least and the greatest number are apart.
fn span(numbers: u128) -> u32 {
    127u32.saturating_sub(numbers.leading_zeros() + numbers.trailing_zeros())
}
