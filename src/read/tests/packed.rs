//! Compressed files.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

use super::*;
use crate::read::{Compression, Input};

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

pub fn zip(files: &[(&str, &[u8])], stored: bool) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(if stored {
        zip::CompressionMethod::Stored
    } else {
        zip::CompressionMethod::Deflated
    });
    for (name, bytes) in files {
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const TABLE: &[u8] = b"id,text\n1,caf\xc3\xa9\n2,b\n";

fn packed() -> Vec<(Vec<u8>, Compression)> {
    let litter = [
        ("__MACOSX/._a.csv", b"x".as_slice()),
        ("x/.DS_Store", b"y"),
        ("x/a.csv", TABLE),
    ];
    vec![
        (gzip(TABLE), Compression::Gzip),
        (
            [gzip(&TABLE[..12]), gzip(&TABLE[12..])].concat(),
            Compression::Gzip,
        ),
        (zstd::encode_all(TABLE, 3).unwrap(), Compression::Zstd),
        (zip(&[("a.csv", TABLE)], false), Compression::Zip),
        (zip(&[("a.csv", TABLE)], true), Compression::Zip),
        (zip(&litter, false), Compression::Zip),
    ]
}

#[test]
fn what_is_packed_is_unpacked_by_its_content() {
    for (bytes, compression) in packed() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let input = Input::File(file.path().to_owned());
        let source = Source::open(&input, &Layout::default()).unwrap();
        assert_eq!(source.compression(), Some(compression));
        assert_eq!(source.encoding(), Some("UTF-8"));
        assert!(source.encoding_evidence().unwrap().contains("whole file"));
        let read = read(bytes);
        assert_eq!(read.cells(), [["1", "café"], ["2", "b"]], "{compression:?}");
    }
}

#[test]
fn a_packed_workbook_is_a_workbook() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().write(0, 0, "a").unwrap();
    let workbook = workbook.save_to_buffer().unwrap();
    for bytes in [gzip(&workbook), zip(&[("a.xlsx", &workbook)], false)] {
        assert_eq!(read(bytes).format, Format::Xlsx);
    }
}

#[test]
fn what_was_damaged_or_cut_off_is_told() {
    let long: Vec<u8> = (0..200_000_u32)
        .flat_map(|n| format!("{n},{}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    for bytes in [gzip(&long), zstd::encode_all(long.as_slice(), 3).unwrap()] {
        let (read, error) = read_broken(&bytes[..bytes.len() / 2]);
        assert!(read.rows.len() > 1000);
        assert!(error.message.contains("damaged or was cut off"), "{error}");
        let place = format!("row {}", read.rows.len() + 2);
        assert_eq!(error.place, Some(place));
        let remedy = error.remedy.unwrap_or_default();
        assert!(remedy.contains("is not sent twice"), "{remedy}");
    }
    let mut bytes = zip(&[("a.csv", TABLE)], true);
    let at = bytes
        .windows(4)
        .position(|window| window == b"2,b\n")
        .unwrap();
    bytes[at] = b'3';
    // Small enough to be looked at as a whole before it is opened.
    let error = refused(bytes, &Layout::default());
    assert!(error.message.contains("checksum"), "{error}");
}

#[test]
fn archives_of_several_files_and_packings_of_packings_are_refused() {
    let several = zip(&[("a.csv", TABLE), ("b.csv", TABLE)], false);
    let error = refused(several, &Layout::default());
    assert_eq!(
        error.message,
        "the zip archive holds 2 files: 'a.csv', 'b.csv'"
    );
    let none = refused(zip(&[], false), &Layout::default());
    assert!(none.message.contains("holds no file"), "{none}");
    let twice = refused(gzip(&gzip(TABLE)), &Layout::default());
    assert!(twice.message.contains("twice"), "{twice}");
    let inner = zip(&[("a.csv", TABLE)], false);
    let error = refused(gzip(&inner), &Layout::default());
    assert!(error.message.contains("without a workbook"), "{error}");
}

#[test]
fn a_bomb_of_text_is_read_in_little_memory() {
    // 64 MiB of one line in 64 KiB: the limit of a record ends it.
    let bomb = gzip(&vec![b'x'; 64 << 20]);
    assert!(bomb.len() < 100 << 10);
    let error = refused([bomb.as_slice()].concat(), &Layout::default());
    assert!(error.message.contains("longer than 4 MiB"), "{error}");
}
