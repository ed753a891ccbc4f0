//! What chatterload's reading is compared with, each as its documentation shows it: the parsers by themselves, and a plain
//! conversion of every row to JSON. Also makes the inputs: the same rows every time.
//!
//!     baseline make csv|ndjson|xlsx FILE ROWS
//!     baseline csv|strings|convert|ndjson|xlsx FILE

mod make;

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let rows = match arguments[..] {
        ["make", kind, file, rows] => make::file(kind, Path::new(file), rows.parse()?)?,
        ["csv", file] => csv(file)?,
        ["strings", file] => strings(file)?,
        ["convert", file] => convert(file)?,
        ["ndjson", file] => ndjson(file)?,
        ["xlsx", file] => xlsx(file)?,
        _ => return Err("see the head of main.rs for what can be asked for".into()),
    };
    println!("{rows}");
    Ok(())
}

/// The csv crate's own reader, from the first row to the last, as bytes: the least that it can do.
fn csv(file: &str) -> Result<u64, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(file)?;
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while reader.read_byte_record(&mut record)? {
        black_box(&record);
        rows += 1;
    }
    Ok(rows)
}

/// The same as text, which is checked for being UTF-8: what a program reads that goes on to post it.
fn strings(file: &str) -> Result<u64, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(file)?;
    let mut record = csv::StringRecord::new();
    let mut rows = 0;
    while reader.read_record(&mut record)? {
        black_box(&record);
        rows += 1;
    }
    Ok(rows)
}

/// Every row as the JSON that would be posted, put together with `json!` as most scripts would do it. No validation, no
/// identity, no date, nothing looked up: less than chatterload does.
fn convert(file: &str) -> Result<u64, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(file)?;
    let mut rows = 0;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let text = |index: usize| record.get(index).unwrap_or_default();
        let attribute =
            |name: &str, value: &str| json!({"type": "text", "name": name, "value": value});
        let body = json!({"response": {
            "comment": text(2),
            "score": text(1).parse::<i64>()?,
            "created_at": text(3),
            "data_type": "nps",
            "data_source": text(5),
            "user_meta": {"agent": attribute("agent", text(7))},
            "segments": {"country": attribute("country", text(4)), "plan": attribute("plan", text(6))},
        }});
        black_box(serde_json::to_vec(&body)?);
        rows += 1;
    }
    Ok(rows)
}

/// A tree for every line.
fn ndjson(file: &str) -> Result<u64, Box<dyn Error>> {
    let mut reader = BufReader::with_capacity(128 << 10, File::open(file)?);
    let mut line = Vec::new();
    let mut rows = 0;
    while reader.read_until(b'\n', &mut line)? > 0 {
        black_box(serde_json::from_slice::<Value>(&line)?);
        line.clear();
        rows += 1;
    }
    Ok(rows)
}

/// calamine's reader of cells, which holds no sheet in memory.
fn xlsx(file: &str) -> Result<u64, Box<dyn Error>> {
    let mut book: Xlsx<_> = open_workbook(file)?;
    let sheet = book.sheet_names().first().cloned().ok_or("no sheet")?;
    let mut cells = book.worksheet_cells_reader(&sheet)?;
    let mut last = 0;
    while let Some(cell) = cells.next_cell()? {
        last = cell.get_position().0;
        black_box(Data::from(cell.get_value().clone()));
    }
    Ok(u64::from(last))
}
