//! The mapping file as types: what it says, not yet checked against any input file.

use super::diagnose::Place;
use crate::read::Layout;
use crate::record::Number;

/// `[source]`: how the file is laid out, and how its cells are read.
#[derive(Clone, Debug, Default)]
pub struct SourceSection {
    /// What the reader needs.
    pub layout: Layout,
    /// Cells that count as empty, beside the empty one.
    pub null_values: Vec<String>,
    /// How numbers are written.
    pub numbers: NumberStyle,
    /// The time zone of dates that carry none.
    pub timezone: Option<(String, Place)>,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberStyle {
    /// The sign before the fraction; a point unless said.
    pub decimal: Option<char>,
    /// The sign between groups of three digits; none unless said.
    pub thousands: Option<char>,
}

/// What makes a row itself.
#[derive(Clone, Debug)]
pub enum KeyBy {
    /// The text of these columns.
    Columns(Vec<ColumnRef>),
    /// The whole content; the export grows from file to file.
    Cumulative,
    /// The whole content; every file is new.
    PerFile,
}

/// What to do with a known row whose content has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnChange {
    /// Leave it alone.
    #[default]
    Skip,
    /// Bring it up to date.
    Update,
    /// Count it as failed.
    Fail,
}

/// `[key]`
#[derive(Clone, Debug)]
pub struct KeySection {
    /// Columns or content.
    pub by: KeyBy,
    /// What sets these rows apart from those of other exports; the mapping's name unless said.
    pub scope: String,
    /// What to do with changed rows.
    pub on_change: OnChange,
    /// A column whose greater value means a newer row.
    pub version: Option<ColumnRef>,
    /// Whether a row with an empty key cell goes by its content rather than being rejected.
    pub empty_by_content: bool,
    /// The token's name in `user_meta`; `None`: the token is not sent.
    pub token: Option<String>,
}

/// A column as the mapping names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnRef {
    /// Its header, JSON path or position.
    pub name: ColumnName,
    /// Where the mapping names it.
    pub place: Place,
}

/// How a column is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnName {
    /// By its header, or a path in JSON.
    Header(String),
    /// By its position from 1.
    Position(u64),
}

/// Several columns.
#[derive(Clone, Debug)]
pub enum ColumnSet {
    /// One by one.
    List(Vec<ColumnRef>),
    /// All whose header a regular expression finds.
    Matching(String, Place),
}

/// What an entry of `for_each` takes from its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    /// Its cell.
    Value,
    /// Its header.
    Name,
    /// Its question: the header without what all columns of the entry have in common.
    Question,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// One column; the separator joins a JSON list.
    Column(ColumnRef, Option<String>),
    /// The non-empty ones of several columns, joined.
    Columns {
        /// Which.
        set: ColumnSet,
        /// What joins them.
        separator: Option<String>,
        /// Headers of the ticked ones rather than cells.
        show_label: bool,
        /// The header before each text.
        with_question: bool,
    },
    /// The first non-empty one.
    FirstOf(Vec<ColumnRef>),
    /// Always the same.
    Literal(Literal),
    /// MiniJinja over `row`.
    Template(String, Place),
    /// From the column of `for_each`.
    Each(Each, Place),
}

/// A value that stands in the mapping.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// Text.
    Text(String),
    /// A number.
    Number(Number),
    /// A truth value.
    Bool(bool),
}

impl Literal {
    /// As text.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Bool(value) => value.to_string(),
        }
    }
}

/// What is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text as it stood.
    Text,
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// RFC 3339 with offset.
    Date,
    /// True or false.
    Boolean,
}

/// Letter case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// all small
    Lower,
    /// ALL LARGE
    Upper,
    /// Each Word
    Title,
}

/// What becomes of a value that `map` lacks.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Otherwise {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is rejected.
    Fail,
    /// It is missing.
    Null,
    /// It becomes this.
    Value(Literal),
}

/// What a missing value means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Required {
    /// The field is left out.
    #[default]
    No,
    /// The response is rejected.
    Reject,
    /// The response is filtered.
    Filter,
}

