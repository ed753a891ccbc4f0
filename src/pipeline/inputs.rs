//! Which files are read: names, patterns and standard input to open files whose headers suit the mapping.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, UNIX_EPOCH};

use super::recalled;
use crate::error::{Error, InputError};
use crate::identity::{Id, row_id};
use crate::ledger::BelowHeader;
use crate::mapping::{Mapping, Plan};
use crate::read::{Format, Input, Layout, Source};
use crate::record::Shape;
use crate::upload::stop::Stop;

/// An input whose header suits the mapping.
pub struct Opened {
    /// Its name as the user gave it.
    pub name: String,
    /// What its records look like.
    pub shape: Shape,
    /// Its format.
    pub format: Format,
    /// Whether it is a failures file of an earlier run.
    pub is_failures_file: bool,
    /// What is remembered for the retry of its failures, by the names that these have for the file.
    pub below: Vec<(String, BelowHeader)>,
    /// The mapping checked against it.
    pub plan: Plan,
    source: Lazy,
    /// The file and how it is read, where it can be read again.
    again: Option<(PathBuf, Layout)>,
}

/// A file that is held open, or opened again when its turn comes: any number of files fits into memory.
enum Lazy {
    Open(Box<Source>),
    Again(PathBuf, Layout),
}

impl Opened {
    /// The file opened once more; `None` for a pipe.
    pub fn again(&self) -> Option<Result<Source, InputError>> {
        let (path, layout) = self.again.as_ref()?;
        Some(Source::open(&Input::File(path.clone()), layout))
    }

    /// Whether its rows come once only, as those of a pipe.
    pub fn comes_once(&self) -> bool {
        self.again.is_none()
    }

    /// The file; `None` for a pipe.
    pub fn path(&self) -> Option<PathBuf> {
        self.again.as_ref().map(|(path, _)| path.clone())
    }

    /// Where the file is, how long it is and when it was written last; `None` for a pipe.
    fn version(&self) -> Option<String> {
        let path = self.again.as_ref()?.0.canonicalize().ok()?;
        let file = path.metadata().ok()?;
        let written = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!(
            "{} {} {}",
            path.display(),
            file.len(),
            written.as_nanos()
        ))
    }

    /// Its name without folders.
    pub fn base_name(&self) -> &str {
        self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name)
    }

    /// The open file, its header read.
    ///
    /// # Errors
    /// It cannot be opened again, or has become another since its header was checked.
    pub fn source(self) -> Result<(String, Plan, Source), InputError> {
        let source = match self.source {
            Lazy::Open(source) => *source,
            Lazy::Again(path, layout) => {
                let source = Source::open(&Input::File(path.clone()), &layout)?;
                if *source.shape() != self.shape {
                    return Err(InputError {
                        file: path,
                        place: None,
                        message: "the file's header has changed since the run began".to_owned(),
                        remedy: Some("let the export finish, then run again".to_owned()),
                    });
                }
                source
            }
        };
        Ok((self.name, self.plan, source))
    }
}

/// A hash of the files as they are now, and of what else says which of their rows are loaded; `None` where one of them is
/// a pipe.
pub fn fingerprint(inputs: &[Opened], others: &[String]) -> Option<Id> {
    let versions = inputs.iter().map(Opened::version);
    let versions: Vec<String> = versions.collect::<Option<_>>()?;
    let parts = versions.iter().chain(others);
    Some(row_id("inputs", parts.map(String::as_str)))
}

/// A file as the user named it.
struct Named {
    path: PathBuf,
    by_pattern: bool,
}

