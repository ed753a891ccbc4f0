//! The calls of the API.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query as QueryString};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::CreatedAnswer;
use super::fault::Call;
use super::search::{Query, SearchMode, Seen};
use super::seed::{Named, PROJECTS, Project};
use super::state::{State, find_project};
use super::store::{Record, Store, merge};
use super::strict::{self, Refusal};
use super::strike::{Answer, Caller};

type Pairs = Result<QueryString<Vec<(String, String)>>, QueryRejection>;
type Body = Result<Bytes, BytesRejection>;
type Answered = Result<Answer, Refusal>;

/// Everything the API's page lists.
pub(super) fn router(state: Arc<State>) -> Router {
    // Text escaped in JSON may take six times its length; what else a body holds fits the rest.
    let largest_body = state.options.largest_comment.saturating_mul(6) + (1 << 20);
    Router::new()
        .route("/v1/projects", get(projects))
        .route("/v1/projects/{id}", get(project))
        .route("/v1/{project}/data_types", get(data_types))
        .route("/v1/{project}/data_sources", get(data_sources))
        .route("/v1/{project}/responses", get(list).post(create))
        .route(
            "/v1/{project}/responses/search",
            get(search).post(search_by_body),
        )
        .route(
            "/v1/{project}/responses/{id}",
            get(show).put(update).delete(erase),
        )
        .fallback(|| async { refuse(StatusCode::NOT_FOUND, "Not Found") })
        .method_not_allowed_fallback(|| async {
            refuse(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        })
        .layer(DefaultBodyLimit::max(largest_body))
        .with_state(state)
}

fn refuse(status: StatusCode, text: &str) -> Response {
    Answer::from(Refusal::error(status, text)).into_response()
}

async fn projects(caller: Caller) -> Response {
    let act = |_: &State, _| {
        let projects: Vec<Value> = PROJECTS.iter().map(project_json).collect();
        Ok(Answer::ok(json!({ "projects": projects }).to_string()))
    };
    caller.answer(Call::Get, "GET /v1/projects", act).await
}

async fn project(caller: Caller, Path(id): Path<String>) -> Response {
    let act = |_: &State, _| {
        let project = PROJECTS
            .iter()
            .find(|project| project.id.to_string() == id)
            .map_or_else(|| find_project(&id), Ok)?;
        Ok(Answer::ok(
            json!({ "project": project_json(project) }).to_string(),
        ))
    };
    caller.answer(Call::Get, "GET /v1/projects/{id}", act).await
}

fn project_json(project: &Project) -> Value {
    json!({ "id": project.id, "key": project.key, "name": project.name })
}

fn named_json(named: &Named) -> Value {
    match named.key {
        Some(key) => json!({ "id": named.id, "key": key, "name": named.name }),
        None => json!({ "id": named.id, "name": named.name }),
    }
}

async fn data_types(caller: Caller, Path(project): Path<String>) -> Response {
    let act = |_: &State, _| {
        let types = &find_project(&project)?.data_types;
        let types: Vec<Value> = types.iter().map(named_json).collect();
        Ok(Answer::ok(json!({ "data_types": types }).to_string()))
    };
    caller
        .answer(Call::Get, "GET /v1/{project}/data_types", act)
        .await
}

async fn data_sources(caller: Caller, Path(project): Path<String>) -> Response {
    let act = |_: &State, _| {
        let sources = &find_project(&project)?.data_sources;
        let sources: Vec<Value> = sources
            .iter()
            .map(|source| named_json(&source.named))
            .collect();
        Ok(Answer::ok(json!({ "data_sources": sources }).to_string()))
    };
    caller
        .answer(Call::Get, "GET /v1/{project}/data_sources", act)
        .await
}

async fn create(caller: Caller, Path(project): Path<String>, body: Body) -> Response {
    let act = |state: &State, late| {
        let project = find_project(&project)?;
        caller.sends_json()?;
        let created = state.create(project, &whole(body)?, late)?;
        Ok(match state.options.created {
            CreatedAnswer::Status201 => Answer {
                status: StatusCode::CREATED,
                body: enveloped(&created),
            },
            CreatedAnswer::Status200 => Answer::ok(enveloped(&created)),
            CreatedAnswer::Bare => Answer {
                status: StatusCode::CREATED,
                body: created,
            },
        })
    };
    caller
        .answer(Call::Post, "POST /v1/{project}/responses", act)
        .await
}

fn enveloped(response: &str) -> String {
    format!("{{\"response\":{response}}}")
}

/// The body, unless it was too large or broke off.
fn whole(body: Body) -> Result<Bytes, Refusal> {
    body.map_err(|rejection| Refusal::error(rejection.status(), "the body cannot be read"))
}

fn pairs(pairs: Pairs) -> Result<Query, Refusal> {
    let QueryString(pairs) =
        pairs.map_err(|_| Refusal::message("the query string cannot be read"))?;
    Query::parse(pairs)
}

async fn list(caller: Caller, Path(project): Path<String>, query: Pairs) -> Response {
    let act = |state: &State, _| {
        let project = find_project(&project)?;
        Ok(page(state, project, &pairs(query)?, Lists::All))
    };
    caller
        .answer(Call::Get, "GET /v1/{project}/responses", act)
        .await
}

async fn search(caller: Caller, Path(project): Path<String>, query: Pairs) -> Response {
    let act = |state: &State, _| found(state, find_project(&project)?, pairs(query)?);
    caller
        .answer(Call::Search, "GET /v1/{project}/responses/search", act)
        .await
}

/// Search by POST: the parameters as a JSON object. The API's page mentions it without saying more.
async fn search_by_body(caller: Caller, Path(project): Path<String>, body: Body) -> Response {
    let act = |state: &State, _| {
        let project = find_project(&project)?;
        caller.sends_json()?;
        let parameters: serde_json::Map<String, Value> = serde_json::from_slice(&whole(body)?)
            .map_err(|_| Refusal::message("the body must be an object of parameters"))?;
        let pairs = parameters.into_iter().map(|(name, value)| match value {
            Value::String(text) => (name, text),
            value => (name, value.to_string()),
        });
        found(state, project, Query::parse(pairs.collect())?)
    };
    caller
        .answer(Call::Search, "POST /v1/{project}/responses/search", act)
        .await
}

fn found(state: &State, project: &Project, mut query: Query) -> Answered {
    match state.options.search {
        SearchMode::Broken => {
            return Err(Refusal::error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "search is broken",
            ));
        }
        SearchMode::Empty => return Ok(Answer::ok(r#"{"responses":[]}"#.to_owned())),
        SearchMode::IgnoresFilter => query.forget_filter(),
        SearchMode::Ok | SearchMode::Substring => {}
    }
    Ok(page(state, project, &query, Lists::Found))
}

/// Which of the two lists a page is of.
#[derive(Clone, Copy, PartialEq)]
enum Lists {
    All,
    Found,
}

/// One page, newest first: who pages while responses are created sees some twice, as with the API.
fn page(state: &State, project: &Project, query: &Query, list: Lists) -> Answer {
    let now = state.now();
    let search_lag = state.options.search_lag;
    let (loose, lag) = match list {
        Lists::All => (false, state.options.list_lag),
        Lists::Found => (state.options.search == SearchMode::Substring, search_lag),
    };
    let wanted = |(record, body): &(&Record, &str)| {
        record.created.saturating_add(lag) <= now
            && query.matches(
                body,
                &Seen {
                    id: &state.view.id(record.id),
                    received: state.view.instant(record.created),
                    updated: state.view.instant(record.updated),
                    processed: record.created.saturating_add(search_lag) <= now,
                },
                loose,
            )
    };
    let body = state.with_store(project, |store: &mut Store| {
        match query.token(&state.options.token_attribute) {
            Some(token) if !loose => {
                write_page(state, query, store.carrying(token, now).filter(wanted))
            }
            _ => write_page(state, query, store.newest(now).filter(wanted)),
        }
    });
    Answer::ok(body.unwrap_or_default())
}

fn write_page<'s>(
    state: &State,
    query: &Query,
    found: impl Iterator<Item = (&'s Record, &'s str)>,
) -> String {
    let mut body = String::from("{\"responses\":[");
    let before = query.per_page.saturating_mul(query.page - 1);
    for (index, (record, text)) in found.skip(before).take(query.per_page).enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        write!(body, "{comma}{}", state.view.show(record, text)).ok();
    }
    body.push_str("]}");
    body
}

