//! The two lists: their filters, their pages, and the ways in which search may disappoint.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;

use super::fault::nearest;
use super::json::Json;
use super::strict::Refusal;
use crate::outcome::quote;

/// How search behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchMode {
    /// Finds what matches exactly.
    #[default]
    Ok,
    /// Answers 500.
    Broken,
    /// Ignores the filters and gives everything.
    IgnoresFilter,
    /// Finds what contains the value, ignoring case.
    Substring,
    /// Never finds anything.
    Empty,
}

impl FromStr for SearchMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "ok" => Ok(Self::Ok),
            "broken" => Ok(Self::Broken),
            "ignores-filter" => Ok(Self::IgnoresFilter),
            "substring" => Ok(Self::Substring),
            "empty" => Ok(Self::Empty),
            _ => {
                let names = ["ok", "broken", "ignores-filter", "substring", "empty"];
                Err(format!(
                    "there is no search mode {}{}; the modes are {}",
                    quote(text),
                    nearest(text, &names),
                    names.join(", ")
                ))
            }
        }
    }
}

/// The parameters the API's page names; any other is refused, so that a misspelt one shows.
const PARAMETERS: [&str; 19] = [
    "page",
    "per_page",
    "from",
    "to",
    "updated_from",
    "updated_to",
    "data_type",
    "data_source",
    "filter_property",
    "filter_value",
    "user_meta_property",
    "user_meta_value",
    "score_from",
    "score_to",
    "comment_present",
    "text_analytics_processed",
    "custom_segment_id",
    "theme_id",
    "response_id",
];

/// What of a list is asked for.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// From 1.
    pub(super) page: usize,
    /// 1 to 100.
    pub(super) per_page: usize,
    filter: Filter,
}

/// Which responses are asked for: all that is set must hold.
#[derive(Debug, Default)]
struct Filter {
    created: Span,
    updated: Span,
    data_type: Option<String>,
    data_source: Option<String>,
    property: Option<(String, String)>,
    user_meta: Option<(String, String)>,
    score_from: Option<f64>,
    score_to: Option<f64>,
    comment_present: Option<bool>,
    processed: Option<bool>,
    response_id: Option<String>,
    /// A theme or custom segment: the sandbox analyses nothing, so it has none.
    analysed: bool,
}

/// From when to when, both included.
#[derive(Debug, Default)]
struct Span {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Span {
    fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

/// What a filter must know beside the response itself.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) id: &'a str,
    pub(super) received: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) processed: bool,
}

/// The parameters of one request, each at most once.
struct Parameters(BTreeMap<String, String>);

impl Parameters {
    fn new(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        let mut map = BTreeMap::new();
        for (name, value) in pairs {
            if !PARAMETERS.contains(&name.as_str()) {
                return Err(Refusal::message(format!(
                    "unknown parameter {}{}",
                    quote(&name),
                    nearest(&name, &PARAMETERS)
                )));
            }
            if value.is_empty() || map.contains_key(&name) {
                return Err(Refusal::message(format!(
                    "parameter {name} is empty or stands twice"
                )));
            }
            map.insert(name, value);
        }
        Ok(Self(map))
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    fn parsed<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, Refusal> {
        let parse = |text: String| {
            text.parse().map_err(|_| {
                Refusal::message(format!("parameter {name} cannot be {}", quote(&text)))
            })
        };
        self.text(name).map(parse).transpose()
    }

    /// A property and its value, which go together.
    fn pair(&mut self, prefix: &str) -> Result<Option<(String, String)>, Refusal> {
        let property = self.text(&format!("{prefix}_property"));
        match (property, self.text(&format!("{prefix}_value"))) {
            (Some(property), Some(value)) => Ok(Some((property, value))),
            (None, None) => Ok(None),
            _ => Err(Refusal::message(format!(
                "{prefix}_property and {prefix}_value go together"
            ))),
        }
    }

    /// Instants or whole days, both ends included.
    fn span(&mut self, from: &str, to: &str) -> Result<Span, Refusal> {
        Ok(Span {
            from: self.instant(from, "T00:00:00Z")?,
            to: self.instant(to, "T23:59:59.999999999Z")?,
        })
    }

    fn instant(&mut self, name: &str, day: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(mut text) = self.text(name) else {
            return Ok(None);
        };
        if text.len() == 10 {
            text.push_str(day);
        }
        text.parse()
            .map(Some)
            .map_err(|_| Refusal::message(format!("parameter {name} must be a date or RFC 3339")))
    }
}

impl Query {
    /// Reads the parameters of a request.
    pub(super) fn parse(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        let mut given = Parameters::new(pairs)?;
        let page = given.parsed("page")?.unwrap_or(1);
        let per_page = given.parsed("per_page")?.unwrap_or(20);
        if page == 0 || !(1..=100).contains(&per_page) {
            return Err(Refusal::message(
                "page counts from 1, and per_page is 1 to 100",
            ));
        }
        let filter = Filter {
            created: given.span("from", "to")?,
            updated: given.span("updated_from", "updated_to")?,
            data_type: given.text("data_type"),
            data_source: given.text("data_source"),
            property: given.pair("filter")?,
            user_meta: given.pair("user_meta")?,
            score_from: given.parsed("score_from")?,
            score_to: given.parsed("score_to")?,
            comment_present: given.parsed("comment_present")?,
            processed: given.parsed("text_analytics_processed")?,
            response_id: given.text("response_id"),
            analysed: given.text("custom_segment_id").is_some() | given.text("theme_id").is_some(),
        };
        Ok(Self {
            page,
            per_page,
            filter,
        })
    }

