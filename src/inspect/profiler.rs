//! The pass over a file.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::column::Column;
use super::distinct::Counter;
use super::header::{Below, below};
use super::json::Paths;
use super::shapes::Shapes;
use super::tally::Tally;
use super::tools::{self, Tool};
use super::values::Scalar;
use super::{Profile, Total};
use crate::error::InputError;
use crate::mapping::fold;
use crate::read::{Compression, Source, TABLE, is_extreme, joined_header, sums_up};
use crate::record::{Header, Row, Shape};

/// The most rows that are looked at for sums below a table.
const TOTALS: usize = 8;

/// Hashes that all columns together may hold beyond the exactly counted ones.
const BUDGET: usize = 4 << 20;
/// Rows below the header that may belong to it.
const BELOW: usize = 6;

/// Reads a file once.
///
/// # Errors
/// The file cannot be read to its end.
pub fn profile(name: &str, mut source: Source, limit: Option<u64>) -> Result<Profile, InputError> {
    let shapes = Shapes::new().map_err(|error| InputError {
        file: PathBuf::from(name),
        place: None,
        message: error.to_string(),
        remedy: None,
    })?;
    let mut profile = Profile {
        file: name.to_owned(),
        format: source.format().name().to_owned(),
        encoding: source.encoding().map(str::to_owned),
        encoding_evidence: source.encoding_evidence().map(str::to_owned),
        compression: source.compression().map(Compression::name),
        delimiter: source.delimiter().map(char::from),
        sheet: source.sheet().map(str::to_owned),
        sheets: source.sheets(),
        sheet_sizes: Vec::new(),
        found_sheet: source.found_sheet().map(str::to_owned),
        header_row: source.found_header_row(),
        records: source.records_path().map(|path| path.text().to_owned()),
        records_told: source.records_told().map(str::to_owned),
        is_failures_file: source.is_failures_file(),
        tool: None,
        is_json: *source.shape() == Shape::Json,
        is_headerless: false,
        header_rows_below: 0,
        joined_header_rows: 0,
        timezone: source.timezone().map(str::to_owned),
        rows: 0,
        is_complete: true,
        faults: Vec::new(),
        repeated_rows: 0,
        totals: Vec::new(),
        notices: Vec::new(),
        columns: Vec::new(),
        has_more_columns: false,
    };
    if profile.sheets.len() > 1 {
        profile.sheet_sizes = source.sheet_sizes();
    }
    let header = match source.shape() {
        Shape::Table(header) => header.clone(),
        Shape::Json => Header::default(),
    };
    let mut pass = Pass::new(header, shapes, limit);
    pass.is_header_said = source.is_header_said();
    let notices = source.notices();
    source.rows(0, &mut |row| pass.hold(row))?;
    pass.finish(&mut profile);
    profile.notices.splice(0..0, notices.list());
    Ok(profile)
}

struct Pass {
    header: Header,
    /// Whether somebody said where it is: then it is one, whatever it looks like.
    is_header_said: bool,
    shapes: Shapes,
    limit: u64,
    budget: usize,
    /// The last rows so far, which may be no data but sum up the others.
    last: VecDeque<Row>,
    /// The first rows, until it is known whether they belong to the header.
    first: Vec<Row>,
    below: Option<(Option<Tool>, Below)>,
    /// Rows between header and data, as `skip_rows_after_header` counts them.
    skipped: u64,
    tallies: Vec<Tally>,
    paths: Paths,
    rows: u64,
    /// Rows whose cells were seen: a row at fault is rejected as such, and says nothing of how well columns are filled.
    judged: u64,
    cut: bool,
    faults: Vec<(String, u64)>,
    whole: Counter,
}

impl Pass {
    fn new(header: Header, shapes: Shapes, limit: Option<u64>) -> Self {
        let tallies = (0..header.len()).map(|_| Tally::default()).collect();
        Self {
            header,
            is_header_said: false,
            shapes,
            limit: limit.unwrap_or(u64::MAX),
            budget: BUDGET,
            last: VecDeque::new(),
            first: Vec::new(),
            below: None,
            skipped: 0,
            tallies,
            paths: Paths::default(),
            rows: 0,
            judged: 0,
            cut: false,
            faults: Vec::new(),
            whole: Counter::default(),
        }
    }

