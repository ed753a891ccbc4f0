//! Delimited text of any encoding.
#![no_main]

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use chatterload::read::{Format, Layout, Ragged, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    let format: Option<Format> = Some(Format::Csv);
    let layout = Layout {
        format: format.filter(|_| choice & 1 == 1),
        header_row: (choice & 2 == 2).then_some(0),
        header_rows: (choice & 6 == 4).then_some(2),
        skip_rows_after_header: u64::from(choice & 8 == 8),
        ragged: if choice & 16 == 16 { Ragged::Pad } else { Ragged::Reject },
        fill_merged: choice & 32 == 32,
        ..Layout::default()
    };
    let stream = Box::new(Cursor::new(data.to_vec()));
    if let Ok(source) = Source::from_stream(stream, Path::new("fuzz"), &layout) {
        let _ = source.rows(0, &mut |row| {
            for index in 0..row.width().min(64) {
                let _ = row.cell(index).text();
            }
            ControlFlow::Continue(())
        });
    }
});
