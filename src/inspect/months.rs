//! Names of months in other languages than English. Formats of dates know the English ones alone, so a mapping turns the
//! others into these by `replace`, and a column is proved by the very same expressions.

use std::borrow::Cow;

use regex::Regex;

/// Cuts a name to its first three letters, and a point off.
const CUT: (&str, &str) = (r"(\p{L}{3})\p{L}*\.?", "$1");

/// How one language's names become the short English ones, in this order. What is the same in both is not listed.
type Rules = &'static [(&'static str, &'static str)];

/// A language's English name, its names of months, long and short, and its rules.
const LANGUAGES: [(&str, &str, Rules); 6] = [
    (
        "German",
        "januar jänner februar märz april mai juni juli august september oktober november dezember \
         jan jän feb mär mrz apr jun jul aug sep sept okt nov dez",
        &[
            CUT,
            ("(?i)jän", "Jan"),
            ("(?i)mär|mrz", "Mar"),
            ("(?i)mai", "May"),
            ("(?i)okt", "Oct"),
            ("(?i)dez", "Dec"),
        ],
    ),
    (
        "French",
        "janvier février fevrier mars avril mai juin juillet août aout septembre octobre novembre décembre decembre \
         janv jan févr fév fev mar avr juil jul aoû sept sep oct nov déc dec",
        &[
            ("^1er", "1"),
            ("(?i)juin", "Jun"),
            ("(?i)juil", "Jul"),
            CUT,
            ("(?i)f[ée]v", "Feb"),
            ("(?i)avr", "Apr"),
            ("(?i)mai", "May"),
            ("(?i)ao[ûu]", "Aug"),
            ("(?i)d[ée]c", "Dec"),
        ],
    ),
    (
        "Spanish",
        "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre \
         ene feb mar abr may jun jul ago sep sept set oct nov dic",
        &[
            CUT,
            ("(?i)ene", "Jan"),
            ("(?i)abr", "Apr"),
            ("(?i)ago", "Aug"),
            ("(?i)set", "Sep"),
            ("(?i)dic", "Dec"),
        ],
    ),
    (
        "Italian",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre \
         gen feb mar apr mag giu lug ago set sett ott nov dic",
        &[
            CUT,
            ("(?i)gen", "Jan"),
            ("(?i)mag", "May"),
            ("(?i)giu", "Jun"),
            ("(?i)lug", "Jul"),
            ("(?i)ago", "Aug"),
            ("(?i)set", "Sep"),
            ("(?i)ott", "Oct"),
            ("(?i)dic", "Dec"),
        ],
    ),
    (
        "Portuguese",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro \
         jan fev mar abr mai jun jul ago set out nov dez",
        &[
            CUT,
            ("(?i)fev", "Feb"),
            ("(?i)abr", "Apr"),
            ("(?i)mai", "May"),
            ("(?i)ago", "Aug"),
            ("(?i)set", "Sep"),
            ("(?i)out", "Oct"),
            ("(?i)dez", "Dec"),
        ],
    ),
    (
        "Dutch",
        "januari februari maart april mei juni juli augustus september oktober november december \
         jan feb mrt apr jun jul aug sep sept okt nov dec",
        &[
            CUT,
            ("(?i)maa|mrt", "Mar"),
            ("(?i)mei", "May"),
            ("(?i)okt", "Oct"),
        ],
    ),
];

/// How the names of a language become English, as `replace` of a mapping has it: patterns and what they become.
pub fn replacements(language: &str) -> &'static [(&'static str, &'static str)] {
    let known = LANGUAGES.iter().find(|(name, ..)| *name == language);
    known.map_or(&[], |(.., rules)| rules)
}

/// Whether a word is the name of a month, in English or a language that is known, whole or as usual cut.
pub fn is_month(word: &str) -> bool {
    const ENGLISH: &str = "january february march april may june july august september october november december \
         jan feb mar apr jun jul aug sep sept oct nov dec";
    let word = word.to_lowercase();
    let names = LANGUAGES.iter().map(|(_, names, _)| *names);
    std::iter::once(ENGLISH)
        .chain(names)
        .any(|names| names.split(' ').any(|name| name == word))
}

/// A language, ready to be read.
pub struct Language {
    /// Its English name.
    pub name: &'static str,
    months: Vec<&'static str>,
    rules: Vec<(Regex, &'static str)>,
}

impl Language {
    /// All that are known.
    ///
    /// # Errors
    /// Never in practice: the expressions are constant.
    pub fn all() -> Result<Vec<Self>, regex::Error> {
        let of = |(name, months, rules): (&'static str, &'static str, Rules)| -> Result<Self, regex::Error> {
            let rules = rules
                .iter()
                .map(|(rule, with)| Ok((Regex::new(rule)?, *with)));
            Ok(Self {
                name,
                months: months.split_whitespace().collect(),
                rules: rules.collect::<Result<_, regex::Error>>()?,
            })
        };
        LANGUAGES.into_iter().map(of).collect()
    }

    /// A date with its month in English; `None` where the month is not one of this language, whole or as usual cut.
    pub fn english(&self, text: &str) -> Option<String> {
        let month = text
            .split(|sign: char| !sign.is_alphabetic())
            .find(|word| word.chars().count() >= 3)?
            .to_lowercase();
        if !self.months.contains(&month.as_str()) {
            return None;
        }
        let mut text = text.to_owned();
        for (rule, with) in &self.rules {
            if let Cow::Owned(changed) = rule.replace_all(&text, *with) {
                text = changed;
            }
        }
        Some(text)
    }
}

/// Whether a text could be a date with a month in letters: most texts are none, and the expressions are dear.
pub fn could_be(text: &str) -> bool {
    let rest = text.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let digits = text.len() - rest.len();
    let letters = rest.chars().filter(|sign| sign.is_alphabetic()).count();
    let begins = match digits {
        0 => rest.starts_with(char::is_alphabetic) && rest.contains(' '),
        digits => digits <= 2,
    };
    begins && (3..=16).contains(&letters)
}

/// A format for names made English: all short, and without their points.
pub fn short(format: &str) -> String {
    format.replace("%B", "%b").replace("%b.", "%b")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_of_every_language_becomes_english() {
        let short = "jan feb mar apr may jun jul aug sep oct nov dec";
        let languages = Language::all().unwrap();
        for language in languages {
            let english = |name: &str| language.english(name).unwrap().to_lowercase();
            let mut seen: Vec<String> = Vec::new();
            for name in &language.months {
                let month = english(&format!("{name}."));
                assert_eq!(month, english(&name.to_uppercase()), "{}", language.name);
                assert!(short.contains(&month), "{}: {name}", language.name);
                seen.push(month);
            }
            seen.dedup();
            // Long names in the order of the year, then short ones.
            assert_eq!(seen[..12].join(" "), short, "{}", language.name);
        }
    }

    #[test]
    fn what_only_begins_like_a_month_is_none() {
        for text in ["3. marraskuuta 2024", "3 mardi 2024", "3 Maibaum 2024"] {
            for language in Language::all().unwrap() {
                assert_eq!(language.english(text), None, "{}: {text}", language.name);
            }
        }
    }
}
