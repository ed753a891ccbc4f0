//! What the API key can see: projects, data types and data sources, fetched once.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::api::Client;
use crate::api::answer::{Answer, Seen, wait, words};
use crate::error::Error;
use crate::mapping::nearest;
use crate::upload::retry::{backoff, human};

/// A project, data type or data source, as the API lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its id, as text.
    pub id: String,
    /// What is posted; the API may give none, then the name is.
    pub key: Option<String>,
    /// Its readable name.
    pub name: String,
}

impl Item {
    /// What stands for it in an address or a body.
    pub fn posted(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.name)
    }
}

/// What a project takes.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The project.
    pub project: Item,
    /// Its data types.
    pub data_types: Vec<Item>,
    /// Its data sources.
    pub data_sources: Vec<Item>,
}

/// Finds an item by key, then name, then id, ignoring case.
pub fn find<'a>(items: &'a [Item], wanted: &str) -> Option<&'a Item> {
    let wanted = wanted.trim();
    // Letters beyond ASCII have small ones too; they are rare, and looked at only where there are any.
    let beyond = |text: &str| !(text.is_ascii() && wanted.is_ascii());
    let same = |text: &str| {
        text.eq_ignore_ascii_case(wanted)
            || (beyond(text) && text.to_lowercase() == wanted.to_lowercase())
    };
    items
        .iter()
        .find(|item| item.key.as_deref().is_some_and(same))
        .or_else(|| items.iter().find(|item| same(&item.name)))
        .or_else(|| items.iter().find(|item| same(&item.id)))
}

/// What to say where a name is unknown: the nearest known one and the first of all.
pub fn known_names(items: &[Item], wanted: &str) -> String {
    const SHOWN: usize = 12;
    if items.is_empty() {
        return "the project lists none".to_owned();
    }
    let names: Vec<&str> = items.iter().map(Item::posted).collect();
    let near = nearest(wanted, names.iter().copied())
        .map_or_else(String::new, |name| format!("did you mean '{name}'? "));
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!(
        "{near}known: {}{more}",
        names[..names.len().min(SHOWN)].join(", ")
    )
}

/// The projects that the key can see.
///
/// # Errors
/// The API refuses the key, does not answer, or is not the API.
pub async fn projects(client: &Client) -> Result<Vec<Item>, Error> {
    items(client, &["projects"], "projects").await
}

/// A project's data types.
///
/// # Errors
/// As [`projects`]; also where the project does not exist.
pub async fn data_types(client: &Client, project: &str) -> Result<Vec<Item>, Error> {
    items(client, &[project, "data_types"], "data_types").await
}

/// A project's data sources.
///
/// # Errors
/// As [`data_types`].
pub async fn data_sources(client: &Client, project: &str) -> Result<Vec<Item>, Error> {
    items(client, &[project, "data_sources"], "data_sources").await
}

/// The project as the catalogue spells it.
///
/// # Errors
/// As [`projects`]; also where there is no such project.
pub async fn project(client: &Client, wanted: &str) -> Result<Item, Error> {
    let projects = projects(client).await?;
    find(&projects, wanted).cloned().ok_or_else(|| {
        Error::Api(format!(
            "the API key sees no project '{wanted}' ({})\n  help: `chatterload projects` lists them; nothing was posted",
            known_names(&projects, wanted)
        ))
    })
}

/// All of it, for one project.
///
/// # Errors
/// As [`project`].
pub async fn fetch(client: &Client, wanted: &str) -> Result<Catalogue, Error> {
    let project = project(client, wanted).await?;
    let (data_types, data_sources) = tokio::try_join!(
        data_types(client, project.posted()),
        data_sources(client, project.posted())
    )?;
    Ok(Catalogue {
        project,
        data_types,
        data_sources,
    })
}

async fn items(client: &Client, path: &[&str], list: &str) -> Result<Vec<Item>, Error> {
    let answer = get(client, path).await?;
    let address = format!(
        "{}/{}",
        client.base().as_str().trim_end_matches('/'),
        path.join("/")
    );
    listed(&answer.body, list).ok_or_else(|| not_the_api(&address, &answer))
}

/// The items of an answer's list of this name; `None` where it holds no such list, and so is not the API's.
pub fn listed(body: &[u8], list: &str) -> Option<Vec<Item>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let entries = body.get(list).unwrap_or(&body).as_array()?;
    Some(entries.iter().filter_map(item).collect())
}

fn item(entry: &Value) -> Option<Item> {
    let text = |key: &str| match entry.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let (id, key) = (text("id"), text("key"));
    let name = text("name")
        .or_else(|| key.clone())
        .or_else(|| id.clone())?;
    Some(Item {
        id: id.unwrap_or_default(),
        key,
        name,
    })
}

