//! What went on while the run lasted, and what it brought: throughput, answers, latencies, scores and days.

use std::fmt::Write as _;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::charts::{Chart, Series, told as in_words};
use super::section;
use super::text::escaped;
use crate::report::aggregates::{Period, Uploads};
use crate::report::paint::{counted, spoken, thousands};
use crate::upload::timeline::{Answers, LATENCY_BOUNDS};

/// Days are drawn in so many columns at most.
const MOST_COLUMNS: i64 = 120;
/// So many of the slowest moments are told.
const SLOWEST: usize = 5;

/// In the order of [`Answers::kinds`].
const CLASSES: [&str; 6] = ["good", "bad", "care", "none", "doubt", "bad2"];

/// Throughput, answers and latencies over the time of the run.
pub fn answers(page: &mut String, told: &Answers, started: Timestamp) {
    if told.is_empty() || told.step_s == 0 {
        return;
    }
    let labels: Vec<String> = (0..told.len()).map(|at| after(told, at)).collect();
    let step = f64::from(told.step_s);
    let rates: Vec<f64> = told
        .created
        .iter()
        .map(|count| f64::from(*count) / step)
        .collect();
    let most = rates.iter().copied().fold(0.0, f64::max);
    let title = format!("Responses created or updated a second, over time; {most:.1} at the most");
    section(page, "Responses a second", "", |page| {
        let chart = Chart {
            title: &title,
            desc: in_words(&labels, &rates),
            series: vec![Series {
                name: "created or updated".into(),
                class: "good",
                values: rates,
            }],
            labels: labels.clone(),
        };
        page.push_str(&chart.columns());
    });
    let sums: Vec<String> = told
        .kinds()
        .iter()
        .map(|(name, column)| (name, column.iter().map(|one| u64::from(*one)).sum::<u64>()))
        .filter(|(_, sum)| *sum > 0)
        .map(|(name, sum)| format!("{} {name}", thousands(sum)))
        .collect();
    let sums = sums.join(", ");
    section(page, "Answers of the API", "", |page| {
        let numbers = |column: &[u32]| column.iter().copied().map(f64::from).collect();
        let series = told
            .kinds()
            .into_iter()
            .zip(CLASSES)
            .map(|((name, column), class)| Series {
                name: name.to_owned(),
                class,
                values: numbers(column),
            });
        let chart = Chart {
            title: &format!(
                "Answers by the {}, by what they meant; in all {sums}",
                step_name(told.step_s)
            ),
            desc: String::new(),
            series: series.collect(),
            labels: labels.clone(),
        };
        page.push_str(&chart.columns());
        let _ = write!(
            page,
            "<p class=\"quiet\">{} in all, drawn by the {}</p>",
            escaped(&sums),
            step_name(told.step_s)
        );
    });
    latencies(page, told, labels);
    slowest(page, told, started);
}

fn latencies(page: &mut String, told: &Answers, labels: Vec<String>) {
    let numbers = |column: &[u32]| column.iter().copied().map(f64::from).collect::<Vec<_>>();
    section(page, "How long requests took", "", |page| {
        let chart = Chart {
            title: "Milliseconds of the slowest request and of the mean, over time",
            desc: format!("slowest {}", in_words(&labels, &numbers(&told.slowest_ms))),
            series: vec![
                Series {
                    name: "slowest, ms".into(),
                    class: "care",
                    values: numbers(&told.slowest_ms),
                },
                Series {
                    name: "mean, ms".into(),
                    class: "known",
                    values: numbers(&told.mean_ms),
                },
            ],
            labels,
        };
        page.push_str(&chart.lines());
        let within = |share: f64| {
            let longest = LATENCY_BOUNDS[LATENCY_BOUNDS.len() - 1];
            told.within(share).map_or_else(
                || format!("more than {}", took(longest)),
                |bound| format!("within {}", took(bound)),
            )
        };
        let _ = write!(
            page,
            "<p class=\"quiet\">Half of them {}, 95% {}, 99% {}.</p>",
            within(0.5),
            within(0.95),
            within(0.99)
        );
    });
    let first = told
        .latencies
        .iter()
        .position(|count| *count > 0)
        .unwrap_or(0);
    let last = told
        .latencies
        .iter()
        .rposition(|count| *count > 0)
        .unwrap_or(0);
    section(page, "Requests by how long they took", "", |page| {
        let label = |at: usize| match LATENCY_BOUNDS.get(at) {
            Some(bound) => format!("≤{}", took(*bound)),
            None => format!(">{}", took(LATENCY_BOUNDS[LATENCY_BOUNDS.len() - 1])),
        };
        let labels: Vec<String> = (first..=last).map(label).collect();
        let values: Vec<f64> = (first..=last)
            .map(|at| told.latencies.get(at).map_or(0.0, |count| *count as f64))
            .collect();
        let chart = Chart {
            title: "Requests by how long they took",
            desc: in_words(&labels, &values),
            series: vec![Series {
                name: "requests".into(),
                class: "known",
                values,
            }],
            labels,
        };
        page.push_str(&chart.columns());
    });
}