    /// Takes a row as soon as it is known to be none of the last.
    fn hold(&mut self, row: Row) -> ControlFlow<()> {
        if row.json().is_some() {
            return self.take(row);
        }
        self.last.push_back(row);
        if self.last.len() <= TOTALS {
            return ControlFlow::Continue(());
        }
        self.last
            .pop_front()
            .map_or(ControlFlow::Continue(()), |row| self.take(row))
    }

    /// Takes the last rows, but those that sum up the others.
    fn take_last(&mut self) -> Vec<Total> {
        let mut totals: Vec<Total> = Vec::new();
        if !self.cut {
            totals.extend(self.last.iter().rev().map_while(total));
            totals.reverse();
        }
        // The table has more rows, and an extreme alone may be somebody's name.
        let rows = self.rows + (self.first.len() + self.last.len()) as u64;
        let above = rows - totals.len() as u64;
        let spared = usize::try_from(TABLE.saturating_sub(above)).unwrap_or(usize::MAX);
        totals.drain(..spared.min(totals.len()));
        if !totals.iter().any(|total| sums_up(&total.text)) {
            totals.clear();
        }
        self.last.truncate(self.last.len() - totals.len());
        while let Some(row) = self.last.pop_front() {
            if self.take(row).is_break() {
                break;
            }
        }
        self.rows += totals.len() as u64;
        totals
    }

    fn take(&mut self, row: Row) -> ControlFlow<()> {
        if self.below.is_none() && row.json().is_none() {
            self.first.push(row);
            if self.first.len() == BELOW {
                return self.look_below();
            }
            return ControlFlow::Continue(());
        }
        self.see(&row)
    }

    /// Tells header rows from data among the first rows, and sees those that are data.
    fn look_below(&mut self) -> ControlFlow<()> {
        let first = std::mem::take(&mut self.first);
        let names: Vec<String> = self.header.original.iter().map(|name| fold(name)).collect();
        let texts: Vec<Vec<String>> = first
            .iter()
            .map(|row| {
                (0..row.width())
                    .map(|index| row.cell(index).text().trim().to_owned())
                    .collect()
            })
            .collect();
        let tool = tools::of_table(&names, texts.first().map_or(&[], Vec::as_slice))
            .or_else(|| tools::of_table(&names, texts.get(1).map_or(&[], Vec::as_slice)));
        // Where nothing is called anything, there is no header that could go on below.
        let found = if names.iter().all(String::is_empty) {
            Below::default()
        } else {
            below(tool, &names, &texts)
        };
        if found.rows > 0 {
            let from = first[0].position.row;
            self.skipped = first[found.rows - 1].position.row - from + 1;
        }
        let rows = found.rows;
        self.below = Some((tool, found));
        for row in &first[rows..] {
            self.see(row)?;
        }
        ControlFlow::Continue(())
    }

    fn see(&mut self, row: &Row) -> ControlFlow<()> {
        if self.rows == self.limit {
            self.cut = true;
            return ControlFlow::Break(());
        }
        self.rows += 1;
        if let Some(fault) = &row.fault {
            let code = fault.code.to_string();
            match self.faults.iter_mut().find(|(known, _)| *known == code) {
                Some((_, count)) => *count += 1,
                None => self.faults.push((code, 1)),
            }
            return ControlFlow::Continue(());
        }
        self.judged += 1;
        let mut hasher = DefaultHasher::new();
        if let Some(record) = row.json() {
            record.to_string().hash(&mut hasher);
            let row = row.position.row;
            self.paths.see(record, row, &self.shapes, &mut self.budget);
        } else {
            for (index, tally) in self.tallies.iter_mut().enumerate() {
                let value = Scalar::of_cell(row.cell(index));
                value.text().hash(&mut hasher);
                tally
                    .at(row.position.row)
                    .see(&value, &self.shapes, &mut self.budget);
            }
        }
        self.whole.see_hash(hasher.finish(), &mut self.budget);
        ControlFlow::Continue(())
    }

