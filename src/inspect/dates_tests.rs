//! Formats that columns prove.

use super::dates::*;
use super::shapes::Shapes;

fn column(values: &[&str]) -> Dates {
    let shapes = Shapes::new().unwrap();
    let mut tally = DateTally::default();
    for value in values {
        assert!(tally.see(value, &shapes), "{value}");
    }
    tally.finish()
}

#[test]
fn the_whole_column_proves_the_order() {
    let table: [(&[&str], Order, &[&str]); 12] = [
        (
            &["03/04/2026", "31/12/2026"],
            Order::DayFirst,
            &["%d/%m/%Y"],
        ),
        (
            &["3/4/26 7:05", "12/31/26 19:05"],
            Order::MonthFirst,
            &["%m/%d/%y %H:%M"],
        ),
        (
            &["03/04/2026", "04/03/2026"],
            Order::Unproved,
            &["%d/%m/%Y"],
        ),
        (&["31/12/2026", "12/31/2026"], Order::Mixed, &["%d/%m/%Y"]),
        (
            &["03.04.2026, 10:15 Z", "13.04.2026, 10:15 Z"],
            Order::DayFirst,
            &["%d.%m.%Y, %H:%M %Z"],
        ),
        (
            &["2026-11-02", "2026-11-02T10:15:00+01:00"],
            Order::Plain,
            &[],
        ),
        (
            &["2026/09/27 3:00:00 PM GMT+3"],
            Order::Plain,
            &["%Y/%m/%d %I:%M:%S %p %Z"],
        ),
        (&["2 Nov 2026", "13 Nov 2026"], Order::Plain, &["%d %b %Y"]),
        (
            &["Nov 2, 2026 10:15 AM"],
            Order::Plain,
            &["%b %d, %Y %I:%M %p"],
        ),
        (&["November 2, 2026"], Order::Plain, &["%B %d, %Y"]),
        (
            &["Mon, 02 Nov 2026 10:15:00 +0100"],
            Order::Plain,
            &["%a, %d %b %Y %H:%M:%S %z"],
        ),
        (
            &["13/04/2026", "03/04/2026 10:15"],
            Order::DayFirst,
            &["%d/%m/%Y", "%d/%m/%Y %H:%M"],
        ),
    ];
    for (values, order, formats) in table {
        let dates = column(values);
        assert_eq!(
            (dates.order, dates.formats),
            (order, formats.iter().map(ToString::to_string).collect()),
            "{values:?}"
        );
    }
}

#[test]
fn a_year_of_two_digits_is_told_from_a_day_by_how_far_it_spreads() {
    let spread = |order: fn(u32, u32, u32) -> String, years: std::ops::Range<u32>| {
        let dates = years.flat_map(|year| (1..=28).map(move |day| (year, day)));
        let dates: Vec<String> = dates
            .map(|(year, day)| order(year, day % 12 + 1, day))
            .collect();
        let dates: Vec<&str> = dates.iter().map(String::as_str).collect();
        column(&dates).order
    };
    let year_first = |year, month, day| format!("{year:02}-{month:02}-{day:02}");
    let day_first = |year, month, day| format!("{day:02}.{month:02}.{year:02} 10:15");
    for years in [24..25, 23..26, 15..26] {
        assert_eq!(spread(year_first, years.clone()), Order::YearFirst);
        assert_eq!(spread(day_first, years), Order::DayFirst);
    }
    let table: [(&[&str], Order); 10] = [
        (&["24-11-03", "25-01-12"], Order::Unproved),
        (&["24.11.03", "25.01.12"], Order::Unproved),
        (&["24-11-03", "95-01-12"], Order::YearFirst),
        (&["24/11/03", "25/02/32"], Order::DayFirst),
        (&["24/11/03", "3/11/24"], Order::DayFirst),
        (&["03/24/24", "12/11/24"], Order::MonthFirst),
        (&["24-11-03", "24-11-2003"], Order::DayFirst),
        // Few, but with marks that hardly anybody writes behind a year.
        (&["25/12/24 10:15", "03/11/24 09:00"], Order::DayFirst),
        (&["25.12.24", "03.11.24"], Order::DayFirst),
        (&["25-12-24", "23-11-24"], Order::Unproved),
    ];
    for (values, order) in table {
        assert_eq!(column(values).order, order, "{values:?}");
    }
    // Of the day and the month alone.
    let dates = column(&["05/12/24", "03/11/24"]);
    assert_eq!(dates.order, Order::Unproved);
    assert!(dates.year_first.is_empty(), "{:?}", dates.year_first);
    let dates = column(&["24-11-03", "25-01-12"]);
    assert_eq!(
        (dates.formats, dates.month_first, dates.year_first),
        (
            vec!["%d-%m-%y".to_owned()],
            Vec::new(),
            vec!["%y-%m-%d".to_owned()]
        )
    );
}

