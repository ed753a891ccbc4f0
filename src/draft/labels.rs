//! The words that stand beside the numbers of a scale, and which end of it they call the better one.

use super::scales::rank;
use crate::inspect::words::holds;

/// A number of a scale, and the words beside it.
#[derive(Debug, PartialEq)]
pub struct Label {
    /// The number.
    pub number: i64,
    /// The words, in lower case.
    words: String,
    /// Whether nothing but a label is meant: `1 = best`, but not the `1: best` of what may count questions.
    is_sure: bool,
}

/// Words between two labels that belong to neither.
const BETWEEN: &str = "to|bis|and|und|à|a|tot|til|till|do|through|from|von|or|oder|et";

/// Verbs that stand for the equals sign.
const EQUALS: &str = "is|being|means|ist|bedeutet|heißt|est|es";

/// The labels of a header: `1 = best, 5 = worst`, `1 (excellent) to 5 (poor)`, `very good = 1, very bad = 5`. None
/// where only one number has words that may be no label at all.
pub fn labels(called: &str) -> Vec<Label> {
    let called = called.to_lowercase();
    let mut labels: Vec<Label> = Vec::new();
    let mut before = "";
    let mut rest = called.as_str();
    while let Some(at) = rest.find(|sign: char| sign.is_ascii_digit()) {
        let (left, from) = rest.split_at(at);
        let end = from
            .find(|sign: char| !sign.is_ascii_digit())
            .unwrap_or(from.len());
        let (digits, right) = from.split_at(end);
        rest = right;
        let until = right.find(|sign: char| sign.is_ascii_digit());
        let right = &right[..until.unwrap_or(right.len())];
        before = if before.is_empty() { left } else { before };
        let is_apart =
            !before.ends_with(char::is_alphanumeric) && !right.starts_with(char::is_alphanumeric);
        if let (true, Ok(number @ 0..=100)) = (is_apart, digits.parse())
            && let Some((words, is_sure)) = beside(before.trim(), right.trim())
            && !labels.iter().any(|label| label.number == number)
        {
            labels.push(Label {
                number,
                words,
                is_sure,
            });
        }
        before = right;
    }
    let is_pair = labels.len() > 1 && labels.iter().all(|label| label.words.len() <= 40);
    labels.retain(|label| is_pair || label.is_sure || rank(&label.words).is_some());
    labels
}

/// The words of a number between these texts, and whether they are surely its label.
fn beside(before: &str, after: &str) -> Option<(String, bool)> {
    let is_behind = before.ends_with('=') || (before.ends_with('(') && after.starts_with(')'));
    let (words, is_sure) = if is_behind {
        let before = before.trim_end_matches(['=', '(', ' ']);
        (before.rsplit([',', ';', '/', '(', ')', ':']).next()?, true)
    } else {
        let verb = after.split(' ').next().filter(|verb| is_one(EQUALS, verb));
        let after = verb.map_or(after, |verb| &after[verb.len()..]);
        let marked = after.starts_with(['=', ':', '(', '-', '–', '—']);
        let is_sure = verb.is_some() || after.starts_with('=');
        let mut parts = after
            .trim_start_matches(|sign: char| !sign.is_alphabetic())
            .split([',', ';', '/', '(', ')']);
        let words = parts.next()?;
        // Without a mark between them a word or two may be a label, more are a sentence.
        if !marked && !is_sure && words.split_whitespace().count() > 3 {
            return None;
        }
        (words, is_sure)
    };
    let mut words: Vec<&str> = words
        .split(|sign: char| sign.is_whitespace() || "-–—=:.".contains(sign))
        .filter(|word| !word.is_empty())
        .collect();
    while words.last().is_some_and(|word| is_one(BETWEEN, word)) {
        words.pop();
    }
    while words.first().is_some_and(|word| is_one(BETWEEN, word)) {
        words.remove(0);
    }
    (!words.is_empty()).then(|| (words.join(" "), is_sure))
}

fn is_one(words: &str, word: &str) -> bool {
    words.split('|').any(|known| known == word)
}

impl Label {
    /// How good the words call what they stand beside: above zero, or below.
    pub fn worth(&self, is_much_good: bool) -> Option<f64> {
        worth(&self.words, is_much_good)
    }
}