    /// Gives everything, whatever was asked for.
    pub(super) fn forget_filter(&mut self) {
        self.filter = Filter::default();
    }

    /// The token asked for, where that is what the request filters by.
    pub(super) fn token(&self, attribute: &str) -> Option<&str> {
        let (property, value) = self.filter.user_meta.as_ref()?;
        (property == attribute).then_some(value.as_str())
    }

    /// Whether a response is meant. `loose` finds attributes that contain the value.
    pub(super) fn matches(&self, body: &str, seen: &Seen<'_>, loose: bool) -> bool {
        let filter = &self.filter;
        if filter.analysed
            || filter
                .processed
                .is_some_and(|wanted| wanted != seen.processed)
            || filter
                .response_id
                .as_deref()
                .is_some_and(|id| id != seen.id)
            || !filter.updated.holds(seen.updated)
        {
            return false;
        }
        if !filter.reads_body() {
            return true;
        }
        if !loose && filter.surely_not(body) {
            return false;
        }
        serde_json::from_str(body)
            .is_ok_and(|response: Json<'_>| filter.matches(&response, seen.received, loose))
    }
}

impl Filter {
    /// Whether the response itself must be looked at.
    fn reads_body(&self) -> bool {
        !self.created.is_open()
            || self.data_type.is_some()
            || self.data_source.is_some()
            || self.property.is_some()
            || self.user_meta.is_some()
            || self.score_from.is_some()
            || self.score_to.is_some()
            || self.comment_present.is_some()
    }

    /// Spares parsing where the value cannot be in the text: no number, and nothing that JSON escapes.
    fn surely_not(&self, body: &str) -> bool {
        let plain = |value: &str| {
            value.starts_with(|first: char| first.is_ascii_alphabetic())
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        [&self.user_meta, &self.property]
            .into_iter()
            .flatten()
            .any(|(_, value)| {
                plain(value) && !body.contains('\\') && !body.contains(value.as_str())
            })
    }

    fn matches(&self, response: &Json<'_>, received: Timestamp, loose: bool) -> bool {
        let is = |field: &str, wanted: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| {
                response
                    .get(field)
                    .is_some_and(|value| equal(value, wanted, false))
            })
        };
        let score = match response.get("score") {
            Some(Json::Number(number)) => Some(number.as_f64()),
            _ => None,
        };
        is("data_type", &self.data_type)
            && is("data_source", &self.data_source)
            && self.created.holds(created_at(response).unwrap_or(received))
            && self
                .score_from
                .is_none_or(|from| score.is_some_and(|score| from <= score))
            && self
                .score_to
                .is_none_or(|to| score.is_some_and(|score| score <= to))
            && self
                .comment_present
                .is_none_or(|wanted| wanted == response.get("comment").is_some())
            && self.user_meta.as_ref().is_none_or(|(key, value)| {
                attribute(response, "user_meta", key)
                    .is_some_and(|found| equal(found, value, loose))
            })
            && self.property.as_ref().is_none_or(|(key, value)| {
                [
                    response.get(key),
                    attribute(response, "user_meta", key),
                    attribute(response, "segments", key),
                ]
                .into_iter()
                .flatten()
                .any(|found| equal(found, value, loose))
            })
    }
}

/// The value of an entry of `user_meta` or `segments`.
pub(super) fn attribute<'j, 'a>(
    response: &'j Json<'a>,
    map: &str,
    key: &str,
) -> Option<&'j Json<'a>> {
    response.get(map)?.get(key)?.get("value")
}

fn created_at(response: &Json<'_>) -> Option<Timestamp> {
    response.get("created_at")?.text()?.parse().ok()
}

fn equal(found: &Json<'_>, wanted: &str, loose: bool) -> bool {
    match found {
        Json::Text(text) if loose => text.to_lowercase().contains(&wanted.to_lowercase()),
        Json::Text(text) => text == wanted,
        Json::Number(number) => number.to_string() == wanted,
        Json::Bool(value) => value.to_string() == wanted,
        Json::Null | Json::List(_) | Json::Map(_) => false,
    }
}
