//! Scales in words, faces and stars.

use crate::inspect::Column;

/// Scales in words, from 1 to 5.
const SCALES: [[&str; 5]; 30] = [
    ["😡", "🙁", "😐", "🙂", "😀"],
    ["😠", "😕", "😑", "😊", "😍"],
    ["😢", "☹️", "😶", "😃", "🤩"],
    [
        "very dissatisfied",
        "dissatisfied",
        "neutral",
        "satisfied",
        "very satisfied",
    ],
    [
        "very unsatisfied",
        "unsatisfied",
        "neither satisfied nor dissatisfied",
        "somewhat satisfied",
        "extremely satisfied",
    ],
    [
        "extremely dissatisfied",
        "somewhat dissatisfied",
        "neither satisfied nor unsatisfied",
        "quite satisfied",
        "completely satisfied",
    ],
    [
        "strongly disagree",
        "disagree",
        "neither agree nor disagree",
        "agree",
        "strongly agree",
    ],
    ["very poor", "poor", "average", "good", "excellent"],
    ["very bad", "bad", "fair", "good", "very good"],
    ["terrible", "bad", "ok", "good", "great"],
    [
        "not at all satisfied",
        "not very satisfied",
        "okay",
        "mostly satisfied",
        "fully satisfied",
    ],
    [
        "sehr unzufrieden",
        "unzufrieden",
        "neutral",
        "zufrieden",
        "sehr zufrieden",
    ],
    [
        "sehr unzufrieden",
        "eher unzufrieden",
        "teils/teils",
        "eher zufrieden",
        "sehr zufrieden",
    ],
    [
        "sehr schlecht",
        "schlecht",
        "mittelmäßig",
        "gut",
        "sehr gut",
    ],
    [
        "mangelhaft",
        "ausreichend",
        "befriedigend",
        "gut",
        "sehr gut",
    ],
    [
        "nicht genügend",
        "genügend",
        "befriedigend",
        "gut",
        "sehr gut",
    ],
    [
        "très insatisfait",
        "insatisfait",
        "neutre",
        "satisfait",
        "très satisfait",
    ],
    [
        "muy insatisfecho",
        "insatisfecho",
        "neutral",
        "satisfecho",
        "muy satisfecho",
    ],
    [
        "molto insoddisfatto",
        "insoddisfatto",
        "neutro",
        "soddisfatto",
        "molto soddisfatto",
    ],
    [
        "stimme überhaupt nicht zu",
        "stimme nicht zu",
        "weder noch",
        "stimme zu",
        "stimme voll und ganz zu",
    ],
    [
        "trifft gar nicht zu",
        "trifft eher nicht zu",
        "teils teils",
        "trifft eher zu",
        "trifft voll zu",
    ],
    [
        "pas du tout d'accord",
        "pas d'accord",
        "ni d'accord ni pas d'accord",
        "d'accord",
        "tout à fait d'accord",
    ],
    [
        "pas du tout satisfait",
        "peu satisfait",
        "moyennement satisfait",
        "plutôt satisfait",
        "tout à fait satisfait",
    ],
    ["très mauvais", "mauvais", "moyen", "bon", "très bon"],
    [
        "zeer ontevreden",
        "ontevreden",
        "neutraal",
        "tevreden",
        "zeer tevreden",
    ],
    [
        "muito insatisfeito",
        "insatisfeito",
        "neutro",
        "satisfeito",
        "muito satisfeito",
    ],
    [
        "bardzo niezadowolony",
        "niezadowolony",
        "neutralny",
        "zadowolony",
        "bardzo zadowolony",
    ],
    ["非常に不満", "不満", "どちらでもない", "満足", "非常に満足"],
    ["とても不満", "やや不満", "ふつう", "やや満足", "とても満足"],
    ["very unhappy", "unhappy", "okay", "happy", "very happy"],
];

/// Signs of a rating in stars: those that count, and those that fill up.
const STARS: [char; 3] = ['★', '⭐', '🌟'];
const GAPS: [char; 3] = ['☆', '✩', '\u{fe0f}'];

/// How many stars a text of nothing else shows.
fn stars(text: &str) -> Option<i64> {
    let is_sign = |sign: char| STARS.contains(&sign) || GAPS.contains(&sign);
    let count = text.chars().filter(|sign| STARS.contains(sign)).count();
    (!text.is_empty() && text.chars().all(is_sign) && count <= 5)
        .then_some(i64::try_from(count).ok()?)
}

/// The values as ratings in stars, and those between that this file happens to lack.
fn starred(column: &Column) -> Option<Vec<(String, i64)>> {
    let mut words = column
        .values
        .iter()
        .map(|(text, _)| Some((text.clone(), stars(text)?)))
        .collect::<Option<Vec<_>>>()?;
    let (longest, _) = words.iter().max_by_key(|(text, _)| text.chars().count())?;
    let sign = longest.chars().find(|sign| STARS.contains(sign))?;
    let gap = column
        .values
        .iter()
        .find_map(|(text, _)| text.chars().find(|sign| *sign == '☆' || *sign == '✩'));
    for number in 1..=5i64 {
        if !words.iter().any(|(_, known)| *known == number) {
            let count = usize::try_from(number).ok()?;
            let gaps = gap.map_or_else(String::new, |gap| gap.to_string().repeat(5 - count));
            words.push((format!("{}{gaps}", sign.to_string().repeat(count)), number));
        }
    }
    words.sort_by_key(|(_, number)| *number);
    Some(words)
}

/// The number of a word on its scale, from 1 to 5.
pub fn rank(word: &str) -> Option<i64> {
    let word = word.to_lowercase().replace('’', "'");
    let place = SCALES
        .iter()
        .find_map(|scale| scale.iter().position(|known| *known == word))?;
    i64::try_from(place + 1).ok()
}

/// The values as a scale in words, if all of them are words of one.
pub fn words(column: &Column) -> Option<Vec<(String, i64)>> {
    if column.values.len() < 2 || column.values.len() > 10 {
        return None;
    }
    if let Some(starred) = starred(column) {
        return Some(starred);
    }
    let mut words = column
        .values
        .iter()
        .map(|(text, _)| Some((text.clone(), rank(text)?)))
        .collect::<Option<Vec<_>>>()?;
    // What this file happens to lack of the scale: later ones may have it.
    let lower: Vec<String> = words.iter().map(|(text, _)| text.to_lowercase()).collect();
    let whole = SCALES
        .iter()
        .find(|scale| lower.iter().all(|word| scale.contains(&word.as_str())));
    for (number, word) in (1..).zip(whole.into_iter().flatten()) {
        if !lower.iter().any(|known| known == word) {
            words.push(((*word).to_owned(), number));
        }
    }
    // `good` and `bad` alone is what help desks ask, and no scale of five.
    words.sort_by_key(|(_, number)| *number);
    Some(words)
}
