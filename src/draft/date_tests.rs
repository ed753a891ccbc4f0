//! When feedback was given, as exports write it.

use super::tests::{answer, comment, drafted, line, map, noted, open_text, parsed, table};
use super::*;
use crate::inspect::profile;
use crate::read::{Input, Layout, Source};

#[test]
fn names_of_months_are_made_english() {
    let text = "ID;Eingegangen am;NPS\nA-1;3. März 2024 10:15;9\nA-2;14. April 2024 09:00;3\nA-3;1. Okt. 2024 23:59;7\n";
    let draft = drafted(text);
    let line = draft
        .toml
        .lines()
        .find(|line| line.starts_with("created_at"));
    insta::assert_snapshot!(line.unwrap_or(&draft.toml), @r#"created_at = { column = "Eingegangen am", replace = [{ pattern = '(\p{L}{3})\p{L}*\.?', with = "$1" }, { pattern = '(?i)jän', with = "Jan" }, { pattern = '(?i)mär|mrz', with = "Mar" }, { pattern = '(?i)mai', with = "May" }, { pattern = '(?i)okt', with = "Oct" }, { pattern = '(?i)dez', with = "Dec" }], formats = ["%d. %b %Y %H:%M"] }  # such as 3. März 2024 10:15"#);
    let mapped = map(&parsed(&draft.toml), &open_text(text));
    let dates: Vec<_> = mapped
        .responses
        .iter()
        .map(|response| response.created_at.as_deref().unwrap_or("none"))
        .collect();
    let expected = [
        "2024-03-03T10:15:00Z",
        "2024-04-14T09:00:00Z",
        "2024-10-01T23:59:00Z",
    ];
    assert_eq!(dates, expected);
}

#[test]
fn offsets_of_half_hours_are_read_as_google_forms_writes_them() {
    let text = "Timestamp,How likely are you to recommend us?\n2026/09/01 3:04:11 PM GMT+5:30,9\n2026/09/02 11:59:02 AM GMT+5:30,3\n2026/09/13 9:00:00 AM GMT-3:30,7\n";
    let draft = drafted(text);
    let line = draft
        .toml
        .lines()
        .find(|line| line.starts_with("created_at"));
    insta::assert_snapshot!(line.unwrap_or(&draft.toml), @r#"created_at = { column = "Timestamp", formats = ["%Y/%m/%d %I:%M:%S %p %Z"] }  # such as 2026/09/01 3:04:11 PM GMT+5:30"#);
}

#[test]
fn a_date_and_its_time_in_two_columns_are_joined() {
    let text = "ID,Date submitted,Time submitted,NPS\na1,31/01/2026,10:15 AM,9\na2,01/02/2026,11:59 PM,3\na3,02/02/2026,12:05 AM,8\n";
    let draft = drafted(text);
    let line = draft
        .toml
        .lines()
        .find(|line| line.starts_with("created_at"));
    insta::assert_snapshot!(line.unwrap_or(&draft.toml), @r#"created_at = { columns = ["Date submitted", "Time submitted"], separator = " ", formats = ["%d/%m/%Y %I:%M %p"] }  # such as 31/01/2026 and 10:15 AM"#);
    let mapped = map(&parsed(&draft.toml), &open_text(text));
    let dates: Vec<_> = mapped
        .responses
        .iter()
        .map(|response| response.created_at.as_deref().unwrap_or("none"))
        .collect();
    let expected = [
        "2026-01-31T10:15:00Z",
        "2026-02-01T23:59:00Z",
        "2026-02-02T00:05:00Z",
    ];
    assert_eq!(dates, expected);
    assert!(mapped.responses[0].segments.is_empty());
}

#[test]
fn a_time_is_joined_only_where_it_is_that_of_the_date() {
    let is_joined = |dates: &str, times: &str, cells: [&str; 2]| {
        let text = format!(
            "ID,{dates},{times},NPS\na1,2026-01-31,{},9\na2,2026-02-01,{},3\n",
            cells[0], cells[1]
        );
        drafted(&text).toml.contains("separator = \" \"")
    };
    for (dates, times) in [
        ("Date", "Time"),
        ("Datum", "Uhrzeit"),
        ("Created on", "Time"),
        ("submit_date", "submit_time"),
    ] {
        assert!(
            is_joined(dates, times, ["9:15", "23:05"]),
            "{dates} {times}"
        );
    }
    for (dates, times) in [
        ("Response date", "Response time"),
        ("Date", "Time spent"),
        ("Date", "Duration"),
        ("Start date", "End time"),
    ] {
        assert!(
            !is_joined(dates, times, ["9:15", "23:05"]),
            "{dates} {times}"
        );
    }
    assert!(!is_joined("Date", "Time", ["9:15", "25:05"]));
    assert!(!is_joined("Date", "Time", ["9:15", "noon"]));
}

#[test]
fn a_year_of_two_digits_in_front_is_read_as_one() {
    // As days these would be of one week, of every year from 2001 to 2028.
    let text = table("Submitted,NPS,why", 40, |row| {
        let (year, month) = (24 + row % 2, row % 12 + 1);
        let day = row % 28 + 1;
        format!("{year}-{month:02}-{day:02},{},{}", row % 11, comment(row))
    });
    let draft = drafted(&text);
    let (written, posted) = created(&draft, &text);
    assert!(written.contains("formats = [\"%y-%m-%d\"]"), "{written}");
    assert_eq!(posted.as_deref(), Some("2024-01-01T00:00:00Z"));
    assert_eq!(line(&draft, "# check"), "", "{}", draft.toml);
}

#[test]
fn a_year_that_may_come_first_or_last_is_asked_about() {
    let text = "id,Submitted,NPS\na,24-11-03,9\nb,25-01-12,3\nc,24-12-24,7\n";
    let draft = drafted(text);
    assert_eq!(created(&draft, text).1, None);
    insta::assert_snapshot!(line(&draft, "# check"), @r#"# check: day or year first in "Submitted"? The file does not prove it."#);
    for (said, at) in [
        ("year_first", "2024-11-03T00:00:00Z"),
        ("day_first", "2003-11-24T00:00:00Z"),
    ] {
        let answered = draft.apply(&[answer("created_at", &[said])]).unwrap();
        let (_, posted) = created(&answered, text);
        assert_eq!(posted.as_deref(), Some(at), "{}", answered.toml);
    }
    // What another column proves holds here too.
    let rows = (1..=28).map(|day| format!("{day},24-11-03,24-10-{day:02},9\n"));
    let text = format!("id,Submitted,Ordered,NPS\n{}", rows.collect::<String>());
    let posted = created(&drafted(&text), &text).1;
    assert_eq!(posted.as_deref(), Some("2024-11-03T00:00:00Z"));
}

/// The drafted line, and the first date that is posted by it.
fn created(draft: &Draft, text: &str) -> (String, Option<String>) {
    let mapped = map(&parsed(&draft.toml), &open_text(text));
    assert_eq!(mapped.rejected.len(), 0, "{:?}", mapped.rejected);
    let at = mapped.responses[0].created_at.as_deref();
    (line(draft, "created_at").to_owned(), at.map(str::to_owned))
}

#[test]
fn times_with_words_and_zones_with_names_are_read() {
    for (values, at) in [
        (
            ["24.11.2026 um 14:05 Uhr", "25.11.2026 um 9:05 Uhr"],
            "2026-11-24T14:05:00Z",
        ),
        (
            ["24. November 2026 um 14:05 Uhr", "3. Mai 2026 um 9:05 Uhr"],
            "2026-11-24T14:05:00Z",
        ),
        (
            ["24/11/2026 2:05 p.m.", "25/11/2026 9:05 a.m."],
            "2026-11-24T14:05:00Z",
        ),
        (
            ["2026-11-24 14:05:00 CET", "2026-07-24 14:05:00 CEST"],
            "2026-11-24T14:05:00+01:00",
        ),
        (
            ["11/24/2026 14:05 EST", "07/24/2026 14:05 EDT"],
            "2026-11-24T14:05:00-05:00",
        ),
    ] {
        let text = table("Submitted,NPS,why", 24, |row| {
            format!("{},{},{}", values[row % 2], row % 11, comment(row))
        });
        let (written, posted) = created(&drafted(&text), &text);
        assert_eq!(posted.as_deref(), Some(at), "{written}");
    }
}

#[test]
fn a_zone_of_several_meanings_is_asked_about() {
    let text = table("Submitted,NPS,why", 24, |row| {
        format!("2026-11-24 14:05:00 IST,{},{}", row % 11, comment(row))
    });
    let draft = drafted(&text);
    assert_eq!(created(&draft, &text).1, None);
    assert!(noted(
        &draft,
        "which time zone IST in `Submitted` stands for"
    ));
    let asked = draft.questions.iter().find(|one| one.field == "timezone");
    assert_eq!(asked.unwrap().default, Vec::<String>::new());
    let answered = draft
        .apply(&[answer("timezone", &["Asia/Kolkata"])])
        .unwrap();
    let (_, posted) = created(&answered, &text);
    assert_eq!(posted.as_deref(), Some("2026-11-24T14:05:00+05:30"));
}

#[test]
fn an_offset_in_a_header_is_the_zone_of_its_dates() {
    for (header, zone) in [
        ("Date (UTC+2)", "timezone = \"+02:00\""),
        ("Date (GMT-05:00)", "timezone = \"-05:00\""),
        ("Date (UTC)", "timezone = \"UTC\""),
    ] {
        let text = table(&format!("{header},NPS,why"), 24, |row| {
            let day = row % 28 + 1;
            format!("2026-10-{day:02} 10:15,{},{}", row % 11, comment(row))
        });
        let draft = drafted(&text);
        assert!(
            line(&draft, "created_at").contains(zone),
            "{header}: {}",
            draft.toml
        );
        let mapped = map(&parsed(&draft.toml), &open_text(&text));
        assert_eq!(mapped.responses.len(), 24, "{:?}", mapped.rejected);
    }
}

#[test]
fn times_of_a_column_of_their_own_are_read_with_their_words_and_zones() {
    for (header, cells, at) in [
        ("Time", ["2:05 p.m.", "9:15 a.m."], "2026-01-31T14:05:00Z"),
        ("Time", ["14.05", "9.30"], "2026-01-31T14:05:00Z"),
        ("Uhrzeit", ["14.05 Uhr", "9.30 Uhr"], "2026-01-31T14:05:00Z"),
        (
            "Time",
            ["2:05 PM CET", "9:15 AM CEST"],
            "2026-01-31T14:05:00+01:00",
        ),
        ("Time", ["14:05 UTC", "9:15 UTC"], "2026-01-31T14:05:00Z"),
        (
            "Time",
            ["14:05+02:00", "09:15+02:00"],
            "2026-01-31T14:05:00+02:00",
        ),
        (
            "Time,Time zone",
            ["2:05 PM,CET", "9:15 AM,CEST"],
            "2026-01-31T14:05:00+01:00",
        ),
        ("Time,TZ", ["14:05,UTC", "9:15,UTC"], "2026-01-31T14:05:00Z"),
        (
            "Time,Zeitzone",
            ["14:05,+02:00", "9:15,-03:00"],
            "2026-01-31T14:05:00+02:00",
        ),
        (
            "Time,Timezone",
            ["14:05,America/New_York", "9:15,Europe/Berlin"],
            "2026-01-31T14:05:00-05:00",
        ),
    ] {
        let text = format!(
            "id,Date,{header},NPS\na,31/01/2026,{},9\nb,01/02/2026,{},3\n",
            cells[0], cells[1]
        );
        let draft = drafted(&text);
        let (written, posted) = created(&draft, &text);
        assert_eq!(posted.as_deref(), Some(at), "{header} {cells:?}: {written}");
        let asked = draft.questions.iter().any(|one| one.field == "timezone");
        assert_eq!(
            asked,
            at.ends_with("05:00Z") && !written.contains("%Z"),
            "{written}"
        );
    }
}

#[test]
fn times_that_are_not_understood_are_told_and_zones_of_several_meanings_asked() {
    let of = |header: &str, cells: [&str; 2]| {
        format!(
            "id,Date,{header},NPS\na,31/01/2026,{},9\nb,01/02/2026,{},3\n",
            cells[0], cells[1]
        )
    };
    for (header, cells) in [
        ("Time", ["14:05", "noon"]),
        ("Time", ["14.1", "9.30"]),
        ("Time,Time zone", ["14:05,CET", "9:15,Mars"]),
    ] {
        let draft = drafted(&of(header, cells));
        assert!(noted(&draft, "are not read"), "{cells:?} {:?}", draft.notes);
    }
    for (header, cells) in [
        ("Time", ["14:05 IST", "9:15 IST"]),
        ("Time,Time zone", ["14:05,IST", "9:15,IST"]),
    ] {
        let text = of(header, cells);
        let draft = drafted(&text);
        assert_eq!(created(&draft, &text).1, None, "{}", draft.toml);
        let answered = draft
            .apply(&[answer("timezone", &["Asia/Kolkata"])])
            .unwrap();
        let (_, posted) = created(&answered, &text);
        assert_eq!(posted.as_deref(), Some("2026-01-31T14:05:00+05:30"));
    }
}

#[test]
fn dates_that_a_spreadsheet_has_swapped_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet
        .write_row(0, 0, ["Response ID", "Submitted", "NPS", "Why"])
        .unwrap();
    let style = rust_xlsxwriter::Format::new().set_num_format("mm/dd/yy");
    for row in 1..=30u8 {
        let line = u32::from(row);
        sheet.write(line, 0, format!("R{row}")).unwrap();
        if row <= 12 {
            // The 5th of a month, as it was written.
            let at = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 5, row).unwrap();
            sheet
                .write_datetime_with_format(line, 1, &at, &style)
                .unwrap();
        } else {
            sheet.write(line, 1, format!("{row}/05/2026")).unwrap();
        }
        sheet.write(line, 2, row % 11).unwrap();
        sheet.write(line, 3, comment(usize::from(row))).unwrap();
    }
    book.save(&file).unwrap();
    let source = Source::open(&Input::File(file), &Layout::default()).unwrap();
    let profile = profile("t.xlsx", source, None).unwrap();
    let draft = draft(&profile, None, &Options::default());
    assert_eq!(line(&draft, "created_at"), "", "{}", draft.toml);
    assert!(
        draft.toml.contains("swapped day and month in Submitted"),
        "{}",
        draft.toml
    );
    assert!(noted(&draft, "dates are left out"), "{:?}", draft.notes);
    parsed(&draft.toml);
}