async fn show(caller: Caller, Path((project, id)): Path<(String, String)>) -> Response {
    let act = |state: &State, _| {
        let project = find_project(&project)?;
        let shown = state.view.id_of(&id).and_then(|id| {
            state.with_store(project, |store| {
                let (record, body) = store.get(id, state.now())?;
                Some(state.view.show(record, body))
            })?
        });
        let shown = shown.ok_or_else(no_response)?;
        Ok(Answer::ok(enveloped(&shown)))
    };
    caller
        .answer(Call::Get, "GET /v1/{project}/responses/{id}", act)
        .await
}

async fn update(
    caller: Caller,
    Path((project, id)): Path<(String, String)>,
    body: Body,
) -> Response {
    let act = |state: &State, _| {
        let project = find_project(&project)?;
        caller.sends_json()?;
        let body = whole(body)?;
        let change = strict::open(&body)?;
        let id = state.view.id_of(&id).ok_or_else(no_response)?;
        let updated = state.with_store(project, |store| replace(state, project, store, id, change));
        let updated = updated.ok_or_else(no_response)??;
        Ok(Answer::ok(enveloped(&updated)))
    };
    caller
        .answer(Call::Put, "PUT /v1/{project}/responses/{id}", act)
        .await
}

fn replace(
    state: &State,
    project: &Project,
    store: &mut Store,
    id: u64,
    change: &str,
) -> Result<String, Refusal> {
    let now = state.now();
    let (_, old) = store.get(id, now).ok_or_else(no_response)?;
    let merged =
        merge(old, change).ok_or_else(|| Refusal::message("response must be an object"))?;
    strict::check(&merged, project, state.options.largest_comment)?;
    let merged = state.kept(&merged);
    store.replace(id, &merged, state.token_of(&merged).as_deref(), now);
    Ok(state.view.show_parts(id, now, &merged))
}

async fn erase(caller: Caller, Path((project, id)): Path<(String, String)>) -> Response {
    let act = |state: &State, _| {
        let project = find_project(&project)?;
        let erased = state.view.id_of(&id).and_then(|id| {
            let now = state.now();
            state.with_store(project, |store| store.erase(id, now))
        });
        match erased {
            Some(true) => Ok(Answer::ok(r#"{"status":"deleted"}"#.to_owned())),
            _ => Err(no_response()),
        }
    };
    caller
        .answer(Call::Delete, "DELETE /v1/{project}/responses/{id}", act)
        .await
}

fn no_response() -> Refusal {
    Refusal::error(StatusCode::NOT_FOUND, "Response not found")
}
