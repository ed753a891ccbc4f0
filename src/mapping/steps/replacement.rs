//! What takes the place of a match: a text with `$1`, `$name`, `${name}`, `$$`.
//!
//! As the regex crate reads it (`Captures::expand`): a name is as long as it can be, so `$1x` is the group `1x`, and what
//! no group has is nothing. Here that is an error.

use regex::Regex;

/// The first reference to a group that the pattern lacks, as it stands.
pub fn unknown_group<'a>(with: &'a str, pattern: &Regex) -> Option<&'a str> {
    let mut left = with;
    while let Some(at) = left.find('$') {
        let reference = &left[at..];
        let (name, length) = name(&reference[1..]);
        if let Some(name) = name
            && !has_group(pattern, name)
        {
            return Some(&reference[..=length]);
        }
        left = &reference[1 + length..];
    }
    None
}

fn has_group(pattern: &Regex, name: &str) -> bool {
    match name.parse::<usize>() {
        Ok(number) => number < pattern.captures_len(),
        Err(_) => pattern.capture_names().flatten().any(|own| own == name),
    }
}

/// The group that is named behind a dollar, if one is, and how many bytes that takes.
fn name(text: &str) -> (Option<&str>, usize) {
    if text.starts_with('$') {
        return (None, 1);
    }
    if let Some(inner) = text.strip_prefix('{') {
        return match inner.find('}') {
            Some(end) => (Some(&inner[..end]), end + 2),
            None => (None, 0),
        };
    }
    let is_of_a_name = |character: char| character == '_' || character.is_ascii_alphanumeric();
    let end = text.find(|character| !is_of_a_name(character));
    let name = &text[..end.unwrap_or(text.len())];
    ((!name.is_empty()).then_some(name), name.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_group_that_the_pattern_lacks_is_found() {
        let pattern = Regex::new(r"^(\w+) (?P<last>\w+)$").unwrap();
        for (with, expected) in [
            ("$2, $1", None),
            ("${1}x $last $0", None),
            ("$$9 costs 5$ or ${", None),
            ("$1x", Some("$1x")),
            ("$1_$2", Some("$1_")),
            ("a $3", Some("$3")),
            ("${first}", Some("${first}")),
            ("$$$3", Some("$3")),
        ] {
            assert_eq!(unknown_group(with, &pattern), expected, "{with}");
        }
    }

    proptest! {
        #[test]
        fn what_is_not_found_is_replaced_by_every_reference(with in "[$ {}1-3a_é]{0,12}") {
            let pattern = Regex::new("(x)(y)").unwrap();
            // A group that is there is never empty here: what the regex crate drops is what we find.
            let marked = with.replace("$$", "");
            let dropped = pattern.replace("xy", marked.as_str()).is_empty() && !marked.is_empty();
            if dropped {
                prop_assert!(unknown_group(&marked, &pattern).is_some());
            }
        }
    }
}