#[test]
fn names_of_months_are_proved_in_other_languages() {
    let table: [(&[&str], &[&str], &[&str]); 8] = [
        (
            &["mars 12, 2026", "févr. 3, 2026", "juin 1, 2026"],
            &["French"],
            &["%b %d, %Y"],
        ),
        (
            &["September 3, 2026", "Okt 13, 2026"],
            &["German", "Dutch"],
            &["%b %d, %Y"],
        ),
        (
            &["3. März 2024", "14. April 2024", "1. Dez. 2024"],
            &["German"],
            &["%d. %b %Y"],
        ),
        (
            &["03 févr. 2024 10:15", "1er mai 2024 09:00"],
            &["French"],
            &["%d %b %Y %H:%M"],
        ),
        (
            &["12 de marzo de 2024", "1 de enero de 2024"],
            &["Spanish"],
            &["%d de %b de %Y"],
        ),
        (
            &["3 giugno 2024", "4 mar 2024"],
            &["Italian"],
            &["%d %b %Y"],
        ),
        (
            &["3 Mai 2024"],
            &["German", "French", "Portuguese"],
            &["%d %b %Y"],
        ),
        (
            &["3 May 2024", "4 June 2024"],
            &[],
            &["%d %b %Y", "%d %B %Y"],
        ),
    ];
    for (values, languages, formats) in table {
        let dates = column(values);
        assert_eq!(dates.order, Order::Plain, "{values:?}");
        assert_eq!(dates.languages, languages, "{values:?}");
        assert_eq!(dates.formats, formats, "{values:?}");
    }
}

#[test]
fn months_of_two_languages_are_not_read_together() {
    let shapes = Shapes::new().unwrap();
    let mut tally = DateTally::default();
    assert!(tally.see("3. März 2024", &shapes));
    assert!(!tally.see("3 giugno 2024", &shapes));
    assert!(!tally.see("32. März 2024", &shapes));
}

#[test]
fn zones_times_and_the_range_are_noted() {
    let dates = column(&["2026-11-02T10:15:00Z", "2026-11-01", "2026-11-03 10:15:00"]);
    assert_eq!((dates.zoned, dates.timed), (1, 2));
    let range = dates.range.unwrap();
    assert_eq!(
        range,
        (
            "2026-11-01T00:00:00Z".to_owned(),
            "2026-11-03T10:15:00Z".to_owned()
        )
    );
    assert!(column(&["1762078500", "1762078500000"]).epoch);
}

#[test]
fn what_is_no_date_is_not_counted() {
    let shapes = Shapes::new().unwrap();
    let mut tally = DateTally::default();
    for other in [
        "",
        "31/02/2026x",
        "31.02.2026",
        "3190851410",
        "12",
        "1.2.3",
        "10.0.0.1",
        "May be 3, 2026",
        "+49 30 123456",
    ] {
        assert!(!tally.see(other, &shapes), "{other}");
    }
}

