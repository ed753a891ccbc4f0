use serde_json::{Map, Value};

use super::*;
use crate::record::Number;
use crate::report::paint::Paint;

fn overview() -> Overview {
    Overview::new("2026-11-24T00:00:00Z".parse().unwrap())
}

fn text(key: &str, value: &str) -> Attribute<'static> {
    Attribute {
        key: key.to_owned().into(),
        name: key.replace('_', " ").into(),
        value: AttributeValue::Text(value.to_owned().into()),
    }
}

fn number(key: &str, value: f64) -> Attribute<'static> {
    let value = AttributeValue::Number(Number::from_f64(value).unwrap());
    Attribute {
        value,
        ..text(key, "")
    }
}

fn response(index: u64) -> Response<'static> {
    Response {
        name: "main".into(),
        comment: (!index.is_multiple_of(3)).then(|| "secret words".into()),
        score: Number::from_f64((index % 11) as f64),
        created_at: (index != 7)
            .then(|| format!("2026-10-{:02}T10:00:00+02:00", index % 28 + 1).into()),
        data_type: Some("nps".into()),
        data_source: Some(
            if index.is_multiple_of(4) {
                "typeform"
            } else {
                "zendesk"
            }
            .into(),
        ),
        dataset_id: None,
        fields: vec![],
        user_meta: vec![
            text("customer_id", &format!("{index:05}")),
            text("e_mail", &format!("a{index}@example.org")),
        ],
        segments: vec![
            text("country", ["GB", "FR", "DE"][(index % 3) as usize]),
            text("order", &format!("o{index}")),
            text("wave", "4"),
            text("plan", "free"),
            number("basket", index as f64 / 2.0),
        ],
    }
}

fn seen(responses: u64) -> Overview {
    let mut overview = overview();
    overview.expect_literals([&Arc::from("wave")]);
    for index in 0..responses {
        overview.see(&response(index), "nps.csv", index + 2);
    }
    overview
}

fn json(overview: &Overview) -> Map<String, Value> {
    let mut fields = Map::new();
    overview.add_to(&mut fields);
    fields
}

