//! What a text is made of, taken for UTF-8. A large file is looked through in parts, by as many threads as there are cores.

use std::fs::File;
use std::io::Read;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const CHUNK: usize = 128 << 10;
/// How much of a text that is not UTF-8 statistics are made of.
const SAMPLE: usize = 256 << 10;
/// A part begins behind the first line feed after each multiple of this: which ones there are must not depend on the
/// machine, as the sample does on them.
const PART: u64 = 16 << 20;
/// Where no line feed comes for so long, no part begins.
const LONGEST_LINE: usize = 64 << 10;
/// The disk gives no more.
const THREADS: usize = 6;

/// What a text is made of, taken for UTF-8.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Well-formed characters beyond ASCII.
    pub valid: u64,
    /// Places that are not UTF-8.
    pub invalid: u64,
    /// The first of them: its line and byte.
    pub first: Option<(u64, u8)>,
    /// Chunks with such places.
    pub sample: Vec<u8>,
    /// Line breaks before the first of them.
    line_breaks: u64,
}

/// Looks through a text.
pub fn of(mut input: impl Read) -> Survey {
    let mut survey = Survey::default();
    let mut buffer = vec![0; CHUNK];
    let mut kept = 0;
    loop {
        let read = match input.read(&mut buffer[kept..]) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            // Met again where it can be told with its place.
            Err(_) => 0,
        };
        let filled = kept + read;
        // A character cut in two waits for the rest of it.
        let whole = if read == 0 {
            filled
        } else {
            filled - tail(&buffer[..filled])
        };
        survey.add(&buffer[..whole]);
        if read == 0 {
            return survey;
        }
        buffer.copy_within(whole..filled, 0);
        kept = filled - whole;
    }
}

/// Looks through a file, whatever its position.
pub fn of_file(file: &File) -> Survey {
    of_parts(file, PART)
}

fn of_parts(file: &File, size: u64) -> Survey {
    let parts = parts(file, size);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = threads.min(THREADS).min(parts.len());
    let surveys: Vec<OnceLock<Survey>> = parts.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        for number in numbers.take_while(|number| *number < parts.len()) {
            surveys[number].get_or_init(|| of(parts[number].clone()));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let surveys = surveys.into_iter().filter_map(OnceLock::into_inner);
    surveys.fold(Survey::default(), |all, next| all.and(&next))
}

/// The parts of a file, one behind the other.
fn parts(file: &File, size: u64) -> Vec<Part<'_>> {
    let end = file.metadata().map_or(0, |meta| meta.len());
    let mut parts = Vec::new();
    let mut from = 0;
    let mut line = vec![0; LONGEST_LINE];
    for at in (size..end).step_by(usize::try_from(size).unwrap_or(usize::MAX)) {
        let read = read_at(file, &mut line, at).unwrap_or(0);
        if let Some(feed) = memchr::memchr(b'\n', &line[..read]) {
            let to = at + feed as u64 + 1;
            parts.push(Part { file, from, to });
            from = to;
        }
    }
    // To the end, wherever that is by then.
    let to = u64::MAX;
    parts.push(Part { file, from, to });
    parts
}

/// A part of a file.
#[derive(Clone)]
struct Part<'a> {
    file: &'a File,
    from: u64,
    to: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.to - self.from).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = read_at(self.file, &mut buffer[..most], self.from)?;
        self.from += read as u64;
        Ok(read)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

/// The length of a character's beginning at the end of some bytes.
fn tail(bytes: &[u8]) -> usize {
    for (length, &byte) in (1..=3).zip(bytes.iter().rev()) {
        let needs = match byte {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            0x80..=0xbf => continue,
            _ => return 0,
        };
        return if needs > length { length } else { 0 };
    }
    0
}

impl Survey {
    /// This and what comes behind it.
    fn and(mut self, next: &Self) -> Self {
        self.valid += next.valid;
        self.invalid += next.invalid;
        if self.first.is_none() {
            let line_breaks = self.line_breaks;
            self.first = next.first.map(|(line, byte)| (line + line_breaks, byte));
            self.line_breaks += next.line_breaks;
        }
        self.sample_from(&next.sample);
        self
    }

    fn add(&mut self, bytes: &[u8]) {
        if simdutf8::basic::from_utf8(bytes).is_ok() {
            self.valid += leading(bytes);
            if self.first.is_none() {
                self.line_breaks += breaks(bytes);
            }
            return;
        }
        for chunk in bytes.utf8_chunks() {
            self.valid += leading(chunk.valid().as_bytes());
            if self.first.is_none() {
                self.line_breaks += breaks(chunk.valid().as_bytes());
            }
            if let Some(&byte) = chunk.invalid().first() {
                self.invalid += 1;
                self.first.get_or_insert((self.line_breaks + 1, byte));
            }
        }
        self.sample_from(bytes);
    }

    fn sample_from(&mut self, bytes: &[u8]) {
        let room = SAMPLE.saturating_sub(self.sample.len());
        self.sample
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// The bytes that begin a character beyond ASCII.
fn leading(bytes: &[u8]) -> u64 {
    // So many that their number fits into a byte: counted in bytes, many at a time.
    bytes
        .chunks(usize::from(u8::MAX))
        .map(|few| {
            let each = few.iter().map(|byte| u8::from(*byte >= 0xc0));
            u64::from(each.sum::<u8>())
        })
        .sum()
}

fn breaks(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn file(text: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        file
    }

    proptest! {
        /// The sample apart, which is of whole chunks.
        #[test]
        fn parts_tell_what_the_whole_does(
            pieces in prop::collection::vec(prop::sample::select(vec![&b"a"[..], b"\n", "é".as_bytes(), "€".as_bytes(), b"\xe9", b"\xe2\x82"]), 0..60),
            size in 1..20u64,
        ) {
            let text = pieces.concat();
            let whole = of(text.as_slice());
            let file = file(&text);
            let by_parts = of_parts(&file, size);
            prop_assert_eq!(
                (by_parts.valid, by_parts.invalid, by_parts.first),
                (whole.valid, whole.invalid, whole.first)
            );
            prop_assert_eq!(of_file(&file), whole);
        }
    }

    #[test]
    fn parts_begin_behind_line_feeds() {
        let file = file("ab\ncdé\nefg\n".as_bytes());
        let parts = parts(&file, 4);
        let bounds: Vec<_> = parts.iter().map(|part| (part.from, part.to)).collect();
        assert_eq!(bounds, [(0, 8), (8, 12), (12, u64::MAX)]);
    }
}
