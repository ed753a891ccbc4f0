//! Text: letter case, HTML to text.

use std::borrow::Cow;

use crate::mapping::spec::Case;

/// Changes the letter case.
pub fn in_case(text: &str, case: Case) -> String {
    match case {
        Case::Lower => text.to_lowercase(),
        Case::Upper => text.to_uppercase(),
        Case::Title => {
            let mut titled = String::with_capacity(text.len());
            let mut inside = false;
            for character in text.chars() {
                if inside {
                    titled.extend(character.to_lowercase());
                } else {
                    titled.extend(character.to_uppercase());
                }
                inside = character.is_alphanumeric() || matches!(character, '\'' | '’');
            }
            titled
        }
    }
}

/// Takes HTML tags away and decodes entities. `<br>` and the ends of paragraphs, list items and rows are line breaks.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut left = text;
    while let Some(at) = left.find(['<', '&']) {
        plain.push_str(&left[..at]);
        left = &left[at..];
        let read = if left.starts_with('<') {
            tag(left, &mut plain)
        } else {
            entity(left, &mut plain)
        };
        if read == 0 {
            plain.push_str(&left[..1]);
            left = &left[1..];
        } else {
            left = &left[read..];
        }
    }
    plain.push_str(left);
    Cow::Owned(plain)
}

/// Reads a tag; the number of bytes it takes, 0 where there is none (`a < b`).
fn tag(text: &str, plain: &mut String) -> usize {
    let inner = &text[1..];
    let begins = inner
        .trim_start_matches('/')
        .starts_with(|first: char| first.is_ascii_alphabetic() || first == '!');
    let Some(end) = inner.find('>').filter(|_| begins) else {
        return 0;
    };
    let name: String = inner[..end]
        .chars()
        .take_while(|character| character.is_ascii_alphanumeric() || *character == '/')
        .flat_map(char::to_lowercase)
        .collect();
    let breaks = ["br", "br/", "/p", "/div", "/li", "/tr"];
    if breaks.contains(&name.as_str()) {
        plain.push('\n');
    }
    end + 2
}

/// Reads an entity; the number of bytes it takes, 0 where there is none.
fn entity(text: &str, plain: &mut String) -> usize {
    let Some(end) = text.bytes().take(12).position(|byte| byte == b';') else {
        return 0;
    };
    let name = &text[1..end];
    let character = if let Some(hex) = name.strip_prefix("#x").or(name.strip_prefix("#X")) {
        u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
    } else if let Some(decimal) = name.strip_prefix('#') {
        decimal.parse().ok().and_then(char::from_u32)
    } else {
        named(name)
    };
    match character {
        Some(character) => {
            plain.push(character);
            end + 1
        }
        None => 0,
    }
}

/// The named entities of HTML 4 for Latin-1 letters, and the common signs.
fn named(name: &str) -> Option<char> {
    const LATIN_1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn \
        sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde \
        Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde \
        Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil \
        egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave \
        uacute ucirc uuml yacute thorn yuml";
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "euro" => '€',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "sbquo" => '‚',
        "ldquo" => '“',
        "rdquo" => '”',
        "bdquo" => '„',
        "bull" => '•',
        "trade" => '™',
        "OElig" => 'Œ',
        "oelig" => 'œ',
        _ => {
            let index = LATIN_1
                .split_ascii_whitespace()
                .position(|known| known == name)?;
            char::from_u32(u32::try_from(index).ok()? + 0xa0)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_text() {
        let table = [
            ("a &amp; b", "a & b"),
            ("&eacute;t&eacute; &#8364;5 &#x20AC;6 &yuml;", "été €5 €6 ÿ"),
            (
                "<p class=\"x\">One</p><p>Two<br/>Three</p>",
                "One\nTwo\nThree\n",
            ),
            ("1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
            ("&unknown; &", "&unknown; &"),
            ("&amp;lt;", "&lt;"),
            ("I <3 it", "I <3 it"),
        ];
        for (html, text) in table {
            assert_eq!(unescape(html), text, "{html}");
        }
    }

    #[test]
    fn letter_case() {
        assert_eq!(
            in_case("ANNE-marie o'neil", Case::Title),
            "Anne-Marie O'neil"
        );
        assert_eq!(in_case("Straße", Case::Upper), "STRASSE");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_panic(text: String, html in "[<>&;#xa-z0-9é/ ]*") {
            unescape(&text);
            unescape(&html);
            in_case(&text, Case::Title);
        }
    }
}
