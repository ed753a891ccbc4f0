//! What a check tells of the samples.

use std::path::Path;

use crate::check::told;
use crate::support::{Done, World};

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
         nps.csv, row 201 (line 286): column 'How likely are you to recommend Acme to a friend or colleague?' gives nothing: a response of type 'nps' needs a numeric score: fill it in, or filter rows without one by required = "filter"
      1  score_not_an_integer
         nps.csv, row 224 (line 318): column 'How likely are you to recommend Acme to a friend or colleague?': 8.5 is no NPS score, a whole number from 0 to 10 was expected: correct it, or list it in null_values if it stands for no answer
      1  score_out_of_range
         nps.csv, row 38 (line 52): column 'How likely are you to recommend Acme to a friend or colleague?' holds '11', expected a number from 0 to 10: correct it, or list it in null_values if it stands for no answer

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
         reviews.xlsx, row 115: column 'Stars' gives nothing: a response of type 'review' needs a numeric score: fill it in, or filter rows without one by required = "filter"
      1  score_not_a_number
         reviews.xlsx, row 41: column 'Stars' holds 'four', expected a number such as 9 or 8.5: mend the cell, list the text in null_values, or map it to a number
      1  score_out_of_range
         reviews.xlsx, row 28: column 'Stars' holds '6', expected a number from 1 to 5: correct it, or list it in null_values if it stands for no answer
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
         support.ndjson, row 87: column 'satisfaction.score' holds '4.5', expected a whole number: correct it, or set type = "number" where fractions are meant
      1  not_in_bucket
         support.ndjson, row 93: column 'first_reply_minutes' holds '-5', which is in none of the buckets 0-15, 15-60, 60-1440, 1440+: correct it, or add one that holds it
      1  score_not_a_number
         support.ndjson, row 21: column 'satisfaction.score' holds '9,5', expected a number such as 9 or 8.5: if the file writes fractions so, set decimal = ","
      1  score_out_of_range
         support.ndjson, row 13: column 'satisfaction.score' holds '7', expected a number from 1 to 5: correct it, or list it in null_values if it stands for no answer
      1  value_not_in_map
         support.ndjson, row 74: column 'custom_fields[id=360001].value' holds 'misc', which the map lacks (it has 'app', 'billing', 'delivery', 'product', 'refund'): add it, or set otherwise = "keep"
    "#);
}
