//! What the API key can see: projects, data types and data sources, fetched once.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::api::Client;
use crate::api::answer::{Answer, Seen, wait, words};
use crate::error::Error;
use crate::mapping::nearest;
use crate::upload::rate::{Limiter, Pause};
use crate::upload::retry::{backoff, human};

/// How fast the API is asked.
pub struct Pace {
    /// When each request may begin.
    pub limiter: Limiter,
    /// The longest wait that is obeyed.
    pub max_wait: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            limiter: Limiter::Unlimited,
            max_wait: Duration::from_mins(5),
        }
    }
}

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
    items(client, &["projects"], "projects", &Pace::default()).await
}

/// A project's data types.
///
/// # Errors
/// As [`projects`]; also where the project does not exist.
pub async fn data_types(client: &Client, project: &str) -> Result<Vec<Item>, Error> {
    let path = [project, "data_types"];
    items(client, &path, "data_types", &Pace::default()).await
}

/// A project's data sources.
///
/// # Errors
/// As [`data_types`].
pub async fn data_sources(client: &Client, project: &str) -> Result<Vec<Item>, Error> {
    let path = [project, "data_sources"];
    items(client, &path, "data_sources", &Pace::default()).await
}

/// The project as the catalogue spells it.
///
/// # Errors
/// As [`projects`]; also where there is no such project.
pub async fn project(client: &Client, wanted: &str) -> Result<Item, Error> {
    let projects = projects(client).await?;
    among(&projects, wanted)
}

fn among(projects: &[Item], wanted: &str) -> Result<Item, Error> {
    find(projects, wanted).cloned().ok_or_else(|| {
        Error::Api(format!(
            "the API key sees no project '{wanted}' ({})\n  help: `chatterload projects` lists them; nothing was posted",
            known_names(projects, wanted)
        ))
    })
}

/// All of it, for one project.
///
/// # Errors
/// As [`project`].
pub async fn fetch(client: &Client, wanted: &str, pace: &Pace) -> Result<Catalogue, Error> {
    let projects = items(client, &["projects"], "projects", pace).await?;
    let project = among(&projects, wanted)?;
    let path = |list| [project.posted(), list];
    let (types, sources) = (path("data_types"), path("data_sources"));
    let (data_types, data_sources) = tokio::try_join!(
        items(client, &types, "data_types", pace),
        items(client, &sources, "data_sources", pace)
    )?;
    Ok(Catalogue {
        project,
        data_types,
        data_sources,
    })
}

async fn items(
    client: &Client,
    path: &[&str],
    list: &str,
    pace: &Pace,
) -> Result<Vec<Item>, Error> {
    let answer = get(client, path, pace).await?;
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
async fn get(client: &Client, path: &[&str], pace: &Pace) -> Result<Answer, Error> {
    const ATTEMPTS: u32 = 6;
    const CONNECTS: u32 = 3;
    let address = format!(
        "{}/{}",
        client.base().as_str().trim_end_matches('/'),
        path.join("/")
    );
    let mut attempt = 0;
    loop {
        attempt += 1;
        pace.limiter.turn(&Pause::default()).await;
        let seen = client.get(path, &[]).await;
        let (why, pause) = match seen {
            Seen::Answer(answer) if (200..300).contains(&answer.status) => return Ok(answer),
            Seen::Answer(answer) => match answer.status {
                429 | 500 | 502..=504 => {
                    let asked = wait(&answer, std::time::SystemTime::now());
                    if asked.is_some_and(|asked| asked > pace.max_wait) {
                        return Err(Error::Stopped(format!(
                            "the API asks to wait for {}, longer than {}: run again after that; nothing was posted",
                            human(asked.unwrap_or_default()),
                            human(pace.max_wait)
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
    use std::sync::{Arc, Mutex};

    use futures::FutureExt;
    use tokio::time::Instant;

    use super::*;
    use crate::api::{Model, Request};
    use crate::upload::rate::{Rate, lock};

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

    /// In no second begin more requests than a fixed rate allows, what is asked before the upload included.
    #[tokio::test(start_paused = true)]
    async fn a_fixed_rate_holds_for_the_catalogue() {
        let begins = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&begins);
        let model: Model = Arc::new(move |request: Request| {
            lock(&noted).push(Instant::now());
            let list = request
                .url
                .path()
                .rsplit('/')
                .next()
                .unwrap_or("")
                .to_owned();
            let body = format!(r#"{{"{list}":[{{"id":1,"key":"acme","name":"Acme"}}]}}"#);
            std::future::ready(Seen::Answer(Answer {
                status: 200,
                body: body.into(),
                ..Answer::default()
            }))
            .boxed()
        });
        let client = Client::over(model, &"https://api.example/v1".parse().unwrap());
        let rate = Rate::Fixed {
            count: std::num::NonZeroU32::MIN,
            per: Duration::from_secs(1),
        };
        let pace = Pace {
            limiter: Limiter::new(rate),
            ..Pace::default()
        };
        fetch(&client, "acme", &pace).await.unwrap();
        pace.limiter.turn(&Pause::default()).await;
        lock(&begins).push(Instant::now());
        let begins = lock(&begins).clone();
        assert_eq!(begins.len(), 4);
        for pair in begins.windows(2) {
            assert!(pair[1] - pair[0] >= Duration::from_millis(999), "{pair:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_too_long_is_not_obeyed() {
        let model: Model = Arc::new(|_| {
            std::future::ready(Seen::Answer(Answer {
                status: 429,
                retry_after: Some("12".into()),
                ..Answer::default()
            }))
            .boxed()
        });
        let client = Client::over(model, &"https://api.example/v1".parse().unwrap());
        let pace = Pace {
            max_wait: Duration::from_secs(2),
            ..Pace::default()
        };
        let began = Instant::now();
        let error = fetch(&client, "acme", &pace).await.unwrap_err();
        assert_eq!(error.exit_code(), 5);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
