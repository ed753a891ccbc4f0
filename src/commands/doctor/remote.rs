//! What only the API can tell: whether it is reached, whose clock is wrong, key, project, and whether search can be
//! trusted.

use std::time::{Duration, SystemTime};

use reqwest::Url;

use super::Check;
use crate::api::Client;
use crate::api::answer::{Answer, Seen, words};
use crate::api::hits::page;
use crate::catalogue;
use crate::identity::{Id, Token};
use crate::report::paint::{counted, spoken};
use crate::upload::TOKEN_ATTRIBUTE;

/// Clocks may differ by so much without anybody noticing.
const CLOSE: Duration = Duration::from_mins(1);

/// Asks the API. Reads only.
pub async fn checks(client: &Client, url: &Url, project: &str) -> Vec<Check> {
    let answer = match client.get(&["projects"], &[]).await {
        Seen::Answer(answer) => answer,
        unseen => {
            let rest = Check::skipped("key", "not asked, nor project and search: nothing answers");
            return vec![unreached(client, url, unseen).await, rest];
        }
    };
    let secure = if url.scheme() == "https" {
        "over TLS"
    } else {
        "on this machine, without TLS"
    };
    let mut checks = vec![
        Check::ok("network", format!("{url} answers {secure}")),
        clock(answer.date.as_deref(), SystemTime::now()),
    ];
    let keyed = key(&answer);
    let accepted = keyed.status == super::Health::Ok;
    checks.push(keyed);
    if !accepted {
        checks.push(Check::skipped(
            "project",
            "not asked: the key was not accepted",
        ));
        checks.push(Check::skipped(
            "search",
            "not asked: the key was not accepted",
        ));
        return checks;
    }
    match catalogue::fetch(client, project, &catalogue::Pace::default()).await {
        Err(error) => {
            checks.push(Check::of_error("project", &error.to_string()));
            checks.push(Check::skipped(
                "search",
                "not asked: there is no project to search",
            ));
        }
        Ok(found) => {
            let types = counted(found.data_types.len() as u64, "data type", "data types");
            let sources = counted(
                found.data_sources.len() as u64,
                "data source",
                "data sources",
            );
            let project = found.project.posted();
            let told = format!("'{project}' has {types} and {sources}");
            checks.push(
                if found.data_types.is_empty() || found.data_sources.is_empty() {
                    Check::failed("project", told)
                        .remedy("ask Chattermill's support to set up data types and data sources")
                } else {
                    Check::ok("project", told)
                },
            );
            checks.push(search(client, project).await);
        }
    }
    checks
}

/// Nothing answered: how far a connection gets tells whose matter it is.
async fn unreached(client: &Client, url: &Url, seen: Seen) -> Check {
    const NAME: &str = "network";
    let host = url.host_str().unwrap_or_default().to_owned();
    let why = match seen {
        Seen::TimedOut => {
            return Check::failed(
                NAME,
                format!("{host} was reached, and did not answer in time"),
            )
            .remedy("try again later, or with a longer --timeout");
        }
        Seen::Lost(why) => {
            return Check::failed(
                NAME,
                format!("{host} was reached, and the connection broke: {why}"),
            )
            .remedy("try again; where it stays so, ask who runs the proxy or firewall in between");
        }
        Seen::NotConnected(why) => why,
        Seen::Answer(_) => String::new(),
    };
    // It resolves and connects in our stead.
    if client.proxy().is_some() {
        return Check::failed(NAME, format!("{host} is not reached {why}"))
            .remedy("check HTTPS_PROXY, and NO_PROXY for what needs none; ask who runs the proxy");
    }
    let bare = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let Ok(addresses) = tokio::net::lookup_host((bare.as_str(), port)).await else {
        return Check::failed(NAME, format!("the name {host} is not known here: {why}"))
            .remedy("check --api-url and the name server; behind a proxy, set HTTPS_PROXY");
    };
    let addresses: Vec<_> = addresses.collect();
    let connect = tokio::net::TcpStream::connect(&addresses[..]);
    match tokio::time::timeout(Duration::from_secs(10), connect).await {
        Ok(Ok(_)) => insecure(&host, &why),
        _ => Check::failed(
            NAME,
            format!("nothing answers at {host}, port {port}: {why}"),
        )
        .remedy("check --api-url and the network; behind a proxy, set HTTPS_PROXY"),
    }
}

/// It is reached, and TLS does not come about: whose matter that is stands in what the TLS library says.
fn insecure(host: &str, why: &str) -> Check {
    let says = |words: &[&str]| words.iter().any(|word| why.contains(word));
    let (found, remedy) = if says(&["certificate expired"]) {
        (
            format!("{host} is reached, and by this machine's clock its certificate has expired"),
            "look at this machine's clock; where it is right, whoever runs the server, or a proxy in between, must renew \
             the certificate",
        )
    } else if says(&["certificate not valid yet"]) {
        (
            format!(
                "{host} is reached, and by this machine's clock its certificate is not valid yet"
            ),
            "set this machine's clock: it seems to be behind",
        )
    } else if says(&["UnknownIssuer", "BadSignature"]) {
        (
            format!(
                "{host} is reached, and nobody whom this machine trusts vouches for its certificate"
            ),
            "install the system's certificates (the package ca-certificates); a proxy that opens TLS needs its certificate \
             installed here, or named by SSL_CERT_FILE",
        )
    } else if says(&["not valid for name"]) {
        (
            format!("{host} is reached, and its certificate is somebody else's: {why}"),
            "check --api-url; a proxy or a sign-in page may answer in the API's place",
        )
    } else if says(&["InvalidContentType", "corrupt message"]) {
        (
            format!("{host} is reached, and what answers there speaks no TLS"),
            "check --api-url and its port; a proxy may answer in the API's place",
        )
    } else {
        (
            format!("{host} is reached, and no secure connection comes about: {why}"),
            "check the system's certificates and its clock; a proxy that opens TLS needs its certificate installed here",
        )
    };
    Check::failed("TLS", found).remedy(remedy)
}