fn slowest(page: &mut String, told: &Answers, started: Timestamp) {
    // Columns that the ledger has may be of unequal length.
    let number = |column: &[u32], at: usize| column.get(at).copied().unwrap_or(0);
    let slow = |at: usize| number(&told.slowest_ms, at);
    let mut moments: Vec<usize> = (0..told.len()).filter(|at| slow(*at) > 0).collect();
    moments.sort_by_key(|at| std::cmp::Reverse(slow(*at)));
    moments.truncate(SLOWEST);
    section(page, "Slowest moments", "wide", |page| {
        page.push_str(
            "<table class=\"moments\"><thead><tr><th scope=\"col\">when</th><th scope=\"col\" class=\"number\">slowest</th>\
             <th scope=\"col\" class=\"number\">mean</th><th scope=\"col\">answers</th></tr></thead><tbody>\n",
        );
        for at in moments {
            let seconds =
                i64::from(told.step_s).saturating_mul(i64::try_from(at).unwrap_or(i64::MAX));
            let when = started
                .checked_add(SignedDuration::from_secs(seconds))
                .map_or_else(
                    |_| String::new(),
                    |when| when.strftime("%H:%M:%S").to_string(),
                );
            let answers: Vec<String> = told
                .kinds()
                .iter()
                .filter(|(_, column)| number(column, at) > 0)
                .map(|(name, column)| {
                    format!("{} {name}", thousands(u64::from(number(column, at))))
                })
                .collect();
            let _ = writeln!(
                page,
                "<tr><td class=\"when\">{when}<br><span class=\"quiet\">after {}</span></td><td class=\"number\">{}</td>\
                 <td class=\"number\">{}</td><td>{}</td></tr>",
                after(told, at),
                took(slow(at)),
                took(number(&told.mean_ms, at)),
                escaped(&answers.join(", "))
            );
        }
        page.push_str("</tbody></table>");
    });
}

/// What was uploaded, by score and by day.
pub fn uploads(page: &mut String, uploads: &Uploads) {
    if uploads.total() == 0 {
        return;
    }
    if !uploads.by_score.is_empty() {
        let scores: Vec<String> = uploads
            .by_score
            .keys()
            .map(|score| hundredths(*score))
            .collect();
        section(page, "Uploaded responses by score", "", |page| {
            let values: Vec<f64> = uploads
                .by_score
                .values()
                .map(|count| *count as f64)
                .collect();
            let chart = Chart {
                title: "Uploaded responses by score",
                desc: in_words(&scores, &values),
                series: vec![Series {
                    name: "responses".into(),
                    class: "good",
                    values,
                }],
                labels: scores.clone(),
            };
            page.push_str(&chart.columns());
            beside(page, uploads.unscored, "has no score", "have no score");
            beside(
                page,
                uploads.other_scores,
                "has yet another score",
                "have yet other scores",
            );
            table(
                page,
                "score",
                scores.into_iter().zip(uploads.by_score.values().copied()),
            );
        });
    }
    let (labels, values) = days(uploads);
    if !values.is_empty() {
        section(
            page,
            "Uploaded responses by the day they were given",
            "",
            |page| {
                let chart = Chart {
                    title: "Uploaded responses by the day they were given",
                    desc: in_words(&labels, &values),
                    series: vec![Series {
                        name: "responses".into(),
                        class: "good",
                        values,
                    }],
                    labels,
                };
                page.push_str(&chart.columns());
                beside(page, uploads.undated, "has no date", "have no date");
            },
        );
    }
}

fn beside(page: &mut String, count: u64, one: &str, many: &str) {
    if count > 0 {
        let _ = write!(page, "<p class=\"quiet\">{}</p>", counted(count, one, many));
    }
}

fn table(page: &mut String, name: &str, lines: impl Iterator<Item = (String, u64)>) {
    let _ = writeln!(
        page,
        "<details><summary class=\"quiet\">as a table</summary><table><thead><tr><th scope=\"col\">{name}</th>\
         <th scope=\"col\" class=\"number\">responses</th></tr></thead><tbody>"
    );
    for (label, count) in lines {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td></tr>",
            escaped(&label),
            thousands(count)
        );
    }
    page.push_str("</tbody></table></details>");
}

