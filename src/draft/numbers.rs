//! Which columns of digits are quantities, and how they are read where they alone do not prove it.

use super::text::plain;
use crate::inspect::words::{Topic, is_about, spaced};
use crate::inspect::{Column, Kind, Profile};

/// One file is written in one style: what other columns prove of the decimal sign holds for those that prove nothing.
pub fn settle(profile: &mut Profile) {
    let columns = profile.columns.iter();
    let mut proved = columns
        .filter(|column| is_quantity(column))
        .filter_map(|column| column.proved);
    let Some(decimal) = proved.next() else {
        return;
    };
    if proved.any(|other| other != decimal) {
        return;
    }
    for column in &mut profile.columns {
        let (Some(sign), Some(number)) = (column.unproved, &mut column.number) else {
            continue;
        };
        column.unproved = None;
        number.decimal = Some(decimal).filter(|sign| *sign != '.');
        if sign != decimal {
            number.thousands = Some(sign);
            number.max *= 1000.0;
        }
    }
}

/// Why a column of numbers is posted as text, and what would make it numbers.
pub fn unproved(column: &Column) -> Option<String> {
    let sign = column.unproved?;
    let sample = column
        .samples
        .iter()
        .find(|sample| sample.contains(sign))
        .map_or_else(|| format!("1{sign}000"), |sample| plain(sample, 20));
    let (thousands, decimal) = match sign {
        ',' => ("thousands = \",\"", "decimal = \",\""),
        _ => ("thousands = \".\", decimal = \",\"", "decimal = \".\""),
    };
    Some(format!(
        "check: nothing in the file tells whether `{sample}` in `{}` has thousands or a fraction: posted as text; for \
         numbers add type = \"number\" and {thousands} (thousands), or {decimal} (a fraction)",
        plain(&column.called(), 40)
    ))
}

/// Whether an attribute is a number: none that would come out as another text, or by a thousandth.
pub fn is_quantity(column: &Column) -> bool {
    matches!(column.kind, Kind::Integer | Kind::Number)
        && column.odd == 0
        && column.unproved.is_none()
        && column.prints_back
        && !is_code(column)
}

/// Header words of what is called by digits.
const CODES: [&str; 14] = [
    "version",
    "versionsnummer",
    "sku",
    "skus",
    "article",
    "artikel",
    "artikelnummer",
    "build",
    "model",
    "modell",
    "id",
    "ean",
    "gtin",
    "isbn",
];

/// Digits that are no quantity: ids, post codes, versions. They keep their zeros as text.
fn is_code(column: &Column) -> bool {
    let called = spaced(&format!("{} {}", column.name, column.question())).to_lowercase();
    let zero =
        |value: &str| value.len() > 1 && value.starts_with('0') && !value.contains(['.', ',']);
    let long = column.number.is_some_and(|number| number.max.abs() >= 1e9);
    let post = ["zip", "postal", "postcode", "plz", "postleitzahl", "code"]
        .iter()
        .any(|word| called.contains(word));
    long || post
        || is_about(&called, Topic::Id)
        || called
            .split(|sign: char| !sign.is_alphanumeric())
            .any(|word| CODES.contains(&word))
        || column.samples.iter().any(|sample| zero(sample))
        || column.values.iter().any(|(value, _)| zero(value))
        || (column.kind == Kind::Integer
            && column.values.is_empty()
            && column.shortest == column.longest
            && column.longest > 3)
}
