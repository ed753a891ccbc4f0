//! The mapping file's JSON Schema, by which editors complete and check it: `mappings/schema.json` is made of these types.
//!
//! The parser reads the document by hand, so that it can underline what is wrong; the tests hold both together: every
//! key that one knows, the other knows.

#![allow(
    dead_code,
    clippy::large_enum_variant,
    clippy::struct_field_names,
    reason = "the types are never made, only described"
)]

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// Says what a row of an export means in Chattermill.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "chatterload mapping")]
pub struct Mapping {
    /// What the mapping is called. The scope of its keys, unless `[key]` says another.
    #[schemars(extend("pattern" = r"\S"))]
    name: String,
    /// The name of a shipped mapping to build on; what stands here wins.
    extends: Option<String>,
    /// How the file is laid out and read. All of it is found out from the file unless said.
    source: Option<Source>,
    /// What makes a row itself, in every later export too. Required, here or in what is extended.
    key: Option<Key>,
    /// What is posted for a row.
    response: Option<Response>,
    /// Several responses a row; `[response]` beside them holds what they share.
    #[schemars(length(min = 1))]
    responses: Option<Vec<Entry>>,
}

/// How the file is laid out and read.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Source {
    format: Option<Format>,
    /// A label such as `utf-8`, `windows-1252`, `utf-16le`.
    encoding: Option<String>,
    /// One ASCII character between cells.
    #[schemars(length(min = 1, max = 1))]
    delimiter: Option<String>,
    /// A sheet's name, or its number from 1.
    sheet: Option<Reference>,
    /// The row that names the columns, from 1; 0: there is none, and columns go by position.
    header_row: Option<u64>,
    /// How many rows name the columns together, as `upper / lower`.
    #[schemars(range(min = 1, max = 10))]
    header_rows: Option<u64>,
    /// Rows between header and data to leave out.
    skip_rows_after_header: Option<u64>,
    /// A row with another number of cells than the header: reject it, or fill short ones with empty cells.
    ragged: Option<Ragged>,
    /// Whether the value of merged cells stands in each of them.
    fill_merged: Option<bool>,
    /// The member of a JSON object whose array holds the records: `items`, or `data.items` for one within another.
    #[schemars(extend("pattern" = r"\S"))]
    records: Option<String>,
    /// Cells that count as empty, beside the empty one.
    null_values: Option<Vec<String>>,
    /// The sign before the fraction of a number; a point unless said.
    #[schemars(length(min = 1, max = 1))]
    decimal: Option<String>,
    /// The sign between groups of three digits; none unless said.
    #[schemars(length(min = 1, max = 1))]
    thousands: Option<String>,
    /// Of dates that carry none: an IANA name, or an offset such as `+01:00`.
    timezone: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Format {
    Csv,
    Tsv,
    Xlsx,
    Xlsm,
    Xlsb,
    Xls,
    Ods,
    Ndjson,
    Json,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Ragged {
    Reject,
    Pad,
}

/// What makes a row itself.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Key {
    /// Columns that together are unique and never change: the best choice where there are any.
    #[schemars(length(min = 1))]
    columns: Option<Vec<Reference>>,
    /// Instead of columns: the export grows, or every file is new.
    content: Option<Content>,
    /// What sets these rows apart from those of other exports. Never change it once used.
    #[schemars(extend("pattern" = r"\S"))]
    scope: Option<String>,
    /// What to do with a known row that has changed.
    on_change: Option<OnChange>,
    /// A column; only a row with a greater value there updates.
    version: Option<Reference>,
    /// A row whose key cells are empty: reject it, or take its content as key.
    when_empty: Option<WhenEmpty>,
    /// The name in `user_meta` under which each response carries its identity; false sends none.
    token: Option<Token>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Content {
    Cumulative,
    PerFile,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum OnChange {
    Skip,
    Update,
    Fail,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum WhenEmpty {
    Reject,
    Content,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Token {
    Name(#[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"))] String),
    Off(bool),
}

/// What is posted.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Response {
    #[schemars(flatten)]
    fields: Fields,
}

/// One of several responses of a row.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Entry {
    /// Part of the response's identity: never change it once used.
    #[schemars(extend("pattern" = r"\S"))]
    name: String,
    /// One response of each filled column.
    for_each: Option<ForEach>,
    #[schemars(flatten)]
    fields: Fields,
}

#[derive(JsonSchema)]
struct Fields {
    /// The kind of feedback, by key, name or id; a bare value stands for itself.
    data_type: Option<Literal>,
    /// Where the feedback came from, likewise.
    data_source: Option<Literal>,
    /// Takes precedence over both.
    dataset_id: Option<Literal>,
    /// The rating: a number.
    score: Option<Bare>,
    /// What somebody wrote.
    comment: Option<Bare>,
    /// When.
    created_at: Option<Bare>,
    /// Conditions, all of which must hold, else the response is filtered.
    when: Option<Vec<Condition>>,
    /// What describes the person.
    user_meta: Option<Attributes>,
    /// What describes the thing or the moment.
    segments: Option<Attributes>,
    /// Passed through to the body.
    fields: Option<Attributes>,
    /// What becomes of columns not named.
    rest: Option<Rest>,
}

/// Snake_case keys and their values.
#[derive(JsonSchema)]
#[schemars(extend("propertyNames" = {"pattern": "^[a-z][a-z0-9_]*$"}))]
struct Attributes(BTreeMap<String, Attribute>);

/// A column by header, JSON path, or position from 1.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Reference {
    Name(String),
    Number(#[schemars(range(min = 1))] u64),
}

/// A text, a number, or true or false.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Scalar {
    Text(String),
    Number(f64),
    Boolean(bool),
}

/// A literal, or a value with an origin and steps.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Literal {
    Bare(Scalar),
    Value(Value),
}

/// A column, or a value with an origin and steps.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Bare {
    Column(Reference),
    Value(Value),
}