/// Our clock against the API's.
fn clock(date: Option<&str>, now: SystemTime) -> Check {
    const NAME: &str = "clock";
    let Some(theirs) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return Check::skipped(NAME, "the API does not say what time it is");
    };
    let (apart, ours) = match now.duration_since(theirs) {
        Ok(apart) => (apart, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    if apart <= CLOSE {
        return Check::ok(NAME, "ours and the API's agree");
    }
    Check::warning(
        NAME,
        format!("ours is {} {ours} the API's", spoken(apart.as_secs_f64())),
    )
    .remedy("set this machine's clock: runs are named and dated by it, and certificates are judged by it")
}

fn key(answer: &Answer) -> Check {
    const NAME: &str = "key";
    let list = || {
        let body: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
        Some(body.get("projects").unwrap_or(&body).as_array()?.len() as u64)
    };
    match (answer.status, list()) {
        (200..=299, Some(projects)) => Check::ok(
            NAME,
            format!("it sees {}", counted(projects, "project", "projects")),
        ),
        (401 | 403, _) => Check::failed(
            NAME,
            format!(
                "the API refuses it (HTTP {}: {})",
                answer.status,
                words(&answer.body)
            ),
        )
        .remedy("check CHATTERMILL_API_KEY or --api-key-file, and --api-url"),
        (429 | 500..=599, _) => Check::failed(
            NAME,
            format!("the API could not say (HTTP {})", answer.status),
        )
        .remedy("try again later"),
        (status, _) => Check::failed(
            NAME,
            format!("this is no answer of the Chattermill API (HTTP {status})"),
        )
        .remedy("check --api-url, and whether a proxy or a sign-in page is in between"),
    }
}

/// Searches for a token that nobody has: only 200 and nothing found is an answer to rely on.
async fn search(client: &Client, project: &str) -> Check {
    let token = Token(Id(rand::random())).to_string();
    let query = [
        ("user_meta_property", TOKEN_ATTRIBUTE),
        ("user_meta_value", token.as_str()),
        ("page", "1"),
        ("per_page", "100"),
    ];
    let seen = client.get(&[project, "responses", "search"], &query).await;
    judged(&seen, &token)
}

fn judged(seen: &Seen, token: &str) -> Check {
    const NAME: &str = "search";
    let wrong = match seen {
        Seen::Answer(answer) if answer.status == 200 => {
            match page(&answer.body, TOKEN_ATTRIBUTE, token) {
                Some(page) if page.count == 0 => {
                    return Check::ok(
                        NAME,
                        "finds nothing where there is nothing: doubts can be resolved",
                    );
                }
                Some(_) => "finds responses that it was not asked for".to_owned(),
                None => "answers with something else than a list of responses".to_owned(),
            }
        }
        Seen::Answer(answer) => format!("answers HTTP {}", answer.status),
        Seen::TimedOut => "does not answer within the time-out".to_owned(),
        Seen::Lost(why) | Seen::NotConnected(why) => format!("breaks off ({why})"),
    };
    Check::failed(NAME, format!("it {wrong}")).remedy(
        "uploads work, but a response without a clear answer is held in doubt instead of resolved: ask Chattermill's \
         support for search by user_meta",
    )
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            body: bytes::Bytes::from(body.to_owned()),
            ..Answer::default()
        }
    }

    #[test]
    fn clocks_are_compared_both_ways() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let told = |seconds: i64| {
            let theirs = 1_000_000_000_i64 + seconds;
            let theirs = Duration::from_secs(u64::try_from(theirs).unwrap());
            clock(
                Some(&httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + theirs)),
                now,
            )
        };
        assert_eq!(told(30).status, Health::Ok);
        assert_eq!(told(-30).status, Health::Ok);
        assert_eq!(told(600).found, "ours is 10 min 0 s behind the API's");
        assert_eq!(told(-600).found, "ours is 10 min 0 s ahead of the API's");
        assert_eq!(clock(None, now).status, Health::Skipped);
        assert_eq!(clock(Some("noon"), now).status, Health::Skipped);
    }

    #[test]
    fn a_key_is_told_from_a_page() {
        assert_eq!(
            key(&answer(200, r#"{"projects":[{}]}"#)).found,
            "it sees 1 project"
        );
        for (status, body, part) in [
            (401, r#"{"error":"Unauthorized"}"#, "refuses"),
            (503, "", "could not say"),
            (
                200,
                "<html>Sign in</html>",
                "no answer of the Chattermill API",
            ),
            (302, "", "no answer of the Chattermill API"),
        ] {
            let check = key(&answer(status, body));
            assert_eq!(check.status, Health::Failed, "{status}");
            assert!(
                check.found.contains(part) && check.remedy.is_some(),
                "{check:?}"
            );
        }
    }

    #[test]
    fn only_an_empty_list_is_a_search_to_rely_on() {
        let status = |seen: Seen| judged(&seen, "k").status;
        assert_eq!(
            status(Seen::Answer(answer(200, r#"{"responses":[]}"#))),
            Health::Ok
        );
        for seen in [
            Seen::Answer(answer(200, r#"{"responses":[{"id":1}]}"#)),
            Seen::Answer(answer(200, "{}")),
            Seen::Answer(answer(404, r#"{"responses":[]}"#)),
            Seen::TimedOut,
        ] {
            assert_eq!(status(seen), Health::Failed);
        }
    }
}
