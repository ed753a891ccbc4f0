//! The report of a run: one HTML file, complete in itself, for people who were not there. It needs no network and no
//! scripts, reads on a phone and in the dark, and holds nothing of what people wrote.

mod charts;
mod over_time;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::Value;

use super::aggregates::Aggregates;
use super::paint::{counted, listed, spoken, thousands};
use crate::ledger::Run;
use crate::read::called;
use text::{escaped, meaning};

const STYLE: &str = include_str!("style.css");

/// How every report begins: so that one may be written over another, and over nothing else.
pub const BEGINNING: &str = "<!DOCTYPE html>\n<!-- chatterload report -->\n";

/// Rows that a report names of each reason.
pub const ROWS_NAMED: usize = 10;

/// What a report is made of.
pub struct Facts<'a> {
    /// The run as the ledger has it.
    pub run: &'a Run,
    /// Its summary; null where it has none.
    pub summary: Value,
    /// Its figures; `None` for a run that did not end, or uploads nothing.
    pub aggregates: Option<Aggregates>,
    /// What it could not deliver, by code.
    pub reasons: BTreeMap<String, Reason>,
    /// The mapping's path or name.
    pub mapping: Option<String>,
    /// What options overrode in it.
    pub overrides: Vec<(String, String)>,
}

/// What could not be delivered for one reason.
#[derive(Clone, Debug, Default)]
pub struct Reason {
    /// `rejected`, `failed` or `in_doubt`.
    pub status: String,
    /// How often.
    pub count: u64,
    /// The first rows: file and number.
    pub rows: Vec<(String, u64)>,
}

