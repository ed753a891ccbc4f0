//! Text of any encoding as a stream of UTF-8.

use std::io::Read;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::trouble;
use crate::error::InputError;

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

/// The encoding to read by: a byte order mark is the stronger evidence, then the label, then UTF-8.
pub fn choose(head: &[u8], label: Option<&str>) -> Result<&'static Encoding, InputError> {
    let named = label
        .map(encoding_for)
        .transpose()
        .map_err(|message| trouble(message, "give a WHATWG label, such as windows-1252"))?;
    Ok(byte_order_mark(head)
        .map(|(encoding, _)| encoding)
        .or(named)
        .unwrap_or(UTF_8))
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
pub fn decode(
    mut input: Box<dyn Read + Send>,
    head: &[u8],
    encoding: &'static Encoding,
) -> std::io::Result<Box<dyn Read + Send>> {
    if encoding != UTF_8 {
        return Ok(Box::new(
            DecodeReaderBytesBuilder::new()
                .encoding(Some(encoding))
                .bom_override(true)
                .strip_bom(true)
                .build_with_buffer(input, vec![0; 64 << 10])
                .map_err(std::io::Error::other)?,
        ));
    }
    if let Some((_, length)) = byte_order_mark(head) {
        input.read_exact(&mut [0; 4][..length])?;
    }
    Ok(input)
}

/// The UTF-16 a text without byte order mark seems to be in, by the NUL halves of its Latin letters.
pub fn unmarked_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let nuls = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|&&b| b == 0)
            .count()
    };
    let (even, odd) = (nuls(0), nuls(1));
    let half = head.len() / 2;
    if odd * 2 > half && even * 10 < half {
        Some(UTF_16LE)
    } else if even * 2 > half && odd * 10 < half {
        Some(UTF_16BE)
    } else {
        None
    }
}
