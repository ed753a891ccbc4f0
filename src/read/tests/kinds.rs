//! What is no table at all, and whence files come.

use std::path::PathBuf;

use super::*;
use crate::read::Input;

fn open_path(path: PathBuf) -> Result<Source, InputError> {
    Source::open(&Input::File(path), &Layout::default())
}

#[test]
fn what_cannot_be_read_is_told_with_its_remedy() {
    let ole = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0];
    let encrypted = [ole.as_slice(), &utf16("EncryptedPackage", false)[2..]].concat();
    let cases: [(&[u8], &str); 6] = [
        (b"", "the file is empty (0 bytes)"),
        (b"\x1f\x8b\x08\0", "unexpected end of file"),
        (&ole, "damaged"),
        (&encrypted, "password"),
        (b"PK\x03\x04 and no more", "damaged"),
        (b"\x7fELF\0\0\x01\0\0\x02,\n", "binary"),
    ];
    for (bytes, expected) in cases {
        let error = refused(bytes, &Layout::default());
        assert!(error.message.contains(expected), "{error}");
        assert_eq!(error.file, PathBuf::from("file.csv"));
    }
}

#[test]
fn pages_and_documents_under_a_tables_name_are_told() {
    for (text, expected) in [
        ("\n<!DOCTYPE html><html>", "web page"),
        ("<table><tr><td>1", "web page"),
        ("<?xml version=\"1.0\"?><Workbook>", "XML"),
        ("%PDF-1.4\n1,2", "document"),
    ] {
        let error = refused(text, &Layout::default());
        assert!(error.message.contains(expected), "{error}");
    }
    assert_eq!(read("<b>,c\n1,2\n").rows.len(), 1);
}

#[test]
fn a_page_that_is_called_a_workbook_is_a_page() {
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        ("<html><table><tr><td>1", "web page"),
        ("<?xml version=\"1.0\"?><Workbook>", "XML"),
        ("id,NPS\n1,9\n", "is called .xls"),
    ] {
        let path = folder.path().join("report.xls");
        std::fs::write(&path, text).unwrap();
        let error = open_path(path).err().unwrap();
        assert!(error.message.contains(expected), "{error}");
    }
}

#[test]
fn what_is_packed_in_a_way_that_is_not_read_is_named() {
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let cases: [(&[u8], &str); 6] = [
        (b"BZh91AY&SY\0\0", "bzip2"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b"7z\xbc\xaf\x27\x1c\0", "7-Zip"),
        (b"Rar!\x1a\x07\0", "RAR"),
        (&tar, "tar"),
        (b"%PDF-1.4\n\0", "document"),
    ];
    for (bytes, expected) in cases {
        let error = refused(bytes, &Layout::default());
        assert!(error.message.contains(expected), "{error}");
    }
    assert_eq!(read("BZh9,c\n1,2\n").rows.len(), 1);
}

#[test]
fn files_are_opened_by_path() {
    let folder = tempfile::tempdir().unwrap();
    let missing = open_path(folder.path().join("missing.csv")).err().unwrap();
    assert_eq!(missing.message, "there is no such file");
    let directory = open_path(folder.path().to_owned()).err().unwrap();
    assert!(directory.message.contains("folder"), "{directory}");

    let path = folder.path().join("x.tsv");
    std::fs::write(&path, "a,b\tc\n1\t2\n").unwrap();
    let source = open_path(path).unwrap();
    assert_eq!(
        (source.format(), source.delimiter()),
        (Format::Tsv, Some(b'\t'))
    );
    assert_eq!(source.encoding(), Some("UTF-8"));

    let path = folder.path().join("misnamed.tsv");
    std::fs::write(&path, "a;b\n1;2\n").unwrap();
    assert_eq!(open_path(path).unwrap().delimiter(), Some(b';'));
}

#[test]
fn content_counts_more_than_the_name_and_a_bracket_is_not_yet_json() {
    assert_eq!(read("{\"a\": 1}\n").format, Format::Ndjson);
    assert_eq!(read("{name},[b]\n1,2\n").format, Format::Csv);
    assert_eq!(read("[Q1],[Q2]\n1,2\n").format, Format::Csv);
}

#[test]
fn a_format_can_be_named() {
    let as_format = |format| Layout {
        format: Some(format),
        ..Layout::default()
    };
    assert_eq!(
        read_as("{\"a\"}\n1\n", &as_format(Format::Csv)).rows.len(),
        1
    );
    let error = refused("a,b\n", &as_format(Format::Xlsx));
    assert!(error.message.contains("no workbook"), "{error}");
}