/// Opens all inputs in their order, each checked against the mapping before the first row is read. What failures files
/// cannot say of their rows `ledger` remembers.
///
/// # Errors
/// A file cannot be read, a pattern matches none, or the mapping does not suit a header.
pub fn open(
    files: &[PathBuf],
    mapping: &Mapping,
    ledger: Option<&Path>,
    stop: &Stop,
    colour: bool,
) -> Result<Vec<Opened>, Error> {
    let layout = mapping.layout();
    let mut opened: Vec<Opened> = Vec::new();
    for named in expand(files)? {
        let source = open_source(&named.path, &layout, stop)?;
        if named.by_pattern && source.is_failures_file() {
            continue;
        }
        let name = named.path.display().to_string();
        let can_reopen = named.path != Path::new("-") && is_regular(&named.path);
        let mut shape = source.shape().clone();
        let mut called = vec![name.clone()];
        if let (Shape::Table(header), Some(ledger)) = (&mut shape, ledger)
            && source.is_failures_file()
            && can_reopen
        {
            let again = Source::open(&Input::File(named.path.clone()), &layout)?;
            let (below, files) = recalled::below(again, &name, header, ledger)?;
            header.below = below;
            called.extend(files);
        }
        let plan = Plan::compile(mapping, &name, &shape).map_err(|error| {
            // A title taken for the header is told here: no row will be read that could tell of it.
            let hint = source
                .hint()
                .map_or_else(String::new, |hint| format!("\n  help: {hint}"));
            Error::Usage(format!("{}{hint}", error.render(colour)))
        })?;
        opened.push(Opened {
            name,
            below: match recalled::to_remember(&shape) {
                Some(below) => called
                    .into_iter()
                    .map(|name| (name, below.clone()))
                    .collect(),
                None => Vec::new(),
            },
            shape: source.shape().clone(),
            format: source.format(),
            is_failures_file: source.is_failures_file(),
            plan,
            again: can_reopen.then(|| (named.path.clone(), layout.clone())),
            source: if opened.is_empty() || !can_reopen {
                Lazy::Open(Box::new(source))
            } else {
                Lazy::Again(named.path, layout.clone())
            },
        });
    }
    if opened.is_empty() {
        return Err(missing(
            &files[0],
            "the pattern matches failures files only",
            "name a failures file itself to load it",
        )
        .into());
    }
    Ok(opened)
}

/// Patterns to files; a path that exists is taken as it stands.
fn expand(files: &[PathBuf]) -> Result<Vec<Named>, Error> {
    let mut found = Vec::new();
    let mut stdin = 0;
    for path in files {
        let text = path.to_string_lossy();
        if text == "-" {
            stdin += 1;
        }
        if text == "-" || path.exists() || !text.contains(['*', '?', '[']) {
            found.push(Named {
                path: path.clone(),
                by_pattern: false,
            });
            continue;
        }
        let matches = glob::glob(&text).map_err(|error| {
            Error::Usage(format!("'{text}' is no pattern of files: {}", error.msg))
        })?;
        let mut any = false;
        for path in matches {
            let path = path.map_err(|error| {
                missing(
                    error.path(),
                    &format!("it cannot be looked into: {}", error.error()),
                    "",
                )
            })?;
            if path.is_dir() || is_failures_name(&path) {
                continue;
            }
            any = true;
            found.push(Named {
                path,
                by_pattern: true,
            });
        }
        if !any {
            return Err(missing(
                path,
                "no file matches this pattern",
                "check the folder; failures files are never matched",
            )
            .into());
        }
    }
    if stdin > 1 {
        return Err(Error::Usage(
            "standard input (-) can be read only once".to_owned(),
        ));
    }
    Ok(found)
}

/// Whether a file is a failures file by its name: `x.failures.csv`, `x.failures-2.ndjson`, …
pub fn is_failures_name(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.and_then(|stem| stem.rsplit_once(".failures"))
        .is_some_and(|(_, rest)| {
            rest.is_empty()
                || rest
                    .strip_prefix('-')
                    .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        })
}

fn missing(path: &Path, message: &str, remedy: &str) -> InputError {
    InputError {
        file: path.to_owned(),
        place: None,
        message: message.to_owned(),
        remedy: (!remedy.is_empty()).then(|| remedy.to_owned()),
    }
}

/// Whether a path is that of a file, and no pipe's or folder's.
pub fn is_regular(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file())
}

