//! Responses that were sent more than once, and what is in Chattermill more than once.
//!
//! A further copy is a run's where that run sent its token and no other run did, or where every other run that did was
//! undone: only then it is certain that the copy goes with the run. Where a run found a ledger missing, what is beside a
//! response that it sent once is that ledger's.

use rusqlite::params;

use super::desk::Desk;
use super::error::Closed;
use super::query::{COLUMNS, Direction, Standing, View, beside, listed};
use super::state::RunNumber;
use super::writer::Need;
use super::{Ledger, now};
use crate::identity::{Id, Token};

/// For so long after it was sent, in milliseconds, a response sent again after a doubt is searched again by the next runs.
const RECHECKED_FOR: i64 = 7 * 24 * 3_600 * 1_000;

/// A further copy of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The response, under whatever other id it stands.
    pub of: Standing,
    /// The copy's id.
    pub id: String,
    /// Another run that sent the response too and was not undone: the copy may be of either.
    pub or_of: Option<String>,
    /// Another ledger had loaded what the run sent: the copy may be that one's.
    pub or_of_another_ledger: bool,
    /// The run sent the response once.
    pub was_sent_once: bool,
}

/// What a run sent, alone or before another did.
const SENT: &str = "responses.number IN (
    SELECT mine.number FROM responses AS mine WHERE mine.run = ?1 AND mine.began_at IS NOT NULL
    UNION ALL SELECT theirs.number FROM earlier_posts JOIN responses AS theirs ON theirs.token = earlier_posts.token
              WHERE earlier_posts.run = ?1)";

/// The name of a run that sent a response too, and was not undone.
const OTHER: &str = "(SELECT min(other.id) FROM runs AS other WHERE other.number <> ?1
     AND (other.number = responses.run AND responses.began_at IS NOT NULL AND responses.state <> 3
          OR EXISTS (SELECT 1 FROM earlier_posts AS theirs
                     WHERE theirs.token = responses.token AND theirs.run = other.number)))";

/// Whether the run sent what another ledger had loaded, or one that is lost.
const LACKED: &str = "EXISTS (SELECT 1 FROM runs WHERE runs.number = ?1 AND runs.lost IS NOT NULL)";

/// Whether the response was sent once only, and so a copy may be another ledger's.
const SENT_ONCE: &str = "(responses.attempts <= 1 AND responses.recheck IS NULL
     AND NOT EXISTS (SELECT 1 FROM earlier_posts WHERE earlier_posts.token = responses.token))";

impl Ledger {
    /// Notes that the API holds a token twice, under this id too; does not wait.
    pub fn double(&self, run: RunNumber, token: Token, id: String) {
        self.writer.tell(Need::Write, move |desk| {
            desk.connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO doubles (run, token, api_id) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![run.0, token.0.0, id])?;
            Ok(())
        });
    }

    /// Notes that `undo` deleted a further copy of a response: its id is no hit any more.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn copy_undone(
        &self,
        run: RunNumber,
        token: Token,
        id: String,
    ) -> Result<(), Closed> {
        let job = move |desk: &mut Desk| {
            desk.connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO undone (api_id, token, run) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![id, token.0.0, run.0])?;
            Ok(())
        };
        self.writer.ask(Need::Write, job).await
    }

    /// Notes that a run was undone whole: what another run sent again after it is that one's alone from now on.
    ///
    /// # Errors
    /// The ledger is closed.
    pub async fn forget_earlier_posts(&self, of: RunNumber) -> Result<(), Closed> {
        let job = move |desk: &mut Desk| {
            desk.connection
                .prepare_cached("DELETE FROM earlier_posts WHERE run = ?1")?
                .execute([of.0])?;
            Ok(())
        };
        self.writer.ask(Need::Write, job).await
    }

    /// Notes that a response sent again after a doubt was searched once more, and whether it was found twice. Where it was
    /// not, its server may be later still: it is searched again after half as long as has passed since it was sent, for
    /// a week. Does not wait.
    pub fn rechecked(&self, token: Token, is_double: bool) {
        self.writer.tell(Need::Write, move |desk| {
            desk.connection
                .prepare_cached(
                    "UPDATE responses SET recheck =
                         CASE WHEN NOT ?2 AND ?3 - began_at < ?4 THEN ?3 + (?3 - began_at) / 2 END
                     WHERE token = ?1",
                )?
                .execute(params![token.0.0, is_double, now(), RECHECKED_FOR])?;
            Ok(())
        });
    }
}

