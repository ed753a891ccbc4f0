//! Workbooks that are small, and say or unpack to something large.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::books::{HEADER, binary_parts, cell, spreadsheet};
use super::packed::zip;
use super::workbook::{guarded, guarded_by, parts, with_part, workbook};
use super::*;

const MIB: usize = 1 << 20;

fn plain() -> Vec<u8> {
    workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
    })
}

fn with_strings(change: impl Fn(&str) -> String) -> Vec<u8> {
    with_part(&plain(), "xl/sharedStrings.xml", |text| Some(change(text)))
}

fn with_sheet(change: impl Fn(&str) -> String) -> Vec<u8> {
    let name = "xl/worksheets/sheet1.xml";
    with_part(&plain(), name, |text| Some(change(text)))
}

const COUNT: &str = "uniqueCount=\"1\"";
const TERABYTES: &str = "uniqueCount=\"99999999999\"";

#[test]
fn a_count_of_strings_behind_a_comment_takes_no_memory() {
    for decoy in ["<!-- <sst> -->", "<?sst >?>", "<!DOCTYPE sst>"] {
        let bytes = with_strings(|text| {
            let changed = text.replace("<sst ", &format!("{decoy}<sst "));
            assert!(changed.contains(decoy));
            assert!(changed.contains(COUNT));
            changed.replace(COUNT, TERABYTES)
        });
        let error = refused(bytes, &Layout::default());
        assert!(error.message.contains("damaged"), "{decoy}: {error}");
    }
    // What says nothing wrong is read.
    let bytes = with_strings(|text| text.replace("<sst ", "<!-- <sst> --><sst "));
    assert_eq!(read(bytes).header, ["a"]);
}

#[test]
fn shared_strings_in_another_folder_are_looked_at() {
    let moved: Vec<(String, Vec<u8>)> = parts(&plain())
        .into_iter()
        .flat_map(|(name, bytes)| match name.strip_prefix("xl/") {
            Some(inside) => vec![
                (format!("Other/{inside}"), bytes.clone()),
                (name.clone(), bytes),
            ],
            None => vec![(name, bytes)],
        })
        .map(|(name, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            let text = match name.as_str() {
                "Other/sharedStrings.xml" => text.replace(COUNT, TERABYTES),
                "_rels/.rels" => text.replace("xl/workbook.xml", "Other/workbook.xml"),
                _ => text,
            };
            (name, text.into_bytes())
        })
        .collect();
    let files: Vec<(&str, &[u8])> = moved
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let error = refused(zip(&files, false), &Layout::default());
    assert!(error.message.contains("damaged"), "{error}");
}

#[test]
fn what_stands_in_a_sheet_is_measured_whatever_it_is() {
    let guarded = |bytes: &[u8]| guarded_by(bytes, 16 << 20, 1 << 16);
    let many = "<b>".repeat(1 << 16);
    let texts = "<is><t>xxxxxxxx</t></is>".repeat(1 << 13);
    let inside = [
        format!("<![CDATA[{many}]]>"),
        format!("<!--{many}-->"),
        format!("<?{many}?>"),
        format!("<c>{texts}</c>"),
        format!("<c r=\"{many}\"/>"),
    ];
    for inside in inside {
        let sheet = with_sheet(|text| {
            assert!(text.contains("<v>0</v>"));
            text.replace("<v>0</v>", &format!("<v>0</v>{inside}"))
        });
        let error = guarded(&sheet).unwrap_err();
        assert!(error.contains("longer than"), "{inside:.20}: {error}");
    }
    // A long sheet of short cells that shrinks as well is fine.
    let rows = "<row><c><v>1</v></c></row>".repeat(1 << 13);
    let sheet = with_sheet(|text| text.replace("</sheetData>", &format!("{rows}</sheetData>")));
    assert_eq!(guarded(&sheet), Ok(()));
    let merged = "<mergeCell/>".repeat((1 << 20) + 1);
    let sheet = with_sheet(|text| text.replace("</sheetData>", &format!("</sheetData>{merged}")));
    assert!(guarded(&sheet).unwrap_err().contains("damaged"));
}

