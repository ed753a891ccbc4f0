//! Header rows below the first: the questions' texts, the choices, the time zone.

use jiff::tz::TimeZone;

use super::tools::Tool;
use super::words::is_nothing;
use crate::read::is_value;

/// What the rows below the header are.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// How many of them still belong to the header.
    pub rows: usize,
    /// What they say of each column: its question.
    pub labels: Vec<Option<String>>,
    /// The choice that a column stands for, where each choice has a column of its own.
    pub choices: Vec<Option<String>>,
    /// The file's time zone, where they say so.
    pub timezone: Option<String>,
    /// The row that names the columns together with the header, where it holds choices.
    pub lower: Option<Vec<String>>,
}

/// Reads the rows below the header; `rows` are the first ones of the file's data.
pub fn below(tool: Option<Tool>, header: &[String], rows: &[Vec<String>]) -> Below {
    match tool {
        Some(Tool::Qualtrics) => qualtrics(header, &rows[..rows.len().min(2)]),
        Some(Tool::SurveyMonkey) => surveymonkey(header, rows),
        Some(_) => Below::default(),
        None => unknown(header, rows),
    }
}

/// A second row names the columns too where words stand in it above numbers and dates alone. Where it names what the
/// first row leaves blank, both make one name; where the first row has names for machines, it says what they mean.
fn unknown(header: &[String], rows: &[Vec<String>]) -> Below {
    let Some((row, data)) = rows.split_first().filter(|(_, data)| data.len() >= 2) else {
        return Below::default();
    };
    let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
    let is_typed = |column: &usize| {
        let mut cells = data
            .iter()
            .map(|row| cell(row, *column))
            .filter(|cell| !cell.is_empty());
        cells.next().is_some_and(|first| is_value(&first)) && cells.all(|cell| is_value(&cell))
    };
    let is_name = |cell: &str| !cell.is_empty() && !is_value(cell) && !is_nothing(cell);
    let mut typed = (0..header.len()).filter(is_typed);
    let is_plain = row.iter().all(|cell| cell.is_empty() || is_name(cell));
    if !is_plain || !typed.any(|column| is_name(&cell(row, column))) {
        return Below::default();
    }
    let mut columns = header.iter().zip(row);
    if columns.any(|(name, cell)| name.is_empty() && !cell.is_empty()) {
        return joined(header, row, &[]);
    }
    let is_of_machines = |name: &String| !name.is_empty() && !name.contains(' ');
    // What a header says by itself may have a blank below it: an id, which no row of data lacks.
    let is_of_rows = |column: &usize| data.iter().all(|row| !cell(row, *column).is_empty());
    let blanks = || (0..header.len()).filter(|column| cell(row, *column).is_empty());
    let asks = |cell: &String| cell.ends_with(['?', ':']) || cell.split(' ').count() > 2;
    let explains = if blanks().next().is_some() {
        blanks().any(|column| is_of_rows(&column)) && row.iter().any(asks)
    } else {
        row.iter().any(|cell| cell.contains(' '))
    };
    let mut explained = header.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
    if explains && explained.all(|(name, _)| is_of_machines(name)) {
        return Below {
            rows: 1,
            labels: row.iter().map(|cell| filled(cell)).collect(),
            ..Below::default()
        };
    }
    Below::default()
}

/// Row 2 has the questions' texts, row 3 import ids and perhaps the time zone. Exports of before 2016 lack row 3.
fn qualtrics(header: &[String], rows: &[Vec<String>]) -> Below {
    let is_ids = |row: &Vec<String>| row.iter().any(|cell| cell.contains("ImportId"));
    let ids = rows.iter().position(is_ids);
    let count = match ids {
        Some(index) => index + 1,
        // Where answers stand there is a date below one of these.
        None => rows.first().map_or(0, |row| {
            let dates = header.iter().zip(row).filter(|(name, cell)| {
                let name = name.to_lowercase();
                let is_time =
                    ["startdate", "enddate", "recordeddate", "v8", "v9"].contains(&name.as_str());
                is_time && !cell.is_empty() && !cell.bytes().any(|byte| byte.is_ascii_digit())
            });
            usize::from(dates.count() > 0)
        }),
    };
    let texts = rows.first().filter(|row| count > 0 && !is_ids(row));
    Below {
        rows: count,
        labels: texts.map_or_else(Vec::new, |row| {
            row.iter().map(|cell| filled(cell)).collect()
        }),
        choices: Vec::new(),
        timezone: ids.and_then(|index| rows[index].iter().find_map(|cell| zone_of(cell))),
        lower: None,
    }
}

fn zone_of(cell: &str) -> Option<String> {
    // The export of 2016 writes single quotes.
    let text = if cell.contains('"') {
        cell.to_owned()
    } else {
        cell.replace('\'', "\"")
    };
    let value: serde_json::Value = serde_json::from_str(&text).ok()?;
    let zone = value.get("timeZone")?.as_str()?;
    (TimeZone::get(zone).is_ok() && zone != "Z").then(|| zone.to_owned())
}