/// A column, or a value with a readable name.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Attribute {
    Column(Reference),
    Value(NamedValue),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Value {
    #[schemars(flatten)]
    steps: Steps,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct NamedValue {
    /// The readable name; else the column's header.
    #[schemars(extend("pattern" = r"\S"))]
    name: Option<String>,
    #[schemars(flatten)]
    steps: Steps,
}

/// A value, and what it must be: `in` or `not_in`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Condition {
    /// One of these, ignoring case and outer blanks; "" is the empty cell.
    #[schemars(rename = "in")]
    is_in: Option<Vec<Scalar>>,
    /// None of these.
    not_in: Option<Vec<Scalar>>,
    #[schemars(flatten)]
    steps: Steps,
}

/// Exactly one origin, then steps, done in this order whatever the order in the file.
#[derive(JsonSchema)]
struct Steps {
    /// Origin: one column.
    column: Option<Reference>,
    /// Origin: the non-empty ones of several columns, joined.
    columns: Option<Set>,
    /// Origin: the first column that is not empty.
    #[schemars(length(min = 1))]
    first_of: Option<Vec<Reference>>,
    /// Origin: a literal.
    value: Option<Scalar>,
    /// Origin: MiniJinja over `row`.
    template: Option<String>,
    /// Origin inside `for_each`: the cell, the header, or the header without what all columns begin with.
    each: Option<Each>,
    /// What joins several columns, or a JSON list.
    separator: Option<String>,
    /// Headers of the ticked columns rather than their cells.
    show: Option<Show>,
    /// Puts each header before its text.
    with_question: Option<bool>,
    /// Takes outer blanks away; on unless said.
    trim: Option<bool>,
    /// HTML to text.
    unescape: Option<bool>,
    /// More cells that count as empty, for this value.
    null_values: Option<Vec<String>>,
    /// Regular expressions with what takes their place.
    replace: Option<Vec<Replacement>>,
    case: Option<Case>,
    /// Values and what they become, ignoring case and outer blanks.
    map: Option<BTreeMap<String, Scalar>>,
    /// What becomes of values that `map` lacks.
    otherwise: Option<Otherwise>,
    /// Ranges of numbers and their names: `0-50`, `200+`, `<18`.
    bucket: Option<BTreeMap<String, Scalar>>,
    /// What is posted.
    #[schemars(rename = "type")]
    kind: Option<Type>,
    /// The sign before the fraction.
    #[schemars(length(min = 1, max = 1))]
    decimal: Option<String>,
    /// The sign between groups of three digits.
    #[schemars(length(min = 1, max = 1))]
    thousands: Option<String>,
    /// How dates are written, strptime's way, tried in order: `%d/%m/%Y %H:%M`.
    formats: Option<Vec<String>>,
    /// Of dates that carry none.
    timezone: Option<String>,
    /// The least number.
    min: Option<f64>,
    /// The greatest number.
    max: Option<f64>,
    /// Most characters of a text.
    max_length: Option<u64>,
    /// Cuts what is longer, rather than rejecting it.
    truncate: Option<bool>,
    /// What a missing value becomes.
    default: Option<Scalar>,
    /// What a missing value means: true rejects the response, "filter" filters it.
    required: Option<Required>,
    /// The column may be absent from the file.
    optional: Option<bool>,
}

/// Columns one by one, or all whose header a regular expression finds.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Set {
    List(#[schemars(length(min = 1))] Vec<Reference>),
    Matching(Matching),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Matching {
    /// A regular expression over headers.
    matching: String,
}

/// Either `columns` or `matching`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ForEach {
    /// The columns.
    columns: Option<Vec<Reference>>,
    /// A regular expression over headers.
    matching: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Each {
    Value,
    Name,
    Question,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Show {
    Label,
    Value,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Replacement {
    /// A regular expression.
    pattern: String,
    /// What takes its place; `$1` is its first group.
    with: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Case {
    Lower,
    Upper,
    Title,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Otherwise {
    Word(OtherwiseWord),
    Value(OtherwiseValue),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum OtherwiseWord {
    Keep,
    Fail,
    Null,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct OtherwiseValue {
    /// What they become.
    value: Scalar,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Type {
    Text,
    Number,
    Integer,
    Date,
    Boolean,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum Required {
    Flag(bool),
    Word(RequiredWord),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum RequiredWord {
    Filter,
}

/// What becomes of columns not named.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Rest {
    into: Option<Into>,
    /// Columns to leave out.
    except: Option<Vec<Reference>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Into {
    Segments,
    UserMeta,
    Nowhere,
}