#[test]
fn people_see_what_the_responses_hold() {
    let overview = seen(40);
    insta::assert_snapshot!(overview.text(Paint::new(false)), @r#"
    What 40 responses would hold
      datasets               nps from typeform: 10
                             nps from zendesk: 30
      dates                  2026-10-01T10:00:00+02:00 to 2026-10-28T10:00:00+02:00, 1 without
      scores nps             0: 4, 1: 4, 2: 4, 3: 4, 4: 4, 5: 4, 6: 4, 7: 3, 8: 3, 9: 3, 10: 3; mean 4.65
      comments               in 26, the longest of 12 characters
      user_meta.customer_id  text, in all, 40 different
      user_meta.e_mail       text, in all, 40 different (personal: not shown)
      segments.country       text, in all, 3 different: 'GB' 14, 'DE' 13, 'FR' 13
      segments.order         text, in all, 40 different
      segments.wave          text, in all, always the same: '4' 40
      segments.plan          text, in all, always the same: 'free' 40
      segments.basket        number, in all, 40 different, 0 to 19.5
    hint: segment `order` is different in every response: is it an attribute of the person, for user_meta?
    hint: segment `plan` is the same in every response ('free'): it divides nothing
    "#);
    assert_eq!(overview.warnings(), [""; 0]);
    assert!(super::tests::overview().text(Paint::new(false)).is_empty());
}

#[test]
fn scripts_see_the_same() {
    let json = json(&seen(40));
    let attribute = |key: &str| {
        let all = json["attributes"].as_array().unwrap();
        all.iter().find(|one| one["key"] == key).unwrap().clone()
    };
    assert_eq!(attribute("basket")["max"], 19.5);
    assert_eq!(attribute("basket")["type"], "number");
    let country = attribute("country");
    assert_eq!(country["distinct"], 3);
    assert_eq!(country["most_frequent"][0]["value"], "GB");
    assert_eq!(country["most_frequent"][0]["count"], 14);
    let mail = attribute("e_mail");
    assert_eq!(mail["not_shown"], "personal");
    assert_eq!(mail["count"], 40);
    assert_eq!(mail["most_frequent"], Value::Array(vec![]));
    assert_eq!(json["scores"]["nps"]["distribution"]["10"], 3);
    assert_eq!(json["created_at"]["missing"], 1);
    assert_eq!(json["created_at"]["to"], "2026-10-28T10:00:00+02:00");
    assert_eq!(json["datasets"][0]["count"], 10);
    assert_eq!(json["comments"]["longest"], 12);
    let whole = Value::Object(json).to_string();
    assert!(
        !whole.contains("example.org") && !whole.contains("secret"),
        "{whole}"
    );
}

#[test]
fn odd_dates_are_told_with_their_first_row() {
    let mut overview = overview();
    for (row, date) in [
        (2, "1970-01-01T00:00:00Z"),
        (3, "2026-11-24T20:00:00Z"),
        (4, "2026-12-11T00:00:00Z"),
        (5, "2027-01-01T00:00:00Z"),
    ] {
        let response = Response {
            created_at: Some(date.into()),
            ..response(1)
        };
        overview.see(&response, "a.csv", row);
    }
    insta::assert_snapshot!(overview.warnings().join("\n"), @r#"
    1 date lies before the year 2000 (the first: 1970-01-01T00:00:00Z in a.csv, row 2): is the format right, and is it the date of the feedback?
    2 dates lie in the future (the first: 2026-12-11T00:00:00Z in a.csv, row 4): are day and month the right way round, and is it the date of the feedback?
    "#);
}

#[test]
fn texts_and_addresses_are_known_by_what_they_hold() {
    let mut overview = overview();
    let mut one = response(1);
    one.segments = vec![
        text("contact_x", "ann@example.org"),
        text("story", &"words ".repeat(30)),
    ];
    overview.see(&one, "a.csv", 2);
    let shown = overview.text(Paint::new(false));
    assert!(
        !shown.contains("ann@") && !shown.contains("words"),
        "{shown}"
    );
    assert!(shown.contains("(personal: not shown)") && shown.contains("(free text: not shown)"));
}

#[test]
fn any_number_of_keys_and_values_stays_within_its_bound() {
    let mut overview = overview();
    for round in 0..300u64 {
        let segments = (0..600).map(|key| text(&format!("k{key}"), &format!("v{round}")));
        let response = Response {
            segments: segments.collect(),
            user_meta: vec![],
            data_type: Some(format!("t{round}").into()),
            ..response(round)
        };
        overview.see(&response, "a.ndjson", round);
    }
    assert_eq!(overview.attributes.len(), ATTRIBUTES);
    assert_eq!(overview.datasets.len(), DATASETS);
    let kept: usize = overview
        .attributes
        .iter()
        .map(|one| one.distinct.number().0)
        .sum();
    assert!(kept <= Room::BOUNDED.all, "{kept}");
    assert_eq!(overview.room.all, 0);
    assert!(overview.text(Paint::new(false)).contains("more attributes"));
}

#[test]
fn of_thousands_of_values_only_frequent_ones_are_shown() {
    let mut overview = overview();
    for index in 0..6_000u64 {
        let city = if index.is_multiple_of(2) {
            1
        } else {
            index % 3_000
        };
        let mut one = response(index);
        one.segments = vec![text("city", &format!("City {city}"))];
        overview.see(&one, "a.csv", index);
    }
    let json = json(&overview);
    let city = json["attributes"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&city["distinct"], &city["more_values"]),
        (&1_000.into(), &true.into())
    );
    assert_eq!(
        city["most_frequent"],
        serde_json::json!([{"value": "City 1", "count": 3_002}])
    );
}

#[test]
fn parts_taken_in_say_what_one_look_at_all_says() {
    let odd = |index: u64| match index {
        // Another data type, an attribute that comes late, dates of long ago and to come.
        31 => Response {
            data_type: Some("csat".into()),
            segments: vec![text("late", "x"), number("basket", -1.0)],
            ..response(index)
        },
        50 => Response {
            created_at: Some("1999-10-01T10:00:00Z".into()),
            ..response(index)
        },
        90 | 91 => Response {
            created_at: Some(
                format!("2031-10-{index}T10:00:00Z")
                    .replace("-9", "-1")
                    .into(),
            ),
            ..response(index)
        },
        _ => response(index),
    };
    let mut expected = overview();
    for index in 0..2_500 {
        expected.see(&odd(index), "nps.csv", index + 2);
    }
    for size in [1, 7, 640] {
        let mut whole = overview();
        // Two that take turns, as workers do.
        let mut parts = [whole.part(), whole.part()];
        for (turn, from) in (0..2_500).step_by(size).enumerate() {
            let part = &mut parts[turn % 2];
            for index in from..(from + size as u64).min(2_500) {
                part.see(&odd(index), "nps.csv", index + 2);
            }
            whole.absorb(part.take());
        }
        assert_eq!(json(&whole), json(&expected), "{size}");
        assert_eq!(whole.warnings(), expected.warnings());
        assert_eq!(whole.hints(), expected.hints());
    }
}

#[test]
fn a_box_that_is_ticked_is_shown_and_a_name_is_not() {
    let mut overview = overview();
    for index in 0..20 {
        let mut response = response(index);
        response.segments = vec![
            text("q3_phone", if index % 2 == 0 { "0" } else { "1" }),
            text("person_name", ["Zed", "Ada"][(index % 2) as usize]),
        ];
        overview.see(&response, "nps.csv", index + 2);
    }
    let shown = overview.text(Paint::new(false));
    assert!(shown.contains("'0' 10, '1' 10"), "{shown}");
    assert!(!shown.contains("Zed"), "{shown}");
}
