//! The mapping checked against a file's header: every problem found is told, not the first alone.

use std::collections::HashSet;
use std::sync::Arc;

use super::Mapping;
use super::attributes::{in_words, snake_case, unique};
use super::column::{Access, Column, Finder, fold, questions};
use super::compile_value::{Compiler, EachColumn};
use super::diagnose::{MappingError, Problem};
use super::key::KeyPlan;
use super::long_ids::LongIds;
use super::mismatch;
use super::plan::Plan;
use super::response_plan::{AttributePlan, ResponsePlan, Test};
use super::rest::{RestColumns, RestPlan};
use super::spec::{
    AttributeSpec, ColumnName, ColumnSet, KeyBy, Literal, Origin, ResponseSpec, RestInto, RestSpec,
    Type, ValueSpec,
};
use super::steps::lookup;
use crate::record::Shape;

impl Plan {
    /// Checks a mapping against the records of `file`.
    ///
    /// # Errors
    /// Everything found to be wrong: columns that are not there, expressions, formats, buckets, zones.
    pub fn compile(mapping: &Mapping, file: &str, shape: &Shape) -> Result<Self, MappingError> {
        let mut compiler = Compiler {
            finder: Finder::new(shape, file),
            source: &mapping.source,
            problems: Vec::new(),
            used: Vec::new(),
            secret: Vec::new(),
            each: None,
            warnings: Vec::new(),
        };
        compiler.secret = comment_columns(&mut compiler, &mapping.responses);
        if let Some((name, place)) = &mapping.source.timezone {
            compiler.zone(name, place);
        }
        let key = compiler.key(mapping);
        let mut responses = Vec::new();
        for spec in &mapping.responses {
            responses.extend(compiler.responses(spec));
        }
        check_names(&mut compiler, &responses, mapping);
        for (response, spec) in &mut responses {
            if let Some(rest) = &spec.rest {
                response.rest = compiler.rest(rest, spec, mapping.key.token.as_deref());
            }
        }
        if !compiler.problems.is_empty() {
            return Err(mapping.error(mismatch::told_once(compiler)));
        }
        let responses = responses
            .into_iter()
            .map(|(response, _)| response)
            .collect();
        Ok(Self::new(key, responses, &compiler.used, compiler.warnings))
    }
}

/// The labels of all columns that comments are made of. Problems are found again when the comments are compiled.
fn comment_columns(compiler: &mut Compiler<'_>, responses: &[ResponseSpec]) -> Vec<Arc<str>> {
    let mut labels = Vec::new();
    for spec in responses {
        if let Some(comment) = &spec.comment
            && let Some(value) = compiler.value("comment", comment, Type::Text)
        {
            labels.extend(
                value
                    .columns()
                    .iter()
                    .map(|column| Arc::clone(&column.label)),
            );
        }
        // In a matrix whose comment is the cell, the cells of all its columns are comments.
        if let (
            Some(set),
            Some(ValueSpec {
                origin: Origin::Each(..),
                ..
            }),
        ) = (&spec.for_each, &spec.comment)
            && let Some(columns) = compiler.columns(set, false)
        {
            labels.extend(columns.into_iter().map(|column| column.label));
        }
    }
    compiler.problems.clear();
    labels
}

/// Two responses of one name would have one identity.
fn check_names(
    compiler: &mut Compiler<'_>,
    responses: &[(ResponsePlan, &ResponseSpec)],
    mapping: &Mapping,
) {
    let mut seen = HashSet::new();
    for (response, spec) in responses {
        if !seen.insert(&response.name) && mapping.responses.len() > 1 {
            compiler.problems.push(Problem::at(
                &spec.place,
                format!("two responses are named `{}`", response.name),
            ));
        }
    }
}

