//! Where each value of a response came from, in words: for the preview of a check, not for every row.

use std::sync::Arc;

use super::column::Column;
use super::item::Item;
use super::plan::Plan;
use super::response_plan::ResponsePlan;
use super::rest::{RestColumns, RestPlan};
use super::value::{Join, Source, Value, is_ticked};
use crate::record::{Attribute, Response, Row};

/// So many columns are named; of more, how many they are.
const NAMED: usize = 3;

/// A posted field (`score`, `segments.country`) and where its value came from.
pub type Origin = (String, String);

impl Plan {
    /// The posted fields of a response that this row gave, in the order of the body.
    pub fn origins(&self, row: &Row, response: &Response) -> Vec<Origin> {
        let plan = self
            .responses()
            .iter()
            .find(|plan| *plan.name == *response.name);
        plan.map(|plan| plan.origins(row, response))
            .unwrap_or_default()
    }

    /// Keys of segments that hold the same in every response because the mapping says so.
    pub fn literal_segments(&self) -> impl Iterator<Item = &Arc<str>> {
        let segments = self.responses().iter().flat_map(|plan| &plan.segments);
        segments
            .filter(|segment| matches!(segment.value.source, Source::Literal(_)))
            .map(|segment| &segment.key)
    }

    /// Whether the columns that the mapping does not name are posted too.
    pub fn takes_rest(&self) -> bool {
        self.responses().iter().any(|plan| plan.rest.is_some())
    }
}

impl ResponsePlan {
    fn origins(&self, row: &Row, response: &Response) -> Vec<Origin> {
        let own = [
            ("comment", &self.comment, response.comment.is_some()),
            ("score", &self.score, response.score.is_some()),
            (
                "created_at",
                &self.created_at,
                response.created_at.is_some(),
            ),
            ("data_type", &self.data_type, response.data_type.is_some()),
            (
                "data_source",
                &self.data_source,
                response.data_source.is_some(),
            ),
            (
                "dataset_id",
                &self.dataset_id,
                response.dataset_id.is_some(),
            ),
        ];
        let mut told: Vec<Origin> = own
            .into_iter()
            .filter(|(.., is_posted)| *is_posted)
            .filter_map(|(field, value, _)| {
                Some((field.to_owned(), value.as_ref()?.came_from(row)))
            })
            .collect();
        for (key, _) in &response.fields {
            let plan = self.fields.iter().find(|plan| *plan.key == **key);
            told.extend(plan.map(|plan| (key.to_string(), plan.value.came_from(row))));
        }
        let sections = [
            ("user_meta", &response.user_meta, &self.user_meta),
            ("segments", &response.segments, &self.segments),
        ];
        for (section, attributes, plans) in sections {
            for attribute in attributes {
                let plan = plans.iter().find(|plan| *plan.key == *attribute.key);
                let origin = match plan {
                    Some(plan) => plan.value.came_from(row),
                    None => from_rest(self.rest.as_ref(), attribute),
                };
                told.push((format!("{section}.{}", attribute.key), origin));
            }
        }
        told
    }
}

fn from_rest(rest: Option<&RestPlan>, attribute: &Attribute<'_>) -> String {
    let column = rest.and_then(|rest| match &rest.columns {
        RestColumns::Table(columns) => columns.iter().find(|plan| *plan.key == *attribute.key),
        RestColumns::Json { .. } => None,
    });
    match column {
        Some(plan) => format!("rest: {}", columns(&[&plan.value])),
        None => format!("rest: '{}'", attribute.name),
    }
}

impl Value {
    /// Where the value that this row gives comes from: `column 'NPS'`, `literal`, `default`, and what became of it.
    fn came_from(&self, row: &Row) -> String {
        let Ok(Some(item)) = self.item(row) else {
            return "default".to_owned();
        };
        let filled = |column: &&Column| {
            column
                .read(row, &self.nulls, &self.separator)
                .is_ok_and(|item| item.is_some())
        };
        let mut words = match &self.source {
            Source::Column(column) => columns(&[column]),
            Source::FirstOf(all) => {
                let first: Vec<&Column> = all.iter().find(filled).into_iter().collect();
                format!("{}, the first that is filled", columns(&first))
            }
            Source::Columns(all, join) => {
                let ticked = |column: &&Column| match join {
                    Join::Labels => column
                        .read(row, &self.nulls, &self.separator)
                        .is_ok_and(|item| item.is_some_and(|item| is_ticked(&item))),
                    Join::Cells | Join::Questions => filled(column),
                };
                let given: Vec<&Column> = all
                    .iter()
                    .map(|(column, _)| column)
                    .filter(ticked)
                    .collect();
                match (join, given.len()) {
                    (Join::Labels, _) => format!("ticked: {}", columns(&given)),
                    (_, 1) => columns(&given),
                    _ => format!("{} joined", columns(&given)),
                }
            }
            Source::Literal(_) => "literal".to_owned(),
            Source::Template(_) => "template".to_owned(),
        };
        if self.map.is_some() {
            words.push_str(", mapped");
        }
        if self.bucket.is_some() {
            words.push_str(", by bucket");
        }
        if let Some(most) = self.max_length.filter(|most| self.cuts(&item, *most)) {
            words.push_str(", cut to ");
            words.push_str(&most.to_string());
            words.push_str(" characters");
        }
        words
    }

