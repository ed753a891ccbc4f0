//! Numbers as people and spreadsheets write them.

use crate::mapping::spec::NumberStyle;
use crate::record::{Number, trim};

/// So many digits a float keeps of any number.
const SURE_DIGITS: usize = f64::DIGITS as usize;

/// Reads a number: a sign, digits, groups of three where a thousands sign is set, a fraction, an exponent.
///
/// `None` for anything else, and for numbers of more digits than can be kept: whole ones exactly, others before the
/// decimal sign.
pub fn parse(text: &str, style: NumberStyle) -> Option<Number> {
    let text = trim(text);
    if let Some(whole) = plain(text) {
        return Some(Number::Whole(whole));
    }
    let (negative, digits) = match text.chars().next()? {
        sign @ ('-' | '\u{2212}') => (true, &text[sign.len_utf8()..]),
        '+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent_digits(exponent)?)),
        None => (digits, None),
    };
    let decimal = style.decimal.unwrap_or('.');
    let (whole, fraction) = match mantissa.split_once(decimal) {
        Some((whole, fraction)) => (whole, fraction),
        None => (mantissa, ""),
    };
    let whole = ungroup(whole, style.thousands)?;
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(&whole) || !is_digits(fraction) || whole.len() + fraction.len() == 0 {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    if exponent.is_none() && fraction.bytes().all(|byte| byte == b'0') {
        let whole = if whole.is_empty() { "0" } else { &whole };
        return format!("{sign}{whole}").parse().ok().map(Number::Whole);
    }
    if exponent.is_none() && whole.trim_start_matches('0').len() > SURE_DIGITS {
        return None;
    }
    let canonical = format!("{sign}{whole}.{fraction}e{}", exponent.unwrap_or("0"));
    canonical.parse().ok().and_then(Number::from_f64)
}

/// Digits alone, as most numbers are: few enough that nothing overflows.
pub fn plain(text: &str) -> Option<i64> {
    const MOST: usize = 18;
    if text.is_empty() || text.len() > MOST {
        return None;
    }
    text.bytes().try_fold(0, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        Some(10 * number + digit)
    })
}

fn exponent_digits(exponent: &str) -> Option<&str> {
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let sound = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    sound.then_some(exponent)
}

/// Takes the thousands signs away; `None` where they stand in wrong places.
fn ungroup(whole: &str, thousands: Option<char>) -> Option<std::borrow::Cow<'_, str>> {
    let Some(sign) = thousands else {
        return Some(whole.into());
    };
    // Where groups are set apart by a blank, exports use any of three.
    let blanks = [' ', '\u{a0}', '\u{202f}'];
    let is_sign = |character: char| {
        character == sign || (blanks.contains(&sign) && blanks.contains(&character))
    };
    if !whole.contains(is_sign) {
        return Some(whole.into());
    }
    let mut groups = whole.split(is_sign);
    let first = groups.next()?;
    let mut joined = first.to_owned();
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        joined.push_str(group);
    }
    (1..=3).contains(&first.len()).then_some(joined.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMA: NumberStyle = NumberStyle {
        decimal: Some(','),
        thousands: Some('.'),
    };

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let table = [
            ("9", NumberStyle::default(), Some(Number::Whole(9))),
            ("9.0", NumberStyle::default(), Some(Number::Whole(9))),
            ("-0.5", NumberStyle::default(), Some(Number::Fraction(-0.5))),
            ("+7", NumberStyle::default(), Some(Number::Whole(7))),
            ("\u{2212}7", NumberStyle::default(), Some(Number::Whole(-7))),
            ("1.18E+3", NumberStyle::default(), Some(Number::Whole(1180))),
            (".5", NumberStyle::default(), Some(Number::Fraction(0.5))),
            ("9,5", NumberStyle::default(), None),
            ("9,5", COMMA, Some(Number::Fraction(9.5))),
            ("1.234,5", COMMA, Some(Number::Fraction(1234.5))),
            ("1.23", COMMA, None),
            ("1234567", COMMA, Some(Number::Whole(1_234_567))),
            (
                "9223372036854775807",
                NumberStyle::default(),
                Some(Number::Whole(i64::MAX)),
            ),
            ("92233720368547758070", NumberStyle::default(), None),
            ("1234567890123456.78", NumberStyle::default(), None),
            ("12345678901234567890.5", NumberStyle::default(), None),
            (
                "000123456789012345.5",
                NumberStyle::default(),
                Some(Number::Fraction(123_456_789_012_345.5)),
            ),
            (
                "0.30000000000000004441",
                NumberStyle::default(),
                Some(Number::Fraction(0.300_000_000_000_000_04)),
            ),
            ("", NumberStyle::default(), None),
            (".", NumberStyle::default(), None),
            ("--5", NumberStyle::default(), None),
            ("1e", NumberStyle::default(), None),
            ("inf", NumberStyle::default(), None),
            ("NaN", NumberStyle::default(), None),
            ("0x10", NumberStyle::default(), None),
            ("95%", NumberStyle::default(), None),
        ];
        for (text, style, expected) in table {
            assert_eq!(parse(text, style), expected, "{text}");
        }
    }

    #[test]
    fn blanks_group_digits_in_any_width() {
        let style = NumberStyle {
            decimal: Some(','),
            thousands: Some(' '),
        };
        assert_eq!(
            parse("1\u{202f}234\u{a0}567,5", style),
            Some(Number::Fraction(1_234_567.5))
        );
    }

    proptest! {
        #[test]
        fn what_prints_reads_back(whole: i64, fraction in -1e12f64..1e12) {
            prop_assert_eq!(parse(&whole.to_string(), NumberStyle::default()), Some(Number::Whole(whole)));
            let number = Number::from_f64(fraction).unwrap();
            prop_assert_eq!(parse(&number.to_string(), NumberStyle::default()), Some(number));
        }

        #[test]
        fn no_text_makes_a_panic(text: String) {
            parse(&text, NumberStyle::default());
            parse(&text, COMMA);
        }
    }
}
