//! What to do about a number or a date that cannot be read, by how it is written.

use super::spec::NumberStyle;
use super::steps::dates::{DateFault, DateReader, check_format};
use super::steps::numbers;

/// What to do about a text that is no number, whatever it is.
pub const MEND: &str = "mend the cell, list the text in null_values, or map it to a number";

/// What to do about a text that is no number as `style` has it.
pub fn of_number(text: &str, style: NumberStyle) -> String {
    let decimal = style.decimal.unwrap_or('.');
    let other = if decimal == ',' { '.' } else { ',' };
    let reads = |decimal: char, thousands: Option<char>| {
        let style = NumberStyle {
            decimal: Some(decimal),
            thousands,
        };
        numbers::parse(text, style)
    };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let leads_with_zero = text.trim().trim_start_matches(['+', '-']).starts_with('0');
    let grouped = reads(decimal, Some(other)).filter(|_| text.contains(other) && !leads_with_zero);
    let fraction = reads(other, None).filter(|_| text.contains(other));
    match (grouped, fraction) {
        (Some(grouped), Some(fraction)) => {
            return format!(
                "if it means {grouped}, set thousands = \"{other}\", if it means {fraction}, decimal = \"{other}\""
            );
        }
        (Some(grouped), None) => {
            return format!("if it means {grouped}, set thousands = \"{other}\"");
        }
        (None, Some(_)) => {
            return format!("if the file writes fractions so, set decimal = \"{other}\"");
        }
        (None, None) => {}
    }
    if reads(other, Some(decimal)).is_some() {
        return format!(
            "if the file writes numbers so, set decimal = \"{other}\" and thousands = \"{decimal}\""
        );
    }
    for sign in [' ', '\''] {
        for decimal in [decimal, other] {
            if reads(decimal, Some(sign)).is_some() {
                return format!(
                    "if the file writes numbers so, set decimal = \"{decimal}\" and thousands = \"{sign}\""
                );
            }
        }
    }
    let is_plain = text
        .trim()
        .chars()
        .all(|sign| sign.is_ascii_digit() || sign == decimal);
    if digits > 15 && is_plain {
        "it has more digits than a number can keep: post it as text".to_owned()
    } else if text.trim().ends_with('%') {
        "take the sign away: replace = [{ pattern = \"%$\", with = \"\" }]".to_owned()
    } else {
        MEND.to_owned()
    }
}

/// The formats by which a date can be read whose day and month could be either way round; `None` where its time is
/// written in a way that is not known here.
pub fn of_ambiguous(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.find([' ', 'T', ',']).unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let signs: Vec<char> = date.chars().filter(|sign| !sign.is_ascii_digit()).collect();
    let [first, second] = signs[..] else {
        return None;
    };
    let year = match date.rsplit(second).next()?.len() {
        4 => "%Y",
        _ => "%y",
    };
    let time = time_format(rest)?;
    let formats = [("%d", "%m"), ("%m", "%d")]
        .map(|(one, other)| format!("{one}{first}{other}{second}{year}{time}"));
    let fitting: Vec<String> = formats
        .into_iter()
        .filter(|format| reads(format, text))
        .map(|format| format!("[\"{format}\"]"))
        .collect();
    (!fitting.is_empty()).then(|| fitting.join(" or "))
}

fn reads(format: &str, text: &str) -> bool {
    let reader = DateReader::new(&[format.to_owned()], None);
    check_format(format).is_ok() && reader.text(text) != Err(DateFault::Unreadable)
}

