//! What a check tells of all rows, and of another mapping.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::{Done, MAPPING, World, done};

/// A sample of the project in this world's folder, checked by its mapping without the API.
fn check_sample(world: &World, file: &str, mapping: &str) -> Done {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    world.file(file, std::fs::read(samples.join(file)).unwrap());
    world.run([
        "check",
        file,
        "-m",
        mapping,
        "--offline",
        "--preview",
        "1",
        "--color",
        "never",
    ])
}

/// Run names, durations and the exact body are other tests' business; what lies in the future changes with time.
fn told(done: &Done) -> String {
    let lines = done.out.lines().filter(|line| {
        let is_exact = line.starts_with("{\"response\"");
        !line.starts_with("run ") && !is_exact && !line.contains(" in the future ")
    });
    lines.map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn check(world: &World, more: &[&str]) -> Done {
    let args = ["check", "nps.csv", "-m", "mapping.toml", "--json"];
    world.run(args.iter().chain(more))
}

#[test]
fn a_sample_of_a_survey_is_told_in_full() {
    let world = World::new();
    let done = check_sample(&world, "nps.csv", "nps-sample");
    insta::assert_snapshot!(told(&done), @r#"
    nps.csv, row 4, response main
      comment                "It does what it says, and the bread is e"…  columns 'What is the main reason for your score?', 'What is the one thing we should do better?' joined
      score                  7                                            column 'How likely are you to recommend Acme to a friend or colleague?'
      created_at             "2026-09-02T03:22:45Z"                       column 'Submit Date (UTC)'
      data_type              "nps"                                        literal
      data_source            "typeform"                                   column 'channel', mapped
      user_meta.customer_id  "007690"                                     column 'customer_id'
      user_meta.may_contact  "true"                                       column 'May we contact you about your answers?'
      segments.country       "United Kingdom"                             column 'Where do you live?'
      segments.plan          "Basic"                                      column 'Which plan are you on?'
      segments.orders        "Bread and cakes, Fish and meat"             ticked: columns 'Bread and cakes', 'Fish and meat'

    What 319 responses would hold
      datasets               nps from typeform: 234
                             nps from intercom: 84
                             nps from kiosk: 1
      dates                  2026-09-02T03:22:45Z to 2026-11-17T22:39:17Z
      scores nps             0: 20, 1: 3, 2: 10, 3: 10, 4: 9, 5: 13, 6: 17, 7: 35, 8: 64, 9: 68, 10: 70; mean 7.29
      comments               in 310, the longest of 254 characters
      user_meta.customer_id  text, in all, 316 different
      user_meta.may_contact  text, in all, 2 different: 'true' 237, 'false' 82
      segments.country       text, in all, 19 different: 'United Kingdom' 65, 'Germany' 28, 'Ireland' 27, 'Poland' 23, 'United States' 23
      segments.plan          text, in all, 4 different: 'Plus' 105, 'Basic' 96, 'Family' 89, 'Business' 29
      segments.orders        text, in 301, 28 different: 'Fruit and vegetables, Bread and cakes' 41, 'Fruit and vegetables, Bread and cakes, R…' 34, 'Fruit and vegetables, Fish and meat' 32, 'Fruit and vegetables' 31, 'Fruit and vegetables, Bread and cakes, F…' 22

    Check of nps.csv: 8 of 327 responses cannot be loaded

      338  rows read
       11  rows filtered out by the mapping
      327  responses in them

      317  would be sent
        2  already uploaded
        8  rejected: not fit to be sent

    Why
      2  repeated: the same row came twice, and was sent once
      2  score_not_a_number
         nps.csv, row 76 (line 110): column 'How likely are you to recommend Acme to a friend or colleague?' holds '9,5', expected a number such as 9 or 8.5: if the file writes fractions so, set decimal = ","
         nps.csv, row 249 (line 350): column 'How likely are you to recommend Acme to a friend or colleague?' holds 'ten', expected a number such as 9 or 8.5: mend the cell, list the text in null_values, or map it to a number
      1  date_not_readable
         nps.csv, row 113 (line 171): column 'Submit Date (UTC)' holds '2026-02-31 18:20:44', expected a date such as 2026-11-02 or 2026-11-02T10:15:00Z: for others set formats
      1  key_missing
         nps.csv, row 162 (line 240): key column '#' is empty: fill it in, choose other key columns, or set when_empty = "content"
      1  ragged_row
         nps.csv, row 285 (line 410) has 14 cells, the header has 19: add the missing delimiters, or set ragged = "pad" under [source] to fill short rows
      1  score_missing
         nps.csv, row 201 (line 286): a response of type 'nps' needs a numeric score: fill it in, or filter rows without one
      1  score_not_an_integer
         nps.csv, row 224 (line 318): 8.5 is no NPS score: a whole number from 0 to 10 was expected
      1  score_out_of_range
         nps.csv, row 38 (line 52): column 'How likely are you to recommend Acme to a friend or colleague?' holds '11', expected a number from 0 to 10

    warning: the mapping does not use columns 'Start Date (UTC)', 'Network ID'
    "#);
}

#[test]
fn a_sample_of_reviews_is_told_in_full() {
    let world = World::new();
    let done = check_sample(&world, "reviews.xlsx", "reviews-sample");
    insta::assert_snapshot!(told(&done), @r#"
    reviews.xlsx, row 2, response main
      comment               "Would buy again\nNothing sticks, not even"…  columns 'Title', 'Review' joined
      score                 4                                            column 'Stars'
      created_at            "2026-08-04T01:37:00+01:00"                  column 'Reviewed on'
      data_type             "review"                                     literal
      data_source           "google_reviews"                             column 'Site', mapped
      user_meta.reviewer    "Kasia M."                                   column 'Reviewer'
      user_meta.verified    "false"                                      column 'Verified purchase'
      segments.review_id    "00004744"                                   column 'Review ID'
      segments.product      "Bread tin"                                  column 'SKU', mapped
      segments.category     "baking"                                     column 'Category'
      segments.country      "United Kingdom"                             column 'Country'
      segments.order_value  "small"                                      column 'Order value', by bucket

    What 103 responses would hold
      datasets              review from google_reviews: 24
                            review from Trustpilot: 29
                            review from csv_upload: 13
                            review from Amazon: 36
                            review from Etsy: 1
      dates                 2026-08-04T01:37:00+01:00 to 2026-11-12T21:13:00Z
      scores review         1: 8, 2: 8, 3: 12, 4: 25, 5: 50; mean 3.98
      comments              in all, the longest of 134 characters
      user_meta.reviewer    text, in all, 91 different (personal: not shown)
      user_meta.verified    text, in all, 2 different: 'true' 79, 'false' 24
      segments.review_id    text, in all, 101 different
      segments.product      text, in all, 6 different: 'Kettle' 24, 'Apron' 20, 'Cast-iron pan' 20, 'Bread tin' 14, 'Chef's knife' 13
      segments.category     text, in all, 6 different: 'appliances' 24, 'pans' 20, 'textiles' 20, 'baking' 14, 'knives' 13
      segments.country      text, in all, 11 different: 'United Kingdom' 33, 'United States' 14, 'Ireland' 12, 'Sweden' 10, 'Germany' 9
      segments.order_value  text, in all, 3 different: 'medium' 67, 'large' 25, 'small' 11

    Check of reviews.xlsx: 10 of 113 responses cannot be loaded

      120  rows read
        7  rows filtered out by the mapping
      113  responses in them

      101  would be sent
        2  already uploaded
       10  rejected: not fit to be sent

    Why
      2  repeated: the same row came twice, and was sent once
      1  ambiguous_date
         reviews.xlsx, row 63: column 'Reviewed on' holds '03/04/2026', where day and month could be either way round: say which, formats = ["%d/%m/%Y"] or ["%m/%d/%Y"]
      1  date_not_readable
         reviews.xlsx, row 54: column 'Reviewed on' holds '2026-02-31 16:40', expected a date such as 2026-11-02 or 2026-11-02T10:15:00Z: for others set formats
      1  key_missing
         reviews.xlsx, row 80: key column 'Review ID' is empty: fill it in, choose other key columns, or set when_empty = "content"
      1  not_a_boolean
         reviews.xlsx, row 110: column 'Verified purchase' holds 'perhaps', expected true or false, yes or no, 1 or 0: map other words
      1  ragged_row
         reviews.xlsx, row 96 has a cell in column P, right of the last column the header names: remove it, or name the column
      1  required_missing
         reviews.xlsx, row 87: what columns 'Title', 'Review' give is empty, but `comment` is required: fill it in, or set required to false or "filter"
      1  score_missing
         reviews.xlsx, row 115: a response of type 'review' needs a numeric score: fill it in, or filter rows without one
      1  score_not_a_number
         reviews.xlsx, row 41: column 'Stars' holds 'four', expected a number such as 9 or 8.5: mend the cell, list the text in null_values, or map it to a number
      1  score_out_of_range
         reviews.xlsx, row 28: column 'Stars' holds '6', expected a number from 1 to 5
      1  spreadsheet_error
         reviews.xlsx, row 19: column 'Category' holds the spreadsheet error #N/A: mend the formula, or list #N/A in null_values

    warning: the mapping does not use columns 'Quantity', 'Unit price'
    "#);
}

#[test]
fn a_sample_of_support_is_told_in_full() {
    let world = World::new();
    let done = check_sample(&world, "support.ndjson", "support-sample");
    insta::assert_snapshot!(told(&done), @r#"
    support.ndjson, row 1, response main
      comment                "Josh called the driver while I was on th"…  column 'satisfaction.comment'
      score                  5                                            column 'satisfaction.score'
      created_at             "2026-10-01T16:55:00+01:00"                  column 'satisfaction.rated_at'
      data_type              "csat"                                       literal
      data_source            "zendesk"                                    column 'via', mapped
      user_meta.customer_id  "0042818"                                    column 'requester.id'
      user_meta.locale       "en-GB"                                      column 'requester.locale'
      user_meta.plan         "Business"                                   column 'custom_fields[id=360002].value'
      segments.ticket_id     "88140"                                      column 'ticket.id'
      segments.topic         "Delivery"                                   column 'custom_fields[id=360001].value', mapped
      segments.agent         "Lena (App and accounts)"                    template
      segments.first_reply   "within a day"                               column 'first_reply_minutes', by bucket
      segments.tags          "voucher"                                    column 'tags'

    What 89 responses would hold
      datasets               csat from zendesk: 59
                             csat from intercom: 29
                             csat from whatsapp: 1
      dates                  2026-10-01T16:55:00+01:00 to 2026-11-10T22:39:00+03:00
      scores csat            1: 7, 2: 8, 3: 13, 4: 18, 5: 43; mean 3.92
      comments               in 76, the longest of 76 characters
      user_meta.customer_id  text, in all, 87 different
      user_meta.locale       text, in all, 8 different: 'en-GB' 57, 'pt-BR' 8, 'de-DE' 6, 'ja-JP' 5, 'pl-PL' 5
      user_meta.plan         text, in all, 4 different: 'Plus' 27, 'Family' 24, 'Business' 22, 'Basic' 16
      segments.ticket_id     text, in all, 87 different
      segments.topic         text, in all, 5 different: 'App' 21, 'Billing' 21, 'Products' 21, 'Delivery' 13, 'Refunds' 13
      segments.agent         text, in all, 6 different: 'Carla (Billing)' 22, 'Lena (App and accounts)' 17, 'Tomasz (Deliveries)' 16, 'Mei (Products)' 14, 'Priya (Billing)' 12
      segments.first_reply   text, in all, 4 different: 'within the hour' 31, 'within a day' 27, 'within 15 minutes' 26, 'later' 5
      segments.tags          text, in 68, 23 different: 'voucher' 9, 'callback' 8, 'vip' 8, 'first_contact' 7, 'peak' 7
      segments.voucher       text, in 28, 28 different

    Check of support.ndjson: 10 of 99 responses cannot be loaded

      105  rows read
        6  rows filtered out by the mapping
       99  responses in them

       87  would be sent
        2  already uploaded
       10  rejected: not fit to be sent

    Why
      2  repeated: the same row came twice, and was sent once
      1  date_not_readable
         support.ndjson, row 35: column 'satisfaction.rated_at' holds '2026-02-31T11:40:00+01:00', expected a date such as 2026-11-02 or 2026-11-02T10:15:00Z: for others set formats
      1  invalid_json
         support.ndjson, row 26, column 258: the record is no valid JSON (EOF while parsing a string): it must be one whole JSON object
      1  json_not_an_object
         support.ndjson, row 99: the record is an array, not a JSON object such as {"comment": "…"}
      1  key_missing
         support.ndjson, row 48: key column 'id' is empty: fill it in, choose other key columns, or set when_empty = "content"
      1  not_a_scalar
         support.ndjson, row 64: 'satisfaction.comment' leads to an object; expected a text, a number, true or false: name the field within it
      1  not_an_integer
         support.ndjson, row 87: column 'satisfaction.score' holds '4.5', expected a whole number
      1  not_in_bucket
         support.ndjson, row 93: column 'first_reply_minutes' holds '-5', which is in none of the buckets 0-15, 15-60, 60-1440, 1440+
      1  score_not_a_number
         support.ndjson, row 21: column 'satisfaction.score' holds '9,5', expected a number such as 9 or 8.5: if the file writes fractions so, set decimal = ","
      1  score_out_of_range
         support.ndjson, row 13: column 'satisfaction.score' holds '7', expected a number from 1 to 5
      1  value_not_in_map
         support.ndjson, row 74: column 'custom_fields[id=360001].value' holds 'misc', which the map lacks (it has 'app', 'billing', 'delivery', 'product', 'refund'): add it, or set otherwise = "keep"
    "#);
}

#[test]
fn scripts_get_what_all_responses_hold() {
    let world = World::new();
    world.file(
        "mapping.toml",
        format!("{MAPPING}[response.segments]\ncountry = \"Country\"\n"),
    );
    let mut text = String::from("id,score,comment,date,Country,Spare\n");
    for id in 0..40 {
        let _ = writeln!(
            text,
            "{id},{},x,2098-01-01T00:00:00Z,GB,{}",
            id % 6,
            id / 39
        );
    }
    world.file("nps.csv", text);
    let json = check(&world, &[]).expect_code(0).json();
    let attribute = &json["attributes"][0];
    assert_eq!(
        (&attribute["key"], &attribute["count"]),
        (&"country".into(), &40.into())
    );
    assert_eq!(attribute["most_frequent"][0]["value"], "GB");
    assert_eq!(json["scores"]["nps"]["max"], 5);
    assert_eq!(json["created_at"]["in_future"], 40);
    assert_eq!(json["datasets"][0]["data_source"], "typeform");
    assert_eq!(
        json["preview"][0]["origins"]["segments.country"],
        "column 'Country'"
    );
    let warnings = json["warnings"].to_string();
    for part in [
        "'Spare'",
        "above 5",
        "lie in the future (the first: 2098-01-01T00:00:00Z in nps.csv, row 2)",
    ] {
        assert!(warnings.contains(part), "no {part} in {warnings}");
    }
    assert!(
        json["hints"][0]
            .as_str()
            .unwrap()
            .contains("`country` is the same")
    );
    // An upload has no use for it.
    let import = world.import("nps.csv", &[]).expect_code(0).json();
    assert!(import.get("attributes").is_none() && import.get("warnings").is_none());
}

#[test]
fn a_file_that_is_filtered_whole_is_warned_of() {
    let world = World::new();
    world.file(
        "nps.csv",
        "id,score,comment,date\n1,,,2026-10-01\n2,,,2026-10-01\n",
    );
    let json = check(&world, &[]).expect_code(0).json();
    assert!(
        json["warnings"]
            .to_string()
            .contains("every row was filtered out"),
        "{json}"
    );
}

#[test]
fn what_truncate_cuts_is_counted() {
    let world = World::new();
    world.file(
        "mapping.toml",
        MAPPING.replace(
            "comment = \"comment\"",
            "comment = { column = \"comment\", max_length = 5, truncate = true }",
        ),
    );
    world.table("nps.csv", 3);
    let json = check(&world, &[]).expect_code(0).json();
    assert!(
        json["warnings"][0]
            .as_str()
            .unwrap()
            .starts_with("3 values of `comment`"),
        "{json}"
    );
    assert_eq!(
        json["preview"][0]["origins"]["comment"],
        "column 'comment', cut to 5 characters"
    );
}

#[test]
fn ten_thousand_rejections_are_read_in_a_minute() {
    let world = World::new();
    let mut text = String::from("id,score,comment,date\n");
    for id in 0..10_000 {
        let _ = match id % 5 {
            0 => writeln!(text, "{id},ten,x,2026-10-01"),
            1 => writeln!(text, "{id},11,x,2026-10-01"),
            2 => writeln!(text, "{id},9,x,some day"),
            3 => writeln!(text, ",9,x,2026-10-01"),
            _ => writeln!(text, "{id},9,x"),
        };
    }
    world.file("nps.csv", text);
    let done = world
        .run(["check", "nps.csv", "-m", "mapping.toml", "--offline"])
        .expect_code(1);
    assert!(done.out.lines().count() < 90, "{}", done.out);
    assert_eq!(
        done.out.matches("… and 1,988 more").count(),
        5,
        "{}",
        done.out
    );
    let json = check(&world, &["--offline"]).json();
    assert_eq!(json["rejections"].as_array().unwrap().len(), 5_000);
    assert_eq!(json["rejections_left_out"], 5_000);
}

#[test]
fn a_mended_mapping_is_told_apart_from_the_old_one() {
    let world = World::new();
    world.file(
        "old.toml",
        MAPPING
            .replace("score = \"score\"", "score = { column = \"score\", max = 8 }")
            .replace("comment = \"comment\"", "comment = { column = \"comment\", case = \"upper\", replace = [{ pattern = \"^Comment number 2\", with = \"x\" }] }\nwhen = [{ column = \"id\", not_in = [\"3\"] }]"),
    );
    world.file(
        "mapping.toml",
        MAPPING.to_owned() + "when = [{ column = \"id\", not_in = [\"1\", \"4\"] }]\n",
    );
    world.table("nps.csv", 12);
    let done = check(&world, &["--diff", "old.toml"]).expect_code(0);
    let diff = &done.json()["diff"];
    // Row 9 and 10 hold more than the old mapping allows.
    let counts = ["same", "changed", "only_new", "only_old", "rejected_by_old"]
        .map(|name| diff[name].clone());
    assert_eq!(
        counts,
        [0, 7, 3, 2, 2].map(serde_json::Value::from),
        "{diff}"
    );
    assert_eq!(diff["fields"]["comment"], 7);
    let same = check(&world, &["--diff", "mapping.toml"])
        .expect_code(0)
        .json();
    assert_eq!(same["diff"]["same"], 10);
    assert_eq!(same["diff"]["changed"], 0);
    let text = world.run([
        "check",
        "nps.csv",
        "-m",
        "mapping.toml",
        "--diff",
        "old.toml",
        "--preview",
        "0",
    ]);
    let text = told(&text);
    let (_, against) = text.split_once("Against").unwrap();
    let (against, _) = against.split_once("\n\n").unwrap();
    insta::assert_snapshot!(against, @r#"
     old.toml
      0  the same
      7  changed
      3  only by the new mapping
      2  only by the old mapping
    The old mapping rejects 2 responses.
    Changed fields: comment 7
    nps.csv, row 2, response main: only by the old mapping
    nps.csv, row 3, response main
      comment: "X" → "Comment number 2"
    nps.csv, row 4, response main: only by the new mapping
    nps.csv, row 5, response main: only by the old mapping
    nps.csv, row 6, response main
      comment: "COMMENT NUMBER 5" → "Comment number 5"
    nps.csv, row 7, response main
      comment: "COMMENT NUMBER 6" → "Comment number 6"
    nps.csv, row 8, response main
      comment: "COMMENT NUMBER 7" → "Comment number 7"
    nps.csv, row 9, response main
      comment: "COMMENT NUMBER 8" → "Comment number 8"
    nps.csv, row 10, response main: only by the new mapping
    nps.csv, row 11, response main: only by the new mapping
    "#);
    assert_eq!(world.state().log().posts(), 0);
}

#[test]
fn a_mapping_that_reads_the_file_otherwise_is_compared_by_row() {
    let world = World::new();
    world.file(
        "old.toml",
        MAPPING.to_owned() + "[source]\nencoding = \"windows-1252\"\n",
    );
    world.file(
        "nps.csv",
        "id,score,comment,date\n1,9,Café,2026-10-01\n2,9,Fine,2026-10-01\n",
    );
    let json = check(&world, &["--offline", "--diff", "old.toml"])
        .expect_code(0)
        .json();
    let diff = &json["diff"];
    assert_eq!((&diff["same"], &diff["changed"]), (&1.into(), &1.into()));
    assert_eq!(diff["changes"][0]["fields"]["comment"]["new"], "Café");
    assert_eq!(diff["changes"][0]["row"], 2);
}

#[test]
fn another_key_would_load_everything_twice() {
    let world = World::new();
    world.file("old.toml", MAPPING.replace("\"Test\"", "\"Other\""));
    world.table("nps.csv", 300);
    let json = check(&world, &["--diff", "old.toml"]).expect_code(0).json();
    assert_eq!(
        (&json["diff"]["only_new"], &json["diff"]["only_old"]),
        (&300.into(), &300.into())
    );
    assert!(
        json["warnings"].to_string().contains("a second time"),
        "{json}"
    );
}

#[test]
fn what_comes_only_once_cannot_be_read_twice() {
    let world = World::new();
    let args = [
        "check",
        "-",
        "-m",
        "mapping.toml",
        "--diff",
        "mapping.toml",
        "--offline",
    ];
    done(&mut world.command(args))
        .expect_code(2)
        .expect_err(&["save it to a file first"]);
}