#[test]
fn a_sheet_under_any_name_counts() {
    let bomb = "x".repeat(2 * MIB);
    let mut files = parts(&plain());
    files.push(("xl/media/image1.png".to_owned(), bomb.clone().into_bytes()));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let error = guarded(&zip(&files, false)).unwrap_err();
    assert!(error.contains("image1.png"), "{error}");
    // Pictures that hardly shrink are none of our business, and what stands behind a pivot table neither.
    let mut random = StdRng::seed_from_u64(1);
    let picture: Vec<u8> = (0..2 * MIB).map(|_| random.random()).collect();
    let records = "<r><n v=\"1\"/></r>".repeat(MIB / 8);
    let mut files = parts(&plain());
    files.push(("xl/media/image1.png".to_owned(), picture));
    files.push((
        "xl/pivotCache/pivotCacheRecords1.xml".to_owned(),
        records.into_bytes(),
    ));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    assert_eq!(guarded(&zip(&files, false)), Ok(()));
}

#[test]
fn a_binary_record_is_not_made_room_for_on_its_own_word() {
    // A text cell of 255 MiB, of which there is nothing.
    let huge = [6, 0xff, 0xff, 0xff, 0x7f];
    for name in [
        "xl/worksheets/sheet1.bin",
        "xl/workbook.bin",
        "xl/styles.bin",
    ] {
        let mut files = binary_parts(false);
        let part = files.iter_mut().find(|part| part.0 == name).unwrap();
        part.1.splice(0..0, huge);
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (*name, bytes.as_slice()))
            .collect();
        let error = refused(zip(&files, false), &Layout::default());
        assert!(error.message.contains("longer than"), "{name}: {error}");
    }
}

#[test]
fn copies_of_cells_come_to_an_end() {
    let wide = cell(
        r#"office:value-type="string" table:number-columns-repeated="16384""#,
        "x",
    );
    let rows = format!(
        r#"<table:table-row table:number-rows-repeated="1048576">{wide}</table:table-row>"#
    );
    let table = format!(r#"<table:table table:name="Data">{rows}</table:table>"#);
    let source = open(spreadsheet(&table), &Layout::default()).unwrap();
    let mut rows = 0;
    let end = source.rows(0, &mut |_| {
        rows += 1;
        ControlFlow::Continue(())
    });
    let error = end.unwrap_err();
    assert!(error.message.contains("repeat"), "{error}");
    assert_eq!(rows, (2 << 20) / 16_384 - 1);
}

#[test]
fn a_spreadsheet_of_open_document_is_measured_as_it_is_read() {
    let long = "x".repeat(5 * MIB);
    let cells = [
        format!("<!--{long}-->"),
        format!(r#"<table:table-cell office:string-value="{long}"/>"#),
        cell(
            "",
            &format!("<text:p>{}</text:p>", "x".repeat(MIB)).repeat(5),
        ),
    ];
    for cells in cells {
        let rows = format!("{HEADER}<table:table-row>{cells}</table:table-row>");
        let table = format!(r#"<table:table table:name="Data">{rows}</table:table>"#);
        let error = refused(spreadsheet(&table), &Layout::default());
        assert!(error.message.contains("longer than 4 MiB"), "{error}");
    }
}

#[test]
fn what_unpacks_to_too_much_is_not_opened() {
    let plain = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
    });
    assert_eq!(guarded(&plain), Ok(()));
    let bomb = "x".repeat(0x20_0123);
    let strings = with_part(&plain, "xl/sharedStrings.xml", |text| {
        Some(text.replace(">a<", &format!(">{bomb}<")))
    });
    assert!(strings.len() < 1 << 16);
    let error = guarded(&strings).unwrap_err();
    assert!(error.contains("xl/sharedstrings.xml"), "{error}");

    let cell = with_part(&plain, "xl/worksheets/sheet1.xml", |text| {
        Some(text.replace("<v>0</v>", &format!("<v>{bomb}</v>")))
    });
    let error = guarded(&cell).unwrap_err();
    assert!(error.contains("sheet1.xml"), "{error}");
}

#[test]
fn a_part_that_is_larger_than_it_says_is_not_unpacked() {
    let plain = workbook(|sheet| {
        sheet.write(0, 0, "a").unwrap();
    });
    let bomb = "x".repeat(0x20_0123);
    let mut liar = with_part(&plain, "xl/worksheets/sheet1.xml", |text| {
        Some(text.replace("<v>0</v>", &format!("<v>{bomb}</v>")))
    });
    // Its size, as the local header and the directory declare it.
    let mut declared = 0;
    for at in 0..liar.len() - 4 {
        let found = u32::from_le_bytes(liar[at..at + 4].try_into().unwrap());
        if (0x20_0123..0x20_0900).contains(&found) {
            liar[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
            declared += 1;
        }
    }
    assert_eq!((declared, guarded(&liar)), (2, Ok(())));
    let error = refused(liar, &Layout::default());
    assert!(
        error.message.contains("larger than its declared"),
        "{error}"
    );
}