/// The format of a time of day, with what sets it apart from its date.
fn time_format(text: &str) -> Option<String> {
    let digits = |text: &str| {
        text.len()
            - text
                .trim_start_matches(|sign: char| sign.is_ascii_digit())
                .len()
    };
    let (before, mut rest) = text.split_at(
        text.find(|sign: char| sign.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let mut format = before.replace('%', "%%");
    if rest.is_empty() {
        return before.is_empty().then_some(format);
    }
    let mut parts = Vec::new();
    for (lead, width) in [("", 1..=2), (":", 2..=2), (":", 2..=2), (".", 1..=9)] {
        let Some(after) = rest.strip_prefix(lead) else {
            break;
        };
        if !width.contains(&digits(after)) {
            break;
        }
        parts.push(lead);
        rest = &after[digits(after)..];
    }
    let (noon, zone) = match rest.trim_start().get(..2) {
        Some(half) if ["AM", "PM"].contains(&half.to_ascii_uppercase().as_str()) => {
            let blanks = rest.len() - rest.trim_start().len();
            (Some(&rest[..blanks]), &rest[blanks + 2..])
        }
        _ => (None, rest),
    };
    format.push_str(if noon.is_some() { "%I" } else { "%H" });
    match parts.len() {
        2 => format.push_str(":%M"),
        3 => format.push_str(":%M:%S"),
        4 => format.push_str(":%M:%S%.f"),
        _ => return None,
    }
    if let Some(blanks) = noon {
        format.push_str(blanks);
        format.push_str("%p");
    }
    let name = zone.trim_start();
    format.push_str(&zone[..zone.len() - name.len()]);
    match name.chars().next() {
        None => {}
        Some('+' | '-') if name.contains(':') => format.push_str("%:z"),
        Some('+' | '-') => format.push_str("%z"),
        Some(_) => format.push_str("%Z"),
    }
    Some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_told_by_all_it_may_mean() {
        let texts = [
            "1,234",
            "1,234,567",
            "1,234.50",
            "0,125",
            "9,5",
            "1.234,5",
            "1 234",
            "1'234.5",
            "1 234,5",
            "95%",
            "ten",
        ];
        let told: Vec<String> = texts
            .iter()
            .map(|text| format!("{text}: {}", of_number(text, NumberStyle::default())))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        1,234: if it means 1234, set thousands = ",", if it means 1.234, decimal = ","
        1,234,567: if it means 1234567, set thousands = ","
        1,234.50: if it means 1234.5, set thousands = ","
        0,125: if the file writes fractions so, set decimal = ","
        9,5: if the file writes fractions so, set decimal = ","
        1.234,5: if the file writes numbers so, set decimal = "," and thousands = "."
        1 234: if the file writes numbers so, set decimal = "." and thousands = " "
        1'234.5: if the file writes numbers so, set decimal = "." and thousands = "'"
        1 234,5: if the file writes numbers so, set decimal = "," and thousands = " "
        95%: take the sign away: replace = [{ pattern = "%$", with = "" }]
        ten: mend the cell, list the text in null_values, or map it to a number
        "#);
        let comma = NumberStyle {
            decimal: Some(','),
            thousands: None,
        };
        insta::assert_snapshot!(of_number("1.234,5", comma), @r#"if it means 1234.5, set thousands = ".""#);
    }

    #[test]
    fn the_formats_of_a_date_are_as_it_is_written() {
        let texts = [
            "03/04/2026",
            "03.04.2026",
            "3-4-26",
            "03/04/26",
            "03/04/2026 10:15",
            "3/4/2026 3:04:11 PM",
            "03/04/2026, 10:15:00.250",
            "03/04/2026T10:15:00+01:00",
            "03/04/2026 10:15 GMT+1",
            "25/12/2026",
            "03/04/2026 at ten",
            "31/31/2026",
            "03/04/2026 10",
        ];
        let told: Vec<String> = texts
            .iter()
            .map(|text| format!("{text}: {}", of_ambiguous(text).unwrap_or_default()))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        03/04/2026: ["%d/%m/%Y"] or ["%m/%d/%Y"]
        03.04.2026: ["%d.%m.%Y"] or ["%m.%d.%Y"]
        3-4-26: ["%d-%m-%y"] or ["%m-%d-%y"]
        03/04/26: ["%d/%m/%y"] or ["%m/%d/%y"]
        03/04/2026 10:15: ["%d/%m/%Y %H:%M"] or ["%m/%d/%Y %H:%M"]
        3/4/2026 3:04:11 PM: ["%d/%m/%Y %I:%M:%S %p"] or ["%m/%d/%Y %I:%M:%S %p"]
        03/04/2026, 10:15:00.250: ["%d/%m/%Y, %H:%M:%S%.f"] or ["%m/%d/%Y, %H:%M:%S%.f"]
        03/04/2026T10:15:00+01:00: ["%d/%m/%YT%H:%M:%S%:z"] or ["%m/%d/%YT%H:%M:%S%:z"]
        03/04/2026 10:15 GMT+1: ["%d/%m/%Y %H:%M %Z"] or ["%m/%d/%Y %H:%M %Z"]
        25/12/2026: ["%d/%m/%Y"]
        03/04/2026 at ten: 
        31/31/2026: 
        03/04/2026 10:
        "#);
    }
}