/// Opens a file; a pipe in such a way that a stop is noticed while nothing comes in.
fn open_source(path: &Path, layout: &Layout, stop: &Stop) -> Result<Source, InputError> {
    let stream: Box<dyn Read + Send> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else if path.exists() && !path.is_dir() && !is_regular(path) {
        Box::new(File::open(path).map_err(|error| {
            missing(
                path,
                &format!("it cannot be opened: {error}"),
                "check its permissions",
            )
        })?)
    } else {
        return Source::open(&Input::File(path.to_owned()), layout);
    };
    Source::from_stream(Box::new(Pipe::new(stream, stop.clone())), path, layout)
}

/// How often a stop is looked for while nothing comes in.
const GLANCE: Duration = Duration::from_millis(100);
const PIECE: usize = 64 << 10;

/// A stream read on a thread of its own, so that a stop is noticed while it is silent. After a stop it ends; the
/// feeder, which sees the stop as well, makes no row of what is then left.
struct Pipe {
    pieces: mpsc::Receiver<std::io::Result<Vec<u8>>>,
    current: VecDeque<u8>,
    stop: Stop,
}

impl Pipe {
    fn new(mut stream: Box<dyn Read + Send>, stop: Stop) -> Self {
        let (to, pieces) = mpsc::sync_channel(4);
        // Not waited for: it may sit in a read that never ends, and goes with the process.
        std::thread::spawn(move || {
            loop {
                let mut piece = vec![0; PIECE];
                let read = stream.read(&mut piece).map(|read| {
                    piece.truncate(read);
                    piece
                });
                let over = read.as_ref().map_or(true, Vec::is_empty);
                if to.send(read).is_err() || over {
                    return;
                }
            }
        });
        Self {
            pieces,
            current: VecDeque::new(),
            stop,
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.current.is_empty() {
            match self.pieces.recv_timeout(GLANCE) {
                Ok(piece) => {
                    let piece = piece?;
                    if piece.is_empty() {
                        return Ok(0);
                    }
                    self.current = piece.into();
                }
                Err(mpsc::RecvTimeoutError::Timeout) if self.stop.is_ending() => return Ok(0),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        self.current.read(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_files_are_known_by_name() {
        for (name, is) in [
            ("nps.failures.csv", true),
            ("a/nps.failures-2.csv", true),
            ("nps.failures-12.ndjson", true),
            ("nps.csv", false),
            ("my.failures-in-may.csv", false),
            ("failures.csv", false),
        ] {
            assert_eq!(is_failures_name(Path::new(name)), is, "{name}");
        }
    }

    #[test]
    fn a_silent_pipe_ends_with_a_stop() {
        /// Says one thing, then nothing for ever.
        struct Silent(bool);
        impl Read for Silent {
            fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    loop {
                        std::thread::park();
                    }
                }
                into[..3].copy_from_slice(b"a,b");
                Ok(3)
            }
        }
        let stop = Stop::default();
        let mut pipe = Pipe::new(Box::new(Silent(false)), stop.clone());
        let mut text = [0; 8];
        assert_eq!(pipe.read(&mut text).unwrap(), 3);
        stop.end(crate::upload::retry::End::Stopped("interrupted".to_owned()));
        assert_eq!(pipe.read(&mut text).unwrap(), 0);
    }

    #[test]
    fn a_pattern_skips_failures_files_and_a_path_that_exists_is_no_pattern() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.csv", "b.csv", "a.failures.csv", "odd[1].csv"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            expand(&[folder.path().join(pattern)])
                .unwrap()
                .iter()
                .map(|named| {
                    named
                        .path
                        .file_name()
                        .unwrap()
                        .to_string_lossy()
                        .into_owned()
                })
                .collect()
        };
        assert_eq!(names("?.csv"), ["a.csv", "b.csv"]);
        assert_eq!(names("odd[1].csv"), ["odd[1].csv"]);
        assert_eq!(names("a.failures.csv"), ["a.failures.csv"]);
        let error = expand(&[folder.path().join("*.xlsx")]).err().unwrap();
        assert_eq!(error.exit_code(), 3);
    }
}
