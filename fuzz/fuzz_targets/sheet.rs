//! The XML of a sheet, in an archive that is whole: changes to a packed file seldom get so far.
#![no_main]

use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::path::Path;

use chatterload::read::{Layout, Source};
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;

const RELATIONS: &str = r#"<Relationships><Relationship Id="r1" Type="t/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    let parts: &[(&str, &[u8])] = if choice & 1 == 1 {
        &[("mimetype", b"x"), ("content.xml", data)]
    } else {
        &[
            ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
            ("xl/workbook.xml", WORKBOOK.as_bytes()),
            ("xl/worksheets/sheet1.xml", data),
        ]
    };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in parts {
        if archive.start_file(*name, stored).is_err() || archive.write_all(bytes).is_err() {
            return;
        }
    }
    let Ok(archive) = archive.finish() else {
        return;
    };
    let layout = Layout {
        fill_merged: choice & 2 == 2,
        ..Layout::default()
    };
    if let Ok(source) = Source::from_stream(Box::new(archive), Path::new("fuzz"), &layout) {
        let _ = source.rows(0, &mut |_| ControlFlow::Continue(()));
    }
});