/// What is done to a value, in the order it is done.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// Take outer blanks away; on unless said.
    pub trim: Option<bool>,
    /// Turn HTML into text.
    pub unescape: bool,
    /// More cells that count as empty.
    pub null_values: Vec<String>,
    /// Regular expressions with their replacements.
    pub replace: Vec<(String, Place, String)>,
    /// Letter case.
    pub case: Option<Case>,
    /// Values and what they become.
    pub map: Option<Vec<(String, Literal)>>,
    /// What becomes of others.
    pub otherwise: Otherwise,
    /// Ranges of numbers and their names.
    pub bucket: Option<Vec<(String, Place, Literal)>>,
    /// What is posted.
    pub kind: Option<(Type, Place)>,
    /// How numbers are written.
    pub numbers: NumberStyle,
    /// How dates are written.
    pub formats: Option<Vec<(String, Place)>>,
    /// The time zone of dates that carry none.
    pub timezone: Option<(String, Place)>,
    /// The least number.
    pub min: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// Most characters.
    pub max_length: Option<u64>,
    /// Cut rather than reject.
    pub truncate: bool,
    /// What a missing value becomes.
    pub default: Option<(Literal, Place)>,
    /// What a missing value means.
    pub required: Required,
    /// The column may be absent.
    pub optional: bool,
}

/// One value: an origin and steps.
#[derive(Clone, Debug)]
pub struct ValueSpec {
    /// Where it stands.
    pub place: Place,
    /// Where it comes from.
    pub origin: Origin,
    /// What is done to it.
    pub steps: Steps,
}

/// One entry of `user_meta` or `segments`.
#[derive(Clone, Debug)]
pub struct AttributeSpec {
    /// Its snake_case key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// Its readable name.
    pub name: Option<String>,
    /// What it holds.
    pub value: ValueSpec,
}

/// One condition of `when`.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What is looked at.
    pub value: ValueSpec,
    /// The values asked for.
    pub values: Vec<String>,
    /// Whether it must be none of them.
    pub negated: bool,
}

/// Where columns go that are not named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestInto {
    /// Nowhere.
    #[default]
    Nowhere,
    /// Into `segments`.
    Segments,
    /// Into `user_meta`.
    UserMeta,
}

/// `[response.rest]`
#[derive(Clone, Debug, Default)]
pub struct RestSpec {
    /// Where they go.
    pub into: RestInto,
    /// Which are left out.
    pub except: Vec<ColumnRef>,
}

/// `[response]`, or one of `[[responses]]` with what it inherits.
#[derive(Clone, Debug, Default)]
pub struct ResponseSpec {
    /// `main` where it has none.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The kind of feedback.
    pub data_type: Option<ValueSpec>,
    /// Where the feedback came from.
    pub data_source: Option<ValueSpec>,
    /// Takes precedence over type and source.
    pub dataset_id: Option<ValueSpec>,
    /// The rating.
    pub score: Option<ValueSpec>,
    /// The text.
    pub comment: Option<ValueSpec>,
    /// When.
    pub created_at: Option<ValueSpec>,
    /// Conditions, all of which must hold.
    pub when: Option<Vec<Condition>>,
    /// One response a column.
    pub for_each: Option<ColumnSet>,
    /// What describes the person.
    pub user_meta: Vec<AttributeSpec>,
    /// What describes the thing or the moment.
    pub segments: Vec<AttributeSpec>,
    /// Passed through to the body.
    pub fields: Vec<AttributeSpec>,
    /// Columns not named.
    pub rest: Option<RestSpec>,
}

impl ResponseSpec {
    /// Takes from `shared` what it does not say itself.
    #[must_use]
    pub fn inherit(mut self, shared: &Self) -> Self {
        let fill = |own: &mut Option<ValueSpec>, theirs: &Option<ValueSpec>| {
            if own.is_none() {
                own.clone_from(theirs);
            }
        };
        fill(&mut self.data_type, &shared.data_type);
        fill(&mut self.data_source, &shared.data_source);
        fill(&mut self.dataset_id, &shared.dataset_id);
        fill(&mut self.score, &shared.score);
        fill(&mut self.comment, &shared.comment);
        fill(&mut self.created_at, &shared.created_at);
        self.when = self.when.or_else(|| shared.when.clone());
        self.for_each = self.for_each.or_else(|| shared.for_each.clone());
        self.rest = self.rest.or_else(|| shared.rest.clone());
        self.user_meta = inherit_attributes(self.user_meta, &shared.user_meta);
        self.segments = inherit_attributes(self.segments, &shared.segments);
        self.fields = inherit_attributes(self.fields, &shared.fields);
        self
    }
}

fn inherit_attributes(own: Vec<AttributeSpec>, shared: &[AttributeSpec]) -> Vec<AttributeSpec> {
    let mut merged = shared.to_vec();
    for attribute in own {
        match merged.iter_mut().find(|known| known.key == attribute.key) {
            Some(known) => *known = attribute,
            None => merged.push(attribute),
        }
    }
    merged
}
