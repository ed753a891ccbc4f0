//! `[response.rest]`: the columns that a mapping names nowhere.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::attributes::{field_key, in_words};
use super::column::Column;
use super::json::scalar;
use super::response_plan::AttributePlan;
use super::value::trimmed;
use crate::outcome::{Rejection, quote};
use crate::record::{Attribute, AttributeValue, Row, is_blank};

/// Columns not named.
#[derive(Debug)]
pub struct RestPlan {
    /// Into `segments`, else into `user_meta`.
    pub segments: bool,
    /// Which.
    pub columns: RestColumns,
    /// Cells that count as empty.
    pub nulls: Vec<String>,
}

/// Which columns are the rest.
#[derive(Debug)]
pub enum RestColumns {
    /// A table's.
    Table(Vec<AttributePlan<Column>>),
    /// Fields of a JSON record that hold a scalar, but for those in use.
    Json {
        /// Fields that the mapping names.
        used: HashSet<String>,
        /// Keys that are taken.
        taken: HashSet<String>,
    },
}

impl RestPlan {
    /// Adds what the row holds there.
    ///
    /// # Errors
    /// A cell holds a spreadsheet's error, or two fields of a JSON record have one key.
    pub fn add<'a>(&'a self, row: &'a Row, into: &mut Vec<Attribute<'a>>) -> Result<(), Rejection> {
        let columns = match &self.columns {
            RestColumns::Table(columns) => columns,
            RestColumns::Json { used, taken } => {
                return json_rest(row, used, taken, &self.nulls, into);
            }
        };
        for plan in columns {
            let read = plan.value.read(row, &self.nulls, ", ");
            if let Some(item) = read.map_err(|fault| fault.reject(&plan.value.label))? {
                into.push(Attribute {
                    key: Cow::Borrowed(&plan.key),
                    name: Cow::Borrowed(&plan.name),
                    value: AttributeValue::Text(trimmed(item.into_text())),
                });
            }
        }
        Ok(())
    }
}

/// The fields that the mapping does not name.
///
/// # Errors
/// Two of them have one key.
fn json_rest<'a>(
    row: &'a Row,
    used: &HashSet<String>,
    taken: &HashSet<String>,
    nulls: &[String],
    into: &mut Vec<Attribute<'a>>,
) -> Result<(), Rejection> {
    let fields = row.json().and_then(serde_json::Value::as_object);
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (name, value) in fields.into_iter().flatten() {
        let Ok(item) = scalar(value) else {
            continue;
        };
        if used.contains(name) {
            continue;
        }
        let key = free(field_key(name), taken);
        // An empty one counts too: whether the two are told apart must not depend on what they hold.
        if let Some(other) = seen.insert(key.clone(), name) {
            return Err(one_key(&key, other, name));
        }
        let Some(item) = item.filter(|item| !item.is_null(nulls)) else {
            continue;
        };
        let readable = if is_blank(&name.replace('_', " ")) {
            Cow::Owned(key.replace('_', " "))
        } else if name.contains(' ') {
            Cow::Borrowed(name.as_str())
        } else {
            Cow::Owned(in_words(name))
        };
        into.push(Attribute {
            key: key.into(),
            name: readable,
            value: AttributeValue::Text(trimmed(item.into_text())),
        });
    }
    Ok(())
}

/// A key that the mapping does not give to something else.
fn free(key: String, taken: &HashSet<String>) -> String {
    if !taken.contains(&key) {
        return key;
    }
    let mut numbered = (2u64..).map(|number| format!("{key}_{number}"));
    let free = numbered.find(|numbered| !taken.contains(numbered));
    free.unwrap_or(key)
}

fn one_key(key: &str, one: &str, other: &str) -> Rejection {
    Rejection::new(
        "rest_not_told_apart",
        "rest",
        format!(
            "the fields {} and {} of the rest would both have the key {key}: name one of them in the mapping, under a key of \
             its own, or list it in [response.rest] except",
            quote(one),
            quote(other)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::json_row;

    /// Keys and texts of the rest of a record.
    fn rest(record: &str) -> Result<Vec<(String, String)>, String> {
        let row = json_row(serde_json::from_str(record).unwrap());
        let plan = RestPlan {
            segments: true,
            columns: RestColumns::Json {
                used: HashSet::from(["id".to_owned()]),
                taken: HashSet::from(["country".to_owned()]),
            },
            nulls: Vec::new(),
        };
        let mut into = Vec::new();
        plan.add(&row, &mut into).map_err(|why| why.message)?;
        let all = into.into_iter().map(|one| match one.value {
            AttributeValue::Text(text) => (one.key.into_owned(), text.into_owned()),
            other => panic!("{other:?}"),
        });
        Ok(all.collect())
    }

    fn keys(record: &str) -> Vec<String> {
        let all = rest(record).unwrap();
        all.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn a_field_has_its_key_whatever_stands_beside_it() {
        let both = keys("{\"id\":1,\"国\":\"JP\",\"城\":\"Tokyo\"}");
        assert_eq!(both, ["column_491568492", "column_1485455545"]);
        assert_eq!(keys("{\"id\":2,\"城\":\"Osaka\"}"), both[1..]);
        assert_eq!(keys("{\"a b\":3}"), ["a_b"]);
        assert_eq!(
            keys("{\"Country\":\"JP\",\"firstName\":\"Ann\"}"),
            ["country_2", "firstname"]
        );
    }

    #[test]
    fn what_a_key_cannot_hold_of_a_name_becomes_a_number() {
        let reasons = keys("{\"NPS 理由\":\"x\",\"NPS 评分\":9}");
        assert_eq!(reasons, ["nps_2229515055", "nps_3692759176"]);
        let long = "why ".repeat(30);
        let cut = keys(&format!("{{\"{long}one\":1,\"{long}two\":2}}"));
        assert!(
            cut[0] != cut[1] && cut.iter().all(|key| key.len() <= 60),
            "{cut:?}"
        );
    }

    #[test]
    fn two_fields_of_one_key_are_never_mixed() {
        let expected = "the fields 'a b' and 'a_b' of the rest would both have the key a_b: name one of them in the mapping, \
                        under a key of its own, or list it in [response.rest] except";
        for record in ["{\"a b\":1,\"a_b\":2}", "{\"a b\":1,\"a_b\":null}"] {
            assert_eq!(rest(record), Err(expected.to_owned()));
        }
    }
}
