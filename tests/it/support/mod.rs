//! A world for each test: a folder, a sandbox, and the program with an environment of its own.
//!
//! The sandbox is strict: a test that did not expect refusals fails by itself when its world goes.

mod gate;
pub mod hook;
pub mod http2;
#[cfg(target_os = "linux")]
pub mod terminal;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use chatterload::api::Client;
use chatterload::api::answer::{Answer, Seen};
use chatterload::sandbox::{Background, Options, Sandbox, State};
use serde_json::Value;

/// A mapping for `id,score,comment,date` tables.
pub const MAPPING: &str = r#"
name = "Test"
[key]
columns = ["id"]
[response]
data_type = "nps"
data_source = "typeform"
score = "score"
comment = "comment"
created_at = "date"
"#;

/// The key of the sandboxes, unlike anything else that is printed.
pub const KEY: &str = "sandbox-secret-4711";

/// A folder and a sandbox.
pub struct World {
    folder: tempfile::TempDir,
    sandbox: Option<Background>,
    may_refuse: bool,
}

/// What a run of the program came to.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// `import FILE -m mapping.toml --json` at full speed.
pub fn import_of(file: &str) -> [&str; 7] {
    [
        "import",
        file,
        "-m",
        "mapping.toml",
        "--json",
        "--rate",
        "unlimited",
    ]
}

impl World {
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    pub fn with(mut options: Options) -> Self {
        KEY.clone_into(&mut options.api_key);
        // A first run waits for search: no test is about the sandbox's own lag.
        if options.search_lag == Options::default().search_lag {
            options.search_lag = Duration::from_millis(50);
        }
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            sandbox: Some(Sandbox::start_in_background(options).unwrap()),
            may_refuse: false,
        };
        world.file("mapping.toml", MAPPING);
        world
    }

    pub fn with_faults(faults: &str) -> Self {
        Self::with(Options {
            faults: faults.parse().unwrap(),
            ..Options::default()
        })
    }

    /// From now on the sandbox may refuse bodies: the test is about that.
    pub fn may_refuse(mut self) -> Self {
        self.may_refuse = true;
        self
    }

    pub fn state(&self) -> &State {
        self.sandbox.as_ref().unwrap().state()
    }

    pub fn url(&self) -> String {
        self.sandbox.as_ref().unwrap().url()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A file that was last written an hour ago: nobody is writing it any more.
    pub fn old_file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name, content);
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        let hour = std::time::Duration::from_hours(1);
        file.set_modified(std::time::SystemTime::now() - hour)
            .unwrap();
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Checks that so many responses are in the sandbox, each of them once.
    #[track_caller]
    pub fn expect_each_once(&self, responses: usize) {
        let tokens = self.state().tokens("acme");
        let twice = tokens.values().filter(|count| **count > 1).count();
        assert_eq!(twice, 0, "doubles");
        assert_eq!(tokens.len(), responses, "losses");
        assert_eq!(self.state().count("acme"), responses);
    }

    /// Changes fields of a response as somebody else might.
    #[track_caller]
    pub fn put(&self, id: &str, fields: &Value) {
        let body = serde_json::json!({ "response": fields }).to_string();
        let key = format!("Bearer {KEY}").parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let seen = runtime.block_on(async {
            let url = self.url().parse().unwrap();
            let client = Client::new(&url, key, Duration::from_secs(10)).unwrap();
            client.put("acme", id, body.into()).await
        });
        assert!(
            matches!(seen, Seen::Answer(Answer { status: 200, .. })),
            "{seen:?}"
        );
    }

    /// The program, ready to run in this world.
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chatterload"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("TMPDIR", std::env::temp_dir())
            .env("XDG_STATE_HOME", self.path("state"))
            .env("CHATTERMILL_API_URL", self.url())
            .env("CHATTERMILL_API_KEY", KEY)
            .env("CHATTERMILL_PROJECT", "acme")
            .stdin(Stdio::null());
        command
    }

    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Done {
        done(&mut self.command(args))
    }

    /// The program at work, all its streams piped.
    pub fn start<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Child {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// `import FILE -m mapping.toml --json` at full speed, with more options.
    pub fn import(&self, file: &str, more: &[&str]) -> Done {
        self.run(import_of(file).iter().chain(more))
    }

    /// A table of so many good rows below `id,score,comment,date`.
    pub fn table(&self, name: &str, rows: usize) -> PathBuf {
        self.file(name, table(1..=rows))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.may_refuse {
            let refusals = self.state().log().refusals;
            assert!(refusals.is_empty(), "the sandbox refused: {refusals:?}");
        }
    }
}

pub fn done(command: &mut Command) -> Done {
    Done::of(command.output().unwrap())
}

impl Done {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The one JSON object on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "not one line: {self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Checks figures of the summary, written as `uploaded=3 failed=1`.
    #[track_caller]
    pub fn expect(self, figures: &str) -> Self {
        let summary = self.json();
        for figure in figures.split_whitespace() {
            let (name, value) = figure.split_once('=').unwrap();
            let value: u64 = value.parse().unwrap();
            assert_eq!(summary[name], value, "{name} of {self:#?}");
        }
        self
    }

    /// Checks that every text stands in what was told on stderr.
    #[track_caller]
    pub fn expect_err(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.err.contains(text), "no '{text}' in {self:#?}");
        }
        self
    }
}

/// Good rows of these numbers, below a header.
pub fn table(ids: impl IntoIterator<Item = usize>) -> String {
    let mut text = String::from("id,score,comment,date\n");
    for id in ids {
        let _ = writeln!(
            text,
            "{id},{},Comment number {id},2026-10-{:02}T10:00:00Z",
            id % 11,
            id % 28 + 1
        );
    }
    text
}

/// Waits until something holds; fails after a long time.
#[track_caller]
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed().as_secs() < 60, "never: {what}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Ends a child when the test ends, whatever happens.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether a process has a handler for SIGTERM (number 15), and has had its say on SIGHUP (1), which is the last: what comes
/// while a handler is being made is lost.
pub fn catches_sigterm(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = |name: &str| {
        let found = status.lines().find_map(|line| line.strip_prefix(name));
        found.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap_or(0))
    };
    let (caught, ignored) = (mask("SigCgt:"), mask("SigIgn:"));
    caught & (1 << 14) != 0 && (caught | ignored) & 1 != 0
}

/// Sends a signal by its name.
pub fn signal(child: &Child, name: &str) {
    let status = std::process::Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// What a child came to, once it has ended.
pub fn finish(child: Child) -> Done {
    Done::of(child.wait_with_output().unwrap())
}
