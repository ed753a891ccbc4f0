//! What a page of a list of responses says of one token: a pure reading of `{"responses":[…]}`.

use serde_json::Value;

use super::answer::id_text;

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// How many responses are on it.
    pub count: usize,
    /// The ids of all responses on it, those without a readable one left out.
    pub ids: Vec<String>,
    /// The ids of those that carry the token to the letter.
    pub hits: Vec<String>,
}

/// Reads a page, looking for responses whose `user_meta` holds `token` under `attribute`. Search may match loosely or
/// ignore its filter, so only what a body holds counts. `None` where this is no list of responses, or where a response
/// carries the token and no id.
pub fn page(body: &[u8], attribute: &str, token: &str) -> Option<Page> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let list = body.get("responses").unwrap_or(&body).as_array()?;
    let mut page = Page {
        count: list.len(),
        ..Page::default()
    };
    for response in list {
        let response = response.get("response").unwrap_or(response);
        let id = response.get("id").and_then(id_text);
        let hit = carried(response, attribute).is_some_and(|carried| carried == token);
        if hit {
            page.hits.push(id.clone()?);
        }
        page.ids.extend(id);
    }
    Some(page)
}

/// The text of an attribute of the person: `{"value": …}` as the API's page has it, or the bare text.
pub fn carried<'a>(response: &'a Value, attribute: &str) -> Option<&'a str> {
    let attribute = response.get("user_meta")?.get(attribute)?;
    attribute.get("value").unwrap_or(attribute).as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<(usize, Vec<String>)> {
        page(body.as_bytes(), "chatterload_key", "kabc").map(|page| (page.count, page.hits))
    }

    #[test]
    fn only_the_exact_token_is_a_hit() {
        let body = r#"{"responses":[
            {"id":1,"user_meta":{"chatterload_key":{"type":"text","name":"x","value":"kabc"}}},
            {"id":2,"user_meta":{"chatterload_key":{"type":"text","name":"x","value":"kabcd"}}},
            {"id":3,"user_meta":{"chatterload_key":{"value":"KABC"}}},
            {"id":4,"user_meta":{"other":{"value":"kabc"}}},
            {"id":5,"comment":"kabc"},
            {"id":"6","user_meta":{"chatterload_key":"kabc"}}]}"#;
        assert_eq!(read(body), Some((6, vec!["1".into(), "6".into()])));
        assert_eq!(read(r#"{"responses":[]}"#), Some((0, vec![])));
    }

    #[test]
    fn what_is_no_list_says_nothing() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"responses":{}}"#,
            r#"{"response":{"id":1}}"#,
            "17",
        ] {
            assert_eq!(read(body), None, "{body}");
        }
        let idless = r#"{"responses":[{"user_meta":{"chatterload_key":"kabc"}}]}"#;
        assert_eq!(read(idless), None);
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_a_panic(body: Vec<u8>) {
            let _ = page(&body, "chatterload_key", "kabc");
        }
    }
}