/// Row 2 has the choices; a blank cell of row 1 repeats the question to its left.
fn surveymonkey(header: &[String], rows: &[Vec<String>]) -> Below {
    let Some(row) = rows.first().filter(|row| {
        row.first().is_some_and(String::is_empty) && row.iter().any(|cell| !cell.is_empty())
    }) else {
        return Below::default();
    };
    joined(header, row, &["Response", "Open-Ended Response"])
}

/// A row of choices below one of questions; `plain` are words in it that stand for no choice.
fn joined(header: &[String], row: &[String], plain: &[&str]) -> Below {
    let mut question = "";
    let mut below = Below {
        rows: 1,
        ..Below::default()
    };
    for (index, (name, cell)) in header.iter().zip(row).enumerate() {
        if !name.is_empty() {
            question = name;
        }
        let is_alone =
            !name.is_empty() && header.get(index + 1).is_none_or(|next| !next.is_empty());
        let plain = cell.is_empty() || is_alone || plain.contains(&cell.as_str());
        below.labels.push(filled(question));
        below.choices.push(if plain { None } else { filled(cell) });
    }
    if below.choices.iter().any(Option::is_some) {
        below.lower = Some(row.to_vec());
    }
    below
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<String> {
        text.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn qualtrics_has_two_more_rows_or_one_or_none() {
        let header = cells("StartDate|ResponseId|Q1");
        let texts = cells("Anfangsdatum|Antwort-ID|Wie war es?");
        let ids = cells(
            "{\"ImportId\":\"startDate\",\"timeZone\":\"America/Denver\"}|{\"ImportId\":\"_recordId\"}|{\"ImportId\":\"QID1\"}",
        );
        let quoted =
            cells("{'ImportId': 'startDate'}|{'ImportId': '_recordId'}|{'ImportId': 'QID1'}");
        let answers = cells("2026-11-02 10:15:00|R_1|8");
        let of = |rows: &[Vec<String>]| {
            let below = below(Some(Tool::Qualtrics), &header, rows);
            (
                below.rows,
                below.labels.get(2).cloned().flatten(),
                below.timezone,
            )
        };
        let label = Some("Wie war es?".to_owned());
        assert_eq!(
            of(&[texts.clone(), ids]),
            (2, label.clone(), Some("America/Denver".to_owned()))
        );
        assert_eq!(of(&[texts.clone(), quoted]), (2, label.clone(), None));
        assert_eq!(of(&[texts, answers.clone()]), (1, label, None));
        assert_eq!(of(&[answers.clone(), answers]), (0, None, None));
    }

    #[test]
    fn a_second_row_of_names_is_known_by_the_values_below_it() {
        let of = |header: &str, rows: &[&str]| {
            let rows: Vec<_> = rows.iter().map(|row| cells(row)).collect();
            let below = below(None, &cells(header), &rows);
            (
                below.rows,
                below.lower.is_some(),
                below.labels.get(1).cloned().flatten(),
                below.choices.get(2).cloned().flatten(),
            )
        };
        let text = |text: &str| Some(text.to_owned());
        let data = ["1|Shop||4", "2||Web|5"];
        assert_eq!(
            of("Nr|Seen?||CSAT", &["|Shop|Web|Score", data[0], data[1]]),
            (1, true, text("Seen?"), text("Web"))
        );
        assert_eq!(
            of(
                "nr|q1|q2|q3",
                &["No|Seen in a shop?|Seen?|CSAT", data[0], data[1]]
            ),
            (1, false, text("Seen in a shop?"), None)
        );
        // What needs no words has none.
        for header in ["nr|q1|q2|q3", "Customer number|q1|q2|q3"] {
            assert_eq!(
                of(header, &["|Seen in a shop?||CSAT", data[0], data[1]]),
                (1, false, text("Seen in a shop?"), None)
            );
        }
        assert_eq!(
            of("nr|q1|q2|q3", &["|||How satisfied?", data[0], data[1]]).0,
            1
        );
        for (header, first) in [
            ("nr|q1|q2|q3", "|Shop||none given"),
            ("nr|q1|q2|q3", "||Shop in town|"),
            ("nr|q1|Seen it?|q3", "||Seen it?|How satisfied?"),
            // Answers, whole or with one that is none.
            ("nr|q1|q2|q3", "3|Shop|Web|4"),
            ("nr|q1|q2|q3", "3|Shop|Web|n/a"),
            ("Nr|Seen in a shop?|Seen?|CSAT", "a|b c|d|e"),
        ] {
            assert_eq!(
                of(header, &[first, data[0], data[1]]),
                (0, false, None, None)
            );
        }
    }

    #[test]
    fn surveymonkey_repeats_the_question_over_its_choices() {
        let header = cells("Respondent ID|Which?|||Why?");
        let below = below(
            Some(Tool::SurveyMonkey),
            &header,
            &[cells(
                "|Red|Blue|Other (please specify)|Open-Ended Response",
            )],
        );
        assert_eq!(below.rows, 1);
        assert!(below.lower.is_some());
        assert_eq!(below.labels[3].as_deref(), Some("Which?"));
        assert_eq!(below.choices[2].as_deref(), Some("Blue"));
        assert_eq!(below.choices[4], None);
    }
}
