//! The summary for people.

use std::fmt::Write;

use super::paint::{Paint, Tone, counted, listed, spoken, thousands};
use super::reasons::Reasons;
use super::summary::{Status, Summary};
use crate::read::called;

/// A count with what it counts.
struct Line {
    count: u64,
    words: String,
    tone: Tone,
}

impl Line {
    fn new(count: u64, words: impl Into<String>, tone: Tone) -> Self {
        Self {
            count,
            words: words.into(),
            tone: if count == 0 { Tone::Quiet } else { tone },
        }
    }
}

/// Renders it, with up to `rows` rows of each reason.
pub fn render(summary: &Summary, reasons: &Reasons, rows: usize, paint: Paint) -> String {
    let mut out = String::new();
    head(&mut out, summary, paint);
    // Of a run that never began there is nothing to count.
    if summary.status != Status::Aborted || summary.rows > 0 {
        figures(&mut out, summary, paint);
    }
    if let Some(why) = summary.unbalanced() {
        let loud = format!(
            "THE COUNTS DO NOT ADD UP: {why}. This is a fault of chatterload: do not rely on this run before \
             `chatterload ledger verify {}` says that nothing is missing, and please report it.",
            summary.run
        );
        let loud = paint.wrapped(&loud, 0);
        line(&mut out, "\n", &paint.as_tone(Tone::Bad, &loud));
    }
    why(&mut out, summary, reasons, rows, paint);
    // The counts have had their own, louder line.
    let told = usize::from(summary.unbalanced().is_some());
    for (index, warning) in summary.warnings().iter().skip(told).enumerate() {
        let label = paint.as_tone(Tone::Care, "warning:");
        let gap = if index == 0 { "\n" } else { "" };
        let text = paint.wrapped(&format!("{label} {warning}"), 0);
        line(&mut out, gap, &text);
    }
    let mut gap = "\n";
    if let Some(unread) = &summary.first_unread_row {
        let row = format!("{}, row {}", called(&unread.file), unread.row);
        line(&mut out, gap, &format!("First row not read: {row}"));
        gap = "";
    }
    if let Some(file) = &summary.failures_file {
        line(
            &mut out,
            gap,
            &format!("Failures file: {}", paint.as_tone(Tone::Strong, file)),
        );
    }
    if let Some(next) = &summary.next {
        line(&mut out, "\n", "Next:");
        line(
            &mut out,
            "",
            &format!("  {}", paint.as_tone(Tone::Strong, next)),
        );
    }
    out
}

/// Writing to a text cannot fail.
fn line(out: &mut String, before: &str, text: &str) {
    let _ = writeln!(out, "{before}{text}");
}

fn head(out: &mut String, summary: &Summary, paint: Paint) {
    let (verdict, tone) = verdict(summary);
    let (done, to) = match summary.command.as_str() {
        "check" => ("Check of", "for"),
        "retry" => ("Retry of", "into"),
        _ => ("Import of", "into"),
    };
    let files = listed(&summary.files);
    let project = match &summary.project {
        Some(project) => format!(" {to} {project}"),
        None => String::new(),
    };
    let verdict = paint.as_tone(tone, &verdict);
    let title = paint.wrapped(&format!("{done} {files}{project}: {verdict}"), 0);
    line(out, "", &title);
    let quiet = format!("run {}, {}", summary.run, spoken(summary.elapsed_s));
    line(out, "", &paint.as_tone(Tone::Quiet, &quiet));
    if let Some(error) = &summary.error {
        let label = paint.as_tone(Tone::Bad, "error:");
        line(out, "\n", &format!("{label} {error}"));
    }
}

/// How it went, in a few words.
fn verdict(summary: &Summary) -> (String, Tone) {
    let (missing, doubts) = (summary.rejected + summary.failed, summary.in_doubt);
    let of = counted(summary.responses, "response", "responses");
    let are = |count| if count == 1 { "is" } else { "are" };
    match summary.status {
        Status::Complete if missing + doubts > 0 => (
            "complete but for failures that are known".to_owned(),
            Tone::Good,
        ),
        Status::Complete => ("complete".to_owned(), Tone::Good),
        Status::CompleteWithFailures if missing > 0 => {
            let loaded = match (checks(summary), missing) {
                (true, _) => "cannot be loaded",
                (false, 1) => "was not loaded",
                (false, _) => "were not loaded",
            };
            let mut verdict = format!("{} of {of} {loaded}", thousands(missing));
            if doubts > 0 {
                let _ = write!(verdict, ", {} {} in doubt", thousands(doubts), are(doubts));
            }
            (verdict, Tone::Care)
        }
        Status::CompleteWithFailures if doubts > 0 => {
            let verdict = format!("{} of {of} {} in doubt", thousands(doubts), are(doubts));
            (verdict, Tone::Care)
        }
        Status::CompleteWithFailures => {
            ("complete, but look at what follows".to_owned(), Tone::Care)
        }
        Status::Stopped => ("stopped before the end".to_owned(), Tone::Care),
        Status::Aborted if summary.uploaded + summary.updated + summary.already_uploaded > 0 => {
            ("done in part".to_owned(), Tone::Bad)
        }
        Status::Aborted => ("not done".to_owned(), Tone::Bad),
    }
}