/// The report as an HTML file.
pub fn render(facts: &Facts<'_>) -> String {
    let mut page = format!(
        "{BEGINNING}<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Run {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        escaped(&facts.run.id)
    );
    head(&mut page, facts);
    page.push_str("<main>\n<div class=\"cards\">\n");
    flow(&mut page, facts);
    reasons(&mut page, facts);
    if let Some(aggregates) = &facts.aggregates {
        over_time::answers(&mut page, &aggregates.answers, facts.run.started_at);
        over_time::uploads(&mut page, &aggregates.uploads);
    }
    figures(&mut page, facts);
    settings(&mut page, facts);
    let _ = write!(
        page,
        "</div>\n</main>\n<footer>\n<p>Made by chatterload {}. It holds counts, row numbers and settings, \
         and nothing of what people wrote. Times are UTC.</p>\n</footer>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    );
    page
}

fn head(page: &mut String, facts: &Facts<'_>) {
    let run = facts.run;
    let (class, words) = match run.status.as_deref() {
        Some("complete") => ("is-good", "complete"),
        Some("complete_with_failures") => ("is-care", "complete, with failures"),
        Some("stopped") => ("is-care", "stopped before the end"),
        Some("died") => ("is-bad", "ended without a word"),
        Some("aborted") => ("is-bad", "did not do its work"),
        Some(other) => ("is-care", other),
        None => ("is-care", "not ended yet, or killed"),
    };
    let code = run
        .exit_code
        .map_or_else(String::new, |code| format!(", exit code {code}"));
    let took = run.finished_at.map_or_else(String::new, |end| {
        let millis = end.as_millisecond() - run.started_at.as_millisecond();
        format!(", took {}", spoken(millis.max(0) as f64 / 1_000.0))
    });
    let _ = write!(
        page,
        "<header>\n<h1>{}{}{}</h1>\n<p><span class=\"status {class}\">{}{code}</span></p>\n\
         <p class=\"quiet\">Run {}, begun {}{took}</p>\n",
        escaped(&run.command),
        named(" of ", &listed(&run.files)),
        named(" into ", &run.target.project),
        escaped(words),
        escaped(&run.id),
        moment(run.started_at)
    );
    let warnings = facts.summary["warnings"].as_array().into_iter().flatten();
    let told = facts.summary["error"].as_str().into_iter();
    for text in told.chain(warnings.filter_map(Value::as_str)) {
        let text = escaped(text).replace('\n', "<br>");
        let _ = writeln!(page, "<p><strong>{text}</strong></p>");
    }
    page.push_str("</header>\n");
}

/// Words before a name, where there is one.
fn named(words: &str, name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    format!("{words}{}", escaped(name))
}

/// The outcomes in the order of the summary, each with its colour.
const OUTCOMES: [(&str, &str, &str); 8] = [
    ("uploaded", "uploaded", "good"),
    ("updated", "updated", "good2"),
    ("already_uploaded", "there before", "known"),
    ("changed", "changed, skipped", "care"),
    ("rejected", "rejected", "bad"),
    ("failed", "failed", "bad2"),
    ("in_doubt", "in doubt", "doubt"),
    ("not_attempted", "not attempted", "none"),
];

fn flow(page: &mut String, facts: &Facts<'_>) {
    let figure = |name: &str| facts.summary[name].as_u64();
    let Some(total) = figure("responses") else {
        return;
    };
    if figure("rows") == Some(0) {
        return;
    }
    let mut source = vec!["responses".to_owned()];
    source.push(format!(
        "of {}",
        counted(figure("rows").unwrap_or(0), "row", "rows")
    ));
    source.extend(
        figure("filtered")
            .filter(|count| *count > 0)
            .map(|count| format!("{} filtered", thousands(count))),
    );
    let outcomes: Vec<_> = OUTCOMES
        .iter()
        .map(|(name, words, class)| (*words, *class, figure(name).unwrap_or(0)))
        .collect();
    let told: Vec<String> = outcomes
        .iter()
        .filter(|one| one.2 > 0)
        .map(|one| format!("{} {}", thousands(one.2), one.0))
        .collect();
    let title = format!(
        "What became of {} responses: {}",
        thousands(total),
        told.join(", ")
    );
    section(
        page,
        "What came in, and what became of it",
        "wide",
        |page| {
            page.push_str(&charts::flow(&title, total, &source, &outcomes));
            if let Some(file) = facts.summary["failures_file"].as_str() {
                let _ = write!(
                    page,
                    "<p>The failed rows, each with what was wrong, are in <code>{}</code>.</p>",
                    escaped(file)
                );
            }
            if facts.summary["first_unread_row"].is_object() {
                let unread = &facts.summary["first_unread_row"];
                let _ = write!(
                    page,
                    "<p>Not all was read: the first row that was not is row {} of {}.</p>",
                    unread["row"],
                    escaped(unread["file"].as_str().unwrap_or_default())
                );
            }
        },
    );
}

fn reasons(page: &mut String, facts: &Facts<'_>) {
    if facts.reasons.is_empty() {
        return;
    }
    section(page, "Why responses were not delivered", "wide", |page| {
        page.push_str(
            "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">reason</th><th scope=\"col\" class=\"number\">\
             responses</th><th scope=\"col\">first rows</th></tr></thead><tbody>\n",
        );
        let mut sorted: Vec<_> = facts.reasons.iter().collect();
        sorted.sort_by_key(|(_, reason)| std::cmp::Reverse(reason.count));
        for (code, reason) in sorted {
            let means =
                meaning(code).map_or_else(String::new, |words| format!("<br>{}", escaped(&words)));
            let _ = writeln!(
                page,
                "<tr><th scope=\"row\"><code>{}</code> <span class=\"quiet\">{}</span>{means}</th>\
                 <td class=\"number\">{}</td><td>{}</td></tr>",
                escaped(code),
                escaped(&reason.status.replace('_', " ")),
                thousands(reason.count),
                escaped(&rows(&reason.rows, reason.count))
            );
        }
        page.push_str("</tbody></table></div>");
    });
}

/// `nps.csv row 3, 17, 20 …; other.csv row 2`.
fn rows(rows: &[(String, u64)], count: u64) -> String {
    let mut told = String::new();
    let mut file = None;
    for (whose, row) in rows {
        if file == Some(whose) {
            let _ = write!(told, ", {row}");
        } else {
            let between = if file.is_some() { "; " } else { "" };
            let name = crate::failures::one_line(called(whose));
            let _ = write!(told, "{between}{name} row {row}");
            file = Some(whose);
        }
    }
    if count > rows.len() as u64 {
        told.push_str(" …");
    }
    told
}

fn figures(page: &mut String, facts: &Facts<'_>) {
    let Some(summary) = facts.summary.as_object() else {
        return;
    };
    let figures = summary
        .iter()
        .filter(|(name, _)| *name != "exit_code")
        .filter_map(|(name, value)| Some((name, value.as_u64()?)));
    section(page, "All figures", "", |page| {
        page.push_str("<table><tbody>\n");
        for (name, value) in figures {
            let _ = writeln!(
                page,
                "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td></tr>",
                escaped(&name.replace('_', " ")),
                thousands(value)
            );
        }
        page.push_str("</tbody></table>");
    });
}

fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn settings(page: &mut String, facts: &Facts<'_>) {
    let run = facts.run;
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut line = |name: &str, value: Option<&str>| {
        lines.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    };
    line("API", known(&run.target.origin));
    line("project", known(&run.target.project));
    let files: Vec<&str> = run.files.iter().map(|file| called(file)).collect();
    line("files", known(&files.join("\n")));
    line("mapping", facts.mapping.as_deref());
    line("scope", run.scope.as_deref());
    line("shard", run.shard.as_deref());
    line("version", Some(&run.version));
    lines.extend(
        facts
            .overrides
            .iter()
            .map(|(name, value)| (format!("set {name}"), value.clone())),
    );
    lines.extend(
        facts
            .aggregates
            .iter()
            .flat_map(|figures| figures.settings.iter().cloned()),
    );
    section(page, "Settings that held", "", |page| {
        page.push_str("<table><tbody>\n");
        for (name, value) in lines {
            let _ = writeln!(
                page,
                "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
                escaped(&name),
                escaped(&value).replace('\n', "<br>")
            );
        }
        page.push_str("</tbody></table>");
    });
}

fn section(page: &mut String, title: &str, class: &str, content: impl FnOnce(&mut String)) {
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    };
    let _ = writeln!(page, "<section{class}>\n<h2>{}</h2>", escaped(title));
    content(page);
    page.push_str("\n</section>\n");
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
