//! Calls on responses that are there: read one, delete one, read the lists; and what their answers say.
//!
//! Source: the API's page. A list is `{"responses": […]}`, paged by `page` (from 1) and `per_page` (at most 100).

use serde_json::Value;

use super::Client;
use super::answer::{Answer, Seen, id_text};
use super::canonical::{bare, text_of};
use crate::identity::Token;

/// So many responses a page: the most that the API gives.
const PER_PAGE: &str = "100";

impl Client {
    /// `GET` of a response by its id.
    pub async fn response(&self, project: &str, id: &str) -> Seen {
        self.get(&[project, "responses", id], &[]).await
    }

    /// `DELETE` of a response by its id.
    pub async fn delete(&self, project: &str, id: &str) -> Seen {
        let address = self.url(&[project, "responses", id]).into();
        self.send(http::Method::DELETE, &address, bytes::Bytes::new())
            .await
    }

    /// A page, from 1, of all that a project holds.
    pub async fn list(&self, project: &str, page: u32) -> Seen {
        let page = page.to_string();
        self.get(
            &[project, "responses"],
            &[("page", &page), ("per_page", PER_PAGE)],
        )
        .await
    }

    /// A page, from 1, of what carries a token under an attribute; loosely, as search may.
    pub async fn search(&self, project: &str, attribute: &str, token: &str, page: u32) -> Seen {
        let page = page.to_string();
        let query = [
            ("user_meta_property", attribute),
            ("user_meta_value", token),
            ("page", &page),
            ("per_page", PER_PAGE),
        ];
        self.get(&[project, "responses", "search"], &query).await
    }
}

/// The response that an answer carries, with its id; `None` where it carries none.
pub fn response_of(answer: &Answer) -> Option<Value> {
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    let response = bare(&body);
    id_of(response)?;
    Some(response.clone())
}

/// The responses of a list; `None` where the answer is no list.
pub fn list_of(answer: &Answer) -> Option<Vec<Value>> {
    entries(&answer.body)
}

/// The responses of a list's body; `None` where it is none.
pub fn entries(body: &[u8]) -> Option<Vec<Value>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let list = body.get("responses").unwrap_or(&body).as_array()?;
    Some(list.iter().map(|entry| bare(entry).clone()).collect())
}

/// The id of a response.
pub fn id_of(response: &Value) -> Option<String> {
    response.get("id").and_then(id_text)
}

/// Whether a response carries a token, to the letter, under whatever attribute of the person.
pub fn carries(response: &Value, token: Token) -> bool {
    let token = token.to_string();
    let entries = response.get("user_meta").and_then(Value::as_object);
    entries.is_some_and(|entries| entries.values().any(|entry| text_of(entry) == Some(&token)))
}

/// The token of a response under an attribute; `None` where what stands there is none.
pub fn token_of(response: &Value, attribute: &str) -> Option<Token> {
    let text = text_of(response.get("user_meta")?.get(attribute)?)?;
    let token: Token = text.parse().ok()?;
    // Parsing takes capitals and blanks, which no token of ours has.
    (token.to_string() == text).then_some(token)
}

/// Whether an answer gives another response than that of a token, as a cache in between would.
pub fn gives_another(body: &[u8], attribute: &str, token: Token) -> bool {
    let holds = |part: &[u8]| memchr::memmem::find(body, part).is_some();
    // Nearly every answer holds the token, or no attribute at all: no JSON is read for these.
    if !holds(attribute.as_bytes()) || holds(&token.characters()) {
        return false;
    }
    let body: Option<Value> = serde_json::from_slice(body).ok();
    body.and_then(|body| token_of(bare(&body), attribute))
        .is_some_and(|other| other != token)
}

/// Whether an answer to a `DELETE` says that it is gone; where it does not, only a `GET` can tell.
pub fn says_deleted(answer: &Answer) -> bool {
    // 202: taken up, and not done yet.
    if !(200..300).contains(&answer.status) || answer.status == 202 {
        return false;
    }
    // A sign-in page answers 200 as well, and an object may carry errors.
    let body = answer.body.trim_ascii();
    body.is_empty()
        || serde_json::from_slice::<Value>(body)
            .is_ok_and(|body| body.get("errors").is_none() && body.get("error").is_none())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::identity::Id;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            body: body.to_owned().into(),
            ..Answer::default()
        }
    }

    #[test]
    fn responses_are_read_in_either_shape() {
        for body in [r#"{"response":{"id":7}}"#, r#"{"id":7}"#] {
            assert_eq!(
                response_of(&answer(200, body)),
                Some(json!({"id": 7})),
                "{body}"
            );
        }
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"response":{"id":null}}"#,
            r#"{"responses":[]}"#,
        ] {
            assert_eq!(response_of(&answer(200, body)), None, "{body}");
        }
        for body in [r#"{"responses":[{"id":7}]}"#, r#"[{"response":{"id":7}}]"#] {
            assert_eq!(
                list_of(&answer(200, body)),
                Some(vec![json!({"id": 7})]),
                "{body}"
            );
        }
        for body in ["", "<html>", "{}", "17", r#"{"response":{"id":7}}"#] {
            assert_eq!(list_of(&answer(200, body)), None, "{body}");
        }
    }

    #[test]
    fn only_the_exact_token_counts() {
        let token = Token(Id([5; 16]));
        let text = token.to_string();
        let with = |value: &str| json!({"id": 1, "user_meta": {"our_key": {"type": "text", "value": value}}});
        assert!(carries(&with(&text), token));
        assert_eq!(token_of(&with(&text), "our_key"), Some(token));
        assert_eq!(token_of(&with(&text), "chatterload_key"), None);
        assert!(carries(&json!({"user_meta": {"x": text}}), token));
        for other in [
            text.to_uppercase(),
            format!("{text}x"),
            format!(" {text}"),
            String::new(),
        ] {
            assert!(!carries(&with(&other), token), "{other}");
            assert_eq!(token_of(&with(&other), "our_key"), None, "{other}");
        }
        assert!(!carries(&json!({"comment": text}), token));
    }

    #[test]
    fn a_page_of_html_deletes_nothing() {
        assert!(says_deleted(&answer(204, "")));
        assert!(says_deleted(&answer(200, r#"{"status":"deleted"}"#)));
        for (status, body) in [
            (200, "<html>"),
            (200, r#"{"errors":["no"]}"#),
            (200, "{\"sta"),
            (202, ""),
            (404, ""),
            (500, ""),
            (302, ""),
        ] {
            assert!(!says_deleted(&answer(status, body)), "{status} {body}");
        }
    }
}
