//! stub
use std::io;
#[derive(Clone, Copy)]
pub enum Progress {
    Auto,
    Always,
    Never,
}
impl From<crate::cli::When> for Progress {
    fn from(w: crate::cli::When) -> Self {
        match w {
            crate::cli::When::Auto => Self::Auto,
            crate::cli::When::Always => Self::Always,
            crate::cli::When::Never => Self::Never,
        }
    }
}
pub struct Snapshot {
    pub rows: u64,
    pub uploaded: u64,
    pub failed: u64,
    pub requests: u64,
    pub in_flight: u64,
    pub paused: Option<std::time::Duration>,
}
pub struct Watch;
impl Watch {
    pub fn start(_: Progress, _: impl Fn() -> Snapshot + Send + 'static) -> Self {
        Self
    }
    pub fn end(self) {}
}
#[derive(Default)]
pub struct LogWriter;
impl io::Write for LogWriter {
    fn write(&mut self, b: &[u8]) -> io::Result<usize> {
        io::stderr().write(b)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
