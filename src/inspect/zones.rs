//! Words in dates that no format reads: time zones by their abbreviations, AM and PM with points. A mapping's `replace`
//! makes them readable, and a column is proved by the very same expressions.

use regex::Regex;
use serde::Serialize;

/// AM and PM with points: `2:05 p.m.`
pub const POINTS: (&str, &str) = (r"(?i)([ap])\. ?m\.", "${1}m");

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
pub fn reword(text: &str, points: &Regex) -> Option<Reworded> {
    let mut text = text.to_owned();
    let mut steps = Vec::new();
    let mut ambiguous = None;
    // Most texts have none of them, and the expression is dear.
    if text.contains("m.") || text.contains("M.") {
        let changed = points.replace_all(&text, POINTS.1).into_owned();
        if changed != text {
            text = changed;
            let (pattern, with) = (POINTS.0.to_owned(), POINTS.1);
            steps.push(Reword { pattern, with });
        }
    }
    let known = |last: &str| {
        let mut all = KNOWN.iter();
        let zones = all.find(|zones| zones.iter().any(|(name, _)| *name == last))?;
        let own = zones.iter().find(|(name, _)| *name == last)?;
        Some((*zones, own.1))
    };
    let unclear = |last: &str| {
        let mut all = AMBIGUOUS.iter();
        all.find_map(|(names, pattern, _)| {
            let name = names.split(' ').find(|name| *name == last)?;
            Some((name, *pattern))
        })
    };
    let split = text.rsplit_once(' ');
    let split = split.map(|(before, last)| (before.len(), known(last), unclear(last)));
    match split {
        Some((end, Some((zones, offset)), _)) => {
            steps.extend(zones.iter().map(|(name, with)| Reword {
                pattern: format!(r"\b{name}$"),
                with,
            }));
            text.replace_range(end + 1.., offset);
        }
        Some((end, _, Some((name, pattern)))) => {
            let pattern = pattern.to_owned();
            steps.push(Reword { pattern, with: "" });
            ambiguous = Some(name);
            text.truncate(end);
        }
        _ => {}
    }
    (!steps.is_empty()).then_some(Reworded {
        text,
        steps,
        ambiguous,
    })
}
