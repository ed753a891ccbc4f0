//! How the numbers of a column are written: whether that proves which sign is which, and whether they would print back
//! as they were.

/// What stands behind a sign, over all values in which it is the last.
#[derive(Clone, Copy, Default)]
struct Sign {
    count: u64,
    /// How many would be a number whichever way the sign is taken: `1.000`.
    either: u64,
    /// How many digits there are behind it, a bit for each length.
    lengths: u32,
    /// The same of those that end in zero.
    zeros: u32,
}

/// The numbers of a column so far.
#[derive(Clone, Copy, Default)]
pub struct Writing {
    point: Sign,
    comma: Sign,
    exponents: u64,
    /// Numbers of JSON and spreadsheets, which need no reading.
    typed: u64,
}

impl Writing {
    /// Sees a number; `is_typed`: the file itself says that it is one.
    pub fn see(&mut self, text: &str, is_typed: bool) {
        if is_typed {
            self.typed += 1;
            return;
        }
        self.exponents += u64::from(text.contains(['e', 'E']));
        let Some((before, after)) = text.rsplit_once(['.', ',']) else {
            return;
        };
        let is_comma = text[before.len()..].starts_with(',');
        let sign = if is_comma {
            &mut self.comma
        } else {
            &mut self.point
        };
        let digits = before.trim_start_matches(['-', '+', '\u{2212}']);
        let is_either = after.len() == 3
            && after.bytes().all(|byte| byte.is_ascii_digit())
            && (1..=3).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        let length = 1 << after.len().min(31);
        sign.count += 1;
        sign.either += u64::from(is_either);
        sign.lengths |= length;
        if after.ends_with('0') {
            sign.zeros |= length;
        }
    }

    /// The sign of a column in which nothing tells whether it stands before a fraction or between groups.
    pub fn unproved(&self) -> Option<char> {
        let is_open = |sign: Sign, other: Sign| {
            sign.count > 0
                && sign.either == sign.count
                && other.count == 0
                && self.typed + self.exponents == 0
        };
        match (
            is_open(self.point, self.comma),
            is_open(self.comma, self.point),
        ) {
            (true, _) => Some('.'),
            (_, true) => Some(','),
            _ => None,
        }
    }

    /// Whether the way the numbers are written proves the decimal sign under which they were read.
    pub fn is_proof(&self) -> bool {
        self.point.count + self.comma.count > 0
            && self.typed + self.exponents == 0
            && self.unproved().is_none()
    }

    /// Whether no two values become one when they are read as numbers: `1.1` and `1.10` would, and `10E0` is no ten.
    pub fn prints_back(&self, decimal: char) -> bool {
        let sign = if decimal == ',' {
            self.comma
        } else {
            self.point
        };
        // Programs print `4.0` beside `4.25`.
        let is_plain = sign.lengths.count_ones() <= 1 || sign.zeros & !(1 << 1) == 0;
        self.exponents == 0 && is_plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Writing {
        let mut writing = Writing::default();
        for value in values {
            writing.see(value, false);
        }
        writing
    }

    #[test]
    fn three_digits_behind_the_only_sign_prove_nothing() {
        let table: [(&[&str], Option<char>); 9] = [
            (&["1.000", "2.137"], Some('.')),
            (&["1,000", "950"], Some(',')),
            (&["-1.000"], Some('.')),
            (&["1.000", "2.5"], None),
            (&["0.125", "1.250"], None),
            (&["1.000.000", "1.000"], None),
            (&["1.646,00"], None),
            (&["1234.567"], None),
            (&["12"], None),
        ];
        for (values, sign) in table {
            assert_eq!(of(values).unproved(), sign, "{values:?}");
        }
        let mut typed = Writing::default();
        typed.see("1.125", true);
        assert_eq!(typed.unproved(), None);
    }

    #[test]
    fn numbers_that_would_collapse_do_not_print_back() {
        for values in [
            &["1.5", "2.25"][..],
            &["30.00", "31.10"],
            &["4.0", "4.25"],
            &["7"],
        ] {
            assert!(of(values).prints_back('.'), "{values:?}");
        }
        for values in [&["1.1", "1.10"][..], &["10E0"]] {
            assert!(!of(values).prints_back('.'), "{values:?}");
        }
    }
}
