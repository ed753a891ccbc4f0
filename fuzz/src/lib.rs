//! What the targets share: a layout chosen by a byte, a file read as the commands read it, and a cap on memory.

mod memory;

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use chatterload::draft::{self, Options};
use chatterload::inspect;
use chatterload::mapping::{Mapping, Plan};
use chatterload::read::{Format, Input, Layout, Ragged, Source};

/// The most rows a target reads: a cell of OpenDocument may say that it stands in a million.
const MOST_ROWS: u64 = 10_000;
/// The most columns that are looked at.
const MOST_COLUMNS: usize = 64;
/// The bit of the choice that has a file profiled and a mapping drafted, which takes longer than reading it.
const DRAFT: u8 = 0x40;
/// The bit that has it read by path rather than as a stream.
const BY_PATH: u8 = 0x80;

/// Called once, before the first input: libFuzzer's own hook ends the process at any panic, those that chatterload
/// contains included.
pub fn begin() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !chatterload::panics::are_contained() {
            before(info);
        }
    }));
}

/// The layout that a byte stands for; `format` is what half of them say.
pub fn layout(choice: u8, format: Option<Format>) -> Layout {
    Layout {
        format: format.filter(|_| choice & 1 == 1),
        header_row: (choice & 2 == 2).then_some(0),
        header_rows: (choice & 6 == 4).then_some(2),
        skip_rows_after_header: u64::from(choice & 8 == 8),
        ragged: if choice & 16 == 16 {
            Ragged::Pad
        } else {
            Ragged::Reject
        },
        fill_merged: choice & 32 == 32,
        ..Layout::default()
    }
}

/// Reads a file whose first byte chooses how.
pub fn read(data: &[u8], format: Option<Format>) {
    if let Some((choice, data)) = data.split_first() {
        read_as(*choice, data, &layout(*choice, format));
    }
}

/// Reads a file through, or profiles it and drafts a mapping, which has to compile and map its rows.
pub fn read_as(choice: u8, data: &[u8], layout: &Layout) {
    if choice & DRAFT == 0 {
        if let Some(source) = open(choice, data, layout) {
            rows(source);
        }
        return;
    }
    let Some(source) = open(choice, data, layout) else {
        return;
    };
    let Ok(profile) = inspect::profile("fuzz", source, Some(MOST_ROWS)) else {
        return;
    };
    let _ = (profile.to_json(), profile.render(Some(80)));
    let options = Options {
        layout: layout.clone(),
        ..Options::default()
    };
    let drafted = draft::draft(&profile, None, &options).toml;
    let mapping = Mapping::parse("draft.toml", &drafted).unwrap_or_else(|error| panic!("a draft is refused: {error}"));
    if let Some(source) = open(choice, data, &mapping.layout()) {
        map(source, &mapping);
    }
}

/// Maps the rows of a file.
pub fn map(source: Source, mapping: &Mapping) {
    let Ok(plan) = Plan::compile(mapping, "fuzz", source.shape()) else {
        return;
    };
    let mut read = 0;
    let _ = source.rows(0, &mut |row| {
        let _ = plan.map(&row);
        read += 1;
        more(read)
    });
}

/// A file in memory, as if from standard input.
pub fn stream(data: &[u8], layout: &Layout) -> Option<Source> {
    let stream = Box::new(Cursor::new(data.to_vec()));
    Source::from_stream(stream, Path::new("fuzz"), layout).ok()
}

fn open(choice: u8, data: &[u8], layout: &Layout) -> Option<Source> {
    if choice & BY_PATH == 0 {
        return stream(data, layout);
    }
    // A file that can seek is looked through before it is read, and unpacked in another way.
    let path = std::env::temp_dir().join(format!("chatterload-fuzz-{}", std::process::id()));
    std::fs::write(&path, data).ok()?;
    let source = Source::open(&Input::File(path.clone()), layout).ok();
    let _ = std::fs::remove_file(path);
    source
}

fn rows(source: Source) {
    let (mut read, mut last) = (0, None);
    let _ = source.rows(0, &mut |row| {
        assert!(
            last < Some(row.position.row),
            "rows are handed over in their order"
        );
        last = Some(row.position.row);
        for index in 0..row.width().min(MOST_COLUMNS) {
            let _ = row.cell(index).text();
        }
        read += 1;
        more(read)
    });
}

fn more(read: u64) -> ControlFlow<()> {
    if read < MOST_ROWS {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    }
}
