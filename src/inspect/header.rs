//! Header rows below the first: the questions' texts, the choices, the time zone.

use jiff::tz::TimeZone;

use super::tools::Tool;

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

/// Reads the rows below the header; `rows` are the first two of the file's data.
pub fn below(tool: Option<Tool>, header: &[String], rows: &[Vec<String>]) -> Below {
    match tool {
        Some(Tool::Qualtrics) => qualtrics(header, rows),
        Some(Tool::SurveyMonkey) => surveymonkey(header, rows),
        _ => Below::default(),
    }
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
    let mut question = "";
    let mut below = Below {
        rows: 1,
        ..Below::default()
    };
    for (name, cell) in header.iter().zip(row) {
        if !name.is_empty() {
            question = name;
        }
        let plain = cell.is_empty() || ["Response", "Open-Ended Response"].contains(&cell.as_str());
        below.labels.push(filled(question));
        below.choices.push(if plain { None } else { filled(cell) });
    }
    if below.choices.iter().any(Option::is_some) {
        below.lower = Some(row.clone());
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