    fn cuts(&self, item: &Item<'_>, most: usize) -> bool {
        self.truncate && item.text().chars().nth(most).is_some()
    }
}

/// `column 'NPS'`, `columns 'A', 'B', 'C' and 2 more`.
fn columns(columns: &[&Column]) -> String {
    let named: Vec<String> = columns
        .iter()
        .take(NAMED)
        .map(|column| format!("'{}'", column.label))
        .collect();
    let named = named.join(", ");
    match columns.len() {
        0 => "no column".to_owned(),
        1 => format!("column {named}"),
        all if all > NAMED => format!("columns {named} and {} more", all - NAMED),
        _ => format!("columns {named}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::mapping::plan::tests::{plan, posted};
    use crate::mapping::testing::row;

    #[test]
    fn each_field_says_where_it_came_from() {
        let plan = plan(
            r#"
[response]
data_type = "nps"
data_source = { column = "Channel", map = { Mail = "zendesk" } }
score = "NPS"
comment = { columns = ["Good", "Bad"], max_length = 8, truncate = true }
[response.fields]
approved = { value = true }
[response.user_meta]
name = { template = "{{ row['First'] }} {{ row['Last'] }}" }
tier = { column = "Tier", default = "none" }
[response.segments]
basket = { column = "Basket", bucket = { "0-50" = "small", "50+" = "large" } }
place = { first_of = ["Town", "Country"] }
channels = { columns = ["Ticked", "Not"], show = "label" }
[response.rest]
into = "segments"
"#,
            &[
                "id",
                "NPS",
                "Channel",
                "Good",
                "Bad",
                "First",
                "Last",
                "Tier",
                "Basket",
                "Town",
                "Country",
                "Ticked",
                "Not",
                "Left over",
            ],
        );
        let cells = [
            "1", "9", "Mail", "Fine", "Slow", "Ann", "Lee", "", "20", "", "GB", "1", "0", "x",
        ];
        let response = posted(&plan, &cells);
        let told: Vec<String> = plan
            .origins(&row(&cells), &response)
            .into_iter()
            .map(|(field, origin)| format!("{field}: {origin}"))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        comment: columns 'Good', 'Bad' joined, cut to 8 characters
        score: column 'NPS'
        data_type: literal
        data_source: column 'Channel', mapped
        approved: literal
        user_meta.name: template
        user_meta.tier: default
        segments.basket: column 'Basket', by bucket
        segments.place: column 'Country', the first that is filled
        segments.channels: ticked: column 'Ticked'
        segments.left_over: rest: column 'Left over'
        "#);
        assert!(plan.takes_rest());
    }

    #[test]
    fn what_is_alone_is_not_joined_and_many_columns_are_counted() {
        let header = ["id", "a", "b", "c", "d", "e"];
        let plan = plan(
            "[response]\ncomment = { columns = [\"a\", \"b\", \"c\", \"d\", \"e\"] }\n[response.segments]\nwave = { value = \"4\" }",
            &header,
        );
        let told = |cells: &[&str]| plan.origins(&row(cells), &posted(&plan, cells)).remove(0).1;
        assert_eq!(told(&["1", "", "x", "", "", ""]), "column 'b'");
        assert_eq!(
            told(&["1", "v", "w", "x", "y", "z"]),
            "columns 'a', 'b', 'c' and 2 more joined"
        );
        assert!(!plan.takes_rest());
        let literal: Vec<&str> = plan.literal_segments().map(|key| &**key).collect();
        assert_eq!(literal, ["wave"]);
    }
}