pub(super) fn to_recheck_beside() -> String {
    let condition = format!(
        "responses.recheck IS NOT NULL AND responses.recheck <= {} AND responses.state < 10",
        now()
    );
    beside("responses_to_recheck", &condition)
}

impl View<'_> {
    /// The ids under which `undo` deleted a token's responses: never hits again.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn undone_ids(self, token: Token) -> rusqlite::Result<Vec<String>> {
        self.connection
            .prepare_cached("SELECT api_id FROM undone WHERE token = ?1")?
            .query_map(params![token.0.0], |row| row.get(0))?
            .collect()
    }

    /// Responses of a run's scope that were sent again after a doubt, to be searched once more now: a server that created
    /// late shows as a double.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn to_recheck(self, run: RunNumber) -> rusqlite::Result<Vec<Standing>> {
        let mut found = Vec::new();
        self.list(&to_recheck_beside(), run, |response| {
            found.push(response);
            Direction::Continue(())
        })?;
        Ok(found)
    }

    /// What a run sent again after a doubt, or after a doubt of another: each of these may be in Chattermill twice.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn sent_again(self, run: RunNumber) -> rusqlite::Result<Vec<Standing>> {
        let mut found = Vec::new();
        self.list(
            &format!(
                "WHERE {SENT} AND responses.state < 10 AND (recheck IS NOT NULL OR attempts > 1)
                 ORDER BY responses.number"
            ),
            run,
            |response| {
                found.push(response);
                Direction::Continue(())
            },
        )?;
        Ok(found)
    }

    /// Further copies of what a run sent, as far as they came to light, whoever found them; not those that `undo`
    /// deleted.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn copies_of(self, run: RunNumber) -> rusqlite::Result<Vec<Copy>> {
        let sql = format!(
            "SELECT {COLUMNS}, copy, {OTHER}, {LACKED}, {SENT_ONCE}
             FROM (SELECT DISTINCT token AS copied, api_id AS copy FROM doubles)
                 JOIN responses ON responses.token = copied
             WHERE {SENT} AND copy IS NOT responses.api_id AND NOT ({LACKED} AND {SENT_ONCE})
               AND NOT EXISTS (SELECT 1 FROM undone WHERE undone.token = copied AND undone.api_id = copy)
             ORDER BY responses.number, copy"
        );
        self.connection
            .prepare_cached(&sql)?
            .query_map([run.0], |row| {
                Ok(Copy {
                    of: listed(row)?,
                    id: row.get(15)?,
                    or_of: row.get(16)?,
                    or_of_another_ledger: row.get(17)?,
                    was_sent_once: row.get(18)?,
                })
            })?
            .collect()
    }

    /// What is beside responses that a run sent once, with its id: another ledger had posted it, or a server made it twice.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn others_beside(self, run: RunNumber) -> rusqlite::Result<Vec<(Token, String)>> {
        let sql = format!(
            "SELECT DISTINCT doubles.token, doubles.api_id FROM doubles JOIN responses ON responses.token = doubles.token
             WHERE responses.run = ?1 AND doubles.api_id IS NOT responses.api_id AND {SENT_ONCE}"
        );
        self.connection
            .prepare_cached(&sql)?
            .query_map([run.0], |row| Ok((Token(Id(row.get(0)?)), row.get(1)?)))?
            .collect()
    }

    /// Doubles that a run found: token and id of each.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn doubles_of(self, run: RunNumber) -> rusqlite::Result<Vec<(Token, String)>> {
        self.connection
            .prepare_cached("SELECT token, api_id FROM doubles WHERE run = ?1")?
            .query_map([run.0], |row| Ok((Token(Id(row.get(0)?)), row.get(1)?)))?
            .collect()
    }
}
