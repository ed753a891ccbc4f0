//! The inputs: survey answers of eight columns, a workbook of nine, a third of them with a quoted or a long comment.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::json;

const COUNTRIES: [&str; 4] = ["Germany", "France", "Spain", "Côte d'Ivoire"];
const CHANNELS: [&str; 2] = ["Web", "Mail"];
const PLANS: [&str; 3] = ["Family", "Single", "Team"];
const COMMENTS: [&str; 3] = [
    "quick delivery, très bien, would \"order\" again",
    "everything as described",
    "the parcel came late\nand the box was torn; twice I had to call, and nobody knew where it was",
];

struct Answer {
    id: String,
    score: u64,
    comment: String,
    /// Day of October 2026, hour.
    at: (u8, u8),
    country: &'static str,
    channel: &'static str,
    plan: &'static str,
    agent: String,
}

impl Answer {
    fn new(number: u64) -> Self {
        let pick = |from: &[&'static str], by: u64| from[(number / by) as usize % from.len()];
        Self {
            id: format!("R_{number:09}"),
            score: number % 11,
            comment: format!("Answer {number}: {}", pick(&COMMENTS, 1)),
            at: ((number % 28) as u8 + 1, (number / 28 % 24) as u8),
            country: pick(&COUNTRIES, 3),
            channel: pick(&CHANNELS, 2),
            plan: pick(&PLANS, 5),
            agent: format!("Agent {}", number % 40),
        }
    }

    fn date(&self) -> String {
        format!("2026-10-{:02} {:02}:15:00", self.at.0, self.at.1)
    }
}

/// Makes a file of so many answers.
pub fn file(kind: &str, path: &Path, rows: u64) -> Result<u64, Box<dyn Error>> {
    match kind {
        "csv" => csv(path, rows)?,
        "ndjson" => ndjson(path, rows)?,
        "xlsx" => xlsx(path, rows)?,
        _ => return Err("csv, ndjson or xlsx".into()),
    }
    Ok(rows)
}

fn csv(path: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record([
        "id", "score", "comment", "date", "country", "channel", "plan", "agent",
    ])?;
    for answer in (0..rows).map(Answer::new) {
        writer.write_record([
            &answer.id,
            &answer.score.to_string(),
            &answer.comment,
            &answer.date(),
            answer.country,
            answer.channel,
            answer.plan,
            &answer.agent,
        ])?;
    }
    Ok(writer.flush()?)
}

fn ndjson(path: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let mut writer = BufWriter::new(File::create(path)?);
    for answer in (0..rows).map(Answer::new) {
        let record = json!({
            "id": answer.id,
            "score": answer.score,
            "comment": answer.comment,
            "date": answer.date(),
            "country": answer.country,
            "channel": answer.channel,
            "plan": answer.plan,
            "agent": answer.agent,
        });
        serde_json::to_writer(&mut writer, &record)?;
        writer.write_all(b"\n")?;
    }
    Ok(writer.flush()?)
}

fn xlsx(path: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory()?;
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let header = [
        "id", "score", "comment", "date", "country", "channel", "plan", "agent", "store",
    ];
    for (column, name) in (0..).zip(header) {
        sheet.write_string(0, column, name)?;
    }
    for answer in (0..rows).map(Answer::new) {
        let row = u32::try_from(answer.id[2..].parse::<u64>()? + 1)?;
        let at =
            ExcelDateTime::from_ymd(2026, 10, answer.at.0)?.and_hms(answer.at.1.into(), 15, 0)?;
        sheet.write_string(row, 0, &answer.id)?;
        sheet.write_number(row, 1, answer.score as f64)?;
        sheet.write_string(row, 2, &answer.comment)?;
        sheet.write_datetime_with_format(row, 3, &at, &date)?;
        sheet.write_string(row, 4, answer.country)?;
        sheet.write_string(row, 5, answer.channel)?;
        sheet.write_string(row, 6, answer.plan)?;
        sheet.write_string(row, 7, &answer.agent)?;
        sheet.write_string(row, 8, "London 3")?;
    }
    Ok(book.save(path)?)
}
