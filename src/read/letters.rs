//! How much like writing a text looks when read in some encoding: accented letters within words, quotes around them.
//!
//! Made to tell Mac Roman from Windows' Western encodings: read in the wrong one of the two, small letters turn into
//! capitals within words, or into signs.

use std::collections::HashSet;

use encoding_rs::Encoding;

/// Small letters beyond ASCII that Western European languages use all the time.
const COMMON: &str = "éèàùçâêîôûëïüäößñáíóúåøæãõœìòý";
const CAPITALS: &str = "ÉÈÀÇÊÄÖÜÑÁÍÓÚÅØÆ";

/// A sum over all characters beyond ASCII; the greater, the likelier.
pub fn likelihood(bytes: &[u8], encoding: &'static Encoding) -> f64 {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let mut sum = 0.0;
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if !character.is_ascii() {
            sum += weight(before, character, rest.peek().copied().unwrap_or(' '));
        }
        before = character;
    }
    sum
}

/// Whether two encodings differ over a text in nothing but signs that `one` makes, away from any letter: `£30`, not
/// `Ł30`.
pub fn differ_in_signs(bytes: &[u8], one: &'static Encoding, other: &'static Encoding) -> bool {
    let (one, _) = one.decode_without_bom_handling(bytes);
    let (other, _) = other.decode_without_bom_handling(bytes);
    let mut before = ' ';
    let mut rest = one.chars().peekable();
    let mut differ = false;
    for theirs in other.chars() {
        let Some(ours) = rest.next() else {
            return false;
        };
        if ours != theirs {
            let after = rest.peek().copied().unwrap_or(' ');
            if [before, ours, after]
                .iter()
                .any(|c| c.is_alphabetic() || c.is_control() && *c > '\u{7f}')
            {
                return false;
            }
            differ = true;
        }
        before = ours;
    }
    differ
}

/// What two encodings of single bytes have to be told apart by: where both make the same of a byte, it says nothing.
pub struct Evidence {
    /// The letters over which they differ, each once.
    pub letters: usize,
    /// The same with their neighbours: a word that comes again is no further evidence.
    pub places: usize,
}

/// Gathers what tells two encodings apart over a text.
pub fn evidence(bytes: &[u8], one: &'static Encoding, other: &'static Encoding) -> Evidence {
    let mut letters = HashSet::new();
    let mut places = HashSet::new();
    let tells: Vec<bool> = (0..=u8::MAX)
        .map(|byte| {
            let made =
                |by: &'static Encoding| by.decode_without_bom_handling(&[byte]).0.into_owned();
            let (one, other) = (made(one), made(other));
            one != other
                && [one, other]
                    .iter()
                    .any(|made| made.contains(char::is_alphabetic))
        })
        .collect();
    for (index, &byte) in bytes.iter().enumerate() {
        if tells[usize::from(byte)] {
            let before = index.checked_sub(1).map_or(b' ', |before| bytes[before]);
            let after = bytes.get(index + 1).copied().unwrap_or(b' ');
            letters.insert(byte);
            places.insert([before, byte, after].map(|byte| byte.to_ascii_lowercase()));
        }
    }
    Evidence {
        letters: letters.len(),
        places: places.len(),
    }
}

fn weight(before: char, character: char, after: char) -> f64 {
    let (left, right) = (before.is_alphabetic(), after.is_alphabetic());
    match character {
        // Not in use, in any text.
        '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{fffd}' => -3.0,
        // As much as a common letter: in `don’t` the one cannot be told from the other.
        '’' | '‘' if left || right => 2.0,
        '“' | '„' => {
            if left {
                -1.0
            } else {
                1.0
            }
        }
        '”' => {
            if right {
                -1.0
            } else {
                1.0
            }
        }
        '«' | '»' | '…' | '–' | '—' | '•' => {
            if left && right {
                -1.0
            } else {
                1.0
            }
        }
        '€' | '£' | '°' | '§' | '©' | '®' | '™' | '\u{a0}' | '²' | '½' => {
            if left && right { -2.0 } else { 0.5 }
        }
        _ if character.is_alphabetic() && character < '\u{250}' => {
            if character.is_lowercase() && after.is_uppercase() {
                -2.0
            } else {
                letter(before, character, left || right)
            }
        }
        _ if character.is_alphabetic() => {
            let strange = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
            if strange { -1.5 } else { 1.0 }
        }
        _ if left && right => -2.0,
        _ => -0.5,
    }
}

fn letter(before: char, character: char, in_word: bool) -> f64 {
    if character.is_uppercase() && before.is_lowercase() {
        -2.0
    } else if COMMON.contains(character) {
        if in_word { 2.0 } else { 0.5 }
    } else if CAPITALS.contains(character) {
        if in_word { 1.0 } else { -0.5 }
    } else if in_word {
        0.25
    } else {
        -0.5
    }
}