#[test]
fn no_text_makes_a_panic() {
    let shapes = Shapes::new().unwrap();
    let mut runner = proptest::test_runner::TestRunner::default();
    let texts = proptest::prelude::any::<String>();
    let seen = runner.run(&texts, |text| {
        DateTally::default().see(&text, &shapes);
        Ok(())
    });
    seen.unwrap();
}

#[test]
fn words_beside_the_time_are_read() {
    let table: [(&[&str], &str); 5] = [
        (&["24.11.2026 um 14:05 Uhr"], "%d.%m.%Y um %H:%M Uhr"),
        (&["24.11.2026, 14:05 Uhr"], "%d.%m.%Y, %H:%M Uhr"),
        (
            &["24/11/2026 2:05 p.m.", "25/11/2026 9:05 a. m."],
            "%d/%m/%Y %I:%M %p",
        ),
        (
            &["24/11/2026 14:05 CET", "24/07/2026 14:05 CEST"],
            "%d/%m/%Y %H:%M %:z",
        ),
        (&["11/24/2026 2:05 PM IST"], "%m/%d/%Y %I:%M %p"),
    ];
    for (values, format) in table {
        let dates = column(values);
        assert_eq!(dates.formats, [format], "{values:?}");
    }
    let dates = column(&["2026-11-24 14:05:00 PDT"]);
    assert_eq!((dates.zoned, dates.reworded.len()), (1, 2));
    assert_eq!(dates.range.unwrap().0, "2026-11-24T14:05:00-07:00");
    let dates = column(&["2026-11-24 14:05:00 CST"]);
    assert_eq!((dates.zoned, &dates.ambiguous[..]), (0, &["CST"][..]));
}

#[test]
fn days_with_an_ending_and_dates_without_marks_are_read() {
    let dates = column(&["1st January 2026", "22nd March 2026", "4th June 2026"]);
    assert_eq!(dates.formats, ["%d %B %Y"]);
    assert_eq!(dates.reworded.len(), 1, "{:?}", dates.reworded);
    let dates = column(&["March 3rd, 2026", "April 14th, 2026"]);
    assert_eq!(dates.formats, ["%B %d, %Y"]);
    let dates = column(&["20260103", "20261231"]);
    assert_eq!(dates.formats, ["%Y%m%d"]);
    assert!(!dates.epoch);
    let range = (
        "2026-01-03T00:00:00Z".to_owned(),
        "2026-12-31T00:00:00Z".to_owned(),
    );
    assert_eq!(dates.range, Some(range));
    let shapes = Shapes::new().unwrap();
    for id in ["20261301", "10000231", "99991231", "2026010"] {
        assert!(!DateTally::default().see(id, &shapes), "{id}");
    }
}

#[test]
fn days_that_a_spreadsheet_took_for_months_are_suspected() {
    let swapped = |real: &[i8], texts: &[&str]| {
        let shapes = Shapes::new().unwrap();
        let mut tally = DateTally::default();
        for day in real {
            tally.see_real(jiff::civil::date(2026, 5, *day).at(0, 0, 0, 0));
        }
        for text in texts {
            assert!(tally.see(text, &shapes), "{text}");
        }
        tally.finish().swapped
    };
    assert!(swapped(&[1, 4, 12], &["25/04/2026", "13/04/2026"]));
    assert!(swapped(&[1, 4, 12], &["04/25/2026", "04/13/2026"]));
    assert!(!swapped(&[1, 4, 13], &["25/04/2026", "13/04/2026"]));
    assert!(!swapped(&[1, 4, 12], &["25/04/2026", "12/04/2026"]));
    assert!(!swapped(&[1, 4, 12], &["25 April 2026", "13 April 2026"]));
    assert!(!swapped(&[1, 4, 12], &[]));
    assert!(!swapped(&[], &["25/04/2026", "13/04/2026"]));
}
