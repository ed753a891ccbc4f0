//! Asking search for a token: all pages, exact hits only; and whether search can be trusted at all.

use super::caller::{Caller, Ended, Told, refusal};
use crate::api::hits::{Found, MOST_PAGES, Pages, page_of};
use crate::api::responses::carries;
use crate::identity::{Id, Token};

/// Search by one attribute.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The attribute that carries the token; `None` where the mapping sends none.
    pub attribute: Option<&'a str>,
}

impl Search<'_> {
    /// Searches for a token that nobody has: anything but an empty list means that search is of no use here.
    ///
    /// # Errors
    /// The run ends. The inner error says why search is of no use.
    pub async fn trust(&self) -> Result<Result<(), String>, Ended> {
        let Some(attribute) = self.attribute else {
            return Ok(Err(
                "the mapping's `[key] token` is off, so that nothing can be searched for".into(),
            ));
        };
        let nobodys = Token(Id(rand::random())).to_string();
        Ok(match self.caller.search(attribute, &nobodys, 1).await? {
            Told::Yes(found) if found.is_empty() => Ok(()),
            Told::Yes(_) => Err("search finds responses that it was not asked for".into()),
            Told::Refused(answer) => Err(format!(
                "search answers {}",
                refusal(answer.status, &answer)
            )),
            Told::Nothing(why) => Err(format!("search does not answer: {why}")),
        })
    }

    /// Searches for a token, through all pages.
    ///
    /// # Errors
    /// The run ends.
    pub async fn find(&self, token: Token) -> Result<Found, Ended> {
        let Some(attribute) = self.attribute else {
            return Ok(Found::Unusable("there is no attribute to search by".into()));
        };
        let text = token.to_string();
        let mut pages = Pages::default();
        for number in 1..=MOST_PAGES {
            let list = match self.caller.search(attribute, &text, number).await? {
                Told::Yes(list) => list,
                Told::Refused(answer) => {
                    return Ok(Found::Unusable(refusal(answer.status, &answer)));
                }
                Told::Nothing(why) => return Ok(Found::Unusable(why)),
            };
            let Some(page) = page_of(&list, |response| carries(response, token)) else {
                let why = "a response has the token, and no id";
                return Ok(Found::Unusable(why.into()));
            };
            if !pages.take(page) {
                return Ok(pages.found());
            }
        }
        Ok(Found::Unusable(format!(
            "it finds more than {MOST_PAGES} pages for one token"
        )))
    }
}
