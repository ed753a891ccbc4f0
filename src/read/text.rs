//! Text of any encoding as a stream of UTF-8.

use std::io::Read;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::encoding::Found;

/// Encodings named where a label is unknown: those of the WHATWG standard that exports are found in.
const LABELS: [&str; 30] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-5",
    "iso-8859-7",
    "iso-8859-9",
    "iso-8859-15",
    "latin1",
    "ascii",
    "macintosh",
    "ibm866",
    "koi8-r",
    "koi8-u",
    "shift_jis",
    "euc-jp",
    "euc-kr",
    "gbk",
    "big5",
];

/// The encoding of a WHATWG label (<https://encoding.spec.whatwg.org/#names-and-labels>).
///
/// # Errors
/// The label is unknown; the message names the nearest ones.
pub fn encoding_for(label: &str) -> Result<&'static Encoding, String> {
    if let Some(encoding) = Encoding::for_label(label.trim().as_bytes()) {
        return Ok(encoding);
    }
    let wanted = label.trim().to_ascii_lowercase().replace(['_', ' '], "-");
    let mut near: Vec<(f64, &str)> = LABELS
        .iter()
        .map(|known| (strsim::jaro_winkler(&wanted, known), *known))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near: Vec<&str> = near.iter().take(3).map(|(_, known)| *known).collect();
    Err(format!(
        "the encoding {} is unknown; near it are {}",
        crate::outcome::quote(label),
        near.join(", ")
    ))
}

/// The encoding a byte order mark stands for, and the mark's length.
pub fn byte_order_mark(head: &[u8]) -> Option<(&'static Encoding, usize)> {
    Encoding::for_bom(head)
}

/// The beginning of a file as UTF-8, without byte order mark.
///
/// UTF-8 is left as it is, faults included: they are found row by row.
pub fn decode_head(head: &[u8], encoding: &'static Encoding) -> Vec<u8> {
    let mark = byte_order_mark(head).map_or(0, |(_, length)| length);
    if encoding == UTF_8 {
        return head[mark..].to_vec();
    }
    let mut text = String::with_capacity(head.len() * 3);
    let mut decoder = encoding.new_decoder_without_bom_handling();
    // Not the last piece: a character cut in two at the end of the head is left out, not replaced.
    let _ = decoder.decode_to_string(&head[mark..], &mut text, false);
    text.into_bytes()
}

/// The whole input as UTF-8, without byte order mark.
///
/// What is no text in the encoding becomes the byte 0xFF, which is no UTF-8 either: whoever reads on finds it at its
/// place, as if the input had been UTF-8 with a fault there.
///
/// # Errors
/// The byte order mark, which was there a moment ago, cannot be read.
pub fn decode(
    mut input: Box<dyn Read + Send>,
    head: &[u8],
    found: &Found,
) -> std::io::Result<Box<dyn Read + Send>> {
    if let Some((_, length)) = byte_order_mark(head) {
        input.read_exact(&mut [0; 4][..length])?;
    }
    if found.encoding == UTF_8 {
        return Ok(input);
    }
    Ok(Box::new(Decoded {
        input,
        decoder: found.encoding.new_decoder_without_bom_handling(),
        guessed: found.guessed,
        packed: vec![0; 64 << 10],
        start: 0,
        end: 0,
        text: Vec::new(),
        given: 0,
        state: State::Reading,
    }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// The input has ended; the decoder may still hold something.
    Last,
    Done,
}

struct Decoded {
    input: Box<dyn Read + Send>,
    decoder: Decoder,
    /// Control characters that a legacy encoding should not hold contradict a guess.
    guessed: bool,
    packed: Vec<u8>,
    start: usize,
    end: usize,
    text: Vec<u8>,
    given: usize,
    state: State,
}

impl Decoded {
    fn refill(&mut self) -> std::io::Result<()> {
        if self.start == self.end && self.state == State::Reading {
            self.start = 0;
            self.end = self.input.read(&mut self.packed)?;
            if self.end == 0 {
                self.state = State::Last;
            }
        }
        let last = self.state == State::Last;
        self.given = 0;
        self.text.resize(192 << 10, 0);
        let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
            &self.packed[self.start..self.end],
            &mut self.text,
            last,
        );
        self.start += read;
        self.text.truncate(written);
        if self.guessed {
            strike_controls(&mut self.text);
        }
        match result {
            DecoderResult::InputEmpty if last => self.state = State::Done,
            DecoderResult::Malformed(..) => self.text.push(0xff),
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
        }
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.text.len() && self.state != State::Done {
            self.refill()?;
        }
        let left = &self.text[self.given..];
        let length = left.len().min(buffer.len());
        buffer[..length].copy_from_slice(&left[..length]);
        self.given += length;
        Ok(length)
    }
}

/// Overwrites the control characters U+0080 to U+009F, which in UTF-8 are 0xC2 and their own number.
fn strike_controls(text: &mut [u8]) {
    let mut from = 0;
    while let Some(at) = memchr::memchr(0xc2, &text[from..]) {
        let at = from + at;
        if text.get(at + 1).is_some_and(|byte| *byte < 0xa0) {
            text[at..at + 2].fill(0xff);
        }
        from = at + 1;
    }
}

/// The UTF-16 a text without byte order mark is in: its Latin letters, digits and line breaks have a zero half each,
/// all on the same side, and read so there is nothing in it but text. A few zero bytes in what is UTF-8 otherwise are a
/// fault there: as UTF-16 it would be Chinese.
pub fn unmarked_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let encoding = if odd > even * 10 {
        UTF_16LE
    } else if even > odd * 10 {
        UTF_16BE
    } else {
        return None;
    };
    if even.max(odd) * 8 < head.len() && is_utf8_with_zeros(head) {
        return None;
    }
    // A character of two halves may be cut at the end of the head.
    let cut = if head.len() > 4 {
        (head.len() - 2) & !1
    } else {
        head.len() & !1
    };
    let (text, faults) = encoding.decode_without_bom_handling(&head[..cut]);
    let cut_pair = text
        .strip_suffix('\u{fffd}')
        .is_some_and(|rest| !rest.contains('\u{fffd}'));
    let is_text = text
        .chars()
        .all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'));
    (is_text && (!faults || cut_pair)).then_some(encoding)
}

/// Whether some bytes are text in UTF-8 but for zeros, and but for a character cut in two at the end. UTF-16 of other
/// alphabets has a control character's byte in each letter.
fn is_utf8_with_zeros(head: &[u8]) -> bool {
    let is_utf8 =
        std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, 0 | b'\t' | b'\n' | b'\r');
    is_utf8 && head.iter().all(is_text)
}
