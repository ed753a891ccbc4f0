//! The XML of a sheet, in an archive that is whole: changes to a packed file seldom get so far.
#![no_main]

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;

const ROOT: &str = r#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const RELATIONS: &str = r#"<Relationships><Relationship Id="r1" Type="t/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="t/styles" Target="styles.xml"/><Relationship Id="r3" Type="t/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const SHEET: &str = r#"<worksheet><dimension ref="A1:C2"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" s="1"><v>45000.5</v></c><c r="B2" t="s"><v>2</v></c></row></sheetData></worksheet>"#;

/// The parts of an archive, of which one is `data`.
fn parts(choice: u8, data: &[u8]) -> Vec<(&'static str, &[u8])> {
    if choice & 1 == 1 {
        return vec![("mimetype", b"x"), ("content.xml", data)];
    }
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("_rels/.rels", ROOT.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/worksheets/sheet1.xml", SHEET.as_bytes()),
        ("xl/styles.xml", b""),
        ("xl/sharedStrings.xml", b""),
    ];
    let changed = match choice & 0b1110 {
        0b0010 => 2,
        0b0100 => 4,
        0b0110 => 5,
        0b1000 => 1,
        0b1010 => 0,
        _ => 3,
    };
    parts[changed].1 = data;
    parts.retain(|(_, bytes)| !bytes.is_empty());
    parts
}

fn packed(choice: u8, data: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in parts(choice, data) {
        archive.start_file(name, stored)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

fuzz_target!(init: chatterload_fuzz::begin(), |data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    if let Ok(archive) = packed(*choice, data) {
        // Its lower bits chose the part: the others choose the layout.
        let layout = chatterload_fuzz::layout(choice & 0b0011_0000, None);
        chatterload_fuzz::read_as(*choice, &archive, &layout);
    }
});
