//! What people write on a command line or in a settings file: durations, rates, bounds of failures.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::identity::Token;
use crate::outcome::quote;
use crate::pipeline::account::MaxFailures;
use crate::upload::rate::Rate;

/// The longest duration taken, a year: beyond it, dates to come could not be told.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// A duration such as `500ms`, `30s`, `5m` or `1h`, of at most a year; a bare number is seconds.
///
/// # Errors
/// It is none; the message says what one looks like.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    number
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number * scale).ok())
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| format!("{} is not a duration such as 500ms, 30s or 5m", quote(text)))
}

/// A duration above zero.
///
/// # Errors
/// As [`parse_duration`]; also where it is zero.
pub fn parse_timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("it must be longer than 0s".to_owned()),
        duration => Ok(duration),
    }
}

/// `50/s`, `600/m`, `10000/h`, `auto` or `unlimited`.
///
/// # Errors
/// It is none of these.
pub fn parse_rate(text: &str) -> Result<Rate, String> {
    let text = text.trim();
    match text {
        "auto" => return Ok(Rate::Auto { start: None }),
        "unlimited" => return Ok(Rate::Unlimited),
        _ => {}
    }
    let fixed = text.split_once('/').and_then(|(count, unit)| {
        let per = match unit.trim() {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return None,
        };
        let count: NonZeroU32 = count.trim().parse().ok()?;
        Some(Rate::Fixed {
            count,
            per: Duration::from_secs(per),
        })
    });
    fixed.ok_or_else(|| {
        format!(
            "{} is not a rate: write a whole number of requests a second, minute or hour, such as 50/s, 600/m or \
             10000/h; or auto, or unlimited",
            quote(text)
        )
    })
}

/// `100`, or `20%`.
///
/// # Errors
/// It is neither.
pub fn parse_max_failures(text: &str) -> Result<MaxFailures, String> {
    let text = text.trim();
    let parsed = match text.strip_suffix('%') {
        Some(percent) => percent
            .trim()
            .parse()
            .ok()
            .filter(|percent| (0.0..=100.0).contains(percent))
            .map(MaxFailures::Percent),
        None => text.parse().ok().map(MaxFailures::Count),
    };
    parsed.ok_or_else(|| {
        format!(
            "{} is neither a number of failures, such as 100, nor a share, such as 20%",
            quote(text)
        )
    })
}

/// One ASCII character between cells; `\t` and `tab` mean the tab.
///
/// # Errors
/// It is more than one character, or none that can stand between cells.
pub fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        br"\t" | b"tab" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err(format!(
            "{} cannot stand between cells: give one ASCII character, such as ';', or 'tab'",
            quote(text)
        )),
    }
}

/// One of several equal shares of the rows, by their tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 0.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Whether a token falls to this share.
    pub fn has(self, token: Token) -> bool {
        u128::from_be_bytes(token.0.0) % u128::from(self.of) == u128::from(self.number)
    }
}

/// `0/4` to `3/4`: K counts from 0, as Kubernetes and Airflow count.
///
/// # Errors
/// It is none of these.
pub fn parse_shard(text: &str) -> Result<Shard, String> {
    let parsed = text.split_once('/').and_then(|(number, of)| {
        let shard = Shard {
            number: number.trim().parse().ok()?,
            of: of.trim().parse().ok()?,
        };
        (shard.number < shard.of).then_some(shard)
    });
    parsed.ok_or_else(|| {
        format!(
            "{} is no share: write K/N with K from 0 to N-1, such as 0/4",
            quote(text)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let table = [
            ("500ms", Some(Duration::from_millis(500))),
            ("30s", Some(Duration::from_secs(30))),
            ("5m", Some(Duration::from_mins(5))),
            ("1h", Some(Duration::from_hours(1))),
            ("7", Some(Duration::from_secs(7))),
            ("1.5s", Some(Duration::from_millis(1500))),
            ("", None),
            ("-1s", None),
            ("5 days", None),
            ("99999h", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_duration(text).ok(), expected, "{text}");
        }
        assert!(parse_timeout("0").is_err());
    }

    #[test]
    fn rates_are_whole_numbers_over_a_unit() {
        let fixed = |count, seconds| Rate::Fixed {
            count: NonZeroU32::new(count).unwrap(),
            per: Duration::from_secs(seconds),
        };
        assert_eq!(parse_rate("50/s"), Ok(fixed(50, 1)));
        assert_eq!(parse_rate(" 600 / m"), Ok(fixed(600, 60)));
        assert_eq!(parse_rate("10000/h"), Ok(fixed(10_000, 3600)));
        assert_eq!(parse_rate("auto"), Ok(Rate::Auto { start: None }));
        assert_eq!(parse_rate("unlimited"), Ok(Rate::Unlimited));
        for wrong in ["50", "0/s", "-1/s", "1.5/s", "50/d", "fast", ""] {
            assert!(parse_rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn failures_are_bounded_by_number_or_share() {
        assert_eq!(parse_max_failures("0"), Ok(MaxFailures::Count(0)));
        assert_eq!(parse_max_failures("20%"), Ok(MaxFailures::Percent(20.0)));
        for wrong in ["-1", "120%", "few", "", "%"] {
            assert!(parse_max_failures(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_token_falls_to_one_share() {
        let shards: Vec<Shard> = (0..3)
            .map(|k| parse_shard(&format!("{k}/3")).unwrap())
            .collect();
        for number in 0..100u8 {
            let token = Token(crate::identity::row_id("s", [number.to_string().as_str()]));
            assert_eq!(shards.iter().filter(|shard| shard.has(token)).count(), 1);
        }
        for wrong in ["3/3", "1", "a/b", "1/0", "-1/2", ""] {
            assert!(parse_shard(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_delimiter_is_one_character() {
        assert_eq!(parse_delimiter(";"), Ok(b';'));
        assert_eq!(parse_delimiter("tab"), Ok(b'\t'));
        assert_eq!(parse_delimiter("\\t"), Ok(b'\t'));
        for wrong in ["", ";;", "\"", "\n", "é"] {
            assert!(parse_delimiter(wrong).is_err(), "{wrong}");
        }
    }
}
