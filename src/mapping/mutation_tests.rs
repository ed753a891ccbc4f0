//! Mapping files changed at random, the same in every run: they are read or refused, and what is read maps a row.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::testing::{json_row, row, shape};
use super::*;
use crate::record::Shape;

const MAPPING: &str = r#"name = "Shop"
[source]
format = "csv"
delimiter = ";"
header_rows = 2
null_values = ["N/A", "-"]
decimal = ","
thousands = "."
timezone = "Europe/Berlin"
[key]
columns = ["id", 2]
version = "Submitted"
[response]
data_type = "nps"
score = { column = "NPS", min = 0, max = 10, replace = [{ pattern = "(\\d+)/10", with = "$1" }] }
comment = { columns = { matching = "^Q" }, separator = "\n", with_question = true, max_length = 50, truncate = true }
created_at = { column = "Submitted", formats = ["%d/%m/%Y %H:%M", "%Y-%m-%d"] }
when = [{ column = "id", not_in = ["0", ""] }]
[response.segments]
basket = { column = "NPS", bucket = { "0-5" = "low", "5-8" = "mid", "8+" = "high" } }
name = { template = "{{ row['id'] }} {{ row.NPS | upper }}", case = "title" }
[response.rest]
into = "segments"
"#;
const TOKENS: [&str; 16] = [
    "\"",
    "\n",
    "[",
    "]",
    "{",
    "}",
    "=",
    "é",
    "{{",
    "}}",
    "0",
    "99999999999999999999",
    "(",
    "true",
    "\\",
    "[[responses]]\nname = \"a\"\n",
];

fn mutate(random: &mut StdRng) -> String {
    let mut characters: Vec<char> = MAPPING.chars().collect();
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..characters.len());
        let end = (at + random.random_range(0..12)).min(characters.len());
        match random.random_range(0..3) {
            0 => drop(characters.drain(at..end)),
            1 => {
                let piece = characters[at..end].to_vec();
                let to = random.random_range(0..=characters.len());
                characters.splice(to..to, piece);
            }
            _ => {
                let token = TOKENS[random.random_range(0..TOKENS.len())];
                characters.splice(at..end, token.chars());
            }
        }
    }
    characters.into_iter().collect()
}

#[test]
fn changed_mappings_are_read_or_refused() {
    let mut random = StdRng::seed_from_u64(1);
    let header = shape(&["id", "NPS", "Why?", "Submitted", "Q5_a", "Q5_b"]);
    let (mut parsed, mut compiled) = (0, 0);
    for _ in 0..1_000 {
        let text = mutate(&mut random);
        match Mapping::parse("m.toml", &text) {
            Err(error) => assert!(!error.to_string().is_empty()),
            Ok(mapping) => {
                parsed += 1;
                if let Ok(plan) = Plan::compile(&mapping, "f.csv", &header) {
                    compiled += 1;
                    plan.map(&row(&["1", "9,5", "good", "02/11/2026 10:15", "a", "b"]));
                    plan.map(&row(&["", "", "", "", "", ""]));
                }
                if let Ok(plan) = Plan::compile(&mapping, "f.ndjson", &Shape::Json) {
                    plan.map(&json_row(
                        serde_json::json!({"id": 1, "NPS": [9], "Submitted": {}}),
                    ));
                }
            }
        }
    }
    assert!(
        parsed > 50 && compiled > 25,
        "{parsed} {compiled}: the changes must leave something to try"
    );
}