/// How good words call what they stand beside: above zero, or below; words for much and little only where
/// much is good.
pub fn worth(words: &str, is_much_good: bool) -> Option<f64> {
    const GOOD: &str = "good|=best|better|excellent|=great|perfect|perfekt|satisf|happy|agree|likely|positiv|easy|\
        =love|outstanding|=gut|=beste|=bester|besser|hervorragend|ausgezeichnet|zufrieden|stimme|=stimmt|trifft|\
        wahrscheinlich|einfach|leicht|=bon|=bonne|meilleur|=bien|excelente|d'accord|=bueno|=buena|mejor|ottim|\
        soddisfatt|goed|tevreden|zadowol";
    const BAD: &str = "=bad|worst|worse|poor|terrible|awful|horrible|dissatisf|unsatisf|unhappy|disagree|unlikely|\
        negativ|difficult|=hard|=hate|schlecht|ungenügend|mangelhaft|unzufrieden|unwahrscheinlich|schwierig|schwer|\
        mauvais|=pire|insatisf|insoddisf|=mal|=malo|=mala|peor|péssim|pessim|slecht|ontevreden|niezadowol";
    const MUCH: &str = "=high|highest|hoch|=hohe|höchste|very much|=sehr|fully|completely|=voll";
    const LITTLE: &str = "=low|lowest|niedrig|gering|=little";
    const NO: &str = "not|nicht|never|nie|kein|keine|pas|no|niet|non";
    const AT_ALL: &str = "at|all|gar|überhaupt|du|tout|helemaal|nein";
    if let Some(rank) = rank(words) {
        return Some(rank as f64 - 3.0).filter(|worth| *worth != 0.0);
    }
    let words = words.to_lowercase();
    let any = |known: &str| known.split('|').any(|word| holds(&words, word));
    let mut own = words.split(' ');
    let is_not = own.clone().any(|word| is_one(NO, word));
    // `Not at all`, but not `no problems`.
    let is_none = is_not && own.all(|word| is_one(NO, word) || is_one(AT_ALL, word));
    let worth = match (any(GOOD), any(BAD)) {
        (true, false) => 1.0,
        (false, true) => -1.0,
        (false, false) if is_much_good && is_none => return Some(-1.0),
        (false, false) if is_much_good && any(MUCH) => 1.0,
        (false, false) if is_much_good && any(LITTLE) => -1.0,
        _ => return None,
    };
    Some(if is_not { -worth } else { worth })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_on_both_sides_of_their_numbers() {
        for (header, expected) in [
            ("Rating (1 = best, 5 = worst)", "1 best, 5 worst"),
            ("Rating: 1=excellent 5=poor", "1 excellent, 5 poor"),
            ("Rating: 1 (excellent) to 5 (poor)", "1 excellent, 5 poor"),
            ("Rating 5 (worst) - 1 (best)", "5 worst, 1 best"),
            ("very good = 1, very bad = 5", "1 very good, 5 very bad"),
            ("Best (1) to worst (5)", "1 best, 5 worst"),
            ("Rating, 1 is best", "1 best"),
            (
                "1: sehr zufrieden - 5: gar nicht zufrieden",
                "1 sehr zufrieden, 5 gar nicht zufrieden",
            ),
            (
                "Note (1 = sehr gut bis 6 = ungenügend)",
                "1 sehr gut, 6 ungenügend",
            ),
            ("CSAT (1-5)", ""),
            ("Rate us from 1 to 5", ""),
            ("Q1 - 5 stars", ""),
            ("1: How satisfied are you?", ""),
            ("Satisfaction 2 (first wave)", ""),
        ] {
            let found = labels(header);
            let found: Vec<String> = found
                .iter()
                .map(|label| format!("{} {}", label.number, label.words))
                .collect();
            assert_eq!(found.join(", "), expected, "{header}");
        }
    }

    #[test]
    fn words_are_good_or_bad() {
        for (words, good) in [
            ("gar nicht zufrieden", Some(false)),
            ("stimme voll zu", Some(true)),
            ("stimme gar nicht zu", Some(false)),
            ("very dissatisfied", Some(false)),
            ("hoch", Some(true)),
            ("not at all", Some(false)),
            ("no problems", None),
            ("male", None),
            ("bestellt", None),
            ("neutral", None),
            ("first wave", None),
        ] {
            let found = worth(words, true).map(|worth| worth > 0.0);
            assert_eq!(found, good, "{words}");
        }
        assert_eq!(worth("high", false), None);
    }
}