impl Compiler<'_> {
    fn key(&mut self, mapping: &Mapping) -> KeyPlan {
        let columns: Vec<_> = match &mapping.key.by {
            KeyBy::Columns(columns) => columns
                .iter()
                .filter_map(|column| self.column(column, false))
                .collect(),
            KeyBy::Cumulative | KeyBy::PerFile => Vec::new(),
        };
        KeyPlan {
            long_ids: columns.iter().map(|_| LongIds::default()).collect(),
            columns,
            by_content: !matches!(mapping.key.by, KeyBy::Columns(_)),
            empty_by_content: mapping.key.empty_by_content,
            version: mapping
                .key
                .version
                .as_ref()
                .and_then(|column| self.column(column, false)),
            nulls: self.source.null_values.clone(),
        }
    }

    /// The responses of an entry: one, or one a column of `for_each`.
    fn responses<'s>(&mut self, spec: &'s ResponseSpec) -> Vec<(ResponsePlan, &'s ResponseSpec)> {
        if spec.score.is_none() && spec.comment.is_none() {
            self.problems.push(
                Problem::at(
                    &spec.place,
                    "the response has neither a score nor a comment: nothing could be posted",
                )
                .help("`chatterload map FILE` drafts them from your file"),
            );
            return Vec::new();
        }
        let Some(set) = &spec.for_each else {
            let name = spec.name.as_str().into();
            return self
                .response(spec, name)
                .into_iter()
                .map(|plan| (plan, spec))
                .collect();
        };
        let columns = self.columns(set, false).unwrap_or_default();
        self.must_differ(set, &columns);
        let labels = questions(&columns, self.finder.header());
        let mut plans = Vec::with_capacity(columns.len());
        for (column, question) in columns.into_iter().zip(labels) {
            let name = format!("{}/{}", spec.name, column.label).into();
            self.each = Some(EachColumn {
                column: column.clone(),
                question,
            });
            let plan = self.response(spec, name);
            self.each = None;
            plans.extend(plan.map(|plan| {
                (
                    ResponsePlan {
                        guard: Some(column),
                        ..plan
                    },
                    spec,
                )
            }));
        }
        plans
    }

    /// Two responses of one column would have one name, and be one for the API.
    fn must_differ(&mut self, set: &ColumnSet, columns: &[Column]) {
        let ColumnSet::List(wanted) = set else { return };
        for (index, (column, wanted)) in columns.iter().zip(wanted).enumerate() {
            if columns[..index]
                .iter()
                .any(|other| other.label == column.label)
            {
                self.problems.push(
                    Problem::at(
                        &wanted.place,
                        format!("`for_each` names the column '{}' twice", column.label),
                    )
                    .help("remove one of them"),
                );
            }
        }
    }

    fn response(&mut self, spec: &ResponseSpec, name: Arc<str>) -> Option<ResponsePlan> {
        let before = self.problems.len();
        let mut field = |field: &str, spec: &Option<ValueSpec>, kind: Type| {
            spec.as_ref().and_then(|spec| self.value(field, spec, kind))
        };
        let dataset = spec.dataset_id.as_ref().map_or(Type::Text, literal_type);
        let plan = ResponsePlan {
            name,
            guard: None,
            when: Vec::new(),
            comment: field("comment", &spec.comment, Type::Text),
            score: field("score", &spec.score, Type::Number),
            created_at: field("created_at", &spec.created_at, Type::Date),
            data_type: field("data_type", &spec.data_type, Type::Text),
            data_source: field("data_source", &spec.data_source, Type::Text),
            dataset_id: field("dataset_id", &spec.dataset_id, dataset),
            fields: Vec::new(),
            user_meta: Vec::new(),
            segments: Vec::new(),
            rest: None,
        };
        let plan = ResponsePlan {
            when: self.when(spec),
            fields: self.attributes("fields", &spec.fields),
            user_meta: self.attributes("user_meta", &spec.user_meta),
            segments: self.attributes("segments", &spec.segments),
            ..plan
        };
        (self.problems.len() == before).then_some(plan)
    }

    fn when(&mut self, spec: &ResponseSpec) -> Vec<Test> {
        let conditions = spec.when.iter().flatten();
        conditions
            .filter_map(|condition| {
                let value = self.value("when", &condition.value, Type::Text)?;
                Some(Test {
                    value,
                    values: condition
                        .values
                        .iter()
                        .map(|value| lookup::fold(value))
                        .collect(),
                    negated: condition.negated,
                })
            })
            .collect()
    }

    fn attributes(&mut self, section: &str, specs: &[AttributeSpec]) -> Vec<AttributePlan> {
        specs
            .iter()
            .filter_map(|spec| {
                let kind = if section == "fields" {
                    literal_type(&spec.value)
                } else {
                    Type::Text
                };
                let value = self.value(&format!("{section}.{}", spec.key), &spec.value, kind)?;
                let name = spec.name.clone().unwrap_or_else(|| self.name(spec, &value));
                Some(AttributePlan {
                    key: spec.key.as_str().into(),
                    name: name.into(),
                    value,
                })
            })
            .collect()
    }

    /// The readable name of an attribute that has none: its header, else its key in words.
    fn name(&self, spec: &AttributeSpec, value: &super::value::Value) -> String {
        let header = match (&spec.value.origin, value.columns().first()) {
            (
                Origin::Column(..),
                Some(Column {
                    access: Access::Cell(index),
                    ..
                }),
            ) => self
                .finder
                .header()
                .filter(|header| header.is_named(*index))
                .map(|header| fold(&header.names[*index]))
                .unwrap_or_default(),
            (
                Origin::Column(wanted, _),
                Some(Column {
                    access: Access::Absent,
                    ..
                }),
            ) => match &wanted.name {
                ColumnName::Header(name) => fold(name),
                ColumnName::Position(_) => String::new(),
            },
            _ => String::new(),
        };
        if header.is_empty() {
            in_words(&spec.key)
        } else {
            header
        }
    }

    /// The columns that are left out of the rest. One that a table lacks is no error, since the files of a run may
    /// differ; but where it is misspelt, what was to be withheld is posted.
    fn except(&mut self, rest: &RestSpec) {
        for wanted in &rest.except {
            // Of JSON the first records tell, unless it may be absent.
            let is_table = self.finder.header().is_some();
            let found = self.column(wanted, is_table);
            let is_absent = matches!(
                found,
                Some(Column {
                    access: Access::Absent,
                    ..
                })
            );
            if is_absent && rest.into != RestInto::Nowhere {
                let warning = self.finder.lacks_excepted(&wanted.name);
                if !self.warnings.contains(&warning) {
                    self.warnings.push(warning);
                }
            }
        }
    }

    /// The columns not named anywhere in the mapping.
    fn rest(
        &mut self,
        rest: &RestSpec,
        spec: &ResponseSpec,
        reserved: Option<&str>,
    ) -> Option<RestPlan> {
        self.except(rest);
        let (section, attributes) = match rest.into {
            RestInto::Nowhere => return None,
            RestInto::Segments => ("segments", &spec.segments),
            RestInto::UserMeta => ("user_meta", &spec.user_meta),
        };
        let mut taken: HashSet<String> = attributes.iter().map(|spec| spec.key.clone()).collect();
        taken.extend(
            reserved
                .map(str::to_owned)
                .filter(|_| section == "user_meta"),
        );
        let columns = match self.finder.header() {
            Some(header) => {
                let used: HashSet<usize> = self.used.iter().filter_map(Column::index).collect();
                let columns =
                    (0..header.len())
                        .filter(|index| !used.contains(index))
                        .map(|index| {
                            let key = snake_case(&header.names[index])
                                .unwrap_or_else(|| format!("column_{}", index + 1));
                            AttributePlan {
                                key: unique(&key, &mut taken).into(),
                                name: fold(&header.label(index)).into(),
                                value: super::column::table_column(header, index),
                            }
                        });
                RestColumns::Table(columns.collect())
            }
            None => RestColumns::Json {
                used: self
                    .used
                    .iter()
                    .filter_map(Column::field)
                    .map(str::to_owned)
                    .collect(),
                taken,
            },
        };
        Some(RestPlan {
            segments: rest.into == RestInto::Segments,
            columns,
            nulls: self.source.null_values.clone(),
        })
    }
}

/// The type of a literal, for fields that are passed through as they are; text for anything else.
fn literal_type(spec: &ValueSpec) -> Type {
    match spec.origin {
        Origin::Literal(Literal::Number(_)) => Type::Number,
        Origin::Literal(Literal::Bool(_)) => Type::Boolean,
        _ => Type::Text,
    }
}
