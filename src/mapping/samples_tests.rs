//! The exports of `samples/` under their shipped mappings: what becomes of each row before anything is sent.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

use super::{Mapping, Plan, RowKey, shipped};
use crate::api::wire;
use crate::catalogue::{Catalogue, Item};
use crate::read::{Input, Source};
use crate::record::Row;
use crate::validate::validate;

const SAMPLES: [(&str, &str); 3] = [
    ("nps.csv", "nps-sample"),
    ("reviews.xlsx", "reviews-sample"),
    ("support.ndjson", "support-sample"),
];

/// The project `acme` as the sandbox has it.
fn acme() -> Catalogue {
    let item = |key: &str| Item {
        id: key.len().to_string(),
        key: Some(key.to_owned()),
        name: key.to_owned(),
    };
    Catalogue {
        project: item("acme"),
        data_types: ["nps", "csat", "review", "comment"].map(item).to_vec(),
        data_sources: [
            "typeform",
            "surveymonkey",
            "qualtrics",
            "google_forms",
            "delighted",
            "zendesk",
            "intercom",
            "csv_upload",
            "google_play",
            "app_store",
            "trustpilot",
            "amazon",
            "google_reviews",
        ]
        .map(item)
        .to_vec(),
    }
}

/// What became of a sample's rows.
#[derive(Default)]
struct Seen {
    rows: u64,
    filtered: u64,
    responses: u64,
    fit: u64,
    repeated: u64,
    /// What would be posted.
    bodies: Vec<Vec<u8>>,
    /// By code, the rows that have it.
    rejected: BTreeMap<String, Vec<u64>>,
    warnings: Vec<String>,
    keys: HashSet<String>,
}

impl Seen {
    /// Counts as the feeder does; a mapping with one response a row is assumed.
    fn row(&mut self, plan: &Plan, row: &Row, catalogue: &Catalogue) {
        self.rows += 1;
        let mapped = plan.map(row);
        let filtered = mapped
            .responses
            .first()
            .is_some_and(|one| matches!(one.result, Ok(None)));
        if filtered {
            self.filtered += 1;
            return;
        }
        self.responses += 1;
        let result = mapped.key.and_then(|key| {
            let response = mapped.responses.into_iter().next();
            let mut response = response.and_then(|one| one.result.transpose()).unwrap()?;
            validate(&mut response, Some(catalogue))?;
            Ok((key, response))
        });
        match result {
            Ok((RowKey::Columns(key), response)) => {
                if self.keys.insert(key.concat()) {
                    self.fit += 1;
                } else {
                    self.repeated += 1;
                }
                self.bodies.push(wire::body(&response, None).unwrap());
            }
            Ok((RowKey::Content, _)) => panic!("samples have key columns"),
            Err(why) => self
                .rejected
                .entry(why.code.into_owned())
                .or_default()
                .push(row.position.row),
        }
    }

    fn report(&self) -> String {
        let mut report = format!(
            "{} rows, {} filtered, {} responses: {} fit, {} repeated\n",
            self.rows, self.filtered, self.responses, self.fit, self.repeated
        );
        for (code, rows) in &self.rejected {
            writeln!(report, "{code}: rows {rows:?}").unwrap();
        }
        for warning in &self.warnings {
            writeln!(report, "warning: {warning}").unwrap();
        }
        report
    }

    fn first_body(&self) -> String {
        let value: serde_json::Value = serde_json::from_slice(&self.bodies[0]).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    }
}

fn see(sample: &str, mapping: &str) -> Seen {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(sample);
    let mapping = Mapping::parse(mapping, shipped::find(mapping).unwrap()).unwrap();
    let source = Source::open(&Input::File(path), &mapping.layout()).unwrap();
    let plan = Plan::compile(&mapping, sample, source.shape())
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let catalogue = acme();
    let mut observer = plan.observer();
    let mut seen = Seen::default();
    source
        .rows(0, &mut |row| {
            seen.warnings.extend(observer.see(&row));
            seen.row(&plan, &row, &catalogue);
            ControlFlow::Continue(())
        })
        .unwrap();
    seen.warnings.extend(observer.finish());
    seen.warnings.extend(plan.warnings());
    seen
}

