//! A profile as people read it.

use std::fmt::Write;

use comfy_table::{LineStyle, Table, presets};

use super::{Column, Kind, Order, Profile};
use crate::read::{SheetSize, called};
use crate::report::paint::wrapped;

/// How far the lines below a column's name are set in.
const INDENT: usize = 6;

/// As text for a terminal of so many columns.
pub fn render(profile: &Profile, width: Option<u16>) -> String {
    let mut text = head(profile, width.map(usize::from));
    if profile.columns.is_empty() {
        text.push_str("no columns\n");
        return text;
    }
    let table = table(profile);
    match width.map(usize::from) {
        Some(width) if table.lines().any(|line| line.chars().count() > width) => {
            for (index, column) in profile.columns.iter().enumerate() {
                text.push_str(&entry(index, column, width));
            }
        }
        _ => text.push_str(&table),
    }
    if profile.has_more_columns {
        text.push_str("and more fields, which are not shown\n");
    }
    text
}

/// The columns side by side.
fn table(profile: &Profile) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING.header_separator(LineStyle::new('─', '─', '─', '─')))
        .set_header([
            "#", "column", "type", "filled", "distinct", "range", "samples",
        ]);
    for (index, column) in profile.columns.iter().enumerate() {
        table.add_row([
            column.position.unwrap_or(index + 1).to_string(),
            named(column),
            kind(column),
            filled(column),
            column.distinct.to_string(),
            range(column),
            samples(column),
        ]);
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A column in lines of its own, for a terminal that the table is too wide for.
fn entry(index: usize, column: &Column, width: usize) -> String {
    let number = column.position.unwrap_or(index + 1);
    let mut facts = vec![kind(column)];
    if column.filled > 0 {
        facts.push(format!("{} filled", filled(column)));
        facts.push(format!("{} distinct", column.distinct));
        facts.push(range(column));
    }
    facts.retain(|fact| !fact.is_empty());
    // No fact but the kind, which may be long, is broken.
    for fact in facts.iter_mut().skip(1) {
        *fact = fact.replace(' ', "\u{a0}");
    }
    let facts = wrapped(&facts.join(" · "), INDENT, Some(width)).replace('\u{a0}', " ");
    let samples = cut(&samples(column), width.saturating_sub(INDENT + 1));
    let lines = [facts, samples];
    let lines = lines.iter().filter(|line| !line.is_empty());
    let lines = lines.map(|line| format!("{:INDENT$}{line}\n", ""));
    let name = cut_within(&named(column), width.saturating_sub(INDENT + 1));
    format!("{number:>4}  {name}\n{}", lines.collect::<String>())
}

fn head(profile: &Profile, width: Option<usize>) -> String {
    let mut facts = vec![profile.format.clone()];
    facts.extend(
        profile
            .compression
            .map(|packed| format!("packed with {packed}")),
    );
    facts.extend(profile.encoding.clone());
    facts.extend(profile.delimiter.map(|sign| match sign {
        '\t' => "tab".to_owned(),
        sign => format!("delimiter {sign}"),
    }));
    facts.extend(profile.sheet.as_ref().map(|sheet| format!("sheet {sheet}")));
    let mut text = format!("{}: {}\n", called(&profile.file), facts.join(", "));
    // Writing to a String cannot fail.
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "{label:<9}{}", wrapped(value, 9, width));
    };
    let rows = if profile.is_complete {
        ""
    } else {
        " (the first ones; there are more)"
    };
    line("rows", &format!("{}{rows}", profile.rows));
    if let Some(evidence) = &profile.encoding_evidence {
        line("encoding", evidence);
    }
    if profile.sheets.len() > 1 {
        let sheets: Vec<String> = profile.sheet_sizes.iter().map(sheet).collect();
        line("sheets", &sheets.join(", "));
    }
    for notice in &profile.notices {
        line("notice", notice);
    }
    match profile.tool {
        Some(tool) => line("tool", tool.name()),
        None => line("tool", "not recognised"),
    }
    if let Some(records) = &profile.records {
        let records: String = records
            .chars()
            .map(|sign| if sign.is_control() { ' ' } else { sign })
            .collect();
        line("records", &format!("in the array {records}"));
    }
    if let Some(row) = profile.header_row {
        line("header", &format!("row {row}"));
    }
    if profile.is_headerless {
        line(
            "header",
            "none: the first row looks like data; columns go by position",
        );
    } else if profile.joined_header_rows > 0 {
        line(
            "header",
            &format!(
                "{} rows, joined as upper / lower",
                profile.joined_header_rows
            ),
        );
    } else if profile.header_rows_below > 0 {
        line("header", &format!("{} rows", profile.header_rows_below + 1));
    }
    if let Some(zone) = &profile.timezone {
        line("time zone", &format!(" {zone}"));
    }
    if profile.is_failures_file {
        line("note", "a failures file of an earlier run");
    }
    for (code, count) in &profile.faults {
        line("faults", &format!("{count} × {code}"));
    }
    if profile.repeated_rows > 0 {
        line(
            "repeated",
            &format!("{} rows equal an earlier one", profile.repeated_rows),
        );
    }
    text
}

