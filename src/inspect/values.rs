//! Single values: what a cell or a JSON scalar could be.

use std::borrow::Cow;

use jiff::civil::DateTime;

use super::words::is_no;
use crate::record::{CellRef, may_be_rounded, number_text};

/// A value of a column.
#[derive(Clone, Debug)]
pub enum Scalar<'a> {
    /// Nothing there.
    Empty,
    /// Text.
    Text(Cow<'a, str>),
    /// The digits of a number that the file itself calls one.
    Number(Cow<'a, str>),
    /// The digits of a number of which the spreadsheet may have kept only the first.
    Rounded(Cow<'a, str>),
    /// A truth value.
    Bool(bool),
    /// A real date of a spreadsheet.
    DateTime(DateTime),
    /// A spreadsheet's error.
    Error(&'a str),
}

impl<'a> Scalar<'a> {
    /// A cell of a table.
    pub fn of_cell(cell: CellRef<'a>) -> Self {
        match cell {
            CellRef::Empty => Self::Empty,
            CellRef::Text(text) => Self::Text(Cow::Borrowed(text)),
            CellRef::Number(number) if may_be_rounded(number) => {
                Self::Rounded(Cow::Owned(number_text(number)))
            }
            CellRef::Number(number) => Self::Number(Cow::Owned(number_text(number))),
            CellRef::Bool(value) => Self::Bool(value),
            CellRef::DateTime(at) => Self::DateTime(at),
            CellRef::Error(text) => Self::Error(text),
        }
    }

    /// As a person sees it.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) | Self::Number(text) | Self::Rounded(text) => Cow::Borrowed(text),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::DateTime(at) => CellRef::DateTime(*at).text(),
            Self::Error(text) => Cow::Borrowed(text),
        }
    }
}

/// Digits with or without a sign.
pub fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that a labelled choice begins with: `10 - Extremely likely`, `4 / 5`, `5 stars`.
pub fn leading_number(text: &str) -> Option<f64> {
    let end = text
        .find(|sign: char| !sign.is_ascii_digit())
        .filter(|end| (1..=3).contains(end))?;
    let rest = text[end..].trim_start();
    let labelled = rest.starts_with(['-', '–', '—', '=', ':', '(', '/', ')', '%', '★', '⭐'])
        || rest.chars().next().is_some_and(char::is_alphabetic);
    (labelled && text.len() <= 60 && !is_date_like(text))
        .then(|| text[..end].parse().ok())
        .flatten()
}

/// A number with words set apart from it: `0 - Not at all likely`, `5: excellent`, but neither `12b` nor `18-24`.
pub fn is_labelled(text: &str) -> bool {
    let words = text.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let label = words.trim_start_matches([' ', '\u{a0}', '-', '–', '—', '=', ':', '(']);
    leading_number(text).is_some()
        && label.len() < words.len()
        && label.starts_with(char::is_alphabetic)
}

/// `3-4-2026`, `12/31/26`
fn is_date_like(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    // `5: excellent` is no time of day.
    let mut behind = text.split(':').skip(1);
    digits > 4 || behind.any(|rest| rest.starts_with(|sign: char| sign.is_ascii_digit()))
}

/// Yes and no in the words that exports use; `1` and `0` are numbers.
pub fn is_boolean(text: &str) -> bool {
    const WORDS: [&str; 29] = [
        "true",
        "false",
        "yes",
        "no",
        "y",
        "n",
        "wahr",
        "falsch",
        "ja",
        "nein",
        "vrai",
        "faux",
        "oui",
        "non",
        "sí",
        "si",
        "verdadero",
        "falso",
        "tak",
        "nie",
        "nee",
        "waar",
        "onwaar",
        "sì",
        "vero",
        "sim",
        "não",
        "nao",
        "verdadeiro",
    ];
    text.len() <= 10 && WORDS.contains(&text.to_lowercase().as_str())
}

/// Yes or no, in words or numbers, or a tick: what a box is that may be ticked.
pub fn is_flag(text: &str) -> bool {
    matches!(text, "0" | "1") || is_boolean(text) || is_tick(text) || is_no(text)
}

/// What tools write for a box that is ticked.
fn is_tick(text: &str) -> bool {
    const WORDS: &str = "x|✓|✔|☑|☒|checked|ticked|selected|ausgewählt|angekreuzt|gewählt|genannt|coché|sélectionné|\
        seleccionado|marcado|selezionato|selecionado|assinalado|geselecteerd|aangevinkt";
    let text = text.to_lowercase();
    WORDS.split('|').any(|word| word == text)
}

/// An e-mail address.
pub fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else {
        return false;
    };
    let plain = |part: &str| !part.is_empty() && !part.contains([' ', '@', ',', '"']);
    plain(user)
        && plain(host)
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
}

/// A web address.
pub fn is_url(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://")) && !text.contains(' ')
}

/// A phone number that looks like one: a plus or a leading zero, or blanks and brackets between its digits.
pub fn is_phone(text: &str) -> bool {
    let text = text.strip_prefix('\'').unwrap_or(text);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let others = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b" ()-./+".contains(&byte));
    (7..=15).contains(&digits)
        && others
        && (text.starts_with('+')
            || text.starts_with('(')
            || (text.starts_with('0') && text.contains([' ', '/', '-'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_they_look_like() {
        assert_eq!(leading_number("10 - Extremely likely"), Some(10.0));
        assert_eq!(leading_number("4 / 5"), Some(4.0));
        assert_eq!(leading_number("5 stars"), Some(5.0));
        for other in ["10", "3-4-2026", "1,5", "2026-11-02", "x5", "10:15"] {
            assert_eq!(leading_number(other), None, "{other}");
        }
        assert!(is_labelled("0 - Not at all likely") && is_labelled("5: excellent"));
        for other in ["5", "12b", "18-24", "4 / 5", "very good"] {
            assert!(!is_labelled(other), "{other}");
        }
        assert!(is_email("a.b@example.co.uk") && !is_email("a@b") && !is_email("see a@b.c"));
        assert!(is_phone("+49 30 123456") && is_phone("(030) 123456-7") && !is_phone("1234567"));
        assert!(is_url("https://example.com/x") && !is_url("example.com"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_panic(text: String) {
            leading_number(&text);
            is_phone(&text);
            is_email(&text);
        }
    }
}
