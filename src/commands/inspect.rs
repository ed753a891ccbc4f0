//! `inspect`: what is in a file.

use std::path::Path;

use crate::cli::InspectArgs;
use crate::console::Console;
use crate::error::Error;
use crate::inspect::{Profile, profile};
use crate::read::{Input, Layout, Source};
use crate::settings;

/// Shows what is in a file.
pub fn run(args: &InspectArgs, console: &Console) -> Result<(), Error> {
    let layout = settings::layout(&args.layout)?;
    let found = look(&args.file, &layout, args.limit)?;
    if console.json {
        let mut value = found.to_json();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("status".to_owned(), "complete".into());
            fields.insert("exit_code".to_owned(), 0.into());
        }
        console.json(&value);
    } else {
        console.result(found.render(console.width()).trim_end());
    }
    Ok(())
}

/// Reads a file through and says what its columns hold.
pub fn look(file: &Path, layout: &Layout, limit: Option<u64>) -> Result<Profile, Error> {
    let input = if file == Path::new("-") {
        Input::Stdin
    } else {
        Input::File(file.to_owned())
    };
    // Nothing is posted by what is seen here: it may be guessed where the table begins.
    let layout = Layout {
        seek_table: true,
        ..layout.clone()
    };
    let source = Source::open(&input, &layout)?;
    Ok(profile(&file.display().to_string(), source, limit)?)
}