/// A sheet and its size.
fn sheet(size: &SheetSize) -> String {
    let mut facts = Vec::new();
    if size.is_table {
        let more = if size.has_more { "more than " } else { "" };
        facts.push(format!("{more}{} × {}", size.rows, size.columns));
    } else {
        facts.push("no cells".to_owned());
    }
    if size.is_hidden {
        facts.push("hidden".to_owned());
    }
    format!("{} ({})", size.name, facts.join(", "))
}

fn named(column: &Column) -> String {
    let name = if column.name.is_empty() {
        "(no name)".to_owned()
    } else {
        column.called()
    };
    match (&column.label, &column.choice) {
        (Some(label), Some(choice)) => {
            format!("{} / {}", cut_within(label, 32), cut_within(choice, 28))
        }
        // Joined header rows have the question in the name.
        (Some(label), None) if !name.starts_with(label.as_str()) => {
            cut_within(&format!("{name}: {label}"), 60)
        }
        _ => cut_within(&name, 60),
    }
}

fn kind(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Empty => "empty",
        Kind::Integer => "whole number",
        Kind::Number => match column.number.and_then(|number| number.decimal) {
            Some(',') => "number, decimal comma",
            _ => "number",
        },
        Kind::Date => return date(column),
        Kind::Boolean => "yes or no",
        Kind::Email => "e-mail",
        Kind::Url => "web address",
        Kind::Ip => "IP address",
        Kind::Phone => "phone",
        Kind::Text if column.free_text => "free text",
        Kind::Text if !column.times.is_none() => "time of day",
        Kind::Text if column.leading => "labelled number",
        Kind::Text => "text",
    };
    let mut kind = kind.to_owned();
    if column.rounded > 0 {
        kind.push_str(", digits lost");
    } else if column.is_unique()
        && column.rows > 1
        && !column.free_text
        && column.kind != Kind::Date
    {
        kind.push_str(", unique");
    }
    odd(column, kind)
}

fn date(column: &Column) -> String {
    let Some(dates) = &column.dates else {
        return "date".to_owned();
    };
    let how = match dates.order {
        Order::Plain if dates.epoch => "epoch".to_owned(),
        Order::Plain if dates.formats.is_empty() => "ISO date".to_owned(),
        Order::Plain | Order::DayFirst | Order::MonthFirst | Order::YearFirst => {
            let months = match dates.languages.first() {
                Some(language) => format!(", {language} months"),
                None => String::new(),
            };
            format!("date, {}{months}", dates.formats.join(" or "))
        }
        Order::Unproved if dates.month_first.is_empty() => "date, day or year first".to_owned(),
        Order::Unproved if dates.year_first.is_empty() => "date, day or month first".to_owned(),
        Order::Unproved => "date, day, month or year first".to_owned(),
        Order::Mixed => "date, day and month mixed".to_owned(),
    };
    let how = if dates.swapped {
        format!("{how}, real ones swapped")
    } else {
        how
    };
    let zones = dates.ambiguous.join(", ");
    let how = match &zones[..] {
        "" => how,
        zones => format!("{how}, zone {zones} of several meanings"),
    };
    odd(column, how)
}

fn odd(column: &Column, kind: String) -> String {
    if column.odd > 0 {
        format!("{kind} ({} not)", column.odd)
    } else {
        kind
    }
}

fn filled(column: &Column) -> String {
    let share = column.share() * 100.0;
    // 100% is said only of all, 0% only of none.
    let shown = if column.filled == column.rows {
        100.0
    } else {
        share.clamp(1.0, 99.0).round()
    };
    if column.filled == 0 {
        "0%".to_owned()
    } else {
        format!("{shown:.0}%")
    }
}

fn range(column: &Column) -> String {
    if let Some(number) = column.number {
        return format!("{} – {}", number.min, number.max);
    }
    if let Some((from, to)) = column.dates.as_ref().and_then(|dates| dates.range.as_ref()) {
        let day = |date: &str| date.get(..10).unwrap_or("").to_owned();
        return format!("{} – {}", day(from), day(to));
    }
    match (column.shortest, column.longest) {
        (_, 0) => String::new(),
        (least, most) if least == most => format!("{most} chars"),
        (least, most) => format!("{least} – {most} chars"),
    }
}

fn samples(column: &Column) -> String {
    if column.personal && column.filled > 0 {
        "(personal)".to_owned()
    } else if column.free_text {
        "(not shown)".to_owned()
    } else {
        column
            .samples
            .iter()
            .take(3)
            .map(|sample| cut(sample, 24))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// At most so many characters, with the end kept: what many columns begin alike with is cut in the middle.
pub fn cut_within(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let count = text.chars().count();
    if count <= most {
        return text;
    }
    let head = most / 2;
    let tail = most.saturating_sub(head + 1);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - tail).collect();
    format!("{}…{}", start.trim_end(), end.trim_start())
}
