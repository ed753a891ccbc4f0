use super::super::zones::zone;
use super::*;

fn read(formats: &[&str], zone_name: &str, text: &str) -> Result<String, DateFault> {
    let formats: Vec<String> = formats.iter().map(ToString::to_string).collect();
    for format in &formats {
        check_format(format).unwrap();
    }
    DateReader::new(&formats, Some(zone(zone_name).unwrap())).text(text)
}

#[test]
fn formats_are_tried_in_order() {
    let uk = ["%d/%m/%Y %H:%M", "%d/%m/%Y"];
    let table = [
        (
            &uk[..],
            "UTC",
            "02/11/2026 10:15",
            Ok("2026-11-02T10:15:00Z"),
        ),
        (
            &uk,
            "Europe/Berlin",
            "02/11/2026 10:15",
            Ok("2026-11-02T10:15:00+01:00"),
        ),
        (
            &uk,
            "Europe/London",
            "02/11/2026",
            Ok("2026-11-02T00:00:00Z"),
        ),
        (&uk, "UTC", "31/02/2026", Err(DateFault::Unreadable)),
        (&uk, "UTC", "02/11/26", Err(DateFault::Unreadable)),
        (&["%d/%m/%y"], "UTC", "02/11/26", Ok("2026-11-02T00:00:00Z")),
        (
            &["%B %d, %Y"],
            "UTC",
            "November 2, 2026",
            Ok("2026-11-02T00:00:00Z"),
        ),
        (
            &["%m/%d/%y %H:%M:%S"],
            "UTC",
            "7/2/20 11:00:22",
            Ok("2020-07-02T11:00:22Z"),
        ),
        (
            &["%Y/%m/%d %I:%M:%S %p %Z"],
            "UTC",
            "2026/09/27 3:00:00\u{202f}PM GMT+3",
            Ok("2026-09-27T15:00:00+03:00"),
        ),
        (
            &["%Y/%m/%d %I:%M:%S %p %Z"],
            "UTC",
            "2026/09/01 3:04:11 PM GMT+5:30",
            Ok("2026-09-01T15:04:11+05:30"),
        ),
        (
            &["%Y/%m/%d %I:%M:%S %p %Z"],
            "UTC",
            "2026/09/01 3:04:11 PM GMT-3:30",
            Ok("2026-09-01T15:04:11-03:30"),
        ),
        (
            &["%Y/%m/%d %I:%M:%S %p %Z"],
            "UTC",
            "2026/09/01 3:04:11 PM GMT+5:3",
            Err(DateFault::Unreadable),
        ),
        (
            &["%d.%m.%Y %H:%M %Z"],
            "Europe/Berlin",
            "02.11.2026 10:15 UTC",
            Ok("2026-11-02T10:15:00Z"),
        ),
        (
            &["%d.%m.%Y %H:%M %Z"],
            "UTC",
            "02.11.2026 10:15 CST",
            Err(DateFault::Unreadable),
        ),
        (
            &["%d/%m/%Y %H:%M %z"],
            "UTC",
            "02/11/2026 10:15 +0530",
            Ok("2026-11-02T10:15:00+05:30"),
        ),
        (
            &["%d/%m/%Y %H:%M %z"],
            "UTC",
            "02/11/2026 10:15 +2500",
            Err(DateFault::Unreadable),
        ),
        (
            &["%d/%m/%Y %H:%M %Q"],
            "UTC",
            "02/11/2026 10:15 Asia/Tokyo",
            Ok("2026-11-02T10:15:00+09:00"),
        ),
        (&["%s"], "UTC", "1762078500", Ok("2025-11-02T10:15:00Z")),
    ];
    for (formats, zone, text, expected) in table {
        assert_eq!(
            read(formats, zone, text),
            expected.map(str::to_owned),
            "{formats:?} {zone} {text}"
        );
    }
}