fn not_the_api(address: &str, answer: &Answer) -> Error {
    Error::Api(format!(
        "{address} did not answer like the Chattermill API (HTTP {}, {})\n  help: check --api-url, and whether a proxy \
         or a sign-in page is in between; nothing was posted",
        answer.status,
        if answer.body.trim_ascii_start().starts_with(b"<") {
            "an HTML page"
        } else {
            "no list in JSON"
        }
    ))
}

/// A GET, repeated where that can help: it changes nothing.
async fn get(client: &Client, path: &[&str]) -> Result<Answer, Error> {
    const ATTEMPTS: u32 = 6;
    const CONNECTS: u32 = 3;
    const LONGEST_WAIT: Duration = Duration::from_mins(5);
    let address = format!(
        "{}/{}",
        client.base().as_str().trim_end_matches('/'),
        path.join("/")
    );
    let mut attempt = 0;
    loop {
        attempt += 1;
        let seen = client.get(path, &[]).await;
        let (why, pause) = match seen {
            Seen::Answer(answer) if (200..300).contains(&answer.status) => return Ok(answer),
            Seen::Answer(answer) => match answer.status {
                429 | 500 | 502..=504 => {
                    let asked = wait(&answer, std::time::SystemTime::now());
                    if asked.is_some_and(|asked| asked > LONGEST_WAIT) {
                        let asked = human(asked.unwrap_or_default());
                        return Err(Error::Stopped(format!(
                            "the API asks to wait for {asked}: run again after that"
                        )));
                    }
                    (
                        format!("HTTP {}: {}", answer.status, words(&answer.body)),
                        asked,
                    )
                }
                status => return Err(refused(&address, status, &answer)),
            },
            Seen::NotConnected(why) if attempt >= CONNECTS => {
                return Err(Error::Api(format!(
                    "nothing answers at {address}: {why}\n  help: check --api-url and the network; nothing was posted"
                )));
            }
            Seen::NotConnected(why) | Seen::Lost(why) => (why, None),
            Seen::TimedOut => ("no answer within the time-out".to_owned(), None),
        };
        if attempt >= ATTEMPTS {
            return Err(Error::Api(format!(
                "{address} gave no usable answer in {ATTEMPTS} attempts; the last: {why}\n  help: try again later; \
                 nothing was posted"
            )));
        }
        tracing::info!("{address}: {why}; trying again");
        tokio::time::sleep(pause.unwrap_or_else(|| backoff(attempt, rand::random()))).await;
    }
}

fn refused(address: &str, status: u16, answer: &Answer) -> Error {
    let said = words(&answer.body);
    Error::Api(match status {
        401 | 403 => format!(
            "the API refuses the key (HTTP {status} at {address}: {said})\n  help: check CHATTERMILL_API_KEY or \
             --api-key-file, and --api-url; nothing was posted"
        ),
        404 => format!(
            "{address} does not exist (HTTP 404: {said})\n  help: check the project's key (`chatterload projects`) and \
             --api-url; nothing was posted"
        ),
        300..=399 => format!(
            "{address} answers with a redirect (HTTP {status}{})\n  help: give the address it leads to as --api-url; \
             nothing was posted",
            answer
                .location
                .as_deref()
                .map_or_else(String::new, |to| format!(" to {to}"))
        ),
        _ => format!(
            "{address} answers HTTP {status}: {said}\n  help: check --api-url; nothing was posted"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Item> {
        let item = |id: &str, key: Option<&str>, name: &str| Item {
            id: id.into(),
            key: key.map(Into::into),
            name: name.into(),
        };
        vec![
            item("1", Some("nps"), "NPS"),
            item("nps", None, "Reviews"),
            item("3", Some("csat"), "Zufriedenheit Ü"),
        ]
    }

    #[test]
    fn key_comes_before_name_before_id() {
        let items = items();
        assert_eq!(
            find(&items, " NPS ").map(|item| item.id.as_str()),
            Some("1")
        );
        assert_eq!(find(&items, "reviews").map(Item::posted), Some("Reviews"));
        assert_eq!(
            find(&items, "zufriedenheit ü").map(Item::posted),
            Some("csat")
        );
        assert_eq!(find(&items, "3").map(Item::posted), Some("csat"));
        assert_eq!(find(&items, "ces"), None);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        assert_eq!(
            known_names(&items(), "npss"),
            "did you mean 'nps'? known: nps, Reviews, csat"
        );
        assert_eq!(known_names(&[], "npss"), "the project lists none");
    }

    #[test]
    fn an_item_needs_a_name_of_some_kind() {
        let read = |text: &str| item(&serde_json::from_str(text).unwrap());
        assert_eq!(read(r#"{"id":5,"name":"NPS"}"#).unwrap().posted(), "NPS");
        assert_eq!(read(r#"{"id":"x"}"#).unwrap().posted(), "x");
        assert_eq!(read("{}"), None);
    }
}
