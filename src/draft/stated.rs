//! The scale that a header names by its end alone: `(out of 10)`, `/7`, `7-point scale`.

/// What stands before the greatest number of a scale.
const BEFORE: [&str; 6] = ["out of", "sur", "max.", "max", "maximal", "maximum"];
/// What stands behind the number of a scale's steps.
const BEHIND: [&str; 6] = ["point", "stufig", "punkt", "step", "er", "pt"];
/// What a scale is called.
const CALLED: &str = "scale|likert|rating|skala|échelle|escala|scala";
/// What the numbers of a scale are called.
const COUNTED: &str =
    "points|stars|punkte|punkten|sterne|sternen|étoiles|puntos|punti|pontos|punten";

/// The greatest number of the scale.
pub fn most(called: &str) -> Option<i64> {
    let called = called.to_lowercase();
    let mut starts = called.char_indices().filter(|(at, sign)| {
        sign.is_ascii_digit() && !called[..*at].ends_with(|before: char| before.is_ascii_digit())
    });
    starts.find_map(|(at, _)| {
        let (left, from) = called.split_at(at);
        let end = from.find(|sign: char| !sign.is_ascii_digit());
        let (digits, right) = from.split_at(end.unwrap_or(from.len()));
        let number: i64 = digits.parse().ok()?;
        let is_one = match number {
            3..=10 => is_end(left, right) || is_count(left, right),
            20 | 100 => is_end(left, right),
            _ => false,
        };
        is_one.then_some(number)
    })
}

/// `out of 10`, `/ 10`; but neither `3/7`, a part of a whole, nor `out of 10 shops`.
fn is_end(left: &str, right: &str) -> bool {
    let left = left.trim_end();
    let is_before = match left.strip_suffix('/') {
        Some(before) => {
            let before = before.trim_end();
            !before.ends_with(char::is_numeric)
        }
        None => BEFORE.iter().any(|words| {
            let before = left.strip_suffix(words);
            before.is_some_and(|before| !before.ends_with(char::is_alphanumeric))
        }),
    };
    is_before && (is_over(right) || COUNTED.split('|').any(|word| word == next_word(right)))
}

/// `7-point scale`, `10er-Skala`; but no `7 point plan`.
fn is_count(left: &str, right: &str) -> bool {
    if left.ends_with(char::is_alphanumeric) {
        return false;
    }
    let is_apart = right.starts_with(' ');
    let right = right.trim_start_matches([' ', '-', '‑']);
    let Some(rest) = BEHIND.iter().find_map(|word| right.strip_prefix(word)) else {
        return false;
    };
    let rest = rest.trim_start_matches(char::is_alphabetic);
    let is_called = CALLED.split('|').any(|word| word == next_word(rest));
    is_called || (is_over(rest) && !is_apart)
}

/// Whether a phrase ends here.
fn is_over(right: &str) -> bool {
    let right = right.trim_start();
    !right.starts_with(|sign: char| sign.is_alphanumeric() || "-/%".contains(sign))
}

/// The next word, up to what is no letter.
fn next_word(right: &str) -> &str {
    let right = right.trim_start_matches([' ', '-', '‑']);
    let end = right.find(|sign: char| !sign.is_alphabetic());
    &right[..end.unwrap_or(right.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_name_the_end_of_its_scale() {
        for (header, end) in [
            ("Rating (out of 10)", Some(10)),
            ("Rating out of 5 stars", Some(5)),
            ("Rating /7", Some(7)),
            ("Rating/ 10", Some(10)),
            ("Note sur 20", Some(20)),
            ("Score (/100)", Some(100)),
            ("7-point scale", Some(7)),
            ("Agreement (5-point Likert)", Some(5)),
            ("Agreement, 7 point scale", Some(7)),
            ("7-stufige Skala", Some(7)),
            ("Bewertung (10er-Skala)", Some(10)),
            ("Bewertung (max. 5 Punkte)", Some(5)),
            ("Wave 3/7", None),
            ("Wave 3 / 7", None),
            ("24/7 support", None),
            ("Rating out of 10 shops", None),
            ("The 7 point plan", None),
            ("The 7-point plan", None),
            ("Q5 permanent", None),
            ("Rating of the last 7", None),
            ("11/10/2026", None),
        ] {
            assert_eq!(most(header), end, "{header}");
        }
    }
}
