//! Keys and names of attributes.

use std::collections::HashSet;

/// Whether a text is a key as the API wants it: small ASCII letters, digits, underscores, a letter first.
pub fn is_snake_case(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_lowercase())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A key in words: `customer_id` is `Customer id`.
pub fn in_words(key: &str) -> String {
    let mut words = key.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// A header as a key: accents dropped, `ß` is `ss`, anything else becomes an underscore. `None` where too little is
/// left to be told apart: no letter, or more lost than kept.
pub fn snake_case(header: &str) -> Option<String> {
    Snake::of(header).key
}

/// The key of a JSON field, by its name alone: records differ in the fields that stand beside it. Where the key is not
/// the whole name, a number made of the name tells it from others.
pub fn field_key(name: &str) -> String {
    let snake = Snake::of(name);
    // Keys are part of what was posted: this number never changes.
    let number = || xxhash_rust::xxh3::xxh3_64(name.as_bytes()) & u64::from(u32::MAX);
    match snake.key {
        Some(key) if snake.is_whole => key,
        Some(key) => {
            let end = key.len().min(MOST - ROOM);
            format!("{}_{}", key[..end].trim_end_matches('_'), number())
        }
        None => format!("column_{}", number()),
    }
}

/// The most characters of a key,
const MOST: usize = 60;
/// and those of an underscore and a number of 32 bits.
const ROOM: usize = 11;

/// What is left of a name in snake case.
struct Snake {
    /// Of use as a key.
    key: Option<String>,
    /// Whether no letter of the name was lost.
    is_whole: bool,
}

impl Snake {
    fn of(header: &str) -> Self {
        let mut key = String::new();
        let mut lost = 0usize;
        let mut kept = 0usize;
        for character in header.chars().flat_map(char::to_lowercase) {
            let plain = plain_letters(character);
            if !plain.is_empty() {
                key.push_str(plain);
                kept += 1;
            } else if character.is_ascii_alphanumeric() {
                key.push(character);
                kept += 1;
            } else {
                lost += usize::from(character.is_alphanumeric());
                if !key.is_empty() && !key.ends_with('_') {
                    key.push('_');
                }
            }
        }
        let is_whole = lost == 0 && key.len() <= MOST;
        key.truncate(MOST);
        let key = key.trim_end_matches('_').to_owned();
        Self {
            key: (is_snake_case(&key) && kept > lost).then_some(key),
            is_whole,
        }
    }
}

/// A key that is not taken: a number is added to one that is. Takes it.
pub fn unique(key: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = key.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{key}_{number}");
        number += 1;
    }
    candidate
}

/// The ASCII letters a small Latin letter is usually written with; empty for others.
fn plain_letters(letter: char) -> &'static str {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ª' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'º' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_keys() {
        let table = [
            ("Customer ID", Some("customer_id")),
            ("Wie würden Sie's finden?", Some("wie_wurden_sie_s_finden")),
            ("Straße", Some("strasse")),
            ("Basket £", Some("basket")),
            ("2nd visit", None),
            ("お客様の声", None),
            ("Q1 お客様の声", None),
            ("  ", None),
        ];
        for (header, key) in table {
            assert_eq!(snake_case(header).as_deref(), key, "{header}");
        }
    }

    #[test]
    fn keys_become_words() {
        assert_eq!(in_words("customer_id"), "Customer id");
        assert_eq!(in_words(""), "");
    }

    #[test]
    fn taken_keys_get_a_number() {
        let mut taken = HashSet::from(["other".to_owned()]);
        assert_eq!(unique("other", &mut taken), "other_2");
        assert_eq!(unique("other", &mut taken), "other_3");
    }

    proptest::proptest! {
        #[test]
        fn any_header_gives_a_key_or_none(header: String) {
            if let Some(key) = snake_case(&header) {
                proptest::prop_assert!(is_snake_case(&key));
            }
        }
    }
}