/// The days in columns of equal length, empty ones included, so that a gap is seen as one.
fn days(uploads: &Uploads) -> (Vec<String>, Vec<f64>) {
    let (Some((first, _)), Some((last, _))) = (
        uploads.by_day.first_key_value(),
        uploads.by_day.last_key_value(),
    ) else {
        return (Vec::new(), Vec::new());
    };
    let number = |day: Date| number(uploads.period, day) - self::number(uploads.period, *first);
    let span = number(*last) + 1;
    let width = (span + MOST_COLUMNS - 1) / MOST_COLUMNS;
    let count = usize::try_from((span + width - 1) / width).unwrap_or(1);
    let mut labels = vec![String::new(); count];
    let mut values = vec![0.0; count];
    for (day, responses) in &uploads.by_day {
        let Ok(at) = usize::try_from(number(*day) / width) else {
            continue;
        };
        let (Some(value), Some(label)) = (values.get_mut(at), labels.get_mut(at)) else {
            continue;
        };
        *value += *responses as f64;
        if label.is_empty() {
            *label = written(uploads.period, *day);
        }
    }
    // The middle label is asked for too, and may fall into a gap.
    for (at, label) in labels.iter_mut().enumerate() {
        if label.is_empty() {
            *label = step(
                uploads.period,
                *first,
                width * i64::try_from(at).unwrap_or(0),
            );
        }
    }
    (labels, values)
}

/// The number of a period, counted from any beginning.
fn number(period: Period, day: Date) -> i64 {
    match period {
        Period::Day => day.duration_since(Date::ZERO).as_hours() / 24,
        Period::Month => i64::from(day.year()) * 12 + i64::from(day.month()),
        Period::Year => i64::from(day.year()),
    }
}

/// The period that is so many later.
fn step(period: Period, first: Date, later: i64) -> String {
    let span = jiff::Span::new();
    let span = match period {
        Period::Day => span.try_days(later),
        Period::Month => span.try_months(later),
        Period::Year => span.try_years(later),
    };
    span.and_then(|span| first.checked_add(span))
        .map_or_else(|_| String::new(), |day| written(period, day))
}

fn written(period: Period, day: Date) -> String {
    match period {
        Period::Day => day.to_string(),
        Period::Month => day.strftime("%Y-%m").to_string(),
        Period::Year => day.year().to_string(),
    }
}

fn hundredths(score: i64) -> String {
    let text = format!("{:.2}", score as f64 / 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How long after the beginning a moment is.
fn after(told: &Answers, at: usize) -> String {
    let seconds = u64::from(told.step_s).saturating_mul(at as u64);
    if seconds < 60 {
        format!("{seconds} s")
    } else {
        spoken(seconds as f64)
    }
}

fn step_name(seconds: u32) -> String {
    match seconds {
        1 => "second".to_owned(),
        60 => "minute".to_owned(),
        3_600 => "hour".to_owned(),
        0..60 => format!("{seconds} seconds"),
        61..3_600 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / 3_600),
    }
}

fn took(millis: u32) -> String {
    if millis < 1_000 {
        format!("{millis} ms")
    } else {
        let text = format!("{:.1}", f64::from(millis) / 1_000.0);
        format!("{} s", text.trim_end_matches(".0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(days: &[(&str, u64)]) -> Uploads {
        Uploads {
            by_day: days
                .iter()
                .map(|(day, count)| (day.parse().unwrap(), *count))
                .collect(),
            ..Uploads::default()
        }
    }

    #[test]
    fn a_gap_between_days_is_seen() {
        let (labels, values) = days(&of(&[("2026-02-27", 3), ("2026-03-02", 1)]));
        assert_eq!(
            labels,
            ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
        );
        assert_eq!(values, [3.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_date_gone_wrong_makes_no_endless_chart() {
        let (labels, values) = days(&of(&[
            ("1970-01-01", 1),
            ("2026-11-01", 5),
            ("9999-12-31", 2),
        ]));
        assert!(
            labels.len() <= 120 && labels.len() == values.len(),
            "{}",
            labels.len()
        );
        assert!((values.iter().sum::<f64>() - 8.0).abs() < 1e-9);
        assert_eq!(days(&Uploads::default()), (Vec::new(), Vec::new()));
    }

    #[test]
    fn times_are_short() {
        assert_eq!(
            (took(5), took(2_000), took(2_550)),
            ("5 ms".into(), "2 s".into(), "2.5 s".into())
        );
        assert_eq!(
            (step_name(10), step_name(600), step_name(21_600)),
            ("10 seconds".into(), "10 minutes".into(), "6 hours".into())
        );
        assert_eq!(
            (hundredths(900), hundredths(950), hundredths(-25)),
            ("9".into(), "9.5".into(), "-0.25".into())
        );
    }
}
