//! The program on a terminal, which `script` (util-linux) gives it.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use super::{Running, World, wait_until};

/// A terminal with the program at work on it.
pub struct Terminal {
    script: Running,
    shown: Arc<Mutex<String>>,
}

impl Terminal {
    /// Starts the program, its words without blanks; `None` where there is no `script`.
    pub fn start(world: &World, args: &[&str]) -> Option<Self> {
        let program = world.command(args);
        // A shell in between would hear of Ctrl-C too.
        let words: Vec<_> = ["exec".as_ref(), program.get_program()]
            .into_iter()
            .chain(program.get_args())
            .map(|word| word.to_str().unwrap())
            .collect();
        let mut command = Command::new("script");
        command
            .args(["--quiet", "--return", "--command"])
            .args([&words.join(" "), "/dev/null"])
            .current_dir(world.folder())
            .env_clear()
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut script = Running(command.spawn().ok()?);
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut screen, to) = (script.0.stdout.take().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..count]);
                to.lock().unwrap().push_str(&text);
            }
        });
        Some(Self { script, shown })
    }

    /// What was shown so far.
    pub fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    /// Waits until a text was shown so many times.
    #[track_caller]
    pub fn wait_for(&self, text: &str, times: usize) {
        let what = format!("'{text}' {times} times");
        wait_until(&what, || self.shown().matches(text).count() >= times);
    }

    /// Types keys: `\n` is Enter, `\x03` Ctrl-C.
    pub fn type_keys(&mut self, keys: &str) {
        let keyboard = self.script.0.stdin.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// The program's exit code, once it has ended.
    pub fn code(mut self) -> Option<i32> {
        self.script.0.wait().unwrap().code()
    }
}
