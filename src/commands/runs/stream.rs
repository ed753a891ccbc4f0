//! `runs show --json`.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::{facts, file_name, when};
use crate::error::Error;
use crate::ledger::{Direction, Reader, Rejected, Run, Standing};

/// One object, written as it is read: only its facts are in memory. What comes last is whether it could be read to its
/// end.
pub fn show(reader: &Reader, run: &Run, path: &Path) -> Result<(), Error> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut read = Ok(());
    let written = write_json(&mut out, reader, run, path, &mut read);
    // That nobody reads it any more (`| head`) is no fault.
    let _ = written.and_then(|()| out.flush());
    read
}

fn write_json(
    out: &mut impl Write,
    reader: &Reader,
    run: &Run,
    path: &Path,
    read: &mut Result<(), Error>,
) -> io::Result<()> {
    write!(out, "{{\"run\":{}", facts(run, path))?;
    let number = run.number;
    let mut written = Ok(());
    let parts: [(&str, Part<'_>); 3] = [
        ("responses", &|list| {
            reader
                .ask(|view| view.responses_of(number, |line| list.item(&response_json(&line, run))))
        }),
        ("rejections", &|list| {
            reader.ask(|view| {
                view.rejections_of(number, |line| list.item(&rejection_json(&line, &run.files)))
            })
        }),
        ("doubles", &|list| {
            for (token, id) in reader.ask(|view| view.doubles_of(number))? {
                if list
                    .item(&json!({ "token": token.to_string(), "id": id }))
                    .is_break()
                {
                    break;
                }
            }
            Ok(())
        }),
    ];
    for (name, part) in parts {
        write!(out, ",\"{name}\":[")?;
        let mut list = List {
            out: &mut *out,
            first: true,
            written: &mut written,
        };
        if read.is_ok() {
            *read = part(&mut list).map_err(Error::from);
        }
        write!(out, "]")?;
    }
    written?;
    let (status, code, error) = match &read {
        Ok(()) => ("complete", 0, None),
        Err(error) => ("aborted", error.exit_code(), Some(error.to_string())),
    };
    writeln!(
        out,
        ",\"status\":\"{status}\",\"exit_code\":{code},\"error\":{}}}",
        json!(error)
    )
}

/// What writes the items of a list.
type Part<'a> = &'a dyn Fn(&mut List<'_>) -> Result<(), crate::ledger::LedgerError>;

/// A list of JSON that is being written.
struct List<'a> {
    out: &'a mut dyn Write,
    first: bool,
    written: &'a mut io::Result<()>,
}

impl List<'_> {
    fn item(&mut self, item: &Value) -> Direction {
        let comma = if self.first { "" } else { "," };
        self.first = false;
        *self.written = write!(self.out, "{comma}{item}");
        if self.written.is_ok() {
            Direction::Continue(())
        } else {
            Direction::Break(())
        }
    }
}

fn response_json(line: &Standing, run: &Run) -> Value {
    // Of a response that the run only updated, file and row are those of the run that created it.
    let own = line.run == run.number;
    json!({
        "file": line.file.filter(|_| own).map(|file| file_name(&run.files, file)),
        "row": line.row.filter(|_| own),
        "name": line.name,
        "token": line.token.to_string(),
        "state": line.state.name(),
        "id": line.state.api_id(),
        "code": line.code,
        "attempts": line.attempts,
        "at": when(line),
        "only_updated": !own,
    })
}

fn rejection_json(line: &Rejected, files: &[String]) -> Value {
    json!({
        "file": file_name(files, line.file),
        "row": line.row,
        "status": line.status,
        "code": line.code,
        "token": line.token.map(|token| token.to_string()),
    })
}