    fn finish(mut self, profile: &mut Profile) {
        profile.totals = self.take_last();
        if self.below.is_none() && !profile.is_json {
            // A break here means no more than that the limit was reached.
            let _ = self.look_below();
        }
        profile.rows = self.rows;
        profile.is_complete = !self.cut;
        profile.faults = self.faults;
        profile.repeated_rows = self.whole.repeats();
        profile.header_rows_below = self.skipped;
        if profile.is_json {
            profile.has_more_columns = self.paths.more;
            profile.notices.extend(self.paths.notice());
            let objects = self.paths.objects;
            for (path, tally) in self.paths.columns {
                let mut column = tally.finish(path, None, None, None, self.judged);
                column.is_object_too = objects.contains(&column.name);
                profile.columns.push(column);
            }
            let paths: Vec<&str> = profile
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect();
            profile.tool = tools::of_json(&paths);
            return;
        }
        let (tool, below) = self.below.unwrap_or_default();
        // Headers that cannot be joined, as they would be too long, stay apart.
        let joined = below.lower.as_ref().and_then(|lower| {
            let rows = vec![self.header.original.clone(), lower.clone()];
            joined_header(rows).ok()
        });
        if let Some(joined) = joined.filter(|joined| joined.len() == self.header.len()) {
            profile.joined_header_rows = 2;
            profile.header_rows_below = 0;
            self.header = joined;
        }
        profile.tool = tool;
        profile.timezone.clone_from(&below.timezone);
        let unnamed = self.header.names.iter().all(String::is_empty);
        profile.is_headerless = unnamed
            || (tool.is_none()
                && profile.header_row.is_none()
                && !self.is_header_said
                && is_data(&self.header, &self.tallies, &self.shapes));
        if profile.is_headerless && !unnamed {
            profile.rows += 1;
            self.judged += 1;
            for (tally, cell) in self.tallies.iter_mut().zip(&self.header.original) {
                let cell = Scalar::Text(cell.into());
                tally.at(1).see(&cell, &self.shapes, &mut self.budget);
            }
        }
        profile.columns = columns(
            self.tallies,
            &self.header,
            &below,
            self.judged,
            profile.is_headerless,
        );
    }
}

fn columns(
    tallies: Vec<Tally>,
    header: &Header,
    below: &Below,
    rows: u64,
    is_headerless: bool,
) -> Vec<Column> {
    tallies
        .into_iter()
        .enumerate()
        .map(|(index, tally)| {
            let name = if is_headerless {
                String::new()
            } else {
                header.names[index].clone()
            };
            let label = below.labels.get(index).cloned().flatten();
            let choice = below.choices.get(index).cloned().flatten();
            tally.finish(name, label, choice, Some(index + 1), rows)
        })
        .collect()
}

/// What a row says of itself, if it says that it sums up the others, or is an extreme of them: a text in its first filled cell.
fn total(row: &Row) -> Option<Total> {
    let filled = |index: &usize| !row.cell(*index).text().trim().is_empty();
    let column = (0..row.width()).find(filled)?;
    let text = row.cell(column).text().trim().to_owned();
    (row.fault.is_none() && (sums_up(&text) || is_extreme(&text))).then_some(Total {
        row: row.position.row,
        column,
        text,
    })
}

/// Whether the header's cells look more like the values below them than like names.
fn is_data(header: &Header, tallies: &[Tally], shapes: &Shapes) -> bool {
    let (mut data, mut names) = (0, 0);
    for (cell, tally) in header.original.iter().zip(tallies) {
        match tally.is_like_values(cell, shapes) {
            Some(true) => data += 1,
            Some(false) => names += 1,
            None => {}
        }
    }
    data > names
}
