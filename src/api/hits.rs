//! What the pages of a search say of one token: a pure reading of `{"responses":[…]}`.

use std::collections::HashSet;

use serde_json::Value;

use super::canonical::text_of;
use super::responses::{entries, id_of};

/// Beyond so many pages search cannot mean one token.
pub const MOST_PAGES: u32 = 20;

/// What search says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// There, under these ids: more than one is a double.
    Present(Vec<String>),
    /// Not found.
    Absent,
    /// The answer says nothing.
    Unusable(String),
}

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
    let list = entries(body)?;
    page_of(&list, |response| {
        carried(response, attribute) == Some(token)
    })
}

/// Likewise of a list that was read already. `None` where a response that `is_hit` has no id.
pub fn page_of(list: &[Value], is_hit: impl Fn(&Value) -> bool) -> Option<Page> {
    let mut page = Page {
        count: list.len(),
        ..Page::default()
    };
    for response in list {
        let id = id_of(response);
        if is_hit(response) {
            page.hits.push(id.clone()?);
        }
        page.ids.extend(id);
    }
    Some(page)
}

/// The pages read so far.
#[derive(Default)]
pub struct Pages {
    ids: HashSet<String>,
    /// The hits on them.
    pub hits: Vec<String>,
}

impl Pages {
    /// Takes a page; whether another may follow. A page without a new id is the last: it is empty, or the server ignores
    /// `page` and would give the same for ever.
    pub fn take(&mut self, page: Page) -> bool {
        for hit in page.hits {
            if !self.hits.contains(&hit) {
                self.hits.push(hit);
            }
        }
        let before = self.ids.len();
        self.ids.extend(page.ids);
        self.ids.len() > before
    }

    /// What they say.
    pub fn found(self) -> Found {
        if self.hits.is_empty() {
            Found::Absent
        } else {
            Found::Present(self.hits)
        }
    }
}

/// The text of an attribute of the person: `{"value": …}` as the API's page has it, or the bare text.
pub fn carried<'a>(response: &'a Value, attribute: &str) -> Option<&'a str> {
    text_of(response.get("user_meta")?.get(attribute)?)
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

    fn numbered(ids: &[&str], hits: &[&str]) -> Page {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Page {
            count: ids.len(),
            ids: texts(ids),
            hits: texts(hits),
        }
    }

    #[test]
    fn pages_end_where_nothing_new_comes() {
        let mut pages = Pages::default();
        assert!(pages.take(numbered(&["1", "2"], &["2"])));
        assert!(pages.take(numbered(&["2", "3"], &["2", "3"])));
        assert!(!pages.take(numbered(&["3", "1"], &["3"])));
        assert_eq!(pages.found(), Found::Present(vec!["2".into(), "3".into()]));
        let mut pages = Pages::default();
        assert!(!pages.take(numbered(&[], &[])));
        assert_eq!(pages.found(), Found::Absent);
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_a_panic(body: Vec<u8>) {
            let _ = page(&body, "chatterload_key", "kabc");
        }
    }
}