fn checks(summary: &Summary) -> bool {
    summary.command == "check"
}

fn figures(out: &mut String, summary: &Summary, paint: Paint) {
    let came = came_in(summary);
    let became = became(summary);
    let counts = came
        .iter()
        .chain(&became)
        .map(|one| thousands(one.count).len());
    let width = counts.max().unwrap_or(1) + 2;
    for lines in [&came, &became] {
        let mut gap = "\n";
        for one in lines {
            let count = format!("{:>width$}", thousands(one.count));
            let text = format!("{count}  {}", paint.wrapped(&one.words, width + 2));
            line(out, gap, &paint.as_tone(one.tone, &text));
            gap = "";
        }
    }
    if summary.requests > 0 {
        let mut wire = counted(summary.requests, "request", "requests");
        if summary.elapsed_s >= 1.0 {
            let _ = write!(
                wire,
                " ({:.1}/s)",
                summary.requests as f64 / summary.elapsed_s
            );
        }
        if summary.retries > 0 {
            let _ = write!(wire, ", {}", counted(summary.retries, "retry", "retries"));
        }
        if summary.rate_limited > 0 {
            let times = counted(summary.rate_limited, "time", "times");
            let _ = write!(wire, ", asked to slow down {times}");
        }
        line(out, "\n", &paint.as_tone(Tone::Quiet, &wire));
    }
}

fn came_in(summary: &Summary) -> Vec<Line> {
    let rows = if summary.rows == 1 {
        "row read"
    } else {
        "rows read"
    };
    let responses = if summary.responses == 1 {
        "response in them"
    } else {
        "responses in them"
    };
    let mut lines = vec![Line::new(summary.rows, rows, Tone::Plain)];
    if summary.filtered > 0 {
        let rows = if summary.filtered == 1 { "row" } else { "rows" };
        lines.push(Line::new(
            summary.filtered,
            format!("{rows} filtered out by the mapping"),
            Tone::Plain,
        ));
    }
    lines.push(Line::new(summary.responses, responses, Tone::Plain));
    lines
}

fn became(summary: &Summary) -> Vec<Line> {
    let check = checks(summary);
    let mut lines = Vec::new();
    if !check {
        lines.push(Line::new(summary.uploaded, "uploaded", Tone::Good));
    }
    let waiting = if check {
        "would be sent"
    } else {
        "not attempted"
    };
    let tone = if check { Tone::Good } else { Tone::Care };
    let mut more = vec![
        Line::new(summary.updated, "updated", Tone::Good),
        Line::new(summary.already_uploaded, "already uploaded", Tone::Good),
        Line::new(
            summary.changed,
            "changed: other content under a key that is there, left as it is",
            Tone::Care,
        ),
        Line::new(summary.rejected, "rejected: not fit to be sent", Tone::Bad),
        Line::new(summary.failed, "failed: refused by the API", Tone::Bad),
        Line::new(
            summary.in_doubt,
            "in doubt: perhaps loaded, perhaps not",
            Tone::Care,
        ),
    ];
    let not_sent = Line::new(summary.not_attempted, waiting, tone);
    if check {
        lines.push(not_sent);
    } else {
        more.push(not_sent);
    }
    more.push(Line::new(
        summary.known_failures,
        "of these failed in an earlier run too",
        Tone::Quiet,
    ));
    more.push(Line::new(
        summary.doubles,
        "found twice in the project",
        Tone::Bad,
    ));
    lines.extend(more.into_iter().filter(|one| one.count > 0));
    lines
}

fn why(out: &mut String, summary: &Summary, reasons: &Reasons, rows: usize, paint: Paint) {
    if summary.reasons.is_empty() {
        return;
    }
    line(out, "\n", &paint.as_tone(Tone::Strong, "Why"));
    let mut sorted: Vec<(&String, &u64)> = summary.reasons.iter().collect();
    // The most frequent first; equally frequent ones by name, as they are.
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let width = sorted
        .iter()
        .map(|(_, count)| thousands(**count).len())
        .max();
    let width = width.unwrap_or(1) + 2;
    for (code, count) in sorted {
        let shown = format!("{:>width$}", thousands(*count));
        let code_shown = paint.as_tone(Tone::Strong, code);
        let text = paint.wrapped(&format!("{code_shown}{}", meaning(code)), width + 2);
        line(out, "", &format!("{shown}  {text}"));
        let samples = reasons.get(code).map_or(&[][..], |reason| &reason.samples);
        let indent = " ".repeat(width + 2);
        for sample in samples.iter().take(rows) {
            let text = paint.wrapped(&sample.sentence(), indent.len());
            line(out, "", &format!("{indent}{text}"));
        }
        let more = count.saturating_sub(rows.min(samples.len()) as u64);
        // Of a summary's single row everybody knows that it is the first.
        if rows > 1 && more > 0 && !samples.is_empty() {
            line(out, "", &format!("{indent}… and {} more", thousands(more)));
        }
    }
}

/// What reasons mean that have no row to tell of.
fn meaning(code: &str) -> &'static str {
    match code {
        "repeated" => ": the same row came twice, and was sent once",
        "remapped" => ": uploaded before under another mapping; --reapply sends them anew",
        _ => "",
    }
}