#[test]
fn some_dates_need_no_format() {
    let table = [
        ("2026-11-02", Ok("2026-11-02T00:00:00+01:00")),
        ("2026-11-02 10:15", Ok("2026-11-02T10:15:00+01:00")),
        ("2026-11-02T10:15:00.000", Ok("2026-11-02T10:15:00+01:00")),
        ("2026-11-02T10:15:00Z", Ok("2026-11-02T10:15:00Z")),
        (
            "2026-11-02T10:15:00.25+05:30",
            Ok("2026-11-02T10:15:00.25+05:30"),
        ),
        ("2026-11-02 10:15:00 UTC", Ok("2026-11-02T10:15:00Z")),
        ("2026-11-02 10:15:00 +0200", Ok("2026-11-02T10:15:00+02:00")),
        ("2026-01-01T00:00:00+23:59", Ok("2026-01-01T00:00:00+23:59")),
        // An offset that RFC 3339 does not know.
        ("2026-01-01T00:00:00+24:00", Err(DateFault::Unreadable)),
        ("2026-01-01T00:00:00-25:00", Err(DateFault::Unreadable)),
        ("1762078500", Ok("2025-11-02T10:15:00Z")),
        ("1762078500123", Ok("2025-11-02T10:15:00.123Z")),
        ("2026-02-31", Err(DateFault::Unreadable)),
        ("20261102", Err(DateFault::Unreadable)),
        ("yesterday", Err(DateFault::Unreadable)),
        ("45000", Err(DateFault::Unreadable)),
        ("03/04/2026", Err(DateFault::Ambiguous)),
        ("3.4.26 10:15", Err(DateFault::Ambiguous)),
        ("25/12/2026", Err(DateFault::Ambiguous)),
    ];
    for (text, expected) in table {
        assert_eq!(
            read(&[], "Europe/Berlin", text),
            expected.map(str::to_owned),
            "{text}"
        );
    }
}

#[test]
fn iso_is_no_way_out_where_the_format_says_year_day_month() {
    assert_eq!(
        read(&["%Y-%d-%m"], "UTC", "2026-11-30"),
        Err(DateFault::Unreadable)
    );
}

#[test]
fn gaps_move_forward_and_folds_are_the_first() {
    assert_eq!(
        read(&[], "Europe/London", "2026-03-29 01:30"),
        Ok("2026-03-29T02:30:00+01:00".to_owned())
    );
    assert_eq!(
        read(&[], "Europe/London", "2026-10-25 01:30"),
        Ok("2026-10-25T01:30:00+01:00".to_owned())
    );
}

#[test]
fn an_assumed_zone_is_remembered_only_where_it_was_used() {
    let reader = DateReader::new(&[], None);
    reader.text("2026-11-02T10:15:00Z").unwrap();
    assert!(!reader.assumed_utc());
    reader.text("2026-11-02 10:15").unwrap();
    assert!(reader.assumed_utc());
}

#[test]
fn formats_are_checked() {
    assert!(check_format("%d/%m/%Y").is_ok());
    assert!(check_format("%H:%M").is_err());
    assert!(check_format("%d/%m/%Y %I:%M").is_err());
    assert!(check_format("%c").is_err());
    assert!(check_format("%d/%m/%J").is_err());
    assert!(check_format("%").is_err());
}

#[test]
fn zones_by_name_and_offset() {
    assert!(zone("Europe/London").is_ok());
    assert!(zone("+05:30").is_ok());
    for (name, meant) in [
        ("UTC+1", Some("+01:00")),
        ("GMT -3:30", Some("-03:30")),
        ("UTC+99", None),
    ] {
        assert_eq!(zone(name).unwrap_err().as_deref(), meant, "{name}");
    }
    assert_eq!(
        zone("Europe/Lodnon").unwrap_err().as_deref(),
        Some("Europe/London")
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_panic(text: String, dateish in "[0-9]{1,4}[-/. T:+Z][0-9]{1,2}[-/. T:+Z][0-9]{1,4}.{0,12}") {
        let reader = DateReader::new(
            &["%d/%m/%Y %H:%M".to_owned(), "%Y %Z".to_owned()],
            None,
        );
        let _ = reader.text(&text);
        let _ = reader.text(&dateish);
        let _ = check_format(&text);
        let _ = zone(&dateish);
    }
}

proptest::proptest! {
    #[test]
    fn the_quick_way_leads_where_the_slow_one_does(
        zone_name in proptest::sample::select(vec!["Europe/London", "America/St_Johns", "Pacific/Apia", "UTC", "-03:30"]),
        days in 0..25_000i64,
        minutes in 0..1_440i64,
    ) {
        let zone = zone(zone_name).unwrap();
        let at = Date::constant(1988, 1, 1).at(0, 0, 7, 0) + jiff::Span::new().days(days).minutes(minutes);
        let slow = in_zone(at, &zone);
        let reader = DateReader::new(&["%d/%m/%Y %H:%M:%S".to_owned()], Some(zone));
        let written = at.strftime("%d/%m/%Y %H:%M:%S").to_string();
        proptest::prop_assert_eq!(reader.text(&written).ok(), slow.clone());
        proptest::prop_assert_eq!(reader.text(&at.to_string()).ok(), slow.clone());
        proptest::prop_assert_eq!(reader.local(at).ok(), slow);
        let utc = reader.text(&format!("{at}Z")).ok();
        proptest::prop_assert_eq!(utc, in_zone(at, &TimeZone::UTC));
    }
}