#[test]
fn the_nps_survey() {
    let seen = see("nps.csv", "nps-sample");
    insta::assert_snapshot!(seen.report(), @r"
    338 rows, 11 filtered, 327 responses: 316 fit, 2 repeated
    date_not_readable: rows [113]
    key_missing: rows [162]
    ragged_row: rows [285]
    score_missing: rows [201]
    score_not_a_number: rows [76, 249]
    score_not_an_integer: rows [224]
    score_out_of_range: rows [38]
    unknown_data_source: rows [135]
    ");
    insta::assert_snapshot!(seen.first_body(), @r#"
    {
      "response": {
        "comment": "It does what it says, and the bread is excellent. I would give more if I could change an order after six in the evening.\n\nEarlier slots, please: before 8 would be perfect.",
        "score": 7,
        "created_at": "2026-09-02T03:22:45Z",
        "data_type": "nps",
        "data_source": "typeform",
        "user_meta": {
          "customer_id": {
            "type": "text",
            "name": "Customer ID",
            "value": "007690"
          },
          "may_contact": {
            "type": "text",
            "name": "May contact",
            "value": "true"
          }
        },
        "segments": {
          "country": {
            "type": "text",
            "name": "Country",
            "value": "United Kingdom"
          },
          "plan": {
            "type": "text",
            "name": "Plan",
            "value": "Basic"
          },
          "orders": {
            "type": "text",
            "name": "Orders",
            "value": "Bread and cakes, Fish and meat"
          }
        }
      }
    }
    "#);
}

#[test]
fn the_reviews() {
    let seen = see("reviews.xlsx", "reviews-sample");
    insta::assert_snapshot!(seen.report(), @r"
    120 rows, 7 filtered, 113 responses: 100 fit, 2 repeated
    ambiguous_date: rows [63]
    date_not_readable: rows [54]
    key_missing: rows [80]
    not_a_boolean: rows [110]
    ragged_row: rows [96]
    required_missing: rows [87]
    score_missing: rows [115]
    score_not_a_number: rows [41]
    score_out_of_range: rows [28]
    spreadsheet_error: rows [19]
    unknown_data_source: rows [72]
    ");
    insta::assert_snapshot!(seen.first_body(), @r#"
    {
      "response": {
        "comment": "Would buy again\nNothing sticks, not even rye.",
        "score": 4,
        "created_at": "2026-08-04T01:37:00+01:00",
        "data_type": "review",
        "data_source": "google_reviews",
        "user_meta": {
          "reviewer": {
            "type": "text",
            "name": "Reviewer",
            "value": "Kasia M."
          },
          "verified": {
            "type": "text",
            "name": "Verified purchase",
            "value": "false"
          }
        },
        "segments": {
          "review_id": {
            "type": "text",
            "name": "Review ID",
            "value": "00004744"
          },
          "product": {
            "type": "text",
            "name": "Product",
            "value": "Bread tin"
          },
          "category": {
            "type": "text",
            "name": "Category",
            "value": "baking"
          },
          "country": {
            "type": "text",
            "name": "Country",
            "value": "United Kingdom"
          },
          "order_value": {
            "type": "text",
            "name": "Order value",
            "value": "small"
          }
        }
      }
    }
    "#);
}

#[test]
fn the_support_ratings() {
    let seen = see("support.ndjson", "support-sample");
    insta::assert_snapshot!(seen.report(), @r"
    105 rows, 6 filtered, 99 responses: 86 fit, 2 repeated
    date_not_readable: rows [35]
    invalid_json: rows [26]
    json_not_an_object: rows [99]
    key_missing: rows [48]
    not_a_scalar: rows [64]
    not_an_integer: rows [87]
    not_in_bucket: rows [93]
    score_not_a_number: rows [21]
    score_out_of_range: rows [13]
    unknown_data_source: rows [60]
    value_not_in_map: rows [74]
    ");
    insta::assert_snapshot!(seen.first_body(), @r#"
    {
      "response": {
        "comment": "Josh called the driver while I was on the line, box here an hour later.",
        "score": 5,
        "created_at": "2026-10-01T16:55:00+01:00",
        "data_type": "csat",
        "data_source": "zendesk",
        "user_meta": {
          "customer_id": {
            "type": "text",
            "name": "Customer ID",
            "value": "0042818"
          },
          "locale": {
            "type": "text",
            "name": "Locale",
            "value": "en-GB"
          },
          "plan": {
            "type": "text",
            "name": "Plan",
            "value": "Business"
          }
        },
        "segments": {
          "ticket_id": {
            "type": "text",
            "name": "Ticket ID",
            "value": "88140"
          },
          "topic": {
            "type": "text",
            "name": "Topic",
            "value": "Delivery"
          },
          "agent": {
            "type": "text",
            "name": "Agent",
            "value": "Lena (App and accounts)"
          },
          "first_reply": {
            "type": "text",
            "name": "First reply",
            "value": "within a day"
          },
          "tags": {
            "type": "text",
            "name": "Tags",
            "value": "voucher"
          }
        }
      }
    }
    "#);
}

/// `samples/README.md` tells people what is wrong with which row.
#[test]
fn the_readme_of_the_samples_is_true() {
    let readme = include_str!("../../samples/README.md");
    for (sample, mapping) in SAMPLES {
        let seen = see(sample, mapping);
        let counts = format!(
            "| `{mapping}` | {} | {} | {} | {} | {} |",
            seen.rows,
            seen.filtered,
            seen.repeated,
            seen.rejected.values().map(Vec::len).sum::<usize>(),
            seen.fit
        );
        assert!(readme.contains(&counts), "{sample}: {counts}");
        let (_, table) = readme
            .split_once(&format!("| `{sample}` | wrong with it | code |\n"))
            .unwrap();
        let told: Vec<(u64, &str)> = table
            .lines()
            .skip(1)
            .take_while(|line| !line.is_empty())
            .map(|line| {
                let mut cells = line.split('|').skip(1).map(str::trim);
                let row = cells.next().unwrap().parse().unwrap();
                (row, cells.nth(1).unwrap().trim_matches('`'))
            })
            .collect();
        let mut found: Vec<(u64, &str)> = seen
            .rejected
            .iter()
            .flat_map(|(code, rows)| rows.iter().map(move |row| (*row, code.as_str())))
            .collect();
        found.sort_unstable();
        assert_eq!(told, found, "{sample}");
    }
}

/// What passes our own checks is what the stand-in takes, and its project is the one assumed above.
#[cfg(feature = "sandbox")]
#[tokio::test]
async fn the_sandbox_takes_what_is_fit() {
    use crate::api::Client;
    use crate::api::answer::Seen as Answered;
    use crate::sandbox::{Options, Sandbox};

    // Before anything is connected: on a busy machine it takes longer than a connection waits.
    let bodies = SAMPLES.map(|(sample, mapping)| (sample, see(sample, mapping).bodies));
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let client = Client::new(
        &sandbox.url().parse().unwrap(),
        "Bearer sandbox-key".parse().unwrap(),
        std::time::Duration::from_secs(30),
    )
    .unwrap();
    let known = |catalogue: &Catalogue| {
        let items = catalogue.data_types.iter().chain(&catalogue.data_sources);
        items
            .map(|item| item.posted().to_owned())
            .collect::<Vec<_>>()
    };
    let fetched = crate::catalogue::fetch(&client, "acme", &crate::catalogue::Pace::default())
        .await
        .unwrap();
    assert_eq!(known(&fetched), known(&acme()));
    for (sample, bodies) in bodies {
        for body in bodies {
            let url = client.responses_address("acme");
            let Answered::Answer(answer) = client.post(&url, body.into()).await else {
                panic!("{sample}: no answer");
            };
            assert_eq!(answer.status, 201, "{sample}: {:?}", answer.body);
        }
    }
    sandbox.stop().await;
}
