//! Colours, lines that fit a terminal, and numbers and lists as people read them.

use std::fmt::Write;

/// Less room than this beside a label is none: what belongs there stands below it.
const ROOM: usize = 24;
/// How far what stands below a label is set in.
const BELOW: usize = 6;

/// Colours text, or leaves it as it is, and breaks lines where the terminal would break words.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    on: bool,
    width: Option<usize>,
}

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Something to look at.
    Care,
    /// Something is missing.
    Bad,
    /// A heading.
    Strong,
    /// Of less weight.
    Quiet,
    /// As the terminal has it.
    Plain,
}

impl Paint {
    /// No colours, and lines of any length.
    pub const PLAIN: Self = Self {
        on: false,
        width: None,
    };

    /// With colours or without, for lines of any length.
    pub fn new(on: bool) -> Self {
        Self { on, width: None }
    }

    /// The same for a terminal of so many columns; `None` where it goes elsewhere.
    #[must_use]
    pub fn within(self, width: Option<u16>) -> Self {
        Self {
            width: width.map(usize::from),
            ..self
        }
    }

    /// The text in a tone.
    pub fn as_tone(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Care => "33",
            Tone::Bad => "31",
            Tone::Strong => "1",
            Tone::Quiet => "2",
            Tone::Plain => return text.to_owned(),
        };
        if self.on {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

impl Paint {
    /// A text that begins in the column `indent`, in lines that fit.
    pub fn wrapped(self, text: &str, indent: usize) -> String {
        wrapped(text, indent, self.width)
    }

    /// Whether there is room from this column on.
    pub fn has_room(self, from: usize) -> bool {
        self.width.is_none_or(|width| width >= from + ROOM)
    }

    /// Texts beside their label, which is one of a list of labels of a common width; below it where there is no room. A
    /// line for each text, and more where it is long.
    pub fn labelled(self, label: &str, common: usize, texts: &[&str]) -> String {
        let beside = 2 + common + 2;
        let (indent, mut labelled) = if self.has_room(beside) {
            (beside, format!("  {label:<common$}  "))
        } else if label.is_empty() {
            (BELOW, " ".repeat(BELOW))
        } else {
            (BELOW, format!("  {label}\n{:BELOW$}", ""))
        };
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                // Writing to a text cannot fail.
                let _ = write!(labelled, "\n{:indent$}", "");
            }
            labelled.push_str(&self.wrapped(text, indent));
        }
        labelled
    }
}

/// A text in lines of so many characters at most, the later ones set in.
pub fn wrapped(text: &str, indent: usize, width: Option<usize>) -> String {
    let mut wrapped = String::new();
    let mut length = indent;
    for (index, word) in text.split(' ').enumerate() {
        let own = shown_length(word);
        if index > 0 && width.is_some_and(|width| length + 1 + own > width) {
            let _ = write!(wrapped, "\n{:indent$}", "");
            length = indent;
        } else if index > 0 {
            wrapped.push(' ');
            length += 1;
        }
        wrapped.push_str(word);
        length += own;
    }
    wrapped
}

/// Characters without those of colours.
fn shown_length(word: &str) -> usize {
    let mut parts = word.split('\u{1b}');
    let plain = parts.next().unwrap_or_default().chars().count();
    let after = |part: &str| {
        part.split_once('m')
            .map_or(0, |(_, rest)| rest.chars().count())
    };
    plain + parts.map(after).sum::<usize>()
}

/// A number with commas between its thousands.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 row`, `1,200 rows`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        thousands(number),
        if number == 1 { one } else { many }
    )
}

/// Names of files in a sentence: all of two, else the first and how many more.
pub fn listed(files: &[String]) -> String {
    let name = |file: &str| crate::failures::one_line(crate::read::called(file)).into_owned();
    match files {
        [] => "nothing".to_owned(),
        [one] => name(one),
        [one, two] => format!("{} and {}", name(one), name(two)),
        [first, rest @ ..] => format!("{} and {} other files", name(first), rest.len()),
    }
}

/// Seconds as people say them: `9.8 s`, `3 min 20 s`, `2 h 5 min`.
pub fn spoken(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casting saturates, and nobody waits that long"
    )]
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3_600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(thousands(number), expected);
        }
    }

    #[test]
    fn lines_fit_where_colours_take_no_room() {
        let paint = Paint::new(true).within(Some(20));
        let text = format!("{} two three four", paint.as_tone(Tone::Strong, "one"));
        let wrapped = paint.wrapped(&text, 4);
        assert_eq!(wrapped, "\u{1b}[1mone\u{1b}[0m two three\n    four");
        assert_eq!(Paint::PLAIN.wrapped(&text, 4), text);
    }

    #[test]
    fn what_has_no_room_beside_its_label_stands_below_it() {
        let labelled = |width| {
            let paint = Paint::PLAIN.within(Some(width));
            let lines = [
                ("score", "9"),
                ("", "8 is another of them, and there are more"),
            ];
            lines
                .map(|(label, text)| paint.labelled(label, 8, &[text]))
                .join("\n")
        };
        insta::assert_snapshot!(labelled(36), @r#"
        score     9
                  8 is another of them,
                  and there are more
        "#);
        insta::assert_snapshot!(labelled(35), @r#"
        score
            9
            8 is another of them, and
            there are more
        "#);
    }

    #[test]
    fn time_is_spoken_by_its_length() {
        assert_eq!(spoken(9.84), "9.8 s");
        assert_eq!(spoken(59.96), "1 min 0 s");
        assert_eq!(spoken(7_500.0), "2 h 5 min");
    }
}
