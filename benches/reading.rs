//! The reader alone beside the bare `csv` crate, on the same file.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chatterload::read::{Input, Layout, Source};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const ROWS: u32 = 100_000;

/// A survey export of nine columns, some of its comments quoted and with line breaks.
fn export(rows: u32) -> String {
    let mut text = String::from(
        "Response ID,Started,Submitted,NPS,What went well?,What did not?,Country,Channel,E-mail\n",
    );
    for row in 0..rows {
        let comment = match row % 3 {
            0 => "\"Quick delivery, and it fits.\nWould \"\"order\"\" again\"",
            1 => "Everything as described; très bien",
            _ => "",
        };
        let _ = writeln!(
            text,
            "R_{row:08},2026-11-02 10:15:00,2026-11-02 10:17:31,{},{comment},The parcel came late,Germany,Web,p{row}@example.com",
            row % 11,
        );
    }
    text
}

fn bare_csv(path: &Path) -> usize {
    let mut reader = csv::Reader::from_path(path).expect("the file was just written");
    let mut record = csv::ByteRecord::new();
    let mut cells = 0;
    while reader.read_byte_record(&mut record).expect("it is whole") {
        cells += black_box(&record).len();
    }
    cells
}

/// What our rows are: a text record of its own each.
fn owned_csv(path: &Path) -> usize {
    let reader = csv::Reader::from_path(path).expect("the file was just written");
    let records = reader.into_records();
    records
        .map(|record| black_box(record.expect("it is whole")).len())
        .sum()
}

fn ours(path: PathBuf) -> usize {
    let source = Source::open(&Input::File(path), &Layout::default()).expect("it is a table");
    let mut cells = 0;
    source
        .rows(0, &mut |row| {
            cells += black_box(&row).width();
            ControlFlow::Continue(())
        })
        .expect("it is whole");
    cells
}

fn reading(criterion: &mut Criterion) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    let text = export(ROWS);
    file.write_all(text.as_bytes()).expect("disk space");
    assert_eq!(bare_csv(file.path()), ours(file.path().to_owned()));

    let mut group = criterion.benchmark_group("reading");
    group
        .sample_size(20)
        .throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("csv crate, byte records", |bench| {
        bench.iter(|| bare_csv(file.path()));
    });
    group.bench_function("csv crate, owned text records", |bench| {
        bench.iter(|| owned_csv(file.path()));
    });
    group.bench_function("rows", |bench| bench.iter(|| ours(file.path().to_owned())));
    let (western, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    let mut legacy = tempfile::NamedTempFile::new().expect("a temporary file");
    legacy.write_all(&western).expect("disk space");
    group.bench_function("rows of windows-1252", |bench| {
        bench.iter(|| ours(legacy.path().to_owned()));
    });
    let mut packed = tempfile::NamedTempFile::new().expect("a temporary file");
    let bytes = zstd::encode_all(text.as_bytes(), 3).expect("memory");
    packed.write_all(&bytes).expect("disk space");
    group.bench_function("rows of zstd", |bench| {
        bench.iter(|| ours(packed.path().to_owned()));
    });
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
