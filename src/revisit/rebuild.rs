//! Takes back into the ledger every token that a project holds: for a ledger that was lost or is too old.
//!
//! A token does not say which scope it is of, and need not: it names its response among all of the API. What is taken
//! back belongs to the rebuilding run, which has no scope; the next import of a scope finds its tokens known, so that its
//! first use is no sign of a missing ledger, and takes the hashes from the rows it sees.
//!
//! Pages shift: what is created meanwhile pushes responses on to later pages, where they come twice; so it goes on until a
//! page is empty. What is deleted meanwhile pulls some forward, past the page that is read next: nobody should delete
//! while a ledger is rebuilt.

use std::collections::HashSet;

use super::Findings;
use super::caller::{Caller, Ended, Told, refusal};
use super::doubts::told;
use crate::api::responses::{id_of, token_of};
use crate::identity::{Id, Token, payload_hash};
use crate::ledger::{Ledger, RunNumber, State, Taken};
use crate::upload::retry::End;

/// After so many pages in a row without a new response the API ignores `page`.
const REPEATS: u32 = 20;

/// What to rebuild.
pub struct Rebuild<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The ledger, under the locks of the project.
    pub ledger: &'a Ledger,
    /// The run that rebuilds.
    pub run: RunNumber,
    /// The attribute that carries the token.
    pub attribute: &'a str,
    /// Where it is told: `pages`, `seen`, `with_token`, `taken_back`, `known`, `undone`, `unsettled`, `doubles`.
    pub findings: &'a Findings,
}

impl Rebuild<'_> {
    /// Pages through the project. Where the run ends before, its stop has the reason.
    ///
    /// # Errors
    /// The run ends.
    pub async fn run(&self) -> Result<(), Ended> {
        // Hashes of ids, so that millions fit; only for counting and for the end.
        let mut seen: HashSet<Id> = HashSet::new();
        let mut repeats = 0;
        for page in 1.. {
            let list = match self.caller.list(page).await? {
                Told::Yes(list) => list,
                Told::Refused(answer) => {
                    // Either ends the run: it cannot go on without the page.
                    drop(self.caller.about_run().await?);
                    return Err(self.end(page, &refusal(answer.status, &answer)));
                }
                Told::Nothing(why) => return Err(self.end(page, &why)),
            };
            self.findings.count("pages");
            if list.is_empty() {
                return Ok(());
            }
            let before = seen.len();
            let mut found = Vec::new();
            for response in &list {
                let Some(id) = id_of(response) else { continue };
                let is_new = seen.insert(payload_hash(id.as_bytes()));
                if is_new {
                    self.findings.count("seen");
                }
                if let Some(token) = token_of(response, self.attribute)
                    && is_new
                {
                    found.push((token, id));
                }
            }
            self.take(found).await?;
            repeats = if seen.len() == before { repeats + 1 } else { 0 };
            if repeats == REPEATS {
                return Err(self.end(page, "it gives the same responses again and again"));
            }
        }
        Ok(())
    }

    fn end(&self, page: u32, why: &str) -> Ended {
        self.caller.stop.end(End::Stopped(format!(
            "page {page} of the project's responses cannot be read: {why}. What was read is in the ledger; run the same \
             command again later"
        )));
        Ended
    }

    async fn take(&self, found: Vec<(Token, String)>) -> Result<(), Ended> {
        self.findings.add("with_token", found.len() as u64);
        let taken = told(
            self.caller,
            self.ledger.take_back(self.run, found.clone()).await,
        )?;
        for ((token, id), taken) in found.into_iter().zip(taken) {
            match taken {
                Taken::Back => self.findings.count("taken_back"),
                Taken::Known => self.findings.count("known"),
                Taken::Undone => self.findings.count("undone"),
                Taken::Otherwise(state) => self.otherwise(token, id, &state),
            }
        }
        Ok(())
    }

    fn otherwise(&self, token: Token, id: String, state: &State) {
        match state.api_id() {
            Some(known) if known != id => {
                self.ledger.double(self.run, token, id.clone());
                let ids = vec![known.to_owned(), id];
                self.findings.note_token(
                    "doubles",
                    token,
                    ids,
                    "it is in Chattermill more than once",
                );
            }
            // Being updated or deleted by a run that was cut short.
            Some(_) => self.findings.count("known"),
            // Sent by a run that was cut short: the next run of its scope asks for it.
            None => self.findings.count("unsettled"),
        }
    }
}
