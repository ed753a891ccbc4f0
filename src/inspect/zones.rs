//! Words in dates that no format reads: time zones by their abbreviations, AM and PM with points. A mapping's `replace`
//! makes them readable, and a column is proved by the very same expressions.

use regex::Regex;
use serde::Serialize;

/// AM and PM with points: `2:05 p.m.`
pub const POINTS: (&str, &str) = (r"(?i)([ap])\. ?m\.", "${1}m");

/// The ending of a day: `3rd March 2026`.
pub const ENDINGS: (&str, &str) = (r"(?i)([0-9])(?:st|nd|rd|th)\b", "$1");

/// Abbreviations of one meaning, and their offsets: what is said in winter beside what is said in summer, which a file of
/// one season lacks.
const KNOWN: [&[(&str, &str)]; 11] = [
    &[("CET", "+01:00"), ("CEST", "+02:00")],
    &[("MEZ", "+01:00"), ("MESZ", "+02:00")],
    &[("WET", "+00:00"), ("WEST", "+01:00")],
    &[("EET", "+02:00"), ("EEST", "+03:00")],
    &[("EST", "-05:00"), ("EDT", "-04:00")],
    &[("MST", "-07:00"), ("MDT", "-06:00")],
    &[("PST", "-08:00"), ("PDT", "-07:00")],
    &[("JST", "+09:00")],
    &[("SGT", "+08:00")],
    &[("AEST", "+10:00"), ("AEDT", "+11:00")],
    &[("NZST", "+12:00"), ("NZDT", "+13:00")],
];

/// Abbreviations of several meanings with those of summer: their expression, and zones that each may stand for.
const AMBIGUOUS: [(&str, &str, &[&str]); 4] = [
    (
        "IST",
        " IST$",
        &["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"],
    ),
    (
        "CST CDT",
        " C[SD]T$",
        &["America/Chicago", "Asia/Shanghai", "America/Havana"],
    ),
    ("BST", " BST$", &["Europe/London", "Asia/Dhaka"]),
    ("AST ADT", " A[SD]T$", &["America/Halifax", "Asia/Riyadh"]),
];

/// A step of `replace`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reword {
    /// The expression.
    pub pattern: String,
    /// What stands for what it finds.
    pub with: &'static str,
}

/// A date in words that formats read.
pub struct Reworded {
    /// The date.
    pub text: String,
    /// How it was made.
    pub steps: Vec<Reword>,
    /// The abbreviation left out because it stands for several zones.
    pub ambiguous: Option<&'static str>,
}

/// Zones that an abbreviation of several meanings may stand for.
pub fn zones_of(abbreviation: &str) -> &'static [&'static str] {
    let mut all = AMBIGUOUS.iter();
    let found = all.find(|(names, ..)| names.split(' ').any(|name| name == abbreviation));
    found.map_or(&[], |(.., zones)| zones)
}

/// A text with such words made readable; `None` where it has none.
pub fn reword(text: &str, points: &Regex, endings: &Regex) -> Option<Reworded> {
    let mut text = text.to_owned();
    let mut steps = Vec::new();
    let mut ambiguous = None;
    // Most texts have none of them, and the expressions are dear.
    let has = |signs: &[&str]| signs.iter().any(|one| text.contains(one));
    let words = [
        (has(&["m.", "M."]), points, POINTS),
        (has(&["st", "nd", "rd", "th"]), endings, ENDINGS),
    ];
    for (is_likely, expression, (pattern, with)) in words {
        if !is_likely {
            continue;
        }
        let changed = expression.replace_all(&text, with).into_owned();
        if changed != text {
            text = changed;
            let pattern = pattern.to_owned();
            steps.push(Reword { pattern, with });
        }
    }
    if let Some((before, last)) = text.rsplit_once(' ')
        && let Some(named) = named(last)
    {
        let end = before.len();
        steps.extend(named.steps);
        ambiguous = named.ambiguous;
        match named.offset {
            Some(offset) => text.replace_range(end + 1.., offset),
            None => text.truncate(end),
        }
    }
    (!steps.is_empty()).then_some(Reworded {
        text,
        steps,
        ambiguous,
    })
}

/// An abbreviation of a time zone at the end of a date.
struct Named {
    /// What makes it readable.
    steps: Vec<Reword>,
    /// What it becomes; nothing where it stands for several zones.
    offset: Option<&'static str>,
    /// It, where it does.
    ambiguous: Option<&'static str>,
}

fn named(last: &str) -> Option<Named> {
    let mut all = KNOWN.iter();
    if let Some(zones) = all.find(|zones| zones.iter().any(|(name, _)| *name == last)) {
        let own = zones.iter().find(|(name, _)| *name == last);
        let steps = zones.iter().map(|(name, with)| Reword {
            pattern: format!(r"\b{name}$"),
            with,
        });
        return Some(Named {
            steps: steps.collect(),
            offset: own.map(|(_, offset)| *offset),
            ambiguous: None,
        });
    }
    let mut all = AMBIGUOUS.iter();
    all.find_map(|(names, pattern, _)| {
        let name = names.split(' ').find(|name| *name == last)?;
        let pattern = (*pattern).to_owned();
        Some(Named {
            steps: vec![Reword { pattern, with: "" }],
            offset: None,
            ambiguous: Some(name),
        })
    })
}

/// A time zone in a cell of its own, behind a time.
pub struct Zone {
    /// How it is read behind a blank; nothing where it stands for several zones.
    pub format: Option<&'static str>,
    /// What makes it readable.
    pub steps: Vec<Reword>,
    /// Its abbreviation, where it stands for several zones.
    pub ambiguous: Option<&'static str>,
}

/// A time zone: an abbreviation, an offset, a name such as `Europe/London`.
pub fn zone(text: &str) -> Option<Zone> {
    let plain = |format| Zone {
        format: Some(format),
        steps: Vec::new(),
        ambiguous: None,
    };
    if let Some(named) = named(text) {
        return Some(Zone {
            format: named.offset.map(|_| " %:z"),
            steps: named.steps,
            ambiguous: named.ambiguous,
        });
    }
    match text {
        "UTC" | "GMT" | "Z" => return Some(plain(" %Z")),
        _ if text.contains('/') && jiff::tz::TimeZone::get(text).is_ok() => {
            return Some(plain(" %Q"));
        }
        _ => {}
    }
    let digits = text.strip_prefix(['+', '-'])?;
    let is_digit = |sign: &u8| sign.is_ascii_digit();
    match digits.as_bytes() {
        [hours @ .., b':', a, b]
            if hours.len() == 2 && hours.iter().chain([a, b]).all(is_digit) =>
        {
            Some(plain(" %:z"))
        }
        four if four.len() == 4 && four.iter().all(is_digit) => Some(plain(" %z")),
        _ => None,
    }
}
