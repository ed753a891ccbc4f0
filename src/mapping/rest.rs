//! `[response.rest]`: the columns that a mapping names nowhere.

use std::borrow::Cow;
use std::collections::HashSet;

use super::attributes::{in_words, snake_case, unique};
use super::column::Column;
use super::json::scalar;
use super::response_plan::AttributePlan;
use super::value::trimmed;
use crate::outcome::Rejection;
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
    /// A cell holds a spreadsheet's error.
    pub fn add<'a>(&'a self, row: &'a Row, into: &mut Vec<Attribute<'a>>) -> Result<(), Rejection> {
        let columns = match &self.columns {
            RestColumns::Table(columns) => columns,
            RestColumns::Json { used, taken } => {
                json_rest(row, used, taken.clone(), &self.nulls, into);
                return Ok(());
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

fn json_rest<'a>(
    row: &'a Row,
    used: &HashSet<String>,
    mut taken: HashSet<String>,
    nulls: &[String],
    into: &mut Vec<Attribute<'a>>,
) {
    let fields = row.json().and_then(serde_json::Value::as_object);
    for (position, (name, value)) in fields.into_iter().flatten().enumerate() {
        let Ok(Some(item)) = scalar(value) else {
            continue;
        };
        if used.contains(name) || item.is_null(nulls) {
            continue;
        }
        let key = snake_case(name).unwrap_or_else(|| format!("column_{}", position + 1));
        let readable = if is_blank(&name.replace('_', " ")) {
            Cow::Owned(format!("column {}", position + 1))
        } else if name.contains(' ') {
            Cow::Borrowed(name.as_str())
        } else {
            Cow::Owned(in_words(name))
        };
        into.push(Attribute {
            key: unique(&key, &mut taken).into(),
            name: readable,
            value: AttributeValue::Text(trimmed(item.into_text())),
        });
    }
}
