//! Which encoding a text is in, and by what evidence.
//!
//! In this order: a byte order mark; what was said; the zero bytes of UTF-16; whether the whole input is UTF-8 (of a
//! stream, its beginning); the statistics of what is not. A file that is UTF-8 but for a few places stays UTF-8, and
//! only the rows with those places are at fault: read in any other encoding, all its other letters would be wrong.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, UTF_8, WINDOWS_1252};

use super::input::Opened;
use super::letters;
use super::survey::{self, Survey};
use super::text::{byte_order_mark, encoding_for, unmarked_utf16};
use super::trouble;
use crate::error::InputError;

/// How far a stream is looked through where its beginning is plain ASCII.
const STREAM_HEAD: usize = 1 << 20;
/// So few places by which two encodings could be told apart tell no language, nor does a single letter.
const STRAYS: usize = 3;
const CHUNK: usize = 128 << 10;

/// An encoding and why.
#[derive(Clone, Debug)]
pub struct Found {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// A sentence for people, without a full stop.
    pub evidence: String,
    /// Whether it was guessed by statistics: then what contradicts it is at fault, not read somehow.
    pub guessed: bool,
}

impl Found {
    fn sure(encoding: &'static Encoding, why: &str) -> Self {
        Self {
            encoding,
            evidence: format!("{}, {why}", encoding.name()),
            guessed: false,
        }
    }
}

/// Finds the encoding out; `label` is what was said.
///
/// # Errors
/// The label is unknown, or the input cannot be read.
pub fn find(opened: &mut Opened, label: Option<&str>) -> Result<Found, InputError> {
    let said = label
        .map(encoding_for)
        .transpose()
        .map_err(|message| trouble(message, "give a WHATWG label, such as windows-1252"))?;
    if let Some((encoding, _)) = byte_order_mark(&opened.head) {
        return Ok(Found::sure(encoding, "by its byte order mark"));
    }
    if let Some(encoding) = said {
        return Ok(Found::sure(encoding, "as said"));
    }
    if let Some(encoding) = unmarked_utf16(&opened.head) {
        let why = "without a byte order mark, by the zero bytes in it";
        return Ok(Found {
            guessed: true,
            ..Found::sure(encoding, why)
        });
    }
    if let Some(file) = opened.plain_file() {
        return Ok(judge(&survey::of_file(file), "in the whole file"));
    }
    if let Some(whole) = opened.preview()? {
        return Ok(judge(&survey::of(whole), "in the whole file"));
    }
    while opened.head.is_ascii() && opened.head.len() < STREAM_HEAD && opened.grow(CHUNK)? {}
    let read = opened.head.len();
    let extent = if opened.grow(1)? {
        format!(
            "in the first {} KiB, as the input cannot be read twice",
            read >> 10
        )
    } else {
        "in the whole input".to_owned()
    };
    Ok(judge(&survey::of(opened.head.as_slice()), &extent))
}

/// The encoding by the beginning alone, good enough to look for ASCII words in it.
pub fn sketch(head: &[u8]) -> &'static Encoding {
    byte_order_mark(head)
        .map(|(encoding, _)| encoding)
        .or_else(|| unmarked_utf16(head))
        .unwrap_or(UTF_8)
}

fn judge(survey: &Survey, extent: &str) -> Found {
    let Some((line, byte)) = survey.first else {
        return Found::sure(
            UTF_8,
            &match survey.valid {
                0 => format!("as there is nothing but ASCII {extent}"),
                valid => format!("as all of its characters beyond ASCII are ({valid} {extent})"),
            },
        );
    };
    let guess = statistics(survey);
    // Pairs of bytes in Chinese or Japanese are UTF-8 by chance now and then, accented letters hardly ever.
    let needed = if guess.is_single_byte() { 4 } else { 1 };
    if survey.valid * needed >= survey.invalid && survey.valid > 0 {
        let why = format!(
            "as {} of its characters beyond ASCII are, though {} {} not (the first on line {line}, {extent})",
            survey.valid,
            survey.invalid,
            if survey.invalid == 1 { "is" } else { "are" },
        );
        return Found::sure(UTF_8, &why);
    }
    let why = format!(
        "by the letters it makes of {} place{} where it is no UTF-8 (the first byte is {byte:#04X} on line {line}, {extent})",
        survey.invalid,
        if survey.invalid == 1 { "" } else { "s" },
    );
    Found {
        guessed: true,
        ..Found::sure(guess, &why)
    }
}

/// The likeliest legacy encoding. `chardetng` was made for the Web, where there is no Mac Roman.
fn statistics(survey: &Survey) -> &'static Encoding {
    let sample = &survey.sample;
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let mut guess = detector.guess(None, Utf8Detection::Deny);
    let likely = |encoding| letters::likelihood(sample, encoding);
    // Without accented letters, or with a few strays, it has little to go by.
    let signs_alone = || letters::differ_in_signs(sample, WINDOWS_1252, guess);
    let strays = || {
        let evidence = letters::evidence(sample, WINDOWS_1252, guess);
        let few = evidence.places <= STRAYS || evidence.letters <= 1;
        few && likely(WINDOWS_1252) > likely(guess)
    };
    if guess.is_single_byte() && (signs_alone() || strays()) {
        guess = WINDOWS_1252;
    }
    let mac = likely(MACINTOSH);
    if mac > 0.0 && mac > likely(guess) + 1.0 {
        MACINTOSH
    } else {
        guess
    }
}
