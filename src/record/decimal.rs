//! A JSON number by its digits: what it says, whatever a float would keep of it.

/// A number as its digits and the power of ten of the last of them, without zeros at either end.
#[derive(Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: String,
    scale: i64,
}

impl Decimal {
    /// Of a number as JSON writes it; `None` for any other text.
    pub fn of(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let kept = digits.trim_end_matches('0');
        let zeros = i64::try_from(digits.len() - kept.len()).ok()?;
        let scale = i64::from(exponent) - i64::try_from(fraction.len()).ok()? + zeros;
        let digits = kept.trim_start_matches('0').to_owned();
        Some(if digits.is_empty() {
            Self {
                negative: false,
                digits,
                scale: 0,
            }
        } else {
            Self {
                negative,
                digits,
                scale,
            }
        })
    }

    /// The whole number that it is; `None` where it has a fraction or is too large.
    pub fn whole(&self) -> Option<i64> {
        /// The digits of the largest.
        const MOST: usize = 19;
        if self.digits.is_empty() {
            return Some(0);
        }
        let zeros = usize::try_from(self.scale).ok()?;
        if zeros > MOST || self.digits.len() > MOST {
            return None;
        }
        let sign = if self.negative { "-" } else { "" };
        let digits = &self.digits;
        format!("{sign}{digits}{:0<zeros$}", "").parse().ok()
    }
}

/// Whether two texts are the same number, to the last digit.
pub fn is_same(one: &str, other: &str) -> bool {
    one == other || Decimal::of(one).is_some_and(|value| Some(value) == Decimal::of(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_known_however_they_are_written() {
        for (text, expected) in [
            ("9", Some(9)),
            ("9.0", Some(9)),
            ("-9.00", Some(-9)),
            ("-0.0", Some(0)),
            ("0e5", Some(0)),
            ("1e3", Some(1000)),
            ("1.18E+11", Some(118_000_000_000)),
            ("1200e-2", Some(12)),
            ("9223372036854775807.0", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("4503599627370497.5", None),
            ("9.5", None),
            ("1e-1", None),
            ("1e400", None),
            ("1e99999999999", None),
            ("12345678901234567890123", None),
            ("", None),
            ("-", None),
            ("nine", None),
        ] {
            let whole = Decimal::of(text).and_then(|decimal| decimal.whole());
            assert_eq!(whole, expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_the_same_by_all_their_digits() {
        for (one, other, expected) in [
            ("1.10", "1.1", true),
            ("1e2", "100.0", true),
            ("-0", "0", true),
            ("1.1", "1.2", false),
            ("1", "-1", false),
            ("12345678901234567890123", "12345678901234567890124", false),
            ("0.1", "0.1000000000000000055511151231257827", false),
        ] {
            assert_eq!(is_same(one, other), expected, "{one} {other}");
        }
    }
}
